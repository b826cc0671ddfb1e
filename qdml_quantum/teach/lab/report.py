"""Tables and searches as a page: sortable columns, intervals drawn, windows that close in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.store import finite_json
from qdml_quantum.teach.lab.page import page_of

ENTRY = "report.js"
LARGEST = 300_000
"""Bytes of a page; longer tables are cut, and the page says so."""
KINDS = ("text", "number", "interval")


@dataclass(frozen=True)
class Sheet:
    """A table of a page.

    Args:
        title: Above it.
        columns: Name and kind of each; an ``"interval"`` has cells ``[value, low, high]``.
        rows: Their cells; what is not finite or None is shown as missing.

    Raises:
        ValueError: A kind is unknown, or a row has another length.

    >>> Sheet("a", [("x", "number")], [[1.0]]).to_dict()["rows"]
    [[1.0]]
    """

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]

    def __post_init__(self) -> None:
        for name, kind in self.columns:
            if kind not in KINDS:
                raise bad_value("columns", f"be of a kind in {KINDS}", (name, kind))
        for row in self.rows:
            if len(row) != len(self.columns):
                raise bad_value("rows", f"have {len(self.columns)} cells each", len(row))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        columns = [{"name": str(name), "kind": kind} for name, kind in self.columns]
        return {"title": self.title, "columns": columns, "rows": finite_json(list(self.rows))}


def report_page(
    title: str,
    words: Iterable[str],
    sheets: Sequence[Sheet],
    search: Mapping[str, Any] | None = None,
) -> str:
    """A page of tables, below 300 kB and without any request.

    Tables that are too long lose their last rows, and a sentence says how many.

    Args:
        title: Of the page.
        words: Paragraphs below it.
        sheets: The tables.
        search: Windows of a search: ``bounds``, ``windows``, ``x`` and ``lowest``.
    """
    tables = [sheet.to_dict() for sheet in sheets]
    rows = max((len(sheet.rows) for sheet in sheets), default=0)
    told = list(words)
    for most in (rows, 2000, 1000, 500, 200, 50):
        cut = [table | {"rows": table["rows"][:most]} for table in tables]
        left = sum(len(table["rows"]) for table in tables) - sum(len(t["rows"]) for t in cut)
        more = (
            [f"{left} rows are left out here; they stand in the files beside it."] if left else []
        )
        data = {"title": title, "words": [*told, *more], "tables": cut, "search": search}
        page = page_of(ENTRY, finite_json(data), title=title)
        if len(page.encode()) < LARGEST:
            break
    return page
