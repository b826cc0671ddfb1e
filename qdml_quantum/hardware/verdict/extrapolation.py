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
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from qdml_quantum.support.arrays import real_array
from qdml_quantum.support.messages import argument

MODELS = ("linear", "exponential")
"""How values may depend on the noise factor."""

_RESOLVED = 3.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Extrapolated:
    """A value at noise factor 0.

    Attributes:
        value: Intercept of the fit.
        error: Its standard error, from the errors of the values.
        chi_squared: Sum of squared residuals over errors; about `freedom` for a good fit.
        freedom: Values minus parameters.
    """

    value: float
    error: float
    chi_squared: float
    freedom: int


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
    *,
    model: str = "linear",
    limit: float | None = None,
) -> Extrapolated | None:
    r"""Weighted least squares to ``y = a + b f``, or to ``y = limit + a exp(-b f)``, at f = 0.

    Args:
        factors: Noise factors f.
        values: y at each.
        errors: Standard errors of the values.
        model: ``"linear"`` or ``"exponential"``.
        limit: Value that noise alone leaves, as of a uniform histogram; for ``"exponential"``.

    Returns:
        The value without noise. None where an exponential does not fit: the distance from the limit
        is not above three errors, or it does not fall.

    Raises:
        ValueError: Less than two factors, an unknown model, or no limit.

    >>> round(extrapolate([1, 3], [0.8, 0.6], [0.02, 0.02]).value, 6)
    0.9
    >>> fitted = extrapolate([1, 2], [0.6, 0.4], [0.01, 0.01], model="exponential", limit=0.2)
    >>> round(fitted.value, 6)
    1.0
    """
    if len(factors) < 2 or model not in MODELS or (model == "exponential" and limit is None):
        raise ValueError(
            argument(
                "model",
                "be `linear` or `exponential` with a limit, for two or more factors",
                f"{model} for {len(factors)}",
            )
        )
    x, y = real_array("factors", factors), real_array("values", values)
    sigma = real_array("errors", errors)
    if model == "linear":
        weights = weights_at_zero(x, sigma)
        value = float(weights @ y)
        slope = _slope(x, y, value, sigma)
        return _judged(value, math.sqrt(float(weights**2 @ sigma**2)), value + slope * x, y, sigma)
    assert limit is not None
    return _exponential(x, y, sigma, limit)


def _slope(x: Array, y: Array, value: float, sigma: Array) -> float:
    """Slope of the weighted line through `value` at 0."""
    inverse = 1 / sigma**2 if (sigma > 0).all() else np.ones_like(x)
    return float((inverse * x * (y - value)).sum() / (inverse * x**2).sum())


def _exponential(x: Array, y: Array, sigma: Array, limit: float) -> Extrapolated | None:
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
    return _judged(limit + a, math.sqrt(covariance[0, 0]), curve(x, a, b), y, sigma)


def _judged(value: float, error: float, fitted: Array, y: Array, sigma: Array) -> Extrapolated:
    safe = np.where(sigma > 0, sigma, 1.0)
    chi_squared = float((((y - fitted) / safe) ** 2).sum())
    return Extrapolated(float(value), float(error), chi_squared, len(y) - 2)
