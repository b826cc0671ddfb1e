"""One reader of functions: what people write becomes ``function(x1, ..., xd)`` on arrays.

Which of the ways of `STYLES` a function is written in is found out at the first points that it is
asked for. One point at a time is the truth. Many points at once are asked for only where the
answers at permuted and repeated points agreed with it, and every such answer is tested again.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import (
    ObjectiveFailedError,
    OffTableError,
    TooLargeError,
    argument,
    unknown,
)

STYLES = {
    "arrays": "f({names}) on arrays that broadcast together",
    "scalars": "f({names}) on numbers, one point at a time",
    "vector": "f(x) on one point of shape (d,), as in scipy.optimize",
    "columns": "f(x) on many points of shape (d, count)",
    "rows": "f(x) on many points of shape (count, d)",
}
"""Ways to write a function of a point."""

_SPREAD, _POINT = ("scalars", "arrays"), ("vector", "columns", "rows")
_SINGLY = ("scalars", "vector")
# Points that the ways are tried at, and how they are permuted and repeated in a batch: a wrong way
# would have to agree with the truth at all of them. Seven or eight are never the dimension.
_TRIALS, _ORDER = 6, (3, 0, 5, 1, 1, 4, 2, 0)
# From so many points on they are asked for at once; the answer is then tested again at the lowest,
# the highest and one more point, a small part of the work.
_FEWEST = 32
# Agreement: in units of the spread of the true answers, and of rounding.
_CLOSE, _ROUNDING = 1e-6, 64
WARN_CALLS, MOST_CALLS = 1 << 16, 1 << 22
"""Calls of one point each for one answer: a warning, and a refusal (a minute at 15 us each)."""


class Function:
    """A function as it was written, called on coordinates: ``function(x1, ..., xd)``.

    Args:
        function: Written in one of `STYLES`.
        dimensions: d.
        args: Further arguments of the function; what is no tuple is one argument, as in SciPy.
        style: A key of `STYLES`; default found out.
        name: For messages.
        as_scipy: Whether a function that answers for a vector is not tried on numbers.

    Attributes:
        style: A key of `STYLES`: how many points are asked for; None until it is known.
        asked: Whether the style was given.
        calls: Points that the function was asked for, those that test a way included.

    Raises:
        ValueError: An unknown style, or a signature that takes neither d numbers nor one vector.

    >>> parabola = Function(lambda x: (x[0] - 1) ** 2, 1)
    >>> parabola(np.arange(4.0)), parabola(np.arange(40.0))[-1]
    (array([1., 0., 1., 4.]), np.float64(1444.0))
    >>> parabola.style
    'columns'
    """

    def __init__(
        self,
        function: Callable[..., Any],
        dimensions: int,
        args: Any = (),
        style: str | None = None,
        *,
        name: str = "objective",
        as_scipy: bool = False,
    ) -> None:
        if style is not None and style not in STYLES:
            raise ValueError(unknown("style", style, STYLES))
        self.function, self.dimensions, self.name = function, dimensions, name
        self.args = args if isinstance(args, tuple) else (args,)
        self.style, self.asked, self._as_scipy = style, style is not None, as_scipy
        self.calls = 0
        self._single = style if style in _SINGLY else None  # how one point is asked for
        self._ways = self._possible() if style is None else (style,)
        self._many = style is not None and style not in _SINGLY

    def _possible(self) -> tuple[str, ...]:
        spread, point = (
            ways if takes(self.function, count + len(self.args)) else ()
            for ways, count in ((_SPREAD, self.dimensions), (_POINT, 1))
        )
        if not spread + point:
            label, names = self.name, self._names()
            raise ValueError(
                f"The function `{label}` must take {self.dimensions} coordinate(s) {names}, or one "
                f"vector x, but its signature is {label}{inspect.signature(self.function)}. Write "
                f"{label}({names}) or {label}(x), and give `args` for what follows."
            )
        return point + spread if self._as_scipy else spread + point

    def on_numbers(self) -> Function:
        """The same, but never called with a vector: where nobody said how many there are."""
        self._ways = tuple(way for way in self._ways if way in _SPREAD)
        return self

    def _names(self) -> str:
        return ", ".join(f"x{k}" for k in range(1, self.dimensions + 1))

    def __call__(self, *coordinates: Any) -> Array:
        """Values at coordinates that broadcast together; they need not be finite.

        Raises:
            ObjectiveFailedError: The function raised.
            TypeError: It answered with something else than real numbers.
            ValueError: It has not one answer per point, or the ways to call it disagree.
        """
        arrays = [np.asarray(c, dtype=float) for c in coordinates]
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        size = math.prod(shape)
        if self.style is None and size >= _FEWEST:
            self._read(_points(arrays, shape, _some(size)))
        if self._many and size and self.asked:
            return self._at_once(arrays, shape)
        if self._many and size >= _FEWEST:
            with suppress(ObjectiveFailedError, TypeError, ValueError):
                values = self._at_once(arrays, shape)
                finite = np.isfinite(values)
                low = int(np.argmin(np.where(finite, values, np.inf)))
                high = int(np.argmax(np.where(finite, values, -np.inf)))
                where = np.array([low, high, _some(size)[-1]])
                if _agree(values.flat[where], self.each(_points(arrays, shape, where))):
                    return values
            self.style, self._many = self._single, False
        return self.each(_points(arrays, shape)).reshape(shape)

    def _at(self, point: Array) -> float:
        """The value at one point of shape (d,)."""
        assert self._single is not None
        try:
            return self._number(self._single, point)
        except (ObjectiveFailedError, TypeError, ValueError):
            others = {"scalars": "vector", "vector": "scalars"}  # The same call, where d is 1.
            other = others.get(self._single)
            if self.dimensions > 1 or other not in self._ways:
                raise
            with suppress(ObjectiveFailedError, TypeError, ValueError):
                value = self._number(other, point)
                self._single = other
                self.style = self.style and other
                return value
            raise

    def _read(self, points: Array) -> None:
        """Find the way that answers at many points as it does at each of them."""
        truth = self.each(points)
        if len(np.unique(points, axis=0)) <= len(points) // 2:
            return  # Too few different points to tell.
        order = np.array(_ORDER[: 7 + (self.dimensions == 7)]) % len(points)
        ways = [way for way in self._ways if way not in _SINGLY]
        for self.style in ways:
            try:
                answer = self._batch(points[order])
            except (ObjectiveFailedError, TypeError, ValueError):
                continue
            self._many = answer.shape == order.shape and _agree(answer, truth[order])
            if self._many:
                return
        self.style = self._single

    def _decided(self, points: Array) -> Array:
        """The truth at points, answered in all ways to ask for one of them, which must agree."""
        answered: dict[str, Array] = {}
        failures: dict[str, Exception] = {}
        for family in dict.fromkeys(_SPREAD if way in _SPREAD else _POINT for way in self._ways):
            ways = [way for way in family if way in self._ways]
            if self.dimensions == 1 and "vector" in self._ways and "scalars" in ways:
                ways.remove("arrays")  # An array of one is a vector.
            for way in ways:
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")  # Numbers of arrays of one are deprecated.
                        answered[way] = np.array([self._number(way, point) for point in points])
                except (ObjectiveFailedError, TypeError, ValueError) as error:
                    failures[way] = error
                    continue
                break
            if answered and self._as_scipy:
                break
        if not answered:
            raise self._failure(failures)
        (way, truth), *others = answered.items()
        for other, answers in others:
            if not _agree(answers, truth) and self._number(way, points[0]) == truth[0]:
                raise ValueError(
                    f"Function `{self.name}` can be called in two ways that disagree: at "
                    f"{_shown(points[0])} it answers {truth[0]} as {way!r} and {answers[0]} as "
                    f"{other!r}. Say which one is meant: as_objective(f, {self.dimensions}, "
                    f"style={way!r})."
                )
        if len(points) >= _TRIALS or not others:
            self._single = way
        return truth

    def _failure(self, failures: dict[str, Exception]) -> Exception:
        """What to say where no way gives a number: wrong answers tell more than failed calls."""
        wrong = [e for e in failures.values() if not isinstance(e, ObjectiveFailedError)]
        first = next(iter(wrong or failures.values()))
        if wrong or len({str(error) for error in failures.values()}) == 1:
            return first
        kinds = " ".join(f"As {way!r}: {error}" for way, error in failures.items())
        more = " If it has more dimensions than one, say so, as in as_objective(f, 2)."
        remedy = more if self.dimensions == 1 else ""
        told = ObjectiveFailedError(f"{kinds}{remedy}")
        told.__cause__ = first.__cause__
        return told

    def _at_once(self, arrays: list[Array], shape: tuple[int, ...]) -> Array:
        """Answers of a way that takes many points."""
        if self.style != "arrays":
            values = self._batch(_points(arrays, shape))
            self._require(values.shape, (math.prod(shape),))
            return values.reshape(shape)
        self.calls += math.prod(shape)
        try:
            answer = self._real(self._call(*(a.copy() for a in arrays)))
        except (ObjectiveFailedError, TypeError, ValueError):
            if all(a.shape == shape for a in arrays):
                raise
            answer = np.empty((0,) * len(shape))  # An open grid is not for every function.
        if not (self.asked and answer.ndim == 0) and not _fits(answer.shape, shape):
            dense = [np.array(np.broadcast_to(a, shape)) for a in arrays]
            answer = self._real(self._call(*dense))
            self._require(answer.shape, shape)
        return np.array(np.broadcast_to(answer, shape), order="C")

    def each(self, points: Array, mapper: Callable[..., Any] = map) -> Array:
        """The truth, asked for one point at a time: shape (count,), for points of shape (count, d).

        The first points are asked for in all ways that there are, until one is settled on.

        Args:
            points: Where.
            mapper: Like `map`; what it calls may run in other processes.
        """
        if len(points) > MOST_CALLS:
            remedy = "Write it with NumPy functions on arrays, or use fewer qubits."
            must = f"answer for many points at once where there are more than {MOST_CALLS}"
            raise TooLargeError(argument("objective", must, f"read as {self._single}", remedy))
        if len(points) > WARN_CALLS:
            warnings.warn(
                f"Objective `{self.name}` answers one point at a time and is called {len(points)} "
                "times. Write it with NumPy functions on arrays to have it fast.",
                stacklevel=2,
            )
        tried = (1 if self._as_scipy else _TRIALS) if self._single is None else 0
        truth = self._decided(points[:tried]) if len(points[:tried]) else ()
        before, rest = self.calls, points[len(truth) :]
        answers = [*truth, *mapper(self._at, rest)]
        if mapper is not map:  # Other processes count in copies of theirs.
            self.calls = before + len(rest)
        return np.array(answers)

    def _number(self, way: str, point: Array) -> float:
        """The answer to one point, which must be one number."""
        self.calls += 1
        if way == "scalars":
            answer = self._call(*point)
        elif way == "vector":
            answer = self._call(point.copy())
        elif way == "arrays":
            answer = self._call(*point[:, None].copy())
        else:
            answer = self._call(point[:, None].copy() if way == "columns" else point[None].copy())
        if type(answer) in (float, np.float64):
            return float(answer)
        values = self._real(answer)
        if values.size != 1:
            raise ValueError(
                f"{self._subject} must be one number for a point, but is of shape {values.shape}."
            )
        return float(values.item())

    def _batch(self, points: Array) -> Array:
        """What is answered to points of shape (count, d) at once."""
        self.calls += len(points)
        if self.style == "arrays":
            return self._real(self._call(*points.T.copy()))
        return self._real(self._call(points.T.copy() if self.style == "columns" else points.copy()))

    def _real(self, answer: object) -> Array:
        if answer is None:
            raise TypeError(f"{self._subject} is None. Add a `return` to the function.")
        return real_array(self._subject, answer, finite=False)

    def _require(self, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        if shape != wanted:
            called = STYLES[str(self.style)].format(names=self._names())
            remedy = " Use only elementwise operations." if self.style == "arrays" else ""
            raise ValueError(
                f"Objective `{self.name}` must answer with one value per point, shape {wanted}, "
                f"but answered with shape {shape}. It was called as {self.style!r}: {called}."
                f"{remedy}"
            )

    @property
    def _subject(self) -> str:
        return f"The answer of objective `{self.name}`"

    def _call(self, *given: Any) -> Any:
        try:
            with nullcontext() if self._as_scipy else np.errstate(all="ignore"):
                return self.function(*given, *self.args)
        except (OffTableError, MemoryError):
            raise
        except Exception as error:
            many = np.broadcast(*given).size // (self.dimensions if len(given) == 1 else 1)
            where = _shown(np.ravel(given)) if many <= 1 else f"{many} points"
            told, remedy = str(error).rstrip(".") or "no reason given", ""
            if self.asked and self.style == "arrays" and many > 1:
                shape = np.broadcast_shapes(*map(np.shape, given))
                first = _shown(np.array([values.flat[0] for values in given]))
                where += f", in arrays that broadcast to shape {shape}, first point {first}"
                remedy = " It must work on whole arrays; leave `style` out to have it found out."
            raise ObjectiveFailedError(
                f"Objective `{self.name}` raised {type(error).__name__} at {where}: {told}.{remedy}"
            ) from error


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether so many positional arguments can be given; True where nobody can say.

    >>> takes(lambda x, y=0: x, 2), takes(lambda x: x, 2)
    (True, False)
    """
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _points(arrays: Sequence[Array], shape: tuple[int, ...], flat: Any = None) -> Array:
    """Points of shape (count, d): all of them in C order, or those of some flat indices."""
    whole = [np.broadcast_to(array, shape) for array in arrays]
    if flat is None:
        return np.stack([column.ravel() for column in whole], axis=1)
    index = np.unravel_index(flat, shape)
    return np.stack([column[index] for column in whole], axis=1)


def _fits(small: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return len(small) == len(shape) and all(a in (1, b) for a, b in zip(small, shape, strict=True))


def _some(size: int) -> NDArray[np.int64]:
    """A few flat indices, always the same of one size, different where there are few."""
    rng = np.random.default_rng(size)
    return rng.permutation(size)[:_TRIALS] if size < 4096 else rng.integers(size, size=_TRIALS)


def _agree(answers: Array, truth: Array) -> bool:
    finite = np.isfinite(truth)
    if not np.array_equal(np.isfinite(answers), finite):
        return False
    seen = truth[finite]
    if not seen.size:
        return True
    room = _CLOSE * np.ptp(seen) + _ROUNDING * np.finfo(float).eps * np.abs(seen).max()
    return bool((np.abs(answers[finite] - seen) <= room).all())


def _shown(point: Array) -> str:
    return f"x = {point.tolist() if point.size > 1 else float(point.item())}"
