"""Builders: from phases of the recipe to circuits, piece by piece, with the wires in view.

What makes the gates is `block_builder` by rule, or `network_builder` by search.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from qiskit import QuantumCircuit, QuantumRegister

from qdml_quantum.dynamics.dispersion import fold_of_axes
from qdml_quantum.dynamics.formulas import KINETIC
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.gates import NATIVE, two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.initial import active
from qdml_quantum.synthesis.circuits.kinetic import (
    squared_phase,
    to_momentum,
    to_position,
)
from qdml_quantum.synthesis.circuits.targets import Region

_KEPT = 8  # Units kept for reuse: few kinds of pieces alternate, and each may be large.


class Piece(NamedTuple):
    """Phases that become gates together, and whether the slots have to end where they started.

    A refinement stands alone, or after a kinetic phase, whose transform back it saves. A piece
    that is `open` may leave axes in momentum: a measurement as it goes transforms them back.
    """

    phases: tuple[Phase, ...]
    home: bool = False
    refine: Refine | None = None
    open: bool = False

    @property
    def coarse(self) -> Coarse:
        """Idle qubits of each axis."""
        return self.phases[0].coarse if self.phases else 0

    @property
    def kind(self) -> tuple[object, ...]:
        """Pieces of one kind have the same gates, up to angles."""
        terms = [phase.term for phase in self.phases]
        return (*terms, self.coarse, self.home, self.refine, self.open)


Wires = tuple[int, ...]
"""Wire of every slot."""
Momentum = tuple[Wires, ...]
"""Slots of every axis that was left in momentum, the lowest first: see `Piece`."""
Parts = tuple[tuple[str, int], ...]
"""What gates do, and how many of them: ``("potential", 12), ("transform x1", 6), ...``"""


@dataclass(frozen=True, eq=False)
class Unit:
    """Gates of one piece: slot i is on wire i before, and on ``wires[i]`` after.

    `parts` are names of what the gates do, with their numbers, in order.
    """

    circuit: QuantumCircuit
    wires: Wires
    parts: Parts = ()
    momentum: Momentum = ()

    @cached_property
    def cost(self) -> tuple[int, int]:
        """Two-qubit gates, then their depth; RZZ stands where the device has it, and counts one."""
        circuit = self.circuit
        return two_qubit_gates(circuit, native=NATIVE), two_qubit_depth(circuit, native=NATIVE)

    @cached_property
    def homed(self) -> QuantumCircuit:
        """The circuit with swaps that bring every slot home: for simulators."""
        held = list(range(len(self.wires)))
        for slot, wire in enumerate(self.wires):
            held[wire] = slot
        if held == sorted(held):
            return self.circuit
        circuit = self.circuit.copy()
        for wire in range(len(held)):
            while held[wire] != wire:
                other = held[wire]
                circuit.swap(wire, other)
                held[wire], held[other] = held[other], held[wire]
        return circuit


class Builder:
    """Turns phases into units.

    Args:
        problem: Grid and objective; what is left out of it has been left out already.
        region: Qubits of the target.
    """

    def __init__(self, problem: Problem, region: Region) -> None:
        self.problem, self.region = problem, region
        self._units: dict[tuple[Piece, Wires], Unit] = {}

    def pieces(self, moves: Iterable[Move], *, last: bool = True) -> list[Piece]:
        """Group phases; `last` says whether nothing comes after them."""
        pieces: list[Piece] = []
        for move in moves:
            if isinstance(move, Phase):
                pieces.append(Piece((move,)))
            elif pieces and pieces[-1].phases and pieces[-1].phases[-1].term == KINETIC:
                pieces[-1] = pieces[-1]._replace(refine=move)
            else:
                pieces.append(Piece((), refine=move))
        return pieces

    @property
    def home(self) -> Wires:
        """Slot i on wire i."""
        return tuple(range(self.problem.grid.num_qubits))

    def start_of(self, wires: Wires) -> Wires:
        """What matters of where the slots are: nothing between all pairs of wires."""
        return wires if self.region.topology.edges is not None else self.home

    def unit(self, piece: Piece, wires: Wires) -> Unit:
        """Gates of a piece whose slot i is on ``wires[i]``, written for slot i on wire i.

        Those of the last few pieces are kept, so that equal steps cost one.
        """
        key = (piece, self.start_of(wires))
        unit = self._units.get(key)
        if unit is None:
            while len(self._units) >= _KEPT:
                del self._units[next(iter(self._units))]
            if piece.refine is not None:
                phase = piece.phases[0] if piece.phases else None
                grid = self.problem.grid
                refinement, momentum = _refinement(grid, piece.refine, phase, back=not piece.open)
                named = (("refinement", len(refinement.data)),)
                unit = Unit(refinement, self.home, named, momentum)
            else:
                unit = self._make(*key)
            self._units[key] = unit
        return unit

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        raise NotImplementedError

    def empty(self) -> QuantumCircuit:
        """A circuit with one named register per axis: `x1`, `x2`, ..."""
        return QuantumCircuit(*registers(self.problem.grid))

    def append(
        self,
        circuit: QuantumCircuit,
        moves: Iterable[Move],
        *,
        last: bool = True,
        parts: list[tuple[str, int]] | None = None,
    ) -> Wires:
        """Append phases to a circuit with slot i on wire i.

        Args:
            circuit: What is made longer.
            moves: Phases and refinements.
            last: Whether nothing comes after them.
            parts: A list that is made longer by what was appended.

        Returns:
            Wire on which every slot ends.
        """
        return self._appended(circuit, self.pieces(moves, last=last), parts)[0]

    def append_open(
        self,
        circuit: QuantumCircuit,
        moves: Iterable[Move],
        *,
        parts: list[tuple[str, int]] | None = None,
    ) -> tuple[Wires, Momentum]:
        """As `append`, without the last transform back where that saves two-qubit gates.

        Returns:
            Wire on which every slot ends, and the slots that are left in momentum.
        """
        pieces = self.pieces(moves)
        if pieces:
            pieces[-1] = pieces[-1]._replace(open=True)
        return self._appended(circuit, pieces, parts)

    def _appended(
        self,
        circuit: QuantumCircuit,
        pieces: Iterable[Piece],
        parts: list[tuple[str, int]] | None,
    ) -> tuple[Wires, Momentum]:
        wires, momentum = self.home, Momentum()
        for piece in pieces:
            unit = self.unit(piece, wires)
            momentum = unit.momentum
            circuit.compose(unit.circuit, wires, inplace=True, copy=False)
            wires = tuple(wires[wire] for wire in unit.wires)
            if parts is not None:
                named = " + ".join(phase.term for phase in piece.phases)
                parts += unit.parts or ((named, len(unit.circuit.data)),)
        return wires, momentum


def registers(grid: Grid) -> list[QuantumRegister]:
    """One register per axis, axis 0 first and therefore on the lowest qubits."""
    return [QuantumRegister(a.num_qubits, f"x{i}") for i, a in enumerate(grid.axes, 1)]


def widened(block: QuantumCircuit, grid: Grid, coarse: Coarse) -> QuantumCircuit:
    """Gates of a coarse grid on all qubits of the full one."""
    if not coarse:
        return block
    return QuantumCircuit(grid.num_qubits).compose(block, active(grid, coarse))


def slots_by_axis(grid: Grid, coarse: Coarse) -> Momentum:
    """Slots of every axis that are in use, the lowest first.

    >>> slots_by_axis(Grid([(0, 1), (0, 1)], [3, 2]), (1, 0))
    ((1, 2), (3, 4))
    """
    slots, end = [], 0
    sizes = zip(grid.qubits_per_axis, per_axis(coarse, grid.dimensions), strict=True)
    for size, idle in sizes:
        first, end = end, end + size
        slots.append(tuple(range(first + idle, end)))
    return tuple(slots)


def _refinement(
    grid: Grid, refine: Refine, phase: Phase | None, *, back: bool = True
) -> tuple[QuantumCircuit, Momentum]:
    """Kinetic phase, if there is one, and more qubits before the transform back.

    In momentum the lowest qubit of a register holds the sign, as the transform has no swaps: the
    new qubits, below it, take copies. An axis without new qubits or a phase needs no transform.
    Without the transform `back` the slots that stay in momentum come second.
    """
    momentum: list[Wires] = []
    block = QuantumCircuit(grid.num_qubits)
    coarse, end = grid.thinned(refine.coarse), 0
    folds = fold_of_axes(phase.fold if phase else (), coarse)
    levels = (per_axis(level, grid.dimensions) for level in (refine.coarse, refine.after))
    for axis, fold, before, after in zip(coarse.axes, folds, *levels, strict=True):
        first, end = end, end + axis.num_qubits + before
        old, new = range(first + before, end), range(first + after, end)
        if old == new and phase is None:
            continue
        block.compose(to_momentum(len(old)), old, inplace=True)
        if phase is not None:
            block.compose(squared_phase(axis, phase.angle, fold), old, inplace=True)
        for qubit in reversed(range(new[0], old[0])):
            block.cx(old[0], qubit)
        if back:
            block.compose(to_position(len(new)), new, inplace=True)
        else:
            momentum.append(tuple(new))
    return block, tuple(momentum)
