"""The command `qdml`: thin calls of public functions, one file per group of commands.

`argparse` and late imports keep `qdml --help` below 0.15 s: nothing but the standard library is
loaded until a command runs, and its options are made when it is asked for.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from qdml_quantum.cli import (
    bench,
    circuits,
    evolve,
    figures,
    hardware,
    lab,
    lessons,
    listing,
    optimize,
    prepare,
    run,
    sweep,
    teach,
)
from qdml_quantum.cli.options import BUG, INTERRUPTED, MISTAKE, as_typed

COMMANDS = [
    command
    for module in (
        run,
        evolve,
        sweep,
        circuits,
        prepare,
        optimize,
        hardware,
        figures,
        lab,
        teach,
        lessons,
        bench,
        listing,
    )
    for command in module.COMMANDS
]
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""One thread, where nobody says otherwise: on a busy machine a second one makes the small matrices
of a run take up to 200 times as long, and gains nothing on a free one."""
_EXAMPLES = """examples:
  qdml run double_well
  qdml run "x**4 - 3*x**2 + x" --bounds -3 3
  qdml run rastrigin --dimensions 2 --qubits 5
  qdml run problem.toml --backend emulator --json
  qdml minimize ackley --dimensions 2
  qdml list
  qdml lessons 1
  qdml teach
  qdml help run
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done; 1: done, but a check failed; 2: a mistake in the input; 3: one of qdml; 130: stopped.
    """
    _open_streams()
    if "numpy" not in sys.modules:
        for name in _BLAS_THREADS:
            os.environ.setdefault(name, "1")
    given = sys.argv[1:] if arguments is None else list(arguments)
    if not given:
        given = ["--help"]
    elif given[0] == "help":
        given = [*given[1:], "--help"]
    known = argparse.Namespace(given=list(given))
    try:
        return _done(given, known)
    except KeyboardInterrupt:
        print("\nqdml: interrupted; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _leave_stdout()
        return 0
    except Exception as error:
        if os.environ.get("QDML_DEBUG"):
            raise
        message, code = _message(error, known)
        print(f"qdml: {message}", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # a full disk; Python would complain again when it exits
            _leave_stdout()
        return code


def _done(given: Sequence[str], known: argparse.Namespace) -> int:
    try:
        options = make_parser().parse_args(_protected(given), known)
        code: int = options.command(options)
    except SystemExit as printed:  # of --help and --version
        code = int(printed.code or 0)
    sys.stdout.flush()
    return code


def _open_streams() -> None:
    """Make streams that can be written to: closed ones are nowhere, no character is refused.

    What is opened first takes the number of a closed stream. If that were a file of a run, whatever
    libraries print would stand in it.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _leave_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _message(error: Exception, options: argparse.Namespace) -> tuple[str, int]:
    """One sentence about an error, and the exit code that it means.

    Only what the package says itself is meant for its user. Anything else escaped from a library or
    from a line that did not expect it: a mistake of ours, whatever was given.
    """
    if isinstance(error, OSError) and error.strerror:
        where = "output" if error.filename is None else error.filename
        return f"`{where}`: {error.strerror}. Check the path.", MISTAKE
    if isinstance(error, MemoryError):
        return "The memory is not enough. Use fewer qubits per axis (--qubits).", MISTAKE
    if _is_worded(error):
        return as_typed(str(error), options), MISTAKE
    from qdml_quantum import __version__
    from qdml_quantum.hardware.errors import scrubbed

    said = scrubbed(f"{type(error).__name__}: {error}".strip().splitlines()[0].rstrip(".: "))
    return (
        f"{said}. This is a mistake of qdml {__version__}, which should have said what is wrong: "
        "please report it, with the command and what it prints with QDML_DEBUG=1.",
        BUG,
    )


def _is_worded(error: Exception) -> bool:
    """Whether a ``raise`` of the package made it, and not a call or an operation that failed."""
    import dis

    trace = error.__traceback__
    if isinstance(error, AssertionError | LookupError | ArithmeticError) or trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    room = str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0]
    raised = trace.tb_frame.f_code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return raised and room == "qdml_quantum"


def _protected(given: Sequence[str]) -> list[str]:
    """Put a blank before numbers and formulas that start with a minus sign.

    argparse takes ``-3e-1`` and ``-x**2`` for options otherwise; the blank is stripped later. And
    ``--bounds=-3 3`` is two numbers.
    """
    parts: list[str] = []
    for text in given:
        half = re.fullmatch(r"(--bounds)=([^,\s]+,?)", text)
        parts += half.groups() if half else [text]
    return [f" {text}" if re.match(r"-(?!-|h$)", text) else text for text in parts]


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands, whose options are made when they are asked for."""
    parser = _CommandParser(
        prog="qdml",
        description="Optimisation by quantum dynamics: anneal a wave packet into the minimum.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, text, add_options, function, names in COMMANDS:
        sub = commands.add_parser(
            name, help=text, description=text, allow_abbrev=False, formatter_class=_Help
        )
        sub.set_defaults(command=function, parser=sub, names=names)
        sub.register("type", None, str.strip)
        sub.add_options = add_options
    return parser


class _CommandParser(argparse.ArgumentParser):
    """Makes its options when it is asked to parse, and raises what is wrong."""

    add_options: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, *arguments: Any) -> Any:  # type: ignore[override]
        add_options, self.add_options = self.add_options, None
        if add_options is not None:
            add_options(self)
        made, left = super().parse_known_args(*arguments)
        if left:  # said here, where it is known which command it was
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return made, left

    def error(self, message: str) -> Any:
        raise ValueError(f"{message}. See {self.prog} --help.")


class _Help(argparse.HelpFormatter):
    """Shows defaults."""

    def _get_help_string(self, action: argparse.Action) -> str:
        hidden = action.default is None or action.default is False
        shown = "" if hidden or action.default == argparse.SUPPRESS else " (default %(default)s)"
        return f"{action.help}{shown}"


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from qdml_quantum import __version__

        print(f"qdml {__version__}")
        parser.exit()
