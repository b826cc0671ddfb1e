"""A problem: an objective on a grid."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.grid import TABLE_QUBITS, Grid
from qdml_quantum.problem.states import strides
from qdml_quantum.problem.survey import Survey, is_parted, surveyed
from qdml_quantum.support import html
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_type, bad_value

_NO_TABLE = (
    "A circuit alone needs no table where zeta is a typed sum of terms of few axes and nothing is "
    'left out: build(..., compiler=Compiler("joint", budget="exact")).'
)


def require_problem(problem: object) -> None:
    """Refuse what is no `Problem`, with a hint."""
    if not isinstance(problem, Problem):
        raise bad_type(
            "problem", "be a Problem", problem, 'Write Problem(Grid([(-4, 4)], 6), "harmonic").'
        )


@dataclass(frozen=True, eq=False)
class Problem:
    """Minimise zeta(x) over a periodic box: the potential of ``i dpsi/dt = [-D lap + zeta] psi``.

    Args:
        grid: Where positions live.
        objective: zeta; an `Objective`, the name of a built-in, a formula, a SymPy expression, or
            a function of d coordinates or of one vector (`Objective.read_as` says which).

    Raises:
        ValueError: The objective has another dimension than the grid, or answers badly on it.

    >>> problem = Problem(Grid([(-2.5, 2.5)], 6), "double_well")
    >>> problem.values.shape, round(float(problem.values.min()), 3)
    ((64,), -0.202)
    """

    grid: Grid
    objective: Objective

    def __post_init__(self) -> None:
        if not isinstance(self.grid, Grid):
            raise bad_type("grid", "be a Grid", self.grid, "Write Grid([(-4, 4)], num_qubits=6).")
        objective = as_objective(self.objective, dimensions=self.grid.dimensions)
        object.__setattr__(self, "objective", objective)

    @classmethod
    def from_table(cls, values: ArrayLike, bounds: object, *, name: str = "table") -> Problem:
        """A problem from sampled values; the shape (powers of two) gives the qubits.

        >>> Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4)).grid
        Grid([(0, 4)], [2])
        """
        table = real_array("values", values)
        if table.ndim == 0 or any(n < 2 or n & (n - 1) for n in table.shape):
            must = "have a power of two (2 or more) points along every axis"
            remedy = "Resample the table, e.g. to 64 points per axis."
            raise bad_value("values", must, f"of shape {table.shape}", remedy)
        grid = Grid(bounds, [n.bit_length() - 1 for n in table.shape])  # type: ignore[arg-type]
        return cls(grid, Objective.from_table(table, grid.bounds, name=name))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], values: ArrayLike) -> Problem:
        """A problem as files keep it: what `to_dict` wrote, and the samples on its grid.

        No user code is run for it. The objective is a table with the name and the source that it
        had.

        >>> bowl = Problem(Grid([(0, 4)], 2), "(x - 2)**2")
        >>> again = Problem.from_dict(bowl.to_dict(), bowl.values)
        >>> again.objective.name, again.objective.continuous, again.values.tolist()
        ('(x - 2)**2', False, [4.0, 1.0, 0.0, 1.0])
        """
        grid = Grid(**data["grid"])
        table = Objective.from_table(values, grid.bounds, name=data["name"])
        objective = Objective(
            table.function,
            grid.dimensions,
            name=table.name,
            bounds=grid.bounds,
            minimizers=data["minimizers"],
            minimum=data["minimum"],
            source=data["objective"],
            continuous=False,
            style="arrays",
            periodic=data["periodic"],
        )
        return cls(grid, objective)

    @cached_property
    def values(self) -> Array:
        """Zeta on the grid, shape ``grid.shape``; read-only, sampled once.

        Raises:
            TooLargeError: There is no memory for so many points.
        """
        self.grid.require_room("Zeta", remedy=_NO_TABLE)
        values = np.ascontiguousarray(
            np.broadcast_to(self.objective(*self.grid.coordinates()), self.grid.shape)
        )
        values.flags.writeable = False
        return values

    def values_at(self, *indices: NDArray[np.integer]) -> Array:
        """Zeta at some indices of each axis, every one with every other: a block of `values`.

        Only there is the objective asked, unless all of its values are known already.

        >>> Problem(Grid([(0, 4), (0, 2)], 2), "x + y").values_at(np.array([3]), np.arange(2))
        array([[3. , 3.5]])
        """
        if "values" in vars(self):
            return np.asarray(self.values[np.ix_(*indices)])
        points = [a.lower + a.spacing * j for a, j in zip(self.grid.axes, indices, strict=True)]
        values = self.objective(*np.meshgrid(*points, indexing="ij", sparse=True))
        return np.broadcast_to(values, [len(index) for index in indices])

    def values_of(self, flat: NDArray[np.integer]) -> Array:
        """Zeta at some points, by their numbers in C order; only there is the objective asked.

        >>> Problem(Grid([(0, 4), (0, 2)], 2), "x + y").values_of(np.array([13, 0]))
        array([3.5, 0. ])
        """
        index = np.unravel_index(flat, self.grid.shape)
        if "values" in vars(self):
            return np.asarray(self.values[index])
        points = [a.lower + a.spacing * j for a, j in zip(self.grid.axes, index, strict=True)]
        return np.broadcast_to(np.asarray(self.objective(*points), dtype=float), np.shape(flat))

    def value_at(self, index: Sequence[int]) -> float:
        """Zeta at one point of the grid."""
        return float(self.values_of(np.array([np.ravel_multi_index(index, self.grid.shape)]))[0])

    @cached_property
    def survey(self) -> Survey | None:
        """What several processes find of zeta on a large grid; None where it is held as a whole."""
        if "values" in vars(self) or not is_parted(self.grid.size):
            return None
        return surveyed(self.values_at, self.grid.shape)

    @cached_property
    def spread(self) -> float:
        """Standard deviation of zeta on the grid."""
        return float(self.values.std()) if self.survey is None else self.survey.spread

    @cached_property
    def span(self) -> tuple[float, float]:
        """Smallest and largest value of zeta on the grid."""
        if self.survey is not None:
            return self.survey.lowest, self.survey.highest
        return float(self.values.min()), float(self.values.max())

    @cached_property
    def largest_jump(self) -> float:
        """Largest change of zeta between neighbouring grid points.

        >>> Problem.from_table([3.0, 1.0, 0.0, 2.5], (0, 4)).largest_jump
        2.5
        """
        if self.survey is not None:
            return self.survey.largest_jump
        axes = range(self.grid.dimensions)
        return max(float(np.abs(np.diff(self.values, axis=axis)).max(initial=0)) for axis in axes)

    @cached_property
    def values_hash(self) -> str:
        """SHA-256 of grid and samples: what a checkpoint must agree on."""
        digest = hashlib.sha256(repr(self.grid).encode())
        if self.survey is not None:
            digest.update(self.survey.digest.encode())
            return digest.hexdigest()
        digest.update(np.ascontiguousarray(self.values, dtype="<f8").tobytes())
        return digest.hexdigest()

    def ranked(self) -> Problem:
        """The same order of values under a potential of known shape: the logarithm of the rank.

        ``zeta'(x) = log(number of grid points y with zeta(y) <= zeta(x))``, from 0 at the lowest
        point to ``log(2^n)``: the entropy of the set below zeta(x). It does not depend on the scale
        of zeta nor on its walls, so that one schedule serves every objective (`trained_schedule`).
        Separable objectives do not stay separable, and the phases of a step take about 2^n
        two-qubit gates.

        >>> Problem.from_table([90.0, 5.0, -7.0, 5.0], (0, 4)).ranked().values.round(3)
        array([1.386, 1.099, 0.   , 1.099])
        """
        return self._with(log_ranks(self.values), self.grid)

    def coarsened(self, max_qubits: int, *, per_axis: int) -> Problem:
        """The problem on every 2^m-th point of each axis.

        At most 2^max_qubits points remain, and 2^per_axis on any axis. The finest axes are thinned
        first; a problem that is small enough is returned as it is.

        >>> Problem(Grid([(-4, 4)], 14), "harmonic").coarsened(12, per_axis=9).grid
        Grid([(-4, 4)], [9])
        """
        counts = [min(count, per_axis) for count in self.grid.qubits_per_axis]
        while sum(counts) > max(max_qubits, len(counts)):
            counts[counts.index(max(counts))] -= 1
        sizes = zip(self.grid.qubits_per_axis, counts, strict=True)
        return self.thinned(tuple(full - kept for full, kept in sizes))

    def thinned(self, coarse: Coarse) -> Problem:
        """The problem on every 2^coarse-th point of each axis: `coarse` qubits fewer per axis.

        Args:
            coarse: One number for all axes, or one per axis.

        Raises:
            TypeError: Something is no integer.
            ValueError: `Grid.thinned` refuses.

        >>> Problem(Grid([(-4, 4)], 6), "harmonic").thinned(2).grid
        Grid([(-4, 4)], [4])
        """
        grid = self.grid.thinned(coarse)
        if grid is self.grid:
            return self
        large = self.grid.num_qubits > TABLE_QUBITS and "values" not in vars(self)
        if large or self.survey is not None:
            parts = zip(strides(self.grid, coarse), self.grid.shape, strict=True)
            return self._with(self.values_at(*(np.arange(n)[part] for part, n in parts)), grid)
        return self._with(self.values[strides(self.grid, coarse)], grid)

    def _with(self, values: Array, grid: Grid) -> Problem:
        """Other values on a grid of the same box, under the old name."""
        table = Objective.from_table(values, grid.bounds, name=self.objective.name)
        return Problem(grid, replace(table, periodic=self.objective.periodic))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON form of grid, objective, and what is known of its minima."""
        return {
            "name": self.objective.name,
            "objective": dict(self.objective.source),
            "grid": self.grid.to_dict(),
            "minimizers": [list(point) for point in self.objective.minimizers],
            "minimum": self.objective.minimum,
            "periodic": self.objective.periodic,
        }

    def _repr_html_(self) -> str:
        size, known = self.grid.size, f"2^{self.grid.num_qubits} points, not asked for here"
        if "values" in vars(self) or self.grid.num_qubits <= TABLE_QUBITS:
            known = "{:.6g} to {:.6g} on {} points".format(*self.span, size)
        axes = enumerate(self.grid.axes, 1)
        rows = [
            *((f"x{n}", f"[{a.lower:g}, {a.upper:g}), {a.size} points") for n, a in axes),
            ("zeta", known),
            ("qubits", f"{self.grid.num_qubits}"),
        ]
        return html.block(f"Problem: {self.objective.name}", html.table(rows))

    def __repr__(self) -> str:
        return f"Problem({self.grid!r}, {self.objective.name!r})"


def log_ranks(values: Array) -> Array:
    """Logarithm of the number of values that are not larger, in the same shape; see `ranked`.

    >>> log_ranks(np.array([90.0, 5.0, -7.0, 5.0])).round(3)
    array([1.386, 1.099, 0.   , 1.099])
    """
    ranks = np.searchsorted(np.sort(values, axis=None), values, side="right")
    return np.asarray(np.log(ranks))
