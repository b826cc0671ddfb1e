"""The values of a job as measured, and with every mitigation that its circuits allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
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
        plain: dict[str, Any] = {"method": self.method}
        for name in ("success", "energy", "signal", "distance"):
            estimate = getattr(self, name)
            plain[name] = None if estimate is None else estimate.to_dict()
        return plain | {"overhead": self.overhead, "note": self.note}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], probabilities: Array | None) -> Variant:
        """Read what `to_dict` wrote."""
        known = dict(data)
        for name in ("success", "energy", "signal", "distance"):
            known[name] = None if known[name] is None else Estimate.from_dict(known[name])
        return cls(**known, probabilities=probabilities)


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
    measured = Readings.of(plan, counts, resamples, seed)
    scores = Scores.of(plan, ground)
    results = [scores.at_once(measured.raw, RAW)]
    if measured.clean:
        results.append(scores.at_once(measured.clean, "readout", measured.overhead))
    elif plan.mitigation.readout:
        results.append(Variant("readout", None, None, None, None, note=_NO_READOUT))
    if plan.mitigation.zne:
        results += scores.without_noise(measured.raw, "")
        if measured.clean:
            results += scores.without_noise(measured.clean, "readout, ", measured.overhead)
    return tuple(results)


Key = tuple[str, float]
"""Basis and noise factor."""


@dataclass(frozen=True, eq=False)
class Readings:
    """Distributions over bit strings: the measured one first, then those of synthetic jobs.

    Attributes:
        raw: By basis and noise factor, shape ``(1 + resamples, 2^n)``.
        clean: The same without readout errors; empty without calibrations.
        overhead: Largest overhead of the correction.
    """

    raw: dict[Key, Array]
    clean: dict[Key, Array]
    overhead: float

    @classmethod
    def of(cls, plan: Plan, counts: Sequence[Counts], resamples: int, seed: int) -> Readings:
        """Make synthetic jobs from counts, and undo the readout errors of all."""
        rng = np.random.default_rng(seed)
        resamples = max(2, min(resamples, _MOST_NUMBERS >> plan.settings[0].num_bits))
        raw = {}
        for setting, one in zip(plan.settings, counts, strict=True):
            if not setting.is_calibration:
                hits = _vector(setting.num_bits, one)
                drawn = rng.multinomial(hits.sum(), hits / hits.sum(), size=resamples)
                raw[setting.key] = np.vstack([hits, drawn]) / hits.sum()
        return cls(raw, *_cleaned(plan, counts, raw, rng))


def _cleaned(
    plan: Plan, counts: Sequence[Counts], raw: Mapping[Key, Array], rng: np.random.Generator
) -> tuple[dict[Key, Array], float]:
    """Distributions without readout errors, and the overhead; none without good calibrations."""
    index_of = {setting.kind: index for index, setting in enumerate(plan.settings)}
    if not set(CALIBRATIONS) <= set(index_of):
        return {}, 1.0
    zeros, ones = (counts[index_of[kind]] for kind in CALIBRATIONS)
    if not _worth_undoing(zeros, ones):
        return {}, 1.0
    calibrated = plan.settings[index_of[CALIBRATIONS[0]]].qubits
    bit_of = {qubit: bit for bit, qubit in enumerate(calibrated)}
    resamples = len(raw["position", 1.0]) - 1
    flips = _flips(zeros, ones, resamples, rng)
    clean, overhead = {}, 1.0
    for index, setting in enumerate(plan.settings):
        if setting.is_calibration:
            continue
        bits = [bit_of[qubit] for qubit in setting.qubits]
        matrices = [[row[bit] for bit in bits] for row in flips]
        values, cost = corrected(counts[index], matrices[0])
        drawn = zip(raw[setting.key][1:], matrices[1:], strict=True)
        clean[setting.key] = np.vstack([values, *(undone(p, m) for p, m in drawn)])
        overhead = max(overhead, cost)
    return clean, overhead


@dataclass(frozen=True, eq=False)
class Scores:
    """What is computed of distributions over bit strings: means, and figures of histograms."""

    grid: Grid
    factors: tuple[float, ...]
    mask: Array
    energies: Mapping[str, Array]
    ideal: Array
    ground: Array | None

    @classmethod
    def of(cls, plan: Plan, ground: Array | None) -> Scores:
        """From a plan."""
        grid = plan.grid
        energies = {"position": plan.problem.values}
        if plan.measures_energy:
            energies["momentum"] = plan.anneal.diffusion * squared_wave_numbers(grid)
        return cls(
            grid,
            plan.mitigation.factors,
            _flat(grid, plan.goal.mask),
            {basis: _flat(grid, values) for basis, values in energies.items()},
            _flat(grid, plan.ideal["position"]),
            None if ground is None else _flat(grid, ground),
        )

    def at_once(self, known: Mapping[Key, Array], method: str, overhead: float = 1.0) -> Variant:
        """A variant from the circuits without added noise."""
        energy = None
        if "momentum" in self.energies:
            energy = _estimate(self._energies(known, 1.0))
        histogram = nearest_distribution(known["position", 1.0])
        return Variant(
            method,
            _estimate(known["position", 1.0] @ self.mask),
            energy,
            *self._figures(histogram),
            overhead,
            np.asarray(self.grid.from_vector(histogram[0]), dtype=float),
        )

    def without_noise(
        self, known: Mapping[Key, Array], prefix: str, overhead: float = 1.0
    ) -> Iterator[Variant]:
        """Variants from the circuits at all noise factors, extrapolated to none."""
        successes = [known["position", factor] @ self.mask for factor in self.factors]
        energies = []
        if "momentum" in self.energies:
            energies = [self._energies(known, factor) for factor in self.factors]
        # One weight for all points of a histogram, by shots alone: fits point by point would not
        # sum to 1.
        weights = weights_at_zero(self.factors, np.ones(len(self.factors)))
        quasi = sum(w * known["position", f] for w, f in zip(weights, self.factors, strict=True))
        histogram = nearest_distribution(quasi)
        yield Variant(
            f"{prefix}extrapolated (linear)",
            self._fit(successes, "linear", None),
            self._fit(energies, "linear", None),
            *self._figures(histogram),
            overhead,
            np.asarray(self.grid.from_vector(histogram[0]), dtype=float),
        )
        flat = sum(float(values.mean()) for values in self.energies.values())
        fits = (
            self._fit(successes, "exponential", float(self.mask.mean())),
            self._fit(energies, "exponential", flat),
        )
        note = _NO_HISTOGRAM
        if None in fits[: 2 if energies else 1]:
            note = "an exponential does not fit all of it; " + note
        yield Variant(f"{prefix}extrapolated (exponential)", *fits, None, None, overhead, note=note)

    def _energies(self, known: Mapping[Key, Array], factor: float) -> Array:
        parts = [known[basis, factor] @ values for basis, values in self.energies.items()]
        return np.asarray(sum(parts))

    def _figures(self, histograms: Array) -> tuple[Estimate, Estimate | None]:
        """S, and the distance to the ground state."""
        flat = float(np.sqrt(self.ideal / self.ideal.size).sum() ** 2)
        overlap = (np.sqrt(histograms) @ np.sqrt(self.ideal)) ** 2
        signal = (overlap - flat) / (1 - flat) if flat < 1 - 1e-9 else np.zeros_like(overlap)
        if self.ground is None:
            return _estimate(signal), None
        return _estimate(signal), _estimate(np.abs(histograms - self.ground).sum(axis=1) / 2)

    def _fit(self, values: list[Array], model: str, limit: float | None) -> Estimate | None:
        if not values:
            return None
        pairs = [_estimate(one) for one in values]
        fitted = extrapolate(
            self.factors,
            [pair.value for pair in pairs],
            [pair.error for pair in pairs],
            model=model,
            limit=limit,
        )
        return None if fitted is None else Estimate.from_error(fitted.value, fitted.error)


def _worth_undoing(zeros: Counts, ones: Counts) -> bool:
    """Whether the calibrations are good enough: many shots, few errors."""
    enough = min(sum(zeros.values()), sum(ones.values())) >= _FEWEST_SHOTS
    return enough and max(map(mean_flip, flip_matrices(zeros, ones))) <= LARGEST_FLIP


def _estimate(rows: Array) -> Estimate:
    """The measured value, and the scatter of the synthetic ones."""
    error = float(rows[1:].std(ddof=1)) if len(rows) > 2 else 0.0
    return Estimate.from_error(float(rows[0]), error)


def _flips(
    zeros: Counts, ones: Counts, resamples: int, rng: np.random.Generator
) -> list[list[Array]]:
    """Matrices of all bits: the measured ones, then those of synthetic calibrations."""
    known = flip_matrices(zeros, ones)
    shots = [sum(counts.values()) for counts in (zeros, ones)]
    drawn = [
        rng.binomial(
            total, [matrix[1 - prepared, prepared] for matrix in known], (resamples, len(known))
        )
        / total
        for prepared, total in enumerate(shots)
    ]
    synthetic = (
        [np.array([[1 - a, b], [a, 1 - b]]) for a, b in zip(*pair, strict=True)]
        for pair in zip(*drawn, strict=True)
    )
    return [known, *synthetic]


def _vector(size: int, counts: Counts) -> NDArray[np.int64]:
    """Hits by the integer of the bit string."""
    hits = np.zeros(1 << size, dtype=np.int64)
    for bits, number in counts.items():
        hits[int(bits, 2)] += number
    return hits


def _flat(grid: Grid, array: NDArray[Any]) -> Array:
    return np.asarray(grid.to_vector(array), dtype=float)
