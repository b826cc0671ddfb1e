"""Toy distributions and digits: where their points are."""

import math

import numpy as np
import pytest

from qdml_quantum.learning import digits, toy
from qdml_quantum.learning.data import toy_names


@pytest.mark.parametrize("name", toy_names())
def test_samples_have_the_moments_that_are_stated(name):
    mixture = toy(name)
    data = mixture.draw(40_000, seed=0)
    np.testing.assert_allclose(data.mean(axis=0), mixture.mean, atol=0.03)
    assert math.sqrt(data.var(axis=0).mean()) == pytest.approx(mixture.spread, rel=0.01)
    np.testing.assert_array_equal(mixture.draw(5, seed=1), mixture.draw(5, seed=1))


def test_the_digits_are_between_0_and_1():
    pytest.importorskip("sklearn")
    data = digits()
    assert (data.images.min(), data.images.max()) == (0.0, 1.0)
    assert sorted(set(data.labels.tolist())) == list(range(10))


def test_the_ring_has_eight_places_whose_weights_grow_around_it():
    points = toy("ring").draw(36_000, seed=0)
    np.testing.assert_allclose(np.hypot(*points.T).mean(), 1.5, atol=0.01)
    place = np.rint(np.arctan2(points[:, 1], points[:, 0]) / (math.pi / 4)).astype(int) % 8
    shares = np.bincount(place, minlength=8) / len(points)
    np.testing.assert_allclose(shares, np.arange(1, 9) / 36, atol=0.01)


def test_the_board_has_its_lower_left_field_black_and_the_next_one_white():
    points = toy("checkerboard").draw(8000, seed=0)
    fields = np.clip(np.rint(points + 1.5), 0, 3).astype(int)
    black = fields.sum(axis=1) % 2 == 0
    assert black.mean() > 0.95
    shares = np.unique(fields[black], axis=0, return_counts=True)[1] / black.sum()
    np.testing.assert_allclose(shares, 1 / 8, atol=0.02)


def test_the_moons_reach_into_each_other_and_are_equally_heavy():
    """The lower one is the upper one turned by half a turn about the middle of both."""
    centers = toy("moons").centers
    upper, lower = centers[:32], centers[32:]
    np.testing.assert_allclose(lower, -upper, atol=1e-12)
    assert upper[:, 1].max() > 0 > lower[:, 1].min()
    assert upper[:, 1].min() < lower[:, 1].max()


def test_an_unknown_distribution_is_named():
    with pytest.raises(ValueError, match="Unknown toy distribution 'moon'. Did you mean `moons`"):
        toy("moon")
