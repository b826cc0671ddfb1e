"""Steps on short axes: exact wherever the qubits are, and with fewer gates than terms."""

import functools
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap

from qdml_quantum import Axis, Grid, Phase, Problem
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.synthesis.circuits import network_builder
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder
from qdml_quantum.synthesis.networks.path_sum import PathSum, short_mask
from qdml_quantum.synthesis.networks.short import CLOSING, close, short_angles
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import Topology

ALL = ((0, 1), (0, 2), (1, 2))
LINES = tuple(itertools.combinations(ALL, 2))
STRINGS = [s for r in range(5) for s in itertools.combinations((3, 5, 6, 7), r)]


def exact(axes, kinetic, potential):
    """Dense ``exp(-i kinetic k^2) exp(-i zeta)`` from plane waves and signs."""
    operator = np.ones((1, 1))
    for axis in axes:
        size = 2**axis.num_qubits
        m = np.fft.fftfreq(size, 1 / size)
        waves = np.exp(2j * np.pi * np.outer(np.arange(size), m) / size) / math.sqrt(size)
        k = 2 * np.pi * m / (axis.upper - axis.lower)
        one = waves @ np.diag(np.exp(-1j * kinetic * k**2)) @ waves.conj().T
        operator = np.kron(one, operator)
    x = np.arange(len(operator))
    zeta = sum(v * (-1.0) ** np.bitwise_count(x & s) for s, v in potential.items())
    return operator @ np.diag(np.exp(-1j * (zeta + np.zeros(x.size))))


def slots_of(circuit, wires):
    """Matrix from slots to slots, slot i starting on wire i."""
    x = np.arange(2**circuit.num_qubits)
    return Operator(circuit).data[sum((x >> slot & 1) << wire for slot, wire in enumerate(wires))]


def step(axes, kinetic, potential, edges, *, home=False):
    """A step by one network and its end, and the wires; None where there is no network."""
    sizes = [axis.num_qubits for axis in axes]
    n = sum(sizes)
    path_sum = PathSum.short(n, potential, sizes, home=home)
    network = synthesize(path_sum, Topology(n, edges), effort=0.1)
    if network is None:
        return None
    circuit = network.circuit(short_angles(potential, axes, kinetic))
    close(circuit, network.wires, axes, kinetic)
    return circuit, network.wires


angles = st.floats(-5, 5)


@st.composite
def axes(draw):
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    return [Axis(-1, draw(st.floats(0.3, 20)) - 1, size) for size in sizes]


@given(axes(), st.floats(-40, 40), st.data())
@settings(max_examples=80)
def test_is_exact_global_phase_included(axes, kinetic, data):
    n = sum(axis.num_qubits for axis in axes)
    potential = data.draw(st.dictionaries(st.integers(0, 2**n - 1), angles))
    line = tuple(itertools.pairwise(data.draw(st.permutations(range(n)))))
    edges = data.draw(st.sampled_from([None, line]))
    home = data.draw(st.booleans())
    made = step(axes, kinetic, potential, edges, home=home)
    if made is None:
        near = {frozenset(pair) for pair in line}
        firsts = np.cumsum([0, *(axis.num_qubits for axis in axes[:-1])])
        triples = [f for f, axis in zip(firsts, axes, strict=True) if axis.num_qubits == 3]
        # Those that end at home need it; the others a search may miss.
        assert not home or any({f, end} not in near for f in triples for end in (f + 1, f + 2))
        return
    circuit, wires = made
    largest = max((2**axis.num_qubits * np.pi / axis.length) ** 2 for axis in axes)
    tolerance = 1e-14 * (30 + abs(kinetic) * largest)  # measured: 1e-15 (30 + |phase|)
    found = slots_of(circuit, wires)
    np.testing.assert_allclose(found, exact(axes, kinetic, potential), atol=tolerance)
    assert wires == tuple(range(n)) or not home
    assert set(circuit.count_ops()) <= {"cx", "rz", "h"}
    for item in circuit.data:
        if len(item.qubits) == 2 and edges is not None:
            pair = {circuit.find_bit(qubit).index for qubit in item.qubits}
            assert any(pair == set(edge) for edge in edges)


@functools.cache
def gates(strings, edges):
    """Two-qubit gates of a step on one axis of three qubits."""
    return step([Axis(-4, 4, 3)], 0.1, dict.fromkeys(strings, 0.1), edges)[0].num_nonlocal_gates()


def test_gates_do_not_depend_on_angles():
    for kinetic, value in ((0.1, 0.2), (0.0, 0.0), (-3.0, 100.0)):
        for strings in STRINGS:
            made = step([Axis(-4, 4, 3)], kinetic, dict.fromkeys(strings, value), ALL)
            assert made[0].num_nonlocal_gates() == gates(strings, ALL)


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
        assert 2 * CLOSING + len(strings) <= gates(strings, ALL) <= 7 + max(len(strings), 1)


@pytest.mark.slow
def test_more_strings_or_fewer_edges_never_cost_less():
    for strings, more in itertools.product(STRINGS, repeat=2):
        if set(strings) < set(more):
            assert gates(strings, ALL) <= gates(more, ALL)
            assert gates(more, ALL) <= min(gates(more, line) for line in LINES)


@pytest.mark.parametrize("sizes", [[3], [2, 3], [3, 1, 3]])
def test_masks_are_those_of_the_first_wires(sizes):
    """Linear, its own inverse, and what every wire holds at first is the bit of its slot."""
    n = sum(sizes)
    for mask in range(1 << n):
        assert short_mask(short_mask(mask, sizes), sizes) == mask
        assert short_mask(mask, sizes) == short_mask(mask & 5, sizes) ^ short_mask(mask & ~5, sizes)
    path_sum = PathSum.short(n, range(1 << n), sizes)
    assert path_sum.start == tuple(short_mask(1 << slot, sizes) for slot in range(n))
    assert len(path_sum.terms) == 2**n - 1 - n + 3 * sizes.count(3) + sizes.count(2)


STAR = CouplingMap([(0, leaf) for leaf in range(1, 7)])
"""Only one axis of three qubits has one next to both others here."""
SPLITS = [(3,), (2, 2), (3, 3), (1, 3), (3, 2), (4, 3), (2, 4)]


@pytest.mark.each_value
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("target", [None, "line", "heavy-hex", STAR])
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
    networks = NetworkBuilder(problem, joint=joint, target=target, effort=0.03)
    circuit = networks.empty()
    wires = networks.append(circuit, moves)
    # Measured: 2e-14.
    np.testing.assert_allclose(slots_of(circuit, wires), Operator(plain).data, atol=1e-11)


def test_edges_that_do_not_take_short_axes_take_fourier_transforms():
    grid = Grid([(-5.12, 5.12)] * 2, 3)
    networks = NetworkBuilder(Problem(grid, "rastrigin"), joint=True, target=STAR, effort=0.1)
    assert networks.joint
    assert not networks.main.turned
    assert networks.region.topology.edges is not None


@pytest.mark.parametrize(("target", "most"), [(None, 20), ("line", 24)])
def test_a_step_takes_fewer_gates_than_it_would_have_terms(target, most):
    """Four strings on each axis; with Fourier transforms there are nine terms more on each: 26."""
    grid = Grid([(-5.12, 5.12)] * 2, 3)
    networks = NetworkBuilder(Problem(grid, "rastrigin"), joint=True, target=target, effort=0.5)
    circuit = networks.empty()
    networks.append(circuit, [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.05)])
    assert len(networks.main.terms) == 14
    assert circuit.num_nonlocal_gates() <= most


@pytest.mark.parametrize(
    ("joint", "sizes", "whole", "alone"),
    [
        (True, [4, 4], 1.0, 0.3),
        (True, [3, 4], 0.55, 0.55 * 0.3),
        (False, [4, 4], 1.0, 1.0),
        (False, [3, 4], 1.0, 1.0),
    ],
)
def test_phases_alone_take_a_share_of_the_effort_and_the_time_of_a_step(
    monkeypatch, joint, sizes, whole, alone
):
    """And so do steps on axes of three qubits beside longer ones, with more networks to search."""
    asked = {"choose_layout": [], "network_on": []}
    for name, calls in asked.items():
        real = getattr(network_builder, name)

        def spied(first, second, real=real, calls=calls, **options):
            calls.append((options["effort"], options["time_limit"]))
            return real(first, second, **options)

        monkeypatch.setattr(network_builder, name, spied)
    problem = Problem(Grid([(-5, 5)] * 2, sizes), "himmelblau")
    made = NetworkBuilder(problem, joint=joint, effort=0.1, time_limit=100.0)
    made.append(made.empty(), [Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.05)])
    made.append(made.empty(), [Phase(POTENTIAL, 0.1)])
    for name, share in (("choose_layout", whole), ("network_on", alone)):
        assert asked[name]
        for options in asked[name]:
            assert options == pytest.approx((0.1 * share, 100 * share))
