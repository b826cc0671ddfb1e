"""Few steps with free angles on several problems at once, and exact gradients by their angles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.dynamics.dispersion import as_fold, folded_squares
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.dynamics.propagate import interpolated, unit_phase
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.coarse import Coarse, aligned, as_coarse
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.support.messages import bad_value, count

Array = NDArray[Any]
Levels = tuple[tuple[Coarse, int], ...]
"""Pairs of idle qubits per axis and number of steps, coarsest first."""

Loss = Callable[[Array], tuple[Array, Array]]
"""Of states (sets, members, grid or a coarser one): a value per set, and ``dL/dpsi*``."""

_SMALL, _LEAST = 4, 3
"""Qubits of the coarse register that most steps are on, where it is enough, and at least."""
_HELD = 0.995
"""Share of the ground state that such a register holds: it bounds the fidelity. A double well is
held by 4 qubits (1.000), the wells of Rastrigin's function in its box are not (0.911), but by 5."""


@dataclass(frozen=True, eq=False)
class _Level:
    """Steps on one register: zeta of every member, then k^2 and its folded squares as rows."""

    coarse: Coarse
    num_steps: int
    grid: Grid
    zeta: Array
    squares: Array


@dataclass(frozen=True, eq=False)
class _Record:
    """Per step of a level: states before and spectra, factors of both phases."""

    level: _Level
    before: Array
    spectra: Array
    potential: Array
    kinetic: Array


class Ansatz:
    r"""Steps with free angles, ``prod_j exp(-i K_j) exp(-i gamma_j zeta)``, and gradients.

    ``K_j = beta_j k^2 + sum_m c_jm k_m^2`` on every axis, with the folded squares of `dispersion`.

    Many sets of angles at once, each for all members of an ensemble of problems on one grid. The
    array `angles` has shape (sets, size): gamma_1 ... gamma_S first, then beta_1 ... beta_S, then
    the coefficients c of each step, axis by axis. Starts in the uniform state of the coarsest
    level, which is interpolated to the next one (`interpolated`) where levels change. States are
    those of the last level, of shape (sets, members, grid).

    `units` are angles that turn phases by about one radian, and `step_of` the numbers of the steps
    that angles belong to.

    The gradient costs one sweep back. With ``lambda = dL/dpsi*`` at the end of a gate
    ``exp(-i theta A)``, ``dL/dtheta = 2 Re <lambda| -i A |psi>``; lambda goes backwards by the
    inverse gates. The adjoint of the interpolation cuts the spectrum.

    Args:
        problems: The ensemble; grid and objectives.
        levels: Idle qubits per axis and steps, coarsest first.
        folded: Whether the folded phases are free, or zero.
        dtype: Of the states; angles, and gradients by them, are in double precision.

    Raises:
        ValueError: A level leaves no qubit on an axis.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        levels: Levels,
        *,
        folded: bool = True,
        dtype: Any = np.complex128,
    ) -> None:
        self.folded, self.dtype = folded, np.dtype(dtype)
        self.problem, self.levels, self.num_members = problems[0], levels, len(problems)
        self.num_steps = sum(steps for _, steps in levels)
        # A constant of zeta is a phase of the whole; the middle keeps gradients small.
        middles = [sum(problem.span) / 2 for problem in problems]
        self._levels = []
        for coarse, steps in levels:
            used = [problem.thinned(coarse) for problem in problems]
            zeta = np.array([u.values - middle for u, middle in zip(used, middles, strict=True)])
            grid = used[0].grid
            self._levels.append(_Level(coarse, steps, grid, zeta, _squares(grid, folded)))
        first = amplitudes("uniform", self._levels[0].grid).astype(dtype)
        self._first = np.repeat(first[None], len(problems), axis=0)
        self.shape = self._levels[-1].grid.shape
        # One radian: 1 / spread of zeta and of the squares.
        finest = self._levels[-1]
        angles = [1 / (float(finest.zeta[0].std()) or 1.0), _units(finest.squares)[0]]
        folds = [np.tile(_units(one.squares)[1:], one.num_steps) for one in self._levels]
        self.units = np.concatenate([np.repeat(angles, self.num_steps), *folds])
        widths = [len(one.squares) - 1 for one in self._levels for _ in range(one.num_steps)]
        numbers = np.arange(self.num_steps)
        self.step_of = np.concatenate([numbers, numbers, np.repeat(numbers, widths)])

    def states(self, angles: Array) -> Array:
        """The states at the end."""
        return self._forward(angles, [])

    def values_and_gradients(self, angles: Array, loss: Loss) -> tuple[Array, Array]:
        """Losses, and their gradients by the angles."""
        tape: list[_Record] = []
        values, adjoint = loss(self._forward(angles, tape))
        sets = len(angles)
        gammas, betas, folds = [], [], []
        for record in reversed(tape):
            level, at_start, at_end = record.level, record.before, record.spectra
            # The conjugate of lambda goes back by the factors as they are.
            adjoint = interpolated(adjoint, level.grid.shape).conj()
            axes = tuple(range(2, adjoint.ndim))
            for step in reversed(range(level.num_steps)):
                adjoint = scipy.fft.ifftn(adjoint, axes=axes, norm="ortho", overwrite_x=True)
                at_end[step] *= adjoint
                adjoint *= record.kinetic[step]
                adjoint = scipy.fft.fftn(adjoint, axes=axes, norm="ortho", overwrite_x=True)
                adjoint *= record.potential[step]
                at_start[step] *= adjoint
            adjoint = adjoint.conj()
            turns = at_start.imag.reshape(level.num_steps, sets, -1)
            gammas.append(2 * turns @ level.zeta.ravel())
            turns = at_end.imag.sum(axis=2)
            slopes = 2 * turns.reshape(level.num_steps, sets, -1) @ level.squares.T
            betas.append(slopes[..., 0])
            folds.append(slopes[..., 1:].swapaxes(0, 1).reshape(sets, -1))
        main = np.concatenate([*reversed(gammas), *reversed(betas)])
        return values, np.concatenate([main.T, *reversed(folds)], axis=1)

    def schedule(self, angles: Array, goal: float) -> Schedule:
        """One stage per step, for one set of angles: ``dt = gamma``, ``D = beta / gamma``."""
        gammas, betas = angles[: 2 * self.num_steps].reshape(2, -1)
        stages = []
        for level, taken, coefficients in self._parts(angles[None]):
            ends = np.cumsum([size - 1 for size in level.grid.qubits_per_axis])[:-1]
            for step, row in zip(taken, coefficients[:, 0], strict=True):
                gamma, beta = float(gammas[step]), float(betas[step])
                axes = np.split(row[1:], ends) if len(row) > 1 else ()
                fold = as_fold([axis.tolist() for axis in axes])
                stages.append(Stage(beta / gamma, gamma, 1, level.coarse, fold))
        return Schedule(tuple(stages), goal)

    def _parts(self, angles: Array) -> Iterator[tuple[_Level, range, Array]]:
        """Levels, their steps, and the coefficients of their squares: (steps, sets, squares)."""
        betas, step, at = angles[:, self.num_steps : 2 * self.num_steps].T, 0, 2 * self.num_steps
        for level in self._levels:
            taken = range(step, step + level.num_steps)
            width = level.num_steps * (len(level.squares) - 1)
            folds = angles[:, at : at + width].reshape(len(angles), level.num_steps, -1)
            if not width:
                folds = np.empty((len(angles), level.num_steps, 0))
            beta = betas[taken.start : taken.stop, :, None]
            yield level, taken, np.concatenate([beta, folds.swapaxes(0, 1)], axis=2)
            step, at = taken.stop, at + width

    def _phase(self, angle: Array) -> Array:
        if self.dtype == np.complex128:
            return unit_phase(angle)
        # Whole turns are taken off in double precision, so that 2e-7 is what is lost.
        turns = angle / (2 * np.pi)
        turns -= np.rint(turns)
        turns *= 2 * np.pi
        return unit_phase(turns.astype(np.float32), self.dtype)

    def _forward(self, angles: Array, tape: list[_Record]) -> Array:
        psi = np.repeat(self._first[None], len(angles), axis=0)
        axes = tuple(range(2, psi.ndim))
        gammas = angles[:, : self.num_steps].T.reshape(-1, len(angles), 1, *(1 for _ in axes))
        for level, taken, coefficients in self._parts(angles):
            psi = interpolated(psi, level.grid.shape)
            potential = self._phase(gammas[taken.start : taken.stop] * level.zeta)
            kinetic = self._phase(coefficients @ level.squares)
            kinetic = kinetic.reshape(*kinetic.shape[:2], 1, *level.grid.shape)
            before, spectra = np.empty_like(potential), np.empty_like(potential)
            for step in range(level.num_steps):
                before[step] = psi
                psi = psi * potential[step]
                psi = scipy.fft.fftn(psi, axes=axes, norm="ortho", overwrite_x=True)
                psi *= kinetic[step]
                spectra[step] = psi
                psi = scipy.fft.ifftn(psi, axes=axes, norm="ortho", overwrite_x=True)
            tape.append(_Record(level, before, spectra, potential, kinetic))
        return psi


def _squares(grid: Grid, folded: bool) -> Array:
    """k^2 of all axes, then the folded squares of each axis, as rows over the points of a grid."""
    rows = [squared_wave_numbers(grid)]
    for number, axis in enumerate(grid.axes):
        shape = [1] * grid.dimensions
        shape[number] = axis.size
        for square in folded_squares(axis)[:-1] if folded else ():
            rows.append(np.broadcast_to(square.reshape(shape), grid.shape))
    return np.array([row.ravel() for row in rows])


def _units(rows: Array) -> Array:
    return np.array([1 / (float(row.std()) or 1.0) for row in rows])


def idle_qubits(problem: Problem, ground: Array) -> int:
    """Most qubits that each axis can do without: the register left holds a ground state.

    Args:
        problem: Grid and objective.
        ground: Normalised, of the shape of the grid.

    >>> well = Problem(Grid([(-2.5, 2.5)], 8), "double_well")
    >>> idle_qubits(well, np.exp(-((well.grid.coordinates()[0] - 1) ** 2)) / 4.9)
    4
    """
    most = max(0, min(problem.grid.qubits_per_axis) - _SMALL)
    for idle in range(most, 0, -1):
        part = interpolated(ground, problem.grid.thinned(idle).shape)
        if np.linalg.norm(part) ** 2 >= _HELD * np.linalg.norm(ground) ** 2:
            return idle
    return 0


def plans(
    problem: Problem,
    num_steps: int,
    levels: Iterable[tuple[Coarse, int]] | None,
    idle: int | None = None,
) -> list[Levels]:
    """Divisions of the steps among grids: as asked, or some that begin with few qubits.

    Args:
        problem: Grid and objective.
        num_steps: Trotter steps in all.
        levels: What is asked for, or None.
        idle: Qubits per axis that most steps leave idle, default all but four.

    Raises:
        ValueError: Levels that get no finer, or do not add up.
    """
    if levels is not None:
        plan = tuple((as_coarse(coarse), count("levels", steps)) for coarse, steps in levels)
        # On no axis coarser again, and finer on one at least.
        falling = all(
            a != b and all(x >= y for x, y in zip(a, b, strict=True))
            for a, b in pairwise(aligned(coarse for coarse, _ in plan))
        )
        if sum(steps for _, steps in plan) != num_steps or not falling:
            must = f"be pairs (idle qubits, steps), idle qubits falling, {num_steps} steps in all"
            raise bad_value("levels", must, plan)
        return [plan]
    least = min(problem.grid.qubits_per_axis)
    # Registers of four qubits, say, and some steps on three or five, where the grid has more.
    four = max(0, least - _SMALL) if idle is None else idle
    three, five = max(0, min(four + 1, least - _LEAST)), max(0, four - 1)
    few = round(num_steps / 5)
    asked = (
        ((four, num_steps),),
        ((three, few), (four, num_steps - few)),
        ((four, num_steps - num_steps // 3), (five, num_steps // 3)),
        ((three, few), (four, num_steps - 2 * few), (five, few)),
    )
    divisions = []
    for plan in asked:  # Without empty levels, and neighbours that are equal as one.
        groups = groupby((level for level in plan if level[1] > 0), key=itemgetter(0))
        divisions.append(tuple((coarse, sum(n for _, n in group)) for coarse, group in groups))
    return list(dict.fromkeys(divisions))
