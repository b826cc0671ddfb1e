"""What a loss asks of its data: real, finite, of one length, of two classes."""

from __future__ import annotations

import numpy as np

from qdml_quantum.objectives.losses.models import Array
from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.messages import argument


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
        actual = f"of shape {table.shape}"
        raise ValueError(argument("X", "have samples and inputs", actual, remedy))
    return table


def checked_targets(y: object, samples: int) -> Array:
    """Targets as finite floats, one per sample."""
    targets = real_array("y", y)
    if targets.shape != (samples,):
        must = f"hold one number for each of the {samples} samples of X"
        remedy = "Leave out the same samples in both."
        raise ValueError(argument("y", must, f"of shape {targets.shape}", remedy))
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
        raise ValueError(argument("y", must, actual, "A classifier needs samples of each class."))
    for pair in ((0.0, 1.0), (-1.0, 1.0)):
        if labels.size == 2 and tuple(labels) == pair:
            return pair
    shown = ", ".join(f"{label:g}" for label in labels[:4]) + (", ..." if labels.size > 4 else "")
    remedy = "For two classes of many select their samples, and write y = (labels == second)."
    raise ValueError(argument("y", "be 0 and 1, or -1 and 1", f"{shown}", remedy))
