"""What a circuit costs, without building all of it."""

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

    The counts are exact: every phase has the same gates whatever its angle, so one block per term
    is enough. The depth needs the whole circuit and is None above a million gates.

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
    depth = None
    if gates <= _DEPTH_GATES:
        circuit = builder.empty()
        circuit.compose(start, inplace=True)
        depth = builder.append(circuit, recipe.phases).depth()
    return {"gates": gates, "two_qubit_gates": pairs, "depth": depth}
