"""The unit of the objective decides nothing: zeta and D in joules give the anneal of electronvolts.

``H -> c H`` with times divided by c is the same motion, so that every state, every success and
every verdict has to stay, and energies are multiplied by c.
"""

import math
from functools import cache

import numpy as np
import pytest

from qdml_quantum import Goal, Grid, Problem, anneal, eigenstates, minimize, relax
from qdml_quantum.annealing.adiabatic import adiabatic_schedule, ground_state_path
from qdml_quantum.annealing.suggest import suggest_schedule
from qdml_quantum.problem.goal import find_minimizers

MANY = [1e-30, 1e-19, 1e-10, 1e-6, 1e8, 1e30]
FEW = [1e-19, 1e8, *(pytest.param(c, marks=pytest.mark.slow) for c in (1e-30, 1e-10, 1e-6, 1e30))]
GRID = Grid([(-8, 8)], 6)


def wavy(c):
    return Problem(GRID, lambda x: c * ((x - 1) ** 2 + 0.3 * np.sin(3 * x)))


def twin(c):
    """Two wells, one of them a little lower."""
    return Problem(Grid([(-2.5, 2.5)], 6), lambda x: c * (x**4 - 2 * x**2 + 0.2 * x))


@cache
def annealed(backend):
    return anneal(twin(1.0), backend=backend)


@cache
def suggested(kind):
    return suggest_schedule(twin(1.0), kind)


@cache
def path_of_one():
    return ground_state_path(twin(1.0), (20.0, 0.05))


def by_name(checks):
    return {check.name: check for check in checks}


@pytest.mark.parametrize("c", MANY)
def test_relax_finds_the_same_state_in_every_unit(c):
    result = relax(wavy(c), 0.5 * c)
    assert result.energy / c == pytest.approx(0.70093568985, abs=2e-9)
    assert result.passed
    one = relax(wavy(1.0), 0.5)
    assert abs(np.vdot(result.state, one.state)) == pytest.approx(1, abs=1e-8)
    assert result.minimizer == one.minimizer
    for name, check in by_name(one.checks).items():
        assert by_name(result.checks)[name].limit == check.limit or name == "reference_exact"


@pytest.mark.parametrize("c", MANY)
@pytest.mark.parametrize("method", ["dense", "iterative"])
def test_levels_are_multiples_of_the_unit(c, method):
    energies, states = eigenstates(wavy(c), 0.5 * c, 4, method=method)
    expected, others = eigenstates(wavy(1.0), 0.5, 4, method="dense")
    assert energies / c == pytest.approx(expected, abs=1e-9)
    for mine, other in zip(states, others, strict=True):
        assert abs(np.vdot(mine, other)) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("c", MANY)
def test_a_relaxation_that_did_not_converge_is_told_in_every_unit(c):
    result = relax(twin(c), 0.05 * c, max_steps=3)
    assert not by_name(result.checks)["reference_converged"].passed
    assert not by_name(result.checks)["reference_exact"].passed


@pytest.mark.parametrize("c", FEW)
def test_the_path_of_ground_states_is_the_same(c):
    path = ground_state_path(twin(c), (20 * c, 0.05 * c))
    one = path_of_one()
    assert path.length == pytest.approx(one.length, rel=1e-4)
    assert path.gaps / c == pytest.approx(one.gaps, rel=1e-3)
    schedule = adiabatic_schedule(twin(c), path)
    assert schedule.time * c == pytest.approx(adiabatic_schedule(twin(1.0), one).time, rel=1e-3)


@pytest.mark.each_value
@pytest.mark.parametrize("c", FEW)
@pytest.mark.parametrize("kind", [None, "geometric"])
def test_the_schedule_that_is_chosen_is_the_same(c, kind):
    mine, one = suggest_schedule(twin(c), kind), suggested(kind)
    assert mine.num_steps == one.num_steps
    assert len(mine.stages) == len(one.stages)
    assert mine.final_diffusion / c == pytest.approx(one.final_diffusion, rel=1e-6)


@pytest.mark.each_value
@pytest.mark.parametrize("c", FEW)
@pytest.mark.parametrize("backend", ["emulator", "imaginary-time"])
def test_an_anneal_ends_with_the_same_verdict(c, backend):
    result, one = anneal(twin(c), backend=backend), annealed(backend)
    assert result.minimizer == one.minimizer
    assert result.success_probability == pytest.approx(one.success_probability, abs=1e-4)
    assert result.energy / c == pytest.approx(one.energy, rel=1e-4)
    assert result.passed == one.passed
    mine, others = by_name(result.checks), by_name(one.checks)
    assert mine.keys() == others.keys()
    for name, check in others.items():
        assert mine[name].passed == check.passed, name
        # Rounding errors and what imaginary time leaves over may differ, far below the limits.
        assert mine[name].value == pytest.approx(check.value, rel=1e-3, abs=1e-2 * abs(check.limit))


@pytest.mark.parametrize("c", MANY)
def test_the_searched_minimizer_is_the_same(c):
    points, known = find_minimizers(twin(c))
    assert not known
    assert points == pytest.approx(np.array([[-1.02472]]), abs=1e-3)
    (point,) = points
    assert math.isclose(4 * point[0] ** 3 - 4 * point[0] + 0.2, 0, abs_tol=1e-5)
    assert Goal(twin(c)).baseline == Goal(twin(1.0)).baseline


@pytest.mark.parametrize("c", FEW)
def test_minimize_finds_the_same_point(c):
    found = minimize(lambda x: c * ((x[0] - 1.3) ** 2 + np.sin(3 * x[0])), [(-4, 4)], seed=0)
    # 2 (x - 1.3) + 3 cos(3 x) = 0
    assert found.x == pytest.approx([1.521413], abs=1e-6)
    assert found.fun / c == pytest.approx(0.221413**2 + np.sin(3 * 1.521413), rel=1e-9)
    assert found.success
