"""What the beam search charges, and the heuristics that are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Topology

_COUNTED_WIRES = 10
"""Most wires between all pairs for which the gains of every word are kept in a table."""


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


DIAGONAL_WEIGHTS = tuple(
    Weights(excess, 0.0, home, home)
    for excess, home in ((0.05, 0.1), (0.1, 0.1), (0.15, 0.15), (0.05, 0.05), (0.2, 0.2))
)
STEP_WEIGHTS = (
    Weights(0.05, 0.1, 0.15, 0.3, 0.15),
    Weights(0.0, 0.6, 0.02, 0.15, 0.05),
    Weights(0.0, 0.0, 0.05, 0.6, 0.15),
    Weights(0.05, 0.0, 0.05, 0.2, 0.3),
)
EDGE_WEIGHTS = (
    Weights(0.08, 0.1, 0.15, 0.2, 0.1),
    Weights(0.05, 0.1, 0.1, 0.2, 0.0),
    Weights(0.08, 0.1, 0.05, 0.3, 0.05),
    Weights(0.05, 0.1, 0.05, 0.1, 0.0),
    Weights(0.08, 0.0, 0.05, 0.2, 0.1),
    Weights(0.05, 0.1, 0.03, 0.1, 0.1),
)
"""Heuristics of diagonals, and of steps between all pairs and on edges: those that won somewhere
when these were chosen; none wins everywhere."""


def weights_of(path_sum: PathSum, topology: Topology) -> Sequence[Weights]:
    """The heuristics for a kind of network."""
    if path_sum.num_layers == DIAGONAL:
        return DIAGONAL_WEIGHTS
    return STEP_WEIGHTS if topology.edges is None else EDGE_WEIGHTS


def has_table(topology: Topology) -> bool:
    """Whether the search looks up what every CX changes in the price of every word."""
    most = _COUNTED_WIRES if topology.edges is None else TABLE_WIRES
    return topology.num_wires <= most
