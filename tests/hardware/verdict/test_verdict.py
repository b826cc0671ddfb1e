"""What only the counts of a device tell: the job, its energy and its distance to the truth."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from histograms import toward_uniform
from judged import a_plan, counts_of, named

from qdml_quantum import Hamiltonian, relax
from qdml_quantum.diagnostics.metrics import signal_over_uniform
from qdml_quantum.runs.fetching import judge_plan


@pytest.mark.parametrize(
    ("qubits", "pairs", "blocks"),
    [(2, None, 2), (3, None, 3), ([2, 2], [(0, 1), (2, 3)], 2), ([2, 2], [(0, 1), (1, 2)], 3)],
)
def test_small_blocks_do_not_test_trotterisation(qubits, pairs, blocks):
    """A separable objective on two qubits per axis is two 2-qubit circuits."""
    plan = a_plan(qubits, "sphere", pairs=pairs, energy=False)
    result = judge_plan(plan, counts_of(plan))
    assert named(result, "more_than_two_qubits").value == blocks
    assert result.passed
    assert ("Trotterisation was not tested" in result.verdict) == (blocks == 2)


def test_values_are_those_of_the_formulas():
    plan = a_plan(4, shots=4000)
    counts = counts_of(plan, signal=0.8, seed=3)
    result = judge_plan(plan, counts)
    hits = np.zeros(16)
    for bits, number in counts[0].items():
        hits[int(bits, 2)] = number
    ideal = plan.ideal["position"]
    mask = plan.goal.mask
    run = result.device
    plain = signal_over_uniform(hits / 4000, ideal)
    assert run.variants[0].signal.value == pytest.approx(plain, abs=1e-12)
    assert run.signal.low < 0.8 < run.signal.high
    assert result.success.value == pytest.approx(hits[mask].sum() / 4000, abs=1e-12)
    assert result.goal.baseline == mask.mean()
    assert run.ideal_success == pytest.approx(ideal[mask].sum(), abs=1e-12)
    mean = hits @ plan.problem.values / 4000
    assert run.energy.potential.value == pytest.approx(mean, abs=1e-9)
    spread = np.sqrt(np.cov(plan.problem.values, fweights=hits.astype(int)) / 4000)
    assert run.energy.potential.error == pytest.approx(spread, rel=1e-9)
    waves = sum(n * plan.grid.axes[0].wave_numbers[int(b, 2)] ** 2 for b, n in counts[1].items())
    mean = plan.anneal.diffusion * waves / 4000
    assert run.energy.kinetic.value == pytest.approx(mean, rel=1e-9)
    assert result.energy_estimate == run.energy.energy


def test_exact_energy_is_that_of_the_final_state():
    plan = a_plan(4)
    psi = plan.anneal.final_state()
    exact = Hamiltonian(plan.problem, plan.anneal.diffusion).moments(psi)[0]
    assert judge_plan(plan, counts_of(plan)).device.energy.exact == pytest.approx(exact, abs=1e-9)


def test_energy_of_two_axes():
    """Both settings in the order of the grid, axis 0 on the lowest bits."""
    plan = a_plan([2, 3], "x**2 + 3*y", shots=200_000)
    found = judge_plan(plan, counts_of(plan)).device.energy
    assert abs(found.energy.value - found.exact) < 5 * found.energy.error


def test_distance_to_the_ground_state():
    plan = a_plan(4, shots=20_000)
    ground = relax(plan.problem, plan.anneal.diffusion).state ** 2
    ideal = plan.ideal["position"]
    result = judge_plan(plan, counts_of(plan, signal=0.7))
    assert result.reference.state**2 == pytest.approx(ground, abs=1e-6)
    found = result.device.distance
    assert found.ideal == pytest.approx(np.abs(ideal - ground).sum() / 2, abs=1e-6)
    assert found.uniform == pytest.approx(np.abs(ground - 1 / 16).sum() / 2, abs=1e-6)
    true = np.abs(toward_uniform(ideal, 0.7) - ground).sum() / 2
    assert found.device.low < true < found.device.high
    assert found.noisy is None


def test_prediction_stands_beside():
    plan = a_plan(3)
    noisy = {basis: toward_uniform(values, 0.9) for basis, values in plan.ideal.items()}
    plan = dataclasses.replace(plan, noisy=noisy)
    good = judge_plan(plan, counts_of(plan, signal=0.9))
    assert good.device.plan.expected_signal == pytest.approx(0.9, abs=1e-6)
    assert named(good, "as_predicted").passed
    assert "predicted 0.900" in str(good)
    poor = judge_plan(plan, counts_of(plan, signal=0.7, shots=10_000))
    assert not named(poor, "as_predicted").passed
    assert poor.passed


def test_bad_readout_is_said_and_not_undone():
    plan = a_plan(3, shots=4000, readout=True)
    result = judge_plan(plan, counts_of(plan, flips=(0.3, 0.4)))
    assert not named(result, "readout_errors").passed
    assert [v.method for v in result.device.variants] == ["as measured", "readout"]
    assert result.device.variants[1].success is None
    assert "readout errors are undone up to 0.25" in str(result)


def test_missing_shots_are_said():
    plan = a_plan(3, shots=1000)
    counts = counts_of(plan)
    counts[1] = {"000": 10}
    assert not named(judge_plan(plan, counts), "all_shots").passed


@pytest.mark.parametrize(
    ("counts", "error", "words"),
    [
        ([{"000": 5}], ValueError, "one mapping for each of 2 settings"),
        ([{"000": 5}, {}], ValueError, "at least one shot"),
        ([{"000": 5}, {"000": 0}], ValueError, "at least one shot"),
        ([{"00": 5}, {"000": 5}], ValueError, "keys of 3 bits, but is '00'"),
        ([{"0a0": 5}, {"000": 5}], ValueError, "keys of 3 bits"),
        ([{0: 5}, {"000": 5}], ValueError, "keys of 3 bits"),
        ([{"000": -5}, {"000": 5}], ValueError, "at least 0"),
        ([{"000": 0.5}, {"000": 5}], TypeError, "integer"),
    ],
)
def test_wrong_counts_are_refused(counts, error, words):
    with pytest.raises(error, match=words):
        judge_plan(a_plan(3), counts)


def test_the_dynamics_are_judged_once(monkeypatch):
    from qdml_quantum.hardware.verdict import verdict

    asked = []
    monkeypatch.setattr(verdict, "dynamics_of", lambda *parts: asked.append(parts))
    plan = a_plan(3, energy=False)
    judge_plan(plan, counts_of(plan))
    assert len(asked) == 1
