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
    text = "run it and write slides: one HTML file that needs no network"
    form.add_argument("--slides", action="store_true", help=text)
    add("--fresh", action="store_true", help="write over a file that is there")
    text = "open it: a notebook in Jupyter, slides in a browser; a notebook that is there is kept"
    add("--open", action="store_true", help=text)


def _lessons(options: argparse.Namespace) -> int:
    from qdml_quantum.support.messages import bad_value
    from qdml_quantum.support.store import write_bytes
    from qdml_quantum.teach.lessons import find_lesson, notebook_json
    from qdml_quantum.teach.slides import slides

    if options.open and options.script:
        raise bad_value("open", "be left out with --script", True, "An editor opens scripts.")
    if options.lesson is None:
        return _list(options)
    lesson = find_lesson(options.lesson)
    kind = ".py" if options.script else ".slides.html" if options.slides else ".ipynb"
    path = Path(options.output or f"{lesson.stem}{kind}")
    jupyter = _jupyter() if kind == ".ipynb" else None
    if options.open and kind == ".ipynb" and jupyter is None:
        remedy = "pip install jupyterlab; or open the notebook in an editor that runs notebooks."
        raise bad_value("open", "find Jupyter here", "not installed", remedy)
    if path.exists() and not options.fresh:
        if not (options.open and jupyter):
            remedy = "It may hold your work: --open opens it, --fresh writes over it."
            raise bad_value("output", "be a new file", f"`{path}`", remedy)
    elif options.script:
        write_bytes(path, lesson.read_bytes())
    else:
        text = slides(lesson) if options.slides else notebook_json(lesson)
        write_bytes(path, text.encode())
    opened = options.open and _open(path, jupyter)
    facts = {"lesson": lesson.stem, "path": str(path), "opened": opened}
    shared.report(options, facts, [str(path) if opened else f"{path}   ({_way(path, jupyter)})"])
    return 0


def _jupyter() -> list[str] | None:
    """The command that opens notebooks here, if there is one."""
    import sys
    from importlib.util import find_spec

    known = (name for name in ("jupyterlab", "notebook") if find_spec(name))
    return next(([sys.executable, "-m", name] for name in known), None)


def _open(path: Path, jupyter: list[str] | None) -> bool:
    """Open it; Jupyter has the terminal until it is stopped there."""
    if jupyter is None:
        return shared.browse(path)
    import subprocess

    return subprocess.run([*jupyter, str(path)]).returncode == 0


def _way(path: Path, jupyter: list[str] | None) -> str:
    """What to do with the file."""
    if path.suffix == ".ipynb":
        return f"jupyter lab {path}" + ("; or at once: --open" if jupyter else "")
    return f"python {path}" if path.suffix == ".py" else "open it in a browser"


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
