"""A draft: what an anneal on a device compiles to, what that gives, and what is checked of it."""

import math

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import QUICK

from qdml_quantum import Anneal, Goal, Grid, Hamiltonian, Problem, Schedule, find_backend, plan
from qdml_quantum.diagnostics.metrics import probabilities_in, signal_over_uniform
from qdml_quantum.hardware.devices import isa
from qdml_quantum.hardware.planning import draft
from qdml_quantum.hardware.planning.costs import ErrorBar, depolarised, success_error
from qdml_quantum.hardware.planning.draft import (
    Draft,
    beats_chance,
    error_reached,
    expected_signal,
)
from qdml_quantum.problem.goal import find_minimizers, success_mask

pytestmark = pytest.mark.usefixtures("fewer_simulations")


def test_error_bars_are_those_of_the_expected_histograms(made):
    points, _ = find_minimizers(made.problem)
    mask = success_mask(made.grid, points, made.goal.radius)
    p = made.noisy["position"]
    success = made.costs.error_bar("success")
    assert success.expected == pytest.approx(p[mask].sum())
    assert made.costs.error_bar("signal").expected == pytest.approx(made.expected_signal)
    k = np.fft.fftfreq(8, 5 / 8) * 2 * np.pi
    values, squares = made.problem.values, made.anneal.diffusion * k**2
    energy = made.costs.error_bar("energy")
    q = made.noisy["momentum"]
    assert energy.expected == pytest.approx((p * values).sum() + (q * squares).sum())
    variance = sum((w * v**2).sum() - (w * v).sum() ** 2 for w, v in ((p, values), (q, squares)))
    assert energy.error == pytest.approx(1.96 * np.sqrt(variance / made.shots), rel=1e-3)


def test_a_nearly_uniform_ideal_proves_nothing(well):
    idle = Schedule.constant(1.0, num_steps=1, time_step=1e-3)
    planned = plan(well, idle, backend="fake_fez", besides=(), **QUICK)
    failed = {check.name for check in planned.checks if not check.passed}
    assert "far_from_uniform" in failed and not planned.worth
    assert "nearly uniform" in planned.verdict


def test_two_qubits_are_said_to_prove_nothing_about_steps():
    problem = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    planned = plan(problem, backend="fake_fez", besides=(), **QUICK)
    check = next(c for c in planned.checks if c.name == "more_than_two_qubits")
    assert not check.passed
    if planned.worth:
        assert "more_than_two_qubits" in planned.verdict


def test_steps_that_are_too_long_are_said(well):
    rough = Schedule.geometric((2, 0.1), num_stages=1, num_steps=2, time_step=1.0)
    planned = plan(well, rough, backend="fake_fez", besides=(), **QUICK)
    failed = {check.name for check in planned.checks if not check.passed}
    assert {"time_step", "rough_objective"} <= failed


@pytest.mark.slow
def test_too_large_for_a_simulation_is_said(well, monkeypatch):
    for module in (draft, isa):
        monkeypatch.setattr(module, "noisy_probabilities", lambda *a, **k: None)
    planned = plan(well, backend="fake_fez", **QUICK)
    assert planned.noisy is None and planned.expected_signal is None
    assert "noise is simulated on up to" in str(planned)
    assert planned.costs.error_bar("signal").expected == planned.costs.estimated_signal


def test_everything_is_made_once(well):
    one = Anneal(well, Schedule.constant(0.5, num_steps=1, time_step=0.3))
    device = find_backend("fake_fez")
    found = Draft(one, Goal(well), QUICK["compiler"], device, ("position",))
    assert found.isa is found.isa and found.ideal is found.ideal and found.noisy is found.noisy
    assert found.chip is device
    ideal = probabilities_in("position", one.final_state())
    assert found.ideal["position"] == pytest.approx(ideal, abs=1e-14)
    assert found.success == pytest.approx(found.goal.share(found.noisy["position"]))
    assert found.expected is found.noisy
    deciding = [check.name for check in found.checks() if check.decides]
    assert deciding == ["expected_signal", "far_from_uniform"]


WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
ANNEAL = Anneal(WELL, Schedule.geometric((4, 0.1), num_stages=6, num_steps=4, time_step=0.2))
WANTED = {"success": 0.02, "signal": 0.05, "energy": 0.1}


def drafted(*bases, share=1.0):
    """A draft whose noise takes all but a share to uniform, without any circuit."""
    made = Draft(ANNEAL, Goal(WELL), QUICK["compiler"], None, bases)
    noisy = {basis: depolarised(values, share) for basis, values in made.ideal.items()}
    vars(made).update(noisy=noisy)
    return made


def test_histograms_are_those_of_the_state():
    psi, ideal = ANNEAL.final_state(), drafted("position", "momentum").ideal
    assert ideal["position"] == pytest.approx(np.abs(psi) ** 2, abs=1e-14)
    waves = np.abs(np.fft.fft(psi, norm="ortho")) ** 2
    assert ideal["momentum"] == pytest.approx(waves, abs=1e-14)
    assert list(drafted("position").ideal) == ["position"]


def test_error_bars_are_of_what_is_expected():
    made = drafted("position", "momentum", share=0.8)
    ideal, noisy = made.ideal, made.noisy
    success, signal, energy = made.error_bars(1000, WANTED)
    share = float(noisy["position"][made.goal.mask].sum())
    assert success.expected == pytest.approx(share)
    assert success.error == pytest.approx(success_error(share, 1000))
    assert signal.expected == signal_over_uniform(noisy["position"], ideal["position"])
    assert [bar.wanted for bar in (success, signal, energy)] == list(WANTED.values())
    flat = WELL.values.mean() + ANNEAL.diffusion * (WELL.grid.axes[0].wave_numbers ** 2).mean()
    exact = Hamiltonian(WELL, ANNEAL.diffusion).moments(ANNEAL.final_state())[0]
    assert energy.expected == pytest.approx(0.8 * exact + 0.2 * flat)


def test_without_wave_numbers_there_is_no_energy():
    bars = drafted("position").error_bars(1000, WANTED)
    assert [bar.quantity for bar in bars] == ["success", "signal"]


@pytest.mark.parametrize(("error", "passed"), [(0.02, True), (0.021, False)])
def test_an_error_bar_is_reached_or_says_how(error, passed):
    check = error_reached(ErrorBar("success", 0.5, error, 0.02, 4000))
    assert check.passed is passed and check.name == "error_of_success" and check.decides
    assert "--shots 4000" in check.remedy
    assert "No number of shots does" in error_reached(ErrorBar("signal", 0, 1, 0.1, None)).remedy


@pytest.mark.parametrize(("signal", "passed"), [(0.5, True), (0.49, False), (math.nan, False)])
def test_half_of_the_signal_is_expected(signal, passed):
    check = expected_signal(signal, "from simulated noise")
    assert check.passed is passed and check.meaning.endswith("from simulated noise")


def test_chance_is_beaten_where_the_minimum_is_found_more_often():
    goal, ideal = Goal(WELL), drafted("position").ideal
    check = beats_chance(ideal["position"], goal)
    assert check.passed
    assert check.value == pytest.approx(goal.share(ideal["position"]) - goal.mask.mean())
    away = np.where(goal.mask, 0.0, 1.0)
    assert not beats_chance(away / away.sum(), goal).passed
