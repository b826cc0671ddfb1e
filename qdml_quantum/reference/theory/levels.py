"""Level populations under imaginary time: the low-pass filter, Softmax and Sigmoid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.support.arrays import Array, complex_array, real_array
from qdml_quantum.support.messages import bad_value, number


@dataclass(frozen=True, eq=False)
class Levels:
    r"""A state as a sum over eigenstates, ``psi = sum_n c_n phi_n``, and what time does to it.

    Real time turns every term by ``exp(-i E_n t)`` and keeps ``|c_n|^2``. Imaginary time damps it
    by ``exp(-E_n tau)``: a low-pass filter that leaves the ground state, at the rate of the gap.

    Args:
        energies: E_n, shape ``(num_levels,)``, finite.
        coefficients: c_n, same shape, not all 0; normalised here.

    References:
        Wang and Maimaitiabudula, doi 10.7498/aps.74.20240999, equations (17) to (25).

    >>> levels = Levels([0.0, 1.0], [1.0, 1.0])
    >>> levels.populations(0.0), levels.populations(0.5 * math.log(3))
    (array([0.5, 0.5]), array([0.75, 0.25]))
    """

    energies: Array
    coefficients: NDArray[np.complex128]

    def __init__(self, energies: ArrayLike, coefficients: ArrayLike) -> None:
        levels = real_array("energies", energies)
        weights = complex_array("coefficients", coefficients)
        if levels.ndim != 1 or levels.shape != weights.shape or levels.size == 0:
            actual = f"of shape {weights.shape} for {levels.shape}"
            raise bad_value("coefficients", "be one number per energy", actual)
        norm = float(np.linalg.norm(weights))
        if not (math.isfinite(norm) and norm > 0):
            raise bad_value("coefficients", "be finite and not all 0", f"norm {norm}")
        object.__setattr__(self, "energies", levels)
        object.__setattr__(self, "coefficients", weights / norm)

    @classmethod
    def of(cls, psi: ArrayLike, energies: ArrayLike, states: ArrayLike) -> Levels:
        """The levels of a state on the grid; `energies` and `states` are those of `eigenstates`.

        >>> Levels.of([0.6, 0.8], [1.0, 2.0], [[1, 0], [0, 1]]).coefficients.real
        array([0.6, 0.8])
        """
        vectors = complex_array("states", states)
        rows = vectors.reshape(len(vectors), -1)
        return cls(energies, rows.conj() @ complex_array("psi", psi).ravel())

    @property
    def weights(self) -> Array:
        """``|c_n|^2``: the populations at all real times."""
        return np.asarray(np.abs(self.coefficients) ** 2)

    @property
    def gap(self) -> float:
        """Distance of the two lowest levels that are occupied: the rate of convergence."""
        occupied = np.unique(self.energies[self.weights > 0])
        return float(occupied[1] - occupied[0]) if occupied.size > 1 else math.inf

    def populations(self, tau: float) -> Array:
        r"""``|c_n|^2 exp(-2 E_n tau) / sum``: exact, for the state squared and normalised."""
        with np.errstate(divide="ignore"):  # Empty levels stay empty.
            logs = np.log(self.weights)
        return np.asarray(
            scipy.special.softmax(logs - 2 * number("tau", tau, zero=True) * self.energies)
        )

    def amplitudes(self, time: float) -> NDArray[np.complex128]:
        """``c_n exp(-i E_n t)``: real time, for comparison."""
        return np.asarray(self.coefficients * np.exp(-1j * self.energies * time))

    def printed_populations(self, tau: float) -> Array:
        r"""``exp(-E_n tau) / sum``: Softmax as the paper prints it.

        Drops ``|c_n|^2``, and the square of psi, which halves the exponent. It is exact for equal
        weights at half the time: ``populations(tau / 2)``.
        """
        return np.asarray(scipy.special.softmax(-self.energies * number("tau", tau, zero=True)))

    def dropped(self, tau: float) -> float:
        """Total variation distance of what is printed to the exact populations at tau."""
        return float(np.abs(self.populations(tau) - self.printed_populations(tau)).sum() / 2)
