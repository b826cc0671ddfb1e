"""Zeta on a grid too large for states, as a sum of pieces on few axes that can be simulated."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from qdml_quantum.objectives import Objective
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.phases.sums import summands_of
from qdml_quantum.synthesis.phases.walsh import WalshSeries

PIECE_QUBITS = 12
"""Qubits of axes that are put together: as many as ground states are computed on unthinned, which
takes 1 to 5 s for a schedule [measured]."""
_DIGITS = 6
"""Of variances that are compared: equal terms differ by rounding, which shall not decide."""


@dataclass(frozen=True, eq=False)
class Pieces:
    r"""A sum of functions of different axes that is next to zeta.

    The axes are divided into groups, and of the Walsh strings of zeta (`WalshSeries`) those within
    a group are kept. For groups that zeta does not join this is zeta itself, and its states are
    products; else it is the sum of functions of the groups that is nearest to zeta in the mean
    square over the grid.

    Attributes:
        problems: The pieces, without those that are flat.
        axes: Axes of each.
        spread: Standard deviation of zeta itself on the grid.
        unseen: Share of the variance of zeta that joins groups and is in no piece, 0 to 1.
    """

    problems: tuple[Problem, ...]
    axes: tuple[tuple[int, ...], ...]
    spread: float
    unseen: float

    def __str__(self) -> str:
        groups = ", ".join(" ".join(f"x{axis + 1}" for axis in group) for group in self.axes)
        seen = f"; {self.unseen:.2g} of its variance joins them and is not seen"
        return f"zeta on {groups}, each by itself{seen if self.unseen else ''}"


def pieces_of(problem: Problem) -> Pieces | None:
    """The pieces of zeta on a grid of more than 20 qubits, where it is a typed sum of small terms.

    Axes are put together as long as a group has at most 12 qubits, those first whose joint strings
    have the largest variance. No table of the grid is made.

    Returns:
        None on a smaller grid; where zeta is no such sum; or where nothing of it lies within a
        group, as in a product of two centred variables of more than 6 qubits each.

    >>> chain = " + ".join(f"x{i}**2 + x{i}*x{i + 1}/4" for i in range(1, 6)) + " + x6**2"
    >>> pieces = pieces_of(Problem(Grid([(-1, 1)] * 6, 4), chain))
    >>> print(pieces)
    zeta on x1 x2 x3, x4 x5 x6, each by itself; 0.011 of its variance joins them and is not seen
    """
    if summands_of(problem) is None:
        return None
    pieces = _pieces_of(problem)
    return None if pieces.spread and not pieces.problems else pieces


@lru_cache(maxsize=1)  # What chooses a schedule asks three times.
def _pieces_of(problem: Problem) -> Pieces:
    grid, parts = problem.grid, summands_of(problem)
    assert parts is not None
    firsts = [0, *itertools.accumulate(grid.qubits_per_axis)]
    own = [(axis.size - 1) << first for axis, first in zip(grid.axes, firsts, strict=False)]
    strings: dict[frozenset[int], dict[int, float]] = defaultdict(dict)
    for mask, coefficient in WalshSeries.of_sum(grid.axes, parts).to_dict().items():
        touched = frozenset(axis for axis, bits in enumerate(own) if mask & bits)
        strings[touched][mask] = coefficient
    strings.pop(frozenset(), None)  # the constant
    variances = {axes: sum(c**2 for c in those.values()) for axes, those in strings.items()}
    inside = {
        tuple(sorted(group)): [axes for axes in strings if axes <= group]
        for group in _grouped(variances, grid.qubits_per_axis)
    }
    inside = {group: those for group, those in inside.items() if those}
    total, joint = sum(variances.values()), set(strings).difference(*inside.values())
    return Pieces(
        tuple(
            _piece(problem, group, [string for axes in those for string in strings[axes].items()])
            for group, those in inside.items()
        ),
        tuple(inside),
        spread=math.sqrt(total),
        unseen=sum(variances[axes] for axes in joint) / total if joint else 0.0,
    )


def _grouped(
    variances: Mapping[frozenset[int], float], qubits: Sequence[int]
) -> list[frozenset[int]]:
    """Groups of the axes that occur, joined while they are small, the largest variance first."""
    group_of = {axis: frozenset({axis}) for axes in variances for axis in axes}
    for axes in sorted(variances, key=lambda one: (-_rounded(variances[one]), sorted(one))):
        joined = frozenset().union(*(group_of[axis] for axis in axes))
        if sum(qubits[axis] for axis in joined) <= PIECE_QUBITS:
            group_of |= dict.fromkeys(joined, joined)
    return sorted(set(group_of.values()), key=min)


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def _piece(problem: Problem, group: Sequence[int], strings: Iterable[tuple[int, float]]) -> Problem:
    """The sum of some strings, on the axes that they touch."""
    grid = problem.grid
    firsts = [0, *itertools.accumulate(grid.qubits_per_axis)]
    bits_of_group = [
        firsts[axis] + bit for axis in group for bit in range(grid.qubits_per_axis[axis])
    ]
    here = {
        sum((mask >> bit & 1) << number for number, bit in enumerate(bits_of_group)): coefficient
        for mask, coefficient in strings
    }
    small = Grid([grid.bounds[axis] for axis in group], [grid.qubits_per_axis[a] for a in group])
    values = small.from_vector(WalshSeries.of_dict(small.num_qubits, here).values())
    table = Objective.from_table(values, small.bounds, name=problem.objective.name)
    return Problem(small, replace(table, periodic=problem.objective.periodic))
