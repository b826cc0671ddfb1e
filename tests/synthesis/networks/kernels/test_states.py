"""Distances of states, their room, and when a search is at its end."""

import numpy as np
import pytest

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.kernels.states import States, ending, farthest
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import Weights

WEIGHTS = Weights(0.05, 0.1, 0.05, 0.3)


def test_room_is_for_every_wire_variable_and_term():
    states = States.room(7, 3, 9, 5)
    shapes = {name: field.shape for name, field in zip(States._fields, states, strict=True)}
    assert shapes["contents"] == shapes["holders"] == shapes["layer"] == (7, 3)
    assert shapes["words"] == shapes["terms"] == (7, 5)
    assert shapes["labels"] == shapes["counts"] == (7, 9)
    assert shapes["left"] == shapes["mark"] == (7,)


@pytest.mark.parametrize("topology", [Topology(3), Topology.line(3)])
def test_a_search_ends_where_nothing_is_left_and_all_are_home(topology):
    """Two strings: not before both are done and the wires hold what they held."""
    search = BeamSearch(PathSum.diagonal(3, [0b011, 0b110]), topology, WEIGHTS, width=4)
    states, rows = search._begun((), {}), np.zeros(1, dtype=np.int64)
    assert ending(states, 0, search.rules) == -1
    left, _, away = farthest(states, rows, search.rules)
    assert (left, away) == (2, 0)
    moves, _ = search.run()
    for number in range(len(moves) + 1):
        states = search._begun(moves[:number], {})
        assert ending(states, 0, search.rules) == (0 if number == len(moves) else -1)
    left, _, away = farthest(states, rows, search.rules)
    assert (left, away) == (0, 0)
