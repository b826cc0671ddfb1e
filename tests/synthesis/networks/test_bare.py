"""Networks as CX and H gates alone: nothing is lost on the way there and back."""

import pytest
from network_replay import replay
from network_strategies import STEPS, searched

from qdml_quantum.synthesis.networks.bare import assembled, bare
from qdml_quantum.synthesis.networks.network import Gate
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology


def of_moves(moves):
    return [Gate("cx", move) for move in moves]


@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize("path_sum", STEPS)
def test_what_is_put_together_again_is_the_same(path_sum, line):
    n = path_sum.num_slots
    topology = Topology.line(n) if line else Topology(n)
    network = searched(path_sum, topology)
    gates = bare(path_sum.start, network.gates, network.labels)
    assert {gate.name for gate in gates} <= {"cx", "h"}
    again = assembled(path_sum, gates, method="beam")
    replay(again, topology)
    assert (again.corrections, again.labels) == (network.corrections, network.labels)
    assert (again.wires, again.cost) == (network.wires, network.cost)


def test_a_network_that_leaves_out_a_term_or_ends_elsewhere_is_none():
    whole = PathSum.diagonal(3, [0b011, 0b101])
    assert assembled(whole, of_moves([(0, 1), (0, 1)]), method="") is None
    assert assembled(whole, of_moves([(0, 1), (0, 1), (0, 2)]), method="") is None
    assert assembled(whole, of_moves([(0, 1), (0, 1), (0, 2), (0, 2)]), method="") is not None
