"""A diagnostic as a plain value: what was measured, its limit, what it means, what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qdml_quantum.support import html


@dataclass(frozen=True)
class Check:
    """One diagnostic of a run.

    Attributes:
        name: Short name, snake case.
        value: What was measured.
        limit: Largest value that passes, or smallest where `at_least`.
        passed: Whether the value keeps the limit; NaN never does.
        meaning: What the value says.
        remedy: What to do when it fails.
        at_least: Whether `limit` is a lower limit.
        decides: Whether a run that fails it has failed; else it is for information.
    """

    name: str
    value: float
    limit: float
    passed: bool
    meaning: str
    remedy: str
    at_least: bool = False
    decides: bool = True

    def to_dict(self) -> dict[str, object]:
        """Plain JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Check:
        """Read what `to_dict` wrote; JSON has no NaN, and null stands for it.

        >>> failed = at_most("wrap", math.nan, 1.0, "meaning", "remedy")
        >>> again = Check.from_dict(failed.to_dict() | {"value": None})
        >>> math.isnan(again.value), again.passed
        (True, False)
        """
        known: dict[str, Any] = {k: math.nan if v is None else v for k, v in data.items()}
        return cls(**known)

    @property
    def keeps_its_limit(self) -> bool:
        """What `passed` has to be."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def word(self) -> str:
        """How tables show it: ``"pass"``, ``"FAIL"``, or ``"note"`` where it does not decide."""
        return "pass" if self.passed else "FAIL" if self.decides else "note"

    def _repr_html_(self) -> str:
        return html.check_line(self)

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{self.word} {self.name}: {self.value:.3g} ({sign} {self.limit:.3g})"


def at_most(name: str, value: float, limit: float, meaning: str, remedy: str) -> Check:
    """A check that fails above its limit."""
    return Check(name, float(value), float(limit), bool(value <= limit), meaning, remedy)


def at_least(name: str, value: float, limit: float, meaning: str, remedy: str) -> Check:
    """A check that fails below its limit."""
    passed = bool(value >= limit)
    return Check(name, float(value), float(limit), passed, meaning, remedy, at_least=True)
