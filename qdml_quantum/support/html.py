"""What notebooks show: sentences and tables as HTML that is read on light and on dark pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

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


def framed(page: str, title: str) -> str:
    """A whole page, shut off from the one around it by a sandbox."""
    return (
        f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" title="{escape(title)}" '
        'style="width:100%; height:720px; border:0"></iframe>'
    )


def preformatted(text: str) -> str:
    """Text as it stands in a terminal."""
    return f'<pre style="margin:4px 0; white-space:pre-wrap">{escape(text)}</pre>'
