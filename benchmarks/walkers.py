"""What the error bars of diffusion Monte Carlo are worth: pulls over many seeds.

A pull is `(energy - exact) / error`; where error bars are right its root mean square is 1, known
from n runs to `1 / sqrt(2 n)`. Systems: x^4 (D = 1/2), the tilted double well (D = 1/2), and 1 to
10 oscillators (zeta = x^2, D = 1). `scatter_percent` is that of the error bars themselves.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from common import arguments, finish

from qdml_quantum import Grid, Problem, eigenstates
from qdml_quantum.reference.walkers.monte_carlo import MonteCarloEnergy, diffusion_monte_carlo

Energy = Callable[..., MonteCarloEnergy]


def systems(quick: bool) -> dict[str, tuple[Energy, float]]:
    """A run by name, and the exact energy."""
    well = eigenstates(Problem(Grid([(-5, 5)], 8), "double_well"), 0.5)[0][0]
    quartic = eigenstates(Problem(Grid([(-4, 4)], 8), "x**4"), 0.5)[0][0]
    named: dict[str, tuple[Energy, float]] = {
        "x^4": (partial(diffusion_monte_carlo, "x**4", 0.5, bounds=[(-3, 3)]), float(quartic)),
        "double well": (partial(diffusion_monte_carlo, "double_well", 0.5), float(well)),
    }
    for d in (1,) if quick else range(1, 11):
        run = partial(diffusion_monte_carlo, "harmonic", 1.0, dimensions=d)
        named[f"oscillators, {d}"] = (run, float(d))
    return named


def main() -> None:
    def extra(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=50, help="seeds of a system")
        parser.add_argument("--walkers", type=int, default=400)
        parser.add_argument("--steps", type=int, default=1500)

    options = arguments(__doc__.splitlines()[0], extra)
    runs = 3 if options.quick else options.runs
    steps = 200 if options.quick else options.steps
    rows: list[dict[str, Any]] = []
    for name, (run, exact) in systems(options.quick).items():
        begun = time.perf_counter()
        found = [
            run(num_walkers=options.walkers, num_steps=steps, seed=seed) for seed in range(runs)
        ]
        seconds = (time.perf_counter() - begun) / runs
        error = np.array([each.error for each in found])
        pulls = (np.array([each.energy for each in found]) - exact) / error
        rows.append(
            {
                "system": name,
                "runs": runs,
                "rms_pull": float(np.sqrt((pulls**2).mean())),
                "its_error": 1 / math.sqrt(2 * runs),
                "mean_pull": f"{pulls.mean():+.2f}",
                "largest": float(np.abs(pulls).max()),
                "error_percent": 100 * float(error.mean()) / exact,
                "scatter_percent": 100 * float(error.std() / error.mean()),
                "failed_checks": sum(not each.passed for each in found),
                "seconds": seconds,
            }
        )
    pooled = math.sqrt(float(np.mean([row["rms_pull"] ** 2 for row in rows])))
    finish("walkers", rows, options.output)
    number = runs * len(rows)
    print(f"rms of all {number} pulls: {pooled:.3f} +- {1 / math.sqrt(2 * number):.3f}")


if __name__ == "__main__":
    main()
