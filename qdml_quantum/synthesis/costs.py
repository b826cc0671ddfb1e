"""What the beam search charges for terms and variables, for many states at once.

A *word* is a set of wires (a mask) that XOR to a term, with one more bit, `waits`, for a term that
still waits for a variable; a term that is done is the word 0. There are two ways to the same
numbers: `TableCosts` looks all words up, `WeightCosts` counts wires, for all pairs of any number of
them. *Gains* are the changes of a cost by every CX of the topology, along the last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.topology import Topology

Array = NDArray[Any]
"""Masks, in the smallest type that holds them, or whole numbers."""
Floats = NDArray[np.float32]

COUNTED_WIRES = 10
"""Most wires for which terms are counted by their words, so that gains are one matrix product."""


class TableCosts:
    """Costs by tables over all words, from the distances on the edges of a topology."""

    def __init__(self, topology: Topology, *, home: bool) -> None:
        n = topology.num_wires
        self.slots, self.waits = np.arange(n), 1 << n
        self.control, self.target = topology.moves.T
        words = np.arange(2 << n)
        self._bits = (words[:, None] >> self.slots & 1).astype(np.float32)
        self._distance = topology.distance
        waiting = np.zeros(1 << n, dtype=bool)
        self._near = np.concatenate([(self._distance == 1) & topology.rzz, waiting])
        self._counted = n <= COUNTED_WIRES
        if self._counted:
            flip = (words[:, None] >> self.target & 1) << self.control
        else:
            flip = np.broadcast_to(1 << self.slots, (words.size, n))
        self._flipped = words[:, None] ^ flip
        masks = words[: self.waits, None] ^ 1 << self.slots
        goals = [topology.distance_to(s) if home else self._distance for s in range(n)]
        self._away = np.stack(goals).astype(np.float32)
        self._away_gain = self._away[:, masks] - self._away[:, :, None]

    def price(self, live: Floats, later: Floats) -> None:
        """Set the prices of terms, by their distance 0, 1, 2, ... from one wire."""
        cost = np.concatenate([live[self._distance], later[self._distance]])
        cost[0] = 0
        gain = cost[self._flipped] - cost[:, None]
        gain[0] = 0
        gain[self._near] = np.minimum(gain[self._near], 0)
        self._cost, self._gain = cost, gain

    def cost(self, words: Array) -> Floats:
        """Price of all terms, the last axis."""
        total: Floats = self._cost.take(words).sum(axis=-1)
        return total

    def gains(self, words: Array) -> Floats:
        """Gains of that; a live term that an RZZ can do is never worth less."""
        if not self._counted:
            return _pairwise(self._gain[words], self._bits[words], self.control, self.target)
        size = len(self._cost)
        places = words + size * np.arange(len(words))[:, None]
        counts = np.bincount(places.ravel(), minlength=size * len(words))
        gains: Floats = counts.reshape(-1, size).astype(np.float32) @ self._gain
        return gains

    def near(self, words: Array) -> NDArray[np.bool_]:
        """Whether one RZZ would do."""
        return self._near[words]

    def distance(self, words: Array) -> Array:
        """CX gates to one wire."""
        return np.asarray(self._distance[words & (self.waits - 1)])

    def away(self, masks: Array) -> Floats:
        """CX gates from the holders of slot i, along the last axis, to where it has to end."""
        return self._away[self.slots, masks]

    def away_gains(self, masks: Array, charge: Floats) -> Floats:
        """Gains of that, times what each slot is charged."""
        gain = self._away_gain[self.slots, masks] * charge[..., None]
        return _pairwise(gain, self._bits[masks], self.target, self.control)


class WeightCosts:
    """Costs by the number of wires; see `TableCosts`."""

    def __init__(self, topology: Topology, *, home: bool) -> None:
        n = topology.num_wires
        self.slots, self.waits = np.arange(n), 1 << n
        self.control, self.target = topology.moves.T
        self._home, self._rzz = home, topology.rzz

    def price(self, live: Floats, later: Floats) -> None:
        """Set the prices of terms, by their distance from one wire."""
        cost = np.stack([np.insert(live, 0, 0), np.insert(later, 0, 0)]).astype(np.float32)
        up, down = np.diff(cost, append=cost[:, -1:]), -np.diff(cost, prepend=cost[:, :1])
        self._cost, self._gain = cost, np.stack([up, down], axis=2)
        self._gain[:, 0] = 0
        if self._rzz:
            self._gain[0, 2] = np.minimum(self._gain[0, 2], 0)

    def cost(self, words: Array) -> Floats:
        """Price of all terms, the last axis."""
        total: Floats = self._cost[self._kind(words)].sum(axis=-1)
        return total

    def gains(self, words: Array) -> Floats:
        """Gains of that."""
        waits, weight = self._kind(words)
        inside = self._inside(words)
        gain = self._gain[waits[..., None], weight[..., None], inside]
        return _pairwise(gain, inside.astype(np.float32), self.control, self.target)

    def near(self, words: Array) -> NDArray[np.bool_]:
        """Whether one RZZ would do."""
        waits, weight = self._kind(words)
        return np.asarray((waits == 0) & (weight == 2) & self._rzz)

    def distance(self, words: Array) -> Array:
        """CX gates to one wire."""
        return np.asarray(np.maximum(self._kind(words)[1] - 1, 0))

    def away(self, masks: Array) -> Floats:
        """CX gates from the holders of slot i, along the last axis, to where it has to end."""
        away = np.maximum(np.bitwise_count(masks).astype(np.int64) - 1, 0)
        if self._home:
            away += 2 * (1 - (masks >> self.slots & 1))
        return away.astype(np.float32)

    def away_gains(self, masks: Array, charge: Floats) -> Floats:
        """Gains of that, times what each slot is charged."""
        inside = self._inside(masks)
        gain = (1 - 2 * inside).astype(np.float32)
        if self._home:
            gain[..., self.slots, self.slots] *= -1
        gain *= charge[..., None]
        return _pairwise(gain, inside.astype(np.float32), self.target, self.control)

    def _kind(self, words: Array) -> tuple[Array, Array]:
        """Whether the terms wait, and on how many wires they are."""
        waits = words // self.waits
        return waits, np.bitwise_count(words).astype(np.int64) - waits

    def _inside(self, words: Array) -> Array:
        inside: Array = words[..., None] >> self.slots & 1
        return inside


def _pairwise(gain: Floats, bits: Floats, flipped: Array, held: Array) -> Floats:
    """Sum the gain of flipping one wire over all sets that hold the other."""
    return np.asarray(np.matmul(gain.swapaxes(-1, -2), bits)[..., flipped, held])
