"""Places on a target: distances by all orders of few slots, and what is found there."""

import itertools

import numpy as np
import pytest
from qiskit.transpiler import CouplingMap

from qdml_quantum.synthesis.circuits.targets import arrangements, regions
from qdml_quantum.synthesis.networks.layout import choose_layout, network_on
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology

STAR = CouplingMap([(0, leaf) for leaf in range(1, 7)])
MASKS = [3, 6, 11, 12, 14, 15]


def distance(path_sum, region):
    """CX gates from every term to one wire, in all."""
    return sum(int(region.topology.distance[path_sum.slots(term)]) for term in path_sum.terms)


@pytest.mark.parametrize("target", ["line", "heavy-hex", "square"])
@pytest.mark.parametrize("seed", range(4))
def test_orders_are_told_apart_and_sorted_and_the_nearest_is_among_them(target, seed):
    masks = np.random.default_rng(seed).integers(1, 32, size=6).tolist()
    path_sum = PathSum.diagonal(5, masks)
    region = regions(target, 5)[0]
    found = arrangements(region, path_sum, starts=12, seed=seed)
    assert list(found.values()) == sorted(found.values())
    assert len({place.topology.edges for place in found}) == len(found)
    for place, known in found.items():
        assert known == distance(path_sum, place)
        assert sorted(place.qubits) == sorted(region.qubits)
    orders = itertools.permutations(range(5))
    assert min(found.values()) == min(distance(path_sum, region.placed(order)) for order in orders)
    assert found == arrangements(region, path_sum, starts=12, seed=seed)


def test_between_all_pairs_there_is_one_place():
    path_sum = PathSum.diagonal(4, [3, 5, 15])
    (region,) = regions(None, 4)
    assert arrangements(region, path_sum, starts=5) == {region: 0}
    place, network = choose_layout(path_sum, None, effort=0.05)
    assert place == region
    assert network.path_sum == path_sum


@pytest.mark.slow
def test_slots_of_a_chain_are_neighbours_where_they_can_be():
    """Else no network would end at home, and every step but the last has to."""
    path_sum = PathSum.short(6, range(1, 64), [3, 3])
    for target in ("line", "heavy-hex", "square"):
        place, network = choose_layout(path_sum, target, effort=0.2)
        near = {frozenset(pair) for pair in place.topology.pairs}
        for middle, *ends in path_sum.chains:
            assert all(frozenset({middle, end}) in near for end in ends)
        assert network is not None


def test_chains_that_the_edges_cannot_take_have_no_network():
    path_sum = PathSum.short(6, range(1, 64), [3, 3])
    place, network = choose_layout(path_sum, STAR, effort=0.1)
    assert network is None
    assert network_on(place, path_sum, effort=0.1) is None
    assert network_on(place, PathSum.step(6, range(1, 64), [3, 3]), effort=0.1) is not None


@pytest.mark.slow
def test_a_target_costs_no_more_than_wires_in_any_order():
    """The place that is chosen against four at random, by searches of the same effort."""
    masks = np.random.default_rng(1).integers(1, 64, size=12).tolist()
    path_sum = PathSum.step(6, masks, [6])
    _, network = choose_layout(path_sum, "line", effort=1.0)
    rng = np.random.default_rng(0)
    region = regions("line", 6)[0]
    others = [
        network_on(region.placed(rng.permutation(6).tolist()), path_sum, effort=0.3)
        for _ in range(4)
    ]
    assert network.num_two_qubit_gates <= min(other.num_two_qubit_gates for other in others)


def test_a_limit_of_time_leaves_a_network():
    path_sum = PathSum.step(6, [3, 63, 21], [3, 3])
    _, network = choose_layout(path_sum, "heavy-hex", time_limit=1e-6)
    assert network is not None
    assert network.path_sum == path_sum


@pytest.mark.slow
def test_few_wires_are_tried_in_places_that_are_not_the_nearest():
    """The strings of a logistic loss of two weights: the nearest place takes 12 gates, one 10."""
    path_sum = PathSum.short(4, MASKS, [2, 2])
    nearest, everywhere = {}, []
    for region in regions("heavy-hex", 4):
        nearest |= arrangements(region, path_sum, starts=12)
        everywhere += [region.placed(order) for order in itertools.permutations(range(4))]
    least = min(nearest.values())

    def gates(place):
        return network_on(place, path_sum, effort=0.1).num_two_qubit_gates

    _, network = choose_layout(path_sum, "heavy-hex", effort=1.0)
    assert network.num_two_qubit_gates == min(gates(place) for place in everywhere)
    assert network.num_two_qubit_gates < min(gates(p) for p, d in nearest.items() if d == least)


def test_regions_as_they_are_keep_their_wires():
    topology = Topology.line(4)
    path_sum = PathSum.diagonal(4, [9, 6])
    place, network = choose_layout(path_sum, topology, effort=0.05)
    assert place.qubits == (0, 1, 2, 3)
    assert place.topology == topology
    assert network is not None
