"""Directions along which an objective is nearly a sum of functions of one variable each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from qdml_quantum.support.arrays import Array

_STEP = 1e-4
"""Of the differences, in units of the box: ripples of a 200th of it bend by 0.1 % too little, and a
value in double precision is known to 1e-8 of itself after the division by its square."""
_FITTED = 3
"""Points with whose second derivatives directions are fitted: two of them are always diagonal in
some. One more, which they do not know, decides: without it a function of the radius was taken for a
sum in nine of ten cases."""
_REST = 0.2
"""Part of the bends along two directions up to which they may be bent together. A coupling of 1 %
of the bends passes in 0.98 of the cases, of 3 % in 0.86, of 10 % in 0.23; nine functions that are
no turned sums in 17 of 4500."""
_WEIGHTS = np.array([1.0, 0.6, -0.8])
"""Of the points for the first guess: a mean in which no two directions bend alike by chance."""
_SWEEPS, _STRIDE = 30, 0.9
"""Of the fit, and the largest change of one, which keeps the directions independent."""


def turned_evaluations(dimensions: int) -> int:
    """Evaluations that `turned_axes` takes."""
    return (_FITTED + 1) * (1 + dimensions + dimensions**2)


def turned_axes(
    value: Callable[[Array], Array], dimensions: int, rng: np.random.Generator
) -> Array | None:
    """Directions along which the objective is nearly a sum, where those are not the axes.

    With ``zeta(u) = sum_i f_i((A u)_i)`` the second derivatives are ``H(u) = A^T D(u) A`` with
    diagonal D at any point: the columns of A^-1 make them all diagonal. The first guess are common
    eigenvectors (A is orthogonal), then those of ``H(u)^-1 H(v)``; least squares over three points
    are the fit, and a fourth tells whether there is such an A at all. Where several f_i are
    parabolas it is not unique.

    Args:
        value: Of points in units of the box, shape (count, d).
        dimensions: Number d of variables.
        rng: Of the points.

    Returns:
        Unit vectors, shape (d, d), in general not orthogonal; None where the objective is a sum
        along the axes, or along no directions.

    References:
        A. Ziehe, P. Laskov, G. Nolte and K.-R. Mueller, A Fast Algorithm for Joint Diagonalization,
        J. Mach. Learn. Res. 5, 777 (2004).

    >>> turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    >>> value = lambda points: np.cos(9 * points @ turn.T).sum(axis=1)
    >>> np.abs(turned_axes(value, 2, np.random.default_rng(1)) @ turn.T).round(3).max(axis=1)
    array([1., 1.])
    """
    points = _STEP + (1 - 2 * _STEP) * rng.random((_FITTED + 1, dimensions))
    bends = np.array([_bends(value, point) for point in points])
    sizes = np.linalg.norm(bends, axis=(1, 2), keepdims=True)
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        return None
    bends /= sizes
    if _is_sum(bends, np.eye(dimensions)):
        return None
    common = np.linalg.eigh(np.tensordot(_WEIGHTS, bends[:_FITTED], 1))[1].T
    parts, columns = scipy.linalg.eig(bends[1], bends[0])
    # Of two that rounding made conjugate, one is the real part and one the imaginary one.
    skew = np.where(parts.imag < 0, columns.imag, columns.real).T
    for guess in (common, skew):
        axes = _fitted(bends[:_FITTED], guess)
        if _is_sum(bends, axes):
            return axes
    return None


def _fitted(bends: Array, axes: Array) -> Array:
    """Directions in which the bends are as nearly diagonal as can be, from a first guess."""
    for _ in range(_SWEEPS):
        alone, together = _parts(bends, axes)
        both = alone.T @ alone
        mixed = np.einsum("nj,nij->ij", alone, together)
        own = np.diagonal(both)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            change = (both * mixed.T - own * mixed) / (own * own.T - both**2)
        change[~np.isfinite(change)] = 0.0
        np.fill_diagonal(change, 0.0)
        size = float(np.linalg.norm(change))
        if size > _STRIDE:
            change *= _STRIDE / size
        axes = axes + change @ axes
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    return axes


def _is_sum(bends: Array, axes: Array) -> bool:
    """Whether no two directions are bent together, beside what they are by themselves."""
    alone, together = _parts(bends, axes)
    scale = np.sqrt((alone**2).mean(axis=0))
    return bool((np.abs(together) <= _REST * np.sqrt(np.outer(scale, scale))).all())


def _parts(bends: Array, axes: Array) -> tuple[Array, Array]:
    """Bends along each direction, shape (points, d), and along each two, (points, d, d)."""
    seen = axes @ bends @ axes.T
    return np.diagonal(seen, axis1=1, axis2=2), seen * (1 - np.eye(len(axes)))


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
