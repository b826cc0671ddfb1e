"""The verdict of `minimize`: where starts ended, whether they agree, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import numpy as np
import scipy

from qdml_quantum.optimize.space import Space
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.store import finite_json

_AGREE, _AGREE_MEASURED = 1e-4, 0.05
"""Distance along every axis, in units of the box, within which starts agree: polished, and not. At
0.01 a tenth of 900 runs agreed on a wrong basin, those of functions whose basins are narrower than
that (Griewank, Salomon). Salomon's first ring is one valley of equal values, 0.005 of the box wide:
at 0.001 starts met on it by chance in 4 of 20 runs in the plane, at 1e-4 in none. Of 226 right runs
on nine functions none lost its agreement at 1e-5."""
_AGREEING = 2
"""Starts that have to agree, the best one among them."""
_EQUAL = 1e-6
"""Part of the largest value of a window's best point by which values are the same."""
_EDGE = 1e-9
"""Distance from the edge of the box, in units of it, at which a point lies on it."""

STATUS = {
    0: "Independent starts agree on the point.",
    1: "The evaluations sufficed for one start only, and nothing confirms it.",
    2: "The objective is flat: all values are equal.",
    4: "No point that was looked at is within the constraints.",
    5: "The objective was not finite everywhere.",
    6: "The objective failed.",
    7: "The backend failed.",
    8: "No two independent starts agree on the point: another basin may be lower. A larger maxfev "
    "looks longer.",
    99: "The callback stopped the search.",
}
"""What the field `status` of a result means; success is status 0."""


def near(one: Array, other: Array, radius: float) -> bool:
    """Whether two points lie within a distance along every axis."""
    return bool(np.abs(one - other).max() <= radius)


@dataclass(frozen=True)
class Ended:
    """Where one of the independent starts of `minimize` ended.

    Attributes:
        x: Its best point, after the polish.
        fun: The value there; with noise that of the bowl where it is `fitted`, else its draw.
        measured: Its best point before.
        measured_fun: The value there; with constraints that of the augmented Lagrangian.
        maxcv: The largest violation of a constraint at `x`.
        num_windows: Anneals that it took.
        nfev: Evaluations that it took.
        fitted: Whether it is where the bowl through its values led, and not its best point.
    """

    x: tuple[float, ...]
    fun: float
    measured: tuple[float, ...]
    measured_fun: float
    maxcv: float
    num_windows: int
    nfev: int
    fitted: bool = False


@dataclass(frozen=True)
class Agreement:
    """Whether starts ended at one point.

    Args:
        space: The box.
        num_starts: How many there were to be.
        exact: Whether they were polished, without noise.
    """

    space: Space
    num_starts: int
    exact: bool

    @property
    def radius(self) -> float:
        """Distance along every axis, in units of the box, within which starts agree."""
        return _AGREE if self.exact else _AGREE_MEASURED

    def near(self, one: Array, other: Array) -> bool:
        """Whether two points in units of the box are as near as those that agree."""
        return near(one, other, self.radius)

    def count(self, ended: Sequence[Ended], x: Array) -> int:
        """Starts that ended at a point, each by itself.

        The bowls of all starts are one and the same: those that it led there are one, unless the
        windows of several, which share no point, had closed in on the region before.
        """
        there = self.ended_at(ended, x)
        led = self._led(there)
        return len(there) - len(led) + self._by_themselves(led)

    def _led(self, there: Sequence[Ended]) -> list[Ended]:
        """Of starts those that one bowl led; with noise each has one of its own."""
        return [one for one in there if one.fitted and self.exact]

    def _by_themselves(self, led: Sequence[Ended]) -> int:
        """Of starts that a bowl led to one point, one, or those whose windows closed in on it."""
        unit = self.space.unit
        closed = sum(near(unit(one.measured), unit(one.x), _AGREE_MEASURED) for one in led)
        return closed or min(len(led), 1)

    def ended_at(self, ended: Sequence[Ended], x: Array) -> list[Ended]:
        """The starts that ended at a point."""
        unit = self.space.unit(x)
        return [one for one in ended if self.near(self.space.unit(one.x), unit)]

    def verdict(self, result: scipy.optimize.OptimizeResult) -> tuple[int, str]:
        """A key of `STATUS`, 0, 1 or 8, and what more there is to say of a result."""
        agreeing = self.count(result.starts, result.x)
        scale = np.abs([one.fun for one in result.windows]).max()
        words = f" {agreeing} of {self.num_starts} ended within {self.radius:g} of the box of it."
        there = self.ended_at(result.starts, result.x)
        led, bowls = self._led(there), sum(one.fitted for one in there)
        if bowls and not self.exact:
            words += f" {bowls} at the bottom of a bowl through its values, in which ripples that"
            words += " are narrower than the bowl or lower than the noise average out."
        if len(led) > 1:
            words += f" {len(led)} were led there by a bowl through their values, and count as "
            words += f"{self._by_themselves(led)}: so many had measured their best point near it."
        same = [one for one in result.starts if abs(one.fun - result.fun) <= _EQUAL * scale]
        equal = len(same) - len(self.ended_at(same, result.x))
        if equal > 0:
            words += f" {equal} more ended at another point of the same value."
        status = 0 if agreeing >= _AGREEING else 8 if self.num_starts > 1 else 1
        if status == 0:
            words += " A well narrower than the points looked at is never seen."
        at = self.space.unit(result.x)
        if ((at < _EDGE) | (at > 1 - _EDGE)).any():
            words += " It lies at the edge of the box: without it the minimum may be elsewhere."
        return status, words


def plain(result: scipy.optimize.OptimizeResult) -> dict[str, Any]:
    """A result of `minimize` as plain JSON; what is not finite becomes None."""

    def simple(value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        if isinstance(value, Mapping):
            return {key: simple(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [simple(item) for item in value]
        if isinstance(value, np.ndarray | np.generic):
            return value.tolist()
        return value

    return dict(finite_json({key: simple(value) for key, value in result.items()}))
