"""A draft: what an anneal on a device compiles to, what that gives, and what is checked of it."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from plans import QUICK

from qdml_quantum import Anneal, Goal, Grid, Problem, Schedule, find_backend, plan
from qdml_quantum.diagnostics.metrics import probabilities_in
from qdml_quantum.hardware.planning import draft
from qdml_quantum.hardware.planning.draft import Draft
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
    planned = plan(well, idle, backend="fake_fez", energy=False, **QUICK)
    failed = {check.name for check in planned.checks if not check.passed}
    assert "far_from_uniform" in failed and not planned.worth
    assert "nearly uniform" in planned.verdict


def test_two_qubits_are_said_to_prove_nothing_about_steps():
    problem = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    planned = plan(problem, backend="fake_fez", energy=False, **QUICK)
    check = next(c for c in planned.checks if c.name == "more_than_two_qubits")
    assert not check.passed
    if planned.worth:
        assert "more_than_two_qubits" in planned.verdict


def test_steps_that_are_too_long_are_said(well):
    rough = Schedule.geometric((2, 0.1), num_stages=1, num_steps=2, time_step=1.0)
    planned = plan(well, rough, backend="fake_fez", energy=False, **QUICK)
    failed = {check.name for check in planned.checks if not check.passed}
    assert {"time_step", "rough_objective"} <= failed


def test_too_large_for_a_simulation_is_said(well, monkeypatch):
    monkeypatch.setattr(draft, "noisy_probabilities", lambda *a, **k: None)
    planned = plan(well, backend="fake_fez", **QUICK)
    assert planned.noisy is None and planned.expected_signal is None
    assert "noise is simulated on up to" in str(planned)
    assert planned.costs.error_bar("signal").expected == planned.costs.estimated_signal


def test_everything_is_made_once(well):
    one = Anneal(well, Schedule.constant(0.5, num_steps=1, time_step=0.3))
    device = find_backend("fake_fez")
    found = Draft(one, Goal(well), QUICK["compiler"], device, ("position",))
    assert found.isa is found.isa and found.ideal is found.ideal and found.noisy is found.noisy
    assert found.chip is device and not found.idle
    ideal = probabilities_in("position", one.final_state())
    assert found.ideal["position"] == pytest.approx(ideal, abs=1e-14)
    assert found.success == pytest.approx(found.goal.share(found.noisy["position"]))
    assert found.expected is found.noisy
    deciding = [check.name for check in found.checks() if check.decides]
    assert deciding == ["expected_signal", "far_from_uniform"]
