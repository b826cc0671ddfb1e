"""A schedule chosen from the objective, for whoever does not want to choose one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qdml_quantum import checks
from qdml_quantum.formulas import Formula
from qdml_quantum.messages import argument
from qdml_quantum.metrics import fidelity, success_mask, total_variation
from qdml_quantum.minima import find_minimizers
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import make_recipe
from qdml_quantum.reference.propagate import Propagator
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.schedule import Schedule, schedule_by_name
from qdml_quantum.states import Initial, amplitudes

COARSE_QUBITS = 12
"""Tuning runs on at most 2^12 points; the anneal of a finer grid is the same physics."""

NUM_STAGES = 48
LOCALISED = 0.97
"""The final ground state shall have this probability within the success radius."""

_FIDELITY, _MOVED = 0.97, 0.05
_LADDER = 40


@dataclass(frozen=True)
class Wishes:
    """What the user fixed of a schedule; None is for `suggest_schedule` to choose."""

    kind: str = "geometric"
    d_start: float | None = None
    d_stop: float | None = None
    time_step: float | None = None
    num_steps: int | None = None
    num_stages: int | None = None


def suggest_schedule(
    problem: Problem,
    *,
    wishes: Wishes | None = None,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    radius: float = 0.1,
    max_steps: int = 6144,
) -> Schedule:
    """Choose D range, time step and steps from the objective.

    * D starts where the uniform state is the ground state to about 1 %:
      ``16 std(zeta) / (2 pi / L)^2``.
    * D stops at the largest value of a factor-2 ladder whose ground state lies within the success
      radius of the minimum with probability 0.97, or else at the smallest that the grid resolves.
    * The time step is a part of the inverse zero-point energy, ``dt ~ 1/sqrt(D)`` along the way and
      ``dt |zeta_(i+1) - zeta_i| <= pi/2``; it is shortened until halving it moves less than 5 % of
      the probability, and steps are doubled until the fidelity with the final ground state reaches
      0.97 and the other checks pass, or `max_steps` is reached.

    Trial runs use the NumPy recipe on a grid of at most 2^12 points. The choice uses the classical
    ground state: it is a convenience of simulation, not evidence that an anneal finds minima by
    itself. Whatever `wishes` fixes is kept.

    Args:
        problem: Grid and objective.
        wishes: What is fixed; default nothing.
        formula: Product formula.
        initial: Initial state.
        radius: Success radius in units of the box.
        max_steps: Most Trotter steps the caller can afford.

    Raises:
        ValueError: The wishes contradict each other.

    >>> schedule = suggest_schedule(Problem(Grid([(-4, 4)], 5), "harmonic"))
    >>> schedule.stages[0].diffusion > 100 * schedule.final_diffusion
    True
    """
    wishes = wishes or Wishes()
    stages = wishes.num_stages or (1 if wishes.kind == "constant" else NUM_STAGES)
    make = partial(schedule_by_name, wishes.kind, num_stages=stages)
    if None not in (wishes.d_start, wishes.d_stop, wishes.time_step, wishes.num_steps):
        return make(
            (wishes.d_start, wishes.d_stop), num_steps=wishes.num_steps, time_step=wishes.time_step
        )
    coarse = problem.coarsened(COARSE_QUBITS)
    d_start, d_stop = _ends(coarse, wishes, radius)
    energies, states = eigenstates(coarse, d_stop, method="iterative")
    trial = _Trial(coarse, states[0], formula, amplitudes(_coarse_initial(initial), coarse.grid))
    zero_point = float(energies[0]) - problem.span[0]
    unit = 1 / max(zero_point, 1e-12 * max(1.0, abs(problem.span[1])))
    search = _Search(
        trial, lambda dt, steps: make((d_start, d_stop), time_step=dt, num_steps=steps), stages
    )
    return search.best(wishes.time_step, wishes.num_steps, unit, _smooth_limit(problem), max_steps)


def _coarse_initial(initial: Initial) -> Initial:
    """Amplitudes belong to the full grid: tune as if the start were uniform."""
    return initial if isinstance(initial, str) or hasattr(initial, "factors") else "uniform"


def _smooth_limit(problem: Problem) -> float:
    jumps = [
        float(np.abs(np.diff(problem.values, axis=axis)).max(initial=0.0))
        for axis in range(problem.grid.dimensions)
    ]
    return 0.95 * math.pi / 2 / max(jumps) if max(jumps) > 0 else math.inf


def _ends(problem: Problem, wishes: Wishes, radius: float) -> tuple[float, float]:
    wave_number = 2 * math.pi / float(problem.grid.lengths.max())
    spread = float(problem.values.std())
    natural = 16 * spread / wave_number**2 or 1.0
    d_stop = wishes.d_stop
    if d_stop is None:
        d_stop = _stop(problem, natural if wishes.d_start is None else wishes.d_start, radius)
    d_start = wishes.d_start if wishes.d_start is not None else max(natural, d_stop)
    if d_stop > d_start:
        raise ValueError(argument("d_stop", f"be at most `d_start` ({d_start:g})", d_stop))
    return d_start, d_stop


def _stop(problem: Problem, start: float, radius: float) -> float:
    points, _ = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)
    resolved: list[float] = []
    weights: list[tuple[float, float]] = []
    diffusion = start
    for _ in range(_LADDER):
        state = eigenstates(problem, diffusion, method="iterative")[1][0]
        alias = checks.aliasing_weight(state, problem.grid)
        weights.append((alias, diffusion))
        if alias <= 1e-7:
            resolved.append(diffusion)
            if float((state**2)[mask].sum()) >= LOCALISED:
                return diffusion
        elif resolved:
            break
        diffusion /= 2
    return resolved[-1] if resolved else min(weights)[1]


class _Trial:
    """How a schedule does on the NumPy recipe."""

    def __init__(
        self, problem: Problem, ground: NDArray[np.float64], formula: str | Formula,
        start: NDArray[np.complex128],
    ) -> None:
        self.problem, self.ground, self.formula, self.start = problem, ground, formula, start
        self.propagator = Propagator(problem, workers=1)

    def final(self, schedule: Schedule) -> NDArray[np.complex128]:
        return self.propagator.run(self.start.copy(), make_recipe(schedule, self.formula).phases)

    def __call__(self, schedule: Schedule) -> tuple[float, float, bool]:
        """Fidelity, probability moved by halving, and whether the state keeps off the edges."""
        psi, fine = self.final(schedule), self.final(schedule.halved())
        clean = (
            checks.wrap_around(psi, self.problem.grid).passed
            and checks.aliasing(psi, self.problem.grid).passed
        )
        moved = total_variation(np.abs(psi) ** 2, np.abs(fine) ** 2)
        return fidelity(psi, self.ground), moved, clean


class _Search:
    """Shorten the step until it is small enough, lengthen the anneal until it is slow enough."""

    def __init__(
        self, trial: _Trial, make: Callable[[float, int], Schedule], num_stages: int
    ) -> None:
        self.trial, self.make, self.num_stages = trial, make, num_stages

    def best(
        self,
        time_step: float | None,
        num_steps: int | None,
        unit: float,
        smooth: float,
        max_steps: int,
    ) -> Schedule:
        dt = min(0.2 * unit, smooth) if time_step is None else time_step
        steps = num_steps or max(1, round(192 / self.num_stages))
        ranked: list[tuple[tuple[float, ...], Schedule]] = []
        for _ in range(16):
            schedule = self.make(dt, steps)
            reached, moved, clean = self.trial(schedule)
            good = reached >= _FIDELITY and moved <= _MOVED and clean
            passing = (moved <= 0.09) + (reached >= 0.9) + clean
            ranked.append(((float(good), passing, reached - moved), schedule))
            if good or (time_step is not None and num_steps is not None):
                break
            if moved > _MOVED and time_step is None:
                dt /= 1.5
                continue
            if num_steps is not None or 2 * steps * self.num_stages > max_steps:
                break
            steps *= 2
        return max(ranked, key=lambda pair: pair[0])[1]
