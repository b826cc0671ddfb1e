"""The bound: no network is below it, and it counts what it says."""

import numpy as np
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


@given(st.integers(1, 7), st.integers(0, 1000), st.integers(0, 10))
@settings(max_examples=60)
def test_bound_counts_strings_and_the_smallest_set_that_meets_them(n, seed, count):
    path_sum = PathSum.diagonal(n, random_series(n, count, seed).masks.tolist())
    meets = (s.bit_count() for s in range(2**n) if all(s & term for term in path_sum.terms))
    assert lower_bound(path_sum, Topology(n)) == len(path_sum.terms) + min(meets)
    assert lower_bound(path_sum, Topology(n, rzz=True)) == len(path_sum.terms)
    free = PathSum(n, 1, path_sum.terms, home=False)
    assert lower_bound(free, Topology(n)) == len(path_sum.terms)
