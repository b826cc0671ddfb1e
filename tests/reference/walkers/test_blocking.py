"""Blocking against the closed form of an autoregressive series."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from qdml_quantum.reference.walkers.blocking import blocking


def autoregressive(rho, size, seed):
    """``x_t = rho x_(t-1) + noise``, stationary, of variance 1."""
    noise = np.random.default_rng(seed).standard_normal(size)
    noise[1:] *= math.sqrt(1 - rho**2)
    return lfilter([1.0], [1.0, -rho], noise)


@pytest.mark.parametrize("rho", [0.0, 0.8, 0.97])
def test_error_of_a_correlated_mean(rho):
    """Exact: sqrt((1 + rho) / (1 - rho) / N). Mean of 20 seeds: measured 0.99, 0.96, 0.93 of it."""
    size = 1 << 14
    exact = math.sqrt((1 + rho) / (1 - rho) / size)
    found = [blocking(autoregressive(rho, size, seed)) for seed in range(20)]
    assert np.mean([each.error for each in found]) == pytest.approx(exact, rel=0.12)
    assert all(each.settled for each in found)
    naive = found[0].errors[0]
    assert (naive < 0.5 * exact) == (rho > 0)
    samples = size * (1 - rho) / (1 + rho)
    assert np.median([each.samples for each in found]) == pytest.approx(samples, rel=0.25)


def test_pulls_are_normal():
    """200 series: measured standard deviation 1.06."""
    pulls = []
    for seed in range(200):
        found = blocking(autoregressive(0.9, 4096, seed))
        pulls.append(found.mean / found.error)
    assert abs(np.mean(pulls)) < 0.25
    assert 0.85 < np.std(pulls) < 1.25


def test_a_series_shorter_than_its_correlation_says_so():
    drift = np.linspace(0, 1, 256)
    assert not blocking(drift).settled
    assert blocking(np.full(64, 2.5)).error == 0


def test_wrong_series():
    for wrong in (np.ones(15), np.ones((4, 16)), [math.nan] * 32):
        with pytest.raises(ValueError, match=r"numbers in a row|finite"):
            blocking(wrong)
