"""Ends that are measured as they go: the same distribution, with fewer two-qubit gates."""

import itertools
import math

import numpy as np
import pytest
from qiskit.quantum_info import Statevector
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator
from scipy.stats import chi2

from qdml_quantum import Aer, Anneal, Compiler, Gaussian, Grid, Problem, Schedule, build
from qdml_quantum.dynamics.schedule import Stage
from qdml_quantum.synthesis.circuits.ends import measure_as_it_goes, require_feed_forward
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.initial import initial_circuit
from qdml_quantum.synthesis.circuits.kinetic import to_momentum

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
PLANE = Problem(Grid([(-5, 5), (-6, 6)], [4, 3]), "himmelblau")
MIXED = Problem(Grid([(-1, 1)] * 3, [4, 2, 1]), "x1**2 + x1*x2 - x3")
PACKET = Gaussian(0.4, 0.6, 1.0)


def distribution(circuit):
    """Probabilities of the bits of `meas`, exactly: every outcome is followed by itself.

    Args:
        circuit: Of gates, measurements, and gates under one measured bit each.
    """
    bits = {bit: number for number, bit in enumerate(circuit.clbits)}
    wire = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    branches = {(): Statevector.from_int(0, 2**circuit.num_qubits)}
    for item in circuit.data:
        on = [wire[qubit] for qubit in item.qubits]
        grown = {}
        for read, state in branches.items():
            if item.operation.name == "measure":
                for outcome in (0, 1):
                    kept = np.array(state.data)
                    kept[(np.arange(kept.size) >> on[0] & 1) != outcome] = 0
                    grown[(*read, (bits[item.clbits[0]], outcome))] = Statevector(kept)
            elif item.operation.name == "if_else":
                bit, wanted = item.operation.condition
                if dict(read)[bits[bit]] == wanted:
                    state = state.evolve(item.operation.blocks[0], on)
                grown[read] = state
            elif item.operation.name == "barrier":
                grown[read] = state
            else:
                grown[read] = state.evolve(item.operation, on)
        branches = grown
    result = np.zeros(2 ** len(bits))
    for read, state in branches.items():
        result[sum(outcome << bit for bit, outcome in read)] += np.linalg.norm(state.data) ** 2
    return result


@pytest.mark.parametrize("problem", [WELL, PLANE, MIXED], ids=["one", "two", "mixed"])
@pytest.mark.parametrize("name", ["walsh", "joint", "separate"])
def test_outcomes_have_the_probabilities_of_the_anneal(problem, name):
    schedule = Schedule.constant(0.5, num_steps=2, time_step=0.2)
    initial = PACKET if problem is WELL else "uniform"
    compiler = Compiler(name, budget="exact" if name != "walsh" else None, effort=0.2)
    circuit = build(
        problem, schedule, initial=initial, compiler=compiler, measure=True, dynamic=True
    )
    assert circuit.count_ops()["if_else"] >= max(problem.grid.qubits_per_axis) - 1
    exact = np.abs(Anneal(problem, schedule, initial=initial).final_state()) ** 2
    expected = problem.grid.to_vector(exact / exact.sum())
    assert np.abs(distribution(circuit) - expected).sum() / 2 < 1e-12


@pytest.mark.parametrize("target", ["line", "heavy-hex"])
def test_on_edges(target):
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    compiler = Compiler("joint", budget="exact", target=target, effort=0.3)
    plain = build(WELL, schedule, compiler=compiler, measure=True)
    dynamic = build(WELL, schedule, compiler=compiler, measure=True, dynamic=True)
    assert two_qubit_gates(dynamic) < two_qubit_gates(plain)
    small = 1 << dynamic.num_qubits <= 2**8
    if small:
        exact = np.abs(Anneal(WELL, schedule).final_state()) ** 2
        expected = WELL.grid.to_vector(exact / exact.sum())
        assert np.abs(distribution(dynamic) - expected).sum() / 2 < 1e-9


def test_the_last_transform_takes_no_gate():
    """One, two and four steps of Strang on four qubits: six CX fewer each, or nearly."""
    for steps, plain_most, most in ((1, 29, 24), (2, 58, 53)):
        schedule = Schedule.constant(0.5, num_steps=steps, time_step=0.3)
        compiler = Compiler("joint", budget="exact", effort=1)
        plain = build(WELL, schedule, compiler=compiler, measure=True)
        dynamic = build(WELL, schedule, compiler=compiler, measure=True, dynamic=True)
        assert two_qubit_gates(plain) <= plain_most
        assert two_qubit_gates(dynamic) <= most


def test_after_a_refinement():
    grid = Grid([(-4, 4)], 5)
    schedule = Schedule([Stage(0.5, 0.3, 1, coarse=1), Stage(0.2, 0.3, 1)])
    problem = Problem(grid, "double_well")
    circuit = build(problem, schedule, measure=True, dynamic=True)
    exact = np.abs(Anneal(problem, schedule).final_state()) ** 2
    expected = grid.to_vector(exact / exact.sum())
    assert np.abs(distribution(circuit) - expected).sum() / 2 < 1e-12


def test_a_transform_alone():
    """Of a packet on five qubits: the packet comes back, and no CX after the transform."""
    grid = Grid([(-4, 4)], 5)
    circuit = initial_circuit(Gaussian(0.5, 1.0, 2.0), grid)
    circuit.compose(to_momentum(5), inplace=True)
    before = two_qubit_gates(circuit)
    measure_as_it_goes(circuit, range(5), [range(5)])
    assert two_qubit_gates(circuit) == before
    packet = np.abs(Gaussian(0.5, 1.0, 2.0).amplitudes(grid)) ** 2
    assert np.abs(distribution(circuit) - packet / packet.sum()).sum() / 2 < 1e-12


def test_counts_on_aer_are_those_of_the_plain_circuit():
    """Chi-square of 1e5 shots against the exact distribution; a wrong sign of one phase fails."""
    schedule = Schedule.constant(0.5, num_steps=2, time_step=0.3)
    compiler = Compiler("joint", budget="exact", effort=0.3)
    circuit = build(WELL, schedule, initial=PACKET, compiler=compiler, measure=True, dynamic=True)
    counts = AerSimulator().run(circuit, shots=100_000, seed_simulator=3).result().get_counts()
    read = np.zeros(16)
    for text, number in counts.items():
        read[int(text, 2)] = number
    exact = np.abs(Anneal(WELL, schedule, initial=PACKET).final_state()) ** 2
    expected = WELL.grid.to_vector(exact / exact.sum()) * 1e5
    statistic = float(((read - expected) ** 2 / expected).sum())
    assert chi2.sf(statistic, 15) > 1e-4


def test_the_backend_measures_as_it_goes():
    from qdml_quantum import anneal

    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    result = anneal(WELL, schedule, backend=Aer(dynamic=True), shots=4000, seed=1)
    exact = np.abs(Anneal(WELL, schedule).final_state()) ** 2
    histogram = np.asarray(result.probabilities).ravel()
    assert np.abs(histogram - exact / exact.sum()).sum() / 2 < 0.05
    assert Aer(dynamic=True).identity() != Aer().identity() == Aer(dynamic=False).identity()


@pytest.mark.parametrize("measure", [False, "momentum"])
def test_only_positions_are_measured_as_they_go(measure):
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    with pytest.raises(ValueError, match=r"`dynamic`.*position.*measure=True"):
        build(WELL, schedule, measure=measure, dynamic=True)


def test_a_target_without_feed_forward_is_refused():
    target = Target.from_configuration(["cx", "rz", "sx", "x", "measure"], num_qubits=4)
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    with pytest.raises(ValueError, match=r"`dynamic`.*if_else.*cx.*Leave"):
        build(WELL, schedule, compiler=Compiler(target=target), measure=True, dynamic=True)
    require_feed_forward(None)


def test_axes_go_side_by_side():
    """As many rounds as the longest axis has bits, not as many as there are bits."""
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    plane = Problem(Grid([(-1, 1)] * 2, 4), "x1**2 * x2")
    circuit = build(plane, schedule, measure=True, dynamic=True)
    assert circuit.count_ops()["if_else"] == 2 * 3
    names = [item.operation.name for item in circuit.data if item.operation.name != "h"]
    tail = names[names.index("measure") :]
    rounds = [list(group) for _, group in itertools.groupby(tail)]
    assert [len(group) for group in rounds] == [2, 2, 2, 2, 2, 2, 2]


def test_the_fed_forward_phases_halve():
    circuit = initial_circuit("uniform", Grid([(0, 1)], 3))
    measure_as_it_goes(circuit, range(3), [range(3)])
    blocks = [i.operation.blocks[0] for i in circuit.data if i.operation.name == "if_else"]
    angles = [[float(gate.operation.params[0]) for gate in block.data] for block in blocks]
    assert angles == [[math.pi / 2, math.pi / 4], [math.pi / 2]]
