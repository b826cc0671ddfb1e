"""Imaginary-time steps of a block of vectors: the recipe with ``t = -i tau``."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.dynamics.formulas import POTENTIAL, Formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian, squared_wave_numbers
from qdml_quantum.dynamics.propagate import interpolated
from qdml_quantum.dynamics.recipe import Phase, make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem

_MAX_CHUNK = 512  # Steps between orthonormalisations: longer chunks lose the gap to rounding.
# Angle per chunk that ends it, and that ends it where it falls no more; change of the gap.
_STILL, _NEARLY_STILL, _GAP_SETTLED = 3e-9, 1e-7, 1e-3
_TOGETHER = 1 << 18  # Numbers of a block that are worked on together, 2 MB; see `in_parts`.


class BlockSteps:
    """Applies imaginary-time steps to real vectors and rotates them to Ritz vectors of the step.

    Attributes:
        range: Range of zeta on the grid.
        largest: Bound of the largest eigenvalue of H - min zeta.
        lowest_kinetic: Kinetic energy of the longest wave of the shortest axis.
        taken: Steps taken so far.
        max_steps: Steps after which `spent` is true.
        deadline: Value of `time.monotonic` after which `spent` is true.

    Raises:
        ValueError: The formula has negative fractions.
    """

    def __init__(self, problem: Problem, diffusion: float, formula: Formula) -> None:
        if formula.has_negative_fractions:
            raise ValueError(
                f"Argument `formula` must have no negative fractions in imaginary time, but is "
                f"`{formula.name}`: a backward step grows without bound. Use `strang` or `lie`."
            )
        self.problem, self.diffusion, self.formula = problem, diffusion, formula
        low, high = problem.span
        self.range = high - low
        self.hamiltonian = Hamiltonian(problem, diffusion)
        self.lowest_kinetic = self.hamiltonian.scale(low)
        self.largest = self.range + float(self.hamiltonian.kinetic.max())
        self.max_steps, self.deadline, self.taken = 10**9, math.inf, 0
        self._zeta = problem.values - low
        self._axes = tuple(range(-problem.grid.dimensions, 0))
        half = problem.grid.shape[-1] // 2 + 1
        self._k_squared = squared_wave_numbers(problem.grid)[..., :half]
        self._shift = 0.0

    @property
    def spent(self) -> bool:
        """Whether steps or time are used up."""
        return self.taken >= self.max_steps or time.monotonic() > self.deadline

    def propagate(self, block: NDArray[Any], dt: float, num_steps: int) -> NDArray[Any]:
        """``exp(-tau (H - shift))`` by the product formula, not normalised."""
        schedule = Schedule.constant(self.diffusion, num_steps=num_steps, time_step=dt)
        phases = make_recipe(schedule, self.formula).phases
        factors: dict[Phase, NDArray[Any]] = {}
        for phase in phases:
            if phase not in factors:
                potential = phase.term == POTENTIAL
                exponent = self._zeta - self._shift if potential else self._k_squared
                factors[phase] = np.exp(-phase.angle * exponent)
        self.taken += num_steps
        return self.moved(block, phases, factors)

    def moved(
        self,
        block: NDArray[Any],
        phases: Sequence[Phase],
        factors: Mapping[Phase, NDArray[np.floating[Any]]],
    ) -> NDArray[Any]:
        """The block times the factor of every phase, of positions or of half the wave numbers."""
        shape = self.problem.grid.shape
        for phase in phases:
            if phase.term == POTENTIAL:
                block = block * factors[phase]
            else:
                spectrum = scipy.fft.rfftn(block, axes=self._axes)
                spectrum *= factors[phase]
                block = scipy.fft.irfftn(spectrum, s=shape, axes=self._axes, overwrite_x=True)
        return block

    def converge(self, block: NDArray[Any], dt: float) -> tuple[NDArray[Any], float]:
        """Iterate at one time step until the first Ritz vector and the gap stand still.

        Returns:
            The orthonormal block, leading vector first, and the imaginary time that passed.
        """
        size, shape = self.problem.grid.size, self.problem.grid.shape
        chunk, elapsed, previous, gap = 1, 0.0, math.inf, math.nan
        basis = orthonormal(block.reshape(-1, size))
        while True:
            image = self.propagate(basis.reshape(-1, *shape), dt, chunk).reshape(-1, size)
            elapsed += chunk * dt
            values, rotation = np.linalg.eig(basis @ image.T)
            order = np.argsort(-values.real)
            rotated = rotation.real[:, order].T @ image
            before, after = rotation.real[:, order[0]] @ basis, rotated[0]
            change = _angle(before, after)
            basis = orthonormal(rotated)
            # Growth of the leading vector: without this shift long chunks underflow.
            growth = float(np.linalg.norm(after) / np.linalg.norm(before))
            self._shift -= math.log(growth) / (chunk * dt)
            before_gap, gap = gap, math.inf
            falling = values.real[order]  # eigenvalues of exp(-chunk dt H)
            if len(falling) > 1 and falling[1] > 0:
                gap = float(np.log(falling[0] / falling[1])) / (chunk * dt)
            stuck = change < _NEARLY_STILL and change > 0.7 * previous
            settled = len(basis) == 1 or abs(gap - before_gap) <= _GAP_SETTLED * gap
            if ((change < _STILL or stuck) and settled) or self.spent:
                return basis.reshape(-1, *shape), elapsed
            # A chunk in which the second vector dies away loses the gap to rounding errors.
            alive = len(basis) == 1 or falling[1] > 1e-5 * falling[0]
            if change > 0.15 * previous and chunk < _MAX_CHUNK and alive:
                chunk *= 2
            previous = change

    def noise_drop(
        self, state: NDArray[Any], dt: float, elapsed: float, rng: np.random.Generator
    ) -> float:
        """How far the energy falls when imaginary time goes on from the state with 1e-4 noise.

        Relative to the range of zeta, or to the energy of the state where that is more.
        """
        noise = rng.standard_normal(state.shape)
        pair = np.stack([state, state + 1e-4 * noise / np.linalg.norm(noise)])
        pieces = min(math.ceil(elapsed / dt), 5_000)
        for _ in range(math.ceil(pieces / 8)):
            pair = self.propagate(pair, dt, 8)
            pair /= np.linalg.norm(pair.reshape(2, -1), axis=1).reshape(2, *(1,) * state.ndim)
        clean, noisy = (self.hamiltonian.energy(psi) for psi in pair)
        # Rounding errors may free the clean copy as well.
        energy = self.hamiltonian.energy(state)
        return (max(clean, energy) - noisy) / max(self.hamiltonian.scale(energy), self.range)


def orthonormal(rows: NDArray[Any]) -> NDArray[Any]:
    """Orthonormal rows with the same span."""
    return np.ascontiguousarray(np.linalg.qr(rows.T)[0].T)


def refined(block: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Band-limited interpolation of a block of states to a finer grid, normalised."""
    fine = np.empty((len(block), *shape))
    for part in in_parts(fine):
        fine[part] = interpolated(block[part], shape).real
    rows = fine.reshape(len(fine), -1)
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return fine


def in_parts(block: NDArray[Any]) -> Iterator[slice]:
    """Rows of a block that are worked on together: one, where rows are large.

    Memory from 32 MB on comes new from the system for every array, page by page, and goes back with
    it [three levels on 2^20 points: 107,000 pages and 1.7 s of processor time, so
    65,000 and 1.4].
    """
    few = max(1, _TOGETHER * len(block) // max(block.size, 1))
    yield from (slice(first, first + few) for first in range(0, len(block), few))


def _angle(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Distance of two unit vectors up to sign, accurate when it is small."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    sign = 1.0 if float(a @ b) >= 0 else -1.0
    return float(np.linalg.norm(a - sign * b))
