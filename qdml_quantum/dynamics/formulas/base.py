"""A product formula as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Term = Literal["potential", "kinetic"]
POTENTIAL: Term = "potential"
KINETIC: Term = "kinetic"


@dataclass(frozen=True)
class Formula:
    """``exp(-i dt (K + V)) ~ product of exp(-i f dt term)`` over `factors`, first factor first.

    Args:
        name: Name used on the command line.
        order: The error of a run at fixed total time falls as ``dt^order``; measured by a test.
        factors: ``(term, fraction)`` pairs; the fractions of each term sum to 1.
        reference: Where the formula comes from.

    Raises:
        ValueError: An unknown term, or the fractions of a term do not sum to 1.
    """

    name: str
    order: int
    factors: tuple[tuple[Term, float], ...]
    reference: str = ""

    def __post_init__(self) -> None:
        for name, _ in self.factors:
            if name not in (POTENTIAL, KINETIC):
                raise ValueError(
                    f"Formula `{self.name}` has the unknown term {name!r}. "
                    f"Use `{POTENTIAL}` or `{KINETIC}`."
                )
        for term in (POTENTIAL, KINETIC):
            total = sum(fraction for name, fraction in self.factors if name == term)
            if abs(total - 1) > 1e-12:
                raise ValueError(
                    f"The {term} fractions of formula `{self.name}` must sum to 1, but sum to "
                    f"{total!r}. Rescale them: a step of length dt must apply each term for dt."
                )

    @property
    def has_negative_fractions(self) -> bool:
        """Whether a factor runs backwards in time, which imaginary time cannot follow."""
        return any(fraction < 0 for _, fraction in self.factors)
