"""Checks as values: limits, text, JSON, and what each weighs."""

import json
import math

import numpy as np
import pytest

from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.check import Check, at_least, at_most

GRID = Grid((-4, 4), 6)


@pytest.mark.parametrize(
    ("make", "value", "passed"),
    [
        (at_most, 0.9, True),
        (at_most, 1.0, True),
        (at_most, 1.1, False),
        (at_most, math.nan, False),
        (at_least, 1.1, True),
        (at_least, 1.0, True),
        (at_least, 0.9, False),
        (at_least, math.nan, False),
    ],
)
def test_limit_itself_passes_and_nan_never_does(make, value, passed):
    assert make("name", value, 1.0, "meaning", "remedy").passed is passed


def test_text_shows_verdict_value_and_direction():
    assert str(at_most("a", 2, 1.0, "", "")) == "FAIL a: 2 (<= 1)"
    assert str(at_least("b", 2, 1.0, "", "")) == "pass b: 2 (>= 1)"


def test_json_form_gives_the_same_check():
    check = checks.wrap_around(np.eye(64)[0], GRID)
    assert Check(**json.loads(json.dumps(check.to_dict()))) == check


def test_aliasing_weighs_the_top_tenth_of_the_wave_numbers():
    k, x = GRID.axes[0].wave_numbers, GRID.axes[0].points
    below, above = np.exp(1j * k[28] * x), np.exp(1j * k[29] * x)  # 0.875 and 0.906 of the largest
    assert checks.aliasing_weight(below, GRID) == pytest.approx(0, abs=1e-12)
    assert checks.aliasing_weight(above, GRID) == pytest.approx(1, abs=1e-12)
    mixed = 3 * below + 1j * above
    assert checks.aliasing_weight(mixed, GRID) == pytest.approx(0.1, abs=1e-12)


def test_aliasing_on_any_axis_counts():
    grid = Grid([(-4, 4), (-4, 4)], [4, 5])
    smooth = np.ones(grid.shape)
    rough = smooth * (-1.0) ** np.arange(32)
    assert checks.aliasing_weight(smooth, grid) == pytest.approx(0, abs=1e-12)
    assert checks.aliasing_weight(rough, grid) == pytest.approx(1, abs=1e-12)


def test_edge_weighs_the_outer_five_percent_of_each_side():
    uniform = np.ones(64)
    assert checks.edge_weight(uniform, GRID) == pytest.approx(7 / 64)  # points 0-3 and 61-63
    plane = Grid([(-4, 4), (-4, 4)], [6, 6])
    assert checks.edge_weight(np.ones((64, 64)), plane) == pytest.approx(1 - (57 / 64) ** 2)


def test_edge_is_where_the_box_ends_not_where_zero_is():
    psi = np.zeros(64)
    psi[32] = 1
    assert checks.edge_weight(psi, GRID) == 0
    assert checks.edge_weight(np.roll(psi, 32), GRID) == 1


def test_rough_objective_takes_the_steepest_axis_and_the_longest_step():
    problem = Problem(Grid([(0, 1), (0, 1)], [2, 2]), "x + 4*y")
    schedule = Schedule.geometric((1, 0.5), num_stages=2, time_step=0.3)
    assert checks.rough_objective(problem, schedule).value == pytest.approx(0.3 * 4 / 4)


def test_a_table_has_no_points_between_to_miss():
    assert checks.missed_well(Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4))) is None


def test_the_largest_grids_are_not_sampled_any_finer():
    assert checks.missed_well(Problem(Grid((-1, 1), 22), "x**2")) is None


@pytest.mark.parametrize(("dimensions", "factor"), [(1, 8), (2, 8), (3, 8)])
def test_missed_well_samples_eight_times_finer(dimensions, factor):
    problem = Problem(Grid([(-4.7, 5.3)] * dimensions, 3), "rastrigin")
    check = checks.missed_well(problem)
    assert f"{factor} times finer" in check.meaning
    fine = Problem(Grid([(-4.7, 5.3)] * dimensions, 6), "rastrigin")
    low, high = problem.span
    assert check.value == pytest.approx((low - fine.span[0]) / (high - low))


def test_a_flat_objective_has_no_wells():
    assert checks.missed_well(Problem(Grid((-1, 1), 3), "0*x + 2")).value == 0


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_norm_knows_the_precision(dtype):
    psi = np.full(64, 1 / 8, dtype=dtype) * (1 + 1e-6)
    assert checks.norm(psi).passed == (dtype == np.complex64)


@pytest.mark.parametrize("gap", [0.0, math.inf, math.nan, -1e-12])
def test_degenerate_is_red_where_no_gap_is_known(gap):
    assert not checks.degenerate(1e-9, gap).passed


def test_degenerate_is_the_bound_of_davis_and_kahan():
    """A mixture of two levels at angle a has deviation ``gap sin a cos a``."""
    gap, angle = 0.7, 0.02
    deviation = gap * math.sin(angle) * math.cos(angle)
    assert checks.degenerate(deviation, gap).value == pytest.approx(math.sin(angle), rel=1e-3)


@pytest.mark.parametrize("shape", [(1024,), (32, 32), (8, 16, 8)], ids=str)
def test_signal_is_seen_in_fewer_shots_than_points(shape):
    """200 shots on 1024 points; measured: 0.99 from the ideal, below 0 from uniform."""
    ideal = np.ones(1)
    for points in shape:
        x = np.linspace(-1, 1, points)
        ideal = np.multiply.outer(ideal, np.exp(-20 * (x - 0.3) ** 2))
    ideal = ideal.reshape(shape) / ideal.sum()
    rng = np.random.default_rng(1)
    for distribution, passed in ((ideal, True), (np.full(shape, 1 / ideal.size), False)):
        observed = rng.multinomial(200, distribution.ravel()).reshape(shape) / 200
        assert checks.signal(observed, ideal, 200).passed is passed


def test_zero_angles_are_not_small_rotations():
    assert checks.small_rotations([0.0, 1e-4, -0.2], 3).passed
    assert checks.small_rotations([0.0, 1e-5, -1e-5], 2).value == 2


@pytest.mark.parametrize("difference", [1e-6, -1e-6])
def test_reference_may_be_wrong_either_way(difference):
    assert not checks.reference_exact(difference).passed
