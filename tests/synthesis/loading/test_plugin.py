"""Loading circuits in Qiskit's transpiler: the gate, and the plugin for Qiskit's own."""

import importlib
import tomllib
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation
from qiskit.quantum_info import Statevector
from qiskit.transpiler.passes import HLSConfig

from qdml_quantum.synthesis.loading.plugin import LoadGate, LoadSynthesis

PSI = np.exp(-(np.linspace(-4, 4, 16, endpoint=False) ** 2) / 2)
PSI /= np.linalg.norm(PSI)
BASIS = {"basis_gates": ["cx", "rz", "sx", "x"], "optimization_level": 1}


def fidelity(circuit):
    return abs(np.vdot(PSI, Statevector(circuit).data)) ** 2


def test_the_gate_makes_the_state_inside_a_circuit():
    circuit = QuantumCircuit(4)
    circuit.append(LoadGate(PSI, 0.99), range(4))
    assert fidelity(circuit) >= 0.99
    assert fidelity(transpile(circuit, **BASIS)) >= 0.99


def test_qiskits_own_gate_is_made_short_by_the_plugin():
    circuit = QuantumCircuit(4)
    circuit.append(StatePreparation(PSI), range(4))
    config = HLSConfig(state_preparation=[(LoadSynthesis(), {"fidelity": 0.99})])
    short, theirs = transpile(circuit, hls_config=config, **BASIS), transpile(circuit, **BASIS)
    assert fidelity(short) >= 0.99
    assert short.num_nonlocal_gates() < theirs.num_nonlocal_gates()


@pytest.mark.parametrize("gate", [StatePreparation(5, 4), StatePreparation("++01")])
def test_states_that_are_no_amplitudes_are_left_to_qiskit(gate):
    circuit = QuantumCircuit(4)
    circuit.append(gate, range(4))
    config = HLSConfig(state_preparation=[(LoadSynthesis(), {})])
    assert LoadSynthesis().run(circuit.data[0].operation) is None
    assert transpile(circuit, hls_config=config, **BASIS).num_nonlocal_gates() == 0


def test_the_entry_point_names_the_plugin():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    path = project["project"]["entry-points"]["qiskit.synthesis"]["state_preparation.qdml"]
    module, name = path.split(":")
    assert getattr(importlib.import_module(module), name) is LoadSynthesis


def test_an_array_of_a_grid_has_to_be_put_in_order():
    with pytest.raises(ValueError, match=r"with Grid\.to_vector"):
        LoadGate(np.ones((2, 2)))
