"""A lesson as slides: one HTML file that needs no network and no other file."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Any

from qdml_quantum.support.extras import require
from qdml_quantum.teach.lessons import notebook, title_of

_PAGE = Path(__file__).with_name("slides.html")


def slides(lesson: Path) -> str:
    """A lesson, run, as slides with all it prints and draws: a part is one, answers wait for a key.

    Keys are those of every presentation: right, page down and blank go on, left and page up go
    back. Printed, every slide is a page with its answers.

    Args:
        lesson: Its file.

    Raises:
        ImportError: `nbconvert` or `nbclient` is not installed (extra `lessons`).
    """
    convert = require("nbconvert", "Slides of lessons")
    client = require("nbclient", "Slides of lessons")
    made = notebook(lesson.read_text(encoding="utf-8"))
    client.NotebookClient(made, timeout=300).execute()
    exporter = convert.HTMLExporter(template_name="basic", exclude_anchor_links=True)
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    parts: list[list[str]] = []
    for cell in made.cells:
        kind = cell.metadata["slideshow"]["slide_type"]
        if kind == "slide" or not parts:
            parts.append([])
        parts[-1].append(_shown(exporter, made, cell, waits=kind == "fragment"))
    html = require("pygments.formatters.html", "Slides of lessons")
    page = Template(_PAGE.read_text(encoding="utf-8"))
    return page.substitute(
        title=escape(title_of(lesson)),
        highlight=html.HtmlFormatter().get_style_defs(".highlight"),
        slides="\n".join(f"<section>{''.join(part)}</section>" for part in parts),
    )


def _shown(exporter: Any, made: Any, cell: Any, *, waits: bool) -> str:
    """A cell in HTML; where it waits for a key, what it prints and draws does, not what it runs."""
    alone = made.copy()
    alone.cells = [cell]
    text: str = exporter.from_notebook_node(alone)[0]
    if not waits:
        return text
    if cell.cell_type == "markdown":  # Whoever goes on wants to see the answer that it folds.
        return f'<div class="fragment">{text.replace("<details>", "<details open>")}</div>'
    halves = []
    for half in ("exclude_output", "exclude_input"):
        setattr(exporter, half, True)
        halves.append(exporter.from_notebook_node(alone)[0])
        setattr(exporter, half, False)
    return f'{halves[0]}<div class="fragment">{halves[1]}</div>'
