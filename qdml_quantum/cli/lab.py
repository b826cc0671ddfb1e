"""`qdml lab`: the page in which a class sees an anneal."""

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


def _lab(options: argparse.Namespace) -> int:
    from qdml_quantum.support.store import write_bytes
    from qdml_quantum.teach.lab.page import lab_page

    page = lab_page(_data(options)).encode()
    path = Path(options.output or PAGE)
    write_bytes(path, page)
    opened = options.output is None and shared.browse(path)
    facts = {"page": str(path), "bytes": len(page), "opened": opened}
    shown = f"{path}: {len(page) / 1000:.0f} kB, one file that needs no network"
    shared.report(options, facts, [shown if opened else f"{shown}; open it in a browser"])
    return 0


def _data(options: argparse.Namespace) -> dict[str, Any] | None:
    """What the page begins with: the problem, where there is one."""
    if options.problem is None:
        return None
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem
    from qdml_quantum.teach.lab.links import link_of

    objective, bounds, qubits = shared.objective_of(options)
    problem = Problem(Grid(bounds, 6 if qubits is None else qubits), objective)
    return {"state": link_of(problem)}


COMMANDS = (shared.Command("lab", "the page in which a class sees an anneal", _add, _lab),)
