"""Fewer Walsh strings within a largest error: those that stay take over from those that go."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.phases.walsh import DENSE_QUBITS, WalshSeries, bits_of, parity_signs

MOST_ENTRIES = 600_000
"""Points times strings of the largest programme, which takes up to 10 s; 2^10 points and 580
strings. Points that differ in bits of no string of two bits or more are one."""
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
    series: WalshSeries, truncated: WalshSeries, limit: float, *, time_limit: float | None = None
) -> WalshSeries:
    """Strings of `truncated`, or fewer of them with other coefficients, within `limit` of `series`.

    Of all coefficients a with ``max_x |sum_s (c_s - a_s) (-1)^(s.x)| <= limit``, those are wanted
    of which the fewest differ from zero. The usual way there is a linear programme that minimises
    ``sum_s w_s |a_s|``, again and again with ``w_s = 1 / (|a_s| + delta)`` of the last solution
    (E. J. Candes, M. B. Wakin and S. P. Boyd, J. Fourier Anal. Appl. 14, 877 (2008), doi
    10.1007/s00041-008-9045-x). Strings of one bit or none cost no gate and are free.

    No coefficient of a difference is larger than its largest value. So a string with
    ``|c_s| > limit`` has to stay; and by Parseval's theorem so do as many as a budget for the root
    mean square keeps with the same limit. Where these are nearly all, nothing is tried.

    Args:
        series: What to approximate.
        truncated: Strings to choose from, which meet the limit with their coefficients of `series`.
        limit: Largest error, up to a constant.
        time_limit: Seconds after which the best so far is taken, or None (default).

    Returns:
        `truncated` itself where no fewer strings are found.

    >>> x = np.linspace(-1, 1, 64, endpoint=False)
    >>> series = WalshSeries.of_values(x**4 - x**2)
    >>> truncated = series.take(np.abs(series.coefficients) > 1e-3)
    >>> better = fewer(series, truncated, 0.01)
    >>> bool((better.weights > 1).sum() < (truncated.weights > 1).sum())
    True
    >>> bool(np.ptp(better.values() - series.values()) / 2 <= 0.01)
    True
    """
    costly = truncated.weights > 1
    bits = _bits(truncated, costly)
    if bits is None or _least(series, limit) >= _WORTH * costly.sum():
        return truncated
    large = costly & (np.abs(truncated.coefficients) > limit)
    chosen = costly & ~large
    if not chosen.any():
        return truncated
    # What is sure to stay, and in units of the limit what the rest has to make.
    known = truncated.take(~chosen)
    target = (series - known).values() / limit
    points = np.reshape(target, (2,) * series.num_qubits)
    others = tuple(-1 - bit for bit in range(series.num_qubits) if bit not in bits)
    ranges = points.min(axis=others).ravel(), points.max(axis=others).ravel()
    free = np.concatenate([[0], [1 << bit for bit in bits], truncated.masks[large]])
    size = 1 << len(bits)
    deadline = math.inf if time_limit is None else time.monotonic() + time_limit
    solution = _sparse(
        parity_signs(_among(free, bits), size),
        parity_signs(_among(truncated.masks[chosen], bits), size),
        ranges,
        truncated.coefficients[chosen] / limit,
        deadline,
    )
    if solution is None:
        return truncated
    masks = np.concatenate([free, truncated.masks[chosen]])
    order = np.argsort(masks)
    changes = WalshSeries(series.num_qubits, masks[order], limit * np.concatenate(solution)[order])
    result = known + changes
    return result if np.ptp((series - result).values()) / 2 <= limit else truncated


def _bits(truncated: WalshSeries, costly: NDArray[np.bool_]) -> tuple[int, ...] | None:
    """Bits whose points a programme can list: all, or those in strings of two bits or more."""
    if truncated.num_qubits > DENSE_QUBITS:
        return None
    used = bits_of(int(np.bitwise_or.reduce(truncated.masks[costly], initial=0)))
    for bits in (tuple(range(truncated.num_qubits)), used):
        if (1 << len(bits)) * (truncated.masks.size + len(bits)) <= MOST_ENTRIES:
            return bits
    return None


def _among(masks: NDArray[np.int64], bits: Sequence[int]) -> NDArray[np.int64]:
    """The same strings on these bits alone, which become bits 0, 1, ..."""
    moved = [(masks >> bit & 1) << index for index, bit in enumerate(bits)]
    return np.asarray(np.sum(moved, axis=0, dtype=np.int64))


def _least(series: WalshSeries, limit: float) -> int:
    """Strings that any series within the limit has."""
    sizes = np.sort(np.abs(series.coefficients[series.weights > 1]))
    return int((np.cumsum(sizes**2) > limit**2).sum())


def _sparse(
    free: Array, signs: Array, ranges: tuple[Array, Array], start: Array, deadline: float
) -> tuple[Array, Array] | None:
    """Coefficients d and a, a with few entries; ``free d + signs a`` is near to all of the ranges.

    That is, no further than 1 from both ends of each.
    """
    left, fewest, stalled = np.arange(start.size), start.size, 0
    weights = 1 / (np.abs(start) + _SMOOTH)
    best = None
    least, most = ranges[1] - (1 - _SLACK), ranges[0] + (1 - _SLACK)
    for _ in range(_ROUNDS):
        matrix = np.hstack([free, signs[:, left], -signs[:, left]])
        cost = np.concatenate([np.zeros(free.shape[1]), weights[left], weights[left]])
        lower = np.where(np.arange(cost.size) < free.shape[1], -np.inf, 0.0)
        solved = scipy.optimize.milp(
            cost,
            constraints=scipy.optimize.LinearConstraint(matrix, least, most),
            bounds=scipy.optimize.Bounds(lower, np.inf),
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
            fewest, stalled, best = left.size, 0, (changes, coefficients)
        if stalled == _PATIENCE:
            break
        weights = 1 / (np.abs(coefficients) + _SMOOTH)
    return best
