"""States of the search, what they have to do, and how far they are from it.

A *word* is a set of wires (a mask) that XOR to a term, with one more bit, `waits`, for a term that
still waits for a variable. The *distance* of a word is the number of CX gates that bring it to one
wire. A state keeps the words of the terms left over, those that are done are not there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.bits import Array, Bool, Int, lowest, ones


class States(NamedTuple):
    """Room for B states of n wires, V variables and S terms.

    Attributes:
        contents: Slots whose variables every wire holds, shape ``(B, n)``.
        holders: Wires that hold the variable of every slot; the transpose.
        sources: Wires that XOR to the variable of every slot; the inverse.
        words: The terms left over in terms of the wires, the first of every row, shape ``(B, S)``.
        terms: Their numbers.
        labels: Wires whose parities each variable started with, shape ``(B, V)``.
        counts: Terms left over that need each variable, shape ``(B, V)``.
        layer: Layer of the variable of every slot, shape ``(B, n)``.
        levels: Two-qubit depth of every wire, shape ``(B, n)``.
        left: Terms left over.
        extra: RZZ gates spent.
        mark: Hash of the terms left over.
    """

    contents: Array
    holders: Array
    sources: Array
    words: Array
    terms: Array
    labels: Array
    counts: Array
    layer: Array
    levels: Array
    left: Array
    extra: Array
    mark: Array

    @classmethod
    def room(cls, size: int, n: int, variables: int, terms: int) -> States:
        """Room for so many states."""
        return cls(
            contents=np.zeros((size, n), dtype=np.int64),
            holders=np.zeros((size, n), dtype=np.int64),
            sources=np.zeros((size, n), dtype=np.int64),
            words=np.zeros((size, terms), dtype=np.int64),
            terms=np.zeros((size, terms), dtype=np.int32),
            labels=np.zeros((size, variables), dtype=np.int64),
            counts=np.zeros((size, variables), dtype=np.int32),
            layer=np.zeros((size, n), dtype=np.int32),
            levels=np.zeros((size, n), dtype=np.int32),
            left=np.zeros(size, dtype=np.int64),
            extra=np.zeros(size, dtype=np.int64),
            mark=np.zeros(size, dtype=np.int64),
        )


class Rules(NamedTuple):
    """What the states have to do, and with which gates.

    Attributes:
        last: Layer of every slot in the end.
        home: Whether the wires that hold every slot in the end are given.
        goal: These wires, for every slot.
        rzz: Whether a term on two neighbouring wires takes one RZZ.
        turned: Whether all H gates come together; see `PathSum.short`.
        masks: Slots of every term.
        needs: Variables of every term.
        keys: Hash of every term.
        alone: For every variable, the number of the term of it alone, or -1.
        groups: Masks of slots whose H gates come together.
        partners: For every variable, the mask of those it shares a term of two with.
        chains: Rows of three slots of which the first must end next to both others.
        control: Of every CX there is.
        target: Of every CX there is.
        near: Whether two wires may share a gate, shape ``(n, n)``.
        distance: Of every set of wires; empty where there are many, all pairs neighbours.
        away: CX gates from the holders of a slot to where it has to end, shape ``(n, 2^n)``; empty
            as well.
        wire_keys: Hash of every wire.
        layer_keys: Hash of the layer of every slot, shape ``(layers, n)``.
    """

    last: Array
    home: bool
    goal: Array
    rzz: bool
    turned: bool
    masks: Array
    needs: Array
    keys: Array
    alone: Array
    groups: Array
    partners: Array
    chains: Array
    control: Array
    target: Array
    near: Array
    distance: Array
    away: Array
    wire_keys: Array
    layer_keys: Array


class Prices(NamedTuple):
    """What a level of the search charges.

    Attributes:
        terms: By whether a term waits (row) and by its distance, shape ``(2, D)``.
        variables: For every CX that a variable is away from its goal: in use, finished.
        depth: For every level of two-qubit depth.
        urge: For every CX to the next term or H.
        noise: Largest random part.
    """

    terms: Array
    variables: Array
    depth: float
    urge: float
    noise: float


@inlined
def distance_of(wires: Int, table: Array) -> Int:
    """CX gates that bring a set of wires to one; a table of them, or nothing between all pairs."""
    if table.size:
        return table[wires]
    return max(ones(wires) - 1, 0)


@inlined
def away_of(slot: Int, holders: Int, rules: Rules) -> Int:
    """CX gates from the holders of the variable in a slot to where it has to end."""
    if rules.away.size:
        return rules.away[slot, holders]
    distance = max(ones(holders) - 1, 0)
    if rules.home and not holders >> slot & 1:
        distance += 2
    return distance


@inlined
def is_near(word: Int, waits: Int, rules: Rules) -> Bool:
    """Whether one RZZ would do."""
    return rules.rzz and 0 < word < waits and distance_of(word, rules.distance) == 1


@inlined
def finished(s: States, b: Int, slot: Int) -> Int:
    """1 where no term left over needs the variable that stands in a slot, else 0."""
    return int(s.counts[b, s.layer[b, slot] * s.layer.shape[1] + slot] == 0)


@inlined
def _copy_row(a: Array, b: Int, to: Array, row: Int, size: Int) -> None:
    # A loop, since the assignment of a slice costs more than what it has to do here.
    for k in range(size):
        to[row, k] = a[b, k]


@inlined
def copy_state(s: States, b: Int, to: States, row: Int) -> None:
    """A state into a row of others, as far as there is anything in it."""
    n, variables, left = s.contents.shape[1], s.counts.shape[1], s.left[b]
    to.left[row], to.extra[row], to.mark[row] = left, s.extra[b], s.mark[b]
    _copy_row(s.words, b, to.words, row, left)
    _copy_row(s.terms, b, to.terms, row, left)
    _copy_row(s.contents, b, to.contents, row, n)
    _copy_row(s.holders, b, to.holders, row, n)
    _copy_row(s.sources, b, to.sources, row, n)
    _copy_row(s.layer, b, to.layer, row, n)
    _copy_row(s.levels, b, to.levels, row, n)
    _copy_row(s.counts, b, to.counts, row, variables)
    _copy_row(s.labels, b, to.labels, row, variables)


@compiled
def ending(s: States, b: Int, rules: Rules) -> Int:
    """Two-qubit gates that are not CX, of a state in which all is done; -1 in others."""
    n = s.contents.shape[1]
    left = s.left[b]
    if left and rules.rzz:
        for index in range(s.left[b]):
            left -= is_near(s.words[b, index], 1 << n, rules)
    if left:
        return -1
    for slot in range(n):
        held = s.holders[b, slot]
        if s.layer[b, slot] < rules.last[slot]:
            return -1
        if held != rules.goal[slot] if rules.home else held & (held - 1):
            return -1
    for chain in rules.chains:
        middle = lowest(s.holders[b, chain[0]])
        for end in chain[1:]:
            if not rules.near[middle, lowest(s.holders[b, end])]:
                return -1
    return s.extra[b] + s.left[b]


@compiled
def farthest(s: States, rows: Array, rules: Rules) -> tuple[Int, Int, Int]:
    """Fewest terms left over, most H gates made, and least distance to the goal of all slots."""
    n = s.contents.shape[1]
    left, ahead, away = 1 << 40, 0, 1 << 40
    for b in rows:
        left = min(left, s.left[b])
        ahead = max(ahead, s.layer[b].sum())
        distance = 0
        for slot in range(n):
            distance += away_of(slot, s.holders[b, slot], rules)
        away = min(away, distance)
    return left, -ahead, 0 if left else away
