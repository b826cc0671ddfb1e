"""Settings: circuits that know their qubits and their place in a job."""

import dataclasses

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import measured, some_plan
from qiskit import QuantumCircuit

from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.setting import Setting


def test_settings_know_their_qubits_and_place():
    circuit = QuantumCircuit(5)
    circuit.x(3)
    setting = Setting("position", 1, measured(circuit, [3, 1]))
    assert setting.qubits == (3, 1) and setting.key == ("position", 1.0)
    circuits = {basis: measured(QuantumCircuit(2), [0, 1]) for basis in ("position", "momentum")}
    for circuit in circuits.values():
        circuit.cx(0, 1)
    mitigation = Mitigation(readout=True, zne=(3,))
    plan = dataclasses.replace(
        some_plan(), settings=mitigation.settings(circuits), mitigation=mitigation
    )
    keys = [s.key for s in plan.settings]
    assert keys == [
        ("position", 1.0),
        ("position", 3.0),
        ("momentum", 1.0),
        ("momentum", 3.0),
        ("calibration-0", 1.0),
        ("calibration-1", 1.0),
    ]
    assert [plan.index(*key) for key in keys] == list(range(6))
    assert plan.setting("momentum", 3).key == ("momentum", 3.0)
    with pytest.raises(KeyError):
        plan.setting("momentum", 5)


def test_wrong_settings_are_refused():
    plain = QuantumCircuit(2)
    good = measured(plain, [0, 1])
    twice = good.copy()
    twice.measure(0, 1)
    for kind, factor, circuit, error, text in (
        ("places", 1, good, ValueError, "Unknown kind of setting"),
        ("position", 0.5, good, ValueError, "at least 1"),
        ("position", "1", good, TypeError, "noise_factor"),
        ("position", 1, "qasm", TypeError, "QuantumCircuit"),
        ("position", 1, plain, ValueError, "register `meas`"),
        ("position", 1, measured(plain, [0, 1], "c"), ValueError, "register `meas`"),
        ("position", 1, measured(plain, [0, 0]), ValueError, "qubit of its own"),
        ("position", 1, twice, ValueError, "once"),
    ):
        with pytest.raises(error, match=text):
            Setting(kind, factor, circuit)


def test_settings_say_what_they_are():
    circuit = QuantumCircuit(2)
    circuit.cz(0, 1)
    plain = Setting("momentum", 3, measured(circuit, [1, 0]))
    assert plain.to_dict() == {
        "kind": "momentum",
        "noise_factor": 3.0,
        "qubits": [1, 0],
        "two_qubit_gates": 1,
    }
    assert str(plain) == "momentum at 3 times the noise" and not plain.is_calibration
    assert Setting("calibration-1", 1, measured(circuit, [0, 1])).is_calibration
