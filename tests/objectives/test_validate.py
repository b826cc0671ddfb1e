"""Dimensions, bounds and points: what is taken, and what is refused in which words."""

import numpy as np
import pytest

from qdml_quantum import Objective, as_objective
from qdml_quantum.objectives.validate import (
    checked_bounds,
    checked_dimensions,
    checked_points,
)


def test_numbers_of_numpy_become_plain_ones():
    assert type(checked_dimensions(np.int64(3))) is int
    bounds = checked_bounds(np.array([[-1, 1], [0, 2]]), 2)
    assert bounds == ((-1.0, 1.0), (0.0, 2.0))
    assert type(bounds[0][0]) is float
    assert checked_points([[np.float32(0.5), 1]], 2) == ((0.5, 1.0),)


@pytest.mark.parametrize("value", [True, 2.0, "2", None])
def test_dimensions_are_integers(value):
    with pytest.raises(TypeError, match="`dimensions` must be an integer"):
        checked_dimensions(value)


def test_there_is_at_least_one_dimension():
    assert checked_dimensions(1) == 1
    with pytest.raises(ValueError, match="at least 1, but is 0"):
        checked_dimensions(0)


@pytest.mark.parametrize("many", [10_001, 10**9, 10**60, 10**400])
def test_dimensions_that_no_memory_holds_are_refused_before_it_is_taken(many):
    words = r"`dimensions` must be at most 10,000, but is 1"
    for make in (
        checked_dimensions,
        lambda d: Objective(sum, d),
        lambda d: as_objective("sphere", d),
        lambda d: as_objective(lambda x: x.sum(), d),
    ):
        with pytest.raises(ValueError, match=words):
            make(many)
    assert checked_dimensions(10_000) == 10_000


@pytest.mark.parametrize(
    ("bounds", "error", "words"),
    [
        ([(-1, 1)], ValueError, "pair per axis, here 2, but is 1. Write bounds=[(-4, 4), (-4, 4)]"),
        ([(0, 1), (2, 2)], ValueError, "have lower < upper, but is (2.0, 2.0)"),
        ([(0, 1), (0, 1, 2)], ValueError, "hold (lower, upper) pairs"),
        ([(0, 1), (0, np.inf)], ValueError, "be finite"),
        ([(0, 1), (-1e308, 1e308)], ValueError, "be finite"),
        ([(0, 1), (0, True)], TypeError, "hold tuples of numbers"),
        ("01", TypeError, "be a sequence with one entry per axis"),
    ],
)
def test_bounds_that_are_none(bounds, error, words):
    with pytest.raises(error) as caught:
        checked_bounds(bounds, 2)
    assert words in str(caught.value)


def test_points_have_one_finite_coordinate_per_axis():
    with pytest.raises(ValueError, match="points with 2 coordinate"):
        checked_points([(0.0, 1.0), (0.0,)], 2)
    with pytest.raises(ValueError, match="`minimizers` must be finite"):
        checked_points([(0.0, np.nan)], 2)
    assert checked_points([], 2) == ()
