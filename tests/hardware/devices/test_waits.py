"""Delays where qubits wait: of circuits as they are, and of those that hang on measured bits."""

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule, build
from qdml_quantum.hardware.devices.noise import part_of, reduced
from qdml_quantum.hardware.devices.waits import with_delays
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

fakes = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
FEZ = fakes.FakeFez()
MEASURE = 390  # Ticks of 4 ns: 1.56 us, for every qubit of FakeFez.


def delays(circuit):
    """Ticks that every qubit waits."""
    waits = [0] * circuit.num_qubits
    for item in circuit.data:
        if item.operation.name == "delay":
            assert item.operation.unit == "dt"
            waits[circuit.find_bit(item.qubits[0]).index] += item.operation.duration
    return waits


def fed_forward():
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.rz(0.3, 1)
    circuit.sx(1)
    circuit.measure(1, 1)
    return circuit


@pytest.mark.parametrize(("seconds", "ticks"), [(None, MEASURE), (0.0, 0), (0.8e-6, 200)])
def test_a_qubit_waits_for_the_measurement_and_for_its_bit(seconds, ticks):
    target = part_of(FEZ.target, [0, 1])
    (made,) = with_delays(target, [fed_forward()], feed_forward=seconds)
    sx = 6  # 24 ns, in which qubit 1 waits for qubit 0.
    assert delays(made) == [0, sx + MEASURE + ticks]
    names = [item.operation.name for item in made.data if item.operation.name != "delay"]
    assert names == ["sx", "barrier", "measure", "if_else", "sx", "measure"]


def test_without_such_gates_all_is_as_late_as_possible():
    circuit = QuantumCircuit(2, 2)
    circuit.sx(0)
    circuit.sx(0)
    circuit.sx(1)
    circuit.measure([0, 1], [0, 1])
    (made,) = with_delays(part_of(FEZ.target, [0, 1]), [circuit])
    assert delays(made) == [0, 6]


@pytest.mark.parametrize("seconds", [-1e-6, float("inf"), float("nan")])
def test_a_time_that_is_none_is_refused(seconds):
    with pytest.raises(ValueError, match="`feed_forward` must be 0 seconds or more"):
        with_delays(FEZ.target, [], feed_forward=seconds)


def test_an_anneal_on_fake_fez_waits_for_its_bits():
    """Counts of 20,000 shots: noise of the gates alone, and of longer and longer feed-forward.

    Total variation from the exact distribution, measured: .059 without waits (.075 of the plain
    end), .142 with them, .196 with 2 us and .368 with 50 us of feed-forward (.107 of the plain
    end): on this device three measurements that others wait for cost more than eight CZ.
    """
    problem = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    compiler = Compiler("joint", budget="exact", target=FEZ, effort=0.3)
    circuit = build(problem, schedule, compiler=compiler, measure=True, dynamic=True)
    plain = build(problem, schedule, compiler=compiler, measure=True)
    assert two_qubit_gates(circuit) < two_qubit_gates(plain)
    exact = np.abs(Anneal(problem, schedule).final_state()) ** 2
    exact = problem.grid.to_vector(exact / exact.sum())

    def away(circuit, **waits):
        simulator, (small,) = reduced(FEZ, [circuit], **waits)
        counts = simulator.run(small, shots=20_000, seed_simulator=1).result().get_counts()
        read = np.zeros(16)
        for text, number in counts.items():
            read[int(text, 2)] = number / 20_000
        return np.abs(read - exact).sum() / 2

    gates = away(circuit, idle=False)
    waits = [away(circuit, feed_forward=seconds) for seconds in (0.0, 2e-6, 50e-6)]
    assert gates < away(plain, idle=False) < away(plain) < waits[0] < waits[1] < waits[2]
