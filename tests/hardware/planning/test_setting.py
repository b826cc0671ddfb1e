"""Settings: circuits that know their qubits and their place in a job."""

import dataclasses

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import measured, some_plan
from qiskit import QuantumCircuit

from qdml_quantum.diagnostics.metrics import BASES
from qdml_quantum.hardware.planning.setting import (
    KINDS,
    Setting,
    calibration_circuits,
    settings_of,
)


def test_settings_know_their_qubits_and_index():
    circuit = QuantumCircuit(5)
    circuit.x(3)
    setting = Setting("position", measured(circuit, [3, 1]))
    assert setting.qubits == (3, 1) and setting.kind == "position"
    circuits = {basis: measured(QuantumCircuit(2), [0, 1]) for basis in BASES}
    plan = dataclasses.replace(some_plan(), settings=settings_of(circuits, readout=True))
    assert tuple(s.kind for s in plan.settings) == KINDS[:4]
    assert [plan.index(kind) for kind in KINDS[:4]] == [0, 1, 2, 3]
    with pytest.raises(KeyError):
        some_plan().index("calibration-0")


def test_calibrations_prepare_all_0_and_all_1_on_the_measured_qubits():
    for circuit, bit in zip(calibration_circuits(7, [5, 2, 6]), "01", strict=True):
        plain = circuit.remove_final_measurements(inplace=False)
        assert circuit.num_qubits == 7 and [r.name for r in circuit.cregs] == ["meas"]
        ones = {circuit.find_bit(i.qubits[0]).index for i in plain.data if i.operation.name == "x"}
        assert ones == (set() if bit == "0" else {5, 2, 6})
        order = [circuit.find_bit(i.qubits[0]).index for i in circuit.data[-3:]]
        assert order == [5, 2, 6]


def test_wrong_settings_are_refused():
    plain = QuantumCircuit(2)
    good = measured(plain, [0, 1])
    twice = good.copy()
    twice.measure(0, 1)
    for kind, circuit, error, text in (
        ("places", good, ValueError, "Unknown kind of setting"),
        ("position", "qasm", TypeError, "QuantumCircuit"),
        ("position", plain, ValueError, "register `meas`"),
        ("position", measured(plain, [0, 1], "c"), ValueError, "register `meas`"),
        ("position", measured(plain, [0, 0]), ValueError, "qubit of its own"),
        ("position", twice, ValueError, "once"),
    ):
        with pytest.raises(error, match=text):
            Setting(kind, circuit)


def test_settings_say_what_they_are():
    circuit = QuantumCircuit(2)
    circuit.cz(0, 1)
    plain = Setting("momentum", measured(circuit, [1, 0]))
    assert plain.to_dict() == {
        "kind": "momentum",
        "qubits": [1, 0],
        "two_qubit_gates": 1,
    }
    assert not plain.is_calibration
    assert Setting("calibration-1", measured(circuit, [0, 1])).is_calibration
