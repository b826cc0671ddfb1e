"""Echoes: what returns without noise is what the emulator says."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qiskit_ibm_runtime.fake_provider import FakeFez
from wells import ANNEAL, WELL, compiler

from qdml_quantum import Anneal, Schedule
from qdml_quantum.hardware.devices.echo import (
    coherence_echo,
    detuned,
    echo_histogram,
    loschmidt_echo,
    returned,
)
from qdml_quantum.hardware.devices.isa import isa_circuits
from qdml_quantum.hardware.devices.noise import perfect_probabilities
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

THREE = Anneal(WELL, Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.5))


@pytest.fixture(scope="module")
def fez():
    return FakeFez()


def share(circuit):
    return float(perfect_probabilities(circuit, WELL.grid).ravel()[0])


def test_there_and_back_is_where_it_began(fez):
    forward = isa_circuits(ANNEAL, backend=fez, compiler=compiler(seeds=1)).circuits["position"]
    circuit = coherence_echo(forward, fez)
    assert share(circuit) == pytest.approx(1, abs=1e-9)
    assert two_qubit_gates(circuit) == 2 * two_qubit_gates(forward)  # Nothing cancels.
    for item in circuit.data:
        wires = tuple(circuit.find_bit(qubit).index for qubit in item.qubits)
        assert item.operation.name == "barrier" or wires in fez.target[item.operation.name]


@pytest.mark.parametrize("preload", [0, 2])
def test_back_with_another_zeta(fez, preload):
    """Against the emulator, with both recipes in full: end phases of the two are taken out."""
    rest = THREE.after(preload)
    other, d, part = detuned(rest)
    assert np.allclose(other.problem.values, (1 + d) * rest.problem.values)
    overlap = np.vdot(other.final_state(), rest.final_state())
    if THREE.formula.name == "lie":  # No phases of zeta at its end.
        assert part == pytest.approx(abs(overlap) ** 2)
    assert 0.05 < part < 0.98
    circuit = loschmidt_echo(THREE, backend=fez, compiler=compiler(seeds=1), preload=preload)
    assert share(circuit) == pytest.approx(part, abs=2e-3)
    assert echo_histogram(rest, "loschmidt").ravel()[0] == pytest.approx(part)
    assert echo_histogram(rest, "loschmidt").sum() == pytest.approx(1)
    assert echo_histogram(rest, "coherence").ravel()[0] == 1


def test_an_echo_of_the_same_zeta_returns(fez, monkeypatch):
    from qdml_quantum.hardware.devices import echo

    monkeypatch.setattr(echo, "_DETUNINGS", (0.0,))
    circuit = loschmidt_echo(THREE, backend=fez, compiler=compiler(seeds=1))
    assert share(circuit) == pytest.approx(1, abs=2e-3)


def test_shots_that_return():
    assert returned({"00": 3, "10": 1, "11": 2}) == (3, 6)
