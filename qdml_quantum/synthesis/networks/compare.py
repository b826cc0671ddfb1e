"""One step, ours and by every public method: the cost table of `qdml circuit --compare`."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target

from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.gates import native_of, two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder
from qdml_quantum.synthesis.circuits.targets import as_target, on_target
from qdml_quantum.synthesis.networks.rivals import (
    IDEAL,
    SEEDS,
    STEPS,
    best_public,
    usable,
)
from qdml_quantum.synthesis.networks.textbook import StepOf
from qdml_quantum.synthesis.phases.sums import series_of


@dataclass(frozen=True)
class Cost:
    """A row of a cost table.

    Attributes:
        method: Name of the method.
        two_qubit_gates: In CX, or RZZ where the target has it; see `circuits.gates`.
        two_qubit_depth: Of them on the longest path.
        seconds: Time to make the circuit.
    """

    method: str
    two_qubit_gates: int
    two_qubit_depth: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def by_gates(cost: Cost) -> tuple[int, int]:
    """What rows are sorted by."""
    return cost.two_qubit_gates, cost.two_qubit_depth


def compare_step(
    problem: Problem,
    diffusion: float,
    time_step: float,
    *,
    kept: Problem | None = None,
    target: Any = None,
    seeds: int = SEEDS,
    **search: Any,
) -> list[Cost]:
    """Cost of one merged step ``exp(-i D dt k^2) exp(-i dt zeta)``: ours, and the public methods.

    Ours compile what is kept of zeta; the public methods get the same strings, but `DiagonalGate`,
    whose cost does not depend on them.

    Args:
        problem: Grid and objective.
        diffusion: D.
        time_step: dt.
        kept: The objective that ours compile, default all of it.
        target: See `build`.
        seeds: Runs of Qiskit's transpiler per method.
        search: `effort`, `seed`, `time_limit` of our search.
    """
    kept = kept or problem
    native = as_target(target, problem.grid.num_qubits)
    ideal = native or Target.from_configuration(IDEAL, num_qubits=problem.grid.num_qubits)
    rows = []
    phases = [Phase(POTENTIAL, time_step), Phase(KINETIC, diffusion * time_step)]
    for name in ("joint", "separate"):
        begun = time.perf_counter()
        builder = NetworkBuilder(kept, joint=name == "joint", target=target, **search)
        circuit = QuantumCircuit(problem.grid.num_qubits)
        wires = builder.append(circuit, phases)
        circuit = on_target(circuit, builder.region, wires)
        rows.append(_cost(f"ours, {name}", circuit, builder.region.native, begun))
    step = StepOf(series_of(kept), time_step, problem.grid.axes, diffusion * time_step)
    edges = ideal.build_coupling_map() is not None
    for method, public in usable(STEPS, edges=edges).items():
        begun = time.perf_counter()
        best = best_public(public, step, ideal, seeds=seeds)
        rows.append(_cost(method, best, native_of(ideal), begun))
    return rows


def _cost(method: str, circuit: QuantumCircuit, native: Collection[str], begun: float) -> Cost:
    seconds = time.perf_counter() - begun
    gates = two_qubit_gates(circuit, native=native)
    return Cost(method, gates, two_qubit_depth(circuit, native=native), seconds)
