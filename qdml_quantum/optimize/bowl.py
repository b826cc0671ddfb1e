"""The bowl through many values of an objective: where it is lowest if its ripples are forgotten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qdml_quantum.support.arrays import Array

NEAR = 0.25
"""Reach of a bowl around a point, in units of the box."""
_PER_WEIGHT = 4
"""Values for each weight of the fit, at least."""


@dataclass(frozen=True, eq=False)
class Bottom:
    """Where a bowl is lowest.

    Attributes:
        x: The minimum, moved into the box, shape (d,).
        value: Of the bowl there.
        error: Largest standard error of the minimum along an axis, as the residuals have it.
    """

    x: Array
    value: float
    error: float


def bowl(points: Array, values: Array, center: Array, reach: float = NEAR) -> Bottom | None:
    """Minimum of ``c + sum_i b_i u_i + a_i u_i^2``, fitted to the values around a point.

    Args:
        points: In units of the box, shape (count, d).
        values: There, shape (count,); those that are not finite are left out.
        center: The point.
        reach: Distance along every axis up to which values are used.

    Returns:
        The minimum; None where it is no bowl, or with too few values.

    >>> u = np.random.default_rng(1).random((200, 2))
    >>> ripples = ((u - 0.6) ** 2).sum(axis=1) + 0.02 * np.cos(60 * u).sum(axis=1)
    >>> bottom = bowl(u, ripples, np.array([0.5, 0.5]), 1.0)
    >>> bottom.x.round(2), bottom.error < 0.01
    (array([0.6, 0.6]), True)
    """
    near = np.isfinite(values) & (np.abs(points - center) <= reach).all(axis=1)
    shifted, size = points[near] - center, len(center)
    if len(shifted) < _PER_WEIGHT * (2 * size + 1):
        return None
    terms = np.hstack([np.ones((len(shifted), 1)), shifted, shifted**2])
    weights = np.linalg.lstsq(terms, values[near], rcond=None)[0]
    slope, bend = weights[1 : size + 1], weights[size + 1 :]
    if not (bend > 0).all():
        return None
    away = -slope / (2 * bend)
    # The change of the minimum with slope and bend, and what residuals make of their scatter.
    turns = np.hstack([np.zeros((size, 1)), np.diag(-1 / (2 * bend)), np.diag(-away / bend)])
    rest = float(((values[near] - terms @ weights) ** 2).sum()) / (len(shifted) - len(weights))
    spread = np.einsum("ij,jk,ik->i", turns, np.linalg.pinv(terms.T @ terms), turns)
    x = np.clip(center + away, 0, 1)
    value = float(weights[0] + slope @ (x - center) + bend @ (x - center) ** 2)
    return Bottom(x, value, float(np.sqrt(rest * spread.max())))


def whole_bowl(points: Array, values: Array) -> Bottom | None:
    """Minimum of the bowl through all values, and then of the one through those around it."""
    first = bowl(points, values, np.full(points.shape[1], 0.5), 1.0)
    return None if first is None else bowl(points, values, first.x)


def narrow_bowl(points: Array, values: Array, center: Array, error: float) -> Bottom | None:
    """Minimum of the narrowest bowl around a point that is known well enough.

    Reach by reach, each half of the one before and around its minimum: what is no bowl is more like
    one nearby, where there are fewer values.

    Args:
        points: As for `bowl`.
        values: As for `bowl`.
        center: The point; the minimum lies within `NEAR` of it.
        error: Largest standard error of the minimum, in units of the box.
    """
    best, reach = None, NEAR
    while (bottom := bowl(points, values, center, reach)) is not None:
        if bottom.error > error or (np.abs(bottom.x - center) > reach).any():
            break
        best, center, reach = bottom, bottom.x, reach / 2
    return best
