"""One of the independent searches of `minimize`: windows around its best point, ever smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from qdml_quantum.optimize.windows import KINDS, Directions, Patch, Windows, place
from qdml_quantum.support.arrays import Array

FINE = 24
"""Most measured points of a window that are evaluated; more found no lower ones."""
_LAST = 0.01
"""Side of the last windows, in units of the box: from there polishing takes fewer evaluations."""
_ASKEW = 0.3
"""Of local windows, on planes that lie askew to the axes."""
_RIM, _WIDER = 0.15, 1.5
"""Where the best point of a small window lies so near its rim (of a side), the next is wider."""


@dataclass(eq=False)
class Look:
    """What one window gave: its best measured point, and what there was to measure."""

    kind: str
    patch: Patch
    x: Array
    fun: float
    lowest: float
    inside: Array
    """Where the best point lies, in units of the sides."""


@dataclass(eq=False)
class Start:
    """A search from one point.

    Until every axis was seen, windows look at the whole box along two axes. Then long and narrow
    ones, as likely as small ones, look around the best point, in which s is their side; it shrinks
    where a small window finds nothing better.

    Attributes:
        measure: From values on the grid of a window to indices of what was measured.
        value: Of points in units of the box, shape (count, d), counted.
        windows: See `minimize`.
        most_fine: Measured points of a window that are evaluated.
        rng: Where windows lie.
        x: The best point so far, in units of the box; at first where the search begins.
        fun: Its value; infinite while nothing was measured.
        axes: Directions of windows, shape (d, d); default None, the axes of the box.
        spread: First quartile less the smallest of the finite values in the last window.
        side: Of the next small window.
    """

    measure: Callable[[Array], Array]
    value: Callable[[Array], Array]
    windows: Windows
    most_fine: int
    rng: np.random.Generator
    x: Array
    fun: float = np.inf
    side: float = 1.0
    axes: Array | None = None
    spread: float = 0.0
    _seen: int = 0
    _move: Array | None = None
    _directions: Directions = field(init=False)

    def __post_init__(self) -> None:
        axes = np.eye(len(self.x)) if self.axes is None else self.axes
        self._directions = Directions(axes, self.rng)

    @property
    def is_narrow(self) -> bool:
        """Whether its windows have closed in."""
        return self.side <= _LAST

    @property
    def shrinks(self) -> float:
        """Factor of the side for a small window without anything better: half a turn of axes."""
        d = len(self.x)
        per = max(2.0, d * (d - 1) / 4) if d < 8 else d
        return float(0.5 ** (1 / per))

    def next_kind(self) -> str:
        """Of the next window."""
        if self._seen < len(self.x):
            return "first"
        return "global" if self.rng.random() < 0.5 else "local"

    def most_evaluations(self, kind: str) -> int:
        """That a window of this kind can take."""
        return int(np.prod(self.windows.shape(kind, self._directions.sides))) + self.most_fine

    def look(self, kind: str, *, askew: float = _ASKEW) -> Look:
        """Anneal in one window, and go where it is lower.

        Args:
            kind: Of `KINDS`.
            askew: Share of local windows on planes that lie askew to the axes.
        """
        patch = self._place(kind, askew)
        values = self.value(patch.points).reshape(patch.shape)
        finite = values[np.isfinite(values)]
        self.spread = float(np.quantile(finite, 0.25) - finite.min()) if len(finite) else 0.0
        look = self._best(kind, patch, values)
        if look.fun < self.fun:
            if np.isfinite(self.fun) and (look.x != self.x).any():
                self._move = look.x - self.x
            self.x, self.fun = look.x, look.fun
            if kind == "local" and (np.abs(look.inside - 0.5) > 0.5 - _RIM).any():
                self.side = float(np.minimum(1.0, self.side * _WIDER))
        elif kind == "local":
            self.side *= self.shrinks
        return look

    def _place(self, kind: str, askew: float) -> Patch:
        tilted = kind == "local" and self._directions.sides > 1 and self.rng.random() < askew
        directions = self._directions.askew(self._move) if tilted else self._directions.axes()
        sides = [self.side] * len(directions)
        if kind == "first":
            self._seen += len(directions)
            sides = [1.0] * len(directions)
        elif kind == "global":
            sides[0] = self.side ** self.rng.random()
        shape = self.windows.shape(kind, len(directions))
        return place(KINDS[kind], self.x, directions, sides, shape, self.rng)

    def _best(self, kind: str, patch: Patch, values: Array) -> Look:
        """The lowest of what was measured: shots are read as the point of the phases next to them.

        That value is known. Of the shots between such points those next to the lowest ones are
        evaluated as well.
        """
        measured = self.measure(values)
        shape = np.array(patch.shape)
        stride = 1 << np.array(self.windows.idle(len(shape)))
        parents = (measured + stride // 2) // stride % shape
        known = values[tuple(parents.T)]
        best = int(np.argmin(known))
        look = Look(
            kind=kind,
            patch=patch,
            x=patch.at(parents[best]),
            fun=float(known[best]),
            lowest=float(values.min()),
            inside=parents[best] / shape,
        )
        between = np.flatnonzero((measured % stride).any(axis=1))
        between = between[np.argsort(known[between], kind="stable")][: self.most_fine]
        if len(between):
            points = patch.at(measured[between], stride)
            fine = self.value(points)
            best = int(np.argmin(fine))
            if fine[best] < look.fun:
                look.x, look.fun = points[best], float(fine[best])
                look.inside = measured[between[best]] / (shape * stride)
        return look
