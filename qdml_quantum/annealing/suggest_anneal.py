"""Grid, schedule and steps chosen from the objective alone, for whoever does not want to choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from qdml_quantum.annealing.diffusion_range import last_diffusion
from qdml_quantum.annealing.suggest import Suggestion, Wishes, suggest
from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.objectives.coerce import coordinates_of
from qdml_quantum.objectives.table import Table
from qdml_quantum.problem.goal import RADIUS
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.typed import typed

MAX_STEPS = 6144
"""Trotter steps that are tried where nobody says what can be afforded."""

_QUBITS = {1: (6, 7, 8), 2: (5, 6, 7), 3: (4, 5)}
"""Qubits per axis that are tried, by dimension: 2^6 points resolve most built-ins on a line, and
each further choice costs two to eight times as much."""
_MANY_AXES = 12
"""Qubits in all beyond three dimensions."""
_WORTH_STEPS = 192
"""A finer grid on which fewer steps can be afforded than this is not tried: 48 stages of four."""


@typed
def suggest_anneal(
    objective: Any,
    bounds: Any = None,
    *,
    qubits: int | Sequence[int] | None = None,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    radius: float = RADIUS,
    wishes: Wishes | None = None,
    max_steps: int | Callable[[Problem], int] = MAX_STEPS,
    max_qubits: int | None = None,
) -> Anneal:
    """Choose what is not given: the smallest grid on which a trial anneal passes its checks.

    Without `qubits` the smallest grid is taken that misses no well, holds a localised ground state,
    and on which a trial anneal with the steps that can be afforded passes its checks. If there is
    none: the one that passes them at the lowest D, or else the one whose trial did best. The
    schedule is that of `suggest_schedule`, which says what the choice rests on.

    Args:
        objective: Anything that `Problem` takes.
        bounds: One (lower, upper) pair per axis, or one for all; default those of the objective.
        qubits: Qubits per axis, one number or one per axis; default chosen.
        formula: Product formula, see `anneal`.
        initial: Initial state, see `anneal`.
        radius: Success radius in units of the box.
        wishes: What is fixed of the schedule.
        max_steps: Most Trotter steps that can be afforded, or a function of the problem.
        max_qubits: Most qubits in all; default no limit.

    Raises:
        ValueError: No bounds, or the given values contradict each other.

    >>> chosen = suggest_anneal("harmonic")
    >>> chosen.grid, len(chosen.schedule.stages)
    (Grid([(-4, 4)], [6]), 48)
    """
    objective = as_objective(objective, dimensions=dimensions_of(objective, bounds))
    box = bounds_of(objective, bounds)
    afford = max_steps if callable(max_steps) else lambda _: max_steps
    wishes = Wishes() if wishes is None else wishes

    def choose(problem: Problem, wanted: Wishes) -> Suggestion:
        return suggest(
            problem,
            wanted,
            formula=formula or "strang",
            initial=initial,
            radius=radius,
            max_steps=afford(problem),
        )

    if qubits is None and not objective.continuous:
        qubits = qubits_of_table(objective)
    tried: list[tuple[tuple[bool, tuple[float, float]], Problem, Any]] = []
    sizes = [qubits] if qubits is not None else sizes_of(objective.dimensions, max_qubits)
    for problem in problems_on(objective, box, sizes):
        if qubits is not None:
            return Anneal(problem, choose(problem, wishes).schedule, formula, initial)
        if tried and afford(problem) < _WORTH_STEPS:
            break
        stop, fits = last_diffusion(problem, radius=radius, start=wishes.d_start)
        fixed = wishes.d_stop is not None or wishes.chosen_kind == "qhd"
        known = wishes if fixed else replace(wishes, d_stop=stop)
        suggestion = choose(problem, known)
        passes = suggestion.score.passes
        merit = (True, (-stop, 0.0)) if passes else (False, suggestion.score.rank)
        tried.append((merit, problem, suggestion.schedule))
        if fits and passes:
            return Anneal(problem, suggestion.schedule, formula, initial)
    _, problem, schedule = max(tried, key=lambda choice: choice[0])
    return Anneal(problem, schedule, formula, initial)


def problems_on(
    objective: Objective, bounds: Sequence[tuple[float, float]], sizes: Sequence[Any]
) -> Iterator[Problem]:
    """The objective on grids that miss no well, coarse to fine; at least on the last one.

    Args:
        objective: The objective.
        bounds: One pair per axis.
        sizes: Qubits per axis of each grid, numbers or lists.
    """
    for size in sizes:
        problem = Problem(Grid(bounds, size), objective)
        flat = len(sizes) == 1 or problem.span[0] == problem.span[1]
        missed = None if flat else checks.missed_well(problem)
        if missed is None or missed.passed or not missed.decides or size is sizes[-1]:
            yield problem


def bounds_of(objective: Objective, bounds: Any = None) -> list[tuple[float, float]]:
    """One pair per axis: those that are given, or those of the objective.

    Raises:
        ValueError: There are neither.

    >>> bounds_of(as_objective("harmonic", dimensions=2), (-1, 1))
    [(-1, 1), (-1, 1)]
    """
    if bounds is None:
        if objective.bounds is None:
            raise ValueError(
                f"Argument `bounds` is needed: `{objective.name}` has no natural box. "
                "Write bounds=(-3, 3) (--bounds -3 3, or bounds = [[-3, 3]] in a spec file)."
            )
        return list(objective.bounds)
    pairs = as_bounds(bounds)
    return pairs * objective.dimensions if len(pairs) == 1 else pairs


def qubits_of_table(objective: Objective) -> list[int]:
    """Qubits per axis of a table, or of one that was compressed, from its shape."""
    function: Any = objective.function
    while not isinstance(function, Table):
        function = function.function
    return [points.bit_length() - 1 for points in function.values.shape]


def dimensions_of(objective: Any, bounds: Any) -> int | None:
    """Axes that the bounds speak of; None where one pair may stand for all that there are.

    It does for what says how many: names, formulas, functions of several coordinates. Of any other
    function it is the only axis.

    >>> dimensions_of("harmonic", (-1, 1)), dimensions_of(lambda x: x[0], (-1, 1))
    (None, 1)
    """
    if bounds is None:
        return None
    pairs = len(as_bounds(bounds))
    says = hasattr(objective, "dimensions") or not callable(objective)
    return None if pairs == 1 and (says or (coordinates_of(objective) or 1) > 1) else pairs


def sizes_of(dimensions: int, max_qubits: int | None) -> tuple[int, ...]:
    """Qubits per axis that are tried, by dimension, where they fit."""
    sizes = _QUBITS.get(dimensions, (max(1, _MANY_AXES // dimensions),))
    fitting = tuple(size for size in sizes if max_qubits is None or size * dimensions <= max_qubits)
    if not fitting:
        raise bad_value(
            "qubits", f"fit into {max_qubits} in all", f"{sizes[0]} on {dimensions} axes"
        )
    return fitting
