"""Networks of a given number of gates: found where there are some, and what they say they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.exhaustion import exhausted_bound
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.tight import network_within
from qdml_quantum.synthesis.networks.topology import Topology


@given(st.sets(st.integers(3, 15), min_size=1, max_size=5))
@settings(max_examples=15)
def test_on_four_wires_the_least_number_is_found_and_none_below(masks):
    path_sum, topology = PathSum.diagonal(4, masks), Topology(4)
    least = exhausted_bound(path_sum, topology)
    if not path_sum.terms:
        assert network_within(path_sum, topology, 0) == []
        return
    assert network_within(path_sum, topology, least - 1, width=10**6) is None
    moves = network_within(path_sum, topology, least, width=10**6)
    assert moves is not None
    network = trace(path_sum, moves)
    assert network is not None
    assert network.num_two_qubit_gates == least


@given(
    st.integers(5, 9), st.integers(0, 1000), st.integers(1, 90), st.integers(0, 3), st.booleans()
)
@settings(max_examples=15)
def test_what_is_found_is_a_network_of_so_many_gates(n, seed, count, more, line):
    """Also where the terms take two words, as more than 62 do, and what wires hold too."""
    topology = Topology.line(n) if line else Topology(n)
    masks = {pow(seed + 2, i, 1009) % 2**n for i in range(1, count + 1)}
    path_sum = PathSum.diagonal(n, masks)
    gates = lower_bound(path_sum, topology) + more
    moves = network_within(path_sum, topology, gates, width=20, seed=seed)
    if moves is not None:
        assert set(moves) <= set(map(tuple, topology.moves.tolist()))
        network = trace(path_sum, moves)
        assert network is not None
        assert network.num_two_qubit_gates <= gates


def test_logistic_loss_takes_as_many_as_are_proven():
    """28 strings on 8 qubits; the beam of `synthesize` and its parts end at 35."""
    masks = [
        3,
        5,
        6,
        9,
        10,
        12,
        14,
        40,
        48,
        66,
        68,
        72,
        78,
        80,
        96,
        136,
        138,
        140,
        142,
        144,
        156,
        160,
        170,
        172,
        192,
        202,
        204,
        224,
    ]
    path_sum = PathSum.diagonal(8, masks)
    moves = network_within(path_sum, Topology(8), 34)
    assert moves is not None
    assert len(moves) == lower_bound(path_sum, Topology(8)) == 34
    assert trace(path_sum, moves) is not None


@pytest.mark.parametrize(
    ("path_sum", "topology"),
    [
        (PathSum.diagonal(4, [0b0011], home=False), Topology(4)),
        (PathSum.diagonal(4, [0b0011]), Topology(4, rzz=True)),
        (PathSum.diagonal(13, [0b0011]), Topology(13)),
        (PathSum.step(3, [0b011], [3]), Topology(3)),
    ],
)
def test_what_it_does_not_know_it_refuses(path_sum, topology):
    with pytest.raises(ValueError, match="path_sum must be a diagonal"):
        network_within(path_sum, topology, 10)
