"""Noise: told from rounding, and undone by means."""

import numpy as np
import pytest

from qdml_quantum.optimize.noise import Noise, is_noisy


@pytest.mark.parametrize(
    ("before", "again", "scale", "noisy"),
    [
        (1.0, 1.0, 1.0, False),
        (1.0, 1.0 + 1e-14, 1.0, False),
        (1e-20, 3e-20, 5.0, False),  # cancellation: the values of the objective are of order 5
        (1.0, 1.0 + 1e-9, 1.0, True),
        (float(np.float32(0.1)), float(np.float32(0.1000003)), 1.0, False),
        (float(np.float32(0.1)), float(np.float32(0.1003)), 1.0, True),
        (0.0, 0.0, 0.0, False),
    ],
)
def test_rounding_is_no_noise(before, again, scale, noisy):
    assert is_noisy(before, again, scale) == noisy


def bowl(rng, sigma, center):
    return lambda points: (
        ((points - center) ** 2).sum(axis=1) * 80 + sigma * rng.normal(size=len(points))
    )


@pytest.mark.parametrize("d", [2, 5])
def test_the_report_is_of_fresh_values_and_its_error_is_right(d):
    """Over 40 runs: the pull is a standard normal variable, its mean square 1 within 0.67."""
    center, pulls, away, lucky = np.full(d, 0.4), [], [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        value, noise = bowl(rng, 1.0, center), Noise()
        points = center + rng.uniform(-0.25, 0.25, (1000, d))
        values = value(points)
        noise.seen(points, values)
        best = points[np.argsort(values)]
        x, mean, error = noise.settle(best, value, 800)
        pulls.append((mean - 80 * ((x - center) ** 2).sum()) / error)
        away.append(np.abs(x - center).max())
        lucky.append(np.abs(best[0] - center).max())
    assert 0.55 < np.mean(np.square(pulls)) < 1.6 and abs(np.mean(pulls)) < 0.6
    assert np.median(away) < 0.5 * np.median(lucky)  # the fitted bowl is one of the candidates


@pytest.mark.parametrize("room", [50, 200, 1600])
def test_it_keeps_to_its_evaluations(room):
    calls = []
    rng = np.random.default_rng(1)

    def value(points):
        calls.append(len(points))
        return rng.normal(size=len(points))

    x, _, error = Noise().settle(rng.random((300, 2)), value, room)
    assert 0.6 * room < sum(calls) <= room and calls[-1] == room // 2
    assert error == pytest.approx(1 / np.sqrt(room // 2), rel=0.5) and x.shape == (2,)


def test_values_that_are_not_finite_are_left_out():
    """A wall under the bowl's minimum is not chosen, and what fails now and then is averaged."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0.3, 0.5, (400, 2))

    def walled(points):
        values = ((points - 0.4) ** 2).sum(axis=1) + 0.001 * rng.normal(size=len(points))
        return np.where(np.abs(points - 0.4).max(axis=1) < 0.02, np.inf, values)

    noise, values = Noise(), walled(points)
    noise.seen(points, values)
    x, mean, error = noise.settle(points[np.argsort(values)], walled, 800)
    assert 0.02 <= np.abs(x - 0.4).max() < 0.03
    assert abs(mean - ((x - 0.4) ** 2).sum()) < 4 * error < 0.001

    def failing(points):
        return np.where(rng.random(len(points)) < 0.3, np.inf, rng.normal(size=len(points)))

    _, mean, error = Noise().settle(points, failing, 800)
    assert abs(mean) < 4 * error < 0.5
    _, mean, error = Noise().settle(points, lambda points: np.full(len(points), np.inf), 800)
    assert mean == error == np.inf
