"""What to shrink where a plan is not worth running: other plans, tried, with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import scipy

from qdml_quantum.annealing.few_steps import few_step_schedule
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.planning.costs import depolarised_signal
from qdml_quantum.hardware.planning.draft import Draft, quick_compiler
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.loading.loader import LARGEST
from qdml_quantum.synthesis.phases.half_cell import (
    fewest_strings,
    shared_strings,
    strings_saved,
)

LARGER_BUDGET = ("max", 1.0)
"""Radians over the whole anneal that are left out where a larger budget is tried."""

_FEWEST_QUBITS = 3
_TRIED_BELOW = 0.8
"""S below which loading a prefix is looked at, for some seconds: above it wins little."""


def advise(draft: Draft) -> tuple[str, ...]:
    """Sentences on what to change, each with what it was found to give.

    Args:
        draft: What was planned.
    """
    sentences = []
    if saved := strings_saved(draft.anneal.problem):
        sentences.append(
            f"The box lies half a cell off, {draft.anneal.grid}, where the objective has "
            f"{saved[0]} strings on several qubits instead of {saved[1]}."
        )
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
                sentences.append(f"{what}: {other.gates} two-qubit gates, S = {other.signal:.2f}.")
    return (*sentences, *_loaded_prefix(draft))


def _loaded_prefix(draft: Draft) -> Iterator[str]:
    """All steps but the last one loaded by a short circuit, where that shows more."""
    schedule = draft.anneal.schedule
    steps = schedule.num_steps
    able = steps > 1 and not draft.preload and not schedule.coarse
    if not able or draft.anneal.grid.num_qubits > LARGEST or not draft.signal < _TRIED_BELOW:
        return
    compiler = quick_compiler(draft.compiler)
    other = replace(draft, bases=("position",), compiler=compiler, preload=steps - 1)
    if other.signal > draft.signal:
        yield (
            f"With the state after {steps - 1} of {steps} steps loaded by a circuit that is fitted "
            f"to it, and the last step run (--preload {steps - 1}): {other.gates} two-qubit gates, "
            f"S = {other.signal:.2f}."
        )


def _fewer_steps(draft: Draft) -> Iterator[str]:
    """Steps for which the fidelity per step would leave enough."""
    steps = draft.anneal.schedule.num_steps
    if steps == 1 or draft.preload or draft.fidelity is None:
        return
    ideal = draft.ideal["position"]
    if depolarised_signal(ideal, 1.0) < checks.MIN_SIGNAL:
        return  # It is uniform itself, which is said already.
    # The share that depolarising noise would leave where S is as it is: each step takes as much.
    known = max(draft.signal, 1e-3)
    left = scipy.optimize.bisect(lambda share: depolarised_signal(ideal, share) - known, 0.0, 1.0)
    kept = [
        fewer
        for fewer in range(1, steps)
        if depolarised_signal(ideal, left ** (fewer / steps)) >= checks.MIN_SIGNAL
    ]
    gates = draft.gates / steps
    if kept:
        yield (
            f"Use {max(kept)} steps instead of {steps}: at {gates:.0f} two-qubit gates per step "
            f"that would leave S at about {checks.MIN_SIGNAL:g}."
        )
    else:
        yield f"Even one step of {gates:.0f} two-qubit gates is too much for this device."


def _schedule_on(problem: Problem, anneal: Anneal) -> Schedule:
    """The same on fewer points, where free angles have to be optimised again."""
    schedule = anneal.schedule
    if schedule.goal is None:
        return schedule
    return few_step_schedule(problem, schedule.num_steps, diffusion=schedule.goal)


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
        smaller = replace(anneal, problem=problem, schedule=_schedule_on(problem, anneal))
        goal = Goal(problem, draft.goal.radius)
        yield f"Use {sum(less)} qubits", replace(quick, anneal=smaller, goal=goal)
    moved = fewest_strings(anneal.problem)
    if moved is not anneal.problem and isinstance(anneal.initial, str):
        strings = shared_strings(moved), shared_strings(anneal.problem)
        goal = Goal(moved, draft.goal.radius)
        words = "Move the box by half a cell ({}: {} strings on several qubits instead of {})"
        yield (
            words.format(moved.grid, *strings),
            replace(quick, anneal=replace(anneal, problem=moved), goal=goal),
        )
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
