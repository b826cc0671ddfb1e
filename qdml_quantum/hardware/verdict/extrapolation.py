"""Zero-noise extrapolation: from values at several noise factors to the value without noise.

Only means over shots can be extrapolated: a probability, an energy. They are linear in the state
of the device. S is not: it is the square of a sum of square roots, whose slope is infinite where a
probability vanishes. So the histogram is extrapolated point by point, which is linear, and S is
that of the result.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.estimate import Estimate

_RESOLVED = 3.0

Array = NDArray[np.float64]


def weights_at_zero(factors: ArrayLike, errors: ArrayLike) -> Array:
    """Weights w of a weighted linear fit: its value at factor 0 is ``sum_i w_i y_i``.

    With ``W = diag(1 / errors^2)`` and ``X = [1, factor]``: the first row of
    ``(X^T W X)^-1 X^T W``. For two factors 1 and 3 they are 3/2 and -1/2 whatever the errors.

    >>> weights_at_zero([1, 3], [0.1, 0.2]).round(6).tolist()
    [1.5, -0.5]
    """
    x, sigma = real_array("factors", factors), real_array("errors", errors)
    if not (sigma > 0).all():
        sigma = np.ones_like(x)
    design = np.stack([np.ones_like(x), x], axis=1)
    weighted = design.T / sigma**2
    return np.asarray(np.linalg.solve(weighted @ design, weighted)[0])


def extrapolate(
    factors: Sequence[float],
    values: Sequence[float],
    errors: Sequence[float],
    limit: float | None = None,
) -> Estimate | None:
    r"""Weighted least squares to ``y = a + b f``, or to ``y = limit + a exp(-b f)``, at f = 0.

    Args:
        factors: Noise factors f, two or more.
        values: y at each.
        errors: Standard errors of the values.
        limit: Value that noise alone leaves, as of a uniform histogram, for the exponential; None
            for the line.

    Returns:
        The value without noise. None where an exponential does not fit: the distance from the limit
        is not above three errors, or it does not fall.

    >>> round(extrapolate([1, 3], [0.8, 0.6], [0.02, 0.02]).value, 6)
    0.9
    >>> round(extrapolate([1, 2], [0.6, 0.4], [0.01, 0.01], limit=0.2).value, 6)
    1.0
    """
    x, y, sigma = (
        real_array(name, part)
        for name, part in (("factors", factors), ("values", values), ("errors", errors))
    )
    if limit is not None:
        return _exponential(x, y, sigma, limit)
    weights = weights_at_zero(x, sigma)
    return Estimate.from_error(float(weights @ y), math.sqrt(float(weights**2 @ sigma**2)))


def _exponential(x: Array, y: Array, sigma: Array, limit: float) -> Estimate | None:
    apart = y - limit
    if not (sigma > 0).all() or abs(apart[0]) < _RESOLVED * sigma[0]:
        return None
    sign = math.copysign(1.0, apart[0])
    # Logarithms of those that noise has not swallowed give the start.
    clear = sign * apart > sigma
    if clear.sum() < 2:
        return None
    rate, start = np.polyfit(x[clear], np.log(sign * apart[clear]), 1)

    def curve(f: Array, a: float, b: float) -> Array:
        return np.asarray(limit + a * np.exp(-b * f))

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", OptimizeWarning)
            (a, b), covariance = curve_fit(
                curve, x, y, p0=(sign * math.exp(start), -rate), sigma=sigma, absolute_sigma=True
            )
    except (RuntimeError, OverflowError):
        return None
    if b <= 0 or not np.isfinite(covariance).all():
        return None
    return Estimate.from_error(float(limit + a), math.sqrt(covariance[0, 0]))
