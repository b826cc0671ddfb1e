"""The kinetic phase of three qubits: exact wherever its qubits are, and in steps of any kind."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator

from qdml_quantum import Axis, Grid, Phase, Problem
from qdml_quantum.formulas import KINETIC, POTENTIAL
from qdml_quantum.synthesis.builder import BlockBuilder, NetworkBuilder, triple_unit
from qdml_quantum.synthesis.topology import Topology
from qdml_quantum.synthesis.triple import triple_phase, triple_phase_on_line

ALL = Topology(3)
MIDDLE = {
    0: Topology(3, ((0, 1), (0, 2))),
    1: Topology(3, ((0, 1), (1, 2))),
    2: Topology(3, ((0, 2), (1, 2))),
}


def exact(axis, angle):
    """Dense ``exp(-i angle k^2)`` from eight plane waves."""
    m = np.array([0, 1, 2, 3, -4, -3, -2, -1])
    waves = np.exp(2j * np.pi * np.outer(np.arange(8), m) / 8) / math.sqrt(8)
    k = 2 * np.pi * m / (axis.upper - axis.lower)
    return waves @ np.diag(np.exp(-1j * angle * k**2)) @ waves.conj().T


def slots_of(circuit, wires):
    """Matrix from slots to slots, slot i starting on wire i."""
    x = np.arange(2**circuit.num_qubits)
    return Operator(circuit).data[sum((x >> slot & 1) << wire for slot, wire in enumerate(wires))]


@given(st.floats(-40, 40), st.floats(0.3, 20))
@settings(max_examples=60)
def test_is_exact_global_phase_included(angle, length):
    axis = Axis(-1, length - 1, 3)
    phase = angle * (2 * math.pi / length) ** 2 * 16
    tolerance = 1e-14 * (1 + abs(phase))  # measured: 2e-16 (1 + |phase|)
    circuit = triple_phase(axis, angle)
    np.testing.assert_allclose(Operator(circuit).data, exact(axis, angle), atol=tolerance)
    for circuit, wires in (
        (triple_phase_on_line(axis, angle), (1, 0, 2)),
        *((unit.circuit, unit.wires) for unit in units(axis, angle)),
    ):
        np.testing.assert_allclose(slots_of(circuit, wires), exact(axis, angle), atol=tolerance)


def units(axis, angle):
    return [triple_unit(axis, angle, topology) for topology in (ALL, MIDDLE[0], MIDDLE[1])]


@pytest.mark.parametrize("angle", [0.0, 0.1, -3.0])
def test_gates_are_the_same_for_every_angle_and_along_edges(angle):
    axis = Axis(-4, 4, 3)
    for topology, gates in ((ALL, 6), (MIDDLE[0], 7), (MIDDLE[1], 7)):
        circuit = triple_unit(axis, angle, topology).circuit
        counts = circuit.count_ops()
        assert counts["cx"] == gates and set(counts) == {"cx", "rz", "h"}
        for item in circuit.data:
            if len(item.qubits) == 2:
                a, b = sorted(circuit.find_bit(qubit).index for qubit in item.qubits)
                assert (a, b) in topology.pairs
    assert triple_unit(axis, angle, MIDDLE[2]) is None


SPLITS = [(3,), (3, 3), (1, 3), (3, 2), (4, 3)]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("target", [None, "line", "heavy-hex"])
@pytest.mark.parametrize("joint", [True, False])
def test_steps_are_those_of_the_textbook(split, target, joint):
    rng = np.random.default_rng(sum(split))
    grid = Grid([(-1, 2 + number) for number in range(len(split))], split)
    problem = Problem.from_table(rng.normal(size=grid.shape), grid.bounds)
    moves = [Phase(POTENTIAL, 0.7), Phase(KINETIC, 0.11), Phase(POTENTIAL, 0.4)]
    moves += [Phase(KINETIC, -0.3), Phase(POTENTIAL, 0.7), Phase(KINETIC, 0.11)]
    textbook = BlockBuilder(problem)
    plain = textbook.empty()
    textbook.append(plain, moves)
    builder = NetworkBuilder(problem, joint=joint, target=target, effort=0.1)
    circuit = builder.empty()
    wires = builder.append(circuit, moves)
    # Measured: 2e-14.
    np.testing.assert_allclose(slots_of(circuit, wires), Operator(plain).data, atol=1e-11)


def test_a_step_takes_fewer_gates_than_its_network():
    """Four strings per axis: 24 gates; one gate per term of the Fourier transforms would be 26."""
    grid = Grid([(-5.12, 5.12)] * 2, 3)
    builder = NetworkBuilder(Problem(grid, "rastrigin"), joint=True, effort=0.5)
    circuit = builder.empty()
    builder.append(circuit, [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.05)])
    assert len(builder.main.terms) == 26
    assert circuit.num_nonlocal_gates() == 24
