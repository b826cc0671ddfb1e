"""Pieces of an evolution that end where somebody looks."""

import numpy as np
import pytest

from qdml_quantum import FORMULAS, Gaussian, Grid, Problem, Schedule, Stage
from qdml_quantum.diagnostics import checks
from qdml_quantum.runs.walk import Steps, Watch, cut_at

WELL = Problem(Grid([(-4, 4)], 4), "harmonic")
TWO = Schedule((Stage(2.0, 0.1, 3), Stage(1.0, 0.2, 2)))  # ends at 0.3 and 0.7


def walk(*times, schedule=TWO):
    return cut_at(WELL, schedule, np.array(times), FORMULAS["strang"], "uniform")


def sizes(made):
    return [(stage.num_steps, round(stage.time_step, 9)) for stage in made.plan.schedule.stages]


@pytest.mark.parametrize(
    ("times", "stages", "stops"),
    [
        ((0.0, 0.3, 0.7), [(3, 0.1), (2, 0.2)], (0, 1, 2)),
        ((0.1, 0.2), [(1, 0.1), (1, 0.1), (1, 0.1), (2, 0.2)], (1, 2)),
        ((0.25,), [(2, 0.1), (1, 0.05), (1, 0.05), (2, 0.2)], (2,)),
        ((0.02, 0.05), [(1, 0.02), (1, 0.03), (1, 0.05), (2, 0.1), (2, 0.2)], (1, 2)),
        ((0.3 + 1e-14, 0.5), [(3, 0.1), (1, 0.2), (1, 0.2)], (1, 2)),
    ],
)
def test_stages_are_cut_where_times_are(times, stages, stops):
    made = walk(*times)
    assert sizes(made) == stages
    assert made.stops == stops
    assert made.plan.schedule.time == pytest.approx(TWO.time)


def test_d_is_that_of_the_stage_that_ends():
    made = walk(0.0, 0.3, 0.31, 0.7)
    assert [made.diffusion(t) for t in (0.0, 0.3, 0.31, 0.7)] == [2, 2, 1, 1]


def test_steps_are_no_longer_than_asked_for():
    steps = Steps(WELL, 0.5, np.array([0.0, 0.1, 0.45]), FORMULAS["lie"], "uniform", None)
    numbers = steps.numbers(0.1)
    assert numbers.tolist() == [0, 1, 4]
    made = steps.walk(numbers)
    assert sizes(made) == [(1, 0.1), (4, 0.0875)]
    assert made.stops == (0, 1, 2)


def test_a_packet_that_goes_round_between_two_looks_is_seen():
    """It is back in the middle at the end, as if nothing had happened."""
    free = Problem(Grid([(-8, 8)], 6), lambda x: 0 * x)
    once = Schedule.constant(0.05, time_step=1.25, num_steps=16)  # 2 D k t = 16
    start = Gaussian(0.0, 1.0, 8.0)
    made = cut_at(free, once, np.array([0.0, 20.0]), FORMULAS["strang"], start)
    evolution = Watch(None, None, {}, None).along(made)
    assert checks.edge_weight(evolution.state) < 1e-5
    wrapped = next(check for check in evolution.checks if check.name == "wrap_around")
    assert wrapped.value > 0.01


def test_answers_of_functions_have_to_be_numbers():
    def wrong(moment):
        return "much"

    with pytest.raises(ValueError, match=r"'mine'.. must answer with a number"):
        Watch(None, None, {"mine": wrong}, None).along(walk(0.3))
    ragged = iter([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="of one shape"):
        Watch(None, None, {"mine": lambda moment: next(ragged)}, None).along(walk(0.3, 0.7))
