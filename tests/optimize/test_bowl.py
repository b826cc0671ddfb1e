"""The bowl through many values: its minimum, and where there is none."""

import numpy as np
import pytest

from qdml_quantum import as_objective, minimize
from qdml_quantum.optimize.bowl import bowl, narrow_bowl, whole_bowl

MIDDLE = np.array([0.5, 0.5])


def uniform(count=400):
    return np.random.default_rng(0).random((count, 2))


def test_the_minimum_of_a_bowl_is_exact():
    points = uniform()
    values = 3 * (points[:, 0] - 0.6) ** 2 + (points[:, 1] - 0.45) ** 2
    assert bowl(points, values, MIDDLE).x == pytest.approx([0.6, 0.45])
    walls = np.where(points[:, 0] < 0.3, np.nan, values)
    assert bowl(points, walls, MIDDLE, 1.0).x == pytest.approx([0.6, 0.45])
    outside = (points[:, 0] - 1.4) ** 2 + (points[:, 1] - 0.45) ** 2
    assert bowl(points, outside, MIDDLE).x == pytest.approx([1.0, 0.45])


def test_no_bowl_is_fitted_to_a_saddle_or_to_few_points():
    points = uniform()
    assert bowl(points, points[:, 0] ** 2 - points[:, 1] ** 2, MIDDLE) is None
    assert whole_bowl(points, -((points - 0.5) ** 2).sum(axis=1)) is None
    few = points[:19]
    assert bowl(few, few[:, 0] ** 2 + few[:, 1] ** 2, MIDDLE, 1.0) is None
    assert bowl(points, (points**2).sum(axis=1), np.array([5.0, 5.0])) is None


def test_the_second_fit_sees_only_what_is_near():
    """A tilted plane far away leads the first fit astray: 0.05 and 0.003 off [measured]."""
    points = uniform(2000)
    values = ((points - 0.4) ** 2).sum(axis=1) + 2 * np.maximum(0, points[:, 0] - 0.7)
    first, second = bowl(points, values, MIDDLE, 1.0).x, whole_bowl(points, values).x
    assert np.abs(second - 0.4).max() < 0.5 * np.abs(first - 0.4).max()


@pytest.mark.parametrize("size", [2, 5])
def test_the_error_of_the_minimum_is_what_noise_makes_of_it(size):
    """The largest error along an axis, over 200 draws: a known spread of a known fit."""
    center, found = np.linspace(0.4, 0.6, size), []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        points = rng.random((600, size))
        values = 3 + 4 * ((points - center) ** 2).sum(axis=1) + 0.3 * rng.normal(size=600)
        found.append(bowl(points, values, np.full(size, 0.5), 1.0))
    away = np.array([one.x for one in found]) - center
    pulls = away / np.array([one.error for one in found])[:, None]
    assert 0.8 < np.sqrt((pulls**2).mean()) < 1.1
    assert np.mean([one.value for one in found]) == pytest.approx(3, abs=0.01)


def test_the_narrowest_bowl_that_is_known_is_nearer_than_the_widest():
    """A quartic well is no bowl: the widest fit is 0.02 off, the narrowest 0.003."""
    rng = np.random.default_rng(2)
    points = rng.random((4000, 2))
    away = points - [0.45, 0.55]
    values = (80 * away**4 + 12 * away**3 + 3 * away**2).sum(axis=1) + 0.01 * rng.normal(size=4000)
    wide, narrow = bowl(points, values, MIDDLE).x, narrow_bowl(points, values, MIDDLE, 0.025)
    assert np.abs(narrow.x - [0.45, 0.55]).max() < 0.5 * np.abs(wide - [0.45, 0.55]).max()
    assert narrow.error <= 0.025
    assert narrow_bowl(points, values, MIDDLE, 1e-5) is None  # known to no such part of the box
    assert narrow_bowl(points, rng.normal(size=4000), MIDDLE, 0.025) is None


def griewank(points):
    """In rows, 1200 wide, moved: some 200 ripples along every axis."""
    x = (points - 0.7) * 120
    roots = np.sqrt(np.arange(1, points.shape[1] + 1))
    return (x**2).sum(axis=1) / 4000 - np.cos(x / roots).prod(axis=1) + 1


@pytest.mark.few(1)
@pytest.mark.parametrize("dimensions", [3, 2, 4, 10])
def test_ripples_narrower_than_the_windows_average_out(dimensions):
    """Griewank: without the bowl 0 of 20 in three dimensions. It is one look, and no agreement."""
    fun = as_objective(griewank, dimensions, style="rows")
    found = minimize(fun, [(-5, 5)] * dimensions, seed=1)
    assert found.fun < 1e-6
    assert np.abs(found.x - 0.7).max() < 1e-5
    assert any(start.fitted for start in found.starts)
    assert found.nfev <= 3200 * dimensions
    best = min(start.measured_fun for start in found.starts)
    assert best > 0.01  # No window was there.
