"""Mean loss of a named model over its data, in blocks, and a user's loss in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.losses.models import BIASES, Model
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, number

BLOCK = 1 << 17
"""Numbers in a block of weights times samples: 1 MiB, up to five of which exist at once."""

_CHUNK = 1 << 13  # Most samples, and most sets of weights, in a block.


@dataclass(frozen=True, eq=False)
class ModelLoss:
    """A model and its data: ``mean_i loss(outputs(w, x_i), y_i) + |w|^2/(2 C n)``.

    Args:
        model: Which model.
        X: Inputs, shape (n, m) or (n,).
        y: Targets, shape (n,).
        columns: Inputs that take part; None for all.
        intercept: Whether there is one.
        C: Inverse strength of the penalty, or None.

    Attributes:
        weights: Their names.
        classes: The two labels of a classifier, None for a regression.
        inputs: Columns that take part, and one of ones for the intercept.
        targets: y, or -1 and 1 for a classifier.
        penalty: ``1/(C n)`` for each weight, 0 for biases and without C.

    Raises:
        ValueError: Data do not fit the model or each other.
    """

    model: Model
    X: ArrayLike
    y: ArrayLike
    columns: Sequence[int] | None = None
    intercept: bool = True
    C: float | None = None
    weights: tuple[str, ...] = field(init=False)
    classes: tuple[float, float] | None = field(init=False)
    inputs: Array = field(init=False)
    targets: Array = field(init=False)
    penalty: Array = field(init=False)

    def __post_init__(self) -> None:
        X = checked_inputs(self.X)
        y = checked_targets(self.y, len(X))
        inputs = select(X, self.columns)
        labels = class_labels(y) if self.model.classifier else None
        weights = self._names(inputs.shape[1])
        strength = 0.0 if self.C is None else 1 / (number("C", self.C) * len(X))
        biases = np.array([name in BIASES for name in weights])
        fields = {
            "X": X,
            "y": y,
            "weights": weights,
            "classes": labels,
            "inputs": self._augmented(inputs),
            "targets": y if labels is None else np.where(y == labels[1], 1.0, -1.0),
            "penalty": np.where(biases, 0.0, strength),
        }
        for name, value in fields.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    def __call__(self, *weights: Array) -> Array:
        """Loss at weights that broadcast together, as an objective is called."""
        rows = min(_CHUNK, BLOCK // min(_CHUNK, len(self.inputs)))
        return in_batches(self.losses, weights, rows)

    def losses(self, weights: Array) -> Array:
        """Loss of each row of weights, shape (batch, d) to (batch,)."""
        total = np.zeros(len(weights))
        for part in blocks(len(self.inputs), _CHUNK):
            outputs = self.model.outputs(weights, self.inputs[part])
            total += self.model.loss(outputs, self.targets[part]).sum(axis=1)
        return np.asarray(total / len(self.inputs) + weights**2 @ self.penalty / 2)

    def gradient(self, weights: Array) -> Array:
        """Derivative of the loss by each weight, shape (d,).

        Raises:
            ValueError: The model has no slope.
        """
        if self.model.slope is None:
            raise ValueError(
                f"The loss '{self.model.name}' counts errors: its slope is 0 almost everywhere. "
                "Take the gradient of 'perceptron' or 'logistic'."
            )
        total = np.zeros(weights.size)
        for part in blocks(len(self.inputs), _CHUNK):
            outputs = self.model.outputs(weights[None], self.inputs[part])[0]
            slope = self.model.slope(outputs, self.targets[part])
            total += slope @ self.model.jacobian(weights, self.inputs[part])
        return np.asarray(total / len(self.inputs) + self.penalty * weights)

    def outputs(self, weights: Array, X: ArrayLike | None) -> Array:
        """Outputs for one set of weights, of the data or of other inputs, shape (samples,)."""
        inputs = self.inputs
        if X is not None:
            table, columns = checked_inputs(X), np.asarray(self.X).shape[1]
            if table.shape[1] != columns:
                must = f"have {columns} column(s), as the data"
                raise bad_value("X", must, f"of shape {table.shape}")
            inputs = self._augmented(select(table, self.columns))
        return np.asarray(self.model.outputs(weights[None], inputs)[0])

    def identity(self) -> dict[str, object]:
        """Plain JSON that tells two losses apart."""
        data = np.asarray(self.X).tobytes() + np.asarray(self.y).tobytes()
        return {
            "model": self.model.name,
            "data_sha256": hashlib.sha256(data).hexdigest(),
            "samples": len(self.inputs),
            "inputs": None if self.columns is None else [int(k) for k in self.columns],
            "intercept": bool(self.intercept),
            "C": None if self.C is None else float(self.C),
        }

    def _names(self, columns: int) -> tuple[str, ...]:
        model = self.model
        if model.takes_any_inputs:
            return tuple(f"w{k + 1}" for k in range(columns)) + ("b",) * bool(self.intercept)
        if columns != 1:
            must = f"be one column for the model '{model.name}', {model.formula}"
            raise bad_value("inputs", must, f"{columns} columns", "Write inputs=[0].")
        if not self.intercept:
            must = f"be left out for the model '{model.name}', {model.formula}"
            raise bad_value("intercept", must, self.intercept)
        return model.weights

    def _augmented(self, inputs: Array) -> Array:
        """Inputs with the column of ones that the intercept multiplies."""
        if self.model.takes_any_inputs and self.intercept:
            return np.column_stack([inputs, np.ones(len(inputs))])
        return inputs


@dataclass(frozen=True, eq=False)
class Batches:
    """A user's loss of many sets of weights, called with `size` of them at a time."""

    function: Callable[[Array], ArrayLike]
    size: int

    def __call__(self, *weights: Array) -> Array:
        """Loss at weights that broadcast together, as an objective is called."""
        return in_batches(self._checked, weights, self.size)

    def _checked(self, batch: Array) -> Array:
        answer = real_array("The answer of `model`", self.function(batch), finite=False)
        if answer.shape != (len(batch),):
            must = f"answer with shape ({len(batch)},) for weights of shape {batch.shape}"
            remedy = "Give one loss per row of weights, in their order."
            raise bad_value("model", must, f"{answer.shape}", remedy)
        return answer


def checked_inputs(X: object) -> Array:
    """X as a finite float array of shape (samples, inputs); a copy.

    >>> checked_inputs([1, 3])
    array([[1.],
           [3.]])
    """
    table = real_array("X", X)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or table.size == 0:
        remedy = "Use one row per sample and one column per input."
        raise bad_value("X", "have samples and inputs", f"of shape {table.shape}", remedy)
    return table


def checked_targets(y: object, samples: int) -> Array:
    """Targets as finite floats, one per sample."""
    targets = real_array("y", y)
    if targets.shape != (samples,):
        must = f"hold one number for each of the {samples} samples of X"
        remedy = "Leave out the same samples in both."
        raise bad_value("y", must, f"of shape {targets.shape}", remedy)
    return targets


def class_labels(y: Array) -> tuple[float, float]:
    """The two classes of y: (0, 1) or (-1, 1).

    >>> class_labels(np.array([0.0, 1.0, 1.0]))
    (0.0, 1.0)
    """
    labels = np.unique(y)
    if labels.size == 1:
        must = "hold both classes"
        actual = f"{labels[0]:g} for all {y.size} samples"
        raise bad_value("y", must, actual, "A classifier needs samples of each class.")
    for pair in ((0.0, 1.0), (-1.0, 1.0)):
        if labels.size == 2 and tuple(labels) == pair:
            return pair
    shown = ", ".join(f"{label:g}" for label in labels[:4]) + (", ..." if labels.size > 4 else "")
    remedy = "For two classes of many select their samples, and write y = (labels == second)."
    raise bad_value("y", "be 0 and 1, or -1 and 1", f"{shown}", remedy)


def select(X: Array, columns: Sequence[int] | None) -> Array:
    """Columns of X.

    >>> select(np.array([[1.0, 2.0], [3.0, 4.0]]), [1])
    array([[2.],
           [4.]])
    """
    if columns is None:
        return X
    chosen, last = list(columns), X.shape[1] - 1
    if not chosen or not all(isinstance(k, int | np.integer) and 0 <= k <= last for k in chosen):
        must = f"be column numbers of X from 0 to {last}"
        raise bad_value("inputs", must, chosen, "Write inputs=[0].")
    if len(set(chosen)) < len(chosen):
        raise bad_value("inputs", "not name a column twice", chosen)
    return np.ascontiguousarray(X[:, chosen])


def blocks(total: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` that cover ``range(total)``.

    >>> list(blocks(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for start in range(0, total, size):
        yield slice(start, min(start + size, total))


def in_batches(loss: Callable[[Array], Array], weights: Sequence[Array], size: int) -> Array:
    """Values of ``loss(rows)`` at coordinates that broadcast together, `size` rows at a time.

    >>> x, y = np.ogrid[0:2, 0:3]
    >>> in_batches(lambda rows: rows @ [10.0, 1.0], [x, y], size=4)
    array([[ 0.,  1.,  2.],
           [10., 11., 12.]])
    """
    full = np.broadcast_arrays(*weights)
    shape = full[0].shape
    values = np.empty(full[0].size)
    for part in blocks(values.size, size):
        index = np.unravel_index(np.arange(part.start, part.stop), shape) if shape else ()
        rows = np.stack([np.atleast_1d(w[index]) for w in full], axis=1).astype(float)
        values[part] = loss(rows)
    return values.reshape(shape)
