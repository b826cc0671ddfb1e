"""Networks: every term gets its rotation once and in time, as a replay by sets confirms."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from network_replay import replay
from qiskit.quantum_info import Operator

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import Weights

WEIGHTS = {
    1: Weights(0.1, 0.0, 0.1, 0.1),
    2: Weights(0.05, 0.3, 0.15, 0.3),
    3: Weights(0.05, 0.3, 0.15, 0.3),
}


@st.composite
def topologies(draw, n):
    rzz = draw(st.booleans())
    if draw(st.booleans()):
        return Topology(n, None, rzz)
    order = draw(st.permutations(range(n)))
    edges = [(order[draw(st.integers(0, i - 1))], order[i]) for i in range(1, n)]
    edges += draw(st.lists(st.sampled_from(list(itertools.combinations(range(n), 2))), max_size=2))
    return Topology(n, tuple(edges), rzz)


@st.composite
def diagonals(draw):
    n = draw(st.integers(2, 6))
    masks = draw(st.lists(st.integers(1, 2**n - 1), min_size=1, max_size=10))
    path_sum = PathSum.diagonal(n, masks, home=draw(st.booleans()))
    return path_sum, draw(topologies(n))


@st.composite
def steps(draw, most=5):
    n = draw(st.integers(2, most))
    masks = draw(st.lists(st.integers(1, 2**n - 1), max_size=6))
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=2)))
    axes = [b - a for a, b in itertools.pairwise([0, *cuts, n])]
    path_sum = PathSum.step(n, masks, axes, home=draw(st.booleans()))
    return path_sum, draw(topologies(n))


@st.composite
def shorts(draw, most=3):
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=most))
    n = sum(sizes)
    assume(n > 1)
    masks = draw(st.lists(st.integers(1, 2**n - 1), max_size=8))
    path_sum = PathSum.short(n, masks, sizes, home=draw(st.booleans()))
    return path_sum, draw(topologies(n))


def searched(path_sum, topology, *, width=8, seed=0, **options):
    """The network of a narrow beam search, or None where it lost its way."""
    weights = WEIGHTS[path_sum.num_layers]
    search = BeamSearch(path_sum, topology, weights, width=width, seed=seed)
    found = search.run(**options)
    if found is None:
        return None
    moves, labels = found
    network = trace(path_sum, moves, topology, labels=labels, method="beam")
    # The search follows the rules of `trace`: what it finds can be traced.
    assert network is not None
    return network


@given(diagonals(), st.integers(0, 3))
@settings(max_examples=60)
def test_diagonals_place_every_term_once(case, seed):
    network = searched(*case, seed=seed)
    assume(network is not None)
    replay(network, case[1])


@given(steps(), st.integers(0, 3))
@settings(max_examples=120)
def test_steps_place_every_term_once(case, seed):
    network = searched(*case, seed=seed)
    assume(network is not None)
    replay(network, case[1])


@given(shorts(), st.integers(0, 3))
@settings(max_examples=80)
def test_short_steps_place_every_term_once(case, seed):
    network = searched(*case, seed=seed)
    assume(network is not None)
    replay(network, case[1])
    assert network.num_two_qubit_gates >= lower_bound(*case)


@pytest.mark.slow
@given(steps(most=6), st.integers(0, 10**6))
@settings(max_examples=500)
def test_many_steps_place_every_term_once(case, seed):
    network = searched(*case, seed=seed, width=16)
    assume(network is not None)
    replay(network, case[1])


@pytest.mark.parametrize("rzz", [False, True])
@pytest.mark.parametrize("home", [False, True])
@pytest.mark.parametrize("line", [False, True])
def test_six_slots_are_found(line, home, rzz):
    """A beam of 64 does find a harmonic step on all pairs and on a line."""
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(6), 2)]
    path_sum = PathSum.step(6, pairs, [2, 4], home=home)
    topology = Topology.line(6, rzz=rzz) if line else Topology(6, rzz=rzz)
    network = searched(path_sum, topology, width=64)
    assert network is not None
    replay(network, topology)


def amplitudes(path_sum, angles):
    """Sum over all paths of a step, ``U[x', x]``, from the terms alone."""
    n = path_sum.num_slots
    shape = (2,) * (3 * n)  # Axis i is variable i.
    sign = [
        np.array([1, -1]).reshape([2 if k == i else 1 for k in range(3 * n)]) for i in range(3 * n)
    ]
    bit = [(1 - s) // 2 for s in sign]
    phase = np.zeros(shape)
    for mask, theta in angles.items():
        parity = np.ones((1,) * (3 * n))
        for i in range(3 * n):
            if mask >> i & 1:
                parity = parity * sign[i]
        phase = phase + theta * parity
    for i in range(n):
        phase = phase - np.pi * (bit[i] * bit[n + i] + bit[n + i] * bit[2 * n + i])
    paths = np.exp(-1j * phase) / 2**n
    paths = paths.transpose([*reversed(range(2 * n, 3 * n)), *reversed(range(n)), *range(n, 2 * n)])
    return paths.reshape(2**n, 2**n, 2**n).sum(axis=2)


def homed(matrix, wires):
    """Rows in the order of slots: bit i is the wire on which slot i ended."""
    x = np.arange(len(matrix))
    return matrix[sum((x >> i & 1) << wire for i, wire in enumerate(wires))]


def random_angles(path_sum, seed):
    rng = np.random.default_rng(seed)
    singles = [1 << i for i in range(path_sum.num_variables)]
    return {mask: float(rng.normal(scale=3)) for mask in (0, *singles, *path_sum.terms)}


@given(steps(most=4), st.integers(0, 3))
@settings(max_examples=40)
def test_steps_sum_over_all_paths(case, seed):
    """The unitary, global phase included: rotations, CX, H and the phases taken back."""
    path_sum, _ = case
    network = searched(*case, seed=seed)
    assume(network is not None)
    angles = random_angles(path_sum, seed)
    found = homed(Operator(network.circuit(angles, constant=0.7)).data, network.wires)
    exact = np.exp(-0.7j) * amplitudes(path_sum, angles)
    np.testing.assert_allclose(found, exact, atol=1e-12)  # measured: 6e-15


@given(diagonals(), st.integers(0, 3))
@settings(max_examples=40)
def test_diagonals_are_their_parities(case, seed):
    path_sum, _ = case
    network = searched(*case, seed=seed)
    assume(network is not None)
    angles = random_angles(path_sum, seed)
    found = homed(Operator(network.circuit(angles)).data, network.wires)
    x = np.arange(2**path_sum.num_slots)
    phases = sum(t * (-1.0) ** np.bitwise_count(x & mask) for mask, t in angles.items())
    np.testing.assert_allclose(found, np.diag(np.exp(-1j * phases)), atol=1e-12)


@given(st.one_of(diagonals(), steps(most=4)))
@settings(max_examples=30)
def test_cost_is_that_of_the_circuit(case):
    path_sum, _ = case
    network = searched(*case)
    assume(network is not None)
    circuit = network.circuit(random_angles(path_sum, 1))
    assert network.num_two_qubit_gates == circuit.num_nonlocal_gates()
    depth = circuit.depth(lambda item: len(item.qubits) == 2)
    assert network.two_qubit_depth == depth
    assert network.cost == (circuit.num_nonlocal_gates(), depth)


@given(st.one_of(diagonals(), steps(most=4)), st.integers(-4, 4))
@settings(max_examples=40)
def test_max_cost_is_never_met(case, offset):
    """RZZ gates count as well: what is found is below, where there was something to find."""
    free = searched(*case)
    assume(free is not None)
    limit = free.num_two_qubit_gates + offset
    found = searched(*case, max_cost=limit)
    if offset > 0:
        assert found is not None
    assert found is None or found.num_two_qubit_gates < limit


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("line", [False, True])
def test_every_rzz_is_paid_for(line, seed):
    """Also one made before a CX spoils it: with a limit, nothing dearer comes back."""
    masks = np.random.default_rng(seed).integers(1, 16, size=5).tolist()
    path_sum = PathSum.step(4, masks, [4])
    topology = Topology.line(4, rzz=True) if line else Topology(4, rzz=True)
    known = searched(path_sum, topology, width=32)
    assert known is not None
    assert any(gate.name == "rzz" for gate in known.gates)
    for limit in range(known.num_two_qubit_gates - 3, known.num_two_qubit_gates + 3):
        found = searched(path_sum, topology, width=32, max_cost=limit)
        assert found is None or found.num_two_qubit_gates < limit


@given(st.one_of(diagonals(), steps(most=4), shorts()), st.floats(0, 1))
@settings(max_examples=40)
def test_searches_begin_as_told(case, share):
    """With a part of a known network, which alone does not end."""
    known = searched(*case)
    assume(known is not None)
    prefix = known.moves[: int(share * len(known.moves))]
    assert known.moves == [gate.wires for gate in known.gates if gate.name == "cx"]
    found = searched(*case, prefix=prefix, labels=known.labels, seed=1)
    assume(found is not None)
    assert found.moves[: len(prefix)] == prefix
    replay(found, case[1])


def test_equal_seeds_give_equal_networks():
    path_sum = PathSum.step(4, [3, 5, 6, 9, 15], [4])
    for topology in (Topology(4), Topology.line(4, rzz=True)):
        a, b = (searched(path_sum, topology, seed=3).gates for _ in range(2))
        assert a == b


@pytest.mark.parametrize(
    ("n", "masks", "moves", "home"),
    [
        (2, [0b11], [], True),  # the term is left over
        (2, [0b11], [(0, 1)], True),  # not home
        (2, [0b11], [(0, 1)], False),  # not on any wire
        (2, [], [(0, 1)], True),
        (2, [0b11], [(0, 1), (1, 0), (0, 1)], True),  # swapped
        (3, [0b111], [(0, 1), (0, 1), (2, 1), (2, 1)], True),  # passes by
    ],
)
def test_moves_that_leave_something_over(n, masks, moves, home):
    assert trace(PathSum.diagonal(n, masks, home=home), moves) is None


def test_steps_that_do_not_end():
    """Without moves no pair of y and x meets; after the first one too few do."""
    path_sum = PathSum.step(2, [], [2])
    assert trace(path_sum, []) is None
    network = searched(path_sum, Topology(2), width=32)
    moves = [gate.wires for gate in network.gates if gate.name == "cx"]
    assert trace(path_sum, moves, Topology(2), labels=network.labels) is not None
    for number in range(len(moves)):
        assert trace(path_sum, moves[:number], Topology(2), labels=network.labels) is None


def test_a_swap_is_a_new_place_where_slots_are_free():
    network = trace(PathSum.diagonal(3, [0b11], home=False), [(0, 1), (1, 0), (0, 1)])
    assert network.wires == (1, 0, 2)
    assert [gate.name for gate in network.gates] == ["cx", "rz", "cx", "cx"]
    replay(network, Topology(3))


def test_terms_are_rotated_as_soon_as_they_appear():
    network = trace(PathSum.diagonal(2, [0b11]), [(0, 1), (0, 1)], method="by hand")
    assert [(g.name, g.wires, g.term) for g in network.gates] == [
        ("cx", (0, 1), 0),
        ("rz", (1,), 0b11),
        ("cx", (0, 1), 0),
    ]
    assert network.method == "by hand"
    assert network.cost == (2, 2)


def test_one_qubit_needs_no_moves():
    network = trace(PathSum.step(1, [], [1]), [])
    replay(network, Topology(1))
    assert [gate.name for gate in network.gates] == ["h", "rz", "h", "rz"]
    assert network.cost == (0, 0)


def test_rzz_where_there_is_one():
    path_sum = PathSum.diagonal(3, [0b011, 0b110])
    topology = Topology.line(3, rzz=True)
    network = trace(path_sum, [], topology)
    replay(network, topology)
    assert [gate.name for gate in network.gates] == ["rzz", "rzz"]
    assert network.cost == (2, 2)
    assert trace(path_sum, [], Topology.line(3)) is None
    # Not between wires that share no gate.
    assert trace(PathSum.diagonal(3, [0b101]), [], topology) is None


def test_rzz_comes_before_the_cx_that_would_spoil_it():
    """0 and 1 share a term; a CX from 2 onto 1 ends the chance."""
    path_sum = PathSum.diagonal(3, [0b011])
    topology = Topology(3, rzz=True)
    network = trace(path_sum, [(2, 1), (2, 1)], topology)
    replay(network, topology)
    assert [gate.name for gate in network.gates] == ["rzz", "cx", "cx"]
    network = trace(path_sum, [(0, 1), (0, 1)], topology)
    assert [gate.name for gate in network.gates] == ["cx", "rz", "cx"]


def test_rotations_of_angle_zero_are_left_out():
    network = trace(PathSum.diagonal(2, [0b11]), [(0, 1), (0, 1)])
    assert dict(network.circuit({}).count_ops()) == {"cx": 2}
    assert dict(network.circuit({3: 0.0, 1: 0.0, 2: 0.1}).count_ops()) == {"cx": 2, "rz": 1}


@pytest.mark.parametrize("angle", [1e4, -37.5, 2 * np.pi, np.pi])
def test_angles_of_many_turns(angle):
    network = trace(PathSum.diagonal(2, [0b11]), [(0, 1), (0, 1)])
    circuit = network.circuit({3: angle, 2: -angle}, constant=angle)
    x = np.arange(4)
    phases = angle * ((-1.0) ** np.bitwise_count(x & 3) - (-1.0) ** np.bitwise_count(x & 2) + 1)
    np.testing.assert_allclose(Operator(circuit).data, np.diag(np.exp(-1j * phases)), atol=1e-11)
    for item in circuit.data:
        if item.operation.name == "rz":
            assert abs(item.operation.params[0]) <= 2 * np.pi
