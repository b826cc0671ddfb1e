"""Truncation: what is left out of an objective moves the final state by no more than promised."""

import json
import math

import numpy as np
import pytest

from qdml_quantum import FORMULAS, Anneal, Gaussian, Grid, Problem, Schedule, make_recipe
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.formulas import POTENTIAL, as_formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.synthesis.phases.truncation import truncated
from qdml_quantum.synthesis.phases.walsh import WalshSeries

WELL = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
PLANE = Problem(Grid([(-5, 5), (-4, 4)], [4, 3]), "ackley")
PACKET = Gaussian((1.5, -1.0), (0.8, 0.7), (1.0, 0.0))
CASES = {
    "well": (WELL, "uniform"),
    "packet in the well": (WELL, Gaussian(-1.0, 0.4)),
    "plane": (PLANE, "uniform"),
    "packet on the plane": (PLANE, PACKET),
}
every = pytest.mark.parametrize("name", CASES)
formulas = pytest.mark.parametrize("formula", FORMULAS)
steps = pytest.mark.parametrize("time_step", [0.02, 0.1, 0.4])


def schedule(time_step=0.1):
    return Schedule.geometric((2.0, 0.3), num_stages=3, num_steps=3, time_step=time_step)


def final(problem, schedule, formula, initial):
    psi = amplitudes(initial, problem.grid)
    return Propagator(problem).run(psi, make_recipe(schedule, formula).phases)


def cut(name, budget, formula="strang", time_step=0.1):
    """A truncation, and how far apart the two anneals end."""
    problem, initial = CASES[name]
    plan = schedule(time_step)
    found = truncated(Anneal(problem, plan, formula, initial), budget)
    ends = [final(p, plan, formula, initial) for p in (problem, found.problem)]
    return found, state_distance(*ends)


def total_angle(formula="strang", time_step=0.1):
    phases = make_recipe(schedule(time_step), formula).phases
    return sum(abs(phase.angle) for phase in phases if phase.term == POTENTIAL)


@pytest.mark.each_value
@every
@formulas
@steps
def test_trotter_budget_hides_in_the_error_of_the_steps(name, formula, time_step):
    """At most half of what the steps do wrong anyway, and at most 0.1, however coarse they are."""
    problem, initial = CASES[name]
    found, distance = cut(name, "trotter", formula, time_step)
    plan = schedule(time_step)
    whole = final(problem, plan, formula, initial)
    halved = final(problem, plan.halved(), formula, initial)
    order = as_formula(formula).order
    error = state_distance(whole, halved) / (1 - 2.0**-order)
    assert found.trotter_error == pytest.approx(error, rel=1e-9, abs=1e-13)
    assert distance <= min(0.1, error / 2) + 1e-12
    assert found.budget == ("trotter", pytest.approx(min(0.1, error / 2), abs=1e-13))
    assert found.state_error == pytest.approx(distance, abs=1e-7)  # an angle: sqrt(eps)
    assert distance <= found.max_error + 1e-7


def test_trotter_budget_is_made_use_of():
    """Coarser steps need fewer strings; one string fewer than those would be too few."""
    counts = [cut("well", "trotter", time_step=dt)[0].strings for dt in (0.005, 0.02, 0.1)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    found, _ = cut("well", "trotter")
    series = WalshSeries.of_values(WELL.grid.to_vector(found.problem.values))
    costly = np.where(series.weights > 1, np.abs(series.coefficients), np.inf)
    fewer = series.take(np.arange(costly.size) != costly.argmin())
    values = WELL.grid.from_vector(fewer.values())
    other = Problem.from_table(values, WELL.grid.bounds)
    ends = [final(p, schedule(), "strang", "uniform") for p in (WELL, other)]
    assert state_distance(*ends) > found.budget[1]


@pytest.mark.each_value
@every
@formulas
@pytest.mark.parametrize("limit", [1e-3, 0.03, 0.3])
def test_max_budget_is_certified(name, formula, limit):
    """No state ends further away, whatever its start."""
    found, distance = cut(name, ("max", limit), formula)
    assert found.budget == ("max", limit)
    assert found.max_error <= limit * (1 + 1e-12)
    assert distance <= found.max_error + 1e-7
    problem, _ = CASES[name]
    left = problem.values - found.problem.values
    half = (left.max() - left.min()) / 2
    assert found.max_error == pytest.approx(total_angle(formula) * half, abs=1e-10)
    assert found.trotter_error is None
    rng = np.random.default_rng(0)
    psi = rng.normal(size=problem.grid.shape) + 1j * rng.normal(size=problem.grid.shape)
    ends = [final(p, schedule(), formula, psi) for p in (problem, found.problem)]
    assert state_distance(*ends) <= found.max_error + 1e-7


@every
def test_rms_budget(name):
    found, _ = cut(name, ("rms", 0.1))
    problem, _ = CASES[name]
    left = problem.values - found.problem.values
    assert found.rms_error == pytest.approx(total_angle() * left.std(), abs=1e-10)
    assert found.rms_error <= 0.1 * (1 + 1e-12)
    assert found.strings < found.strings_exact


@every
def test_state_budget_is_about_where_the_state_is(name):
    """Root mean square in the density at the potential phases, weighted with their angles."""
    problem, initial = CASES[name]
    found, _ = cut(name, ("state", 0.1))
    psi, density = amplitudes(initial, problem.grid), np.zeros(problem.grid.shape)
    propagator = Propagator(problem)
    for phase in make_recipe(schedule(), "strang").phases:
        if phase.term == POTENTIAL:
            density += phase.angle * np.abs(psi) ** 2
        psi = propagator.run(psi, [phase])
    density /= density.sum()
    left = problem.values - found.problem.values
    spread = math.sqrt((density * (left - (density * left).sum()) ** 2).sum())
    assert total_angle() * spread <= 0.1 * (1 + 1e-9)
    assert found.strings < found.strings_exact


@every
@pytest.mark.parametrize("budget", ["exact", None])
def test_exact_changes_nothing(name, budget):
    problem, initial = CASES[name]
    found = truncated(Anneal(problem, schedule(), initial=initial), budget)
    assert found.problem is problem
    assert found.is_exact
    assert (found.max_error, found.rms_error, found.state_error) == (0.0, 0.0, 0.0)
    assert found.budget == ("exact", 0.0)


def test_a_tiny_budget_changes_nothing():
    found, distance = cut("well", ("max", 1e-12))
    assert found.problem is WELL
    assert found.is_exact
    assert found.strings == found.strings_exact > 0
    assert distance == 0.0
    assert found.max_error == found.state_error == 0.0


def test_without_steps_in_zeta_nothing_may_be_left_out():
    """No diffusion: the steps are exact, and half of no error is none."""
    plan = Schedule.constant(0.0, num_steps=2, time_step=0.1)
    found = truncated(Anneal(WELL, plan, initial=Gaussian(1.0, 0.5)), "trotter")
    assert found.trotter_error < 1e-7
    assert found.state_error <= 1e-7


def test_strings_of_one_bit_stay():
    problem = Problem(Grid([(-1, 1)], 4), "x + 1e-4*x**3")
    found = truncated(Anneal(problem, schedule()), ("max", 10.0))
    kept = WalshSeries.of_values(found.problem.values)
    assert found.strings == 0
    assert kept.masks.tolist() == [0, 1, 2, 4, 8]
    whole = WalshSeries.of_values(problem.values).to_dict()
    for mask, coefficient in kept.to_dict().items():
        assert coefficient == pytest.approx(whole[mask], abs=1e-14)


def test_kept_problem_is_on_the_same_grid():
    found, _ = cut("plane", ("rms", 0.1))
    assert found.problem is not PLANE
    assert found.problem.grid == PLANE.grid
    assert found.problem.objective.name == PLANE.objective.name
    series = WalshSeries.of_values(PLANE.grid.to_vector(PLANE.values)).to_dict()
    kept = WalshSeries.of_values(PLANE.grid.to_vector(found.problem.values)).to_dict()
    assert sum(mask.bit_count() > 1 for mask in kept) == found.strings < found.strings_exact
    for mask, coefficient in kept.items():
        assert coefficient == pytest.approx(series[mask], abs=1e-12)
    least = min(abs(c) for mask, c in kept.items() if mask.bit_count() > 1)
    assert all(abs(c) <= least + 1e-12 for mask, c in series.items() if mask not in kept)


@pytest.mark.parametrize("budget", ["exact", "trotter", ("max", 0.1), ("state", 0.1)])
def test_plain_json(budget):
    found, _ = cut("well", budget)
    data = json.loads(json.dumps(found.to_dict()))
    assert "problem" not in data
    assert data["budget"][0] == (budget if isinstance(budget, str) else budget[0])
    assert data["max_error"] == found.max_error


@pytest.mark.parametrize("budget", [("max", 0), ("mean", 0.1), "troter", 0.1])
def test_bad_budgets(budget):
    with pytest.raises(ValueError, match="`budget` must"):
        truncated(Anneal(WELL, schedule()), budget)
