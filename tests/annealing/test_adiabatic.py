"""Following the ground state: the path against closed forms, the schedule against its own rules."""

import itertools
import math

import numpy as np
import pytest

from qdml_quantum import Grid, Problem, eigenstates
from qdml_quantum.annealing.adiabatic import adiabatic_schedule, ground_state_path, smooth_time_step
from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.problem.states import amplitudes

WIDE = Problem(Grid([(-8, 8)], 6), "harmonic")
BOWL = Problem(Grid([(-4, 4)], 5), "harmonic")
PLANE = Problem(Grid([(-8, 8), (-8, 8)], 5), "harmonic")
WELL = Problem(Grid([(-2.5, 2.5)], 6), "double_well")


@pytest.mark.parametrize(("problem", "axes"), [(WIDE, 1), (PLANE, 2)])
def test_path_of_the_oscillator(problem, axes):
    """Width^2 = sqrt(D): the angle is sqrt(d/2) ln(width ratio), the coupled level 2 quanta up."""
    path = ground_state_path(problem, (2.0, 0.25))
    assert path.length == pytest.approx(math.sqrt(axes / 2) * math.log(8) / 4, rel=1e-3)
    middles = np.sqrt(path.diffusions[1:] * path.diffusions[:-1])
    np.testing.assert_allclose(path.gaps, 4 * np.sqrt(middles), rtol=2e-3)


def test_path_is_finer_where_the_ground_state_moves_to_another_well():
    """Two wells, the deeper one narrow: below some D the ground state jumps into it."""
    jump = Problem(Grid([(-4, 4)], 7), lambda x: np.minimum((x + 1) ** 2, 12 * (x - 1) ** 2 - 0.6))
    path = ground_state_path(jump, (2.0, 0.005))
    assert len(path.diffusions) > 33
    assert path.angles.max() < 0.3
    gaps = [np.diff(eigenstates(jump, d, 2)[0])[0] for d in np.geomspace(2.0, 0.005, 200)]
    assert path.gaps.min() == pytest.approx(min(gaps), rel=0.1)  # measured: 3 %


def test_band_holds_the_ground_state():
    path = ground_state_path(WIDE, (4.0, 0.5))
    weight = np.abs(np.fft.fft(eigenstates(WIDE, 0.5)[1][0])) ** 2
    outside = weight[squared_wave_numbers(WIDE.grid) > path.band].sum() / weight.sum()
    assert outside < 1e-11
    assert path.band < squared_wave_numbers(WIDE.grid).max()


def final(problem, schedule):
    psi = amplitudes("uniform", problem.grid)
    return Propagator(problem, workers=1).run(psi, make_recipe(schedule, "strang").phases)


@pytest.fixture(scope="module")
def path():
    return ground_state_path(WELL, (280.0, 0.05))


def test_slower_is_better(path):
    """Measured infidelity 0.14, 0.021, 0.0046 at slowness 8, 16, 32."""
    ground = eigenstates(WELL, 0.05)[1][0]
    lost = [
        1 - fidelity(final(WELL, adiabatic_schedule(WELL, path, slowness=c)), ground)
        for c in (4, 8, 16, 32)
    ]
    assert lost[0] > 0.2
    assert lost[3] < 0.02
    assert lost[0] > lost[1] > lost[2] > lost[3]


def test_time_is_in_proportion_to_slowness(path):
    times = [adiabatic_schedule(WELL, path, slowness=c, num_stages=90).time for c in (8, 16)]
    assert times[1] / times[0] == pytest.approx(2)


def test_stages_fall_from_start_to_stop(path):
    schedule = adiabatic_schedule(WELL, path)
    diffusions = [stage.diffusion for stage in schedule.stages]
    assert len(diffusions) == 96
    assert diffusions[0] == pytest.approx(280.0)
    assert diffusions[-1] == path.diffusions[-1]
    assert all(a > b for a, b in itertools.pairwise(diffusions))


@pytest.mark.parametrize("turns", [0.25, 1.0, 4.0])
def test_time_steps_keep_their_limits(path, turns):
    low, high = WELL.span
    for stage in adiabatic_schedule(WELL, path, turns=turns).stages:
        phase = stage.time_step * (stage.diffusion * path.band + high - low)
        assert phase <= turns * 2 * math.pi * (1 + 1e-9)
        assert stage.time_step <= smooth_time_step(WELL)


def test_halving_the_step_moves_nothing(path):
    """One turn at most within the band: measured 4e-4."""
    schedule = adiabatic_schedule(WELL, path, slowness=8)
    p, q = (np.abs(final(WELL, s)) ** 2 for s in (schedule, schedule.halved()))
    assert 0.5 * np.abs(p - q).sum() < 2e-3


def test_one_stage_is_the_last():
    path = ground_state_path(BOWL, (100.0, 0.2))
    schedule = adiabatic_schedule(BOWL, path, num_stages=1)
    assert [stage.diffusion for stage in schedule.stages] == [path.diffusions[-1]]


@pytest.mark.slow
def test_a_fine_grid_has_the_path_of_a_coarse_one():
    fine = ground_state_path(Problem(Grid([(-2.5, 2.5)], 16), "double_well"), (280.0, 0.05))
    coarse = ground_state_path(WELL, (280.0, 0.05))
    assert fine.length == pytest.approx(coarse.length, rel=1e-2)
    np.testing.assert_allclose(fine.gaps[-5:], coarse.gaps[-5:], rtol=2e-2)


@pytest.mark.parametrize("diffusion", [(1.0, 1.0), (1.0, 2.0)])
def test_a_path_must_fall(diffusion):
    with pytest.raises(ValueError, match="`diffusion` must fall"):
        ground_state_path(BOWL, diffusion)


@pytest.mark.parametrize("wrong", [{"slowness": 0}, {"turns": -1.0}, {"num_stages": 0}])
def test_wrong_numbers(path, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        adiabatic_schedule(WELL, path, **wrong)
