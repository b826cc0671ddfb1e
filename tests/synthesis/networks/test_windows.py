"""Parts of networks: put back in their place, what was found for them does what the whole did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_replay import replay

from qdml_quantum.synthesis.networks import synthesize as module
from qdml_quantum.synthesis.networks.beam import BeamSearch
from qdml_quantum.synthesis.networks.constructive import gray
from qdml_quantum.synthesis.networks.network import Gate, trace
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.networks.weights import DIAGONAL_WEIGHTS, weights_of
from qdml_quantum.synthesis.networks.windows import (
    assembled,
    bare,
    part_of,
    part_of_diagonal,
    rounded,
)


def of_moves(moves):
    return [Gate("cx", move) for move in moves]


def searched(path_sum, topology, part=None, seed=1):
    weights = weights_of(path_sum, topology)[0]
    return BeamSearch(path_sum, topology, weights, width=20, seed=seed, part=part).run()


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
    first = data.draw(st.integers(0, len(moves) - 1))
    last = data.draw(st.integers(first + 1, len(moves)))
    part = part_of(whole, of_moves(moves), first, last)
    found, _ = searched(whole, Topology(5), part)
    made = [*moves[:first], *found, *moves[last:]]
    assert trace(whole, made, Topology(5)) is not None
    assert contents(5, made) == contents(5, moves) == [1, 2, 4, 8, 16]


PATH_SUMS = (
    PathSum.step(4, [0b0011, 0b0111, 0b1010, 0b1111], [4]),
    PathSum.step(5, [0b00011, 0b10110, 0b11111], [5]),
    PathSum.step(5, [0b00011, 0b10110, 0b01100], [4, 1]),
    PathSum.step(6, [0b000011, 0b110110, 0b011100], [4, 2]),
    PathSum.step(4, [0b0011, 0b0111], [4], back=False),
    PathSum.step(4, [0b0011, 0b0111], [4], home=True),
)


@given(
    st.sampled_from(PATH_SUMS),
    st.booleans(),
    st.integers(0, 5),
    st.floats(0, 1),
    st.floats(0.1, 1),
)
@settings(max_examples=40)
def test_a_part_of_a_step_fits_in_its_place(path_sum, line, seed, begin, share):
    """With its H gates, wherever they come then: the same terms, and the same end."""
    n = path_sum.num_slots
    topology = Topology.line(n) if line else Topology(n)
    found = searched(path_sum, topology, seed=seed)
    if found is None:  # It may lose its way.
        return
    moves, labels = found
    network = trace(path_sum, moves, topology, labels=labels)
    gates = bare(path_sum.start, network.gates, network.labels)
    same = assembled(path_sum, gates, method="beam")
    assert (same.corrections, same.labels) == (network.corrections, network.labels)
    size = max(1, int(share * len(gates)))
    first = int(begin * (len(gates) - size))
    first, last = rounded(gates, first, first + size)
    if first == last:
        return
    part = part_of(path_sum, gates, first, last)
    again = searched(path_sum, topology, part, seed=seed + 1)
    if again is None:
        return
    made = part.gates(*again)
    assert made is not None
    whole = assembled(path_sum, [*gates[:first], *made, *gates[last:]], method="beam")
    assert whole is not None
    replay(whole, topology)
    if path_sum.home or last < len(gates):
        assert whole.wires == network.wires


def test_terms_that_are_visited_elsewhere_are_not_asked_for_twice():
    whole = PathSum.diagonal(3, [0b011, 0b101])
    twice = of_moves([(0, 1), (0, 1), (0, 2), (0, 2), (0, 1), (0, 1)])
    assert part_of(whole, twice, 0, 2).terms == ()
    assert part_of(whole, twice, 2, 4).terms == (0b101,)
    assert part_of(whole, twice, 0, 6).terms == (0b011, 0b101)


def test_a_network_that_leaves_out_a_term_or_ends_elsewhere_is_none():
    whole = PathSum.diagonal(3, [0b011, 0b101])
    assert assembled(whole, of_moves([(0, 1), (0, 1)]), method="") is None
    assert assembled(whole, of_moves([(0, 1), (0, 1), (0, 2)]), method="") is None
    part = part_of(whole, of_moves([(0, 1), (0, 1), (0, 2), (0, 2)]), 0, 4)
    assert part.gates([(0, 1), (0, 1)], {}) is None
    assert part.gates([(0, 1), (0, 1), (0, 2)], {}) is None


@pytest.mark.parametrize("home", [True, False])
def test_only_the_end_of_a_network_may_leave_qubits_elsewhere(home):
    whole = PathSum.diagonal(4, [0b0011, 0b1100, 0b1111], home=home)
    gates = of_moves(gray(whole))
    assert (part_of(whole, gates, 0, len(gates)).goal is None) is not home
    assert part_of(whole, gates, 0, len(gates) - 1).goal is not None


def test_parts_on_a_line_stay_on_it():
    line = Topology.line(4)
    whole = PathSum.diagonal(4, [0b0011, 0b0111, 0b1110, 0b1101])
    moves = list(searched(whole, line)[0])
    rng = np.random.default_rng(1)
    for _ in range(20):
        first, last = sorted(rng.choice(len(moves) + 1, 2, replace=False).tolist())
        found = searched(whole, line, part_of(whole, of_moves(moves), first, last))[0]
        assert {tuple(sorted(move)) for move in found} <= set(line.pairs)
        assert trace(whole, [*moves[:first], *found, *moves[last:]], line) is not None


def test_parts_make_a_step_shorter_that_a_narrow_search_left_long():
    path_sum = PathSum.step(6, [0b11, 0b1100, 0b101101, 0b10110, 0b111000], [6])
    moves, labels = BeamSearch(
        path_sum, Topology(6), weights_of(path_sum, Topology(6))[1], width=8, seed=1
    ).run()
    long = trace(path_sum, moves, Topology(6), labels=labels)
    short = module._by_parts(long, Topology(6), 1.0, 0, None)
    assert short.num_two_qubit_gates < long.num_two_qubit_gates


@given(st.sets(st.integers(3, 31), min_size=2, max_size=12), st.data())
def test_of_diagonals_any_network_of_a_part_fits_in_its_place(masks, data):
    """Found by a search, or longer by rule: every term is visited, and all qubits come home."""
    whole = PathSum.diagonal(5, masks)
    moves = gray(whole)
    first = data.draw(st.integers(0, len(moves)))
    last = data.draw(st.integers(first, len(moves)))
    part = part_of_diagonal(whole, moves, first, last)
    search = BeamSearch(part, Topology(5), DIAGONAL_WEIGHTS[0], width=20, seed=1)
    found, _ = search.run()
    made = [*moves[:first], *found, *moves[last:]]
    assert trace(whole, made, Topology(5)) is not None
    assert contents(5, made) == contents(5, moves) == [1, 2, 4, 8, 16]


def test_of_diagonals_terms_that_are_visited_elsewhere_are_not_asked_for_twice():
    whole = PathSum.diagonal(3, [0b011, 0b101])
    twice = [(0, 1), (0, 1), (0, 2), (0, 2), (0, 1), (0, 1)]
    assert part_of_diagonal(whole, twice, 0, 2).terms == ()
    assert part_of_diagonal(whole, twice, 2, 4).terms == (0b101,)
    assert part_of_diagonal(whole, twice, 0, 6).terms == (0b011, 0b101)


@pytest.mark.parametrize("home", [True, False])
def test_of_diagonals_only_the_end_of_a_network_may_leave_qubits_elsewhere(home):
    whole = PathSum.diagonal(4, [0b0011, 0b1100, 0b1111], home=home)
    moves = gray(whole)
    assert part_of_diagonal(whole, moves, 0, len(moves)).home is home
    assert part_of_diagonal(whole, moves, 0, len(moves) - 1).home


def test_of_diagonals_parts_on_a_line_stay_on_it():
    line = Topology.line(4)
    whole = PathSum.diagonal(4, [0b0011, 0b0111, 0b1110, 0b1101])
    search = BeamSearch(whole, line, DIAGONAL_WEIGHTS[0], width=50, seed=1)
    moves = list(search.run()[0])
    rng = np.random.default_rng(1)
    for _ in range(20):
        first, last = sorted(rng.integers(0, len(moves), 2, endpoint=True).tolist())
        part = part_of_diagonal(whole, moves, first, last)
        found = BeamSearch(part, line, DIAGONAL_WEIGHTS[0], width=50, seed=1).run()[0]
        assert {tuple(sorted(move)) for move in found} <= set(line.pairs)
        assert trace(whole, [*moves[:first], *found, *moves[last:]], line) is not None
