"""The bound by exhaustion: never above the least number of CX, and above the simple one."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.exhaustion import exhausted_bound
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import Topology


def least(path_sum, topology):
    """CX of the shortest network, by a search of all states without any bound."""
    n = path_sum.num_slots
    own = tuple(1 << wire for wire in range(n))
    seen = frontier = {(own, frozenset(path_sum.terms))}
    for gates in itertools.count():
        if (own, frozenset()) in frontier:
            return gates
        made = set()
        for held, left in frontier:
            for control, target in topology.moves.tolist():
                after = list(held)
                after[target] ^= after[control]
                made.add((tuple(after), left - {after[target]}))
        frontier = made - seen
        seen = seen | frontier


def topologies(n):
    return st.sampled_from([Topology(n), Topology.line(n)])


@given(st.sets(st.integers(3, 7), min_size=1), topologies(3))
@settings(max_examples=30)
def test_on_three_wires_it_is_the_least_number(masks, topology):
    path_sum = PathSum.diagonal(3, masks)
    assert exhausted_bound(path_sum, topology) == least(path_sum, topology)


@given(st.sets(st.integers(3, 15), min_size=1, max_size=6), topologies(4), st.integers(1, 300))
@settings(max_examples=30)
def test_it_is_between_the_simple_bound_and_what_is_found(masks, topology, most):
    """Also where it ends early."""
    path_sum = PathSum.diagonal(4, masks)
    bound = exhausted_bound(path_sum, topology, most_states=most)
    assert bound >= lower_bound(path_sum, topology)
    assert bound <= synthesize(path_sum, topology, effort=0.02).num_two_qubit_gates


def test_pairs_of_a_ring_take_one_more_than_the_simple_bound():
    """No CX leads from a pair to the next one of the same qubit, but one on the other two."""
    ring = PathSum.diagonal(4, [0b0011, 0b0110, 0b1100, 0b1001])
    assert lower_bound(ring, Topology(4)) == 7
    assert exhausted_bound(ring, Topology(4)) == least(ring, Topology(4)) == 8


@pytest.mark.parametrize(
    ("path_sum", "topology"),
    [
        (PathSum.diagonal(4, [0b0011, 0b0110], home=False), Topology(4)),
        (PathSum.diagonal(4, [0b0011, 0b0110]), Topology(4, rzz=True)),
        (PathSum.step(3, [0b011], [3]), Topology(3)),
    ],
)
def test_what_it_does_not_count_keeps_the_simple_bound(path_sum, topology):
    assert exhausted_bound(path_sum, topology) == lower_bound(path_sum, topology)
