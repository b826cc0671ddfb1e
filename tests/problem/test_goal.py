"""The goal: minimizers, what counts as near one of them, and the probability of it."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from qdml_quantum.diagnostics.metrics import wilson_interval
from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.objectives.builtins.catalogue import BUILTINS
from qdml_quantum.objectives.compress import compressed
from qdml_quantum.problem.goal import RADIUS, Goal, find_minimizers, success_mask
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.estimate import Estimate

WELL = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
BOWL = Problem(Grid([(0, 1)], 2), "(x - 0.5)**2")  # points 0, 1/4, 1/2, 3/4

# What counts.


def test_mask_is_a_ball_in_units_of_the_box():
    grid = Grid([(-4, 4), (0, 2)], [5, 5])
    mask = success_mask(grid, [(0.0, 1.0)], 0.2)
    x, y = grid.coordinates()
    assert np.array_equal(mask, (x / 8) ** 2 + ((y - 1) / 2) ** 2 <= 0.04 + 1e-12)
    assert mask.mean() == pytest.approx(np.pi * 0.04, rel=0.1)


def test_mask_joins_minimizers_and_goes_around_the_seam_only_where_it_is_none():
    grid = Grid([(0, 1)], 4)
    both = success_mask(grid, [(0.0,), (0.5,)], 0.07)
    assert np.flatnonzero(both).tolist() == [0, 1, 7, 8, 9]
    around = success_mask(grid, [(0.0,), (0.5,)], 0.07, periodic=True)
    assert np.flatnonzero(around).tolist() == [0, 1, 7, 8, 9, 15]


def test_the_worst_point_beside_the_best_end_is_no_success():
    """zeta = x on [0, 1): a state at 0.97 had success 1.000."""
    problem = Problem(Grid([(0, 1)], 5), "x")
    assert Goal(problem).success(np.eye(32)[31]).value == 0
    circle = Problem(problem.grid, replace(as_objective("x"), periodic=True))
    assert Goal(circle).success(np.eye(32)[31]).value == 1
    loaded = Problem.from_dict(circle.to_dict(), circle.values)
    for other in (circle.ranked(), circle.thinned(1), loaded):
        assert other.objective.periodic
    assert not problem.thinned(1).objective.periodic


def test_angles_are_known_to_be_periodic():
    assert as_objective("pendulum").periodic and as_objective("shubert").periodic
    assert compressed(as_objective("pendulum"), 1.0).periodic
    assert not as_objective("harmonic").periodic


@pytest.mark.parametrize("radius", [0, -0.1, 1])
def test_radius_is_a_fraction_of_the_box(radius):
    with pytest.raises(ValueError, match="`radius` must lie between 0 and 1"):
        success_mask(Grid([(0, 1)], 3), [(0.5,)], radius)
    with pytest.raises(ValueError, match="`radius` must lie between 0 and 1"):
        Goal(WELL, radius)


@pytest.mark.parametrize("radius", [math.nan, "0.1", 0.1j, True])
def test_radius_is_a_number(radius):
    with pytest.raises((TypeError, ValueError), match="`radius` must be"):
        Goal(WELL, radius)


def test_mask_needs_a_minimizer():
    with pytest.raises(ValueError, match="`minimizers`"):
        success_mask(Grid([(0, 1)], 3), [], 0.1)


def test_a_goal_is_of_a_problem():
    with pytest.raises(TypeError, match="`problem` must be a Problem"):
        Goal("double_well")


def test_mask_and_baseline_are_those_of_the_minimizers():
    goal = Goal(WELL, 0.15)
    assert np.array_equal(goal.mask, success_mask(WELL.grid, goal.minimizers, 0.15))
    assert goal.mask is goal.mask  # made once
    assert goal.baseline == goal.mask.mean()
    assert goal.share(np.full(64, 1 / 64)) == pytest.approx(goal.baseline)
    assert Goal(WELL).radius == RADIUS


# How often.


def test_success_has_an_interval_with_shots_and_none_without():
    p = np.array([0.1, 0.1, 0.7, 0.1])
    goal = Goal(BOWL)
    assert goal.baseline == 0.25
    exact = goal.success(p)
    assert exact == Estimate(0.7, 0.7, 0.7)
    measured = goal.success(p, 100)
    assert (measured.low, measured.high) == wilson_interval(70, 100)
    assert measured.value == 0.7
    wide = goal.success(p, 100, 0.99)
    assert wide.confidence == 0.99
    assert wide.low < measured.low < measured.high < wide.high


def test_share_is_cut_at_one_and_keeps_nan():
    goal = Goal(BOWL, 0.9)
    assert goal.mask.all()
    assert goal.share([0.25, 0.25, 0.5 + 1e-15, 1e-15]) == 1.0
    assert math.isnan(goal.share([0.25, math.nan, 0.25, 0.25]))
    assert goal.success([0.5, 0.5 + 1e-15, 0.0, 0.0], 10).value == 1.0


def test_share_adds_what_is_near_any_minimizer():
    plane = Problem(Grid([(-5, 5), (-5, 5)], [4, 4]), "himmelblau")
    goal = Goal(plane)
    assert len(goal.minimizers) == 4
    p = np.random.default_rng(0).dirichlet(np.ones(256)).reshape(16, 16)
    nearest = np.inf
    for point in goal.minimizers:
        away = [(x - c) / 10 for x, c in zip(plane.grid.coordinates(), point, strict=True)]
        nearest = np.minimum(nearest, np.hypot(*[u - np.round(u) for u in away]))
    assert goal.share(p) == pytest.approx(p[nearest <= 0.1].sum(), abs=1e-14)


# Where it is.


@pytest.mark.parametrize("name", BUILTINS)
def test_minimizers_that_the_literature_knows_are_taken(name):
    problem = Problem(Grid(BUILTINS[name].objective().bounds, 3), name)
    if not problem.objective.minimizers:
        pytest.skip("none is known")
    points, known = find_minimizers(problem)
    assert known
    assert set(points) <= {tuple(map(float, p)) for p in problem.objective.minimizers}
    lowest = min(float(problem.objective(*point)) for point in points)
    assert lowest == pytest.approx(problem.objective.minimum, abs=1e-6)


def test_others_are_searched_and_reported_as_such():
    problem = Problem(Grid([(-3, 3)], 6), "x**4 - 3*x**2 + x")
    (point,), known = find_minimizers(problem)
    # The lowest root of 4 x^3 - 6 x + 1.
    assert point[0] == pytest.approx(min(np.roots([4, 0, -6, 1]).real), abs=1e-5)
    assert not known
    goal = Goal(problem)
    assert (goal.minimizers, goal.known, goal.minimum) == ((point,), False, None)


def test_equal_minima_are_all_found_once():
    problem = Problem(Grid([(-2, 2)], 6), "(x**2 - 1)**2")
    points, known = find_minimizers(problem)
    assert sorted(point[0] for point in points) == pytest.approx([-1, 1], abs=1e-4)
    assert not known


def test_a_box_that_cuts_the_minimizer_off_is_searched():
    """The known one of the harmonic function lies outside; the lowest point is at the edge."""
    problem = Problem(Grid([(1, 3)], 5), "harmonic")
    (point,), known = find_minimizers(problem)
    assert point[0] == pytest.approx(1.0, abs=1e-6)
    assert not known


def test_a_known_point_that_is_not_the_lowest_of_this_box_is_not_believed():
    told = Objective(lambda x: x**2, 1, minimizers=[(1.0,)], minimum=1.0)
    (point,), known = find_minimizers(Problem(Grid([(-2, 2)], 5), told))
    assert point[0] == pytest.approx(0.0, abs=1e-4)
    assert not known


def test_a_table_has_its_lowest_points():
    table = Problem.from_table([3.0, 0.0, 2.0, 0.0], (0, 4))
    assert find_minimizers(table) == (((1.0,), (3.0,)), True)
    flat = Problem.from_table(np.zeros(8), (0, 4))
    points, known = find_minimizers(flat)
    assert len(points) == 8 and known
    assert Goal(flat).mask.all()


def test_a_problem_from_a_file_has_its_lowest_grid_points():
    """No function is there to be searched between them; of many equal ones 16 are enough."""
    searched = Problem(Grid([(-2, 2)], 4), "(x**2 - 1)**2 + 0.1*x")
    saved = Problem.from_dict(searched.to_dict(), searched.values)
    assert find_minimizers(saved) == (((-1.0,),), True)
    flat = Problem(Grid([(-2, 2)], 6), "0*x")
    points, known = find_minimizers(Problem.from_dict(flat.to_dict(), flat.values))
    assert len(points) == 16 and known


def test_minimum_is_that_before_compression():
    plain = as_objective("double_well")
    goal = Goal(Problem(WELL.grid, compressed(plain, 0.3, floor=-1.0)))
    assert goal.minimum == pytest.approx(plain.minimum)
    assert goal.problem.objective.minimum != pytest.approx(plain.minimum)
    assert Goal(WELL).minimum == plain.minimum


# Given, and in files.


def test_given_minimizers_are_taken_at_their_word():
    goal = Goal(WELL, 0.1, [[1.0], (np.float64(-1.0),)], known=False)
    assert goal.minimizers == ((1.0,), (-1.0,))
    assert not goal.known
    assert Goal(WELL, 0.1, [(1.0,)]).known


@pytest.mark.parametrize(
    "goal",
    [
        Goal(WELL),
        Goal(WELL, 0.25),
        Goal(Problem(Grid([(-3, 3)], 6), "x**4 - 3*x**2 + x")),
        Goal(Problem(Grid([(-5, 5), (-5, 5)], [3, 4]), "himmelblau"), 0.05),
        Goal(WELL, 0.1, [(0.1 + 0.2,)], known=False),
    ],
    ids=lambda goal: f"{goal.problem.objective.name} {goal.radius}",
)
def test_it_comes_back_from_json(goal, monkeypatch):
    """Nothing is searched again: the minimizers are those of the run."""
    monkeypatch.setattr("qdml_quantum.problem.goal.find_minimizers", None)
    data = json.loads(json.dumps(goal.to_dict()))
    assert set(data) == {"radius", "minimizers", "known", "minimum", "baseline"}
    again = Goal.from_dict(data, goal.problem)
    assert again.to_dict() == goal.to_dict()
    assert again.minimizers == goal.minimizers
    assert np.array_equal(again.mask, goal.mask)


@pytest.mark.parametrize("far", [0.0, 1e6, 1e9, -5e9])
def test_a_box_far_from_zero_is_polished_as_one_near_it(far):
    problem = Problem(Grid([(far, far + 1)], 6), lambda x: (x - far - 0.303) ** 2)
    (((found,),), known) = find_minimizers(problem)
    assert not known and found - far == pytest.approx(0.303, abs=1e-5)


@pytest.mark.parametrize("name", ["himmelblau", "rastrigin"])
def test_a_block_of_the_mask_is_that_of_the_mask(name):
    goal = Goal(Problem(Grid([(-5, 5), (-4, 4)], [4, 5]), name))
    rows, columns = np.array([3, 9, 13]), np.arange(8, 24)
    expected = goal.mask[np.ix_(rows, columns)]
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(goal.mask_at(rows, columns), expected)
