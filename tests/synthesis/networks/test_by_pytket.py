"""Circuits that pytket made of ours, where it is installed."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from qdml_quantum.synthesis.networks.by_pytket import by_tket


def test_what_pytket_renames_is_swapped():
    pytest.importorskip("pytket")
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cp(0.3, 0, 2)
    circuit.swap(0, 1)
    circuit.ry(0.4, 1)
    for seed in (None, 0, 1):
        made, exact = Operator(by_tket(circuit, seed=seed)).data, Operator(circuit).data
        same = np.vdot(exact, made)
        assert np.abs(made * abs(same) / same - exact).max() < 1e-11
