"""The search for the best plan within a budget."""

import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import QUICK
from qiskit.providers.fake_provider import GenericBackendV2

from qdml_quantum import Anneal, Compiler, Goal, Grid, Problem, Schedule
from qdml_quantum.diagnostics.metrics import signal_over_uniform, uniform_fidelity
from qdml_quantum.hardware.devices.devices import find_backend, target_of
from qdml_quantum.hardware.devices.noise import noisy_probabilities
from qdml_quantum.hardware.devices.placement import expected_fidelity
from qdml_quantum.hardware.planning import fit as fitting
from qdml_quantum.hardware.planning.few_steps import few_step_schedule, localising_diffusion
from qdml_quantum.hardware.planning.fit import Trend, fit_plan, kept_values, quick_circuit
from qdml_quantum.hardware.planning.options import score
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates

BOX = (-2.5, 2.5)

pytestmark = pytest.mark.usefixtures("fewer_simulations", "schedules_once")

TINY = {"qubits": [3], "steps": [1], "kinds": ["optimized"], **QUICK}

SMALL = {"qubits": [3], "steps": [1, 2], "kinds": ["optimized", "equal_phase"], **QUICK}


@pytest.fixture(scope="module")
def found(fewer_simulations, schedules_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_FINISHED", 2)
        return fit_plan("double_well", BOX, backend="fake_fez", **SMALL)


def test_every_option_is_kept_with_its_figures(found):
    assert found.complete and found.plan is not None
    assert found.options[0] is found.best and found.best.how == "planned"
    assert {option.how for option in found.options} == {"planned", "simulated", "screened"}
    assert {option.num_steps for option in found.options} == {1, 2}
    # Optimised for 4 D; 16 others, of which half are the same where there is one step only.
    assert len({option.schedule for option in found.options}) == 4 + 8 + 4 + 16
    for option in found.options:
        assert 0 < option.fidelity < 1 and 0 < option.uniform_fidelity <= 1
        assert option.seconds <= 10.01 and option.two_qubit_gates > 0
    data = json.loads(json.dumps(found.to_dict()))
    assert len(data["options"]) == len(found.options)
    assert data["plan"]["spec_id"] == found.plan.spec_id


def test_the_plan_is_that_of_the_best_option(found):
    best, made = found.best, found.plan
    assert made.anneal.schedule == best.schedule and made.shots == best.shots
    assert made.costs.qpu_seconds == pytest.approx(10, rel=0.01)
    assert made.worth
    assert best.signal == pytest.approx(made.expected_signal)
    assert best.success == pytest.approx(made.costs.error_bar("success").expected)
    bar = made.costs.error_bar("success")
    assert best.score == pytest.approx(bar.expected - bar.error - best.baseline)
    assert best.score == max(o.score for o in found.options if o.how == "planned")


def test_what_cannot_win_is_said(found):
    assert sum(found.excluded.values()) == sum(bool(o.excluded) for o in found.options) > 0
    assert any("nearly uniform" in reason for reason in found.excluded)
    text = str(found)
    for reason, number in found.excluded.items():
        assert f"{number} excluded: {reason}" in text
    for option in found.options:
        assert (option.uniform_fidelity > 0.98) == ("nearly uniform" in option.excluded)
    assert not found.best.excluded
    assert "simulated with noise" in text and "verdict: worth running" in text


@pytest.fixture
def one_plan(monkeypatch):
    """Only the best option is simulated and planned: saves most of the time."""
    monkeypatch.setattr(fitting, "_FINISHED", 1)
    monkeypatch.setattr(fitting, "_SIMULATED", 1)


@pytest.fixture(scope="module")
def tiny(fewer_simulations, schedules_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_FINISHED", 1)
        patch.setattr(fitting, "_SIMULATED", 1)
        return fit_plan("double_well", BOX, backend="fake_fez", **TINY)


def test_equal_seeds_give_equal_fits(tiny, one_plan, schedules_anew):
    again = fit_plan("double_well", BOX, backend="fake_fez", **TINY)
    mine, other = (fitted.to_dict() for fitted in (tiny, again))
    for data in (mine, other):
        data["seconds"] = data["plan"]["calibration"]["taken"] = None
    assert mine == other


def test_a_budget_pays_for_shots(found, one_plan):
    less = fit_plan("double_well", BOX, backend="fake_fez", qpu_seconds=3, **TINY)
    assert less.best.shots < found.best.shots / 7
    assert less.plan.costs.qpu_seconds == pytest.approx(3, rel=0.01)
    few = fit_plan("double_well", BOX, backend="fake_fez", shots=300, **TINY)
    assert few.best.shots == 300 and few.plan.shots == 300


def test_a_time_limit_still_gives_a_plan():
    cut = fit_plan(
        "double_well", BOX, backend="fake_fez", time_limit=1e-3, **TINY | {"steps": [1, 2]}
    )
    assert not cut.complete and cut.plan is not None
    assert "time limit" in str(cut)


def test_where_nothing_can_be_believed_there_is_no_plan():
    noisy = GenericBackendV2(4, coupling_map=[[0, 1], [1, 2], [2, 3]], seed=3)
    for pair in noisy.target["cx"].values():
        pair.error = 0.3
    lost = fit_plan("double_well", BOX, backend=noisy, **TINY)
    assert lost.plan is None and lost.best is None
    assert any("the noise hides it" in reason for reason in lost.excluded)
    assert "No option can be recommended" in str(lost)


def test_depths_that_cannot_win_are_skipped_and_said(one_plan):
    deep = fit_plan("double_well", BOX, backend="fake_fez", **TINY | {"steps": [1, 80]})
    assert any("3 qubits with 80 steps" in words for words in deep.skipped)
    assert deep.skipped[0] in str(deep)


@pytest.mark.slow
def test_a_table_is_thinned_and_a_problem_gives_its_box(one_plan):
    table = Problem.from_table(Problem(Grid([BOX], 4), "double_well").values, [BOX])
    thinned = fit_plan(table, backend="fake_fez", **TINY | {"qubits": [3, 4, 5]})
    assert {option.num_qubits for option in thinned.options} == {3, 4}
    given = fit_plan(Problem(Grid([BOX], 6), "double_well"), backend="fake_fez", **TINY)
    assert given.plan.grid == Grid([BOX], 3)
    with pytest.raises(ValueError, match="at most those of the table"):
        fit_plan(table, backend="fake_fez", **TINY | {"qubits": [5]})


def test_wrong_arguments_of_fit():
    device = find_backend("fake_fez")
    for arguments, error, text in (
        ({"goal": "best"}, ValueError, "Unknown goal"),
        ({"kinds": ["optimised"]}, ValueError, "Did you mean `optimized`"),
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
def test_the_winner_is_at_least_as_good_as_every_fixed_default(backend, goal):
    # Two defaults for 3 to 5 qubits and 1 to 8 steps; about 4 minutes of processor time each.
    found = fit_plan(
        "double_well",
        BOX,
        backend=backend,
        goal=goal,
        compiler=Compiler("joint", effort=1, seeds=2),
    )
    device, defaults = find_backend(backend), []
    for size in (3, 4, 5):
        problem = Problem(Grid([BOX], size), "double_well")
        final = localising_diffusion(problem)
        mask = Goal(problem, 0.1).mask
        for steps in range(1, 9):
            falling = Schedule.geometric((40 * final, final), num_stages=steps, num_steps=1)
            for schedule in (few_step_schedule(problem, steps), falling):
                one = Anneal(problem, schedule)
                ideal = np.abs(one.final_state()) ** 2
                circuit = quick_circuit(one, target_of(device))
                noisy = noisy_probabilities(device, circuit, problem.grid)
                believed = signal_over_uniform(noisy, ideal) >= 0.5
                if believed and uniform_fidelity(ideal) <= 0.98:
                    defaults.append(score(goal, noisy, ideal, mask, found.best.shots))
    assert len(defaults) > 10
    assert found.best.score >= max(defaults) - 1e-3


def test_the_trend_is_that_of_compiled_circuits():
    problem = Problem(Grid([BOX], 3), "double_well")
    target = target_of(find_backend("fake_fez"))
    goal = localising_diffusion(problem)
    trend = Trend.of(problem, target, goal, idle=False)
    for steps in (2, 5):
        schedule = few_step_schedule(problem, steps, diffusion=goal, num_starts=1)
        circuit = quick_circuit(Anneal(problem, schedule), target)
        assert trend.at(steps).gates == pytest.approx(two_qubit_gates(circuit), rel=0.1)
        exact = expected_fidelity(circuit, target, idle=False)
        assert trend.at(steps).fidelity == pytest.approx(exact, abs=0.04)


def test_equal_objectives_are_compiled_once():
    problem = Problem(Grid([BOX], 3), "double_well")
    one = Anneal(problem, few_step_schedule(problem, 1, diffusion=0.1))
    exact = kept_values(one, "exact")
    assert kept_values(one, None) == exact
    assert kept_values(one, ("max", 100.0)) != exact


def test_a_trend_is_a_line():
    trend = Trend(np.array([10.0, 0.1, 2e-6]), np.array([8.0, 0.05, 1e-6]))
    assert [trend.at(steps).gates for steps in (1, 2, 5)] == [10, 18, 42]
    assert trend.at(3).fidelity == pytest.approx(2.718281828459045**-0.2)
    assert trend.at(3).length == pytest.approx(4e-6)
