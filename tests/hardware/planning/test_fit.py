"""The search for the best plan within a budget."""

import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import QUICK
from qiskit.providers.fake_provider import GenericBackendV2

from qdml_quantum import Anneal, Compiler, Goal, Grid, Problem, Schedule
from qdml_quantum.annealing.few_steps import few_step_schedule, localising_diffusion
from qdml_quantum.diagnostics.metrics import signal_over_uniform, uniform_fidelity
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.planning import fit as fitting
from qdml_quantum.hardware.planning.costs import (
    as_wanted,
    depolarised,
    signal_error,
    success_error,
)
from qdml_quantum.hardware.planning.draft import Draft, quick_compiler
from qdml_quantum.hardware.planning.fit import at_best, fit_plan

BOX = (-2.5, 2.5)

pytestmark = pytest.mark.usefixtures("fewer_simulations", "schedules_once")

TINY = {"qubits": [3], "steps": [2], **QUICK}

SMALL = {"qubits": [3], "steps": [1, 2], **QUICK}


@pytest.fixture
def one_goal(monkeypatch):
    """One goal of D where it is not about them: a quarter of the circuits."""
    monkeypatch.setattr(fitting, "_DIFFUSIONS", (1.0,))


@pytest.fixture(scope="module")
def found(fewer_simulations, schedules_once):
    return fit_plan("double_well", BOX, backend="fake_fez", **SMALL)


@pytest.mark.slow
def test_every_option_is_kept_with_its_figures(found):
    assert found.complete and found.plan is not None
    assert found.options[0] is found.best
    assert [option.how for option in found.options[:3]] == ["planned", "planned", "simulated"]
    assert len(found.options) >= 8  # All goals of D for both numbers of steps.
    assert {option.costs.num_steps for option in found.options} == {1, 2}
    for option in found.options:
        costs = option.costs
        assert 0 < costs.expected_fidelity < 1 and 0 < costs.uniform_fidelity <= 1
        assert costs.qpu_seconds == pytest.approx(10, rel=0.01) and costs.two_qubit_gates > 0
        assert costs.num_circuits == 2
    data = json.loads(json.dumps(found.to_dict()))
    assert len(data["options"]) == len(found.options)
    assert data["plan"]["spec_id"] == found.plan.spec_id


@pytest.mark.slow
def test_the_plan_is_that_of_the_best_option(found):
    best, made = found.best, found.plan
    assert made.anneal.schedule == best.anneal.schedule and made.shots == best.shots
    assert made.costs is best.costs
    assert made.worth
    bar = made.costs.error_bar("success")
    assert best.score == pytest.approx(bar.expected - bar.error - best.goal.baseline)
    assert best.score > found.options[1].score


@pytest.mark.slow  # One more fit.
def test_a_quick_option_is_as_good_as_its_plan(fewer_simulations):
    """The search compiles with little effort: what it ranks by is nearly what is planned."""
    scores = []
    with pytest.MonkeyPatch.context() as patch:
        planned = fitting._PlanSearch.planned

        def recorded(self, option):
            best, made = planned(self, option)
            scores.append((option.score, best.score))
            return best, made

        patch.setattr(fitting._PlanSearch, "planned", recorded)
        fit_plan("double_well", BOX, backend="fake_fez", **SMALL)
    assert len(scores) == 2
    for quick, whole in scores:
        assert quick == pytest.approx(whole, abs=0.02)


def test_what_cannot_win_is_said():
    flat = Schedule.constant(1.0, num_steps=1, time_step=1e-3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "few_step_schedule", lambda *args, **words: flat)
        lost = fit_plan("double_well", BOX, backend="fake_fez", **TINY | {"steps": [1]})
    (option,) = lost.options
    assert "nearly uniform" in option.excluded and lost.excluded == {option.excluded: 1}
    assert f"1 excluded: {option.excluded}" in str(lost)
    assert lost.plan is None and lost.best is None
    assert "No option can be recommended" in str(lost)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2])
def test_at_the_best_two_steps_all_goals_of_d_are_tried(found, steps):
    localised = localising_diffusion(found.plan.problem)
    goals = {
        round(option.anneal.schedule.goal / localised, 9)
        for option in found.options
        if option.costs.num_steps == steps
    }
    assert goals == {0.5, 1, 2, 4}
    schedules = [option.anneal.schedule for option in found.options]
    assert len(set(schedules)) == len(schedules)
    assert few_step_schedule(found.plan.problem, steps) in schedules


@pytest.mark.slow
def test_the_first_schedule_is_the_one_that_shows_most():
    problem = Problem(Grid([BOX], 3), "double_well")
    search = fitting._PlanSearch(
        wanted="success",
        device=None,
        allowed=10.0,
        most_shots=1000,
        delay=1e-4,
        besides=(),
        sampler=None,
        compiler=None,
        seed=0,
        diffusion=localising_diffusion(problem),
        deadline=0.0,
    )
    goal = Goal(problem)
    shares = [
        goal.share(np.abs(Anneal(problem, schedule).final_state()) ** 2)
        for schedule in search.schedules(goal, 2, 0.9)
    ]
    assert shares == sorted(shares, reverse=True) and len(shares) == 4


@pytest.fixture(scope="module")
def tiny(fewer_simulations, schedules_once):
    return fit_plan("double_well", BOX, backend="fake_fez", **TINY)


@pytest.mark.slow  # Plans themselves are compared in test_planning.py.
def test_equal_seeds_give_equal_fits(tiny, schedules_anew):
    again = fit_plan("double_well", BOX, backend="fake_fez", **TINY)
    mine, other = (fitted.to_dict() for fitted in (tiny, again))
    for data in (mine, other):
        data["seconds"] = data["plan"]["calibration"]["taken"] = None
    assert mine == other


@pytest.mark.slow
def test_a_budget_pays_for_shots(found, one_goal):
    less = fit_plan("double_well", BOX, backend="fake_fez", qpu_seconds=3, **TINY)
    assert less.best.shots < found.best.shots / 7
    assert less.plan.costs.qpu_seconds == pytest.approx(3, rel=0.01)
    few = fit_plan("double_well", BOX, backend="fake_fez", shots=300, **TINY)
    assert few.best.shots == 300 and few.plan.shots == 300


@pytest.mark.slow
def test_a_time_limit_still_gives_a_plan(one_goal):
    cut = fit_plan(
        "double_well", BOX, backend="fake_fez", time_limit=1e-3, **TINY | {"steps": [1, 2]}
    )
    assert not cut.complete and cut.plan is not None
    assert "time limit" in str(cut)


@pytest.mark.slow
def test_where_nothing_can_be_believed_there_is_no_plan(one_goal):
    noisy = GenericBackendV2(4, coupling_map=[[0, 1], [1, 2], [2, 3]], seed=3)
    for pair in noisy.target["cx"].values():
        pair.error = 0.3
    lost = fit_plan("double_well", BOX, backend=noisy, **TINY)
    assert lost.plan is None and lost.best is None
    assert any("the noise hides it" in reason for reason in lost.excluded)
    assert "No option can be recommended" in str(lost)


@pytest.mark.slow
def test_depths_that_cannot_win_are_skipped_and_said(one_goal):
    deep = fit_plan("double_well", BOX, backend="fake_fez", **TINY | {"steps": [2, 80, 90]})
    (words,) = deep.skipped
    assert "3 qubits with 80 steps or more" in words and words in str(deep)
    assert deep.complete and {option.costs.num_steps for option in deep.options} == {2}


@pytest.mark.slow
def test_grids_that_a_device_has_no_room_for_are_left_out(one_goal):
    alone = fit_plan("double_well", BOX, backend="fake_manila", **TINY | {"qubits": [3, 6]})
    assert {option.costs.num_qubits for option in alone.options} == {3}


def test_no_schedule_beats_the_bound_that_skips():
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = int(2 ** rng.integers(2, 6))
        ideal = rng.dirichlet(np.full(size, 10 ** rng.uniform(-2, 2)))
        share = rng.uniform(0.05, 1)
        mask = np.zeros(size, dtype=bool)
        mask[np.argsort(ideal)[-max(1, size // 8) :]] = True
        noisy, shots = depolarised(ideal, share), 10**7
        success = min(noisy[mask].sum(), 1.0)
        least = success - mask.mean() - success_error(success, shots)
        assert least < at_best("success", share, float(mask.mean()))
        signal = signal_over_uniform(noisy, ideal) - signal_error(noisy, ideal, shots)
        assert signal < at_best("signal", share, 0.0) + 0.02, (share, size)


@pytest.mark.slow
def test_a_table_is_thinned_and_a_problem_gives_its_box():
    table = Problem.from_table(Problem(Grid([BOX], 4), "double_well").values, [BOX])
    thinned = fit_plan(table, backend="fake_fez", **TINY | {"qubits": [3, 4, 5]})
    assert {option.costs.num_qubits for option in thinned.options} == {3, 4}
    given = fit_plan(Problem(Grid([BOX], 6), "double_well"), backend="fake_fez", **TINY)
    assert given.plan.grid == Grid.centred([BOX], 3)  # Its box, where half a cell saves gates.
    with pytest.raises(ValueError, match="at most those of the table"):
        fit_plan(table, backend="fake_fez", **TINY | {"qubits": [5]})


def test_wrong_arguments_of_fit():
    device = find_backend("fake_fez")
    for arguments, error, text in (
        ({"goal": "best"}, ValueError, "Unknown goal"),
        ({"qpu_seconds": 2.1}, ValueError, "pay for 256 shots of 2 circuits, 2.13 s"),
        ({"qpu_seconds": 0}, ValueError, "qpu_seconds"),
        ({"steps": []}, ValueError, "`steps` must hold a number"),
        ({"steps": [0]}, ValueError, "steps"),
        ({"qubits": []}, ValueError, "qubits"),
        ({"shots": 0}, ValueError, "shots"),
        ({"seed": -1}, ValueError, "seed"),
        ({"time_limit": 0}, ValueError, "time_limit"),
        ({"backend": "fake_fezz"}, ValueError, "Did you mean"),
    ):
        with pytest.raises(error, match=text):
            fit_plan("double_well", BOX, **({"backend": device, **SMALL} | arguments))
    with pytest.raises(ValueError, match="bounds"):
        fit_plan("x**4 - x", backend=device, **SMALL)


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "goal"), [("fake_fez", "success"), ("fake_torino", "signal")])
def test_the_winner_is_at_least_as_good_as_every_fixed_default(all_simulations, backend, goal):
    # Two defaults for 3 to 5 qubits and 1 to 8 steps; about 2 minutes of processor time each.
    compiler = Compiler("joint", effort=1, seeds=2)
    found = fit_plan("double_well", BOX, backend=backend, goal=goal, compiler=compiler)
    device, defaults, shots = find_backend(backend), [], found.best.shots
    for size in (3, 4, 5):
        problem = Problem(Grid([BOX], size), "double_well")
        final, near = localising_diffusion(problem), Goal(problem)
        for steps in range(1, 9):
            falling = Schedule.geometric((40 * final, final), num_stages=steps, num_steps=1)
            for schedule in (few_step_schedule(problem, steps), falling):
                draft = Draft(
                    Anneal(problem, schedule),
                    near,
                    quick_compiler(compiler),
                    device,
                    ("position",),
                )
                ideal, bars = draft.ideal["position"], draft.error_bars(shots, as_wanted(None, 1.0))
                bar = next(bar for bar in bars if bar.quantity == goal)
                chance = near.baseline if goal == "success" else 0.0
                if draft.signal >= 0.5 and uniform_fidelity(ideal) <= 0.98:
                    defaults.append(bar.expected - bar.error - chance)
    assert len(defaults) > 10
    assert found.best.score >= max(defaults) - 1e-3
