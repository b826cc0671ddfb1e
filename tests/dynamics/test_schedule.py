"""Schedules: stages add up, and every constructor does what its formula says."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from qdml_quantum.dynamics.schedule import MAX_STEPS, SCHEDULES, Schedule, Stage, schedule_by_name
from qdml_quantum.support.messages import DamagedFileError

CURVES = {
    "linear": lambda s: 3 + (0.5 - 3) * s,
    "power": lambda s: 0.5 + (3 - 0.5) * (1 - s) ** 2,
    "geometric": lambda s: 3 * (0.5 / 3) ** s,
    "equal_phase": lambda s: 3 * (0.5 / 3) ** s,
}


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_diffusion_falls_from_start_to_stop(name):
    schedule = schedule_by_name(name, (3, 0.5), num_stages=7, num_steps=2, time_step=0.1)
    got = [stage.diffusion for stage in schedule.stages]
    assert (got[0], got[-1]) == pytest.approx((3, 0.5)) and got == sorted(got, reverse=True)


@pytest.mark.parametrize("name", sorted(CURVES))
def test_diffusion_follows_the_formula(name):
    schedule = schedule_by_name(name, (3, 0.5), num_stages=7, num_steps=2, time_step=0.1)
    got = [stage.diffusion for stage in schedule.stages]
    assert np.allclose(got, [CURVES[name](s) for s in np.linspace(0, 1, 7)], atol=1e-14)
    assert schedule.final_diffusion == got[-1]


@given(
    name=st.sampled_from(["geometric", "linear", "power"]),
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


@given(start=st.floats(1e-3, 1e3), ratio=st.floats(1e-6, 1), steps=st.integers(1, 50))
def test_equal_phase_turns_an_oscillator_equally_in_every_step(start, ratio, steps):
    schedule = Schedule.equal_phase((start, start * ratio), num_steps=steps, phase=0.3)
    turns = [2 * np.sqrt(stage.diffusion) * stage.time_step for stage in schedule.stages]
    assert np.allclose(turns, 0.3, rtol=1e-12, atol=0)
    assert [stage.num_steps for stage in schedule.stages] == [1] * steps


def test_equal_phase_is_geometric_with_exponent_one_half():
    schedule = Schedule.equal_phase((4, 0.25), num_steps=9, phase=0.2)
    options = {"num_stages": 9, "num_steps": 1, "time_step": 0.2}
    assert schedule == Schedule.geometric((4, 0.25), step_exponent=0.5, **options)
    assert schedule == schedule_by_name("equal_phase", (4, 0.25), **options)
    assert schedule == schedule_by_name("equal_phase", (4, 0.25), step_exponent=0.5, **options)


def test_piecewise_goes_straight_through_the_knots():
    knots = [(0, 8.0), (0.25, 2.0), (1, 0.5)]
    found = Schedule.piecewise(knots, num_stages=9, num_steps=2, time_step=0.1)
    s = np.linspace(0, 1, 9)
    expected = np.interp(s, *np.transpose(knots))
    assert np.allclose([stage.diffusion for stage in found.stages], expected, rtol=1e-15)
    ratios = Schedule.piecewise(knots, ratios=True, num_stages=9, num_steps=2, time_step=0.1)
    expected = np.exp(np.interp(s, [0, 0.25, 1], np.log([8, 2, 0.5])))
    assert np.allclose([stage.diffusion for stage in ratios.stages], expected, rtol=1e-14)
    assert found.stages[-1] == ratios.stages[-1] == Stage(0.5, 0.1, 2)


def test_piecewise_with_two_knots_is_linear_or_geometric():
    options = {"num_stages": 7, "num_steps": 3, "time_step": 0.1}
    ends = [(0, 4.0), (1, 0.25)]
    for ratios, other in [(False, Schedule.linear), (True, Schedule.geometric)]:
        found = Schedule.piecewise(ends, ratios=ratios, **options).stages
        expected = other((4.0, 0.25), **options).stages
        assert np.allclose(
            [(a.diffusion, a.time_step) for a in found],
            [(a.diffusion, a.time_step) for a in expected],
        )


@given(
    drops=st.lists(st.floats(0.01, 1), min_size=1, max_size=6),
    stages=st.integers(1, 60),
    ratios=st.booleans(),
)
def test_piecewise_never_rises(drops, stages, ratios):
    """Level stretches too, where rounding could make D rise."""
    diffusions = [3.0, 3.0, *(3.0 * np.cumprod(drops)), 3.0 * np.prod(drops)]
    knots = list(zip(np.linspace(0, 1, len(diffusions)), diffusions, strict=True))
    schedule = Schedule.piecewise(knots, ratios=ratios, num_stages=stages)
    assert schedule.final_diffusion == pytest.approx(diffusions[-1], rel=1e-14)


def test_piecewise_may_end_at_zero_but_not_in_equal_ratios():
    knots = [(0, 1.0), (1, 0.0)]
    assert Schedule.piecewise(knots, num_stages=3).final_diffusion == 0
    with pytest.raises(ValueError, match=r"`knots` must stay above 0 .* Leave out `ratios`"):
        Schedule.piecewise(knots, ratios=True)


def test_qhd_has_the_published_coefficients_at_the_middle_of_each_step():
    schedule = Schedule.qhd(num_steps=400)
    t = (np.arange(400) + 0.5) * 10 / 400
    kinetic = [stage.diffusion * stage.time_step for stage in schedule.stages]
    potential = [stage.time_step for stage in schedule.stages]
    assert np.allclose(kinetic, 2 / (1e-3 + t**3) / 2 * (10 / 400), rtol=1e-13, atol=0)
    assert np.allclose(potential, 2 * t**3 * (10 / 400), rtol=1e-13, atol=0)
    assert [stage.num_steps for stage in schedule.stages] == [1] * 400


@given(
    time=st.floats(0.1, 100),
    steps=st.integers(1, 2000),
    start=st.floats(1e-9, 1e3),
    exponent=st.floats(1e-9, 10),
    length=st.floats(1e-3, 1e3),
)
def test_qhd_is_a_family_whose_diffusion_never_rises(time, steps, start, exponent, length):
    options = {"num_steps": steps, "start": start, "exponent": exponent, "length": length}
    schedule = Schedule.qhd(time=time, **options)
    found = [stage.diffusion for stage in schedule.stages]
    assert found == sorted(found, reverse=True)
    assert schedule.num_steps == steps and np.isfinite(found).all() and found[-1] > 0
    t = (steps - 0.5) * time / steps
    expected = length**3 / (2 * t**exponent * (start + t**exponent))
    assert found[-1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("length", [1.0, 10.24])
def test_qhd_on_a_box_is_the_same_as_on_the_unit_square(length):
    """The phases of zeta and of k^2 on the box, and of F and k^2 on the unit box, are equal."""
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem
    from qdml_quantum.runs.evolve import evolve

    unit = Problem(Grid([(0, 1)], 5), lambda u: (length * u - 3) ** 2 / length)
    box = Problem(Grid([(0, length)], 5), lambda x: (x - 3) ** 2)
    one = evolve(unit, Schedule.qhd(time=2, num_steps=60))
    other = evolve(box, Schedule.qhd(time=2, num_steps=60, length=length))
    assert np.allclose(one.probabilities, other.probabilities, atol=1e-12)


@pytest.mark.parametrize(("beta", "gamma"), [(-0.4, 3.0), (0.5, 5.0)])
def test_gradient_qhd_is_the_published_hamiltonian_with_its_mixed_term(beta, gamma):
    """Against matrices with p and the gradient in them, from t = 0.5 to 1.5 by RK of order 8.

    What the schedule leaves out is added to the matrices, so that both are the same; measured
    3.6e-6 and 9.0e-7. On 16 points products with the gradient leave the band: 3e-3.
    """
    from qdml_quantum.dynamics.anneal import Anneal
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem

    grid = Grid([(0.0, 2 * np.pi)], 5)
    problem = Problem(grid, lambda x: 1 - np.cos(x))
    x = grid.axes[0].points
    fourier = np.fft.fft(np.eye(32), axis=0)
    wave = np.fft.fftfreq(32, 1 / 32)
    p = np.linalg.inv(fourier) @ np.diag(wave) @ fourier
    zeta, slope = np.diag(1 - np.cos(x)), np.diag(np.sin(x))
    start = np.exp(np.cos(x - 1)) + 0j
    start /= np.linalg.norm(start)

    def velocity(t, psi):
        h = p @ p / t**3 + beta / 2 * (p @ slope + slope @ p)
        h = h + (t**3 + gamma * t**2) * zeta + beta**2 / 4 * t**3 * slope @ slope
        return -1j * (h @ psi)

    shifted = np.exp(-1j * beta / 2 * 0.5**3 * (1 - np.cos(x))) * start
    exact = solve_ivp(velocity, (0.5, 1.5), shifted, "DOP853", rtol=1e-9, atol=1e-11).y[:, -1]
    away = []
    for steps in (300, 600):
        schedule = Schedule.gradient_qhd(time=1.5, num_steps=steps, beta=beta, gamma=gamma)
        psi = Anneal(problem, schedule.after(steps // 3), initial=start).final_state()
        away.append(abs(abs(psi) ** 2 - abs(exact) ** 2).max())
    assert away[1] < 1e-5
    assert away[0] / away[1] == pytest.approx(4, rel=0.1)


def test_gradient_qhd_refuses_a_potential_that_is_turned_over():
    assert Schedule.gradient_qhd(num_steps=3, gamma=0, beta=0).num_steps == 3
    for wrong, message in (
        ({"gamma": -1.0}, "`gamma` must be at least"),
        ({"beta": math.nan}, "`beta`"),
        ({"time": 0.0}, "`time`"),
        ({"num_steps": 0}, "`num_steps`"),
    ):
        with pytest.raises(ValueError, match=message):
            Schedule.gradient_qhd(**wrong)


def test_qhd_by_name_has_no_diffusion_to_choose():
    assert schedule_by_name("qhd", num_steps=5) == Schedule.qhd(num_steps=5)
    with pytest.raises(ValueError, match="`diffusion` must be left out of a QHD schedule"):
        schedule_by_name("qhd", (4, 1), num_steps=5)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule.geometric((4, 0.3), num_stages=5, time_step=0.21),
        Schedule.qhd(num_steps=50),
        Schedule([Stage(1, 0.1, 1, 2), Stage(2, 0.3, 1)], goal=0.5),
    ],
    ids=["geometric", "qhd", "free steps"],
)
def test_saved_schedule_comes_back(schedule, tmp_path):
    path = schedule.save(tmp_path / "folder" / "mine.json")
    assert Schedule.load(path) == Schedule.load(str(path)) == schedule
    assert [file.name for file in path.parent.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is no valid JSON"),
        ("[]", "holds no JSON object"),
        ("{}", "holds no schedule: the key 'stages' is missing"),
        ('{"stages": []}', "`stages` must be one or more Stage objects"),
        ('{"stages": 3}', "holds no schedule"),
        ('{"stages": [{"diffusion": 1}]}', "missing 2 required"),
        (
            '{"stages": [{"diffusion": 1, "time_step": 0.1, "num_steps": 1, "speed": 2}]}',
            "unexpected keyword argument 'speed'",
        ),
        (
            '{"stages": [{"diffusion": -1, "time_step": 0.1, "num_steps": 1}]}',
            "`diffusion` must be finite and at least 0, but is -1.0. Save it again.",
        ),
        (
            '{"stages": [{"diffusion": Infinity, "time_step": 0.1, "num_steps": 1}]}',
            "`diffusion` must be finite",
        ),
        (
            '{"stages": [{"diffusion": 1, "time_step": 0.1, "num_steps": 1}], "goal": 1'
            + 400 * "0"
            + "}",
            "`goal` must be a number",
        ),
        ("\x00\xff", "no valid JSON"),
    ],
)
def test_damaged_schedule_file_is_named(text, reason, tmp_path):
    path = tmp_path / "mine.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DamagedFileError) as caught:
        Schedule.load(path)
    message = str(caught.value)
    assert f"`{path}`" in message and reason in message
    assert message.endswith("Save it again.") and "Remove" not in message


def test_a_schedule_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        Schedule.load(tmp_path / "none.json")


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


def test_diffusion_may_stay_and_fall_and_a_rise_is_known():
    assert not Schedule([Stage(2, 0.1, 1), Stage(2, 0.1, 1), Stage(1, 0.1, 1)]).rises
    rising = (Stage(2, 0.1, 1), Stage(1, 0.1, 1), Stage(2, 0.1, 1))
    assert Schedule(rising).rises
    assert not Schedule(rising, goal=0.5).rises  # its steps are free
    assert Schedule.piecewise([(0, 2.0), (0.5, 1.0), (1, 1.5)], num_stages=3).rises


@pytest.mark.parametrize(
    "make",
    [
        lambda n: Schedule.constant(1.0, num_steps=n, time_step=0.1),
        lambda n: Schedule.geometric((2, 1), num_stages=n, num_steps=1),
        lambda n: Schedule.geometric((2, 1), num_stages=2, num_steps=n),
        lambda n: Schedule.equal_phase((2, 1), num_steps=n),
        lambda n: Schedule.qhd(num_steps=n),
    ],
    ids=["constant", "stages", "steps", "equal_phase", "qhd"],
)
def test_a_typing_error_in_the_steps_is_refused(make):
    """Before anything of that size is made: 10^15 steps would not fit into memory."""
    for steps in (MAX_STEPS + 1, 10**15):
        with pytest.raises(ValueError, match="`num_steps` must be at most"):
            make(steps)


def test_a_cut_schedule_is_the_beginning_of_the_whole():
    whole = Schedule.geometric((4, 0.5), num_stages=3, num_steps=2, time_step=0.2)
    for steps in range(1, 7):
        cut = whole.cut(steps)
        assert cut.num_steps == steps and cut.goal == whole.goal
        for mine, theirs in zip(cut.stages, whole.stages, strict=False):
            assert (mine.diffusion, mine.time_step) == (theirs.diffusion, theirs.time_step)
    assert whole.cut(6) == whole
    free = Schedule((Stage(1.0, 0.1, 1), Stage(2.0, 0.1, 1)), goal=0.3)
    assert free.cut(1).goal == 0.3 and free.cut(1).final_diffusion == 0.3
    for wrong, error in ((0, ValueError), (7, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="`num_steps`"):
            whole.cut(wrong)


def test_a_long_schedule_has_a_short_repr_under_its_own_name():
    from qdml_quantum import OptimizedSchedule

    stages = tuple(Stage(1.0, 0.1, 1) for _ in range(68))
    assert len(repr(Schedule(stages))) < 120
    known = dict.fromkeys(
        "value start fidelity robust members starts evaluations seconds".split(), 1
    )
    made = OptimizedSchedule(stages, 1.0, target="ground_state", controls=None, **known)
    assert repr(made).startswith("OptimizedSchedule(68 stages, 68 steps")
    assert len(repr(made)) < 130


def test_d_of_time_is_averaged_over_every_step():
    schedule = Schedule.of_time(lambda t: 2 - t, time_step=0.5, num_steps=3)
    assert [round(stage.diffusion, 12) for stage in schedule.stages] == [1.75, 1.25, 0.75]
    assert not schedule.rises
    assert Schedule.of_time(lambda t: 1 + t, time_step=0.5, num_steps=3).rises
    with pytest.raises(TypeError, match="one number"):
        Schedule.of_time(lambda t: [t, t], time_step=0.5, num_steps=3)
