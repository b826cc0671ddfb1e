"""Numbers that compare states, histograms and outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.messages import argument, unknown

BASES = ("position", "momentum")
"""What can be measured: positions, or wave numbers."""


def require_basis(basis: str) -> None:
    """Refuse a basis that is not in `BASES`."""
    if basis not in BASES:
        raise ValueError(unknown("basis", basis, BASES))


def fidelity(psi: ArrayLike, phi: ArrayLike) -> float:
    """``|<psi|phi>|^2`` of two states, normalised here; the global phase does not matter.

    >>> fidelity([1, 0], [1j, 1j])
    0.5
    """
    a, b = np.asarray(psi), np.asarray(phi)
    norms = float(np.vdot(a, a).real * np.vdot(b, b).real)
    return min(1.0, float(abs(np.vdot(a, b)) ** 2) / norms)


def state_distance(psi: ArrayLike, phi: ArrayLike) -> float:
    """``min over phases of |psi - e^(i a) phi|`` for two normalised states.

    >>> round(state_distance([1, 0], [1j, 0]), 12)
    0.0
    """
    a, b = np.asarray(psi, dtype=complex), np.asarray(phi, dtype=complex)
    overlap = np.vdot(b, a)
    phase = overlap / abs(overlap) if abs(overlap) > 0 else 1.0
    return float(np.linalg.norm(a - phase * b))


def hellinger_fidelity(p: ArrayLike, q: ArrayLike) -> float:
    """``(sum sqrt(p q))^2`` of two distributions.

    >>> round(hellinger_fidelity([0.5, 0.5], [1, 0]), 12)
    0.5
    """
    return float(np.sqrt(np.asarray(p) * np.asarray(q)).sum() ** 2)


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """``sum |p - q| / 2``: the probability that has to move to turn p into q.

    >>> total_variation([0.5, 0.5], [1, 0])
    0.5
    """
    return float(np.abs(np.asarray(p) - np.asarray(q)).sum() / 2)


def signal_over_uniform(observed: ArrayLike, ideal: ArrayLike) -> float:
    """``S = (F - F_u) / (1 - F_u)``: 1 for the ideal histogram, 0 for a uniform one.

    F is the Hellinger fidelity of the observed with the ideal distribution and F_u that of the
    uniform one. Where the ideal distribution is itself uniform there is no signal to see, and S
    is 0.

    >>> round(signal_over_uniform([0.25] * 4, [0.7, 0.1, 0.1, 0.1]), 12)
    0.0
    """
    p, q = np.asarray(observed), np.asarray(ideal)
    flat = hellinger_fidelity(np.full(q.shape, 1 / q.size), q)
    if flat > 1 - 1e-9:
        return 0.0
    return (hellinger_fidelity(p, q) - flat) / (1 - flat)


def wilson_interval(hits: int, shots: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a binomial proportion (doi 10.2307/2276774).

    >>> [round(end, 4) for end in wilson_interval(90, 100)]
    [0.8256, 0.9448]
    """
    interval = binomtest(hits, shots).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


@dataclass(frozen=True)
class Success:
    """Probability of being within `radius` of a minimizer, beside what chance would give.

    Attributes:
        probability: Measured (from counts) or computed (from a state).
        low: Lower end of the 95 % Wilson interval; equal to `probability` without shots.
        high: Upper end.
        baseline: The same probability for a uniform histogram.
        radius: In units of the box: ``|u - u*| <= radius``, ``u = (x - lower) / length``.
    """

    probability: float
    low: float
    high: float
    baseline: float
    radius: float

    def to_dict(self) -> dict[str, float]:
        """Plain JSON form."""
        return asdict(self)


def success_mask(
    grid: Grid, minimizers: Sequence[Sequence[float]], radius: float
) -> NDArray[np.bool_]:
    """Grid points within `radius` of a minimizer, in units of the box, around the periodic seam.

    Raises:
        ValueError: No minimizer, or a radius that is not in (0, 1).

    >>> success_mask(Grid([(0, 1)], 3), [(0.0,)], 0.13)
    array([ True,  True, False, False, False, False, False,  True])
    """
    if not minimizers:
        raise ValueError("Argument `minimizers` must hold at least one point, but is empty.")
    if not 0 < radius < 1:
        raise ValueError(
            argument("radius", "lie between 0 and 1", radius, "It is a fraction of the box.")
        )
    mask = np.zeros(grid.shape, dtype=bool)
    for minimizer in minimizers:
        squared = np.zeros((1,) * grid.dimensions)
        for x, place, length in zip(grid.coordinates(), minimizer, grid.lengths, strict=True):
            u = (x - place) / length
            squared = squared + (u - np.round(u)) ** 2
        mask |= np.asarray(squared <= radius**2 * (1 + 1e-12))
    return mask


def success_of(
    probabilities: ArrayLike, mask: NDArray[np.bool_], radius: float, shots: int | None
) -> Success:
    """Success statistics of a distribution on the grid; `shots` for a measured one."""
    value = min(1.0, float(np.asarray(probabilities)[mask].sum()))
    low, high = (value, value)
    if shots:
        low, high = wilson_interval(round(value * shots), shots)
    return Success(value, low, high, float(mask.mean()), radius)


def counts_to_probabilities(counts: Mapping[str, int], grid: Grid) -> NDArray[np.float64]:
    """Histogram of measured bit strings as an array on the grid.

    >>> counts_to_probabilities({"10": 3, "00": 1}, Grid([(0, 1)], 2))
    array([0.25, 0.  , 0.75, 0.  ])
    """
    result = np.zeros(grid.shape)
    for bits, hits in counts.items():
        result[grid.index_of(bits)] += hits
    return result / math.fsum(counts.values())


def probabilities_in(basis: str, psi: ArrayLike) -> NDArray[np.float64]:
    """``|psi|^2`` at positions, or ``|fft(psi, norm="ortho")|^2`` at wave numbers in FFT order.

    Args:
        basis: ``"position"`` or ``"momentum"``.
        psi: Amplitudes of the shape of a grid.

    Raises:
        ValueError: An unknown basis.

    >>> probabilities_in("momentum", [0.5, 0.5, 0.5, 0.5]).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    require_basis(basis)
    psi = np.asarray(psi)
    if basis == "momentum":
        psi = scipy.fft.fftn(psi, norm="ortho")
    return np.asarray(np.abs(psi) ** 2)


def sample_counts(
    probabilities: ArrayLike, grid: Grid, shots: int, seed: int | None
) -> dict[str, int]:
    """Counts of `shots` measurements of a distribution on the grid, bit strings as in Qiskit.

    >>> sample_counts([0, 1, 0, 0], Grid([(0, 1)], 2), 10, seed=1)
    {'01': 10}
    """
    weights = np.asarray(grid.to_vector(np.asarray(probabilities, dtype=float)), dtype=float)
    hits = np.random.default_rng(seed).multinomial(shots, weights / weights.sum())
    return {f"{i:0{grid.num_qubits}b}": int(hits[i]) for i in np.flatnonzero(hits)}
