"""Schedules trained once, on objectives that they never saw: success without any tuning.

The 22 functions on the unit box, 2^4 to 2^6 points per axis, ranked (`Problem.ranked`). `near` is
the probability within a tenth of the box of a minimizer (chance: 0.0314), for the schedules that
were trained for it; `lowest` the probability of the lowest grid point times the number of points,
for the others: the gain over chance. `geometric` is `near` of the best of 60 geometric anneals with
as many steps, one and the same for all 22 functions, which has been chosen on them.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from common import arguments, finish

from qdml_quantum import Grid, Problem, Schedule, make_recipe, trained_schedule
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.optimize.bench import make_case
from qdml_quantum.optimize.bench.cases import SUITE
from qdml_quantum.problem.goal import success_mask
from qdml_quantum.problem.states import amplitudes

RADIUS = 0.1

Case = tuple[Problem, Any, Any]
"""Ranked problem on the unit box, the points near a minimizer, the lowest points."""


def cases(num_qubits: int) -> list[Case]:
    found = []
    for name in SUITE:
        case = make_case(name)
        values = Problem(Grid(case.bounds, num_qubits), case.objective).values
        problem = Problem.from_table(values, [(0, 1)] * 2)
        low, high = np.array(case.bounds).T
        points = [tuple((place - low) / (high - low)) for place in np.array(case.minimizers)]
        near = success_mask(problem.grid, points, RADIUS)
        found.append((problem.ranked(), near, values == values.min()))
    return found


def probabilities(problem: Problem, schedule: Schedule) -> Any:
    start = np.array(amplitudes("uniform", problem.grid))
    return np.abs(Propagator(problem, workers=1).run(start, make_recipe(schedule).moves)) ** 2


def mean_near(suite: list[Case], schedule: Schedule) -> float:
    return float(np.mean([probabilities(p, schedule)[near].sum() for p, near, _ in suite]))


def geometric(suite: list[Case], steps: int) -> float:
    """The best of 60 for the whole suite."""
    choices = itertools.product((0.003, 0.01, 0.03, 0.1), (1, 10, 100), np.geomspace(0.1, 3, 5))
    return max(
        mean_near(
            suite,
            Schedule.geometric((stop * ratio, stop), num_stages=steps, num_steps=1, time_step=dt),
        )
        for stop, ratio, dt in choices
    )


def main() -> None:
    options = arguments(__doc__.splitlines()[0])
    rows = []
    for num_qubits in (4,) if options.quick else (4, 5, 6):
        suite = cases(num_qubits)
        for steps in (10,) if options.quick else (10, 20):
            gains = [
                probabilities(problem, trained_schedule(steps))[lowest].sum() / lowest.mean()
                for problem, _, lowest in suite
            ]
            near = [
                probabilities(problem, trained_schedule(steps, target="near"))[mask].sum()
                for problem, mask, _ in suite
            ]
            rows.append(
                {
                    "qubits_per_axis": num_qubits,
                    "steps": steps,
                    "near": float(np.mean(near)),
                    "near_worst": float(min(near)),
                    "worst": SUITE[int(np.argmin(near))],
                    "geometric": geometric(suite, steps),
                    "lowest": float(np.median(gains)),
                    "lowest_worst": float(min(gains)),
                }
            )
    finish("trained", rows, options.output)


if __name__ == "__main__":
    main()
