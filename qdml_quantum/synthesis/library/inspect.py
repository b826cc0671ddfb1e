"""A circuit with everything there is to say about it: what `qdml circuit` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.circuits.circuit import (
    add_measurement,
    assemble,
    joined,
    make_builder,
    with_parts,
)
from qdml_quantum.synthesis.circuits.ends import FEED_FORWARD
from qdml_quantum.synthesis.circuits.export import save_qasm3, save_qpy
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.targets import on_target
from qdml_quantum.synthesis.compiler import Compiler, as_compiler
from qdml_quantum.synthesis.networks.compare import Cost, by_gates, compare_step
from qdml_quantum.synthesis.networks.rivals import STEPS, missing, versions
from qdml_quantum.synthesis.phases.walsh import DENSE_QUBITS


@dataclass(frozen=True, eq=False)
class Inspection:
    """A circuit, one of its steps, and what they cost.

    Attributes:
        circuit: Of the whole anneal, or of one step.
        step: Of one step.
        facts: Plain JSON.
        costs: One step by ours and by public methods.
    """

    circuit: QuantumCircuit
    step: QuantumCircuit
    facts: dict[str, Any]
    costs: Sequence[Cost]

    def save(self, kind: str, path: str | Path) -> dict[str, Any]:
        """Write `qasm` or `qpy` of the circuit; what was written, as facts."""
        save = {"qasm": save_qasm3, "qpy": save_qpy}[kind]
        return {kind: str(path), f"{kind}_sha256": save(self.circuit, path)}

    def table(self) -> str:
        """Costs of one step in CX, the cheapest of ours against the rest.

        Where the target has RZZ itself, one of these is a gate, too.
        """
        ours = min(c.two_qubit_gates for c in self.costs if c.method.startswith("ours"))
        lines = [f"{'one step':<28}{'two-qubit gates':>16}{'depth':>8}{'ours / this':>13}"]
        for cost in self.costs:
            share = f"{ours / cost.two_qubit_gates:.2f}" if cost.two_qubit_gates else "-"
            lines.append(
                f"{cost.method:<28}{cost.two_qubit_gates:>16}{cost.two_qubit_depth:>8}{share:>13}"
            )
        best = min((c for c in self.costs if not c.method.startswith("ours")), key=by_gates)
        used = ", ".join(f"{name} {number}" for name, number in versions(STEPS).items())
        lines.append(f"best public method: {best.method} ({used})")
        if left_out := missing(STEPS):
            lines.append(f"left out, as they are not installed: {', '.join(left_out)}")
        return "\n".join(lines)


def inspect_circuit(
    anneal: Anneal,
    compiler: str | Compiler = "walsh",
    *,
    measure: bool = False,
    dynamic: bool = False,
    one_step: bool = False,
    compare: bool = True,
) -> Inspection:
    """Build a circuit and say what it costs.

    Args:
        anneal: The anneal.
        compiler: How phases become gates; its budget is over the whole anneal, also where only one
            step is built.
        measure: Measure all qubits.
        dynamic: Measure positions as they come, see `build`. How many blocks wait for a bit, and
            what a measurement at the end costs, is told too.
        one_step: Build only ``exp(-i D dt k^2) exp(-i dt zeta)`` of the last stage.
        compare: Compile the step with the public methods too, which take all values of zeta.

    Raises:
        ValueError: A comparison on more than 26 qubits.
    """
    compiler = as_compiler(compiler)
    if compare and anneal.grid.num_qubits > DENSE_QUBITS:
        must = f"be left out above {DENSE_QUBITS} qubits, where public methods have no room"
        raise bad_value("compare", must, f"asked of {anneal.grid.num_qubits}")
    builder, truncation = make_builder(anneal, compiler)
    problem, last = anneal.problem, anneal.schedule.stages[-1]
    phases = [
        Phase(POTENTIAL, last.time_step, last.coarse),
        Phase(KINETIC, last.diffusion * last.time_step, last.coarse, last.fold),
    ]
    step = builder.empty()
    parts: list[tuple[str, int]] = []
    wires = builder.append(step, phases, parts=parts)
    if one_step and measure:
        add_measurement(step, wires)
        parts.append(("measurement", step.num_qubits))
    made = on_target(step, builder.region, wires)
    step = with_parts(made, parts) if made is step else made

    def whole(*, measure: bool, dynamic: bool = False) -> QuantumCircuit:
        how: dict[str, Any] = {"measure": measure, "dynamic": dynamic}
        if one_step:
            return joined(builder, builder.empty(), phases, **how)
        return assemble(builder, anneal, **how)

    circuit, native = step, builder.region.native
    if dynamic or not one_step:
        circuit = whole(measure=measure or dynamic, dynamic=dynamic)
    facts: dict[str, Any] = {
        "qubits": problem.grid.num_qubits,
        "registers": {register.name: register.size for register in builder.empty().qregs},
        "steps": 1 if one_step else anneal.schedule.num_steps,
        "gates": circuit.size(),
        "two_qubit_gates": two_qubit_gates(circuit, native=native),
        "two_qubit_depth": two_qubit_depth(circuit, native=native),
        "depth": circuit.depth(),
        "operations": dict(circuit.count_ops()),
    }
    if dynamic:
        plain = whole(measure=True)
        facts["feed_forward"] = circuit.count_ops().get(FEED_FORWARD, 0)
        facts["plain_end"] = {
            "two_qubit_gates": two_qubit_gates(plain, native=native),
            "two_qubit_depth": two_qubit_depth(plain, native=native),
        }
    if builder.region.target is not None:
        facts["target_qubits"] = " ".join(map(str, builder.region.qubits))
    if not truncation.is_exact or compiler.budget is not None:
        facts["truncation"] = truncation.to_dict()
    costs: list[Cost] = []
    if compare:
        costs = compare_step(
            problem.thinned(last.coarse),
            last.diffusion,
            last.time_step,
            kept=truncation.problem.thinned(last.coarse),
            target=compiler.target,
            **replace(compiler, name="joint").search,
        )
    return Inspection(circuit, step, facts, costs)
