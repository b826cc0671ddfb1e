"""What notebooks show: sentences and tables as HTML that is read on light and on dark pages."""

from __future__ import annotations

from base64 import b64encode
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


def bars(values: Sequence[float], title: str, lower: str = "", upper: str = "") -> str:
    """A histogram as a picture of its own, which notebooks show that run no script.

    An image of vector graphics inside of ``<img>``: nothing in it can run or ask for anything, and
    what cleans the HTML of a notebook that is not trusted leaves it.

    Args:
        values: Not negative; their largest one has full height.
        title: For those who cannot see it.
        lower: Below the left end.
        upper: Below the right end.

    >>> bars([1, 2], "a <b>")[:47], bars([], "none")
    ('<img alt="a &lt;b&gt;" src="data:image/svg+xml;', '')
    """
    most = max(values, default=0.0)
    if not most > 0:
        return ""
    width, height = 480, 110
    column = width / len(values)
    drawn = "".join(
        f'<rect x="{column * j:.4g}" y="{height * (1 - value / most):.4g}" '
        f'width="{0.92 * column:.4g}" height="{height * value / most:.4g}"/>'
        for j, value in enumerate(values)
        if value > 0
    )
    ends = "".join(
        f'<text x="{x}" y="{height + 16}" text-anchor="{anchor}" font-size="13" '
        f'font-family="sans-serif" fill="#777">{escape(text)}</text>'
        for x, anchor, text in ((0, "start", lower), (width, "end", upper))
    )
    return _image(width, height + 20, f'<g fill="#3f87c9">{drawn}</g>{ends}', title)


def dots(values: Sequence[Sequence[float]], title: str) -> str:
    """The same of two dimensions: a dot of the area of each value, rows from below.

    >>> dots([[0.0, 1.0]], "map")[:14], dots([[0.0]], "none")
    ('<img alt="map"', '')
    """
    most = max((value for row in values for value in row), default=0.0)
    if not most > 0:
        return ""
    side = 260
    dx, dy = side / len(values[0]), side / len(values)
    largest = 0.5 * (dx if dx < dy else dy)
    drawn = "".join(
        f'<circle cx="{dx * (i + 0.5):.4g}" cy="{side - dy * (j + 0.5):.4g}" '
        f'r="{largest * (value / most) ** 0.5:.3g}"/>'
        for j, row in enumerate(values)
        for i, value in enumerate(row)
        if value > 1e-3 * most
    )
    frame = f'<path d="M0 0H{side}V{side}H0Z" fill="none" stroke="#999"/>'
    return _image(side, side, f'{frame}<g fill="#3f87c9">{drawn}</g>', title)


def _image(width: int, height: int, inside: str, title: str) -> str:
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{inside}</svg>'
    )
    data = b64encode(picture.encode()).decode()
    return f'<img alt="{escape(title)}" src="data:image/svg+xml;base64,{data}">'
