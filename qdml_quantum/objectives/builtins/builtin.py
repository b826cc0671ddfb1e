"""One entry of the list of built-in objectives, and the words that entries are written with."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.validate import Bounds, Points, checked_dimensions
from qdml_quantum.support.messages import bad_value

T = TypeVar("T")

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
        bounds: Suggested box, or a function of d that gives it.
        minimizers: All global minimizers inside the box, or a function of d that gives them.
        minimum: The value there, or a function of d that gives it.
        reference: Where it comes from.
        aliases: Other names that people write.
        periodic: Whether the suggested box is one period.
    """

    function: Callable[..., Any]
    fewest: int
    most: int
    bounds: Bounds | Callable[[int], Bounds]
    minimizers: Points | Callable[[int], Points]
    minimum: float | Callable[[int], float]
    reference: str
    aliases: tuple[str, ...] = ()
    periodic: bool = False

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
            allowed = f"{self.fewest}" + f" to {self.most}" * (self.fewest < self.most)
            must = f"be {allowed} for objective '{self.name}'"
            remedy = f"Use dimensions={min(max(count, self.fewest), self.most)}."
            raise bad_value("dimensions", must, count, remedy)
        return Objective(
            self.function,
            count,
            self.name,
            _in(self.bounds, count),
            _in(self.minimizers, count),
            _in(self.minimum, count),
            self.reference,
            {"builtin": self.name, "dimensions": count},
            style="arrays",
            periodic=self.periodic,
        )


def _in(given: T | Callable[[int], T], dimensions: int) -> T:
    return given(dimensions) if callable(given) else given


def box(lower: float, upper: float) -> Callable[[int], Bounds]:
    """The same interval on every axis.

    >>> box(-4, 4)(2)
    ((-4, 4), (-4, 4))
    """
    return lambda d: ((lower, upper),) * d


def diagonal(*values: float) -> Callable[[int], Points]:
    """Points with the same coordinate on every axis.

    >>> diagonal(1.0)(3)
    ((1.0, 1.0, 1.0),)
    """
    return lambda d: tuple((value,) * d for value in values)


def per_axis(value: float) -> Callable[[int], float]:
    """A minimum that adds up over the axes.

    >>> per_axis(-0.5)(3)
    -1.5
    """
    return lambda d: value * d
