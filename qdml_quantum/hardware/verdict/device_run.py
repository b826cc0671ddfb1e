"""What a device gave back, beside what was planned: the part of a result that only devices have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from qdml_quantum.diagnostics.dynamics import NATS, Dynamics
from qdml_quantum.diagnostics.energy import EnergyEstimate
from qdml_quantum.diagnostics.metrics import ECHOES
from qdml_quantum.hardware.devices.echo import returned
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.verdict.variants import Variant
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.text import INDENT, columns

_COLUMNS = ("success", "energy", "signal", "distance")
_HEADS = ("success", "energy", "S (plain)", "distance to ground")
_REASONS = {
    "enough_shots": "there are only {value:.0f} shots, {limit:.0f} are needed",
    "far_from_uniform": "the ideal histogram is itself nearly uniform (F = {value:.3f}), so "
    "that no outcome would prove anything",
    "not_flat": "it is {value:.1f} standard deviations from a uniform histogram, {limit:g} are "
    "needed",
    "signal": "S may be as low as {value:.2f}, below {limit:g}",
    "above_chance": "the minimum may have been found as rarely as by chance",
}

_ECHO_WORDS = {
    "coherence": "no evidence of dynamics: a circuit that does nothing returns, too",
    "loschmidt": "back with another zeta; less than `coherence` where the steps depend on it",
}


@dataclass(frozen=True, eq=False)
class Distances:
    """Total variation distances to the imaginary-time ground state at the final D.

    Attributes:
        device: Of the measured positions.
        ideal: Of the ideal anneal: what more steps would bring down.
        uniform: Of the uniform histogram: what noise alone makes.
        noisy: Of the noise simulation; None where there is none.
    """

    device: Estimate
    ideal: float
    uniform: float
    noisy: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Distances:
        """Read what `to_dict` wrote."""
        return cls(**dict(data) | {"device": Estimate.from_dict(data["device"])})


@dataclass(frozen=True, eq=False)
class DeviceRun:
    """A plan, the counts of all its circuits, and what they show.

    Attributes:
        plan: What was run, with the predicted histograms and the calibration.
        counts: Bit strings and hits of every circuit of the plan, as they came.
        signal: S of the positions as measured, with its interval.
        ideal_success: Success probability of the ideal anneal.
        energy: From positions and wave numbers; None where only positions were measured.
        distance: Distances to the imaginary-time ground state; None without a reference.
        variants: The values as measured, then without readout errors where the plan measures those.
        dynamics: What the cuts show; None where the anneal was not cut.
        min_signal: S that the lower end of its interval has to reach.
        seed: Of the synthetic histograms.
        job: What is known of the job: its id, times, the backend. Plain JSON.
    """

    plan: Plan
    counts: tuple[Mapping[str, int], ...]
    signal: Estimate
    ideal_success: float
    energy: EnergyEstimate | None
    distance: Distances | None
    variants: tuple[Variant, ...]
    dynamics: Dynamics | None
    min_signal: float
    seed: int
    job: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicted(self) -> Mapping[str, Array] | None:
        """Histograms that the plan predicted with the noise of the device; None where unknown."""
        return self.plan.noisy

    @property
    def calibration(self) -> Mapping[str, Any]:
        """What the device said about the qubits in use when the plan was made."""
        return self.plan.calibration

    @property
    def job_id(self) -> str | None:
        """Id of the job at the service, where there was one."""
        identifier = self.job.get("id") or self.job.get("job_id")
        return None if identifier is None else str(identifier)

    @property
    def echoes(self) -> dict[str, Estimate]:
        """Shares of shots in which all qubits returned, by the kind of echo."""
        return {
            kind: Estimate.of_proportion(*returned(self.counts[index]), self.signal.confidence)
            for index, setting in enumerate(self.plan.settings)
            if (kind := setting.kind) in ECHOES
        }

    def arrays(self) -> dict[str, Array]:
        """Histograms that the plain form leaves out."""
        return {
            f"variant_{number}": variant.probabilities
            for number, variant in enumerate(self.variants)
            if variant.probabilities is not None
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without histograms and circuits."""
        return {
            "plan_id": self.plan.spec_id,
            "preparation": self.plan.preparation,
            "settings": [setting.to_dict() for setting in self.plan.settings],
            "counts": [dict(one) for one in self.counts],
            "signal": self.signal.to_dict(),
            "predicted_signal": self.plan.expected_signal,
            "ideal_success": self.ideal_success,
            "energy": None if self.energy is None else self.energy.to_dict(),
            "distance": None if self.distance is None else self.distance.to_dict(),
            "options": self.plan.options,
            "variants": [variant.to_dict() for variant in self.variants],
            "dynamics": self._plain_dynamics,
            "echoes": {kind: share.to_dict() for kind, share in self.echoes.items()},
            "min_signal": self.min_signal,
            "seed": self.seed,
            "job": dict(self.job),
            "calibration": self.calibration,
        }

    @property
    def _plain_dynamics(self) -> dict[str, Any] | bool | None:
        """What the cuts show; None without them, and False where no step was run."""
        if not self.plan.dynamics:
            return False
        return None if self.dynamics is None else self.dynamics.to_dict()

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], plan: Plan, arrays: Mapping[str, Array]
    ) -> DeviceRun:
        """Read what `to_dict` and `arrays` gave."""
        energy, distance, dynamics = data["energy"], data["distance"], data["dynamics"]
        return cls(
            plan=plan,
            counts=tuple(data["counts"]),
            signal=Estimate.from_dict(data["signal"]),
            ideal_success=data["ideal_success"],
            energy=energy and EnergyEstimate.from_dict(energy),
            distance=distance and Distances.from_dict(distance),
            variants=tuple(
                Variant.from_dict(plain, arrays.get(f"variant_{number}"))
                for number, plain in enumerate(data["variants"])
            ),
            dynamics=Dynamics.from_dict(dynamics) if dynamics else None,
            **{name: data[name] for name in ("min_signal", "seed", "job")},
        )

    def facts(self) -> Iterable[tuple[str, str]]:
        """Rows of the table that only devices have."""
        sure = f"{100 * self.signal.confidence:.4g} %"
        predicted = self.plan.expected_signal
        words = "" if predicted is None else f"predicted {predicted:.3f}, "
        yield "signal S", f"{_interval(self.signal)} {sure}   ({words}ideal 1, uniform 0)"
        if self.plan.preload:
            yield "loaded prefix" if self.plan.dynamics else "loaded", self.plan.preparation
        if self.distance is not None:
            d = self.distance
            words = "" if d.noisy is None else f"predicted {d.noisy:.3f}, "
            yield (
                "distance to ground",
                f"{_interval(d.device)} {sure}   ({words}ideal {d.ideal:.3f}, "
                f"uniform {d.uniform:.3f}; imaginary time)",
            )

        if self.dynamics is not None:
            yield "dynamics", str(self.dynamics)
        for kind, share in self.echoes.items():
            ideal = self.plan.ideal[kind].ravel()[0]
            words = _ECHO_WORDS[kind]
            yield kind, f"{_interval(share)} of the shots return   (ideal {ideal:.3f}; {words})"

    def comparison(self) -> Iterable[str]:
        """Rows of the values as measured, and of those without readout errors."""
        rows: list[tuple[str, ...]] = [("read in every way", *_HEADS)]
        for variant in self.variants:
            estimates = [getattr(variant, name) for name in _COLUMNS]
            rows.append((variant.method, *("-" if e is None else _pair(e) for e in estimates)))
        ideal = ["ideal", f"{self.ideal_success:.4g}", "-", "1", "-"]
        if self.energy is not None:
            ideal[2] = f"{self.energy.exact:.4g}"
        if self.distance is not None:
            ideal[4] = f"{self.distance.ideal:.4g}"
        rows.append(tuple(ideal))
        yield from columns(rows)
        for note in dict.fromkeys(variant.note for variant in self.variants if variant.note):
            yield f"{INDENT}(-: {note})"
        if self.plan.options:
            yield (
                f"{INDENT}the options {json.dumps(self.plan.options)} acted on every circuit, "
                "calibrations too: run a plan without them to see the difference"
            )

    def verdict(self, checks: Sequence[Check], success: Estimate, baseline: float) -> str:
        """What the data support, and what they do not.

        Args:
            checks: Of the result.
            success: Its success probability.
            baseline: That of a uniform histogram.
        """
        failed = [check for check in checks if check.decides and not check.passed]
        sure = f"{100 * self.signal.confidence:.4g} % confidence"
        if failed:
            reasons = "; ".join(
                _REASONS[check.name].format(value=check.value, limit=check.limit)
                for check in failed
            )
            remedies = " ".join(dict.fromkeys(check.remedy for check in failed))
            return f"not supported: {reasons}. {remedies}"
        words = (
            f"supported: with {sure} the device kept at least {self.signal.low:.2f} of what "
            "tells the ideal histogram from a uniform one (S, at least "
            f"{self.min_signal:g} was asked for)"
        )
        if any(check.name == "above_chance" for check in checks):
            chance = f"({success.low:.2f} > {baseline:.2f})"
            words += f", and found the minimum more often than chance {chance}."
        else:
            words += (
                ". The ideal anneal itself finds the minimum no more often than chance: this says "
                "nothing about optimisation."
            )
        if self.plan.preload:
            words += f" It is {self.plan.preparation}: nothing here speaks of the loaded steps."
        if not self.plan.dynamics:
            return words
        words += self._beside_loading()
        if self.dynamics is None:
            words += (
                " S does not show that the steps ran. Cuts of the anneal do (`--besides cuts`)."
            )
        elif self.dynamics.shown:
            words += (
                f" The steps moved the state as they should: no state that stands still explains "
                f"the cuts (T = {self.dynamics.value:.0f} nats)."
            )
        else:
            words += (
                " That the steps moved the state is not shown: a state that stands still explains "
                f"the cuts nearly as well (T = {self.dynamics.value:.1f} nats, {NATS:g} needed)."
            )
        if any(check.name == "more_than_two_qubits" and not check.passed for check in checks):
            words += (
                " Trotterisation was not tested: gates join no more than 2 qubits, and a "
                "transpiler turns every such circuit into 3 two-qubit gates, however many steps "
                "it has."
            )
        return words

    def _beside_loading(self) -> str:
        """How far the run is from a circuit that only loads the ideal histogram."""
        loaded, gates = self.plan.costs.loaded_signal, self.plan.costs.loaded_gates
        if loaded is None:
            return ""
        what = f"a circuit that loads the last state with {gates} two-qubit gates"
        if self.signal.high >= loaded:
            return f" It is as good as {what} (expected S = {loaded:.2f})."
        away = loaded - self.signal.value
        return f" It is {away:.2f} below {what} (expected S = {loaded:.2f})."


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f}   [{estimate.low:.3f}, {estimate.high:.3f}]"


def _pair(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} +- {estimate.error:.2g}"
