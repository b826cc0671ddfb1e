"""The objective of `minimize`: any function of a point, called with care and counted."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, OptimizeResult

from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.support.messages import ObjectiveFailedError, argument

Values = NDArray[np.float64]
Box = tuple[tuple[float, float], ...]
"""``(lower, upper)`` of every variable."""


class CountedFunction:
    """``values = box(points)``, points of shape (count, d).

    NaN and +inf become +inf: walls, never a minimum. -inf is refused, since nothing is below it.

    Args:
        fun: ``fun(x, *args)`` for x of shape (d,), as in SciPy; with `vectorized` for x of shape
            (d, count); or an `Objective`.
        args: Further arguments.
        vectorized: Whether `fun` takes many points at once.

    Attributes:
        nfev: Points asked for.
        walls: Points where the answer was no finite number.

    >>> box = CountedFunction(lambda x: x[0] ** 2, (), vectorized=False)
    >>> box(np.array([[1.0], [3.0]])), box.nfev
    (array([1., 9.]), 2)
    """

    def __init__(
        self, fun: Callable[..., Any] | Objective, args: Sequence[Any], *, vectorized: bool
    ) -> None:
        self._fun, self._args, self._vectorized = fun, tuple(args), vectorized
        self.nfev = self.walls = 0
        self._span = (np.inf, -np.inf)

    @property
    def is_flat(self) -> bool:
        """Whether the finite answers had one value only, so far."""
        return self._span[0] == self._span[1]

    def __call__(self, points: Values) -> Values:
        """Values at points, with walls as +inf.

        Raises:
            ObjectiveFailedError: The objective raised, or answered with something else than one
                real number per point, or with -inf.
        """
        if isinstance(self._fun, Objective):
            function = self._fun.function
            with np.errstate(all="ignore"):
                answer = self._guarded(lambda x: function(*x), points.T.copy())
            answer = np.broadcast_to(np.asarray(answer), points.shape[:1])
        elif self._vectorized:
            answer = self._guarded(self._fun, points.T.copy())
        else:
            answer = [_single(self._guarded(self._fun, point.copy())) for point in points]
        values = _real(answer, len(points))
        if np.isneginf(values).any():
            where = points[np.isneginf(values)][0].tolist()
            raise ObjectiveFailedError(
                argument("fun", "be bounded below", f"-inf at x = {where}", "Shrink the box.")
            )
        finite = np.isfinite(values)
        self.walls += int((~finite).sum())
        low, high = self._span
        self._span = (
            float(values.min(where=finite, initial=low)),
            float(values.max(where=finite, initial=high)),
        )
        return np.where(finite, values, np.inf)

    def _guarded(self, fun: Callable[..., Any], x: Values) -> Any:
        self.nfev += 1 if x.ndim == 1 else x.shape[1]
        try:
            return fun(x, *self._args)
        except Exception as error:
            where = f"x = {x.tolist()}" if x.ndim == 1 else f"{x.shape[1]} points"
            kind = type(error).__name__
            raise ObjectiveFailedError(
                f"The objective raised {kind} at {where}: {error}"
            ) from error


def read_search(
    fun: Any, bounds: Any, args: Sequence[Any], *, vectorized: bool
) -> tuple[CountedFunction, Box]:
    """The objective of a search, and the box it is searched in, as `minimize` takes them.

    Raises:
        TypeError: The objective is no function, `Objective`, name or formula.
        ValueError: It is a table, or there are no bounds.
    """
    pairs = None if bounds is None else as_bounds(pairs_of(bounds))
    if isinstance(fun, str | Objective):
        fun = as_objective(fun, None if pairs is None else len(pairs))
        if not fun.continuous:
            must, actual = "be known between its points", f"the table `{fun.name}`"
            raise ValueError(argument("fun", must, actual, "Use `anneal` on its grid."))
        pairs = fun.bounds if pairs is None else pairs
    elif not callable(fun):
        must = "be a function of a point, an Objective, a name or a formula"
        raise TypeError(argument("fun", must, fun, "Write lambda x: (x**2).sum()."))
    if pairs is None:
        must = "be one (lower, upper) pair per variable"
        raise ValueError(argument("bounds", must, "missing", "Write [(-5, 5), (-5, 5)]."))
    return CountedFunction(fun, args, vectorized=vectorized), Grid(pairs, 1).bounds


def pairs_of(bounds: Any) -> Any:
    """Pairs of `scipy.optimize.Bounds`; anything else as it is."""
    if isinstance(bounds, Bounds):
        return list(zip(*np.broadcast_arrays(bounds.lb, bounds.ub), strict=True))
    return bounds


def call_back(callback: Callable[..., Any], intermediate: OptimizeResult) -> None:
    """Call as SciPy does: by the name of the parameter.

    >>> call_back(print, OptimizeResult(x=1.0))
    1.0
    """
    if "intermediate_result" in inspect.signature(callback).parameters:
        callback(intermediate_result=intermediate)
    else:
        callback(intermediate.x)


def _single(answer: Any) -> Any:
    """One number, also where it came as an array of one element."""
    if isinstance(answer, np.ndarray) and answer.size == 1:
        return answer.item()
    if not np.isscalar(answer):
        shown = f"of shape {answer.shape}" if isinstance(answer, np.ndarray) else repr(answer)
        remedy = "A function of many points at once needs vectorized=True."
        raise ObjectiveFailedError(argument("fun", "return one number for a point", shown, remedy))
    return answer


def _real(answer: Any, size: int) -> Values:
    try:
        values = np.asarray(answer)
    except ValueError:
        values = np.empty(0, dtype=object)
    if values.dtype.kind not in "fiub":
        shown = repr(answer[0] if isinstance(answer, list) else answer)
        raise ObjectiveFailedError(argument("fun", "return real numbers", shown))
    if values.shape != (size,):
        must = f"return {size} values for {size} points"
        remedy = "A function of one point at a time needs vectorized=False."
        raise ObjectiveFailedError(argument("fun", must, f"of shape {values.shape}", remedy))
    return values.astype(float)
