"""Windows of `minimize`: pieces of planes on which zeta becomes the potential of an anneal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.annealing.trained import trained_schedule
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import per_axis
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_type, bad_value, count
from qdml_quantum.synthesis.compiler import Compiler

STEPS, COARSE = 10, 2
"""Of the default schedule, with which all numbers of the loop were chosen."""
_MOST_QUBITS = 10
"""Per axis of a plane: 2^20 evaluations for the first windows alone."""


@dataclass(frozen=True)
class Kind:
    """How windows of a kind lie around the best point of a start.

    Attributes:
        fewer: Qubits less than the first windows have, along both sides; a line takes the first.
        inner: Part of a side, from either end, in which the best point does not lie.
        through: Along which sides the grid may pass through the best point, which it does in half
            of the windows.
    """

    fewer: tuple[int, int]
    inner: float
    through: tuple[bool, bool]


KINDS = {
    "first": Kind((0, 0), 0.0, (False, False)),
    "global": Kind((0, 2), 0.0, (False, True)),
    "local": Kind((1, 1), 0.25, (True, True)),
}
"""The whole box along two axes; long and narrow, out of a basin; small, into it. Without the long
and narrow ones Rastrigin in 10 dimensions was never solved, with them in a third of the starts."""


@dataclass(frozen=True)
class Windows:
    """What `minimize` anneals on.

    Attributes:
        num_qubits: Along each side of the first windows, of the phases: default 4. The other
            windows have fewer points, see `KINDS`.
        schedule: Of the anneals, for the ranked potential on the unit box, with a goal. Default
            `trained_schedule` with 10 steps, two qubits per axis idle until the state is
            interpolated: what is measured has four times the points of the phases along each axis.
        shots: Measurements of each, default 128, for which the schedules were trained.
        compiler: How phases become gates, see `anneal`.
        starts: Independent searches, default 4: where two of them agree is a success.
        most: Anneals in all, each a circuit and, on a device of an account, a job; default as many
            as the evaluations lead to, some 30 per variable.

    Raises:
        TypeError: The schedule is none, or has no goal.
        ValueError: A number is out of range.

    >>> Windows(num_qubits=3).shape("global", 2)
    (8, 2)
    """

    num_qubits: int = 4
    schedule: Schedule | None = None
    shots: int = 128
    compiler: str | Compiler | None = None
    starts: int = 4
    most: int | None = None

    def __post_init__(self) -> None:
        count("starts", self.starts)
        count("shots", self.shots)
        if self.most is not None:
            count("most", self.most)
        if count("num_qubits", self.num_qubits, least=2) > _MOST_QUBITS:
            must, remedy = f"be at most {_MOST_QUBITS}", "Windows have few points; 4 is usual."
            raise bad_value("num_qubits", must, self.num_qubits, remedy)
        given = self.schedule
        if given is not None and not (isinstance(given, Schedule) and given.is_free):
            remedy = "Write trained_schedule(10, coarse=2), or leave it out."
            raise bad_type("schedule", "be a Schedule with a goal", str(given), remedy)

    def schedule_on(self, sides: int) -> Schedule:
        """The schedule of windows with so many sides, 1 or 2."""
        return self.schedule or _usual_schedule(sides)

    def idle(self, sides: int) -> tuple[int, ...]:
        """Qubits along each side on which no phase acts."""
        return per_axis(self.schedule_on(sides).stages[-1].coarse, sides)

    def shape(self, kind: str, sides: int) -> tuple[int, ...]:
        """Points of the phases along each side of a window; 2 at least."""
        fewer = KINDS[kind].fewer[:sides]
        return tuple(1 << max(1, self.num_qubits - less) for less in fewer)


@cache
def _usual_schedule(sides: int) -> Schedule:
    """Asked for three times a window, which was a tenth of the time of a search."""
    return trained_schedule(STEPS, dimensions=sides, coarse=COARSE)


@dataclass(frozen=True)
class Window:
    """One anneal of `minimize`.

    Attributes:
        start: Number of the independent search that it belongs to, from 0.
        kind: Of `KINDS`.
        origin: The first point of its grid, before anything outside the box is moved to its edge.
        edges: From there to the end of each side, one or two vectors.
        x: Best measured point.
        fun: Its value; with constraints that of the augmented Lagrangian.
        lowest: Lowest value among the points that the phases were made from: what their evaluation
            alone gives, without a quantum computer.
        nfev: Evaluations for this window.
        two_qubit_gates: Of its circuit, before transpilation for a backend; counted for the first
            window of each size, since ranks leave out no string of Z.
    """

    start: int
    kind: str
    origin: tuple[float, ...]
    edges: tuple[tuple[float, ...], ...]
    x: tuple[float, ...]
    fun: float
    lowest: float
    nfev: int
    two_qubit_gates: int


@dataclass(frozen=True, eq=False)
class Patch:
    """A grid on a piece of a plane, or of a line, in units of the box.

    Attributes:
        origin: The first point, shape (d,).
        edges: From there to the end of each side, shape (sides, d).
        shape: Points along the sides; their ends are left out.
    """

    origin: Array
    edges: Array
    shape: tuple[int, ...]

    @cached_property
    def points(self) -> Array:
        """All points, shape (count, d)."""
        return self.at(np.indices(self.shape).reshape(len(self.shape), -1).T)

    def at(self, indices: NDArray[Any], stride: NDArray[Any] | int = 1) -> Array:
        """Points by index, shape (count, d); on a finer grid, with `stride` points for one."""
        parts = np.asarray(indices) / (np.array(self.shape) * stride)
        return np.asarray(np.clip(self.origin + parts @ self.edges, 0, 1))


def place(
    kind: Kind,
    x: Array,
    directions: Array,
    sides: Sequence[float],
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> Patch:
    """A window around a point, shifted by a random part of a cell.

    Along an axis it lies inside the box; along other directions what sticks out is moved to its
    edge.

    Args:
        kind: Of `KINDS`.
        x: The point, in units of the box.
        directions: One or two orthogonal unit vectors, shape (sides, d).
        sides: Lengths along them, in units of the box, at most 1.
        shape: Points along them.
        rng: Where in the window the point lies.

    >>> rng, axes = np.random.default_rng(1), np.eye(2)
    >>> patch = place(KINDS["local"], np.array([0.1, 0.9]), axes, [0.3, 0.3], (4, 4), rng)
    >>> bool((patch.points >= 0).all() and (patch.points <= 1).all())
    True
    """
    passes = rng.random() < 0.5
    origin = np.array(x, dtype=float)
    for direction, side, size, may in zip(directions, sides, shape, kind.through, strict=False):
        at = float(direction @ x)
        start = at - side * rng.uniform(kind.inner, 1 - kind.inner)
        if np.count_nonzero(direction) == 1:
            start = float(np.clip(start, 0, 1 - side))
        cell = side / size
        start += (at - start) % cell if passes and may else rng.uniform(0, cell)
        origin += (start - at) * direction
    return Patch(origin, np.asarray(sides)[:, None] * directions, shape)


class Directions:
    """Directions of windows: pairs of axes in random turns, and planes that lie askew.

    Args:
        axes: Unit vectors, shape (d, d): those of the box, or others (`turned_axes`).
        rng: Of the turns.
    """

    def __init__(self, axes: Array, rng: np.random.Generator) -> None:
        self._axes, self._rng = axes, rng
        self._turn = self._permuted()
        self.sides = min(2, len(axes))

    def axes(self) -> Array:
        """The next axes of a random permutation of all, shape (sides, d)."""
        first = next(self._turn)
        chosen = [first]
        while len(chosen) < self.sides:
            axis = next(self._turn)  # The next permutation may begin with the same one.
            chosen += [axis] * (axis != first)
        return self._axes[chosen]

    def askew(self, move: Array | None) -> Array:
        """A random plane, half of them along the last move, and half of those along an axis too."""
        rng, size = self._rng, len(self._axes)
        first, second = rng.normal(size=(2, size))
        if move is not None and rng.random() < 0.5:
            first = move
            if rng.random() < 0.5:
                second = self._axes[rng.integers(size)]
        first = first / np.linalg.norm(first)
        second = second - (second @ first) * first
        length = float(np.linalg.norm(second))
        # A move along that axis leaves nothing of it.
        return np.array([first, second / length]) if length > 1e-6 else self.axes()

    def _permuted(self) -> Iterator[int]:
        while True:
            yield from self._rng.permutation(len(self._axes)).tolist()
