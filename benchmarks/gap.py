"""What the interval of a measured gap is worth: `measure_gap` on many seeds.

A packet in one well of ``(x^2 - 1)^2`` tunnels; 17 times of 1024 shots each, extrapolated in the
time step, on the emulator. A pull is ``(gap - exact) / error``; `within` are runs whose gap is not
further than two errors from the exact one.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from common import arguments, finish
from tqdm.auto import tqdm

from qdml_quantum import Gaussian, Grid, Problem, measure_gap
from qdml_quantum.diagnostics.metrics import wilson_interval

QUBITS, PACKET = 4, Gaussian(-1.0, 0.4)


def row_of(diffusion: float, runs: int) -> dict[str, Any]:
    """Pulls of so many seeds."""
    well = Problem(Grid([(-2.5, 2.5)], QUBITS), "symmetric_double_well")
    begun = time.process_time()
    found = [
        measure_gap(well, diffusion, initial=PACKET, shots=1024, seed=seed)
        for seed in tqdm(range(runs), desc=f"D = {diffusion}", unit="run")
    ]
    error = np.array([one.gap.error for one in found])
    away = np.array([one.gap.value for one in found]) - found[0].exact
    within = int((np.abs(away) <= 2 * error).sum())
    low, high = wilson_interval(within, runs)
    return {
        "D": diffusion,
        "exact": found[0].exact,
        "runs": runs,
        "within": within,
        "from": low,
        "to": high,
        "rms_pull": float(np.sqrt(np.mean((away / error) ** 2))),
        "error_percent": float(100 * np.mean(error) / found[0].exact),
        "rms_percent": float(100 * np.sqrt(np.mean(away**2)) / found[0].exact),
        "seconds": (time.process_time() - begun) / runs,
    }


def main() -> None:
    def extra(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=50, help="seeds for each D")

    options = arguments(__doc__, extra)
    runs = 3 if options.quick else options.runs
    rows = [row_of(diffusion, runs) for diffusion in ((0.4,) if options.quick else (0.4, 0.25))]
    finish("gap", rows, options.output)


if __name__ == "__main__":
    main()
