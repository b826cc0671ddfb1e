"""From a Qiskit target to wires: which qubits of a device to use, and the circuit on them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import IfElseOp
from qiskit.transpiler import (
    AnalysisPass,
    CouplingMap,
    Layout,
    PassManager,
    Target,
    generate_preset_pass_manager,
)

from qdml_quantum.support.messages import bad_type, bad_value, unknown
from qdml_quantum.synthesis.circuits.ends import FEED_FORWARD
from qdml_quantum.synthesis.circuits.gates import NATIVE
from qdml_quantum.synthesis.compiler import LATTICES
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.networks.topology import TABLE_WIRES, Edge, Topology

TWO_QUBIT_GATES = ("cx", "cz", "ecr", "rzz")
_BASIS = ["cx", "rz", "sx", "x", "measure"]
_LEVEL = 1  # Of Qiskit's transpiler: the network is optimised already.
_SHAPES, _KEPT_PER_SHAPE = 12, 4  # While regions grow; more takes longer, never measured finer.
_UNUSABLE = 1.0
"""Error that a calibration gives to a gate that does not work."""


@dataclass(frozen=True)
class Region:
    """Qubits of a target that take the wires of a circuit.

    Args:
        topology: Edges among the wires.
        qubits: Qubit of the target for every wire.
        target: What the gates are translated to, or None for cx, rz and h as they are.
    """

    topology: Topology
    qubits: tuple[int, ...]
    target: Target | None

    @property
    def native(self) -> tuple[str, ...]:
        """Gates of more than one CX that count one here; see `two_qubit_gates`."""
        return NATIVE if self.topology.rzz else ()

    def placed(self, slots: Sequence[int]) -> Region:
        """The same qubits with slot i on the wire that was ``slots[i]``."""
        topology = self.topology.among(slots)
        assert topology is not None, "all wires are there"
        return replace(self, topology=topology, qubits=tuple(self.qubits[w] for w in slots))


def regions(target: Any, num_qubits: int, *, count: int = 2) -> list[Region]:
    """Places for a circuit on a target, the most compact first.

    Args:
        target: None or ``"all-to-all"``, ``"line"``, ``"heavy-hex"``, ``"square"``; a Qiskit
            `CouplingMap`, `Target`, or backend with one; or a `Topology` for wires as they are.
        num_qubits: Wires that are needed.
        count: Most places to return, of different shapes; among equal shapes those with the least
            two-qubit error where the target knows it.

    Raises:
        ValueError: An unknown name, too few qubits, or qubits that cannot reach each other.
        TypeError: It is no target.
    """
    everything = tuple(range(num_qubits))
    if isinstance(target, Topology):
        _require(target.num_wires, num_qubits)
        return [Region(target, everything, None)]
    native = as_target(target, num_qubits)
    if native is None:
        return [Region(Topology(num_qubits), everything, None)]
    if native.num_qubits is not None:
        _require(native.num_qubits, num_qubits)
    rzz = "rzz" in native.operation_names
    coupling = native.build_coupling_map()
    if coupling is None:
        return [Region(Topology(num_qubits, None, rzz), everything, native)]
    edges = {(min(a, b), max(a, b)) for a, b in coupling.get_edges() if a != b}
    errors = {edge: e for edge, e in _errors(native, edges).items() if e < _UNUSABLE}
    shapes = _shapes(errors, coupling.size(), num_qubits)
    if not shapes:
        given = f"a coupling map in pieces, {coupling.size()} qubits in all"
        remedy = "Use fewer qubits, or a connected coupling map."
        raise bad_value("target", f"have {num_qubits} qubits that reach each other", given, remedy)
    topologies = (Topology.of_coupling(errors, qubits, rzz=rzz) for qubits in shapes[:count])
    placed = zip(topologies, shapes, strict=False)
    return [Region(topology, qubits, native) for topology, qubits in placed if topology]


def arrangements(
    region: Region, path_sum: PathSum, *, starts: int, seed: int = 0
) -> dict[Region, int]:
    """The region with slots placed so that the terms are near one wire, and how far they are.

    From random places on slots are exchanged in pairs as long as that helps; the distance is the
    sum over all terms. All orders that are passed on the way are there, the nearest first, equal
    ones once.

    Args:
        region: Where.
        path_sum: What to do there.
        starts: Number of random places, the first of which is slot i on wire i.
        seed: Of these.
    """
    topology, n = region.topology, path_sum.num_slots
    if region.target is None or topology.edges is None or n > TABLE_WIRES:
        return {region: 0}
    terms = [path_sum.slots(term) for term in path_sum.terms]
    # Slots of a chain that are no neighbours at home would have no network that ends there.
    chained = [1 << middle | 1 << end for middle, *ends in path_sum.chains for end in ends]
    masks = np.array(terms + chained * len(terms), dtype=np.int64)
    bits = masks[:, None] >> np.arange(n) & 1
    seen: dict[tuple[int, ...], int] = {}

    def cost(slots: list[int]) -> int:
        order = tuple(slots)
        if order not in seen:
            seen[order] = int(topology.distance[bits @ (1 << np.array(order))].sum())
        return seen[order]

    rng = np.random.default_rng(seed)
    for number in range(starts):
        slots = rng.permutation(n).tolist() if number else list(range(n))
        least, improved = cost(slots), True
        while improved:
            improved = False
            for a, b in itertools.combinations(range(n), 2):
                slots[a], slots[b] = slots[b], slots[a]
                if (now := cost(slots)) < least:
                    least, improved = now, True
                else:
                    slots[a], slots[b] = slots[b], slots[a]
    layouts: dict[tuple[Edge, ...] | None, tuple[Region, int]] = {}
    for order, distance in sorted(seen.items(), key=lambda item: (item[1], item[0])):
        layout = region.placed(order)
        layouts.setdefault(layout.topology.edges, (layout, distance))
    return dict(layouts.values())


def on_target(circuit: QuantumCircuit, region: Region, wires: Sequence[int]) -> QuantumCircuit:
    """A circuit on wires as one on the qubits of the target, in its gates.

    The circuit carries a Qiskit layout: virtual qubit i is slot i, which starts on
    ``region.qubits[i]`` and ends on ``region.qubits[wires[i]]``; `Operator.from_circuit` and
    `SparsePauliOp.apply_layout` understand it. Gates are translated at optimisation level 1, which
    merges one-qubit gates and drops no rotation; gates off the edges are routed by Qiskit.

    Args:
        circuit: On as many wires as the region has, with slot i on wire i at first.
        region: Where.
        wires: Wire on which every slot ends.
    """
    moved = _EndsOn(region.qubits, wires)
    if region.target is None:
        at_home = tuple(wires) == tuple(range(len(wires)))
        return circuit if at_home else PassManager([moved]).run(circuit)
    manager = generate_preset_pass_manager(
        optimization_level=_LEVEL,
        target=region.target,
        initial_layout=list(region.qubits),
        seed_transpiler=0,
    )
    manager.post_optimization = PassManager([moved])
    if region.target.has_angle_bounds():
        circuit = _folded(circuit)
    return manager.run(circuit)


def _folded(circuit: QuantumCircuit) -> QuantumCircuit:
    """RZZ angles in [0, pi/2], which is what devices with fractional gates take.

    ``Rzz(pi) = -i Z Z``, and X on one of the qubits turns the sign of the angle. Qiskit would turn
    cp into RZZ of any angle: it becomes CX and Rz here.
    """
    folded = circuit.copy_empty_like()
    for item in circuit.data:
        if item.operation.name not in ("rzz", "cp"):
            folded.append(item)
            continue
        angle = float(item.operation.params[0])
        if item.operation.name == "cp":
            a, b = item.qubits
            folded.p(angle / 2, a)
            folded.p(angle / 2, b)
            folded.cx(a, b)
            folded.p(-angle / 2, b)
            folded.cx(a, b)
            continue
        turns = round(angle / math.pi)
        rest = angle - turns * math.pi
        if rest < 0:
            folded.x(item.qubits[0])
        folded.rzz(abs(rest), *item.qubits)
        if rest < 0:
            folded.x(item.qubits[0])
        if turns % 2:
            folded.z(item.qubits[0])
            folded.z(item.qubits[1])
        folded.global_phase -= math.pi / 2 * turns
    return folded


class _EndsOn(AnalysisPass):  # type: ignore[misc]  # Qiskit is not typed
    """Records in the layout where slots end, after any routing."""

    def __init__(self, qubits: Sequence[int], wires: Sequence[int]) -> None:
        super().__init__()
        self.qubits, self.wires = tuple(qubits), tuple(wires)

    def run(self, dag: Any) -> None:
        known = self.property_set["final_layout"]
        final = {qubit: index for index, qubit in enumerate(dag.qubits)}
        if known is not None:
            final = {qubit: known[qubit] for qubit in dag.qubits}
        ends = {self.qubits[i]: final[dag.qubits[self.qubits[w]]] for i, w in enumerate(self.wires)}
        final |= {dag.qubits[start]: end for start, end in ends.items()}
        self.property_set["final_layout"] = Layout(final)


def has_our_gates(target: Target) -> bool:
    """Whether networks can be searched for a target; Qiskit translates for one with other gates."""
    return not set(TWO_QUBIT_GATES).isdisjoint(target.operation_names)


def as_target(target: Any, num_qubits: int) -> Target | None:
    """The Qiskit target that is meant, or None for all pairs in our own gates; see `regions`."""
    if isinstance(target, str):
        if target not in LATTICES:
            raise ValueError(unknown("target", target, LATTICES))
        target = None if target == "all-to-all" else _lattice(target, num_qubits)
    if target is None:
        return None
    if isinstance(target, CouplingMap):
        target = Target.from_configuration(_BASIS, coupling_map=target)
        target.add_instruction(IfElseOp, name=FEED_FORWARD)  # A lattice says where, not what.
    native = getattr(target, "target", target)
    if not isinstance(native, Target):
        remedy = f"Names: {', '.join(LATTICES)}."
        raise bad_type("target", "be a name, a CouplingMap, a Target or a backend", target, remedy)
    if not has_our_gates(native):
        must = f"have one of the gates {', '.join(TWO_QUBIT_GATES)}"
        given = ", ".join(sorted(native.operation_names)) or "without any"
        remedy = "Use another target, or transpile an all-to-all circuit."
        raise bad_value("target", must, given, remedy)
    return native


def _lattice(name: str, num_qubits: int) -> CouplingMap:
    """The smallest of its kind that holds so many qubits."""
    if name == "line":
        return CouplingMap.from_line(max(2, num_qubits), bidirectional=True)
    if name == "square":
        rows = max(2, math.isqrt(num_qubits))
        return CouplingMap.from_grid(rows, -(-num_qubits // rows))
    distances = (CouplingMap.from_heavy_hex(distance) for distance in itertools.count(3, 2))
    return next(lattice for lattice in distances if lattice.size() >= num_qubits)


def _require(width: int, num_qubits: int) -> None:
    if width < num_qubits:
        remedy = "Use fewer qubits per axis, or a larger target."
        raise bad_value("target", f"have at least {num_qubits} qubits", f"one with {width}", remedy)


def _errors(target: Target, edges: Iterable[Edge]) -> dict[Edge, float]:
    """Largest error of the two-qubit gates on every edge; 0 where the target does not know it."""
    errors = dict.fromkeys(edges, 0.0)
    for name in TWO_QUBIT_GATES:
        if name not in target.operation_names:
            continue
        for qubits, properties in target[name].items():
            if qubits is not None and len(qubits) == 2:
                edge = (min(qubits), max(qubits))
                known = getattr(properties, "error", None)
                errors[edge] = max(errors[edge], 0.0 if known is None else known)
    return errors


def _shapes(errors: dict[Edge, float], width: int, num_qubits: int) -> list[tuple[int, ...]]:
    """Connected sets of qubits, one per shape, compact first and with little error.

    Sets grow by one neighbour at a time; of each shape, told by its distances, the few with the
    least error go on, and of all shapes the most compact.
    """
    neighbours: dict[int, set[int]] = {qubit: set() for qubit in range(width)}
    for a, b in errors:
        neighbours[a].add(b)
        neighbours[b].add(a)
    sets = {frozenset([qubit]) for qubit in neighbours}
    for _ in range(num_qubits - 1):
        grown = {s | {n} for s in sets for q in s for n in neighbours[q] - s}
        shapes: dict[tuple[int, ...], list[tuple[float, list[int]]]] = {}
        for candidate in grown:
            shape = _distances(candidate, neighbours)
            error = sum(e for (a, b), e in errors.items() if a in candidate and b in candidate)
            shapes.setdefault(shape, []).append((error, sorted(candidate)))
        compact = sorted(shapes, key=lambda shape: (sum(shape), shape))[:_SHAPES]
        best = [sorted(shapes[shape])[:_KEPT_PER_SHAPE] for shape in compact]
        sets = {frozenset(qubits) for group in best for _, qubits in group}
        if not sets:
            return []
        order = [group[0][1] for group in best]
    return [tuple(qubits) for qubits in order] if num_qubits > 1 else [(0,)]


def _distances(qubits: frozenset[int], neighbours: dict[int, set[int]]) -> tuple[int, ...]:
    """Sorted distances inside a connected set."""
    distances = []
    for start in qubits:
        seen, front, steps = {start}, {start}, 0
        while front:
            distances += [steps] * len(front)
            front = {n for q in front for n in neighbours[q] if n in qubits} - seen
            seen |= front
            steps += 1
    return tuple(sorted(distances))
