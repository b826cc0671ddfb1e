"""What can be changed around an H gate."""

from __future__ import annotations

from qdml_quantum.synthesis.compiled import inlined
from qdml_quantum.synthesis.networks.kernels.bits import Array, Bool, Int, Real
from qdml_quantum.synthesis.networks.kernels.tape import (
    GROUPED,
    Sights,
    State,
    Tape,
    content_of,
    leave,
    next_on,
    random_below,
    rename,
    set_gate,
    shift,
    slot_of,
    taken_at,
    visit,
)


@inlined
def _pairs_known(before: Int, after: Int, n: Int, asked: Sights) -> Bool:
    """Whether there is a term for every CZ gate that an H makes; see `network.joined_by_h`."""
    while before:
        one = before & -before
        before ^= one
        rest = after
        while rest:
            other = rest & -rest
            rest ^= other
            own = other == one or other == one << n
            if not own and asked.keys[slot_of(asked, one | other)] < 0:
                return False
    return True


@inlined
def _beside(tape: Tape, i: Int, step: Int, control: Int, target: Int, length: Int) -> Int:
    """The number of a CX that could stand right before (after) gate i, or -1."""
    j = i + step
    while 0 <= j < length:
        if tape.target[j] == target:
            return j if tape.control[j] == control else -1
        if tape.target[j] == control or tape.control[j] == target:
            return -1
        j += step
    return -1


@inlined
def around_h(
    tape: Tape, i: Int, temperature: Real, missing: Real, near: Array, asked: Sights, state: State
) -> None:
    """Take a CX away from beside an H, or put one there.

    Before the H of one variable a CX into its wire is a CZ after it, which a rotation of the pair
    of variables takes up, and after it the other way: only what the H finds, or makes, changes. H
    gates of a group take a CX through, with control and target exchanged.
    """
    counts, n, wire = state.counts, near.shape[0], tape.target[i]
    other = random_below(state, n)
    if not near[wire, other] or counts[0] + 2 > tape.target.size:
        return
    first, last, partner = i, i, i
    group = tape.control[i]
    grouped = group <= GROUPED
    if grouped:
        while first > 0 and tape.control[first - 1] == group:
            first -= 1
        while last + 1 < counts[0] and tape.control[last + 1] == group:
            last += 1
        for k in range(first, last + 1):
            if tape.target[k] == other:
                partner = k
        if partner == i:
            return
    earlier = grouped or random_below(state, 2) == 1
    later = grouped or not earlier
    # What is before the H of `wire` gets the other wire's, and what is after that of `partner`.
    before, after = tape.before[i], tape.before[partner] ^ tape.added[partner]
    content = content_of(tape, other, last + 1, state)
    added_before, added_after = content, content
    if grouped:
        added_before, added_after = tape.before[partner], tape.before[i] ^ tape.added[i]
    new_before, new_after = before, after
    if earlier:
        new_before ^= added_before
    if later:
        new_after ^= added_after
    if not grouped and not _pairs_known(new_before, new_after, n, asked):
        return
    into, source = (other, wire) if grouped else (wire, other)
    gone_before = _beside(tape, first, -1, other, wire, counts[0]) if earlier else -1
    gone_after = _beside(tape, last, 1, source, into, counts[0]) if later else -1
    gates, change = 0, 0
    if earlier:
        gates += -1 if gone_before >= 0 else 1
        change += leave(asked, before) if gone_before >= 0 else visit(asked, new_before)
    if later:
        gates += -1 if gone_after >= 0 else 1
        change += leave(asked, after) if gone_after >= 0 else visit(asked, new_after)
    if not taken_at(gates + missing * change, temperature, state):
        if earlier and gone_before >= 0:
            visit(asked, before)
        elif earlier:
            leave(asked, new_before)
        if later and gone_after >= 0:
            visit(asked, after)
        elif later:
            leave(asked, new_after)
        return
    if grouped:
        own_after = tape.before[i] ^ tape.added[i]
        tape.before[i], tape.added[i] = new_before, new_before ^ own_after
        tape.added[partner] = tape.before[partner] ^ new_after
    else:
        tape.before[i], tape.added[i] = new_before, new_before ^ new_after
    if later and gone_after >= 0:
        shift(tape, gone_after + 1, counts[0], -1)
        counts[0] -= 1
    elif later:
        shift(tape, last + 1, counts[0], 1)
        set_gate(tape, last + 1, source, into, added_after, new_after)
        counts[0] += 1
    if earlier and gone_before >= 0:
        shift(tape, gone_before + 1, counts[0], -1)
        counts[0] -= 1
    elif earlier:
        shift(tape, first, counts[0], 1)
        set_gate(tape, first, other, wire, added_before, before)
        counts[0] += 1
    counts[1] += gates
    counts[2] += change


@inlined
def turn_h(tape: Tape, i: Int, asked: Sights, name: Array, state: State) -> None:
    """Exchange the two wires of a CX that follows, or is followed by, the H of its control.

    Two wires hold the variable that the H ends, and either can give it to the other; two wires hold
    the one that it starts. What is visited stays the same, and the rest goes on with the wires
    exchanged (`name` says how every wire is called, and does so after it again).
    """
    length, wire = state.counts[0], tape.target[i]
    before, after, n = tape.before[i], tape.before[i] ^ tape.added[i], name.size
    if random_below(state, 2):
        j = i - 1
        while j >= 0 and tape.control[j] != wire and tape.target[j] != wire:
            j -= 1
        if j < 0 or tape.control[j] != wire:
            return
        other = tape.target[j]
        if not _pairs_known(tape.before[j], after, n, asked):
            return
        tape.before[i], tape.added[i] = tape.before[j], tape.before[j] ^ after
        set_gate(tape, j, other, wire, tape.before[j], tape.added[j])
        first = j + 1
    else:
        j = next_on(tape, wire, i + 1, length)
        if j == length or tape.control[j] != wire:
            return
        other, content = tape.target[j], tape.before[j]
        if content_of(tape, other, i + 1, state) != content:
            return
        if not _pairs_known(before, after ^ content, n, asked):
            return
        tape.added[i] ^= content
        tape.added[j] ^= content
        first = j + 1
    name[wire], name[other] = other, wire
    rename(tape, first, name, state)
    name[wire], name[other] = wire, other
