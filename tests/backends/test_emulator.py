"""The emulator: the recipe in NumPy, stage by stage, in real time and in imaginary time."""

import numpy as np
import pytest

from qdml_quantum import FORMULAS, Anneal, Gaussian, Grid, Problem, Schedule, anneal, relax
from qdml_quantum.backends import BACKENDS, as_backend
from qdml_quantum.backends.base import Task
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.diagnostics.metrics import (
    counts_to_probabilities,
    state_distance,
    total_variation,
)

SCHEDULE = Schedule.geometric((2.0, 0.2), num_stages=4, num_steps=3, time_step=0.1)
WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
PLANE = Problem(Grid([(-5, 5), (-4, 4)], [3, 4]), "himmelblau")


def task(problem=WELL, *, formula="strang", initial="uniform", shots=None, seed=None):
    return Task(Anneal(problem, SCHEDULE, formula, initial), shots=shots, seed=seed)


def run(backend, task, start=None):
    """Outcome, and a copy of the running state after every stage."""
    seen = {}
    outcome = backend.run(task, start=start, on_stage=lambda n, psi: seen.update({n: psi.copy()}))
    return outcome, seen


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("problem", [WELL, PLANE])
@pytest.mark.parametrize("initial", ["uniform", Gaussian(0.5, 0.8, 1.0)])
def test_agrees_with_aer(formula, problem, initial):
    """Every stage, not only the end."""
    mine, mine_seen = run(Emulator(), task(problem, formula=formula, initial=initial))
    theirs, theirs_seen = run(as_backend("aer"), task(problem, formula=formula, initial=initial))
    # Measured: 2e-14.
    assert state_distance(mine.state, theirs.state) <= 1e-10
    for number in range(4):
        assert state_distance(mine_seen[number], theirs_seen[number]) <= 1e-10


def test_states_have_the_shape_of_the_grid():
    outcome, seen = run(Emulator(), task(PLANE))
    assert outcome.state.shape == (8, 16)
    assert outcome.counts is None
    assert list(seen) == [0, 1, 2, 3]
    assert all(abs(np.linalg.norm(psi) - 1) < 1e-13 for psi in seen.values())


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_resumed_run_is_bit_identical(stage):
    whole, seen = run(Emulator(), task(shots=100, seed=3))
    rest, later = run(Emulator(), task(shots=100, seed=3), (stage, seen[stage - 1]))
    np.testing.assert_array_equal(rest.state, whole.state)
    assert rest.counts == whole.counts
    assert list(later) == list(range(stage, 4))


def test_start_is_not_overwritten():
    _, seen = run(Emulator(), task())
    start = seen[1].copy()
    run(Emulator(), task(), (2, start))
    np.testing.assert_array_equal(start, seen[1])


def test_same_seed_same_counts():
    first, second, other = (run(Emulator(), task(shots=500, seed=s))[0].counts for s in (7, 7, 8))
    assert first == second != other
    assert sum(first.values()) == 500
    assert list(first) == sorted(first)


def test_counts_follow_the_probabilities():
    """Axis order: 3 qubits along x, 4 along y."""
    outcome, _ = run(
        Emulator(), task(PLANE, initial=Gaussian((1.0, -2.0), 0.5), shots=100_000, seed=1)
    )
    found = counts_to_probabilities(outcome.counts, PLANE.grid)
    # About sqrt(128 / (2 pi 100000)) for this many points.
    assert total_variation(found, np.abs(outcome.state) ** 2) < 0.02


def test_single_precision():
    double, _ = run(Emulator(), task(PLANE))
    single, _ = run(Emulator(precision="single"), task(PLANE))
    assert single.state.dtype == np.complex64
    distance = state_distance(double.state, single.state)
    assert 1e-9 < distance < 1e-4  # measured: 7e-7; not the same run twice


def test_threads_do_not_change_the_state():
    one, _ = run(Emulator(workers=1), task(PLANE))
    two, _ = run(Emulator(workers=2), task(PLANE))
    np.testing.assert_array_equal(one.state, two.state)


def test_unknown_precision():
    with pytest.raises(ValueError, match=r"Unknown precision 'doubel'. Did you mean `double`\?"):
        Emulator(precision="doubel")


def test_backends_by_name():
    assert [as_backend(name).name for name in BACKENDS] == list(BACKENDS)
    backend = Emulator()
    assert as_backend(backend) is backend
    assert as_backend("emulator", precision="single").precision == "single"


@pytest.mark.parametrize(
    ("name", "suggestion"), [("emulater", "Did you mean `emulator`"), ("Aer", "Did you mean `aer`")]
)
def test_unknown_backend(name, suggestion):
    with pytest.raises(ValueError, match=suggestion):
        as_backend(name)


@pytest.mark.parametrize("thing", [None, 3, object(), WELL])
def test_what_is_no_backend(thing):
    with pytest.raises(TypeError, match="`backend` must be a name, a BackendV2 or a SamplerV2"):
        as_backend(thing)


def test_identity_is_plain_json():
    assert Emulator(precision="single").identity() == {"name": "emulator", "precision": "single"}


IMAGINARY = as_backend("imaginary-time")
SLOW = Schedule.geometric((4, 0.2), num_stages=6, num_steps=20, time_step=0.1)


def test_it_says_what_it_is_in_imaginary_time():
    backend = as_backend("imaginary-time")
    assert backend.name == backend.identity()["name"] == "imaginary-time"
    assert backend.imaginary and backend.staged and not backend.gate_level
    assert not as_backend("emulator").imaginary


def test_imaginary_time_is_the_recipe_in_imaginary_time():
    one = Anneal(WELL, SLOW)
    outcome, seen = run(IMAGINARY, Task(one))
    exact = one.final_state(imaginary=True)
    assert state_distance(outcome.state, exact) < 1e-12
    assert list(seen) == list(range(6))
    assert all(abs(np.linalg.norm(psi) - 1) < 1e-12 for psi in seen.values())


@pytest.mark.parametrize("stage", [1, 4])
def test_resumed_run_is_bit_identical_in_imaginary_time(stage):
    slow = Task(Anneal(WELL, SLOW), shots=100, seed=3)
    whole, seen = run(IMAGINARY, slow)
    rest, _ = run(IMAGINARY, slow, (stage, seen[stage - 1]))
    np.testing.assert_array_equal(rest.state, whole.state)
    assert rest.counts == whole.counts


def test_imaginary_time_ends_in_the_ground_state():
    long = Schedule.geometric((4, 0.2), num_stages=6, num_steps=100, time_step=0.1)
    result = anneal(WELL, long, backend="imaginary-time")
    assert result.backend == "imaginary-time"
    assert result.fidelity > 0.999
    assert result.energy == pytest.approx(relax(WELL, 0.2).energy, abs=1e-3)
    assert "rough_objective" not in [check.name for check in result.checks]
    energies = [stage.energy for stage in result.stages]
    assert energies == sorted(energies, reverse=True)


def test_negative_fractions_are_refused():
    with pytest.raises(ValueError, match="no negative fractions in imaginary time"):
        anneal(WELL, SLOW, backend="imaginary-time", formula="suzuki4", validate=False)


@pytest.mark.parametrize("qubits", [1, 2, 3])
def test_a_budget_is_a_number_of_steps(qubits):
    """Of a grid whose single step takes longer than what is given to all, one."""
    assert Emulator().step_budget(Problem(Grid([(0, 1)] * 10, qubits), "x1 + x10")) >= 1
