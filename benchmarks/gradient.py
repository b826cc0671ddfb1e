"""What an adjoint gradient costs, in evolutions: all angles of S steps at once.

`evolution` is one anneal with the same angles by the NumPy interpreter of the recipe, phases made
anew in every step as the optimisation has to; `gradient` is loss and gradient for one set of
angles, in a batch of one or of as many as `optimize_schedule` takes on that grid. `ratio` is the
second by the first (aim: at most 4), `differences` the evolutions of finite differences.
"""

from __future__ import annotations

import numpy as np
from common import arguments, finish, interleaved, median

from qdml_quantum import Grid, Problem, make_recipe
from qdml_quantum.annealing.ansatz import Ansatz
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.problem.states import amplitudes

CASES = ((1, 4, 12), (1, 8, 12), (2, 4, 16), (2, 6, 16))
"""Dimensions, qubits per axis, steps."""


def main() -> None:
    options = arguments(__doc__.splitlines()[0])
    rows = []
    for dimensions, qubits, steps in CASES[:1] if options.quick else CASES:
        problem = Problem(Grid([(-5.12, 5.12)] * dimensions, qubits), "rastrigin")
        ansatz = Ansatz([problem], ((0, steps),))
        rng = np.random.default_rng(1)
        for sets in (1, max(4, min(128, (1 << 13) // problem.grid.size))):
            angles = rng.uniform(0.5, 1, (sets, ansatz.units.size)) * ansatz.units
            recipe = make_recipe(ansatz.schedule(angles[0], 1.0))
            start = np.array(amplitudes("uniform", problem.grid), dtype=complex)

            def evolution(
                problem: Problem = problem, recipe: object = recipe, start: object = start
            ) -> None:
                Propagator(problem, workers=1).run(start.copy(), recipe.moves)

            def gradient(
                ansatz: Ansatz = ansatz, angles: object = angles, zeta: object = problem.values
            ) -> None:
                def mean(psi):
                    axes = tuple(range(1, psi.ndim))  # of the one member too
                    return (np.abs(psi) ** 2 * zeta).sum(axis=axes), zeta * psi

                ansatz.values_and_gradients(angles, mean)

            times = interleaved(
                {"evolution": evolution, "gradient": gradient},
                seconds=0.1 if options.quick else 2,
            )
            one, many = median(times["evolution"]), median(times["gradient"]) / sets
            rows.append(
                {
                    "grid": " x ".join([f"2^{qubits}"] * dimensions),
                    "steps": steps,
                    "batch": sets,
                    "evolution_ms": 1e3 * one,
                    "gradient_ms": 1e3 * many,
                    "ratio": many / one,
                    "differences": float(2 * steps + 1),
                }
            )
    finish("gradient", rows, options.output)


if __name__ == "__main__":
    main()
