"""Numbers that compare states, histograms and outcomes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.arrays import Array, real_array, unmasked
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.messages import bad_value, unknown
from qdml_quantum.support.typed import typed

_ROUNDING = 1e-9
"""A probability may be negative by so much of the whole, as differences of rounding errors are."""
BASES = ("position", "momentum")
"""What can be measured: positions, or wave numbers."""
ECHOES = ("coherence", "loschmidt")
"""Forward and back; and back with another zeta. All bits are 0 at the end where nothing is lost."""


def require_basis(basis: str) -> None:
    """Refuse a basis that is not in `BASES`."""
    if basis not in BASES:
        raise ValueError(unknown("basis", basis, BASES))


def fidelity(psi: ArrayLike, phi: ArrayLike) -> float:
    """``|<psi|phi>|^2`` of two states, normalised here; the global phase does not matter.

    Args:
        psi: Amplitudes, such as ``result.state`` (shape of the grid).
        phi: Amplitudes of the same shape; those of a circuit have that of
            ``result.statevector()``, in register order.

    Raises:
        ValueError: The shapes differ, or a state is zero everywhere.

    >>> round(fidelity([1, 0], [1j, 1j]), 12)
    0.5
    """
    a, b = _same_shape("psi", psi, "phi", phi)
    overlap = abs(complex(np.vdot(_unit("psi", a), _unit("phi", b)))) ** 2
    return float(np.minimum(overlap, 1.0))


def state_distance(psi: ArrayLike, phi: ArrayLike) -> float:
    """``min over phases of |psi - e^(i a) phi|`` for two normalised states of the same shape.

    >>> round(state_distance([1, 0], [1j, 0]), 12)
    0.0
    """
    a, b = (np.asarray(x, dtype=complex) for x in _same_shape("psi", psi, "phi", phi))
    overlap = np.vdot(b, a)
    phase = overlap / abs(overlap) if abs(overlap) > 0 else 1.0
    return float(np.linalg.norm(a - phase * b))


def hellinger_fidelity(p: ArrayLike, q: ArrayLike) -> float:
    """``(sum sqrt(p q))^2`` of two distributions of the same shape, normalised here.

    >>> round(hellinger_fidelity([50, 50], [1, 0]), 12)
    0.5
    """
    p, q = _distributions("p", p, "q", q)
    return float(np.minimum(np.sqrt(p * q).sum() ** 2, 1.0))


def uniform_fidelity(ideal: ArrayLike) -> float:
    """Hellinger fidelity of a distribution with the uniform one, which noise alone makes.

    >>> round(uniform_fidelity([0.7, 0.1, 0.1, 0.1]), 3)
    0.797
    """
    q = np.asarray(ideal, dtype=float)
    return hellinger_fidelity(np.full(q.shape, 1 / q.size), q)


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """``sum |p - q| / 2``: the probability that has to move to turn p into q, normalised here.

    >>> total_variation([50, 50], [1, 0])
    0.5
    """
    p, q = _distributions("p", p, "q", q)
    return float(np.abs(p - q).sum() / 2)


def signal_over_uniform(observed: ArrayLike, ideal: ArrayLike) -> float:
    """``S = (F - F_u) / (1 - F_u)``: 1 for the ideal histogram, 0 for a uniform one.

    F is the Hellinger fidelity of the observed with the ideal distribution and F_u that of the
    uniform one; counts and probabilities alike. Where the ideal distribution is itself uniform
    there is no signal to see, and S is 0.

    >>> round(signal_over_uniform([0.25] * 4, [0.7, 0.1, 0.1, 0.1]), 12)
    0.0
    """
    p, q = _distributions("observed", observed, "ideal", ideal)
    flat = uniform_fidelity(q)
    if flat > 1 - 1e-9:
        return 0.0
    return (hellinger_fidelity(p, q) - flat) / (1 - flat)


def _same_shape(
    name: str, one: ArrayLike, other_name: str, other: ArrayLike
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both as arrays. Equal sizes do not do: states of a grid and of a register differ in order."""
    a, b = unmasked(name, one), unmasked(other_name, other)
    if a.shape != b.shape:
        remedy = "A state of a grid is `result.state`, one of a circuit `result.statevector()`."
        must = f"have the shape of `{name}`, {a.shape}"
        raise bad_value(other_name, must, f"of shape {b.shape}", remedy)
    return a, b


def _unit(name: str, psi: NDArray[Any]) -> NDArray[Any]:
    norm = float(np.linalg.norm(psi))
    if norm == 0:
        raise bad_value(name, "not be zero everywhere", "zero")
    return psi / norm


def _distributions(
    name: str, one: ArrayLike, other_name: str, other: ArrayLike
) -> tuple[Array, Array]:
    """Both as probabilities: counts are divided by their sum."""
    both = []
    given = _same_shape(name, one, other_name, other)
    for label, array in zip((name, other_name), given, strict=True):
        values = real_array(label, array, finite=False)
        total = float(values.sum())
        if values.min(initial=0.0) < -_ROUNDING * abs(total) or total == 0:
            must = "hold probabilities or counts, none negative and not all 0"
            raise bad_value(label, must, f"{values.min(initial=0.0):g} the least")
        both.append(values.clip(min=0) / total)
    return both[0], both[1]


@typed
def wilson_interval(hits: int, shots: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a binomial proportion (doi 10.2307/2276774).

    >>> [round(end, 4) for end in wilson_interval(90, 100)]
    [0.8256, 0.9448]
    """
    interval = Estimate.of_proportion(hits, shots, confidence)
    return interval.low, interval.high


def counts_to_probabilities(counts: Mapping[str, int], grid: Grid) -> Array:
    """Histogram of measured bit strings as an array on the grid.

    >>> counts_to_probabilities({"10": 3, "00": 1}, Grid([(0, 1)], 2))
    array([0.25, 0.  , 0.75, 0.  ])
    """
    result = np.zeros(grid.shape)
    for bits, hits in counts.items():
        result[grid.index_of(bits)] += hits
    return result / math.fsum(counts.values())


def probabilities_in(basis: str, psi: ArrayLike) -> Array:
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
    return sample_blocks([weights], float(weights.sum()), grid.num_qubits, shots, seed)


def sample_blocks(
    blocks: Iterable[Array], total: float, num_qubits: int, shots: int, seed: int | None
) -> dict[str, int]:
    """The same of a distribution that comes in blocks, in the order of the register.

    The draws are those of the whole: a multinomial is a row of binomials, each of what the ones
    before have left.

    Args:
        blocks: Weights, none negative, one block after the other; 2^num_qubits in all.
        total: Their sum.
        num_qubits: Of the register.
        shots: Measurements.
        seed: Of the draws.

    >>> weights = np.arange(8.0)
    >>> parts = sample_blocks(np.split(weights, 4), 28.0, 3, 1000, seed=1)
    >>> parts == sample_blocks([weights], 28.0, 3, 1000, seed=1)
    True
    """
    rng = np.random.default_rng(seed)
    counts: dict[str, int] = {}
    first, left, ahead = 0, shots, 1.0
    for weights in blocks:
        share = weights / total
        end = first + share.size
        # What comes after this block is one more bin; the last one of all takes what is left.
        now = share
        if first:
            now = share / ahead
            now /= np.maximum(now.sum(), 1.0)  # Where rounding is all that is ahead.
        rest = np.maximum(1 - now.sum(), 0.0)
        bins = now if end == 1 << num_qubits else np.append(now, rest)
        here = rng.multinomial(left, bins)[: share.size]
        for i in np.flatnonzero(here):
            counts[f"{first + i:0{num_qubits}b}"] = int(here[i])
        left -= int(here.sum())
        if not left:
            break
        first, ahead = end, ahead - float(share.sum())
    return counts
