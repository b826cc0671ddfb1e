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
