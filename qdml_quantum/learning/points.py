"""Tables of points: what is checked before anything is computed."""

from __future__ import annotations

from numpy.typing import ArrayLike

from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value

Points = Array
"""One point per row, shape ``(num_points, dimensions)``."""


def points_of(name: str, values: ArrayLike, *, least: int = 1) -> Points:
    """A finite table of the shape ``(num_points, dimensions)``, as floats.

    Args:
        name: Of the argument, for messages.
        values: Numbers; one point per row.
        least: Fewest rows.

    Raises:
        TypeError: Not numbers.
        ValueError: Another shape, too few rows, NaN or infinity.

    >>> points_of("data", [[0, 1], [2, 3]]).shape
    (2, 2)
    """
    points = real_array(name, values, "Remove these rows or fill them in.")
    if points.ndim != 2 or points.shape[1] < 1:
        must = "have the shape (num_points, dimensions)"
        remedy = "Give one point per row, an image as one row of pixels."
        raise bad_value(name, must, f"of shape {points.shape}", remedy)
    if len(points) < least:
        remedy = "Give more data."
        raise bad_value(name, f"have at least {least} rows", f"of {len(points)}", remedy)
    return points


def same_width(name: str, values: Points, dimensions: int) -> None:
    """Refuse points of another dimension than the model or the other set has."""
    if values.shape[1] != dimensions:
        raise bad_value(name, f"have {dimensions} columns", f"of shape {values.shape}")
