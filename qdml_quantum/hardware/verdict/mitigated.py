"""The values of a job as measured, and with every mitigation that its circuits allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.hardware.planning.draft import energy_terms
from qdml_quantum.hardware.planning.mitigation import CALIBRATIONS
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.verdict.extrapolation import extrapolate, weights_at_zero
from qdml_quantum.hardware.verdict.readout import (
    LARGEST_FLIP,
    corrected,
    flip_matrices,
    mean_flip,
    nearest_distribution,
    undone,
)
from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.estimate import Estimate

RAW = "as measured"
RESAMPLES = 200
"""Synthetic jobs that error bars come from: they scatter by 5 %."""

_MOST_NUMBERS = 1 << 22
_FEWEST_SHOTS = 100
"""Calibrations of fewer shots are worse than none."""
_NO_HISTOGRAM = "S and the distance are no means over shots: they cannot follow an exponential"

_NO_READOUT = (
    f"readout errors are undone up to {LARGEST_FLIP:g} per qubit, measured with "
    f"{_FEWEST_SHOTS} shots or more"
)

Array = NDArray[np.float64]
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
    """The counts as measured, and by every mitigation that the plan has circuits for.

    Readout errors are undone by M3. Extrapolation fits success and energy against the noise factor
    by weighted least squares: a line, and an exponential towards their values on a uniform
    histogram. The line is also fitted to every point of the histogram. Standard errors come from
    synthetic jobs, drawn anew from the counts of all circuits, calibrations included.

    Args:
        plan: What was run.
        counts: Of every setting, in order.
        ground: Probabilities of the imaginary-time ground state, shape of the grid.
        resamples: Synthetic jobs.
        seed: Of their draws.
    """
    raw, clean, overhead = readings(plan, counts, resamples, seed)
    scores = _Scores(plan, ground)
    results = [scores.at_once(raw, RAW)]
    if clean:
        results.append(scores.at_once(clean, "readout", overhead))
    elif plan.mitigation.readout:
        results.append(Variant("readout", None, None, None, None, note=_NO_READOUT))
    if plan.mitigation.zne:
        results += scores.without_noise(raw, "")
        if clean:
            results += scores.without_noise(clean, "readout, ", overhead)
    return tuple(results)


Known = dict[tuple[str, float], Array]
"""By basis and noise factor distributions over bit strings, the measured one first, then those of
synthetic jobs; shape ``(1 + resamples, 2^n)``."""


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
    anneals = [(setting, one) for setting, one in runs if not setting.is_calibration]
    for setting, one in anneals:
        hits = _vector(setting.num_bits, one)
        drawn = rng.multinomial(hits.sum(), hits / hits.sum(), size=resamples)
        raw[setting.key] = np.vstack([hits, drawn]) / hits.sum()
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
        others = zip(raw[setting.key][1:], matrices[1:], strict=True)
        clean[setting.key] = np.vstack([values, *(undone(p, m) for p, m in others)])
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


@dataclass(frozen=True, eq=False)
class _Scores:
    """What is computed of distributions over bit strings: means, and figures of histograms."""

    plan: Plan
    ground: Array | None

    @cached_property
    def mask(self) -> Array:
        """Bit strings within the success radius."""
        return _flat(self.plan.grid, self.plan.goal.mask)

    @cached_property
    def energies(self) -> dict[str, Array]:
        """Energy of every bit string, by basis; empty where the energy is not measured."""
        terms = energy_terms(self.plan.anneal) if self.plan.measures_energy else {}
        return {basis: _flat(self.plan.grid, values) for basis, values in terms.items()}

    def at_once(self, known: Known, method: str, overhead: float = 1.0) -> Variant:
        """A variant from the circuits without added noise."""
        rows = self._rows(known, [1.0])
        means = [_estimate(row[0]) if row else None for row in rows]
        return self._variant(method, means, known["position", 1.0], overhead)

    def without_noise(self, known: Known, prefix: str, overhead: float = 1.0) -> Iterator[Variant]:
        """Variants from the circuits at all noise factors, extrapolated to none."""
        factors = self.plan.mitigation.factors
        rows = self._rows(known, factors)
        # One weight for all points of a histogram, by shots alone: fits point by point would not
        # sum to 1.
        weights = weights_at_zero(factors, np.ones(len(factors)))
        quasi = sum(w * known["position", f] for w, f in zip(weights, factors, strict=True))
        line = [self._fit(row) for row in rows]
        yield self._variant(f"{prefix}extrapolated (linear)", line, np.asarray(quasi), overhead)
        flat = sum(float(values.mean()) for values in self.energies.values())
        success, energy = self._fit(rows[0], float(self.mask.mean())), self._fit(rows[1], flat)
        note = _NO_HISTOGRAM
        if success is None or (energy is None and rows[1]):
            note = "an exponential does not fit all of it; " + note
        method = f"{prefix}extrapolated (exponential)"
        yield Variant(method, success, energy, None, None, overhead, note=note)

    def _rows(self, known: Known, factors: Sequence[float]) -> tuple[list[Array], list[Array]]:
        """Success and energy of all jobs at every noise factor; no energy where it is unknown."""
        success = [known["position", factor] @ self.mask for factor in factors]
        if not self.energies:
            return success, []
        return success, [
            np.asarray(sum(known[basis, factor] @ e for basis, e in self.energies.items()))
            for factor in factors
        ]

    def _variant(
        self, method: str, means: Sequence[Estimate | None], quasi: Array, overhead: float
    ) -> Variant:
        """Success and energy beside the figures of the nearest distributions: S, and distance."""
        grid, histograms = self.plan.grid, nearest_distribution(quasi)
        ideal = _flat(grid, self.plan.ideal["position"])
        flat = float(np.sqrt(ideal / ideal.size).sum() ** 2)
        overlap = (np.sqrt(histograms) @ np.sqrt(ideal)) ** 2
        signal = (overlap - flat) / (1 - flat) if flat < 1 - 1e-9 else np.zeros_like(overlap)
        distance = None
        if self.ground is not None:
            apart = np.abs(histograms - _flat(grid, self.ground))
            distance = _estimate(apart.sum(axis=1) / 2)
        measured = np.asarray(grid.from_vector(histograms[0]), dtype=float)
        success, energy = means
        return Variant(method, success, energy, _estimate(signal), distance, overhead, measured)

    def _fit(self, rows: list[Array], limit: float | None = None) -> Estimate | None:
        """The value without noise of success or energy, where it is known."""
        pairs = [_estimate(row) for row in rows]
        values, errors = [pair.value for pair in pairs], [pair.error for pair in pairs]
        return extrapolate(self.plan.mitigation.factors, values, errors, limit) if rows else None


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
