"""Imaginary time (Wick rotation ``t = -i tau``): the classical way to the ground state."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.formulas import Formula, as_formula
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, amplitudes
from qdml_quantum.reference.block import BlockSteps, orthonormal, refined
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.typed import typed

_MAX_EXPONENT = 300.0  # exp(300) squared still fits into a double.
_NUM_VECTORS = 6  # At least; fewer miss a ground state among nearly degenerate ones.
_MAX_LEVELS = 18  # Halvings of the time step; of second order, they gain 2^36.
_COARSE_QUBITS, _COARSE_AXIS = 12, 9  # Grid of the first solution, as for schedules.
_DEVIATION = 5e-3  # Standard deviation of H over its scale, besides the bound on the energy.


@dataclass(frozen=True, eq=False)
class GroundState:
    """What imaginary time converged to.

    Attributes:
        energy: ``<H>`` of the state, an upper bound of the ground-state energy.
        variance: ``<H^2> - <H>^2``; ``energy - E0 <= variance / gap`` (Temple).
        gap: Energy of the first excited Ritz state above it; infinite on a single vector.
        state: Real, normalised, shape of the grid.
        block: All Ritz states, shape ``(num_vectors, *grid.shape)``.
        num_steps: Trotter steps taken.
        time: Imaginary time of the longest level.
        time_step: Smallest time step used.
        checks: Convergence, degeneracy and symmetry diagnostics.
    """

    energy: float
    variance: float
    gap: float
    state: Array
    num_steps: int
    time: float
    time_step: float
    block: Array
    checks: tuple[Check, ...]


@typed
def ground_state(
    problem: Problem,
    diffusion: float,
    *,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    num_vectors: int | None = None,
    tolerance: float = 1e-9,
    time_step: float | None = None,
    max_steps: int = 200_000,
    max_seconds: float | None = None,
    seed: int = 0,
    steps_of: Callable[[Problem, float, Formula], BlockSteps] = BlockSteps,
) -> GroundState:
    r"""Ground state of H by normalised imaginary-time evolution ``dpsi/dtau = -(H - E) psi``.

    The recipe of the real-time anneal is applied with ``t = -i tau`` to a small block of vectors,
    which is rotated to its Ritz vectors between chunks of steps. At time step ``dt`` that converges
    to the ground state of an effective Hamiltonian ``H + dt^p C``; the run is repeated at ``dt/2,
    dt/4, ...`` and the states are extrapolated to ``dt = 0``. It ends when the certified energy
    error ``variance / gap`` is below `tolerance` times the energy above min zeta. Above 2^12 points
    the run starts from the result of a coarser grid, interpolated. Where the lowest levels agree
    within the tolerance, the state is the one of their span that the initial state leads to.

    Args:
        problem: Grid and objective.
        diffusion: D, positive.
        formula: Product formula without negative fractions.
        initial: Start of the first vector (its modulus); the others are noise.
        num_vectors: Size of the block. The default, 6, in d > 2 dimensions 2 d + 1, finds the
            gap, and a ground state of another symmetry than `initial` or among up to five nearly
            degenerate ones. A well of a lattice has 2 d neighbours of one level: a block without
            the last of them converges with the gap to that level [three axes of Rastrigin: 1660
            steps with six, 456 with seven].
        tolerance: Bound of the energy error as a part of the energy above min zeta, default 1e-9;
            at least 16 rounding errors of the largest eigenvalue.
        time_step: First time step; default 20 / range, large enough to converge fast
            (less where the kinetic energy of the longest wave is larger).
        max_steps: Trotter steps after which the run ends, converged or not.
        max_seconds: Wall time after which the run ends, converged or not; default no limit.
        seed: Seed of the noise.
        steps_of: What moves the block; default by NumPy. `relax` has others by name.

    Raises:
        ValueError: A negative fraction, a time step that underflows, or D not positive.

    References:
        L. Lehtovaara, J. Toivanen and J. Eloranta, J. Comput. Phys. 221, 148 (2007),
        doi 10.1016/j.jcp.2006.06.006.
        S. A. Chin, S. Janecek and E. Krotscheck, Chem. Phys. Lett. 470, 342 (2009),
        doi 10.1016/j.cplett.2009.01.068.

    >>> from qdml_quantum.problem.grid import Grid
    >>> found = ground_state(Problem(Grid([(-8, 8)], 6), "harmonic"), 1.0)
    >>> round(found.energy, 8), round(found.gap, 4)
    (1.0, 2.0)
    """
    number("diffusion", diffusion)
    if num_vectors is None:
        num_vectors = block_size(problem.grid.dimensions)
    steps = steps_of(problem, float(diffusion), as_formula(formula))
    steps.max_steps = count("max_steps", max_steps)
    if max_seconds is not None:
        steps.deadline = time.monotonic() + number("max_seconds", max_seconds)
    number("tolerance", tolerance)
    dt = 1 / max(steps.range / 20, steps.lowest_kinetic)
    if time_step is not None:
        dt = number("time_step", time_step)
        if dt * steps.range / 2 > _MAX_EXPONENT:
            must = f"keep time_step * range / 2 below {_MAX_EXPONENT:g} in imaginary time "
            must += f"(range of zeta: {steps.range:g})"
            remedy = f"Use at most {2 * _MAX_EXPONENT / steps.range:.3g}."
            raise bad_value("time_step", must, dt, remedy)
    start = np.abs(amplitudes(initial, problem.grid))
    rng = np.random.default_rng(count("seed", seed, least=0))
    coarse = problem.coarsened(_COARSE_QUBITS, per_axis=_COARSE_AXIS)
    if coarse is problem or not isinstance(initial, str):
        size = min(count("num_vectors", num_vectors), start.size)
        block = rng.standard_normal((size, *start.shape))
        block[0] = start
        return _Refinement(steps, tolerance, start).solve(block, dt, rng)
    rough = ground_state(
        coarse,
        diffusion,
        formula=formula,
        num_vectors=num_vectors,
        tolerance=tolerance,
        time_step=time_step,
        max_steps=max_steps,
        max_seconds=max_seconds,
        seed=seed,
        steps_of=steps_of,
    )
    block = refined(rough.block, problem.grid.shape)
    return _Refinement(steps, tolerance, start, rough).solve(block, rough.time_step, rng)


def block_size(dimensions: int) -> int:
    """Vectors of the block of `ground_state`, by default.

    >>> [block_size(d) for d in (1, 2, 3, 4)]
    [6, 6, 7, 9]
    """
    return max(_NUM_VECTORS, 2 * dimensions + 1)


@dataclass(frozen=True)
class _Refinement:
    """Ground states at dt, dt/2, dt/4, ..., extrapolated to dt = 0 until certified."""

    steps: BlockSteps
    tolerance: float
    start: Array
    rough: GroundState | None = None

    def solve(self, block: NDArray[Any], dt: float, rng: np.random.Generator) -> GroundState:
        steps = self.steps
        best: GroundState | None = None
        longest, ladder, worse = 0.0, [block], 0
        if self.rough is not None:
            longest = self.rough.time
            best = self._certified([block], dt, longest)
        for level in range(_MAX_LEVELS):
            if best is not None and self._certain(best):
                break
            block, elapsed = steps.converge(block, dt / 2**level)
            longest = max(longest, elapsed)
            ladder = [block] if level == 0 else self._extrapolate(ladder, block)
            candidate = self._certified([ladder[-1], block], dt / 2**level, longest)
            if best is None or candidate.variance < best.variance:
                best, worse = candidate, 0
            else:
                worse += 1
            if steps.spent or (worse >= 2 and level >= 9):
                break
        assert best is not None
        if self.rough is None:
            symmetry = checks.symmetry_sector(steps.noise_drop(best.state, dt, longest, rng))
        else:
            # The sector is that of the coarse solution, where the test costs little.
            symmetry = self.rough.checks[-1]
        return replace(
            best,
            num_steps=steps.taken + (self.rough.num_steps if self.rough else 0),
            time=longest,
            checks=(
                checks.reference_converged(
                    math.sqrt(best.variance) / steps.hamiltonian.scale(best.energy)
                ),
                checks.degenerate(math.sqrt(best.variance), best.gap),
                symmetry,
            ),
        )

    def _certain(self, candidate: GroundState) -> bool:
        """Energy error (Temple's inequality, or the residual norm) and deviation are small."""
        deviation = math.sqrt(candidate.variance)
        bound = deviation
        if math.isfinite(candidate.gap) and candidate.gap > 0:
            bound = min(deviation, candidate.variance / candidate.gap)
        scale = self.steps.hamiltonian.scale(candidate.energy)
        return bound <= self._error(candidate.energy) and deviation <= _DEVIATION * scale

    def _error(self, energy: float) -> float:
        """The energy error that is allowed."""
        rounding = 16 * float(np.finfo(float).eps) * self.steps.largest
        return max(self.tolerance * self.steps.hamiltonian.scale(energy), rounding)

    def _extrapolate(self, ladder: list[NDArray[Any]], block: NDArray[Any]) -> list[NDArray[Any]]:
        """Neville's scheme in dt: one more row of the tableau."""
        order = self.steps.formula.order
        spacing = 2 if order % 2 == 0 else 1
        row = [block]
        for column, older in enumerate(ladder):
            weight = 2.0 ** (order + spacing * column)
            newer = row[-1]
            signs = np.sign((newer * older).reshape(len(newer), -1).sum(axis=1))
            signs = np.where(signs == 0, 1.0, signs).reshape(-1, *(1,) * (newer.ndim - 1))
            row.append((weight * newer - signs * older) / (weight - 1))
        return row

    def _certified(self, candidates: list[NDArray[Any]], dt: float, elapsed: float) -> GroundState:
        """Ritz states of H in the candidate block of least variance."""
        hamiltonian = self.steps.hamiltonian
        ground_states: list[GroundState] = []
        for candidate in candidates:
            basis = orthonormal(candidate.reshape(len(candidate), -1))
            images = hamiltonian.apply(basis.reshape(candidate.shape)).real
            small = basis @ images.reshape(len(basis), -1).T
            energies, rotation = np.linalg.eigh((small + small.T) / 2)
            ritz = (rotation.T @ basis).reshape(candidate.shape)
            state = self._ground(energies, ritz)
            energy, variance = hamiltonian.moments(state)
            gap = float(energies[1] - energies[0]) if len(energies) > 1 else math.inf
            ground_states.append(
                GroundState(energy, variance, gap, state, 0, elapsed, dt, block=ritz, checks=())
            )
        return min(ground_states, key=lambda one: one.variance)

    def _ground(self, energies: NDArray[Any], ritz: NDArray[Any]) -> NDArray[Any]:
        """The start projected on the lowest level, or its Ritz state where that vanishes."""
        level = ritz[energies - energies[0] <= self._error(float(energies[0]))]
        weights = (level * self.start).reshape(len(level), -1).sum(axis=1)
        if len(level) == 1 or np.linalg.norm(weights) < 1e-6:
            return np.asarray(level[0] if level[0].sum() >= 0 else -level[0])
        state = np.tensordot(weights, level, axes=1)
        return np.asarray(state / np.linalg.norm(state))
