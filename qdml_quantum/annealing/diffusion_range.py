"""Where D should start and stop, from ground states on a coarse grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qdml_quantum.annealing.pieces import pieces_of
from qdml_quantum.diagnostics import checks
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.support.arrays import Array

COARSE_QUBITS, COARSE_AXIS = 12, 9
"""Ground states are computed on at most 2^12 points, 2^9 along an axis."""

LOCALISED = 0.93
"""The final ground state shall have this probability within the success radius."""

_MARGIN = 0.3  # Of what the checks of the grid allow: the rest is left to excitations; a guess.
_LADDER = 32  # Most halvings of D; the grid ends nearly all ladders long before.


def coarsened(problem: Problem) -> Problem:
    """The problem on a grid that is small enough for many ground states."""
    return problem.coarsened(COARSE_QUBITS, per_axis=COARSE_AXIS)


def start_diffusion(problem: Problem) -> float:
    """D at which the uniform state is the ground state to about 3e-4.

    There the longest wave of the box costs 64 times the spread of zeta.

    >>> from qdml_quantum.problem.grid import Grid
    >>> round(start_diffusion(Problem(Grid([(-math.pi, math.pi)], 6), "cos(x)")), 2)  # 64/sqrt(2)
    45.25
    """
    pieces = pieces_of(problem)
    spread = problem.spread if pieces is None else pieces.spread
    wave_number = 2 * math.pi / float(problem.grid.lengths.max())
    return 64 * spread / wave_number**2 or 1.0


def last_diffusion(
    problem: Problem, *, radius: float = 0.1, start: float | None = None
) -> tuple[float, bool]:
    """D for the last stage, and whether its ground state is resolved, localised, off the edges.

    The largest D, up to `start`, of a factor-sqrt(2) ladder for which that is so. If there is none,
    the D whose ground state is the most localised of those that pass the checks of the grid
    with a margin for excitations, or the one that comes nearest to passing them.

    Above 20 qubits the smallest that `pieces_of` zeta have, each by itself.

    >>> from qdml_quantum.problem.grid import Grid
    >>> last_diffusion(Problem(Grid([(-5.12, 5.12)], 4), "rastrigin"))[1]
    False
    """
    pieces = pieces_of(problem)
    if pieces is not None and pieces.problems:
        ranges = [last_diffusion(piece, radius=radius, start=start) for piece in pieces.problems]
        return min(stop for stop, _ in ranges), all(fits for _, fits in ranges)
    problem = coarsened(problem)
    goal = Goal(problem, radius)

    def look(diffusion: float, near: Array | None) -> _Rung:
        state = rough_ground_state(problem, diffusion, near)
        return _Rung(
            diffusion,
            checks.aliasing_weight(state, problem.grid),
            checks.edge_weight(state),
            goal.share(state**2),
            state,
        )

    rungs: list[_Rung] = []
    diffusion = min(start_diffusion(problem) / 8, math.inf if start is None else start)
    for _ in range(_LADDER):
        rungs.append(look(diffusion, rungs[-1].state if rungs else None))
        if rungs[-1].fits:
            between = look(diffusion * math.sqrt(2), rungs[-1].state)
            return (between if between.fits and len(rungs) > 1 else rungs[-1]).diffusion, True
        if rungs[-1].alias > 1e-3 and min(rung.alias for rung in rungs) <= checks.ALIASING:
            break
        diffusion /= 2
    passing = [rung for rung in rungs if rung.violation <= _MARGIN]
    if passing:
        return max(passing, key=lambda rung: rung.inside).diffusion, False
    return min(rungs, key=lambda rung: rung.violation).diffusion, False


@dataclass(frozen=True, eq=False)
class _Rung:
    """One D of the ladder with its ground state."""

    diffusion: float
    alias: float
    edge: float
    inside: float
    state: Array

    @property
    def fits(self) -> bool:
        return (
            self.inside >= LOCALISED
            and self.alias <= 0.1 * checks.ALIASING
            and self.edge <= 0.2 * checks.EDGE
        )

    @property
    def violation(self) -> float:
        """Above 1 the ground state itself fails a check of the grid."""
        return max(self.alias / checks.ALIASING, self.edge / checks.EDGE)
