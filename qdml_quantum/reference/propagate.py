"""The NumPy interpreter of the recipe, in real and in imaginary time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from qdml_quantum.formulas import POTENTIAL
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import Phase


class Propagator:
    """Applies phases of the recipe to states on the grid.

    Real time multiplies by ``exp(-i a zeta)`` in position space and by ``exp(-i b |k|^2)`` between
    a forward and a backward FFT. The factor arrays of the last few angles are kept, so that a step
    costs two transforms and two multiplications.

    Args:
        problem: Grid and objective.
        dtype: ``complex128``, or ``complex64`` for half the memory and about twice the speed.
        workers: Threads of the transforms; default all that the process may use.
    """

    _KEPT = 3

    def __init__(
        self, problem: Problem, *, dtype: Any = np.complex128, workers: int | None = None
    ) -> None:
        self.problem = problem
        self.dtype = np.dtype(dtype)
        self.workers = workers or available_cores()
        self._real = np.float32 if self.dtype == np.complex64 else np.float64
        self._factors: dict[Phase, NDArray[Any]] = {}

    def run(self, psi: NDArray[Any], phases: Iterable[Phase]) -> NDArray[Any]:
        """Apply phases in order. `psi` is overwritten; use the returned array."""
        fft, ifft, workers = scipy.fft.fftn, scipy.fft.ifftn, self.workers
        if psi.ndim == 1:
            fft, ifft = scipy.fft.fft, scipy.fft.ifft
        for phase in phases:
            factor = self._factors.get(phase)
            if factor is None:
                factor = self._make_factor(phase)
            if phase.term == POTENTIAL:
                psi *= factor
            else:
                psi = fft(psi, overwrite_x=True, workers=workers)
                psi *= factor
                psi = ifft(psi, overwrite_x=True, workers=workers)
        return psi

    def _make_factor(self, phase: Phase) -> NDArray[Any]:
        while len(self._factors) >= self._KEPT:
            del self._factors[next(iter(self._factors))]
        if phase.term == POTENTIAL:
            factor = unit_phase(phase.angle * self.problem.values, self.dtype)
        else:
            factor = np.ones((1,) * self.problem.grid.dimensions, dtype=self.dtype)
            for k in self.problem.grid.wave_numbers():
                factor = factor * unit_phase(phase.angle * k**2, self.dtype)
        self._factors[phase] = factor
        return factor


def unit_phase(angle: NDArray[np.float64], dtype: Any = np.complex128) -> NDArray[Any]:
    """``exp(-i angle)``, with one pass per part instead of a complex exponential."""
    result = np.empty(angle.shape, dtype=dtype)
    np.cos(angle, out=result.real, casting="same_kind")
    np.sin(angle, out=result.imag, casting="same_kind")
    np.negative(result.imag, out=result.imag)
    return result


def available_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
