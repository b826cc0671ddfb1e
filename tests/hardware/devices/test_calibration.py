"""What a plan keeps of the calibration: plain JSON, the figures of the target, no secret."""

import json

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qiskit import QuantumCircuit
from wells import BOTH, search

from qdml_quantum.hardware.devices.calibration import snapshot
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.devices.noise import used_qubits


@pytest.fixture(scope="module")
def fez():
    return find_backend("fake_fez")


@pytest.fixture(scope="module")
def found(fez):
    return search(fez, bases=BOTH, budget="exact")


def test_the_snapshot_is_json_with_the_figures_of_the_target(fez, found, monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "not-a-real-token-0123456789")
    circuit = found.circuits["position"]
    plain = snapshot(fez, found.circuits.values())
    text = json.dumps(plain)
    assert "token" not in text
    assert plain["backend"] == "fake_fez" and plain["updated"].startswith("2025-02-26")
    assert set(plain["qubits"]) == {str(q) for q in used_qubits([circuit])}
    qubit = used_qubits([circuit])[0]
    values = fez.properties().qubit_property(qubit)
    assert plain["qubits"][str(qubit)]["read_0_for_1"] == values["prob_meas0_prep1"][0]
    assert plain["qubits"][str(qubit)]["t1"] == fez.target.qubit_properties[qubit].t1
    for place, figures in plain["edges"].items():
        pair = tuple(map(int, place.split("-")))
        assert figures["cz"]["error"] == fez.target["cz"][pair].error


def test_the_snapshot_is_of_the_qubits_in_use(fez):
    circuit = QuantumCircuit(156, 2)
    circuit.cz(7, 8)
    circuit.measure([7, 8], [0, 1])
    plain = snapshot(fez, [circuit])
    assert set(plain["qubits"]) == {"7", "8"}
    assert {frozenset(place.split("-")) for place in plain["edges"]} == {frozenset({"7", "8"})}


def test_an_ideal_simulator_has_no_edges():
    circuit = QuantumCircuit(2, 2)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    plain = snapshot(find_backend("aer"), [circuit])
    assert plain["edges"] == {} and json.loads(json.dumps(plain)) == plain
