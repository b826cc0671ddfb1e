"""The discrete iteration: explicit steps of imaginary time, and where they become unstable."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.theory.diffusion import real_on_grid
from qdml_quantum.support.messages import count, number


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
    problem: Problem,
    diffusion: float,
    start: ArrayLike,
    dtau: float,
    num_steps: int,
) -> NDArray[np.float64]:
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
