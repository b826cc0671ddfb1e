"""Imaginary time (Wick rotation ``t = -i tau``): the classical way to the ground state."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from qdml_quantum import checks
from qdml_quantum.checks import Check
from qdml_quantum.formulas import POTENTIAL, Formula, as_formula
from qdml_quantum.hamiltonian import Hamiltonian, squared_wave_numbers
from qdml_quantum.messages import argument, count, number
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import make_recipe
from qdml_quantum.schedule import Schedule
from qdml_quantum.states import Initial, amplitudes

_MAX_EXPONENT = 300.0
_MAX_CHUNK = 512
_MAX_LEVELS = 14


@dataclass(frozen=True, eq=False)
class GroundState:
    """What imaginary time converged to.

    Attributes:
        energy: ``<H>`` of the state, an upper bound of the ground-state energy.
        variance: ``<H^2> - <H>^2``; ``energy - E0 <= variance / gap`` (Temple).
        gap: Energy of the first excited Ritz state above it; infinite on a single vector.
        state: Real, normalised, shape of the grid.
        num_steps: Trotter steps taken.
        time: Imaginary time of the longest level.
        time_step: Smallest time step used.
        checks: Convergence, degeneracy and symmetry diagnostics.
    """

    energy: float
    variance: float
    gap: float
    state: NDArray[np.float64]
    num_steps: int
    time: float
    time_step: float
    checks: tuple[Check, ...] = field(default=())


def ground_state(
    problem: Problem,
    diffusion: float,
    *,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    num_vectors: int = 3,
    tolerance: float = 1e-10,
    time_step: float | None = None,
    max_steps: int = 200_000,
    max_seconds: float | None = None,
    seed: int = 0,
) -> GroundState:
    r"""Ground state of H by normalised imaginary-time evolution ``dpsi/dtau = -(H - E) psi``.

    The recipe of the real-time anneal is applied with ``t = -i tau`` to a small block of vectors,
    which is rotated to its Ritz vectors between chunks of steps. At time step ``dt`` that converges
    to the ground state of an effective Hamiltonian ``H + dt^p C``; the run is repeated at ``dt/2,
    dt/4, ...`` and the states are extrapolated to ``dt = 0``. It ends when the certified energy
    error ``variance / gap`` is below `tolerance`.

    Args:
        problem: Grid and objective.
        diffusion: D, positive.
        formula: Product formula without negative fractions.
        initial: Start of the first vector (its modulus); the others are noise.
        num_vectors: Size of the block, default 3: finds the gap, and a ground state that is
            nearly degenerate or of another symmetry than `initial`.
        tolerance: Bound of the energy error, default 1e-10; relative to the range of zeta where
            that is above 1.
        time_step: First time step; default 20 / range, large enough to converge fast.
        max_steps: Trotter steps after which the run ends, converged or not.
        max_seconds: Wall time after which the run ends, converged or not; default no limit.
        seed: Seed of the noise.

    Raises:
        ValueError: A negative fraction, a time step that underflows, or D not positive.

    References:
        L. Lehtovaara, J. Toivanen and J. Eloranta, J. Comput. Phys. 221, 148 (2007),
        doi 10.1016/j.jcp.2006.06.006.
        S. A. Chin, S. Janecek and E. Krotscheck, Chem. Phys. Lett. 470, 342 (2009),
        doi 10.1016/j.cplett.2009.01.068.

    >>> from qdml_quantum.grid import Grid
    >>> found = ground_state(Problem(Grid([(-8, 8)], 6), "harmonic"), 1.0)
    >>> round(found.energy, 9), round(found.gap, 4)
    (1.0, 2.0)
    """
    return _Relaxation(
        problem,
        number("diffusion", diffusion),
        as_formula(formula),
        number("tolerance", tolerance),
        count("max_steps", max_steps),
        math.inf if max_seconds is None else number("max_seconds", max_seconds),
    ).solve(initial, count("num_vectors", num_vectors), time_step, seed)


class _Relaxation:
    """One imaginary-time solve: block steps, Ritz rotations, extrapolation in the time step."""

    def __init__(
        self,
        problem: Problem,
        diffusion: float,
        formula: Formula,
        tolerance: float,
        max_steps: int,
        max_seconds: float,
    ) -> None:
        if formula.has_negative_fractions:
            raise ValueError(
                f"Argument `formula` must have no negative fractions in imaginary time, but is "
                f"`{formula.name}`: a backward step grows without bound. Use `strang` or `lie`."
            )
        self.problem, self.diffusion, self.formula = problem, diffusion, formula
        low, high = problem.span
        self.range = high - low
        self.shifted = problem.values - low
        self.tolerance = tolerance * max(1.0, self.range)
        self.max_steps, self.deadline = max_steps, time.monotonic() + max_seconds
        self.hamiltonian = Hamiltonian(problem, diffusion)
        axes = tuple(range(-problem.grid.dimensions, 0))
        self._axes = axes
        half = problem.grid.shape[-1] // 2 + 1
        self._k_squared = squared_wave_numbers(problem.grid)[..., :half]
        self.shift = 0.0
        self.steps = 0

    def solve(
        self, initial: Initial, num_vectors: int, time_step: float | None, seed: int
    ) -> GroundState:
        grid = self.problem.grid
        dt = self._first_step(time_step)
        rng = np.random.default_rng(seed)
        block = rng.standard_normal((min(num_vectors, grid.size), *grid.shape))
        block[0] = np.abs(amplitudes(initial, grid))
        ladder: list[NDArray[Any]] = []
        longest = 0.0
        best: tuple[float, float, float, NDArray[Any]] | None = None
        for level in range(_MAX_LEVELS):
            block, elapsed = self._converge(block, dt / 2**level)
            longest = max(longest, elapsed)
            ladder = self._extrapolate(ladder, block)
            energy, variance, gap, state = self._certify(ladder[-1], block)
            if best is None or variance < best[1]:
                best = (energy, variance, gap, state)
            deviation = math.sqrt(best[1])
            bound = deviation if math.isinf(gap) else min(deviation, best[1] / max(best[2], 1e-300))
            if bound <= self.tolerance or self._spent():
                break
            if level >= 5 and variance > best[1]:
                break
        assert best is not None
        energy, variance, gap, state = best
        drop = self._noise_drop(state, dt, longest, rng)
        return GroundState(
            energy=energy,
            variance=variance,
            gap=gap,
            state=state,
            num_steps=self.steps,
            time=longest,
            time_step=dt / 2**level,
            checks=(
                checks.reference_converged(math.sqrt(variance)),
                checks.degenerate(gap, longest),
                checks.symmetry_sector(drop),
            ),
        )

    def _first_step(self, time_step: float | None) -> float:
        if time_step is None:
            lengths = self.problem.grid.lengths
            kinetic = self.diffusion * float(np.max((2 * np.pi / lengths) ** 2))
            return 20 / max(self.range, kinetic)
        dt = number("time_step", time_step)
        if dt * self.range / 2 > _MAX_EXPONENT:
            raise ValueError(
                argument(
                    "time_step",
                    f"keep time_step * range / 2 below {_MAX_EXPONENT:g} in imaginary time "
                    f"(range of zeta: {self.range:g})",
                    dt,
                    f"Use at most {2 * _MAX_EXPONENT / self.range:.3g}.",
                )
            )
        return dt

    def _spent(self) -> bool:
        return self.steps >= self.max_steps or time.monotonic() > self.deadline

    def _propagate(self, block: NDArray[Any], dt: float, num_steps: int) -> NDArray[Any]:
        schedule = Schedule.constant(self.diffusion, num_steps=num_steps, time_step=dt)
        factors: dict[Any, NDArray[Any]] = {}
        shape = self.problem.grid.shape
        for phase in make_recipe(schedule, self.formula).phases:
            if phase not in factors:
                potential = phase.term == POTENTIAL
                exponent = self.shifted - self.shift if potential else self._k_squared
                factors[phase] = np.exp(-phase.angle * exponent)
            if phase.term == POTENTIAL:
                block = block * factors[phase]
            else:
                spectrum = scipy.fft.rfftn(block, axes=self._axes)
                spectrum *= factors[phase]
                block = scipy.fft.irfftn(spectrum, s=shape, axes=self._axes, overwrite_x=True)
        self.steps += num_steps
        return block

    def _converge(self, block: NDArray[Any], dt: float) -> tuple[NDArray[Any], float]:
        """Iterate at one time step until the first Ritz vector stands still."""
        size, shape = self.problem.grid.size, self.problem.grid.shape
        chunk, elapsed, previous = 4, 0.0, math.inf
        basis = _orthonormal(block.reshape(-1, size))
        while True:
            image = self._propagate(basis.reshape(-1, *shape), dt, chunk).reshape(-1, size)
            elapsed += chunk * dt
            overlap = basis @ image.T
            values, rotation = np.linalg.eig(overlap.T)
            order = np.argsort(-values.real)
            rotated = rotation.real[:, order].T @ image
            leading = rotation.real[:, order[0]]
            before, after = leading @ basis, rotated[0]
            change = _angle(before, after)
            basis = _orthonormal(rotated)
            # Growth of the leading vector: without this shift long chunks underflow.
            self.shift -= math.log(np.linalg.norm(after) / np.linalg.norm(before)) / (chunk * dt)
            if change < 3e-9 or (change < 1e-7 and change > 0.7 * previous) or self._spent():
                return basis.reshape(-1, *shape), elapsed
            if change > 0.15 * previous and chunk < _MAX_CHUNK:
                chunk *= 2
            previous = change

    def _extrapolate(self, ladder: list[NDArray[Any]], block: NDArray[Any]) -> list[NDArray[Any]]:
        """Neville's scheme in dt for the block: one more row of the tableau."""
        row = [block]
        order, spacing = self.formula.order, 2 if self.formula.order % 2 == 0 else 1
        for column, older in enumerate(ladder):
            weight = 2.0 ** (order + spacing * column)
            newer = row[-1]
            signs = np.sign((newer * older).reshape(len(newer), -1).sum(axis=1))
            signs = np.where(signs == 0, 1.0, signs).reshape(-1, *(1,) * (newer.ndim - 1))
            row.append((weight * newer - signs * older) / (weight - 1))
        return row

    def _certify(
        self, extrapolated: NDArray[Any], block: NDArray[Any]
    ) -> tuple[float, float, float, NDArray[Any]]:
        """Ritz states of H itself; the better of the extrapolated and the plain ground state."""
        best: tuple[float, float, float, NDArray[Any]] | None = None
        for candidate in (extrapolated, block):
            basis = _orthonormal(candidate.reshape(len(candidate), -1))
            images = self.hamiltonian.apply(basis.reshape(-1, *self.problem.grid.shape)).real
            small = basis @ images.reshape(len(basis), -1).T
            energies, rotation = np.linalg.eigh((small + small.T) / 2)
            state = (rotation[:, 0] @ basis).reshape(self.problem.grid.shape)
            energy, variance = self.hamiltonian.moments(state)
            gap = float(energies[1] - energies[0]) if len(energies) > 1 else math.inf
            if best is None or variance < best[1]:
                best = (energy, variance, gap, state if state.sum() >= 0 else -state)
        assert best is not None
        return best

    def _noise_drop(
        self, state: NDArray[Any], dt: float, elapsed: float, rng: np.random.Generator
    ) -> float:
        """How far the energy falls when imaginary time goes on from the state with 1e-4 noise."""
        noise = rng.standard_normal(state.shape)
        pair = np.stack([state, state + 1e-4 * noise / np.linalg.norm(noise)])
        pieces = min(math.ceil(elapsed / dt), 5_000)
        for _ in range(math.ceil(pieces / 8)):
            pair = self._propagate(pair, dt, 8)
            pair /= np.linalg.norm(pair.reshape(2, -1), axis=1).reshape(2, *(1,) * state.ndim)
        clean, noisy = (self.hamiltonian.energy(psi) for psi in pair)
        return (clean - noisy) / max(1.0, self.range)


def _orthonormal(rows: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(np.linalg.qr(rows.T)[0].T)


def _angle(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Sine of the angle between two real vectors, accurate when it is small."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    sign = 1.0 if float(a @ b) >= 0 else -1.0
    return float(np.linalg.norm(a - sign * b))
