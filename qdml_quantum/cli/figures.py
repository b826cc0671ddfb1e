"""`qdml figures`: the figures of the paper, from the library's own numbers."""

from __future__ import annotations

import argparse

from qdml_quantum.cli.options import RUNS, Command, add_output, report, to_write


def _add(parser: argparse.ArgumentParser) -> None:
    add = add_output(parser)
    add("--only", type=int, nargs="+", metavar="N", help="some of them")
    folder = to_write(folder=True)
    text = "PNG, SVG and CSV files"
    add("--output", metavar="DIR", type=folder, default=f"{RUNS}/figures", help=text)


def _figures(options: argparse.Namespace) -> int:
    from qdml_quantum.plot.paper import save_paper_figures

    written = save_paper_figures(options.output, options.only, progress=not options.json)
    report(options, {"written": [str(path) for path in written]})
    return 0


_TEXT = "draw figures 1 to 7 of the paper, and numbers"
COMMANDS = (Command("figures", _TEXT, _add, _figures, {"figure": "only"}),)
