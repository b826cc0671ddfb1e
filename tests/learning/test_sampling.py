"""The two loops: what happens inside one level, between levels, and over all of them."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest, norm

from qdml_quantum import Grid, Problem
from qdml_quantum.learning import GaussianScore, Mixture, add_noise, noise_levels, sample, toy
from qdml_quantum.learning.sampling import broad_start, flow_step
from qdml_quantum.reference.theory.fokker_planck import FokkerPlanck

PAIR = Mixture([[-1.0], [1.5]], [1, 2], 0.3)


def cumulative(mixture, sigma=0.0):
    width = math.hypot(mixture.width, sigma)
    return lambda x: norm.cdf((x[:, None] - mixture.centers[:, 0]) / width) @ mixture.weights


@pytest.mark.parametrize(("sigma", "start"), [(0.6, "right"), (1.2, "zero")])
def test_inside_one_level_noised_data_stay_and_all_else_gets_there(sigma, start):
    """Small steps, 10,000 walkers, Kolmogorov-Smirnov; the data without noise are told apart."""
    right = add_noise(PAIR.draw(10_000, seed=1), sigma, seed=2)
    first = right if start == "right" else np.zeros((10_000, 1))
    run = sample(PAIR, [sigma], start=first, num_steps=300, step=0.05, last_denoise=False, seed=3)
    assert kstest(run.points[:, 0], cumulative(PAIR, sigma)).pvalue > 0.01
    assert kstest(run.points[:, 0], cumulative(PAIR)).pvalue < 1e-6


def test_inside_one_level_it_is_the_fokker_planck_equation():
    """Equation (11) in its right form with zeta = -log p_sigma and D = 1, on the way: 10,000
    walkers against the grid. Where they started is told apart."""
    sigma, tau = 0.6, 0.3
    grid = Grid([(-6, 6)], 8)
    x = grid.axes[0].points
    potential = Problem.from_table(-PAIR.log_density(x[:, None], sigma), [(-6, 6)])
    density = np.exp(-((x - 0.2) ** 2) / (2 * 0.2**2))
    after = FokkerPlanck(potential, 1.0).evolve(density / density.sum(), tau)
    start = 0.2 + 0.2 * np.random.default_rng(1).standard_normal((10_000, 1))
    steps = 150
    run = sample(
        PAIR,
        [sigma],
        start=start,
        num_steps=steps,
        step=tau / sigma**2 / steps,
        last_denoise=False,
        seed=2,
    )
    edges = x + grid.axes[0].spacing / 2

    def on_the_way(values):
        return np.interp(values, edges, np.cumsum(after))

    assert kstest(run.points[:, 0], on_the_way).pvalue > 0.01
    assert kstest(start[:, 0], on_the_way).pvalue < 1e-6
    assert kstest(run.points[:, 0], cumulative(PAIR, sigma)).pvalue < 1e-6


@pytest.mark.parametrize("step", [0.1, 0.3, 0.5])
def test_large_steps_are_too_wide_by_what_is_stated(step):
    """One point of data: width sigma (1 - step / 2)^(-1/2); 1 % is two standard errors."""
    run = sample(
        Mixture([[0.0]]), [0.5], 20_000, num_steps=80, step=step, last_denoise=False, seed=0
    )
    assert run.points.std() == pytest.approx(0.5 / math.sqrt(1 - step / 2), rel=0.015)


def test_the_last_denoising_takes_the_noise_off():
    run = sample(Mixture([[3.0, 4.0]]), [0.5], 10, num_steps=5, seed=0)
    np.testing.assert_allclose(run.points, [[3.0, 4.0]] * 10, atol=1e-12)


def test_the_flow_of_a_gaussian_is_of_second_order():
    """x shrinks as sqrt(s^2 + sigma^2): measured error 5e-3 with 20 steps, a quarter with 40."""
    model, x = GaussianScore([0.0], [[1.0]]), np.array([[2.0]])
    errors = []
    for steps in (20, 40, 80):
        found = x
        for before, after in pairwise(noise_levels(3.0, 0.1, steps + 1)):
            found = flow_step(model, found, before, after)
        errors.append(abs(float(found[0, 0]) - 2 * math.sqrt(1.01 / 10)))
    assert errors[2] < 1e-3
    for coarse, fine in pairwise(errors):
        assert math.log2(coarse / fine) == pytest.approx(2, abs=0.25)


def test_the_flow_undoes_the_diffusion():
    """Noised data flow back to data: Kolmogorov-Smirnov on 10,000; noise is told apart."""
    noisy = add_noise(PAIR.draw(10_000, seed=1), 2.0, seed=2)
    levels = noise_levels(2.0, 0.02, 60)
    run = sample(PAIR, levels, start=noisy, num_steps=0, flow=True)
    assert kstest(run.points[:, 0], cumulative(PAIR)).pvalue > 0.01
    assert kstest(noisy[:, 0], cumulative(PAIR)).pvalue < 1e-6
    again = sample(PAIR, levels, start=noisy, num_steps=0, flow=True, seed=9)
    np.testing.assert_array_equal(run.points, again.points)


@pytest.mark.parametrize("flow", [False, True])
def test_falling_levels_draw_from_the_distribution(flow):
    """From a broad Gaussian to two unequal bumps; their shares within 3 standard errors."""
    levels = noise_levels(5.0, 0.05, 40)
    run = sample(PAIR, levels, 10_000, num_steps=10, step=0.2, flow=flow, seed=4)
    share = float((run.points[:, 0] > 0.25).mean())
    assert share == pytest.approx(2 / 3, abs=0.02)
    assert kstest(run.points[:, 0], cumulative(PAIR)).statistic < 0.03


def test_one_low_level_leaves_the_shares_of_the_basins():
    """The reason for annealing: walkers do not cross. Two thirds should be on the right."""
    run = sample(PAIR, [0.05], start=broad_start(PAIR, 5.0, 10_000, seed=0), num_steps=400, seed=4)
    assert abs(float((run.points[:, 0] > 0.25).mean()) - 2 / 3) > 0.1


def test_counts_path_and_seeds():
    levels = noise_levels(4.0, 0.1, 6)
    ring = toy("ring")
    run = sample(ring, levels, 50, num_steps=3, flow=True, keep_path=True, seed=1)
    assert run.evaluations == 6 * 3 + 5 * 2 + 1
    assert run.path.shape == (6, 50, 2)
    assert sample(ring, levels, 50, num_steps=3, seed=1).path.size == 0
    same, other = (
        sample(ring, levels, 50, num_steps=3, flow=True, seed=seed).points for seed in (1, 2)
    )
    np.testing.assert_array_equal(run.points, same)
    assert not np.allclose(run.points, other)
    start = np.zeros((4, 2))
    sample(ring, levels, start=start, seed=1)
    assert not start.any()


def test_a_bar_is_shown_when_asked_for(capsys):
    sample(toy("ring"), [1.0], 3, progress=True, seed=0)
    assert "sample" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"levels": [0.1, 1.0]}, "largest first"),
        ({"levels": []}, "at least one"),
        ({"levels": [1.0, 0.0]}, "levels"),
        ({"num_steps": 0}, "flow"),
        ({"step": 1.5}, "at most 1"),
        ({"start": [[0.0, 0.0]]}, "both"),
        ({"num_points": None}, "neither"),
        ({"num_points": None, "start": [[0.0]]}, "2 columns"),
        ({"num_points": None, "start": [[0.0, math.inf]]}, "is inf at index"),
    ],
)
def test_wrong_arguments(settings, words):
    settings = {"levels": [1.0], "num_points": 5} | settings
    with pytest.raises(ValueError, match=words):
        sample(toy("ring"), **settings)


def test_levels_that_rise_are_refused():
    with pytest.raises(ValueError, match="largest"):
        noise_levels(0.1, 1.0, 4)
