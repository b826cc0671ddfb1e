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
