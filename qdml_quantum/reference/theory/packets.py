"""A Gaussian packet under a Taylor polynomial of zeta, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.arrays import Array, unmasked
from qdml_quantum.support.messages import number
from qdml_quantum.support.typed import typed, typed_fields


@typed_fields
@dataclass(frozen=True)
class Moments:
    """Mean and spread of a packet in one dimension.

    Attributes:
        center: ``<x>``.
        momentum: ``<k>``.
        width: Standard deviation of ``|psi|^2``.
    """

    center: float
    momentum: float
    width: float


@typed
def packet_moments(
    start: Moments,
    diffusion: float,
    time: float,
    *,
    slope: float = 0.0,
    curvature: float = 0.0,
    origin: float = 0.0,
) -> Moments:
    r"""Where a real Gaussian packet is under ``zeta = slope (x - a) + curvature (x - a)^2 / 2``.

    Ehrenfest: ``d<x>/dt = 2 D <k>`` and ``d<k>/dt = -<zeta'>``, so that

        d^2<x>/dt^2 = -2 D (slope + curvature (<x> - a)),

    which oscillates with ``w = sqrt(2 D curvature)``. The width follows

        sigma(t)^2 = sigma_0^2 cos(w t)^2 + (D / (sigma_0 w))^2 sin(w t)^2,

    for a free packet and for one on a slope ``sigma_0^2 + (D t / sigma_0)^2``: it disperses, and
    the slope moves it without changing its shape. For a negative curvature cos becomes cosh.

    Args:
        start: At time 0; the packet has no chirp, as that of `Gaussian`.
        diffusion: D, positive.
        time: t, of any sign.
        slope: Derivative of zeta at the origin.
        curvature: Second derivative.
        origin: a, the point of the expansion.

    References:
        E. J. Heller, J. Chem. Phys. 62, 1544 (1975), doi 10.1063/1.430620, with D = 1/(2m).

    >>> free = packet_moments(Moments(0.0, 1.0, 1.0), 0.5, 2.0)
    >>> free.center, round(free.width**2, 12)
    (2.0, 2.0)
    """
    number("diffusion", diffusion)
    number("width", start.width)
    number("curvature", abs(curvature), zero=True)
    squared = 2 * diffusion * curvature
    cosine, sine = _oscillation(squared, time)
    rest = start.center - origin
    # Around the fixed point where there is one; else the constant force of the slope.
    # (1 - cos(w t)) / w^2, as twice a square so that small w lose no digits.
    half = 2 * _oscillation(squared, time / 2)[1] ** 2
    center = origin + rest * cosine + 2 * diffusion * (start.momentum * sine - slope * half)
    momentum = start.momentum * cosine - curvature * rest * sine - slope * sine
    width = math.hypot(start.width * cosine, diffusion / start.width * sine)
    return Moments(center, momentum, width)


@typed
def moments_of(psi: ArrayLike, grid: Grid, axis: int = 0) -> Moments:
    """Moments of a state on the grid along one axis.

    >>> from qdml_quantum.problem.states import Gaussian
    >>> grid = Grid([(-8, 8)], 6)
    >>> found = moments_of(Gaussian(1.0, 0.5, 2.0).amplitudes(grid), grid)
    >>> round(found.center, 9), round(found.momentum, 9), round(found.width, 9)
    (1.0, 2.0, 0.5)
    """
    psi = unmasked("psi", psi)
    weights = _marginal(np.abs(psi) ** 2, axis)
    spectrum = _marginal(np.abs(np.fft.fft(psi, axis=axis, norm="ortho")) ** 2, axis)
    points, waves = grid.axes[axis].points, grid.axes[axis].wave_numbers
    center = float(weights @ points)
    width = math.sqrt(weights @ (points - center) ** 2)
    return Moments(center, float(spectrum @ waves), width)


def _marginal(weights: Array, axis: int) -> Array:
    others = tuple(other for other in range(weights.ndim) if other != axis)
    summed = np.asarray(weights.sum(axis=others), dtype=float)
    return np.asarray(summed / summed.sum())


def _oscillation(squared: float, time: float) -> tuple[float, float]:
    """``cos(w t)`` and ``sin(w t) / w`` for ``w^2 = squared`` of any sign."""
    w = math.sqrt(abs(squared))
    if squared > 0:
        return math.cos(w * time), math.sin(w * time) / w
    if squared < 0:
        return math.cosh(w * time), math.sinh(w * time) / w
    return 1.0, time
