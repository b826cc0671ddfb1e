"""What states are worth, and what every CX is guessed to change in that."""

from __future__ import annotations

import numpy as np

from qdml_quantum.synthesis.compiled import compiled, inlined
from qdml_quantum.synthesis.networks.kernels.bits import (
    Array,
    Int,
    Real,
    lowest,
    mixed,
    random_number,
)
from qdml_quantum.synthesis.networks.kernels.states import (
    Prices,
    Rules,
    States,
    away_of,
    distance_of,
    ending,
    finished,
    is_near,
)

FAR = 99
"""More than any distance: what there is nothing to do at, and what a state that is a term behind is
charged, so that no way to the next one outweighs a term. A word of 62 wires is 61 CX away."""
BLOCK = 8
"""Columns of gains are a multiple, which a processor adds up together: eight of 32 bits fill the
256 bits of AVX2; a wider register takes two blocks at once."""


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
            distance = distance_of(word, rules.distance)
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
                free &= s.layer[b, other] < rules.last[other] and s.counts[b, variable] == 0
        if not free:
            continue
        away = away_of(slot, s.holders[b, slot], rules)
        beside = distance_of(s.sources[b, slot], rules.distance)
        distance = beside if away == 0 else away
        if mask & (mask - 1):
            distance = 0
            for other in range(n):
                if mask >> other & 1:
                    distance += away_of(other, s.holders[b, other], rules)
                    distance += distance_of(s.sources[b, other], rules.distance)
        if 0 < distance < best:
            best, chosen = distance, mask
    number = 0
    for slot in range(n):
        if chosen >> slot & 1:
            grouped = chosen & (chosen - 1) != 0
            away = away_of(slot, s.holders[b, slot], rules)
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
def _price(word: Int, n: Int, prices: Prices, rules: Rules) -> Real:
    return prices.terms[word >> n, distance_of(word & ((1 << n) - 1), rules.distance)]


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
        charge = prices.variables[finished(s, b, slot)]
        total += charge * away_of(slot, s.holders[b, slot], rules)
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
        here, near = _price(word, n, prices, rules), is_near(word, waits, rules)
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
            wires[count] = lowest(rest)
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
            charge = prices.variables[finished(s, b, slot)]
            here = away_of(slot, held, rules)
            for move in range(moves):
                if held >> controls[move] & 1:
                    after = held ^ 1 << targets[move]
                    total[move] += charge * (away_of(slot, after, rules) - here)
        base = s.extra[b] + _worth(s, b, gains, prices, rules)
        if urge:
            base += _urged(s, b, first, total, urge, rules)
        for move in range(moves):
            noise = prices.noise * random_number(seed, row * moves + move)
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
            here = distance_of(words[k], rules.distance)
            for move in range(rules.control.size):
                control, target = rules.control[move], rules.target[move]
                if back[k]:
                    control, target = target, control
                after = _after(words[k], control, target)
                total[move] += urge * (distance_of(after, rules.distance) - here)
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
        score = (
            s.extra[b] + prices.noise * random_number(seed, b) + _worth(s, b, gains, prices, rules)
        )
        deepest = 0
        value = np.uint64(s.mark[b])
        for wire in range(s.contents.shape[1]):
            deepest = max(deepest, s.levels[b, wire])
            value += mixed(np.uint64(s.contents[b, wire]) ^ np.uint64(rules.wire_keys[wire]))
            value += np.uint64(rules.layer_keys[s.layer[b, wire], wire])
        score += prices.depth * deepest
        if prices.urge:
            score += _urged(s, b, first, nothing, prices.urge, rules)
        scores[b], hashes[b] = score, value
        if rules.rzz or not s.left[b]:
            costs[b] = ending(s, b, rules)
    return scores, hashes, costs
