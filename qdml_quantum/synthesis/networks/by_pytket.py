"""Circuits as pytket makes them of their Pauli gadgets."""

from __future__ import annotations

import math
from typing import Any

from qiskit import QuantumCircuit, transpile

from qdml_quantum.synthesis.networks.textbook import quietly

_PLAIN = ["cx", "rz", "h", "sx", "x"]
"""Gates in which circuits are handed to pytket."""


def by_tket(circuit: QuantumCircuit, *, seed: int | None) -> QuantumCircuit:
    """A circuit as pytket makes it of its Pauli gadgets, up to a phase of the whole.

    Its `FullPeepholeOptimise` takes seconds and leaves as many CX as Qiskit's level 3, which comes
    after this anyway [a step on 6 qubits: 125 either way, 165 of `PauliSimp`].

    Args:
        circuit: Of any gates.
        seed: Of `GreedyPauliSimp`; None for `PauliSimp`.
    """
    from pytket.circuit import OpType
    from pytket.passes import AutoRebase, GreedyPauliSimp, PauliSimp

    tket = _to_tket(circuit)
    (PauliSimp() if seed is None else GreedyPauliSimp(seed=seed)).apply(tket)
    AutoRebase({OpType.CX, OpType.Rz, OpType.SX, OpType.X}).apply(tket)
    return _of_tket(tket)


def _to_tket(circuit: QuantumCircuit) -> Any:
    """The same circuit in pytket, up to a phase."""
    from pytket.circuit import Circuit

    with quietly():
        plain = transpile(circuit, basis_gates=_PLAIN, optimization_level=0)
    made = Circuit(circuit.num_qubits)
    for item in plain.data:
        on = [plain.find_bit(qubit).index for qubit in item.qubits]
        name = item.operation.name
        if name == "cx":
            made.CX(*on)
        elif name == "rz":
            made.Rz(float(item.operation.params[0]) / math.pi, *on)  # In half turns.
        else:
            {"h": made.H, "sx": made.SX, "x": made.X}[name](*on)
    return made


def _of_tket(circuit: Any) -> QuantumCircuit:
    """The same circuit in Qiskit; wires that pytket has renamed are swapped."""
    circuit.replace_implicit_wire_swaps()
    made = QuantumCircuit(circuit.n_qubits, global_phase=float(circuit.phase) * math.pi)
    for command in circuit.get_commands():
        on = [qubit.index[0] for qubit in command.qubits]
        name = command.op.type.name
        if name == "Rz":
            made.rz(float(command.op.params[0]) * math.pi, *on)
        else:
            {"CX": made.cx, "SX": made.sx, "X": made.x, "SWAP": made.swap}[name](*on)
    return made
