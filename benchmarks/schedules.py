"""The adiabatic schedule against the geometric one, both tuned by `suggest_schedule`.

Same problem, same final D, same limit on the steps. The columns say how many steps the best
schedule takes, what its trial run reaches, and how long the choice took. `aliasing` and
`wrap_around` are in units of what the checks allow.
"""

from __future__ import annotations

import math
import time
from typing import Any

from common import arguments, finish

from qdml_quantum import Grid, Problem, as_objective
from qdml_quantum.annealing.diffusion_range import last_diffusion
from qdml_quantum.annealing.suggest import Wishes, suggest

CASES = [
    ("double_well", 1, 6),
    ("rastrigin", 1, 7),
    ("double_well", 2, 5),
    ("soft_coulomb", 2, 5),
    ("rastrigin", 2, 6),
    ("mexican_hat", 2, 6),
    ("booth", 2, 5),
    ("himmelblau", 2, 6),
    ("easom", 2, 6),
    ("alpine2", 2, 5),
    ("schwefel", 2, 6),
    ("michalewicz", 2, 6),
]
MAX_STEPS = 10_000


def compare(name: str, dimensions: int, num_qubits: int) -> list[dict[str, Any]]:
    objective = as_objective(name, dimensions)
    assert objective.bounds is not None
    problem = Problem(Grid(objective.bounds, num_qubits), objective)
    stop, _ = last_diffusion(problem)
    rows = []
    for kind in ("geometric", "adiabatic"):
        begun = time.perf_counter()
        found = suggest(
            problem,
            Wishes(kind=kind, d_stop=stop),
            formula="strang",
            initial="uniform",
            radius=0.1,
            max_steps=MAX_STEPS,
        )
        score = found.score
        # In the order of `passing`; without a trial of halved steps nothing is said of them.
        moved = "moved" if math.isfinite(score.moved) else ""
        words = (moved, "F", f"aliasing {score.alias:.3g}", f"edge {score.edge:.3g}")
        rows.append(
            {
                "objective": name,
                "qubits": "+".join([str(num_qubits)] * dimensions),
                "schedule": kind,
                "steps": found.schedule.num_steps,
                "fidelity": score.fidelity,
                "moved": score.moved,
                "aliasing": score.alias,
                "wrap_around": score.edge,
                "fails": ", ".join(
                    word
                    for word, fine in zip(words, score.passing, strict=True)
                    if word and not fine
                ),
                "seconds": time.perf_counter() - begun,
            }
        )
    return rows


def main() -> None:
    options = arguments(__doc__ or "")
    cases = [("harmonic", 1, 4)] if options.quick else CASES
    finish("schedules", [row for case in cases for row in compare(*case)], options.output)


if __name__ == "__main__":
    main()
