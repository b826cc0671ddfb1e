"""Scores in closed form: the heat kernel, level populations and the Wiener filter beside them."""

import math
import sys
import tracemalloc

import numpy as np
import pytest
from scipy.stats import kstest, norm

from qdml_quantum import Grid
from qdml_quantum.learning import GaussianScore, Mixture, add_noise, denoise, score, toy
from qdml_quantum.learning.data import toy_names
from qdml_quantum.learning.score import one_thread
from qdml_quantum.reference.theory.diffusion import diffuse, heat_kernel
from qdml_quantum.reference.theory.levels import Levels

D = 0.7
"""Any D will do: only sigma^2 = 2 D tau counts."""


def some(num, dimensions, seed=0):
    return np.random.default_rng(seed).standard_normal((num, dimensions))


def cumulative(mixture, sigma):
    width = math.hypot(mixture.width, sigma)
    return lambda x: norm.cdf((x[:, None] - mixture.centers[:, 0]) / width) @ mixture.weights


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_the_density_of_noised_data_is_the_heat_kernel_applied_to_them(dimensions):
    """Measured: 2e-15 relative."""
    data, x, sigma = some(40, dimensions), some(60, dimensions, 1), 0.6
    distances = np.linalg.norm(x[:, None] - data, axis=2)
    kernel = heat_kernel(distances, D, sigma**2 / (2 * D), dimensions=dimensions).mean(axis=1)
    np.testing.assert_allclose(np.exp(Mixture(data).log_density(x, sigma)), kernel, rtol=1e-12)


def test_it_is_what_diffusion_on_the_grid_makes_of_a_wide_mixture():
    """Measured difference 2e-15."""
    grid = Grid([(-12, 12)], 8)
    x = grid.axes[0].points[:, None]
    mixture = Mixture([[-2.0], [1.0], [1.5]], [1, 2, 3], 0.5)
    before, after = (np.exp(mixture.log_density(x, sigma)) for sigma in (0.0, 0.8))
    np.testing.assert_allclose(diffuse(before, grid, D, 0.8**2 / (2 * D)), after, atol=1e-12)


def test_noised_data_follow_it():
    """Kolmogorov-Smirnov on 20,000 points; 5 % more noise is told apart."""
    mixture = Mixture([[-1.0], [2.0]], [1, 3], 0.2)
    noisy = add_noise(mixture.draw(20_000, seed=1), 0.5, seed=2)[:, 0]
    assert kstest(noisy, cumulative(mixture, 0.5)).pvalue > 0.01
    assert kstest(add_noise(noisy[:, None], 0.3)[:, 0], cumulative(mixture, 0.5)).pvalue < 1e-4


@pytest.mark.parametrize("name", toy_names())
@pytest.mark.parametrize("sigma", [0.05, 0.5, 4.0])
def test_the_score_is_the_slope_of_the_log_density(name, sigma):
    """Central differences; measured 2e-7 of the largest slope, their own error."""
    mixture, h = toy(name), 1e-4 * sigma
    x = mixture.draw(50, seed=3) + sigma * some(50, 2)
    slopes = [
        (mixture.log_density(x + h * e, sigma) - mixture.log_density(x - h * e, sigma)) / (2 * h)
        for e in np.eye(2)
    ]
    found = mixture.score(x, sigma)
    np.testing.assert_allclose(found, np.transpose(slopes), atol=3e-6 * np.abs(found).max())


def test_the_softmax_in_it_is_that_of_level_populations():
    """E_n = |x - m_n|^2, |c_n|^2 = w_n, tau = 1 / (4 v): measured 3e-16."""
    mixture, sigma = toy("ring"), 0.7
    x = some(20, 2)
    found = mixture.populations(x, sigma)
    tau = 1 / (4 * (mixture.width**2 + sigma**2))
    for point, row in zip(x, found, strict=True):
        energies = ((point - mixture.centers) ** 2).sum(axis=1)
        levels = Levels(energies, np.sqrt(mixture.weights))
        np.testing.assert_allclose(row, levels.populations(tau), atol=1e-13)
    pulled = (found @ mixture.centers - x) / (mixture.width**2 + sigma**2)
    np.testing.assert_allclose(pulled, mixture.score(x, sigma), atol=1e-12)


def test_little_noise_leaves_the_nearest_point():
    data, x = some(30, 3), some(10, 3, 1)
    nearest = data[np.linalg.norm(x[:, None] - data, axis=2).argmin(axis=1)]
    np.testing.assert_allclose(denoise(Mixture(data), x, 1e-3), nearest, atol=1e-9)


def test_much_noise_leaves_mean_and_covariance():
    """Data become their Gaussian: their skewness is felt as sigma^-2. Measured factor 3.2 of 4."""
    data, x = some(500, 2) ** 2, some(50, 2, 1)
    differences = []
    for sigma in (10.0, 20.0):
        exact, linear = (
            denoise(model, sigma * x, sigma) for model in (Mixture(data), GaussianScore.of(data))
        )
        differences.append(np.abs(exact - linear).max())
    assert differences[1] < 0.1
    assert differences[0] / differences[1] > 2.5


def test_the_posterior_mean_of_two_points_and_its_error():
    """Closed form tanh(x / sigma^2); no multiple of it errs less."""
    sigma, rng = 0.8, np.random.default_rng(0)
    clean = rng.choice([-1.0, 1.0], (20_000, 1))
    noisy = add_noise(clean, sigma, seed=1)
    found = denoise(Mixture([[-1.0], [1.0]]), noisy, sigma)
    np.testing.assert_allclose(found, np.tanh(noisy / sigma**2), atol=1e-12)
    errors = [float(((c * found - clean) ** 2).mean()) for c in (0.9, 1.0, 1.1)]
    assert errors[1] == min(errors)
    assert errors[1] == pytest.approx(float((1 - found**2).mean()), rel=0.02)


def test_the_linear_denoiser_is_the_wiener_filter():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((4, 4))
    covariance, mean = root @ root.T, rng.standard_normal(4)
    x, noise = rng.standard_normal((7, 4)), 0.36 * np.eye(4)
    filtered = mean + np.linalg.solve(covariance + noise, (x - mean).T).T @ covariance
    model = GaussianScore(mean, covariance)
    np.testing.assert_allclose(denoise(model, x, 0.6), filtered, atol=1e-12)


def test_blocks_do_not_change_it_and_bound_the_memory(monkeypatch):
    """20,000 points and 2000 centers: 320 MB at once, measured 40 MB in blocks."""
    data, x = some(2000, 2), some(20_000, 2, 1)
    tracemalloc.start()
    whole = Mixture(data).score(x, 0.3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    monkeypatch.setattr(score, "_BLOCK", 3000)
    few = x[:100]
    np.testing.assert_allclose(Mixture(data).score(few, 0.3), whole[:100], atol=1e-11)
    np.testing.assert_allclose(
        Mixture(data).log_density(few, 0.3), Mixture(data).log_density(few[::-1], 0.3)[::-1]
    )


def test_far_from_the_data_it_points_back():
    found = toy("moons").score([[1e6, 0.0]], 0.1)
    assert np.isfinite(found).all()
    assert found[0, 0] == pytest.approx(-1e6 / 0.02, rel=1e-5)


NAN = [[0.0, 1.0], [math.nan, 0.0]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Mixture(NAN), "`centers` must be finite, but is nan at index"),
        (lambda: Mixture([1.0, 2.0]), "one point per row"),
        (lambda: Mixture(np.empty((0, 2))), "at least 1 row"),
        (lambda: Mixture([[0.0]], [1.0, 2.0]), "one per center"),
        (lambda: Mixture([[0.0], [1.0]], [-1.0, 2.0]), "not all 0"),
        (lambda: Mixture([[0.0]], width=-1.0), "width"),
        (lambda: Mixture([[0.0]]).score([[0.0]], 0.0), "sigma"),
        (lambda: Mixture([[0.0]]).score([[0.0, 1.0]], 1.0), "1 columns"),
        (lambda: GaussianScore([0.0, 0.0], [[1.0]]), "square"),
        (lambda: GaussianScore([0.0], [[-1.0]]), "negative"),
        (lambda: GaussianScore([0.0, 0.0], [[1.0, 0.5], [0.0, 1.0]]), "symmetric"),
        (lambda: GaussianScore.of([[1.0]]), "at least 2"),
        (lambda: toy("rign"), "ring"),
        (lambda: denoise(toy("ring"), NAN, 0.1), "noisy"),
    ],
)
def test_wrong_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_words_are_no_points():
    with pytest.raises(TypeError, match="real numbers"):
        Mixture([["a", "b"]])


def blas_threads(threadpoolctl):
    return {
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }


def test_matrix_products_take_one_thread_inside_and_as_before_outside():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpoolctl.threadpool_limits(2, "blas"):
        before = blas_threads(threadpoolctl)
        with one_thread():
            assert blas_threads(threadpoolctl) == {1}
        assert blas_threads(threadpoolctl) == before


def test_without_the_library_nothing_happens(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with one_thread() as context:
        assert context is None
