"""Parts of networks: put back in their place, what was found for them does what the whole did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.constructive import gray
from qdml_quantum.synthesis.networks.network import trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import DIAGONAL_WEIGHTS
from qdml_quantum.synthesis.networks.windows import part_of


def contents(num_wires, moves):
    held = [1 << wire for wire in range(num_wires)]
    for control, target in moves:
        held[target] ^= held[control]
    return held


@given(st.sets(st.integers(3, 31), min_size=2, max_size=12), st.data())
def test_any_network_of_a_part_fits_in_its_place(masks, data):
    """Found by a search, or longer by rule: every term is visited, and all qubits come home."""
    whole = PathSum.diagonal(5, masks)
    moves = gray(whole)
    first = data.draw(st.integers(0, len(moves)))
    last = data.draw(st.integers(first, len(moves)))
    part = part_of(whole, moves, first, last)
    search = BeamSearch(part, Topology(5), DIAGONAL_WEIGHTS[0], width=20, seed=1)
    found, _ = search.run()
    made = [*moves[:first], *found, *moves[last:]]
    assert trace(whole, made, Topology(5)) is not None
    assert contents(5, made) == contents(5, moves) == [1, 2, 4, 8, 16]


def test_terms_that_are_visited_elsewhere_are_not_asked_for_twice():
    whole = PathSum.diagonal(3, [0b011, 0b101])
    twice = [(0, 1), (0, 1), (0, 2), (0, 2), (0, 1), (0, 1)]
    assert part_of(whole, twice, 0, 2).terms == ()
    assert part_of(whole, twice, 2, 4).terms == (0b101,)
    assert part_of(whole, twice, 0, 6).terms == (0b011, 0b101)


@pytest.mark.parametrize("home", [True, False])
def test_only_the_end_of_a_network_may_leave_qubits_elsewhere(home):
    whole = PathSum.diagonal(4, [0b0011, 0b1100, 0b1111], home=home)
    moves = gray(whole)
    assert part_of(whole, moves, 0, len(moves)).home is home
    assert part_of(whole, moves, 0, len(moves) - 1).home


def test_parts_on_a_line_stay_on_it():
    line = Topology.line(4)
    whole = PathSum.diagonal(4, [0b0011, 0b0111, 0b1110, 0b1101])
    search = BeamSearch(whole, line, DIAGONAL_WEIGHTS[0], width=50, seed=1)
    moves = list(search.run()[0])
    rng = np.random.default_rng(1)
    for _ in range(20):
        first, last = sorted(rng.integers(0, len(moves), 2, endpoint=True).tolist())
        part = part_of(whole, moves, first, last)
        found = BeamSearch(part, line, DIAGONAL_WEIGHTS[0], width=50, seed=1).run()[0]
        assert {tuple(sorted(move)) for move in found} <= set(line.pairs)
        assert trace(whole, [*moves[:first], *found, *moves[last:]], line) is not None
