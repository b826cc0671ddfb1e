"""A step on an axis of three qubits: the kinetic phase with six two-qubit gates, a string with one.

A Fourier transform tells k from -k, though their squares are equal; this does not. With an H on
qubit 2 before and after, ``Z_2`` is the parity of k, and in units of ``(2 pi / L)^2``

    k^2 = 6 + 2 X_1 - 4 X_0 - 4 X_1 X_0      for even k (0, +-2, 4),
    k^2 = 5 - 4 (X_0 + Y_1 Y_0) / sqrt 2     for odd k (+-1, +-3).

Either way qubit 0 is rotated by one angle, about an axis that depends on the other two qubits, and
for even k qubit 1 is rotated, too. After H on all three qubits, with bits y, that is

- a diagonal on the strings y1, y1 y2, y1 y2 y0 and y1 y0, which rotates qubit 1 for even k alone,
  and leaves it as y1 + y0;
- a rotation of qubit 0 by ``8 theta``, about Z or about a line at 45 degrees to it: half a turn
  about the line between the two, which is an H turned by pi/8, takes one to the other, where qubit
  2 asks for it, with a CX before and after;
- a CX from qubit 0 to qubit 1, which makes the line depend on qubit 1, and H on all three.

The diagonals before and after the first H are two parity networks in a row. Neither has to bring
the qubits home: H on all wires of an axis turns what they hold into its inverse transpose.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from qiskit import QuantumCircuit

from qdml_quantum.grid import Axis
from qdml_quantum.synthesis.topology import Edge

TRIPLE = 3
"""Qubits of the axis."""
_EIGHTH, _QUARTER = math.pi / 8, math.pi / 2
_HOME = (0b001, 0b010, 0b100)
_STRINGS = (0b010, 0b110, 0b111, 0b011)
_DONE = (0b001, 0b011, 0b100)
"""What the wires of qubits 0, 1 and 2 hold after the strings."""

Contents = tuple[int, ...]
"""Bits that every wire holds, as masks."""

_State = tuple[Contents, frozenset[int], bool]
"""What the wires hold, the strings left over, and whether the first H gates are behind."""


class Way(NamedTuple):
    """CX gates (control, target) before and after the first H gates; wires of the qubits then."""

    before: tuple[Edge, ...]
    after: tuple[Edge, ...]
    wires: tuple[int, ...]


@cache
def shortest_way(strings: frozenset[int], edges: frozenset[Edge], home: bool) -> Way | None:
    """The fewest CX gates that visit all strings, by a search of all that wires may hold.

    Args:
        strings: Masks of two or three qubits, of the potential phase.
        edges: Pairs of neighbouring wires, the smaller one first.
        home: Whether every qubit has to end on its wire.

    Returns:
        None where there is no way.

    >>> triangle = frozenset({(0, 1), (0, 2), (1, 2)})
    >>> [len(shortest_way(frozenset(s), triangle, False).after) for s in ((), (3, 5))]
    [3, 3]
    """
    number = itertools.count()
    start = (_HOME, strings, False)
    queue: list[tuple[int, int, _State, Way]] = [(0, next(number), start, Way((), (), ()))]
    seen: set[_State] = set()
    while queue:
        cost, _, state, way = heapq.heappop(queue)
        if state in seen:
            continue
        seen.add(state)
        contents, left, turned = state
        if turned and not left and set(contents) == set(_DONE):
            b, a, t = wires = tuple(contents.index(mask) for mask in _DONE)
            if {_edge(a, b), _edge(b, t)} <= edges and (not home or wires == (0, 1, 2)):
                return way._replace(wires=wires)
        if not turned and not left:
            held = _turned(contents)
            after: _State = (held, frozenset(_STRINGS) - set(held), True)
            heapq.heappush(queue, (cost, next(number), after, way))
        for move in (m for a, b in edges for m in ((a, b), (b, a))):
            held = _moved(contents, move)
            longer = (
                way._replace(after=(*way.after, move))
                if turned
                else way._replace(before=(*way.before, move))
            )
            heapq.heappush(
                queue, (cost + 1, next(number), (held, left - set(held), turned), longer)
            )
    return None


def triple_step(
    axis: Axis,
    angle: float,
    potential: Mapping[int, float],
    edges: Iterable[Edge],
    *,
    home: bool = False,
) -> tuple[QuantumCircuit, tuple[int, ...]] | None:
    """``exp(-i angle k^2) exp(-i zeta)`` of an axis of three qubits, exactly.

    Args:
        axis: The axis.
        angle: ``D dt``.
        potential: Theta of every ``exp(-i theta Z...Z)``, by the mask of its qubits.
        edges: Pairs of qubits that may share a gate.
        home: Whether every qubit has to end on its wire.

    Returns:
        The circuit of CX, Rz and H, with qubit i on wire i, and the wires on which the qubits end.
        None where the qubits are not connected, and where they have to end at home but qubit 0 is
        no neighbour of both others.

    >>> pairs = [(0, 1), (0, 2), (1, 2)]
    >>> potentials = ({}, {3: 0.1, 5: 0.2, 6: 0.3}, dict.fromkeys(range(8), 0.1))
    >>> steps = [triple_step(Axis(-4, 4, 3), 0.1, each, pairs) for each in potentials]
    >>> [circuit.num_nonlocal_gates() for circuit, _ in steps]
    [6, 9, 10]
    """
    strings = frozenset(mask for mask in potential if mask.bit_count() > 1)
    way = shortest_way(strings, frozenset(_edge(*pair) for pair in edges), home)
    if way is None:
        return None
    theta = angle * (2 * math.pi / axis.length) ** 2
    circuit = QuantumCircuit(TRIPLE, global_phase=-5.5 * theta - potential.get(0, 0.0))
    first = {mask: 2 * value for mask, value in potential.items()}
    held = _parities(circuit, _HOME, way.before, first)
    circuit.h(range(TRIPLE))
    turns = (_QUARTER + 2 * theta, 2 * theta, -4 * theta, -4 * theta)
    _parities(circuit, _turned(held), way.after, dict(zip(_STRINGS, turns, strict=True)))
    b, a, t = way.wires
    for turn in (-8 * theta, None):
        circuit.h(b)
        circuit.rz(-_EIGHTH, b)
        circuit.cx(t, b)
        circuit.rz(_EIGHTH, b)
        circuit.h(b)
        if turn is not None:
            circuit.rz(turn, b)
    circuit.cx(b, a)
    circuit.rz(-_QUARTER, a)
    circuit.rz(theta, t)
    circuit.h([b, a, t])
    return circuit, way.wires


def _parities(
    circuit: QuantumCircuit, held: Contents, moves: Iterable[Edge], turns: Mapping[int, float]
) -> Contents:
    """Append CX gates, and Rz once for every mask that appears; what the wires hold after."""
    left = dict(turns)
    for wire, mask in enumerate(held):
        if mask in left:
            circuit.rz(left.pop(mask), wire)
    for control, target in moves:
        circuit.cx(control, target)
        held = _moved(held, (control, target))
        if held[target] in left:
            circuit.rz(left.pop(held[target]), target)
    return held


def _moved(contents: Contents, move: Edge) -> Contents:
    control, target = move
    return tuple(
        mask ^ contents[control] if wire == target else mask for wire, mask in enumerate(contents)
    )


def _turned(contents: Contents) -> Contents:
    """The inverse transpose: masks that meet their own wire in an odd number of bits, and no other.

    >>> _turned((0b011, 0b010, 0b100))
    (1, 3, 4)
    """
    wanted = {
        tuple((mask & row).bit_count() % 2 for row in contents): mask for mask in range(1 << TRIPLE)
    }
    return tuple(wanted[tuple(int(one == wire) for one in range(TRIPLE))] for wire in range(TRIPLE))


def _edge(a: int, b: int) -> Edge:
    return (min(a, b), max(a, b))
