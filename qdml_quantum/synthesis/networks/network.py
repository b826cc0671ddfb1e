"""A network of CX, RZZ and H gates that gives every term of a path sum its place for a rotation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from qiskit import QuantumCircuit
from qiskit.synthesis.linear import calc_inverse_matrix

from qdml_quantum.synthesis.networks.path_sum import PathSum, union
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.walsh import bits_of

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
        labels: For variables that started inside a parity of other wires, those wires (a mask).
        rzz: Whether RZZ gates decided when an H came, see `trace`.
        method: How it was found.
    """

    path_sum: PathSum
    gates: tuple[Gate, ...]
    wires: tuple[int, ...]
    corrections: Mapping[int, int] = field(default_factory=dict)
    labels: Mapping[int, int] = field(default_factory=dict)
    rzz: bool = False
    method: str = ""

    @property
    def moves(self) -> list[Move]:
        """The CX gates."""
        return [(gate.wires[0], gate.wires[1]) for gate in self.gates if gate.name == "cx"]

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
        phase = math.remainder(-constant - theta.pop(0, 0.0), 2 * math.pi)
        circuit = QuantumCircuit(n, global_phase=phase)
        for wire, held in enumerate(self.path_sum.start):
            _rotate(circuit, (wire,), theta.get(held, 0.0))
        for gate in self.gates:
            if gate.name == "cx":
                circuit.cx(*gate.wires)
            elif gate.name == "h":
                circuit.h(gate.wires[0])
            else:
                _rotate(circuit, gate.wires, theta.get(gate.term, 0.0))
        return circuit


def _rotate(circuit: QuantumCircuit, wires: Sequence[int], theta: float) -> None:
    """``exp(-i theta Z)`` or ``exp(-i theta Z Z)``, left out where theta is exactly 0."""
    if theta and len(wires) == 1:
        circuit.rz(math.remainder(2 * theta, 4 * math.pi), wires[0])
    elif theta:
        circuit.rzz(math.remainder(2 * theta, 4 * math.pi), *wires)


def trace(
    path_sum: PathSum,
    moves: Iterable[Move],
    topology: Topology | None = None,
    *,
    labels: Mapping[int, int] | None = None,
    method: str = "",
) -> Network | None:
    """Place the rotations and H gates along a list of CX gates.

    None where terms are left over, or where a label would need a rotation that no term has.

    A term is rotated as soon as its parity stands on one wire. H is put on a slot as soon as no
    term left over needs its variable u and one wire alone holds it. That wire may hold ``u xor L``:
    H then also makes a CZ between the new variable and every variable of L, which the terms of
    those pairs, still to come, take back: ``theta += pi/4`` for the pair, ``-= pi/4`` for each of
    the two, so that cleaning the wire costs nothing.

    Where the topology has RZZ gates, a term on two neighbouring wires is rotated there when the
    next CX would spoil it, or when an H waits for nothing else.
    """
    run = Trace(path_sum, topology, labels or {})
    run.hadamards()
    for control, target in moves:
        run.move(control, target)
        run.hadamards()
    return run.finish(method)


def dual(rows: Sequence[int]) -> list[int]:
    """The inverse transpose of a matrix of bits, whose columns may be any.

    Row i of it meets row i of the matrix in an odd number of bits, and every other in an even one.

    >>> dual([0b011, 0b010, 0b100]), dual([0b1010, 0b1000])
    ([1, 3, 4], [2, 10])
    """
    columns = bits_of(union(rows))
    matrix = np.array([[row >> column & 1 for column in columns] for row in rows], dtype=bool)
    made = zip(*calc_inverse_matrix(matrix).tolist(), strict=True)
    return [union(1 << c for c, bit in zip(columns, row, strict=True) if bit) for row in made]


def joined_by_h(old: int, new: int, num_slots: int) -> Iterator[tuple[int, int, int]]:
    """The CZ gates that an H makes beside its own: both variables together, and either of them.

    Args:
        old: What the wire held before, as a mask of variables.
        new: What it holds after: for one variable u of the old ones there is ``u + num_slots``.
        num_slots: Variables of a layer.
    """
    for one, other in itertools.product(bits_of(old), bits_of(new)):
        if other != one + num_slots:
            yield 1 << one ^ 1 << other, 1 << one, 1 << other


class Trace:
    """State of `trace`: the variables that every wire holds, as masks."""

    def __init__(
        self, path_sum: PathSum, topology: Topology | None, labels: Mapping[int, int]
    ) -> None:
        self.path_sum, self.n, self.labels = path_sum, path_sum.num_slots, labels
        self.topology = topology
        self.pairs = topology.pairs if topology is not None and topology.rzz else ()
        self.contents = list(path_sum.start)
        self.ends = [path_sum.num_layers - 1] * self.n  # Layer of every slot in the end.
        self.owed = -1  # Variables to be rotated alone once they have started.
        self.terms = set(path_sum.terms)
        self.left = set(path_sum.terms)
        self.broken = False
        self.last: set[int] = set()
        self.gates: list[Gate] = []
        self.corrections: dict[int, int] = {}

    def claimable(self) -> dict[int, tuple[int, int]]:
        """Terms left over that one RZZ would do, with its wires."""
        held = {self.contents[a] ^ self.contents[b]: (a, b) for a, b in self.pairs}
        return {term: pair for term, pair in held.items() if term in self.left}

    def claim(self, term: int, pair: tuple[int, int]) -> None:
        """Rotate a term by an RZZ."""
        self.left.remove(term)
        self.gates.append(Gate("rzz", pair, term))

    def move(self, control: int, target: int) -> None:
        """Make a CX, and before it what it would spoil."""
        if self.pairs:
            for term, pair in self.claimable().items():
                if target in pair and control not in pair:
                    self.claim(term, pair)
        self.gates.append(Gate("cx", (control, target)))
        self.contents[target] ^= self.contents[control]
        self._visit(target)

    def hadamards(self) -> None:
        """Every H that can be made, lowest slot first."""
        while any(self.ends):
            claimable = self.claimable() if self.pairs else {}
            needed = union(term for term in self.left if term not in claimable)
            if self._group(needed, claimable):
                continue
            for wire, others, variable in self._single():
                layer, slot = divmod(variable, self.n)
                if union(self.path_sum.groups) >> slot & 1 or layer >= self.ends[slot]:
                    continue
                partners = int(self.path_sum.partners[variable + self.n])
                if not needed >> variable & 1 and not others & ~partners:
                    self._claim_all(claimable, 1 << variable)
                    self._hadamard(wire, others, variable)
                    break
            else:
                return

    def _claim_all(self, claimable: Mapping[int, tuple[int, int]], variables: int) -> None:
        for term, pair in claimable.items():
            if term & variables:
                self.claim(term, pair)

    def _group(self, needed: int, claimable: Mapping[int, tuple[int, int]]) -> bool:
        """H on the wires that hold the variables of a group and nothing else, if there are any.

        What the wires held, as functions of the old variables, becomes its inverse transpose as
        functions of the new ones.
        """
        for slots in self.path_sum.groups:
            for layer in range(self.ends[bits_of(slots)[0]]):
                old = slots << layer * self.n
                wires = [w for w, content in enumerate(self.contents) if content & old]
                held = union(self.contents[w] for w in wires)
                if len(wires) == slots.bit_count() and held == old and not needed & old:
                    self._claim_all(claimable, old)
                    rows = dual([self.contents[wire] >> layer * self.n for wire in wires])
                    for wire, row in zip(wires, rows, strict=True):
                        self.contents[wire] = row << (layer + 1) * self.n
                        self.gates.append(Gate("h", (wire,), self.contents[wire]))
                    for slot in bits_of(slots):
                        self._start(1 << (layer + 1) * self.n + slot)
                    for wire in wires:
                        self._visit(wire)
                    return True
        return False

    def _single(self) -> list[tuple[int, int, int]]:
        """Wire, other variables on it, and variable, for those that one wire alone holds."""
        singles = []
        once = twice = 0
        for content in self.contents:
            twice |= once & content
            once |= content
        for variable in bits_of(once & ~twice):
            wire = next(w for w, content in enumerate(self.contents) if content >> variable & 1)
            singles.append((wire, self.contents[wire] ^ 1 << variable, variable))
        return sorted(singles, key=lambda item: item[2] % self.n)

    def _hadamard(self, wire: int, others: int, old: int) -> None:
        new = old + self.n
        label = 0
        for other in bits_of(self.labels.get(new, 0)):
            label ^= self.contents[other]
        for pair, one, other in joined_by_h(1 << old | others, 1 << new | label, self.n):
            self.broken |= pair not in self.terms and pair != 0
            for mask, sign in ((pair, 1), (one, -1), (other, -1), (0, 1)):
                self.corrections[mask] = self.corrections.get(mask, 0) + sign
        self.broken |= bool(self.labels.get(new, 0) >> wire & 1)
        self.contents[wire] = 1 << new | label
        self.gates.append(Gate("h", (wire,), 1 << new))
        self._start(1 << new)
        self._visit(wire)

    def _start(self, variable: int) -> None:
        """Ask for the rotation of a variable alone."""
        # No RZZ is spent on what will be alone on a wire in the end.
        last = variable >> self.n * (self.path_sum.num_layers - 1)
        if self.owed & variable:
            (self.last if last else self.left).add(variable)

    def _visit(self, wire: int) -> None:
        term = self.contents[wire]
        if term in self.left or term in self.last:
            self.left.discard(term)
            self.last.discard(term)
            self.gates.append(Gate("rz", (wire,), term))

    def finish(self, method: str) -> Network | None:
        """The network, or None where something is left to do."""
        if self.left and self.pairs:
            for term, pair in self.claimable().items():
                self.claim(term, pair)
        last = self.n * (self.path_sum.num_layers - 1)
        goal = [1 << last + slot for slot in range(self.n)]
        if self.broken or self.left or sorted(self.contents) != goal:
            return None
        if self.path_sum.home and self.contents != goal:
            return None
        wires = tuple(self.contents.index(variable) for variable in goal)
        if self.topology is not None:
            near = {frozenset(pair) for pair in self.topology.pairs}
            for middle, *ends in self.path_sum.chains:
                if any({wires[middle], wires[end]} not in near for end in ends):
                    return None
        return Network(
            self.path_sum,
            tuple(self.gates),
            wires,
            self.corrections,
            self.labels,
            bool(self.pairs),
            method,
        )
