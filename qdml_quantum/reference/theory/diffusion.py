"""Imaginary time read as diffusion: kernel, walkers, a sink, and the explicit iteration."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, count, number

_MAX_EXPONENT = 300.0  # exp(300) squared still fits into a double.


def heat_kernel(distance: ArrayLike, diffusion: float, tau: float, *, dimensions: int = 1) -> Array:
    r"""Green's function of ``dp/dtau = D lap p``: a Gaussian of variance ``2 D tau`` per axis.

        G(r, tau) = (4 pi D tau)^(-d/2) exp(-r^2 / (4 D tau))

    The exponent of the prefactor is minus half the dimension d: -3/2, as printed in the paper, is
    that of three dimensions.

    Args:
        distance: r, any shape.
        diffusion: D, positive.
        tau: Positive.
        dimensions: d.

    References:
        Wang and Maimaitiabudula, Acta Phys. Sin. 74, 060701 (2025), doi 10.7498/aps.74.20240999,
        equations (9) and (10).

    >>> x = np.linspace(-20, 20, 401)
    >>> round(float(heat_kernel(x, 0.5, 2.0).sum() * 0.1), 12)
    1.0
    """
    spread = 4 * number("diffusion", diffusion) * number("tau", tau)
    r = real_array("distance", distance)
    scale = (math.pi * spread) ** (-count("dimensions", dimensions) / 2)
    return np.asarray(scale * np.exp(-(r**2) / spread))


def diffuse(density: ArrayLike, grid: Grid, diffusion: float, tau: float) -> Array:
    """``exp(tau D lap) density`` on the periodic grid, exact for what the grid resolves.

    >>> grid = Grid([(0, 2 * np.pi)], 4)
    >>> wave = 1 + np.cos(grid.axes[0].points)
    >>> after = diffuse(wave, grid, 0.5, 2.0)  # cos decays with exp(-D k^2 tau)
    >>> bool(np.allclose(after - 1, np.exp(-1) * (wave - 1)))
    True
    """
    p = real_on_grid("density", density, grid)
    number("diffusion", diffusion, zero=True)
    damping = np.exp(-diffusion * number("tau", tau, zero=True) * squared_wave_numbers(grid))
    return np.asarray(scipy.fft.ifftn(scipy.fft.fftn(p) * damping).real)


def random_walkers(
    start: ArrayLike, diffusion: float, tau: float, *, num_steps: int = 1, seed: int | None = None
) -> Array:
    """Walkers after Gaussian steps of variance ``2 D dtau`` per axis: samples of the heat kernel.

    Args:
        start: Positions, shape ``(num_walkers, dimensions)``.
        diffusion: D, positive.
        tau: Time in all, positive.
        num_steps: Steps to take; the distribution at the end does not depend on it.
        seed: Of the steps.

    Returns:
        Positions of the shape of `start`.

    >>> ends = random_walkers(np.zeros((10_000, 1)), 0.5, 2.0, seed=1)
    >>> abs(float(ends.var()) - 2.0) < 0.1  # 2 D tau
    True
    """
    positions = real_array("start", start)
    if positions.ndim != 2:
        must = "have the shape (num_walkers, dimensions)"
        raise bad_value("start", must, f"of shape {positions.shape}")
    steps = count("num_steps", num_steps)
    spread = math.sqrt(2 * number("diffusion", diffusion) * number("tau", tau) / steps)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        positions += spread * rng.standard_normal(positions.shape)
    return positions


def diffusion_reaction(
    problem: Problem, diffusion: float, tau: float, start: ArrayLike, *, num_steps: int
) -> Array:
    r"""Wick-rotated motion ``dpsi/dtau = D lap psi - zeta psi``: diffusion with a sink.

    With ``t = -i tau`` the Schroedinger equation becomes this one. It keeps neither the norm nor
    the sum: what is left decays with ``exp(-E_0 tau)``. Steps are those of Strang, of second
    order in ``tau / num_steps``.

    Args:
        problem: Grid and objective.
        diffusion: D, at least 0.
        tau: Imaginary time, at least 0.
        start: Real amplitudes, shape of the grid, not normalised here.
        num_steps: Time steps.

    Raises:
        ValueError: A shape does not fit, or a step would underflow.

    References:
        Wang and Maimaitiabudula, doi 10.7498/aps.74.20240999, equation (8).

    >>> box = Problem(Grid([(-8, 8)], 6), "harmonic")
    >>> ground = np.exp(-box.grid.axes[0].points ** 2 / 2)
    >>> after = diffusion_reaction(box, 1.0, 0.5, ground, num_steps=100)
    >>> round(float((after / ground)[32]), 4), round(math.exp(-0.5), 4)  # E_0 = 1
    (0.6065, 0.6065)
    """
    psi = real_on_grid("start", start, problem.grid)
    step = number("tau", tau, zero=True) / count("num_steps", num_steps)
    reach = step * float(np.abs(problem.values).max())
    if reach > 2 * _MAX_EXPONENT:
        must = f"keep tau max|zeta| / num_steps below {2 * _MAX_EXPONENT:g}"
        raise bad_value("num_steps", must, num_steps, "Take more steps.")
    half = np.exp(-step / 2 * problem.values)
    for _ in range(num_steps):
        psi = half * diffuse(half * psi, problem.grid, diffusion, step)
    return psi


def stable_step(grid: Grid, diffusion: float) -> float:
    r"""Largest stable step of explicit diffusion: ``2 D dtau sum_i 1/dx_i^2 = 1``.

    The wave that alternates from point to point is multiplied by ``1 - 4 D dtau sum_i 1/dx_i^2`` in
    every step; beyond this step the factor is below -1.

    References:
        R. Courant, K. Friedrichs and H. Lewy, Math. Ann. 100, 32 (1928), doi 10.1007/BF01448839.

    >>> stable_step(Grid([(0, 8)], 3), 0.5)  # dx = 1
    1.0
    """
    rates = sum(1 / axis.spacing**2 for axis in grid.axes)
    return float(1 / (2 * number("diffusion", diffusion) * rates))


def explicit_steps(
    problem: Problem, diffusion: float, start: ArrayLike, dtau: float, num_steps: int
) -> Array:
    r"""The iteration as printed: explicit steps of ``dpsi/dtau = D psi'' - zeta psi``.

        psi_j <- psi_j + dtau [D (psi_(j+1) - 2 psi_j + psi_(j-1)) / dx^2 - zeta_j psi_j]

    In several dimensions with one second difference per axis, on the ring. Stable up to about
    `stable_step`; beyond it the result grows without bound, which is left to be seen. Kept for
    comparison: the walkers, `relax` and `FokkerPlanck` do without that limit.

    Args:
        problem: Grid and objective.
        diffusion: D, at least 0.
        start: Real amplitudes, shape of the grid; they are not normalised, before or after.
        dtau: Step, positive.
        num_steps: How many.

    References:
        Wang and Maimaitiabudula, doi 10.7498/aps.74.20240999, equations (12) to (16).

    >>> box = Problem(Grid([(0, 8)], 3), "0*x")
    >>> waves = 1 + 0.1 * np.cos(np.pi * np.arange(8))
    >>> float(np.ptp(explicit_steps(box, 0.5, waves, 0.5, 20)).round(6))
    0.0
    >>> float(np.ptp(explicit_steps(box, 0.5, waves, 1.1, 20)).round(1))  # 1.2^20 times 0.2
    7.7
    """
    psi = real_on_grid("start", start, problem.grid)
    number("diffusion", diffusion, zero=True)
    number("dtau", dtau)
    for _ in range(count("num_steps", num_steps)):
        change = -problem.values * psi
        for index, axis in enumerate(problem.grid.axes):
            neighbours = np.roll(psi, 1, axis=index) + np.roll(psi, -1, axis=index)
            change += diffusion / axis.spacing**2 * (neighbours - 2 * psi)
        psi += dtau * change
    return psi


def real_on_grid(name: str, values: ArrayLike, grid: Grid) -> Array:
    """A copy of real values on a grid.

    Raises:
        TypeError: They are complex, or no numbers.
        ValueError: They are masked, not finite, or of another shape than the grid.
    """
    array = real_array(name, values)
    if array.shape != grid.shape:
        raise bad_value(name, f"have the shape {grid.shape} of the grid", f"of shape {array.shape}")
    return array
