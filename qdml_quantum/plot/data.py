"""The numbers that figures show: marginals, densities, contour levels. No matplotlib here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.problem.grid import Axis
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array


def project(array: ArrayLike, axes: Sequence[int], reduce: Callable[..., Any] = np.sum) -> Array:
    """Reduce an array on the grid to some of its axes, in the order given.

    >>> project([[1, 2], [3, 4]], [1]), project([[1, 2], [3, 4]], [0], np.min)
    (array([4., 6.]), array([1., 3.]))
    """
    full = np.asarray(array, dtype=float)
    others = tuple(i for i in range(full.ndim) if i not in axes)
    order = sorted(axes)
    reduced = reduce(full, axis=others) if others else full
    return np.asarray(np.transpose(reduced, [order.index(i) for i in axes]), dtype=float)


def density(
    probabilities: ArrayLike, axes: Sequence[Axis], max_points: int
) -> tuple[Array, list[Array]]:
    """Probability density ``p / (dx dy ...)`` and the positions along each axis.

    Where an axis has more than `max_points` points, neighbouring ones are joined into cells, so
    that the density still integrates to the sum of the probabilities.

    >>> values, (x,) = density([0.1, 0.1, 0.5, 0.3], [Axis(0, 8, 2)], max_points=2)
    >>> values.round(3), x
    (array([0.05, 0.2 ]), array([1., 5.]))
    """
    values = np.asarray(probabilities, dtype=float)
    positions = []
    for index, axis in enumerate(axes):
        factor = _factor(axis, max_points)
        shape = (*values.shape[:index], -1, factor, *values.shape[index + 1 :])
        values = values.reshape(shape).sum(axis=index + 1) / (factor * axis.spacing)
        positions.append(project(axis.points.reshape(-1, factor), [0], np.mean))
    return values, positions


def curve(problem: Problem, axis: int, max_points: int) -> tuple[Array, Array]:
    """Positions and zeta along one axis, zeta minimised over the others.

    A continuous objective of one variable is sampled between the grid points too. On a grid that
    is finer than a picture the smallest and the largest value of every cell are kept.

    >>> from qdml_quantum.problem.grid import Grid
    >>> x, zeta = curve(Problem(Grid([(-4, 4)], 3), "harmonic"), 0, 32)
    >>> x.size, float(zeta.min())
    (32, 0.0)
    """
    ruler = problem.grid.axes[axis]
    if problem.grid.dimensions == 1 and problem.objective.continuous:
        factor = max_points // ruler.size
        if factor > 1:
            x = np.linspace(ruler.lower, ruler.upper, ruler.size * factor, endpoint=False)
            with suppress(ValueError):  # no number somewhere between the grid points
                return x, project(np.broadcast_to(problem.objective(x), x.shape), [0])
    values = project(problem.values, [axis], np.min)
    factor = _factor(ruler, max_points // 2)
    if factor == 1:
        return ruler.points, values
    cells, positions = values.reshape(-1, factor), ruler.points.reshape(-1, factor)
    ranges = np.stack([cells.min(axis=1), cells.max(axis=1)], axis=1)
    falling = cells[:, 0] > cells[:, -1]
    ranges[falling] = ranges[falling, ::-1]
    return positions[:, [0, -1]].ravel(), ranges.ravel()


def surface(problem: Problem, axes: Sequence[int], max_points: int) -> tuple[Array, Array, Array]:
    """Positions along two axes and zeta there, zeta minimised over the other axes.

    >>> from qdml_quantum.problem.grid import Grid
    >>> x, y, zeta = surface(Problem(Grid([(-4, 4), (-2, 2)], 3), "sphere"), (0, 1), 16)
    >>> x.size, y.size, zeta.shape
    (16, 16, (16, 16))
    """
    rulers = [problem.grid.axes[i] for i in axes]
    if problem.grid.dimensions == 2 and problem.objective.continuous:
        part = np.arange(max_points) / max_points
        points = [ruler.lower + ruler.length * part for ruler in problem.grid.axes]
        mesh = np.meshgrid(*points, indexing="ij", sparse=True)
        with suppress(ValueError):
            values = np.broadcast_to(problem.objective(*mesh), (max_points, max_points))
            return points[axes[0]], points[axes[1]], project(values, axes)
    strides = [_factor(ruler, max_points) for ruler in rulers]
    values = project(problem.values, axes, np.min)[:: strides[0], :: strides[1]]
    x, y = (r.points[::step] for r, step in zip(rulers, strides, strict=True))
    return x, y, values


def to_the_edges(
    zeta: tuple[Array, Array, Array], extent: Sequence[tuple[float, float]]
) -> tuple[Array, Array, Array]:
    """A surface drawn on as it ends, to the edges of a picture: contours would stop short of them.

    Cells of a picture reach half a cell beyond their points.

    >>> x, y, z = to_the_edges((np.arange(2.0), np.arange(1.0), np.array([[1.0], [2.0]])),
    ...                        [(-0.5, 1.5), (-0.5, 0.5)])
    >>> x, z.tolist()
    (array([-0.5,  0. ,  1. ,  1.5]), [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [2.0, 2.0, 2.0]])
    """  # noqa: E501 - the answer of a doctest
    *positions, values = zeta
    pads = []
    for index, (low, high) in enumerate(extent):
        x = positions[index]
        before, after = int(low < x[0]), int(high > x[-1])
        pads.append((before, after))
        positions[index] = np.concatenate([[low] * before, x, [high] * after])
    return positions[0], positions[1], np.pad(values, pads, mode="edge")


def levels(values: ArrayLike, count: int = 9) -> list[float]:
    """Contour levels with equal areas between them; none where the values are all equal.

    >>> levels([0, 1, 2, 3, 4], 3), levels([1, 1])
    ([1.0, 2.0, 3.0], [])
    """
    flat = np.asarray(values, dtype=float).ravel()
    low, high = float(flat.min()), float(flat.max())
    cuts = np.quantile(flat, np.arange(1, count + 1) / (count + 1))
    tiny = 1e-9 * max(abs(low), abs(high))
    return [float(cut) for cut in np.unique(cuts) if low + tiny < cut < high - tiny]


def wells(zeta: ArrayLike) -> tuple[float, float]:
    """The range of zeta to show: three times the lower 60 %, so that walls do not hide the wells.

    >>> wells([0, 1, 2, 3, 4, 1000])
    (0.0, 9.0)
    """
    values = np.asarray(zeta, dtype=float)
    low, high = float(values.min()), float(values.max())
    middle = float(np.quantile(values, 0.6))
    return low, min(high, low + 3 * (middle - low)) if middle - low > 1e-3 * (high - low) else high


def level_holding(probabilities: ArrayLike, share: float) -> float:
    """A level above which the points hold `share` of all probability, between two of the values.

    >>> level_holding([0.125, 0.125, 0.5, 0.25], 0.75)
    0.1875
    """
    falling = np.sort(np.asarray(probabilities, dtype=float).ravel())[::-1]
    total = np.cumsum(falling)
    last = int(np.searchsorted(total, share * total[-1]))
    return float(falling[last : last + 2].mean())


def spread(total: int, most: int) -> list[int]:
    """Spread at most `most` indices evenly over ``0 ... total - 1``, with the first and the last.

    >>> spread(10, 4), spread(2, 8), spread(5, 1)
    ([0, 3, 6, 9], [0, 1], [4])
    """
    if most == 1:
        return [total - 1]
    return [int(i) for i in np.unique(np.linspace(0, total - 1, min(total, most)).round())]


def _factor(axis: Axis, max_points: int) -> int:
    """How many neighbouring points make one cell; a power of two."""
    factor = 1
    while axis.size // factor > max_points:
        factor *= 2
    return factor
