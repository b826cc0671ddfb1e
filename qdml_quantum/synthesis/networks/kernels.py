"""Compiled loops of the beam search: what a CX and an H do to a state, and what states are worth.

A *word* is a set of wires (a mask) that XOR to a term, with one more bit, `waits`, for a term that
still waits for a variable. The *distance* of a word is the number of CX gates that bring it to one
wire. A state keeps the words of the terms left over, those that are done are not there.

Numba compiles a function when it is called for the first time, about 15 s for all, and keeps the
result on disk until this file changes. It does not look at others: what is compiled stays here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.compiled import compiled, inlined

Array = NDArray[Any]
Int: TypeAlias = Any
"""A whole number of Python or of NumPy, as are elements of arrays before they are compiled."""
Real: TypeAlias = Any
Bool: TypeAlias = Any

FAR = 99
"""More than any distance: what there is nothing to do at."""
BLOCK = 8
"""Columns of gains are a multiple, which a processor adds up together."""


def is_compiled() -> bool:
    """Whether the search has been compiled before, and kept."""
    dispatcher: Any = breed
    folder: str | None = dispatcher.stats.cache_path
    return folder is not None and any(Path(folder).glob("kernels.breed*.nbi"))


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
        layers: Layers of variables.
        home: Whether slot i has to end on wire i.
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

    layers: int
    home: bool
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
def _count(mask: Any) -> Int:
    """Bits that are set."""
    x = np.uint64(mask)
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inlined
def _lowest(mask: Int) -> Int:
    """Number of the lowest bit that is set."""
    return _count((mask & -mask) - 1)


@inlined
def _distance(wires: Int, table: Array) -> Int:
    if table.size:
        return table[wires]
    return max(_count(wires) - 1, 0)


@inlined
def _away(slot: Int, holders: Int, home: bool, table: Array) -> Int:
    if table.size:
        return table[slot, holders]
    distance = max(_count(holders) - 1, 0)
    if home and not holders >> slot & 1:
        distance += 2
    return distance


@inlined
def _is_near(word: Int, waits: Int, rules: Rules) -> Bool:
    """Whether one RZZ would do."""
    return rules.rzz and 0 < word < waits and _distance(word, rules.distance) == 1


@inlined
def _finish(s: States, b: Int, index: Int, rules: Rules) -> None:
    """Forget a term; the last one takes its place."""
    term, last = s.terms[b, index], s.left[b] - 1
    s.words[b, index], s.terms[b, index] = s.words[b, last], s.terms[b, last]
    s.left[b] = last
    s.mark[b] -= rules.keys[term]
    variables = rules.needs[term]
    while variables:
        s.counts[b, _lowest(variables)] -= 1
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
        holders[b, slot] ^= (_count(holders[b, slot] & others) & 1) << wire
        sources[b, slot] ^= others if sources[b, slot] & own else 0
    for index in range(left[b]):
        word = words[b, index]
        words[b, index] = word ^ others if word & own else word
    if rules.turned:
        for index in range(left[b]):
            word = words[b, index]
            if word & waits:
                word ^= others if word & own else 0
                words[b, index] = word ^ (_count(word & others) & 1) << wire


@inlined
def _spoil(s: States, b: Int, control: Int, target: Int, rules: Rules) -> None:
    """RZZ gates on what a CX would spoil."""
    waits = 1 << s.contents.shape[1]
    for index in range(s.left[b] - 1, -1, -1):
        word = s.words[b, index]
        if word >> target & 1 and _is_near(word, waits, rules):
            after = word ^ 1 << control
            if after & (after - 1) and not _is_near(after, waits, rules):
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
        slot = _lowest(slots)
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
                left -= _is_near(s.words[b, index], 1 << n, rules)
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
    wires, layer = 0, s.layer[b, _lowest(group)]
    if layer + 1 >= rules.layers:
        return False
    for slot in range(n):
        if group >> slot & 1:
            if s.layer[b, slot] != layer or _needed(s, b, slot, rules):
                return False
            wires |= s.holders[b, slot] | s.sources[b, slot]
    if _count(wires) != _count(group):
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
        if grouped >> slot & 1 or layer + 1 >= rules.layers or held & (held - 1):
            continue
        others = _variables(s, b, s.contents[b, _lowest(held)] ^ 1 << slot)
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
    s.contents[b, _lowest(own)] = 1 << slot
    for other in range(s.contents.shape[1]):
        s.holders[b, other] &= ~own
    s.holders[b, slot] = own
    s.layer[b, slot] += 1
    _wake(s, b, rules)


@inlined
def _label(s: States, b: Int, slot: Int, wires: Int, rules: Rules) -> None:
    """Put the parity of some wires onto that on which a variable has just started."""
    _add(s, b, wires, _lowest(s.holders[b, slot]), rules)
    _owe(s, b, slot, rules)
    _finish_all(s, b, rules)
    s.labels[b, s.layer[b, slot] * s.contents.shape[1] + slot] = wires


@inlined
def _copy_row(a: Array, b: Int, to: Array, row: Int, size: Int) -> None:
    # A loop, since the assignment of a slice costs more than what it has to do here.
    for k in range(size):
        to[row, k] = a[b, k]


@inlined
def _copy(s: States, b: Int, to: States, row: Int) -> None:
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
        variable = _lowest(others)
        allowed &= rules.partners[variable] | 1 << variable
        others &= others - 1
    allowed |= 1 << new
    for index in range(s.left[b]):
        word = s.words[b, index]
        if word & own == 0 or word >= 1 << n or word == own:
            continue
        if rules.needs[s.terms[b, index]] & ~allowed == 0 and end < s.left.size:
            _copy(s, b, s, end)
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
    if rules.layers == 1:
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


@inlined
def _nearest(s: States, b: Int, words: Array, back: Array, rules: Rules) -> Int:
    """What the way out of a stall is measured by: sets of wires, and their distance.

    The term that is next to one wire or, where all wait for an H, the variable that is next to
    making one: its holders have to become one wire, and then the others have to leave it; the
    variables of a group have to be alone on as many wires.

    Args:
        s: All states.
        b: This one.
        words: Where to write the sets, an empty one after the last.
        back: Which of them are holders.
        rules: Of the search.

    Returns:
        Their distance, or `FAR` where there is nothing to do.
    """
    n = s.contents.shape[1]
    waits = 1 << n
    words[:] = 0
    back[:] = False
    best = FAR
    live = False
    for index in range(s.left[b]):
        word = s.words[b, index]
        if word < waits:
            live = True
            distance = _distance(word, rules.distance)
            if distance < best:
                best, words[0] = distance, word
    if live:
        return best
    chosen = 0
    for slot in range(n):
        mask = 1 << slot
        for group in rules.groups:
            if group >> slot & 1:
                mask = group
        free = True
        for other in range(n):
            if mask >> other & 1:
                variable = s.layer[b, other] * n + other
                free &= s.layer[b, other] + 1 < rules.layers and s.counts[b, variable] == 0
        if not free:
            continue
        away = _away(slot, s.holders[b, slot], rules.home, rules.away)
        beside = _distance(s.sources[b, slot], rules.distance)
        distance = beside if away == 0 else away
        if mask & (mask - 1):
            distance = 0
            for other in range(n):
                if mask >> other & 1:
                    distance += _away(other, s.holders[b, other], rules.home, rules.away)
                    distance += _distance(s.sources[b, other], rules.distance)
        if 0 < distance < best:
            best, chosen = distance, mask
    number = 0
    for slot in range(n):
        if chosen >> slot & 1:
            grouped = chosen & (chosen - 1) != 0
            away = _away(slot, s.holders[b, slot], rules.home, rules.away)
            if grouped or away:
                words[number], back[number] = s.holders[b, slot], True
                number += 1
            if grouped or not away:
                words[number] = s.sources[b, slot]
                number += 1
    return best


@inlined
def _after(word: Int, control: Int, target: Int) -> Int:
    return word ^ (word >> target & 1) << control


@inlined
def _mixed(x: Int) -> Int:
    """A random number for every number."""
    y = np.uint64(x) * np.uint64(0x9E3779B97F4A7C15)
    y = (y ^ (y >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    y = (y ^ (y >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return y ^ (y >> np.uint64(31))


@inlined
def _random(seed: Int, number: Int) -> Real:
    """Between 0 and 1."""
    return np.float64(_mixed(np.uint64(seed) + np.uint64(number)) >> np.uint64(40)) / 16777216.0


@inlined
def _price(word: Int, n: Int, prices: Prices, rules: Rules) -> Real:
    return prices.terms[word >> n, _distance(word & ((1 << n) - 1), rules.distance)]


@inlined
def _finished(s: States, b: Int, slot: Int) -> Int:
    return int(s.counts[b, s.layer[b, slot] * s.layer.shape[1] + slot] == 0)


@inlined
def _worth(s: States, b: Int, gains: Array, prices: Prices, rules: Rules) -> Real:
    """Price of the terms left over, and of the distances of variables to their goals."""
    n, words = s.holders.shape[1], s.words
    total = 0.0
    if gains.size:
        last = gains.shape[1] - 1
        for index in range(s.left[b]):
            total += gains[words[b, index], last]
    else:
        for index in range(s.left[b]):
            total += _price(words[b, index], n, prices, rules)
    for slot in range(n):
        charge = prices.variables[_finished(s, b, slot)]
        total += charge * _away(slot, s.holders[b, slot], rules.home, rules.away)
    return total


@compiled
def gains_of(prices: Prices, rules: Rules, n: Int) -> Array:
    """What every CX (column) changes in the price of every word (row); the price in the last."""
    moves, waits = rules.control.size, 1 << n
    columns = (moves // BLOCK + 1) * BLOCK
    gains = np.zeros((2 << n, columns), dtype=np.float32)
    for word in range(1, 2 << n):
        if word == waits:
            continue
        here, near = _price(word, n, prices, rules), _is_near(word, waits, rules)
        gains[word, columns - 1] = here
        for move in range(moves):
            control, target = rules.control[move], rules.target[move]
            if word & waits and rules.turned:
                control, target = target, control
            after = _after(word, control, target)
            if after != word:
                gain = _price(after, n, prices, rules) - here
                # What an RZZ can do is never worth less: it is done before it is spoiled.
                gains[word, move] = min(gain, 0.0) if near else gain
    return gains


@inlined
def _pairwise(
    s: States, b: Int, prices: Prices, rules: Rules, wires: Array, alone: Array, together: Array
) -> None:
    """Gains of all terms between all pairs, where a distance is a number of wires.

    A CX flips its control in words that hold its target: they lose a wire if they hold both, and
    else get one more. For words that turn it is the other way round; those come second.
    """
    n, words, terms = s.contents.shape[1], s.words, prices.terms
    alone[:] = 0
    together[:] = 0
    for index in range(s.left[b]):
        word = words[b, index]
        kind, count = word >> n, 0
        rest = word & ((1 << n) - 1)
        while rest:
            wires[count] = _lowest(rest)
            count += 1
            rest &= rest - 1
        here = terms[kind, count - 1]
        more, less = terms[kind, count] - here, terms[kind, max(count - 2, 0)] - here
        if rules.rzz and kind == 0 and count == 2:
            # What an RZZ can do is never worth less: it is done before it is spoiled.
            more, less = min(more, 0.0), min(less, 0.0)
        way = 1 if kind and rules.turned else 0
        for i in range(count):
            alone[way, wires[i]] += more
            for j in range(count):
                together[way, wires[i], wires[j]] += less - more


@compiled
def guess(
    s: States,
    rows: Array,
    gains: Array,
    prices: Prices,
    seed: Int,
    rules: Rules,
) -> Array:
    """About what every state (row) is worth after every CX (column), before H gates.

    Args:
        s: All states.
        rows: Those in question.
        gains: See `gains_of`, or nothing, for many wires.
        prices: Of this level.
        seed: Of the noise.
        rules: Of the search.
    """
    words, controls, targets, urge = s.words, rules.control, rules.target, prices.urge
    n, moves = s.holders.shape[1], controls.size
    worth = np.zeros((rows.size, moves), dtype=np.float32)
    columns = (moves // BLOCK + 1) * BLOCK
    total = np.zeros(columns, dtype=np.float32)
    held_by, alone = np.zeros(n, dtype=np.int64), np.zeros((2, n))
    together = np.zeros((2, n, n))
    first = _least_ahead(s, rows) if urge else 0
    for row in range(rows.size):
        b = rows[row]
        total[:] = 0
        if gains.size:
            for index in range(s.left[b]):
                word = words[b, index]
                for column in range(columns):
                    total[column] += gains[word, column]
        else:
            _pairwise(s, b, prices, rules, held_by, alone, together)
            for move in range(moves):
                c, t = controls[move], targets[move]
                total[move] = alone[0, t] + together[0, t, c] + alone[1, c] + together[1, c, t]
        for slot in range(n):
            held = s.holders[b, slot]
            charge = prices.variables[_finished(s, b, slot)]
            here = _away(slot, held, rules.home, rules.away)
            for move in range(moves):
                if held >> controls[move] & 1:
                    after = held ^ 1 << targets[move]
                    total[move] += charge * (_away(slot, after, rules.home, rules.away) - here)
        base = s.extra[b] + _worth(s, b, gains, prices, rules)
        if urge:
            base += _urged(s, b, first, total, urge, rules)
        for move in range(moves):
            noise = prices.noise * _random(seed, row * moves + move)
            worth[row, move] = total[move] + base + noise
    return worth


@compiled
def _urged(s: States, b: Int, first: Int, total: Array, urge: float, rules: Rules) -> Real:
    """Price of the distance to the next term or H; its changes by every CX go into `total`."""
    words = np.zeros(2 * s.contents.shape[1] + 1, dtype=np.int64)
    back = np.zeros(words.size, dtype=np.bool_)
    need = _nearest(s, b, words, back, rules) % FAR
    for k in range(words.size):
        if words[k]:
            here = _distance(words[k], rules.distance)
            for move in range(rules.control.size):
                control, target = rules.control[move], rules.target[move]
                if back[k]:
                    control, target = target, control
                after = _after(words[k], control, target)
                total[move] += urge * (_distance(after, rules.distance) - here)
    return urge * (need + FAR * (_ahead(s, b) - first))


@inlined
def _least_ahead(s: States, rows: Array) -> Int:
    first = 1 << 40
    for b in rows:
        first = min(first, _ahead(s, b))
    return first


@inlined
def _ahead(s: States, b: Int) -> Int:
    """Terms left over, less the H gates made."""
    return s.left[b] - s.layer[b].sum()


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
        _copy(s, parents[child], to, child)
        origin[child] = child
        _step(to, child, rules.control[moves[child]], rules.target[moves[child]], rules)
        free = 0
        for slot in range(n):
            held = to.holders[child, slot]
            if to.layer[child, slot] + 1 < rules.layers and (grouped or held & (held - 1) == 0):
                free += rules.rzz or _finished(to, child, slot) == 1
        if free == n or (free and not rules.turned):
            last = settle(to, child, end, nothing, rules)
            origin[end:last] = child
            end = last
    return origin[:end]


@compiled
def judge(
    s: States, size: Int, gains: Array, prices: Prices, seed: Int, rules: Rules
) -> tuple[Array, Array, Array]:
    """Score and hash of the first states, and what those that are done cost, or -1."""
    scores = np.zeros(size)
    hashes = np.zeros(size, dtype=np.uint64)
    costs = np.full(size, -1, dtype=np.int64)
    nothing = np.zeros(rules.control.size, dtype=np.float32)
    first = _least_ahead(s, np.arange(size)) if prices.urge else 0
    for b in range(size):
        score = s.extra[b] + prices.noise * _random(seed, b) + _worth(s, b, gains, prices, rules)
        deepest = 0
        value = np.uint64(s.mark[b])
        for wire in range(s.contents.shape[1]):
            deepest = max(deepest, s.levels[b, wire])
            value += _mixed(np.uint64(s.contents[b, wire]) ^ np.uint64(rules.wire_keys[wire]))
            value += np.uint64(rules.layer_keys[s.layer[b, wire], wire])
        score += prices.depth * deepest
        if prices.urge:
            score += _urged(s, b, first, nothing, prices.urge, rules)
        scores[b], hashes[b] = score, value
        if rules.rzz or not s.left[b]:
            costs[b] = ending(s, b, rules)
    return scores, hashes, costs


@compiled
def ending(s: States, b: Int, rules: Rules) -> Int:
    """Two-qubit gates that are not CX, of a state in which all is done; -1 in others."""
    n = s.contents.shape[1]
    left = s.left[b]
    if left and rules.rzz:
        for index in range(s.left[b]):
            left -= _is_near(s.words[b, index], 1 << n, rules)
    if left:
        return -1
    for slot in range(n):
        held = s.holders[b, slot]
        if s.layer[b, slot] + 1 < rules.layers or held & (held - 1):
            return -1
        if s.contents[b, slot] & (s.contents[b, slot] - 1) or (rules.home and held != 1 << slot):
            return -1
    for chain in rules.chains:
        middle = _lowest(s.holders[b, chain[0]])
        for end in chain[1:]:
            if not rules.near[middle, _lowest(s.holders[b, end])]:
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
            distance += _away(slot, s.holders[b, slot], rules.home, rules.away)
        away = min(away, distance)
    return left, -ahead, 0 if left else away
