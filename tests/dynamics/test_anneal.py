"""The anneal as one noun: what it is made of, what it gives, and what tells two of them apart."""

import json
import re
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.formulas import FORMULAS, KINETIC, POTENTIAL, Formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.objectives import Objective
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, amplitudes
from qdml_quantum.synthesis.phases.truncation import truncated

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
PLANE = Problem(Grid([(-4, 4), (0, 2)], [3, 2]), "x**2 + 3*y")
SCHEDULE = Schedule.geometric((2.0, 0.3), num_stages=3, num_steps=2, time_step=0.1)
FREE = Schedule((Stage(0.4, 0.1, 1, coarse=1), Stage(0.7, 0.2, 1)), goal=0.05)
KVK = Formula("kvk", 2, ((KINETIC, 0.5), (POTENTIAL, 1.0), (KINETIC, 0.5)))
PACKET = Gaussian((1.0, 0.5), (0.8, 0.3), (0.5, -1.0))
RNG = np.random.default_rng(4)
STATE = RNG.normal(size=(8, 4)) + 1j * RNG.normal(size=(8, 4))

ANNEALS = {
    "plain": Anneal(WELL, SCHEDULE),
    "formula": Anneal(WELL, SCHEDULE, "suzuki4"),
    "formula of one's own": Anneal(WELL, SCHEDULE, KVK),
    "goal": Anneal(WELL, FREE),
    "packet": Anneal(PLANE, SCHEDULE, initial=PACKET),
    "amplitudes": Anneal(PLANE, SCHEDULE, "lie", STATE),
    "coarse amplitudes": Anneal(PLANE, FREE, "strang", STATE),
}
every = pytest.mark.parametrize("name", ANNEALS)


def test_the_formula_is_that_of_the_schedule_unless_asked_for():
    assert Anneal(WELL, SCHEDULE).formula is FORMULAS["strang"]
    assert Anneal(WELL, FREE).formula is FORMULAS["lie"]
    assert Anneal(WELL, FREE, "strang").formula is FORMULAS["strang"]
    assert Anneal(WELL, SCHEDULE, KVK).formula is KVK


def test_the_initial_state_is_brought_into_one_of_three_forms():
    assert Anneal(WELL, SCHEDULE).initial == "uniform"
    assert Anneal(PLANE, SCHEDULE, initial=PACKET).initial == PACKET
    plain = {"center": (1.0, 0.5), "width": (0.8, 0.3), "momentum": (0.5, -1.0)}
    assert Anneal(PLANE, SCHEDULE, initial=plain).initial == PACKET
    given = Anneal(PLANE, SCHEDULE, initial=7 * STATE).initial
    np.testing.assert_allclose(given, STATE / np.linalg.norm(STATE), atol=1e-15)


@every
def test_parts_derived_from_others(name):
    anneal = ANNEALS[name]
    assert anneal.grid is anneal.problem.grid
    assert anneal.diffusion == anneal.schedule.final_diffusion
    assert anneal.recipe == make_recipe(anneal.schedule, anneal.formula)
    assert anneal.recipe is anneal.recipe  # made once
    assert f"{anneal.formula.name!r}" in repr(anneal)
    assert anneal.resources == {
        "num_qubits": anneal.grid.num_qubits,
        "qubits_per_axis": list(anneal.grid.qubits_per_axis),
        "num_stages": len(anneal.schedule.stages),
        "num_steps": anneal.schedule.num_steps,
        "evolution_time": anneal.schedule.time,
    }


def test_energies_of_a_schedule_with_a_goal_refer_to_the_goal():
    assert Anneal(WELL, FREE).diffusion == 0.05
    assert Anneal(WELL, SCHEDULE).diffusion == pytest.approx(0.3)


@every
def test_the_start_is_normalised_and_a_fresh_array(name):
    anneal = ANNEALS[name]
    start = anneal.start
    assert start.dtype == complex and start.shape == anneal.grid.shape
    assert np.linalg.norm(start) == pytest.approx(1, abs=1e-14)
    start[:] = 0
    assert np.linalg.norm(anneal.start) == pytest.approx(1, abs=1e-14)


def test_a_coarse_start_is_on_every_other_point():
    start = Anneal(WELL, FREE).start
    assert np.flatnonzero(start).tolist() == list(range(0, 16, 2))
    assert np.ptp(np.abs(start[::2])) == 0


@every
def test_final_state_is_the_recipe_applied_to_the_start(name):
    anneal = ANNEALS[name]
    expected = Propagator(anneal.problem).run(anneal.start, anneal.recipe.moves)
    np.testing.assert_array_equal(anneal.final_state(), expected)
    np.testing.assert_array_equal(anneal.final_state(), expected)  # nothing was overwritten


def test_final_state_by_hand():
    """Two Lie steps with dense arrays."""
    anneal = Anneal(WELL, Schedule.constant(0.7, num_steps=2, time_step=0.15), "lie")
    k = WELL.grid.axes[0].wave_numbers
    psi = np.full(16, 0.25, dtype=complex)
    for _ in range(2):
        psi = np.fft.ifft(np.exp(-0.105j * k**2) * np.fft.fft(np.exp(-0.15j * WELL.values) * psi))
    np.testing.assert_allclose(anneal.final_state(), psi, atol=1e-14)


def test_final_state_of_another_objective_on_the_same_grid():
    anneal = Anneal(WELL, SCHEDULE)
    other = Problem(WELL.grid, "harmonic")
    np.testing.assert_array_equal(anneal.final_state(other), Anneal(other, SCHEDULE).final_state())
    assert state_distance(anneal.final_state(other), anneal.final_state()) > 0.1


def test_final_state_in_imaginary_time_is_real_and_lower():
    anneal = Anneal(WELL, SCHEDULE)
    state = anneal.final_state(imaginary=True)
    assert np.linalg.norm(state) == pytest.approx(1, abs=1e-14)
    assert np.abs(state.imag).max() < 1e-12
    assert (np.abs(state) ** 2 @ WELL.values) < WELL.values.mean()


@every
def test_halving_keeps_all_but_the_step(name):
    anneal = ANNEALS[name]
    fine = anneal.halved()
    assert fine.problem is anneal.problem
    assert fine.formula == anneal.formula
    assert fine.schedule == anneal.schedule.halved()
    assert np.array_equal(fine.start, anneal.start)
    assert fine.schedule.num_steps == 2 * anneal.schedule.num_steps
    assert fine.schedule.time == pytest.approx(anneal.schedule.time)
    assert fine.recipe != anneal.recipe


@every
def test_it_comes_back_from_json_and_arrays(name):
    """Without running user code, and equal in every number."""
    anneal = ANNEALS[name]
    arrays = {key: value.copy() for key, value in anneal.arrays().items()}
    again = Anneal.from_dict(json.loads(json.dumps(anneal.to_dict())), arrays)
    assert again.to_dict()["initial"] == anneal.to_dict()["initial"]
    assert again.schedule == anneal.schedule
    assert (again.formula.name, again.formula.order) == (anneal.formula.name, anneal.formula.order)
    assert again.formula.factors == anneal.formula.factors
    assert again.recipe == anneal.recipe
    assert again.grid == anneal.grid
    assert np.array_equal(again.problem.values, anneal.problem.values)
    assert np.array_equal(again.start, anneal.start)
    assert np.array_equal(again.final_state(), anneal.final_state())
    assert again.id == anneal.id


def test_built_in_formulas_come_back_as_themselves():
    for name, formula in FORMULAS.items():
        anneal = Anneal(WELL, SCHEDULE, name)
        assert Anneal.from_dict(anneal.to_dict(), anneal.arrays()).formula is formula


def test_a_formula_that_only_has_the_name_of_another_stays_itself():
    for own in (replace(KVK, name="strang"), Formula("strang", 1, FORMULAS["strang"].factors)):
        anneal = Anneal(WELL, SCHEDULE, own)
        again = Anneal.from_dict(anneal.to_dict(), anneal.arrays())
        assert again.formula == own
        assert again.id == anneal.id != Anneal(WELL, SCHEDULE, "strang").id


def test_what_may_be_left_out_is_the_same_after_a_round_trip():
    """It follows from the order of the formula, which a file must keep."""
    anneal = Anneal(WELL, SCHEDULE, KVK)
    again = Anneal.from_dict(anneal.to_dict(), anneal.arrays())
    found, same = (truncated(one, "trotter") for one in (anneal, again))
    assert found.trotter_error > 0
    assert (same.trotter_error, same.strings) == (found.trotter_error, found.strings)


def test_samples_and_amplitudes_are_hashes_in_json():
    anneal = ANNEALS["amplitudes"]
    data = anneal.to_dict()
    assert data["values_sha256"] == PLANE.values_hash
    assert list(data["initial"]) == ["amplitudes_sha256"]
    assert set(anneal.arrays()) == {"values", "initial"}
    assert set(ANNEALS["packet"].arrays()) == {"values"}
    assert data["formula"] == {
        "name": "lie",
        "order": 1,
        "factors": [[POTENTIAL, 1.0], [KINETIC, 1.0]],
    }


def test_the_same_anneal_has_the_same_id():
    assert re.fullmatch("[0-9a-f]{12}", Anneal(WELL, SCHEDULE).id)
    again = Problem(Grid([(-2.5, 2.5)], [4]), "double_well")
    assert Anneal(again, SCHEDULE, "strang").id == Anneal(WELL, SCHEDULE).id
    # Amplitudes are normalised first.
    first, second = (Anneal(PLANE, SCHEDULE, initial=a * STATE) for a in (1.0, 2.0))
    assert first.id == second.id


def test_ids_differ_where_anything_that_matters_differs():
    first, *others = SCHEDULE.stages
    turned = STATE.copy()
    turned[0, 0] += 1e-6
    constant = Objective(lambda x: np.full(np.shape(x), 2.0), 1, name="f")
    shifted = Objective(lambda x: np.full(np.shape(x), 2.5), 1, name="f")
    grid = WELL.grid
    different = [
        Anneal(WELL, SCHEDULE),
        Anneal(Problem(Grid([(-2.5, 2.5)], 5), "double_well"), SCHEDULE),
        Anneal(Problem(Grid([(-2.5, 2.6)], 4), "double_well"), SCHEDULE),
        Anneal(Problem(grid, "harmonic"), SCHEDULE),
        Anneal(Problem(grid, constant), SCHEDULE),
        Anneal(Problem(grid, shifted), SCHEDULE),  # the values alone
        Anneal(WELL, Schedule((replace(first, time_step=0.11), *others))),
        Anneal(WELL, Schedule((replace(first, diffusion=2.1), *others))),
        Anneal(WELL, Schedule((replace(first, num_steps=3), *others))),
        Anneal(WELL, Schedule((replace(first, coarse=1), *others))),
        Anneal(WELL, Schedule(SCHEDULE.stages, goal=0.1), "strang"),
        Anneal(WELL, Schedule(SCHEDULE.stages, goal=0.2), "strang"),
        Anneal(WELL, SCHEDULE, "lie"),
        Anneal(WELL, SCHEDULE, "suzuki4"),
        Anneal(WELL, SCHEDULE, KVK),
        Anneal(WELL, SCHEDULE, replace(KVK, name="other")),
        Anneal(WELL, SCHEDULE, replace(KVK, order=1)),
        Anneal(WELL, SCHEDULE, initial=Gaussian(0.0, 0.5)),
        Anneal(WELL, SCHEDULE, initial=Gaussian(0.0, 0.5, 0.1)),
        Anneal(WELL, SCHEDULE, initial=amplitudes(Gaussian(0.0, 0.5), grid)),
        Anneal(PLANE, SCHEDULE, initial=STATE),
        Anneal(PLANE, SCHEDULE, initial=turned),
    ]
    ids = [anneal.id for anneal in different]
    assert len(set(ids)) == len(ids)


def test_what_it_is_made_of_stays():
    with pytest.raises(FrozenInstanceError):
        ANNEALS["plain"].formula = "lie"


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        (("double_well", SCHEDULE), TypeError, "`problem` must be a Problem"),
        ((WELL, None), TypeError, "`schedule` must be a Schedule"),
        ((WELL, [0.1, 0.2]), TypeError, "`schedule` must be a Schedule"),
        ((WELL, SCHEDULE, "strung"), ValueError, "Did you mean `strang`"),
        ((WELL, SCHEDULE, None, "unifrom"), ValueError, "Did you mean `uniform`"),
        ((WELL, SCHEDULE, None, np.ones(8)), ValueError, "shape of the grid"),
        ((WELL, SCHEDULE, None, np.zeros(16)), ValueError, "not zero"),
        ((WELL, SCHEDULE, None, np.full(16, np.nan)), ValueError, "finite"),
        ((WELL, SCHEDULE, None, Gaussian(9.0, 0.5)), ValueError, "`center` must lie in"),
        ((WELL, Schedule((Stage(1, 0.1, 1, coarse=4),))), ValueError, "leave a qubit"),
    ],
)
def test_wrong_parts_are_named(parts, error, message):
    with pytest.raises(error, match=message):
        Anneal(*parts)
    problem, schedule, *more = parts
    with pytest.raises(error, match=message):
        as_anneal(problem, schedule, **dict(zip(("formula", "initial"), more, strict=False)))


def test_an_anneal_is_taken_as_it_is():
    anneal = ANNEALS["packet"]
    assert as_anneal(anneal) is anneal
    made = as_anneal(PLANE, SCHEDULE, formula="lie", initial=PACKET)
    assert made.id == Anneal(PLANE, SCHEDULE, "lie", PACKET).id


@pytest.mark.parametrize(
    ("schedule", "more"),
    [
        (SCHEDULE, {}),
        (None, {"formula": "lie"}),
        (None, {"initial": PACKET}),
        (None, {"initial": STATE}),
    ],
)
def test_an_anneal_takes_no_second_parts(schedule, more):
    with pytest.raises(TypeError, match="has its schedule, formula and initial state already"):
        as_anneal(ANNEALS["plain"], schedule, **more)


def test_a_problem_alone_is_no_anneal():
    with pytest.raises(TypeError, match="`schedule` must be a Schedule"):
        as_anneal(WELL)


@pytest.mark.parametrize("formula", ["lie", "strang", "suzuki4"])
def test_steps_after_a_cut_lead_to_the_end_of_the_whole(formula):
    """The state after two of three steps, taken on by the third, is that of all three."""
    problem = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    schedule = Schedule.geometric((2, 0.5), num_stages=3, num_steps=1, time_step=0.2)
    whole = Anneal(problem, schedule, formula)
    rest = Anneal(problem, Schedule(schedule.stages[2:]), formula, whole.cut(2).final_state())
    assert np.allclose(rest.final_state(), whole.final_state(), atol=1e-12)
