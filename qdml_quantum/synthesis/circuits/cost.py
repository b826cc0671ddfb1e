"""What a circuit costs, without building all of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qdml_quantum.dynamics.recipe import Recipe
from qdml_quantum.problem.states import Initial
from qdml_quantum.synthesis.circuits.builder import Builder, Piece, Wires
from qdml_quantum.synthesis.circuits.circuit import start
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates


def circuit_cost(builder: Builder, recipe: Recipe, initial: Initial) -> dict[str, int]:
    """Gates, two-qubit gates and depth of the circuit of a recipe, before transpilation.

    One unit of every kind is made and repeated, which is exact where a compiler makes the same
    gates whatever the angle (all do but Qiskit's `DiagonalGate`, which leaves out those of angle
    0).

    Returns:
        The keys `gates`, `two_qubit_gates` and `depth`.
    """
    coarse = recipe.moves[0].coarse
    first = start(initial, builder.problem.grid, builder.region, coarse)
    total = {"gates": first.size(), "two_qubit_gates": two_qubit_gates(first)}
    levels = longest_paths(first).max(axis=1)
    samples: dict[tuple[object, ...], tuple[Wires, int, int, NDArray[np.float64]]] = {}
    wires = builder.home
    for piece in builder.pieces(recipe.moves):
        key = (piece.kind, builder.start_of(wires))
        if key not in samples:
            unit = builder.unit(piece, wires)
            size, pairs = unit.circuit.size(), two_qubit_gates(unit.circuit)
            samples[key] = (unit.wires, size, pairs, longest_paths(unit.circuit))
        after, size, pairs, paths = samples[key]
        total["gates"] += size
        total["two_qubit_gates"] += pairs
        rows = list(wires)
        levels[rows] = (paths + levels[rows]).max(axis=1)
        wires = tuple(wires[wire] for wire in after)
    return total | {"depth": int(levels.max())}


def rotation_angles(builder: Builder, recipe: Recipe) -> NDArray[np.float64]:
    """Angles of every rotation in the phases of a recipe, equal pieces once.

    >>> from qdml_quantum.problem.grid import Grid
    >>> from qdml_quantum.problem.problem import Problem
    >>> from qdml_quantum.dynamics.recipe import make_recipe
    >>> from qdml_quantum.dynamics.schedule import Schedule
    >>> from qdml_quantum.synthesis.circuits.builder import BlockBuilder
    >>> recipe = make_recipe(Schedule.constant(1.0, num_steps=2, time_step=0.1))
    >>> rotation_angles(BlockBuilder(Problem(Grid([(-4, 4)], 2), "harmonic")), recipe).size
    11
    """
    angles: list[float] = []
    seen: set[Piece] = set()
    wires = builder.home
    for piece in builder.pieces(recipe.moves):
        unit = builder.unit(piece, wires)
        wires = tuple(wires[wire] for wire in unit.wires)
        if piece not in seen:
            seen.add(piece)
            angles += [float(p) for item in unit.circuit.data for p in item.operation.params]
    return np.array(angles)


def longest_paths(circuit: QuantumCircuit) -> NDArray[np.float64]:
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
