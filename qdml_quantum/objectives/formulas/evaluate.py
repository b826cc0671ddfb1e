"""Call a user's function on coordinates and refuse an answer that cannot be a potential."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.objectives.function import Function
from qdml_quantum.support.arrays import Array, real_array


def evaluate(
    function: Callable[..., object], dimensions: int, name: str, coordinates: Sequence[ArrayLike]
) -> Array:
    """Values of `function` at the coordinates: finite, float64, contiguous, a fresh array.

    Args:
        function: ``f(x1, ..., xd)``; called once, on copies of the coordinates.
        dimensions: Number of coordinates that `function` takes.
        name: How messages call the objective.
        coordinates: One real array per axis; they broadcast together.

    Raises:
        TypeError: Wrong number or type of coordinates, or the answer is not real numbers.
        ValueError: Wrong shape, not finite, or the function raised.

    >>> evaluate(lambda x: x**2, 1, "square", [[1, 2]])
    array([1., 4.])
    """
    arrays = _coordinates(dimensions, name, coordinates)
    try:
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError as error:
        shapes = ", ".join(str(a.shape) for a in arrays)
        raise ValueError(
            f"The coordinates of objective `{name}` must broadcast together, but have the shapes "
            f"{shapes}. Use arrays of one shape, or an open grid (numpy.ix_)."
        ) from error
    if not isinstance(function, Function):
        function = Function(function, dimensions, style="arrays", name=name)
    result = function(*arrays)
    finite = np.isfinite(result)
    if not finite.all():
        first = int(np.argmin(finite))  # the first False
        count = result.size - int(np.count_nonzero(finite))
        raise ValueError(
            f"Objective `{name}` must be finite, but is not at {count} of {result.size} point(s), "
            f"first {result.flat[first]} at {_point(arrays, shape, first)}. Choose bounds that "
            f"leave those points out, or change the objective there."
        )
    return result


def _coordinates(dimensions: int, name: str, coordinates: Sequence[ArrayLike]) -> list[Array]:
    if len(coordinates) != dimensions:
        raise TypeError(
            f"Objective `{name}` takes {dimensions} coordinate array(s), but got "
            f"{len(coordinates)}. Give one array per axis, not one array of points."
        )
    arrays = []
    for number, coordinate in enumerate(coordinates, 1):
        subject = f"Coordinate x{number} of objective `{name}`"
        arrays.append(real_array(subject, coordinate, finite=False))
    return arrays


def _point(arrays: list[Array], shape: tuple[int, ...], index: int) -> str:
    multi_index = np.unravel_index(index, shape) if shape else ()
    position = [float(np.broadcast_to(a, shape)[multi_index]) for a in arrays]
    if len(position) == 1:
        return f"x = {position[0]!r}"
    return f"({', '.join(f'x{k + 1}' for k in range(len(position)))}) = {tuple(position)!r}"
