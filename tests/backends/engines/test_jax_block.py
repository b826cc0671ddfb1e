"""The block of `ground_state` moved by JAX: the same ground states as with NumPy."""

import numpy as np
import pytest

pytest.importorskip("jax")

from qdml_quantum import Grid, Problem, ground_state, relax
from qdml_quantum.backends.engines.jax_block import JaxBlockSteps
from qdml_quantum.dynamics.formulas import as_formula
from qdml_quantum.reference.block import BlockSteps

PROBLEMS = {
    "line": Problem(Grid([(-2.5, 2.5)], 6), "double_well"),
    "two points": Problem(Grid([(-8, 8)], 1), "harmonic"),
    "plane": Problem(Grid([(-5, 5), (-4, 4)], [5, 4]), "himmelblau"),
    "four axes": Problem(Grid([(-3, 3)] * 4, [2, 3, 2, 3]), "rastrigin"),
}


@pytest.mark.parametrize("formula", ["lie", "strang"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_a_chunk_of_steps_is_that_of_numpy(name, formula):
    problem = PROBLEMS[name]
    block = np.random.default_rng(1).standard_normal((3, *problem.grid.shape))
    given = problem, 0.3, as_formula(formula)
    for num_steps in (1, 2, 37):
        ours, theirs = (
            kind(*given).propagate(block, 1e-3, num_steps) for kind in (JaxBlockSteps, BlockSteps)
        )
        assert np.abs(ours - theirs).max() < 1e-13 * np.abs(theirs).max()


@pytest.mark.parametrize("name", ["line", "plane"])
def test_the_ground_state_is_that_of_numpy(name):
    problem = PROBLEMS[name]
    ours, theirs = relax(problem, 0.3, engine="jax"), relax(problem, 0.3)
    assert ours.energy == pytest.approx(theirs.energy, rel=1e-12)
    assert ours.success.value == pytest.approx(theirs.success.value, abs=1e-9)
    assert np.abs(ours.state - theirs.state).max() < 1e-7
    assert ours.passed == theirs.passed


def test_the_closed_form_of_the_oscillator():
    bowl = Problem(Grid([(-8, 8)], 7), "harmonic")
    found = ground_state(bowl, 1.0, steps_of=JaxBlockSteps)
    assert found.energy == pytest.approx(1.0, abs=1e-9) and found.gap == pytest.approx(2, abs=1e-3)
