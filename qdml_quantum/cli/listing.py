"""`qdml list`: the built-in objectives."""

from __future__ import annotations

import argparse
from typing import Any

from qdml_quantum.cli.options import Command, add_output, report


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="show one of them")
    parser.add_argument("--dimensions", type=int, metavar="D", help="number of variables")
    add_output(parser)


def _list(options: argparse.Namespace) -> int:
    from qdml_quantum.objectives import builtin_names, describe
    from qdml_quantum.objectives.builtins.catalogue import BUILTINS

    names = [options.name] if options.name else list(builtin_names())
    if options.dimensions is not None and not options.name:
        entries = [BUILTINS[name] for name in names]
        names = [one.name for one in entries if one.fewest <= options.dimensions <= one.most]
    shown = [describe(name, options.dimensions) for name in names]
    if options.name and not options.json:
        report(options, shown[0])
    else:
        report(options, shown, [_row(entry) for entry in shown])
    return 0


def _row(entry: Any) -> str:
    fewest, most = entry["fewest_dimensions"], entry["most_dimensions"]
    span = f"{fewest}" if fewest == most else f"{fewest}..{most}"
    return f"{entry['name']:<28}{span:<7}{entry['description']}"


COMMANDS = (Command("list", "list the built-in objectives", _add, _list),)
