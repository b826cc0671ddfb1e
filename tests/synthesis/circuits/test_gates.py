"""Counts of gates: what stands on two qubits, one after the other, and what it joins."""

from qiskit import QuantumCircuit

from qdml_quantum.synthesis.circuits.gates import (
    largest_block,
    two_qubit_depth,
    two_qubit_gates,
)


def test_blocks():
    circuit = QuantumCircuit(6, 6)
    assert largest_block(circuit) == 0
    circuit.cz(0, 1)
    circuit.cz(2, 3)
    circuit.barrier()
    assert largest_block(circuit) == 2
    circuit.cz(1, 3)
    assert largest_block(circuit) == 4
    circuit.measure(range(6), range(6))
    assert largest_block(circuit) == 4


def test_barriers_and_measurements_are_no_gates():
    chain = QuantumCircuit(4, 4)
    chain.cz(0, 1)
    chain.cz(2, 3)
    chain.barrier(0, 1)
    chain.rzz(0.1, 1, 2)
    chain.measure(range(4), range(4))
    assert (two_qubit_gates(chain), two_qubit_depth(chain)) == (3, 2)
    assert (two_qubit_gates(QuantumCircuit(2)), two_qubit_depth(QuantumCircuit(2))) == (0, 0)
