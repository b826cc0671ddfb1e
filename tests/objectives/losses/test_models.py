"""Models: losses and slopes against loops over samples, differences, and scikit-learn."""

import math

import numpy as np
import pytest
from samples import CURVE, LABELS, X2, small

from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.objectives.losses.models import MODELS, log_one_plus_exp


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


def test_cross_entropy_does_not_overflow_and_is_that_of_numpy():
    """Largest relative difference from logaddexp: 2.2e-16 [measured]."""
    x = np.concatenate([np.linspace(-800, 800, 4001), [0.0, 1e-300, -1e5, 1e5]])
    np.testing.assert_allclose(log_one_plus_exp(x), np.logaddexp(0, x), rtol=1e-15)
    far = Loss("logistic", [[1.0], [-1.0]], [1, 0], bounds=[(-1e4, 1e4)], intercept=False)
    assert far(1e4).item() == 0.0
    assert far(-1e4).item() == 1e4


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
