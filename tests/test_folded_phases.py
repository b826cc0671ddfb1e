"""Folded momentum phases on every interpreter: the same states, and not one two-qubit gate more."""

from dataclasses import replace

import numpy as np
import pytest

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule, Stage, anneal, build
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

RNG = np.random.default_rng(5)


def case(sizes, *levels):
    """Steps on a random table: idle qubits and folded phases of every axis, as many as fit."""
    grid = Grid([(-1, 2 + axis) for axis in range(len(sizes))], sizes)
    stages = []
    for coarse in levels:
        used = grid.thinned(coarse).qubits_per_axis
        fold = [RNG.normal(0, 0.2, size - 1).tolist() for size in used]
        stages.append(Stage(0.3, 0.4, 1, coarse, fold))
    values = RNG.normal(size=grid.shape)
    return Anneal(Problem.from_table(values, grid.bounds), Schedule(tuple(stages), 0.1))


def unfolded(one):
    stages = (replace(stage, fold=()) for stage in one.schedule.stages)
    return replace(one, schedule=Schedule(tuple(stages), one.schedule.goal))


CASES = {
    "three qubits": case([3], 0, 0),
    "four": case([4], 0, 0),
    "one, two and three": case([1, 2, 3], 0, 0),
    "three and four": case([3, 4], 0, 0),
    "coarse, then finer": case([5], 2, 1, 1),
    "one axis coarse": case([3, 4], (1, 0), (0, 0)),
}


WAYS = [
    *[(name, compiler, None) for name in CASES for compiler in ("walsh", "joint")],
    ("three qubits", "separate", "line"),
    ("four", "joint", "line"),
    ("one, two and three", "joint", "heavy-hex"),
    ("coarse, then finer", "separate", None),
]


@pytest.mark.parametrize(("name", "compiler", "target"), WAYS)
def test_circuits_make_the_state_of_the_emulator_at_no_gate(name, compiler, target):
    one = CASES[name]
    chosen = Compiler(compiler, budget="exact", target=target, effort=0.02)
    run = anneal(one, backend="aer", compiler=chosen, validate=False)
    assert state_distance(run.state, one.final_state()) < 1e-9
    assert state_distance(run.state, unfolded(one).final_state()) > 0.05
    folded, plain = (build(which, compiler=chosen) for which in (one, unfolded(one)))
    assert two_qubit_gates(folded) == two_qubit_gates(plain)
