"""The command `qdml`: thin calls of public functions, one file per group of commands.

`argparse` and late imports keep `qdml --help` below 0.15 s: nothing but the standard library is
loaded until a command runs.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from qdml_quantum.cli import bench, circuits, figures, hardware, listing, optimize, run
from qdml_quantum.cli.options import INTERRUPTED, MISTAKE

_EXAMPLES = """examples:
  qdml run double_well
  qdml run "x**4 - 3*x**2 + x" --bounds -3 3
  qdml run rastrigin --dimensions 2 --qubits 5
  qdml run problem.toml --backend emulator --json
  qdml minimize ackley --dimensions 2
  qdml list
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done; 1: done, but a check failed; 2: a mistake in the input; 130: interrupted.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    options = parser.parse_args(_protected(given))
    if not hasattr(options, "command"):
        parser.print_help()
        return 0
    try:
        code: int = options.command(options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("\nqdml: interrupted; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, OSError, RuntimeError, MemoryError, ImportError) as error:
        if os.environ.get("QDML_DEBUG"):
            raise
        print(f"qdml: {_message(error)}", file=sys.stderr)
        return MISTAKE


def _message(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"`{error.filename}`: {error.strerror}. Check the path."
    return str(error) or type(error).__name__


def _protected(given: Sequence[str]) -> list[str]:
    """Put a blank before numbers and formulas that start with a minus sign.

    argparse takes ``-3e-1`` and ``-x**2`` for options otherwise; the blank is stripped later.
    """
    return [f" {text}" if re.match(r"-(?!-|h$)", text) else text for text in given]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qdml",
        description="Optimisation by quantum dynamics: anneal a wave packet into the minimum.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, function: Callable[[Any], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.set_defaults(command=function)
        return sub

    for module in (run, circuits, optimize, hardware, figures, bench, listing):
        module.add(command)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from qdml_quantum import __version__

        print(f"qdml {__version__}")
        parser.exit()
