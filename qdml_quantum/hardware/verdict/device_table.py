"""The words and the table that a person reads after a run on a device."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qdml_quantum.hardware.verdict.device_result import DECIDING
from qdml_quantum.support.check import Check
from qdml_quantum.support.text import INDENT, check_rows, fact_rows

if TYPE_CHECKING:
    from qdml_quantum.hardware.verdict.device_result import DeviceResult

_COLUMNS = ("success", "energy", "signal", "distance")
_HEADS = ("success", "energy", "S (plain)", "distance to ground")


def device_table(result: DeviceResult) -> str:
    """Outcome, mitigation, checks and verdict of a run as aligned text."""
    plan = result.plan
    identity = result.job.get("id") or result.job.get("job_id")
    where = f"job {identity} on {result.backend}" if identity else result.backend
    parts = [
        f"{result.problem.objective.name} on {result.grid}, {plan.schedule.num_steps} steps, "
        f"measured by {where}",
        "",
        *fact_rows(_outcome(result)),
        "",
        *_variants(result),
        "",
        *check_rows(result.checks),
        "",
        f"{INDENT}verdict: {result.verdict}",
    ]
    if result.folder is not None:
        parts += ["", f"{INDENT}saved in {result.folder}"]
    return "\n".join(parts)


def _outcome(result: DeviceResult) -> Iterable[tuple[str, str]]:
    sure = f"{100 * result.confidence:.4g} %"
    predicted = ""
    if result.noisy_signal is not None:
        predicted = f"predicted {result.noisy_signal:.3f}, "
    yield "shots", f"{result.shots} of each of {len(result.counts)} circuits"
    yield (
        "signal S",
        f"{result.signal.value:.3f}   [{result.signal.low:.3f}, {result.signal.high:.3f}] {sure}"
        f"   ({predicted}ideal 1, uniform 0)",
    )
    s = result.success
    yield (
        "success probability",
        f"{s.probability:.3f}   [{s.low:.3f}, {s.high:.3f}] {sure}   (ideal "
        f"{result.ideal_success:.3f}, uniform {s.baseline:.3f}; within {s.radius:g} of the box)",
    )
    if result.energy is not None:
        yield (
            "energy",
            f"{result.energy.energy:.4g} +- {result.energy.error:.2g}   "
            f"(ideal {result.energy.exact:.4g}; from positions and wave numbers)",
        )
    if result.distance is not None:
        d = result.distance.device
        noisy = ""
        if result.distance.noisy is not None:
            noisy = f"predicted {result.distance.noisy:.3f}, "
        yield (
            "distance to ground",
            f"{d.value:.3f}   [{d.low:.3f}, {d.high:.3f}] {sure}   ({noisy}ideal "
            f"{result.distance.ideal:.3f}, uniform {result.distance.uniform:.3f}; imaginary time)",
        )
    yield "mitigation", str(result.plan.mitigation)


def _variants(result: DeviceResult) -> Iterable[str]:
    rows: list[tuple[str, ...]] = [("without and with mitigation", *_HEADS)]
    for variant in result.variants:
        estimates = [getattr(variant, name) for name in _COLUMNS]
        rows.append((variant.method, *("-" if e is None else str(e) for e in estimates)))
    ideal = ["ideal", f"{result.ideal_success:.4g}", "-", "1", "-"]
    if result.energy is not None:
        ideal[2] = f"{result.energy.exact:.4g}"
    if result.distance is not None:
        ideal[4] = f"{result.distance.ideal:.4g}"
    rows.append(tuple(ideal))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"{INDENT}{'  '.join(cells)}".rstrip()
    for note in dict.fromkeys(variant.note for variant in result.variants if variant.note):
        yield f"{INDENT}(-: {note})"
    sampler = [name for name in ("dynamical decoupling", "gate twirling") if name in _used(result)]
    if sampler:
        yield (
            f"{INDENT}{' and '.join(sampler)} acted on every circuit, calibrations too: run a "
            "plan without to see the difference"
        )


def _used(result: DeviceResult) -> str:
    return str(result.plan.mitigation)


def verdict_words(result: DeviceResult) -> str:
    """What the data support, and what they do not."""
    failed = [c for c in result.checks if c.name in DECIDING and not c.passed]
    sure = f"{100 * result.confidence:.4g} % confidence"
    if failed:
        reasons = "; ".join(_reason(check) for check in failed)
        remedies = " ".join(dict.fromkeys(check.remedy for check in failed))
        return f"not supported: {reasons}. {remedies}"
    words = (
        f"supported: with {sure} the device kept at least {result.signal.low:.2f} of what tells "
        f"the ideal histogram from a uniform one (S, at least {result.min_signal:g} was asked for)"
    )
    s = result.success
    if any(check.name == "above_chance" for check in result.checks):
        words += f", and found the minimum more often than chance ({s.low:.2f} > {s.baseline:.2f})."
    else:
        words += (
            ". The ideal anneal itself finds the minimum no more often than chance: this says "
            "nothing about optimisation."
        )
    if any(check.name == "more_than_two_qubits" and not check.passed for check in result.checks):
        words += (
            " Trotterisation was not tested: gates join no more than 2 qubits, and a transpiler "
            "turns every such circuit into 3 two-qubit gates, however many steps it has."
        )
    return words


def _reason(check: Check) -> str:
    words = {
        "enough_shots": "there are only {value:.0f} shots, {limit:.0f} are needed",
        "far_from_uniform": "the ideal histogram is itself nearly uniform (F = {value:.3f}), so "
        "that no outcome would prove anything",
        "not_flat": "it is {value:.1f} standard deviations from a uniform histogram, {limit:g} are "
        "needed",
        "signal": "S may be as low as {value:.2f}, below {limit:g}",
        "above_chance": "the minimum may have been found as rarely as by chance",
    }
    return words[check.name].format(value=check.value, limit=check.limit)
