"""Fewer Walsh strings within a largest error: those that stay take over from those that go."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from qdml_quantum.synthesis.walsh import WalshSeries, parity_signs

MOST_ENTRIES = 1 << 19
"""Points times strings of the largest programme, which takes about 10 s; 2^10 points and 512
strings."""
_WORTH = 0.9
"""Strings that must stay, as a share of those there are, above which nothing is tried."""
_ROUNDS, _PATIENCE = 10, 2
"""Most programmes, and those in a row without fewer strings after which it is given up."""
_SMOOTH = 0.01
"""Of the limit; the weights below. Ten times as much keeps up to 15 % more strings, a tenth of it
as many."""
_SLACK, _ZERO = 1e-6, 1e-9
"""Of the limit: what the solver may be wrong by, ten times more, and what counts as nothing."""


def fewer(
    series: WalshSeries, kept: WalshSeries, limit: float, *, time_limit: float | None = None
) -> WalshSeries:
    """Strings of `kept`, or fewer of them with other coefficients, within `limit` of `series`.

    Of all coefficients a with ``max_x |sum_s (c_s - a_s) (-1)^(s.x)| <= limit``, those are wanted
    of which the fewest differ from zero. The usual way there is a linear programme that minimises
    ``sum_s w_s |a_s|``, again and again with ``w_s = 1 / (|a_s| + delta)`` of the last solution
    (E. J. Candes, M. B. Wakin and S. P. Boyd, J. Fourier Anal. Appl. 14, 877 (2008), doi
    10.1007/s00041-008-9045-x). Strings of one bit or none cost no gate and are free.

    No coefficient of a difference is larger than its largest value. So a string with
    ``|c_s| > limit`` has to stay; and by Parseval's theorem so do as many as a budget for the root
    mean square keeps with the same limit. Where these are nearly all, nothing is tried.

    Args:
        series: What to approximate, on so few qubits that all points can be listed.
        kept: Strings to choose from, which meet the limit with their coefficients of `series`.
        limit: Largest error, up to a constant.
        time_limit: Seconds after which the best so far is taken, or None (default).

    Returns:
        `kept` itself where no fewer strings are found.

    >>> x = np.linspace(-1, 1, 64, endpoint=False)
    >>> series = WalshSeries.of_values(x**4 - x**2)
    >>> kept = series.take(np.abs(series.coefficients) > 1e-3)
    >>> better = fewer(series, kept, 0.01)
    >>> (better.weights > 1).sum() < (kept.weights > 1).sum()
    True
    >>> bool(np.ptp(better.values() - series.values()) / 2 <= 0.01)
    True
    """
    size = 1 << series.num_qubits
    if size * (kept.masks.size + series.num_qubits) > MOST_ENTRIES:
        return kept
    costly = kept.weights > 1
    large = costly & (np.abs(kept.coefficients) > limit)
    chosen = costly & ~large
    if _least(series, limit) >= _WORTH * costly.sum() or not chosen.any():
        return kept
    ones = 1 << np.arange(series.num_qubits)
    certain = np.concatenate([[0], ones, kept.masks[large]])
    free, signs = parity_signs(certain, size), parity_signs(kept.masks[chosen], size)
    # In units of the limit: what the strings in question make, and those that are gone already.
    known = series.take(np.isin(series.masks, certain))
    target = (series.values() - known.values()) / limit
    deadline = math.inf if time_limit is None else time.monotonic() + time_limit
    found = _sparse(free, signs, target, kept.coefficients[chosen] / limit, deadline)
    if found is None:
        return kept
    changes, coefficients = found
    total = dict.fromkeys(certain.tolist(), 0.0) | known.to_dict()
    for mask, change in zip(certain.tolist(), changes * limit, strict=True):
        total[mask] += change
    total |= dict(zip(kept.masks[chosen].tolist(), (coefficients * limit).tolist(), strict=True))
    masks = np.array(sorted(mask for mask, c in total.items() if c), dtype=np.int64)
    made = WalshSeries(series.num_qubits, masks, np.array([total[mask] for mask in masks.tolist()]))
    if np.ptp(made.values() - series.values()) / 2 > limit:
        return kept
    return made


def _least(series: WalshSeries, limit: float) -> int:
    """Strings that any series within the limit has."""
    sizes = np.sort(np.abs(series.coefficients[series.weights > 1]))
    return int((np.cumsum(sizes**2) > limit**2).sum())


def _sparse(
    free: NDArray[np.float64],
    signs: NDArray[np.float64],
    target: NDArray[np.float64],
    start: NDArray[np.float64],
    deadline: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Coefficients d and a, a with few entries, of ``|free d + signs a - target| <= 1``."""
    left, fewest, stalled = np.arange(start.size), start.size, 0
    weights = 1 / (np.abs(start) + _SMOOTH)
    found = None
    slack = 1 - _SLACK
    for _ in range(_ROUNDS):
        matrix = np.hstack([free, signs[:, left], -signs[:, left]])
        cost = np.concatenate([np.zeros(free.shape[1]), weights[left], weights[left]])
        lower = np.where(np.arange(cost.size) < free.shape[1], -np.inf, 0.0)
        solved = milp(
            cost,
            constraints=LinearConstraint(matrix, target - slack, target + slack),
            bounds=Bounds(lower, np.inf),
            options={"time_limit": max(0.0, deadline - time.monotonic())},
        )
        if not solved.success:
            break
        changes, up, down = np.split(solved.x, [free.shape[1], free.shape[1] + left.size])
        coefficients = np.zeros(start.size)
        coefficients[left] = np.where(np.abs(up - down) > _ZERO, up - down, 0.0)
        left = np.flatnonzero(coefficients)
        stalled += 1
        if left.size < fewest:
            fewest, stalled, found = left.size, 0, (changes, coefficients)
        if stalled == _PATIENCE:
            break
        weights = 1 / (np.abs(coefficients) + _SMOOTH)
    return found
