"""A result in two sentences: what was found and how sure, then whether to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from qdml_quantum.support.check import Check

_NAMED = 2  # Failed checks that a sentence names; the table has all.


Told: TypeAlias = Any
"""A `Result`: its module imports this one."""


def summary(result: Told) -> str:
    """What was found, against chance and the classical truth; and whether to trust it.

    >>> import qdml_quantum as qdml
    >>> well = qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic")
    >>> print(summary(qdml.anneal(well)).split("; ")[0])
    Found x = 0, the known minimum, with 92.8 % of the probability within 0.1 of the box of it
    """
    return f"{_outcome(result)} {_trust(result)}"


def _outcome(result: Told) -> str:
    goal, point = result.goal, _point(result.minimizer)
    nearest = _point(min(goal.minimizers, key=lambda other: _apart(result, other)))
    kind = "known minimum" if goal.known else "minimum of a classical search"
    if len(goal.minimizers) > 1:
        kind = f"nearest of {len(goal.minimizers)} {kind.replace('minimum', 'minima')}"
    if not goal.mask[_index(result)]:
        begin = f"Did not find the {kind} at {nearest}: {point} is most probable"
    elif point == nearest:
        begin = f"Found {point}, the {kind}"
    else:
        begin = f"Found {point}, near the {kind} at {nearest}"
    return f"{begin}, with {_chances(result)}."


def _chances(result: Told) -> str:
    """Success with its interval, beside chance and the classical truth."""
    success, goal = result.success, result.goal
    of = "the probability"
    if result.shots:
        low, high, sure = (100 * value for value in (success.low, success.high, success.confidence))
        of = f"{result.shots} shots ({low:.3g} to {high:.3g} at {sure:.4g} % confidence)"
    share = f"{100 * success.value:.3g} % of {of} within {goal.radius:g} of the box of it"
    against = f"chance gives {100 * goal.baseline:.2g} %"
    if result.reference is not None and result.anneal is not None:
        against += f", the exact ground state {100 * result.reference.success:.3g} %"
    if success.low <= goal.baseline:
        against += ": this is no better than chance"
    return f"{share}; {against}"


def _trust(result: Told) -> str:
    if result.device is not None:
        first = result.verdict.split(". ")[0].rstrip(".")
        return f"The claim is {first}."
    failed = result.failed
    if failed:
        named = " and ".join(reason(check) for check in failed[:_NAMED])
        more = f", besides {len(failed) - _NAMED} more" if failed[_NAMED:] else ""
        return f"Do not trust it as it is: {named}{more}. {failed[0].remedy}"
    words = f"All {sum(check.decides for check in result.checks)} checks passed"
    if result.reference is None and result.anneal is not None:
        return f"{words}, but nothing was compared with the exact ground state or with finer steps."
    return f"{words}."


def reason(check: Check) -> str:
    """Why a check failed, in words.

    >>> from qdml_quantum.support.check import at_most
    >>> reason(at_most("norm", 0.2, 1e-9, "deviation of the total probability from 1", ""))
    '`norm` failed (deviation of the total probability from 1: 0.2, at most 1e-09)'
    """
    bound = "at least" if check.at_least else "at most"
    return f"`{check.name}` failed ({check.meaning}: {check.value:.3g}, {bound} {check.limit:.3g})"


def _index(result: Told) -> tuple[int, ...]:
    axes = zip(result.grid.axes, result.minimizer, strict=True)
    return tuple(round((x - axis.lower) / axis.spacing) for axis, x in axes)


def _apart(result: Told, point: Sequence[float]) -> float:
    return float(np.linalg.norm(np.subtract(point, result.minimizer) / result.grid.lengths))


def _point(point: Sequence[float]) -> str:
    numbers = ", ".join(f"{x:.4g}" for x in point)
    return f"x = {numbers}" if len(point) == 1 else f"({numbers})"
