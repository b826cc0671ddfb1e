"""Which wires may share a gate, and how far a parity is from one wire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.messages import bad_value

TABLE_WIRES = 12
"""Most wires for which tables over all 2^n parities are made."""

Edge = tuple[int, int]


@dataclass(frozen=True)
class Topology:
    """Wires and the pairs of them that may share a two-qubit gate.

    Args:
        num_wires: Number of wires.
        edges: Pairs of wires, in either order, or None (default) for all pairs.
        rzz: Whether exp(-i theta Z Z) of any angle costs one gate, as on devices with fractional
            gates; otherwise a two-qubit gate is a CX or as good as one (CZ, ECR).

    Raises:
        ValueError: A wire that does not exist, or wires that cannot reach each other.

    >>> Topology.line(3).edges
    ((0, 1), (1, 2))
    >>> Topology.line(3).distance.tolist()
    [0, 0, 0, 1, 0, 3, 1, 2]
    """

    num_wires: int
    edges: tuple[Edge, ...] | None = None
    rzz: bool = False

    def __post_init__(self) -> None:
        if self.edges is None:
            return
        edges = tuple(sorted({(min(a, b), max(a, b)) for a, b in self.edges if a != b}))
        if any(not 0 <= wire < self.num_wires for edge in edges for wire in edge):
            raise bad_value(
                "edges", f"join wires 0 to {self.num_wires - 1}", self.edges, "Count on."
            )
        complete = len(edges) == self.num_wires * (self.num_wires - 1) // 2
        object.__setattr__(self, "edges", None if complete else edges)
        if not (complete or _is_connected(edges, self.num_wires)):
            given = f"edges {list(edges)} on {self.num_wires} qubits"
            remedy = "Add couplings or use fewer qubits."
            raise bad_value("target", "join all qubits in use", given, remedy)

    @classmethod
    def line(cls, num_wires: int, *, rzz: bool = False) -> Topology:
        """Nearest neighbours on a line."""
        return cls(num_wires, tuple((i, i + 1) for i in range(num_wires - 1)), rzz)

    def among(self, wires: Sequence[int]) -> Topology | None:
        """The edges among some wires, which become 0, 1, ...; None where these are not connected.

        >>> Topology.line(5).among([3, 1, 2]).edges, Topology.line(5).among([0, 2])
        (((0, 2), (1, 2)), None)
        """
        if self.edges is None:
            return Topology(len(wires), None, self.rzz)
        return Topology.of_coupling(self.edges, wires, rzz=self.rzz)

    @classmethod
    def of_coupling(
        cls, pairs: Iterable[Edge], qubits: Sequence[int], *, rzz: bool = False
    ) -> Topology | None:
        """The pairs among some qubits, which become wires 0, 1, ...; None where not connected."""
        wire = {qubit: number for number, qubit in enumerate(qubits)}
        edges = tuple((wire[a], wire[b]) for a, b in pairs if a in wire and b in wire)
        return cls(len(qubits), edges, rzz) if _is_connected(edges, len(qubits)) else None

    @cached_property
    def pairs(self) -> tuple[Edge, ...]:
        """Every pair of wires that may share a gate."""
        if self.edges is not None:
            return self.edges
        return tuple((a, b) for b in range(self.num_wires) for a in range(b))

    @cached_property
    def moves(self) -> NDArray[np.int64]:
        """Every CX there is, as rows (control, target)."""
        moves = [move for a, b in self.pairs for move in ((a, b), (b, a))]
        return np.array(moves, dtype=np.int64).reshape(-1, 2)

    @property
    def distance(self) -> NDArray[np.int16]:
        """CX gates that bring a set of wires (a mask) to one wire, for every mask."""
        return _distance(self.num_wires, self.edges, None)

    def distance_to(self, wire: int) -> NDArray[np.int16]:
        """CX gates that bring a set of wires to the given one, for every mask."""
        return self.distance_to_set(1 << wire)

    def distance_to_set(self, wires: int) -> NDArray[np.int16]:
        """CX gates that bring a set of wires to another (a mask), for every mask."""
        return _distance(self.num_wires, self.edges, wires)


def _is_connected(edges: tuple[Edge, ...], num_wires: int) -> bool:
    """Whether all wires can be reached from wire 0."""
    reached = {0}
    while grown := {w for edge in edges if reached & set(edge) for w in edge} - reached:
        reached |= grown
    return len(reached) >= num_wires


@lru_cache(maxsize=1024)
def _distance(
    num_wires: int, edges: tuple[Edge, ...] | None, wires: int | None
) -> NDArray[np.int16]:
    """Breadth-first search from the single wires, or one set of them; every move undoes itself."""
    moves = Topology(num_wires, edges).moves
    control, target = moves[:, 0, None], moves[:, 1, None]
    distance = np.full(1 << num_wires, -1, dtype=np.int16)
    frontier = np.array([1 << w for w in range(num_wires)] if wires is None else [wires])
    distance[0] = distance[frontier] = steps = 0
    while frontier.size:
        steps += 1
        reached = np.unique(frontier ^ (frontier >> target & 1) << control)
        frontier = reached[distance[reached] < 0]
        distance[frontier] = steps
    return distance
