"""Product formulas as data. A new one is an entry in `FORMULAS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qdml_quantum.support.messages import unknown

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


_P = 1 / (4 - 4 ** (1 / 3))
_SUZUKI = (_P, _P, 1 - 4 * _P, _P, _P)
"""Strang steps of the Suzuki formula, the middle one backwards in time."""

_ALL = (
    Formula(
        "lie",
        1,
        ((POTENTIAL, 1.0), (KINETIC, 1.0)),
        "H. F. Trotter, Proc. Am. Math. Soc. 10, 545 (1959), doi 10.2307/2033649",
    ),
    Formula(
        "strang",  # The half steps of neighbouring steps merge into one.
        2,
        ((POTENTIAL, 0.5), (KINETIC, 1.0), (POTENTIAL, 0.5)),
        "G. Strang, SIAM J. Numer. Anal. 5, 506 (1968), doi 10.1137/0705041",
    ),
    Formula(
        "suzuki4",
        4,
        tuple(
            pair for p in _SUZUKI for pair in ((POTENTIAL, p / 2), (KINETIC, p), (POTENTIAL, p / 2))
        ),
        "M. Suzuki, Phys. Lett. A 146, 319 (1990), doi 10.1016/0375-9601(90)90962-N",
    ),
)
FORMULAS = {formula.name: formula for formula in _ALL}
"""The product formulas by name."""


def as_formula(formula: str | Formula) -> Formula:
    """Look a formula up by name; a `Formula` passes through.

    Raises:
        ValueError: No formula has this name.

    >>> as_formula("strang").order
    2
    """
    if isinstance(formula, Formula):
        return formula
    if formula not in FORMULAS:
        raise ValueError(unknown("formula", formula, FORMULAS))
    return FORMULAS[formula]
