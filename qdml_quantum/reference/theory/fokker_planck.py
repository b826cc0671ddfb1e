"""The Fokker-Planck equation of gradient descent with noise, and what is printed instead."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, diags_array, eye_array, kron
from scipy.sparse.linalg import expm_multiply
from scipy.special import exprel

from qdml_quantum.problem.grid import Axis
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.theory.diffusion import real_on_grid
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.typed import typed, typed_fields


@typed_fields
@dataclass(frozen=True, eq=False)
class FokkerPlanck:
    r"""``dp/dtau = D lap p + div(p grad zeta)`` on the periodic grid, conserving probability.

    Fluxes between neighbouring points are those of Scharfetter and Gummel,

        J = (D / dx) [B(v) p_j - B(-v) p_(j+1)],  v = (zeta_(j+1) - zeta_j) / D,

    with ``B(v) = v / (exp(v) - 1)``. What leaves one point enters the next, so that the sum of p
    stays what it is to rounding; p stays positive; and the stationary state is exactly
    ``exp(-zeta / D)`` on the grid. The box is a ring: zeta may jump at its seam.

    The paper prints ``dpsi/dtau = D psi'' - zeta' psi`` under this name (equation 11). That is
    diffusion with a sink of strength zeta', see `printed_form`, and loses or gains probability.

    Args:
        problem: Grid and objective.
        diffusion: D, positive.

    References:
        D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices 16, 64 (1969),
        doi 10.1109/T-ED.1969.16566.
        H. Risken, The Fokker-Planck Equation (1989), doi 10.1007/978-3-642-61544-3.

    >>> from qdml_quantum.problem.grid import Grid
    >>> equation = FokkerPlanck(Problem(Grid([(-4, 4)], 5), "harmonic"), 0.5)
    >>> start = np.full(32, 1 / 32)
    >>> end = equation.evolve(start, 20.0)
    >>> bool(np.allclose(end, equation.stationary)), round(float(end.sum()), 12)
    (True, 1.0)
    """

    problem: Problem
    diffusion: float

    def __post_init__(self) -> None:
        number("diffusion", self.diffusion)

    @cached_property
    def generator(self) -> csr_array:
        """Sparse matrix A of ``dp/dtau = A p``, columns and rows in C order; columns sum to 0."""
        grid, values = self.problem.grid, self.problem.values
        total = csr_array((grid.size, grid.size))
        for index, axis in enumerate(grid.axes):
            before = math.prod(grid.shape[:index])
            after = math.prod(grid.shape[index + 1 :])
            ring = _ring(axis)
            shift = kron(kron(eye_array(before), ring), eye_array(after), format="csr")
            rise = (np.roll(values, -1, axis=index) - values).ravel() / self.diffusion
            rate = self.diffusion / axis.spacing**2
            # B(v) = 1 / exprel(v), without 0/0 on flat ground.
            forward, backward = rate / exprel(rise), rate / exprel(-rise)
            leave = diags_array(forward) - diags_array(backward) @ shift
            total = total + (shift.T - eye_array(grid.size)) @ leave
        return csr_array(total)

    @cached_property
    def stationary(self) -> Array:
        """``exp(-zeta / D)``, normalised to sum 1."""
        weights = np.exp(-(self.problem.values - self.problem.values.min()) / self.diffusion)
        return np.asarray(weights / weights.sum())

    @property
    def largest_step(self) -> float:
        """Largest step of the explicit scheme that keeps p positive: ``1 / max |A_jj|``."""
        return float(1 / np.abs(self.generator.diagonal()).max())

    def evolve(self, density: ArrayLike, tau: float) -> Array:
        """``exp(A tau) p``.

        Args:
            density: p, shape of the grid.
            tau: At least 0.
        """
        p = real_on_grid("density", density, self.problem.grid)
        moved = expm_multiply(self.generator * number("tau", tau, zero=True), p.ravel())
        return np.asarray(moved).reshape(p.shape)

    def step(self, density: ArrayLike, dtau: float) -> Array:
        """One explicit step ``p + dtau A p``: the conservative form of the discrete iteration."""
        p = real_on_grid("density", density, self.problem.grid)
        moved = p.ravel() + number("dtau", dtau) * (self.generator @ p.ravel())
        return np.asarray(moved).reshape(p.shape)


def printed_form(problem: Problem, diffusion: float, density: ArrayLike, tau: float) -> Array:
    """The printed equation (11): ``dpsi/dtau = D psi'' - zeta' psi`` in one dimension.

    Second derivative and slope are central differences on the ring. The slope acts as a sink
    where zeta rises and as a source where it falls: the sum changes by ``-<zeta'>``.

    Raises:
        ValueError: The grid has more than one axis, or a shape does not fit.

    >>> from qdml_quantum.problem.grid import Grid
    >>> box = Problem(Grid([(-4, 4)], 5), "x")
    >>> p = np.exp(-box.grid.axes[0].points ** 2)
    >>> after = printed_form(box, 0.5, p / p.sum(), 0.1)
    >>> round(float(after.sum()), 3)  # exp(-zeta' tau), and zeta' = 1
    0.905
    """
    grid = problem.grid
    if grid.dimensions != 1:
        actual = f"one with {grid.dimensions}"
        raise bad_value("problem", "have one axis", actual, "zeta' is printed.")
    p = real_on_grid("density", density, grid)
    axis = grid.axes[0]
    ring = _ring(axis)
    flat = ring + ring.T - 2 * eye_array(axis.size)
    slope = (np.roll(problem.values, -1) - np.roll(problem.values, 1)) / (2 * axis.spacing)
    generator = number("diffusion", diffusion) / axis.spacing**2 * flat - diags_array(slope)
    return np.asarray(expm_multiply(csr_array(generator) * number("tau", tau, zero=True), p))


@typed
def langevin(
    gradient: Callable[[Array], ArrayLike],
    start: ArrayLike,
    diffusion: float,
    tau: float,
    *,
    num_steps: int,
    seed: int | None = None,
) -> Array:
    r"""Gradient descent with Gaussian noise: walkers whose density obeys Fokker-Planck.

        x <- x - dtau grad zeta(x) + sqrt(2 D dtau) N(0, 1)

    The steps of Euler and Maruyama; the density at the end is right to first order in dtau.

    Args:
        gradient: grad zeta; takes and returns arrays of shape ``(num_walkers, dimensions)``.
        start: Positions, shape ``(num_walkers, dimensions)``.
        diffusion: D, at least 0; with 0 it is plain gradient descent.
        tau: Time in all, positive.
        num_steps: Steps to take.
        seed: Of the noise.

    References:
        P. E. Kloeden and E. Platen (1992), doi 10.1007/978-3-662-12616-5.

    >>> ends = langevin(lambda x: 2 * x, np.full((4000, 1), 3.0), 0.5, 5.0, num_steps=500, seed=0)
    >>> abs(float(ends.var()) - 0.25) < 0.02  # D / (2 a) of exp(-a x^2 / D), a = 1
    True
    """
    positions = real_array("start", start)
    if positions.ndim != 2:
        must = "have the shape (num_walkers, dimensions)"
        raise bad_value("start", must, f"of shape {positions.shape}")
    dtau = number("tau", tau) / count("num_steps", num_steps)
    spread = math.sqrt(2 * number("diffusion", diffusion, zero=True) * dtau)
    rng = np.random.default_rng(seed)
    for _ in range(num_steps):
        positions -= dtau * real_array("The answer of `gradient`", gradient(positions))
        positions += spread * rng.standard_normal(positions.shape)
    return positions


def _ring(axis: Axis) -> csr_array:
    """Matrix that takes the value of the next point, around the seam."""
    shape = (axis.size, axis.size)
    return csr_array(diags_array([1.0, 1.0], offsets=[1, 1 - axis.size], shape=shape))
