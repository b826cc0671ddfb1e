"""Topologies: which pairs there are, and distances that a search by hand confirms."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.topology import Topology

SMALL = {
    "one": (1, None),
    "two": (2, [(0, 1)]),
    "line": (4, [(0, 1), (1, 2), (2, 3)]),
    "bent": (4, [(2, 0), (0, 3), (3, 1)]),
    "star": (4, [(0, 1), (0, 2), (0, 3)]),
    "ring": (4, [(0, 1), (1, 2), (2, 3), (3, 0)]),
    "kite": (4, [(0, 1), (1, 2), (2, 0), (2, 3)]),
    "all": (4, None),
}


@st.composite
def connected(draw, most=6):
    n = draw(st.integers(2, most))
    edges = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    extra = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    edges += [pair for pair in draw(st.lists(extra, max_size=4)) if pair[0] != pair[1]]
    return n, edges


def by_search(n, pairs):
    """Fewest CX until a wire holds a parity, over all matrices: ``found[wire, mask]``."""
    start = tuple(1 << wire for wire in range(n))
    found = {(wire, 1 << wire): 0 for wire in range(n)}
    seen, front, steps = {start}, [start], 0
    while front:
        steps += 1
        after = []
        for held in front:
            for a, b in pairs:
                for control, target in ((a, b), (b, a)):
                    new = list(held)
                    new[target] ^= new[control]
                    key = tuple(new)
                    if key not in seen:
                        seen.add(key)
                        after.append(key)
                        found.setdefault((target, new[target]), steps)
        front = after
    return found


def by_trees(n, pairs, mask, wire=None):
    """A tree over the mask (and the wire): every edge once, and twice where it only passes."""
    best = None
    for tree in range(1, 1 << n):
        inside = [i for i in range(n) if tree >> i & 1]
        if tree & mask != mask or (wire is not None and not tree >> wire & 1):
            continue
        reached, grew = {inside[0]}, True
        while grew:
            more = {b for a, b in pairs if a in reached and b in inside}
            more |= {a for a, b in pairs if b in reached and a in inside}
            grew = not more <= reached
            reached |= more
        if reached == set(inside):
            cost = 2 * len(inside) - mask.bit_count() - 1
            best = cost if best is None else min(best, cost)
    return best


@pytest.mark.parametrize("name", SMALL)
def test_distance_is_that_of_all_circuits(name):
    n, edges = SMALL[name]
    topology = Topology(n, None if edges is None else tuple(edges))
    pairs = edges or list(itertools.combinations(range(n), 2))
    found = by_search(n, pairs)
    for mask in range(1, 1 << n):
        assert topology.distance[mask] == min(found[wire, mask] for wire in range(n))
        for wire in range(n):
            assert topology.distance_to(wire)[mask] == found[wire, mask]


@given(connected())
@settings(max_examples=30)
def test_distance_is_that_of_the_smallest_tree(graph):
    n, edges = graph
    topology = Topology(n, tuple(edges))
    for mask in range(1, 1 << n):
        assert topology.distance[mask] == by_trees(n, edges, mask)
        wire = mask % n
        assert topology.distance_to(wire)[mask] == by_trees(n, edges, mask, wire)


@pytest.mark.parametrize("n", range(1, 8))
def test_between_all_pairs_only_the_number_of_wires_counts(n):
    weights = np.array([mask.bit_count() for mask in range(1 << n)])
    np.testing.assert_array_equal(Topology(n).distance, np.maximum(weights - 1, 0))
    assert Topology(n).distance_to(0)[0] == 0


@given(connected())
@settings(max_examples=30)
def test_pairs_and_moves(graph):
    n, edges = graph
    topology = Topology(n, tuple(edges))
    exact = {tuple(sorted(edge)) for edge in edges}
    assert set(topology.pairs) == exact
    assert len(topology.pairs) == len(exact)
    moves = [tuple(move) for move in topology.moves.tolist()]
    assert sorted(moves) == sorted([*exact, *((b, a) for a, b in exact)])


def test_pairs_of_all_wires():
    assert sorted(Topology(4).pairs) == list(itertools.combinations(range(4), 2))
    assert len(Topology(4).moves) == 12
    assert Topology(1).moves.shape == (0, 2)


def test_order_repeats_and_loops_of_edges_do_not_matter():
    """Equal topologies are equal keys: networks are kept by them."""
    a = Topology(3, ((1, 0), (1, 2), (0, 1), (2, 2)))
    assert a == Topology.line(3)
    assert hash(a) == hash(Topology.line(3))
    assert a.edges == ((0, 1), (1, 2))
    assert a != Topology.line(3, rzz=True)


def test_complete_edges_are_all_pairs():
    assert Topology(3, ((0, 1), (2, 1), (0, 2))) == Topology(3)
    assert Topology.line(2) == Topology(2)
    assert Topology.line(1) == Topology(1)
    assert Topology.line(3).edges is not None


@pytest.mark.parametrize("edges", [((0, 3),), ((-1, 0), (0, 1), (1, 2))])
def test_wires_that_do_not_exist(edges):
    with pytest.raises(ValueError, match=r"`edges` must join wires 0 to 2"):
        Topology(3, edges)


@pytest.mark.parametrize("edges", [(), ((0, 1),), ((0, 1), (2, 3)), ((1, 2), (2, 3), (3, 1))])
def test_wires_out_of_reach(edges):
    with pytest.raises(ValueError, match=r"`target` must join all qubits in use.* on 4 qubits"):
        Topology(4, edges)
