"""What the baselines share: counting, the budget, the best point so far, the callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.problem.counted_function import Seed, call_back, read_search, seed_of
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import ObjectiveFailedError, bad_value, count

STATUS = {
    1: "The evaluations were used up.",
    2: "The objective is flat: all values are equal.",
    6: "The objective failed.",
    99: "The callback stopped the search.",
}
"""What the field `status` of a result means; 0 is success, in the words of the method."""


class BudgetUsedError(Exception):
    """All evaluations are used."""


class CountedSearch:
    """An objective in a box, of which every evaluation is counted and the best one kept.

    Args:
        fun: ``fun(x, *args)`` for x of shape (d,); or an `Objective`, a name, or a formula.
        bounds: ``(lower, upper)`` per variable, or `scipy.optimize.Bounds`; default those of an
            objective that has some.
        args: Further arguments of `fun`.
        maxfev: Evaluations after which the search ends; never one more.
        callback: As in `scipy.optimize`.
        seed: An integer or a Generator; default a fresh one.
    """

    def __init__(
        self,
        fun: Any,
        bounds: Any,
        args: Any,
        *,
        maxfev: int,
        callback: Callable[..., Any] | None,
        seed: Seed,
    ) -> None:
        self._box, box = read_search(fun, bounds, args)
        self.low, self.high = np.array(box, dtype=float).T
        self.width = self.high - self.low
        self.maxfev = count("maxfev", maxfev)
        self.seed = seed_of(seed)
        self.rng = np.random.default_rng(self.seed)
        self.nit = 0
        self.fun, self.x = np.inf, np.full(self.low.size, np.nan)
        self._callback = callback

    def point(self, start: ArrayLike | None) -> Array | None:
        """A first point that somebody gave, or None.

        Raises:
            ValueError: It has not one finite coordinate per variable, within the bounds.
        """
        if start is None:
            return None
        point = real_array("start", start)
        if point.shape != self.low.shape:
            must = f"be a point of {self.low.size} coordinates"
            raise bad_value("start", must, f"of shape {point.shape}")
        if not np.all((self.low <= point) & (point <= self.high)):
            must = "lie within the bounds"
            raise bad_value("start", must, point.tolist(), "Widen `bounds`.")
        return point

    @property
    def room(self) -> int:
        """Evaluations that are left."""
        return self.maxfev - self._box.nfev

    @property
    def dimensions(self) -> int:
        """Number of variables."""
        return int(self.low.size)

    def __call__(self, points: Array) -> Array:
        """Values at points of shape (count, d); walls are +inf.

        Raises:
            BudgetUsedError: There is not room for all of them; those there is room for count.
        """
        room = self.room
        values = self._box(points[:room]) if room > 0 else np.empty(0)
        if values.size and values.min() < self.fun:
            index = int(np.argmin(values))
            self.fun, self.x = float(values[index]), points[index].copy()
        if len(points) > room:
            raise BudgetUsedError
        return values

    def uniform(self, number: int) -> Array:
        """Random points of the box, shape (number, d)."""
        return self.rng.uniform(self.low, self.high, (number, self.dimensions))

    def iterated(self) -> None:
        """Count an iteration and call back, by the name of the parameter as SciPy does."""
        self.nit += 1
        if self._callback is not None and np.isfinite(self.fun):
            call_back(self._callback, self.result())

    def run(self, method: Callable[[], str]) -> scipy.optimize.OptimizeResult:
        """Run a method that returns the message of its success, to whatever end it comes.

        Raises:
            ObjectiveFailedError: The objective raised before anything was found.
            ValueError: The objective is finite nowhere.
        """
        status, message = 0, ""
        try:
            message = method()
        except BudgetUsedError:
            status = 1
        except StopIteration:
            status = 99
        except ObjectiveFailedError as error:
            if not np.isfinite(self.fun):
                raise
            status, message = 6, f" {error}"
        if not np.isfinite(self.fun):
            actual = f"NaN or infinite at all {self._box.nfev} points"
            raise bad_value("fun", "be finite somewhere", actual)
        if self._box.is_flat and status in (0, 1):
            status, message = 2, ""
        result = self.result()
        result.update(status=status, success=status == 0, message=STATUS.get(status, "") + message)
        return result

    def result(self) -> scipy.optimize.OptimizeResult:
        """What there is so far, without a verdict."""
        return scipy.optimize.OptimizeResult(
            x=self.x.copy(),
            fun=self.fun,
            success=False,
            nit=self.nit,
            nfev=self._box.nfev,
            seed=self.seed,
        )
