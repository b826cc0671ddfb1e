"""What is not given is chosen for the backend: grid and schedule of an anneal."""

from __future__ import annotations

from functools import partial
from typing import Any

from qdml_quantum.annealing.diffusion_range import last_diffusion
from qdml_quantum.annealing.few_steps import localising_diffusion
from qdml_quantum.annealing.optimized import optimize_schedule
from qdml_quantum.annealing.pieces import pieces_of
from qdml_quantum.annealing.suggest import Wishes
from qdml_quantum.annealing.suggest_anneal import (
    bounds_of,
    problems_on,
    qubits_of_table,
    sizes_of,
    suggest_anneal,
)
from qdml_quantum.backends import Backend
from qdml_quantum.backends.aer import gates_per_step
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.objectives import Objective
from qdml_quantum.problem.goal import RADIUS
from qdml_quantum.problem.grid import MAX_QUBITS, Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.phases.half_cell import fewest_strings

_CIRCUIT_QUBITS = 12
"""Circuits are tried up to here: above it a step takes seconds on a simulator."""
_CIRCUIT_GATES = 250_000
"""Of a circuit too wide to be run, which takes 6 to 9 s and 165 MB with its schedule [measured]."""
_SIMULATED = (
    "Use fewer qubits per axis (--qubits), or a schedule that is not optimised (--schedule)."
)
_DEVICE_QUBITS = 4
"""In all, on a device: what today's carry through a few steps."""


def optimized(
    objective: Objective,
    bounds: Any,
    backend: Backend,
    num_steps: int,
    *,
    qubits: Any = None,
    diffusion: float | None = None,
    initial: Initial = "uniform",
    radius: float = RADIUS,
    time_limit: float | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Anneal:
    """An anneal of few optimised steps; on a device all of them are on the whole grid.

    Args:
        objective: The objective.
        bounds: See `suggest_anneal`.
        backend: What runs it.
        num_steps: Trotter steps in all.
        qubits: Per axis; default the smallest grid that resolves a localised ground state.
        diffusion: D of the Hamiltonian that is wanted; default `localising_diffusion`.
        initial: Has to be uniform, which is what the angles are optimised for.
        radius: Success radius in units of the box.
        time_limit: See `optimize_schedule`.
        seed: Of the starts.
        progress: Show a bar.
    """
    if getattr(backend, "imaginary", False):
        must = (
            "follow folded momentum phases, which imaginary time cannot, for an optimised schedule"
        )
        raise bad_value("backend", must, backend.name, "Use the emulator.")
    if initial != "uniform":
        must = "be uniform for an optimised schedule, whose angles are chosen for that"
        raise bad_value("initial", must, initial, "Leave it out.")
    device = getattr(backend, "plannable", False)
    if qubits is None and objective.continuous and device:
        qubits = max(1, _DEVICE_QUBITS // objective.dimensions)
    most = _CIRCUIT_QUBITS if backend.gate_level else None
    problem = resolving(objective, bounds, qubits=qubits, most=most, radius=radius)
    if device:
        problem = fewest_strings(problem)
    require_memory(backend.required_bytes(problem), f"A search on {problem.grid}", _SIMULATED)
    goal = localising_diffusion(problem, radius) if diffusion is None else diffusion
    whole = [(0, num_steps)] if device else None
    schedule = optimize_schedule(
        problem,
        num_steps,
        diffusion=goal,
        levels=whole,
        time_limit=time_limit,
        seed=seed,
        progress=progress,
    )
    return Anneal(problem, schedule)


def resolving(
    objective: Objective,
    bounds: Any,
    *,
    qubits: Any = None,
    most: int | None = None,
    radius: float = RADIUS,
) -> Problem:
    """The problem on the grid that is asked for, or on the smallest that is fine enough.

    That is one which misses no well and holds a ground state within the radius of a minimum.

    Args:
        objective: The objective.
        bounds: See `suggest_anneal`.
        qubits: Per axis; default that of the table, or chosen.
        most: Qubits in all of a grid that is chosen; default no limit.
        radius: Success radius in units of the box.
    """
    box = bounds_of(objective, bounds)
    if qubits is None and not objective.continuous:
        qubits = qubits_of_table(objective)
    if qubits is not None:
        return Problem(Grid(box, qubits), objective)
    for problem in problems_on(objective, box, sizes_of(objective.dimensions, most)):
        if last_diffusion(problem, radius=radius)[1]:
            break
    return problem


def suggested(
    objective: Objective,
    bounds: Any,
    backend: Backend,
    *,
    qubits: Any = None,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    radius: float = RADIUS,
    wishes: Wishes | None = None,
    seed: int = 0,
    runs: bool = True,
) -> Anneal:
    """`suggest_anneal` with what the backend affords; a few optimised steps on a device.

    On a grid that is too large for these (`pieces_of`) a device takes a slow anneal, too. The other
    arguments are those of `suggest_anneal`.

    Args:
        objective: The objective.
        bounds: One pair per axis, or one for all.
        backend: What runs it, or would.
        qubits: Per axis.
        formula: Product formula.
        initial: Initial state.
        radius: Success radius in units of the box.
        wishes: What is fixed of the schedule.
        seed: Of the optimisation.
        runs: Whether it will be run, so that its memory is asked for first. A circuit alone may
            have more qubits than any state: above 30 its steps are as many as 250,000 gates hold.

    Raises:
        TooLargeError: A run does not fit into memory.
    """
    device = getattr(backend, "plannable", False)
    if qubits is None and not objective.continuous:
        qubits = qubits_of_table(objective)
    elif qubits is None and device:
        qubits = max(1, _DEVICE_QUBITS // objective.dimensions)
    if qubits is not None:
        problem = Problem(Grid(bounds_of(objective, bounds), qubits), objective)
        if runs:
            require_memory(backend.required_bytes(problem), f"A run on {problem.grid}")
        device = device and pieces_of(problem) is None
    if device and objective.continuous and (wishes is None or wishes.steps_only):
        problem = fewest_strings(problem)
        from qdml_quantum.annealing.few_steps import STEPS, few_step_schedule

        steps = STEPS if wishes is None or wishes.num_steps is None else wishes.num_steps
        few = few_step_schedule(problem, steps, seed=seed, radius=radius)
        return Anneal(problem, few, formula, initial)
    return suggest_anneal(
        objective,
        bounds,
        qubits=qubits,
        formula=formula,
        initial=initial,
        radius=radius,
        wishes=wishes,
        max_steps=backend.step_budget if runs else partial(_steps_of_a_circuit, backend),
        max_qubits=_CIRCUIT_QUBITS if backend.gate_level else None,
    )


def _steps_of_a_circuit(backend: Backend, problem: Problem) -> int:
    """Steps that a backend runs, or that a circuit holds which nothing here can run."""
    budget = backend.step_budget(problem)
    if problem.grid.num_qubits <= MAX_QUBITS or getattr(backend, "plannable", False):
        return budget
    return max(budget, _CIRCUIT_GATES // gates_per_step(problem))
