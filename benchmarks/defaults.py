"""Default runs of every built-in in one and two dimensions: time, success, and what is red.

Where a check of the default run on Aer fails, the same is run with `--backend emulator`, which the
remedies name, and where that fails, too, with what they name for this objective (`REMEDIES`).
`--names` and `--dimensions` choose a part, `--remedies` runs these alone; `--quick` runs one
objective.
"""

from __future__ import annotations

import argparse
import io
import json
import shlex
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from common import RESULTS, finish

from qdml_quantum import builtin_names
from qdml_quantum.cli import main as qdml
from qdml_quantum.objectives import describe

EMULATOR = "--backend emulator"
REMEDIES = {
    "beale": f"--bounds 2 4 0 1 {EMULATOR}",
    "branin": "--bounds 0 6 0 6",
    "cross_in_tray": f"--bounds 0 3 {EMULATOR}",
    "dixon_price": "--d-stop 0.02",
    "eggholder": f"--bounds 480 560 380 450 {EMULATOR}",
    "griewank": f"--bounds -3 3 {EMULATOR}",
    "mccormick": "--bounds -2 1 -3 0",
    "rosenbrock": f"--bounds 0.5 1.5 0 2 --compress {EMULATOR}",
    "rosenbrock_qhd": f"--bounds 0.5 1.5 0 2 --compress {EMULATOR}",
}
"""In two dimensions: what makes those green that are red on Aer and on the emulator."""


def row(name: str, dimensions: int, options: str) -> dict[str, Any]:
    """`qdml run` with some options, as it is typed."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()) as said:
        begun = time.perf_counter()
        words = f"run {name} --dimensions {dimensions} {options} --no-figures --json --output"
        qdml([*shlex.split(words), folder])
    made = json.loads(said.getvalue())
    return {
        "objective": name,
        "dimensions": dimensions,
        "options": options,
        "seconds": time.perf_counter() - begun,
        "steps": sum(stage["num_steps"] for stage in made["anneal"]["schedule"]["stages"]),
        "fidelity": made["fidelity"],
        "success": made["success_probability"],
        "uniform": made["goal"]["baseline"],
        "red": " ".join(check["name"] for check in made["checks"] if not check["passed"]) or "-",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one objective, for a smoke test")
    parser.add_argument("--names", nargs="+", default=list(builtin_names()))
    parser.add_argument("--dimensions", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    text = "only what makes green in two dimensions what is red on both"
    parser.add_argument("--remedies", action="store_true", help=text)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if options.remedies:
        for name, words in REMEDIES.items():
            rows.append(row(name, 2, words))
            print(rows[-1], flush=True)
        return finish("defaults_remedies", rows, options.output)
    if options.quick:
        options.names, options.dimensions = ["harmonic"], [1]
    for dimensions in options.dimensions:
        for name in options.names:
            entry: dict[str, Any] = dict(describe(name))
            if not entry["fewest_dimensions"] <= dimensions <= entry["most_dimensions"]:
                continue
            more = [REMEDIES[name]] if dimensions == 2 and name in REMEDIES else []
            for words in ("", EMULATOR, *more):
                rows.append(row(name, dimensions, words))
                print(rows[-1], flush=True)
                if rows[-1]["red"] == "-":
                    break
    finish("defaults", rows, options.output)


if __name__ == "__main__":
    main()
