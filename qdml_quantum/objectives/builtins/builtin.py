"""One entry of the list of built-in objectives, and the words that entries are written with."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.validate import Bounds, Points, checked_dimensions
from qdml_quantum.support.messages import argument

ANY = 24
"""Most dimensions of a built-in that is defined in all of them."""


@dataclass(frozen=True)
class Builtin:
    """A built-in objective in all its dimensions.

    The name is that of the function; the first line of its docstring is the description, the
    second paragraph the equation.

    Args:
        function: ``f(x1, ..., xd)`` on arrays.
        fewest: Smallest number of dimensions.
        most: Largest number of dimensions.
        bounds: Suggested box in d dimensions.
        minimizers: All global minimizers inside the box in d dimensions.
        minimum: The value there in d dimensions.
        reference: Where it comes from.
        aliases: Other names that people write.
    """

    function: Callable[..., Any]
    fewest: int
    most: int
    bounds: Callable[[int], Bounds]
    minimizers: Callable[[int], Points]
    minimum: Callable[[int], float]
    reference: str
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """The first line of the docstring."""
        return self._paragraph(0)

    @property
    def equation(self) -> str:
        """The formula in plain text."""
        return self._paragraph(1).replace("``", "").rstrip(".")

    def _paragraph(self, index: int) -> str:
        paragraphs = (inspect.getdoc(self.function) or "").split("\n\n")
        return " ".join(paragraphs[index].split()) if index < len(paragraphs) else ""

    def objective(self, dimensions: int | None = None) -> Objective:
        """The objective in some dimension, by default the smallest.

        Raises:
            TypeError: `dimensions` is not an integer.
            ValueError: The objective is not defined in that dimension.
        """
        count = self.fewest if dimensions is None else checked_dimensions(dimensions)
        if not self.fewest <= count <= self.most:
            allowed = (
                f"{self.fewest}" if self.fewest == self.most else f"{self.fewest} to {self.most}"
            )
            raise ValueError(
                argument(
                    "dimensions",
                    f"be {allowed} for objective '{self.name}'",
                    count,
                    f"Use dimensions={min(max(count, self.fewest), self.most)}.",
                )
            )
        return Objective(
            self.function,
            count,
            self.name,
            self.bounds(count),
            self.minimizers(count),
            self.minimum(count),
            self.reference,
            {"builtin": self.name, "dimensions": count},
            style="arrays",
        )


def box(lower: float, upper: float) -> Callable[[int], Bounds]:
    """The same interval on every axis.

    >>> box(-4, 4)(2)
    ((-4, 4), (-4, 4))
    """
    return lambda d: ((lower, upper),) * d


def sides(*pairs: tuple[float, float]) -> Callable[[int], Bounds]:
    """One interval per axis, for a fixed number of dimensions.

    >>> sides((0, 1), (2, 3))(2)
    ((0, 1), (2, 3))
    """
    return lambda d: pairs


def diagonal(*values: float) -> Callable[[int], Points]:
    """Points with the same coordinate on every axis.

    >>> diagonal(1.0)(3)
    ((1.0, 1.0, 1.0),)
    """
    return lambda d: tuple((value,) * d for value in values)


def points(*minimizers: tuple[float, ...]) -> Callable[[int], Points]:
    """Points for a fixed number of dimensions.

    >>> points((0.0, -1.0))(2)
    ((0.0, -1.0),)
    """
    return lambda d: minimizers


def always(value: float) -> Callable[[int], float]:
    """The same minimum in every dimension.

    >>> always(-1.0)(3)
    -1.0
    """
    return lambda d: value


def per_axis(value: float) -> Callable[[int], float]:
    """A minimum that adds up over the axes.

    >>> per_axis(-0.5)(3)
    -1.5
    """
    return lambda d: value * d
