"""`qdml run` and `qdml show`: an anneal, and what was saved of it."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from qdml_quantum.cli import hosts
from qdml_quantum.cli import options as shared


def _add_run(parser: argparse.ArgumentParser) -> None:
    shared.add_spec(parser)
    hosts.add_hosts(parser)
    add = shared.add_output(parser, figures=True)
    folder, text = shared.to_write(folder=True), "where run folders are made"
    add("--output", metavar="DIR", type=folder, default=shared.RUNS, help=text)
    add("--fresh", action="store_true", help="start over, whatever the folder holds")
    shared.add_html(add, "the run")


def _run(options: argparse.Namespace) -> int:
    from qdml_quantum.runs.figures import drawn_figures
    from qdml_quantum.runs.spec import run_spec

    several, host = hosts.is_one_of_several(options), 0
    if several and not hosts.is_child():
        return hosts.watched(options.given)
    spec = shared.spec_of(options)
    if several:
        host = hosts.joined(options)
    with hosts.leaving_with_others() if several else nullcontext():
        result = run_spec(
            spec,
            folder=hosts.output_of(options.output, host),
            fresh=options.fresh,
            progress=not options.json and host == 0,
        )
    if host > 0:  # The first one says it for all.
        return 0 if result.passed else shared.FAILED
    return _report_result(options, result, drawn_figures(Path(result.folder or options.output)))


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="+", help="a run folder; several of one problem to compare")
    shared.add_html(shared.add_output(parser, figures=True), "the run")


def _show(options: argparse.Namespace) -> int:
    from qdml_quantum.runs.comparison import Comparison
    from qdml_quantum.runs.result import Result

    results = [Result.load(folder) for folder in options.folder]
    if options.html and len(results) > 1:
        raise ValueError("Argument `--html` must come with one run folder. Name one of them.")
    if len(results) == 1:
        return _report_result(options, results[0])
    comparison, figures = Comparison(*results), []
    if all(result.stages for result in results):
        path = Path(results[0].folder or ".") / "comparison.png"
        figures = shared.drawn(
            options, lambda plot: [shared.draw(plot.plot_comparison(comparison), path)]
        )
    shared.report(options, comparison.to_dict() | {"figures": figures}, [comparison], figures)
    return 0 if all(result.passed for result in results) else shared.FAILED


def _report_result(
    options: argparse.Namespace, result: Any, drawn: list[Path] | None = None
) -> int:
    def draw(plot: Any) -> list[str]:
        from qdml_quantum.runs.figures import keep_drawn
        from qdml_quantum.support.progress import say

        if not options.json:
            say("drawing figures ...")
        paths = plot.save_figures(result, result.folder)
        keep_drawn(result.folder, paths)
        return list(map(str, paths))

    if drawn is None or options.no_figures:
        figures = shared.drawn(options, draw)
    else:
        figures = list(map(str, drawn))
    if options.html:
        figures = [*figures, str(result.to_html(options.html))]
    shared.report(options, json.loads(result.to_json()) | {"figures": figures}, [result], figures)
    return 0 if result.passed else shared.FAILED


_RUN = "anneal an objective and compare with imaginary time"
COMMANDS = (
    shared.Command("run", _RUN, _add_run, _run, shared.OF_A_SCHEDULE),
    shared.Command(
        "show", "print a saved run and draw it again, or compare several", _add_show, _show
    ),
)
