"""`qdml circuit` and `qdml circuits`: one circuit, and the library of circuits."""

from __future__ import annotations

import argparse
import json

from qdml_quantum.cli.options import (
    FAILED,
    Adder,
    add_json,
    add_problem,
    print_facts,
    spec_of,
)


def add(command: Adder) -> None:
    """Add the commands."""
    circuit = command("circuit", _circuit, "build the circuit of a run, compare its cost, export")
    add_problem(circuit)
    circuit.add_argument(
        "--one-step", action="store_true", help="only one step of the last stage, as an operator"
    )
    circuit.add_argument(
        "--compare",
        action="store_true",
        help="print the cost of a step with public methods too (always with --target or --budget)",
    )
    circuit.add_argument("--draw", metavar="FILE", help="draw one step: .png, or .txt as text")
    circuit.add_argument("--measure", action="store_true", help="measure all qubits at the end")
    circuit.add_argument("--qasm", metavar="FILE", help="write OpenQASM 3")
    circuit.add_argument("--qpy", metavar="FILE", help="write QPY")
    add_json(circuit)

    circuits = command("circuits", _circuits, "write or check the library of OpenQASM 3 circuits")
    circuits.add_argument("--check", action="store_true", help="say whether the files still match")
    circuits.add_argument("--output", metavar="DIR", help="folder of the library")
    add_json(circuits)


def _circuit(options: argparse.Namespace) -> int:
    from qdml_quantum.library.inspect import inspect_circuit

    spec = spec_of(options)
    compared = options.compare or spec.target is not None or spec.budget is not None
    if spec.compiler is None and (spec.target is not None or spec.budget is not None):
        from dataclasses import replace

        spec = replace(spec, compiler="joint")
    inspection = inspect_circuit(
        spec.resolve(spec.make_backend()),
        spec.make_compiler() or "walsh",
        measure=options.measure,
        one_step=options.one_step,
        compare=compared,
    )
    facts = inspection.facts
    for key in ("qasm", "qpy", "draw"):
        path = getattr(options, key)
        if path is not None:
            facts |= inspection.save(key, path)
    if options.json:
        costs = [cost.to_dict() for cost in inspection.costs]
        print(json.dumps(facts | ({"costs": costs} if costs else {}), indent=2))
    else:
        print_facts(facts, as_json=False)
        if inspection.costs:
            print(f"\n{inspection.table()}")
    return 0


def _circuits(options: argparse.Namespace) -> int:
    from qdml_quantum.library import catalog

    folder = options.output or catalog.default_folder()
    if not options.check:
        files = [str(path) for path in catalog.generate(folder)]
        print_facts({"written": files}, as_json=options.json)
        return 0
    differences = catalog.check(folder)
    if options.json:
        print(json.dumps({"folder": str(folder), "differences": differences}, indent=2))
    else:
        print("\n".join(differences) if differences else f"all circuits in {folder} match")
    return FAILED if differences else 0
