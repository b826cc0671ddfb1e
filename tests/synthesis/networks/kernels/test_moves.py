"""What CX and H gates do to states, against the rules of `trace`."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import searches
from network_walks import WEIGHTS, walked

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.network import Trace


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
    run = Trace(search.path_sum, search.topology, labels)
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
