"""`qdml run` and `qdml show`: an anneal, and what was saved of it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from qdml_quantum.cli.options import FAILED, RUNS, Adder, add_json, add_problem, draw, spec_of


def add(command: Adder) -> None:
    """Add the commands."""
    run = command("run", _run, "anneal an objective and compare with imaginary time")
    add_problem(run)
    run.add_argument("--output", metavar="DIR", default=RUNS, help=f"run folders (default {RUNS})")
    run.add_argument("--fresh", action="store_true", help="start over, whatever the folder holds")
    run.add_argument("--no-figures", action="store_true", help="write no PNG files")
    run.add_argument("--no-validate", action="store_true", help="skip reference and step halving")
    add_json(run)

    show = command("show", _show, "print a saved run and draw it again, or compare several")
    show.add_argument("folder", nargs="+", help="a run folder; several of one problem to compare")
    show.add_argument("--no-figures", action="store_true", help="write no PNG files")
    add_json(show)


def _run(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from qdml_quantum.runs.spec import run_spec

    spec = spec_of(options)
    if options.no_validate:
        spec = replace(spec, validate=False)
    result = run_spec(spec, folder=options.output, fresh=options.fresh, progress=not options.json)
    figures = [] if options.no_figures else _figures(result)
    _print_result(result, figures, as_json=options.json)
    return 0 if result.passed else FAILED


def _show(options: argparse.Namespace) -> int:
    from qdml_quantum.runs.result import Result

    results = [Result.load(folder) for folder in options.folder]
    if len(results) > 1:
        return _compare(results, options)
    result = results[0]
    figures = [] if options.no_figures else _figures(result)
    _print_result(result, figures, as_json=options.json)
    return 0 if result.passed else FAILED


def _compare(results: list[Any], options: argparse.Namespace) -> int:
    from qdml_quantum.runs.comparison import Comparison

    comparison, figures = Comparison(*results), []
    if not options.no_figures and all(result.stages for result in results):
        try:
            from qdml_quantum.plot import plot_comparison

            figures = [draw(plot_comparison(comparison), results[0].folder / "comparison.png")]
        except ImportError as error:
            print(f"qdml: no figures: {error}", file=sys.stderr)
    if options.json:
        print(json.dumps(comparison.to_dict() | {"figures": figures}, indent=2))
    else:
        print(comparison, *(f"  figure   {figure}" for figure in figures), sep="\n")
    return 0 if all(result.passed for result in results) else FAILED


def _figures(result: Any) -> list[str]:
    try:
        from qdml_quantum.plot import save_figures

        return [str(path) for path in save_figures(result, result.folder)]
    except ImportError as error:
        print(f"qdml: no figures: {error}", file=sys.stderr)
        return []


def _print_result(result: Any, figures: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(json.loads(result.to_json()) | {"figures": figures}, indent=2))
        return
    print(result)
    for figure in figures:
        print(f"  figure   {figure}")
