"""Noisy objectives in `minimize`: how they are told, and how the best of many points is found."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from qdml_quantum.optimize.bowl import bowl
from qdml_quantum.support.arrays import Array

SEARCHED = 0.75
"""Share of the evaluations for the windows; half of the rest chooses, half is for the report."""
_MOST, _FEWEST = 64, 4
"""Candidates at most, and values of each before the first half of them is left out."""
_SAME = {np.float64: 1e-12, np.float32: 1e-5}
"""Part of the values by which two evaluations of one point may differ, as parallel sums do, and
batches of another size: in double precision, and where both answers are single."""


def is_noisy(before: float, again: float, scale: float) -> bool:
    """Whether two values of one point are not the same.

    Args:
        before: The first.
        again: The second.
        scale: Another value of the objective, to tell rounding by.

    >>> is_noisy(1.0, 1.0 + 1e-15, 1.0), is_noisy(1.0, 1.1, 1.0)
    (False, True)
    """
    both = np.array([before, again])
    with np.errstate(over="ignore"):
        kind = np.float32 if (both.astype(np.float32) == both).all() else np.float64
    return bool(abs(again - before) > _SAME[kind] * max(abs(before), abs(again), abs(scale)))


class Noise:
    """All values of a noisy objective, and the point that is lowest in the mean.

    The lowest single value of many is a lucky draw: of 10,000 with a noise of 1 it lies 4 below the
    truth. So the means of new values choose among the candidates, and values that chose nothing are
    reported.
    """

    def __init__(self) -> None:
        self._points: list[Array] = []
        self._values: list[Array] = []

    def seen(self, points: Array, values: Array) -> None:
        """Keep what was evaluated, shapes (count, d) and (count,)."""
        self._points.append(points)
        self._values.append(values)

    def settle(
        self, points: Array, value: Callable[[Array], Array], room: int, *, fit: bool = True
    ) -> tuple[Array, float, float]:
        """Leave out the worse half of the candidates by their means, until one is left.

        The minimum of the bowl, which a single lucky draw of another would beat, is compared with
        the last one of the others.

        Args:
            points: Candidates, shape (count, d), the best single value first.
            value: Fresh values; those that are not finite are left out.
            room: Evaluations that it may take; half of them are for the report.
            fit: Whether the minimum of the bowl is one of the candidates.

        Returns:
            The point, the mean of fresh values there, and its standard error; both infinite where
            fewer than two values are finite.
        """
        number = int(np.clip(room // (4 * _FEWEST), 1, _MOST))
        kept = np.unique(points[:number], axis=0)
        fitted = None
        if fit and self._points:
            # Uses all values at once: on a bowl a tenth as far from the minimum as the others.
            every = np.concatenate(self._points), np.concatenate(self._values)
            fitted = bowl(*every, points[0])
        report = room // 2
        rounds = math.ceil(math.log2(len(kept))) + (fitted is not None)
        share = (room - report) // rounds if rounds else 0
        sums = np.zeros((2, len(kept)))
        while len(kept) > 1:
            sums = sums + _sums(value, kept, max(1, share // len(kept)))
            order = np.argsort(_means(sums), kind="stable")[: (len(kept) + 1) // 2]
            kept, sums = kept[order], sums[:, order]
        if fitted is not None:
            kept = np.vstack([fitted.x, kept])
            kept = kept[[np.argmin(_means(_sums(value, kept, max(1, share // 2))))]]
        fresh = value(np.repeat(kept, report, axis=0))
        fresh = fresh[np.isfinite(fresh)]
        if len(fresh) < 2:
            return kept[0], math.inf, math.inf
        return kept[0], float(fresh.mean()), float(fresh.std(ddof=1) / math.sqrt(len(fresh)))


def _sums(value: Callable[[Array], Array], points: Array, each: int) -> Array:
    """Of the finite ones of so many fresh values of every point, and their numbers, in two rows."""
    fresh = value(np.repeat(points, each, axis=0)).reshape(len(points), each)
    finite = np.isfinite(fresh)
    return np.array([np.where(finite, fresh, 0).sum(axis=1), finite.sum(axis=1)])


def _means(sums: Array) -> Array:
    """Of sums and numbers; where there is none, a wall."""
    return np.where(sums[1] > 0, sums[0] / np.maximum(sums[1], 1), np.inf)
