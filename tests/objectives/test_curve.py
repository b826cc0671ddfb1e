"""Curves: they pass through their samples, make no well of their own, and know where they end."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qdml_quantum.objectives.curve import Curve
from qdml_quantum.objectives.table import MOST_MINIMIZERS
from qdml_quantum.support.messages import OffTableError

VALUES = st.floats(-100, 100, allow_subnormal=False)
STEPS = arrays(float, st.integers(2, 12), elements=st.floats(0.01, 10))


@settings(max_examples=40)
@given(STEPS, st.data())
def test_it_passes_through_its_samples_and_stays_between_neighbours(steps, data):
    x = np.cumsum(steps)
    y = data.draw(arrays(float, len(x), elements=VALUES))
    curve = Curve(x, y)
    np.testing.assert_allclose(curve(x), y, atol=1e-9)
    for (a, b), (low, high) in zip(pairwise(x), pairwise(y), strict=True):
        between = curve(np.clip(np.linspace(a, b, 9), a, b))
        assert between.min() >= min(low, high) - 1e-9
        assert between.max() <= max(low, high) + 1e-9


@settings(max_examples=40)
@given(STEPS, st.data())
def test_the_lowest_value_of_a_box_is_below_all_others_in_it(steps, data):
    x = np.cumsum(steps)
    curve = Curve(x, data.draw(arrays(float, len(x), elements=VALUES)))
    lower, upper = sorted(data.draw(st.tuples(*[st.floats(x[0], x[-1])] * 2)))
    minimum, _ = curve.lowest(lower, upper)
    assert curve(np.linspace(lower, upper, 33).clip(lower, upper)).min() >= minimum - 1e-9


def test_too_many_minimizers_are_named_nowhere():
    many = np.arange(MOST_MINIMIZERS + 2.0)
    assert Curve(many, 0 * many).lowest(0, 1) == (0.0, ((0.0,), (1.0,)))
    assert Curve(many, 0 * many).lowest(0, many[-1]) == (0.0, ())


@pytest.mark.parametrize("position", [-0.1, 3.1, np.nan])
def test_beyond_its_samples_it_knows_nothing(position):
    with pytest.raises(OffTableError, match="known from 0 to 3"):
        Curve([0, 1, 3], [1, 2, 3])(position)


@pytest.mark.parametrize(
    ("positions", "values", "words"),
    [
        ([0, 0], [1, 2], "`positions` must rise, each there once, but is 0 before 0"),
        ([1, 0], [1, 2], "rise"),
        ([0], [1], "two or more"),
        ([0, 1], [1], "each with one value"),
        ([0, np.inf], [1, 2], "`positions` must be finite"),
        ([0, 1], [1, np.nan], "`values` must be finite"),
        ([0, 1], [1, 2j], "`values` must hold real numbers"),
    ],
)
def test_what_is_no_curve_is_refused(positions, values, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Curve(positions, values)


def test_identity_depends_on_every_sample():
    one, same, other = (Curve([0, 1, x], [4, 0, 2]).identity() for x in (3, 3, 3 + 1e-15 * 8))
    assert one == same != other
    json.dumps(one)
