"""Evolve in real time and look at many times, as `sesolve` of QuTiP is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.drive import Drive
from qdml_quantum.dynamics.formulas import Formula, as_formula
from qdml_quantum.dynamics.propagate import required_bytes
from qdml_quantum.dynamics.recipe import formula_of
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem, require_problem
from qdml_quantum.problem.states import Initial, values_of
from qdml_quantum.runs.evolution import Evolution
from qdml_quantum.runs.observables import (
    Moment,
    Observables,
    hamiltonian_spread,
    read_observables,
)
from qdml_quantum.runs.walk import Steps, Watch, cut_at
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_type, bad_value, number, unknown
from qdml_quantum.support.typed import typed

KEEP = ("states", "densities")
_ACCURACY = 1e-6
"""Default distance of the last state: far below what a plot shows, and what shots could tell."""
_FEWEST, _IN_ALL = 4, 64
"""Steps between two times, and in all, that a driven evolution begins with at least: with fewer,
twice as many may see the same phases of a drive that turns in between, and agree by chance."""
_PER_SPREAD, _MOST_AT_FIRST = 0.25, 64
"""First guess: a quarter of a step for each radian that the phases of the start drift apart. Walls
under a uniform start make that far too many, so that there are at most 64 steps in a span."""
_SMALL, _MOST_MORE = 0.1, 8
"""From larger errors nothing follows for finer steps: at most eight times as many come next."""
_MOST_STEPS = 100_000  # A minute on one small axis; more are for who says `time_step`.
_COMPARED = 8  # Times at which n and 2 n steps are compared: an absorber may hide the last one.


@typed
def evolve(
    problem: Problem | Anneal,
    schedule: Schedule | Any = None,
    *,
    times: ArrayLike | None = None,
    observables: Observables = ("x", "p", "energy"),
    keep: str | None = None,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    time_step: float | None = None,
    accuracy: float = _ACCURACY,
    drive: Drive | Callable[..., ArrayLike] | str | None = None,
    absorber: Any = None,
) -> Evolution:
    r"""Evolve ``i dpsi/dt = [-D(t) lap + zeta(x) + drive(x, t) - i absorber(x)] psi`` in NumPy.

    Nothing is judged: see `anneal` for a minimum and whether to believe it. The recipe that is
    followed is that of ``result.anneal``, of which `build` makes a circuit.

    Args:
        problem: Grid and zeta; or an `Anneal`, which has schedule, formula and initial state.
        schedule: D, a function D(t), or a `Schedule`.
        times: When to look, rising from 0 or later; evolution begins at 0. Default, of a schedule:
            0 and the end of every stage. A time within a step of a schedule cuts the step in two.
        observables: What is looked at, by name:

            ====================  ==============================================================
            ``"x"``, ``"p"``      mean position and wave number; ``"x1"``, ``"p2"`` of an axis
            ``"x_width"``         standard deviations; ``"p_width"``, ``"x2_width"``
            ``"energy"``          ``<D(t) k^2 + zeta + drive(t)>``
            ``"level0"``          population of a level of the Hamiltonian of that time
            ``"x < 0.5"``         probability there, ``"x2 > 1"``
            ``"entropy"``         in nats, between the first axis and the others; ``"entropy2"``
            ``"norm"``            ``sum |psi|^2``, 1 without an absorber
            ``"x**2"``            mean of a formula of the position
            ====================  ==============================================================

            and functions of ``(t, psi)``, psi of the shape of the grid, which answer with a number
            or an array. A mapping gives names: ``{"far": lambda t, psi: ..., "table": array}``, an
            array being a function of the position. Means are those of psi normalised.
        keep: ``"states"`` or ``"densities"`` at all times; default neither.
        formula: Product formula; default ``"suzuki4"``, with an absorber ``"strang"``, and of a
            schedule as for `Anneal`.
        initial: Initial state: ``"uniform"``, a `Gaussian`, amplitudes (such as a row of
            `eigenstates`), a function of positions, or a circuit.
        time_step: Longest step where there is no schedule. Default: halved until the last state
            moves by less than `accuracy`, which takes two to three times as long.
        accuracy: That distance, ``min_phase |psi - psi'|``. Default 1e-6.
        drive: A potential of ``(x, t)``, added to zeta: a function, or a formula such as
            ``"x*cos(2*t)"``.
        absorber: W(x), nowhere negative: an array of the shape of the grid, or a function of
            positions. The evolution is then not unitary, and no circuit can follow it.

    Returns:
        An `Evolution`: ``times``, ``expect["x"]`` with one row per time, ``state``.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: No times, times that do not rise, an unknown observable, an absorber that is
            negative somewhere, or an accuracy that is not reached.

    References:
        The read of times and observables is that of QuTiP, doi 10.1016/j.cpc.2012.11.019. Time as
        a coordinate in product formulas: M. Suzuki, Proc. Japan Acad. B 69, 161 (1993), doi
        10.2183/pjab.69.161.

    >>> from qdml_quantum.problem.states import Gaussian
    >>> well = Problem(Grid([(-8, 8)], 6), "harmonic")
    >>> packet = Gaussian(center=1.0, width=math.sqrt(0.5))
    >>> swing = evolve(well, 0.5, times=[0, math.pi], observables=("x", "p"), initial=packet)
    >>> swing.expect["x"].round(5), round(math.cos(math.sqrt(2) * math.pi), 5)
    (array([ 1.     , -0.26626]), -0.26626)
    """
    if isinstance(problem, Anneal):
        if schedule is not None or formula is not None or not isinstance(initial, str):
            must = "be left out with an `Anneal`, which has its own, with formula and initial state"
            raise bad_value("schedule", must, schedule)
        schedule, formula, initial = problem.schedule, problem.formula, problem.initial
        problem = problem.problem
    require_problem(problem)
    grid = problem.grid
    require_memory(required_bytes(grid.size), f"An evolution of {grid.num_qubits} qubits")
    wanted = read_observables(observables, grid)
    if keep is not None and keep not in KEEP:
        raise ValueError(unknown("keep", keep, KEEP))
    drive = drive if drive is None or isinstance(drive, Drive) else Drive(drive)
    lost = _absorbed(absorber, grid)
    formula = None if formula is None else as_formula(formula)
    if lost is not None and formula is not None and formula.has_negative_fractions:
        must = "have no negative fractions with an absorber, which would grow without bound"
        raise bad_value("formula", must, formula.name, "Use lie or strang.")
    watch = Watch(drive, lost, wanted, keep)
    if isinstance(schedule, Schedule):
        if time_step is not None:
            must = "be left out with a Schedule, which has time steps"
            raise bad_value("time_step", must, time_step)
        at = _times(times, schedule)
        walk = cut_at(problem, schedule, at, formula_of(schedule, formula), initial, drive)
        return watch.along(walk)
    diffusion = _diffusion(schedule)
    if formula is None:
        formula = as_formula("suzuki4" if lost is None else "strang")
    steps = Steps(problem, diffusion, _times(times, None), formula, initial, drive)
    if time_step is not None:
        return watch.along(steps.walk(steps.numbers(number("time_step", time_step))))
    return _converged(steps, watch, number("accuracy", accuracy))


def _converged(steps: Steps, watch: Watch, accuracy: float) -> Evolution:
    """More steps until nothing moves: with r times as many the error is 1/r^order of what it was.

    Each round has as many as the error of the last one asks for.
    """
    driven, order = steps.drive is not None or callable(steps.diffusion), steps.formula.order
    least = max(_FEWEST, math.ceil(_IN_ALL / len(steps.times))) if driven else 1
    first = steps.walk(np.where(steps.spans > 0, least, 0))
    start = Moment(0.0, first.plan.start, steps.problem, first.diffusion(0.0))
    guess = np.ceil(_PER_SPREAD * hamiltonian_spread(start) * steps.spans)
    numbers = np.where(steps.spans > 0, np.clip(guess, least, _MOST_AT_FIRST), 0).astype(np.int64)
    compared = np.unique(np.linspace(0, len(steps.times) - 1, _COMPARED).astype(int))
    before = watch.states(steps.walk(numbers), compared)
    more = 2
    while True:
        numbers = more * numbers
        if numbers.sum() > _MOST_STEPS:
            must = f"be reached with {_MOST_STEPS} steps"
            remedy = "Ask for less, look at earlier times, or give a `time_step`."
            raise bad_value("accuracy", must, accuracy, remedy)
        walk = steps.walk(numbers)
        after = watch.states(walk, compared)
        pairs = zip(before, after, strict=True)
        error = max(state_distance(*pair) for pair in pairs) / (more**order - 1)
        if error <= accuracy:
            evolution = watch.along(walk)
            halves = (np.abs(psi[-1]) ** 2 for psi in (before, after))
            return replace(
                evolution, error=error, checks=(*evolution.checks, checks.time_step(*halves))
            )
        before = after
        due = math.ceil((2 * error / accuracy) ** (1 / order))
        more = due if error < _SMALL else int(np.clip(due, 2, _MOST_MORE))


def _diffusion(schedule: Any) -> Any:
    """D, or the function D(t)."""
    if schedule is None:
        remedy = "Write evolve(problem, 0.5, times=[0, 1, 2])."
        raise bad_type("schedule", "be D, a function D(t), or a Schedule", "missing", remedy)
    return schedule if callable(schedule) else number("schedule", schedule, zero=True)


def _times(times: ArrayLike | None, schedule: Schedule | None) -> Array:
    """When to look, checked."""
    if times is None and schedule is None:
        remedy = "Write times=np.linspace(0, 10, 101)."
        raise bad_type("times", "be given where there is no Schedule", "missing", remedy)
    if times is None:
        assert schedule is not None
        return np.cumsum([0.0, *(stage.time for stage in schedule.stages)])
    values = real_array("times", times)
    if values.ndim != 1 or not values.size or values[0] < 0 or (np.diff(values) <= 0).any():
        must = "rise from 0 or later, one after the other"
        raise bad_value("times", must, times, "Write times=np.linspace(0, 10, 101).")
    if values[-1] <= 0:
        raise bad_value("times", "end after 0, where evolution begins", times)
    return values


def _absorbed(absorber: Any, grid: Grid) -> Array | None:
    """W on the grid."""
    if absorber is None:
        return None
    if callable(absorber):
        absorber = values_of("absorber", absorber, grid)
        absorber = absorber.real if not absorber.imag.any() else absorber
    values = real_array("absorber", absorber)
    if values.shape != grid.shape:
        must = f"have the shape of the grid {grid.shape}"
        raise bad_value("absorber", must, f"of shape {values.shape}")
    if (values < 0).any():
        must = "be nowhere negative: it takes from the norm"
        raise bad_value("absorber", must, float(values.min()))
    return values
