"""Builders: from phases of the recipe to circuits, piece by piece, with the wires in view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from qiskit import QuantumCircuit, QuantumRegister

from qdml_quantum.formulas import KINETIC, POTENTIAL
from qdml_quantum.grid import Grid
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import Phase
from qdml_quantum.synthesis.kinetic import kinetic_phase
from qdml_quantum.synthesis.network import Network
from qdml_quantum.synthesis.path_sum import PathSum
from qdml_quantum.synthesis.place import network_on, placed
from qdml_quantum.synthesis.potential import PhaseCompiler, as_compiler
from qdml_quantum.synthesis.step import step_angles
from qdml_quantum.synthesis.targets import Region, regions
from qdml_quantum.synthesis.walsh import WalshSeries

_KEPT = 8


class Piece(NamedTuple):
    """Phases that become gates together, and whether the slots have to end where they started."""

    phases: tuple[Phase, ...]
    home: bool = False

    @property
    def kind(self) -> tuple[object, ...]:
        """Pieces of one kind have the same gates, up to angles."""
        return (*(phase.term for phase in self.phases), self.home)


Wires = tuple[int, ...]
"""Wire of every slot."""


@dataclass(frozen=True, eq=False)
class Unit:
    """Gates of one piece: slot i is on wire i before, and on ``wires[i]`` after."""

    circuit: QuantumCircuit
    wires: Wires

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

    def pieces(self, phases: Iterable[Phase], *, last: bool = True) -> list[Piece]:
        """Group phases; `last` says whether nothing comes after them."""
        return [Piece((phase,)) for phase in phases]

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
            unit = self._units[key] = self._make(*key)
        return unit

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        raise NotImplementedError

    def empty(self) -> QuantumCircuit:
        """A circuit with one named register per axis: `x0`, `x1`, ..."""
        return QuantumCircuit(*registers(self.problem.grid))

    def append(
        self, circuit: QuantumCircuit, phases: Iterable[Phase], *, last: bool = True
    ) -> Wires:
        """Append phases to a circuit with slot i on wire i.

        Returns:
            Wire on which every slot ends.
        """
        wires = self.home
        for piece in self.pieces(phases, last=last):
            unit = self.unit(piece, wires)
            circuit.compose(unit.circuit, wires, inplace=True, copy=False)
            wires = tuple(wires[wire] for wire in unit.wires)
        return wires


class BlockBuilder(Builder):
    """Every phase by itself: a phase compiler for the potential, transforms around k^2.

    What a target with edges needs is left to Qiskit's router.
    """

    def __init__(
        self, problem: Problem, compiler: str | PhaseCompiler = "walsh", target: Any = None
    ) -> None:
        super().__init__(problem, regions(target, problem.grid.num_qubits, count=1)[0])
        values = problem.grid.to_vector(problem.values)
        self._potential = as_compiler(compiler)(values.astype(float))

    def block(self, phase: Phase) -> QuantumCircuit:
        """Gates of one phase on all qubits."""
        return self.unit(Piece((phase,)), self.home).circuit

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        (phase,) = piece.phases
        if phase.term == KINETIC:
            return Unit(_kinetic(self.problem.grid, phase.angle), self.home)
        return Unit(self._potential.circuit(phase.angle), self.home)


class NetworkBuilder(Builder):
    """Networks with the fewest two-qubit gates, searched once and filled with angles.

    Between all pairs of wires a step begins wherever the slots are. On edges, all steps but the
    last bring them home, so that one network serves them all.

    Args:
        problem: Grid and objective.
        joint: Search a potential phase and the kinetic phase after it as one network, or one by
            one.
        target: See `regions`.
        search: Options of `synthesize`.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        joint: bool,
        target: Any = None,
        **search: Any,
    ) -> None:
        self.series = WalshSeries.of_values(problem.grid.to_vector(problem.values))
        self.search = search
        self.sizes = problem.grid.qubits_per_axis
        terms = (POTENTIAL, KINETIC) if joint else (KINETIC,)
        self.main = main = self._path_sum(*terms, home=False)
        region, network = placed(main, target, **search)
        super().__init__(problem, region)
        self.joint = joint and network is not None
        self._networks: dict[tuple[PathSum, Wires], Network | None] = {(main, self.home): network}

    def pieces(self, phases: Iterable[Phase], *, last: bool = True) -> list[Piece]:
        """Potential phases with the kinetic one after them, where steps are joint.

        On edges all pieces end where they started but the last two: nothing follows the last one,
        which can begin anywhere.
        """
        groups: list[list[Phase]] = []
        for phase in phases:
            pair = groups and len(groups[-1]) == 1 and groups[-1][0].term == POTENTIAL
            if self.joint and pair and phase.term == KINETIC:
                groups[-1].append(phase)
            else:
                groups.append([phase])
        free = len(groups) - 2 if last else len(groups)
        edges = self.region.topology.edges is not None
        return [Piece(tuple(group), edges and i < free) for i, group in enumerate(groups)]

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        terms = [phase.term for phase in piece.phases]
        path_sum = self._path_sum(*terms, home=piece.home)
        key = (path_sum, wires)
        if key not in self._networks:
            place = self.region.placed(wires)
            self._networks[key] = network_on(place, path_sum, **self.search)
        network = self._networks[key]
        if network is None:
            return Unit(_kinetic(self.problem.grid, piece.phases[0].angle), self.home)
        potential = sum(phase.angle for phase in piece.phases if phase.term == POTENTIAL)
        if KINETIC in terms:
            kinetic = piece.phases[-1].angle
            angles = step_angles(self.series, potential, self.problem.grid.axes, kinetic)
        else:
            angles = {mask: potential * c for mask, c in self.series.to_dict().items()}
        return Unit(network.circuit(angles), network.wires)

    def _path_sum(self, *terms: object, home: bool) -> PathSum:
        total = sum(self.sizes)
        masks: Sequence[int] = self.series.masks.tolist() if POTENTIAL in terms else ()
        if KINETIC in terms:
            return PathSum.step(total, masks, self.sizes, home=home)
        return PathSum.diagonal(total, masks, home=home)


def _kinetic(grid: Grid, angle: float) -> QuantumCircuit:
    """Transforms around p and cp gates on every axis."""
    block = QuantumCircuit(grid.num_qubits)
    first = 0
    for axis in grid.axes:
        qubits = range(first, first + axis.num_qubits)
        block.compose(kinetic_phase(axis, angle), qubits, inplace=True)
        first += axis.num_qubits
    return block


def registers(grid: Grid) -> list[QuantumRegister]:
    """One register per axis, axis 0 first and therefore on the lowest qubits."""
    return [QuantumRegister(a.num_qubits, f"x{i}") for i, a in enumerate(grid.axes)]
