"""The box of `minimize` as a unit cube, with variables that take whole numbers only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.problem.counted_function import Box
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value


class Space:
    """The box, in units of itself.

    An axis of whole numbers ``m, ..., n`` is divided into ``n - m + 1`` equal parts, one for each.

    Args:
        box: ``(lower, upper)`` of every variable.
        integrality: Which of them are whole numbers, shape (d,) or one for all; default none.

    Attributes:
        low: Lower ends in coordinates, half a step below the first whole number.
        span: Lengths in coordinates.
        whole: Which variables are whole numbers.

    Raises:
        ValueError: A shape that does not fit, or an axis without a whole number.

    >>> space = Space(((-1.0, 1.0), (0.2, 3.9)), [0, 1])
    >>> space.points(np.array([[0.25, 0.5]])), space.unit([0.0, 2.0])
    (array([[-0.5,  2. ]]), array([0.5, 0.5]))
    """

    def __init__(self, box: Box, integrality: ArrayLike | None = None) -> None:
        low, high = np.array(box, dtype=float).T
        self.whole = np.zeros(low.size, dtype=bool)
        if integrality is not None:
            self.whole = self._asked(integrality, low.size)
        for index in np.flatnonzero(self.whole):
            first, last = math.ceil(low[index]), math.floor(high[index])
            if first > last:
                must = f"hold a whole number along x[{index}], which `integrality` asks for"
                raise bad_value("bounds", must, f"{box[index]}", "Widen them.")
            low[index], high[index] = first - 0.5, last + 0.5
        self.low, self.high = low, high

    @property
    def span(self) -> Array:
        """Lengths of the axes."""
        return np.asarray(self.high - self.low)

    def points(self, units: Array) -> Array:
        """Coordinates of points of the cube, shape (count, d)."""
        inside = np.clip(self.low + units * self.span, self.low, self.high)
        # The upper end belongs to the last whole number.
        steps = np.minimum(np.floor(inside - self.low), self.span - 1)
        return np.asarray(np.where(self.whole, self.low + 0.5 + steps, inside))

    def unit(self, point: ArrayLike) -> Array:
        """Where a point of the box is in the cube."""
        return np.asarray((np.asarray(point, dtype=float) - self.low) / self.span)

    def bounds(self, units: Array) -> list[tuple[float, float]]:
        """Of the cube, for a search in which whole numbers stay what they are."""
        return [
            (at, at) if fixed else (0.0, 1.0)
            for at, fixed in zip(units.tolist(), self.whole, strict=True)
        ]

    @staticmethod
    def _asked(integrality: Any, size: int) -> Array:
        given = real_array("integrality", integrality)
        if given.ndim > 1 or given.size not in (1, size):
            must = f"be one value or one per variable ({size})"
            raise bad_value("integrality", must, f"of shape {given.shape}", "Write [0, 1, 1].")
        return np.broadcast_to(given != 0, size).copy()
