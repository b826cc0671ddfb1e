"""Gradient-based quantum Hamiltonian descent beside the published program, and what its gain is.

Four functions of arXiv:2505.14670 on 128 x 128 points with the settings of its program: success is
zeta within 1 of the minimum, after k of the steps of the program. `published` are values of that
program: figure 1 of the paper prints those of Styblinski-Tang to two digits, those of the other
functions are read off the ends of the curves in its repository. `qhd` and `gradient`
are `Schedule.gradient_qhd` without and with the published beta and gamma; `gamma` has no gradient
(beta = 0), and `beta` no t^2. `squares` adds the one term that the schedule leaves out,
``-(beta^2/4) t^3 |grad zeta|^2``, as a second diagonal phase.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from common import arguments, finish
from numpy.typing import NDArray

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import Phase

Values = NDArray[np.float64]
TINY = 1e-5  # Of the differences that make a slope.


@dataclass(frozen=True)
class Case:
    """A sum ``g(x1) + h(x2)``, and what the program said of it."""

    box: tuple[float, float]
    parts: tuple[Callable[[Values], Values], Callable[[Values], Values]]
    beta: float
    time: float
    steps: int
    published: dict[int, tuple[float, float]]  # k: success of QHD, and of the gradient.


def quartic(x: Values) -> Values:
    return 0.2 * (x**4 - 16 * x**2 + 5 * x)


def wave(x: Values) -> Values:
    return np.cos(np.pi * x) ** 2 + 0.25 * x**4


def ripples(x: Values) -> Values:
    return x**2 - 10 * np.cos(2 * np.pi * x) + 10


def valley(number: int) -> Callable[[Values], Values]:
    return lambda x: -np.sin(x) * np.sin(number * x**2 / np.pi) ** 20


CASES = {
    "Styblinski-Tang": Case(
        (-5, 5),
        (quartic, quartic),
        -0.03,
        5.0,
        500,
        {50: (0.01, 0.02), 100: (0.03, 0.15), 150: (0.17, 0.35), 200: (0.24, 0.40)},
    ),
    "cube wave": Case((-2, 2), (wave, wave), -0.05, 10.0, 500, {500: (0.93, 1.00)}),
    "Rastrigin": Case((-3, 3), (ripples, ripples), -0.05, 5.0, 1000, {1000: (0.10, 0.61)}),
    "Michalewicz": Case(
        (0, np.pi), (valley(1), valley(2)), -0.05, 10.0, 1000, {1000: (0.75, 0.91)}
    ),
}


def success(
    case: Case, num_qubits: int, wanted: list[int], beta: float, gamma: float, squares: bool
) -> list[float]:
    """Probability of zeta within 1 of its minimum after some numbers of steps."""
    grid = Grid([case.box] * 2, num_qubits)
    problem = Problem(grid, lambda x, y: case.parts[0](x) + case.parts[1](y))
    good = problem.values - problem.values.min() < 1
    slopes = [
        (part(axis.points + TINY) - part(axis.points - TINY)) / (2 * TINY)
        for axis, part in zip(grid.axes, case.parts, strict=True)
    ]
    squared = slopes[0][:, None] ** 2 + slopes[1] ** 2
    schedule = Schedule.gradient_qhd(time=case.time, num_steps=case.steps, beta=beta, gamma=gamma)
    psi, reader, found = Anneal(problem, schedule).start, Propagator(problem), []
    step = case.time / case.steps
    for number, stage in enumerate(schedule.stages[: wanted[-1]], 1):
        half = Phase("potential", stage.time_step / 2)
        t = (number - 0.5) * step
        extra = np.exp(1j * step / 2 * beta**2 / 4 * t**3 * squared) if squares else 1.0
        psi = reader.run(psi, [half]) * extra
        psi = reader.run(psi, [Phase("kinetic", stage.diffusion * stage.time_step), half]) * extra
        if number in wanted:
            found.append(float((np.abs(psi[good]) ** 2).sum()))
    return found


def main() -> None:
    options = arguments(__doc__.splitlines()[0])
    rows: list[dict[str, Any]] = []
    for name, case in CASES.items():
        wanted = sorted({*case.published, case.steps // 10, case.steps // 5})
        if options.quick:
            wanted = wanted[:1]
        begun = time.perf_counter()
        kinds = {
            "qhd": (0.0, 0.0, False),
            "gamma": (0.0, 5.0, False),
            "beta": (case.beta, 0.0, False),
            "gradient": (case.beta, 5.0, False),
            "squares": (case.beta, 5.0, True),
        }
        qubits = 5 if options.quick else 7
        curves = {kind: success(case, qubits, wanted, *how) for kind, how in kinds.items()}
        seconds = time.perf_counter() - begun
        for index, k in enumerate(wanted):
            row: dict[str, Any] = {"function": name, "k": k}
            row |= {kind: curve[index] for kind, curve in curves.items()}
            of_qhd, of_gradient = case.published.get(k, ("-", "-"))
            row |= {"published_qhd": of_qhd, "published_gradient": of_gradient}
            rows.append(row | {"seconds": seconds})
    finish("qhd_variants", rows, options.output)


if __name__ == "__main__":
    main()
