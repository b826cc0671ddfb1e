r"""How well counts determine the signal over uniform, and the total variation distance.

Both are biased for few shots, because a square root and a modulus are: a histogram of 4000 shots on
64 points that was drawn from the ideal itself has S = 0.99, and one of 200 shots 0.8. Resampling
the counts doubles the bias instead of removing it. Coverage of nominal 95 % intervals for S over
synthetic runs (8 to 64 points, 200 to 10^4 shots, true S from 0 to 1, three shapes):

    percentile              71 % on average, 0 % in the worst case
    BC, BCa                 80 %, 0 %   (jackknife acceleration)
    basic                   95 %, 65 %
    shifted, as used here   96 %, 89 %   (300 runs each)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.diagnostics.metrics import total_variation, uniform_fidelity
from qdml_quantum.problem.grid import Grid
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.estimate import CONFIDENCE, Estimate
from qdml_quantum.support.messages import bad_value, count

RESAMPLES = 2000
"""Synthetic histograms per interval: its ends scatter by about 4 % of its width."""

_PSEUDO_COUNT = 0.5
_MOST_NUMBERS = 1 << 22

Statistic = Callable[[Array], Array]
"""From histograms, shape ``(many, points)``, to one number each."""


def hits_on(grid: Grid, counts: Mapping[str, int]) -> NDArray[np.int64]:
    """Hits of every grid point, shape of the grid.

    Raises:
        ValueError: No counts, a negative one, or bit strings that are not those of the grid.
        TypeError: A count is no integer.

    >>> hits_on(Grid([(0, 1)], 2), {"10": 3, "00": 1})
    array([1, 0, 3, 0])
    """
    hits = np.zeros(grid.shape, dtype=np.int64)
    for bits, number in checked_counts(grid.num_qubits, counts).items():
        hits[grid.index_of(bits)] += number
    return hits


def checked_counts(num_bits: int, counts: Mapping[str, int]) -> dict[str, int]:
    """The counts, once it is clear that they are counts of so many bits; errors as in `hits_on`.

    >>> checked_counts(2, {"10": 3})
    {'10': 3}
    """
    checked = {}
    for bits, number in counts.items():
        if not isinstance(bits, str) or len(bits) != num_bits or set(bits) - {"0", "1"}:
            raise bad_value("counts", f"have keys of {num_bits} bits", repr(bits))
        checked[bits] = count("counts", number, least=0)
    if not sum(checked.values()):
        raise bad_value("counts", "hold at least one shot", "empty")
    return checked


def signal_interval(
    hits: ArrayLike,
    ideal: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    r"""Interval of ``S = (F - F_u) / (1 - F_u)`` by a parametric bootstrap.

    With the overlap ``B(p) = sum_x sqrt(p_x q_x)``, ``F = B^2``, the measured histogram p and
    synthetic ones p* of as many shots drawn from ``p' = (hits + 1/2) / (shots + points/2)``:

        bias     = mean B(p*) - B(p')
        interval = B(p) - bias + quantiles of (B(p*) - mean B(p*))

    The half hit keeps points that were never seen from counting as impossible; without it the
    interval of an ideal histogram covers in 53 % of all cases.

    Args:
        hits: Integer histogram.
        ideal: Distribution of the same shape.
        confidence: Between 0 and 1.
        resamples: Synthetic histograms.
        seed: Of their draws.

    >>> str(signal_interval([600, 150, 125, 125], [0.7, 0.1, 0.1, 0.1]))
    '0.946 [0.910, 0.975]'
    """
    ends = _ends(confidence)
    q = real_array("ideal", ideal).ravel()
    flat = uniform_fidelity(q)
    if flat > 1 - 1e-9:
        return Estimate(0.0, 0.0, 0.0, confidence)

    def signal(value: float) -> float:
        return float(np.minimum((value * abs(value) - flat) / (1 - flat), 1.0))

    p, smooth, shots = _histograms(hits)
    overlap = _overlap_with(q)
    measured = float(overlap(p[None])[0])
    drawn = _resampled(overlap, smooth, shots, resamples, seed)
    centre = measured - (drawn.mean() - float(overlap(smooth[None])[0]))
    low, high = np.quantile(drawn - drawn.mean(), ends)
    return Estimate(signal(centre), signal(centre + low), signal(centre + high), confidence)


def distance_interval(
    hits: ArrayLike,
    reference: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    r"""Interval of the total variation distance ``T(p, g) = sum |p - g| / 2``; covers more often.

    Near ``p = g`` no bootstrap of T covers: the modulus turns all noise into distance. Two
    inequalities hold always, ``T(p) >= T(measured) - T(measured, p)`` and ``T(p) <= mean of
    T(measured)``; the noise ``T(measured, p)`` and the scatter of ``T(measured)`` are taken from
    synthetic histograms. Arguments as for `signal_interval`.

    >>> str(distance_interval([700, 110, 95, 95], [0.25] * 4))
    '0.450 [0.414, 0.478]'
    """
    g = real_array("reference", reference).ravel()
    p, smooth, shots = _histograms(hits)

    def both(many: Array) -> Array:
        from_g, from_p = (np.abs(many - one).sum(axis=1) / 2 for one in (g, smooth))
        return np.stack([from_g, from_p], axis=1)

    drawn = _resampled(both, smooth, shots, resamples, seed)
    tail = _ends(confidence)
    measured = total_variation(p, g)
    bias = np.maximum(drawn[:, 0].mean() - total_variation(smooth, g), 0.0)
    noise = float(np.quantile(drawn[:, 1], tail[1]))
    above = float(drawn[:, 0].mean() - np.quantile(drawn[:, 0], tail[0]))
    value, low, high = np.clip([measured - bias, measured - noise, measured + above], 0, 1).tolist()
    return Estimate(value, low, high, confidence)


def deviations_from_flat(
    hits: ArrayLike, ideal: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """How many standard deviations nearer the ideal the histogram is than uniform ones are.

    In the overlap ``sum_x sqrt(p_x q_x)``, over synthetic uniform histograms of as many shots.

    >>> round(deviations_from_flat([700, 110, 95, 95], [0.7, 0.1, 0.1, 0.1]), 1)
    15.0
    """
    q = real_array("ideal", ideal).ravel()
    overlap = _overlap_with(q)
    p, _, shots = _histograms(hits)
    drawn = _resampled(overlap, np.full(q.size, 1 / q.size), shots, resamples, seed)
    spread = float(drawn.std())
    return float((overlap(p[None])[0] - drawn.mean()) / spread) if spread > 1e-12 else 0.0


def _overlap_with(q: Array) -> Statistic:
    return lambda p: np.asarray(np.sqrt(p) @ np.sqrt(q))


def _histograms(hits: ArrayLike) -> tuple[Array, Array, int]:
    """Measured and smoothed distribution, and the shots."""
    flat = real_array("hits", hits).ravel()
    shots = int(flat.sum())
    if shots < 1:
        raise bad_value("hits", "hold at least one shot", shots)
    return flat / shots, (flat + _PSEUDO_COUNT) / (shots + _PSEUDO_COUNT * flat.size), shots


def _resampled(
    statistic: Statistic, probabilities: Array, shots: int, resamples: int, seed: int
) -> Array:
    """The statistic of synthetic histograms, made in parts that fit into memory."""
    rng = np.random.default_rng(seed)
    most = max(1, _MOST_NUMBERS // probabilities.size)
    parts = [min(most, resamples - done) for done in range(0, resamples, most)]
    return np.concatenate(
        [statistic(rng.multinomial(shots, probabilities, size=part) / shots) for part in parts]
    )


def _ends(confidence: float) -> tuple[float, float]:
    """Quantiles of a two-sided interval."""
    if not 0 < confidence < 1:
        raise bad_value("confidence", "lie between 0 and 1", confidence, "Write 0.95.")
    return (1 - confidence) / 2, (1 + confidence) / 2
