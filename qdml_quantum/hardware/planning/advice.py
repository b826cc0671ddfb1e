"""What to shrink where a plan is not worth running: other plans, tried, with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import uniform_fidelity
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.planning.costs import depolarised_signal
from qdml_quantum.hardware.planning.draft import Draft
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler

LARGER_BUDGET = ("max", 1.0)
"""Radians over the whole anneal that are left out where a larger budget is tried."""

_QUICK, _FEW_SEEDS = 0.5, 1
"""Effort and seeds where circuits are compared only: on few qubits all of it gains 0.01 of S."""
_FEWEST_QUBITS = 3


def quick_compiler(compiler: Compiler) -> Compiler:
    """The same with little effort: to compare circuits that will not be run.

    >>> quick_compiler(Compiler("joint")).seeds
    1
    """
    less = min(compiler.effort, _QUICK)
    return replace(compiler, effort=less, seeds=min(compiler.seeds, _FEW_SEEDS))


def advise(draft: Draft) -> tuple[str, ...]:
    """Sentences on what to change, each with what it was found to give.

    Args:
        draft: What was planned.
    """
    sentences = []
    flat = uniform_fidelity(draft.ideal["position"])
    if flat > checks.MOST_UNIFORM:
        sentences.append(
            f"The ideal histogram is nearly uniform (fidelity {flat:.3f}): anneal to a lower D, or "
            "with other steps."
        )
    if draft.signal < checks.MIN_SIGNAL:
        sentences += _fewer_steps(draft)
        for what, other in _alternatives(draft):
            if other.signal > draft.signal:
                gates = two_qubit_gates(other.isa.circuits["position"])
                sentences.append(f"{what}: {gates} two-qubit gates, S = {other.signal:.2f}.")
    return tuple(sentences)


def _fewer_steps(draft: Draft) -> Iterator[str]:
    """Steps for which the fidelity per step would leave enough."""
    steps, fidelity = draft.anneal.schedule.num_steps, draft.fidelity
    if steps == 1 or fidelity is None:
        return
    ideal = draft.ideal["position"]
    # What the simulation sees beyond the fidelity, or the other way round.
    known = max(draft.signal, 1e-3)
    offset = known / max(depolarised_signal(ideal, fidelity), 1e-3)
    least = checks.MIN_SIGNAL / min(offset, 1.0)
    kept = [
        fewer
        for fewer in range(1, steps)
        if depolarised_signal(ideal, fidelity ** (fewer / steps)) >= least
    ]
    gates = two_qubit_gates(draft.isa.circuits["position"]) / steps
    if kept:
        yield (
            f"Use {max(kept)} steps instead of {steps}: at {gates:.0f} two-qubit gates per step "
            f"that would leave S at about {checks.MIN_SIGNAL:g}."
        )
    else:
        yield f"Even one step of {gates:.0f} two-qubit gates is too much for this device."


def _alternatives(draft: Draft) -> Iterator[tuple[str, Draft]]:
    """Other plans, which are compiled and, where that is small enough, simulated when asked."""
    compiler = quick_compiler(draft.compiler)
    quick = replace(draft, bases=("position",), compiler=compiler)
    anneal = draft.anneal
    less = [size - 1 for size in anneal.grid.qubits_per_axis]
    if min(less) > 0 and sum(less) >= _FEWEST_QUBITS and isinstance(anneal.initial, str):
        problem = anneal.problem
        if problem.objective.continuous:
            problem = Problem(Grid(problem.grid.bounds, less), problem.objective)
        else:
            problem = problem.thinned(1)
        smaller = replace(anneal, problem=problem)
        goal = Goal(problem, draft.goal.radius)
        yield f"Use {sum(less)} qubits", replace(quick, anneal=smaller, goal=goal)
    if compiler.budget is None:
        yield (
            f"Leave out {LARGER_BUDGET[1]:g} rad of the objective (--budget)",
            replace(quick, compiler=replace(compiler, budget=LARGER_BUDGET)),
        )
    if "rzz" not in draft.chip.target.operation_names:
        # Not every device can be had with them here.
        with suppress(ValueError, TypeError):
            device = find_backend(draft.chip, fractional=True)
            yield "Use fractional gates", replace(quick, device=device)
