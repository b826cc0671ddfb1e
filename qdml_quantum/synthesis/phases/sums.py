"""The Walsh series of a problem, of a large one without its table."""

from __future__ import annotations

from collections.abc import Callable

from qdml_quantum.objectives.formulas.formula import ParsedFormula
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.grid import TABLE_QUBITS, Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.phases.walsh import WalshSeries

_TABULATED = _PART = TABLE_QUBITS
"""Qubits up to which all values are taken, of zeta or of one summand: 24 of them would need 600 MB
with the copies of the transform [measured]."""


def summands_of(
    problem: Problem, grid: Grid | None = None
) -> list[tuple[tuple[int, ...], Callable[..., Array]]] | None:
    """Axes and a function of them for every term of zeta on a large grid.

    None up to 20 qubits, where the whole table is made; where zeta is no formula; and where a term
    has too many points itself.

    Args:
        problem: Grid and objective.
        grid: Of these points of it; default its own.

    >>> from qdml_quantum.problem.grid import Grid
    >>> parts = summands_of(Problem(Grid([(-1, 1)] * 10, 4), "x1*x10 + x5**2"))
    >>> [axes for axes, _ in parts]
    [(0, 9), (4,)]
    """
    grid, formula = grid or problem.grid, problem.objective.function
    if grid.num_qubits <= _TABULATED or not isinstance(formula, ParsedFormula):
        return None
    parts = formula.summands()
    sizes = [sum(grid.qubits_per_axis[axis] for axis in axes) for axes, _ in parts]
    return parts if max(sizes, default=0) <= _PART else None


def series_of(problem: Problem, coarse: Coarse = 0) -> WalshSeries:
    """Series of zeta on a grid, or on every 2^coarse-th point of it.

    A typed formula is a sum of terms, each on a few axes: above 20 qubits only the points of those
    axes are enumerated, term by term, so that ten axes are as easy as two. Where a term has all of
    the axes, or where the objective is no formula, the whole table is made.

    >>> from qdml_quantum.problem.grid import Grid
    >>> pairs = Problem(Grid([(-1, 1)] * 10, 3), "x1*x10 + x5**2")
    >>> series = series_of(pairs)
    >>> series.num_qubits, int((series.weights > 1).sum())
    (30, 12)
    """
    grid = problem.grid.thinned(coarse)
    parts = None if "values" in vars(problem) else summands_of(problem, grid)
    if parts is not None:
        return WalshSeries.of_sum(grid.axes, parts)
    return WalshSeries.of_values(grid.to_vector(problem.thinned(coarse).values))
