"""Zero-noise extrapolation: exact where the model holds, with the errors of many experiments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.hardware.verdict.extrapolation import extrapolate, weights_at_zero


@given(st.floats(-5, 5), st.floats(-2, 2))
def test_a_line_is_extrapolated_exactly(value, slope):
    factors = np.array([1.0, 1.5, 3.0, 5.0])
    found = extrapolate(factors, value + slope * factors, [0.1, 0.2, 0.1, 0.3])
    assert found.value == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("limit", [0.2, 1.5])
@pytest.mark.parametrize("rate", [0.05, 0.4])
def test_an_exponential_is_extrapolated_exactly(limit, rate):
    factors = np.array([1.0, 3.0, 5.0])
    values = limit + (0.9 - limit) * np.exp(-rate * factors)
    found = extrapolate(factors, values, [0.01] * 3, limit)
    assert found.value == pytest.approx(0.9, abs=1e-6)


@pytest.mark.parametrize("model", ["linear", "exponential"])
def test_errors_are_those_of_many_experiments(model):
    factors, errors = np.array([1.0, 3.0, 5.0]), np.array([0.01, 0.015, 0.02])
    true = 0.2 + 0.7 * np.exp(-0.15 * factors) if model != "linear" else 0.8 - 0.05 * factors
    rng, limit = np.random.default_rng(0), 0.2 if model != "linear" else None
    found = [
        extrapolate(factors, true + errors * rng.normal(size=3), errors, limit) for _ in range(400)
    ]
    values = [one.value for one in found if one is not None]
    assert len(values) == 400
    stated = np.mean([one.error for one in found])
    assert np.std(values) == pytest.approx(stated, rel=0.1)
    assert np.mean(values) == pytest.approx(0.9 if model != "linear" else 0.8, abs=3e-3)


@pytest.mark.parametrize(
    "values",
    [
        [0.2, 0.2, 0.2],  # nothing is left
        [0.21, 0.2, 0.2],  # less than three errors
        [0.5, 0.6, 0.7],  # away from the limit
        [0.5, 0.1, 0.19],  # only one point is above it
    ],
)
def test_an_exponential_that_does_not_fit_is_left_out(values):
    assert extrapolate([1, 3, 5], values, [0.01] * 3, limit=0.2) is None


def test_values_without_errors_are_weighted_equally():
    assert weights_at_zero([1, 3, 5], [0, 0, 0]) == pytest.approx(
        weights_at_zero([1, 3, 5], [1] * 3)
    )
    assert extrapolate([1, 3], [0.5, 0.3], [0, 0]).value == pytest.approx(0.6)
    assert extrapolate([1, 3], [0.5, 0.3], [0, 0], limit=0.1) is None
