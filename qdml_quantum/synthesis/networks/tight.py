"""Networks of a diagonal with a given number of CX: a beam among states that may still end in time.

What tells it from `beam.py`: the number of gates is given, near the lower bound, and a state is
dropped as soon as what it wasted and what it still must waste (`_wasted`) are above what is
allowed; what is kept of the rest are states in which no term has become hard to make (`_rare`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.bits import lowest, mixed, ones
from qdml_quantum.synthesis.networks.network import Move
from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Topology

_BITS = 62  # Terms in a word, which has a sign.
_BLOCK = 3  # Gates up to one that makes a term: networks near the bound have one or two.
_NOISE = 0.3  # Of the order of states, in terms that have no other way; never tuned.
_READY = 0.05  # What a term that one CX would make now is worth beside them; never tuned.
_WASTE = 0.5  # And what a gate costs that makes no term; never tuned.
_RANKED = 3  # With more strings of odd weight their rank bounds nothing in practice.

Array = NDArray[Any]
Int = Any
Bool = Any
Real = Any


def network_within(
    path_sum: PathSum, topology: Topology, gates: int, *, width: int = 1000, seed: int = 0
) -> list[Move] | None:
    """CX gates of a network of a diagonal with at most so many of them, or None.

    A state is what the wires hold and the terms that are left, right after a gate that made a term:
    one that makes none may wait, if it commutes with the next one (neither's target is a wire of
    the other), and so only those stand between two that make a term which the second one hangs
    on. After the last term all gates bring wires home. From term to term the `width` best states
    are kept, by how few ways there are to make what is left: for every term left ``1 / (1 + w)``,
    where w counts those of the contents and terms left whose sum with it is such a one too.

    Args:
        path_sum: A diagonal whose qubits come home, on 12 wires at most.
        topology: Where CX gates may stand.
        gates: Most CX gates. Near `lower_bound` it is quick; with each gate more there are several
            times as many states to choose from.
        width: States kept after each term.
        seed: Of the noise in their order.

    Raises:
        ValueError: Not such a diagonal.
    """
    n, count = path_sum.num_slots, len(path_sum.terms)
    diagonal = path_sum.num_layers == DIAGONAL and path_sum.home and not path_sum.lead
    if not diagonal or topology.rzz or n > TABLE_WIRES:
        message = f"path_sum must be a diagonal, home, on {TABLE_WIRES} wires or fewer, of CX alone"
        raise ValueError(message)
    if count == 0 or gates <= count:
        return [] if count == 0 else None
    rng, allowed, tables = np.random.default_rng(seed), gates - count, _tables(path_sum)
    states, wasted = _begin(n, count), np.zeros(1, dtype=np.uint8)
    steps: list[tuple[Array, Array]] = []
    for made in range(1, count + 1):
        end, way, states, wasted, parents, ways, worth = _after_a_term(
            states, wasted, allowed, made == count, n, topology.moves, *tables
        )
        if end >= 0:
            numbers = [int(number) for number in way if number >= 0]
            for earlier, blocks in reversed(steps):
                numbers = [int(number) for number in blocks[end] if number >= 0] + numbers
                end = earlier[end]
            return [(int(c), int(t)) for c, t in topology.moves[numbers]]
        if len(states) > width:
            order = worth + _NOISE * rng.random(len(worth))
            best = np.argpartition(order, width)[:width]
            states, wasted = states[best], wasted[best]
            parents, ways = parents[best], ways[best]
        steps.append((parents, ways))
    return None


def _begin(n: int, count: int) -> Array:
    """The first state: words of terms left, then words of what wires hold, `_WORD // n` in each."""
    words, each = -(-count // _BITS), _BITS // n
    row = np.zeros(words - (-n // each), dtype=np.int64)
    for term in range(count):
        row[term // _BITS] |= 1 << term % _BITS
    for wire in range(n):
        row[words + wire // each] |= 1 << wire + wire % each * n
    return row[None]


def _tables(path_sum: PathSum) -> tuple[Array, ...]:
    """Terms, which one a mask is, sets of wires by size, terms that a set misses, odd terms."""
    n, count = path_sum.num_slots, len(path_sum.terms)
    words, sets = -(-count // _BITS), np.arange(1 << n)
    terms = np.zeros(words * _BITS, dtype=np.int64)
    terms[:count] = path_sum.terms
    term_of = np.full(1 << n, -1)
    term_of[terms[:count]] = np.arange(count)
    missed = np.zeros((1 << n, words), dtype=np.int64)
    odd = np.zeros(words, dtype=np.int64)
    for i, term in enumerate(path_sum.terms):
        missed[sets & term == 0, i // _BITS] |= 1 << i % _BITS
        odd[i // _BITS] |= (term.bit_count() & 1) << i % _BITS
    ranked = np.bitwise_count(odd).sum() <= _RANKED
    by_size = np.array(sorted(sets.tolist(), key=int.bit_count))
    return terms, term_of, by_size, missed, odd if ranked else odd[:0]


@compiled
def _wasted(
    held: Array, left: Array, terms: Array, by_size: Array, missed: Array, odd: Array, basis: Array
) -> Int:
    """Gates that make no term, which a state needs at least: the two reasons of `lower_bound`.

    Every wire that was changed has to come home, and further wires have to be changed where terms
    are left that those do not meet. And what even wires hold and terms of even weight span must be
    lost, but for what the odd ones take.
    """
    n, changed, needed = held.size, 0, 0
    for wire in range(n):
        if held[wire] != 1 << wire:
            changed |= 1 << wire
            needed += 1
    for further in by_size:
        met = True
        for word in range(left.size):
            met = met and left[word] & missed[changed | further, word] == 0
        if met:
            needed += ones(further & ~changed)
            break
    if odd.size == 0:
        return needed
    rank, odd_ones = 0, 0
    for wire in range(n):
        if ones(held[wire]) % 2 == 0:
            rank += _joined(basis, rank, held[wire])
    for word in range(left.size):
        odd_ones += ones(left[word] & odd[word])
        rest = left[word] & ~odd[word]
        while rest and rank < n - 1:
            rank += _joined(basis, rank, terms[word * _BITS + lowest(rest)])
            rest &= rest - 1
    return max(needed, rank - odd_ones)


@inlined
def _joined(basis: Array, rank: Int, mask: Int) -> Int:
    """Whether a mask is independent of a basis, to which it is then added."""
    for i in range(rank):
        mask = min(mask, mask ^ basis[i])
    if mask:
        basis[rank] = mask
        return 1
    return 0


@compiled
def _rare(held: Array, left: Array, terms: Array, there: Array, pool: Array) -> Real:
    """How rare the ways are to make the terms that are left; fewer is better."""
    n, size = held.size, held.size
    pool[:n] = held
    for word in range(left.size):
        rest = left[word]
        while rest:
            pool[size] = terms[word * _BITS + lowest(rest)]
            rest &= rest - 1
            size += 1
    for i in range(size):
        there[pool[i]] = 1
    rare = 0.0
    for i in range(n, size):
        ways = 0
        for j in range(size):
            ways += there[pool[i] ^ pool[j]]
        rare += 1.0 / (1 + ways)
    for i in range(n):
        for j in range(i):
            rare -= _READY * there[held[i] ^ held[j]]
    for i in range(size):
        there[pool[i]] = 0
    return rare


@inlined
def _commute(moves: Array, one: Int, two: Int) -> Bool:
    a, b, c, d = moves[one, 0], moves[one, 1], moves[two, 0], moves[two, 1]
    return a != d and c != b and b != d


@inlined
def _is_idle(moves: Array, before: Int, gate: Int) -> Bool:
    """Whether a gate undoes the one before it, or may as well come first and does elsewhere."""
    return gate == before or (gate < before and _commute(moves, before, gate))


@inlined
def _hangs_on_all(moves: Array, way: Array, depth: Int, last: Int) -> Bool:
    """Whether the last gate hangs on all of those before it, directly or through others."""
    for i in range(depth):
        hangs = not _commute(moves, way[i], last)
        for j in range(i + 1, depth):
            hangs = hangs or not _commute(moves, way[i], way[j])
        if not hangs:
            return False
    return True


@compiled
def _home(held: Array, gates: Int, moves: Array) -> tuple[Bool, Array]:
    """Numbers of so few gates that bring all wires home; whether there are, and how many."""
    choice, depth = np.zeros(gates + 1, dtype=np.int64), 0
    while depth >= 0:
        changed = 0
        for wire in range(held.size):
            changed += held[wire] != 1 << wire
        if changed == 0:
            return True, choice[:depth] - 1
        if changed <= gates - depth and choice[depth] < len(moves):
            held[moves[choice[depth], 1]] ^= held[moves[choice[depth], 0]]
            choice[depth] += 1
            depth += 1
            choice[depth] = 0
        else:
            depth -= 1
            if depth >= 0:
                held[moves[choice[depth] - 1, 1]] ^= held[moves[choice[depth] - 1, 0]]
    return False, choice[:0]


@compiled
def _place(slots: Array, rows: Array, row: Array) -> Int:
    """Where a row is among the slots, or would be."""
    key = np.uint64(0)
    for word in row:
        key = mixed(key ^ np.uint64(word))
    index = np.int64(key & np.uint64(slots.size - 1))
    while slots[index]:
        same = True
        for word in range(row.size):
            same = same and rows[slots[index] - 1, word] == row[word]
        if same:
            break
        index = (index + 1) & (slots.size - 1)
    return index


@compiled
def _longer(array: Array, size: Int) -> Array:
    longer = np.zeros((size, array.shape[1]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


@compiled
def _after_a_term(
    states: Array,
    wasted: Array,
    allowed: Int,
    last: Bool,
    n: Int,
    moves: Array,
    terms: Array,
    term_of: Array,
    by_size: Array,
    missed: Array,
    odd: Array,
) -> tuple[Int, Array, Array, Array, Array, Array, Array]:
    """All states after one more term, or a network that ended.

    Returns:
        State from which a network ended, or -1, and its gates from there on; rows of states; gates
        that made no term; states that they came from, and the gates from there on; their worth.
    """
    words, each, size, there = missed.shape[1], _BITS // n, 1 << 12, 0
    slots = np.zeros(2 * size, dtype=np.int32)  # Numbers of rows, from 1 on, by their hash.
    rows = np.zeros((size, states.shape[1]), dtype=np.int64)
    counts = np.zeros((size, 2), dtype=np.int32)  # Gates that made no term; the parent.
    ways = np.zeros((size, _BLOCK), dtype=np.int16)
    worth = np.zeros((size, 1))
    held = np.zeros((_BLOCK + 1, n), dtype=np.int64)
    choice, way = np.zeros(_BLOCK + 1, dtype=np.int64), np.zeros(_BLOCK, dtype=np.int64)
    left, basis = np.zeros(words, dtype=np.int64), np.zeros(n, dtype=np.int64)
    row, marks = np.zeros(states.shape[1], dtype=np.int64), np.zeros(1 << n, dtype=np.uint8)
    pool = np.zeros(n + terms.size, dtype=np.int64)
    for parent in range(len(states)):
        left[:] = states[parent, :words]
        for wire in range(n):
            word = states[parent, words + wire // each]
            held[0, wire] = word >> wire % each * n & (1 << n) - 1
        depth = 0
        choice[0] = 0
        while depth >= 0:
            gate = choice[depth]
            if gate == len(moves):
                depth -= 1
                continue
            choice[depth] += 1
            control, target = moves[gate, 0], moves[gate, 1]
            after = held[depth + 1]
            after[:] = held[depth]
            after[target] ^= after[control]
            term = term_of[after[target]]
            makes = term >= 0 and left[term // _BITS] >> term % _BITS & 1
            used = wasted[parent] + depth + (0 if makes else 1)
            if makes:
                if not _hangs_on_all(moves, way, depth, gate):
                    continue
            elif (
                used > allowed
                or depth + 1 == _BLOCK
                or (depth and _is_idle(moves, way[depth - 1], gate))
            ):
                continue
            if makes:
                left[term // _BITS] ^= 1 << term % _BITS
            needed = used + _wasted(after, left, terms, by_size, missed, odd, basis)
            way[depth] = gate
            if needed <= allowed and not makes:
                depth += 1
                choice[depth] = 0
            elif needed <= allowed and last:
                ended, home = _home(after.copy(), allowed - used, moves)
                if ended:
                    whole = np.concatenate((way[: depth + 1], home))
                    first = counts[:there, 0].astype(np.uint8)
                    return (
                        parent,
                        whole,
                        rows[:there],
                        first,
                        counts[:there, 1],
                        ways[:there],
                        worth[:there, 0],
                    )
            elif needed <= allowed:
                row[:] = 0
                row[:words] = left
                for wire in range(n):
                    row[words + wire // each] |= after[wire] << wire % each * n
                index = _place(slots, rows, row)
                number: Int = slots[index] - 1
                if number < 0:
                    number = there
                    there += 1
                    slots[index] = there
                    rows[number] = row
                    counts[number, 0] = used + 1
                    worth[number, 0] = _rare(after, left, terms, marks, pool) + _WASTE * needed
                if used < counts[number, 0]:
                    counts[number, 0] = used
                    counts[number, 1] = parent
                    ways[number, :] = -1
                    ways[number, : depth + 1] = way[: depth + 1]
                if there == size:
                    size *= 2
                    rows, counts = _longer(rows, size), _longer(counts, size)
                    ways, worth = _longer(ways, size), _longer(worth, size)
                    slots = np.zeros(2 * size, dtype=np.int32)
                    for i in range(there):
                        slots[_place(slots, rows, rows[i])] = i + 1
            if makes:
                left[term // _BITS] ^= 1 << term % _BITS
    first = counts[:there, 0].astype(np.uint8)
    return -1, way[:0], rows[:there], first, counts[:there, 1], ways[:there], worth[:there, 0]
