"""Product formulas, one per file. A new one is a file and a line in `FORMULAS`."""

from __future__ import annotations

from qdml_quantum.dynamics.formulas.base import KINETIC, POTENTIAL, Formula, Term
from qdml_quantum.dynamics.formulas.lie import LIE
from qdml_quantum.dynamics.formulas.strang import STRANG
from qdml_quantum.dynamics.formulas.suzuki4 import SUZUKI4
from qdml_quantum.support.messages import unknown

FORMULAS: dict[str, Formula] = {formula.name: formula for formula in (LIE, STRANG, SUZUKI4)}
"""The product formulas by name: `lie`, `strang` and `suzuki4`."""


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


__all__ = ["FORMULAS", "KINETIC", "POTENTIAL", "Formula", "Term", "as_formula"]
