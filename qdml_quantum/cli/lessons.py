"""`qdml lessons`: the list, and a lesson as a notebook, a script or slides."""

from __future__ import annotations

import argparse
from pathlib import Path

from qdml_quantum.cli import options as shared


def _add(parser: argparse.ArgumentParser) -> None:
    text = "number or name of a lesson; without it all are listed"
    parser.add_argument("lesson", nargs="?", metavar="LESSON", help=text)
    add = shared.add_output(parser)
    text = "where it is written (default its own name, here)"
    add("--output", metavar="FILE", type=shared.to_write(), help=text)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--script", action="store_true", help="copy the script, not a notebook")
    text = "run it and write slides (reveal.js, which a browser gets from the network)"
    form.add_argument("--slides", action="store_true", help=text)
    text = "of slides: folder with what `npm install reveal.js@4 requirejs jquery` put there"
    add("--modules", metavar="DIR", default="", help=text)
    add("--fresh", action="store_true", help="write over a file that is there")


def _lessons(options: argparse.Namespace) -> int:
    from qdml_quantum.support.messages import bad_value
    from qdml_quantum.support.store import write_bytes
    from qdml_quantum.teach.lessons import find_lesson, notebook_json, slides

    if options.lesson is None:
        return _list(options)
    lesson = find_lesson(options.lesson)
    kind = ".py" if options.script else ".slides.html" if options.slides else ".ipynb"
    path = Path(options.output or f"{lesson.stem}{kind}")
    if path.exists() and not options.fresh:
        remedy = "It may hold your work: use another --output, or --fresh to write over it."
        raise bad_value("output", "be a new file", f"`{path}`", remedy)
    if options.script:
        text = lesson.read_text(encoding="utf-8")
    elif options.slides:
        text = slides(lesson, options.modules)
    else:
        text = notebook_json(lesson)
    write_bytes(path, text.encode())
    opens = {".py": f"python {path}", ".ipynb": f"jupyter lab {path}"}.get(kind, "open it")
    shared.report(options, {"lesson": lesson.stem, "path": str(path)}, [f"{path}   ({opens})"])
    return 0


def _list(options: argparse.Namespace) -> int:
    from qdml_quantum.teach.lessons import lesson_files, title_of

    facts = [
        {"number": int(number), "lesson": file.stem, "title": title_of(file)}
        for number, file in lesson_files().items()
    ]
    lines = [f"{one['number']:>2}  {one['title']}" for one in facts]
    shared.report(options, facts, [*lines, "", "qdml lessons 1   (writes it here, as a notebook)"])
    return 0


COMMANDS = (shared.Command("lessons", "the lessons, as notebooks or slides", _add, _lessons),)
