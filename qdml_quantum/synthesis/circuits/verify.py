"""What a circuit of CX gates and rotations does to every parity, without matrices."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import reduce
from operator import xor

from qiskit import QuantumCircuit

from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.phases.walsh import WalshSeries


def phases_of(circuit: QuantumCircuit) -> WalshSeries:
    """The diagonal that a circuit applies, by following the parity on every wire.

    Works for any number of qubits and takes time proportional to the gates. It knows nothing of
    how the circuit was made.

    Args:
        circuit: Of cx, swap, rz, p, rzz, cp and barriers, that brings every qubit home.

    Returns:
        Series d with ``U = exp(-i d)``; equal parities are added up, none is dropped.

    Raises:
        ValueError: The circuit is no diagonal of these gates.

    >>> circuit = QuantumCircuit(2)
    >>> _ = circuit.cx(0, 1), circuit.rz(0.5, 1), circuit.cx(0, 1)
    >>> phases_of(circuit).to_dict()
    {3: 0.25}
    """
    held = [1 << number for number in range(circuit.num_qubits)]
    total = defaultdict(float, {0: -float(circuit.global_phase)})
    for item in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in item.qubits]
        name = item.operation.name
        angle = float(item.operation.params[0]) if item.operation.params else 0.0
        if name == "cx":
            held[wires[1]] ^= held[wires[0]]
        elif name == "swap":
            held[wires[0]], held[wires[1]] = held[wires[1]], held[wires[0]]
        elif name in ("rz", "rzz"):
            total[reduce(xor, (held[wire] for wire in wires))] += angle / 2
        elif name in ("p", "cp"):
            # exp(i angle b) with b = (1 - Z)/2; for cp, b is a product.
            share = angle / (2 if name == "p" else 4)
            total[0] -= share
            for wire in wires:
                total[held[wire]] += share
            if name == "cp":
                total[reduce(xor, (held[wire] for wire in wires))] -= share
        elif name != "barrier":
            raise bad_value(
                "circuit", "hold cx, rz, p, rzz and cp only", name, "Decompose it first."
            )
    if held != [1 << number for number in range(circuit.num_qubits)]:
        raise bad_value("circuit", "bring every qubit home", "a permutation of them")
    total[0] = math.remainder(total[0], 2 * math.pi)
    return WalshSeries.of_dict(circuit.num_qubits, total)
