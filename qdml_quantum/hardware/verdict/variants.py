"""The values of a job as measured, and with readout errors undone where it measured them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import BASES
from qdml_quantum.hardware.planning.draft import energy_terms
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import CALIBRATIONS
from qdml_quantum.hardware.verdict.readout import (
    LARGEST_FLIP,
    corrected,
    flip_matrices,
    mean_flip,
    nearest_distribution,
    undone,
)
from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.estimate import Estimate

RAW = "as measured"
RESAMPLES = 200
"""Synthetic jobs that error bars come from: they scatter by 5 %."""

_MOST_NUMBERS = 1 << 22
_FEWEST_SHOTS = 100
"""Calibrations of fewer shots are worse than none."""
_NO_READOUT = (
    f"readout errors are undone up to {LARGEST_FLIP:g} per qubit, measured with "
    f"{_FEWEST_SHOTS} shots or more"
)

Counts = Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Variant:
    """What the counts of a job give by one way of reading them.

    Attributes:
        method: ``"as measured"``, or what was done.
        success: Probability within the success radius; corrected ones can leave 0 to 1.
        energy: ``<zeta> + D <k^2>``; None without wave numbers.
        signal: S of the histogram, after quasi-probabilities were moved to the nearest
            distribution; None where there is no histogram. Not corrected for the bias of few shots.
        distance: Total variation distance of the same histogram to the imaginary-time ground state.
        overhead: Largest factor by which undoing readout errors raised a variance; 1 without.
        probabilities: That histogram, shape of the grid, or None.
        note: Why something is left out.
    """

    method: str
    success: Estimate | None
    energy: Estimate | None
    signal: Estimate | None
    distance: Estimate | None
    overhead: float = 1.0
    probabilities: Array | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the histogram."""
        plain = asdict(self)
        del plain["probabilities"]
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], probabilities: Array | None) -> Variant:
        """Read what `to_dict` wrote."""
        names = ("success", "energy", "signal", "distance")
        known = {name: data[name] and Estimate.from_dict(data[name]) for name in names}
        return cls(**{**data, **known}, probabilities=probabilities)


def variants(
    plan: Plan,
    counts: Sequence[Counts],
    *,
    ground: Array | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Variant, ...]:
    """The counts as measured, and without readout errors (M3) where the plan measures those.

    Standard errors come from synthetic jobs, drawn anew from the counts of all circuits,
    calibrations included.

    Args:
        plan: What was run.
        counts: Of every setting, in order.
        ground: Probabilities of the imaginary-time ground state, shape of the grid.
        resamples: Synthetic jobs.
        seed: Of their draws.
    """
    raw, clean, overhead = readings(plan, counts, resamples, seed)
    results = [_variant(plan, RAW, raw, ground)]
    if clean:
        results.append(_variant(plan, "readout", clean, ground, overhead))
    elif plan.readout:
        results.append(Variant("readout", None, None, None, None, note=_NO_READOUT))
    return tuple(results)


Known = dict[str, Array]
"""By basis distributions over bit strings, the measured one first, then those of synthetic jobs;
shape ``(1 + resamples, 2^n)``."""


def readings(
    plan: Plan, counts: Sequence[Counts], resamples: int, seed: int
) -> tuple[Known, Known, float]:
    """Distributions as measured; without readout errors; and the largest overhead of that.

    Without good calibrations there are none of the second kind.
    """
    rng = np.random.default_rng(seed)
    resamples = max(2, min(resamples, _MOST_NUMBERS >> plan.settings[0].num_bits))
    raw, clean, overhead = {}, {}, 1.0
    runs = zip(plan.settings, counts, strict=True)
    anneals = [(setting, one) for setting, one in runs if setting.kind in BASES]
    for setting, one in anneals:
        hits = _vector(setting.num_bits, one)
        drawn = rng.multinomial(hits.sum(), hits / hits.sum(), size=resamples)
        raw[setting.kind] = np.vstack([hits, drawn]) / hits.sum()
    index_of = {setting.kind: index for index, setting in enumerate(plan.settings)}
    if not set(CALIBRATIONS) <= set(index_of):
        return raw, {}, 1.0
    zeros, ones = (counts[index_of[kind]] for kind in CALIBRATIONS)
    known = flip_matrices(zeros, ones)
    fewest = min(sum(zeros.values()), sum(ones.values()))
    if fewest < _FEWEST_SHOTS or max(map(mean_flip, known)) > LARGEST_FLIP:
        return raw, {}, 1.0
    flips = _flips(known, [sum(zeros.values()), sum(ones.values())], resamples, rng)
    calibrated = plan.settings[index_of[CALIBRATIONS[0]]].qubits
    for setting, one in anneals:
        bits = [calibrated.index(qubit) for qubit in setting.qubits]
        matrices = [[row[bit] for bit in bits] for row in flips]
        values, cost = corrected(one, matrices[0])
        others = zip(raw[setting.kind][1:], matrices[1:], strict=True)
        clean[setting.kind] = np.vstack([values, *(undone(p, m) for p, m in others)])
        overhead = max(overhead, cost)
    return raw, clean, overhead


def _flips(
    known: list[Array], shots: Sequence[int], resamples: int, rng: np.random.Generator
) -> list[list[Array]]:
    """Matrices of all bits: the measured ones, then those of synthetic calibrations."""
    drawn = [
        rng.binomial(total, [matrix[1 - one, one] for matrix in known], (resamples, len(known)))
        / total
        for one, total in enumerate(shots)
    ]
    synthetic = (
        [np.array([[1 - a, b], [a, 1 - b]]) for a, b in zip(*pair, strict=True)]
        for pair in zip(*drawn, strict=True)
    )
    return [known, *synthetic]


def _variant(
    plan: Plan, method: str, known: Known, ground: Array | None, overhead: float = 1.0
) -> Variant:
    """Success and energy beside the figures of the nearest distributions: S, and distance."""
    grid, quasi = plan.grid, known["position"]
    terms = energy_terms(plan.anneal) if plan.measures_energy else {}
    energies = [known[basis] @ _flat(grid, values) for basis, values in terms.items()]
    histograms = nearest_distribution(quasi)
    ideal = _flat(grid, plan.ideal["position"])
    flat = float(np.sqrt(ideal / ideal.size).sum() ** 2)
    overlap = (np.sqrt(histograms) @ np.sqrt(ideal)) ** 2
    signal = (overlap - flat) / (1 - flat) if flat < 1 - 1e-9 else np.zeros_like(overlap)
    distance = None
    if ground is not None:
        distance = _estimate(np.abs(histograms - _flat(grid, ground)).sum(axis=1) / 2)
    return Variant(
        method,
        success=_estimate(quasi @ _flat(grid, plan.goal.mask)),
        energy=_estimate(np.sum(energies, axis=0)) if energies else None,
        signal=_estimate(signal),
        distance=distance,
        overhead=overhead,
        probabilities=np.asarray(grid.from_vector(histograms[0]), dtype=float),
    )


def _estimate(rows: Array) -> Estimate:
    """The measured value, and the scatter of the synthetic ones."""
    error = float(rows[1:].std(ddof=1)) if len(rows) > 2 else 0.0
    return Estimate.from_error(float(rows[0]), error)


def _vector(size: int, counts: Counts) -> NDArray[np.int64]:
    """Hits by the integer of the bit string."""
    hits = np.zeros(1 << size, dtype=np.int64)
    for bits, number in counts.items():
        hits[int(bits, 2)] += number
    return hits


def _flat(grid: Grid, array: NDArray[Any]) -> Array:
    return np.asarray(grid.to_vector(array), dtype=float)
