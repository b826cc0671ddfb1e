"""Imaginary time as a backend: the two loops of the paper, ending in the ground state."""

import numpy as np
import pytest

from qdml_quantum import Anneal, Grid, Problem, Schedule, anneal, relax
from qdml_quantum.backends import as_backend
from qdml_quantum.backends.base import Task
from qdml_quantum.diagnostics.metrics import state_distance

WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
SLOW = Schedule.geometric((4, 0.2), num_stages=6, num_steps=20, time_step=0.1)


def run(task, start=None):
    seen = {}
    outcome = as_backend("imaginary-time").run(
        task, start=start, on_stage=lambda n, psi: seen.update({n: psi.copy()})
    )
    return outcome, seen


def test_it_says_what_it_is():
    backend = as_backend("imaginary-time")
    assert backend.name == backend.identity()["name"] == "imaginary-time"
    assert backend.imaginary and backend.staged and not backend.gate_level
    assert not as_backend("emulator").imaginary


def test_it_is_the_recipe_in_imaginary_time():
    one = Anneal(WELL, SLOW)
    outcome, seen = run(Task(one))
    exact = one.final_state(imaginary=True)
    assert state_distance(outcome.state, exact) < 1e-12
    assert list(seen) == list(range(6))
    assert all(abs(np.linalg.norm(psi) - 1) < 1e-12 for psi in seen.values())


@pytest.mark.parametrize("stage", [1, 4])
def test_resumed_run_is_bit_identical(stage):
    task = Task(Anneal(WELL, SLOW), shots=100, seed=3)
    whole, seen = run(task)
    rest, _ = run(task, (stage, seen[stage - 1]))
    np.testing.assert_array_equal(rest.state, whole.state)
    assert rest.counts == whole.counts


def test_an_anneal_ends_in_the_ground_state():
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
