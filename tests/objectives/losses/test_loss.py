"""Losses as objectives, against loops over samples, differences, and scikit-learn."""

import math
import pickle
import sys
import tracemalloc

import numpy as np
import pytest

from qdml_quantum import Grid, Objective, Problem, anneal, as_objective, minimize
from qdml_quantum.objectives.losses.datasets import DATA, load_data
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.models import MODELS, log_one_plus_exp
from qdml_quantum.objectives.losses.networks import NetworkLoss, Plane, plane_through, weights_of
from qdml_quantum.objectives.losses.samples import BLOCK
from qdml_quantum.objectives.taylor import taylor

RNG = np.random.default_rng(7)
X2 = RNG.normal(size=(40, 2))
LABELS = (X2 @ [1.0, -2.0] + 0.3 * RNG.normal(size=40) > 0.2).astype(int)
CURVE = np.tanh(1.5 * X2[:, 0] - 0.4) + 0.1 * RNG.normal(size=40)
BOX3 = [(-4, 4)] * 3


def small(name, **options):
    """Every model on the same samples, with its natural targets."""
    model = MODELS[name]
    y = LABELS if model.classifier else CURVE
    if model.takes_any_inputs:
        return Loss(name, X2, y, bounds=BOX3, **options)
    bounds = [(-4, 4)] * len(model.weights)
    return Loss(name, X2, y, bounds=bounds, inputs=[0], **options)


def by_hand(name, w, C=None):
    """The table in the docstring of `Loss`, one sample at a time, with `math` alone."""
    total = 0.0
    for (x1, x2), label, value in zip(X2.tolist(), LABELS.tolist(), CURVE.tolist(), strict=True):
        sign = 2 * label - 1
        line = w[0] * x1 + w[1] * x2 + (w[2] if len(w) > 2 else 0.0)
        total += {
            "linear": lambda s=line, t=value: (s - t) ** 2,
            "logistic": lambda s=line, y=sign: math.log(1 + math.exp(-y * s)),
            "perceptron": lambda s=line, y=sign: max(0.0, 1 - y * s),
            "zero_one": lambda s=line, y=sign: float((1 if s > 0 else -1) != y),
            "neuron": lambda s=line, t=value: (math.tanh(s) - t) ** 2,
            "tanh2": lambda x=x1, t=value: (w[1] * math.tanh(w[0] * x) - t) ** 2,
            "tanh3": lambda x=x1, t=value: (w[2] * math.tanh(w[0] * x + w[1]) - t) ** 2,
            "tanh4": lambda x=x1, t=value: (w[2] * math.tanh(w[0] * x + w[1]) + w[3] - t) ** 2,
        }[name]()
    mean = total / len(X2)
    if C is not None:
        free = {"tanh2": (), "tanh3": (1,), "tanh4": (1, 3)}.get(name, (2,))
        mean += sum(v**2 for k, v in enumerate(w) if k not in free) / (2 * C * len(X2))
    return mean


@pytest.mark.parametrize("C", [None, 0.3])
@pytest.mark.parametrize("name", MODELS)
def test_the_loss_is_its_formula(name, C):
    """Largest difference from the loop over samples: 1.3e-15 [measured]."""
    loss = small(name, C=C)
    for w in np.random.default_rng(1).normal(size=(5, loss.dimensions)):
        assert loss(*w).item() == pytest.approx(by_hand(name, w, C), abs=1e-14)


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].slope])
def test_the_gradient_is_that_of_differences(name):
    """Largest difference: 3.3e-10, of the differences [measured]; no kink is near."""
    loss = small(name, C=0.5)
    for w in np.random.default_rng(2).normal(size=(3, loss.dimensions)):
        shifts = 1e-5 * np.eye(loss.dimensions)
        differences = [(loss(*(w + s)) - loss(*(w - s))).item() / 2e-5 for s in shifts]
        np.testing.assert_allclose(loss.gradient(w), differences, atol=2e-9)


def test_counting_errors_has_no_gradient():
    with pytest.raises(ValueError, match="slope is 0 almost everywhere"):
        small("zero_one").gradient([1.0, 1.0, 0.0])


def test_cross_entropy_does_not_overflow_and_is_that_of_numpy():
    """Largest relative difference from logaddexp: 2.2e-16 [measured]."""
    x = np.concatenate([np.linspace(-800, 800, 4001), [0.0, 1e-300, -1e5, 1e5]])
    np.testing.assert_allclose(log_one_plus_exp(x), np.logaddexp(0, x), rtol=1e-15)
    far = Loss("logistic", [[1.0], [-1.0]], [1, 0], bounds=[(-1e4, 1e4)], intercept=False)
    assert far(1e4).item() == 0.0
    assert far(-1e4).item() == 1e4


@pytest.mark.parametrize("name", ["logistic", "perceptron", "zero_one"])
def test_labels_of_both_kinds_mean_the_same(name):
    zero_one, signs = small(name), Loss(name, X2, 2 * LABELS - 1, bounds=BOX3)
    w = (0.7, -1.1, 0.2)
    assert zero_one(*w) == signs(*w)
    assert set(zero_one.predict(w)) == {0.0, 1.0}
    assert set(signs.predict(w)) == {-1.0, 1.0}


def test_counted_errors_are_what_accuracy_leaves():
    loss = small("zero_one")
    w = [0.3, -1.0, 0.4]
    assert 0 < loss.accuracy(w) < 1
    assert loss(*w).item() == pytest.approx(1 - loss.accuracy(w))
    assert loss(0.0, 0.0, 0.0).item() == pytest.approx(1 - loss.accuracy([0.0, 0.0, 0.0]))
    half = LABELS[:20]
    assert loss.accuracy(w, X2[:20], half) == np.mean(loss.predict(w)[:20] == half)


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


# -------------------------------------------------------------------- blocks and memory


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


# ------------------------------------------------------------------------- as an objective


def test_it_is_an_objective_wherever_one_is_accepted():
    loss = small("tanh2")
    assert isinstance(loss, Objective)
    assert as_objective(loss) is loss
    assert Problem(Grid(loss.bounds, 3), loss).objective is loss
    renamed = as_objective(loss, name="my loss")
    assert (renamed.name, renamed.dimensions) == ("my loss", 2)
    assert renamed(1.0, 1.0) == loss(1.0, 1.0)
    assert pickle.loads(pickle.dumps(loss))(1.0, 1.0) == loss(1.0, 1.0)
    assert taylor(loss, [0.5, 0.5], 2)(0.5, 0.5) == pytest.approx(loss(0.5, 0.5))
    with pytest.raises(ValueError, match="dimension"):
        Problem(Grid([(-1, 1)], 3), loss)


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


def test_least_squares_is_found_within_a_cell():
    """By anneal and by `minimize`, against the normal equations: 0.23 of a cell, and 0.003."""
    loss = Loss("linear", X2[:, 0], CURVE, bounds=[(-1, 3), (-3, 2)])
    exact = np.linalg.lstsq(np.column_stack([X2[:, 0], np.ones(40)]), CURVE, rcond=None)[0]
    np.testing.assert_allclose(loss.gradient(exact), 0, atol=1e-14)
    grid = Grid(loss.bounds, 5)
    result = anneal(Problem(grid, loss), validate=False)
    cells = np.abs(result.minimizer - exact) / [axis.spacing for axis in grid.axes]
    assert cells.max() < 1
    found = minimize(loss, seed=1)
    assert found.success
    assert np.abs(found.x - exact).max() < 0.02


# ------------------------------------------------------------------- against scikit-learn


def test_penalties_are_those_of_scikit_learn():
    """Gradient of ours at their optima: 2.3e-10 for C, 4e-16 for Ridge [measured]."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    C = 0.2
    theirs = linear_model.LogisticRegression(C=C, tol=1e-12, max_iter=1000).fit(X2, LABELS)
    w = [*theirs.coef_[0], theirs.intercept_[0]]
    ours = small("logistic", C=C)
    assert np.abs(ours.gradient(w)).max() < 1e-8
    assert ours.accuracy(w) == theirs.score(X2, LABELS)
    np.testing.assert_array_equal(ours.predict(w), theirs.predict(X2))
    ridge = linear_model.Ridge(alpha=1 / (2 * C), tol=1e-12).fit(X2, CURVE)
    gradient = small("linear", C=C).gradient([*ridge.coef_, ridge.intercept_])
    assert np.abs(gradient).max() < 1e-12


def test_the_perceptron_with_a_penalty_is_the_support_vector_machine():
    """No neighbour is lower than their optimum, up to their tolerance."""
    svm = pytest.importorskip("sklearn.svm")
    theirs = svm.SVC(kernel="linear", C=0.5, tol=1e-9).fit(X2, LABELS)
    w = np.array([*theirs.coef_[0], theirs.intercept_[0]])
    loss = small("perceptron", C=0.5)
    around = w + 0.01 * np.random.default_rng(5).normal(size=(200, 3))
    assert (loss(*around.T) > loss(*w) - 1e-9).all()


def iris_pair(bounds):
    """Petals of two kinds of iris, two weights, penalty as in scikit-learn; and its optimum."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    data = load_data("iris", features=[2, 3], classes=["versicolor", "virginica"])
    loss = Loss("logistic", data.X, data.y, bounds=bounds, intercept=False, C=1.0)
    theirs = linear_model.LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10)
    theirs.fit(data.X, data.y)
    return loss, theirs.coef_[0], theirs.score(data.X, data.y)


def cells_off(result, optimum):
    spacing = [axis.spacing for axis in result.grid.axes]
    return float(np.max(np.abs(np.subtract(result.minimizer, optimum)) / spacing))


def test_logistic_weights_from_the_circuit_are_within_a_cell_of_scikit_learn():
    """0.60 of a cell of 0.44 and the same accuracy, 0.94 [measured], 558 steps on 4 + 4 qubits."""
    loss, optimum, accuracy = iris_pair([(-1, 6)] * 2)
    result = anneal(
        Problem(Grid(loss.bounds, 4), loss), backend="aer", shots=4096, seed=1, validate=False
    )
    assert result.counts is not None
    assert cells_off(result, optimum) < 1
    assert loss.accuracy(result.minimizer) == accuracy


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_logistic_weights_on_the_finer_grid_pass_every_check(seed):
    """5 + 5 qubits: 0.34 of a cell of 0.25, accuracy 0.94, P = 0.96; 17 to 40 s [measured]."""
    loss, optimum, accuracy = iris_pair([(-1, 7)] * 2)
    result = anneal(Problem(Grid(loss.bounds, 5), loss), backend="aer", shots=4096, seed=seed)
    assert result.passed
    assert cells_off(result, optimum) < 1
    assert loss.accuracy(result.minimizer) == accuracy


# ----------------------------------------------------------------------------- wrong data


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bounds": [(-1, 1)]}, r"one \(lower, upper\) pair for each weight: w1, w2, b"),
        ({"bounds": None}, "but is missing"),
        ({"bounds": 3}, "pair for each weight"),
        ({"bounds": [(1, -1)] * 3}, "lower < upper"),
        ({"bounds": BOX3, "inputs": [2]}, "column numbers of X from 0 to 1"),
        ({"bounds": BOX3, "inputs": [0, 0]}, "not name a column twice"),
        ({"bounds": BOX3, "C": 0.0}, "`C` must be finite and greater than 0"),
        ({"bounds": BOX3, "names": ["a", "b"]}, "name the weights w1, w2, b"),
    ],
)
def test_wrong_arguments(options, words):
    with pytest.raises(ValueError, match=words):
        Loss("logistic", X2, LABELS, **options)


def test_wrong_models():
    with pytest.raises(ValueError, match="Did you mean `logistic`"):
        Loss("logistics", X2, LABELS, bounds=BOX3)
    with pytest.raises(TypeError, match="be a name or a function"):
        Loss(3, X2, LABELS, bounds=BOX3)
    with pytest.raises(ValueError, match="one column for the model 'tanh2'"):
        Loss("tanh2", X2, CURVE, bounds=[(-1, 1)] * 2)
    with pytest.raises(ValueError, match="left out for the model 'tanh2'"):
        Loss("tanh2", X2[:, 0], CURVE, bounds=[(-1, 1)] * 2, intercept=False)
    with pytest.raises(ValueError, match="`X` must be left out where the model is a function"):
        Loss(lambda w: w[:, 0], X2, bounds=[(-1, 1)])


def test_questions_that_a_loss_cannot_answer():
    line, free = small("linear"), Loss(lambda w: w[:, 0], bounds=[(-1, 1)])
    with pytest.raises(ValueError, match="no classifier"):
        line.accuracy([0, 0, 0])
    with pytest.raises(ValueError, match="one number for each weight: w1, w2, b"):
        line.predict([0, 0])
    with pytest.raises(ValueError, match="as the data"):
        line.predict([0, 0, 0], X2[:, :1])
    with pytest.raises(ValueError, match="a function of weights"):
        free.predict([0.0])
    with pytest.raises(ValueError, match="`y` must be given with"):
        small("logistic").accuracy([0, 0, 0], X2)


# --------------------------------------------------------------------------- the box


def test_the_edge_check_knows_a_box_that_misses_the_optimum():
    slope = np.linalg.lstsq(X2, X2 @ [2.0, -1.0], rcond=None)[0]
    y = X2 @ slope
    inside = Loss("linear", X2, y, bounds=[(-3, 3), (-3, 3)], intercept=False)
    check = inside.edge_check()
    assert check.passed
    assert check.value == pytest.approx(1 / 6, abs=1e-6)  # w1 = 2 is 1 from the end of 6
    outside = Loss("linear", X2, y, bounds=[(-1, 1), (-3, 3)], intercept=False)
    check = outside.edge_check()
    assert not check.passed
    assert check.value == 0
    assert "w1 = 1," in check.meaning
    assert check.remedy == "Widen the box, e.g. to (-1, 3) for w1."
    assert inside.require_inside() is inside
    with pytest.raises(ValueError, match=r"misses the optimum.*Widen the box, e.g. to \(-1, 3\)"):
        outside.require_inside()


def test_classes_that_a_line_separates_need_a_penalty():
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    separable = {"X": x, "y": x > 0, "bounds": [(-5, 5)], "intercept": False}
    free = Loss("logistic", **separable).edge_check()
    assert not free.passed
    assert "give a penalty" in free.remedy
    assert Loss("logistic", **separable, C=1.0).edge_check().passed


def test_a_plateau_that_reaches_the_edge_is_no_miss():
    """The errors of a line through 0 do not change along a ray, so that all minima reach out."""
    x = [-2.0, -1.0, 1.0, 2.0]
    for y in ([0, 0, 1, 1], [1, 1, 0, 0]):
        loss = Loss("zero_one", x, y, bounds=[(-2, 2)], intercept=False)
        assert loss.edge_check().value > 0.49


# ---------------------------------------------------------------------------- data sets


@pytest.mark.parametrize("name", DATA)
def test_bundled_data_are_standardised(name):
    pytest.importorskip("sklearn")
    data = load_data(name)
    spread = data.X.std(axis=0)
    np.testing.assert_allclose(data.X.mean(axis=0), 0, atol=1e-12)
    assert np.all(np.isclose(spread, 1) | (spread == 0))
    assert data.X.shape == (len(data.y), len(data.features))
    if data.classes:
        assert set(data.y.tolist()) == set(range(len(data.classes)))
    else:
        assert data.y.std() == pytest.approx(1)


def test_features_and_classes_by_number_or_name():
    pytest.importorskip("sklearn")
    one = load_data("iris", features=[3, 0], classes=[2, 0], standardize=False)
    names = ["petal width (cm)", "sepal length (cm)"]
    two = load_data("iris", features=names, classes=["virginica", "setosa"], standardize=False)
    np.testing.assert_array_equal(one.X, two.X)
    np.testing.assert_array_equal(one.y, two.y)
    assert one.features == tuple(names)
    assert one.classes == ("virginica", "setosa")
    assert one.X[one.y == 0, 0].mean() > one.X[one.y == 1, 0].mean()  # virginica is 0
    digits = load_data("digits", classes=["3", "8"])
    assert digits.X.shape[1] == 64
    assert set(digits.y.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("irises", {}), "Did you mean `iris`"),
        (("iris", {"features": ["petal widht (cm)"]}), "Did you mean `petal width"),
        (("iris", {"features": [4]}), "numbers from 0 to 3"),
        (("iris", {"features": "petal width (cm)"}), "be a list"),
        (("iris", {"features": [0, 0]}), "not name one twice"),
        (("iris", {"classes": [0]}), "a list of 2 or more"),
        (("diabetes", {"classes": [0, 1]}), "without classes"),
    ],
)
def test_wrong_names_of_data(arguments, words):
    pytest.importorskip("sklearn")
    name, options = arguments
    with pytest.raises(ValueError, match=words):
        load_data(name, **options)


def test_without_scikit_learn_the_message_says_how_to_get_it(monkeypatch):
    for module in ("sklearn", "sklearn.datasets"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'qdml-quantum\[learning\]'"):
        load_data("iris")


# ------------------------------------------------------------------------------ networks


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
