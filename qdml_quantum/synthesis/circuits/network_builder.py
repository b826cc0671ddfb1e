"""Every step by a network that was searched for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.dynamics.dispersion import fold_of_axes
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Move
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.grid import Axis, Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.block_builder import whole_kinetic
from qdml_quantum.synthesis.circuits.builder import (
    Builder,
    Momentum,
    Piece,
    Unit,
    Wires,
    slots_by_axis,
    widened,
)
from qdml_quantum.synthesis.circuits.initial import active
from qdml_quantum.synthesis.circuits.kinetic import kinetic_phase
from qdml_quantum.synthesis.circuits.targets import Region, regions
from qdml_quantum.synthesis.compiler import EFFORT
from qdml_quantum.synthesis.networks.layout import choose_layout, network_on
from qdml_quantum.synthesis.networks.network import Network
from qdml_quantum.synthesis.networks.path_sum import PAIR, TRIPLE, PathSum
from qdml_quantum.synthesis.networks.short import close, short_angles
from qdml_quantum.synthesis.networks.step import step_angles
from qdml_quantum.synthesis.networks.synthesize import synthesize
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Topology
from qdml_quantum.synthesis.phases.sums import series_of
from qdml_quantum.synthesis.phases.walsh import WalshSeries

_ALONE = 0.3
"""Share of the effort and time of a whole step that one of its phases alone gets."""
_APART = 18
"""Wires from which a step is also tried as a network of the potential and one for every axis: it
takes 203 CX instead of 207 and 299 instead of 300 on five axes of four qubits, in a fifth of the
time, and 340 instead of 330, 187 instead of 183 on three of five. A step on more than 20 is made in
no other way."""
_MIXED = 0.55
"""Share that a step keeps for itself where axes of three qubits are also tried alone."""


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
        self._levels: dict[Coarse, tuple[Grid, WalshSeries]] = {}
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
        self.joint = joint and (
            self._network(main, self.home) is not None or problem.grid.dimensions > 1
        )

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
        sizes = self.problem.grid.thinned(piece.coarse).qubits_per_axis
        kinetic = piece.phases[-1].term == KINETIC
        if piece.open and not (kinetic and max(sizes) > TRIPLE):
            # On three qubits half a Fourier transform takes as many terms as `PathSum.short`.
            return self._make(piece._replace(open=False), wires)
        whole = self._opened(piece, wires) if piece.open else self._searched(piece, wires)
        ways: tuple[Collection[int], ...] = ()
        if kinetic and _is_mixed(sizes):
            ways = ((TRIPLE,), ())
        elif whole is None or (kinetic and len(sizes) > 1 and sum(sizes) >= _APART):
            ways = ((),)
        units = [whole, *(self._by_axis(piece, wires, own) for own in ways)]
        known = [unit for unit in units if unit is not None]
        if piece.open and not known:
            return self._make(piece._replace(open=False), wires)
        return min(known, key=lambda unit: unit.cost)

    def _searched(self, piece: Piece, wires: Wires) -> Unit | None:
        """All phases of a piece by one network; None where they are too many for one."""
        coarse = piece.coarse
        terms = [phase.term for phase in piece.phases]
        path_sum = self._path_sum(*terms, coarse=coarse, home=piece.home)
        network = self._network(path_sum, wires)
        if network is None and path_sum.turned:
            path_sum = self._path_sum(*terms, coarse=coarse, home=piece.home, short=False)
            network = self._network(path_sum, wires)
        grid, series = self._level(coarse)
        if network is None and len(terms) > 1:
            return None
        if network is None:
            block = whole_kinetic(grid, piece.phases[0])
            return Unit(widened(block, self.problem.grid, coarse), self.home)
        potential = sum(phase.angle for phase in piece.phases if phase.term == POTENTIAL)
        angles = {mask: potential * c for mask, c in series.to_dict().items()}
        axes, last = grid.axes, piece.phases[-1]
        folds = fold_of_axes(last.fold, grid)
        if path_sum.turned:
            block = _short(network, angles, axes, last.angle, folds)
        elif KINETIC in terms:
            block = network.circuit(step_angles(series, potential, axes, last.angle, folds))
        else:
            block = network.circuit(angles)
        return self._placed(block, network.wires, coarse)

    def _opened(self, piece: Piece, wires: Wires) -> Unit | None:
        """A step that ends in momentum, but for axes of two qubits or fewer, which cost nothing.

        None where no network is known.
        """
        grid, series = self._level(piece.coarse)
        last, sizes = piece.phases[-1], grid.qubits_per_axis
        terms = [phase.term for phase in piece.phases]
        masks = series.masks.tolist() if POTENTIAL in terms else ()
        path_sum = PathSum.step(sum(sizes), masks, sizes, home=piece.home, back=False)
        network = self._network(path_sum, wires)
        if network is None:
            return None
        potential = sum(phase.angle for phase in piece.phases if phase.term == POTENTIAL)
        folds = fold_of_axes(last.fold, grid)
        axes = grid.axes
        block = network.circuit(step_angles(series, potential, axes, last.angle, folds, back=False))
        momentum: list[Wires] = []
        slots = slots_by_axis(self.problem.grid, piece.coarse)
        for on, alone in zip(slots, slots_by_axis(grid, 0), strict=True):
            if len(on) > PAIR:
                momentum.append(on)
            else:
                block.h([network.wires[slot] for slot in alone])
        return self._placed(block, network.wires, piece.coarse, tuple(momentum))

    def _by_axis(self, piece: Piece, wires: Wires, own: Collection[int]) -> Unit | None:
        """The potential phase, then axis by axis.

        Axes of some sizes (`own`) do the strings of their axis as well, which is not always cheaper
        where all of a step fits into one network. None where the wires of an axis are not
        neighbours.
        """
        grid, series = self._level(piece.coarse)
        n, axes = grid.num_qubits, grid.axes
        topology = self._region_of(wires, n).topology
        if n > TABLE_WIRES:  # As `network_on` does: Qiskit routes the network.
            topology = replace(topology, edges=None)
        *before, kinetic = piece.phases
        rest = {mask: phase.angle * c for phase in before for mask, c in series.to_dict().items()}
        slots, parts, end = [], [], 0
        for axis in axes:
            slots.append(range(end, end := end + axis.num_qubits))
            alone = (1 << end) - (1 << slots[-1].start)
            taken = axis.num_qubits in own
            masks = [m for m in rest if taken and m & ~alone == 0 and m.bit_count() > 1]
            parts.append({mask >> slots[-1].start: rest.pop(mask) for mask in masks})
        if own and not any(parts):
            return None
        path_sum = PathSum.diagonal(n, rest, home=topology.edges is not None)
        network = self._network(path_sum, wires)
        if network is None:
            return None
        circuit, ends = network.circuit(rest), list(network.wires)
        momentum: list[Wires] = []
        used = slots_by_axis(self.problem.grid, piece.coarse)
        folds = fold_of_axes(kinetic.fold, grid)
        for axis, fold, on, strings, full in zip(axes, folds, slots, parts, used, strict=True):
            edges = topology.among(on)
            unit = None
            if edges is not None:
                back = not piece.open or axis.num_qubits <= TRIPLE
                unit = self._axis(
                    axis, kinetic.angle, fold, strings, edges, home=piece.home, back=back
                )
                momentum += [full] * (not back)
            if unit is None:
                return None
            held = [ends[slot] for slot in on]
            circuit.compose(unit.circuit, held, inplace=True)
            ends[on.start : on.stop] = [held[wire] for wire in unit.wires]
        return self._placed(circuit, ends, piece.coarse, tuple(momentum))

    def _axis(
        self,
        axis: Axis,
        angle: float,
        fold: Sequence[float],
        own: Mapping[int, float],
        topology: Topology,
        *,
        home: bool,
        back: bool,
    ) -> Unit | None:
        """A step on the wires of one axis alone."""
        n = axis.num_qubits
        if n <= TRIPLE:
            path_sum = PathSum.short(n, own, [n], home=home)
        else:
            path_sum = PathSum.step(n, own, [n], home=home, back=back)
        network = synthesize(path_sum, topology, **self._alone)
        if network is None and (own or topology.edges is not None):
            return None
        if network is None:  # An axis of more than 20 qubits is made by rule.
            return Unit(kinetic_phase(axis, angle, fold, back=back), tuple(range(n)))
        if n <= TRIPLE:
            return Unit(_short(network, own, [axis], angle, [fold]), network.wires)
        strings = WalshSeries.of_dict(n, own)
        angles = step_angles(strings, 1.0, [axis], angle, [fold], back=back)
        return Unit(network.circuit(angles), network.wires)

    def _placed(
        self,
        block: QuantumCircuit,
        wires: Sequence[int],
        coarse: Coarse,
        momentum: Momentum = (),
    ) -> Unit:
        """Gates of a coarse grid on all qubits of the full one."""
        used, ends = active(self.problem.grid, coarse), list(self.home)
        for slot, wire in zip(used, wires, strict=True):
            ends[slot] = used[wire]
        return Unit(widened(block, self.problem.grid, coarse), tuple(ends), momentum=momentum)

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

    def _level(self, coarse: Coarse) -> tuple[Grid, WalshSeries]:
        if coarse not in self._levels:
            self._levels[coarse] = (
                self.problem.grid.thinned(coarse),
                series_of(self.problem, coarse),
            )
        return self._levels[coarse]

    def _path_sum(self, *terms: object, coarse: Coarse, home: bool, short: bool = True) -> PathSum:
        grid, series = self._level(coarse)
        sizes = grid.qubits_per_axis
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
