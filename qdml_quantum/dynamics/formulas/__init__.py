"""Product formulas, one per file. A new one is a file and a line in `FILES`."""

from __future__ import annotations

from qdml_quantum.dynamics.formulas.base import KINETIC, POTENTIAL, Formula, Term
from qdml_quantum.support.messages import unknown
from qdml_quantum.support.registry import collect

FILES = (
    "lie",
    "strang",
    "suzuki4",
)
"""Files of this folder, each with its `FORMULA`; a new one is a file and a line here."""

FORMULAS: dict[str, Formula] = {f.name: f for f in collect(__name__, FILES, "FORMULA")}
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


__all__ = ["FORMULAS", "KINETIC", "POTENTIAL", "Formula", "Term", "as_formula"]
