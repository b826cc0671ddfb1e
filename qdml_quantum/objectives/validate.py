"""What every objective asks of its arguments: dimensions, bounds and points."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable

from qdml_quantum.support.messages import as_float, bad_type, bad_value

Bounds = tuple[tuple[float, float], ...]
Points = tuple[tuple[float, ...], ...]

MOST_DIMENSIONS = 10_000
"""More than any search or grid here has use for; what has one entry for each must fit in memory."""


def checked_dimensions(value: object) -> int:
    """The number of dimensions as a plain integer from 1 to `MOST_DIMENSIONS`.

    >>> checked_dimensions(2)
    2
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise bad_type("dimensions", "be an integer", value, "Write dimensions=2.")
    if value < 1:
        raise bad_value("dimensions", "be at least 1", int(value), "Use 1, 2 or 3.")
    if int(value) > MOST_DIMENSIONS:
        given = f"{min(int(value), 10**300):.3g}"
        raise bad_value("dimensions", f"be at most {MOST_DIMENSIONS:,}", given, "Use 1, 2 or 3.")
    return int(value)


def checked_bounds(bounds: object, dimensions: int) -> Bounds:
    """The box as one (lower, upper) pair of floats per axis.

    Raises:
        TypeError: `bounds` is not a sequence of pairs of numbers.
        ValueError: The count is wrong, a bound is not finite, or lower >= upper.

    >>> checked_bounds([(-4, 4)], 1)
    ((-4.0, 4.0),)
    """
    example = "Write bounds=[" + ", ".join(["(-4, 4)"] * min(dimensions, 3)) + "]."
    pairs = [_numbers("bounds", pair, example) for pair in _items("bounds", bounds, example)]
    if len(pairs) != dimensions:
        must = f"hold one (lower, upper) pair per axis, here {dimensions}"
        raise bad_value("bounds", must, f"{len(pairs)}", example)
    for pair in pairs:
        if len(pair) != 2:
            raise bad_value("bounds", "hold (lower, upper) pairs", pair, example)
        if not all(map(math.isfinite, pair)) or not math.isfinite(pair[1] - pair[0]):
            raise bad_value("bounds", "be finite", pair, example)
        if not pair[0] < pair[1]:
            raise bad_value("bounds", "have lower < upper", pair, "Swap the two ends.")
    return tuple((pair[0], pair[1]) for pair in pairs)


def checked_points(points: object, dimensions: int) -> Points:
    """The minimizers as tuples of floats, each with one finite coordinate per axis.

    >>> checked_points([(1, -1)], 2)
    ((1.0, -1.0),)
    """
    example = "Write minimizers=[(" + "0.0, " * min(dimensions, 3) + ")] or leave it out."
    minimizers = [_numbers("minimizers", p, example) for p in _items("minimizers", points, example)]
    for point in minimizers:
        if len(point) != dimensions:
            must = f"hold points with {dimensions} coordinate(s) each"
            raise bad_value("minimizers", must, point, example)
        if not all(map(math.isfinite, point)):
            raise bad_value("minimizers", "be finite", point, example)
    return tuple(minimizers)


def _items(name: str, value: object, example: str) -> list[object]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise bad_type(name, "be a sequence with one entry per axis", value, example)
    return list(value)


def _numbers(name: str, value: object, example: str) -> tuple[float, ...]:
    if isinstance(value, Iterable) and not isinstance(value, str):
        entries = list(value)
        if all(isinstance(e, numbers.Real) and not isinstance(e, bool) for e in entries):
            return tuple(map(as_float, entries))
    raise bad_type(name, "hold tuples of numbers", value, example)
