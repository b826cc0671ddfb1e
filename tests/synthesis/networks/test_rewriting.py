"""Walks among networks: whatever they pass, the network does the same, and no gate is added."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_replay import replay
from network_strategies import STEPS, searched, searches

from qdml_quantum.synthesis.networks import rewriting
from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.constructive import gray, gray_synth
from qdml_quantum.synthesis.networks.kernels.rewriting import Heat
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.rewriting import equals_of, rewritten
from qdml_quantum.synthesis.networks.topology import Topology

SHORT = 0.02  # Seconds: about 100,000 trials.


@given(searches(), st.floats(0.05, 0.6))
@settings(max_examples=60)
def test_a_walk_never_leaves_what_the_network_does(search, heat):
    """Hot and cold, with H alone, in groups and all at once, on edges and between all pairs."""
    path_sum, topology, seed = search
    topology = replace(topology, rzz=False)
    network = searched(path_sum, topology, width=8)
    if network is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        walks = ((Heat(heat, heat / 3, 1.5, 3.0, 5), 0.8),)
        for name in ("_DIAGONAL", "_STEP", "_EDGES"):
            patch.setattr(rewriting, name, walks)
        made = rewritten(network, topology, seconds=SHORT, seed=seed)
    replay(made, topology)
    assert made.cost <= network.cost


@given(st.sets(st.integers(3, 63), min_size=2, max_size=20), st.integers(0, 99))
@settings(max_examples=30)
def test_diagonals_come_home_and_stay_above_their_bound(masks, seed):
    path_sum, topology = PathSum.diagonal(6, masks), Topology(6)
    network = trace(path_sum, gray(path_sum))
    made = rewritten(network, topology, seconds=SHORT, seed=seed)
    replay(made, topology)
    assert lower_bound(path_sum, topology) <= made.num_two_qubit_gates
    assert made.cost <= network.cost


def test_a_long_network_becomes_as_short_as_can_be():
    """The textbook ladder of every string, which takes 60 CX; 14 are the least."""
    path_sum = PathSum.diagonal(4, range(16))
    moves = []
    for term in path_sum.terms:
        *others, last = [wire for wire in range(4) if term >> wire & 1]
        ladder = [(wire, last) for wire in others]
        moves += [*ladder, *reversed(ladder)]
    long = trace(path_sum, moves)
    made = rewritten(long, Topology(4), seconds=0.3)
    assert (long.num_two_qubit_gates, made.num_two_qubit_gates) == (34, 14)


@pytest.mark.parametrize("line", [False, True])
def test_a_step_that_a_narrow_search_left_long_becomes_shorter(line):
    path_sum = PathSum.step(6, [0b11, 0b1100, 0b101101, 0b10110, 0b111000], [6])
    topology = Topology.line(6) if line else Topology(6)
    long = searched(path_sum, topology, width=4)
    short = rewritten(long, topology, seconds=1.0)
    replay(short, topology)
    assert short.num_two_qubit_gates < long.num_two_qubit_gates


def test_as_many_gates_get_less_deep():
    rng = np.random.default_rng(3)
    path_sum = PathSum.diagonal(8, rng.choice(np.arange(1, 256), 60, replace=False))
    network = trace(path_sum, gray_synth(path_sum))
    moves = network.num_two_qubit_gates
    made = rewritten(network, Topology(8), seconds=0.5, least=moves)
    replay(made, Topology(8))
    assert made.num_two_qubit_gates == moves
    assert made.two_qubit_depth < 0.9 * network.two_qubit_depth


def test_strings_that_are_missing_in_the_end_are_put_in_again():
    """So hot that nothing freezes: what is here lacks most strings, and still is made whole."""
    path_sum, topology = PathSum.diagonal(5, range(32)), Topology(5)
    network = trace(path_sum, gray(path_sum))
    walker = rewriting._Walker(path_sum, list(network.gates[:0]), equals_of(topology), seed=[1])
    assert walker.go(Heat(1.0, 1.0, 0.1, 0.1, 4), 0, 0, 1, 0)
    assert (walker._asked.visits == 0).all()
    made = trace(path_sum, [gate.wires for gate in walker.here])
    replay(made, topology)


def test_equal_seeds_walk_alike_and_time_may_end_a_walk():
    path_sum = STEPS[1]
    network = searched(path_sum, Topology(5), width=4)
    walks = [rewritten(network, Topology(5), seconds=SHORT, seed=seed) for seed in (7, 7)]
    assert walks[0] == walks[1]
    assert rewritten(network, Topology(5), seconds=1e6, deadline=0.0) == network
    assert rewritten(network, Topology(5), seconds=0.0) == network


def test_one_wire_and_no_gate_are_left_alone():
    for path_sum in (PathSum.diagonal(1, [1]), PathSum.diagonal(3, [])):
        network = trace(path_sum, [])
        assert rewritten(network, Topology(path_sum.num_slots), seconds=SHORT) is network


@pytest.mark.parametrize(
    ("topology", "free"),
    [
        (Topology(2), False),
        (Topology(3), True),
        (Topology(5), False),
        (Topology(5), True),
        (Topology.line(6), False),
        (Topology(5, ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2))), False),
    ],
)
def test_lists_of_a_kind_do_the_same(topology, free):
    """Followed gate by gate: to the same map, up to the names of wires where they are free."""
    equals = equals_of(topology, free=free)
    wires = min(topology.num_wires, 4)
    rng = np.random.default_rng(1)
    for maps in equals.start:
        for number in rng.permutation(np.flatnonzero(maps[:, -1] > maps[:, 0]))[:200]:
            reached = set()
            for length in range(equals.gates.shape[1] + 1):
                rows = range(maps[number, length], maps[number, length + 1])
                for row in list(rows)[:20]:
                    held = [1 << wire for wire in range(wires)]
                    for code in equals.gates[row, :length]:
                        control, target = divmod(int(code), wires)
                        assert control != target
                        held[target] ^= held[control]
                    if free:
                        assert [held[wire] for wire in equals.ends[row]] == sorted(held)
                        held.sort()
                    reached.add(tuple(held))
            assert len(reached) == 1
            (held,) = reached
            assert number == sum(content << wires * wire for wire, content in enumerate(held))


def test_wires_are_ordered_so_that_their_neighbours_are_those_of_the_table():
    """On every set of neighbours among four wires, the gates of its table stand on neighbours."""
    equals = equals_of(Topology(4, ((0, 1), (1, 2), (2, 3))))
    pairs = [(a, b) for b in range(4) for a in range(b)]
    for mask in np.flatnonzero(equals.order.any(axis=1)):
        near = {frozenset(pairs[bit]) for bit in range(6) if mask >> bit & 1}
        back = {int(new): old for old, new in enumerate(equals.order[mask])}
        first, last = equals.start[equals.kind[mask], :, [0, -1]]
        for code in np.unique(equals.gates[first.min() : last.max()]):
            control, target = divmod(int(code), 4)
            if control != target:
                assert frozenset({back[control], back[target]}) in near
