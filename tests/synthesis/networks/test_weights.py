"""Heuristics of the beam search, and where gains stand in a table."""

from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import (
    DIAGONAL_WEIGHTS,
    EDGE_WEIGHTS,
    STEP_WEIGHTS,
    has_table,
    weights_of,
)


def test_tables_are_for_few_wires():
    assert has_table(Topology(10))
    assert not has_table(Topology(11))
    assert has_table(Topology.line(12))


def test_every_kind_of_network_has_its_own_heuristics():
    diagonal, step = PathSum.diagonal(3, [3, 5]), PathSum.step(3, [3, 5], [3])
    assert weights_of(diagonal, Topology(3)) is DIAGONAL_WEIGHTS
    assert weights_of(diagonal, Topology.line(3)) is DIAGONAL_WEIGHTS
    assert weights_of(step, Topology(3)) is STEP_WEIGHTS
    assert weights_of(step, Topology.line(3)) is EDGE_WEIGHTS


def test_no_heuristic_is_tried_twice_or_charges_less_than_nothing():
    for several in (DIAGONAL_WEIGHTS, STEP_WEIGHTS, EDGE_WEIGHTS):
        assert len(set(several)) == len(several)
        assert min(min(vars(one).values()) for one in several) >= 0
