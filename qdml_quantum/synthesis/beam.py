"""Beam search for networks: every state of the beam is a set of parities and the terms left."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.costs import Array, Floats, TableCosts, WeightCosts
from qdml_quantum.synthesis.network import Move
from qdml_quantum.synthesis.path_sum import PathSum
from qdml_quantum.synthesis.topology import TABLE_WIRES, Topology
from qdml_quantum.synthesis.walsh import bits_of

_NOISE = 1e-3
"""Largest random part of a score, which breaks ties; more of it where the search stalls."""
_URGENCY = 0.25
"""Added to the excess, divided by the terms left."""
_STUCK = 80
"""Levels without progress after which a search gives up."""
_PATIENCE, _URGE, _NOISY = 2, 0.2, 0.05
"""Levels without progress that are borne, and what each further one adds to the price of the
distance to the next term or H."""
_FAR = 99
"""More than any distance: what there is nothing to do at."""
_CHILDREN = 1.8
"""For every state kept; the others turn out equal, or worse than they looked."""


@dataclass(frozen=True)
class Weights:
    """What the heuristic charges; a CX costs 1.

    Args:
        excess: For every CX beyond the first that a term is away from one wire.
        later: The same for terms whose variables are not all there yet, as a share of `excess`.
        spread: For every CX that a variable still in use is away from its goal.
        finished: For every CX that a variable no longer in use is away from its goal.
        depth: For every level of two-qubit depth.
    """

    excess: float
    later: float
    spread: float
    finished: float
    depth: float = 0.15


@dataclass
class _States:
    """A batch of B states.

    Attributes:
        contents: Slots whose variables every wire holds, shape ``(B, n)``.
        holders: Wires that hold the variable of every slot; the transpose.
        sources: Wires that XOR to the variable of every slot; the inverse.
        words: Every term left over in terms of the wires, see `costs`; shape ``(B, S)``.
        counts: Terms left over that need each variable, shape ``(B, V)``.
        left: Terms left over.
        mark: Hash of the terms left over.
        layer: Layer of the variable of every slot.
        levels: Two-qubit depth of every wire.
        extra: RZZ gates spent.
        labels: Wires whose parities each variable started with (a mask); shape ``(B, V)``.
    """

    contents: Array
    holders: Array
    sources: Array
    words: Array
    counts: Array
    left: Array
    mark: Array
    layer: Array
    levels: Array
    extra: Array
    labels: Array

    def take(self, rows: Array) -> _States:
        return _States(*(getattr(self, f.name)[rows] for f in fields(self)))

    def put(self, rows: Array, part: _States) -> None:
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(part, f.name)

    def join(self, other: _States) -> _States:
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return _States(*(np.concatenate(pair) for pair in pairs))


class BeamSearch:
    """Searches networks of one path sum on one topology.

    A move is a CX; rotations and H gates follow by the rules of `network.trace`. After a move
    (c, t) every vector of wires with bit t has bit c flipped, so that the scores of all moves of
    all states are one table and one matrix product.

    A new variable may start inside a parity: then the search goes on with both, and the rotation of
    the variable alone becomes one more term.

    Args:
        path_sum: What to do, at most 12 wires on a topology with edges, and 62 variables.
        topology: Where two-qubit gates may stand.
        weights: The heuristic.
        width: States kept.
        seed: Of the noise that breaks ties, and of the hashes.
    """

    def __init__(
        self, path_sum: PathSum, topology: Topology, weights: Weights, *, width: int, seed: int = 0
    ) -> None:
        self.path_sum, self.topology, self.weights = path_sum, topology, weights
        self.width, self.n = width, path_sum.num_slots
        self.layers = path_sum.num_layers
        self.rng = np.random.default_rng(seed)
        small = self.n <= TABLE_WIRES
        self.mask_type: type[np.integer[Any]] = np.uint16 if small else np.int64
        self.slots = np.arange(self.n)
        self.bits: Array = (1 << self.slots).astype(self.mask_type)
        self.twin = self.slots.copy()
        for slots in path_sum.pairs:
            self.twin[[*bits_of(slots)]] = [*reversed(bits_of(slots))]
        self.alone = self.twin == self.slots
        kind = TableCosts if small else WeightCosts
        self.costs = kind(topology, home=path_sum.home)
        self.control, self.target = topology.moves.T
        symmetric = not path_sum.home and topology.edges is None
        self.wire_keys = self._keys(1 if symmetric else self.n) * 2 + 1
        self.layer_keys = self._keys(self.layers, self.n)

    def run(
        self,
        *,
        max_cost: int | None = None,
        deadline: float | None = None,
        prefix: Sequence[Move] = (),
        labels: Mapping[int, int] | None = None,
    ) -> tuple[tuple[Move, ...], dict[int, int]] | None:
        """CX gates and labels of the best network found, or None where none below `max_cost` is.

        Args:
            max_cost: Give up where no network with fewer two-qubit gates can follow.
            deadline: Value of `time.monotonic` at which to give up.
            prefix: CX gates to begin with, such as those of a network found before.
            labels: Its labels.
        """
        states, _ = self._hadamards(self._start(), labels or {})
        for control, target in prefix:
            states = self._moved(states, np.array([control]), np.array([target]))
            states, _ = self._hadamards(states, labels or {})
        history: list[tuple[Array, Array, Array]] = [
            (np.zeros(1, dtype=np.int64), np.array([control]), np.array([target]))
            for control, target in prefix
        ]
        best = 1 << 40 if max_cost is None else max_cost
        found: tuple[tuple[Move, ...], dict[int, int]] | None = None
        level = len(prefix)
        while True:
            done = np.flatnonzero(self._is_goal(states))
            if done.size:
                costs = level + states.extra[done] + states.left[done]
                order = np.lexsort((states.levels[done].max(axis=1), costs))
                cost = int(costs[order[0]])
                if cost < best:
                    best = cost
                    place = int(done[order[0]])
                    chosen = {i: int(m) for i, m in enumerate(states.labels[place]) if m}
                    found = _path(history, place), chosen
            if level + max(1, int((states.left + states.extra).min())) >= best:
                return found
            if deadline is not None and time.monotonic() > deadline:
                return found
            level += 1
            if self._stalled > _STUCK:
                return found
            states, move = self._advance(states)
            history.append(move)
            self._drop_done(states)

    def _start(self) -> _States:
        self._best, self._stalled = (1 << 40, 0, 0.0), 0
        terms = list(self.path_sum.terms)
        if self.layers > 1:
            # Rotations of single variables, which are terms once the variable starts in a parity.
            terms += [1 << self.n + slot for slot in range(self.n)]
        self.single = np.array([term.bit_count() == 1 for term in terms], dtype=bool)
        self.needs = np.array(terms, dtype=np.int64)
        self.masks: Array = np.array([self.path_sum.slots(t) for t in terms], dtype=self.mask_type)
        self.term_keys = self._keys(len(terms))
        variables = np.arange(self.path_sum.num_variables)
        self.needed = (self.needs[:, None] >> variables & 1).astype(np.int32)
        waits = (self.needs >> self.n != 0) * self.costs.waits
        words = np.where(self.single, 0, self.masks | waits).astype(self.mask_type)
        multiple = ~self.single
        return _States(
            contents=self.bits[None].copy(),
            holders=self.bits[None].copy(),
            sources=self.bits[None].copy(),
            words=words[None],
            counts=self.needed[multiple].sum(axis=0, keepdims=True, dtype=np.int32),
            left=np.array([np.count_nonzero(multiple)]),
            mark=self.term_keys[multiple].sum(keepdims=True),
            layer=np.zeros((1, self.n), dtype=np.int64),
            levels=np.zeros((1, self.n), dtype=np.int32),
            extra=np.zeros(1, dtype=np.int64),
            labels=np.zeros((1, variables.size), dtype=self.mask_type),
        )

    def _advance(self, states: _States) -> tuple[_States, tuple[Array, Array, Array]]:
        self._price(states)
        charge = self._charge(states)
        guess = self._score(states, charge)[:, None] + self.costs.gains(states.words)
        guess += self.costs.away_gains(states.holders, charge)
        if self._urge:
            words, back, need = self._nearest(states)
            guess += self._urge * (need[:, None] + self._approach(words, back))
        guess += self._noise * self.rng.random(guess.shape)
        count = min(guess.size, int(_CHILDREN * self.width))
        chosen = np.argpartition(guess, count - 1, axis=None)[:count]
        parent, move = np.divmod(chosen, len(self.control))
        control, target = self.control[move], self.target[move]
        children = self._moved(states.take(parent), control, target)
        children, origin = self._hadamards(children)
        parent, control, target = parent[origin], control[origin], target[origin]
        score = self._score(children, self._charge(children))
        score += self._noise * self.rng.random(origin.size)
        score += self.weights.depth * children.levels.max(axis=1)
        if self._urge:
            score += self._urge * self._nearest(children)[2]
        order = np.argsort(score, kind="stable")
        _, first = np.unique(self._hash(children)[order], return_index=True)
        kept = order[np.sort(first)[: self.width]]
        return children.take(kept), (parent[kept], control[kept], target[kept])

    def _drop_done(self, states: _States) -> None:
        """Forget terms that are done in all states, once they are an eighth of all."""
        left = states.words.any(axis=0) | self.single
        if 8 * np.count_nonzero(left) < 7 * left.size:
            states.words = states.words[:, left]
            self.single, self.term_keys = self.single[left], self.term_keys[left]
            self.needs, self.masks = self.needs[left], self.masks[left]
            self.needed = self.needed[left]

    def _price(self, states: _States) -> None:
        """Set what terms cost by their distance, and what every CX changes in it.

        With few terms left the excess rises towards the true distance, since a last term far from
        one wire would never outweigh the way home. While nothing gets done, the urge to do what is
        nearest (`_nearest`) rises, and noise with it.
        """
        left = int(states.left.min())
        ahead = -int(states.layer.sum(axis=1).max())
        away = 0.0 if left else float(self.costs.away(states.holders).sum(axis=1).min())
        if (left, ahead, away) < self._best:
            self._best, self._stalled = (left, ahead, away), 0
        self._stalled += 1
        self._urge = _URGE * max(0, self._stalled - _PATIENCE)
        self._noise = _NOISE + self._urge * _NOISY
        excess = self.weights.excess + _URGENCY / max(1, left)
        far = np.arange(8 * self.n + 8, dtype=np.float32)
        live = np.where(far > 0, 1 + excess * (far - 1), 0)
        later = 1 + self.weights.excess * self.weights.later * np.maximum(far - 1, 0)
        self.costs.price(live.astype(np.float32), later.astype(np.float32))

    def _nearest(self, states: _States) -> tuple[Array, NDArray[np.bool_], Array]:
        """What the way out of a stall is measured by: sets of wires, and their distance.

        The term that is next to one wire or, where all wait for an H, the variable that is next to
        making one: its holders have to become one wire, and then the others have to leave it; two
        variables of a pair have to be alone on two wires.

        Returns:
            Sets of wires, shape ``(B, K)``; which of them are holders; their distance, less a bonus
            for every term and H that other states have not done.
        """
        rows = np.arange(len(states.left))
        live = (states.words != 0) & (states.words < self.costs.waits)
        none = ~live.any(axis=1)
        away = self.costs.away(states.holders)
        beside = self.costs.distance(states.sources)
        current = states.layer * self.n + self.slots
        free = np.take_along_axis(states.counts, current, axis=1) == 0
        # On the way home, in the last layer, all variables count alike, and noise leads out.
        free &= states.layer < self.layers - 1
        blocked = away == 0
        distance = np.where(blocked, beside, away)
        for slots in self.path_sum.pairs:
            pair = np.array(bits_of(slots))
            distance[:, pair] = (away + beside)[:, pair].sum(axis=1, keepdims=True)
            free[:, pair] &= free[:, pair].all(axis=1, keepdims=True)
        distance = np.where(free & (distance > 0), distance, _FAR)
        slot = distance.argmin(axis=1)
        need = distance[rows, slot]
        other = self.twin[slot]
        paired = other != slot
        words = np.zeros((rows.size, 4 if self.path_sum.pairs else 1), dtype=self.mask_type)
        back = np.zeros(words.shape, dtype=bool)
        back[:, 0] = none & (paired | ~blocked[rows, slot])
        held, found = states.holders[rows, slot], states.sources[rows, slot]
        words[:, 0] = np.where(back[:, 0], held, found)
        if self.path_sum.pairs:
            rest = (states.holders[rows, other], found, states.sources[rows, other])
            words[:, 1:] = np.where(paired[:, None], np.stack(rest, axis=1), 0)
            words[~none, 1:] = 0
            back[:, 1] = back[:, 0]
        words[need == _FAR] = 0
        if states.words.shape[1]:
            term = np.where(live, self.costs.distance(states.words), _FAR)
            column = term.argmin(axis=1)
            words[:, 0] = np.where(none, words[:, 0], states.words[rows, column])
            need = np.where(none, need, term[rows, column])
        ahead = states.left - states.layer.sum(axis=1)
        return words, back, need % _FAR + _FAR * (ahead - ahead.max())

    def _approach(self, words: Array, back: NDArray[np.bool_]) -> Array:
        """How much every CX changes the distance of sets of wires, or of holders (`back`)."""
        c, t = self.control.astype(self.mask_type), self.target.astype(self.mask_type)
        word = words[..., None]
        onto = word ^ (word >> t & 1) << c
        off = word ^ (word >> c & 1) << t
        after = np.where(back[..., None], off, onto)
        change: Array = self.costs.distance(after) - self.costs.distance(word)
        return np.asarray(change.sum(axis=1))

    def _keys(self, *shape: int) -> Array:
        return np.asarray(self.rng.integers(-(2**62), 2**62, size=shape))

    def _charge(self, states: _States) -> Floats:
        """What a CX between a variable and its goal costs, shape ``(B, n)``."""
        current = states.layer * self.n + self.slots
        finished = np.take_along_axis(states.counts, current, axis=1) == 0
        prices = (self.weights.spread, self.weights.finished)
        return np.asarray(np.array(prices, dtype=np.float32)[finished.view(np.uint8)])

    def _score(self, states: _States, charge: Floats) -> NDArray[np.float64]:
        away = self.costs.away(states.holders) * charge
        total: NDArray[np.float64] = self.costs.cost(states.words) + away.sum(axis=1)
        return total + states.extra

    def _hash(self, states: _States) -> Array:
        mixed = states.contents * self.wire_keys
        value = states.mark + ((mixed ^ mixed >> 31) * self.wire_keys).sum(axis=1)
        if self.layers > 1:
            value += self.layer_keys[states.layer, self.slots].sum(axis=1)
        result: Array = value
        return result

    def _finish(self, states: _States, rows: Array, columns: Array) -> None:
        """Cross out terms that are done."""
        states.words[rows, columns] = 0
        np.subtract.at(states.counts, rows, self.needed[columns])
        np.subtract.at(states.left, rows, 1)
        np.subtract.at(states.mark, rows, self.term_keys[columns])

    def _changed(self, words: Array, control: Array, target: Array) -> Array:
        """Words after a CX, one per row."""
        c, t = (wires.astype(self.mask_type)[:, None] for wires in (control, target))
        return np.asarray(words ^ (words >> t & 1) << c)

    def _wires_changed(self, states: _States, control: Array, target: Array) -> None:
        rows = np.arange(len(control))
        states.contents[rows, target] ^= states.contents[rows, control]
        states.holders = self._changed(states.holders, target, control)
        states.sources = self._changed(states.sources, control, target)

    def _moved(self, states: _States, control: Array, target: Array) -> _States:
        self._wires_changed(states, control, target)
        before = states.words
        states.words = after = self._changed(before, control, target)
        done = _on_one_wire(after)
        if self.topology.rzz:
            spoiled = self.costs.near(before) & ~self.costs.near(after) & ~done
            states.extra += spoiled.sum(axis=1)
            done |= spoiled
        self._finish(states, *np.divmod(np.flatnonzero(done), done.shape[1]))
        rows = np.arange(len(control))
        deeper = np.maximum(states.levels[rows, control], states.levels[rows, target]) + 1
        states.levels[rows, control] = states.levels[rows, target] = deeper
        return states

    def _hadamards(
        self, states: _States, known: Mapping[int, int] | None = None
    ) -> tuple[_States, Array]:
        """Every H that can be made, one per state and pass, and the rows the states came from.

        Labels are as known, or all are tried that do a term at once.
        """
        origin = rows = np.arange(len(states.left))
        while self.layers > 1 and rows.size:
            for slots in self.path_sum.pairs:
                self._pair_hadamards(states, rows, np.array(bits_of(slots)))
            rows, slot, wire, others = self._ready(states, rows)
            if not rows.size:
                break
            old = states.layer[rows, slot] * self.n + slot
            self._hadamard(states, rows, slot, wire, old)
            if known is None:
                row, wires = self._labels(states, rows, wire, old, others)
                labelled = states.take(rows[row])
                self._label(labelled, np.arange(row.size), wires, wire[row], old[row] + self.n)
                more = np.arange(row.size) + len(states.left)
                origin = np.concatenate([origin, origin[rows[row]]])
                states = states.join(labelled)
                rows = np.concatenate([rows, more])
            elif int(old[0]) + self.n in known:
                wires = np.array([known[int(old[0]) + self.n]], dtype=self.mask_type)
                self._label(states, rows, wires, wire, old + self.n)
        return states, origin

    def _pair_hadamards(self, states: _States, rows: Array, pair: Array) -> None:
        """H on the two wires that hold two variables and nothing else; see `network.trace`.

        The inverse transpose exchanges the holders of a variable and its sources.
        """
        while rows.size:
            layer = states.layer[rows][:, pair]
            counts = self._counts(states, rows)[:, pair]
            wires = states.holders[rows][:, pair] | states.sources[rows][:, pair]
            ready = np.bitwise_count(wires[:, 0] | wires[:, 1]) == 2
            ready &= (counts == 0).all(axis=1) & (layer + 1 < self.layers).all(axis=1)
            rows = rows[ready & (layer[:, 0] == layer[:, 1])]
            if not rows.size:
                return
            part = states.take(rows)
            for slot in pair:
                self._claim(part, part.layer[:, slot] * self.n + slot)
                self._replace(part, slot, part.holders[:, slot])
            part.holders[:, pair], part.sources[:, pair] = (
                part.sources[:, pair],
                part.holders[:, pair],
            )
            held = part.holders[:, None, :] >> self.slots[:, None].astype(self.mask_type) & 1
            part.contents = (held * self.bits).sum(axis=2, dtype=self.mask_type)
            part.layer[:, pair] += 1
            for slot in pair:
                shared = np.flatnonzero(np.bitwise_count(part.sources[:, slot]) > 1)
                self._owe(part, shared, part.layer[shared, slot] * self.n + slot)
            self._wake(part)
            self._finish(part, *np.nonzero(_on_one_wire(part.words)))
            states.put(rows, part)

    def _alive(self, states: _States, rows: Array) -> Array:
        """Mask of variables."""
        alive: Array = (1 << states.layer[rows] * self.n + self.slots).sum(axis=1)
        return alive

    def _variables(self, slots: Array, alive: Array) -> Array:
        """Masks of slots as masks of their variables, with alive of the same shape."""
        spread = slots.astype(np.int64)
        for number in range(1, self.layers):
            spread = spread | slots.astype(np.int64) << number * self.n
        return spread & alive

    def _counts(self, states: _States, rows: Array) -> Array:
        """Terms that each slot's variable has to wait for, as an RZZ would not do them at once."""
        variable = states.layer[rows] * self.n + self.slots
        counts = np.take_along_axis(states.counts[rows], variable, axis=1)
        if self.topology.rzz:
            near = self.costs.near(states.words[rows]).astype(np.float32)
            claimable = near @ self.needed.astype(np.float32)
            counts = counts - np.take_along_axis(claimable, variable, axis=1)
        return counts

    def _ready(self, states: _States, rows: Array) -> tuple[Array, Array, Array, Array]:
        """Rows where an H can be made, its slot, its wire, and the other variables there."""
        layer, holders = states.layer[rows], states.holders[rows]
        ready = (layer + 1 < self.layers) & (holders & (holders - 1) == 0) & self.alone
        ready &= self._counts(states, rows) == 0
        some = np.flatnonzero(ready.any(axis=1))
        rows, ready, holders, layer = rows[some], ready[some], holders[some], layer[some]
        alive = self._alive(states, rows)
        wire = np.log2(holders).astype(np.int64)
        held = np.take_along_axis(states.contents[rows], wire, 1) ^ self.bits
        others = self._variables(held, alive[:, None])
        new = (layer + 1) * self.n + self.slots
        ready &= others & ~self.path_sum.partners[np.where(ready, new, 0)] == 0
        some = np.flatnonzero(ready.any(axis=1))
        slot = ready[some].argmax(axis=1)
        return rows[some], slot, wire[some, slot], others[some, slot]

    def _hadamard(self, states: _States, rows: Array, slot: Array, wire: Array, old: Array) -> None:
        part = states.take(rows)
        self._claim(part, old)
        each, own = np.arange(rows.size), self.bits[wire]
        self._replace(part, slot, own)
        part.sources[each, slot] = own
        part.contents[each, wire] = self.bits[slot]
        part.holders &= ~own[:, None]
        part.holders[each, slot] = own
        part.layer[each, slot] += 1
        self._wake(part)
        states.put(rows, part)

    def _claim(self, states: _States, old: Array) -> None:
        """Spend RZZ gates on what else would keep a variable from its H."""
        if self.topology.rzz:
            claimed = (self.needs >> old[:, None] & 1 == 1) & (states.words != 0)
            states.extra += claimed.sum(axis=1)
            self._finish(states, *np.nonzero(claimed))

    def _replace(self, states: _States, slot: Array | int, sources: Array) -> None:
        """Change the terms for new sources of one slot per row."""
        each = np.arange(len(states.left))
        change = states.sources[each, slot] ^ sources
        within = self.masks >> np.asarray(slot, dtype=self.mask_type)[..., None] & 1
        states.words = np.where(states.words, states.words ^ within * change[:, None], 0)

    def _wake(self, states: _States) -> None:
        """Terms whose variables are all there wait no longer."""
        alive = self._alive(states, np.arange(len(states.left)))
        live = (self.needs & ~alive[:, None]) == 0
        states.words = np.where(live, states.words & (self.costs.waits - 1), states.words)

    def _owe(self, states: _States, rows: Array, variable: Array) -> None:
        """Make rotations of variables that are not alone on a wire terms."""
        row, column = np.nonzero(self.single & (self.needs == 1 << variable[:, None]))
        rows, slot = rows[row], variable[row] % self.n
        states.words[rows, column] = states.sources[rows, slot]
        np.add.at(states.counts, rows, self.needed[column])
        np.add.at(states.left, rows, 1)
        np.add.at(states.mark, rows, self.term_keys[column])

    def _labels(
        self, states: _States, rows: Array, wire: Array, old: Array, others: Array
    ) -> tuple[Array, Array]:
        """Rows, and wires whose parities the new variable may start with, to do a term at once.

        The CZ gates between that parity and all that ended must be between partners.
        """
        partners = self.path_sum.partners
        allowed = partners[old]
        for variable in range(self.path_sum.num_variables):
            held = others >> variable & 1 == 1
            allowed = np.where(held, allowed & (partners[variable] | 1 << variable), allowed)
        words = states.words[rows]
        own = self.bits[wire, None]
        fit = (words & own != 0) & (words < self.costs.waits) & (words != own)
        fit &= self.needs & ~(allowed | 1 << old + self.n)[:, None] == 0
        row, column = np.nonzero(fit)
        return row, words[row, column] ^ own[row, 0]

    def _label(self, states: _States, rows: Array, wires: Array, wire: Array, new: Array) -> None:
        """Put the parity of some wires onto another on which a variable has just started."""
        part = states.take(rows)
        each = np.arange(rows.size)
        for control in self.slots:
            held = (wires >> control.astype(self.mask_type) & 1).astype(bool)
            part.contents[each, wire] ^= np.where(held, part.contents[:, control], 0)
        own = wire.astype(self.mask_type)[:, None]
        shared = np.bitwise_count(part.holders & wires[:, None]).astype(self.mask_type) & 1
        part.holders ^= shared << own
        part.sources ^= (part.sources >> own & 1) * wires[:, None]
        part.words = part.words ^ (part.words >> own & 1) * wires[:, None]
        self._owe(part, each, new)
        self._finish(part, *np.nonzero(_on_one_wire(part.words)))
        part.labels[each, new] = wires
        states.put(rows, part)

    def _is_goal(self, states: _States) -> NDArray[np.bool_]:
        left = states.left
        if self.topology.rzz:
            left = left - self.costs.near(states.words).sum(axis=1)
        done = (left == 0) & (states.layer == self.layers - 1).all(axis=1)
        if not done.any():
            return np.asarray(done)
        if self.path_sum.home:
            done &= (states.contents == self.bits).all(axis=1)
        else:
            done &= (np.bitwise_count(states.contents) == 1).all(axis=1)
        return np.asarray(done)


def _on_one_wire(words: Array) -> NDArray[np.bool_]:
    """Terms left over, waiting for nothing, whose parity stands on a wire."""
    return np.asarray((words & (words - (words != 0)) == 0) & (words != 0))


def _path(history: list[tuple[Array, Array, Array]], place: int) -> tuple[Move, ...]:
    moves = []
    for parent, control, target in reversed(history):
        moves.append((int(control[place]), int(target[place])))
        place = int(parent[place])
    return tuple(reversed(moves))
