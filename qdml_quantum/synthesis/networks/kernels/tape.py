"""The gates of a network on a walk, what they visit, and what is counted of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.bits import Array, Bool, Int, Real, mixed

SINGLE, GROUPED = -1, -2
"""In place of a control: an H, of a slot alone or with others of a group; those that come together
have one number, this or lower."""


class Tape(NamedTuple):
    """Room for the gates of a network, in order.

    Attributes:
        control: Wire, or `SINGLE` or `GROUPED` or lower for an H.
        target: Wire.
        added: What is XORed into the target: the content of the control, and for an H what its wire
            holds before XOR after.
        before: Content of the target before.
    """

    control: Array
    target: Array
    added: Array
    before: Array

    @classmethod
    def room(cls, size: int) -> Tape:
        """Room for so many gates."""
        return cls(*(np.zeros(size, dtype=np.int64) for _ in range(4)))


class Sights(NamedTuple):
    """Contents that have to be visited, in a table of hashes.

    Attributes:
        keys: Masks of variables, -1 where there is none; a power of two of them.
        numbers: Of each among all.
        visits: How often each is visited.
    """

    keys: Array
    numbers: Array
    visits: Array

    @classmethod
    def of(cls, terms: list[int]) -> Sights:
        """None of them visited."""
        size = 8  # Eight slots a term: most questions are for what is not there.
        while size < 8 * len(terms):
            size *= 2
        keys, visits = np.full(size, -1, dtype=np.int64), np.zeros(len(terms), dtype=np.int64)
        made = cls(keys=keys, numbers=keys.copy(), visits=visits)
        _fill(made, np.array(terms, dtype=np.int64))
        return made


class State(NamedTuple):
    """Where the walk is.

    Attributes:
        counts: Gates, CX gates, terms not visited and depth; the same of the best.
        random: Of the random numbers.
        final: What every wire holds in the end.
        spare: Room for the same.
    """

    counts: Array
    random: Array
    final: Array
    spare: Array


@inlined
def random_below(state: State, size: Int) -> Int:
    """A random number below a size, at most 2^31."""
    state.random[0] += 1
    return np.int64(((mixed(state.random[0]) >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))


@inlined
def share(state: State) -> Real:
    """A random number between 0 and 1."""
    state.random[0] += 1
    return np.float64(mixed(state.random[0]) >> np.uint64(11)) / 9007199254740992.0


@inlined
def slot_of(asked: Sights, content: Int) -> Int:
    """Where a content is in the table, or the free slot where it would be."""
    last = asked.keys.size - 1
    slot = np.int64(mixed(content) >> np.uint64(20)) & last
    while asked.keys[slot] != -1 and asked.keys[slot] != content:
        slot = slot + 1 & last
    return slot


@compiled
def _fill(asked: Sights, terms: Array) -> None:
    for number in range(terms.size):
        at = slot_of(asked, terms[number])
        asked.keys[at], asked.numbers[at] = terms[number], number


@inlined
def visit(asked: Sights, content: Int) -> Int:
    """Count a visit; how many more terms are missing then, 0 or -1."""
    number = asked.numbers[slot_of(asked, content)]
    if number < 0:
        return 0
    asked.visits[number] += 1
    return -1 if asked.visits[number] == 1 else 0


@inlined
def leave(asked: Sights, content: Int) -> Int:
    """Count a visit less; how many more terms are missing then, 0 or 1."""
    number = asked.numbers[slot_of(asked, content)]
    if number < 0:
        return 0
    asked.visits[number] -= 1
    return 1 if asked.visits[number] == 0 else 0


@inlined
def copy_gate(a: Tape, i: Int, to: Tape, j: Int) -> None:
    """Gate i of one tape as gate j of another."""
    to.control[j], to.target[j] = a.control[i], a.target[i]
    to.added[j], to.before[j] = a.added[i], a.before[i]


@inlined
def set_gate(tape: Tape, i: Int, control: Int, target: Int, added: Int, before: Int) -> None:
    """Make gate i."""
    tape.control[i], tape.target[i] = control, target
    tape.added[i], tape.before[i] = added, before


@inlined
def shift(tape: Tape, first: Int, length: Int, by: Int) -> None:
    """Move the gates from one on to later or earlier numbers."""
    if by > 0:
        for i in range(length - 1, first - 1, -1):
            copy_gate(tape, i, tape, i + by)
    elif by < 0:
        for i in range(first, length):
            copy_gate(tape, i, tape, i + by)


@inlined
def next_on(tape: Tape, wire: Int, i: Int, length: Int) -> Int:
    """The first gate on a wire from number i on; the length where there is none."""
    while i < length and tape.control[i] != wire and tape.target[i] != wire:
        i += 1
    return i


@inlined
def content_of(tape: Tape, wire: Int, i: Int, state: State) -> Int:
    """What a wire holds before gate i."""
    j = next_on(tape, wire, i, state.counts[0])
    if j == state.counts[0]:
        return state.final[wire]
    return tape.added[j] if tape.control[j] == wire else tape.before[j]


@inlined
def rename(tape: Tape, i: Int, name: Array, state: State) -> None:
    """Go on with other wires from gate i on."""
    for j in range(i, state.counts[0]):
        tape.target[j] = name[tape.target[j]]
        if tape.control[j] >= 0:
            tape.control[j] = name[tape.control[j]]
    for wire in range(name.size):
        state.spare[name[wire]] = state.final[wire]
    for wire in range(name.size):
        state.final[wire] = state.spare[wire]


@inlined
def taken_at(change: Real, temperature: Real, state: State) -> Bool:
    """Whether a change of the cost is taken (Metropolis)."""
    return change <= 0 or share(state) < np.exp(-change / temperature)


@inlined
def depth_of(tape: Tape, levels: Array, length: Int) -> Int:
    """Two-qubit gates on the longest path."""
    deepest = 0
    levels[:] = 0
    for i in range(length):
        control, target = tape.control[i], tape.target[i]
        if control >= 0:
            level = max(levels[control], levels[target]) + 1
            levels[control] = levels[target] = level
            deepest = max(deepest, level)
    return deepest
