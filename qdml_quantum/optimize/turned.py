"""Directions along which an objective is a sum of functions of one variable each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg

from qdml_quantum.support.arrays import Array

_STEP = 1e-4
"""Of the differences, in units of the box: ripples of a 200th of it bend by 0.1 % too little, and a
value in double precision is known to 1e-8 of itself after the division by its square."""
_POINTS = 3
"""Where second derivatives are taken: two of them are always diagonal in some directions, so that
the third decides."""
_REST = 0.01
"""Part of the bends along two directions up to which they may be bent together, by rounding."""


def turned_evaluations(dimensions: int) -> int:
    """Evaluations that `turned_axes` takes."""
    return _POINTS * (1 + dimensions + dimensions**2)


def turned_axes(
    value: Callable[[Array], Array], dimensions: int, rng: np.random.Generator
) -> Array | None:
    """Directions along which the objective is a sum, where those are not the axes.

    With ``zeta(u) = sum_i f_i((A u)_i)`` the second derivatives are ``H(u) = A^T D(u) A`` with
    diagonal D, so that the columns of A^-1 are the eigenvectors of ``H(u)^-1 H(v)`` at any two
    points. A third point tells whether there is such an A at all. Where several f_i are parabolas
    it is not unique, and mostly none is given.

    Args:
        value: Of points in units of the box, shape (count, d).
        dimensions: Number d of variables.
        rng: Of the points.

    Returns:
        Unit vectors, shape (d, d), in general not orthogonal; None where the objective is a sum
        along the axes, or along no directions.

    >>> turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    >>> value = lambda points: np.cos(9 * points @ turn.T).sum(axis=1)
    >>> np.abs(turned_axes(value, 2, np.random.default_rng(1)) @ turn.T).round(3).max(axis=1)
    array([1., 1.])
    """
    points = _STEP + (1 - 2 * _STEP) * rng.random((_POINTS, dimensions))
    bends = np.array([_bends(value, point) for point in points])
    if not np.isfinite(bends).all() or _is_sum(bends, np.eye(dimensions)):
        return None
    parts, columns = scipy.linalg.eig(bends[1], bends[0])
    axes = np.asarray(columns.real.T)
    is_real = np.isfinite(parts).all() and not np.abs(parts.imag).any()
    return axes if is_real and _is_sum(bends, axes) else None


def _is_sum(bends: Array, axes: Array) -> bool:
    """Whether no two directions are bent together, beside what they are by themselves."""
    seen = axes @ bends @ axes.T
    alone = np.diagonal(seen, axis1=1, axis2=2)
    scale = np.sqrt((alone**2).mean(axis=0))
    together = np.abs(seen - np.eye(len(axes)) * seen)
    return bool((together <= _REST * np.sqrt(np.outer(scale, scale))).all())


def _bends(value: Callable[[Array], Array], point: Array) -> Array:
    """Second derivatives at a point, from values a step away along each axis and along each two."""
    size = len(point)
    steps = _STEP * np.eye(size)
    one, other = np.triu_indices(size, 1)
    away = np.vstack([steps, steps[one] + steps[other]])
    values = value(np.vstack([point, point + away, point - away]))
    with np.errstate(invalid="ignore", over="ignore"):  # Walls.
        twice = values[1 : len(away) + 1] + values[len(away) + 1 :] - 2 * values[0]
        bends = np.diag(twice[:size])
        bends[one, other] = bends[other, one] = (twice[size:] - twice[one] - twice[other]) / 2
    return np.asarray(bends / _STEP**2)
