"""What several commands share: their options, and how they print."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

FAILED, MISTAKE, INTERRUPTED = 1, 2, 130
"""Exit codes: a check failed, a mistake in the input, stopped by the user."""

RUNS = "qdml-runs"
"""Default parent of the run folders."""

Adder = Callable[[str, Callable[[Any], int], str], argparse.ArgumentParser]
"""Makes the parser of a command from its name, its function and a line of help."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


PROBLEM = (
    'a built-in (qdml list), a formula such as "x**2 + y**2", a table of values (.npy, .csv, '
    ".txt), or a spec file (.toml, .json)"
)


def add_problem(parser: argparse.ArgumentParser) -> None:
    """Add the problem of an anneal and everything `Spec` can be told."""
    add = parser.add_argument
    add("problem", metavar="PROBLEM", help=PROBLEM)
    add(
        "--backend",
        metavar="NAME",
        help="aer (default), emulator, imaginary-time; or a device: fake_fez, ibm_..., least-busy",
    )
    add("--precision", metavar="NAME", help="double (default) or single")
    add("--target", metavar="NAME", help="where gates may stand: line, heavy-hex or square")
    add_anneal(parser)


def add_anneal(parser: argparse.ArgumentParser) -> None:
    """Add what an anneal can be told, wherever it runs."""
    add = parser.add_argument
    add_box(parser)
    add("--compress", action="store_const", const=True, help="lower high walls logarithmically")
    add("--qubits", type=int, nargs="+", metavar="N", help="qubits per axis, once or per axis")
    add("--shots", type=int, metavar="N", help="measurements (default 4096)")
    add("--seed", type=int, metavar="N", help="seed of the sampling (default 0)")
    add("--formula", metavar="NAME", help="lie, strang (default) or suzuki4")
    add(
        "--compiler",
        metavar="NAME",
        help="walsh (fewest gates, default), joint or separate (fewest two-qubit gates), qiskit",
    )
    add(
        "--budget",
        metavar="WHAT",
        help="what may be left out of the objective: exact, trotter, or KIND=RADIANS with kind "
        "max, rms or state (default exact; trotter for joint and separate)",
    )
    add("--effort", type=float, metavar="S", help="work of the search, about seconds (default 7)")
    add(
        "--schedule",
        metavar="NAME",
        help="adiabatic (default), geometric, equal_phase, linear, power, constant, qhd, or a file "
        "(.json) of qdml optimize",
    )
    add("--stages", type=int, metavar="N", help="number of stages")
    add("--steps", type=int, metavar="N", help="Trotter steps of each stage (qhd: in all)")
    add("--time-step", type=float, metavar="DT", help="time step of the last stage")
    add("--step-exponent", type=float, metavar="P", help="dt ~ D^-P along the anneal")
    add("--d-start", type=float, metavar="D", help="diffusion of the first stage")
    add("--d-stop", type=float, metavar="D", help="diffusion of the last stage")
    add("--radius", type=float, metavar="R", help="success radius, in units of the box (0.1)")


def add_box(parser: argparse.ArgumentParser) -> None:
    """Add the dimensions and the box of an objective."""
    add = parser.add_argument
    add("--dimensions", type=int, metavar="D", help="number of variables")
    add(
        "--bounds",
        type=float,
        nargs="+",
        metavar="X",
        help="lower upper, once or once per variable",
    )


def add_objective(parser: argparse.ArgumentParser) -> None:
    """Add an objective and its box."""
    add = parser.add_argument
    add("problem", metavar="PROBLEM", help='a built-in (qdml list) or a formula: "x**2 + y**2"')
    add_box(parser)


def spec_of(options: argparse.Namespace) -> Any:
    """The spec that a command line of `add_problem` or `add_anneal` means."""
    from qdml_quantum.runs.spec import Spec

    names = (
        "dimensions bounds compress qubits backend precision shots seed formula compiler budget "
        "target effort schedule stages steps time_step step_exponent d_start d_stop radius"
    ).split()
    flags = {name: getattr(options, name, None) for name in names}
    flags["budget"] = _budget(flags["budget"])
    flags["qubits"] = per_axis(flags["qubits"])
    return Spec.from_argument(options.problem, **flags)


def _budget(text: str | None) -> str | tuple[str, float] | None:
    """``max=0.01`` as a pair; names pass through, to be checked where they are used."""
    if text is None or "=" not in text:
        return text
    kind, _, number = text.partition("=")
    try:
        return kind.strip(), float(number)
    except ValueError:
        raise ValueError(
            f"Argument `--budget` must be a name or KIND=RADIANS, but is {text}. "
            "Write --budget max=0.01."
        ) from None


def objective_of(options: argparse.Namespace) -> tuple[Any, Any]:
    """Objective and bounds of a command line."""
    from qdml_quantum.annealing.suggest_anneal import bounds_of
    from qdml_quantum.runs.spec import Spec

    spec = Spec.from_argument(options.problem, dimensions=options.dimensions, bounds=options.bounds)
    objective = spec.make_objective()
    return objective, bounds_of(objective, spec.bounds)


def per_axis(qubits: list[int] | None) -> Any:
    """One number for all axes, or one per axis."""
    return qubits[0] if qubits is not None and len(qubits) == 1 else qubits


def draw(ax: Any, path: Any) -> str:
    """Write the figure of an Axes as PNG."""
    from qdml_quantum.plot.style import to_png
    from qdml_quantum.support.store import write_bytes

    write_bytes(path, to_png(ax.figure))
    return str(path)


def print_facts(facts: Any, *, as_json: bool) -> None:
    """Print a table of names and values, or JSON."""
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name}: {item}" for name, item in value.items())
        elif isinstance(value, list):
            value = "\n".join(str(item) for item in value)
        print(f"{key:<18}{value}")
