"""What a circuit keeps of its signal on given qubits of a device, and where it keeps most."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

import numpy as np
import rustworkx
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction
from qiskit.transpiler import QubitProperties, Target

from qdml_quantum.hardware.devices.figures import FREE, completed, completed_qubits
from qdml_quantum.hardware.devices.noise import used_qubits
from qdml_quantum.support.arrays import Array

_MOST_LAYOUTS = 50_000
"""Most layouts on a device that are looked at."""
_SYMMETRIC = ("cz", "rzz")


@dataclass(frozen=True, eq=False)
class Tally:
    """What a circuit does to its wires, in numbers.

    Attributes:
        gates: How often every instruction stands on which wires.
        waiting: Seconds that each wire waits between its first gate and its measurement, with all
            gates as late as possible.
        seconds: Duration of the whole.
    """

    gates: Mapping[tuple[str, tuple[int, ...]], int]
    waiting: tuple[float, ...]
    seconds: float

    @classmethod
    def of(cls, circuit: QuantumCircuit, target: Target) -> Tally:
        """Count gates and seconds of a circuit on the qubits of a target."""
        gates: Counter[tuple[str, tuple[int, ...]]] = Counter()
        waiting, left = [0.0] * circuit.num_qubits, [0.0] * circuit.num_qubits
        lasting = {name: _durations(target, name) for name in circuit.count_ops()}
        for item in reversed(circuit.data):
            wires = tuple(circuit.find_bit(qubit).index for qubit in item.qubits)
            name, begun = item.operation.name, max((left[w] for w in wires), default=0.0)
            if name != "barrier":
                gates[name, wires] += 1
            for wire in wires:
                waiting[wire] += begun - left[wire]
                left[wire] = begun + lasting[name].get(wires, 0.0)
        return cls(gates, tuple(waiting), max(left, default=0.0))

    def losses(self, target: Target, qubits: NDArray[np.int64], *, idle: bool = True) -> Array:
        """``-log`` of the expected fidelity of many layouts: row i has the qubit of every wire."""
        total = np.zeros(len(qubits))
        table = cache(partial(_loss_table, target))
        for (name, wires), times in self.gates.items():
            if name not in FREE:
                total += times * table(name, len(wires))[tuple(qubits[:, wires].T)]
        if idle:
            known = completed_qubits(target)
            for wire, seconds in enumerate(self.waiting):
                total += _relaxation(known, seconds)[qubits[:, wire]]
        return total


def expected_fidelity(circuit: QuantumCircuit, target: Target, *, idle: bool = True) -> float:
    r"""Fidelity to expect from the error rates of a device, waiting and readout included.

        prod over gates and measurements of (1 - error)
        * prod over waiting qubits of (1 + e^(-t/T1) + 2 e^(-t/T2)) / 4

    An error that is not told is the worst of its kind; see `untold_errors` for kinds without any.
    Without waiting and where every error is known it is `QuantumCircuit.estimate_fidelity`
    of Qiskit 2.5 and newer.

    Args:
        circuit: On the qubits of the device and in its gates.
        target: Of the device.
        idle: Whether waiting counts.

    Returns:
        0 where the circuit has a gate that the device does not have there.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> bell = QuantumCircuit(156, 2)
    >>> _ = bell.sx(7), bell.cz(7, 8), bell.measure([7, 8], [0, 1])
    >>> round(expected_fidelity(bell, FakeFez().target), 3)
    0.97
    """
    everything = np.arange(circuit.num_qubits)[None, :]
    return math.exp(-float(Tally.of(circuit, target).losses(target, everything, idle=idle)[0]))


def duration(circuit: QuantumCircuit, target: Target) -> float:
    """Seconds of one shot, measurement included; 0 where the target knows no durations.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> one = QuantumCircuit(156, 1)
    >>> _ = one.sx(7), one.measure(7, 0)
    >>> round(duration(one, FakeFez().target) * 1e6, 3)
    1.584
    """
    return Tally.of(circuit, target).seconds


def reset_duration(circuit: QuantumCircuit, target: Target) -> float:
    """Seconds in which a device resets the qubits of a circuit before each shot, all at once.

    >>> from qiskit_ibm_runtime.fake_provider import FakeFez
    >>> one = QuantumCircuit(156, 1)
    >>> _ = one.measure(7, 0)
    >>> round(reset_duration(one, FakeFez().target) * 1e6, 3)
    1.584
    """
    used = {(qubit,) for qubit in used_qubits([circuit])}
    times = _durations(target, "reset")
    return max((times.get(qubit, 0.0) for qubit in used), default=0.0)


def _durations(target: Target, name: str) -> dict[tuple[int, ...] | None, float]:
    """Durations of an instruction, by its qubits; 0 where none of its kind is known."""
    if name not in target.operation_names or None in target[name]:
        return {}
    return {qubits: known.duration or 0.0 for qubits, known in completed(target, name).items()}


def _loss_table(target: Target, name: str, arity: int) -> Array:
    """``-log(1 - error)`` of an instruction by qubits; infinite where the device lacks it."""
    table = np.full((target.num_qubits,) * arity, np.inf)
    if name not in target.operation_names:
        return table
    if None in target[name]:
        return np.zeros_like(table)
    for qubits, figures in completed(target, name).items():
        error = figures.error or 0.0
        table[qubits] = -math.log1p(-error) if error < 1 else np.inf
    return np.minimum(table, table.T) if name in _SYMMETRIC else table


def _relaxation(known: Sequence[QubitProperties], seconds: float) -> Array:
    """``-log`` of the fidelity that each qubit keeps while it waits."""
    losses = np.zeros(len(known))
    for qubit, times in enumerate(known):
        t1 = times.t1 or math.inf
        t2 = min(times.t2 or math.inf, 2 * t1)
        losses[qubit] = -math.log((1 + math.exp(-seconds / t1) + 2 * math.exp(-seconds / t2)) / 4)
    return losses


def layouts(tallies: Iterable[Tally], target: Target, num_wires: int) -> NDArray[np.int64]:
    """Qubits for the wires: all ways to lay the pairs of a circuit on the edges of a device."""
    coupling = target.build_coupling_map()
    if coupling is None:
        return np.arange(num_wires)[None, :]
    pairs = {tuple(sorted(w)) for tally in tallies for _, w in tally.gates if len(w) == 2}
    edges = tuple((a, b) for a, b in coupling.get_edges() if a != b)
    return _mappings(coupling.size(), edges, num_wires, tuple(sorted((a, b) for a, b in pairs)))


@lru_cache(maxsize=64)
def _mappings(
    size: int,
    edges: tuple[tuple[int, int], ...],
    num_wires: int,
    pairs: tuple[tuple[int, int], ...],
) -> NDArray[np.int64]:
    """`layouts`; the candidates of a plan have few shapes, and ask for the same ones again."""
    device, wanted = rustworkx.PyGraph(multigraph=False), rustworkx.PyGraph()
    device.add_nodes_from(range(size))
    device.add_edges_from_no_data(edges)
    wanted.add_nodes_from(range(num_wires))
    wanted.add_edges_from_no_data(pairs)
    mappings = rustworkx.vf2_mapping(device, wanted, subgraph=True, induced=False, id_order=False)
    rows = [
        [qubit for _, qubit in sorted((wire, qubit) for qubit, wire in mapping.items())]
        for mapping in itertools.islice(mappings, _MOST_LAYOUTS)
    ]
    made = np.array(rows, dtype=np.int64).reshape(len(rows), num_wires)
    made.flags.writeable = False
    return made


def moved(circuit: QuantumCircuit, target: Target, qubits: Sequence[int]) -> QuantumCircuit:
    """A small circuit on qubits of the device: wire i goes to ``qubits[i]``."""
    wide = QuantumCircuit(target.num_qubits, name=circuit.name, global_phase=circuit.global_phase)
    for register in circuit.cregs:
        wide.add_register(register)
    index = dict(zip(circuit.qubits, qubits, strict=True))
    for item in circuit.data:
        name, ends = item.operation.name, tuple(index[qubit] for qubit in item.qubits)
        if name in _SYMMETRIC and ends not in target[name]:
            ends = ends[::-1]
        moved = tuple(wide.qubits[end] for end in ends)
        wide.append(CircuitInstruction(item.operation, moved, item.clbits), copy=False)
    return wide
