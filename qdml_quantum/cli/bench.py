"""`qdml bench`: comparisons with chance and with SciPy."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from qdml_quantum.cli.options import RUNS, Adder, add_json, draw


def add(command: Adder) -> None:
    """Add the command."""
    bench = command("bench", _bench, "compare with chance and with SciPy")
    _add_bench(bench)


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
    add_json(parser)


def _bench(options: argparse.Namespace) -> int:
    from pathlib import Path

    from qdml_quantum.optimize.bench import EvaluationBudget, benchmark_optimization

    folder = Path(options.output)
    made = benchmark_optimization(
        options.functions,
        dimensions=options.dimensions,
        seeds=options.seeds,
        methods=options.methods,
        radius=options.radius,
        plan=None if options.qubits is None else EvaluationBudget(options.qubits),
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

        return [draw(plot_benchmark(made), path)]
    except ImportError as error:
        print(f"qdml: no figure: {error}", file=sys.stderr)
        return []
