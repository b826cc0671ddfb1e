"""What a circuit costs, without building all of it."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qdml_quantum.problem import Problem
from qdml_quantum.recipe import Recipe
from qdml_quantum.states import Initial
from qdml_quantum.synthesis.circuit import CircuitBuilder, two_qubit_gates
from qdml_quantum.synthesis.potential import PhaseCompiler
from qdml_quantum.synthesis.prepare import prepare


def circuit_cost(
    problem: Problem, recipe: Recipe, initial: Initial, compiler: str | PhaseCompiler
) -> dict[str, int]:
    """Gates, two-qubit gates and depth of the circuit of a recipe, before transpilation.

    One block per term is made and repeated, which is exact where a compiler makes the same gates
    whatever the angle (Walsh does; Qiskit's `DiagonalGate` leaves out those of angle 0).

    Returns:
        The keys `gates`, `two_qubit_gates` and `depth`.
    """
    builder = CircuitBuilder(problem, compiler)
    start = prepare(initial, problem.grid)
    first = {phase.term: phase for phase in reversed(recipe.phases)}
    blocks = {term: builder.block(phase) for term, phase in first.items()}
    numbers = Counter(phase.term for phase in recipe.phases)
    paths = {term: longest_paths(block) for term, block in blocks.items()}
    levels = longest_paths(start).max(axis=1)
    for phase in recipe.phases:
        levels = (paths[phase.term] + levels).max(axis=1)
    return {
        "gates": start.size() + sum(n * blocks[term].size() for term, n in numbers.items()),
        "two_qubit_gates": two_qubit_gates(start)
        + sum(n * two_qubit_gates(blocks[term]) for term, n in numbers.items()),
        "depth": int(levels.max()),
    }


def rotation_angles(
    problem: Problem, recipe: Recipe, compiler: str | PhaseCompiler
) -> NDArray[np.float64]:
    """Angles of every rotation in the phases of a recipe, equal phases once.

    >>> from qdml_quantum.grid import Grid
    >>> from qdml_quantum.recipe import make_recipe
    >>> from qdml_quantum.schedule import Schedule
    >>> recipe = make_recipe(Schedule.constant(1.0, num_steps=2, time_step=0.1))
    >>> rotation_angles(Problem(Grid([(-4, 4)], 2), "harmonic"), recipe, "walsh").size
    11
    """
    builder = CircuitBuilder(problem, compiler)
    return np.array(
        [
            float(parameter)
            for phase in dict.fromkeys(recipe.phases)
            for item in builder.block(phase).data
            for parameter in item.operation.params
        ]
    )


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
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for item in circuit.data:
        wires = [place[qubit] for qubit in item.qubits]
        paths[wires] = paths[wires].max(axis=0) + 1
    return paths
