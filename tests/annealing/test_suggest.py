"""Suggested schedules: what the user fixed is kept, and what is chosen makes the checks pass."""

import math
from functools import cache

import numpy as np
import pytest

from qdml_quantum.annealing.suggest import _pointless, suggest_schedule
from qdml_quantum.annealing.trial_anneal import TrialScore
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import SCHEDULES, Schedule
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.goal import success_mask
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, amplitudes
from qdml_quantum.reference.spectrum import eigenstates

BOWL = Problem(Grid((-4, 4), 5), "harmonic")
WELL = Problem(Grid((-2.5, 2.5), 6), "double_well")
PLANE = Problem(Grid([(-5, 5), (-5, 5)], 4), "harmonic")
SPACE = Problem(Grid([(-5, 5)] * 3, 3), "harmonic")

suggested = cache(suggest_schedule)
"""Without a wish: each problem's once."""


def final(problem, schedule, formula="strang"):
    psi = amplitudes("uniform", problem.grid)
    return Propagator(problem, workers=1).run(psi, make_recipe(schedule, formula).phases)


@pytest.mark.few(2)
@pytest.mark.parametrize("problem", [BOWL, WELL, PLANE], ids=repr)
def test_suggestion_is_converged_and_ends_in_the_ground_state(problem):
    schedule = suggested(problem)
    psi, fine = final(problem, schedule), final(problem, schedule.halved())
    ground = eigenstates(problem, schedule.final_diffusion)[1][0]
    assert checks.ground_state(fidelity(psi, ground)).passed
    assert checks.time_step(np.abs(psi) ** 2, np.abs(fine) ** 2).passed
    assert checks.aliasing(psi, problem.grid).passed
    assert checks.wrap_around(psi).passed
    assert checks.rough_objective(problem, schedule).passed


@pytest.mark.parametrize("formula", ["lie", "suzuki4"])
def test_other_formulas_are_converged_too(formula):
    schedule = suggest_schedule(BOWL, formula=formula)
    ground = eigenstates(BOWL, schedule.final_diffusion)[1][0]
    assert fidelity(final(BOWL, schedule, formula), ground) > 0.9


def test_it_starts_where_the_uniform_state_is_the_ground_state():
    for problem in (BOWL, WELL, PLANE):
        start = suggested(problem).stages[0].diffusion
        ground = eigenstates(problem, start)[1][0]
        assert fidelity(ground, amplitudes("uniform", problem.grid)) > 0.95


def test_it_ends_where_the_ground_state_is_in_the_success_radius():
    stop = suggested(WELL).final_diffusion
    ground = eigenstates(WELL, stop)[1][0]
    near = np.abs(WELL.grid.axes[0].points - WELL.objective.minimizers[0][0]) <= 0.1 * 5
    assert (ground**2)[near].sum() > 0.9


def test_three_dimensions():
    schedule = suggest_schedule(SPACE, num_stages=8, max_steps=100)
    assert schedule.stages[0].diffusion > schedule.final_diffusion > 0


def test_same_question_same_answer():
    assert suggest_schedule(BOWL) == suggested(BOWL)


ALL = {
    "d_start": 10.0,
    "d_stop": 0.2,
    "time_step": 0.1,
    "step_exponent": 0.75,
    "num_steps": 7,
    "num_stages": 9,
}


@pytest.mark.parametrize("kind", sorted(SCHEDULES))
def test_all_wishes_together_are_the_schedule(kind):
    wishes = ALL | ({"step_exponent": None} if kind == "equal_phase" else {})
    options = {name: wishes[name] for name in ("num_stages", "num_steps", "time_step")}
    if kind != "equal_phase":
        options["step_exponent"] = 0.75
    assert suggest_schedule(WELL, kind, **wishes) == SCHEDULES[kind]((10.0, 0.2), **options)


def test_equal_phase_keeps_its_exponent_where_the_rest_is_chosen():
    schedule = suggest_schedule(WELL, "equal_phase", max_steps=300)
    turns = [s.time_step * math.sqrt(s.diffusion) for s in schedule.stages]
    assert np.allclose(turns, turns[0])


def test_qhd_is_the_published_schedule_in_the_units_of_the_box():
    assert suggest_schedule(WELL, "qhd", num_steps=40) == Schedule.qhd(num_steps=40, length=5.0)
    plane = Problem(Grid([(0, 1), (0, 4)], 4), "x**2 + y**2")
    assert suggest_schedule(plane, "qhd", num_steps=40) == Schedule.qhd(num_steps=40, length=2.0)
    free = suggest_schedule(WELL, "qhd", max_steps=200)
    assert free == Schedule.qhd(num_steps=free.num_steps, length=5.0)
    assert free.num_steps <= 200


@pytest.mark.parametrize("wish", ["d_start", "d_stop", "time_step", "step_exponent", "num_stages"])
def test_qhd_takes_its_steps_only(wish):
    with pytest.raises(ValueError, match=f"`{wish}` must be left out of a QHD schedule"):
        suggest_schedule(WELL, "qhd", **{wish: 2})


def test_equal_phase_takes_no_exponent():
    with pytest.raises(ValueError, match="`step_exponent` must be left out of an equal-phase"):
        suggest_schedule(WELL, "equal_phase", step_exponent=0.75)


@pytest.mark.parametrize(
    ("wish", "seen"),
    [
        ({"d_start": 10.0}, lambda s: s.stages[0].diffusion),
        ({"d_stop": 0.2}, lambda s: s.final_diffusion),
        ({"time_step": 0.05}, lambda s: s.stages[-1].time_step),
        ({"num_steps": 7}, lambda s: s.stages[0].num_steps),
        ({"num_stages": 9}, lambda s: len(s.stages)),
        (
            {"step_exponent": 0.25},
            lambda s: round(
                math.log(s.stages[-1].time_step / s.stages[0].time_step)
                / math.log(s.stages[0].diffusion / s.final_diffusion),
                9,
            ),
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_wish_is_kept_where_the_rest_is_free(wish, seen):
    schedule = suggest_schedule(BOWL, **wish, max_steps=500)
    assert seen(schedule) == pytest.approx(next(iter(wish.values())))


def test_steps_make_it_geometric():
    """An adiabatic schedule has as many steps in each stage as it needs."""
    assert len({stage.num_steps for stage in suggested(WELL).stages}) > 1
    equal = suggest_schedule(WELL, num_steps=5, num_stages=7, max_steps=100)
    assert [stage.num_steps for stage in equal.stages] == [5] * 7


@pytest.mark.parametrize("wish", [{"num_steps": 5}, {"time_step": 0.1}, {"step_exponent": 0.0}])
def test_adiabatic_chooses_its_own_steps(wish):
    with pytest.raises(ValueError, match=f"`{next(iter(wish))}` must be left out of an adiabatic"):
        suggest_schedule(WELL, "adiabatic", **wish)


@pytest.mark.few(2)
@pytest.mark.parametrize("max_steps", [1, 7, 60, 200])
def test_even_a_few_steps_are_kept(max_steps):
    assert suggest_schedule(WELL, max_steps=max_steps).num_steps <= max_steps
    plane = Problem(Grid([(-2, 2), (-2, 2)], 4), "rosenbrock")
    assert suggest_schedule(plane, max_steps=max_steps).num_steps <= max_steps


def test_adiabatic_without_a_fall_is_constant_and_to_zero_is_linear():
    still = suggest_schedule(BOWL, d_start=0.5, d_stop=0.5, max_steps=300)
    assert {stage.diffusion for stage in still.stages} == {0.5}
    down = suggest_schedule(BOWL, d_start=2.0, d_stop=0.0, num_stages=5, max_steps=300)
    assert [stage.diffusion for stage in down.stages] == [2.0, 1.5, 1.0, 0.5, 0.0]


def test_what_heats_is_not_tried_slower_and_what_is_late_not_with_smaller_steps():
    heated, late = TrialScore(0.5, 0.2, 5.0, 0.0), TrialScore(0.6, 0.0, 0.1, 0.0)
    assert _pointless(16, 2, [(8, 2, heated)])
    assert not _pointless(16, 1, [(8, 2, heated)])
    assert _pointless(8, 1, [(8, 2, late)])
    assert not _pointless(16, 1, [(8, 2, late)])
    worse = TrialScore(0.97, 0.0, 3.0, 0.0)
    assert _pointless(32, 2, [(8, 2, worse), (16, 2, worse)])
    assert not _pointless(32, 2, [(8, 2, worse), (16, 2, TrialScore(0.97, 0.0, 1.5, 0.0))])


def test_constant_is_one_stage_at_the_final_diffusion():
    schedule = suggest_schedule(BOWL, kind="constant", max_steps=300)
    assert len(schedule.stages) == 1
    assert schedule.final_diffusion == suggested(BOWL).final_diffusion


def test_no_more_steps_than_can_be_afforded():
    assert suggest_schedule(WELL, max_steps=300).num_steps <= 300
    assert suggest_schedule(WELL, num_stages=8, max_steps=700).num_steps <= 700


def test_a_flat_objective_has_no_minimum_to_anneal_into():
    with pytest.raises(ValueError, match="flat on the grid: every value is 3"):
        suggest_schedule(Problem(Grid((-4, 4), 5), lambda x: 0 * x + 3))


def scaled(schedule, energy=1.0, length=1.0):
    """D, dt of every stage in the units of a problem with scaled energies and lengths."""
    return [
        (s.diffusion * energy * length**2, s.time_step / energy, s.num_steps)
        for s in schedule.stages
    ]


@pytest.mark.parametrize(
    ("objective", "half_width", "energy", "length"),
    [
        (lambda x: 5 * x**2, 4, 5.0, 1.0),
        (lambda x: x**2 + 100, 4, 1.0, 1.0),
        (lambda x: (x / 2) ** 2, 8, 1.0, 2.0),
    ],
    ids=["energy", "offset", "length"],
)
def test_units_do_not_matter(objective, half_width, energy, length):
    """A scaled problem gets the scaled schedule: D ~ energy length^2, dt ~ 1 / energy."""
    plain = suggest_schedule(Problem(Grid((-4, 4), 5), lambda x: x**2))
    other = suggest_schedule(Problem(Grid((-half_width, half_width), 5), objective))
    assert np.allclose(scaled(other), scaled(plain, energy, length), rtol=1e-6)


@pytest.mark.parametrize("initial", [Gaussian(0.0, 1.0), np.ones(32), "uniform"], ids=str)
def test_every_kind_of_initial_state_is_accepted(initial):
    assert isinstance(suggest_schedule(BOWL, initial=initial, max_steps=200), Schedule)


@pytest.mark.parametrize(
    "problem",
    [
        Problem(Grid((-4, 4), 1), "harmonic"),
        Problem(Grid([(-4, 4), (-4, 4)], 1), "harmonic"),
        Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4)),
        Problem(Grid((-4, 4), 5), lambda x: 1e-6 * x**2),
        Problem(Grid((-4, 4), 5), lambda x: 1e6 * x**2),
    ],
    ids=["one qubit", "one qubit each", "table", "tiny", "huge"],
)
def test_odd_problems_get_a_schedule_of_finite_numbers(problem):
    schedule = suggest_schedule(problem, max_steps=200)
    values = [(s.diffusion, s.time_step) for s in schedule.stages]
    assert np.isfinite(values).all()
    assert np.isfinite(final(problem, schedule)).all()


@pytest.mark.parametrize(
    ("wish", "part"),
    [
        ({"d_start": 1.0, "d_stop": 2.0}, "`d_stop`"),
        ({"d_stop": 1e9}, "`d_stop`"),
        ({"d_start": -1.0}, "`d_start`"),
        ({"d_stop": -1.0}, "`d_stop`"),
        ({"d_start": math.nan}, "`d_start`"),
        ({"time_step": 0.0}, "`time_step`"),
        ({"time_step": -0.1}, "`time_step`"),
        ({"num_steps": 0}, "`num_steps`"),
        ({"num_stages": 0}, "`num_stages`"),
        ({"kind": "qhd", "num_steps": 10_001}, "`num_steps` must be at most 10000"),
        ({"kind": "geometrc"}, r"[Uu]nknown schedule 'geometrc'. Did you mean `geometric`\?"),
    ],
    ids=str,
)
def test_impossible_wishes_are_refused_by_name(wish, part):
    if wish == {"d_stop": 1e9}:
        schedule = suggest_schedule(BOWL, **wish, max_steps=200)
        assert schedule.final_diffusion == 1e9  # the start rises to it
        return
    with pytest.raises(ValueError, match=part):
        suggest_schedule(BOWL, **wish, max_steps=200)


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["levy", "bohachevsky1", "rastrigin"])
def test_where_no_state_is_localised_the_grid_checks_come_first(name):
    """On 5 + 5 qubits no D is both resolved and localised; the chosen one is resolved."""
    objective = as_objective(name, 2)
    problem = Problem(Grid(objective.bounds, 5), objective)
    diffusion = suggest_schedule(problem, max_steps=50).final_diffusion
    state = eigenstates(problem, diffusion, method="iterative")[1][0]
    inside = success_mask(problem.grid, objective.minimizers, 0.1)
    assert (state**2)[inside].sum() < 0.93
    assert checks.aliasing(state, problem.grid).passed
    assert checks.wrap_around(state).passed


@pytest.mark.parametrize(
    "wish", [{"d_start": 1e12}, {"d_start": 1e20}, {"d_start": 1e12, "d_stop": 9e11}]
)
def test_a_start_far_above_the_natural_one_ends(wish):
    """There the ground state does not turn at all: neither angle nor gap can be measured."""
    schedule = suggest_schedule(WELL, max_steps=500, **wish)
    assert schedule.stages[0].diffusion == pytest.approx(wish["d_start"])
    assert schedule.num_steps <= 500


def test_too_many_stages_are_refused_at_once():
    with pytest.raises(ValueError, match="`num_stages` must be at most 10000"):
        suggest_schedule(WELL, num_stages=3_000_000)
