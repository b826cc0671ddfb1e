"""What few steps are optimised for, on one problem or for the worst of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.dynamics.propagate import interpolated
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.support.messages import unknown

Array = NDArray[Any]

TARGETS = ("ground_state", "energy", "cvar")
CVAR_SHARE = 0.1
"""Share of the probability, at the lowest zeta, that `cvar` averages over."""


class Target:
    """A target on every member of an ensemble, and the worst of them.

    What is made small is `missing`, which is positive and the same thing whatever the unit of zeta:
    1 - F with the ground state; or the mean energy, or the conditional value at risk, from the
    lowest zeta (0) to its mean (1).

    Args:
        problems: The ensemble, on one grid.
        diffusion: D of the Hamiltonian whose ground state is wanted.
        name: One of `TARGETS`.

    Raises:
        ValueError: The name is unknown.
    """

    def __init__(self, problems: Sequence[Problem], diffusion: float, name: str) -> None:
        if name not in TARGETS:
            raise ValueError(unknown("target", name, TARGETS))
        self.name, self.diffusion, self.problems = name, diffusion, tuple(problems)
        self._shape = problems[0].grid.shape
        self._zeta = np.array([problem.values for problem in problems])
        self._kinetic = diffusion * squared_wave_numbers(problems[0].grid)
        self._lowest = np.array([problem.span[0] for problem in problems])
        depths = np.array([float(problem.values.mean()) for problem in problems]) - self._lowest
        self._depths = np.where(depths > 0, depths, 1.0)
        grounds: list[Array] = []
        for problem in problems:
            near = np.abs(grounds[0]) if grounds else None
            ground = np.asarray(rough_ground_state(problem, diffusion, near), dtype=complex)
            grounds.append(ground / np.linalg.norm(ground))
        self.grounds = np.array(grounds)
        self._references: dict[tuple[tuple[int, ...], Any], Array] = {}

    def missing(self, psi: Array) -> tuple[Array, Array]:
        """Of states (sets, members, grid): what every member misses, and its ``d/dpsi*``."""
        if self.name == "ground_state":
            reference = self._reference(psi.shape[2:], psi.dtype)
            axes = tuple(range(2, psi.ndim))
            overlap = np.sum(reference.conj() * psi, axis=axes, keepdims=True)
            squares = np.abs(overlap.reshape(overlap.shape[:2])) ** 2
            # Rounding can lift an overlap above 1.
            return np.clip(1 - squares, 0, None), -overlap * reference
        fine = interpolated(psi, self._shape)
        values, slopes = self._energies(fine) if self.name == "energy" else self._at_risk(fine)
        depths = self._depths.reshape(-1, *(1 for _ in self._shape))
        return (values - self._lowest) / self._depths, interpolated(slopes / depths, psi.shape[2:])

    def _reference(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Ground states on that grid."""
        key = shape, dtype
        if key not in self._references:
            self._references[key] = interpolated(self.grounds[None], shape).astype(
                np.result_type(dtype, np.complex64)
            )
        return self._references[key]

    def worst(self, psi: Array, power: float = np.inf) -> tuple[Array, Array]:
        """The worst member of each set, by a mean of this power, and its ``d/dpsi*``.

        ``(mean of missing^p)^(1/p)``: the mean for p = 1 and the largest for p = inf (default),
        whose gradient would jump from member to member.
        """
        missing, slopes = self.missing(psi)
        top = missing.max(axis=1)
        if power == np.inf:
            return top, slopes * (missing == top[:, None])[(..., *[None] * len(self._shape))]
        shares = missing / np.where(top > 0, top, 1)[:, None]
        mean = np.mean(shares**power, axis=1) ** (1 / power)
        steep = np.where(mean > 0, mean, 1)[:, None] ** (1 - power)
        weights = shares ** (power - 1) * steep / missing.shape[1]
        return top * mean, slopes * weights[(..., *[None] * len(self._shape))]

    def value(self, missing: float) -> float:
        """What is missing, as a fidelity, or as an energy or value of the first member."""
        if self.name == "ground_state":
            return 1 - missing
        return float(self._lowest[0] + self._depths[0] * missing)

    def _energies(self, fine: Array) -> tuple[Array, Array]:
        axes = tuple(range(2, fine.ndim))
        spectrum = scipy.fft.fftn(fine, axes=axes)
        spectrum *= self._kinetic
        image = scipy.fft.ifftn(spectrum, axes=axes, overwrite_x=True) + self._zeta * fine
        return np.sum((fine.conj() * image).real, axis=axes), image

    def _at_risk(self, fine: Array) -> tuple[Array, Array]:
        values, slopes = np.empty(fine.shape[:2]), np.empty_like(fine)
        for member, zeta in enumerate(self._zeta):
            states = fine[:, member].reshape(len(fine), -1)
            order = np.argsort(zeta, axis=None, kind="stable")
            levels, sorted_ = zeta.ravel()[order], states[:, order]
            weights = np.abs(sorted_) ** 2
            below = np.cumsum(weights, axis=1) - weights
            taken = np.clip(CVAR_SHARE - below, 0, weights)
            edge = levels[np.sum(below < CVAR_SHARE, axis=1) - 1, None]
            # More probability below the edge pushes as much of it, at the edge, out.
            derivative = np.empty_like(sorted_)
            derivative[:, order] = np.minimum(levels - edge, 0) / CVAR_SHARE * sorted_
            values[:, member] = taken @ levels / CVAR_SHARE
            slopes[:, member] = derivative.reshape(fine[:, member].shape)
        return values, slopes
