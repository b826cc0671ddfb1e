"""The energy from two settings: means with their errors, sums, pulls, JSON."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.diagnostics.energy import EnergyEstimate, mean_over_shots
from qdml_quantum.support.estimate import Estimate

FOUND = EnergyEstimate(
    diffusion=0.3,
    potential=Estimate.from_error(1.0, 0.03),
    kinetic=Estimate.from_error(0.5, 0.04),
    counts_position={"00": 60, "11": 40},
    counts_momentum={"01": 30, "10": 20},
    exact=1.6,
    exact_deviation=0.7,
    backend="emulator",
    seed=5,
)
histograms = st.lists(
    st.tuples(st.floats(-50, 50), st.integers(0, 30)), min_size=1, max_size=8
).filter(lambda pairs: sum(hits for _, hits in pairs) >= 2)


@given(histograms)
def test_mean_and_error_are_those_of_the_single_shots(pairs):
    """Standard error of the mean: the sample deviation over the root of the shots."""
    values, hits = np.array(pairs).T
    shots = np.repeat(values, hits.astype(int))
    found = mean_over_shots(values, hits.astype(int))
    assert found.value == pytest.approx(shots.mean(), abs=1e-9)
    assert found.error == pytest.approx(shots.std(ddof=1) / math.sqrt(shots.size), abs=1e-7)


def test_a_coin_by_hand():
    """25 of 100: variance ``p (1 - p) N / (N - 1)`` over N."""
    found = mean_over_shots([1.0, 0.0], [25, 75], confidence=0.9)
    assert found.value == 0.25
    assert found.error == pytest.approx(math.sqrt(0.25 * 0.75 / 99))
    assert found.confidence == 0.9
    assert found.high - found.low == pytest.approx(2 * 1.6448536 * found.error)


def test_rounding_is_no_spread():
    """0.1 + 0.2 is not 0.3: where zeta is flat the error is 0, not 1e-17."""
    found = mean_over_shots([0.1 + 0.2, 0.3], [5, 5])
    assert found.error == 0.0
    assert found.value == pytest.approx(0.3)


def test_a_constant_moves_the_mean_and_not_the_error():
    values, hits = np.array([1.0, 2.0, 5.0]), [3, 5, 2]
    plain, moved = mean_over_shots(values, hits), mean_over_shots(values + 1e8, hits)
    assert moved.value == pytest.approx(plain.value + 1e8, abs=1e-6)
    assert moved.error == pytest.approx(plain.error, rel=1e-6)


def test_what_was_never_seen_does_not_count():
    assert mean_over_shots([7.0, math.inf, math.nan], [4, 0, 0]) == Estimate.exact(7.0)


def test_one_shot_has_no_spread():
    assert mean_over_shots([2.0, 3.0], [0, 1]) == Estimate.exact(3.0)


def test_histograms_of_any_shape():
    values = np.arange(8.0).reshape(2, 4)
    hits = np.array([[1, 0, 2, 0], [0, 3, 0, 4]])
    assert mean_over_shots(values, hits) == mean_over_shots(values.ravel(), hits.ravel())


def test_the_error_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    values, p = np.array([0.0, 1.0, 4.0]), np.array([0.5, 0.3, 0.2])
    found = [mean_over_shots(values, rng.multinomial(400, p)) for _ in range(1000)]
    inside = np.mean([one.low <= values @ p <= one.high for one in found])
    assert inside == pytest.approx(0.95, abs=0.025)


def test_both_terms_add_up():
    assert FOUND.energy.value == 1.5
    assert FOUND.energy.error == pytest.approx(0.05)
    assert (FOUND.shots_position, FOUND.shots_momentum) == (100, 50)


def test_pull_is_the_distance_in_errors():
    assert FOUND.pull == pytest.approx((1.5 - 1.6) / 0.05)
    assert replace(FOUND, exact=None).pull is None


def test_pull_without_an_error_is_nothing_or_everything():
    sure = replace(FOUND, potential=Estimate.exact(1.0), kinetic=Estimate.exact(0.5))
    assert replace(sure, exact=1.5 + 1e-12).pull == 0.0
    assert replace(sure, exact=1.4).pull == math.inf
    assert replace(sure, exact=1.6).pull == -math.inf


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"exact": None, "exact_deviation": None},
        {"potential": Estimate.exact(1.0), "kinetic": Estimate.exact(0.5)},
        {"potential": Estimate.from_error(1.0, 0.03, 0.5)},
    ],
    ids=str,
)
def test_it_comes_back_from_json(change):
    estimate = replace(FOUND, **change)
    data = json.loads(json.dumps(estimate.to_dict(), allow_nan=False))
    again = EnergyEstimate.from_dict(data)
    assert again.to_dict() == estimate.to_dict()
    assert (again.potential, again.kinetic) == (estimate.potential, estimate.kinetic)
    assert again.counts_position == estimate.counts_position
    assert (again.pull, str(again)) == (estimate.pull, str(estimate))
    if change.get("exact", 1.6) is not None and not math.isfinite(estimate.pull):
        assert data["pull"] is None


def test_text_says_what_was_measured():
    lines = str(FOUND).splitlines()
    assert lines[0] == "energy    1.5 +- 0.05 on emulator"
    assert lines[1] == "potential 1 +- 0.03, 100 shots in positions"
    assert lines[2] == "kinetic   0.5 +- 0.04, 50 shots in wave numbers, D = 0.3"
    assert lines[3] == "exact     1.6, pull -2.00, spread of H 0.7"
    assert len(str(replace(FOUND, exact=None)).splitlines()) == 3
