"""Rows of the tables a person reads: facts and checks as aligned text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qdml_quantum.support.check import Check

INDENT = "  "


def check_rows(checks: Sequence[Check]) -> Iterable[str]:
    """Checks as aligned text, with the remedy of those that failed."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        sign = ">=" if check.at_least else "<="
        yield (
            f"{INDENT}{check.word}  {check.name:<{width}}  {check.value:10.3g} {sign} "
            f"{check.limit:<8.3g} {check.meaning}"
        )
        if not check.passed:
            yield f"{INDENT}{'':4}  -> {check.remedy}"


def fact_rows(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Names and texts as aligned text."""
    return [f"{INDENT}{name:<22}{text}" for name, text in facts]


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as aligned text.

    >>> columns([("", "real"), ("energy", "1")])
    ['          real', '  energy  1']
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (INDENT + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]
