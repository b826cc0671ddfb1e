"""Intervals hold what they promise: measured over many synthetic runs."""

import numpy as np
import pytest
from histograms import toward_uniform
from scipy.stats import binom

from qdml_quantum import Grid
from qdml_quantum.diagnostics import bootstrap
from qdml_quantum.diagnostics.bootstrap import (
    checked_counts,
    deviations_from_flat,
    distance_interval,
    hits_on,
    signal_interval,
)
from qdml_quantum.diagnostics.metrics import signal_over_uniform, total_variation
from qdml_quantum.support.estimate import Estimate

CASES = [(8, 200), (16, 1000), (64, 1000), (64, 4000)]


def two_peaks(points):
    """A double well: one high peak, one low, next to nothing elsewhere."""
    u = (np.arange(points) + 0.5) / points
    q = np.exp(-(((u - 0.3) / 0.12) ** 2)) + 0.05 * np.exp(-(((u - 0.75) / 0.1) ** 2))
    return q / q.sum()


def coverage(interval, truth, true_p, shots, runs, **options):
    """Share of runs whose interval holds the truth; shares that are below and above it."""
    low = high = 0
    for seed in range(runs):
        hits = np.random.default_rng([seed, shots]).multinomial(shots, true_p)
        found = interval(hits, seed=seed, **options)
        low += truth < found.low - 1e-9
        high += truth > found.high + 1e-9
    return 1 - (low + high) / runs, low / runs, high / runs


def signal_coverage(points, shots, signal, runs, resamples):
    q = two_peaks(points)
    p = q if signal == 1 else toward_uniform(q, signal)
    return coverage(
        lambda hits, **o: signal_interval(hits, q, **o),
        signal,
        p,
        shots,
        runs,
        resamples=resamples,
    )


@pytest.mark.each_value
@pytest.mark.parametrize(("points", "shots"), CASES)
@pytest.mark.parametrize("signal", [0.0, 0.6, 1.0])
def test_coverage_of_the_signal(points, shots, signal):
    """Nominal 95 %; 150 runs scatter by 2 %."""
    held, below, _ = signal_coverage(points, shots, signal, 150, 200)
    assert held >= 0.89
    assert below <= 0.07  # A low end that is too high would support too much.


@pytest.mark.slow
@pytest.mark.parametrize("points", [8, 16, 64])
@pytest.mark.parametrize("shots", [200, 1000, 4000, 10_000])
@pytest.mark.parametrize("signal", [0.0, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_coverage_of_the_signal_in_full(points, shots, signal):
    held, below, _ = signal_coverage(points, shots, signal, 600, 500)
    assert held >= 0.91
    assert below <= 0.06


@pytest.mark.slow
def test_the_percentile_method_does_not_cover():
    """The reason for another one: quantiles of resampled S, as a first idea would have it."""

    def percentile(hits, *, seed):
        drawn = np.random.default_rng(seed).multinomial(hits.sum(), hits / hits.sum(), size=200)
        found = [signal_over_uniform(one / hits.sum(), q) for one in drawn]
        return Estimate(0.0, *np.quantile(found, [0.025, 0.975]))

    q = two_peaks(64)
    for signal in (0.6, 0.9):
        held, _, above = coverage(percentile, signal, toward_uniform(q, signal), 1000, 60)
        assert held < 0.7 and above > 0.3


@pytest.mark.parametrize("signal", [0.3, 0.7, 1.0])
def test_the_estimate_has_less_bias_than_the_histogram(signal):
    q = two_peaks(64)
    p = q if signal == 1 else toward_uniform(q, signal)
    values, plain = [], []
    for seed in range(80):
        hits = np.random.default_rng(seed).multinomial(600, p)
        values.append(signal_interval(hits, q, seed=seed, resamples=200).value)
        plain.append(signal_over_uniform(hits / 600, q))
    plain, value = np.mean(plain) - signal, np.mean(values) - signal
    assert plain < -0.02
    assert abs(value) < abs(plain) / 2


@pytest.mark.each_value
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 1.0])
@pytest.mark.parametrize(("points", "shots"), CASES)
def test_coverage_of_the_distance(points, shots, share):
    """At least nominal, also where both are the same: there no bootstrap of it covers."""
    g = two_peaks(points)
    p = (1 - share) * g + share * np.random.default_rng(1).dirichlet(np.full(points, 3.0))
    held, _, _ = coverage(
        lambda hits, **o: distance_interval(hits, g, **o),
        total_variation(p, g),
        p,
        shots,
        100,
        resamples=200,
    )
    assert held >= 0.91


def test_shift_of_a_large_sample_is_nothing():
    """With 10^7 shots interval, estimate and histogram agree."""
    q = two_peaks(8)
    p = toward_uniform(q, 0.5)
    found = signal_interval(np.round(p * 1e7).astype(int), q)
    for value in (found.value, found.low, found.high):
        assert value == pytest.approx(0.5, abs=2e-3)
    assert found.low < 0.5 < found.high


def test_the_width_is_that_of_error_propagation():
    """``dS = 2 B dB / (1 - F_u)`` with the variance of a mean of ``sqrt(q / p) / 2``."""
    q = two_peaks(8)
    p = toward_uniform(q, 0.5)
    shots = 100_000
    g = np.sqrt(q / p) / 2
    deviation = np.sqrt((p @ g**2 - (p @ g) ** 2) / shots)
    overlap, flat = np.sqrt(p * q).sum(), np.sqrt(q / 8).sum() ** 2
    wanted = 2 * 1.96 * 2 * overlap * deviation / (1 - flat)
    found = signal_interval(np.round(p * shots).astype(int), q)
    assert found.high - found.low == pytest.approx(wanted, rel=0.08)


def test_an_ideal_that_is_uniform_has_no_signal():
    assert signal_interval([5, 5, 5, 5], [0.25] * 4) == Estimate(0, 0, 0)
    assert deviations_from_flat([5, 5, 5, 5], [0.25] * 4) < 2
    assert deviations_from_flat([5], [1.0]) == 0


def test_signals_never_exceed_one():
    q = two_peaks(8)
    found = signal_interval(np.round(q * 1000).astype(int), q)
    assert found.low < found.value <= found.high == 1.0


def test_a_larger_confidence_is_a_wider_interval():
    hits = [60, 15, 13, 12]
    ends = [signal_interval(hits, [0.7, 0.1, 0.1, 0.1], confidence=c) for c in (0.5, 0.9, 0.99)]
    assert ends[0].low > ends[1].low > ends[2].low


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 2])
@pytest.mark.parametrize("interval", [signal_interval, distance_interval])
def test_wrong_confidence_is_refused(interval, confidence):
    with pytest.raises(ValueError, match="`confidence` must lie between 0 and 1"):
        interval([1, 2], [0.5, 0.5], confidence=confidence)


def test_no_shots_are_refused():
    with pytest.raises(ValueError, match="at least one shot"):
        signal_interval([0, 0], [0.9, 0.1])


def test_deviations_of_uniform_histograms_are_those_of_a_normal_distribution():
    q = two_peaks(16)
    found = [
        deviations_from_flat(
            np.random.default_rng(seed).multinomial(500, np.full(16, 1 / 16)), q, seed=seed
        )
        for seed in range(200)
    ]
    assert abs(np.mean(found)) < 0.25
    assert np.std(found) == pytest.approx(1, abs=0.2)
    assert max(found) < 5


@pytest.mark.parametrize("shots", [10, 1000])
def test_resamples_in_parts_are_as_many(monkeypatch, shots):
    """Shot by shot and point by point; shares add to 1."""
    monkeypatch.setattr(bootstrap, "_MOST_NUMBERS", 64)
    odds = np.arange(1, 9)
    found = bootstrap._resampled([lambda shares, _: shares], odds, shots, 21, 0)
    assert found.shape == (1, 21) and np.allclose(found, 1)


@pytest.mark.parametrize("shots", [15, 16, 17, 200])
def test_synthetic_histograms_are_multinomial(shots):
    """Mean and variance of a weighted sum of squared shares, against sums over all binomials.

    Up to 16 shots on 8 points they are drawn one by one.
    """
    odds, resamples = np.array([1, 1, 3, 5, 1, 9, 1, 21]), 40_000
    weights = np.array([3.0, 1.0, 0.0, 2.0, 5.0, 1.0, 4.0, 0.5])
    p = odds / odds.sum()

    def power(shares, points):
        return shares**2 * weights[points]

    (drawn,) = bootstrap._resampled([power], odds, shots, resamples, 3)
    hits = np.arange(shots + 1)
    squares = [binom.pmf(hits, shots, one) @ (hits / shots) ** 2 for one in p]
    error = drawn.std() / np.sqrt(resamples)
    assert abs(drawn.mean() - weights @ squares) < 4 * error
    other = np.random.default_rng(7).multinomial(shots, p, size=resamples) / shots
    expected = (other**2 @ weights).std()
    assert drawn.std() == pytest.approx(expected, rel=0.03)


def test_a_fine_grid_costs_as_little_as_its_shots(monkeypatch):
    """Of 2^16 points and 100 shots no array of all points is drawn, for any of the intervals."""

    class Drawing:
        def __init__(self, seed):
            self.rng = rng(seed)

        def integers(self, most, size):
            return self.rng.integers(most, size=size)

    rng = np.random.default_rng
    q = two_peaks(1 << 16)
    hits = rng(0).multinomial(100, q)
    monkeypatch.setattr(bootstrap.np.random, "default_rng", Drawing)
    measured = signal_interval(hits, q)
    assert measured.low < measured.value < measured.high
    assert deviations_from_flat(hits, q) > 5
    distance = distance_interval(hits, np.full(q.size, 1 / q.size))
    assert distance.low <= distance.value <= distance.high


@pytest.mark.parametrize("hits", [[0.5, 3.0], [4, -1]])
def test_hits_are_counts(hits):
    with pytest.raises(ValueError, match=r"whole numbers, none negative, but is .* \(at index"):
        signal_interval(hits, [0.9, 0.1])


def test_hits_stand_where_the_grid_says():
    grid = Grid([(0, 1), (0, 1)], [3, 2])
    counts = {"01110": 4, "00000": 1}
    hits = hits_on(grid, counts)
    assert hits.shape == (8, 4) and hits.sum() == 5
    assert hits[grid.index_of("01110")] == hits[6, 1] == 4


@pytest.mark.parametrize(
    ("counts", "error"),
    [
        ({}, ValueError),
        ({"00": 0}, ValueError),
        ({"0": 1}, ValueError),
        ({"0 0": 1}, ValueError),
        ({"02": 1}, ValueError),
        ({"00": True}, TypeError),
        ({"00": 1.0}, TypeError),
        ({"00": -1, "01": 3}, ValueError),
    ],
)
def test_wrong_counts_are_refused(counts, error):
    with pytest.raises(error):
        checked_counts(2, counts)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_the_distance_has_less_bias_than_the_histogram(share):
    """The modulus turns noise into distance: 200 shots on 64 points, means of 60 histograms."""
    g = two_peaks(64)
    p = (1 - share) * g + share / 64
    truth = total_variation(p, g)
    plain, shifted = [], []
    for seed in range(60):
        hits = np.random.default_rng(seed).multinomial(200, p)
        found = distance_interval(hits, g, resamples=100, seed=seed)
        plain.append(total_variation(hits / 200, g))
        shifted.append(found.value)
        assert found.low <= found.value <= plain[-1] <= found.high
    assert np.mean(plain) > truth + 0.01
    assert abs(np.mean(shifted) - truth) < 0.7 * (np.mean(plain) - truth)
