"""What circuits of so many steps cost on a device, before every one of them is compiled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.hardware.devices.placement import duration, expected_fidelity
from qdml_quantum.hardware.planning.few_steps import few_step_schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.circuit import assemble, make_builder
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler
from qdml_quantum.synthesis.phases.truncation import truncated

_QUICK = 0.5


def quick_circuit(
    anneal: Anneal, target: Target, budget: Any = None, seed: int = 0
) -> QuantumCircuit:
    """The position circuit on a target; on grids this small little effort finds nearly the best."""
    compiler = Compiler("joint", budget=budget, target=target, effort=_QUICK, seed=seed)
    return assemble(make_builder(anneal, compiler)[0], anneal, measure="position")


def kept_values(anneal: Anneal, budget: Any) -> bytes:
    """What a budget leaves of the objective: equal values, equal circuits."""
    left = truncated(anneal, Compiler("joint", budget=budget).default_budget)
    return left.problem.values.tobytes()


@dataclass(frozen=True)
class Trend:
    """Gates, ``-log`` of the fidelity, and seconds of circuits, linear in the steps.

    Args:
        first: The three of one step.
        slope: What every further step adds.
    """

    first: tuple[float, ...]
    slope: tuple[float, ...]

    @classmethod
    def of(
        cls, problem: Problem, target: Target, goal: float, *, seed: int = 0, idle: bool = True
    ) -> Trend:
        """From quick circuits of one and of three steps.

        Args:
            problem: Grid and objective.
            target: Of the device.
            goal: D of their schedules.
            seed: Of their schedules and of the search.
            idle: Whether waiting qubits relax.
        """
        figures = []
        for steps in (1, 3):
            schedule = few_step_schedule(problem, steps, diffusion=goal, num_starts=1, seed=seed)
            circuit = quick_circuit(Anneal(problem, schedule), target, seed=seed)
            loss = -math.log(max(expected_fidelity(circuit, target, idle=idle), 1e-300))
            figures.append((float(two_qubit_gates(circuit)), loss, duration(circuit, target)))
        few, more = figures
        return cls(few, tuple((b - a) / 2 for a, b in zip(few, more, strict=True)))

    def gates(self, steps: int) -> float:
        """Two-qubit gates."""
        return self.first[0] + self.slope[0] * (steps - 1)

    def fidelity(self, steps: int) -> float:
        """Expected fidelity."""
        return math.exp(-self.first[1] - self.slope[1] * (steps - 1))

    def length(self, steps: int) -> float:
        """Seconds of a shot."""
        return self.first[2] + self.slope[2] * (steps - 1)
