"""Schedules of so few steps that a device can follow them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from itertools import product

from qdml_quantum.annealing.adiabatic import adiabatic_schedule, ground_state_path
from qdml_quantum.annealing.diffusion_range import last_diffusion, start_diffusion
from qdml_quantum.annealing.optimized import optimize_schedule
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem

STEPS = 2
"""Trotter steps of the default schedule: what one-dimensional problems survive on a device."""
STARTS = 4
"""Starts of the optimisation: on grids of so few points more of them find nothing better."""

KINDS = ("optimized", "geometric", "equal_phase", "adiabatic")
"""Kinds of schedules that `fit` tries."""

_FINE_QUBITS, _FINE_AXIS = 12, 7
_QUICK_STARTS = 2
# Of D: for optimised schedules, and for those where it falls; first D over last; radians per step
# of an oscillator x^2 at the last D; slowness and largest phase of adiabatic ones.
_GOALS, _STOPS, _RATIOS = (0.5, 1.0, 2.0, 4.0), (1.0, 4.0), (4.0, 40.0)
_PHASES = (0.1, 0.3, 1.0, 3.0)
_SLOWNESS, _TURNS = (0.125, 0.25, 0.5, 1.0), (4.0, 2.0, 1.0)


def few_step_schedule(
    problem: Problem,
    num_steps: int = STEPS,
    *,
    diffusion: float | None = None,
    num_starts: int = STARTS,
    radius: float = 0.1,
    seed: int = 0,
) -> Schedule:
    """Few steps with optimised angles, all of them on the whole grid.

    As `optimize_schedule`, which knows the objective on the whole grid, without coarse stages: on
    the edges of a device the searched networks cannot follow these.

    Args:
        problem: Grid and objective.
        num_steps: Trotter steps.
        diffusion: D of the Hamiltonian that is wanted; default `localising_diffusion`.
        num_starts: Crowds of angles.
        radius: Success radius in units of the box.
        seed: Of the starts.

    >>> problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> few_step_schedule(problem, diffusion=0.3).num_steps
    2
    """
    goal = localising_diffusion(problem, radius) if diffusion is None else diffusion
    return optimize_schedule(
        problem,
        num_steps,
        diffusion=goal,
        levels=[(0, num_steps)],
        num_starts=num_starts,
        seed=seed,
    ).schedule


def localising_diffusion(problem: Problem, radius: float = 0.1) -> float:
    """Largest D whose ground state lies within the success radius of a minimum.

    From a grid of at most 2^7 points per axis where the objective is known between the points: the
    grids of devices are too coarse to say.

    >>> problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> round(localising_diffusion(problem), 4)
    0.0485
    """
    grid = problem.grid
    if problem.objective.continuous:
        per_axis = max(1, min(_FINE_AXIS, _FINE_QUBITS // grid.dimensions))
        counts = [max(size, per_axis) for size in grid.qubits_per_axis]
        problem = Problem(Grid(grid.bounds, counts), problem.objective)
    return last_diffusion(problem, radius=radius)[0]


def schedule_choices(
    problem: Problem, num_steps: int, goal: float, *, kinds: Sequence[str] = KINDS, seed: int = 0
) -> Iterator[tuple[str, Schedule]]:
    """Schedules of so many steps, kind by kind, each once.

    Args:
        problem: Grid and objective.
        num_steps: Trotter steps.
        goal: D at which the ground state is localised; others around it are tried as well.
        kinds: Some of `KINDS`.
        seed: Of the optimisation.

    >>> problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> len(list(schedule_choices(problem, 2, 0.05, kinds=["geometric"])))
    16
    """
    seen: set[Schedule] = set()
    for kind in kinds:
        for schedule in _of_kind(kind, problem, num_steps, goal, seed):
            if schedule not in seen:
                seen.add(schedule)
                yield kind, schedule


def _of_kind(kind: str, problem: Problem, steps: int, goal: float, seed: int) -> Iterator[Schedule]:
    if kind == "optimized":
        for factor in _GOALS:
            yield few_step_schedule(
                problem, steps, diffusion=factor * goal, num_starts=_QUICK_STARTS, seed=seed
            )
    elif kind == "adiabatic":
        start = start_diffusion(problem)
        for stop in (factor * goal for factor in _STOPS if start > factor * goal):
            path = ground_state_path(problem, (start, stop))
            for slowness, turns in product(_SLOWNESS, _TURNS):
                with contextlib.suppress(ValueError):  # more steps than any schedule may have
                    schedule = adiabatic_schedule(
                        problem, path, slowness=slowness, turns=turns, num_stages=steps
                    )
                    if schedule.num_steps == steps:
                        yield schedule
    else:  # Falling D at equal ratios, for several lengths of the steps.
        for factor, ratio, phase in product(_STOPS, _RATIOS, _PHASES):
            stop = factor * goal
            yield Schedule.geometric(
                (ratio * stop, stop),
                num_stages=steps,
                num_steps=1,
                time_step=phase / (2 * math.sqrt(stop)),
                step_exponent=0.5 if kind == "equal_phase" else 0.0,
            )
