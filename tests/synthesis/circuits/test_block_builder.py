"""Phases by rule: which of them, and how often they are synthesised."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator, Statevector

from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase, make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.builder import Piece
from qdml_quantum.synthesis.circuits.kinetic import to_position

PLANE = Problem(Grid([(-5, 5), (-6, 6)], [3, 4]), "himmelblau")


def test_equal_phases_are_synthesised_once(monkeypatch):
    problem = Problem(Grid([(-4, 4)], 3), "double_well")
    builder = BlockBuilder(problem)
    made = []
    make = builder._make
    monkeypatch.setattr(builder, "_make", lambda *key: made.append(key) or make(*key))
    recipe = make_recipe(Schedule.constant(1.0, num_steps=50, time_step=0.1), "strang")
    builder.append(builder.empty(), recipe.phases)
    assert len(made) == 3  # first half step, full step, kinetic


def test_one_phase_is_its_diagonal():
    block = BlockBuilder(PLANE).block(Phase(POTENTIAL, 0.3))
    expected = np.exp(-0.3j * PLANE.values.ravel(order="F"))
    np.testing.assert_allclose(np.diag(Operator(block).data), expected, atol=1e-10)


@pytest.mark.parametrize("compiler", ["walsh", "diagonal"])
def test_an_open_phase_lacks_the_transform_back(compiler):
    """Its parts too say what is there, and which slots are in momentum."""
    builder = BlockBuilder(PLANE, compiler)
    whole, opened = (
        builder.unit(Piece((Phase(KINETIC, 0.2),), open=open_), builder.home)
        for open_ in (False, True)
    )
    assert (whole.momentum, opened.momentum) == ((), ((0, 1, 2), (3, 4, 5, 6)))
    start = Statevector.from_label("+r0+1-0")
    back = start.evolve(opened.circuit)
    back = back.evolve(to_position(3), [0, 1, 2]).evolve(to_position(4), [3, 4, 5, 6])
    np.testing.assert_allclose(back.data, start.evolve(whole.circuit).data, atol=1e-12)
    assert sum(size for _, size in opened.parts) == len(opened.circuit.data)
    assert not any("inverse" in name for name, _ in opened.parts)
