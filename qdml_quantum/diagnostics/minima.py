"""Where the minimum is: known, or found classically, so that success can be measured."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize as scipy_minimize

from qdml_quantum.problem.problem import Problem

Points = tuple[tuple[float, ...], ...]


def find_minimizers(problem: Problem) -> tuple[Points, bool]:
    """Global minimizers inside the box, and whether they are known rather than searched.

    Known minimizers of the objective are used where they lie in the box. Otherwise the lowest grid
    points are polished with bounded L-BFGS-B (a table keeps its lowest grid points): a
    classical search that can miss a minimum, and is reported as such.

    >>> from qdml_quantum.problem.grid import Grid
    >>> find_minimizers(Problem(Grid([(-4, 4)], 6), "harmonic"))
    (((0.0,),), True)
    >>> points, known = find_minimizers(Problem(Grid([(-3, 3)], 6), "x**4 - 3*x**2 + x"))
    >>> round(points[0][0], 4), known
    (-1.3008, False)
    """
    inside = tuple(
        tuple(float(x) for x in point)
        for point in problem.objective.minimizers
        if _in_box(problem, point)
    )
    if inside and _lowest_there(problem, inside):
        return inside, True
    lowest = np.argsort(problem.values, axis=None, kind="stable")
    if not problem.objective.continuous:
        ties = np.flatnonzero(problem.values.ravel() == problem.values.min())
        return tuple(_point(problem, int(i)) for i in ties[:16]), True
    starts = [_point(problem, int(i)) for i in lowest[: 8 * problem.grid.dimensions]]
    found = sorted((_polish(problem, start) for start in starts), key=lambda pair: pair[0])
    return _distinct(problem, found), False


def _lowest_there(problem: Problem, points: Points) -> bool:
    """Whether no grid point lies below the known minima (a box may cut the true one off)."""
    value = float(min(problem.objective(*point) for point in points))
    low, high = problem.span
    return value <= low + 1e-9 * max(1.0, high - low)


def _in_box(problem: Problem, point: tuple[float, ...]) -> bool:
    return all(a.lower <= x <= a.upper for a, x in zip(problem.grid.axes, point, strict=True))


def _point(problem: Problem, flat: int) -> tuple[float, ...]:
    index = [int(i) for i in np.unravel_index(flat, problem.grid.shape)]
    return problem.grid.position(index)


def _polish(problem: Problem, start: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
    def value(x: np.ndarray) -> float:
        return float(problem.objective(*x))

    found = scipy_minimize(value, start, bounds=problem.grid.bounds, method="L-BFGS-B")
    if found.fun <= value(np.asarray(start)):
        return float(found.fun), tuple(float(x) for x in found.x)
    return value(np.asarray(start)), start


def _distinct(problem: Problem, found: list[tuple[float, tuple[float, ...]]]) -> Points:
    low, high = problem.span
    kept: list[tuple[float, ...]] = []
    for value, point in found:
        near = any(
            np.all(np.abs(np.subtract(point, other)) < 1e-3 * problem.grid.lengths)
            for other in kept
        )
        if value <= found[0][0] + 1e-6 * (high - low) and not near:
            kept.append(point)
    return tuple(kept)
