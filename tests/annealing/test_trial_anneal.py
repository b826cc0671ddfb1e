"""Trial runs: what they measure, and what they do not ask."""

import math

import numpy as np
import pytest

from qdml_quantum import Gaussian, Grid, Problem, Schedule, eigenstates
from qdml_quantum.annealing.adiabatic import adiabatic_schedule, ground_state_path
from qdml_quantum.annealing.trial_anneal import TrialAnneal, TrialScore
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import fidelity, total_variation
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.problem.states import amplitudes

WELL = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
QUICK = Schedule.geometric((20.0, 0.1), num_stages=6, num_steps=4, time_step=0.05)


@pytest.fixture(scope="module")
def slow():
    return adiabatic_schedule(WELL, ground_state_path(WELL, (280.0, 0.1)), slowness=16, turns=0.5)


def final(schedule):
    psi = amplitudes("uniform", WELL.grid)
    return Propagator(WELL).run(psi, make_recipe(schedule, "strang").phases)


def test_score_is_what_the_checks_measure(slow):
    score = TrialAnneal(WELL, 0.1, "strang", "uniform")(slow)
    psi = final(slow)
    assert score.fidelity == pytest.approx(fidelity(psi, eigenstates(WELL, 0.1)[1][0]), abs=1e-6)
    assert score.alias == pytest.approx(checks.aliasing(psi, WELL.grid).value / checks.ALIASING)
    assert score.edge == pytest.approx(checks.wrap_around(psi).value / checks.EDGE)
    moved = total_variation(np.abs(psi) ** 2, np.abs(final(slow.halved())) ** 2)
    assert score.moved == pytest.approx(moved)


def test_what_fails_anyway_is_not_halved():
    trial = TrialAnneal(WELL, 0.1, "strang", "uniform")
    assert math.isnan(trial(QUICK).moved)
    assert trial.steps == QUICK.num_steps
    assert trial.best[1] is QUICK


def test_a_worse_run_is_not_halved(slow):
    trial = TrialAnneal(WELL, 0.1, "strang", "uniform")
    assert trial(slow).good
    steps = trial.steps
    assert steps == 3 * slow.num_steps
    worse = trial(QUICK)
    assert math.isnan(worse.moved)
    assert not worse.shaken
    assert not worse.passes
    assert trial.steps == steps + QUICK.num_steps
    assert trial.best[1] is slow


def test_amplitudes_of_the_full_grid_are_replaced_by_the_uniform_state(slow):
    state = np.ones(2**9)
    assert TrialAnneal(WELL, 0.1, "strang", state)(slow) == TrialAnneal(
        WELL, 0.1, "strang", "uniform"
    )(slow)
    packet = TrialAnneal(WELL, 0.1, "strang", Gaussian(1.0, 0.3))(slow)
    assert packet.fidelity < 0.9


@pytest.mark.parametrize(
    ("score", "good", "passes"),
    [
        (TrialScore(0.96, 0.01, 0.5, 0.5), True, True),
        (TrialScore(0.92, 0.01, 0.5, 0.5), False, True),
        (TrialScore(0.96, 0.08, 0.5, 0.5), False, True),
        (TrialScore(0.96, 0.01, 1.5, 0.5), False, False),
        (TrialScore(0.96, 0.01, 0.5, 1.5), False, False),
        (TrialScore(0.96, math.nan, 0.5, 0.5), False, False),
    ],
)
def test_verdicts(score, good, passes):
    assert (score.good, score.passes) == (good, passes)
