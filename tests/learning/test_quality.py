"""Distances between samples, against closed forms of Gaussians and against SciPy."""

import json
import math

import numpy as np
import pytest
from scipy.stats import norm, wasserstein_distance

from qdml_quantum.learning import compare, mmd, sliced_wasserstein, wasserstein

QUANTILES = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
"""A Gaussian without chance."""


@pytest.mark.parametrize(("m", "s"), [(0.0, 1.0), (1.5, 1.0), (0.0, 2.0), (-0.7, 0.4)])
def test_wasserstein_of_gaussians(m, s):
    """W_2^2 = m^2 + (s - 1)^2; W_1 = |m| for equal widths, |s - 1| sqrt(2/pi) for equal means.

    Measured 4e-4 of the tails that 20,000 quantiles lack.
    """
    other = m + s * QUANTILES
    assert wasserstein(QUANTILES, other, order=2) == pytest.approx(math.hypot(m, s - 1), abs=1e-3)
    if s == 1:
        assert wasserstein(QUANTILES, other) == pytest.approx(abs(m), abs=1e-12)
    if m == 0:
        exact = abs(s - 1) * math.sqrt(2 / math.pi)
        assert wasserstein(QUANTILES, other) == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize("sizes", [(50, 50), (50, 35), (1, 7), (64, 48)])
def test_sets_of_different_size_against_scipy(sizes):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(sizes[0]), rng.standard_normal(sizes[1]) + 0.5
    assert wasserstein(a, b) == pytest.approx(wasserstein_distance(a, b), rel=1e-12)
    assert wasserstein(a, b) == wasserstein(b, a)
    assert wasserstein(np.tile(a, 3), b) == pytest.approx(wasserstein(a, b), rel=1e-12)
    assert wasserstein(a, b, order=2) >= wasserstein(a, b)


@pytest.mark.parametrize("dimensions", [2, 3, 8])
def test_sliced_wasserstein_of_a_shift(dimensions):
    """SW_2^2 = |shift|^2 / d: 4000 directions are good to 2 %."""
    rng = np.random.default_rng(1)
    a, shift = rng.standard_normal((300, dimensions)), rng.standard_normal(dimensions)
    found = sliced_wasserstein(a, a + shift, order=2, num_directions=4000)
    assert found == pytest.approx(np.linalg.norm(shift) / math.sqrt(dimensions), rel=0.03)


def test_sliced_wasserstein_of_equal_sets_is_zero_and_of_scaled_ones_is_known():
    """SW_2 of N(0, 1) and N(0, s^2) is |s - 1| in any dimension: one third here."""
    a = np.random.default_rng(0).standard_normal((4000, 2))
    assert sliced_wasserstein(a, a[::-1]) < 1e-15  # 0 or, where sums are in another order, 2.5e-17
    b = np.random.default_rng(1).standard_normal((4000, 2)) * 4 / 3
    assert sliced_wasserstein(a, b, order=2) == pytest.approx(1 / 3, abs=0.03)
    assert sliced_wasserstein(a[:, :1], a[:, :1] + 2) == pytest.approx(2)


def exact_mmd(d, m, s, w):
    def mean_kernel(variance, squared):
        total = w**2 + variance
        return (w**2 / total) ** (d / 2) * math.exp(-squared / (2 * total))

    return mean_kernel(2, 0) + mean_kernel(2 * s**2, 0) - 2 * mean_kernel(1 + s**2, d * m**2)


@pytest.mark.parametrize(("m", "s"), [(0.0, 1.0), (0.3, 1.0), (0.0, 1.5)])
def test_mmd_of_gaussians_has_no_bias(m, s):
    """Mean of 60 estimates with 60 and 40 points against the closed form: 3 standard errors."""
    rng, d, w = np.random.default_rng(0), 3, 0.9
    found = [
        mmd(rng.standard_normal((60, d)), m + s * rng.standard_normal((40, d)), width=w)
        for _ in range(60)
    ]
    error = np.std(found) / math.sqrt(60)
    assert abs(np.mean(found) - exact_mmd(d, m, s, w)) < 3 * error
    if m or s != 1:
        assert np.mean(found) > 5 * error


def test_mmd_of_a_set_with_itself_is_about_zero():
    """Pairs of a point with itself count in the mixed term only: -2 (1 - mean k) / n."""
    a = np.random.default_rng(0).standard_normal((500, 2))
    assert -2 / 500 < mmd(a, a) < 0
    assert mmd(a, a) == pytest.approx(mmd(a[::-1], a), abs=1e-12)
    assert mmd(a, a) == pytest.approx(mmd(a + 1e6, a + 1e6), abs=1e-8)


def test_the_default_width_is_the_median_distance():
    a, b = np.random.default_rng(0).standard_normal((2, 30, 2))
    pool = np.vstack([a, b])
    pairs = np.linalg.norm(pool[:, None] - pool, axis=2)[np.triu_indices(60, 1)]
    assert mmd(a, b) == pytest.approx(mmd(a, b, width=float(np.median(pairs))), rel=1e-6)
    assert mmd(np.ones((3, 1)), np.ones((3, 1))) == 0


@pytest.mark.parametrize("measure", ["sliced_wasserstein", "mmd"])
def test_the_permutation_test(measure):
    """Equal distributions give p-values all over 0 to 1, a shift gives the least possible."""
    rng = np.random.default_rng(5)
    values = []
    for _ in range(30):
        a, b = rng.standard_normal((2, 60, 2))
        values.append(compare(a, b, measure, num_permutations=39, num_directions=8).p_value)
    assert 0.35 < np.mean(values) < 0.65
    assert min(values) < 0.25 and max(values) > 0.75
    far = compare(a, b + 1.0, measure, num_permutations=39)
    assert far.p_value == 1 / 40
    assert far.value > far.chance + 5 * far.error
    assert json.loads(json.dumps(far.to_dict()))["measure"] == measure
    assert far == compare(a, b + 1.0, measure, num_permutations=39)


def test_values_of_the_test_are_those_of_the_functions():
    a, b = np.random.default_rng(0).standard_normal((2, 50, 3))
    assert compare(a, b).value == pytest.approx(sliced_wasserstein(a, b), rel=1e-12)
    assert compare(a, b, "mmd").value == pytest.approx(mmd(a, b), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: wasserstein([0.0, math.nan], [1.0]), "is nan at index"),
        (lambda: wasserstein([0.0], [1.0], order=3), "1 or 2"),
        (lambda: sliced_wasserstein([[0.0, 1.0]], [[0.0]]), "2 columns"),
        (lambda: mmd([[0.0]], [[0.0], [1.0]]), "at least 2"),
        (lambda: mmd([[0.0], [1.0]], [[0.0], [1.0]], width=0.0), "width"),
        (lambda: compare([[0.0], [1.0]], [[0.0], [1.0]], "mdm"), "mmd"),
    ],
)
def test_wrong_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
