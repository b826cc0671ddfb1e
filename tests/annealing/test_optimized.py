"""Optimised schedules: what they promise is what an anneal gives."""

import json

import pytest

from qdml_quantum import Grid, OptimizedSchedule, Problem, Schedule, anneal, build, eigenstates
from qdml_quantum import optimize_schedule as optimize
from qdml_quantum.annealing import crowds
from qdml_quantum.diagnostics.metrics import fidelity

WELL = Problem(Grid([(-2.5, 2.5)], 6), "(x**2 - 1)**2 + 0.2*x")
PLANE = Problem(Grid([(-1, 1), (-2, 1)], [4, 3]), "x**2 + y**2 - x*y + 0.3*x")

WHOLE_CROWD = crowds._CROWD


@pytest.fixture(autouse=True)
def small_crowds(monkeypatch):
    """A quarter of the angles per start: what is asked here does not take many."""
    monkeypatch.setattr(crowds, "_CROWD", 32)


def ground(problem, diffusion):
    return eigenstates(problem, diffusion, 1)[1][0].astype(complex)


def test_an_oscillator_needs_few_steps():
    """At 8 qubits, six steps on few of them; through the circuit, and past every check."""
    problem = Problem(Grid([(-4, 4)], 8), "x**2")
    found = optimize(problem, 6, diffusion=0.25, num_starts=1)
    assert found.fidelity > 0.9995
    assert found.controls.word == "anneal"
    assert found.start < found.value == pytest.approx(found.controls.scaled, abs=1e-3)
    run = anneal(problem, found, backend="aer", shots=4000, seed=1)
    assert run.fidelity == pytest.approx(found.fidelity, abs=1e-6)
    assert run.passed, [check.name for check in run.checks if not check.passed]


def test_energy_alone_finds_the_ground_state():
    """The target does not know the answer."""
    problem = Problem(Grid([(-4, 4)], 7), "x**2")
    found = optimize(problem, 4, diffusion=0.25, target="energy", robust=0, num_starts=2)
    assert found.fidelity > 0.995
    assert 0.5 - 1e-9 <= found.value < 0.52  # sqrt(D) = 0.5


def test_two_dimensions():
    found = optimize(PLANE, 4, diffusion=0.1, num_starts=1)
    assert found.fidelity > 0.95
    run = anneal(PLANE, found.schedule, validate=False)
    assert fidelity(run.state, ground(PLANE, 0.1)) == pytest.approx(found.fidelity, abs=1e-4)


@pytest.mark.slow
def test_energy_finds_the_lower_of_two_wells():
    """The mean energy has local minima in the upper well; 0.99 and more was seen."""
    problem = Problem(Grid([(-2.5, 2.5)], 8), WELL.objective)
    found = optimize(problem, 12, diffusion=0.05, target="energy", robust=0, num_starts=16)
    assert found.fidelity > 0.97
    assert all(stage.time_step > 0 and stage.diffusion > 0 for stage in found.schedule.stages)


def test_equal_seeds_give_equal_schedules():
    a, b, c = (
        optimize(WELL, 2, diffusion=0.2, levels=[(3, 2)], num_starts=1, seed=s) for s in (0, 0, 1)
    )
    assert a.schedule == b.schedule
    assert a.schedule != c.schedule
    data = json.loads(json.dumps(a.to_dict()))
    assert Schedule.from_dict(data) == a.schedule
    assert OptimizedSchedule.from_dict(data) == a


def test_verbs_take_what_they_get(tmp_path):
    """An optimised schedule is a schedule; what an anneal keeps of it is the schedule alone."""
    few = optimize(WELL, 2, diffusion=0.2, levels=[(3, 2)], num_starts=1)
    run = anneal(WELL, few, validate=False)
    assert type(run.schedule) is Schedule
    assert run.anneal.id == anneal(WELL, few.schedule, validate=False).anneal.id
    assert fidelity(run.state, ground(WELL, 0.2)) == pytest.approx(few.fidelity, abs=1e-9)
    assert build(WELL, few).num_qubits == 6
    assert Schedule.load(few.save(tmp_path / "few.json")) == few.schedule
    assert OptimizedSchedule.load(tmp_path / "few.json") == few


def test_more_starts_are_never_worse():
    few, many = (optimize(WELL, 2, diffusion=0.1, levels=[(3, 2)], num_starts=n) for n in (1, 3))
    assert many.value >= few.value
    assert (few.starts, many.starts) == (1, 3)
    assert many.evaluations > few.evaluations


def test_a_time_limit_leaves_one_start():
    found = optimize(WELL, 2, diffusion=0.1, num_starts=10_000, time_limit=1e-9)
    assert found.starts == 1


def test_robust_steps_hold_where_fragile_ones_break():
    """Of three steps for a single zeta little is left when it is a fifth off."""
    robust, fragile = (
        optimize(WELL, 3, diffusion=0.1, robust=share, levels=[(3, 3)], num_starts=2)
        for share in (0.2, 0)
    )
    assert robust.members == 10 and fragile.members == 1
    assert fragile.value == pytest.approx(fragile.fidelity, abs=1e-6)
    assert fragile.fidelity > robust.fidelity
    assert robust.controls.scaled == pytest.approx(robust.value, abs=0.02)
    assert robust.controls.scaled > fragile.controls.scaled + 0.1
    assert "worst of 10" in str(robust)


@pytest.mark.slow
def test_seeds_lead_to_the_best_that_is_known(monkeypatch):
    """Seven of twelve single chains did; the others ended at 0.823 to 0.882."""
    monkeypatch.setattr(crowds, "_CROWD", WHOLE_CROWD)
    well = Problem(Grid([(-2.5, 2.5)], 8), "(x**2 - 1)**2 + 0.2*x")
    options = {"diffusion": 0.05, "robust": 0.2, "levels": [(4, 4)]}
    reached = [optimize(well, 4, seed=seed, **options).value for seed in range(3)]
    assert min(reached) > 0.9


def test_an_ensemble_of_ones_own():
    """Both tilts by the same steps; the tilt that nobody asked for is lost otherwise."""
    other = Problem(WELL.grid, "(x**2 - 1)**2 - 0.2*x")
    both = optimize(WELL, 3, diffusion=0.1, ensemble=[other], robust=0, num_starts=1)
    assert both.members == 2
    run = anneal(other, both, validate=False)
    reached = [both.fidelity, fidelity(run.state, ground(other, 0.1))]
    assert both.value == pytest.approx(min(reached), abs=1e-6)


def test_folded_phases_help_and_can_be_left_out():
    folded, plain = (
        optimize(WELL, 2, diffusion=0.1, fold=fold, robust=0, levels=[(3, 2)], num_starts=1)
        for fold in (True, False)
    )
    assert any(stage.fold for stage in folded.stages)
    assert not any(stage.fold for stage in plain.stages)
    assert folded.value > plain.value + 0.02


def test_bad_input():
    for options, message in (
        ({"target": "fastest"}, "target"),
        ({"levels": [(1, 2)]}, "levels"),
        ({"levels": [(0, 2), (1, 1)]}, "levels"),
        ({"levels": [(6, 3)]}, "leave a qubit"),
        ({"num_starts": 0}, "num_starts"),
        ({"robust": 1.0}, "robust"),
        ({"robust": -0.1}, "robust"),
        ({"ensemble": [PLANE]}, "ensemble"),
    ):
        with pytest.raises(ValueError, match=message):
            optimize(WELL, 3, diffusion=0.1, **options)
    with pytest.raises(ValueError, match="diffusion"):
        optimize(WELL, 3, diffusion=0)
    with pytest.raises(ValueError, match="num_steps"):
        optimize(WELL, 0, diffusion=0.1)
    with pytest.raises(TypeError, match="problem"):
        optimize("x**2", 3, diffusion=0.1)


def test_levels_per_axis():
    levels = [((2, 1), 2), ((1, 0), 1), (0, 1)]
    found = optimize(PLANE, 4, diffusion=0.2, robust=0, levels=levels, num_starts=1)
    assert [stage.coarse for stage in found.schedule.stages] == [(2, 1), (2, 1), (1, 0), 0]
    run = anneal(PLANE, found.schedule, validate=False)
    assert fidelity(run.state, ground(PLANE, 0.2)) == pytest.approx(found.fidelity, abs=1e-7)


@pytest.mark.parametrize("levels", [[((1, 0), 2), ((0, 1), 2)], [((1, 0), 2), ((1, 0), 2)]])
def test_levels_that_get_no_finer_are_refused(levels):
    with pytest.raises(ValueError, match="`levels` must be pairs"):
        optimize(PLANE, 4, diffusion=0.2, levels=levels)
