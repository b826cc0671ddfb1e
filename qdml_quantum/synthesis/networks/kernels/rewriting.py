"""A few gates of a network on a few wires, exchanged at random for others that do the same.

What stands on the wires before and after them stays as it is, so that only what they visit between
changes: a trial takes about 0.15 us, however long the network is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.bits import Array, Bool, Int, Real, mixed

WIRES = 4
"""Most wires of the gates that are exchanged at once: three leave a phase of 8 qubits 2 % longer in
twice the time."""
SINGLE, GROUPED = -1, -2
"""In place of a control: an H, of a slot alone or with others of a group."""
_LONGEST = 16  # Gates that are exchanged at once, with room to spare.
_FOLLOWED = 0.6
"""How often the next wire is the one that the next gate joins; else it is any."""
_SHORTER, _EQUAL, _LONGER = 0.3, 0.75, 0.95
"""How often the new gates are one fewer, as many, one more, and else two more: running sums."""


class Tape(NamedTuple):
    """Room for the gates of a network, in order.

    Attributes:
        control: Wire, or `SINGLE` or `GROUPED` for an H.
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


class Wanted(NamedTuple):
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
    def of(cls, terms: list[int]) -> Wanted:
        """None of them visited."""
        size = 8  # Eight places a term: most questions are for what is not there.
        while size < 8 * len(terms):
            size *= 2
        keys, visits = np.full(size, -1, dtype=np.int64), np.zeros(len(terms), dtype=np.int64)
        made = cls(keys=keys, numbers=keys.copy(), visits=visits)
        _fill(made, np.array(terms, dtype=np.int64))
        return made


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


class Scratch(NamedTuple):
    """What is looked at in one trial.

    Attributes:
        wires: Those that are chosen.
        place: Of every wire among them.
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
    place: Array
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
            place=numbers(wires),
            gates=numbers(_LONGEST),
            order=numbers(few),
            name=np.arange(wires),
            map=numbers(few),
            content=numbers(few),
            known=np.zeros(few, dtype=np.bool_),
            held=numbers(few),
            made=Tape.room(_LONGEST),
            kept=Tape.room(gates),
            undo=Tape.room(gates),
            levels=numbers(wires),
        )


@inlined
def _random(state: State, size: Int) -> Int:
    """A random number below a size, at most 2^31."""
    state.random[0] += 1
    return np.int64(((mixed(state.random[0]) >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))


@inlined
def _share(state: State) -> Real:
    """A random number between 0 and 1."""
    state.random[0] += 1
    return np.float64(mixed(state.random[0]) >> np.uint64(11)) / 9007199254740992.0


@inlined
def _place(wanted: Wanted, content: Int) -> Int:
    """Where a content is in the table, or the free place where it would be."""
    last = wanted.keys.size - 1
    place = np.int64(mixed(content) >> np.uint64(20)) & last
    while wanted.keys[place] != -1 and wanted.keys[place] != content:
        place = place + 1 & last
    return place


@compiled
def _fill(wanted: Wanted, terms: Array) -> None:
    for number in range(terms.size):
        place = _place(wanted, terms[number])
        wanted.keys[place], wanted.numbers[place] = terms[number], number


@inlined
def _visit(wanted: Wanted, content: Int) -> Int:
    """Count a visit; how many more terms are missing then, 0 or -1."""
    number = wanted.numbers[_place(wanted, content)]
    if number < 0:
        return 0
    wanted.visits[number] += 1
    return -1 if wanted.visits[number] == 1 else 0


@inlined
def _leave(wanted: Wanted, content: Int) -> Int:
    """Count a visit less; how many more terms are missing then, 0 or 1."""
    number = wanted.numbers[_place(wanted, content)]
    if number < 0:
        return 0
    wanted.visits[number] -= 1
    return 1 if wanted.visits[number] == 0 else 0


@inlined
def _copy(a: Tape, i: Int, to: Tape, j: Int) -> None:
    to.control[j], to.target[j] = a.control[i], a.target[i]
    to.added[j], to.before[j] = a.added[i], a.before[i]


@inlined
def _set(tape: Tape, i: Int, control: Int, target: Int, added: Int, before: Int) -> None:
    tape.control[i], tape.target[i] = control, target
    tape.added[i], tape.before[i] = added, before


@inlined
def _shift(tape: Tape, first: Int, length: Int, by: Int) -> None:
    """Move the gates from one on to later or earlier places."""
    if by > 0:
        for i in range(length - 1, first - 1, -1):
            _copy(tape, i, tape, i + by)
    elif by < 0:
        for i in range(first, length):
            _copy(tape, i, tape, i + by)


@inlined
def _next(tape: Tape, wire: Int, i: Int, length: Int) -> Int:
    """The first gate on a wire from number i on; the length where there is none."""
    while i < length and tape.control[i] != wire and tape.target[i] != wire:
        i += 1
    return i


@inlined
def _content(tape: Tape, wire: Int, i: Int, state: State) -> Int:
    """What a wire holds before gate i."""
    j = _next(tape, wire, i, state.counts[0])
    if j == state.counts[0]:
        return state.final[wire]
    return tape.added[j] if tape.control[j] == wire else tape.before[j]


@inlined
def _rename(tape: Tape, i: Int, name: Array, state: State) -> None:
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
def _taken(change: Real, temperature: Real, state: State) -> Bool:
    return change <= 0 or _share(state) < np.exp(-change / temperature)


@inlined
def _pairs_known(before: Int, after: Int, n: Int, wanted: Wanted) -> Bool:
    """Whether there is a term for every CZ gate that an H makes; see `network.joined_by_h`."""
    while before:
        one = before & -before
        before ^= one
        rest = after
        while rest:
            other = rest & -rest
            rest ^= other
            own = other == one or other == one << n
            if not own and wanted.keys[_place(wanted, one | other)] < 0:
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
def _around_h(
    tape: Tape, i: Int, temperature: Real, missing: Real, near: Array, wanted: Wanted, state: State
) -> None:
    """Take a CX away from beside an H, or put one there.

    Before the H of one variable a CX into its wire is a CZ after it, which a rotation of the pair
    of variables takes up, and after it the other way: only what the H finds, or makes, changes. H
    gates of a group take a CX through, with control and target exchanged.
    """
    counts, n, wire = state.counts, near.shape[0], tape.target[i]
    other = _random(state, n)
    if not near[wire, other] or counts[0] + 2 > tape.target.size:
        return
    first, last, partner = i, i, i
    grouped = tape.control[i] == GROUPED
    if grouped:
        while first > 0 and tape.control[first - 1] == GROUPED:
            first -= 1
        while last + 1 < counts[0] and tape.control[last + 1] == GROUPED:
            last += 1
        for k in range(first, last + 1):
            if tape.target[k] == other:
                partner = k
        if partner == i:
            return
    earlier = grouped or _random(state, 2) == 1
    later = grouped or not earlier
    # What is before the H of `wire` gets the other wire's, and what is after that of `partner`.
    before, after = tape.before[i], tape.before[partner] ^ tape.added[partner]
    content = _content(tape, other, last + 1, state)
    added_before, added_after = content, content
    if grouped:
        added_before, added_after = tape.before[partner], tape.before[i] ^ tape.added[i]
    new_before, new_after = before, after
    if earlier:
        new_before ^= added_before
    if later:
        new_after ^= added_after
    if not grouped and not _pairs_known(new_before, new_after, n, wanted):
        return
    into, source = (other, wire) if grouped else (wire, other)
    gone_before = _beside(tape, first, -1, other, wire, counts[0]) if earlier else -1
    gone_after = _beside(tape, last, 1, source, into, counts[0]) if later else -1
    gates, change = 0, 0
    if earlier:
        gates += -1 if gone_before >= 0 else 1
        change += _leave(wanted, before) if gone_before >= 0 else _visit(wanted, new_before)
    if later:
        gates += -1 if gone_after >= 0 else 1
        change += _leave(wanted, after) if gone_after >= 0 else _visit(wanted, new_after)
    if not _taken(gates + missing * change, temperature, state):
        if earlier and gone_before >= 0:
            _visit(wanted, before)
        elif earlier:
            _leave(wanted, new_before)
        if later and gone_after >= 0:
            _visit(wanted, after)
        elif later:
            _leave(wanted, new_after)
        return
    if grouped:
        own_after = tape.before[i] ^ tape.added[i]
        tape.before[i], tape.added[i] = new_before, new_before ^ own_after
        tape.added[partner] = tape.before[partner] ^ new_after
    else:
        tape.before[i], tape.added[i] = new_before, new_before ^ new_after
    if later and gone_after >= 0:
        _shift(tape, gone_after + 1, counts[0], -1)
        counts[0] -= 1
    elif later:
        _shift(tape, last + 1, counts[0], 1)
        _set(tape, last + 1, source, into, added_after, new_after)
        counts[0] += 1
    if earlier and gone_before >= 0:
        _shift(tape, gone_before + 1, counts[0], -1)
        counts[0] -= 1
    elif earlier:
        _shift(tape, first, counts[0], 1)
        _set(tape, first, other, wire, added_before, before)
        counts[0] += 1
    counts[1] += gates
    counts[2] += change


@inlined
def _turn_h(tape: Tape, i: Int, wanted: Wanted, scratch: Scratch, state: State) -> None:
    """Exchange the two wires of a CX that follows, or is followed by, the H of its control.

    Two wires hold the variable that the H ends, and either can give it to the other; two wires hold
    the one that it starts. What is visited stays the same.
    """
    length, wire = state.counts[0], tape.target[i]
    before, after, n = tape.before[i], tape.before[i] ^ tape.added[i], scratch.name.size
    if _random(state, 2):
        j = i - 1
        while j >= 0 and tape.control[j] != wire and tape.target[j] != wire:
            j -= 1
        if j < 0 or tape.control[j] != wire:
            return
        other = tape.target[j]
        if not _pairs_known(tape.before[j], after, n, wanted):
            return
        tape.before[i], tape.added[i] = tape.before[j], tape.before[j] ^ after
        _set(tape, j, other, wire, tape.before[j], tape.added[j])
        first = j + 1
    else:
        j = _next(tape, wire, i + 1, length)
        if j == length or tape.control[j] != wire:
            return
        other, content = tape.target[j], tape.before[j]
        if _content(tape, other, i + 1, state) != content:
            return
        if not _pairs_known(before, after ^ content, n, wanted):
            return
        tape.added[i] ^= content
        tape.added[j] ^= content
        first = j + 1
    scratch.name[wire], scratch.name[other] = other, wire
    _rename(tape, first, scratch.name, state)
    scratch.name[wire], scratch.name[other] = wire, other


@inlined
def _wires(tape: Tape, i: Int, near: Array, wires: Array, state: State) -> Int:
    """Choose the wires of gate i and others that are near; a mask, or 0 where there are none."""
    wires[0], wires[1] = tape.control[i], tape.target[i]
    chosen = 1 << wires[0] | 1 << wires[1]
    for number in range(2, wires.size):
        wire = -1
        if _share(state) < _FOLLOWED:
            j = i + 1
            while j < state.counts[0] and wire < 0:
                control, target = tape.control[j], tape.target[j]
                if control >= 0 and chosen >> control & 1 != chosen >> target & 1:
                    wire = target if chosen >> control & 1 else control
                elif control < 0 and chosen >> target & 1:
                    break
                j += 1
        if wire < 0:
            wire = _random(state, near.shape[0])
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
    blocked, size, place = 0, 0, scratch.place
    j = i
    while j < state.counts[0] and size < most and blocked & chosen != chosen:
        control, target = tape.control[j], tape.target[j]
        own: Int = 1 << target
        if control >= 0:
            own |= 1 << control
            if chosen >> control & 1 and not scratch.known[place[control]]:
                scratch.known[place[control]] = True
                scratch.content[place[control]] = tape.added[j]
        if chosen >> target & 1 and not scratch.known[place[target]]:
            scratch.known[place[target]] = True
            scratch.content[place[target]] = tape.before[j]
        if control >= 0 and own & ~chosen == 0 and own & blocked == 0:
            scratch.gates[size] = j
            scratch.map[place[target]] ^= scratch.map[place[control]]
            size += 1
        else:
            blocked |= own
        j += 1
    return size


@inlined
def _draw(equals: Equals, table: Int, scratch: Scratch, size: Int, state: State) -> tuple[Int, Int]:
    """Number and length of a list of gates that does the same; -1 where none is so long."""
    share, wires = _share(state), scratch.map.size
    length = size + 2
    if share < _SHORTER:
        length = size - 1
    elif share < _EQUAL:
        length = size
    elif share < _LONGER:
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
    return first + _random(state, count), length


@inlined
def _depth(tape: Tape, levels: Array, length: Int) -> Int:
    deepest = 0
    levels[:] = 0
    for i in range(length):
        control, target = tape.control[i], tape.target[i]
        if control >= 0:
            level = max(levels[control], levels[target]) + 1
            levels[control] = levels[target] = level
            deepest = max(deepest, level)
    return deepest


@inlined
def _exchange(
    tape: Tape,
    i: Int,
    temperature: Real,
    equals: Equals,
    wanted: Wanted,
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
        scratch.place[wires[at]] = at
        scratch.known[k], scratch.map[k] = False, 1 << k
    size = _collect(tape, i, chosen, 1 + _random(state, heat.most), scratch, state)
    row, length = _draw(equals, equals.kind[neighbours], scratch, size, state)
    if row < 0 or counts[0] + length - size > tape.target.size:
        return
    for k in range(many):
        if not scratch.known[k]:
            scratch.content[k] = _content(tape, wires[k], i, state)
        scratch.held[k] = scratch.content[k]
    change = 0
    for k in range(size):
        number = scratch.gates[k]
        change += _leave(wanted, tape.before[number] ^ tape.added[number])
    for k in range(length):
        control, target = divmod(np.int64(equals.gates[row, k]), many)
        added, before = scratch.held[control], scratch.held[target]
        _set(scratch.made, k, wires[control], wires[target], added, before)
        scratch.held[target] = before ^ added
        change += _visit(wanted, before ^ added)
    turned = False
    for k in range(many if equals.ends.size else 0):
        turned |= scratch.order[k] != equals.ends[row, k]
    cost, last = length - size + missing * change, scratch.gates[size - 1]
    if heat.shallow:
        taken = cost <= 0 and length == size and not turned
    else:
        taken = _taken(cost, temperature, state)
    if taken and heat.shallow:
        for k in range(i, last + 1):
            _copy(tape, k, scratch.undo, k)
    if taken:
        _write(tape, i, size, length, scratch, state)
    if taken and heat.shallow:
        depth = _depth(tape, scratch.levels, counts[0])
        taken = _taken(depth - counts[3], temperature, state)
        if taken:
            counts[3] = depth
        else:
            for k in range(i, last + 1):
                _copy(scratch.undo, k, tape, k)
    if not taken:
        for k in range(length):
            _leave(wanted, scratch.made.before[k] ^ scratch.made.added[k])
        for k in range(size):
            number = scratch.gates[k]
            _visit(wanted, tape.before[number] ^ tape.added[number])
        return
    counts[0] += length - size
    counts[1] += length - size
    counts[2] += change
    if turned:
        for k in range(many):
            scratch.name[wires[scratch.order[k]]] = wires[equals.ends[row, k]]
        _rename(tape, i + length, scratch.name, state)
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
            _copy(tape, number, scratch.kept, kept)
            kept += 1
    _shift(tape, last + 1, state.counts[0], length - size)
    for k in range(length):
        _copy(scratch.made, k, tape, i + k)
    for k in range(kept):
        _copy(scratch.kept, k, tape, i + length + k)


@compiled
def begin(tape: Tape, best: Tape, wanted: Wanted, levels: Array, state: State) -> None:
    """Count what the first gates visit, and take them for the best."""
    counts = state.counts
    for i in range(counts[0]):
        _visit(wanted, tape.before[i] ^ tape.added[i])
        _copy(tape, i, best, i)
        counts[1] += tape.control[i] >= 0
    counts[2] = (wanted.visits == 0).sum()
    counts[3] = _depth(tape, levels, counts[0])
    for k in range(4):
        counts[4 + k] = counts[k]


@compiled
def walk(
    tape: Tape,
    best: Tape,
    wanted: Wanted,
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
        i = _random(state, counts[0])
        if tape.control[i] >= 0:
            _exchange(tape, i, temperature, equals, wanted, heat, missing, scratch, state)
        elif heat.shallow:
            continue
        elif tape.control[i] == SINGLE and equals.ends.size and _random(state, 2):
            _turn_h(tape, i, wanted, scratch, state)
        else:
            _around_h(tape, i, temperature, missing, equals.near, wanted, state)
        better = counts[1] < counts[5] or (heat.shallow and counts[3] < counts[7])
        if counts[2] == 0 and better:
            for k in range(counts[0]):
                _copy(tape, k, best, k)
            for k in range(4):
                counts[4 + k] = counts[k]
            if counts[5] <= least and not heat.shallow:
                return
