"""How wrong a phase may be, and which Walsh strings that leaves."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.compiler import Budget
from qdml_quantum.synthesis.phases.minimax import fewer
from qdml_quantum.synthesis.phases.walsh import DENSE_QUBITS, WalshSeries, parity_signs

_SCAN_POINTS = 1 << 22  # Strings times points above which the last scan is left out for its time.


@dataclass(frozen=True)
class PhaseErrors:
    """Difference between the phases asked for and those of the circuit, in radians.

    Args:
        max: Certified half range of the difference: exact on the grid up to 26 qubits, the sum of
            the dropped coefficients beyond.
        rms: Root mean square over all points, exact.
        state: Root mean square over the given density, exact, or None.
    """

    max: float
    rms: float
    state: float | None = None


def truncate(
    series: WalshSeries,
    budget: Budget,
    density: Array | None = None,
    *,
    time_limit: float | None = None,
) -> WalshSeries:
    """The series of as few strings as meet a budget: those with the largest coefficients.

    For the kind ``max`` some of these are left out as well and the others changed, see `fewer`.

    Strings of one bit cost no two-qubit gate and are always kept. The rest of the series is an
    exact step of another objective, so that the error is coherent and does not grow with the
    number of Trotter steps: over a time T it is at most T times that of zeta.

    Args:
        series: All strings.
        budget: See `Budget`.
        density: Shape ``(2^n,)``, for the kind ``state``.
        time_limit: Seconds for `fewer`, or None.
    """
    if budget.kind == "exact":
        return series
    order = series.costly
    if budget.kind == "rms" or (budget.kind == "max" and series.num_qubits > DENSE_QUBITS):
        sizes = np.abs(series.coefficients[order])
        sizes = sizes**2 if budget.kind == "rms" else sizes
        left = np.append(np.cumsum(sizes[::-1])[::-1], 0.0)
        limit = budget.limit**2 if budget.kind == "rms" else budget.limit
        number = int(np.argmax(left <= limit))
    else:
        number = _fewest(series, order, budget, density)
    largest = series.without(order[number:])
    if budget.kind == "max":
        return fewer(series, largest, budget.limit, time_limit=time_limit)
    return largest


def errors_of(
    series: WalshSeries, truncated: WalshSeries, density: Array | None = None
) -> PhaseErrors:
    """What `truncated` in place of `series` costs; a constant is a global phase."""
    rest = series - truncated
    rest = rest.take(rest.masks != 0)
    if not rest.masks.size:
        return PhaseErrors(0.0, 0.0, None if density is None else 0.0)
    rms = math.sqrt(float((rest.coefficients**2).sum()))
    if series.num_qubits > DENSE_QUBITS:
        return PhaseErrors(float(np.abs(rest.coefficients).sum()), rms)
    values = rest.values()
    state = None if density is None else _over(values, density)
    return PhaseErrors(_half_range(values), rms, state)


def _half_range(values: Array) -> float:
    return float(values.max() - values.min()) / 2


def _over(values: Array, density: Array) -> float:
    """Standard deviation over a density: a constant is a global phase."""
    mean = float(density @ values)
    return math.sqrt(max(float(density @ (values - mean) ** 2), 0.0))


def _fewest(
    series: WalshSeries, order: NDArray[np.int64], budget: Budget, density: Array | None
) -> int:
    """Smallest number of strings, in order, whose rest meets the limit."""

    def error(values: Array) -> float:
        if budget.kind == "max":
            return _half_range(values)
        assert density is not None
        return _over(values, density)

    def rest(number: int) -> Array:
        return (series - series.without(order[number:])).values()

    low = bisect_left(range(order.size), True, key=lambda n: error(rest(n)) <= budget.limit)
    if low * (1 << series.num_qubits) > _SCAN_POINTS:
        return low
    # The error does not fall with every string: look at all smaller numbers too.
    values = rest(low)
    for number in range(low - 1, -1, -1):
        string = order[[number]]
        signs = parity_signs(series.masks[string], values.size)[:, 0]
        values = values + series.coefficients[string] * signs
        if error(values) <= budget.limit:
            low = number
    return low
