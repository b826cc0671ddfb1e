"""The bowl through many values of an objective: where it is lowest if its ripples are forgotten."""

from __future__ import annotations

import numpy as np

from qdml_quantum.support.arrays import Array

NEAR = 0.25
"""Reach of a bowl around a point, in units of the box."""
_PER_WEIGHT = 4
"""Values for each weight of the fit, at least."""


def bowl(points: Array, values: Array, center: Array, reach: float = NEAR) -> Array | None:
    """Minimum of ``c + sum_i b_i u_i + a_i u_i^2``, fitted to the values around a point.

    Args:
        points: In units of the box, shape (count, d).
        values: There, shape (count,); those that are not finite are left out.
        center: The point.
        reach: Distance along every axis up to which values are used.

    Returns:
        The minimum, moved into the box; None where it is no bowl, or with too few values.

    >>> u = np.random.default_rng(1).random((200, 2))
    >>> ripples = ((u - 0.6) ** 2).sum(axis=1) + 0.02 * np.cos(60 * u).sum(axis=1)
    >>> bowl(u, ripples, np.array([0.5, 0.5]), 1.0).round(2)
    array([0.6, 0.6])
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
    return np.asarray(np.clip(center - slope / (2 * bend), 0, 1))


def whole_bowl(points: Array, values: Array) -> Array | None:
    """Minimum of the bowl through all values, and then of the one through those around it."""
    first = bowl(points, values, np.full(points.shape[1], 0.5), 1.0)
    return None if first is None else bowl(points, values, first)
