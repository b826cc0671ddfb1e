"""Scores that are known in closed form: mixtures of Gaussians (data too), and one Gaussian."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, softmax

from qdml_quantum.learning.points import Points, points_of, same_width
from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.messages import bad_value, count, number

_BLOCK = 2**20
"""Pairs of points that are looked at together: 8 MB per array."""


def one_thread() -> AbstractContextManager[object]:
    """Keep matrix products on one thread, where `threadpoolctl` (of scikit-learn) is installed.

    The matrices here are small: threads that wait for each other make them up to ten times
    slower, and the last digit of a sum depends on their number.

    >>> with one_thread():
    ...     pass
    """
    try:
        limits = importlib.import_module("threadpoolctl").threadpool_limits
    except ModuleNotFoundError:
        return nullcontext()
    context: AbstractContextManager[object] = limits(1, "blas")
    return context


class Score(Protocol):
    """What samplers and denoisers need of a model: the slope of the log density of noised data."""

    @property
    def mean(self) -> Points:
        """Mean of the data, shape ``(dimensions,)``."""

    @property
    def spread(self) -> float:
        """Standard deviation of the data, root mean square over the axes."""

    def score(self, points: ArrayLike, sigma: float) -> Points:
        """``grad log p_sigma`` at points of shape ``(num_points, dimensions)``."""


def denoise(model: Score, noisy: ArrayLike, sigma: float) -> Points:
    """Mean of the clean data given the noisy: ``x + sigma^2 grad log p_sigma(x)`` (Tweedie).

    Of all functions of x it has the least mean squared error.

    Args:
        model: Anything with a score.
        noisy: Shape ``(num_points, dimensions)``.
        sigma: Noise level, positive.

    References:
        B. Efron, J. Am. Stat. Assoc. 106, 1602 (2011), doi 10.1198/jasa.2011.tm11181.

    >>> denoise(Mixture([[1.0, 2.0]]), [[5.0, 5.0]], 0.3).round(9)  # One point: it must be that.
    array([[1., 2.]])
    """
    x = points_of("noisy", noisy)
    return x + number("sigma", sigma) ** 2 * model.score(x, sigma)


@dataclass(frozen=True, eq=False)
class Mixture:
    r"""A weighted sum of Gaussians of one width; points of data are such a sum of width 0.

    Noise of the level sigma widens every Gaussian, ``v = width^2 + sigma^2``:

        p_sigma(x) = sum_n w_n (2 pi v)^(-d/2) exp(-|x - m_n|^2 / (2 v))
        grad log p_sigma(x) = (sum_n P_n(x) m_n - x) / v,
        P_n(x) = w_n exp(-|x - m_n|^2 / (2 v)) / sum_m w_m exp(-|x - m_m|^2 / (2 v))

    The softmax P_n(x) is that of `theory.levels.Levels`: the populations of levels of energy
    ``E_n = |x - m_n|^2`` that start with the weights ``|c_n|^2 = w_n``, at the imaginary time
    ``tau = 1 / (4 v)``. Less noise is a longer time: only the nearest point, the ground state, is
    left.

    Args:
        centers: m_n, shape ``(num_centers, dimensions)``.
        weights: w_n, at least 0; normalised here; default equal.
        width: Standard deviation of each Gaussian, at least 0; default 0, points of data.

    Raises:
        ValueError: NaN, a shape that does not fit, or no positive weight.

    References:
        X. Gu et al. (2023), arXiv:2310.02664, for the exact score of data and why a model that
        reaches it only repeats them.

    >>> two = Mixture([[-1.0], [1.0]])
    >>> two.score([[0.0], [0.1]], 0.5).round(3).ravel().tolist()  # (tanh(x / 0.25) - x) / 0.25
    [0.0, 1.12]
    """

    centers: Points
    weights: Points
    width: float

    def __init__(
        self, centers: ArrayLike, weights: ArrayLike | None = None, width: float = 0.0
    ) -> None:
        centers = points_of("centers", centers)
        shares = np.ones(len(centers)) if weights is None else real_array("weights", weights)
        if shares.shape != (len(centers),):
            must = f"be {len(centers)} numbers, one per center"
            raise bad_value("weights", must, f"of shape {shares.shape}")
        if shares.min() < 0 or shares.sum() == 0:
            raise bad_value("weights", "be at least 0 and not all 0", shares.tolist())
        object.__setattr__(self, "centers", centers)
        object.__setattr__(self, "weights", shares / shares.sum())
        object.__setattr__(self, "width", number("width", width, zero=True))

    @property
    def dimensions(self) -> int:
        """Number of coordinates of a point."""
        return int(self.centers.shape[1])

    @cached_property
    def mean(self) -> Points:
        """Mean of the distribution, shape ``(dimensions,)``."""
        return np.asarray(self.weights @ self.centers)

    @cached_property
    def spread(self) -> float:
        """Standard deviation, root mean square over the axes."""
        squares = self.weights @ (self.centers - self.mean) ** 2
        return math.sqrt(float(squares.mean()) + self.width**2)

    def draw(self, num_points: int, *, seed: int | None = None) -> Points:
        """Independent samples, shape ``(num_points, dimensions)``."""
        rng = np.random.default_rng(seed)
        which = rng.choice(len(self.centers), count("num_points", num_points), p=self.weights)
        noise = rng.standard_normal((num_points, self.dimensions))
        return np.asarray(self.centers[which] + self.width * noise)

    def populations(self, points: ArrayLike, sigma: float) -> Points:
        """P_n(x), shape ``(num_points, num_centers)``: mind the memory, it is not split."""
        return np.asarray(softmax(self._logs(self._checked(points), self._variance(sigma)), axis=1))

    def score(self, points: ArrayLike, sigma: float) -> Points:
        """``grad log p_sigma``, in blocks of bounded memory."""
        x, variance = self._checked(points), self._variance(sigma)
        pulled = np.empty_like(x)
        for rows in self._blocks(len(x)):
            logs = self._logs(x[rows], variance)
            logs -= logs.max(axis=1, keepdims=True)
            np.exp(logs, out=logs)
            pulled[rows] = (logs @ self.centers) / logs.sum(axis=1, keepdims=True)
        return (pulled - x) / variance

    def log_density(self, points: ArrayLike, sigma: float) -> Points:
        """``log p_sigma``, shape ``(num_points,)``, in blocks of bounded memory."""
        x, variance = self._checked(points), self._variance(sigma)
        logs = np.empty(len(x))
        for rows in self._blocks(len(x)):
            logs[rows] = logsumexp(self._logs(x[rows], variance), axis=1)
        return logs - self.dimensions / 2 * math.log(2 * math.pi * variance)

    def _logs(self, x: Points, variance: float) -> Points:
        """``log w_n - |x - m_n|^2 / (2 v)``."""
        with np.errstate(divide="ignore"):  # Empty levels stay empty.
            start = np.log(self.weights)
        # Around the mean, so that data far from 0 do not cancel.
        a, b = x - self.mean, self.centers - self.mean
        apart = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
        return np.asarray(start - apart / (2 * variance))

    def _variance(self, sigma: float) -> float:
        return self.width**2 + number("sigma", sigma, zero=self.width > 0) ** 2

    def _checked(self, points: ArrayLike) -> Points:
        x = points_of("points", points)
        same_width("points", x, self.dimensions)
        return x

    def _blocks(self, num_points: int) -> Iterator[slice]:
        rows = max(1, _BLOCK // len(self.centers))
        return (slice(first, first + rows) for first in range(0, num_points, rows))


@dataclass(frozen=True, eq=False)
class GaussianScore:
    r"""One Gaussian of the mean and covariance C of the data: the score that is linear in x.

        grad log p_sigma(x) = -(C + sigma^2)^(-1) (x - mean)

    With `denoise` it is the Wiener filter, the best that a linear denoiser can do. It knows the
    data to second order only, and serves as a baseline.

    Args:
        mean: Shape ``(dimensions,)``.
        covariance: C, shape ``(dimensions, dimensions)``, symmetric, no negative eigenvalue.

    References:
        N. Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time Series (1949),
        doi 10.7551/mitpress/2946.001.0001.

    >>> denoise(GaussianScore([0.0], [[1.0]]), [[1.0]], 1.0)  # As much signal as noise: half.
    array([[0.5]])
    """

    mean: Points
    covariance: Points

    def __post_init__(self) -> None:
        mean = real_array("mean", self.mean)
        covariance = real_array("covariance", self.covariance)
        if mean.ndim != 1 or covariance.shape != (mean.size, mean.size):
            actual = f"of shape {covariance.shape} for a mean of shape {mean.shape}"
            raise bad_value("covariance", "be square, one row per axis", actual)
        if not np.allclose(covariance, covariance.T):
            raise bad_value("covariance", "be symmetric", "not")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", covariance)
        lowest = float(self.modes[0].min())
        if lowest < -1e-9 * float(np.abs(covariance).max()):
            raise bad_value("covariance", "have no negative eigenvalue", lowest)

    @classmethod
    def of(cls, data: ArrayLike) -> GaussianScore:
        """Mean and covariance of data, one point per row."""
        x = points_of("data", data, least=2)
        return cls(x.mean(axis=0), np.cov(x.T, bias=True).reshape(x.shape[1], -1))

    @property
    def spread(self) -> float:
        """Standard deviation, root mean square over the axes."""
        return math.sqrt(float(np.trace(self.covariance)) / self.mean.size)

    @cached_property
    def modes(self) -> tuple[Points, Points]:
        """Variances, rising, and the directions they belong to, one per column."""
        return np.linalg.eigh(self.covariance)

    def score(self, points: ArrayLike, sigma: float) -> Points:
        """``-(C + sigma^2)^(-1) (x - mean)``."""
        x = points_of("points", points)
        same_width("points", x, self.mean.size)
        variances, modes = self.modes
        damped = ((x - self.mean) @ modes) / (variances.clip(0) + number("sigma", sigma) ** 2)
        return np.asarray(-damped @ modes.T)
