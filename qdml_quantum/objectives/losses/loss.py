"""The loss of a model over a box in its parameter space, as an objective zeta."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.losses.models import find_model
from qdml_quantum.objectives.losses.networks import Plane
from qdml_quantum.objectives.losses.samples import Batches, ModelLoss, checked_targets
from qdml_quantum.objectives.taylor import gradient
from qdml_quantum.objectives.validate import Bounds, Points
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.check import Check, at_least
from qdml_quantum.support.messages import bad_type, bad_value, count

EDGE = 0.05
"""How far from the edge the lowest loss must lie, in units of the box: as for `wrap_around`."""

_STARTS = 3  # Lowest points of the scan that are polished: more may end in other valleys.


@dataclass(frozen=True, eq=False, repr=False)
class Loss(Objective):
    r"""A loss as an objective: zeta(w) = loss of a model with weights w, over a box of weights.

    Named models and their loss, the mean over the samples (x, y):

    ==============  ======================  ================================  ===============
    model           output s                loss of a sample                  weights
    ==============  ======================  ================================  ===============
    ``linear``      w.x + b                 (s - y)^2                         w1, w2, ..., b
    ``logistic``    w.x + b                 log(1 + exp(-y s))                w1, w2, ..., b
    ``perceptron``  w.x + b                 max(0, 1 - y s)   (hinge)         w1, w2, ..., b
    ``zero_one``    w.x + b                 1 where sign(s) is wrong, else 0  w1, w2, ..., b
    ``neuron``      tanh(w.x + b)           (s - y)^2                         w1, w2, ..., b
    ``tanh2``       c tanh(a x)             (s - y)^2                         a, c
    ``tanh3``       c tanh(a x + b)         (s - y)^2                         a, b, c
    ``tanh4``       c tanh(a x + b) + d     (s - y)^2                         a, b, c, d
    ==============  ======================  ================================  ===============

    ``logistic``, ``perceptron`` and ``zero_one`` are classifiers: y is 0 or 1 (or -1 or 1), and
    stands for -1 and 1 above. ``linear`` and ``logistic`` have one minimum, ``perceptron`` one
    bottom; ``zero_one`` is a landscape of steps, which has no gradient; a ``neuron`` may have very
    many minima (Auer et al.), and the tanh networks have two equal ones: (a, b, c) and
    (-a, -b, -c), of which a box with a > 0 keeps one. Rosenblatt's ``max(0, -y s)`` is not there:
    its minimum is w = 0.

    Everything is evaluated in blocks: beside the data, the coordinates and the answer at most
    8 MiB are in use, whatever the grid and the number of samples.

    Args:
        model: A name of the table, or a function ``loss(weights_batch)`` of shape (batch, d) to
            (batch,) which has its own data.
        X: Inputs, shape (samples, inputs) or (samples,); left out with a function.
        y: Targets, shape (samples,); left out with a function.
        bounds: The box, one (lower, upper) pair per weight.
        inputs: Columns of X that take part; default all. The tanh networks take one.
        intercept: Whether there is an intercept b (default), the last weight. The tanh networks
            have the biases of their formula.
        C: Inverse strength of a penalty, as in scikit-learn: ``|w|^2/(2 C samples)`` is added,
            without b and d. Default none.
        names: Of the weights; default those of the table.
        name: Label; default that of the model.
        batch: Sets of weights in one call of a function, default 256.

    Raises:
        TypeError: Data are not numbers, or the model is neither name nor function.
        ValueError: Data are not finite, of different length, or of one class; or the box does not
            have one pair per weight. Messages name the first bad place.

    References:
        P. Auer, M. Herbster and M. Warmuth, NIPS 8, 316 (1995): a neuron with squared loss can
        have exponentially many minima. D. R. Cox, J. R. Stat. Soc. B 20, 215 (1958), doi
        10.1111/j.2517-6161.1958.tb00292.x (logistic).

    >>> line = Loss("linear", [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], bounds=[(0, 4), (-1, 3)])
    >>> line.weights, line(2.0, [1.0, 0.0]), line.gradient([2.0, 0.0])
    (('w1', 'b'), array([0., 1.]), array([-2., -2.]))
    """

    function: Callable[..., object] = field(init=False)
    dimensions: int = field(init=False)
    minimizers: Points = field(init=False, default=())
    minimum: float | None = field(init=False, default=None)
    reference: str = field(init=False, default="")
    source: Mapping[str, object] = field(init=False, default_factory=dict)
    continuous: bool = field(init=False, default=True)
    style: str | None = field(init=False, default="arrays")
    periodic: bool = field(init=False, default=False)
    model: str | Callable[[Array], ArrayLike]
    X: ArrayLike | None = None
    y: ArrayLike | None = None
    bounds: Bounds | None = field(kw_only=True)
    inputs: Sequence[int] | None = field(kw_only=True, default=None)
    intercept: bool = field(kw_only=True, default=True)
    C: float | None = field(kw_only=True, default=None)
    names: Sequence[str] | None = field(kw_only=True, default=None)
    name: str = field(kw_only=True, default="")
    batch: int = field(kw_only=True, default=256)
    classes: tuple[float, float] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        function = self._batches() if callable(self.model) else self._samples()
        weights = self._names(function)
        if isinstance(function, ModelLoss):
            identity, label = function.identity(), str(self.model)
            data = {"X": function.X, "y": function.y, "classes": function.classes}
        else:
            label = _label(function.function)
            identity, data = {"callable": label}, {}
        values = data | {
            "function": function,
            "names": weights,
            "dimensions": len(weights),
            "source": {"loss": identity | {"weights": list(weights)}},
            "name": self.name or f"{label} loss",
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        super().__post_init__()

    def _batches(self) -> Batches:
        assert callable(self.model)
        settings = {"X": self.X, "y": self.y, "inputs": self.inputs, "C": self.C}
        extra = [name for name, value in settings.items() if value is not None]
        if extra or not self.intercept:
            name = extra[0] if extra else "intercept"
            remedy = "A function has its own data and penalty: functools.partial binds them."
            raise bad_value(name, "be left out where the model is a function", "given", remedy)
        return Batches(self.model, count("batch", self.batch))

    def _samples(self) -> ModelLoss:
        if not isinstance(self.model, str):
            remedy = "Write Loss('logistic', X, y, bounds=[(-4, 4), (-4, 4)])."
            raise bad_type("model", "be a name or a function", type(self.model).__name__, remedy)
        model = find_model(self.model)
        for name, value in (("X", self.X), ("y", self.y)):
            if value is None:
                remedy = f"Write Loss('{model.name}', X, y, bounds=...)."
                raise bad_value(name, f"be given for the model '{model.name}'", None, remedy)
        assert self.X is not None
        assert self.y is not None
        return ModelLoss(model, self.X, self.y, self.inputs, self.intercept, self.C)

    def _names(self, function: ModelLoss | Batches) -> tuple[str, ...]:
        """Names of the weights, once there is a box with one side for each."""
        pairs = len(self.bounds) if isinstance(self.bounds, Sized) else 0
        default = tuple(f"w{k + 1}" for k in range(pairs))
        if isinstance(function, ModelLoss):
            default = function.weights
        names = default if self.names is None else tuple(self.names)
        if len(names) != len(default) or not all(isinstance(one, str) for one in names):
            must = f"name the weights {', '.join(default)}"
            raise bad_value("names", must, list(names))
        if pairs != len(names) or not names:
            actual = "missing" if self.bounds is None else repr(self.bounds)
            must = f"hold one (lower, upper) pair for each weight: {', '.join(names) or 'w1'}"
            box = ", ".join(["(-4, 4)"] * max(1, len(names)))
            raise bad_value("bounds", must, actual, f"Write bounds=[{box}].")
        return names

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the weights, in the order of the coordinates."""
        assert self.names is not None
        return tuple(self.names)

    def outputs(self, weights: ArrayLike, X: ArrayLike | None = None) -> Array:
        """Outputs s of the model, shape (samples,).

        Args:
            weights: One number per weight.
            X: Inputs with the columns of the data; default the data.
        """
        if not isinstance(self.function, ModelLoss):
            raise ValueError(
                f"`{self.name}` is a function of weights without outputs: only a named model knows "
                "its data. Ask what the function was made of."
            )
        return self.function.outputs(self._row(weights), X)

    def predict(self, weights: ArrayLike, X: ArrayLike | None = None) -> Array:
        """What the model says of inputs: a class as in y, or a number; shape (samples,).

        >>> side = Loss("logistic", [[-1.0], [2.0]], [0, 1], bounds=[(-4, 4)], intercept=False)
        >>> side.predict([1.0], [[-3.0], [3.0]])
        array([0., 1.])
        """
        outputs = self.outputs(weights, X)
        return outputs if self.classes is None else np.where(outputs > 0, *self.classes[::-1])

    def accuracy(
        self, weights: ArrayLike, X: ArrayLike | None = None, y: ArrayLike | None = None
    ) -> float:
        """Share of right classes, of the data or of other samples (give X and y)."""
        if self.classes is None:
            raise ValueError(
                f"`{self.name}` is no classifier and has no accuracy. Compare its loss, or take "
                "one of the models logistic, perceptron and zero_one."
            )
        if (X is None) != (y is None):
            raise bad_value("X" if X is None else "y", "be given with the other of X and y", None)
        predicted = self.predict(weights, X)
        truth = self.y if y is None else checked_targets(y, len(predicted))
        return float(np.mean(predicted == truth))

    def gradient(self, weights: ArrayLike) -> Array:
        """Derivative of the loss by each weight, shape (d,), what gradient descent goes against.

        In closed form (at the kinks of the hinge one of its slopes); for a function by central
        differences, which take 2 d evaluations.

        Raises:
            ValueError: The model is ``zero_one``, whose slope is 0 wherever there is one.
        """
        row = self._row(weights)
        if isinstance(self.function, Batches):
            return gradient(self, row, 1e-5 * np.ptp(np.array(self.bounds), axis=1))
        assert isinstance(self.function, ModelLoss)
        return self.function.gradient(row)

    def edge_check(self, points: int = 1024) -> Check:
        """Whether the box holds the optimum: the lowest loss is not in its outer 5 %.

        A classical search: `points` places on a grid, and descent from the lowest. A minimum at the
        edge means that the loss falls on outside, and the box is periodic besides.

        >>> narrow = Loss("linear", [1.0, 2.0], [3.0, 6.0], bounds=[(0, 2)], intercept=False)
        >>> narrow.edge_check().remedy
        'Widen the box, e.g. to (0, 4) for w1.'
        """
        smooth = not isinstance(self.function, ModelLoss) or self.function.model.slope is not None
        point, value = lowest_in_box(self, self.gradient if smooth else None, points)
        assert self.bounds is not None
        low, high = np.array(self.bounds).T
        edges = np.stack([point - low, high - point]) / (high - low)
        where = ", ".join(f"{n} = {x:.4g}" for n, x in zip(self.weights, point, strict=True))
        meaning = (
            "distance of the lowest loss from the edge of the box, in units of the box; lowest is "
            f"{value:.4g} at {where}"
        )
        pairs = []
        for name, (a, b), (left, right) in zip(self.weights, self.bounds, edges.T, strict=True):
            if min(left, right) < EDGE:
                a, b = (a, 2 * b - a) if right < left else (2 * a - b, b)
                pairs.append(f"({a:.4g}, {b:.4g}) for {name}")
        remedy = f"Widen the box, e.g. to {' and '.join(pairs)}." if pairs else "Nothing to do."
        if pairs and self.model in ("logistic", "perceptron") and self.C is None:
            remedy += " Where a line separates the classes w grows for ever: give a penalty, C=1.0."
        return at_least("box_edge", edges.min(), EDGE, meaning, remedy)

    def require_inside(self, points: int = 1024) -> Loss:
        """This loss, or a ValueError where `edge_check` fails.

        >>> inside = Loss("linear", [1.0, 2.0], [3.0, 6.0], bounds=[(0, 5)], intercept=False)
        >>> inside.require_inside() is inside
        True
        """
        check = self.edge_check(points)
        if not check.passed:
            raise ValueError(f"The box misses the optimum: {check.meaning}. {check.remedy}")
        return self

    def _row(self, weights: ArrayLike) -> Array:
        row = real_array("weights", weights)
        if row.shape != (self.dimensions,):
            must = f"hold one number for each weight: {', '.join(self.weights)}"
            raise bad_value("weights", must, f"of shape {row.shape}")
        return row

    @classmethod
    def plane(
        cls,
        function: Callable[[Array], ArrayLike],
        center: ArrayLike,
        directions: ArrayLike,
        bounds: Bounds,
        *,
        names: Sequence[str] | None = None,
        name: str = "",
        batch: int = 256,
    ) -> Loss:
        """A plane through the weights of a larger model: ``zeta(alpha, beta) = loss(w0 + ...)``.

        Args:
            function: ``loss(weights_batch)``, shape (batch, P) to (batch,), as `NetworkLoss`.
            center: w0, shape (P,).
            directions: Shape (d, P); `NetworkLoss.random_directions`, or two of your own.
            bounds: One (lower, upper) pair per direction, in units of the directions.
            names: Of the coordinates; default alpha and beta.
            name: Label.
            batch: Points in one call of the function, default 256.

        Returns:
            A loss whose `model` is the `Plane`: ``loss.model.at(result.minimizer)``, all weights.

        Raises:
            ValueError: Shapes do not fit, or the directions depend on each other.

        References:
            H. Li et al., NeurIPS 2018, arXiv:1712.09913.

        >>> bowl = Loss.plane(lambda w: (w**2).sum(axis=1), [1, 1, 1], np.eye(3)[:2], [(-2, 2)] * 2)
        >>> bowl.weights, bowl(-1.0, [-1.0, 0.0])
        (('alpha', 'beta'), array([1., 2.]))
        """
        plane = Plane(function, center, directions)
        default = ("alpha", "beta") if len(np.asarray(directions)) == 2 else None
        label = name or f"plane of {_label(function)}"
        return cls(plane, bounds=bounds, names=names or default, name=label, batch=batch)

    def __repr__(self) -> str:
        return f"Loss({self.name!r}, weights={self.weights})"


def lowest_in_box(
    objective: Objective, gradient: Callable[[Array], Array] | None, points: int
) -> tuple[Array, float]:
    """Lowest of about `points` places and its value; polished where there is a gradient.

    The places stand on a grid, both ends included. Of equal ones the one farthest from the edge
    counts: a plateau that reaches the edge is not cut off by it.

    >>> slope = Objective(lambda x, y: x + (y - 1)**2, 2, bounds=[(0, 4), (0, 4)])
    >>> lowest_in_box(slope, None, 25)
    (array([0., 1.]), 0.0)
    """
    # Slow to import, and needed here only.
    from scipy.optimize import minimize

    assert objective.bounds is not None
    low, high = np.array(objective.bounds).T
    per_axis = max(3, round(points ** (1 / low.size)))
    axes = [np.linspace(a, b, per_axis) for a, b in objective.bounds]
    values = objective(*np.meshgrid(*axes, indexing="ij", sparse=True)).ravel()
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, low.size)
    inside = np.minimum(grid - low, high - grid) / (high - low)
    order = np.lexsort((-inside.min(axis=1), values))
    point, value = grid[order[0]], float(values[order[0]])

    def value_at(x: Array) -> float:
        return float(objective(*x))

    for start in grid[order[:_STARTS]] if gradient is not None else ():
        minimum = minimize(value_at, start, jac=gradient, bounds=objective.bounds)
        if minimum.fun < value:
            point, value = np.clip(minimum.x, low, high), float(minimum.fun)
    return point, value


def _label(function: Callable[..., object]) -> str:
    return getattr(function, "__name__", type(function).__name__)
