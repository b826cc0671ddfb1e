"""The objective of `minimize`: any function of a point, called with care and counted."""

from __future__ import annotations

import inspect
import multiprocessing
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeVar, cast

import numpy as np
import scipy

from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.objectives.coerce import is_sympy
from qdml_quantum.objectives.function import Function, takes
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import ObjectiveFailedError, argument, bad_type, bad_value, count

Values = Array
Search = TypeVar("Search", bound=Callable[..., Any])
Seed = int | np.random.Generator | np.random.RandomState | None
Box = tuple[tuple[float, float], ...]
"""``(lower, upper)`` of every variable."""
Workers = int | Callable[..., Any]
"""Processes, or a map, as `workers` of SciPy."""


class CountedFunction:
    """``values = box(points)``, points of shape (count, d).

    NaN and +inf become +inf: walls, never a minimum. -inf is refused, since nothing is below it.

    Args:
        fun: An `Objective`, or a `Function`, which is asked for one point at a time unless its
            style was given.
        workers: Processes that share the points, while the box is entered as a context; -1 for all
            processors; or a map.

    Attributes:
        nfev: Points that the function was asked for, those that tell how it is called included.
        walls: Points where the answer was no finite number.

    >>> box = CountedFunction(Function(lambda x: x[0] ** 2, 1))
    >>> box(np.array([[1.0], [3.0]])), box.nfev
    (array([1., 9.]), 3)
    """

    def __init__(self, fun: Function | Objective, workers: Workers = 1) -> None:
        self._fun = fun
        self._workers = workers
        self._map: Callable[..., Any] = workers if callable(workers) else map
        self._pool: Any = None
        self.nfev = self.walls = 0
        self._span = (np.inf, -np.inf)

    def __enter__(self) -> CountedFunction:
        if not callable(self._workers) and self._workers != 1:
            try:
                ForkingPickler.dumps(self._fun)
            except Exception as error:
                must = "be 1 for a function that no process can be sent"
                remedy = "Define it at the top of a module, by `def`."
                raise bad_value("workers", must, f"{self._workers} ({error})", remedy) from error
            number = os.cpu_count() if self._workers == -1 else self._workers
            self._pool = multiprocessing.get_context().Pool(number)
            self._map = self._pool.map
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool, self._map = None, map

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
        try:
            values = self._values(points)
        except ObjectiveFailedError:
            raise
        except (TypeError, ValueError) as error:
            raise ObjectiveFailedError(
                f"Argument `fun` must answer with numbers. {error}"
            ) from error
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

    def _values(self, points: Values) -> Values:
        fun = self._fun
        function = fun.function if isinstance(fun, Objective) else fun
        before = getattr(function, "calls", -len(points))
        try:
            if isinstance(fun, Function) and not fun.asked:
                return fun.each(points, self._map)
            with np.errstate(all="ignore"):
                answer = function(*points.T.copy())
        finally:
            self.nfev += getattr(function, "calls", 0) - before
        return np.array(np.broadcast_to(np.asarray(answer), points.shape[:1]), dtype=float)


def read_search(
    fun: Any, bounds: Any, args: Any, workers: Workers = 1
) -> tuple[CountedFunction, Box]:
    """The objective of a search, and the box it is searched in, as `minimize` takes them.

    Raises:
        TypeError: The objective is no function, `Objective`, name or formula.
        ValueError: It is a table, there are no bounds, or a variable is fixed.
    """
    pairs = None if bounds is None else as_bounds(bounds)
    if isinstance(fun, str | Objective) or is_sympy(fun):
        fun = as_objective(fun, None if pairs is None else len(pairs), args=args)
        if not fun.continuous:
            must, actual = "be known between its points", f"the table `{fun.name}`"
            raise bad_value("fun", must, actual, "Use `anneal` on its grid.")
        pairs = fun.bounds if pairs is None else pairs
    elif not callable(fun):
        must = "be a function of a point, an Objective, a name or a formula"
        raise bad_type("fun", must, fun, "Write lambda x: (x**2).sum().")
    if pairs is None:
        must = "be one (lower, upper) pair per variable"
        raise bad_value("bounds", must, "missing", "Write [(-5, 5), (-5, 5)].")
    for index, (low, high) in enumerate(pairs):
        if low == high:
            remedy = f"Put it in yourself: lambda x: fun(np.insert(x, {index}, {low}))."
            must, actual = "leave out a variable that is fixed", f"{(low, high)} for x[{index}]"
            raise bad_value("bounds", must, actual, remedy)
    box = Grid(pairs, 1).bounds
    if not isinstance(fun, Objective):
        label = getattr(fun, "__name__", type(fun).__name__)
        fun = Function(fun, len(box), args, name=label, as_scipy=True)
    elif isinstance(fun.function, Function):
        fun = fun.function  # One point at a time: then no evaluation is one too many.
    if not callable(workers) and workers != -1:
        count("workers", workers)
    return CountedFunction(fun, workers), box


def seed_of(seed: Any) -> int:
    """A whole number that is a seed, from what SciPy takes; fresh where there is nothing.

    Args:
        seed: An integer, or a `numpy.random.Generator` or its like, of which one number is drawn.

    Raises:
        TypeError: It is neither.
        ValueError: It is negative.

    >>> seed_of(7), seed_of(np.random.default_rng(1)) == seed_of(np.random.default_rng(1))
    (7, True)
    """
    if seed is None:
        return secrets.randbelow(2**31)
    if hasattr(seed, "randint"):  # the legacy RandomState
        return int(seed.randint(2**31))
    if isinstance(seed, np.random.Generator | np.random.BitGenerator | np.random.SeedSequence):
        return int(np.random.default_rng(seed).integers(2**31))
    return count("seed", seed, least=0)


def rng_is_seed(search: Search) -> Search:
    """Let a search take `rng`, the newer name of SciPy for `seed`, and say what it has not.

    >>> rng_is_seed(lambda seed=None: seed)(rng=3)
    3
    """

    @wraps(search)
    def wrapped(*given: Any, rng: Any = None, **options: Any) -> Any:
        if "vectorized" in options:
            remedy = 'Write as_objective(fun, d, style="columns").'
            raise bad_type("vectorized", "be said by the objective", options["vectorized"], remedy)
        if rng is not None:
            if options.get("seed") is not None:
                raise bad_value("rng", "be left out where `seed` is given", rng)
            options["seed"] = rng
        return search(*given, **options)

    return cast("Search", wrapped)


def call_back(callback: Callable[..., Any], intermediate: scipy.optimize.OptimizeResult) -> None:
    """Call as SciPy does, by the names of the parameters.

    ``callback(intermediate_result=...)``, ``callback(x, convergence=...)`` as of
    `differential_evolution`, with the field `agreement` where there is one, or ``callback(x)``.

    Raises:
        StopIteration: The callback raised it, or answered True.

    >>> call_back(print, scipy.optimize.OptimizeResult(x=1.0))
    1.0
    """
    names: Mapping[str, object] = {}
    with suppress(TypeError, ValueError):  # Some built-in functions have no signature.
        names = inspect.signature(callback).parameters
    if "intermediate_result" in names:
        stop = callback(intermediate_result=intermediate)
    elif "convergence" in names:
        stop = callback(intermediate.x, convergence=intermediate.get("agreement", 0.0))
    elif takes(callback, 1):
        stop = callback(intermediate.x)
    else:
        must = "take x, x and convergence, or intermediate_result"
        remedy = "Write def callback(intermediate_result): ..."
        raise bad_type("callback", must, f"{list(names)}", remedy)
    if isinstance(stop, bool | np.bool_) and stop:
        raise StopIteration
