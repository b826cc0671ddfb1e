"""Noise from a calibration: closed forms, the whole device, and what is left out."""

import math

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qiskit import QuantumCircuit
from qiskit.circuit.library import CZGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_ibm_runtime.fake_provider import FakeFez, FakeManilaV2

from qdml_quantum import Compiler, Grid, Problem, Schedule, build
from qdml_quantum.diagnostics.metrics import counts_to_probabilities
from qdml_quantum.hardware.devices import noise
from qdml_quantum.hardware.devices.noise import (
    Snapshot,
    confined,
    noisy_probabilities,
    part_of,
    perfect_probabilities,
    readout_errors,
    reduced,
    used_qubits,
)

SHOTS = 100_000
WELL = Problem(Grid([(-2.5, 2.5)], 3), "(x**2 - 1)**2 + 0.2*x")
STEPS = Schedule.geometric((2.0, 0.1), num_stages=2, num_steps=1, time_step=0.3)


@pytest.fixture(scope="module")
def fez():
    return FakeFez()


def anneal_on(backend):
    return build(
        WELL,
        STEPS,
        formula="lie",
        compiler=Compiler("joint", target=backend, effort=0.3),
        measure=True,
    )


def bit(num_bits):
    return Grid([(0, 1)], num_bits)


def kept(seconds, t1, t2):
    """Average gate fidelity of relaxation."""
    return (3 + math.exp(-seconds / t1) + 2 * math.exp(-seconds / t2)) / 6


def flipped(backend, qubit):
    """Probability of 1 after an X gate on 0, before readout: depolarised, then relaxed."""
    figures, known = backend.target["x"][(qubit,)], backend.target.qubit_properties[qubit]
    fidelity = kept(figures.duration, known.t1, min(known.t2, 2 * known.t1))
    p = max(0.0, 2 * (fidelity - (1 - figures.error)) / (2 * fidelity - 1))
    return (1 - p / 2) * math.exp(-figures.duration / known.t1)


def read(probability, one, zero):
    """Probability of reading 1."""
    return probability * (1 - zero) + (1 - probability) * one


@pytest.mark.parametrize("qubit", [0, 17, 155])
def test_one_gate_and_its_readout_in_closed_form(fez, qubit):
    circuit = QuantumCircuit(156, 1)
    circuit.x(qubit)
    circuit.measure(qubit, 0)
    values = fez.properties().qubit_property(qubit)
    pair = values["prob_meas1_prep0"][0], values["prob_meas0_prep1"][0]
    found = noisy_probabilities(fez, circuit, bit(1))
    assert found[1] == pytest.approx(read(flipped(fez, qubit), *pair), abs=1e-9)
    mean = fez.target["measure"][(qubit,)].error
    found = noisy_probabilities(Snapshot(fez.target), circuit, bit(1))
    assert found[1] == pytest.approx(read(flipped(fez, qubit), mean, mean), abs=1e-9)


def test_waiting_relaxes_where_asked_for(fez):
    circuit = QuantumCircuit(156, 2)
    circuit.x(7)
    circuit.barrier(7, 8)
    for _ in range(100):
        circuit.x(8)
    circuit.barrier(7, 8)
    circuit.measure([7, 8], [0, 1])
    one, zero = readout_errors(fez, [7])[7]
    waiting = 100 * fez.target["x"][(8,)].duration
    relaxed = flipped(fez, 7) * math.exp(-waiting / fez.target.qubit_properties[7].t1)
    found = noisy_probabilities(fez, circuit, bit(2))
    assert found[1] + found[3] == pytest.approx(read(relaxed, one, zero), abs=1e-9)
    found = noisy_probabilities(fez, circuit, bit(2), idle=False)
    assert found[1] + found[3] == pytest.approx(read(flipped(fez, 7), one, zero), abs=1e-9)


def test_bits_are_read_from_their_own_qubits(fez):
    circuit = QuantumCircuit(156, 3)
    circuit.x(8)
    circuit.measure([7, 8, 9], [2, 0, 1])
    assert np.argmax(noisy_probabilities(fez, circuit, bit(3))) == 1
    assert perfect_probabilities(circuit, bit(3)).tolist() == [0, 1, 0, 0, 0, 0, 0, 0]


def pulls(found, counts, grid):
    """Deviations of counts from a distribution, in standard deviations."""
    measured = counts_to_probabilities(counts, grid)
    return (measured - found) / np.sqrt(found * (1 - found) / SHOTS)


def test_it_agrees_with_a_whole_small_device():
    """Both ways in which Qiskit simulates it; and neither agrees with the other's prediction."""
    backend = FakeManilaV2()
    circuit = anneal_on(backend)
    options = {"shots": SHOTS, "seed_simulator": 3}
    means = noisy_probabilities(Snapshot(backend.target), circuit, WELL.grid, idle=False)
    apart = noisy_probabilities(backend, circuit, WELL.grid, idle=False)
    whole = AerSimulator.from_backend(backend).run(circuit, **options).result().get_counts()
    own = backend.run(circuit, **options).result().get_counts()
    assert np.abs(pulls(means, whole, WELL.grid)).max() < 4
    assert np.abs(pulls(apart, own, WELL.grid)).max() < 4
    assert np.abs(pulls(apart, whole, WELL.grid)).max() > 10
    assert np.abs(pulls(means, own, WELL.grid)).max() > 10


@pytest.mark.slow
def test_it_agrees_with_the_whole_of_fake_fez(fez):
    circuit = anneal_on(fez)
    options = {"shots": SHOTS, "seed_simulator": 3}
    whole = AerSimulator.from_backend(fez).run(circuit, **options).result().get_counts()
    found = noisy_probabilities(Snapshot(fez.target), circuit, WELL.grid, idle=False)
    assert np.abs(pulls(found, whole, WELL.grid)).max() < 4
    own = fez.run(circuit, **options).result().get_counts()
    found = noisy_probabilities(fez, circuit, WELL.grid, idle=False)
    assert np.abs(pulls(found, own, WELL.grid)).max() < 4


def test_the_reduced_device_has_the_qubits_in_use_and_gives_the_same_counts(fez):
    circuit = anneal_on(fez)
    simulator, (small,) = reduced(fez, [circuit])
    assert small.num_qubits == 3
    (plain,) = reduced(fez, [circuit], idle=False)[1]
    assert plain.count_ops() == circuit.count_ops()
    assert dict(small.count_ops()) == {**plain.count_ops(), "delay": small.count_ops()["delay"]}
    assert {q for e in simulator.options.noise_model.to_dict()["errors"] for q in e["gate_qubits"]}
    counts = simulator.run(small, shots=SHOTS, seed_simulator=5).result().get_counts()
    found = noisy_probabilities(fez, circuit, WELL.grid)
    assert np.abs(pulls(found, counts, WELL.grid)).max() < 4


def test_without_noise_it_is_the_ideal_circuit():
    circuit = build(WELL, STEPS, formula="lie", measure=True)
    found = noisy_probabilities(AerSimulator(), circuit, WELL.grid)
    assert found == pytest.approx(perfect_probabilities(circuit, WELL.grid), abs=1e-12)


def test_a_simulator_keeps_its_own_noise_model(fez):
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    model = NoiseModel()
    model.add_readout_error([[0.9, 0.1], [0.3, 0.7]], [0])
    found = noisy_probabilities(AerSimulator(noise_model=model), circuit, bit(1))
    assert found == pytest.approx([0.3, 0.7])


def test_pieces_of_a_target_have_its_figures_and_bounds(fez):
    piece = part_of(fez.target, [8, 7])
    assert piece.num_qubits == 2
    assert piece["cz"][(0, 1)].error == fez.target["cz"][(8, 7)].error
    assert piece.qubit_properties[0].t1 == fez.target.qubit_properties[8].t1
    assert isinstance(piece.operation_from_name("cz"), CZGate)
    assert set(part_of(fez.target, [7, 8], ["sx", "measure"]).operation_names) == {"sx", "measure"}


def test_confined_circuits_keep_their_gates_bits_and_phase():
    wide = QuantumCircuit(9, 2, global_phase=0.5)
    wide.h(7)
    wide.barrier()
    wide.delay(100, 1)
    wide.cx(7, 2)
    wide.measure([2, 7], [0, 1])
    qubits = used_qubits([wide])
    small = confined(wide, qubits)
    assert qubits == (2, 7)
    assert small.num_qubits == 2 and small.global_phase == 0.5
    assert dict(small.count_ops()) == {"h": 1, "barrier": 1, "cx": 1, "measure": 2}
    assert perfect_probabilities(small, bit(2)) == pytest.approx([0.5, 0, 0, 0.5])


def test_what_is_too_large_is_not_simulated(fez, monkeypatch):
    circuit = QuantumCircuit(156, 2)
    for qubit in range(11):
        circuit.x(qubit)
    circuit.measure([0, 1], [0, 1])
    assert noisy_probabilities(fez, circuit, bit(2)) is None
    monkeypatch.setattr(noise, "available_memory", lambda: 100)
    assert noisy_probabilities(fez, anneal_on(fez), WELL.grid) is None


def test_circuits_without_a_final_measurement_are_refused(fez):
    circuit = QuantumCircuit(156, 2)
    circuit.measure(0, 0)
    with pytest.raises(ValueError, match="measurement into 2 bits"):
        noisy_probabilities(fez, circuit, bit(2))
    circuit.measure(1, 1)
    circuit.x(0)
    with pytest.raises(ValueError, match="gates after them"):
        noisy_probabilities(fez, circuit, bit(2))


def test_noise_is_made_once_and_anew_for_other_figures():
    backend = GenericBackendV2(2, coupling_map=[[0, 1]], seed=3)
    circuit = QuantumCircuit(2, 2)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])

    def model():
        return reduced(backend, [circuit])[0].options.noise_model

    first = model()
    assert model() is first
    for change in (
        lambda: setattr(backend.target["cx"][0, 1], "error", 0.2),
        lambda: setattr(backend.target["cx"][0, 1], "duration", 1e-6),
        lambda: setattr(backend.target["measure"][0,], "error", 0.3),
    ):
        before = model()
        change()
        assert model() != before
