"""What to shrink where a plan is not worth running: other plans, tried, with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qdml_quantum.diagnostics.metrics import success_mask
from qdml_quantum.diagnostics.minima import find_minimizers
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.planning.costs import depolarised_signal, uniform_fidelity
from qdml_quantum.hardware.planning.outlook import MOST_UNIFORM
from qdml_quantum.hardware.planning.plan import MIN_SIGNAL
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.planning import Draft

LARGER_BUDGET = ("max", 1.0)
"""Radians over the whole anneal that are left out where a larger budget is tried."""

_QUICK, _FEW_SEEDS = 0.5, 2
_FEWEST_QUBITS = 3


def advise(job: Draft, radius: float) -> tuple[str, ...]:
    """Sentences on what to change, each with what it was found to give.

    Args:
        job: What was planned.
        radius: Success radius in units of the box.
    """
    found = []
    flat = uniform_fidelity(job.ideal["position"])
    if flat > MOST_UNIFORM:
        found.append(
            f"The ideal histogram is nearly uniform (fidelity {flat:.3f}): anneal to a lower D, or "
            "with other steps."
        )
    if job.signal < MIN_SIGNAL:
        found += [*_fewer_steps(job), *_smaller(job, radius)]
    return tuple(found)


def _fewer_steps(job: Draft) -> Iterator[str]:
    """Steps for which the fidelity per step would leave enough."""
    steps, fidelity = job.schedule.num_steps, job.fidelity
    if steps == 1:
        return
    ideal = job.ideal["position"]
    # What the simulation sees beyond the fidelity, or the other way round.
    known = max(job.signal, 1e-3)
    offset = known / max(depolarised_signal(ideal, fidelity), 1e-3)
    kept = [
        fewer
        for fewer in range(1, steps)
        if min(1.0, offset) * depolarised_signal(ideal, fidelity ** (fewer / steps)) >= MIN_SIGNAL
    ]
    gates = two_qubit_gates(job.isa.circuits["position"]) / steps
    if kept:
        yield (
            f"Use {max(kept)} steps instead of {steps}: at {gates:.0f} two-qubit gates per step "
            f"that would leave S at about {MIN_SIGNAL:g}."
        )
    else:
        yield f"Even one step of {gates:.0f} two-qubit gates is too much for this device."


def _smaller(job: Draft, radius: float) -> Iterator[str]:
    """Other plans that were compiled and, where that is small enough, simulated."""
    for what, other in _alternatives(job, radius):
        if other.signal > job.signal:
            gates = two_qubit_gates(other.isa.circuits["position"])
            yield f"{what}: {gates} two-qubit gates, S = {other.signal:.2f}."


def _alternatives(job: Draft, radius: float) -> Iterator[tuple[str, Draft]]:
    quick = replace(job, bases=("position",), seeds=_FEW_SEEDS, effort=_QUICK)
    less = [size - 1 for size in job.problem.grid.qubits_per_axis]
    if min(less) > 0 and sum(less) >= _FEWEST_QUBITS and isinstance(job.initial, str):
        problem = _on(job.problem, less)
        mask = success_mask(problem.grid, find_minimizers(problem)[0], radius)
        yield f"Use {sum(less)} qubits", replace(quick, problem=problem, mask=mask)
    if job.budget is None:
        yield (
            f"Leave out {LARGER_BUDGET[1]:g} rad of the objective (--budget)",
            replace(quick, budget=LARGER_BUDGET),
        )
    device = _fractional(job.chip)
    if device is not None:
        yield "Use fractional gates", replace(quick, device=device)


def _on(problem: Problem, counts: list[int]) -> Problem:
    """The same objective on a coarser grid; a table on every second point."""
    if problem.objective.continuous:
        return Problem(Grid(problem.grid.bounds, counts), problem.objective)
    return problem.thinned(1)


def _fractional(chip: Any) -> Any:
    """The same device with fractional gates, where that is another one and can be had here."""
    if "rzz" in chip.target.operation_names:
        return None
    try:
        return find_backend(chip, fractional=True)
    except (ValueError, TypeError):
        return None
