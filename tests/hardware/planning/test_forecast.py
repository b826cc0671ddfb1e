"""What is said before a run: expected figures, error bars, checks with a remedy that works."""

import math

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import Anneal, Goal, Grid, Hamiltonian, Problem, Schedule
from qdml_quantum.diagnostics.metrics import signal_over_uniform
from qdml_quantum.hardware.planning.costs import ErrorBar, depolarised, success_error
from qdml_quantum.hardware.planning.forecast import (
    beats_chance,
    error_bars,
    error_reached,
    expected_signal,
    histograms,
)

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
ANNEAL = Anneal(WELL, Schedule.geometric((4, 0.1), num_stages=6, num_steps=4, time_step=0.2))
WANTED = {"success": 0.02, "signal": 0.05, "energy": 0.1}


@pytest.fixture(scope="module")
def ideal():
    return histograms(ANNEAL.final_state(), ("position", "momentum"))


def test_histograms_are_those_of_the_state(ideal):
    psi = ANNEAL.final_state()
    assert ideal["position"] == pytest.approx(np.abs(psi) ** 2, abs=1e-14)
    waves = np.abs(np.fft.fft(psi, norm="ortho")) ** 2
    assert ideal["momentum"] == pytest.approx(waves, abs=1e-14)
    assert list(histograms(psi, ("position",))) == ["position"]


def test_error_bars_are_of_what_is_expected(ideal):
    goal = Goal(WELL)
    noisy = {basis: depolarised(values, 0.8) for basis, values in ideal.items()}
    success, signal, energy = error_bars(goal, ANNEAL.diffusion, ideal, noisy, 1000, WANTED)
    share = float(noisy["position"][goal.mask].sum())
    assert success.expected == pytest.approx(share)
    assert success.error == pytest.approx(success_error(share, 1000))
    assert signal.expected == signal_over_uniform(noisy["position"], ideal["position"])
    assert [bar.wanted for bar in (success, signal, energy)] == list(WANTED.values())
    flat = WELL.values.mean() + ANNEAL.diffusion * (WELL.grid.axes[0].wave_numbers ** 2).mean()
    exact = Hamiltonian(WELL, ANNEAL.diffusion).moments(ANNEAL.final_state())[0]
    assert energy.expected == pytest.approx(0.8 * exact + 0.2 * flat)


def test_without_wave_numbers_there_is_no_energy(ideal):
    one = {"position": ideal["position"]}
    bars = error_bars(Goal(WELL), ANNEAL.diffusion, one, one, 1000, WANTED)
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


def test_chance_is_beaten_where_the_minimum_is_found_more_often(ideal):
    goal = Goal(WELL)
    check = beats_chance(ideal["position"], goal)
    assert check.passed
    assert check.value == pytest.approx(goal.share(ideal["position"]) - goal.mask.mean())
    away = np.where(goal.mask, 0.0, 1.0)
    assert not beats_chance(away / away.sum(), goal).passed
