"""The energy as two settings measure it: zeta from positions, ``D k^2`` from wave numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.estimate import CONFIDENCE, Estimate
from qdml_quantum.support.store import finite_json

_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class EnergyEstimate:
    """``<H> = <zeta> + D <k^2>`` from counts, with its standard error.

    Attributes:
        diffusion: D.
        potential: Mean of zeta over the shots in the position basis; its error is 0 where all shots
            gave the same value.
        kinetic: D times the mean of ``|k|^2`` over the shots in the momentum basis.
        counts_position: Measured bit strings; ``grid.index_of`` gives the index of the position.
        counts_momentum: The same for wave numbers in FFT order.
        exact: ``<H>`` of the state that the emulator finds for the same recipe; None where it does
            not fit into memory.
        exact_deviation: ``sqrt(<H^2> - <H>^2)`` of that state: what one shot would scatter by if H
            itself could be measured. Or None.
        backend: Name of the backend.
        seed: Seed of the sampling.
    """

    diffusion: float
    potential: Estimate
    kinetic: Estimate
    counts_position: Mapping[str, int]
    counts_momentum: Mapping[str, int]
    exact: float | None
    exact_deviation: float | None
    backend: str
    seed: int

    @property
    def energy(self) -> Estimate:
        """``<zeta> + D <k^2>``: the two settings are independent."""
        return self.potential + self.kinetic

    @property
    def shots_position(self) -> int:
        """Shots in the position basis."""
        return sum(self.counts_position.values())

    @property
    def shots_momentum(self) -> int:
        """Shots in the momentum basis."""
        return sum(self.counts_momentum.values())

    @property
    def pull(self) -> float | None:
        """``(energy - exact) / error``: mean 0 and width 1 over many ideal runs.

        Noise, and what a budget left out of zeta, moves it. Without an error, where all shots
        agreed, it is 0 if the energy is exact too, and infinite if not; None without `exact`.
        """
        if self.exact is None:
            return None
        energy = self.energy
        if energy.error > 0:
            return (energy.value - self.exact) / energy.error
        if math.isclose(energy.value, self.exact, rel_tol=1e-9, abs_tol=1e-9):
            return 0.0
        return math.copysign(math.inf, energy.value - self.exact)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form; a pull that is not finite is None."""
        derived = {
            "energy": self.energy.to_dict(),
            "shots_position": self.shots_position,
            "shots_momentum": self.shots_momentum,
            "pull": self.pull,
        }
        return dict(finite_json(derived | asdict(self)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EnergyEstimate:
        """Read what `to_dict` wrote."""
        known = {item.name: data[item.name] for item in fields(cls)}
        terms = {name: Estimate.from_dict(known[name]) for name in ("potential", "kinetic")}
        return cls(**known | terms)

    def __str__(self) -> str:
        lines = [
            f"energy    {_pair(self.energy)} on {self.backend}",
            f"potential {_pair(self.potential)}, {self.shots_position} shots in positions",
            f"kinetic   {_pair(self.kinetic)}, "
            f"{self.shots_momentum} shots in wave numbers, D = {self.diffusion:g}",
        ]
        if self.exact is not None:
            known = self.exact_deviation is not None
            spread = f", spread of H {self.exact_deviation:.3g}" if known else ""
            lines.append(f"exact     {self.exact:.6g}, pull {self.pull:+.2f}{spread}")
        return "\n".join(lines)


def mean_over_shots(values: ArrayLike, hits: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """Mean of what shots gave, with the interval of its standard error.

    Values that differ by rounding only are equal: the error is then 0, not noise.

    Args:
        values: One per outcome.
        hits: Shots that gave each of them, same shape.
        confidence: Of the interval.

    >>> mean = mean_over_shots([0.0, 1.0], [50, 50])
    >>> mean.value, round(mean.error, 4)
    (0.5, 0.0503)
    """
    number = real_array("hits", hits).ravel()
    seen = number > 0
    what, number = real_array("values", values, finite=False).ravel()[seen], number[seen]
    first, total = float(what[0]), int(number.sum())
    if np.ptp(what) <= _ROUNDING * np.abs(what).max():
        return Estimate.from_error(first, 0.0, confidence)
    apart = what - first
    mean = float(number @ apart) / total
    variance = float(number @ (apart - mean) ** 2) / max(1, total - 1)
    return Estimate.from_error(first + mean, math.sqrt(variance / total), confidence)


def _pair(estimate: Estimate) -> str:
    return f"{estimate.value:.6g} +- {estimate.error:.2g}"
