"""The loss of a whole network, and planes through its weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.losses.models import log_one_plus_exp, sigmoid
from qdml_quantum.objectives.losses.samples import BLOCK, blocks, checked_inputs
from qdml_quantum.support.arrays import Array, real_array, unmasked
from qdml_quantum.support.messages import bad_type, bad_value

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "logistic": sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}
"""Hidden units by the names of scikit-learn."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A loss on the plane ``center + alpha d_1 + beta d_2 (+ ...)`` through its weights.

    Args:
        function: ``function(weights_batch)``, shape (batch, P) to (batch,).
        center: Shape (P,).
        directions: Shape (d, P), linearly independent; usually d = 2.

    Raises:
        ValueError: Shapes do not fit, something is not finite, or directions depend on each other.

    >>> bowl = Plane(lambda w: (w**2).sum(axis=1), [1, 0, 0], [[1, 0, 0], [0, 0, 2]])
    >>> bowl(np.array([[-1.0, 0.0], [0.0, 1.0]]))
    array([0., 5.])
    """

    function: Callable[[Array], ArrayLike]
    center: ArrayLike
    directions: ArrayLike

    def __post_init__(self) -> None:
        if not callable(self.function):
            remedy = "Give a function of weights of shape (batch, P)."
            raise bad_type("function", "be callable", self.function, remedy)
        center = _flat("center", self.center, 1)
        directions = _flat("directions", self.directions, 2)
        if directions.shape[1] != center.size:
            must = f"hold rows of {center.size} numbers, as many as `center`"
            raise bad_value("directions", must, f"of shape {directions.shape}")
        if np.linalg.matrix_rank(directions) < len(directions):
            must = "not be zero or depend on each other"
            remedy = "Choose directions that span a plane."
            raise bad_value("directions", must, "of lower rank", remedy)
        object.__setattr__(self, "center", center)
        object.__setattr__(self, "directions", directions)

    def at(self, coordinates: ArrayLike) -> Array:
        """All weights at a point of the plane, shape (P,), or at each row of many.

        >>> Plane(lambda w: w[:, 0], [1, 2], [[1, 0], [0, 3]]).at([0.5, 1.0])
        array([1.5, 5. ])
        """
        moved = real_array("coordinates", coordinates) @ np.asarray(self.directions)
        return np.asarray(np.asarray(self.center) + moved)

    def __call__(self, coordinates: Array) -> ArrayLike:
        """Losses at points of shape (batch, d)."""
        return self.function(self.at(coordinates))


@dataclass(frozen=True, eq=False)
class NetworkLoss:
    r"""Mean loss of a fully connected network for many sets of weights at once.

    ``h_k = f(h_(k-1) W_k + b_k)`` with h_0 = x, and f left out in the last layer. The loss of a
    classifier is the cross entropy of softmax (of the sigmoid, with one output), of a regression
    the mean squared error; without scikit-learn's penalty `alpha`. Weights are one flat row:
    W_1, b_1, W_2, b_2, ..., each W of shape (units before, units after) row by row.

    Attributes:
        sizes: Units of each layer, inputs first.
        activation: f, a key of `ACTIVATIONS`.
        X: Inputs, shape (samples, sizes[0]).
        y: Numbers of the classes (of 0 and 1 with one output), or targets of a regression.
        classifier: Which of the two.

    >>> net = NetworkLoss((1, 2, 1), "tanh", np.array([[1.0]]), np.array([3.0]), False)
    >>> net.num_weights, net(np.zeros((2, 7)))
    (7, array([9., 9.]))
    """

    sizes: tuple[int, ...]
    activation: str
    X: Array
    y: Array
    classifier: bool

    def __post_init__(self) -> None:
        X = checked_inputs(self.X)
        if X.shape[1] != self.sizes[0]:
            must = f"have {self.sizes[0]} inputs, as the network has"
            raise bad_value("X", must, f"of shape {X.shape}")
        y = real_array("y", self.y)
        if len(y) != len(X):
            must = f"hold one target for each of the {len(X)} samples of X"
            raise bad_value("y", must, f"of shape {y.shape}")
        if self.activation not in ACTIVATIONS:
            must = f"be one of {', '.join(ACTIVATIONS)}"
            raise bad_value("activation", must, self.activation)
        object.__setattr__(self, "X", X)
        object.__setattr__(self, "y", y.astype(int) if self.classifier else y.reshape(len(X), -1))

    @classmethod
    def of(cls, network: Any, X: ArrayLike, y: ArrayLike) -> NetworkLoss:
        """The loss of a fitted scikit-learn `MLPClassifier` or `MLPRegressor` on samples.

        Args:
            network: The fitted network; only its shape, activation and classes are used, and
                `weights_of` gives its weights.
            X: Inputs.
            y: Labels as the classifier knows them, or targets.

        Raises:
            TypeError: It is not a fitted network of that kind.
            ValueError: The samples do not fit it.
        """
        if not hasattr(network, "coefs_"):
            remedy = "Call network.fit(X, y) first."
            kind = type(network).__name__
            raise bad_type("network", "be a fitted MLP of scikit-learn", kind, remedy)
        sizes = (*(len(w) for w in network.coefs_), network.coefs_[-1].shape[1])
        labels = getattr(network, "classes_", None)
        targets = unmasked("y", y)
        if labels is not None:
            unknown = ~np.isin(targets, labels)
            if unknown.any():
                must = "hold classes that the network knows"
                raise bad_value("y", must, repr(targets[unknown][0]))
            targets = np.searchsorted(labels, targets)
        return cls(sizes, network.activation, real_array("X", X), targets, labels is not None)

    @property
    def num_weights(self) -> int:
        """Length of a row of weights."""
        return sum((before + 1) * after for before, after in self._layers)

    @property
    def _layers(self) -> tuple[tuple[int, int], ...]:
        return tuple(pairwise(self.sizes))

    def outputs(self, weights: ArrayLike, X: ArrayLike) -> Array:
        """What the last layer puts out, shape (batch, samples, units), for weights (batch, P)."""
        flat, hidden = np.atleast_2d(real_array("weights", weights)), real_array("X", X)
        if flat.shape[1] != self.num_weights:
            must = f"hold {self.num_weights} numbers per row"
            raise bad_value("weights", must, f"of shape {flat.shape}")
        used = 0
        for number, (before, after) in enumerate(self._layers):
            if number:
                hidden = ACTIVATIONS[self.activation](hidden)
            kernel = flat[:, used : used + before * after].reshape(-1, before, after)
            used += before * after
            hidden = hidden @ kernel + flat[:, None, used : used + after]
            used += after
        return hidden

    def __call__(self, weights: Array) -> Array:
        """Loss of each row of weights; in blocks, so that memory stays bounded."""
        samples = min(len(self.X), 1 << 10)
        rows = max(1, BLOCK // (samples * max(self.sizes)))
        total = np.zeros(len(weights))
        for batch in blocks(len(weights), rows):
            for part in blocks(len(self.X), samples):
                out = self.outputs(weights[batch], self.X[part])
                total[batch] += self._losses(out, self.y[part]).sum(axis=1)
        return np.asarray(total / len(self.X))

    def _losses(self, out: Array, y: Array) -> Array:
        if not self.classifier:
            return np.asarray(((out - y) ** 2).mean(axis=2))
        if out.shape[2] == 1:
            return log_one_plus_exp((1 - 2 * y) * out[..., 0])
        top = out.max(axis=2)
        spread = np.log(np.exp(out - top[..., None]).sum(axis=2)) + top
        return np.asarray(spread - out[:, np.arange(len(y)), y])

    def accuracy(self, weights: ArrayLike) -> float:
        """Share of the samples that one set of weights puts into the right class."""
        if not self.classifier:
            raise ValueError("A regression has no accuracy. Compare its loss.")
        out = self.outputs(weights, self.X)[0]
        predictions = out[:, 0] > 0 if out.shape[1] == 1 else out.argmax(axis=1)
        return float((predictions == self.y).mean())

    def random_directions(self, center: ArrayLike, seed: int, count: int = 2) -> Array:
        """Gaussian directions, each filter as long as that of the centre; shape (count, P).

        A filter is what leads into one unit; biases do not move. Without it the plane of a network
        whose weights are large looks flatter than that of one with the same outputs and small
        weights.

        References:
            H. Li et al., NeurIPS 2018, arXiv:1712.09913, section 4.

        >>> net = NetworkLoss((2, 1), "tanh", np.ones((1, 2)), np.ones(1), False)
        >>> one, two = net.random_directions([3.0, 4.0, 9.0], seed=0)
        >>> round(float(np.linalg.norm(one)), 9), float(two[2])
        (5.0, 0.0)
        """
        flat = _flat("center", center, 1)
        if flat.size != self.num_weights:
            raise bad_value("center", f"hold {self.num_weights} numbers", f"of shape {flat.shape}")
        rng = np.random.default_rng(seed)
        directions, used = np.zeros((count, flat.size)), 0
        for before, after in self._layers:
            size = before * after
            kernel = flat[used : used + size].reshape(before, after)
            drawn = rng.normal(size=(count, before, after))
            drawn *= np.linalg.norm(kernel, axis=0) / np.linalg.norm(drawn, axis=1, keepdims=True)
            directions[:, used : used + size] = drawn.reshape(count, size)
            used += size + after
        return directions


def weights_of(network: Any) -> Array:
    """Weights of a fitted scikit-learn MLP as `NetworkLoss` takes them, shape (P,)."""
    pairs = zip(network.coefs_, network.intercepts_, strict=True)
    return np.concatenate([np.ravel(part) for pair in pairs for part in pair])


def plane_through(points: ArrayLike) -> tuple[Array, Array]:
    """Centre and two directions of the plane through three sets of weights.

    The first point lies at (0, 0), the second at (1, 0) and the third at (0, 1).

    Args:
        points: Shape (3, P).

    >>> center, directions = plane_through([[1.0, 0, 0], [3.0, 0, 0], [1.0, 1, 1]])
    >>> center + directions.sum(axis=0)
    array([3., 1., 1.])
    """
    table = _flat("points", points, 2)
    if len(table) != 3:
        raise bad_value("points", "be three sets of weights", f"{len(table)}")
    return table[0], table[1:] - table[0]


def _flat(name: str, values: ArrayLike, dimensions: int) -> Array:
    array = real_array(name, values)
    if array.ndim != dimensions or array.size == 0:
        must = "be one row of numbers" if dimensions == 1 else "be rows of numbers"
        raise bad_value(name, must, f"of shape {array.shape}")
    array.flags.writeable = False
    return array
