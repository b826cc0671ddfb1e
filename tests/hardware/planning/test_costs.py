"""Costs and error bars, against sampling and closed forms."""

import math

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from qdml_quantum.diagnostics.metrics import (
    hellinger_fidelity,
    signal_over_uniform,
    total_variation,
    uniform_fidelity,
)
from qdml_quantum.hardware.planning.costs import (
    Costs,
    ErrorBar,
    as_wanted,
    depolarised,
    depolarised_signal,
    energy_error,
    qpu_seconds,
    shots_for,
    signal_error,
    success_error,
)

IDEAL = np.random.default_rng(3).dirichlet(np.full(16, 0.4))


def test_qpu_seconds_are_those_of_the_documentation():
    # Two circuits of 10,000 shots with no duration: 2 s and 20,000 delays of 250 us.
    assert qpu_seconds([0.0, 0.0], 10_000, 250e-6) == pytest.approx(2 + 2 * 10_000 * 250e-6)
    assert qpu_seconds([50e-6], 1000, 250e-6) == pytest.approx(2 + 1000 * 300e-6)
    assert qpu_seconds([50e-6], 1000, 0) == pytest.approx(2.05)


@given(st.floats(0, 1), st.integers(1, 10**6))
def test_the_error_of_success_is_the_wilson_interval(probability, shots):
    hits = round(probability * shots)
    interval = binomtest(hits, shots).proportion_ci(0.95, method="wilson")
    half = (interval.high - interval.low) / 2
    assert success_error(hits / shots, shots) == pytest.approx(half, rel=1e-6, abs=1e-12)


@pytest.mark.each_value
@pytest.mark.parametrize("share", [0.9, 0.6, 0.3])
@pytest.mark.parametrize("shots", [500, 4000])
def test_the_error_of_the_signal_holds_what_sampling_gives(share, shots):
    rng = np.random.default_rng(7)
    p = 0.9 * depolarised(IDEAL, share) + 0.1 * np.roll(IDEAL, 1)
    exact = signal_over_uniform(p, IDEAL)
    drawn = rng.multinomial(shots, p, size=4000) / shots
    found = np.array([signal_over_uniform(row, IDEAL) for row in drawn])
    error = signal_error(p, IDEAL, shots)
    inside = np.mean(np.abs(found - exact) <= error)
    # 95 % and a bias on one side, which the error bar adds: between 95 and 99.5 %.
    assert 0.94 < inside < 0.998
    # The width is not idle: 0.7 of it is too little.
    assert np.mean(np.abs(found - exact) <= 0.7 * error) < 0.93


def test_the_variance_of_the_fidelity_is_f_of_1_minus_f():
    # Delta method in closed form: var F = F (1 - F) / N, where nothing of the ideal is missed.
    rng = np.random.default_rng(1)
    p = depolarised(IDEAL, 0.7)
    shots = 200_000
    drawn = rng.multinomial(shots, p, size=3000) / shots
    found = [hellinger_fidelity(row, IDEAL) for row in drawn]
    fidelity = hellinger_fidelity(p, IDEAL)
    assert np.var(found) == pytest.approx(fidelity * (1 - fidelity) / shots, rel=0.1)


def test_few_shots_look_like_noise_and_the_error_bar_says_so():
    rng = np.random.default_rng(2)
    shots = 400
    drawn = rng.multinomial(shots, IDEAL, size=3000) / shots
    lost = 1 - np.mean([signal_over_uniform(row, IDEAL) for row in drawn])
    assert 0.5 * lost < signal_error(IDEAL, IDEAL, shots) < 3 * lost
    assert lost > 0.01


def test_a_uniform_ideal_has_no_signal_and_no_error():
    flat = np.full(8, 1 / 8)
    assert signal_error(flat, flat, 100) == 0
    assert uniform_fidelity(flat) == pytest.approx(1)
    assert depolarised_signal(flat, 0.5) == 0


@given(st.floats(0.05, 5), st.floats(0.05, 5), st.floats(0.003, 1))
def test_shots_for_an_energy_are_the_closed_form(position, momentum, wanted):
    exact = 1.959963984540054**2 * (position + momentum) / wanted**2
    found = shots_for(lambda n: energy_error([position, momentum], n), wanted)
    assert abs(found - math.ceil(exact)) <= 1


@given(st.floats(0.02, 0.98), st.floats(0.005, 0.2))
@settings(max_examples=50)
def test_shots_for_are_the_least(probability, wanted):
    def error(shots):
        return success_error(probability, shots)

    shots = shots_for(error, wanted)
    assert error(shots) <= wanted
    assert shots == 1 or error(shots - 1) > wanted


def test_what_no_number_of_shots_reaches_is_none():
    assert shots_for(lambda shots: 0.1, 0.05) is None
    bar = ErrorBar("signal", 0.5, 0.1, 0.05, None)
    assert not bar.reached and "no number of shots" in str(bar)


def test_depolarised_loses_in_proportion():
    flat = np.full(16, 1 / 16)
    for share in (0, 0.3, 1):
        left = total_variation(depolarised(IDEAL, share), flat)
        assert left == pytest.approx(share * total_variation(IDEAL, flat), abs=1e-15)
    signals = [depolarised_signal(IDEAL, share) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert signals[0] == pytest.approx(0, abs=1e-12) and signals[-1] == pytest.approx(1)
    assert signals == sorted(signals)


def test_wanted_errors():
    assert as_wanted(None, 10.0) == {"success": 0.02, "signal": 0.05, "energy": 0.2}
    assert as_wanted({"energy": 0.5}, 10.0)["energy"] == 0.5
    assert as_wanted(None, 0.0)["energy"] > 0
    for wrong, error in ((0, ValueError), ("a", TypeError), ({"succes": 1}, ValueError)):
        with pytest.raises(error, match="max_error"):
            as_wanted(wrong, 1.0)


def test_costs_come_back():
    bar = ErrorBar("signal", 0.5, 0.1, 0.05, None)
    costs = Costs(3, 2, 10, 8, 12, 9, (3, 1, 2), 1e-6, 0.9, 0.8, "", 0.7, 2, 4.1, (bar,))
    assert Costs.from_dict(costs.to_dict()) == costs
    assert costs.error_bar("signal") is bar and costs.error_bar("energy") is None
