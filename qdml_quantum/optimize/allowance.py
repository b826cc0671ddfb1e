"""The allowance of `minimize`: evaluations and windows, and how the starts share them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qdml_quantum.optimize.start import FINE
from qdml_quantum.optimize.windows import KINDS, Windows
from qdml_quantum.support.messages import bad_value

_SPARE = 25
"""Evaluations kept back: six points in four ways to call a function that are not taken, and the
first best point once more, to see noise."""


@dataclass(frozen=True)
class Allowance:
    """What a search may spend.

    Args:
        maxfev: Evaluations in all.
        windows: Of the search.
        dimensions: Number of variables.

    Raises:
        ValueError: The evaluations do not suffice for a single start.

    >>> plane = Allowance(6400, Windows(), 2)
    >>> plane.least, plane.num_starts, plane.share(0, 0), plane.share(5000, 3)
    (432, 4, 1600.0, 1400.0)
    """

    maxfev: int
    windows: Windows
    dimensions: int

    def __post_init__(self) -> None:
        least = self.least + _SPARE
        if self.maxfev < least:
            remedy = "Give more, or smaller windows: windows=Windows(num_qubits=3) (--qubits 3)."
            raise bad_value("maxfev", f"be at least {least} for one start", self.maxfev, remedy)

    @property
    def sides(self) -> int:
        """Of a window: a piece of a plane, or of a line."""
        return min(2, self.dimensions)

    @property
    def fine(self) -> int:
        """Points of a window that are evaluated because they were measured."""
        return int(np.minimum(FINE, self.windows.shots))

    @property
    def firsts(self) -> int:
        """Windows until every axis was seen."""
        return -(-self.dimensions // self.sides)

    @property
    def least(self) -> int:
        """Evaluations of a start that looks along every axis once, and once around."""
        size = int(np.prod(self.windows.shape("first", self.sides)))
        return self.firsts * size + (self.firsts + 1) * self.fine + size // 2

    @property
    def num_starts(self) -> int:
        """As many of the starts as there are evaluations and windows for, one at least."""
        fit = (self.maxfev - _SPARE) // self.least
        if self.windows.most is not None:
            fit = int(np.minimum(fit, self.windows.most // (self.firsts + 1)))
        return int(np.clip(fit, 1, self.windows.starts))

    @property
    def most_windows(self) -> int:
        """Windows after which the search ends: as if half of their points were measured at least.

        On a device each is a job, and what all of them cost is said before.
        """
        if self.windows.most is not None:
            return self.windows.most
        least = min(int(np.prod(self.windows.shape(kind, self.sides))) for kind in KINDS)
        return 1 + self.maxfev // (least + self.fine // 2)

    def windows_of(self, number: int, before: int) -> int:
        """Windows that a start may take when so many were taken: no more than those to come."""
        return (self.most_windows - before) // (self.num_starts - number)

    def share(self, begun: int, number: int, part: float = 1.0) -> float:
        """Evaluations of a start that begins after so many, of a part of all: as `windows_of`."""
        left = float(np.maximum(0.0, self.maxfev * part - begun))
        return left / (self.num_starts - number)
