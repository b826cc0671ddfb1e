"""What a circuit costs, without building all of it where it is long."""

from __future__ import annotations

from collections import Counter
from typing import Any

from qdml_quantum.problem import Problem
from qdml_quantum.recipe import Recipe
from qdml_quantum.states import Initial
from qdml_quantum.synthesis.circuit import CircuitBuilder, two_qubit_gates
from qdml_quantum.synthesis.potential import PhaseCompiler
from qdml_quantum.synthesis.prepare import prepare

_DEPTH_GATES = 1_000_000


def circuit_cost(
    problem: Problem, recipe: Recipe, initial: Initial, compiler: str | PhaseCompiler
) -> dict[str, Any]:
    """Gates, two-qubit gates and depth of the circuit of a recipe, before transpilation.

    Up to a million gates the circuit is made and counted. Above, one block per term is multiplied,
    which is exact where a compiler makes the same gates whatever the angle (Walsh does, Qiskit's
    `DiagonalGate` leaves some out), and the depth is None.

    Returns:
        The keys `gates`, `two_qubit_gates` and `depth`.
    """
    builder = CircuitBuilder(problem, compiler)
    start = prepare(initial, problem.grid)
    gates, pairs = start.size(), two_qubit_gates(start)
    first = {phase.term: phase for phase in reversed(recipe.phases)}
    for term, number in Counter(phase.term for phase in recipe.phases).items():
        block = builder.block(first[term])
        gates += number * block.size()
        pairs += number * two_qubit_gates(block)
    if gates > _DEPTH_GATES:
        return {"gates": gates, "two_qubit_gates": pairs, "depth": None}
    circuit = builder.empty()
    circuit.compose(start, inplace=True)
    builder.append(circuit, recipe.phases)
    return {
        "gates": circuit.size(),
        "two_qubit_gates": two_qubit_gates(circuit),
        "depth": circuit.depth(),
    }
