"""The Hamiltonian ``H = -D lap + zeta(x)`` on a periodic grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array, squared_norm
from qdml_quantum.support.messages import TooLargeError, number
from qdml_quantum.support.typed import typed_fields

DENSE_POINTS = 1 << 12
"""Below this many points a matrix is formed; 2^12 would be 134 MB and minutes of diagonalising."""


@typed_fields
@dataclass(frozen=True, eq=False)
class Hamiltonian:
    """``H = D k^2 + zeta(x)``: kinetic energy diagonal in wave numbers, zeta in positions.

    With hbar = 1 the diffusion coefficient is ``D = 1/(2 m)``.

    Args:
        problem: Grid and objective.
        diffusion: D, positive (0 is allowed: no kinetic energy).

    >>> from qdml_quantum.problem.grid import Grid
    >>> h = Hamiltonian(Problem(Grid([(-8, 8)], 6), "harmonic"), diffusion=1.0)
    >>> x = h.problem.grid.axes[0].points
    >>> ground = np.exp(-x**2 / 2)
    >>> round(h.energy(ground), 9), round(h.variance(ground), 9)
    (1.0, 0.0)
    """

    problem: Problem
    diffusion: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "diffusion", number("diffusion", self.diffusion, zero=True))

    @cached_property
    def kinetic(self) -> Array:
        """``D |k|^2`` in FFT order, shape of the grid."""
        return self.diffusion * squared_wave_numbers(self.problem.grid)

    def scale(self, energy: float) -> float:
        """What energies near the ground state are measured by, whatever the unit of zeta.

        The energy above min zeta, at least the kinetic energy of the longest wave of an axis (that
        of a free particle is 0). Walls do not enter: it is the scale of the lowest levels.

        Args:
            energy: ``<H>`` of a state near the ground state.

        >>> from qdml_quantum.problem.grid import Grid
        >>> round(Hamiltonian(Problem(Grid([(-8, 8)], 6), "harmonic"), 1.0).scale(1.0), 9)
        1.0
        """
        longest = self.diffusion * float(np.max((2 * np.pi / self.problem.grid.lengths) ** 2))
        return max(energy - self.problem.span[0], longest)

    def apply(self, psi: ArrayLike, spectrum: NDArray[Any] | None = None) -> NDArray[np.complex128]:
        """``H psi``; leading axes of `psi` beyond the grid are kept.

        Args:
            psi: States.
            spectrum: `scipy.fft.fftn` of them, where it is known; it is left as it is.
        """
        psi = np.asarray(psi)
        axes = range(-self.problem.grid.dimensions, 0)
        spectrum = scipy.fft.fftn(psi, axes=axes) if spectrum is None else spectrum
        image = scipy.fft.ifftn(spectrum * self.kinetic, axes=axes, overwrite_x=True)
        image += self.problem.values * psi
        return np.asarray(image)

    def energy(self, psi: ArrayLike) -> float:
        """Expectation ``<H>`` of a state (normalised here)."""
        return self.moments(psi)[0]

    def variance(self, psi: ArrayLike) -> float:
        """``<H^2> - <H>^2``, as ``|(H - <H>) psi|^2`` so that it is never negative."""
        return self.moments(psi)[1]

    def moments(self, psi: ArrayLike, spectrum: NDArray[Any] | None = None) -> tuple[float, float]:
        """Energy and variance of a state, from one application of H; arguments as for `apply`."""
        psi = np.asarray(psi)
        norm = squared_norm(psi)
        image = self.apply(psi, spectrum)
        energy = float(np.vdot(psi, image).real) / norm
        image -= energy * psi
        return energy, squared_norm(image) / norm

    def matrix(self) -> Array:
        """Dense real symmetric matrix, rows and columns in C order of the grid array.

        Raises:
            TooLargeError: 2^12 points or more.
        """
        grid = self.problem.grid
        if grid.size >= DENSE_POINTS:
            raise TooLargeError(
                f"A dense matrix needs fewer than {DENSE_POINTS} grid points, but the grid has "
                f"{grid.size}. Use `eigenstates`, which is matrix-free on large grids."
            )
        total = np.diag(self.problem.values.ravel())
        for index, axis in enumerate(grid.axes):
            row = scipy.fft.ifft(self.diffusion * axis.wave_numbers**2).real
            one = row[np.subtract.outer(range(axis.size), range(axis.size))]  # circulant
            before, after = math.prod(grid.shape[:index]), math.prod(grid.shape[index + 1 :])
            total += np.kron(np.kron(np.eye(before), one), np.eye(after))
        return (total + total.T) / 2


def squared_wave_numbers(grid: Grid) -> Array:
    """``|k|^2`` in FFT order, shape of the grid."""
    return np.asarray(sum(k**2 for k in grid.wave_numbers()))
