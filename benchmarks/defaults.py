"""Default runs of every built-in in one and two dimensions: time, success, and what is red.

Where a check of the default run on Aer fails, the same is run with `--backend emulator`, which the
remedies name. `--names` and `--dimensions` choose a part; `--quick` runs one objective.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from common import RESULTS, finish

from qdml_quantum import builtin_names
from qdml_quantum.objectives import describe
from qdml_quantum.runs.spec import Spec, run_spec


def row(name: str, dimensions: int, backend: str) -> dict[str, Any]:
    begun = time.perf_counter()
    result = run_spec(Spec(name, dimensions=dimensions, backend=backend))
    return {
        "objective": name,
        "qubits": "+".join(map(str, result.grid.qubits_per_axis)),
        "backend": backend,
        "seconds": time.perf_counter() - begun,
        "steps": result.schedule.num_steps if result.schedule else 0,
        "fidelity": result.fidelity,
        "success": result.success_probability,
        "ground_state_success": result.reference.success if result.reference else None,
        "uniform": result.goal.baseline,
        "red": " ".join(check.name for check in result.checks if not check.passed) or "-",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one objective, for a smoke test")
    parser.add_argument("--names", nargs="+", default=list(builtin_names()))
    parser.add_argument("--dimensions", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--backends", nargs="+", default=["aer", "emulator"])
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    options = parser.parse_args()
    if options.quick:
        options.names, options.dimensions = ["harmonic"], [1]
    rows: list[dict[str, Any]] = []
    for dimensions in options.dimensions:
        for name in options.names:
            entry: dict[str, Any] = dict(describe(name))
            if not entry["fewest_dimensions"] <= dimensions <= entry["most_dimensions"]:
                continue
            for backend in options.backends:
                rows.append(row(name, dimensions, backend))
                print(rows[-1], flush=True)
                if rows[-1]["red"] == "-":
                    break
    finish("defaults", rows, options.output)


if __name__ == "__main__":
    main()
