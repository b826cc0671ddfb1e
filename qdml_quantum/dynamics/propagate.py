"""The NumPy interpreter of the recipe, in real and in imaginary time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.dynamics.dispersion import fold_of_axes, kinetic_angles
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import strides
from qdml_quantum.support.arrays import Array, squared_norm

_LOOKS = 8
"""Moments within a stage that are looked at, and one in four steps: a few % of its time."""
_PARALLEL_POINTS = 1 << 14
"""Fewer points are transformed by one thread [measured: 64 x 64 takes 0.071 ms with one
and 0.100 with two, 128 x 128 0.30 and 0.32; on a busy machine up to 15 times as long]."""
_LONG, _FEW, _ROWS = 1 << 20, 32, 16
"""Points of an axis from which it is transformed as a plane. For every transform of one axis SciPy
takes a work array of its size, which from 32 MB on comes new from the system, page by page, and
below where larger ones were freed before [a pair with two multiplications on 2^22 points: 287 ->
174 ms; on 2^20 56 -> 39, and 34 -> 37 where the memory is still there]. Turns in the smaller table,
and rows at a time: 4 to 64 of them take the same time within 5 %."""
_MANY_TURNS = 1e8
"""Above this angle NumPy's cosine takes five times as long, to reduce exactly what is known to 1e-8
only; whole turns are taken off before."""
_BACKWARDS = (
    "Imaginary time cannot follow negative fractions: high energies grow without bound. "
    "Use formula lie or strang (--formula strang)."
)
_SMALL = 1e-12
"""Below this norm the squares of amplitudes get lost, in single precision first."""


class Propagator:
    """Applies phases of the recipe to states on the grid.

    Real time multiplies by ``exp(-i a zeta)`` in position space and by ``exp(-i b |k|^2)`` between
    a forward and a backward FFT. The factor arrays of the last few angles are kept, so that a step
    costs two transforms and two multiplications; one axis of 2^20 points or more is transformed in
    four steps, which takes two thirds of the time.

    Imaginary time, ``t = -i tau``, multiplies by ``exp(-a (zeta - min zeta))`` and by
    ``exp(-b |k|^2)`` instead, and normalises after every phase: the energy is shifted so that
    nothing overflows.

    Phases that say their time are of ``zeta(x) + drive(x, t)``. An absorber W makes the Hamiltonian
    ``H - i W(x)``: in real time the potential phases lower the norm by ``exp(-a W)`` besides.

    Args:
        problem: Grid and objective.
        imaginary: Whether time is imaginary.
        dtype: ``complex128``, or ``complex64`` for half the memory and about twice the speed.
        workers: Threads of the transforms; default `useful_threads` of the grid.
        drive: Of phases that say their time: the part of the potential that changes, on a grid.
        absorber: W, shape of the grid, nowhere negative; default none. Not for coarse stages.
    """

    _KEPT = 3

    def __init__(
        self,
        problem: Problem,
        *,
        imaginary: bool = False,
        dtype: Any = np.complex128,
        workers: int | None = None,
        drive: Callable[[Grid, float], Array] | None = None,
        absorber: Array | None = None,
    ) -> None:
        self.problem, self.imaginary = problem, imaginary
        self.drive, self.absorber = drive, absorber
        self.dtype = np.dtype(dtype)
        self.workers = workers or useful_threads(problem.grid.shape)
        self._real = np.float32 if self.dtype == np.complex64 else np.float64
        self._factors: dict[Phase, NDArray[Any]] = {}
        self._problems: dict[Coarse, Problem] = {0: problem}
        self._squares: dict[Coarse, list[Array]] = {}
        self._turns: dict[int, tuple[NDArray[Any], ...]] = {}

    def run(
        self,
        psi: NDArray[Any],
        moves: Iterable[Move],
        look: Callable[[NDArray[Any]], None] | None = None,
    ) -> NDArray[Any]:
        """Apply phases and refinements in order.

        `psi`, of the shape of the grid, is overwritten; use the returned array. While a grid is
        coarse only every 2^coarse-th point along each axis is not zero.

        Args:
            psi: The state.
            moves: What to apply.
            look: Called with the state, of the points that are not zero, after every fourth kinetic
                phase, at most eight times; it must leave it as it is.
        """
        moves = list(moves)
        seen = look_after(moves) if look is not None else set()
        coarse = moves[0].coarse if moves else 0
        grid = self.problem.grid
        part = psi if not coarse else np.ascontiguousarray(psi[strides(grid, coarse)])
        for number, move in enumerate(moves):
            if isinstance(move, Refine):
                shape = self._problem(move.after).grid.shape
                part, coarse = interpolated(part, shape), move.after
                continue
            factor = self._factors.get(move)
            if factor is None:
                factor = self._make_factor(move)
            if move.term == POTENTIAL:
                part *= factor
            else:
                part = self._sandwich(part, factor)
            if self.imaginary:
                part = _normalised(part)
            if look is not None and number in seen:
                look(part)
        if not coarse:
            return part
        whole = np.zeros(grid.shape, dtype=part.dtype)
        whole[strides(grid, coarse)] = part
        return whole

    def shown(self, psi: NDArray[Any], coarse: Coarse) -> NDArray[Any]:
        """The state of a coarse stage on the full grid, as the refinements to come will make it."""
        return self.run(psi.copy(), [Refine(coarse, 0)]) if coarse else psi

    def _sandwich(self, psi: NDArray[Any], factor: NDArray[Any]) -> NDArray[Any]:
        fft, ifft = scipy.fft.fftn, scipy.fft.ifftn
        if psi.ndim == 1 and psi.size >= _LONG:
            return self._long_sandwich(psi, factor)
        if psi.ndim == 1:
            fft, ifft = scipy.fft.fft, scipy.fft.ifft
        psi = fft(psi, overwrite_x=True, workers=self.workers)
        psi *= factor
        psi = ifft(psi, overwrite_x=True, workers=self.workers)
        return psi

    def _long_sandwich(self, psi: NDArray[Any], factor: NDArray[Any]) -> NDArray[Any]:
        """The same on one long axis, in four steps, as a plane that fits into the caches.

        With ``j = j_1 n_2 + j_2`` and ``k = k_1 + n_1 k_2``: a transform over ``j_1``, a turn by
        ``2 pi j_2 k_1 / N``, a transform over ``j_2``, and back. Nothing is transposed but the
        factor, once (D. H. Bailey, J. Supercomput. 4, 23 (1990), doi 10.1007/BF00162341). Some rows
        are taken from the turn to the turn back while the caches hold them, so that turns by
        ``j_2 = few * high + low``, products of two from small tables, cost no more than from one of
        all points.
        """
        if psi.size not in self._turns:
            rows, columns = factor.shape
            few = min(columns, _FEW)
            each: Array = 2 * np.pi / psi.size * np.arange(rows, dtype=np.float64)[:, None]
            high = unit_phase(each * np.arange(0, columns, few), self.dtype)[:, :, None]
            low = unit_phase(each * np.arange(few), self.dtype)[:, None, :]
            self._turns[psi.size] = high, low, high.conj(), low.conj()
        high, low, high_back, low_back = self._turns[psi.size]
        plane = scipy.fft.fft(psi.reshape(factor.shape), axis=0, overwrite_x=True)
        for first in range(0, len(plane), _ROWS):
            some = slice(first, first + _ROWS)
            turned = plane[some].reshape(-1, high.shape[1], low.shape[2])
            turned *= high[some]
            turned *= low[some]
            moved = scipy.fft.fft(plane[some], axis=1, overwrite_x=True)
            moved *= factor[some]
            moved = scipy.fft.ifft(moved, axis=1, overwrite_x=True)
            turned = moved.reshape(turned.shape)
            turned *= high_back[some]
            turned *= low_back[some]
            if not np.may_share_memory(moved, plane):
                plane[some] = moved
        plane = scipy.fft.ifft(plane, axis=0, overwrite_x=True)
        return np.asarray(plane.reshape(psi.shape))

    def _problem(self, coarse: Coarse) -> Problem:
        if coarse not in self._problems:
            self._problems[coarse] = self.problem.thinned(coarse)
        return self._problems[coarse]

    def _squares_of(self, coarse: Coarse) -> list[Array]:
        """``k^2`` of every axis for k = 0 ... N/2: for D(t) it is asked for in every step."""
        if coarse not in self._squares:
            axes = self._problem(coarse).grid.axes
            waves = (axis.wave_numbers[: axis.size // 2 + 1] for axis in axes)
            self._squares[coarse] = [np.asarray(k**2) for k in waves]
        return self._squares[coarse]

    def _make_factor(self, phase: Phase) -> NDArray[Any]:
        kept = phase.time is None  # Those of a time come once.
        while kept and len(self._factors) >= self._KEPT:
            del self._factors[next(iter(self._factors))]
        problem = self._problem(phase.coarse)
        turn = decay if self.imaginary else unit_phase
        if phase.term == POTENTIAL:
            values = problem.values - problem.span[0] if self.imaginary else problem.values
            if phase.time is not None and self.drive is not None:
                values = values + self.drive(problem.grid, phase.time)
            factor = turn(phase.angle * values, self.dtype)
            if self.absorber is not None:
                factor *= decay(phase.angle * self.absorber, self.dtype)
        else:
            if self.imaginary:
                refuse_imaginary(phase)
            grid = problem.grid
            factors = []
            folds = fold_of_axes(phase.fold, grid)
            squares = self._squares_of(phase.coarse)
            for axis, square, fold in zip(grid.axes, squares, folds, strict=True):
                angles = phase.angle * square
                if fold:
                    angles = kinetic_angles(axis, phase.angle, fold)[: square.size]
                half = turn(angles, self.dtype)
                halves = half[:-1], half[:0:-1]  # k and -k turn alike.
                if len(squares) == 1 and axis.size >= _LONG:
                    factor = np.empty(_plane(axis.size), self.dtype)
                    parts = [part.reshape(-1, len(factor)).T for part in halves]
                    factors.append(np.concatenate(parts, axis=1, out=factor))
                else:
                    factors.append(np.concatenate(halves))
            factor = reduce(np.multiply, np.ix_(*factors)) if len(factors) > 1 else factors[0]
        if kept:
            self._factors[phase] = factor
        return factor


def _plane(size: int) -> tuple[int, int]:
    """Rows and columns of about the same number, for so many points, a power of two.

    >>> _plane(1 << 17)
    (256, 512)
    """
    rows = 1 << (size.bit_length() - 1) // 2
    return rows, size // rows


def required_bytes(size: int, dtype: Any = np.complex128) -> int:
    """Memory of an anneal on so many points.

    State, three factor arrays, a copy for the observation, zeta, and work space of the transforms.
    """
    return size * (8 * int(np.dtype(dtype).itemsize) + 8 * 8)


def interpolated(psi: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Band-limited interpolation to more points of the same box: refinement of a state.

    Along each axis that grows from N to N' points

        psi'_j = sum_m c_m exp(2 pi i j m / N') / sqrt(N'),
        c_m = sum_j psi_j exp(-2 pi i j m / N) / sqrt(N)

    with ``m = -N/2 ... N/2 - 1``: as two's complement integers the wave numbers are extended by
    their sign, and the spectrum is padded with zeros. The norm is kept, and psi' is
    ``sqrt(N / N')`` psi at the points of the coarse grid. Exact for states that this resolves, of
    no wave numbers but those m: psi' is then what sampling the same function on the finer grid
    gives.

    To fewer points wave numbers are cut, which is the adjoint.

    Args:
        psi: Amplitudes; the last axes are those of the grid, others (sets of states) are kept.
        shape: Points wanted along each axis of the grid, powers of two.

    >>> x = np.arange(4) / 4
    >>> fine = interpolated(np.exp(2j * np.pi * x) / 2, (8,))
    >>> bool(np.allclose(fine, np.exp(2j * np.pi * np.arange(8) / 8) / np.sqrt(8)))
    True
    """
    first = psi.ndim - len(shape)
    changed = {axis: n for axis, n in enumerate(shape, first) if n != psi.shape[axis]}
    if not changed:
        return psi
    spectrum = scipy.fft.fftn(psi, axes=list(changed), norm="ortho")
    for axis, size in changed.items():
        old = spectrum.shape[axis]
        half = min(size, old) // 2
        low, _, high = np.split(spectrum, [half, old - half], axis=axis)
        missing = list(spectrum.shape)
        missing[axis] = size - 2 * half
        spectrum = np.concatenate([low, np.zeros(missing, spectrum.dtype), high], axis=axis)
    return np.asarray(scipy.fft.ifftn(spectrum, axes=list(changed), norm="ortho", overwrite_x=True))


def unit_phase(angle: Array, dtype: Any = np.complex128) -> NDArray[Any]:
    """``exp(-i angle)``, with one pass per part instead of a complex exponential."""
    result = np.empty(angle.shape, dtype=dtype)
    if float(np.maximum(angle.max(), -angle.min())) > _MANY_TURNS:
        angle = angle - 2 * np.pi * np.rint(angle / (2 * np.pi))
    np.cos(angle, out=result.real, casting="same_kind")
    np.sin(angle, out=result.imag, casting="same_kind")
    np.negative(result.imag, out=result.imag)
    return result


def decay(exponent: Array, dtype: Any = np.complex128) -> NDArray[Any]:
    """``exp(-exponent)``, the phase of an angle in imaginary time.

    Raises:
        ValueError: A negative exponent: a formula that runs backwards, which imaginary time cannot
            follow.
    """
    if exponent.min() < 0:
        raise ValueError(_BACKWARDS)
    return np.exp(-exponent).astype(dtype)


def look_after(moves: Sequence[Move]) -> set[int]:
    """Numbers of the moves after which a stage is looked at; see `Propagator.run`.

    >>> phases = [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.1)] * 8
    >>> sorted(look_after(phases))
    [5, 11]
    """
    kinetic = [n for n, m in enumerate(moves) if isinstance(m, Phase) and m.term == KINETIC]
    looks = min(_LOOKS, len(kinetic) // 4)
    return {kinetic[len(kinetic) * part // (looks + 1)] for part in range(1, looks + 1)}


def refuse_imaginary(phase: Phase) -> None:
    """Refuse a phase that imaginary time cannot follow.

    Raises:
        ValueError: It is folded, or runs backwards.
    """
    if phase.fold:
        raise ValueError(
            "Imaginary time cannot follow folded momentum phases: they belong to no "
            "Hamiltonian. Leave out `fold`, or use the emulator."
        )
    if phase.angle < 0:
        raise ValueError(_BACKWARDS)


def vanished() -> ValueError:
    """What is raised where one phase of imaginary time leaves nothing of a state."""
    return ValueError(
        "The state vanished in imaginary time: one phase takes more than all of it. Use a "
        "smaller time step (--time-step), or start nearer to the minimum."
    )


def _normalised(psi: NDArray[Any]) -> NDArray[Any]:
    norm = math.sqrt(squared_norm(psi))
    if norm < _SMALL:
        psi /= max(float(np.abs(psi).max()), float(np.finfo(psi.dtype).tiny))
        norm = math.sqrt(squared_norm(psi))
    if not norm > 0:
        raise vanished()
    psi /= norm
    return psi


def useful_threads(shape: tuple[int, ...]) -> int:
    """Threads from which a transform of such arrays gains.

    `scipy.fft` deals out lines of an array: one axis alone has one. On small arrays handing over
    costs what it gains, and many times that where the machine is busy.

    >>> useful_threads((1 << 20,)), useful_threads((64, 64))
    (1, 1)
    """
    alone = len(shape) == 1 or math.prod(shape) < _PARALLEL_POINTS
    return 1 if alone else available_cores()


def available_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
