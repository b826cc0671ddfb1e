"""Schedules: D never rises, stages add up, and every constructor does what its formula says."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.schedule import MAX_STEPS, SCHEDULES, Schedule, Stage, schedule_by_name

CURVES = {
    "linear": lambda s: 3 + (0.5 - 3) * s,
    "power": lambda s: 0.5 + (3 - 0.5) * (1 - s) ** 2,
    "geometric": lambda s: 3 * (0.5 / 3) ** s,
}


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_diffusion_follows_the_formula(name):
    schedule = schedule_by_name(name, (3, 0.5), num_stages=7, num_steps=2, time_step=0.1)
    got = [stage.diffusion for stage in schedule.stages]
    assert np.allclose(got, [CURVES[name](s) for s in np.linspace(0, 1, 7)], atol=1e-14)
    assert schedule.final_diffusion == got[-1]


@given(
    name=st.sampled_from(sorted(SCHEDULES)),
    start=st.floats(1e-3, 1e3),
    ratio=st.floats(1e-6, 1),
    stages=st.integers(1, 50),
    exponent=st.floats(0, 1),
)
def test_diffusion_never_rises_and_ends_where_it_should(name, start, ratio, stages, exponent):
    schedule = schedule_by_name(
        name,
        (start, start * ratio),
        num_stages=stages,
        num_steps=3,
        time_step=0.1,
        step_exponent=exponent,
    )
    found = [stage.diffusion for stage in schedule.stages]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(start * ratio, rel=1e-9)
    assert stages == 1 or found[0] == pytest.approx(start)
    assert schedule.num_steps == 3 * stages
    assert schedule.max_time_step == pytest.approx(0.1)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_time_step_falls_with_the_diffusion_as_its_exponent_says(exponent):
    schedule = Schedule.geometric((4, 0.25), num_stages=5, time_step=0.2, step_exponent=exponent)
    products = [s.time_step * s.diffusion**exponent for s in schedule.stages]
    assert np.allclose(products, products[0])
    assert schedule.stages[-1].time_step == pytest.approx(0.2)


def test_power_one_is_linear():
    options = {"num_stages": 5, "num_steps": 2, "time_step": 0.1}
    assert Schedule.power((3, 1), exponent=1.0, **options) == Schedule.linear((3, 1), **options)


def test_linear_may_end_without_kinetic_energy():
    schedule = Schedule.linear((1, 0), num_stages=3, time_step=0.1)
    assert schedule.final_diffusion == 0
    assert all(np.isfinite(stage.time_step) for stage in schedule.stages)


def test_geometric_cannot_end_at_zero():
    with pytest.raises(ValueError, match=r"`diffusion` must end above 0 .* Use `linear`"):
        Schedule.geometric((1, 0))


def test_halved_takes_the_same_time_in_twice_the_steps():
    schedule = Schedule.geometric((4, 0.25), num_stages=5, time_step=0.2)
    halved = schedule.halved()
    assert halved.time == pytest.approx(schedule.time)
    assert halved.num_steps == 2 * schedule.num_steps
    assert [s.diffusion for s in halved.stages] == [s.diffusion for s in schedule.stages]


def test_constant_keeps_one_diffusion():
    schedule = Schedule.constant(0.5, num_steps=3, time_step=0.1, num_stages=4)
    assert {stage.diffusion for stage in schedule.stages} == {0.5}
    assert schedule.num_steps == 12
    assert schedule.time == pytest.approx(1.2)


def test_constant_by_name_uses_the_final_diffusion():
    schedule = schedule_by_name(
        "constant", (2, 1), num_stages=2, num_steps=5, time_step=0.1, step_exponent=0.5
    )
    assert {stage.diffusion for stage in schedule.stages} == {1.0}


def test_json_form_gives_the_same_schedule():
    schedule = Schedule.geometric((4, 0.3), num_stages=5, time_step=0.21)
    assert Schedule.from_dict(json.loads(json.dumps(schedule.to_dict()))) == schedule


def test_text_names_stages_steps_and_ends():
    text = str(Schedule.geometric((4, 0.25), num_stages=3, num_steps=10, time_step=0.2))
    assert text.startswith("3 stages, 30 steps, time 3.5, D 4 -> 0.25, dt 0.05 -> 0.2")


def test_diffusion_may_stay_and_fall_but_not_rise():
    Schedule([Stage(2, 0.1, 1), Stage(2, 0.1, 1), Stage(1, 0.1, 1)])
    with pytest.raises(ValueError, match="raising it from 1 to 2 at stage 3"):
        Schedule([Stage(2, 0.1, 1), Stage(1, 0.1, 1), Stage(2, 0.1, 1)])


def test_a_typing_error_in_the_steps_is_refused():
    with pytest.raises(ValueError, match="`num_steps` must be at most"):
        Schedule.constant(1.0, num_steps=MAX_STEPS + 1, time_step=0.1)
