"""A box moved by half a cell: the points of an even objective then mirror by flipping all bits.

With points ``x_j = -L/2 + (j + 1/2) dx`` the mirror image of point j is ``2^n - 1 - j``, j with all
bits flipped, which turns the sign of every Walsh string on an odd number of bits: an even objective
has none of them. A tilt adds strings on single bits alone, which take no two-qubit gate. Without
the half cell -x_j is the two's complement of j, and strings of all weights are there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.phases.sums import series_of

LEAST_SAVED = 0.1
"""Share of the strings below which the box stays where whoever gave it has put it."""


def shared_strings(problem: Problem) -> int:
    """Walsh strings of the objective on two or more qubits: those that take two-qubit gates.

    >>> shared_strings(Problem(Grid([(-2.5, 2.5)], 4), "double_well"))
    11
    >>> shared_strings(Problem(Grid.centred([(-2.5, 2.5)], 4), "double_well"))
    7
    """
    series = series_of(problem)
    return int(np.count_nonzero(series.weights > 1))


def fewest_strings(problem: Problem) -> Problem:
    """The same objective on the box, or on it moved by half a cell, with the fewest such strings.

    Axes are moved one by one. The box stays where that saves less than `LEAST_SAVED` of the
    strings, and for a table, which is known at its points alone.

    >>> fewest_strings(Problem(Grid([(-2, 2)], 3), "x**4 - x**2 + x/4")).grid
    Grid([(-1.75, 2.25)], [3])
    >>> fewest_strings(Problem(Grid([(-2, 2)], 3), "exp(x)")).grid
    Grid([(-2, 2)], [3])
    """
    if not problem.objective.continuous:
        return problem
    before = shared_strings(problem)
    moved = [Problem(grid, problem.objective) for grid in _moved(problem.grid)]
    best = min(moved, key=shared_strings)
    return best if shared_strings(best) < (1 - LEAST_SAVED) * before else problem


def _moved(grid: Grid) -> Iterable[Grid]:
    """The grid with the box moved on one or more of its axes, the fewest first."""
    plain, half = grid.bounds, Grid.centred(grid.bounds, grid.qubits_per_axis).bounds
    for size in range(1, grid.dimensions + 1):
        for axes in itertools.combinations(range(grid.dimensions), size):
            box = [half[i] if i in axes else plain[i] for i in range(grid.dimensions)]
            yield Grid(box, grid.qubits_per_axis)


def strings_saved(problem: Problem) -> tuple[int, int] | None:
    """Such strings, and those of the box half a cell further down; None where these are no more.

    >>> strings_saved(Problem(Grid.centred([(-2.5, 2.5)], 4), "double_well"))
    (7, 11)
    >>> strings_saved(Problem(Grid([(-2.5, 2.5)], 4), "double_well"))
    """
    grid = problem.grid
    if not problem.objective.continuous:
        return None
    halves = [axis.spacing / 2 for axis in grid.axes]
    box = [(low - half, high - half) for (low, high), half in zip(grid.bounds, halves, strict=True)]
    here = shared_strings(problem)
    before = shared_strings(Problem(Grid(box, grid.qubits_per_axis), problem.objective))
    return (here, before) if here < before else None
