"""A network of CX, RZZ and H gates that gives every term of a path sum its place for a rotation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from qiskit import QuantumCircuit

from qdml_quantum.synthesis.path_sum import PathSum
from qdml_quantum.synthesis.topology import Topology

Move = tuple[int, int]
"""A CX gate: control, target."""


class Gate(NamedTuple):
    """One gate: `cx`, `h`, or a rotation (`rz`, `rzz`) by the angle of a term."""

    name: str
    wires: tuple[int, ...]
    term: int = 0


@dataclass(frozen=True)
class Network:
    """Gates without their angles, which differ between stages.

    Args:
        path_sum: What it does.
        gates: In order; rotations carry the mask of their term.
        wires: Wire on which every slot ends.
        corrections: Angles to add to some terms, in units of pi/4; see `trace`.
        method: How it was found.
    """

    path_sum: PathSum
    gates: tuple[Gate, ...]
    wires: tuple[int, ...]
    corrections: Mapping[int, int] = field(default_factory=dict)
    method: str = ""

    @property
    def num_two_qubit_gates(self) -> int:
        """CX and RZZ gates."""
        return sum(len(gate.wires) == 2 for gate in self.gates)

    @property
    def two_qubit_depth(self) -> int:
        """CX and RZZ gates on the longest path."""
        levels = [0] * self.path_sum.num_slots
        for gate in self.gates:
            if len(gate.wires) == 2:
                a, b = gate.wires
                levels[a] = levels[b] = max(levels[a], levels[b]) + 1
        return max(levels, default=0)

    @property
    def cost(self) -> tuple[int, int]:
        """Two-qubit gates, then their depth."""
        return self.num_two_qubit_gates, self.two_qubit_depth

    def circuit(self, angles: Mapping[int, float], constant: float = 0.0) -> QuantumCircuit:
        """Fill in the angles.

        Args:
            angles: For every mask of variables, theta of ``exp(-i theta Z...Z)``; masks of one
                variable are rotated where the variable starts.
            constant: Phase ``exp(-i constant)`` of the whole.
        """
        n = self.path_sum.num_slots
        theta = dict(angles)
        for mask, quarters in self.corrections.items():
            theta[mask] = theta.get(mask, 0.0) + quarters * math.pi / 4
        circuit = QuantumCircuit(n, global_phase=_full_turn(-constant - theta.pop(0, 0.0), 1))
        for slot in range(n):
            _rotate(circuit, (slot,), theta.get(1 << slot, 0.0))
        for gate in self.gates:
            if gate.name == "cx":
                circuit.cx(*gate.wires)
            elif gate.name == "h":
                circuit.h(gate.wires[0])
                _rotate(circuit, gate.wires, theta.get(gate.term, 0.0))
            else:
                _rotate(circuit, gate.wires, theta.get(gate.term, 0.0))
        return circuit


def _rotate(circuit: QuantumCircuit, wires: Sequence[int], theta: float) -> None:
    """``exp(-i theta Z)`` or ``exp(-i theta Z Z)``, left out where theta is exactly 0."""
    if theta and len(wires) == 1:
        circuit.rz(_full_turn(2 * theta, 2), wires[0])
    elif theta:
        circuit.rzz(_full_turn(2 * theta, 2), *wires)


def _full_turn(angle: float, turns: int) -> float:
    return math.remainder(angle, turns * 2 * math.pi)


def trace(
    path_sum: PathSum, moves: Iterable[Move], *, rzz: bool | Topology = False, method: str = ""
) -> Network | None:
    """Place the rotations and H gates along a list of CX gates, or None where terms are left over.

    A term is rotated as soon as its parity stands on one wire. H is put on a slot as soon as no
    term left over needs its variable u and one wire alone holds it. That wire may hold ``u xor L``:
    H then also makes a CZ between the new variable and every variable of L, which the terms of
    those pairs, still to come, take back: ``theta += pi/4`` for the pair, ``-= pi/4`` for each of
    the two, so that cleaning the wire costs nothing.

    With RZZ gates, a term on two neighbouring wires is rotated there when the next CX would spoil
    it, or when an H waits for nothing else.
    """
    run = _Trace(path_sum, rzz if isinstance(rzz, Topology) and rzz.rzz else None)
    run.settle()
    for control, target in moves:
        run.move(control, target)
        run.settle()
    return run.finish(method)


class _Trace:
    """State of `trace`; wires as masks of slots, slots and terms as masks of wires."""

    def __init__(self, path_sum: PathSum, native: Topology | None) -> None:
        n = path_sum.num_slots
        self.path_sum, self.native, self.n = path_sum, native, n
        self.contents = [1 << i for i in range(n)]
        self.sources = [1 << i for i in range(n)]
        self.layer = [0] * n
        self.alive = (1 << n) - 1
        self.left = {term: path_sum.slots(term) for term in path_sum.terms}
        self.gates: list[Gate] = []
        self.corrections: dict[int, int] = {}

    def is_live(self, term: int) -> bool:
        return term & ~self.alive == 0

    def claimable(self, term: int) -> bool:
        """Whether one RZZ would do."""
        wires = self.left[term]
        return (
            self.native is not None
            and wires.bit_count() == 2
            and self.is_live(term)
            and self.native.joins(*_bits(wires))
        )

    def claim(self, term: int) -> None:
        self.gates.append(Gate("rzz", _bits(self.left.pop(term)), term))

    def move(self, control: int, target: int) -> None:
        spoiled = []
        for term, wires in self.left.items():
            if wires >> target & 1:
                after = wires ^ 1 << control
                if self.claimable(term) and after.bit_count() > 1:
                    pair = after.bit_count() == 2 and self.native.joins(*_bits(after))  # type: ignore[union-attr]
                    if not pair:
                        spoiled.append(term)
        for term in spoiled:
            self.claim(term)
        self.gates.append(Gate("cx", (control, target)))
        self.contents[target] ^= self.contents[control]
        for masks in (self.left, dict(enumerate(self.sources))):
            for key, wires in masks.items():
                if wires >> target & 1:
                    masks[key] = wires ^ 1 << control
            if masks is not self.left:
                self.sources = [masks[i] for i in range(self.n)]

    def settle(self) -> None:
        """Rotate what can be rotated, then every H that can be made."""
        ready = [t for t, wires in self.left.items() if wires.bit_count() == 1 and self.is_live(t)]
        for term in ready:
            self.gates.append(Gate("rz", _bits(self.left.pop(term)), term))
        while self._one_hadamard():
            pass

    def _one_hadamard(self) -> bool:
        if self.path_sum.num_layers == 1:
            return False
        needed = 0
        for term in self.left:
            if not self.claimable(term):
                needed |= term
        for slot in range(self.n):
            variable = self.layer[slot] * self.n + slot
            holders = [w for w in range(self.n) if self.contents[w] >> slot & 1]
            if (
                self.layer[slot] + 1 == self.path_sum.num_layers
                or needed >> variable & 1
                or len(holders) > 1
            ):
                continue
            (wire,) = holders
            others = self._variables(self.contents[wire] ^ 1 << slot)
            if others & ~int(self.path_sum.partners[variable + self.n]):
                continue
            for term in [term for term in self.left if term >> variable & 1]:
                self.claim(term)
            self._hadamard(slot, wire, variable, others)
            return True
        return False

    def _variables(self, slots: int) -> int:
        return sum(1 << self.layer[s] * self.n + s for s in range(self.n) if slots >> s & 1)

    def _hadamard(self, slot: int, wire: int, old: int, others: int) -> None:
        new = old + self.n
        for other in _bits(others):
            for mask, sign in ((1 << new | 1 << other, 1), (1 << new, -1), (1 << other, -1), (0, 1)):
                self.corrections[mask] = self.corrections.get(mask, 0) + sign
        change = self.sources[slot] ^ 1 << wire
        for term in self.left:
            if self.path_sum.slots(term) >> slot & 1:
                self.left[term] ^= change
        self.sources[slot] = 1 << wire
        self.contents[wire] = 1 << slot
        self.layer[slot] += 1
        self.alive ^= 1 << old | 1 << new
        self.gates.append(Gate("h", (wire,), 1 << new))

    def finish(self, method: str) -> Network | None:
        for term in [term for term in self.left if self.claimable(term)]:
            self.claim(term)
        single = all(content.bit_count() == 1 for content in self.contents)
        last = all(layer + 1 == self.path_sum.num_layers for layer in self.layer)
        if self.left or not single or not last:
            return None
        wires = tuple(source.bit_length() - 1 for source in self.sources)
        if self.path_sum.home and wires != tuple(range(self.n)):
            return None
        return Network(self.path_sum, tuple(self.gates), wires, self.corrections, method)


def _bits(mask: int) -> tuple[int, ...]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)
