"""The judge: what noise makes can not pass, what the anneal makes does."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from histograms import toward_uniform
from judged import a_plan, counts_of

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.bootstrap import signal_interval
from qdml_quantum.diagnostics.metrics import sample_counts
from qdml_quantum.runs.judge import Evidence, judge, most_probable

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


@pytest.mark.each_value
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


# -- all of it -------------------------------------------------------------------------------------

ANNEAL = PLANS[4].anneal
GOAL = PLANS[4].goal
CLAIM = {"enough_shots", "far_from_uniform", "not_flat", "signal", "above_chance"}


def counts_of_ideal(shots, seed=0):
    return sample_counts(PLANS[4].ideal["position"], ANNEAL.grid, shots, seed)


def names(result):
    return [check.name for check in result.checks]


def test_a_state_alone_is_judged_without_a_claim():
    result = judge(ANNEAL, GOAL, Evidence("emulator", state=ANNEAL.final_state()))
    assert not CLAIM & set(names(result))
    assert {"norm", "aliasing", "wrap_around", "ground_state", "localised"} <= set(names(result))
    ground = result.reference.state
    overlap = abs(np.vdot(ground, result.state)) ** 2
    assert result.fidelity == pytest.approx(overlap, abs=1e-12)
    assert result.success.low == result.success.high == result.success_probability
    assert {check.name for check in result.checks if not check.decides} <= {"seam"}
    assert result.device is None


@pytest.mark.parametrize(("shots", "told"), [(60, False), (400, True)])
def test_with_a_state_few_shots_are_no_fault(shots, told):
    """It says more than counts can; they are held against it only where they can be believed."""
    evidence = Evidence("emulator", state=ANNEAL.final_state(), counts=counts_of_ideal(shots))
    result = judge(ANNEAL, GOAL, evidence)
    assert ("signal" in names(result)) == told
    assert not {"enough_shots", "not_flat"} & set(names(result))
    assert result.shots == shots and result.success.low < result.success.value


@pytest.mark.parametrize(("shots", "passed"), [(60, False), (400, True)])
def test_counts_alone_have_to_make_the_claim(shots, passed):
    evidence = Evidence("sampler", counts=counts_of_ideal(shots), gate_level=True)
    result = judge(ANNEAL, GOAL, evidence)
    assert set(names(result)) >= CLAIM
    claim = {check.name: check for check in result.checks if check.name in CLAIM}
    assert all(check.decides for check in claim.values())
    assert claim["enough_shots"].passed is passed
    assert result.fidelity is None and result.energy is None


def test_without_validation_nothing_is_compared():
    evidence = Evidence("sampler", counts=counts_of_ideal(400), gate_level=True)
    result = judge(ANNEAL, GOAL, evidence, validate=False)
    assert result.reference is None and not CLAIM & set(names(result))
    assert "time_step" not in names(result)


def test_on_a_device_only_the_claim_decides():
    """The rest was said before the run, by the plan."""
    plan = a_plan(3, energy=False)
    evidence = Evidence("fake_fez", plan=plan, all_counts=counts_of(plan))
    result = judge(plan.anneal, plan.goal, evidence)
    assert {check.name for check in result.checks if check.decides} == CLAIM
    assert result.counts == result.device.counts[0]
    assert [check.name for check in result.checks][:5] == [
        "enough_shots",
        "far_from_uniform",
        "not_flat",
        "signal",
        "above_chance",
    ]


def test_the_claim_can_ask_for_more():
    plan = a_plan(3, energy=False)
    evidence = Evidence("fake_fez", plan=plan, all_counts=counts_of(plan, signal=0.8))
    plain, strict = (
        judge(plan.anneal, plan.goal, evidence, min_signal=least) for least in (0.5, 0.9)
    )
    assert plain.passed and [check.name for check in strict.failed] == ["signal"]
    assert strict.device.min_signal == 0.9


def test_of_points_that_shots_cannot_tell_apart_the_lowest_is_taken():
    problem = ANNEAL.problem
    values = np.full(16, 0.01)
    low, high = np.argsort(problem.values)[[0, -1]]
    values[low], values[high] = 0.40, 0.42
    assert most_probable(values, problem, None) == (high,)
    assert most_probable(values, problem, 100) == (low,)
    assert most_probable(values, problem, 100_000) == (high,)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"confidence": 1.0}, "`confidence` must lie between 0 and 1"),
        ({"min_signal": 0}, "`min_signal` must lie between 0 and 1"),
        ({"seed": -1}, "`seed` must be at least 0"),
    ],
)
def test_wrong_numbers_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        judge(ANNEAL, GOAL, Evidence("emulator", state=ANNEAL.final_state()), **options)
