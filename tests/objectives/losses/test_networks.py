"""Whole networks: loss and accuracy of scikit-learn, and planes through their weights."""

import tracemalloc

import numpy as np
import pytest
from samples import CURVE, LABELS, X2

from qdml_quantum import Grid, Problem, anneal
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.networks import NetworkLoss, Plane, plane_through, weights_of


def fitted(kind, y, **options):
    neural = pytest.importorskip("sklearn.neural_network")
    shape = {"hidden_layer_sizes": (5, 4), "max_iter": 15, "random_state": 1}
    return getattr(neural, kind)(**shape, **options).fit(X2, y)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("activation", ["tanh", "relu", "logistic", "identity"])
def test_a_network_has_the_loss_and_accuracy_of_scikit_learn(activation):
    """Three classes, two classes, a regression; equal to the last digit [measured]."""
    metrics = pytest.importorskip("sklearn.metrics")
    for y in (np.array([3, 5, 9])[np.digitize(X2[:, 0], [-0.5, 0.5])], np.where(LABELS, "b", "a")):
        network = fitted("MLPClassifier", y, activation=activation)
        loss, w = NetworkLoss.of(network, X2, y), weights_of(network)
        theirs = metrics.log_loss(y, network.predict_proba(X2))
        assert loss(np.stack([0 * w, w]))[1] == pytest.approx(theirs, abs=1e-12)
        assert loss.accuracy(w) == network.score(X2, y)
    network = fitted("MLPRegressor", CURVE, activation=activation)
    loss, w = NetworkLoss.of(network, X2, CURVE), weights_of(network)
    theirs = metrics.mean_squared_error(CURVE, network.predict(X2))
    assert loss(w[None])[0] == pytest.approx(theirs, abs=1e-12)


def test_blocks_of_a_network_do_not_show_and_bound_memory():
    """3000 samples x 300 rows x 20 units would be 144 MB at once; 2.0 MiB are [measured]."""
    rng = np.random.default_rng(6)
    X, y = rng.normal(size=(3000, 3)), rng.normal(size=3000)
    loss = NetworkLoss((3, 20, 1), "tanh", X, y, False)
    rows = rng.normal(size=(300, loss.num_weights))
    tracemalloc.start()
    try:
        values = loss(rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    direct = ((loss.outputs(rows[7], X)[0, :, 0] - y) ** 2).mean()
    assert values[7] == pytest.approx(direct, rel=1e-13)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_random_directions_have_filters_as_long_as_those_of_the_centre():
    network = fitted("MLPClassifier", LABELS)
    loss, w = NetworkLoss.of(network, X2, LABELS), weights_of(network)
    found = loss.random_directions(w, seed=3)
    assert found.shape == (2, w.size)
    used = 0
    for kernel, bias in zip(network.coefs_, network.intercepts_, strict=True):
        part = found[:, used : used + kernel.size].reshape(2, *kernel.shape)
        lengths = np.linalg.norm(kernel, axis=0)
        np.testing.assert_allclose(np.linalg.norm(part, axis=1), [lengths, lengths])
        used += kernel.size
        assert not found[:, used : used + bias.size].any()
        used += bias.size
    np.testing.assert_array_equal(found, loss.random_directions(w, seed=3))
    assert not np.array_equal(found, loss.random_directions(w, seed=4))


def test_a_plane_is_annealed_to_its_lowest_point():
    """A paraboloid in 12 dimensions, met by the plane at (0.5, -0.25)."""
    rng = np.random.default_rng(8)
    directions = np.linalg.qr(rng.normal(size=(12, 2)))[0].T
    center = rng.normal(size=12)
    goal = center + directions.T @ [0.5, -0.25]
    loss = Loss.plane(
        lambda w: ((w - goal) ** 2).sum(axis=1), center, directions, [(-2, 2), (-2, 2)]
    )
    assert loss.weights == ("alpha", "beta")
    result = anneal(Problem(Grid(loss.bounds, 4), loss), validate=False)
    assert result.minimizer == (0.5, -0.25)
    np.testing.assert_allclose(loss.model.at(result.minimizer), goal)
    np.testing.assert_allclose(loss.gradient([0.0, 0.0]), [-1.0, 0.5], atol=1e-8)


def test_a_plane_through_three_points_meets_them():
    points = np.random.default_rng(9).normal(size=(3, 6))
    center, directions = plane_through(points)
    plane = Plane(lambda w: w[:, 0], center, directions)
    np.testing.assert_allclose(plane.at([[0, 0], [1, 0], [0, 1]]), points)


@pytest.mark.parametrize(
    ("center", "directions", "words"),
    [
        ([0.0, 0.0], [[1.0, 2.0], [2.0, 4.0]], "depend on each other"),
        ([0.0, 0.0], [[1.0, 2.0], [0.0, 0.0]], "depend on each other"),
        ([0.0, 0.0], [[1.0, 2.0, 3.0]], "rows of 2 numbers"),
        ([0.0, np.nan], [[1.0, 2.0]], "`center` must be finite"),
        ([[0.0, 0.0]], [[1.0, 2.0]], "be one row of numbers"),
    ],
)
def test_wrong_planes(center, directions, words):
    with pytest.raises(ValueError, match=words):
        Loss.plane(lambda w: w[:, 0], center, directions, [(-1, 1)] * len(directions))


def test_networks_that_are_none():
    with pytest.raises(TypeError, match="fitted MLP"):
        NetworkLoss.of(object(), X2, LABELS)
    with pytest.raises(ValueError, match="have 2 inputs"):
        NetworkLoss((2, 1), "tanh", X2[:, :1], CURVE, False)
    with pytest.raises(ValueError, match="one target for each"):
        NetworkLoss((2, 1), "tanh", X2, CURVE[:3], False)
    with pytest.raises(ValueError, match="be one of identity"):
        NetworkLoss((2, 1), "sine", X2, CURVE, False)
    with pytest.raises(ValueError, match="no accuracy"):
        NetworkLoss((2, 1), "tanh", X2, CURVE, False).accuracy(np.zeros(3))
    with pytest.raises(ValueError, match="hold 3 numbers per row"):
        NetworkLoss((2, 1), "tanh", X2, CURVE, False)(np.zeros((2, 4)))
