"""Circuits that prepare initial states."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation

from qdml_quantum.grid import Grid
from qdml_quantum.states import Gaussian, Initial, as_initial

BASIS = ["h", "p", "cp", "rz", "ry", "cx"]
"""Gates that OpenQASM 3 knows and that every circuit of the package is made of."""


def prepare(initial: Initial, grid: Grid) -> QuantumCircuit:
    """Circuit from ``|0...0>`` to an initial state, in gates of `BASIS`.

    Uniform: one H per qubit. Gaussian: a product over the axes, each prepared on its own register.
    Amplitudes: Qiskit's `StatePreparation`, about 2^n CX.

    >>> prepare("uniform", Grid([(0, 1)], 3)).count_ops()["h"]
    3
    """
    state = as_initial(initial, grid)
    circuit = QuantumCircuit(grid.num_qubits)
    if isinstance(state, str):
        circuit.h(range(grid.num_qubits))
    elif isinstance(state, Gaussian):
        first = 0
        for factor in state.factors(grid):
            block = _from_vector(factor)
            circuit.compose(block, range(first, first + block.num_qubits), inplace=True)
            first += block.num_qubits
    else:
        circuit.compose(_from_vector(grid.to_vector(state)), inplace=True)
    return circuit


def _from_vector(vector: NDArray[np.generic]) -> QuantumCircuit:
    gate = StatePreparation(np.asarray(vector, dtype=complex), normalize=True)
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, range(gate.num_qubits))
    return transpile(circuit, basis_gates=BASIS, optimization_level=0)
