"""The bound: no network is below it, and it counts what it says."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.constructive import chain, gray, gray_synth
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.walsh import WalshSeries


def random_series(n, count, seed):
    rng = np.random.default_rng(seed)
    masks = sorted({int(m) for m in rng.integers(0, 2**n, size=count)})
    return WalshSeries(n, np.array(masks, dtype=np.int64), rng.normal(size=len(masks)))


@given(st.integers(2, 7), st.integers(0, 1000), st.integers(1, 20))
@settings(max_examples=40)
def test_rules_are_never_below_the_bound(n, seed, count):
    series = random_series(n, count, seed)
    assume((series.weights > 1).any())
    path_sum = PathSum.diagonal(n, series.masks.tolist())
    bound = lower_bound(path_sum, Topology(n))
    for rule in (chain, gray, gray_synth):
        moves = rule(path_sum)
        if moves is None:
            weights = [term.bit_count() for term in path_sum.terms]
            assert (rule is chain and max(weights) > 2) or (
                rule is gray_synth and len(weights) == 1
            )
        else:
            network = trace(path_sum, moves)
            assert network is not None
            assert network.num_two_qubit_gates >= bound
    best = synthesize(path_sum, Topology(n), effort=0.02)
    assert best.num_two_qubit_gates >= bound
    if len(path_sum.parts()) == 1:  # Otherwise depth may be traded.
        found = [rule(path_sum) for rule in (gray, gray_synth)]
        costs = [trace(path_sum, moves).cost for moves in found if moves is not None]
        assert best.cost <= min(costs)


def spanned(masks):
    """All sums of some rows, by which their rank is counted."""
    sums = {0}
    for mask in masks:
        sums |= {mask ^ one for one in sums}
    return sums


@given(st.integers(1, 7), st.integers(0, 1000), st.integers(0, 10))
@settings(max_examples=60)
def test_bound_counts_strings_and_in_every_part_the_larger_of_two(n, seed, count):
    path_sum = PathSum.diagonal(n, random_series(n, count, seed).masks.tolist())
    further = 0
    for part in path_sum.parts():
        terms = [term for term in path_sum.terms if term & part]
        meets = min(s.bit_count() for s in range(2**n) if all(s & term for term in terms))
        even = [term for term in terms if term.bit_count() % 2 == 0]
        further += max(meets, len(spanned(even)).bit_length() - 1 - (len(terms) - len(even)))
    assert lower_bound(path_sum, Topology(n)) == len(path_sum.terms) + further
    assert lower_bound(path_sum, Topology(n, rzz=True)) == len(path_sum.terms)
    free = PathSum(n, 1, path_sum.terms, home=False)
    assert lower_bound(free, Topology(n)) == len(path_sum.terms)


def after_every_cx(n):
    """What wires may hold, then for all of them and every CX what follows and what it makes."""
    own = tuple(1 << wire for wire in range(n))
    held, number = [own], {own: 0}
    following, made = [], []
    for wires in held:
        for control, target in Topology(n).moves.tolist():
            after = list(wires)
            after[target] ^= after[control]
            if tuple(after) not in number:
                number[tuple(after)] = len(held)
                held.append(tuple(after))
            following.append(number[tuple(after)])
            made.append(after[target])
    return np.reshape(following, (len(held), -1)), np.reshape(made, (len(held), -1))


def least_of_all_sets(n, terms):
    """CX of the shortest network of every subset of the terms, whose bits are those of an index.

    Breadth-first from all wires at home over what they hold and the terms that were made.
    """
    following, made = after_every_cx(n)
    bit = np.zeros(2**n, dtype=np.int64)
    bit[terms] = 1 << np.arange(len(terms))
    far = 99
    gates = np.full((len(following), 2 ** len(terms)), far)
    states = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    gates[states] = level = 0
    while states[0].size:
        level += 1
        matrix = following[states[0]].ravel()
        there = (states[1][:, None] | bit[made[states[0]]]).ravel()
        new = gates[matrix, there] == far
        gates[matrix[new], there[new]] = level
        states = np.unique(np.stack([matrix[new], there[new]]), axis=1)
    least = gates[0]
    for i in range(len(terms)):  # What makes more makes less.
        without = np.flatnonzero(~np.arange(least.size) >> i & 1)
        least[without] = np.minimum(least[without], least[without | 1 << i])
    return least


def test_no_network_of_four_wires_is_below_the_bound_whatever_the_strings_of_even_weight():
    terms = [mask for mask in range(16) if mask.bit_count() in (2, 4)]
    assert_below(least_of_all_sets(4, terms), 4, terms)


@pytest.mark.parametrize("seed", range(2))
def test_no_network_of_four_wires_is_below_the_bound(seed):
    terms = np.random.default_rng(seed).permutation([m for m in range(16) if m.bit_count() > 1])
    assert_below(least_of_all_sets(4, terms[:7].tolist()), 4, terms[:7].tolist())


def assert_below(least, n, terms):
    bounds = []
    for chosen in range(2 ** len(terms)):
        masks = [term for i, term in enumerate(terms) if chosen >> i & 1]
        bounds.append(lower_bound(PathSum.diagonal(n, masks), Topology(n)))
    assert (least >= bounds).all()
    assert np.mean(least == bounds) > 0.4  # It says something.


def test_pairs_of_all_of_one_parity_take_their_rank_more():
    """All pairs of n qubits: n - 1 more CX than pairs, as the chain takes."""
    for n in range(2, 12):
        pairs = [1 << a | 1 << b for b in range(n) for a in range(b)]
        assert lower_bound(PathSum.diagonal(n, pairs), Topology(n)) == len(pairs) + n - 1


def test_parts_add_up_each_with_its_larger_reason():
    ring = [0b0011, 0b0110, 0b1100, 0b1001]  # Rank 3, two of its qubits meet all.
    dense = [mask << 4 for mask in range(8)]  # Rank 2, two of its qubits meet all, one is odd.
    path_sum = PathSum.diagonal(7, [*ring, *dense])
    assert lower_bound(path_sum, Topology(7)) == (4 + 3) + (4 + 2)
