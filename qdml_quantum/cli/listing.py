"""`qdml list`: the built-in objectives."""

from __future__ import annotations

import argparse
import json
from typing import Any

from qdml_quantum.cli.options import Adder, add_json, print_facts


def add(command: Adder) -> None:
    """Add the command."""
    listing = command("list", _list, "list the built-in objectives")
    listing.add_argument("name", nargs="?", help="show one of them")
    listing.add_argument("--dimensions", type=int, metavar="D", help="number of variables")
    add_json(listing)


def _list(options: argparse.Namespace) -> int:
    from qdml_quantum.objectives import builtin_names, describe

    names = [options.name] if options.name else list(builtin_names())
    if options.dimensions is not None and not options.name:
        names = [name for name in names if _exists_in(name, options.dimensions)]
    entries = [describe(name, options.dimensions) for name in names]
    if options.json:
        print(json.dumps(entries, indent=2))
    elif options.name:
        print_facts(entries[0], as_json=False)
    else:
        for entry in entries:
            fewest, most = entry["fewest_dimensions"], entry["most_dimensions"]
            span = f"{fewest}" if fewest == most else f"{fewest}..{most}"
            print(f"{entry['name']:<28}{span:<7}{entry['description']}")
    return 0


def _exists_in(name: str, dimensions: int) -> bool:
    from qdml_quantum.objectives import describe

    entry: dict[str, Any] = dict(describe(name))
    return bool(entry["fewest_dimensions"] <= dimensions <= entry["most_dimensions"])
