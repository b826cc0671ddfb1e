"""`qdml circuit` and `qdml circuits`: one circuit, and the library of circuits."""

from __future__ import annotations

import argparse

from qdml_quantum.cli.options import (
    FAILED,
    Command,
    add_output,
    add_spec,
    report,
    spec_of,
)


def _add_circuit(parser: argparse.ArgumentParser) -> None:
    add_spec(parser, without=("validate",))
    add = add_output(parser)
    add("--one-step", action="store_true", help="only one step of the last stage, as an operator")
    text = "compare a step with public methods; always with --target or --budget"
    add("--compare", action="store_true", help=text)
    add("--draw", metavar="FILE", help="draw one step: .png, or .txt as text")
    add("--measure", action="store_true", help="measure all qubits at the end")
    add("--qasm", metavar="FILE", help="write OpenQASM 3")
    add("--qpy", metavar="FILE", help="write QPY")


def _circuit(options: argparse.Namespace) -> int:
    from qdml_quantum.library.inspect import inspect_circuit
    from qdml_quantum.synthesis.compiler import NETWORKS

    spec = spec_of(options)
    restricted = spec.target is not None or spec.budget is not None
    inspection = inspect_circuit(
        spec.resolve(spec.make_backend()),
        spec.make_compiler(*NETWORKS[: int(restricted)]),
        measure=options.measure,
        one_step=options.one_step,
        compare=options.compare or restricted,
    )
    facts = inspection.facts
    for key in ("qasm", "qpy", "draw"):
        path = getattr(options, key)
        if path is not None:
            facts |= inspection.save(key, path)
    if options.json and inspection.costs:
        facts |= {"costs": [cost.to_dict() for cost in inspection.costs]}
    report(options, facts)
    if inspection.costs and not options.json:
        print(f"\n{inspection.table()}")
    return 0


def _add_circuits(parser: argparse.ArgumentParser) -> None:
    add = add_output(parser)
    add("--check", action="store_true", help="say whether the files still match")
    add("--output", metavar="DIR", help="folder of the library")


def _circuits(options: argparse.Namespace) -> int:
    from qdml_quantum.library import catalog

    folder = options.output or catalog.default_folder()
    if not options.check:
        files = [str(path) for path in catalog.generate(folder)]
        report(options, {"written": files})
        return 0
    differences = catalog.check(folder)
    facts = {"folder": str(folder), "differences": differences}
    report(options, facts, differences or [f"all circuits in {folder} match"])
    return FAILED if differences else 0


COMMANDS = (
    Command(
        "circuit", "build the circuit of a run, compare its cost, export", _add_circuit, _circuit
    ),
    Command(
        "circuits",
        "write or check the library of OpenQASM 3 circuits",
        _add_circuits,
        _circuits,
    ),
)
