"""The Walsh series of a problem, of a large one without its table."""

from __future__ import annotations

from qdml_quantum.objectives.formulas.formula import ParsedFormula
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.phases.walsh import WalshSeries

_TABULATED = 20
"""Qubits up to which all values are taken: 8 MB, and a tenth of a second. Each qubit doubles both,
and 24 of them would need 600 MB with the copies of the transform [measured]."""
_PART = 20
"""Qubits of the largest summand that is tabulated by itself, for the same reason."""


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
    grid, formula = problem.grid.thinned(coarse), problem.objective.function
    tabulated = grid.num_qubits <= _TABULATED or "values" in vars(problem)
    if isinstance(formula, ParsedFormula) and not tabulated:
        parts = formula.summands()
        sizes = [sum(grid.qubits_per_axis[axis] for axis in axes) for axes, _ in parts]
        if max(sizes, default=0) <= _PART:
            return WalshSeries.of_sum(grid.axes, parts)
    return WalshSeries.of_values(grid.to_vector(problem.thinned(coarse).values))
