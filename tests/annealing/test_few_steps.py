"""Schedules of few steps: on the whole grid, better than those that fall."""

import numpy as np
import pytest

from qdml_quantum import Anneal, Goal, Grid, Problem, Schedule
from qdml_quantum.annealing.few_steps import (
    STEPS,
    few_step_schedule,
    localising_diffusion,
)
from qdml_quantum.reference.imaginary_time import ground_state

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_so_many_steps_on_the_whole_grid(steps):
    schedule = few_step_schedule(WELL, steps, diffusion=0.3, num_starts=1)
    assert schedule.num_steps == steps and schedule.goal == 0.3 and not schedule.coarse
    assert few_step_schedule(WELL, steps, diffusion=0.3, num_starts=1) == schedule


def test_optimised_steps_do_better_than_falling_ones():
    final = localising_diffusion(WELL)
    ground = ground_state(WELL, final).state

    def overlap(schedule):
        return abs(np.vdot(ground, Anneal(WELL, schedule).final_state())) ** 2

    falling = Schedule.geometric((40 * final, final), num_stages=STEPS, num_steps=1)
    assert overlap(few_step_schedule(WELL)) > overlap(falling) + 0.1


def test_the_ground_state_is_localised_at_that_diffusion_and_not_far_above():
    """On the finer grid that says so."""
    fine = Problem(Grid([(-2.5, 2.5)], 7), "double_well")
    final, goal = localising_diffusion(WELL), Goal(fine)
    near, far = (goal.share(ground_state(fine, d).state ** 2) for d in (final, 8 * final))
    assert near > 0.5 > far
    assert localising_diffusion(fine) == pytest.approx(final)


def test_a_table_is_taken_as_it_is():
    table = Problem.from_table(WELL.values, WELL.grid.bounds)
    assert localising_diffusion(table) > 0
