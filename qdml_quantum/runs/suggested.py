"""What is not given is chosen for the backend: grid and schedule of an anneal."""

from __future__ import annotations

from typing import Any

from qdml_quantum.annealing.suggest import Wishes
from qdml_quantum.annealing.suggest_anneal import bounds_of, qubits_of_table, suggest_anneal
from qdml_quantum.backends import Backend
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.objectives import Objective
from qdml_quantum.problem.goal import RADIUS
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.support.memory import require_memory

_CIRCUIT_QUBITS = 12
"""Circuits are tried up to here: above it a step takes seconds on a simulator."""
_DEVICE_QUBITS = 4
"""In all, on a device: what today's carry through a few steps."""


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
) -> Anneal:
    """`suggest_anneal` with what the backend affords; a few optimised steps on a device.

    The other arguments are those of `suggest_anneal`; `seed` is that of the optimisation.
    """
    device = getattr(backend, "plannable", False)
    if qubits is None and not objective.continuous:
        qubits = qubits_of_table(objective)
    elif qubits is None and device:
        qubits = max(1, _DEVICE_QUBITS // objective.dimensions)
    if qubits is not None:
        problem = Problem(Grid(bounds_of(objective, bounds), qubits), objective)
        require_memory(backend.required_bytes(problem), f"A run on {problem.grid}")
    if device and objective.continuous and (wishes is None or wishes.steps_only):
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
        max_steps=backend.step_budget,
        max_qubits=_CIRCUIT_QUBITS if backend.gate_level else None,
    )
