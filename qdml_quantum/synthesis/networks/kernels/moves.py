"""What a CX and an H do to a state, and the states that can follow from one."""

from __future__ import annotations

import numpy as np

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.bits import Array, Bool, Int, lowest, ones
from qdml_quantum.synthesis.networks.kernels.states import (
    Rules,
    States,
    copy_state,
    finished,
    is_near,
)


@inlined
def _finish(s: States, b: Int, index: Int, rules: Rules) -> None:
    """Forget a term; the last one takes its place."""
    term, last = s.terms[b, index], s.left[b] - 1
    s.words[b, index], s.terms[b, index] = s.words[b, last], s.terms[b, last]
    s.left[b] = last
    s.mark[b] -= rules.keys[term]
    variables = rules.needs[term]
    while variables:
        s.counts[b, lowest(variables)] -= 1
        variables &= variables - 1


@inlined
def _finish_all(s: States, b: Int, rules: Rules) -> None:
    """Forget all terms that stand on one wire."""
    for index in range(s.left[b] - 1, -1, -1):
        word = s.words[b, index]
        if word & (word - 1) == 0:
            _finish(s, b, index, rules)


@inlined
def _add(s: States, b: Int, others: Int, wire: Int, rules: Rules) -> None:
    """XOR what other wires hold into a wire."""
    contents, holders, sources, words, left = s.contents, s.holders, s.sources, s.words, s.left
    n = contents.shape[1]
    own, waits = 1 << wire, 1 << n
    for other in range(n):
        if others >> other & 1:
            contents[b, wire] ^= contents[b, other]
    for slot in range(n):
        holders[b, slot] ^= (ones(holders[b, slot] & others) & 1) << wire
        sources[b, slot] ^= others if sources[b, slot] & own else 0
    for index in range(left[b]):
        word = words[b, index]
        words[b, index] = word ^ others if word & own else word
    if rules.turned:
        for index in range(left[b]):
            word = words[b, index]
            if word & waits:
                word ^= others if word & own else 0
                words[b, index] = word ^ (ones(word & others) & 1) << wire


@inlined
def _spoil(s: States, b: Int, control: Int, target: Int, rules: Rules) -> None:
    """RZZ gates on what a CX would spoil."""
    waits = 1 << s.contents.shape[1]
    for index in range(s.left[b] - 1, -1, -1):
        word = s.words[b, index]
        if word >> target & 1 and is_near(word, waits, rules):
            after = word ^ 1 << control
            if after & (after - 1) and not is_near(after, waits, rules):
                s.extra[b] += 1
                _finish(s, b, index, rules)


@inlined
def _step(s: States, b: Int, control: Int, target: Int, rules: Rules) -> None:
    """A CX gate; before it RZZ gates on what it would spoil."""
    if rules.rzz:
        _spoil(s, b, control, target, rules)
    _add(s, b, 1 << control, target, rules)
    _finish_all(s, b, rules)
    level = max(s.levels[b, control], s.levels[b, target]) + 1
    s.levels[b, control] = s.levels[b, target] = level


@inlined
def _variables(s: States, b: Int, slots: Int) -> Int:
    """The variables that stand in some slots."""
    n = s.contents.shape[1]
    variables = 0
    while slots:
        slot = lowest(slots)
        variables |= 1 << s.layer[b, slot] * n + slot
        slots &= slots - 1
    return variables


@inlined
def _needed(s: States, b: Int, slot: Int, rules: Rules) -> Bool:
    """Whether an H has to wait for terms that an RZZ would not do at once."""
    n = s.contents.shape[1]
    variable = s.layer[b, slot] * n + slot
    left = s.counts[b, variable]
    if left and rules.rzz:
        for index in range(s.left[b]):
            if rules.needs[s.terms[b, index]] >> variable & 1:
                left -= is_near(s.words[b, index], 1 << n, rules)
    return left > 0


@inlined
def _claim(s: States, b: Int, slot: Int, rules: Rules) -> None:
    """Spend RZZ gates on what else would keep a variable from its H."""
    if rules.rzz:
        variable = s.layer[b, slot] * s.contents.shape[1] + slot
        for index in range(s.left[b] - 1, -1, -1):
            if rules.needs[s.terms[b, index]] >> variable & 1:
                s.extra[b] += 1
                _finish(s, b, index, rules)


@inlined
def _replace(s: States, b: Int, slot: Int, change: Int, rules: Rules) -> None:
    """Change the terms for new sources of a slot."""
    for index in range(s.left[b]):
        if rules.masks[s.terms[b, index]] >> slot & 1:
            s.words[b, index] = s.words[b, index] ^ change


@inlined
def _wake(s: States, b: Int, rules: Rules) -> None:
    """Terms whose variables are all there wait no longer."""
    n = s.contents.shape[1]
    alive, waits = _variables(s, b, (1 << n) - 1), 1 << n
    for index in range(s.left[b]):
        word = s.words[b, index]
        if word & waits and rules.needs[s.terms[b, index]] & ~alive == 0:
            s.words[b, index] = word ^ waits


@inlined
def _owe(s: States, b: Int, slot: Int, rules: Rules) -> None:
    """Make the rotation of a variable that is not alone on a wire a term."""
    variable = s.layer[b, slot] * s.contents.shape[1] + slot
    term = rules.alone[variable]
    if term >= 0:
        s.words[b, s.left[b]], s.terms[b, s.left[b]] = s.sources[b, slot], term
        s.counts[b, variable] += 1
        s.left[b] += 1
        s.mark[b] += rules.keys[term]


@inlined
def _turn(s: States, b: Int, group: Int, rules: Rules) -> Bool:
    """H on the wires that hold the variables of some slots and nothing else, if it can be made.

    What the wires hold becomes its inverse transpose, which exchanges the holders of a variable
    and its sources.
    """
    n = s.contents.shape[1]
    wires, layer = 0, s.layer[b, lowest(group)]
    if layer >= rules.last[lowest(group)]:
        return False
    for slot in range(n):
        if group >> slot & 1:
            if s.layer[b, slot] != layer or _needed(s, b, slot, rules):
                return False
            wires |= s.holders[b, slot] | s.sources[b, slot]
    if ones(wires) != ones(group):
        return False
    for slot in range(n):
        if group >> slot & 1:
            _claim(s, b, slot, rules)
            held = s.holders[b, slot]
            if not rules.turned:
                _replace(s, b, slot, s.sources[b, slot] ^ held, rules)
            s.holders[b, slot], s.sources[b, slot] = s.sources[b, slot], held
            s.layer[b, slot] += 1
    for wire in range(n):
        s.contents[b, wire] = 0
        for slot in range(n):
            s.contents[b, wire] |= (s.holders[b, slot] >> wire & 1) << slot
    for slot in range(n):
        if group >> slot & 1 and s.sources[b, slot] & (s.sources[b, slot] - 1):
            _owe(s, b, slot, rules)
    _wake(s, b, rules)
    _finish_all(s, b, rules)
    return True


@inlined
def _ready(s: States, b: Int, rules: Rules) -> tuple[Int, Int]:
    """The first slot that can have its H alone, and the other variables on its wire; -1 if none."""
    n = s.contents.shape[1]
    grouped = 0
    for group in rules.groups:
        grouped |= group
    for slot in range(n):
        held, layer = s.holders[b, slot], s.layer[b, slot]
        if grouped >> slot & 1 or layer >= rules.last[slot] or held & (held - 1):
            continue
        others = _variables(s, b, s.contents[b, lowest(held)] ^ 1 << slot)
        if others & ~rules.partners[(layer + 1) * n + slot] or _needed(s, b, slot, rules):
            continue
        return slot, others
    return -1, 0


@inlined
def _hadamard(s: States, b: Int, slot: Int, rules: Rules) -> None:
    """H on the one wire that holds a variable."""
    own = s.holders[b, slot]
    _claim(s, b, slot, rules)
    _replace(s, b, slot, s.sources[b, slot] ^ own, rules)
    s.sources[b, slot] = own
    s.contents[b, lowest(own)] = 1 << slot
    for other in range(s.contents.shape[1]):
        s.holders[b, other] &= ~own
    s.holders[b, slot] = own
    s.layer[b, slot] += 1
    _wake(s, b, rules)


@inlined
def _label(s: States, b: Int, slot: Int, wires: Int, rules: Rules) -> None:
    """Put the parity of some wires onto that on which a variable has just started."""
    _add(s, b, wires, lowest(s.holders[b, slot]), rules)
    _owe(s, b, slot, rules)
    _finish_all(s, b, rules)
    s.labels[b, s.layer[b, slot] * s.contents.shape[1] + slot] = wires


@inlined
def _start(s: States, b: Int, slot: Int, others: Int, end: Int, known: Array, rules: Rules) -> Int:
    """H on a slot, and its labels, see `settle`; the number of states after that.

    The CZ gates between a label and all that ended must be between partners.
    """
    n = s.contents.shape[1]
    old, own = s.layer[b, slot] * n + slot, s.holders[b, slot]
    new = old + n
    _hadamard(s, b, slot, rules)
    if known.size:
        if known[new]:
            _label(s, b, slot, known[new], rules)
        return end
    allowed = rules.partners[old]
    while others:
        variable = lowest(others)
        allowed &= rules.partners[variable] | 1 << variable
        others &= others - 1
    allowed |= 1 << new
    for index in range(s.left[b]):
        word = s.words[b, index]
        if word & own == 0 or word >= 1 << n or word == own:
            continue
        if rules.needs[s.terms[b, index]] & ~allowed == 0 and end < s.left.size:
            copy_state(s, b, s, end)
            _label(s, end, slot, word ^ own, rules)
            end += 1
    return end


@compiled
def settle(s: States, b: Int, end: Int, known: Array, rules: Rules) -> Int:
    """Every H that can be made.

    Labels are as known, one mask of wires for every variable; where that is empty, all that do a
    term at once are tried, each in a state of its own.

    Returns:
        The number of states, of which those from `end` on came from this one.
    """
    if not rules.last.any():
        return end
    row, last = b, end
    while True:
        slot = 0
        while slot >= 0:
            for group in rules.groups:
                while _turn(s, row, group, rules):
                    pass
            slot, others = _ready(s, row, rules)
            if slot >= 0:
                last = _start(s, row, slot, others, last, known, rules)
        row = end if row == b else row + 1
        if row >= last:
            return last


@compiled
def replay(s: States, b: Int, lead: Array, prefix: Array, known: Array, rules: Rules) -> None:
    """CX gates of which only the second ones are made, and every H; see `PathSum` and `settle`.

    The state is named by an argument: for a literal 0 all that it calls would be compiled again.
    """
    for control, target in lead:
        _add(s, b, 1 << control, target, rules)
    settle(s, b, b + 1, known, rules)
    for control, target in prefix:
        _step(s, b, control, target, rules)
        settle(s, b, b + 1, known, rules)


@compiled
def breed(s: States, parents: Array, moves: Array, to: States, rules: Rules) -> Array:
    """Make states from others by one CX each, and all H gates that can follow.

    Returns:
        For every state made, the number of its parent and CX among those given.
    """
    origin = np.zeros(to.left.size, dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    n, grouped, end = to.contents.shape[1], rules.groups.size > 0, parents.size
    for child in range(parents.size):
        copy_state(s, parents[child], to, child)
        origin[child] = child
        _step(to, child, rules.control[moves[child]], rules.target[moves[child]], rules)
        free = 0
        for slot in range(n):
            held = to.holders[child, slot]
            if to.layer[child, slot] < rules.last[slot] and (grouped or held & (held - 1) == 0):
                free += rules.rzz or finished(to, child, slot) == 1
        if free == n or (free and not rules.turned):
            last = settle(to, child, end, nothing, rules)
            origin[end:last] = child
            end = last
    return origin[:end]
