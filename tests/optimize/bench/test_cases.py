"""Cases that are what they say: minima inside, boxes moved and of one size."""

import itertools
import math

import numpy as np
import pytest

from qdml_quantum.optimize.bench import make_case
from qdml_quantum.optimize.bench.cases import HIGHER, SUITE


@pytest.mark.each_value
@pytest.mark.parametrize("name", SUITE)
@pytest.mark.parametrize("shift", [None, 0, 7])
def test_cases_have_their_minimum_inside(name, shift):
    case = make_case(name, shift=shift)
    low, high = np.array(case.bounds).T
    for place in case.minimizers:
        assert (low <= place).all() and (place <= high).all()
        value = float(case.objective(*place))
        assert value == pytest.approx(case.minimum, abs=2e-6 * max(case.gap, 1))
    # Random points, not those of the scan that chose the box.
    points = np.random.default_rng(1).uniform(low, high, (20_000, 2)).T
    assert case.objective(*points).min() >= case.minimum - 1e-9 * abs(case.minimum)


@pytest.mark.few(5)
@pytest.mark.parametrize("name", SUITE)
def test_shifts_move_the_box_and_keep_its_size(name):
    still = np.array(make_case(name).bounds)
    moved = [np.array(make_case(name, shift=seed).bounds) for seed in range(4)]
    for bounds in moved:
        assert np.ptp(bounds, axis=1) == pytest.approx(np.ptp(still, axis=1))
        shift = (bounds - still)[:, 0] / np.ptp(still, axis=1)
        assert 0 < np.abs(shift).max() <= 0.25
    assert not any(np.allclose(a, b) for a, b in itertools.combinations(moved, 2))


def test_minimizers_that_a_shift_brings_in_count():
    # alpine1 is 0 wherever x (sin x + 0.1) = 0, also outside the box of the publication.
    case = make_case("alpine1", shift=0)
    outside = [place for place in case.minimizers if min(place) < -10]
    assert len(outside) == 3
    assert np.sin(outside[0][0]) == pytest.approx(-0.1, abs=1e-9)


@pytest.mark.parametrize("name", HIGHER)
@pytest.mark.parametrize("dimensions", [3, 4])
def test_cases_of_more_dimensions(name, dimensions):
    case = make_case(name, dimensions=dimensions, shift=1)
    assert len(case.bounds) == dimensions
    assert float(case.objective(*case.minimizers[0])) == pytest.approx(case.minimum, abs=1e-9)


def test_distance_is_in_units_of_the_diagonal_and_to_the_nearest():
    case = make_case("alpine1")
    assert case.distance((0.0, 0.2)) == pytest.approx(0.2 / math.hypot(20, 20))
    assert case.distance(case.minimizers[-1]) == 0
