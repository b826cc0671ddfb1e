"""`qdml circuit` and `qdml circuits`: one circuit, and the library of circuits."""

from __future__ import annotations

import argparse

from qdml_quantum.cli import options as shared


def _add_circuit(parser: argparse.ArgumentParser) -> None:
    shared.add_spec(parser, without=("validate", "max_seconds", "overdraw"))
    add = shared.add_output(parser)
    add("--one-step", action="store_true", help="only one step of the last stage, as an operator")
    text = "compare a step with public methods; always with --target or --budget"
    add("--compare", action="store_true", help=text)
    text = "draw one step: .png, or .txt as text"
    add("--draw", metavar="FILE", type=shared.to_write(*shared.DRAWINGS), help=text)
    add("--measure", action="store_true", help="measure all qubits at the end")
    add("--qasm", metavar="FILE", type=shared.to_write(), help="write OpenQASM 3")
    add("--qpy", metavar="FILE", type=shared.to_write(), help="write QPY")


def _circuit(options: argparse.Namespace) -> int:
    spec = shared.spec_of(options)  # A mistake is told before Qiskit is loaded.
    from qdml_quantum.annealing.pieces import pieces_of
    from qdml_quantum.annealing.suggest import score_on
    from qdml_quantum.synthesis.compiler import NETWORKS
    from qdml_quantum.synthesis.library.inspect import inspect_circuit
    from qdml_quantum.synthesis.phases.walsh import DENSE_QUBITS

    restricted = spec.target is not None or spec.budget is not None
    asked = spec.resolve(spec.make_backend(), runs=False)
    wide = asked.grid.num_qubits > DENSE_QUBITS  # where public methods have no room for a table
    inspection = inspect_circuit(
        asked,
        spec.make_compiler(*NETWORKS[: int(restricted)]),
        measure=options.measure,
        dynamic=options.dynamic,
        one_step=options.one_step,
        compare=options.compare or (restricted and not wide),
    )
    facts = inspection.facts
    pieces = None if spec.has_saved_schedule else pieces_of(asked.problem)
    if pieces is not None:
        score = score_on(pieces, asked.schedule, asked.formula)
        facts |= {
            "schedule": str(asked.schedule),
            "chosen_on": str(pieces),
            "pieces_fidelity": float(f"{score.fidelity:.3g}"),
        }
    for key in ("qasm", "qpy"):
        path = getattr(options, key)
        if path is not None:
            facts |= inspection.save(key, path)
    if options.draw is not None:
        facts["draw"] = shared.draw_circuit(inspection.step, options.draw)
    if options.json and inspection.costs:
        facts |= {"costs": [cost.to_dict() for cost in inspection.costs]}
    shared.report(options, facts)
    if inspection.costs and not options.json:
        print(f"\n{inspection.table()}")
    return 0


def _add_circuits(parser: argparse.ArgumentParser) -> None:
    add = shared.add_output(parser)
    add("--check", action="store_true", help="say whether the files still match")
    add("--output", metavar="DIR", type=shared.to_write(folder=True), help="folder of the library")


def _circuits(options: argparse.Namespace) -> int:
    from qdml_quantum.synthesis.library import catalog

    folder = options.output or catalog.default_folder()
    if not options.check:
        files = [str(path) for path in catalog.generate(folder)]
        shared.report(options, {"written": files})
        return 0
    differences = catalog.check(folder)
    facts = {"folder": str(folder), "differences": differences}
    shared.report(options, facts, differences or [f"all circuits in {folder} match"])
    return shared.FAILED if differences else 0


COMMANDS = (
    shared.Command(
        "circuit",
        "build the circuit of a run, compare, export",
        _add_circuit,
        _circuit,
        shared.OF_A_SCHEDULE,
    ),
    shared.Command("circuits", "write or check the library of circuits", _add_circuits, _circuits),
)
