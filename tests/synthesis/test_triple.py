"""Steps on three qubits: exact wherever the qubits are, and with fewer gates than terms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator

from qdml_quantum import Axis, Grid, Phase, Problem
from qdml_quantum.formulas import KINETIC, POTENTIAL
from qdml_quantum.synthesis import builder
from qdml_quantum.synthesis.builder import BlockBuilder, NetworkBuilder
from qdml_quantum.synthesis.triple import shortest_way, triple_step

ALL = ((0, 1), (0, 2), (1, 2))
LINES = tuple(itertools.combinations(ALL, 2))
STRINGS = [s for r in range(5) for s in itertools.combinations((3, 5, 6, 7), r)]


def exact(axis, angle, potential):
    """Dense ``exp(-i angle k^2) exp(-i zeta)`` from eight plane waves and eight signs."""
    m = np.array([0, 1, 2, 3, -4, -3, -2, -1])
    waves = np.exp(2j * np.pi * np.outer(np.arange(8), m) / 8) / math.sqrt(8)
    k = 2 * np.pi * m / (axis.upper - axis.lower)
    kinetic = waves @ np.diag(np.exp(-1j * angle * k**2)) @ waves.conj().T
    zeta = sum(v * (-1.0) ** np.bitwise_count(np.arange(8) & s) for s, v in potential.items())
    return kinetic @ np.diag(np.exp(-1j * (zeta + np.zeros(8))))


def slots_of(circuit, wires):
    """Matrix from slots to slots, slot i starting on wire i."""
    x = np.arange(2**circuit.num_qubits)
    return Operator(circuit).data[sum((x >> slot & 1) << wire for slot, wire in enumerate(wires))]


angles = st.floats(-5, 5)


@given(
    st.floats(-40, 40),
    st.floats(0.3, 20),
    st.dictionaries(st.integers(0, 7), angles),
    st.sampled_from([ALL, *LINES]),
    st.booleans(),
)
@settings(max_examples=80)
def test_is_exact_global_phase_included(angle, length, potential, edges, home):
    axis = Axis(-1, length - 1, 3)
    step = triple_step(axis, angle, potential, edges, home=home)
    if step is None:
        assert home and not {(0, 1), (0, 2)} <= set(edges)
        return
    circuit, wires = step
    phase = angle * (2 * math.pi / length) ** 2 * 16
    found = slots_of(circuit, wires)
    tolerance = 1e-14 * (10 + abs(phase))  # measured: 3e-16 (10 + |phase|)
    np.testing.assert_allclose(found, exact(axis, angle, potential), atol=tolerance)
    assert wires == (0, 1, 2) or not home
    assert set(circuit.count_ops()) <= {"cx", "rz", "h"}
    for item in circuit.data:
        if len(item.qubits) == 2:
            pair = sorted(circuit.find_bit(qubit).index for qubit in item.qubits)
            assert tuple(pair) in edges


def gates(strings, edges):
    """Two-qubit gates: those of the two networks, and three."""
    way = shortest_way(frozenset(strings), frozenset(edges), False)
    return len(way.before) + len(way.after) + 3


def test_gates_do_not_depend_on_angles():
    for angle, value in ((0.1, 0.2), (0.0, 0.0), (-3.0, 100.0)):
        for strings in STRINGS:
            circuit, _ = triple_step(Axis(-4, 4, 3), angle, dict.fromkeys(strings, value), ALL)
            assert circuit.num_nonlocal_gates() == gates(strings, ALL)


def test_gates_between_three_pairs():
    """Six for the kinetic phase, at most one more for a string, and none without two at first."""
    assert {s: gates(s, ALL) for s in STRINGS if len(s) in (0, 1, 4)} == {
        (): 6,
        (3,): 8,
        (5,): 8,
        (6,): 7,
        (7,): 8,
        (3, 5, 6, 7): 10,
    }
    for strings in STRINGS:
        assert 6 + len(strings) <= gates(strings, ALL) <= 7 + max(len(strings), 1)


def test_more_strings_or_fewer_edges_never_cost_less():
    for strings, more in itertools.product(STRINGS, repeat=2):
        if set(strings) < set(more):
            assert gates(strings, ALL) <= gates(more, ALL)
            assert gates(more, ALL) <= min(gates(more, line) for line in LINES)


def test_qubits_that_are_not_connected():
    assert triple_step(Axis(-4, 4, 3), 0.1, {}, [(0, 2)]) is None


SPLITS = [(3,), (3, 3), (1, 3), (3, 2), (4, 3)]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("target", [None, "line", "heavy-hex"])
@pytest.mark.parametrize("joint", [True, False])
@pytest.mark.parametrize("separable", [True, False])
def test_steps_are_those_of_the_textbook(split, target, joint, separable):
    rng = np.random.default_rng(sum(split))
    grid = Grid([(-1, 2 + number) for number in range(len(split))], split)
    values = rng.normal(size=grid.shape)
    if separable:
        values = sum(np.ix_(*(rng.normal(size=size) for size in grid.shape)), np.zeros(grid.shape))
    problem = Problem.from_table(values, grid.bounds)
    moves = [Phase(POTENTIAL, 0.7), Phase(KINETIC, 0.11), Phase(POTENTIAL, 0.4)]
    moves += [Phase(KINETIC, -0.3), Phase(POTENTIAL, 0.7), Phase(KINETIC, 0.11)]
    textbook = BlockBuilder(problem)
    plain = textbook.empty()
    textbook.append(plain, moves)
    networks = NetworkBuilder(problem, joint=joint, target=target, effort=0.1)
    circuit = networks.empty()
    wires = networks.append(circuit, moves)
    # Measured: 2e-14.
    np.testing.assert_allclose(slots_of(circuit, wires), Operator(plain).data, atol=1e-11)


@pytest.mark.parametrize(("target", "most"), [(None, 20), ("line", 26)])
def test_a_step_takes_fewer_gates_than_it_has_terms(target, most):
    """Four strings on each axis; with Fourier transforms there are nine terms more on each."""
    grid = Grid([(-5.12, 5.12)] * 2, 3)
    networks = NetworkBuilder(Problem(grid, "rastrigin"), joint=True, target=target, effort=0.5)
    circuit = networks.empty()
    networks.append(circuit, [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.05)])
    assert len(networks.main.terms) == 26
    assert circuit.num_nonlocal_gates() <= most


@pytest.mark.parametrize(("joint", "share"), [(True, 0.3), (False, 1.0)])
def test_phases_alone_take_a_share_of_the_effort_and_the_time_of_a_step(monkeypatch, joint, share):
    real, asked = builder.network_on, []

    def network_on(place, path_sum, **options):
        if not path_sum.is_whole_step:
            asked.append((options["effort"], options["time_limit"]))
        return real(place, path_sum, **options)

    monkeypatch.setattr(builder, "network_on", network_on)
    problem = Problem(Grid([(-5, 5)] * 2, 3), "himmelblau")
    search = {"effort": 0.1, "time_limit": 100.0}
    made = NetworkBuilder(problem, joint=joint, **search)
    made.append(made.empty(), [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.05)])
    assert set(asked) == {(share * 0.1, share * 100.0)}
