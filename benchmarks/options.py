"""The options of a command as the Markdown table of docs/commands.md.

python benchmarks/options.py [run]
"""

from __future__ import annotations

import argparse
import sys

from qdml_quantum import cli
from qdml_quantum.runs import spec
from qdml_quantum.runs.options import options_of


def options_table(name: str = "run") -> str:
    """Every option of a command, what it means, and its default."""
    known = {one.flag: one.help for one in options_of(spec.Spec).values()}
    parser = argparse.ArgumentParser(add_help=False)
    next(command for command in cli.COMMANDS if command.name == name).add_options(parser)
    rows = ["| option | meaning | default |", "|---|---|---|"]
    for action in parser._actions:
        for flag in action.option_strings:
            text, _, default = known.get(flag, str(action.help)).partition(" (default ")
            default = default[:-1] or str(action.default or "off")
            rows.append(f"| `{flag}` | {text} | {default} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(options_table(*sys.argv[1:]))
