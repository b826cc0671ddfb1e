"""The lessons: scripts with cells, which are notebooks and slides as well."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import unknown

_SHIPPED = Path(__file__).with_name("lessons")
_CLONE = Path(__file__).parents[2] / "examples"
"""An installed package has its own; a clone keeps them where people look for them."""

KERNEL = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def lesson_files() -> dict[str, Path]:
    """The files of all lessons by their numbers, ``"01"``, ``"02"``, ...

    >>> lesson_files()["01"].name
    '01_double_well.py'
    """
    folder = _SHIPPED if _SHIPPED.is_dir() else _CLONE
    return {file.name[:2]: file for file in sorted(folder.glob("[0-9][0-9]_*.py"))}


def find_lesson(which: str | int) -> Path:
    """The file of a lesson, by its number or its name.

    Raises:
        ValueError: There is none.

    >>> find_lesson(9) == find_lesson("wave_packets")
    True
    """
    key = str(which).strip().lower().removesuffix(".py")
    files = lesson_files()
    names = {file.stem[3:]: file for file in files.values()}
    known = files | names | {file.stem: file for file in files.values()}
    if key.zfill(2) in files:
        return files[key.zfill(2)]
    if key not in known:
        raise ValueError(unknown("lesson", which, (*files, *names)))
    return known[key]


def title_of(lesson: Path) -> str:
    """What a lesson is about, in a line.

    >>> title_of(find_lesson(1))
    'anneal a tilted double well, and look whether to believe it'
    """
    words = ast.get_docstring(ast.parse(lesson.read_text(encoding="utf-8"))) or ""
    return words.partition("\n")[0].removeprefix("Lesson: ").removesuffix(".")


def notebook(text: str) -> Any:
    """The notebook (`nbformat`) of a lesson; what stands above its cells is its title.

    Cells say what they are as slides, too: a part begins one, an answer comes on the next key.

    Args:
        text: The script.

    Raises:
        ImportError: `jupytext` is not installed (extra `lessons`).
    """
    jupytext = require("jupytext", "Notebooks of lessons")
    made = jupytext.reads(text, fmt="py:percent")
    made.metadata.update(KERNEL)
    _put_title(made)
    for cell in made.cells:
        cell.metadata["slideshow"] = {"slide_type": _slide_type(cell)}
    return made


def _put_title(made: Any) -> None:
    """Replace the docstring, which is the first cell, by a title and its other paragraphs."""
    first = made.cells[0]
    statement, *rest = ast.parse(first.source).body
    words = ast.get_docstring(ast.Module([statement], [])) or ""
    if not rest:
        del made.cells[0]
        return
    first.source = "\n".join(first.source.splitlines()[rest[0].lineno - 1 :])
    title, _, more = words.partition("\n\n")
    cells = require("nbformat.v4", "Notebooks of lessons")
    made.cells.insert(0, cells.new_markdown_cell(f"# {title}\n\n{more}"))


def _slide_type(cell: Any) -> str:
    """`slide` begins a slide, `fragment` waits for a key, `-` goes on."""
    if cell.cell_type == "markdown":
        return "fragment" if cell.source.startswith("<details>") else "slide"
    return "fragment" if "hide-output" in cell.metadata.get("tags", ()) else "-"


def notebook_json(lesson: Path) -> str:
    """The notebook of a lesson as the text of its file, not run yet."""
    made = notebook(lesson.read_text(encoding="utf-8"))
    return f"{require('nbformat', 'Notebooks of lessons').writes(made)}\n"
