"""One number with an interval: closed forms, coverage, sums, JSON."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from qdml_quantum.support.estimate import CONFIDENCE, Estimate, quantile

confidences = st.floats(0.05, 0.999)


def wilson(hits, shots, confidence):
    """The interval by its formula: the ends where a normal test just keeps the proportion."""
    z, p = norm.ppf((1 + confidence) / 2), hits / shots
    middle = (p + z**2 / (2 * shots)) / (1 + z**2 / shots)
    half = math.sqrt(p * (1 - p) / shots + z**2 / (4 * shots**2)) * z / (1 + z**2 / shots)
    return middle - half, middle + half


def test_an_exact_number_has_no_width():
    found = Estimate.exact(np.float64(0.3))
    assert (found.value, found.low, found.high, found.confidence) == (0.3, 0.3, 0.3, CONFIDENCE)
    assert found.error == 0.0
    assert type(found.value) is float


@given(st.integers(1, 400), st.data(), confidences)
def test_proportions_have_wilson_intervals(shots, data, confidence):
    hits = data.draw(st.integers(0, shots))
    found = Estimate.of_proportion(hits, shots, confidence)
    assert found.value == hits / shots
    assert found.confidence == confidence
    assert (found.low, found.high) == pytest.approx(wilson(hits, shots, confidence), abs=1e-9)
    assert 0 <= found.low <= found.value + 1e-12 and found.value - 1e-12 <= found.high <= 1


@pytest.mark.parametrize(("hits", "shots"), [(0, 1), (1, 1), (1, 3), (90, 100), (4095, 4096)])
def test_proportions_have_the_intervals_of_scipy(hits, shots):
    """Measured: equal but for 2e-16; the quantile is that of the standard library."""
    for confidence in (0.1, 0.683, 0.95, 0.999):
        theirs = binomtest(hits, shots).proportion_ci(confidence, method="wilson")
        found = Estimate.of_proportion(hits, shots, confidence)
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=1e-14)


def test_no_hits_are_no_proof_of_nothing():
    none, all_ = Estimate.of_proportion(0, 50), Estimate.of_proportion(50, 50)
    assert none.low == 0.0 and 0.05 < none.high < 0.1
    assert all_.high == 1.0 and all_.low == pytest.approx(1 - none.high)


@given(st.floats(-1e3, 1e3), st.floats(0, 10), confidences)
def test_errors_come_back_from_the_interval(value, error, confidence):
    found = Estimate.from_error(value, error, confidence)
    assert found.error == pytest.approx(error, rel=1e-9, abs=1e-12)
    assert found.low <= value <= found.high
    assert found.high - value == pytest.approx(value - found.low, abs=1e-9)


def test_intervals_of_means_cover_as_often_as_they_say():
    rng = np.random.default_rng(0)
    means = rng.normal(2.0, 0.3, 4000)
    for confidence in (0.5, 0.8, 0.95):
        found = [Estimate.from_error(mean, 0.3, confidence) for mean in means]
        inside = np.mean([one.low <= 2.0 <= one.high for one in found])
        assert inside == pytest.approx(confidence, abs=0.02)  # 4000 runs scatter by 0.008


@pytest.mark.parametrize(
    ("hits", "shots", "words"),
    [
        (1, 0, "`shots` must be at least 1"),
        (-1, 10, "`hits` must be at least 0"),
        (11, 10, "`hits` must be at most the 10 shots, but is 11"),
        (10**400, 10, "`hits` must be less than 2"),
    ],
)
def test_a_proportion_lies_between_none_and_all(hits, shots, words):
    with pytest.raises(ValueError, match=words):
        Estimate.of_proportion(hits, shots)


def test_a_larger_confidence_is_a_wider_interval():
    widths = [Estimate.of_proportion(30, 100, c) for c in (0.5, 0.9, 0.99)]
    assert widths[0].low > widths[1].low > widths[2].low
    assert widths[0].high < widths[1].high < widths[2].high


@pytest.mark.parametrize(("confidence", "z"), [(0.6826894921370859, 1), (0.9544997361036416, 2)])
def test_quantiles_are_those_of_the_normal_distribution(confidence, z):
    assert quantile(confidence) == pytest.approx(z, rel=1e-12)


@given(st.floats(0, 5), st.floats(0, 5), confidences)
def test_independent_errors_add_in_squares(a, b, confidence):
    one, other = (Estimate.from_error(v, e, confidence) for v, e in ((1.5, a), (-4.0, b)))
    both = one + other
    assert both.value == -2.5
    assert both.error == pytest.approx(math.hypot(a, b), rel=1e-9, abs=1e-12)
    assert both.confidence == confidence
    assert other + one == both


def test_an_exact_term_adds_no_error():
    found = Estimate.from_error(1.0, 0.1) + Estimate.exact(2.0)
    assert found.value == 3.0
    assert found.error == pytest.approx(0.1)


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate.exact(0.1 + 0.2),
        Estimate.of_proportion(3, 7, 0.9),
        Estimate.from_error(-2.0, 0.1),
        Estimate(0.5, 0.1, 0.6, 0.5),
    ],
    ids=str,
)
def test_json_form_gives_the_same_estimate(estimate):
    data = json.loads(json.dumps(estimate.to_dict()))
    assert set(data) == {"value", "low", "high", "confidence"}
    assert Estimate.from_dict(data) == estimate


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 2, math.nan])
@pytest.mark.parametrize(
    "make",
    [
        lambda c: Estimate(0.5, 0.4, 0.6, c),
        lambda c: Estimate.from_error(0.5, 0.1, c),
        lambda c: Estimate.of_proportion(5, 10, c),
    ],
)
def test_wrong_confidence_is_refused(make, confidence):
    with pytest.raises(ValueError, match="`confidence` must lie between 0 and 1"):
        make(confidence)


def test_text_is_the_value_with_its_interval():
    assert str(Estimate(0.5, 0.4, 0.625)) == "0.500 [0.400, 0.625]"
