"""Whether a box holds the lowest point of an objective, by a classical search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.objectives.base import Objective

Array = NDArray[np.float64]

_STARTS = 3  # Lowest points of the scan that are polished: more may end in other valleys.


@dataclass(frozen=True, eq=False)
class Lowest:
    """The lowest point that was found.

    Attributes:
        point: Shape (d,).
        value: zeta there.
        margins: Distance from the nearer end of each axis, in units of the box, shape (d,).
        above: For each axis, whether that is the upper end.
    """

    point: Array
    value: float
    margins: Array
    above: Array


def lowest_in_box(
    objective: Objective, gradient: Callable[[Array], Array] | None, points: int
) -> Lowest:
    """Lowest of about `points` places, both ends included, polished where there is a gradient.

    Of equal places the one farthest from the edge counts: a plateau that reaches the edge is not
    cut off by it.

    >>> slope = Objective(lambda x, y: x + (y - 1)**2, 2, bounds=[(0, 4), (0, 4)])
    >>> found = lowest_in_box(slope, None, 25)
    >>> found.point, found.margins, found.above
    (array([0., 1.]), array([0.  , 0.25]), array([False, False]))
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
    for start in grid[order[:_STARTS]] if gradient is not None else ():
        minimum = minimize(
            lambda w: float(objective(*w)), start, jac=gradient, bounds=objective.bounds
        )
        if minimum.fun < value:
            point, value = np.clip(minimum.x, low, high), float(minimum.fun)
    distances = np.stack([point - low, high - point]) / (high - low)
    return Lowest(point, value, distances.min(axis=0), distances[1] < distances[0])


def wider(objective: Objective, lowest: Lowest, names: Sequence[str], least: float) -> str:
    """What to do where the lowest point is nearer than `least` to the edge; empty where it is not.

    >>> slope = Objective(lambda x: -x, 1, bounds=[(0, 4)])
    >>> wider(slope, lowest_in_box(slope, None, 9), ["w1"], 0.05)
    'Widen the box, e.g. to (0, 8) for w1.'
    """
    assert objective.bounds is not None
    pairs = []
    for k, (low, high) in enumerate(objective.bounds):
        if lowest.margins[k] < least:
            side = high - low
            low, high = (low, high + side) if lowest.above[k] else (low - side, high)
            pairs.append(f"({low:.4g}, {high:.4g}) for {names[k]}")
    return f"Widen the box, e.g. to {' and '.join(pairs)}." if pairs else ""
