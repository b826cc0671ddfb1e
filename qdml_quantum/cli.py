"""The command `qdml`: thin calls of public functions.

`argparse` and late imports keep `qdml --help` below 0.15 s: nothing but the standard library is
loaded until a command runs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

RUNS = "qdml-runs"
"""Default parent of the run folders."""

_EXAMPLES = """examples:
  qdml run double_well
  qdml run "x**4 - 3*x**2 + x" --bounds -3 3
  qdml run rastrigin --dimensions 2 --qubits 5
  qdml run problem.toml --backend emulator --json
  qdml minimize ackley --dimensions 2
  qdml list
"""

_FAILED, _MISTAKE, _INTERRUPTED = 1, 2, 130


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
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, OSError, RuntimeError, MemoryError, ImportError) as error:
        if os.environ.get("QDML_DEBUG"):
            raise
        print(f"qdml: {_message(error)}", file=sys.stderr)
        return _MISTAKE


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

    run = command("run", _run, "anneal an objective and compare with imaginary time")
    _add_problem(run)
    run.add_argument("--output", metavar="DIR", default=RUNS, help=f"run folders (default {RUNS})")
    run.add_argument("--fresh", action="store_true", help="start over, whatever the folder holds")
    run.add_argument("--no-figures", action="store_true", help="write no PNG files")
    run.add_argument("--no-validate", action="store_true", help="skip reference and step halving")
    _add_json(run)

    show = command("show", _show, "print a saved run and draw its figures again")
    show.add_argument("folder", help="a run folder")
    show.add_argument("--no-figures", action="store_true", help="write no PNG files")
    _add_json(show)

    circuit = command("circuit", _circuit, "build the circuit of a run, compare its cost, export")
    _add_problem(circuit)
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
    _add_json(circuit)

    optimize = command("optimize", _optimize, "few Trotter steps with optimised angles, to a file")
    _add_optimize(optimize)

    minimize = command("minimize", _minimize, "global minimum in a box, from counts alone")
    _add_minimize(minimize)

    bench = command("bench", _bench, "compare with chance and with SciPy")
    _add_bench(bench)

    listing = command("list", _list, "list the built-in objectives")
    listing.add_argument("name", nargs="?", help="show one of them")
    listing.add_argument("--dimensions", type=int, metavar="D", help="number of variables")
    _add_json(listing)

    circuits = command("circuits", _circuits, "write or check the library of OpenQASM 3 circuits")
    circuits.add_argument("--check", action="store_true", help="say whether the files still match")
    circuits.add_argument("--output", metavar="DIR", help="folder of the library")
    _add_json(circuits)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def _add_problem(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "problem",
        metavar="PROBLEM",
        help='a built-in (qdml list), a formula such as "x**2 + y**2", a table of values '
        "(.npy, .csv, .txt), or a spec file (.toml, .json)",
    )
    _add_box(parser)
    add("--compress", action="store_const", const=True, help="lower high walls logarithmically")
    add("--qubits", type=int, nargs="+", metavar="N", help="qubits per axis, once or per axis")
    add("--backend", metavar="NAME", help="aer (default) or emulator")
    add("--precision", metavar="NAME", help="double (default) or single")
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
    add("--target", metavar="NAME", help="where gates may stand: line, heavy-hex or square")
    add("--effort", type=float, metavar="S", help="work of the search, about seconds (default 5)")
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


def _add_optimize(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _add_objective(parser)
    add("--qubits", type=int, nargs="+", metavar="N", required=True, help="per axis")
    add("--diffusion", type=float, metavar="D", required=True, help="whose ground state is wanted")
    add("--steps", type=int, metavar="N", default=8, help="Trotter steps in all (default 8)")
    add("--goal", metavar="NAME", default="ground_state", help="ground_state, energy or cvar")
    add("--starts", type=int, metavar="N", default=32, help="local optimisations (default 32)")
    add("--time-limit", type=float, metavar="S", help="seconds after which no further one begins")
    add("--seed", type=int, metavar="N", default=0, help="of the starts (default 0)")
    add("--output", metavar="FILE", default="schedule.json", help="default schedule.json")
    add("--draw", metavar="FILE", help="draw the schedule: .png")
    _add_json(parser)


def _add_box(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--dimensions", type=int, metavar="D", help="number of variables")
    add(
        "--bounds",
        type=float,
        nargs="+",
        metavar="X",
        help="lower upper, once or once per variable",
    )


def _add_objective(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("problem", metavar="PROBLEM", help='a built-in (qdml list) or a formula: "x**2 + y**2"')
    _add_box(parser)


def _add_minimize(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    _add_objective(parser)
    add("--qubits", type=int, nargs="+", metavar="N", help="measured qubits per axis (up to 5)")
    add("--coarse", type=int, metavar="N", default=1, help="of them idle in the anneal (default 1)")
    add("--steps", type=int, metavar="N", default=10, help="Trotter steps per anneal (default 10)")
    add("--budget", type=int, metavar="N", default=150, help="Trotter steps in all (default 150)")
    add("--shots", type=int, metavar="N", default=128, help="measurements per anneal (default 128)")
    add("--backend", metavar="NAME", default="emulator", help="emulator (default) or aer")
    add("--compiler", metavar="NAME", help="walsh (default), joint, separate or qiskit")
    add("--seed", type=int, metavar="N", default=0, help="of windows and shots (default 0)")
    add("--polish", metavar="METHOD", help="go on with a method of SciPy, such as nelder-mead")
    _add_json(parser)


def _add_bench(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("what", choices=["optimization"], help="which comparison")
    add("--functions", nargs="+", metavar="NAME", help="default: all 22 (five beyond 2 dimensions)")
    add("--methods", nargs="+", metavar="NAME", help="default: all, quantum and classical")
    add("--dimensions", type=int, metavar="D", default=2, help="number of variables (default 2)")
    add("--seeds", type=int, metavar="N", default=10, help="runs per function (default 10)")
    add("--radius", type=float, metavar="R", default=0.01, help="of success, of the box diagonal")
    add("--qubits", type=int, metavar="N", help="per axis, of the windows (default 5, 4, 3)")
    add("--output", metavar="DIR", default=f"{RUNS}/bench", help="where every run is kept")
    add("--workers", type=int, metavar="N", help="processes (default: one per core)")
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.1:8786")
    add("--no-figures", action="store_true", help="write no PNG file")
    _add_json(parser)


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from qdml_quantum import __version__

        print(f"qdml {__version__}")
        parser.exit()


def _spec(options: argparse.Namespace) -> Any:
    from qdml_quantum.spec import Spec

    names = (
        "dimensions bounds compress qubits backend precision shots seed formula compiler budget "
        "target effort schedule stages steps time_step step_exponent d_start d_stop radius"
    ).split()
    flags = {name: getattr(options, name) for name in names}
    flags["budget"] = _budget(flags["budget"])
    flags["qubits"] = _per_axis(flags["qubits"])
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


def _run(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from qdml_quantum.spec import run_spec

    spec = _spec(options)
    if options.no_validate:
        spec = replace(spec, validate=False)
    result = run_spec(spec, folder=options.output, fresh=options.fresh, progress=not options.json)
    figures = [] if options.no_figures else _figures(result)
    _print_result(result, figures, as_json=options.json)
    return 0 if result.passed else _FAILED


def _show(options: argparse.Namespace) -> int:
    from qdml_quantum.result import Result

    result = Result.load(options.folder)
    figures = [] if options.no_figures else _figures(result)
    _print_result(result, figures, as_json=options.json)
    return 0 if result.passed else _FAILED


def _figures(result: Any) -> list[str]:
    try:
        from qdml_quantum.plot import save_figures

        return [str(path) for path in save_figures(result, result.folder)]
    except ImportError as error:
        print(f"qdml: no figures: {error}", file=sys.stderr)
        return []


def _print_result(result: Any, figures: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(json.loads(result.to_json()) | {"figures": figures}, indent=2))
        return
    print(result)
    for figure in figures:
        print(f"  figure   {figure}")


def _circuit(options: argparse.Namespace) -> int:
    from qdml_quantum.synthesis.inspect import inspect_circuit

    spec = _spec(options)
    compared = options.compare or spec.target is not None or spec.budget is not None
    if spec.compiler is None and (spec.target is not None or spec.budget is not None):
        from dataclasses import replace

        spec = replace(spec, compiler="joint")
    problem, schedule = spec.resolve(spec.make_backend())
    inspection = inspect_circuit(
        problem,
        schedule,
        formula=spec.formula,
        initial=spec.make_initial(),
        measure=options.measure,
        compiler=spec.compiler or "walsh",
        budget=spec.budget,
        target=spec.target,
        effort=spec.effort,
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
        _print_facts(facts, as_json=False)
        if inspection.costs:
            print(f"\n{inspection.table()}")
    return 0


def _optimize(options: argparse.Namespace) -> int:
    from qdml_quantum.grid import Grid
    from qdml_quantum.optimized import optimize_schedule
    from qdml_quantum.problem import Problem

    objective, bounds = _objective(options)
    found = optimize_schedule(
        Problem(Grid(bounds, _per_axis(options.qubits)), objective),
        options.steps,
        diffusion=options.diffusion,
        target=options.goal,
        num_starts=options.starts,
        time_limit=options.time_limit,
        seed=options.seed,
        progress=not options.json,
    )
    written = [str(found.schedule.save(options.output))]
    if options.draw is not None:
        from pathlib import Path

        written.append(_draw(found.schedule.plot(), Path(options.draw)))
    if options.json:
        print(json.dumps(found.to_dict() | {"written": written}, indent=2))
    else:
        print(found)
        for path in written:
            print(f"written: {path}")
    return 0


def _objective(options: argparse.Namespace) -> tuple[Any, Any]:
    """Objective and bounds of a command line."""
    from qdml_quantum.spec import Spec

    spec = Spec.from_argument(options.problem, dimensions=options.dimensions, bounds=options.bounds)
    objective = spec.make_objective()
    return objective, spec.make_bounds(objective)


def _per_axis(qubits: list[int] | None) -> Any:
    return qubits[0] if qubits is not None and len(qubits) == 1 else qubits


def _draw(ax: Any, path: Any) -> str:
    """Write the figure of an Axes as PNG."""
    from qdml_quantum.plot.style import to_png
    from qdml_quantum.store import write_bytes

    write_bytes(path, to_png(ax.figure))
    return str(path)


def _minimize(options: argparse.Namespace) -> int:
    from qdml_quantum.zoom import minimize, plain

    objective, bounds = _objective(options)
    result = minimize(
        objective,
        bounds,
        num_qubits=_per_axis(options.qubits),
        coarse=options.coarse,
        num_steps=options.steps,
        budget=options.budget,
        shots=options.shots,
        backend=options.backend,
        compiler=options.compiler,
        seed=options.seed,
        polish=options.polish,
        progress=not options.json,
    )
    facts = plain(result)
    if not options.json:
        del facts["windows"]
        facts["x"] = ", ".join(f"{value:.6g}" for value in result.x)
    _print_facts(facts, as_json=options.json)
    return 0 if result.success else _FAILED


def _bench(options: argparse.Namespace) -> int:
    from pathlib import Path

    from qdml_quantum.bench import Plan, benchmark_optimization

    folder = Path(options.output)
    made = benchmark_optimization(
        options.functions,
        dimensions=options.dimensions,
        seeds=options.seeds,
        methods=options.methods,
        radius=options.radius,
        plan=None if options.qubits is None else Plan(options.qubits),
        folder=folder / "runs",
        workers=options.workers,
        scheduler=options.scheduler,
        progress=not options.json,
    )
    written = [str(made.save(folder / "optimization.json"))]
    if not options.no_figures:
        written += _bench_figure(made, folder / "optimization.png")
    if options.json:
        print(json.dumps(made.to_dict() | {"written": written}, indent=2))
    else:
        print(made)
        for path in written:
            print(f"written: {path}")
    return 0


def _bench_figure(made: Any, path: Any) -> list[str]:
    try:
        from qdml_quantum.plot import plot_benchmark

        return [_draw(plot_benchmark(made), path)]
    except ImportError as error:
        print(f"qdml: no figure: {error}", file=sys.stderr)
        return []


def _list(options: argparse.Namespace) -> int:
    from qdml_quantum.objectives import builtin_names, describe

    names = [options.name] if options.name else list(builtin_names())
    if options.dimensions is not None and not options.name:
        names = [name for name in names if _exists_in(name, options.dimensions)]
    entries = [describe(name, options.dimensions) for name in names]
    if options.json:
        print(json.dumps(entries, indent=2))
    elif options.name:
        _print_facts(entries[0], as_json=False)
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


def _circuits(options: argparse.Namespace) -> int:
    from qdml_quantum import catalog

    folder = options.output or catalog.default_folder()
    if not options.check:
        files = [str(path) for path in catalog.generate(folder)]
        _print_facts({"written": files}, as_json=options.json)
        return 0
    differences = catalog.check(folder)
    if options.json:
        print(json.dumps({"folder": str(folder), "differences": differences}, indent=2))
    else:
        print("\n".join(differences) if differences else f"all circuits in {folder} match")
    return _FAILED if differences else 0


def _print_facts(facts: Any, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name}: {item}" for name, item in value.items())
        elif isinstance(value, list):
            value = "\n".join(str(item) for item in value)
        print(f"{key:<18}{value}")
