"""What each check weighs, and which belong together."""

import math

import numpy as np
import pytest

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.bootstrap import deviations_from_flat, signal_interval
from qdml_quantum.diagnostics.metrics import total_variation, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.estimate import Estimate

GRID = Grid((-4, 4), 6)


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
    assert checks.edge_weight(uniform) == pytest.approx(7 / 64)  # points 0-3 and 61-63
    assert checks.edge_weight(np.ones((64, 64))) == pytest.approx(1 - (57 / 64) ** 2)


def test_edge_is_where_the_box_ends_not_where_zero_is():
    psi = np.zeros(64)
    psi[32] = 1
    assert checks.edge_weight(psi) == 0
    assert checks.edge_weight(np.roll(psi, 32)) == 1


def test_rough_objective_takes_the_steepest_axis_and_the_longest_step():
    problem = Problem(Grid([(0, 1), (0, 1)], [2, 2]), "x + 4*y")
    schedule = Schedule.geometric((1, 0.5), num_stages=2, time_step=0.3)
    assert checks.rough_objective(problem, schedule).value == pytest.approx(0.3 * 4 / 4)


def test_a_table_has_no_points_between_to_miss():
    assert checks.missed_well(Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4))) is None


def test_the_largest_grids_are_not_sampled_any_finer():
    check = checks.missed_well(Problem(Grid((-1, 1), 22), "x**2"))
    assert math.isnan(check.value) and check.meaning.startswith("not checked")
    assert check.word == "note" and not check.decides


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


def bump(shape):
    """An objective on a grid of this shape, and the histogram of an ideal anneal of it."""
    ideal, squares = np.ones(1), 0.0
    for points in shape:
        x = np.linspace(-1, 1, points)
        ideal = np.multiply.outer(ideal, np.exp(-20 * (x - 0.3) ** 2))
        squares = np.add.outer(squares, (x - 0.3) ** 2)
    problem = Problem.from_table(squares, [(-1, 1)] * len(shape))
    return Goal(problem), ideal.reshape(shape) / ideal.sum()


def claim_of(distribution, ideal, goal, shots, **options):
    hits = np.random.default_rng(1).multinomial(shots, distribution.ravel()).reshape(ideal.shape)
    success = goal.success(hits / shots, shots)
    found = checks.claim(hits, ideal, goal, success, signal_interval(hits, ideal), **options)
    return {check.name: check for check in found}


@pytest.mark.few(1)
@pytest.mark.parametrize("shape", [(1024,), (32, 32), (8, 16, 8)], ids=str)
def test_a_claim_needs_four_shots_per_point_and_then_tells_signal_from_noise(shape):
    """200 shots on 1024 points are too few whatever they say; 4096 decide."""
    goal, ideal = bump(shape)
    flat = np.full(shape, 1 / ideal.size)
    for distribution in (ideal, flat):
        few = claim_of(distribution, ideal, goal, 200)
        assert not few["enough_shots"].passed
        assert (few["enough_shots"].value, few["enough_shots"].limit) == (200, 4096)
    enough = claim_of(ideal, ideal, goal, 4096)
    assert all(check.passed and check.decides for check in enough.values())
    noise = claim_of(flat, ideal, goal, 4096)
    failed = {name for name, check in noise.items() if not check.passed}
    assert failed == {"not_flat", "signal", "above_chance"}


def test_a_claim_is_made_of_the_numbers_it_is_given():
    goal, ideal = bump((16,))
    hits = np.round(1000 * ideal).astype(np.int64)
    found = Estimate(0.7, 0.6, 0.8)
    success = Estimate(0.5, 0.4, 0.6)
    claim = {c.name: c for c in checks.claim(hits, ideal, goal, success, found, 0.65, seed=3)}
    assert list(claim) == "enough_shots far_from_uniform not_flat signal above_chance".split()
    assert (claim["signal"].value, claim["signal"].limit) == (0.6, 0.65)
    assert not claim["signal"].passed
    assert claim["above_chance"].value == pytest.approx(0.4 - goal.baseline)
    assert claim["far_from_uniform"].value == uniform_fidelity(ideal)
    assert claim["not_flat"].value == deviations_from_flat(hits, ideal, seed=3)


def test_no_claim_beats_chance_where_the_ideal_anneal_does_not():
    goal, ideal = bump((16,))
    away = np.roll(ideal, 8)  # an anneal that ends on the wrong side
    assert goal.share(away) < goal.baseline
    hits = np.round(1000 * away).astype(np.int64)
    claim = checks.claim(hits, away, goal, goal.success(hits / 1000, 1000), Estimate.exact(1.0))
    assert [check.name for check in claim] == [
        "enough_shots",
        "far_from_uniform",
        "not_flat",
        "signal",
    ]


@pytest.mark.parametrize(("points", "wanted"), [(8, 100), (25, 100), (64, 256), (1024, 4096)])
def test_enough_shots_are_four_per_point_and_a_hundred(points, wanted):
    assert checks.enough_shots(wanted, points).passed
    short = checks.enough_shots(wanted - 1, points)
    assert not short.passed
    assert f"--shots {wanted} " in short.remedy


def test_signal_is_the_lower_end_of_its_interval():
    assert checks.signal(Estimate(0.9, 0.5, 1.0)).passed
    assert not checks.signal(Estimate(0.9, 0.49, 1.0)).passed
    assert checks.signal(Estimate(0.9, 0.49, 1.0), 0.4).passed
    assert not checks.signal(Estimate(math.nan, math.nan, math.nan)).passed


def test_small_rotations_are_a_total_variation():
    assert checks.small_rotations(checks.MAX_DEVIATION).passed
    assert checks.small_rotations(0.0).passed
    assert not checks.small_rotations(1.01 * checks.MAX_DEVIATION).passed


WELL = Problem(Grid((-2.5, 2.5), 5), "double_well")
SHORT = Schedule.geometric((2.0, 0.3), num_stages=3, num_steps=3, time_step=0.05)


def names(anneal, *given, **options):
    return [check.name for check in checks.of_the_anneal(anneal, *given, **options)]


def test_what_is_asked_of_an_anneal_depends_on_what_it_is():
    anneal = Anneal(WELL, SHORT)
    probabilities = np.abs(anneal.final_state()) ** 2
    assert names(anneal, probabilities) == ["time_step", "rough_objective", "missed_well"]
    assert names(anneal) == ["rough_objective", "missed_well"]
    # In imaginary time no phase wraps, and the steps are compared with imaginary ones.
    assert names(anneal, probabilities, imaginary=True) == ["time_step", "missed_well"]
    # The steps of a schedule with a goal approximate nothing.
    free = Anneal(WELL, Schedule(SHORT.stages, goal=0.1))
    assert names(free, probabilities) == ["missed_well"]
    table = Problem.from_table(WELL.values, WELL.grid.bounds)
    assert names(Anneal(table, SHORT), probabilities) == ["time_step", "rough_objective"]


@pytest.mark.parametrize("imaginary", [False, True])
def test_the_time_step_is_that_of_twice_as_many_steps(imaginary):
    anneal = Anneal(WELL, SHORT)
    state, fine = (a.final_state(imaginary=imaginary) for a in (anneal, anneal.halved()))
    check, *_ = checks.of_the_anneal(anneal, np.abs(state) ** 2, imaginary=imaginary)
    expected = total_variation(np.abs(state) ** 2, np.abs(fine) ** 2)
    assert check.value == pytest.approx(expected, rel=1e-12)
    assert check.value > 1e-5


@pytest.mark.parametrize("difference", [1e-6, -1e-6])
def test_reference_may_be_wrong_either_way(difference):
    assert not checks.reference_exact(difference).passed
