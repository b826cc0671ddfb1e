"""What an anneal is to find: the minimizers, and how near is near enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.objectives.validate import Points, checked_points
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.survey import blocks_of, indices_of, is_parted
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.estimate import CONFIDENCE, Estimate
from qdml_quantum.support.memo import once_each
from qdml_quantum.support.messages import bad_value, finite
from qdml_quantum.support.processes import of_all, part_of
from qdml_quantum.support.typed import typed_fields

RADIUS = 0.1
"""Default success radius in units of the box, as in published benchmarks (arXiv:2303.01471)."""

_MOST_TIES = 16  # Of equal lowest points of a table.
_STEP = 1e-8  # Of differences, SciPy's default; and 64 steps of floating point: 1% of a slope.


@typed_fields
@dataclass(frozen=True, eq=False)
class Goal:
    """Success is a position within `radius` of a global minimizer, in units of the box.

    ``|u - u*| <= radius`` with ``u = (x - lower) / length`` on every axis; around the box only
    where the objective is `periodic`.

    Args:
        problem: Grid and objective.
        radius: Success radius, between 0 and 1; default 0.1, as in published benchmarks.
        minimizers: The points that count; default (empty) those of `find_minimizers`.
        known: Whether they are known, rather than the outcome of a classical search; what
            `find_minimizers` says where it is asked.

    Raises:
        ValueError: The radius is out of range.

    >>> goal = Goal(Problem(Grid([(-4, 4)], 6), "harmonic"))
    >>> goal.minimizers, goal.known, round(goal.baseline, 3)
    (((0.0,),), True, 0.203)
    """

    problem: Problem
    radius: float = RADIUS
    minimizers: Points = ()
    known: bool = True

    def __post_init__(self) -> None:
        require_radius(self.radius)
        points, known = self.minimizers, self.known
        if not len(points):
            points, known = find_minimizers(self.problem)
        points = checked_points(points, self.problem.grid.dimensions)
        object.__setattr__(self, "radius", float(self.radius))
        object.__setattr__(self, "minimizers", points)
        object.__setattr__(self, "known", bool(known))

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Grid points that count as success, shape of the grid."""
        periodic = self.problem.objective.periodic
        return success_mask(self.problem.grid, self.minimizers, self.radius, periodic=periodic)

    def mask_at(self, *indices: NDArray[np.integer]) -> NDArray[np.bool_]:
        """The mask at some indices of each axis, every one with every other: a block of `mask`.

        >>> goal = Goal(Problem(Grid([(-4, 4)], 4), "harmonic"))
        >>> goal.mask_at(np.array([0, 7, 8])).tolist()
        [False, True, True]
        """
        axes = zip(self.problem.grid.axes, indices, strict=True)
        points = np.meshgrid(
            *(axis.points[index] for axis, index in axes), indexing="ij", sparse=True
        )
        periodic = self.problem.objective.periodic
        lengths = self.problem.grid.lengths
        return _near(points, lengths, self.minimizers, self.radius, periodic)

    @cached_property
    def baseline(self) -> float:
        """Success probability of a uniform histogram: what chance gives."""
        shape = self.problem.grid.shape
        if not is_parted(self.problem.grid.size):
            return float(self.mask.mean())
        mine = part_of(blocks_of(shape))
        hits = sum(int(self.mask_at(*indices_of(block)).sum()) for block in mine)
        return sum(row[0] for row in of_all([hits])) / math.prod(shape)

    @property
    def minimum(self) -> float | None:
        """Value of zeta at the known minimizers, before it was compressed; None where unknown."""
        known = self.problem.objective.minimum
        return None if known is None else self.problem.objective.original_value(known)

    def share(self, probabilities: ArrayLike) -> float:
        """Success probability of a distribution on the grid.

        Rounding can lift a sum above 1, and that is cut; NaN stays NaN.
        """
        values = real_array("probabilities", probabilities, finite=False)
        return float(np.minimum(values[self.mask].sum(), 1.0))

    def share_of(self, hits: Mapping[int, int]) -> float:
        """Share of counts, by the numbers of points in C order, that are successes."""
        grid = self.problem.grid
        index = np.unravel_index(np.array(list(hits)), grid.shape)
        points = [axis.points[j] for axis, j in zip(grid.axes, index, strict=True)]
        periodic = self.problem.objective.periodic
        near = _near(points, grid.lengths, self.minimizers, self.radius, periodic)
        return float(np.array(list(hits.values()))[near].sum() / sum(hits.values()))

    def success(
        self,
        probabilities: ArrayLike,
        shots: int | None = None,
        confidence: float = CONFIDENCE,
    ) -> Estimate:
        """Success probability of a distribution, with a Wilson interval where `shots` measured it.

        >>> goal = Goal(Problem(Grid([(0, 1)], 2), "(x - 0.5)**2"))
        >>> print(goal.success([0.1, 0.1, 0.7, 0.1], shots=100))
        0.700 [0.604, 0.781]
        """
        value = self.share(probabilities)
        if not shots:
            return Estimate.exact(value)
        return Estimate.of_proportion(round(value * shots), shots, confidence)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the problem."""
        return {
            "radius": self.radius,
            "minimizers": [list(point) for point in self.minimizers],
            "known": self.known,
            "minimum": self.minimum,
            "baseline": self.baseline,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], problem: Problem) -> Goal:
        """Read what `to_dict` wrote."""
        return cls(problem, data["radius"], data["minimizers"], data["known"])


def require_radius(radius: float) -> None:
    """Refuse a success radius that is not between 0 and 1."""
    if not 0 < finite("radius", radius) < 1:
        raise bad_value("radius", "lie between 0 and 1", radius, "It is a fraction of the box.")


def success_mask(
    grid: Grid, minimizers: Sequence[Sequence[float]], radius: float, *, periodic: bool = False
) -> NDArray[np.bool_]:
    """Grid points within `radius` of a minimizer, in units of the box.

    Distances are straight; with `periodic`, where both ends of the box are the same place, they go
    around it. Without that the worst point, beside the far end, would count as near the best.

    Raises:
        ValueError: No minimizer, or a radius that is not in (0, 1).

    >>> success_mask(Grid([(0, 1)], 3), [(0.0,)], 0.13)
    array([ True,  True, False, False, False, False, False, False])
    >>> success_mask(Grid([(0, 1)], 3), [(0.0,)], 0.13, periodic=True)
    array([ True,  True, False, False, False, False, False,  True])
    """
    if not minimizers:
        raise ValueError("Argument `minimizers` must hold at least one point, but is empty.")
    require_radius(radius)
    return _near(grid.coordinates(), grid.lengths, minimizers, radius, periodic)


def _near(
    coordinates: Sequence[Array],
    lengths: Array,
    minimizers: Sequence[Sequence[float]],
    radius: float,
    periodic: bool,
) -> NDArray[np.bool_]:
    """Which of the points that coordinates span are within the radius of a minimizer."""
    mask = np.zeros(np.broadcast_shapes(*(x.shape for x in coordinates)), dtype=bool)
    for minimizer in minimizers:
        squared = np.zeros((1,) * coordinates[0].ndim)
        for x, centre, length in zip(coordinates, minimizer, lengths, strict=True):
            u = (x - centre) / length
            squared = squared + (u - np.round(u) if periodic else u) ** 2
        mask |= np.asarray(squared <= radius**2 * (1 + 1e-12))
    return mask


def most_probable(probabilities: ArrayLike, problem: Problem, shots: int | None) -> tuple[int, ...]:
    """Index of the largest probability.

    Of the points that shots cannot tell from it (one standard error), the one with the lowest zeta.
    """
    values = np.asarray(probabilities)
    top = float(values.max())
    margin = math.sqrt(top / shots) if shots else 1e-9 * top
    tied = values >= top - margin
    flat = int(np.where(tied, problem.values, np.inf).argmin())
    return tuple(int(i) for i in np.unravel_index(flat, values.shape))


def most_counted(hits: Mapping[int, int], problem: Problem) -> tuple[int, ...]:
    """`most_probable` of counts by the numbers of points, without an array of all of them."""
    points_hit, counted = (np.array(list(some)) for some in (hits.keys(), hits.values()))
    shots = int(counted.sum())
    top = float(counted.max() / shots)
    least = top - math.sqrt(top / shots)
    if least <= 0:  # Of single hits nothing can be told from points that were never seen.
        tied = np.array(_lowest(problem, 1))
    else:
        tied = np.sort(points_hit[counted / shots >= least])
    flat = int(tied[problem.values_of(tied).argmin()])
    return tuple(int(i) for i in np.unravel_index(flat, problem.grid.shape))


def of_counts(
    goal: Goal, counts: Mapping[str, int], confidence: float
) -> tuple[tuple[int, ...], Estimate]:
    """The most probable point and the success of counts, without an array of all points."""
    grid, shots = goal.problem.grid, sum(counts.values())
    hits = {
        int(np.ravel_multi_index(grid.index_of(bits), grid.shape)): number
        for bits, number in counts.items()
    }
    share = goal.share_of(hits)
    estimate = Estimate.of_proportion(round(share * shots), shots, confidence)
    return most_counted(hits, goal.problem), estimate


@once_each
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
        if all(a.lower <= x <= a.upper for a, x in zip(problem.grid.axes, point, strict=True))
    )
    low, high = problem.span
    # A box may cut the true minimum off: then a grid point lies below those that are known.
    room = 1e-9 * max(high - low, abs(low))
    if inside and float(min(problem.objective(*point) for point in inside)) <= low + room:
        return inside, True
    if not problem.objective.continuous:
        ties = _lowest(problem, _MOST_TIES)
        equal = problem.values_of(np.array(ties)) == low
        return tuple(
            _point(problem, i) for i, is_low in zip(ties, equal, strict=True) if is_low
        ), True
    starts = [_point(problem, i) for i in _lowest(problem, 8 * problem.grid.dimensions)]
    minima = sorted((_polish(problem, start) for start in starts), key=lambda pair: pair[0])
    return _distinct(problem, minima), False


def _lowest(problem: Problem, number: int) -> list[int]:
    """The lowest grid points, in order; of equal ones the first."""
    if problem.survey is not None:
        return [point for _, point in problem.survey.minima[:number]]
    values = problem.values.ravel()
    if number < values.size:
        highest = np.partition(values, number - 1)[number - 1]
        candidates = np.flatnonzero(values <= highest)
    else:
        candidates = np.arange(values.size)
    order = np.argsort(values[candidates], kind="stable")[:number]
    return [int(i) for i in candidates[order]]


def _point(problem: Problem, flat: int) -> tuple[float, ...]:
    index = [int(i) for i in np.unravel_index(flat, problem.grid.shape)]
    return problem.grid.position(index)


def _polish(problem: Problem, start: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
    low, high = np.array(problem.grid.bounds).T
    least, most = problem.span
    span = most - least or 1.0

    def value(moved: np.ndarray) -> float:
        # SciPy's tolerances are absolute: the unit of zeta must not decide.
        return (float(problem.objective(*np.clip(start + moved, low, high))) - least) / span

    # From the start on, so that the steps of differences are felt in a box far from zero too.
    bounds = list(zip(low - start, high - start, strict=True))
    steps = np.maximum(_STEP, 64 * np.spacing(np.maximum(np.abs(low), np.abs(high))))
    minimum = scipy.optimize.minimize(
        value, np.zeros(low.size), bounds=bounds, method="L-BFGS-B", options={"eps": steps}
    )
    best = start
    if minimum.fun <= value(np.zeros(low.size)):
        best = tuple(float(x) for x in np.clip(start + minimum.x, low, high))
    return float(problem.objective(*best)), best


def _distinct(problem: Problem, minima: list[tuple[float, tuple[float, ...]]]) -> Points:
    low, high = problem.span
    kept: list[tuple[float, ...]] = []
    for value, point in minima:
        near = any(
            np.all(np.abs(np.subtract(point, other)) < 1e-3 * problem.grid.lengths)
            for other in kept
        )
        if value <= minima[0][0] + 1e-6 * (high - low) and not near:
            kept.append(point)
    return tuple(kept)
