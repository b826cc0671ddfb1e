"""What a circuit costs, without building all of it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from qiskit import QuantumCircuit

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.circuits.builder import Builder, Wires
from qdml_quantum.synthesis.circuits.circuit import start
from qdml_quantum.synthesis.circuits.ends import FEED_FORWARD
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates


def circuit_cost(builder: Builder, anneal: Anneal) -> dict[str, int]:
    """Gates, two-qubit gates and depth of the circuit of an anneal, before transpilation.

    One unit of every kind is made and repeated, which is exact where a compiler makes the same
    gates whatever the angle (all do but Qiskit's `DiagonalGate`, which leaves out those of angle
    0).

    Returns:
        The keys `gates`, `two_qubit_gates` and `depth`.
    """
    first = start(anneal.initial, anneal.grid, builder.region, anneal.schedule.coarse)
    native = builder.region.native
    total = {"gates": first.size(), "two_qubit_gates": two_qubit_gates(first, native=native)}
    levels = longest_paths(first).max(axis=1)
    samples: dict[tuple[object, ...], tuple[Wires, int, int, Array]] = {}
    wires = builder.home
    for piece in builder.pieces(anneal.recipe.moves):
        key = (piece.kind, builder.start_of(wires))
        if key not in samples:
            unit = builder.unit(piece, wires)
            size, pairs = unit.circuit.size(), two_qubit_gates(unit.circuit, native=native)
            samples[key] = (unit.wires, size, pairs, longest_paths(unit.circuit))
        after, size, pairs, paths = samples[key]
        total["gates"] += size
        total["two_qubit_gates"] += pairs
        rows = list(wires)
        levels[rows] = (paths + levels[rows]).max(axis=1)
        wires = tuple(wires[wire] for wire in after)
    return total | {"depth": int(levels.max())}


def cost_of(circuit: QuantumCircuit, *, native: Collection[str] = ()) -> dict[str, int]:
    """Gates, two-qubit gates and depth of a circuit that is there, measurements among them.

    Args:
        circuit: Of any gates.
        native: See `two_qubit_gates`.

    Returns:
        The keys of `circuit_cost`, and `feed_forward`, how many blocks wait for a measured bit,
        where there are any.
    """
    waits = circuit.count_ops().get(FEED_FORWARD, 0)
    return {
        "gates": circuit.size(),
        "two_qubit_gates": two_qubit_gates(circuit, native=native),
        "depth": circuit.depth(),
        **({"feed_forward": waits} if waits else {}),
    }


def longest_paths(circuit: QuantumCircuit) -> Array:
    """Gates on the longest path from every wire in (column) to every wire out (row).

    A wire that does not lead to another has -inf. The depth of circuits one after another is the
    product of these matrices in the (max, +) algebra: ``levels_i = max_j (paths_ij + levels_j)``.

    >>> chain = QuantumCircuit(3)
    >>> _ = chain.cx(0, 1), chain.cx(1, 2)
    >>> longest_paths(chain)
    array([[  1.,   1., -inf],
           [  2.,   2.,   1.],
           [  2.,   2.,   1.]])
    """
    size = circuit.num_qubits
    paths = np.where(np.eye(size, dtype=bool), 0.0, -np.inf)
    for item in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in item.qubits]
        paths[wires] = paths[wires].max(axis=0) + 1
    return paths
