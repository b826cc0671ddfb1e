"""Whole arrays, moved by the propagator."""

import numpy as np
import pytest

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import sample_counts
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.goal import Goal

PLANE = Problem(Grid([(-5, 5), (-4, 4)], [4, 5]), "himmelblau")
SCHEDULE = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=5, time_step=0.05)
ANNEAL = Anneal(PLANE, SCHEDULE)


def test_it_moves_as_the_propagator_does():
    engine = NumPyEngine(PLANE)
    psi = engine.begin(ANNEAL)
    psi = engine.run(psi, ANNEAL.recipe.stages)
    np.testing.assert_array_equal(engine.whole(psi), ANNEAL.final_state())


def test_it_sees_what_hamiltonian_goal_and_checks_say():
    engine, goal, psi = NumPyEngine(PLANE), Goal(PLANE), ANNEAL.final_state()
    before = psi.copy()
    sight = engine.observe(psi, 0.2, goal)
    energy, variance = Hamiltonian(PLANE, 0.2).moments(psi)
    assert (sight.energy, sight.variance) == pytest.approx((energy, variance), rel=1e-12)
    assert sight.success == goal.share(np.abs(psi) ** 2)
    assert sight.aliasing == checks.aliasing_weight(psi, PLANE.grid)
    assert sight.edge == checks.edge_weight(psi)
    assert engine.edge(psi) == checks.edge_sum(psi)
    np.testing.assert_array_equal(psi, before)


def test_it_draws_as_ever():
    psi = ANNEAL.final_state()
    expected = sample_counts(np.abs(psi) ** 2, PLANE.grid, 500, 3)
    assert NumPyEngine(PLANE).sample(psi, "position", 500, 3) == expected


def test_one_block_there_and_back():
    engine, psi = NumPyEngine(PLANE), ANNEAL.final_state()
    blocks = engine.blocks(psi)
    assert len(blocks) == 1
    np.testing.assert_array_equal(engine.from_blocks(blocks), psi)
    assert engine.from_blocks({"state": psi[:, :4]}) is None
    assert engine.from_blocks({}) is None
