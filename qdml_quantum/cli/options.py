"""What several commands share: their options, and how they print."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

FAILED, MISTAKE, BUG, INTERRUPTED = 1, 2, 3, 130
"""Exit codes: a check failed, a mistake in the input, one of qdml, stopped by the user."""

RUNS = "qdml-runs"
"""Default parent of the run folders."""

DRAWINGS = (".png", ".txt")
"""What circuits are drawn as."""

OBJECTIVE = ("objective", "dimensions", "bounds", "qubits")
"""What of `Spec` says what is optimised, on which grid."""

OF_A_SCHEDULE = MappingProxyType({"diffusion": "d_stop"})
"""What messages about a schedule mean by other names, see `as_typed`."""


class Command(NamedTuple):
    """A command: its name, a line of help, what adds its options, what it does.

    `names` says which option a message means that names another argument, see `as_typed`.
    """

    name: str
    text: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    names: Mapping[str, str] = MappingProxyType({})


def group(parser: argparse.ArgumentParser, title: str) -> Any:
    """The options under a heading, which is made where it is not there."""
    known = {group.title: group for group in parser._action_groups}
    return known.get(title) or parser.add_argument_group(title)


def real(text: str) -> float:
    """A finite number, as `Spec` reads its own: 0.5, 1/2, 2*pi."""
    from qdml_quantum.objectives.formulas.formula import parse_number

    return parse_number(text)


def to_write(*endings: str, folder: bool = False) -> Callable[[str], str]:
    """The type of an option that names what is written: refused before any work is done.

    Args:
        endings: What the name of a file may end in; anything where there is none.
        folder: Whether a folder is named.
    """

    def checked(text: str) -> str:
        path = Path(text)
        if endings and path.suffix.lower() not in endings:
            must = f"must end in {' or '.join(endings)}, but is {text}. Rename the file."
            raise argparse.ArgumentTypeError(must)
        if path.exists() and path.is_dir() != folder:
            kind, other = ("folder", "file") if folder else ("file", "folder")
            must = f"must be a {kind}, but {text} is a {other}. Choose another name."
            raise argparse.ArgumentTypeError(must)
        above = next(one for one in (path, *path.absolute().parents) if one.exists())
        if not os.access(above, os.W_OK) or (above != path and not above.is_dir()):
            must = f"must be where files can be written, but nothing can be in {above}. "
            raise argparse.ArgumentTypeError(must + "Choose another folder.")
        return text

    return checked


def add_output(parser: argparse.ArgumentParser, figures: bool = False) -> Any:
    """Add ``--json``, and ``--no-figures`` where there are some; returns what adds more."""
    add = group(parser, "output").add_argument
    add("--json", action="store_true", help="print JSON for programs")
    if figures:
        add("--no-figures", action="store_true", help="write no PNG files")
    return add


def add_html(add: Any, what: str) -> None:
    """Add ``--html``."""
    text = f"write {what} as a page that needs no network, too"
    add("--html", metavar="FILE", type=to_write(), help=text)


def add_spec(
    parser: argparse.ArgumentParser,
    only: Collection[str] = (),
    *,
    without: Collection[str] = (),
    needed: Collection[str] = (),
    required: Collection[str] = (),
    many: str = "",
) -> None:
    """Add what `Spec` can be told, under its headings; all of it, but for what is left out.

    Args:
        parser: Of the command.
        only: Names of the options; all where it is empty.
        without: Names of options that the command has no use for.
        needed: Names of options whose defaults the command does not take.
        required: Those without which there is no command at all.
        many: What several problems mean; empty where there is one.
    """
    from qdml_quantum.runs import spec
    from qdml_quantum.runs.options import options_of

    hidden = []
    for name, one in options_of(spec.Spec).items():
        if not one.group or name in without or (only and name not in only):
            continue
        text = f"{one.text} (needed)" if name in (*needed, *required) else one.help
        add, text = group(parser, one.group).add_argument, text.replace("%", "%%")
        if name == "objective":
            text += f"; or a spec file ({', '.join(spec.SPEC_FILES)}){many}"
            add("problem", metavar="PROBLEM", nargs="+" if many else None, help=text)
        else:
            shown = argparse.SUPPRESS if one.expert else text
            action = add(one.flag, help=shown, **one.keywords)
            action.required = name in required
            hidden += [(action, text)] * one.expert
    if hidden:
        text = "show the expert options too"
        parser.add_argument("--help-all", action=_HelpAll, nargs=0, const=hidden, help=text)


def as_typed(message: str, options: argparse.Namespace) -> str:
    """A message about an argument of Python in the words of a command line: ``--name`` for `name`.

    What was not typed where a file was is a key of that file, and stays what it is.

    Args:
        message: Worded by `support.messages`; others come back as they are.
        options: Of the command, as far as they were read; `parser` is its own.
    """
    parser: argparse.ArgumentParser | None = getattr(options, "parser", None)
    if parser is None or not message.startswith("Argument `"):
        return message
    typed = {
        action.dest: value
        for action in parser._actions
        if (value := vars(options).get(action.dest, action.default)) != action.default
    }
    in_file = any(isinstance(value, str) and os.path.isfile(value) for value in typed.values())
    words = {
        action.dest: [str(action.metavar or action.dest), *action.option_strings][-1]
        for action in parser._actions
        if action.dest in typed or not in_file
    }

    def named(argument: re.Match[str]) -> str:
        name, value = argument["name"], argument["value"]
        known = options.names.get(name, name.removeprefix("num_"))
        word = words.get(name) or words.get(known)
        return f"`{word}{value.replace('=', ' ')}`" if word else argument[0]

    return re.sub(r"`(?P<name>[a-z]\w*)(?P<value>(=[^`=]+)?)`", named, message)


class _HelpAll(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        for action, text in self.const:
            action.help = text
        parser.print_help()
        parser.exit()


def spec_of(options: argparse.Namespace, problem: str | None = None) -> Any:
    """The spec that a command line of `add_spec` means."""
    from qdml_quantum.runs import spec
    from qdml_quantum.runs.options import options_of

    given = {name: getattr(options, name, None) for name in options_of(spec.Spec)}
    del given["objective"]
    return _said(options, spec.Spec.from_argument(problem or options.problem, **given))


def objective_of(options: argparse.Namespace) -> tuple[Any, Any, Any]:
    """Objective, bounds and qubits per axis of a command line."""
    from qdml_quantum.annealing.suggest_anneal import bounds_of
    from qdml_quantum.runs.spec import Spec

    given = given_of(options, "dimensions bounds qubits")
    spec = _said(options, Spec.from_argument(options.problem, **given))
    objective = spec.make_objective()
    return objective, bounds_of(objective, spec.bounds), spec.qubits


def _said(options: argparse.Namespace, spec: Any) -> Any:
    """The spec, once what was read of the file of its table is said."""
    read = spec.make_objective().source.get("read")
    if read and not options.json:
        print(f"read `{spec.objective}`: {read}", file=sys.stderr)
    return spec


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Defaults of the parameters of a function."""
    import inspect

    return {name: p.default for name, p in inspect.signature(function).parameters.items()}


def given_of(options: argparse.Namespace, names: str) -> dict[str, Any]:
    """Those of some options that were given."""
    values = {name: vars(options)[name] for name in names.split()}
    return {name: one for name, one in values.items() if one is not None and one is not False}


def add_limits(add: Any) -> None:
    """Add what a job at a service may cost."""
    from qdml_quantum.backends import OF_DEVICES
    from qdml_quantum.runs.options import options_of
    from qdml_quantum.runs.spec import Spec

    for name in OF_DEVICES:
        one = options_of(Spec)[name]
        add(one.flag, help=one.help, **one.keywords)


def browse(path: Path) -> bool:
    """Show a page, where there is a browser that says it will."""
    import webbrowser

    try:
        return webbrowser.open(path.resolve().as_uri())
    except webbrowser.Error:
        return False


def draw(ax: Any, path: Any) -> str:
    """Write the figure of an Axes as PNG."""
    from qdml_quantum.plot.style import to_png
    from qdml_quantum.support.store import write_bytes

    write_bytes(Path(path), to_png(ax.figure))
    return str(path)


def draw_circuit(circuit: Any, path: str) -> str:
    """Write a picture of a circuit, or its text, as the name ends (see `DRAWINGS`)."""
    if path.lower().endswith(".png"):
        from qdml_quantum.plot.circuit import plot_circuit

        return draw(plot_circuit(circuit), path)
    from qdml_quantum.support.store import write_bytes

    write_bytes(Path(path), str(circuit.draw("text", fold=160, idle_wires=False)).encode())
    return path


def drawn(options: argparse.Namespace, make: Callable[[Any], list[str]]) -> list[str]:
    """Figures that a function makes with `qdml_quantum.plot`; none where nobody can draw them."""
    if options.no_figures:
        return []
    try:
        from qdml_quantum import plot

        return make(plot)
    except ImportError as error:
        print(f"qdml: no figures: {error}", file=sys.stderr)
        return []


def report(
    options: argparse.Namespace,
    facts: Any,
    shown: Sequence[Any] | None = None,
    figures: Sequence[str] = (),
) -> None:
    """Print facts as JSON; or lines that are shown to a person, by default a table of them."""
    if options.json:
        print(json.dumps(facts, indent=2))
        return
    if shown is None:
        shown = [f"{key:<18}{_words(value)}" for key, value in facts.items()]
    print(*shown, *(f"  figure   {figure}" for figure in figures), sep="\n")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {item}" for name, item in value.items())
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
