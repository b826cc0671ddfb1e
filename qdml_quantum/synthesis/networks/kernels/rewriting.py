"""A few gates of a network on a few wires, exchanged at random for others that do the same.

What stands on the wires before and after them stays as it is, so that only what they visit between
changes: a trial takes about 0.15 us, however long the network is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.around_h import around_h, turn_h
from qdml_quantum.synthesis.networks.kernels.bits import Array, Int, Real
from qdml_quantum.synthesis.networks.kernels.tape import (
    SINGLE,
    Sights,
    State,
    Tape,
    content_of,
    copy_gate,
    depth_of,
    leave,
    random_below,
    rename,
    set_gate,
    share,
    shift,
    taken_at,
    visit,
)

WIRES = 4
"""Most wires of the gates that are exchanged at once: three leave phases of 8 qubits 1 % longer in
twice the time, and more have no table."""
_ROOM = 16  # Gates that are exchanged at once, with room to spare.
_FOLLOWED = 0.6
"""How often the next wire is the one that the next gate joins; else it is any."""
_SHORTER, _EQUAL, _LONGER = 0.3, 0.75, 0.95
"""How often the new gates are one fewer, as many, one more, and else two more: running sums."""


class Equals(NamedTuple):
    """Lists of CX gates on a few wires, ordered by what they do, and those alike by their length.

    Attributes:
        near: Whether two wires of the network may share a gate, shape ``(n, n)``.
        kind: For every set of neighbours among the chosen wires, the table to look into.
        order: Where each of these wires stands in that table.
        start: First list of every table, map and length, shape ``(tables, maps, longest + 2)``.
        gates: ``wires * control + target``, shape ``(lists, longest)``.
        ends: Wires in increasing order of what they hold after a list, shape ``(lists, wires)``,
            where the rest of the network may go on with other wires; else nothing.
    """

    near: Array
    kind: Array
    order: Array
    start: Array
    gates: Array
    ends: Array


class Heat(NamedTuple):
    """What is taken though it costs more.

    Attributes:
        first: Temperature at the start, in CX gates.
        last: At the end; between them it falls by equal factors.
        missing: What a term that is not visited costs at the start, in CX gates.
        at_last: The same at the end; it rises evenly.
        most: Most gates that are exchanged at once.
        shallow: Whether it is the depth that falls, in gates on the longest path, and no CX comes.
    """

    first: float
    last: float
    missing: float
    at_last: float
    most: int
    shallow: bool = False


class Scratch(NamedTuple):
    """What is looked at in one trial.

    Attributes:
        wires: Those that are chosen.
        number: Of every wire among them.
        gates: Numbers of the gates that may be exchanged.
        order: Chosen wires in increasing order of what they hold after these.
        name: What every wire of the network is called from there on.
        map: What the chosen wires hold after these, as sets of what they held before.
        content: What they hold before.
        known: Whether that has been looked up.
        held: What they hold between.
        made: The gates in place of them.
        kept: Those that were between them.
        undo: All of these gates as they were.
        levels: Two-qubit depth of every wire.
    """

    wires: Array
    number: Array
    gates: Array
    order: Array
    name: Array
    map: Array
    content: Array
    known: Array
    held: Array
    made: Tape
    kept: Tape
    undo: Tape
    levels: Array

    @classmethod
    def room(cls, wires: int, gates: int) -> Scratch:
        """Room for a network of so many wires and gates."""
        few = min(WIRES, wires)

        def numbers(size: int) -> Array:
            return np.zeros(size, dtype=np.int64)

        return cls(
            wires=numbers(few),
            number=numbers(wires),
            gates=numbers(_ROOM),
            order=numbers(few),
            name=np.arange(wires),
            map=numbers(few),
            content=numbers(few),
            known=np.zeros(few, dtype=np.bool_),
            held=numbers(few),
            made=Tape.room(_ROOM),
            kept=Tape.room(gates),
            undo=Tape.room(gates),
            levels=numbers(wires),
        )


@inlined
def _wires(tape: Tape, i: Int, near: Array, wires: Array, state: State) -> Int:
    """Choose the wires of gate i and others that are near; a mask, or 0 where there are none."""
    wires[0], wires[1] = tape.control[i], tape.target[i]
    chosen = 1 << wires[0] | 1 << wires[1]
    for number in range(2, wires.size):
        wire = -1
        if share(state) < _FOLLOWED:
            j = i + 1
            while j < state.counts[0] and wire < 0:
                control, target = tape.control[j], tape.target[j]
                if control >= 0 and chosen >> control & 1 != chosen >> target & 1:
                    wire = target if chosen >> control & 1 else control
                elif control < 0 and chosen >> target & 1:
                    break
                j += 1
        if wire < 0:
            wire = random_below(state, near.shape[0])
            joined = False
            for other in wires[:number]:
                joined |= near[other, wire]
            if chosen >> wire & 1 or not joined:
                return 0
        wires[number] = wire
        chosen |= 1 << wire
    return chosen


@inlined
def _collect(tape: Tape, i: Int, chosen: Int, most: Int, scratch: Scratch, state: State) -> Int:
    """Gates on the chosen wires alone that can stand right after gate i, and itself: how many.

    Those that are left out may be between them, as long as no wire of these is joined later.
    """
    blocked, size, index = 0, 0, scratch.number
    j = i
    while j < state.counts[0] and size < most and blocked & chosen != chosen:
        control, target = tape.control[j], tape.target[j]
        own: Int = 1 << target
        if control >= 0:
            own |= 1 << control
            if chosen >> control & 1 and not scratch.known[index[control]]:
                scratch.known[index[control]] = True
                scratch.content[index[control]] = tape.added[j]
        if chosen >> target & 1 and not scratch.known[index[target]]:
            scratch.known[index[target]] = True
            scratch.content[index[target]] = tape.before[j]
        if control >= 0 and own & ~chosen == 0 and own & blocked == 0:
            scratch.gates[size] = j
            scratch.map[index[target]] ^= scratch.map[index[control]]
            size += 1
        else:
            blocked |= own
        j += 1
    return size


@inlined
def _draw(equals: Equals, table: Int, scratch: Scratch, size: Int, state: State) -> tuple[Int, Int]:
    """Number and length of a list of gates that does the same; -1 where none is so long."""
    chance, wires = share(state), scratch.map.size
    length = size + 2
    if chance < _SHORTER:
        length = size - 1
    elif chance < _EQUAL:
        length = size
    elif chance < _LONGER:
        length = size + 1
    if length < 0 or length >= equals.start.shape[2] - 1:
        return -1, 0
    order = scratch.order
    number: Int = 0
    for k in range(wires):
        order[k] = k
        if equals.ends.size:
            j = k
            while j > 0 and scratch.map[order[j - 1]] > scratch.map[k]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = k
    for k in range(wires):
        number |= scratch.map[order[k]] << wires * k
    first = equals.start[table, number, length]
    count = equals.start[table, number, length + 1] - first
    if count == 0:
        return -1, 0
    return first + random_below(state, count), length


@inlined
def _exchange(
    tape: Tape,
    i: Int,
    temperature: Real,
    equals: Equals,
    asked: Sights,
    heat: Heat,
    missing: Real,
    scratch: Scratch,
    state: State,
) -> None:
    """Exchange gates from number i on for others that do the same."""
    counts, near, many, wires = state.counts, equals.near, scratch.map.size, scratch.wires
    chosen = _wires(tape, i, near, scratch.held, state)
    if chosen == 0:
        return
    neighbours, bit = 0, 0
    for k in range(1, many):
        for other in range(k):
            if near[scratch.held[other], scratch.held[k]]:
                neighbours |= 1 << bit
            bit += 1
    for k in range(many):
        at = equals.order[neighbours, k]
        wires[at] = scratch.held[k]
        scratch.number[wires[at]] = at
        scratch.known[k], scratch.map[k] = False, 1 << k
    size = _collect(tape, i, chosen, 1 + random_below(state, heat.most), scratch, state)
    row, length = _draw(equals, equals.kind[neighbours], scratch, size, state)
    if row < 0 or counts[0] + length - size > tape.target.size:
        return
    for k in range(many):
        if not scratch.known[k]:
            scratch.content[k] = content_of(tape, wires[k], i, state)
        scratch.held[k] = scratch.content[k]
    change = 0
    for k in range(size):
        number = scratch.gates[k]
        change += leave(asked, tape.before[number] ^ tape.added[number])
    for k in range(length):
        control, target = divmod(np.int64(equals.gates[row, k]), many)
        added, before = scratch.held[control], scratch.held[target]
        set_gate(scratch.made, k, wires[control], wires[target], added, before)
        scratch.held[target] = before ^ added
        change += visit(asked, before ^ added)
    turned = False
    for k in range(many if equals.ends.size else 0):
        turned |= scratch.order[k] != equals.ends[row, k]
    cost, last = length - size + missing * change, scratch.gates[size - 1]
    if heat.shallow:
        taken = cost <= 0 and length == size and not turned
    else:
        taken = taken_at(cost, temperature, state)
    if taken and heat.shallow:
        for k in range(i, last + 1):
            copy_gate(tape, k, scratch.undo, k)
    if taken:
        _write(tape, i, size, length, scratch, state)
    if taken and heat.shallow:
        depth = depth_of(tape, scratch.levels, counts[0])
        taken = taken_at(depth - counts[3], temperature, state)
        if taken:
            counts[3] = depth
        else:
            for k in range(i, last + 1):
                copy_gate(scratch.undo, k, tape, k)
    if not taken:
        for k in range(length):
            leave(asked, scratch.made.before[k] ^ scratch.made.added[k])
        for k in range(size):
            number = scratch.gates[k]
            visit(asked, tape.before[number] ^ tape.added[number])
        return
    counts[0] += length - size
    counts[1] += length - size
    counts[2] += change
    if turned:
        for k in range(many):
            scratch.name[wires[scratch.order[k]]] = wires[equals.ends[row, k]]
        rename(tape, i + length, scratch.name, state)
        for k in range(many):
            scratch.name[wires[k]] = wires[k]


@inlined
def _write(tape: Tape, i: Int, size: Int, length: Int, scratch: Scratch, state: State) -> None:
    """Put the new gates in place of the old ones, and what was between these after them."""
    last, kept, passed = scratch.gates[size - 1], 0, 0
    for number in range(i, last + 1):
        if passed < size and scratch.gates[passed] == number:
            passed += 1
        else:
            copy_gate(tape, number, scratch.kept, kept)
            kept += 1
    shift(tape, last + 1, state.counts[0], length - size)
    for k in range(length):
        copy_gate(scratch.made, k, tape, i + k)
    for k in range(kept):
        copy_gate(scratch.kept, k, tape, i + length + k)


@compiled
def begin(tape: Tape, best: Tape, asked: Sights, levels: Array, state: State) -> None:
    """Count what the first gates visit, and take them for the best."""
    counts = state.counts
    for i in range(counts[0]):
        visit(asked, tape.before[i] ^ tape.added[i])
        copy_gate(tape, i, best, i)
        counts[1] += tape.control[i] >= 0
    counts[2] = (asked.visits == 0).sum()
    counts[3] = depth_of(tape, levels, counts[0])
    for k in range(4):
        counts[4 + k] = counts[k]


@compiled
def walk(
    tape: Tape,
    best: Tape,
    asked: Sights,
    equals: Equals,
    heat: Heat,
    scratch: Scratch,
    state: State,
    first: Int,
    last: Int,
    trials: Int,
    least: Int,
) -> None:
    """Trials number `first` up to `last` of so many; the fewest CX gates go to `best`.

    It ends where there is no CX left, or with as few in the best as the least there can be.
    """
    counts, falling = state.counts, heat.last / heat.first
    temperature, missing = heat.first, heat.missing
    for trial in range(first, last):
        if trial % 1024 == 0 or trial == first:
            temperature = heat.first * falling ** (trial / trials)
            missing = heat.missing + (heat.at_last - heat.missing) * (trial / trials)
        if counts[0] == 0:
            return
        i = random_below(state, counts[0])
        if tape.control[i] >= 0:
            _exchange(tape, i, temperature, equals, asked, heat, missing, scratch, state)
        elif heat.shallow:
            continue
        elif tape.control[i] == SINGLE and equals.ends.size and random_below(state, 2):
            turn_h(tape, i, asked, scratch.name, state)
        else:
            around_h(tape, i, temperature, missing, equals.near, asked, state)
        better = counts[1] < counts[5] or (heat.shallow and counts[3] < counts[7])
        if counts[2] == 0 and better:
            for k in range(counts[0]):
                copy_gate(tape, k, best, k)
            for k in range(4):
                counts[4 + k] = counts[k]
            if counts[5] <= least and not heat.shallow:
                return
