"""What circuits of so many steps cost on a device, before every one of them is compiled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
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
class Figures:
    """What a circuit costs: two-qubit gates, expected fidelity, seconds of a shot."""

    gates: float
    fidelity: float
    length: float

    @classmethod
    def of(cls, circuit: QuantumCircuit, target: Target, idle: bool) -> Figures:
        """Those of a circuit on a target, on which waiting qubits may relax."""
        fidelity = expected_fidelity(circuit, target, idle=idle)
        return cls(two_qubit_gates(circuit), fidelity, duration(circuit, target))


@dataclass(frozen=True, eq=False)
class Trend:
    """Figures of circuits, linear in the steps; of the fidelity its logarithm.

    Args:
        first: Gates, ``-log`` of the fidelity, and seconds of one step, shape ``(3,)``.
        slope: What every further step adds.
    """

    first: NDArray[np.float64]
    slope: NDArray[np.float64]

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
        rows = []
        for steps in (1, 3):
            schedule = few_step_schedule(problem, steps, diffusion=goal, num_starts=1, seed=seed)
            circuit = quick_circuit(Anneal(problem, schedule), target, seed=seed)
            known = Figures.of(circuit, target, idle)
            rows.append((known.gates, -math.log(max(known.fidelity, 1e-300)), known.length))
        few, more = np.array(rows)
        return cls(few, (more - few) / 2)

    def at(self, steps: int) -> Figures:
        """Figures of so many steps."""
        gates, loss, length = (self.first + self.slope * (steps - 1)).tolist()
        return Figures(gates, math.exp(-loss), length)
