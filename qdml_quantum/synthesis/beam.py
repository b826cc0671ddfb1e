"""Beam search for networks: every state of the beam is a set of parities and the terms left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.costs import Array, Floats, TableCosts, WeightCosts
from qdml_quantum.synthesis.network import Move
from qdml_quantum.synthesis.path_sum import PathSum
from qdml_quantum.synthesis.topology import Topology

_NOISE = 1e-3
"""Largest random part of a score, which breaks ties; more of it where the search stalls."""
_URGENCY = 0.25
"""Added to the excess, divided by the terms left."""
_STUCK = 80
"""Levels without progress after which a search gives up."""
_PATIENCE, _IMPATIENCE = 8, 0.2
"""Levels without progress that are borne, and what each further one adds to two prices."""


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
        terms: Wires that XOR to every term left over, 0 where it is done, shape ``(B, S)``.
        alive: Mask of variables, shape ``(B,)``.
        levels: Two-qubit depth of every wire.
        extra: RZZ gates spent.
    """

    contents: Array
    holders: Array
    sources: Array
    terms: Array
    alive: Array
    levels: Array
    extra: Array

    def take(self, rows: Array) -> _States:
        return _States(*(getattr(self, f.name)[rows] for f in fields(self)))


class BeamSearch:
    """Searches networks of one path sum on one topology.

    A move is a CX; rotations and H gates follow by the rules of `network.trace`. After a move
    (c, t) every vector of wires with bit t has bit c flipped, so that the scores of all moves of
    all states are one gather and one batched matrix product.

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
        self.slots = np.arange(self.n)
        kind = WeightCosts if topology.edges is None else TableCosts
        self.costs = kind(topology, home=path_sum.home)
        self.control, self.target = topology.moves.T
        symmetric = not path_sum.home and topology.edges is None
        self.wire_keys = self._odd(1 if symmetric else self.n)
        self.layer_keys = self.rng.integers(-(2**62), 2**62, size=(self.layers, self.n))

    def run(
        self,
        *,
        max_cost: int | None = None,
        deadline: float | None = None,
        prefix: Sequence[Move] = (),
    ) -> tuple[Move, ...] | None:
        """CX gates of the best network found, or None where none below `max_cost` turned up.

        Args:
            max_cost: Give up where no network with fewer two-qubit gates can follow.
            deadline: Value of `time.monotonic` at which to give up.
            prefix: CX gates to begin with, such as those of a network found before.
        """
        states = self._start()
        self._hadamards(states)
        for control, target in prefix:
            states = self._moved(states, np.array([control]), np.array([target]))
            self._hadamards(states)
        history: list[tuple[Array, Array, Array]] = [
            (np.zeros(1, dtype=np.int64), np.array([control]), np.array([target]))
            for control, target in prefix
        ]
        best = 1 << 40 if max_cost is None else max_cost
        found: tuple[Move, ...] | None = None
        level = len(prefix)
        while True:
            done = np.flatnonzero(self._is_goal(states))
            if done.size:
                left = (states.terms[done] != 0).sum(axis=1)
                costs = level + states.extra[done] + left
                order = np.lexsort((states.levels[done].max(axis=1), costs))
                cost = int(costs[order[0]])
                if cost < best:
                    best = cost
                    found = _path(history, int(done[order[0]]))
            ahead = (states.terms != 0).sum(axis=1) + states.extra
            if level + max(1, int(ahead.min())) >= best:
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
        self._nearest, self._stalled, self._impatience = (1 << 40, 0.0), 0, 0.0
        terms = self.path_sum.terms
        self.needs = np.array(terms, dtype=np.int64)
        self.masks = np.array([self.path_sum.slots(term) for term in terms], dtype=np.int64)
        self.term_keys = self.rng.integers(-(2**62), 2**62, size=len(terms))
        own = (1 << self.slots)[None].astype(np.int64)
        return _States(
            contents=own.copy(),
            holders=own.copy(),
            sources=own.copy(),
            terms=self.masks[None].copy(),
            alive=np.array([(1 << self.n) - 1]),
            levels=np.zeros((1, self.n), dtype=np.int64),
            extra=np.zeros(1, dtype=np.int64),
        )

    def _advance(self, states: _States) -> tuple[_States, tuple[Array, Array, Array]]:
        self._price(states)
        guess = self._score(states)[:, None] + self._gains(states)[:, self.control, self.target]
        guess += self._noise * self.rng.random(guess.shape)
        count = min(guess.size, 3 * self.width)
        chosen = np.argpartition(guess, count - 1, axis=None)[:count]
        parent, move = np.divmod(chosen, len(self.control))
        control, target = self.control[move], self.target[move]
        children = self._moved(states.take(parent), control, target)
        self._hadamards(children)
        score = self._score(children) + self._noise * self.rng.random(count)
        score += self.weights.depth * children.levels.max(axis=1)
        order = np.argsort(score, kind="stable")
        _, first = np.unique(self._hash(children)[order], return_index=True)
        kept = order[np.sort(first)[: self.width]]
        return children.take(kept), (parent[kept], control[kept], target[kept])

    def _drop_done(self, states: _States) -> None:
        """Forget terms that are done in all states, once they are a quarter of all."""
        left = (states.terms != 0).any(axis=0)
        if 4 * np.count_nonzero(left) < 3 * left.size:
            states.terms = states.terms[:, left]
            self.needs, self.masks = self.needs[left], self.masks[left]
            self.term_keys = self.term_keys[left]

    def _price(self, states: _States) -> None:
        """Set what terms cost by their distance, and what every CX changes in it.

        With few terms left the excess rises towards the true distance, since a last term far from
        one wire would never outweigh the way home. It rises too while no term gets done; or, where
        every term waits for an H, the price of variables that are in its way.
        """
        left = int((states.terms != 0).sum(axis=1).min())
        away = 0.0 if left else float(self.costs.away(states.holders).sum(axis=1).min())
        if (left, away) < self._nearest:
            self._nearest, self._stalled = (left, away), 0
        self._stalled += 1
        excess = self.weights.excess + _URGENCY / max(1, left)
        impatience = _IMPATIENCE * max(0, self._stalled - _PATIENCE)
        blocked = not (self._live(states) & (states.terms != 0)).any(axis=1).all()
        excess += 0.0 if blocked else impatience
        self._impatience = impatience if blocked else 0.0
        self._noise = _NOISE + impatience / 4
        far = np.arange(8 * self.n + 8, dtype=np.float32)
        live = np.where(far > 0, 1 + excess * (far - 1), 0)
        later = 1 + self.weights.excess * self.weights.later * np.maximum(far - 1, 0)
        self.costs.price({"live": live.astype(np.float32), "later": later.astype(np.float32)})

    def _near(self, terms: Array) -> NDArray[np.bool_]:
        """Whether one RZZ would do."""
        return np.asarray(self.costs.distance(terms) == 1)

    def _odd(self, size: int) -> Array:
        return np.asarray(self.rng.integers(-(2**62), 2**62, size=size) * 2 + 1)

    def _live(self, states: _States) -> NDArray[np.bool_]:
        return np.asarray((self.needs & ~states.alive[:, None]) == 0)

    def _gains(self, states: _States) -> Floats:
        """Change of the score for every CX, shape ``(B, control, target)``."""
        terms = states.terms
        gain = self.costs.gain(terms, "live")
        if self.layers > 1:
            live = self._live(states)[:, :, None]
            gain = np.where(live, gain, self.costs.gain(terms, "later"))
        result = np.matmul(gain.transpose(0, 2, 1), self.costs.bits(terms))
        away = self.costs.away_gain(states.holders) * self._charge(states)[:, :, None]
        result += np.matmul(self.costs.bits(states.holders).transpose(0, 2, 1), away)
        return np.asarray(result)

    def _charge(self, states: _States) -> Floats:
        """What a CX between a variable and its goal costs, shape ``(B, n)``."""
        needed = self._needed(states)
        free = states.alive & ~needed
        slots = free
        for layer in range(1, self.layers):
            slots = slots | free >> layer * self.n
        finished = slots[:, None] >> self.slots & 1
        charge = (self.weights.spread, self.weights.finished + self._impatience)
        weights = np.array(charge, dtype=np.float32)
        return np.asarray(weights[finished])

    def _needed(self, states: _States) -> Array:
        """Variables that a term left over needs."""
        return np.asarray(np.bitwise_or.reduce(np.where(states.terms != 0, self.needs, 0), axis=1))

    def _score(self, states: _States) -> NDArray[np.float64]:
        cost = self.costs.cost(states.terms, "live")
        if self.layers > 1:
            cost = np.where(self._live(states), cost, self.costs.cost(states.terms, "later"))
        away = self.costs.away(states.holders) * self._charge(states)
        total: NDArray[np.float64] = cost.sum(axis=1) + away.sum(axis=1) + states.extra
        return total

    def _hash(self, states: _States) -> Array:
        value = np.where(states.terms != 0, self.term_keys, 0).sum(axis=1)
        mixed = states.contents * self.wire_keys
        value += ((mixed ^ mixed >> 31) * self.wire_keys).sum(axis=1)
        if self.layers > 1:
            layer = self._layer(states)
            value += self.layer_keys[layer, self.slots].sum(axis=1)
        result: Array = value
        return result

    def _layer(self, states: _States) -> Array:
        layer = np.zeros(states.contents.shape, dtype=np.int64)
        for number in range(1, self.layers):
            layer += number * (states.alive[:, None] >> number * self.n + self.slots & 1)
        return layer

    def _moved(self, states: _States, control: Array, target: Array) -> _States:
        rows = np.arange(len(control))
        c, t = control[:, None], target[:, None]
        states.contents[rows, target] ^= states.contents[rows, control]
        states.holders ^= (states.holders >> c & 1) << t
        states.sources ^= (states.sources >> t & 1) << c
        after = states.terms ^ (states.terms >> t & 1) << c
        live = self._live(states)
        if self.topology.rzz:
            spoiled = live & self._near(states.terms) & (self.costs.distance(after) > 1)
            states.extra += spoiled.sum(axis=1)
            after[spoiled] = 0
        after[live & (np.bitwise_count(after) == 1)] = 0
        states.terms = after
        deeper = np.maximum(states.levels[rows, control], states.levels[rows, target]) + 1
        states.levels[rows, control] = states.levels[rows, target] = deeper
        return states

    def _hadamards(self, states: _States) -> None:
        """Every H that can be made, one per state and pass."""
        while self.layers > 1:
            terms = states.terms
            if self.topology.rzz:
                terms = np.where(self._near(terms) & self._live(states), 0, terms)
            needed = np.bitwise_or.reduce(np.where(terms != 0, self.needs, 0), axis=1)
            layer = self._layer(states)
            variable = layer * self.n + self.slots
            ready = (layer + 1 < self.layers) & (needed[:, None] >> variable & 1 == 0)
            ready &= np.bitwise_count(states.holders) == 1
            wire = np.log2(np.where(ready, states.holders, 1)).astype(np.int64)
            others = np.take_along_axis(states.contents, wire, 1) ^ 1 << self.slots
            spread = others.copy()
            for number in range(1, self.layers):
                spread |= others << number * self.n
            partners = self.path_sum.partners[np.where(ready, variable + self.n, 0)]
            ready &= spread & states.alive[:, None] & ~partners == 0
            rows = np.flatnonzero(ready.any(axis=1))
            if not rows.size:
                return
            slot = ready[rows].argmax(axis=1)
            self._apply_hadamard(states, rows, slot, wire[rows, slot], variable[rows, slot])

    def _apply_hadamard(
        self, states: _States, rows: Array, slot: Array, wire: Array, variable: Array
    ) -> None:
        if self.topology.rzz:
            claimed = (self.needs >> variable[:, None] & 1 == 1) & (states.terms[rows] != 0)
            states.extra[rows] += claimed.sum(axis=1)
            states.terms[rows] = np.where(claimed, 0, states.terms[rows])
        own = 1 << wire
        change = (self.masks >> slot[:, None] & 1) * (states.sources[rows, slot] ^ own)[:, None]
        terms = states.terms[rows]
        states.terms[rows] = np.where(terms != 0, terms ^ change, 0)
        states.sources[rows, slot] = own
        states.contents[rows, wire] = 1 << slot
        states.holders[rows] &= ~own[:, None]
        states.holders[rows, slot] = own
        states.alive[rows] ^= 1 << variable | 1 << variable + self.n

    def _is_goal(self, states: _States) -> NDArray[np.bool_]:
        terms = states.terms
        if self.topology.rzz:
            terms = np.where(self._near(terms) & self._live(states), 0, terms)
        done = ~terms.any(axis=1)
        last = (self.layers - 1) * self.n
        done &= states.alive >> last == (1 << self.n) - 1
        if self.path_sum.home:
            done &= (states.contents == 1 << self.slots).all(axis=1)
        else:
            done &= (np.bitwise_count(states.contents) == 1).all(axis=1)
        return np.asarray(done)


def _path(history: list[tuple[Array, Array, Array]], place: int) -> tuple[Move, ...]:
    moves = []
    for parent, control, target in reversed(history):
        moves.append((int(control[place]), int(target[place])))
        place = int(parent[place])
    return tuple(reversed(moves))
