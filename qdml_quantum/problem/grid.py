"""Position grids: qubits, positions and wave numbers. The only module that knows the bit order."""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.support.arrays import Array, real_array, unmasked
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import TooLargeError, argument, bad_type, bad_value, count

MAX_QUBITS = 30
"""Largest register of one axis: its 2^30 points are 8 GiB. All registers together may be larger:
circuits need no array of all points, and what needs one asks for the memory first."""

TABLE_QUBITS = 20
"""Qubits up to which all values of zeta are taken where some would do: 8 MB, and a tenth of a
second. Each qubit doubles both."""

_NUMBER_BYTES = 8
_FINE = 1 << 10
"""A point is rounded by half a step of floating point: then by less than a thousandth of dx."""
_LONGEST = 1e100
"""Longer boxes, and shorter ones than its inverse, have wave numbers whose square, times a power of
two, a diffusion and a time step, leaves floating point."""


@dataclass(frozen=True)
class Axis:
    """One coordinate: 2^n points of a periodic interval.

    ``x_j = lower + j dx``, ``dx = (upper - lower) / 2^n``, ``j = 0 ... 2^n - 1``: the right end is
    left out because it is the left end again. Wave numbers are ``k_m = 2 pi m / (upper - lower)``
    in FFT order, ``m`` being the index read as an n-bit two's complement integer.

    Args:
        lower: Left end, finite.
        upper: Right end, finite and above `lower`.
        num_qubits: Qubits of the register, 1 or more.

    Raises:
        TypeError: A bound is no number, or `num_qubits` is no integer.
        ValueError: A bound is not finite, the bounds are not increasing, or `num_qubits` < 1.
        TooLargeError: `num_qubits` is above `MAX_QUBITS`.

    >>> axis = Axis(-4, 4, 3)
    >>> axis.points
    array([-4., -3., -2., -1.,  0.,  1.,  2.,  3.])
    >>> (axis.wave_numbers * 8 / (2 * np.pi)).round(12)
    array([ 0.,  1.,  2.,  3., -4., -3., -2., -1.])
    """

    lower: float
    upper: float
    num_qubits: int

    def __post_init__(self) -> None:
        for end in (self.lower, self.upper):
            if isinstance(end, bool) or not isinstance(end, numbers.Real):
                raise bad_type("bounds", "hold numbers", end, "Write (-4, 4).")
            if not abs(end) <= sys.float_info.max:
                raise bad_value("bounds", "be finite", end, "Choose a box such as (-4, 4).")
        object.__setattr__(self, "lower", float(self.lower))
        object.__setattr__(self, "upper", float(self.upper))
        if not self.lower < self.upper or not math.isfinite(self.length):
            must = "have lower < upper and a finite length"
            remedy = "Swap or widen them."
            raise bad_value("bounds", must, f"({_shown(self.lower)}, {_shown(self.upper)})", remedy)
        object.__setattr__(self, "num_qubits", count("num_qubits", self.num_qubits))
        if self.num_qubits > MAX_QUBITS:
            must = f"be at most {MAX_QUBITS} on an axis"
            why = f"It would have 2^{self.num_qubits} points"
            remedy = f"{why}; use fewer qubits, or more axes."
            raise TooLargeError(argument("num_qubits", must, self.num_qubits, remedy))
        step = math.ulp(max(abs(self.lower), abs(self.upper)))
        exact = self.spacing % step == 0 == self.lower % step and self.spacing > 0
        if not exact and self.spacing < _FINE * step:
            raise bad_value(
                "bounds",
                f"be far enough apart for {self.size} points in floating point",
                f"({self.lower!r}, {self.upper!r}), where numbers have steps of {step:.2g}",
                "Use fewer qubits, or shift the variable so that the box lies near zero.",
            )
        if not 1 / _LONGEST < self.length < _LONGEST:
            must = f"have a length between {1 / _LONGEST:g} and {_LONGEST:g}"
            given = f"({self.lower:g}, {self.upper:g})"
            raise bad_value("bounds", must, given, "Use another unit of length.")

    @property
    def length(self) -> float:
        """Period of the axis, ``upper - lower``."""
        return self.upper - self.lower

    @property
    def size(self) -> int:
        """Number of points, ``2^num_qubits``."""
        return 1 << self.num_qubits

    @property
    def spacing(self) -> float:
        """Distance of two points, ``dx``."""
        return self.length / self.size

    @property
    def max_wave_number(self) -> float:
        """Nyquist wave number ``pi / dx``."""
        return math.pi / self.spacing

    @property
    def points(self) -> Array:
        """Positions ``x_j``, shape ``(2^n,)``."""
        return np.asarray(self.lower + self.spacing * np.arange(self.size), dtype=np.float64)

    @property
    def wave_numbers(self) -> Array:
        """Wave numbers ``k_m`` in FFT order, shape ``(2^n,)``."""
        numbers = np.arange(self.size, dtype=np.float64)  # `fftfreq` takes five times the passes.
        numbers[self.size // 2 :] -= self.size
        numbers *= 1 / (self.size * self.spacing)
        numbers *= 2 * np.pi
        return numbers


@dataclass(frozen=True)
class Grid:
    """A periodic box in d dimensions, one qubit register per axis.

    Arrays on the grid have shape ``(2^n_1, ..., 2^n_d)``. The integer held by all registers
    together is ``j_1 + 2^n_1 j_2 + ...``: axis 0 sits on the lowest qubits, qubit 0 is the least
    significant bit of its register, as everywhere in Qiskit.

    Args:
        bounds: One ``(lower, upper)`` per axis; a single pair is accepted for one axis.
        num_qubits: Qubits of every axis, one number or one per axis.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: A bound or a count is out of range, or the lengths differ.
        TooLargeError: More than `MAX_QUBITS` qubits on an axis.

    >>> grid = Grid([(-4, 4), (0, 1)], [3, 2])
    >>> grid.shape, grid.num_qubits, grid.dimensions
    ((8, 4), 5, 2)
    >>> grid
    Grid([(-4, 4), (0, 1)], [3, 2])
    """

    axes: tuple[Axis, ...]

    def __init__(
        self, bounds: Sequence[Sequence[float]] | Sequence[float], num_qubits: int | Sequence[int]
    ) -> None:
        boxes = as_bounds(bounds)
        if isinstance(num_qubits, Sequence | np.ndarray) and not isinstance(num_qubits, str):
            counts = list(num_qubits)
        else:
            counts = [num_qubits] * len(boxes)
        if len(counts) != len(boxes):
            must = f"be one number or one per axis ({len(boxes)})"
            raise bad_value("num_qubits", must, counts, "Give as many numbers as there are bounds.")
        axes = tuple(Axis(*box, n) for box, n in zip(boxes, counts, strict=True))
        object.__setattr__(self, "axes", axes)

    @classmethod
    def centred(
        cls,
        bounds: Sequence[Sequence[float]] | Sequence[float],
        num_qubits: int | Sequence[int],
        coarse: Coarse = 0,
    ) -> Grid:
        """The box moved by half a cell, so that its points lie as a mirror image of themselves.

        ``x_j = lower + (j + 1/2) dx``: the midpoints of the cells between the bounds. An even
        objective then has only half the Walsh strings, and takes fewer two-qubit gates. The box is
        periodic and as long as before; a minimum at its middle lies between two points.

        Args:
            bounds: As for `Grid`.
            num_qubits: As for `Grid`.
            coarse: Lowest qubits of each axis that are idle where gates count (`Stage.coarse`): the
                half cell is that of the register that is left.

        Raises:
            ValueError: As for `Grid`, or `coarse` leaves no qubit.

        >>> Grid.centred([(-4, 4)], 2), Grid.centred([(-4, 4)], 2).axes[0].points
        (Grid([(-3, 5)], [2]), array([-3., -1.,  1.,  3.]))
        >>> Grid.centred([(-4, 4)], 6, coarse=4).thinned(4)
        Grid([(-3, 5)], [2])
        """
        plain = cls(bounds, num_qubits)
        halves = [axis.spacing / 2 for axis in plain.thinned(coarse).axes]
        box = [(a + half, b + half) for (a, b), half in zip(plain.bounds, halves, strict=True)]
        return cls(box, plain.qubits_per_axis)

    @property
    def dimensions(self) -> int:
        """Number of axes d."""
        return len(self.axes)

    @property
    def num_qubits(self) -> int:
        """Qubits of all registers together."""
        return sum(axis.num_qubits for axis in self.axes)

    @property
    def qubits_per_axis(self) -> tuple[int, ...]:
        """Qubits of each register."""
        return tuple(axis.num_qubits for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array on the grid."""
        return tuple(axis.size for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of grid points, ``2^num_qubits``."""
        return 1 << self.num_qubits

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """``(lower, upper)`` of each axis."""
        return tuple((axis.lower, axis.upper) for axis in self.axes)

    @property
    def lengths(self) -> Array:
        """Period of each axis, shape ``(d,)``."""
        return np.array([axis.length for axis in self.axes])

    def coordinates(self) -> tuple[Array, ...]:
        """Positions along each axis, shaped to broadcast together to `shape`."""
        return tuple(np.meshgrid(*(a.points for a in self.axes), indexing="ij", sparse=True))

    def points(self) -> Array:
        """All positions, shape ``(size, d)``, in C order of an array on the grid.

        Raises:
            TooLargeError: There is no memory for so many.

        >>> Grid([(0, 1), (0, 4)], 1).points().tolist()
        [[0.0, 0.0], [0.0, 2.0], [0.5, 0.0], [0.5, 2.0]]
        """
        self.require_room("All points", self.dimensions)
        columns = np.broadcast_arrays(*self.coordinates())
        return np.stack([column.ravel() for column in columns], axis=1)

    def require_room(self, what: str, numbers: int = 1, remedy: str = "") -> None:
        """Refuse an array of all points that does not fit into memory.

        Args:
            what: Its name, for the message.
            numbers: Of 8 bytes, at each point.
            remedy: What to do, default fewer qubits.

        Raises:
            TooLargeError: It does not.
        """
        needed = _NUMBER_BYTES * numbers * self.size
        fewer = "Use fewer `num_qubits` per axis (--qubits)."
        require_memory(needed, f"{what} on {self.num_qubits} qubits", f"{fewer} {remedy}".strip())

    def wave_numbers(self) -> tuple[Array, ...]:
        """Wave numbers along each axis in FFT order, shaped to broadcast together."""
        numbers = (axis.wave_numbers for axis in self.axes)
        return tuple(np.meshgrid(*numbers, indexing="ij", sparse=True, copy=False))

    def position(self, index: Sequence[int]) -> tuple[float, ...]:
        """Coordinates of one grid point.

        >>> Grid([(-4, 4), (0, 1)], [3, 2]).position((4, 1))
        (0.0, 0.25)
        """
        return tuple(a.lower + a.spacing * int(j) for a, j in zip(self.axes, index, strict=True))

    def to_vector(self, array: ArrayLike) -> NDArray[np.generic]:
        """Order an array on the grid as the state vector of the registers, shape ``(2^n,)``.

        >>> Grid([(0, 1), (0, 1)], 1).to_vector([[0, 2], [1, 3]])
        array([0, 1, 2, 3])
        """
        return unmasked("array", array).reshape(self.shape).reshape(-1, order="F")

    def from_vector(self, vector: ArrayLike) -> NDArray[np.generic]:
        """Inverse of `to_vector`: an array of the shape of the grid."""
        return unmasked("vector", vector).reshape(self.shape, order="F")

    def index_of(self, bitstring: str) -> tuple[int, ...]:
        """Grid index of a measured bit string (a key of Qiskit counts).

        Qiskit prints the highest qubit first, so that the bits of axis 0 stand last; blanks
        between registers are ignored.

        >>> Grid([(0, 1), (0, 1)], [3, 2]).index_of("01110")
        (6, 1)
        """
        integer = int(bitstring.replace(" ", ""), 2)
        index = []
        for axis in self.axes:
            index.append(integer & (axis.size - 1))
            integer >>= axis.num_qubits
        return tuple(index)

    def bitstring_of(self, index: Sequence[int]) -> str:
        """Inverse of `index_of`.

        >>> Grid([(0, 1), (0, 1)], [3, 2]).bitstring_of((6, 1))
        '01110'
        """
        parts = [f"{int(j):0{a.num_qubits}b}" for a, j in zip(self.axes, index, strict=True)]
        return "".join(reversed(parts))

    def thinned(self, coarse: Coarse) -> Grid:
        """The grid of every 2^coarse-th point along each axis: `coarse` qubits fewer per axis.

        Args:
            coarse: One number for all axes, or one per axis.

        Raises:
            TypeError: Something is no integer.
            ValueError: An axis has no more qubits than that, a number is negative, or there are not
                as many as axes.

        >>> Grid([(-4, 4)], 6).thinned(2)
        Grid([(-4, 4)], [4])
        >>> Grid([(-4, 4), (0, 1)], [6, 3]).thinned((2, 0))
        Grid([(-4, 4), (0, 1)], [4, 3])
        """
        idle = per_axis(coarse, self.dimensions)
        counts = [size - few for size, few in zip(self.qubits_per_axis, idle, strict=True)]
        short = [str(axis) for axis, left in enumerate(counts) if left < 1]
        if short:
            raise bad_value(
                "coarse",
                f"leave a qubit on every axis of {list(self.qubits_per_axis)}",
                coarse,
                f"Use more `num_qubits` on axis {' and '.join(short)}, or stages that are less "
                "coarse there.",
            )
        return Grid(self.bounds, counts) if any(idle) else self

    def to_dict(self) -> dict[str, object]:
        """Plain JSON form; ``Grid(**grid.to_dict())`` is the same grid."""
        return {
            "bounds": [list(box) for box in self.bounds],
            "num_qubits": list(self.qubits_per_axis),
        }

    def __repr__(self) -> str:
        boxes = ", ".join(f"({_shown(a.lower)}, {_shown(a.upper)})" for a in self.axes)
        return f"Grid([{boxes}], {list(self.qubits_per_axis)})"


def as_bounds(bounds: object) -> list[tuple[float, float]]:
    """Read bounds as one pair per axis; numbers in a row are taken two by two.

    `scipy.optimize.Bounds` are read as well.

    >>> as_bounds((-1, 1)), as_bounds([(-1, 1), (0, 2)]), as_bounds([-1, 1, 0, 2])
    ([(-1, 1)], [(-1, 1), (0, 2)], [(-1, 1), (0, 2)])
    """
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        ends = np.broadcast_arrays(np.atleast_1d(bounds.lb), np.atleast_1d(bounds.ub))
        return list(zip(*(real_array("bounds", end, finite=False) for end in ends), strict=True))
    try:
        rows = list(bounds)  # type: ignore[call-overload]
        if len(rows) % 2 == 0 and not any(hasattr(row, "__len__") for row in rows):
            rows = list(zip(rows[::2], rows[1::2], strict=True))
        pairs = [tuple(row) for row in rows]
    except TypeError:
        pairs = []
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise bad_type(
            "bounds", "be one (lower, upper) pair per axis", bounds, "Write [(-4, 4), (-1, 1)]."
        )
    return pairs


def _shown(end: float) -> str:
    """Short where that is exact: two grids that differ are never shown alike."""
    return f"{end:g}" if float(f"{end:g}") == end else repr(end)
