"""Whether the dynamics ran, or a state that stands still could have given the same counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value

NATS = 10.0
"""Least T that is claimed, e^10 to 1. States that stand still, of random shapes, relaxing and
misread, stay below 0 in 5,004 jobs (`benchmarks/dynamics.py`)."""
_ITERATIONS, _TOLERANCE = 4000, 1e-4
_MOST = 1 - 1e-12
"""Largest share of a state: a point that it does not have can still be hit, once in a long time."""


@dataclass(frozen=True)
class Dynamics:
    """What the counts of an anneal that was cut after 1, 2, ..., S steps say about the steps.

    Attributes:
        ratios: Log likelihood ratio of the cuts, in nats, over each explanation without dynamics:
            ``"uniform"``, ``"loaded"`` (the last state, standing still), ``"static"`` (any one
            state, standing still, fitted to the counts), and ``"mixed"`` where that was asked for
            (any two states, standing still, with shares that change from cut to cut).
        strengths: Share of every cut that is left of its ideal histogram, the rest being uniform.
    """

    ratios: Mapping[str, float]
    strengths: tuple[float, ...]

    @property
    def value(self) -> float:
        """T, the least of the ratios."""
        return min(self.ratios.values())

    @property
    def shown(self) -> bool:
        """Whether the counts show that the steps moved the state as they should."""
        return self.value >= NATS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "value": self.value,
            "ratios": dict(self.ratios),
            "strengths": list(self.strengths),
            "shown": self.shown,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Dynamics:
        """Read what `to_dict` wrote."""
        return cls(dict(data["ratios"]), tuple(data["strengths"]))

    def __str__(self) -> str:
        over = ", ".join(f"{value:.0f} over {name}" for name, value in self.ratios.items())
        words = "shown" if self.shown else "not shown"
        return f"{words}: T = {self.value:.1f} nats, {NATS:g} are needed   ({over})"


def judge_dynamics(
    hits: Sequence[ArrayLike], ideal: Sequence[ArrayLike], *, mixed: bool = False
) -> Dynamics:
    r"""Compare the cuts of an anneal with explanations that have no dynamics.

        T = max_f l(q_1, ..., q_S) - max(l(uniform), max_f l(q_S, ..., q_S), max_{f,r} l(r, ..., r))

    l is the log likelihood of the counts of all cuts, ``sum_c sum_x n_c(x) log(f_c p_c(x) + (1 -
    f_c) / M)``: every explanation may lose a share ``1 - f_c`` of each cut to noise that makes it
    uniform. The static state r is fitted by expectation maximisation, which is what makes the claim
    hard: a state that merely relaxes beats uniform and the last state by tens of nats.

    A device that loaded the state of every cut separately would pass. So the circuit of each cut
    has to be a beginning of the next one; `plan` sees to that. So would one that goes over from one
    state to another, as relaxation for long enough does: `mixed` asks for that as well.

    Args:
        hits: Counts of every cut by grid point, the last one at the end of the anneal.
        ideal: Distributions of the emulator, of the same shape.
        mixed: Whether any two static states, mixed differently in every cut, are an explanation as
            well. They explain two cuts whatever these are, and most of three: for four or more.

    Raises:
        ValueError: There are fewer than two cuts (four, if `mixed`), not as many of both, or no
            counts in one.

    >>> moving = [[0.6, 0.3, 0.1, 0.0], [0.0, 0.1, 0.3, 0.6]]
    >>> judge_dynamics([[600, 300, 100, 0], [0, 100, 300, 600]], moving).shown
    True
    >>> judge_dynamics([[300, 200, 200, 300], [300, 200, 200, 300]], moving).shown
    False
    """
    counts = [real_array("hits", one).ravel() for one in hits]
    cuts = [real_array("ideal", one).ravel() for one in ideal]
    least, words = (4, "four") if mixed else (2, "two")
    if len(cuts) < least or len(counts) != len(cuts) or any(one.sum() < 1 for one in counts):
        must = f"hold the counts of {words} cuts or more, as many as `ideal` ({len(cuts)})"
        raise bad_value("hits", must, f"{len(counts)} of them")
    strengths = [_strength(n, q) for n, q in zip(counts, cuts, strict=True)]
    likelihood = _likelihood(counts, cuts, strengths)
    size = cuts[0].size
    nulls = {
        "uniform": _likelihood(counts, [np.full(size, 1 / size)] * len(cuts), [0.0] * len(cuts)),
        "loaded": _loaded(counts, cuts[-1]),
        "static": max(_static(counts, [start]) for start in (cuts[-1], sum(counts), *counts)),
    }
    if mixed:
        nulls["mixed"] = max(_static(counts, pair) for pair in combinations(counts, 2))
    ratios = {name: likelihood - null for name, null in nulls.items()}
    return Dynamics(ratios, tuple(strengths))


def expected_dynamics(
    ideal: Mapping[str, ArrayLike], noisy: Mapping[str, ArrayLike], shots: int, cuts: Sequence[str]
) -> Dynamics:
    """`judge_dynamics` for counts that are as they are expected.

    Args:
        ideal: Distributions by kind.
        noisy: Those that the shots are drawn from.
        shots: Of every cut.
        cuts: Kinds, in order.
    """
    return judge_dynamics(
        [shots * real_array("noisy", noisy[cut]) for cut in cuts], [ideal[cut] for cut in cuts]
    )


def _mixed(p: Array, strength: float) -> Array:
    return strength * p + (1 - strength) / p.size


def _likelihood(
    counts: Sequence[Array], cuts: Sequence[Array], strengths: Sequence[float]
) -> float:
    """Log likelihood of all counts; ``0 log 0`` is 0."""
    total = 0.0
    for n, q, strength in zip(counts, cuts, strengths, strict=True):
        seen = n > 0
        total += float(n[seen] @ np.log(_mixed(q, strength)[seen]))
    return total


def _strength(n: Array, q: Array) -> float:
    """The f in [0, 1] of the largest likelihood, which is concave in f."""
    seen, flat = n > 0, 1 / q.size

    def slope(f: float) -> float:
        return float((n[seen] * (q[seen] - flat) / _mixed(q, f)[seen]).sum())

    if slope(0.0) <= 0:
        return 0.0
    return _MOST if slope(_MOST) >= 0 else float(scipy.optimize.brentq(slope, 0.0, _MOST))


def _loaded(counts: Sequence[Array], state: Array) -> float:
    """Likelihood of one known state that stands still."""
    return _likelihood(counts, [state] * len(counts), [_strength(n, state) for n in counts])


def _static(counts: Sequence[Array], starts: Sequence[ArrayLike]) -> float:
    """Likelihood of the best states that stand still, climbed to from first guesses.

    There are as many as guesses; each has a share of its own in every cut.
    """
    n = np.array(counts)
    size = n.shape[1]
    guesses = [np.asarray(start, dtype=float) / np.sum(start) for start in starts]
    r = np.array([_mixed(guess, 0.99) for guess in guesses])
    f = np.full((len(n), len(r)), 0.9 / len(r))
    totals, before = n.sum(axis=1, keepdims=True), -np.inf
    for _ in range(_ITERATIONS):
        signal = f[:, :, None] * r
        mixture = signal.sum(axis=1) + (1 - f.sum(axis=1, keepdims=True)) / size
        reached = float((n * np.log(mixture)).sum())
        if reached - before < _TOLERANCE:
            break
        before = reached
        # Expected number of hits that came from each state and not from the noise.
        due = signal * (n / mixture)[:, None, :]
        f = due.sum(axis=2) / totals
        f *= np.minimum(1, _MOST / np.maximum(f.sum(axis=1, keepdims=True), 1e-300))
        r = due.sum(axis=0)
        r /= np.maximum(r.sum(axis=1, keepdims=True), 1e-300)
    return max(reached, _loaded(counts, r[0])) if len(r) == 1 else reached
