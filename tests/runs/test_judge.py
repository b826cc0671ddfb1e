"""The judge: what noise makes can not pass, what the anneal makes does."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from histograms import toward_uniform
from judged import a_plan

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.bootstrap import signal_interval

PLANS = {n: a_plan(n, energy=False) for n in (2, 3, 4, 5, 6)}

SHOTS = (1, 10, 100, 1000, 4000)


@pytest.fixture
def quick(monkeypatch):
    """Fewer synthetic histograms: less exact, so that more could slip through."""
    fewer = partial(checks.deviations_from_flat, resamples=200)
    monkeypatch.setattr(checks, "deviations_from_flat", fewer)


def deciding(plan, hits, min_signal=0.5, confidence=0.95, seed=0):
    """The part of `judge` that decides on a device."""
    ideal, shots = plan.ideal["position"], int(hits.sum())
    signal = signal_interval(hits, ideal, confidence=confidence, seed=seed, resamples=200)
    success = plan.goal.success(hits / shots, shots, confidence)
    return checks.claim(hits, ideal, plan.goal, success, signal, min_signal, seed=seed)


def flat_runs(seeds, shots, num_qubits, min_signal=0.5, confidence=0.95):
    """Deciding checks of uniform counts."""
    plan = PLANS[num_qubits]
    for seed in range(seeds):
        flat = np.full(plan.grid.size, 1 / plan.grid.size)
        hits = np.random.default_rng([seed, shots, num_qubits]).multinomial(shots, flat)
        yield deciding(plan, hits, min_signal, confidence, seed)


@pytest.mark.parametrize("num_qubits", PLANS)
@pytest.mark.parametrize("shots", SHOTS)
def test_no_flat_histogram_passes(num_qubits, shots, quick):
    """2000 of them in all here; 2000 of each in the slow test."""
    for found in flat_runs(80, shots, num_qubits):
        assert not all(check.passed for check in found)


@pytest.mark.slow
@pytest.mark.parametrize("num_qubits", PLANS)
@pytest.mark.parametrize("shots", SHOTS)
def test_no_flat_histogram_passes_among_many(num_qubits, shots, quick):
    for found in flat_runs(2000, shots, num_qubits):
        assert not all(check.passed for check in found)


def test_no_flat_histogram_passes_where_next_to_nothing_is_asked_for(quick):
    """The limit on S alone would let them through: that is what `not_flat` is for."""
    lucky = 0
    for found in flat_runs(600, 200, 3, min_signal=0.001, confidence=0.5):
        passed = {check.name: check.passed for check in found}
        lucky += passed["signal"] and passed["above_chance"]
        assert not passed["not_flat"]
    assert lucky > 5


@pytest.mark.parametrize("num_qubits", [2, 3, 4, 5, 6])
def test_the_ideal_histogram_passes(num_qubits, quick):
    plan = PLANS[num_qubits]
    for seed in range(30):
        hits = np.random.default_rng(seed).multinomial(1000, plan.ideal["position"])
        assert all(check.passed for check in deciding(plan, hits, seed=seed))


@pytest.mark.parametrize(
    ("signal", "shots", "least"), [(0.6, 1000, 0.5), (0.6, 4000, 0.97), (0.8, 1000, 1.0)]
)
def test_power(signal, shots, least, quick):
    """How often a device with a true S passes (3 to 6 qubits; the table is in the report)."""
    passed = []
    for num_qubits in (3, 4, 5, 6):
        plan = PLANS[num_qubits]
        true = toward_uniform(plan.ideal["position"], signal)
        for seed in range(15):
            hits = np.random.default_rng(seed).multinomial(shots, true)
            passed.append(all(check.passed for check in deciding(plan, hits, seed=seed)))
    assert np.mean(passed) >= least


@pytest.mark.parametrize("signal", [0.3, 0.45])
def test_too_little_signal_does_not_pass(signal, quick):
    plan = PLANS[4]
    true = toward_uniform(plan.ideal["position"], signal)
    for seed in range(30):
        hits = np.random.default_rng(seed).multinomial(4000, true)
        assert not all(check.passed for check in deciding(plan, hits, seed=seed))


def test_success_at_chance_does_not_pass():
    """The right shape in the wrong place: S is high, the minimum is missed."""
    plan = a_plan(3, energy=False)
    ideal = plan.ideal["position"]
    mask = plan.goal.mask
    hits = np.round(4000 * np.where(mask, 0.1 * ideal, ideal)).astype(int)
    found = {check.name: check.passed for check in deciding(plan, hits, min_signal=0.01)}
    assert found["not_flat"] and found["signal"] and not found["above_chance"]
