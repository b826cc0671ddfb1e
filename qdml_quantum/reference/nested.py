"""Lowest levels from a coarse grid to the fine one: a block of states, preconditioned.

What a coarse grid resolves is a solution on every finer one, but for rounding: levels are found by
diagonalisation on a few hundred points, interpolated with their spectrum to twice as many per axis,
and improved there until their residuals are small. Corrections are
``S (D k^2 + c)^-1 S (H - E) psi`` with ``S^2 = 3c / (3c + zeta - min zeta)``, so that their number
grows neither with the grid nor much with the walls.

A level that the coarse grid does not have cannot be found so. It would need a place where zeta is
deeper than between its neighbours: by the min-max principle no level of the fine grid is lower than
that of the smooth potential by more than the largest such depth. So the block holds some states
more than are wanted, and where the depth is more than half the energy that they lie above those,
the search begins with noise instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from qdml_quantum.dynamics.hamiltonian import DENSE_POINTS, Hamiltonian
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.block import in_parts, orthonormal, refined
from qdml_quantum.reference.lanczos import diagonalised, lanczos
from qdml_quantum.support.arrays import Array

_BASE_POINTS = 256
"""Up to here a matrix is diagonalised, in 10 ms; above, a coarser grid is asked first."""
_AXIS_QUBITS = 3
"""No axis is thinned below 8 points: fewer hold no wave that a finer grid would recognise."""
_SPARE, _WIDE = 3, 0.05
"""States more than wanted, at least; and how far above the wanted ones the last should lie, as a
part of its energy: all states of a degenerate level are taken together."""
_RESIDUAL, _SPARE_RESIDUAL = 1e-9, 1e-4
"""What is left of ``(H - E) psi``, in units of the energy, of states that are wanted and others."""
_WALLS = 3.0
"""Walls above so many shifts c count in a correction: with 1 and 10 two axes of Rastrigin and three
of an oscillator take up to twice as many rounds; without walls, three times."""
_DEPENDENT = 1e-3
"""Least part of a row that those before it may leave of it: its square is far from rounding."""
_MAX_ROUNDS, _BLOCKS = 200, 4
"""Corrections at most; and states of the search space, in units of the block."""


def is_crowded(size: int, num_states: int) -> bool:
    """Whether so many states are wanted that a search space would be all there is.

    >>> is_crowded(256, 3), is_crowded(4096, 509)
    (False, True)
    """
    return size <= 2 * _BLOCKS * (num_states + _SPARE)


def nested_levels(hamiltonian: Hamiltonian, num_states: int) -> tuple[Array, Array]:
    """Lowest levels of H: energies, ascending, and states as columns.

    Every ``|(H - E) psi|`` is below 1e-9 of the energy above min zeta, or rounding errors of the
    largest eigenvalue, so that E is that near to a level; its error is of the square of that.

    Raises:
        RuntimeError: Neither this nor Lanczos converged.
    """
    diffusion, grids = hamiltonian.diffusion, [hamiltonian.problem]
    while not _is_small(grids[-1], num_states) and any(_thinned(grids[-1])):
        grids.append(grids[-1].thinned(_thinned(grids[-1])))
    levels = _levels(grids.pop(), diffusion, num_states)
    while grids:
        # A grid that misses what the next one has would be solved in vain.
        while len(grids) > 1 and all(
            _is_hidden(p, diffusion, levels[0], num_states) for p in grids[-2:]
        ):
            grids.pop()
        problem = grids.pop()
        hidden = _is_hidden(problem, diffusion, levels[0], num_states)
        block = None if hidden else levels[1]
        levels = _levels(problem, diffusion, num_states, block)
    energies, states = levels
    return energies[:num_states], states[:num_states].reshape(num_states, -1).T


def _is_small(problem: Problem, wanted: int) -> bool:
    return problem.grid.size <= _BASE_POINTS or is_crowded(problem.grid.size, wanted)


def _thinned(problem: Problem) -> tuple[int, ...]:
    return tuple(int(qubits > _AXIS_QUBITS) for qubits in problem.grid.qubits_per_axis)


def _is_hidden(problem: Problem, diffusion: float, energies: Array, wanted: int) -> bool:
    """Whether a level may be there that the next coarser grid, of these energies, has not."""
    above = energies[-1] - energies[wanted - 1]
    return bool(hidden_depth(problem, diffusion, _thinned(problem), energies[-1]) > above / 2)


def _levels(
    problem: Problem, diffusion: float, wanted: int, coarse: Array | None = None
) -> tuple[Array, Array]:
    """Levels and states of a grid, some more than are wanted; from those of a coarser one."""
    hamiltonian, grid = Hamiltonian(problem, diffusion), problem.grid
    most, improved = 2 * (wanted + _SPARE), None
    if not _is_small(problem, wanted):
        if coarse is None:
            block = np.random.default_rng(0).uniform(-0.5, 1.5, (most, grid.size))
        else:
            block = refined(coarse, grid.shape).reshape(len(coarse), -1)
        improved = _Davidson(hamiltonian, wanted).improve(block)
    if improved is None:
        direct = diagonalised if grid.size < DENSE_POINTS else lanczos
        energies, columns = direct(hamiltonian, min(most, grid.size))
        improved = energies, columns.T
    energies, rows = improved
    far = energies - energies[wanted - 1] >= _WIDE * (energies - problem.span[0])
    far[: wanted + _SPARE - 1] = False
    count = int(np.argmax(far)) + 1 if far.any() else len(energies)
    return energies[:count], rows[:count].reshape(count, *grid.shape)


def hidden_depth(problem: Problem, diffusion: float, few: tuple[int, ...], energy: float) -> float:
    """How far levels can fall since zeta is deeper than cubics through the coarser grid's points.

    Not by more than the largest depth; nor, as ``|psi(x)|^2 <= |psi|^2 / L + |psi| |psi'|`` along a
    line of length L, by more than the sum of the depths on a line, times ``dx (1/L + sqrt(K/D))``
    with K the kinetic energy, which is at most that of the state: a narrow dip holds little of a
    state that may not vary as fast.

    Args:
        problem: On the fine grid.
        diffusion: D.
        few: Axes that the coarser grid has half the points of, marked by 1.
        energy: Of the last state. Only points below twice this energy can hold lower ones, and
            walls above four times are as good as walls of that height.

    >>> from qdml_quantum.problem.grid import Grid
    >>> smooth = Problem(Grid((-1, 1), 4), "x**2")
    >>> hidden = Problem.from_table(smooth.values - (np.arange(16) == 5), (-1, 1))
    >>> [round(hidden_depth(problem, 1e-6, (1,), 0.3), 6) for problem in (smooth, hidden)]
    [0.0, 1.0]
    >>> dip = Problem.from_table(-1.0 * (np.arange(16) == 5), (-1, 1))
    >>> round(hidden_depth(dip, 30.0, (1,), 0.3), 6), round(2/16 * (1/2 + (1.3/30)**0.5), 6)
    (0.088521, 0.088521)
    """
    low = problem.span[0]
    depth = 0.0
    values = np.minimum(problem.values - low, 4 * (energy - low))
    for axis, thinned in enumerate(few):
        if thinned:
            line = problem.grid.axes[axis]
            share = line.spacing * (1 / line.length + math.sqrt((energy - low) / diffusion))
            along = np.moveaxis(values, axis, 0)
            coarse, between = along[::2], along[1::2]
            inner = 9 * (coarse + np.roll(coarse, -1, 0))
            outer = np.roll(coarse, 1, 0) + np.roll(coarse, -2, 0)
            below = np.where(between < 2 * (energy - low), (inner - outer) / 16 - between, 0.0)
            on_a_line = float(np.maximum(below, 0.0).sum(axis=0).max())
            depth = max(depth, min(float(below.max()), share * on_a_line))
    return depth


@dataclass(frozen=True)
class _Davidson:
    """Davidson's method on one grid, with a block of states."""

    hamiltonian: Hamiltonian
    wanted: int

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        return self.hamiltonian.problem.grid.shape

    @cached_property
    def _zeta(self) -> Array:
        return np.asarray(self.hamiltonian.problem.values - self.hamiltonian.problem.span[0])

    @cached_property
    def _kinetic(self) -> Array:
        return self.hamiltonian.kinetic[..., : self._shape[-1] // 2 + 1]

    def improve(self, block: Array) -> tuple[Array, Array] | None:
        """Energies and rows, the wanted ones converged; None where they do not."""
        low, high = self.hamiltonian.problem.span
        rounding = 4 * float(np.finfo(float).eps) * (high - low + float(self._kinetic.max()))
        basis = _orthonormal(block)
        images = self._applied(basis)
        small, number, before = basis @ images.T, len(block), np.zeros((0, len(block)))
        for _ in range(_MAX_ROUNDS):
            energies, turn = np.linalg.eigh((small + small.T) / 2)
            energies, turn = energies[:number], turn[:, :number].T
            states, residuals = turn @ basis, turn @ images
            for part in in_parts(states):
                residuals[part] -= energies[part, None] * states[part]
            left = np.sqrt(np.einsum("ij,ij->i", residuals, residuals))
            scale = self.hamiltonian.scale(low + energies[0])
            limit = np.full(number, max(_SPARE_RESIDUAL * scale, rounding))
            limit[: self.wanted] = max(_RESIDUAL * scale, rounding)
            if (left <= limit)[: self.wanted + _SPARE].all():
                return energies + low, states
            if len(basis) + number > _BLOCKS * number:
                # The states of the round before keep what the search space knew of its direction.
                both = _orthonormal(np.concatenate([turn, before]))
                basis, images, small = both @ basis, both @ images, both @ small @ both.T
                turn = np.eye(number, len(basis))
            new = self._corrected(residuals[left > limit], max(energies[-1], scale))
            new = _orthogonal(new, basis)
            basis, moved = np.concatenate([basis, new]), self._applied(new)
            images, added = np.concatenate([images, moved]), moved @ basis.T
            small = np.vstack([np.hstack([small, added[:, : len(small)].T]), added])
            before = np.pad(turn, ((0, 0), (0, len(new))))
        return None

    def _applied(self, rows: Array) -> Array:
        """``(H - min zeta) psi``."""
        moved = np.empty_like(rows)
        for part in in_parts(rows):
            psi = rows[part].reshape(-1, *self._shape)
            image = self._filtered(psi, self._kinetic)
            image += self._zeta * psi
            moved[part] = image.reshape(-1, rows.shape[1])
        return moved

    def _corrected(self, rows: Array, shift: float) -> Array:
        """About ``(H + shift)^-1 psi``: its limits of small zeta, and of high walls."""
        damping = np.sqrt(_WALLS * shift / (_WALLS * shift + self._zeta))
        inverse, moved = 1 / (self._kinetic + shift), np.empty_like(rows)
        for part in in_parts(rows):
            psi = rows[part].reshape(-1, *self._shape)
            image = self._filtered(psi * damping, inverse)
            image *= damping
            moved[part] = image.reshape(-1, rows.shape[1])
        return moved

    def _filtered(self, blocks: Array, factor: Array) -> Array:
        axes = tuple(range(1, blocks.ndim))
        spectrum = scipy.fft.rfftn(blocks, axes=axes)
        spectrum *= factor
        return np.asarray(scipy.fft.irfftn(spectrum, s=self._shape, axes=axes, overwrite_x=True))


def _orthogonal(rows: Array, basis: Array) -> Array:
    """Orthonormal rows, orthogonal to a basis: twice, since what is left may be small."""
    for _ in range(2):
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows - (rows @ basis.T) @ basis
        rows = _orthonormal(rows)
    return rows


def _orthonormal(rows: Array) -> Array:
    """Orthonormal rows with the same span, by the Cholesky factor of their products, twice.

    As exact as Householder's reflections where rows are far from dependent, as they are here, with
    fewer passes and copies (Y. Yamamoto et al., Electron. Trans. Numer. Anal. 44, 306 (2015)); by
    reflections where they are not [three levels on 2^20 points: 1.4 s of processor time, so 1.0].
    """
    basis = rows
    for _ in range(2):
        products = basis @ basis.T
        sizes = np.sqrt(products.diagonal())
        if not sizes.all():
            return orthonormal(rows)
        try:
            factor = np.linalg.cholesky(products / np.multiply.outer(sizes, sizes))
        except np.linalg.LinAlgError:
            return orthonormal(rows)
        if factor.diagonal().min() < _DEPENDENT:
            return orthonormal(rows)
        basis = np.linalg.inv(factor) / sizes @ basis
    return basis
