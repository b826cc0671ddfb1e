"""The error of a mean of correlated numbers, by blocking."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value

_FEWEST = 8
"""Blocks below which an error is not estimated any more."""


@dataclass(frozen=True, eq=False)
class Blocking:
    """Mean of a correlated series and its standard error.

    Attributes:
        mean: Of all numbers.
        error: Standard error of the mean, at the chosen block length.
        block: Chosen block length, a power of 2.
        samples: ``variance / error^2``: as many independent numbers would have this error.
        errors: Estimates with blocks of 1, 2, 4, ... numbers. They rise while blocks are shorter
            than the correlation, then stay level.
        settled: Whether a block length was found that is long enough; if not, the error is that of
            the longest blocks, and too small.
    """

    mean: float
    error: float
    block: int
    samples: float
    errors: Array
    settled: bool


def blocking(series: ArrayLike) -> Blocking:
    r"""Standard error of the mean of a stationary, correlated series.

    Neighbours are averaged in pairs, again and again; with n blocks of variance v left, the error
    is ``sqrt(v / (n - 1))``. Chosen is the shortest block of length b for which

        b^3 > 2 N (error_b / error_1)^4,

    where what correlation is left and the noise of the estimate itself balance.

    Args:
        series: N numbers, N at least 16.

    Raises:
        ValueError: Fewer numbers, or some that are not finite.

    References:
        H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91, 461 (1989), doi 10.1063/1.457480.
        R. M. Lee et al., Phys. Rev. E 83, 066706 (2011), doi 10.1103/PhysRevE.83.066706.

    >>> noise = np.random.default_rng(1).standard_normal(4096)
    >>> round(blocking(noise).error * 64, 1)  # sigma / sqrt(N)
    1.0
    >>> slow = np.repeat(noise[:512], 8)  # 8 equal numbers in a row are one
    >>> round(float(blocking(slow).error / blocking(slow).errors[0]), 1)  # about sqrt(8)
    2.7
    """
    numbers = real_array("series", series, "Take more steps.")
    if numbers.ndim != 1 or numbers.size < 2 * _FEWEST:
        must = f"be at least {2 * _FEWEST} numbers in a row"
        raise bad_value("series", must, f"of shape {numbers.shape}", "Take more steps.")
    mean, variance, size = float(numbers.mean()), float(numbers.var()), numbers.size
    errors = []
    while numbers.size >= _FEWEST:
        errors.append(math.sqrt(numbers.var() / (numbers.size - 1)))
        even = numbers[: numbers.size // 2 * 2]
        numbers = (even[::2] + even[1::2]) / 2
    by_level = np.array(errors)
    # A constant series has no correlation to wait for.
    growth = (by_level / by_level[0]) ** 4 if by_level[0] > 0 else np.zeros_like(by_level)
    enough = 8.0 ** np.arange(len(by_level)) > 2 * size * growth
    level = int(np.argmax(enough)) if enough.any() else len(by_level) - 1
    error = float(by_level[level])
    samples = variance / error**2 if error > 0 else float(size)
    return Blocking(mean, error, 1 << level, samples, by_level, bool(enough.any()))
