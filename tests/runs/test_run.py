"""The verbs that are judged: anneal, relax."""

import numpy as np
import pytest
from systems import MOTIONS, SPECTRA

import qdml_quantum as qdml
from qdml_quantum.backends import Outcome, as_backend
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.diagnostics.metrics import fidelity, state_distance
from qdml_quantum.dynamics.formulas import FORMULAS
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian, amplitudes
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.runs.evolve import evolve
from qdml_quantum.runs.run import anneal, relax
from qdml_quantum.support.messages import TooLargeError

WELL = Problem(Grid((-2.5, 2.5), 6), "double_well")
SLOW = Schedule.geometric((60, 0.3), num_stages=24, num_steps=24, time_step=0.08)
SHORT = Schedule.geometric((20, 0.3), num_stages=4, num_steps=3, time_step=0.05)
DIMENSIONS = pytest.mark.parametrize("dimensions", [1, 2, 3])


def bowl(dimensions, num_qubits=None):
    return Problem(
        Grid([(-4, 4)] * dimensions, num_qubits or (5, 4, 3)[dimensions - 1]), "harmonic"
    )


@DIMENSIONS
def test_anneal_finds_the_minimum_of_a_bowl(dimensions):
    """D from flat to localised; measured: success 0.90, 0.72, 0.54 (uniform: 0.22, 0.04, 0.002)."""
    schedule = Schedule.geometric((60, 0.3), num_stages=24, num_steps=12, time_step=0.1)
    result = anneal(bowl(dimensions), schedule)
    assert result.minimizer == (0.0,) * dimensions
    assert result.minimum == 0
    assert result.success_probability > max(0.4, 3 * result.goal.baseline)
    assert result.state.shape == result.grid.shape
    assert result.fidelity > 0.9
    assert result.energy >= result.reference.energy - 1e-9


@DIMENSIONS
def test_relax_finds_the_ground_state(dimensions):
    problem = bowl(dimensions, 6 // dimensions)
    result = relax(problem, 1.0)
    exact = eigenstates(problem, 1.0)[0][0]
    assert result.energy == pytest.approx(exact, abs=1e-8)
    assert result.reference.exact_energy == pytest.approx(exact, abs=1e-10)
    assert result.fidelity == 1.0
    assert result.schedule is None
    assert result.minimizer == (0.0,) * dimensions


@pytest.mark.parametrize(
    "spectrum", [s for s in SPECTRA if s.name in ("oscillator", "Morse")], ids=str
)
def test_relax_reaches_the_closed_form(spectrum):
    result = relax(spectrum.problem, spectrum.diffusion)
    assert result.energy == pytest.approx(spectrum.levels[0], abs=1e-8)
    assert result.reference.gap == pytest.approx(spectrum.levels[1] - spectrum.levels[0], rel=1e-3)


@pytest.mark.parametrize("motion", MOTIONS, ids=str)
def test_evolve_follows_the_closed_form(motion):
    """Suzuki4; measured: 3e-8 (4 qubits per axis: 7e-7)."""
    schedule = motion.schedule(4 * motion.steps)
    result = evolve(motion.problem, schedule, formula="suzuki4", initial=motion.initial)
    for observable, value in motion.expected.values():
        assert observable(result.state, motion.problem.grid) == pytest.approx(value, abs=5e-6)


@pytest.mark.parametrize("formula", sorted(FORMULAS))
def test_evolve_is_anneal_without_the_comparison(formula):
    result = evolve(WELL, SHORT, formula=formula, initial=Gaussian(0.5, 0.4))
    same = anneal(WELL, SHORT, formula=formula, initial=Gaussian(0.5, 0.4), validate=False)
    assert np.array_equal(result.state, same.state)
    assert same.reference is None
    assert same.fidelity is None


def test_slow_is_good_and_fast_says_what_is_wrong():
    slow = anneal(WELL, SLOW)
    assert slow.fidelity > 0.9
    names = {check.name for check in slow.checks}
    assert {"ground_state", "norm", "aliasing", "wrap_around", "missed_well"} <= names
    assert {"rough_objective", "time_step", "reference_exact", "degenerate"} <= names
    fast = anneal(WELL, Schedule.geometric((60, 0.3), num_stages=2, num_steps=3, time_step=0.08))
    red = {check.name for check in fast.checks if not check.passed}
    assert "ground_state" in red
    assert not fast.passed


def check(result, name):
    return next(check for check in result.checks if check.name == name)


def test_too_large_time_steps_are_seen_by_the_run():
    """Halving moves 50 % of the probability here, and 4 % in the slow anneal."""
    coarse = Schedule.geometric((60, 0.3), num_stages=6, num_steps=4, time_step=0.8)
    result = anneal(WELL, coarse)
    fine = np.abs(evolve(WELL, coarse.halved()).state) ** 2
    moved = np.abs(np.abs(result.state) ** 2 - fine).sum() / 2
    assert check(result, "time_step").value == pytest.approx(moved, abs=1e-12)
    assert not check(result, "time_step").passed
    assert check(anneal(WELL, SLOW), "time_step").passed


def test_a_relaxation_that_was_cut_short_fails_its_comparison():
    result = relax(WELL, 0.3, max_steps=1)
    exact = eigenstates(WELL, 0.3)[0][0]
    wrong = (result.energy - exact) / (exact - WELL.values.min())
    assert check(result, "reference_exact").value == pytest.approx(wrong, abs=1e-10)
    assert not check(result, "reference_exact").passed
    assert not result.passed


def test_slower_is_closer_to_the_ground_state():
    """Adiabatic theorem, D from 3 to 0.3; measured: infidelity 0.070, 0.029, 0.0065."""
    start, goal = (eigenstates(WELL, diffusion)[1][0] for diffusion in (3.0, 0.3))
    lost = []
    for stages in (10, 40, 160):
        schedule = Schedule.geometric(
            (3, 0.3), num_stages=stages, num_steps=5, time_step=0.02, step_exponent=0.0
        )
        lost.append(1 - fidelity(evolve(WELL, schedule, initial=start).state, goal))
    assert lost[0] > 1.5 * lost[1] > 1.5 * 1.5 * lost[2]
    assert lost[2] < 0.015


def test_success_agrees_with_the_histogram():
    result = anneal(WELL, SLOW, radius=0.05, validate=False)
    near = np.abs(WELL.grid.axes[0].points - result.goal.minimizers[0][0]) <= 0.05 * 5
    assert result.success_probability == pytest.approx(result.probabilities[near].sum())
    assert result.goal.baseline == pytest.approx(near.mean())
    assert result.goal.known


def test_same_seed_same_counts_and_no_seed_is_recorded():
    one, same, other = (anneal(WELL, SHORT, shots=200, seed=s, validate=False) for s in (1, 1, 2))
    assert one.counts == same.counts != other.counts
    assert sum(one.counts.values()) == one.shots == 200
    free = anneal(WELL, SHORT, shots=200, validate=False)
    again = anneal(WELL, SHORT, shots=200, seed=free.seed, validate=False)
    assert free.counts == again.counts


def test_counts_follow_the_state():
    result = anneal(WELL, SLOW, shots=4000, seed=1)
    ideal = np.abs(result.state) ** 2
    assert np.abs(result.probabilities - ideal).sum() / 2 < 0.12  # measured: 0.04
    assert result.success.low < ideal[result.probabilities > -1].sum()
    assert check(result, "signal").passed


def test_without_a_seed_the_state_is_deterministic():
    assert np.array_equal(evolve(WELL, SHORT).state, evolve(WELL, SHORT).state)


def test_without_a_schedule_one_is_suggested():
    result = anneal(Problem(Grid((-4, 4), 5), "harmonic"))
    assert result.passed
    assert result.schedule.stages[0].diffusion > result.schedule.final_diffusion


def test_callback_sees_every_stage_in_order():
    seen = []
    result = anneal(WELL, SHORT, progress=seen.append, validate=False)
    assert tuple(seen) == result.stages
    assert [record.diffusion for record in seen] == [s.diffusion for s in SHORT.stages]


def stop_after(stages):
    left = [stages]

    def callback(record):
        left[0] -= 1
        if left[0] == 0:
            raise StopIteration

    return callback


@pytest.mark.each_value
@pytest.mark.parametrize("formula", sorted(FORMULAS))
@pytest.mark.parametrize("stages", [1, 2, 4])
def test_stop_iteration_ends_the_anneal_after_that_stage(formula, stages):
    """The result is that of the shorter schedule; the last half step is not forgotten."""
    options = {"formula": formula, "shots": 50, "seed": 3}
    result = anneal(WELL, SHORT, progress=stop_after(stages), **options)
    shorter = anneal(WELL, Schedule(SHORT.stages[:stages]), **options)
    assert result.schedule == shorter.schedule
    assert state_distance(result.state, shorter.state) < 1e-12
    assert result.stages[-1].energy == pytest.approx(shorter.energy)
    assert result.fidelity == pytest.approx(shorter.fidelity)
    assert len(result.stages) == stages
    assert sum(result.counts.values()) == 50


def test_an_anneal_that_a_callback_ended_can_go_on(tmp_path):
    stopped = anneal(WELL, SHORT, progress=stop_after(2), folder=tmp_path)
    assert stopped.folder is None
    assert not list(tmp_path.glob("*/result.json"))
    seen = []
    result = anneal(WELL, SHORT, folder=tmp_path, progress=seen.append)
    assert len(seen) == 2
    assert np.array_equal(result.state, anneal(WELL, SHORT).state)


def test_progress_bar_counts_the_stages(capsys):
    anneal(WELL, SHORT, progress=True, validate=False)
    assert "4/4" in capsys.readouterr().err
    anneal(WELL, SHORT, validate=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("initial", ["uniform", Gaussian(0.5, 0.4, 1.0), np.arange(64.0)], ids=repr)
def test_initial_states_are_recorded_and_run(initial):
    result = evolve(WELL, SHORT, initial=initial)
    assert np.linalg.norm(result.state) == pytest.approx(1, abs=1e-12)
    start = result.anneal.start
    assert np.array_equal(start, amplitudes(initial, WELL.grid))
    assert result.anneal.to_dict()["initial"] is not None


def test_initial_array_is_not_changed():
    initial = np.full(64, 1 / 8, dtype=complex)
    evolve(WELL, SHORT, initial=initial)
    assert np.all(initial == 1 / 8)


def test_a_ground_state_stays_where_it_is():
    """Exact eigenstate in, the same out; measured: infidelity 1.5e-6 at dt = 0.05."""
    ground = eigenstates(WELL, 0.3)[1][0]
    result = evolve(WELL, Schedule.constant(0.3, num_steps=100, time_step=0.05), initial=ground)
    assert fidelity(result.state, ground) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("num_qubits", [1, 2])
@DIMENSIONS
def test_the_smallest_grids_run(dimensions, num_qubits):
    result = anneal(bowl(dimensions, num_qubits), SHORT, shots=20, seed=1)
    assert sum(result.counts.values()) == 20
    assert result.reference.exact_energy == pytest.approx(result.reference.energy, abs=1e-8)


@pytest.mark.slow
def test_one_qubit_without_a_schedule_runs():
    assert anneal(bowl(1, 1), validate=False).state.shape == (2,)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_emulator_precisions(precision):
    result = anneal(WELL, SLOW, backend=Emulator(precision=precision))
    exact = anneal(WELL, SLOW)
    assert result.state.dtype == {"single": np.complex64, "double": np.complex128}[precision]
    assert state_distance(result.state, exact.state) < 5e-5  # measured: 5e-6
    assert check(result, "norm").passed


def test_final_diffusion_may_be_zero():
    schedule = Schedule.linear((1, 0), num_stages=3, time_step=0.05, step_exponent=0.0)
    result = anneal(WELL, schedule)
    assert result.diffusion == 0
    assert result.reference is None


def test_last_schedule_of_a_callable_without_known_minimum():
    result = anneal(Problem(Grid((-3, 3), 6), "x**4 - 3*x**2 + x"), SLOW, validate=False)
    assert not result.goal.known
    assert result.goal.minimizers[0][0] == pytest.approx(-1.30084, abs=1e-4)


class Sampler:
    """A backend of one's own: counts only, no state."""

    name, staged, gate_level = "mine", False, False

    def run(self, task, *, start, on_stage):
        return Outcome(None, {"000000": task.shots})

    def required_bytes(self, problem, schedule=None):
        return 0

    def step_budget(self, problem):
        return 100

    def identity(self):
        return {"name": self.name}


def test_a_backend_of_ones_own_may_give_counts_only():
    result = anneal(WELL, SHORT, backend=Sampler(), validate=False)
    assert (result.shots, result.state, result.energy) == (1024, None, None)
    assert result.minimizer == (-2.5,)
    assert "mine" in str(result)


def test_backends_are_found_by_name_and_pass_through():
    mine = Emulator()
    assert as_backend(mine) is mine
    assert as_backend("emulator").name == "emulator"


@pytest.fixture
def no_memory(monkeypatch):
    monkeypatch.setattr("qdml_quantum.support.memory.available_memory", lambda: 1000)
    monkeypatch.setattr("qdml_quantum.support.memory._ALWAYS_THERE", 0)


def never(x):
    pytest.fail("the objective was sampled before the memory was checked")


@pytest.mark.parametrize("schedule", [SHORT, None], ids=["schedule", "no schedule"])
def test_memory_is_checked_before_anything_is_computed(no_memory, schedule):
    with pytest.raises(TooLargeError, match="available"):
        anneal(Problem(WELL.grid, never), schedule)


def test_relax_checks_the_memory_too(no_memory):
    with pytest.raises(TooLargeError, match="available"):
        relax(WELL, 1.0)


def test_thirty_qubits_are_refused_at_once_where_they_do_not_fit(monkeypatch):
    monkeypatch.setattr("qdml_quantum.support.memory.available_memory", lambda: 16 << 30)
    with pytest.raises(TooLargeError, match=r"A run on 30 qubits needs 1.* GiB"):
        anneal(Problem(Grid([(-1, 1), (-1, 1)], 15), "harmonic"))


def test_verbs_are_public():
    assert (qdml.anneal, qdml.evolve, qdml.relax) == (anneal, evolve, relax)


@pytest.mark.parametrize(("num_steps", "passed"), [(5, True), (1, False)])
def test_few_steps_are_judged_by_what_they_are_to_reach(num_steps, passed):
    """What they miss lies everywhere, at the edges too; `ground_state` says how much it is."""
    well = Problem(Grid((-2.5, 2.5), 5), "double_well")
    options = {"diffusion": 0.05, "robust": 0, "num_starts": 2, "seed": 1}
    few = qdml.optimize_schedule(well, num_steps, **options)
    result = anneal(well, few)
    found = {check.name: check for check in result.checks}
    assert result.stages[-1].edge > 2e-4
    assert [name for name, check in found.items() if not check.passed] == (
        [] if passed else ["ground_state"]
    )
    assert f"(the few steps have {result.stages[-1].edge:.2g})" in found["wrap_around"].meaning
    assert "--steps" in found["ground_state"].remedy and "slow" not in found["ground_state"].remedy
    unknown = anneal(well, few, validate=False)
    assert {check.name for check in unknown.checks} == {"norm", "missed_well"}
