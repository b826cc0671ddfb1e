"""A sharper bound for diagonals, by going through all networks that waste few gates or none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.networks.bound import lower_bound
from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Topology

_MOST_TERMS = 62  # They are bits of a signed word.


def exhausted_bound(path_sum: PathSum, topology: Topology, *, most_states: int = 300_000) -> int:
    """CX gates that any network of a diagonal needs: `lower_bound`, or more where that is proven.

    A state is what the wires hold and the terms that are left. From it on a network needs a gate
    for every term left, one for every wire that does not hold its own qubit, since a CX that brings
    that back makes no term, and one for every further wire that has to be changed: terms that no
    such wire meets need at least one of their qubits changed, or else the wire that held the term
    could not be told from those. So all states of each level that may still end within a limit are
    made, equal ones once. Where none is left the limit is too low, and one more is tried.

    Args:
        path_sum: A diagonal.
        topology: Where CX gates may stand.
        most_states: On one level; with more of them the search ends with what is proven. Each takes
            about a microsecond and 0.2 kB for every CX that may follow.

    Returns:
        A lower bound; the least number itself where a network of that many was passed.

    >>> path_sum = PathSum.diagonal(4, [0b0011, 0b0110, 0b1100, 0b1001])
    >>> lower_bound(path_sum, Topology(4)), exhausted_bound(path_sum, Topology(4))
    (7, 8)
    """
    bound, n = lower_bound(path_sum, topology), path_sum.num_slots
    counted = path_sum.num_layers == DIAGONAL and path_sum.home and not path_sum.lead
    if not counted or topology.rzz or len(path_sum.terms) > _MOST_TERMS or n > TABLE_WIRES:
        return bound
    states = _Exhaustion(path_sum, topology)
    while states.end_within(bound, most_states) is False:
        bound += 1
    return bound


class _Exhaustion:
    """States as rows: what every wire holds, then the terms left as bits."""

    def __init__(self, path_sum: PathSum, topology: Topology) -> None:
        self.n, self.terms, self.moves = path_sum.num_slots, path_sum.terms, topology.moves
        self.own = 1 << np.arange(self.n)
        self.bit_of = np.zeros(1 << self.n, dtype=np.int64)
        self.bit_of[list(self.terms)] = 1 << np.arange(len(self.terms))
        self.wires = np.array(sorted(range(1 << self.n), key=int.bit_count))
        self.rank = np.argsort(self.wires)
        self.met = np.zeros(1 << self.n, dtype=np.int64)  # Terms that each of these sets meets.
        for i, term in enumerate(self.terms):
            self.met |= np.where(self.wires & term, 1 << i, 0)
        self.begin = np.array([[*self.own, (1 << len(self.terms)) - 1]], dtype=np.int64)
        self._sets: dict[int, int] = {}

    def end_within(self, limit: int, most_states: int) -> bool | None:
        """Whether a network has so few gates; None where there are too many states."""
        states, level = self.begin, 0
        while states.size:
            if (states[:, :-1] == self.own).all(axis=1)[states[:, -1] == 0].any():
                return True
            if len(states) > most_states:
                return None
            level += 1
            states = self._after(states, limit - level)
        return False

    def _after(self, states: NDArray[np.int64], gates: int) -> NDArray[np.int64]:
        """States one CX later that may still end with so many gates."""
        kept = [states[:0]]
        for control, target in self.moves:
            after = states.copy()
            after[:, target] ^= after[:, control]
            after[:, -1] &= ~self.bit_of[after[:, target]]
            kept.append(after[self._needed(after) <= gates])
        return np.unique(np.vstack(kept), axis=0)

    def _needed(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        changed, left = states[:, :-1] != self.own, states[:, -1]
        unmet = left & ~self.met[self.rank[changed @ self.own]]
        masks, numbers = np.unique(unmet, return_inverse=True)
        further = np.array([self._further(int(mask)) for mask in masks])[numbers]
        counts = np.bitwise_count(left).astype(np.int64)
        needed: NDArray[np.int64] = counts + changed.sum(axis=1) + further
        return needed

    def _further(self, mask: int) -> int:
        """Fewest wires that meet some of the terms."""
        if mask not in self._sets:
            first = int(np.argmax((mask & ~self.met) == 0))
            self._sets[mask] = int(self.wires[first]).bit_count()
        return self._sets[mask]
