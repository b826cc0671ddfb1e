"""The beam search against the networks it stands for."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from network_strategies import searches

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.kernels.states import ending
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import Weights

WEIGHTS = Weights(0.05, 0.1, 0.05, 0.3)


class Believer(BeamSearch):
    """Remembers the cheapest end that it saw, in gates."""

    def run(self, *, prefix=(), **options):
        self.level, self.believed = len(prefix), math.inf
        return super().run(prefix=prefix, **options)

    def _begun(self, prefix, labels):
        states = super()._begun(prefix, labels)
        self._believe(np.array([ending(states, 0, self.rules)]))
        return states

    def _advance(self, states, rows):
        made = super()._advance(states, rows)
        self.level += 1
        self._believe(made[2])
        return made

    def _believe(self, costs):
        if (costs >= 0).any():
            self.believed = min(self.believed, self.level + int(costs[costs >= 0].min()))


def searched(path_sum, topology, seed, **options):
    """A network and what the search takes it to cost, or None where it lost its way."""
    search = Believer(path_sum, topology, WEIGHTS, width=12, seed=seed)
    found = search.run(**options)
    if found is None:
        assert search.believed == math.inf or "max_cost" in options
        return None
    moves, labels = found
    network = trace(path_sum, moves, topology, labels=labels)
    assert network is not None
    assert network.moves == list(moves)
    assert network.num_two_qubit_gates == search.believed
    return network


@given(searches(), st.sampled_from([0.2, 0.5, 0.8, 1]))
@settings(max_examples=40)
def test_searches_know_what_their_networks_cost(case, share):
    """CX and RZZ gates, also with a limit, and from a part of a network that had labels."""
    first = searched(*case)
    assume(first is not None)
    limit = first.num_two_qubit_gates + 1
    begun = first.moves[: int(share * len(first.moves))]
    path_sum, topology, seed = case
    again = searched(
        path_sum, topology, seed + 1, max_cost=limit, prefix=begun, labels=first.labels
    )
    if again is not None:
        assert again.num_two_qubit_gates < limit
        assert again.moves[: len(begun)] == begun


@pytest.mark.parametrize("n", [3, 4, 5])
def test_a_whole_network_is_found_again_by_its_moves_and_labels(n):
    """A restart without the labels would be in another state, and its better end elsewhere."""
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    case = PathSum.step(n, pairs, [n]), Topology(n), 0
    first = searched(*case)
    assert first.labels
    again = searched(
        *case, max_cost=first.num_two_qubit_gates + 1, prefix=first.moves, labels=first.labels
    )
    assert again.gates == first.gates
