"""What moves are guessed to be worth, against what they make."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from network_strategies import searches
from network_walks import WEIGHTS, walked

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.kernels.moves import breed
from qdml_quantum.synthesis.networks.kernels.states import States
from qdml_quantum.synthesis.networks.kernels.worth import gains_of, guess, judge
from qdml_quantum.synthesis.networks.topology import Topology


def price(search, prices, states, row):
    """What a state is worth, from the definition: its terms, RZZ gates, and ways home."""
    n, topology, home = search.n, search.topology, search.path_sum.home
    total = float(states.extra[row])
    for word in states.words[row, : states.left[row]].tolist():
        total += float(prices.terms[word >> n, topology.distance[word & (1 << n) - 1]])
    for slot in range(n):
        variable = int(states.layer[row, slot]) * n + slot
        goal = topology.distance_to(slot) if home else topology.distance
        charge = prices.variables[int(states.counts[row, variable] == 0)]
        total += float(charge) * int(goal[states.holders[row, slot]])
    return total


@given(searches(most=4))
@settings(max_examples=30)
def test_what_moves_are_guessed_to_be_worth(case):
    """Where no term is done and no H follows, the guess of a move is the price of what it makes."""
    path_sum, topology, seed = case
    topology = replace(topology, rzz=False)
    if seed % 2:
        topology = Topology(path_sum.num_slots)
    search = BeamSearch(path_sum, topology, WEIGHTS, width=6, seed=seed)
    compared = 0
    for states, rows, _ in walked(search, np.random.default_rng(seed), True):
        prices = search._prices(states, rows)._replace(noise=0.0, urge=0.0, depth=0.0)
        table = gains_of(prices, search.rules, search.n)
        none = np.zeros((0, 0), dtype=np.float32)
        values = guess(states, rows, table, prices, 0, search.rules)
        if topology.edges is None:
            plain = guess(states, rows, none, prices, 0, search.rules)
            np.testing.assert_allclose(values, plain, atol=1e-4)
        many = len(rows) * search.rules.control.size
        parents, moves = np.divmod(np.arange(many), search.rules.control.size)
        shape = states.counts.shape[1], states.words.shape[1]
        made = States.room(2 * many, search.n, *shape)
        breed(states, rows[parents], moves, made, search.rules)
        scores, _, _ = judge(made, many, table, prices, 0, search.rules)
        for child in range(many):
            before = rows[parents[child]]
            exact = price(search, prices, made, child)
            assert scores[child] == pytest.approx(exact, abs=1e-4)
            quiet = states.left[before] == made.left[child]
            if quiet and (states.layer[before] == made.layer[child]).all():
                assert values[parents[child], moves[child]] == pytest.approx(exact, abs=1e-4)
                compared += 1
    assert compared
