"""Heuristics of the beam search, and where gains stand in a table."""

from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import has_table


def test_tables_are_for_few_wires():
    assert has_table(Topology(10))
    assert not has_table(Topology(11))
    assert has_table(Topology.line(12))
