"""Schedules of so few steps that a device can follow them."""

from __future__ import annotations

from qdml_quantum.annealing.ansatz import plans
from qdml_quantum.annealing.diffusion_range import last_diffusion
from qdml_quantum.annealing.optimized import optimize_schedule
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem

STEPS = 2
"""Trotter steps of the default schedule: what one-dimensional problems survive on a device."""
INSTEAD = 6
"""Optimised steps that a slow anneal is compared with: the worst of a double well is at 0.94."""
STARTS = 4
"""Starts of the optimisation: on grids of so few points more of them find nothing better."""

_FINE_QUBITS, _FINE_AXIS = 12, 7
"""Qubits in all, and per axis, of the grid that says where a ground state lies."""


def few_step_schedule(
    problem: Problem,
    num_steps: int = STEPS,
    *,
    diffusion: float | None = None,
    num_starts: int = STARTS,
    seed: int = 0,
    radius: float = 0.1,
) -> Schedule:
    """Few steps with optimised angles, all of them on the whole grid.

    As `optimize_schedule`, which knows the objective on the whole grid, without coarse stages: on
    the edges of a device the searched networks cannot follow these.

    Args:
        problem: Grid and objective.
        num_steps: Trotter steps.
        diffusion: D of the Hamiltonian that is wanted; default `localising_diffusion`.
        num_starts: Crowds of angles on every chain.
        seed: Of the starts.
        radius: Success radius in units of the box.

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


def outline(problem: Problem, num_steps: int = INSTEAD) -> Schedule:
    """Steps of the kind that `optimize_schedule` makes, whose angles say nothing: for their cost.

    >>> outline(Problem(Grid([(-2.5, 2.5)], 8), "double_well")).stages[0].coarse
    4
    """
    (coarse, _), *_ = plans(problem, num_steps, None)[0]
    return Schedule((Stage(1.0, 1.0, num_steps, coarse),), goal=1.0)


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
