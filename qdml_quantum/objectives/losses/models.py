"""The models whose losses are objectives: outputs, loss per sample, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import unknown


@dataclass(frozen=True)
class Model:
    """One model by name: ``loss(outputs(w, x), y)`` is what a sample (x, y) adds to the mean.

    Attributes:
        name: How `Loss` knows it.
        formula: The output in words of mathematics.
        outputs: Of weights, shape (batch, d), and inputs, shape (samples, m): (batch, samples).
        jacobian: Derivative of the outputs by one set of weights, shape (samples, d).
        loss: Per sample, of outputs and targets; overwrites nothing.
        slope: Its derivative by the outputs, or None where that is 0 almost everywhere.
        classifier: Whether targets are -1 and 1.
        weights: Names of the weights; empty where there is one per input, and an intercept b.

    >>> MODELS["tanh2"].formula
    'c tanh(a x)'
    """

    name: str
    formula: str
    outputs: Callable[[Array, Array], Array]
    jacobian: Callable[[Array, Array], Array]
    loss: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array] | None
    classifier: bool = False
    weights: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Callable[[str], Model], tuple[str]]:
        return find_model, (self.name,)  # Its functions have no names to be pickled by.

    @property
    def takes_any_inputs(self) -> bool:
        """Whether there is one weight per input, or one input and named weights."""
        return not self.weights


def find_model(name: str) -> Model:
    """The model of this name.

    Raises:
        ValueError: There is none.

    >>> find_model("logistic").classifier
    True
    """
    if name not in MODELS:
        raise ValueError(unknown("model", name, MODELS))
    return MODELS[name]


def log_one_plus_exp(x: Array) -> Array:
    """``log(1 + exp(x))`` without overflow, as `numpy.logaddexp(0, x)` in a quarter of the time.

    >>> log_one_plus_exp(np.array([-1000.0, 0.0, 1000.0])).round(2).tolist()
    [0.0, 0.69, 1000.0]
    """
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def sigmoid(x: Array) -> Array:
    """``1 / (1 + exp(-x))`` without overflow.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return np.asarray(0.5 + 0.5 * np.tanh(x / 2))


def _full(w: Array, names: tuple[str, ...]) -> tuple[Array, ...]:
    """Columns a, b, c, d of the weights, with 0 for those that the network lacks."""
    zero = np.zeros(w.shape[:-1])
    return tuple(w[..., names.index(n)] if n in names else zero for n in "abcd")


def _network(names: tuple[str, ...], w: Array, x: Array) -> Array:
    a, b, c, d = (column[:, None] for column in _full(w, names))
    return np.asarray(c * np.tanh(a * x[:, 0] + b) + d)


def _network_jacobian(names: tuple[str, ...], w: Array, x: Array) -> Array:
    a, b, c, _ = _full(w, names)
    hidden = np.tanh(a * x[:, 0] + b)
    bent = c * (1 - hidden**2)
    columns = {"a": bent * x[:, 0], "b": bent, "c": hidden, "d": np.ones_like(hidden)}
    return np.stack([columns[name] for name in names], axis=1)


def _tanh(name: str, formula: str, *weights: str) -> Model:
    outputs, jacobian = partial(_network, weights), partial(_network_jacobian, weights)
    return Model(name, formula, outputs, jacobian, *_SQUARED, weights=weights)


_Pair = tuple[Callable[[Array, Array], Array], Callable[[Array, Array], Array]]

# Outputs of weights w and inputs x, and their derivative by one set of weights.
_LINE: _Pair = (lambda w, x: w @ x.T, lambda w, x: x)
_NEURON: _Pair = (
    lambda w, x: np.tanh(w @ x.T),
    lambda w, x: (1 - np.tanh(x @ w)[:, None] ** 2) * x,
)

# Losses of outputs s and targets y, and their derivative by s.
_SQUARED: _Pair = (lambda s, y: (s - y) ** 2, lambda s, y: 2 * (s - y))
_ENTROPY: _Pair = (lambda s, y: log_one_plus_exp(-y * s), lambda s, y: -y * sigmoid(-y * s))
_HINGE: _Pair = (
    lambda s, y: np.maximum(0, 1 - y * s),
    lambda s, y: np.where(y * s < 1, -y, 0.0),
)


def _errors(s: Array, y: Array) -> Array:
    return np.asarray((s > 0) != (y > 0), dtype=float)


_ALL = (
    Model("linear", "w.x + b", *_LINE, *_SQUARED),
    Model("logistic", "w.x + b", *_LINE, *_ENTROPY, classifier=True),
    Model("perceptron", "w.x + b", *_LINE, *_HINGE, classifier=True),
    Model("zero_one", "w.x + b", *_LINE, _errors, None, classifier=True),
    Model("neuron", "tanh(w.x + b)", *_NEURON, *_SQUARED),
    _tanh("tanh2", "c tanh(a x)", "a", "c"),
    _tanh("tanh3", "c tanh(a x + b)", "a", "b", "c"),
    _tanh("tanh4", "c tanh(a x + b) + d", "a", "b", "c", "d"),
)

MODELS = {model.name: model for model in _ALL}
"""Every model by name."""

BIASES = ("b", "d")
"""Weights without a penalty, as in scikit-learn."""
