"""`qdml lab`: the page in which a class sees an anneal, and the check of its code words."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from qdml_quantum.cli import options as shared

PAGE = f"{shared.RUNS}/lab.html"


def _add(parser: argparse.ArgumentParser) -> None:
    shared.add_spec(parser, shared.OBJECTIVE)
    problem = next(action for action in parser._actions if action.dest == "problem")
    problem.nargs, problem.required = "?", False
    add = shared.add_output(parser)
    text = f"write the page there and do not open it, not {PAGE}"
    add("--output", metavar="FILE", type=shared.to_write(), help=text)
    text = "say which code words of a table with the columns name, exercise, word are right"
    add("--check", metavar="FILE", help=text)


def _lab(options: argparse.Namespace) -> int:
    if options.check is not None:
        return _check(options)
    from qdml_quantum.lab.page import lab_page
    from qdml_quantum.support.store import write_bytes

    page = lab_page(_data(options)).encode()
    path = Path(options.output or PAGE)
    write_bytes(path, page)
    opened = options.output is None and _open(path)
    facts = {"page": str(path), "bytes": len(page), "opened": opened}
    shown = f"{path}: {len(page) / 1000:.0f} kB, one file that needs no network"
    shared.report(options, facts, [shown if opened else f"{shown}; open it in a browser"])
    return 0


def _data(options: argparse.Namespace) -> dict[str, Any] | None:
    """What the page begins with: the problem, where there is one."""
    if options.problem is None:
        return None
    from qdml_quantum.lab.links import link_of
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem

    objective, bounds, qubits = shared.objective_of(options)
    problem = Problem(Grid(bounds, 6 if qubits is None else qubits), objective)
    return {"state": link_of(problem)}


def _open(path: Path) -> bool:
    """Show the page, where there is a browser that says it will."""
    import webbrowser

    try:
        return webbrowser.open(path.resolve().as_uri())
    except webbrowser.Error:
        return False


def _check(options: argparse.Namespace) -> int:
    from qdml_quantum.lab.codewords import check_words, read_answers

    checks = check_words(read_answers(options.check))
    shown = [
        f"{'right' if c.right else 'WRONG':<7}{c.name}, {c.exercise}: {c.word}" for c in checks
    ]
    shared.report(options, [check._asdict() for check in checks], shown)
    return 0 if all(check.right for check in checks) else shared.FAILED


COMMANDS = (shared.Command("lab", "the page in which a class sees an anneal", _add, _lab),)
