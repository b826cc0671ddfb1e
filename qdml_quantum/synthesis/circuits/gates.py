"""How many two-qubit gates a circuit has, and how many one after the other."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit


def two_qubit_gates(circuit: QuantumCircuit) -> int:
    """Number of gates on two qubits, barriers excluded.

    >>> line = QuantumCircuit(3)
    >>> _ = line.cz(0, 1), line.h(1), line.barrier(0, 1), line.cz(1, 2), line.cz(0, 1)
    >>> two_qubit_gates(line), two_qubit_depth(line)
    (3, 3)
    """
    return sum(map(_on_two, circuit.data))


def two_qubit_depth(circuit: QuantumCircuit) -> int:
    """Gates on two qubits on the longest path; barriers do not count."""
    return int(circuit.depth(_on_two))


def _on_two(item: Any) -> bool:
    return len(item.qubits) == 2 and item.operation.name != "barrier"


def largest_block(circuit: QuantumCircuit) -> int:
    """Most qubits that two-qubit gates join: what does not interact is as many small circuits.

    >>> apart = QuantumCircuit(4)
    >>> _ = apart.cx(0, 1), apart.cx(2, 3)
    >>> largest_block(apart)
    2
    """
    joined: list[set[Any]] = []
    for item in circuit.data:
        if item.operation.name in ("barrier", "measure", "delay"):
            continue
        met = [block for block in joined if not block.isdisjoint(item.qubits)]
        joined = [block for block in joined if block not in met]
        joined.append(set(item.qubits).union(*met))
    return max(map(len, joined), default=0)
