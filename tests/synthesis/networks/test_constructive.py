"""Networks by rule: at the bound, and none where a rule does not apply."""

import itertools

import pytest

from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.constructive import chain, gray, gray_synth
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology


def by_rule(rule, n, masks):
    path_sum = PathSum.diagonal(n, masks)
    network = trace(path_sum, rule(path_sum))
    assert network is not None
    return network


@pytest.mark.parametrize("n", range(2, 9))
def test_chain_makes_all_pairs_at_the_bound(n):
    pairs = [1 << a | 1 << b for a, b in itertools.combinations(range(n), 2)]
    network = by_rule(chain, n, pairs)
    assert network.cost == ((n - 1) * (n + 2) // 2, 2 * n - 1 if n > 2 else 2)
    # Meeting every pair takes all qubits but one.
    assert lower_bound(network.path_sum, Topology(n)) == n * (n - 1) // 2 + n - 1
    assert network.num_two_qubit_gates == n * (n - 1) // 2 + n - 1
    assert chain(PathSum.diagonal(n + 1, [*pairs, 0b111])) is None


@pytest.mark.parametrize("rule", [gray, gray_synth])
@pytest.mark.parametrize("n", range(3, 9))
def test_gray_makes_all_strings_at_the_bound(n, rule):
    network = by_rule(rule, n, range(2**n))
    assert network.num_two_qubit_gates == 2**n - 2
    assert lower_bound(network.path_sum, Topology(n)) == 2**n - 2


@pytest.mark.parametrize("rule", [gray, chain])
def test_one_string_by_rule(rule):
    assert by_rule(rule, 2, [0b11]).cost == (2, 2)


def test_gray_synth_passes_on_one_string():
    """Qiskit refuses it."""
    assert gray_synth(PathSum.diagonal(2, [0b11])) is None
