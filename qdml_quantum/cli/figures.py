"""`qdml figures`: the figures of the paper, from the library's own numbers."""

from __future__ import annotations

import argparse

from qdml_quantum.cli.options import RUNS, Adder, add_json, print_facts


def add(command: Adder) -> None:
    """Add the command."""
    figures = command("figures", _figures, "draw figures 2 to 7 of the paper, with their numbers")
    figures.add_argument("--only", type=int, nargs="+", metavar="N", help="some of them")
    figures.add_argument(
        "--output", metavar="DIR", default=f"{RUNS}/figures", help="PNG, SVG and CSV files"
    )
    add_json(figures)


def _figures(options: argparse.Namespace) -> int:
    from qdml_quantum.paper import save_paper_figures

    written = save_paper_figures(options.output, options.only, progress=not options.json)
    print_facts({"written": [str(path) for path in written]}, as_json=options.json)
    return 0
