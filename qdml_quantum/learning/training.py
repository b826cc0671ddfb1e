"""Denoising score matching: the score as a regression on noised data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.learning.network import Frame, ScoreNetwork
from qdml_quantum.learning.points import Points, points_of
from qdml_quantum.learning.score import GaussianScore, one_thread
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.progress import progress_bar

FEWEST = 10
"""Points of data; fewer describe no distribution."""


def learn_score(
    data: ArrayLike,
    *,
    smallest: float | None = None,
    largest: float | None = None,
    hidden: Sequence[int] = (64, 64),
    num_epochs: int = 100,
    epoch_size: int = 4096,
    batch_size: int = 256,
    learning_rate: float = 5e-3,
    seed: int = 0,
    progress: bool = False,
) -> ScoreNetwork:
    r"""Learn the score of noised data by learning to remove the noise.

    Vincent's identity: of all functions, the one with the least mean squared error

        E |D(x + sigma N) - x|^2

    is the posterior mean, and ``(D(y) - y) / sigma^2`` is the score of the noised data. Noise is
    drawn anew in every epoch, at levels spread evenly in log sigma; what the linear denoiser
    explains is taken off first (`Frame`); the weights are averaged over the second half of the
    epochs, which replaces a falling learning rate. The same seed gives the same network on the
    same machine and versions.

    Args:
        data: Shape ``(num_points, dimensions)``.
        smallest: Lowest noise level; default 0.05 of the spread of the data.
        largest: Highest; default 4 of it, where little of the data is left.
        hidden: Widths of the hidden layers.
        num_epochs: At least 2; training time is proportional to it.
        epoch_size: Noised points per epoch.
        batch_size: Of one step of Adam.
        learning_rate: Of Adam.
        seed: Of weights, data and noise.
        progress: Show a bar with the loss.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: NaN in the data, too few of them, or all the same.

    References:
        P. Vincent, Neural Comput. 23, 1661 (2011), doi 10.1162/NECO_a_00142.
        B. T. Polyak and A. B. Juditsky, SIAM J. Control Optim. 30, 838 (1992),
        doi 10.1137/0330046, for the average of the weights.

    >>> points = np.random.default_rng(0).standard_normal((500, 1))
    >>> model = learn_score(points, hidden=(8,), num_epochs=4, seed=0)
    >>> bool(np.allclose(model.score([[1.0]], 1.0), -0.5, atol=0.1))  # -x / (1 + sigma^2)
    True
    """
    x = points_of("data", data, least=FEWEST)
    linear = GaussianScore.of(x)
    if linear.spread == 0:
        raise bad_value("data", "differ from row to row", "the same in all rows")
    low = 0.05 * linear.spread if smallest is None else number("smallest", smallest)
    high = 4 * linear.spread if largest is None else number("largest", largest)
    if low >= high:
        raise bad_value("smallest", f"be less than `largest`, {high:g}", low)
    widths = tuple(count("hidden", width) for width in hidden)
    epochs = count("num_epochs", num_epochs, least=2)
    net = require("sklearn.neural_network", "Learned scores").MLPRegressor(
        hidden_layer_sizes=widths,
        alpha=0.0,
        batch_size=min(count("batch_size", batch_size), count("epoch_size", epoch_size)),
        learning_rate_init=number("learning_rate", learning_rate),
        random_state=seed,
    )
    rng = np.random.default_rng(seed)
    average: list[Points] = []
    losses = []
    bar = progress_bar(range(epochs), desc="learn the score", unit="epoch", disable=not progress)
    for epoch in bar:
        with one_thread():
            net.partial_fit(*_noised(x, Frame(linear), (low, high), epoch_size, rng))
        losses.append(float(net.loss_))
        bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
        if epoch >= epochs // 2:
            layers = [*net.coefs_, *net.intercepts_]
            average = average or [np.zeros(values.shape) for values in layers]
            for mean, values in zip(average, layers, strict=True):
                mean += (values - mean) / (epoch - epochs // 2 + 1)
    weights, biases = average[: len(net.coefs_)], average[len(net.coefs_) :]
    return ScoreNetwork(linear, tuple(weights), tuple(biases), low, high, tuple(losses))


def _noised(
    data: Points,
    frame: Frame,
    levels: tuple[float, float],
    size: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Inputs and targets of one epoch; single precision is twice as fast and exact enough."""
    clean = data[rng.integers(len(data), size=size)]
    sigma = np.exp(rng.uniform(math.log(levels[0]), math.log(levels[1]), (size, 1)))
    noisy = clean + sigma * rng.standard_normal(clean.shape)
    filtered, inputs, error = frame.parts(noisy, sigma)
    target = (clean - filtered) / error
    # One column or many: scikit-learn wants a vector for one.
    targets = target[:, 0] if target.shape[1] == 1 else target
    return inputs.astype(np.float32), targets.astype(np.float32)
