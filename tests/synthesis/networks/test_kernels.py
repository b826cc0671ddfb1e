"""Compiled loops of the search: fields of states, and what moves are guessed to be worth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import searches

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.kernels import States, breed, gains_of, guess, judge
from qdml_quantum.synthesis.networks.network import _Trace
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import Weights

WEIGHTS = Weights(0.05, 0.1, 0.05, 0.3)


def variables_on(search, states, row):
    """What every wire holds, as masks of variables."""
    n = search.n
    alive = [1 << int(layer) * n + slot for slot, layer in enumerate(states.layer[row])]
    contents = [int(mask) for mask in states.contents[row]]
    return [sum(alive[s] for s in range(n) if mask >> s & 1) for mask in contents]


def inverse(rows):
    """Of a matrix of bits, rows as masks: for every column, the rows that XOR to it."""
    n = len(rows)
    work = [(row, 1 << i) for i, row in enumerate(rows)]
    for column in range(n):
        pivot = next(i for i in range(column, n) if work[i][0] >> column & 1)
        work[column], work[pivot] = work[pivot], work[column]
        for i in range(n):
            if i != column and work[i][0] >> column & 1:
                work[i] = tuple(a ^ b for a, b in zip(work[i], work[column], strict=True))
    return [made for _, made in work]


def assert_fields_are_right(search, states, row):
    """Every field of a state that a CX or H changes, from contents and terms left alone."""
    n, bits, rules = search.n, range(search.n), search.rules
    contents = [int(mask) for mask in states.contents[row]]
    held = [sum(1 << w for w in bits if contents[w] >> s & 1) for s in bits]
    sources = inverse(contents)
    assert states.holders[row].tolist() == held
    assert states.sources[row].tolist() == sources
    alive = sum(1 << int(layer) * n + slot for slot, layer in enumerate(states.layer[row]))
    left = states.terms[row, : states.left[row]]
    assert len(set(left.tolist())) == left.size
    for word, term in zip(states.words[row].tolist(), left, strict=False):
        need = int(rules.needs[term])
        waits = need & ~alive != 0
        # What a term will be on after H on all wires is where its variables are held now.
        basis = held if waits and rules.turned else sources
        expected = 0
        for slot in bits:
            expected ^= basis[slot] if int(rules.masks[term]) >> slot & 1 else 0
        assert word == expected | waits << n
        assert waits or expected.bit_count() > 1  # Else it is done.
    needed = rules.needs[left][:, None] >> np.arange(states.counts.shape[1]) & 1
    assert states.counts[row].tolist() == needed.sum(axis=0).tolist()
    assert states.mark[row] == rules.keys[left].sum()


def assert_is_traced(search, states, row, moves):
    """One state, against the rules of `trace` along its moves with its labels."""
    labels = {v: int(wires) for v, wires in enumerate(states.labels[row]) if wires}
    run = _Trace(search.path_sum, search.topology, labels)
    run.hadamards()
    levels = [0] * search.n
    for control, target in moves:
        run.move(control, target)
        run.hadamards()
        levels[control] = levels[target] = max(levels[control], levels[target]) + 1
    assert variables_on(search, states, row) == run.contents
    terms = states.terms[row, : states.left[row]]
    assert {int(need) for need in search.rules.needs[terms]} == run.left
    assert states.extra[row] == sum(gate.name == "rzz" for gate in run.gates)
    assert states.levels[row].tolist() == levels
    # Corrections have a rotation that takes them.
    for mask in run.corrections:
        assert mask.bit_count() < 2 or mask in search.path_sum.terms


def walked(search, rng, choose):
    """States after some moves, chosen by the search or at random, and the moves of each."""
    states, rows = search._begun((), {}), np.zeros(1, dtype=np.int64)
    search._best, search._stalled, search._spare = (1 << 40, 0, 0), 0, None
    paths = [()]
    for _ in range(24):
        if choose:
            states, rows, _, (parent, control, target) = search._advance(states, rows)
        else:
            moves = rng.integers(search.rules.control.size, size=len(rows))
            shape = states.counts.shape[1], states.words.shape[1]
            made = States.room(40, search.n, *shape)
            parent = breed(states, rows, moves, made, search.rules)
            control, target = (
                search.rules.control[moves[parent]],
                search.rules.target[moves[parent]],
            )
            states, rows = made, np.arange(parent.size)
        ends = zip(control.tolist(), target.tolist(), strict=True)
        paths = [(*paths[row], move) for row, move in zip(parent, ends, strict=True)]
        kept = rng.permutation(len(paths))[:6]
        rows, paths = rows[kept], [paths[row] for row in kept]
        yield states, rows, paths


@given(searches(most=5), st.booleans())
@settings(max_examples=40)
def test_states_are_what_their_moves_make(case, choose):
    """Fields kept along the way are those made from scratch, whichever labels were taken."""
    path_sum, topology, seed = case
    search = BeamSearch(path_sum, topology, WEIGHTS, width=6, seed=seed)
    for states, rows, paths in walked(search, np.random.default_rng(seed), choose):
        for row in rows:
            assert_fields_are_right(search, states, row)
        assert len(paths) == len(rows)
    for row, path in zip(rows, paths, strict=True):
        assert_is_traced(search, states, row, path)


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
    found = 0
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
                found += 1
    assert found
