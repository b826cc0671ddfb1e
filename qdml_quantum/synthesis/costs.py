"""What the beam search charges for sets of wires (masks), for many of them at once.

Two ways to the same numbers: `TableCosts` on the edges of a topology, `WeightCosts` for all pairs
of wires, where only the number of wires counts. Arrays of masks go in; a *gain*, with one more
axis, is the change of a cost when each of the wires is put into the mask or taken out of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.topology import Topology

Array = NDArray[np.int64]
Floats = NDArray[np.float32]
Prices = Mapping[str, Floats]
"""Price of a term by its distance 0, 1, 2, ... from one wire: `live`, or `later` where it waits for
variables. A term that is done, the empty mask, is free."""


class TableCosts:
    """Costs by tables over all masks, from the distances on the edges."""

    def __init__(self, topology: Topology, *, home: bool) -> None:
        n = topology.num_wires
        self.slots = np.arange(n)
        everything = np.arange(1 << n)
        self._bits = (everything[:, None] >> self.slots & 1).astype(np.float32)
        self._distance = topology.distance
        self._flipped = everything[:, None] ^ 1 << self.slots
        goals = [topology.distance_to(s) if home else self._distance for s in range(n)]
        self._away = np.stack(goals).astype(np.float32)
        self._away_gain = self._away[:, self._flipped] - self._away[:, :, None]
        self._near = (self._distance == 1) & topology.rzz
        self._cost: dict[str, Floats] = {}
        self._gain: dict[str, Floats] = {}

    def price(self, prices: Prices) -> None:
        """Set the prices of terms."""
        for kind, price in prices.items():
            cost = price[self._distance]
            cost[0] = 0
            gain = cost[self._flipped] - cost[:, None]
            gain[0] = 0
            if kind == "live":
                gain[self._near] = np.minimum(gain[self._near], 0)
            self._cost[kind], self._gain[kind] = cost, gain

    def cost(self, masks: Array, kind: str) -> Floats:
        """Price of terms."""
        return self._cost[kind][masks]

    def gain(self, masks: Array, kind: str) -> Floats:
        """Gain of the price of terms; a live term that an RZZ can do is never worth less."""
        return self._gain[kind][masks]

    def bits(self, masks: Array) -> Floats:
        """Wires in a mask, along a new last axis."""
        return self._bits[masks]

    def distance(self, masks: Array) -> Array:
        """CX gates to one wire."""
        return self._distance[masks]

    def away(self, masks: Array) -> Floats:
        """CX gates from the holders of slot i, along the last axis, to where it has to end."""
        return self._away[self.slots, masks]

    def away_gain(self, masks: Array) -> Floats:
        """Gain of that."""
        return self._away_gain[self.slots, masks]


class WeightCosts:
    """Costs by the number of wires, for all pairs of any number of wires; see `TableCosts`."""

    def __init__(self, topology: Topology, *, home: bool) -> None:
        self.slots = np.arange(topology.num_wires)
        self._home, self._rzz = home, topology.rzz
        self._cost: dict[str, Floats] = {}
        self._gain: dict[str, Floats] = {}

    def price(self, prices: Prices) -> None:
        """Set the prices of terms."""
        for kind, price in prices.items():
            cost = np.concatenate([np.zeros(1, dtype=np.float32), price])
            up, down = np.append(np.diff(cost), 0), -np.diff(cost, prepend=cost[0])
            gain = np.stack([up, down], axis=1).astype(np.float32)
            gain[0] = 0
            if kind == "live" and self._rzz:
                gain[2] = np.minimum(gain[2], 0)
            self._cost[kind], self._gain[kind] = cost, gain

    def cost(self, masks: Array, kind: str) -> Floats:
        """Price of terms."""
        return self._cost[kind][_weight(masks)]

    def gain(self, masks: Array, kind: str) -> Floats:
        """Gain of the price of terms."""
        return self._gain[kind][_weight(masks)[..., None], self._inside(masks)]

    def bits(self, masks: Array) -> Floats:
        """Wires in a mask, along a new last axis."""
        return self._inside(masks).astype(np.float32)

    def distance(self, masks: Array) -> Array:
        """CX gates to one wire."""
        return np.maximum(_weight(masks) - 1, 0)

    def away(self, masks: Array) -> Floats:
        """CX gates from the holders of slot i, along the last axis, to where it has to end."""
        away = self.distance(masks)
        if self._home:
            away = away + 2 * (1 - (masks >> self.slots & 1))
        return away.astype(np.float32)

    def away_gain(self, masks: Array) -> Floats:
        """Gain of that."""
        gain = (1 - 2 * self._inside(masks)).astype(np.float32)
        if self._home:
            gain[..., self.slots, self.slots] *= -1
        return gain

    def _inside(self, masks: Array) -> Array:
        inside: Array = masks[..., None] >> self.slots & 1
        return inside


def _weight(masks: Array) -> Array:
    return np.bitwise_count(masks).astype(np.int64)
