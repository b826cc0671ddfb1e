"""L-BFGS on many rows of angles in step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# On angles in units of one radian: pairs kept, first and longest move, least fall, least curvature,
# factor of the length where a move does not fall.
_HISTORY, _FIRST, _FARTHEST = 12, 0.3, 2.0
_ARMIJO, _CURVED, _SHORTER = 1e-4, 1e-10, 0.35


def descend(
    function: Callable[[Array], tuple[Array, Array]], x: Array, iterations: int
) -> tuple[Array, Array]:
    """L-BFGS on every row of `x`, in step, with backtracking; values and points.

    SciPy's takes one row at a time: on grids of some ten points its calls, and those of single
    transforms, cost many times what is computed.
    """
    value, gradient = function(x)
    direction = -gradient
    length = _FIRST / np.maximum(np.linalg.norm(gradient, axis=1), _FIRST)
    history: list[tuple[Array, Array, Array]] = []
    scale = length
    for _ in range(iterations):
        trial = x + length[:, None] * direction
        values, slope = function(trial)
        fell = values <= value + _ARMIJO * length * _dot(gradient, direction)
        moved = np.where(fell[:, None], trial - x, 0)
        change = np.where(fell[:, None], slope - gradient, 0)
        x, value = x + moved, np.where(fell, values, value)
        gradient = gradient + change
        curved = _dot(moved, change)
        square = _dot(change, change)
        usable = curved > _CURVED * np.sqrt(_dot(moved, moved) * square)
        # Rows that did not move, or saw no curvature, add nothing.
        inverse = np.where(usable, 1 / np.where(usable, curved, 1), 0)
        scale = np.where(usable, curved / np.where(usable, square, 1), scale)
        history = [*history[1 - _HISTORY :], (moved, change, inverse)]
        newton = -_two_loops(gradient, history, scale)
        uphill = _dot(newton, gradient) >= 0
        newton[uphill] = -scale[uphill, None] * gradient[uphill]
        newton /= np.maximum(np.linalg.norm(newton, axis=1) / _FARTHEST, 1)[:, None]
        direction = np.where(fell[:, None], newton, direction)
        length = np.where(fell, 1.0, _SHORTER * length)
    return value, x


def _two_loops(gradient: Array, history: list[tuple[Array, Array, Array]], scale: Array) -> Array:
    """The inverse Hessian of L-BFGS times the gradient, row by row."""
    result, factors = gradient.copy(), []
    for moved, change, inverse in reversed(history):
        factors.append(inverse * _dot(moved, result))
        result -= factors[-1][:, None] * change
    result *= scale[:, None]
    for (moved, change, inverse), factor in zip(history, reversed(factors), strict=True):
        result += (factor - inverse * _dot(change, result))[:, None] * moved
    return result


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("ij,ij->i", a, b))
