"""Builders: from phases of the recipe to circuits, piece by piece, with the wires in view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from qiskit import QuantumCircuit, QuantumRegister

from qdml_quantum.dynamics.dispersion import fold_of_axes
from qdml_quantum.dynamics.drive import Drive, driven
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.grid import Axis, Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth, two_qubit_gates
from qdml_quantum.synthesis.circuits.initial import active
from qdml_quantum.synthesis.circuits.kinetic import (
    kinetic_phase,
    native_kinetic_phase,
    squared_phase,
    to_momentum,
    to_position,
)
from qdml_quantum.synthesis.circuits.targets import Region, regions
from qdml_quantum.synthesis.compiler import EFFORT, NATIVE
from qdml_quantum.synthesis.networks.layout import choose_layout, network_on
from qdml_quantum.synthesis.networks.network import Network
from qdml_quantum.synthesis.networks.path_sum import TRIPLE, PathSum
from qdml_quantum.synthesis.networks.short import close, short_angles
from qdml_quantum.synthesis.networks.step import step_angles
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.potential import (
    PHASE_COMPILERS,
    PhaseCircuit,
    PhaseCompiler,
    phase_compiler,
)
from qdml_quantum.synthesis.phases.walsh import WalshSeries

_KEPT = 8  # Units kept for reuse: few kinds of pieces alternate, and each may be large.
_ALONE = 0.3
"""Share of the effort and time of a whole step that one of its phases alone gets."""
_MIXED = 0.55
"""Share that a step keeps for itself where axes of three qubits are also tried alone."""


class Piece(NamedTuple):
    """Phases that become gates together, and whether the slots have to end where they started.

    A refinement stands alone, or after a kinetic phase, whose transform back it saves.
    """

    phases: tuple[Phase, ...]
    home: bool = False
    refine: Refine | None = None

    @property
    def coarse(self) -> Coarse:
        """Idle qubits of each axis."""
        return self.phases[0].coarse if self.phases else 0

    @property
    def kind(self) -> tuple[object, ...]:
        """Pieces of one kind have the same gates, up to angles."""
        return (*(phase.term for phase in self.phases), self.coarse, self.home, self.refine)


Wires = tuple[int, ...]
"""Wire of every slot."""
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

    @cached_property
    def cost(self) -> tuple[int, int]:
        """Two-qubit gates, then their depth."""
        return two_qubit_gates(self.circuit), two_qubit_depth(self.circuit)

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
                refinement = _refinement(self.problem.grid, piece.refine, phase)
                unit = Unit(refinement, self.home, (("refinement", len(refinement.data)),))
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
        wires = self.home
        for piece in self.pieces(moves, last=last):
            unit = self.unit(piece, wires)
            circuit.compose(unit.circuit, wires, inplace=True, copy=False)
            wires = tuple(wires[wire] for wire in unit.wires)
            if parts is not None:
                named = " + ".join(phase.term for phase in piece.phases)
                parts += unit.parts or ((named, len(unit.circuit.data)),)
        return wires


class BlockBuilder(Builder):
    """Every phase by itself: a phase compiler for the potential, transforms around k^2.

    What a target with edges needs is left to Qiskit's router. With a drive every phase of the
    potential is compiled for its own time.
    """

    def __init__(
        self,
        problem: Problem,
        compiler: str | PhaseCompiler = "walsh",
        target: Any = None,
        drive: Drive | None = None,
    ) -> None:
        super().__init__(problem, regions(target, problem.grid.num_qubits, count=1)[0])
        self._compiler, self._drive = phase_compiler(compiler), drive
        self._potentials: dict[Coarse, PhaseCircuit] = {}

    def block(self, phase: Phase) -> QuantumCircuit:
        """Gates of one phase on all qubits."""
        return self.unit(Piece((phase,)), self.home).circuit

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        (phase,), grid = piece.phases, self.problem.grid
        if phase.term == KINETIC:
            native = self._compiler is PHASE_COMPILERS[NATIVE]
            thin = grid.thinned(phase.coarse)
            block = _kinetic(thin, phase, native)
            return Unit(_widened(block, grid, phase.coarse), self.home, _kinetic_parts(thin, block))
        if phase.time is not None and self._drive is not None:
            moved = driven(self.problem, self._drive, phase.time)
            block = self._compiled(moved).circuit(phase.angle)
        else:
            block = self._potential(phase.coarse).circuit(phase.angle)
        return Unit(_widened(block, grid, phase.coarse), self.home)

    def _potential(self, coarse: Coarse) -> PhaseCircuit:
        if coarse not in self._potentials:
            self._potentials[coarse] = self._compiled(self.problem.thinned(coarse))
        return self._potentials[coarse]

    def _compiled(self, problem: Problem) -> PhaseCircuit:
        return self._compiler(problem.grid.to_vector(problem.values).astype(float))


class NetworkBuilder(Builder):
    """Networks with the fewest two-qubit gates, searched once and filled with angles.

    Between all pairs of wires a step begins wherever the slots are. On edges, all steps but the
    last bring them home, so that one network serves them all.

    Args:
        problem: Grid and objective.
        joint: Search a potential phase and the kinetic phase after it as one network, or one by
            one.
        target: See `regions`.
        coarse: Idle qubits of each axis in the finest stage: no network is searched for finer
            steps than there are. Not for targets with edges.
        search: Options of `synthesize`.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        joint: bool,
        target: Any = None,
        coarse: Coarse = 0,
        **search: Any,
    ) -> None:
        if joint and _is_mixed(problem.grid.thinned(coarse).qubits_per_axis):
            search = _part_of(search, _MIXED)
        self.search, self.problem = search, problem
        self._levels: dict[Coarse, tuple[Problem, WalshSeries]] = {}
        terms = (POTENTIAL, KINETIC) if joint else (KINETIC,)
        self.main = main = self._path_sum(*terms, coarse=coarse, home=False)
        self._networks: dict[tuple[PathSum, Wires], Network | None] = {}
        if coarse:
            super().__init__(problem, regions(target, problem.grid.num_qubits, count=1)[0])
        else:
            region, network = choose_layout(main, target, **search)
            if network is None and main.turned:
                self.main = main = self._path_sum(*terms, coarse=coarse, home=False, short=False)
                region, network = choose_layout(main, target, **search)
            super().__init__(problem, region)
            self._networks[main, self.home] = network
        self.joint = joint and self._network(main, self.home) is not None

    def pieces(self, moves: Iterable[Move], *, last: bool = True) -> list[Piece]:
        """Potential phases with the kinetic one after them, where steps are joint.

        On edges all pieces end where they started but the last two: nothing follows the last one,
        which can begin anywhere.
        """
        groups: list[Piece] = []
        for piece in super().pieces(moves):
            before = groups[-1].phases if groups else ()
            pair = (*before, *piece.phases)
            terms = [phase.term for phase in pair]
            if self.joint and terms == [POTENTIAL, KINETIC] and piece.refine is None:
                groups[-1] = Piece(pair)
            else:
                groups.append(piece)
        free = len(groups) - 2 if last else len(groups)
        edges = self.region.topology.edges is not None
        return [piece._replace(home=edges and i < free) for i, piece in enumerate(groups)]

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        units = [self._searched(piece, wires)]
        sizes = self.problem.grid.thinned(piece.coarse).qubits_per_axis
        if piece.phases[-1].term == KINETIC and _is_mixed(sizes):
            inside = (self._with_triples(piece, wires, own) for own in (True, False))
            units += [unit for unit in inside if unit is not None]
        return min(units, key=lambda unit: unit.cost)

    def _searched(self, piece: Piece, wires: Wires) -> Unit:
        """All phases of a piece by one network."""
        grid, coarse = self.problem.grid, piece.coarse
        terms = [phase.term for phase in piece.phases]
        path_sum = self._path_sum(*terms, coarse=coarse, home=piece.home)
        network = self._network(path_sum, wires)
        if network is None and path_sum.turned:
            path_sum = self._path_sum(*terms, coarse=coarse, home=piece.home, short=False)
            network = self._network(path_sum, wires)
        problem, series = self._level(coarse)
        if network is None:
            block = _kinetic(problem.grid, piece.phases[0])
            return Unit(_widened(block, grid, coarse), self.home)
        potential = sum(phase.angle for phase in piece.phases if phase.term == POTENTIAL)
        angles = {mask: potential * c for mask, c in series.to_dict().items()}
        axes, last = problem.grid.axes, piece.phases[-1]
        folds = fold_of_axes(last.fold, problem.grid)
        if path_sum.turned:
            block = _short(network, angles, axes, last.angle, folds)
        elif KINETIC in terms:
            block = network.circuit(step_angles(series, potential, axes, last.angle, folds))
        else:
            block = network.circuit(angles)
        return self._placed(block, network.wires, coarse)

    def _with_triples(self, piece: Piece, wires: Wires, own: bool) -> Unit | None:
        """The potential phase, then axis by axis.

        Those of three qubits may do the strings of their axis as well (`own`), which is not always
        cheaper. None where the wires of an axis are not neighbours.
        """
        problem, series = self._level(piece.coarse)
        n, axes = problem.grid.num_qubits, problem.grid.axes
        topology = self._region_of(wires, n).topology
        *before, kinetic = piece.phases
        rest = {mask: phase.angle * c for phase in before for mask, c in series.to_dict().items()}
        slots, parts, end = [], [], 0
        for axis in axes:
            slots.append(range(end, end := end + axis.num_qubits))
            alone = (1 << end) - (1 << slots[-1].start)
            taken = own and axis.num_qubits == TRIPLE
            masks = [m for m in rest if taken and m & ~alone == 0 and m.bit_count() > 1]
            parts.append({mask >> slots[-1].start: rest.pop(mask) for mask in masks})
        if own and not any(parts):
            return None
        path_sum = PathSum.diagonal(n, rest, home=topology.edges is not None)
        network = self._network(path_sum, wires)
        if network is None:
            return None
        circuit, ends = network.circuit(rest), list(network.wires)
        folds = fold_of_axes(kinetic.fold, problem.grid)
        for axis, fold, on, strings in zip(axes, folds, slots, parts, strict=True):
            edges = topology.among(on)
            unit = None
            if edges is not None:
                unit = self._axis(axis, kinetic.angle, fold, strings, edges, piece.home)
            if unit is None:
                return None
            held = [ends[slot] for slot in on]
            circuit.compose(unit.circuit, held, inplace=True)
            ends[on.start : on.stop] = [held[wire] for wire in unit.wires]
        return self._placed(circuit, ends, piece.coarse)

    def _axis(
        self,
        axis: Axis,
        angle: float,
        fold: Sequence[float],
        own: Mapping[int, float],
        topology: Topology,
        home: bool,
    ) -> Unit | None:
        """A step on the wires of one axis alone."""
        n = axis.num_qubits
        make = PathSum.short if n <= TRIPLE else PathSum.step
        network = synthesize(make(n, own, [n], home=home), topology, **self._alone)
        if network is None:
            return None
        if n <= TRIPLE:
            return Unit(_short(network, own, [axis], angle, [fold]), network.wires)
        nothing = WalshSeries.of_values([0.0] * 2**n)
        angles = step_angles(nothing, 0.0, [axis], angle, [fold])
        return Unit(network.circuit(angles), network.wires)

    def _placed(self, block: QuantumCircuit, wires: Sequence[int], coarse: Coarse) -> Unit:
        """Gates of a coarse grid on all qubits of the full one."""
        used, ends = active(self.problem.grid, coarse), list(self.home)
        for slot, wire in zip(used, wires, strict=True):
            ends[slot] = used[wire]
        return Unit(_widened(block, self.problem.grid, coarse), tuple(ends))

    @property
    def _alone(self) -> dict[str, Any]:
        """Options of the search for one phase alone, where it is done for a whole step."""
        return _part_of(self.search, _ALONE) if self.main.is_whole_step else self.search

    def _region_of(self, wires: Wires, size: int) -> Region:
        """The wires that so many slots are on: on a target with edges all of them."""
        region = self.region.placed(wires)
        if size < len(wires):
            return regions(Topology(size, rzz=region.topology.rzz), size)[0]
        return region

    def _network(self, path_sum: PathSum, wires: Wires) -> Network | None:
        key = (path_sum, wires)
        if key not in self._networks:
            region = self._region_of(wires, path_sum.num_slots)
            search = self.search if path_sum.is_whole_step else self._alone
            self._networks[key] = network_on(region, path_sum, **search)
        return self._networks[key]

    def _level(self, coarse: Coarse) -> tuple[Problem, WalshSeries]:
        if coarse not in self._levels:
            problem = self.problem.thinned(coarse)
            values = problem.grid.to_vector(problem.values)
            self._levels[coarse] = problem, WalshSeries.of_values(values)
        return self._levels[coarse]

    def _path_sum(self, *terms: object, coarse: Coarse, home: bool, short: bool = True) -> PathSum:
        problem, series = self._level(coarse)
        sizes = problem.grid.qubits_per_axis
        masks: Sequence[int] = series.masks.tolist() if POTENTIAL in terms else ()
        if KINETIC in terms:
            make = PathSum.short if short and max(sizes) <= TRIPLE else PathSum.step
            return make(sum(sizes), masks, sizes, home=home)
        return PathSum.diagonal(sum(sizes), masks, home=home)


def _part_of(search: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Options of a search with a share of its effort and time."""
    limit = search.get("time_limit")
    return {
        **search,
        "effort": share * search.get("effort", EFFORT),
        "time_limit": None if limit is None else share * limit,
    }


def _is_mixed(sizes: Sequence[int]) -> bool:
    """Whether there are axes of three qubits beside longer ones."""
    return TRIPLE in sizes and max(sizes) > TRIPLE


def _short(
    network: Network,
    potential: Mapping[int, float],
    axes: Sequence[Axis],
    kinetic: float,
    folds: Sequence[Sequence[float]],
) -> QuantumCircuit:
    """A step on short axes, all of it."""
    circuit = network.circuit(short_angles(potential, axes, kinetic, folds))
    close(circuit, network.wires, axes, kinetic, folds)
    return circuit


def _widened(block: QuantumCircuit, grid: Grid, coarse: Coarse) -> QuantumCircuit:
    """Gates of a coarse grid on all qubits of the full one."""
    if not coarse:
        return block
    return QuantumCircuit(grid.num_qubits).compose(block, active(grid, coarse))


def _refinement(grid: Grid, refine: Refine, phase: Phase | None) -> QuantumCircuit:
    """Kinetic phase, if there is one, and more qubits before the transform back.

    In momentum the lowest qubit of a register holds the sign, as the transform has no swaps: the
    new qubits, below it, take copies. An axis without new qubits or a phase needs no transform.
    """
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
        block.compose(to_position(len(new)), new, inplace=True)
    return block


def _kinetic(grid: Grid, phase: Phase, native: bool = False) -> QuantumCircuit:
    """Transforms around p and cp gates on every axis, or around a diagonal of the simulator."""
    made = native_kinetic_phase if native else kinetic_phase
    block = QuantumCircuit(grid.num_qubits)
    first = 0
    for axis, fold in zip(grid.axes, fold_of_axes(phase.fold, grid), strict=True):
        qubits = range(first, first + axis.num_qubits)
        block.compose(made(axis, phase.angle, fold), qubits, inplace=True)
        first += axis.num_qubits
    return block


def _kinetic_parts(grid: Grid, block: QuantumCircuit) -> Parts:
    """Names of the gates of `_kinetic`; all but the transforms are of the phases."""
    ends = [len(to_momentum(axis.num_qubits).data) for axis in grid.axes]
    left = len(block.data) - 2 * sum(ends)
    sizes = [n * (n + 1) // 2 for n in grid.qubits_per_axis]
    if left != sum(sizes):
        sizes = [1] * grid.dimensions  # diagonals of the simulator
    parts: list[tuple[str, int]] = []
    for number, (end, size) in enumerate(zip(ends, sizes, strict=True), 1):
        parts += [(f"transform x{number}", end), (f"kinetic x{number}", size)]
        parts.append((f"inverse x{number}", end))
    return tuple(parts)


def registers(grid: Grid) -> list[QuantumRegister]:
    """One register per axis, axis 0 first and therefore on the lowest qubits."""
    return [QuantumRegister(a.num_qubits, f"x{i}") for i, a in enumerate(grid.axes, 1)]
