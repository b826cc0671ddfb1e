"""An objective known only on its own grid points: a table of values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.objectives.validate import Bounds, Points, checked_bounds
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import OffTableError, bad_value

MOST_MINIMIZERS = 64
"""A table with more equal lowest values than this names no minimizers."""


@dataclass(frozen=True, eq=False)
class Table:
    """Values of zeta at ``x_j = lower + j dx``, ``dx = (upper - lower) / N``, right end excluded.

    Args:
        values: Real, finite, shape ``(N1, ..., Nd)`` with 2 or more points per axis; copied.
        bounds: One (lower, upper) pair per axis.

    Raises:
        TypeError: The values are not real numbers.
        ValueError: The values are not finite or an axis is too short.

    >>> table = Table([4.0, 1.0, 0.0, 1.0], ((-2, 2),))
    >>> table(np.array([-2.0, 1.0]))
    array([4., 1.])
    """

    values: Array
    bounds: Bounds

    def __post_init__(self) -> None:
        values = _frozen(self.values)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "bounds", checked_bounds(self.bounds, values.ndim))

    def __call__(self, *coordinates: ArrayLike) -> Array:
        """Look up the values at grid points (within 1e-9 of the spacing)."""
        return self.values[tuple(self._index(k, np.asarray(c)) for k, c in enumerate(coordinates))]

    def _index(self, axis: int, positions: Array) -> NDArray[np.intp]:
        (lower, upper), count = self.bounds[axis], self.values.shape[axis]
        spacing = (upper - lower) / count
        rounding = 4 * np.finfo(float).eps * max(abs(lower), abs(upper))
        nearest = np.rint((positions - lower) / spacing)
        room = min(1e-9 * spacing + rounding, spacing / 4)
        off = ~(np.abs(positions - (lower + nearest * spacing)) <= room)
        off |= (nearest < 0) | (nearest >= count)
        if off.any():
            raise OffTableError(
                f"A table knows only its own {count} points from {lower:g} in steps of "
                f"{spacing:g} up to, not including, {upper:g} on axis {axis}, but was asked for "
                f"{float(positions[off].flat[0])!r}. Use a grid with bounds ({lower:g}, {upper:g}) "
                f"and {count} points on that axis, or give a formula or a function instead."
            )
        return np.asarray(nearest, dtype=np.intp)

    def lowest(self) -> tuple[float, Points]:
        """The smallest value and the grid points that have it (none when they are very many)."""
        minimum = float(self.values.min())
        indices = np.argwhere(self.values == minimum)
        if len(indices) > MOST_MINIMIZERS:
            return minimum, ()
        ends = np.array(self.bounds)
        spacing = (ends[:, 1] - ends[:, 0]) / self.values.shape
        return minimum, tuple(tuple(map(float, ends[:, 0] + p * spacing)) for p in indices)

    def identity(self) -> dict[str, object]:
        """Plain JSON that tells two tables apart: SHA-256 of values and bounds, bounds, shape."""
        digest = hashlib.sha256(self.values.astype("<f8").tobytes())
        digest.update(np.array(self.bounds, dtype="<f8").tobytes())
        digest.update(repr(self.values.shape).encode())
        shape, bounds = list(self.values.shape), [list(pair) for pair in self.bounds]
        return {"sha256": digest.hexdigest(), "bounds": bounds, "shape": shape}


def _frozen(table: ArrayLike) -> Array:
    values = real_array("values", table, "Replace those values with a large finite number.")
    if values.ndim < 1 or min(values.shape) < 2:
        shape = f"an array of shape {values.shape}"
        raise bad_value("values", "have 2 or more points per axis", shape)
    values.flags.writeable = False
    return values
