"""`qdml evolve`: what moves while a packet does, as a table over time."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from qdml_quantum.cli import options as shared
from qdml_quantum.support.messages import bad_value, count, number

_POINTS = 51
"""Times to look at: enough for a smooth curve of a few swings."""


def _add(parser: argparse.ArgumentParser) -> None:
    shared.add_spec(parser, shared.OBJECTIVE)
    add = shared.group(parser, "motion").add_argument
    add("--diffusion", type=shared.real, metavar="D", required=True, help="D (needed)")
    add("--stop", type=shared.real, metavar="T", required=True, help="the last time (needed)")
    text = f"times to look at, from 0 to the last (default {_POINTS})"
    add("--points", type=int, metavar="N", default=_POINTS, help=text)
    text = 'what is looked at: x, p, energy, x_width, level0, entropy, "x < 0", "x**2", ...'
    add("--observables", nargs="+", metavar="NAME", default=["x", "p", "energy"], help=text)
    text = "begin with a packet: center, width, and momentum if there is one"
    add("--packet", nargs="+", type=shared.real, metavar="X", help=text)
    add("--level", type=int, metavar="K", help="begin with an eigenstate: 0 is the ground state")
    add("--drive", metavar="FORMULA", help='a potential of x and t besides, such as "x*cos(2*t)"')
    add = shared.add_output(parser)
    add("--csv", metavar="FILE", type=shared.to_write(), help="write the table")
    add("--draw", metavar="FILE", type=shared.to_write(".png"), help="draw it: .png")


def _evolve(options: argparse.Namespace) -> int:
    import numpy as np

    from qdml_quantum.annealing.suggest_anneal import qubits_of_table, sizes_of
    from qdml_quantum.problem.grid import Grid
    from qdml_quantum.problem.problem import Problem
    from qdml_quantum.runs.evolve import evolve
    from qdml_quantum.support.store import write_bytes

    objective, bounds, qubits = shared.objective_of(options)
    if qubits is None:
        smooth = objective.continuous
        qubits = sizes_of(len(bounds), None)[0] if smooth else qubits_of_table(objective)
    problem = Problem(Grid(bounds, qubits), objective)
    seen = evolve(
        problem,
        options.diffusion,
        times=np.linspace(
            0, number("stop", options.stop), count("points", options.points, least=2)
        ),
        observables=tuple(name.strip() for name in options.observables),
        initial=_start(options, problem),
        drive=options.drive,
    )
    written: dict[str, Any] = {}
    if options.csv is not None:
        write_bytes(Path(options.csv), _csv(seen.columns()).encode())
        written["csv"] = options.csv
    if options.draw is not None:
        written["draw"] = shared.draw(seen.plot(), options.draw)
    facts = {
        "headline": seen.headline,
        "error": seen.error,
        "checks": [check.to_dict() for check in seen.checks],
        "columns": {name: values.tolist() for name, values in seen.columns().items()},
    }
    shown = [seen, *(f"  {key:<9}{value}" for key, value in written.items())]
    shared.report(options, facts | written, shown)
    return 0 if seen.passed else shared.FAILED


def _start(options: argparse.Namespace, problem: Any) -> Any:
    """The initial state that is asked for."""
    if options.packet is not None and options.level is not None:
        raise bad_value("--level", "be left out with --packet", options.level, "Give one of them.")
    if options.level is not None:
        from qdml_quantum.reference.spectrum import eigenstates

        level = count("--level", options.level, least=0)
        return eigenstates(problem, options.diffusion, level + 1)[1][level]
    if options.packet is None:
        return "uniform"
    from qdml_quantum.problem.states import Gaussian

    if len(options.packet) not in (2, 3):
        must = "be a center, a width, and a momentum if there is one"
        raise bad_value("--packet", must, options.packet)
    return Gaussian(*options.packet)


def _csv(columns: Any) -> str:
    """The table with a header: a row per time, every digit."""
    rows = zip(*columns.values(), strict=True)
    lines = (",".join(f"{value.real:.12g}" for value in row) for row in rows)
    return "\n".join((",".join(f'"{name}"' for name in columns), *lines, ""))


_NAMES = {"schedule": "diffusion"}
COMMANDS = (shared.Command("evolve", "what moves, as a table over time", _add, _evolve, _NAMES),)
