"""Losses over samples: columns, blocks that do not show, memory, and batches of a function."""

import tracemalloc

import numpy as np
import pytest
from samples import BOX3, CURVE, LABELS, X2, small

from qdml_quantum import Grid, Problem
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.samples import BLOCK


def test_counting_errors_has_no_gradient():
    with pytest.raises(ValueError, match="slope is 0 almost everywhere"):
        small("zero_one").gradient([1.0, 1.0, 0.0])


def test_inputs_and_intercept_are_those_that_were_named():
    both = Loss("linear", X2, CURVE, bounds=[(-1, 1)] * 3)
    assert both.weights == ("w1", "w2", "b")
    second = Loss("linear", X2, CURVE, bounds=[(-1, 1)], inputs=[1], intercept=False)
    assert second.weights == ("w1",)
    assert second(0.4).item() == pytest.approx(np.mean((0.4 * X2[:, 1] - CURVE) ** 2))
    swapped = Loss("linear", X2, CURVE, bounds=[(-1, 1)] * 3, inputs=[1, 0])
    assert swapped(0.1, 0.2, 0.3).item() == pytest.approx(both(0.2, 0.1, 0.3).item())
    np.testing.assert_allclose(second.predict([2.0], X2[:3]), 2 * X2[:3, 1])
    renamed = Loss("linear", X2, CURVE, bounds=[(-1, 1)] * 3, names=["up", "down", "rest"])
    assert renamed.weights == ("up", "down", "rest")


def test_blocks_of_samples_and_weights_do_not_show():
    """Samples beyond a chunk, weights beyond a batch; difference 2.2e-16 relative [measured]."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=9000), rng.normal(size=9000)
    loss = Loss("linear", X, y, bounds=[(-1, 1)] * 2)
    w, b = np.linspace(-1, 1, 9)[:, None], np.linspace(-1, 1, 5)[None]
    direct = ((w[..., None] * X + b[..., None] - y) ** 2).mean(axis=-1)
    found = loss(w, b)
    assert found.shape == (9, 5)
    np.testing.assert_allclose(found, direct, rtol=1e-13)
    np.testing.assert_allclose(loss.function.losses(np.array([[0.3, -0.2]])), loss(0.3, -0.2))


@pytest.mark.few(1)
@pytest.mark.parametrize(("name", "samples"), [("linear", 100_000), ("logistic", 30_000)])
def test_memory_stays_bounded_on_64_by_64_weights(name, samples):
    """At once it would be 3.3 and 1 GB; beside the data 2.1 and 5.0 MiB are [measured]."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(samples, 2))
    y = (X[:, 0] > 0).astype(int)
    loss = Loss(name, X, y, bounds=[(-2, 2)] * 2, intercept=False)
    grid = Grid(loss.bounds, 6)
    tracemalloc.start()
    try:
        values = Problem(grid, loss).values
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert values.shape == (64, 64)
    assert peak < 8 * 8 * BLOCK == 8 << 20


def test_a_function_gets_batches_and_answers_for_each_row():
    seen = []

    def loss(batch):
        seen.append(batch.shape)
        return (batch**2).sum(axis=1)

    zeta = Loss(loss, bounds=[(-1, 1)] * 3, batch=100)
    x = np.linspace(-1, 1, 7)
    values = zeta(x[:, None, None], x[:, None], x)
    cube = np.meshgrid(x, x, x, indexing="ij")
    np.testing.assert_allclose(values, sum(c**2 for c in cube))
    assert seen == [(100, 3)] * 3 + [(43, 3)]
    assert zeta.weights == ("w1", "w2", "w3")
    np.testing.assert_allclose(zeta.gradient([1.0, -2.0, 0.5]), [2.0, -4.0, 1.0], atol=1e-8)
    assert zeta.source["loss"]["callable"] == "loss"


def test_a_function_of_the_wrong_shape_is_told_so():
    with pytest.raises(ValueError, match=r"one loss per row"):
        Loss(lambda batch: batch**2, bounds=[(-1, 1)] * 2)(0.0, np.arange(3.0))


def test_what_a_loss_is_made_of_tells_two_apart():
    one, same = small("logistic").source["loss"], small("logistic").source["loss"]
    assert one == same
    assert one != small("logistic", C=1.0).source["loss"]
    flipped = Loss("logistic", X2, 1 - LABELS, bounds=BOX3).source["loss"]
    assert one["data_sha256"] != flipped["data_sha256"]


def test_data_are_copied_and_read_only():
    X = X2.copy()
    loss = Loss("linear", X, CURVE, bounds=BOX3)
    before = loss(0.1, 0.2, 0.3)
    X[:] = 0.0
    assert loss(0.1, 0.2, 0.3) == before
    with pytest.raises(ValueError, match="read-only"):
        loss.X[0, 0] = 1.0


@pytest.mark.parametrize("name", ["logistic", "perceptron", "zero_one"])
def test_labels_of_both_kinds_mean_the_same(name):
    zero_one, signs = small(name), Loss(name, X2, 2 * LABELS - 1, bounds=BOX3)
    w = (0.7, -1.1, 0.2)
    assert zero_one(*w) == signs(*w)
    assert set(zero_one.predict(w)) == {0.0, 1.0}
    assert set(signs.predict(w)) == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        ([[1.0], [np.nan]], [0, 1], r"`X` must be finite, but is nan at index \(1, 0\)"),
        ([[1.0], [np.inf]], [0, 1], "`X` must be finite"),
        ([1.0, 2.0], [0, np.nan], "`y` must be finite, but is nan at index 1"),
        ([1.0, 2.0, 3.0], [0, 1], "one number for each of the 3 samples"),
        ([1.0, 2.0], [[0, 1]], "one number for each of the 2 samples"),
        ([1.0, 2.0], [1, 1], "hold both classes, but is 1 for all 2 samples"),
        ([1.0, 2.0], [1, 2], "be 0 and 1, or -1 and 1, but is 1, 2"),
        ([1.0, 2.0, 3.0], [0, 1, 2], "be 0 and 1, or -1 and 1, but is 0, 1, 2"),
        ([], [], "have samples and inputs"),
        (np.zeros((2, 2, 2)), [0, 1], "have samples and inputs"),
        (None, [0, 1], "`X` must be given"),
        ([1.0, 2.0], None, "`y` must be given"),
    ],
)
def test_bad_data_get_a_clear_message(X, y, words):
    with pytest.raises(ValueError, match=words):
        Loss("logistic", X, y, bounds=[(-1, 1)] * 2)


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        ([["a"], ["b"]], [0, 1], "`X` must hold real numbers"),
        ([1.0, 2.0], ["no", "yes"], "`y` must hold real numbers"),
        ([1j, 2.0], [0, 1], "`X` must hold real numbers"),
    ],
)
def test_what_is_no_number_is_a_type_error(X, y, words):
    with pytest.raises(TypeError, match=words):
        Loss("logistic", X, y, bounds=[(-1, 1)] * 2)
