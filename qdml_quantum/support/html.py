"""What notebooks show: sentences and tables as HTML that is read on light and on dark pages.

A `Check` shows itself by this module, which therefore does not import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

# Told apart in every colour blindness, and at least 4.5 to 1 on white; words say the same.
_COLOURS = {"pass": "#0072B2", "FAIL": "#C24A00", "note": "#8A6500"}
_CELL = "text-align:left; padding:1px 10px 1px 0; vertical-align:top"


def block(title: str, *parts: str) -> str:
    """A title over some parts.

    >>> block("a < b", paragraph("c"))
    '<div><b>a &lt; b</b><p style="margin:4px 0">c</p></div>'
    """
    return f"<div><b>{escape(title)}</b>{''.join(parts)}</div>"


def paragraph(words: str) -> str:
    """A paragraph."""
    return f'<p style="margin:4px 0">{escape(words)}</p>'


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows of cells; nothing where there are none.

    >>> table([]), table([("a", "<b>")])[-27:]
    ('', '&lt;b&gt;</td></tr></table>')
    """
    lines = ["".join(f'<th style="{_CELL}">{escape(cell)}</th>' for cell in head)] if head else []
    body = ["".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) for row in rows]
    if not body:
        return ""
    inside = "".join(f"<tr>{line}</tr>" for line in (*lines, *body))
    return f'<table style="border-collapse:collapse; margin:4px 0">{inside}</table>'


def folded(title: str, inside: str) -> str:
    """What is shown on a click."""
    if not inside:
        return ""
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"


def preformatted(text: str) -> str:
    """Text as it stands in a terminal."""
    return f'<pre style="margin:4px 0; white-space:pre-wrap">{escape(text)}</pre>'


def check_line(check: Any) -> str:
    """One check: its word in a colour, value, limit, meaning, and the remedy where it failed."""
    colour = _COLOURS[check.word]
    word = f'<b style="color:{colour}">{check.word}</b>'
    sign = "&ge;" if check.at_least else "&le;"
    words = f"{escape(check.name)} {check.value:.3g} {sign} {check.limit:.3g}: "
    remedy = "" if check.passed else f"<br>&rarr; {escape(check.remedy)}"
    return f"<div>{word} {words}{escape(check.meaning)}{remedy}</div>"


def check_lines(checks: Sequence[Any]) -> str:
    """Those that failed in the open, the others on a click."""
    red = "".join(check_line(check) for check in checks if not check.passed)
    green = [check for check in checks if check.passed]
    plural = "" if len(green) == 1 else "s"
    return red + folded(f"{len(green)} check{plural} passed", "".join(map(check_line, green)))
