"""NaN is never a score: nothing clamps it, and a state that holds it is not judged."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

import qdml_quantum
from qdml_quantum import (
    Anneal,
    Emulator,
    Gaussian,
    Goal,
    Grid,
    Problem,
    Schedule,
    Stage,
    anneal,
)
from qdml_quantum.backends import Task
from qdml_quantum.diagnostics import checks, metrics
from qdml_quantum.diagnostics.bootstrap import distance_interval, signal_interval
from qdml_quantum.support.check import at_least, at_most

PACKAGE = Path(qdml_quantum.__file__).parent
TIMES = {"deadline", "time_limit", "grace_until", "backoff"}
"""What is left of a time may be cut at 0: clocks are never NaN."""


def clamps():
    """Calls of Python's own min and max that begin with 0.0 or 1.0, which turn NaN into that."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("min", "max"):
                first = getattr(node.args[0], "value", None)
                if type(first) is float and first in (0.0, 1.0):
                    yield f"{path.relative_to(PACKAGE)}", ast.get_source_segment(source, node)


def test_python_clamps_nan_to_a_perfect_score():
    """Why `min(1.0, x)` is not used: the order of its arguments decides."""
    assert min(1.0, math.nan) == 1.0
    assert math.isnan(min(math.nan, 1.0))
    assert math.isnan(np.minimum(1.0, math.nan))


def test_the_package_clamps_no_numbers_but_times_with_min_and_max():
    found = [(place, text) for place, text in clamps() if not any(word in text for word in TIMES)]
    assert found == []


NAN = np.array([math.nan, 1.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "score",
    [
        metrics.fidelity,
        metrics.state_distance,
        metrics.hellinger_fidelity,
        metrics.total_variation,
        metrics.signal_over_uniform,
        lambda p, q: metrics.uniform_fidelity(p),
        lambda p, q: Goal(Problem(Grid([(0, 1)], 2), "(x - 0.25)**2"), 0.3).share(p),
        lambda p, q: checks.aliasing_weight(p, Grid([(0, 1)], 2)),
        lambda p, q: checks.aliasing(q, Grid([(0, 1)], 2), [math.nan]).value,
        lambda p, q: checks.wrap_around(q, [0.0, math.nan]).value,
        lambda p, q: checks.norm(p).value,
    ],
)
def test_nan_in_gives_nan_out(score):
    assert math.isnan(score(NAN, np.array([0.7, 0.1, 0.1, 0.1])))


def test_no_check_passes_on_nan():
    assert not at_most("a", math.nan, 1.0, "", "").passed
    assert not at_least("a", math.nan, 0.0, "", "").passed
    assert not checks.aliasing(np.full(4, 0.5), Grid([(0, 1)], 2), [math.nan]).passed


@pytest.mark.parametrize("interval", [signal_interval, distance_interval])
def test_intervals_keep_nan_or_refuse_it(interval):
    ideal = np.array([math.nan, 0.5, 0.25, 0.25])
    try:
        estimate = interval([10, 20, 30, 40], ideal)
    except ValueError:
        return
    assert math.isnan(estimate.value)


@pytest.mark.parametrize("width", [2e-3, 1e-6, 1e-150, 0.0199])
def test_a_packet_that_the_grid_cannot_hold_is_refused(width):
    """At a centre between two points all amplitudes underflow; success was 1.000."""
    problem = Problem(Grid([(-4, 4)], 5), "harmonic")
    schedule = Schedule.constant(0.5, num_steps=2, time_step=0.1)
    with pytest.raises(ValueError, match=r"`width` must be at least 0\.02: no point of the grid"):
        anneal(problem, schedule, initial=Gaussian(0.1, width))


def test_a_packet_that_it_can_hold_is_normalised():
    grid = Grid([(-4, 4)], 5)
    for center, width in ((0.1, 0.0201), (0.125, 0.025), (0.0, 1e-150), (-3.9, 0.0625)):
        psi = Gaussian(center, width).amplitudes(grid)
        assert np.linalg.norm(psi) == pytest.approx(1)


class Losing:
    """A backend that loses the state."""

    name, staged, gate_level, imaginary, compiler = "losing", True, False, False, "walsh"

    def run(self, task, *, start, on_stage):
        from qdml_quantum.backends import Outcome

        return Outcome(np.full(task.anneal.grid.shape, math.nan, dtype=complex), None)

    def required_bytes(self, problem, schedule=None):
        return 0

    def step_budget(self, problem):
        return 100

    def identity(self):
        return {"name": self.name}


def test_a_state_that_is_lost_is_not_judged():
    problem = Problem(Grid([(-4, 4)], 5), "harmonic")
    schedule = Schedule.constant(0.5, num_steps=2, time_step=0.1)
    with pytest.raises(FloatingPointError, match="`losing` lost it"):
        anneal(problem, schedule, backend=Losing(), validate=False)


# -- what happens on the way -------------------------------------------------------------------


def once_around(num_stages):
    """A packet that flies once around the box, and is nearly where it was in the end."""
    free = Problem(Grid([(-20, 20)], 9), lambda x: 0 * x)
    momentum = 2 * np.pi / 40 * 128
    schedule = Schedule.constant(
        0.01,
        num_steps=8,
        num_stages=num_stages,
        time_step=40 / (2 * 0.01 * momentum) / 8 / num_stages,
    )
    return anneal(free, schedule, initial=Gaussian(0.0, 2.0, momentum), validate=False)


def verdict(result, name):
    return next(check for check in result.checks if check.name == name)


def test_a_packet_that_went_around_the_box_fails():
    result = once_around(8)
    assert result.stages[-1].edge < checks.EDGE
    assert max(stage.edge for stage in result.stages) > 0.5
    assert not verdict(result, "wrap_around").passed


def test_a_packet_that_went_around_the_box_within_a_single_stage_fails():
    """On the emulator; what only sees the ends of stages, as Aer does, sees nothing."""
    result = once_around(1)
    assert checks.edge_weight(result.state) < checks.EDGE
    assert result.stages[0].edge > 10 * checks.EDGE
    assert not verdict(result, "wrap_around").passed


def test_a_look_within_a_stage_changes_no_bit():
    for schedule in (
        Schedule.geometric((4, 0.2), num_stages=3, num_steps=40, time_step=0.02),
        Schedule((Stage(1.0, 0.05, 20, coarse=1), Stage(0.5, 0.05, 20))),
    ):
        whole = Anneal(Problem(Grid([(-2.5, 2.5), (-2, 2)], [5, 4]), "himmelblau"), schedule)
        for precision in ("double", "single"):
            backend, seen = Emulator(precision=precision), []
            blind, looking = (
                backend.run(Task(whole, look=look), start=None, on_stage=lambda number, psi: None)
                for look in (None, seen.append)
            )
            assert 2 * len(schedule.stages) <= len(seen) <= 8 * len(schedule.stages)
            np.testing.assert_array_equal(looking.state, blind.state)


@pytest.mark.parametrize(
    ("edges", "passed"),
    [
        ([0.1, 0.2, 0.3], True),  # the uniform start: only the end counts
        ([0.1, 0.2, 1e-6, 1e-6], True),  # it left
        ([0.1, 0.2, 1e-6, 0.3, 1e-6], False),  # it left and came back
        ([1e-6, 0.3, 1e-6], False),  # it was never there
        ([0.1, 9e-5, 5e-4, 1e-6], True),  # it goes to and fro
        ([0.1, 1e-6, math.nan, 1e-6], False),
    ],
)
def test_once_away_from_the_edges_is_away(edges, passed):
    inside = np.zeros(64)
    inside[32] = 1
    assert checks.wrap_around(inside, edges).passed == passed


@pytest.mark.parametrize(
    ("before", "value"),
    [([], 0.0), ([1e-6, 0.05], 5e-4), ([0.5, 1e-6], 5e-3), ([1e-6, math.nan], math.nan)],
)
def test_what_aliased_at_any_stage_counts_a_hundredth(before, value):
    smooth = np.full(64, 1 / 8)
    check = checks.aliasing(smooth, Grid([(0, 1)], 6), before)
    assert check.value == pytest.approx(value, abs=1e-12, nan_ok=True)
    assert check.passed == (value <= checks.ALIASING)


def test_the_uniform_start_is_judged_by_where_it_ends():
    result = anneal(Problem(Grid([(-2.5, 2.5)], 6), "double_well"))
    assert result.stages[0].edge > 0.09
    away = [stage.edge for stage in result.stages if stage.edge <= checks.EDGE]
    assert verdict(result, "wrap_around").value == 0.1 * max(away)
    assert result.passed


def test_a_state_at_the_seam_is_told_why_it_fails():
    ramp = Problem(Grid([(0, 1)], 6), "x")
    still = Schedule.constant(1e-4, num_steps=1, time_step=1e-3)
    result = anneal(ramp, still, initial=Gaussian(0.96, 0.02), validate=False)
    assert result.success_probability < 0.06  # what of the packet begins on the far side
    assert not verdict(result, "wrap_around").passed
    told = verdict(result, "seam")
    assert told.value == pytest.approx(1) and told.word == "note"
    pendulum = Problem(Grid([(-np.pi, np.pi)], 6), "pendulum")
    around = anneal(pendulum, still, initial=Gaussian(3.1, 0.2), validate=False)
    assert {"seam", "wrap_around"}.isdisjoint(check.name for check in around.checks)
