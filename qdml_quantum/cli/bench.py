"""`qdml bench`: comparisons with chance and with SciPy."""

from __future__ import annotations

import argparse
from pathlib import Path

from qdml_quantum.cli import options as shared


def _add(parser: argparse.ArgumentParser) -> None:
    from qdml_quantum.optimize.bench import benchmark_optimization
    from qdml_quantum.optimize.minimize import PER_DIMENSION

    known, add = shared.defaults_of(benchmark_optimization), parser.add_argument
    add("what", choices=["optimization"], help="which comparison")
    add("--functions", nargs="+", metavar="NAME", help="default: all 22 (five beyond 2 dimensions)")
    add("--methods", nargs="+", metavar="NAME", help="default: all, quantum and classical")
    for name, kind, metavar, text in (
        ("dimensions", int, "D", "number of variables"),
        ("seeds", int, "N", "runs per function"),
        ("radius", shared.real, "R", "of success, of the box diagonal"),
    ):
        add(f"--{name}", type=kind, metavar=metavar, default=known[name], help=text)
    text = "of all methods, times the number of variables"
    add("--evaluations", type=int, metavar="N", default=PER_DIMENSION, help=text)
    add("--workers", type=int, metavar="N", help="processes (default: one per core)")
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.1:8786")
    add = shared.add_output(parser, figures=True)
    folder = shared.to_write(folder=True)
    text = "where every run is kept"
    add("--output", metavar="DIR", type=folder, default=f"{shared.RUNS}/bench", help=text)
    shared.add_html(add, "the tables")


def _bench(options: argparse.Namespace) -> int:
    from qdml_quantum.optimize.bench import EvaluationBudget, benchmark_optimization

    folder = Path(options.output)
    made = benchmark_optimization(
        options.functions,
        plan=EvaluationBudget(options.evaluations),
        folder=folder / "runs",
        progress=not options.json,
        **shared.given_of(options, "dimensions seeds methods radius workers scheduler"),
    )
    written = [str(made.save(folder / "optimization.json"))]
    if options.html:
        written.append(str(made.to_html(options.html)))
    picture = folder / "optimization.png"
    written += shared.drawn(options, lambda plot: [shared.draw(plot.plot_benchmark(made), picture)])
    shown = [made, *(f"written: {path}" for path in written)]
    shared.report(options, made.to_dict() | {"written": written}, shown)
    return 0


COMMANDS = (shared.Command("bench", "compare with chance and with SciPy", _add, _bench),)
