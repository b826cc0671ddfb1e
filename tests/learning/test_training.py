"""Training of the score: against closed forms, by seed, and with bad data."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from qdml_quantum.learning import denoise, learn_score, toy

RING = toy("ring")


TINY = {"hidden": (8,), "num_epochs": 2, "epoch_size": 256}


@pytest.fixture(scope="module")
def learned():
    return learn_score(RING.draw(2000, seed=0), seed=0)


@pytest.fixture(scope="module")
def tiny():
    return learn_score(RING.draw(100, seed=0), **TINY)


def error(model, sigma):
    """Mean squared error of denoising, in units of what the exact score leaves to gain."""
    clean = RING.draw(4000, seed=7)
    noisy = clean + sigma * np.random.default_rng(8).standard_normal(clean.shape)

    def squared(denoised):
        return float(((denoised - clean) ** 2).sum(axis=1).mean())

    best, linear = (
        squared(denoise(RING, noisy, sigma)),
        squared(denoise(model.linear, noisy, sigma)),
    )
    return (squared(denoise(model, noisy, sigma)) - best) / (linear - best)


@pytest.mark.few(2)
@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.4, 0.8])
def test_it_denoises_nearly_as_well_as_the_exact_score(learned, sigma):
    """On fresh data, between exact (0) and linear (1): measured 0.03 to 0.06."""
    assert error(learned, sigma) < 0.15


def test_the_average_of_the_weights_is_worth_it(learned):
    """Mean of the four levels: measured 0.047 to 0.064 over five seeds, 0.076 to 0.093 without."""
    assert np.mean([error(learned, sigma) for sigma in (0.1, 0.2, 0.4, 0.8)]) < 0.07


def test_it_learns(learned):
    """The loss is 1 for the linear denoiser; after a tenth of the training it removes
    half as much noise as there is to gain (0.51 against 0.06)."""
    assert learned.losses[-1] < 0.8 * learned.losses[0] < 0.8
    short = learn_score(RING.draw(2000, seed=0), seed=0, num_epochs=10)
    assert error(short, 0.2) > 4 * error(learned, 0.2)


def test_gaussian_data_have_a_linear_score():
    """Nothing is left to learn. In units of 1 / sigma, the score of the noise: measured 0.03."""
    data = np.random.default_rng(0).standard_normal((5000, 2)) * [1.0, 0.3]
    model = learn_score(data, hidden=(16,), num_epochs=20, seed=0)
    for sigma in (0.1, 0.5, 2.0):
        variance = np.array([1.0, 0.09]) + sigma**2
        x = np.sqrt(variance) * np.random.default_rng(1).standard_normal((1000, 2))
        difference = sigma * (model.score(x, sigma) + x / variance)
        assert np.sqrt((difference**2).mean()) < 0.1


def test_the_same_seed_gives_the_same_network(tiny):
    same, other = (learn_score(RING.draw(100, seed=0), **TINY, seed=seed) for seed in (0, 1))
    for layer, weight in enumerate(tiny.weights):
        np.testing.assert_array_equal(weight, same.weights[layer])
        assert not np.allclose(weight, other.weights[layer])


def test_one_dimension_and_one_hidden_layer():
    model = learn_score(np.random.default_rng(0).standard_normal((50, 1)), **TINY)
    assert model.score([[0.3]], 1.0).shape == (1, 1)
    assert model.num_parameters == 2 * 8 + 8 + 8 + 1


def test_directions_without_variance_stay_empty():
    """As the pixels at the edge of the digits."""
    data = RING.draw(200, seed=0) @ np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    model = learn_score(data, **TINY)
    assert np.isfinite(model.score(data, 0.5)).all()
    np.testing.assert_allclose(denoise(model.linear, data + 0.3, 0.5)[:, 1], 0, atol=1e-12)


def test_progress_goes_to_stderr(capsys):
    learn_score(RING.draw(100, seed=0), **TINY, progress=True)
    shown = capsys.readouterr()
    assert "learn the score" in shown.err and shown.out == ""


GOOD = RING.draw(20, seed=0)


@pytest.mark.parametrize(
    ("data", "settings", "words"),
    [
        (np.where(GOOD > 1, np.nan, GOOD), {}, "is nan at index"),
        (GOOD[:9], {}, "at least 10 rows"),
        (GOOD[:, 0], {}, "one point per row"),
        (np.ones((20, 2)), {}, "differ"),
        (GOOD, {"smallest": 2.0, "largest": 1.0}, "less than `largest`"),
        (GOOD, {"num_epochs": 1}, "num_epochs"),
        (GOOD, {"hidden": (0,)}, "hidden"),
        (GOOD, {"learning_rate": 0.0}, "learning_rate"),
    ],
)
def test_bad_data_are_named(data, settings, words):
    with pytest.raises(ValueError, match=words):
        learn_score(data, **settings)
