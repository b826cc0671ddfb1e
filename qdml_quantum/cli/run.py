"""`qdml run` and `qdml show`: an anneal, and what was saved of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qdml_quantum.cli.options import (
    FAILED,
    RUNS,
    Command,
    add_output,
    add_spec,
    draw,
    drawn,
    report,
    spec_of,
)


def _add_run(parser: argparse.ArgumentParser) -> None:
    add_spec(parser)
    add = add_output(parser, figures=True)
    add("--output", metavar="DIR", default=RUNS, help="where run folders are made")
    add("--fresh", action="store_true", help="start over, whatever the folder holds")


def _run(options: argparse.Namespace) -> int:
    from qdml_quantum.runs.spec import run_spec

    spec = spec_of(options)
    result = run_spec(spec, folder=options.output, fresh=options.fresh, progress=not options.json)
    return _report_result(options, result)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="+", help="a run folder; several of one problem to compare")
    add_output(parser, figures=True)


def _show(options: argparse.Namespace) -> int:
    from qdml_quantum.runs.comparison import Comparison
    from qdml_quantum.runs.result import Result

    results = [Result.load(folder) for folder in options.folder]
    if len(results) == 1:
        return _report_result(options, results[0])
    comparison, figures = Comparison(*results), []
    if all(result.stages for result in results):
        path = Path(results[0].folder or ".") / "comparison.png"
        figures = drawn(options, lambda plot: [draw(plot.plot_comparison(comparison), path)])
    report(options, comparison.to_dict() | {"figures": figures}, [comparison], figures)
    return 0 if all(result.passed for result in results) else FAILED


def _report_result(options: argparse.Namespace, result: Any) -> int:
    figures = drawn(options, lambda plot: list(map(str, plot.save_figures(result, result.folder))))
    report(options, json.loads(result.to_json()) | {"figures": figures}, [result], figures)
    return 0 if result.passed else FAILED


COMMANDS = (
    Command("run", "anneal an objective and compare with imaginary time", _add_run, _run),
    Command("show", "print a saved run and draw it again, or compare several", _add_show, _show),
)
