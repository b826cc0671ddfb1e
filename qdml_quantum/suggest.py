"""A schedule chosen from the objective, for whoever does not want to choose one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from qdml_quantum import checks
from qdml_quantum.formulas import Formula
from qdml_quantum.messages import argument, count, number, unknown
from qdml_quantum.metrics import fidelity, success_mask, total_variation
from qdml_quantum.minima import find_minimizers
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import make_recipe
from qdml_quantum.reference.propagate import Propagator
from qdml_quantum.reference.spectrum import eigenstates, rough_ground_state
from qdml_quantum.schedule import SCHEDULES, Schedule, schedule_by_name
from qdml_quantum.states import Initial, amplitudes

COARSE_QUBITS = 12
"""Tuning runs on at most 2^12 points; the anneal of a finer grid is the same physics."""

NUM_STAGES = 48
LOCALISED = 0.93
"""The final ground state shall have this probability within the success radius."""

_FIDELITY, _MOVED = 0.95, 0.05
_MARGIN = 0.3
_COARSE_AXIS = 9
_FIRST_STEPS = 192
_LADDER = 32
_TIME_STEPS = (1.0, 0.5, 0.25)
_EXPONENTS = (0.5, 0.75, 1.0)
_STARTS = (1.0, 4.0)


def suggest_schedule(
    problem: Problem,
    kind: str = "geometric",
    *,
    d_start: float | None = None,
    d_stop: float | None = None,
    time_step: float | None = None,
    step_exponent: float | None = None,
    num_steps: int | None = None,
    num_stages: int | None = None,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    radius: float = 0.1,
    max_steps: int = 6144,
) -> Schedule:
    """Choose D range, time step and steps from the objective.

    * D starts where the uniform state is the ground state to about 2 %:
      ``8 std(zeta) / (2 pi / L)^2``, or at four times that where no schedule from there is good.
    * D stops at the largest value of a factor-sqrt(2) ladder whose ground state lies within the
      success radius of a minimum with probability 0.93, or else at the most localised that the
      grid resolves and keeps off its edges.
    * The time step starts at a fifth of the inverse zero-point energy, with
      ``dt |zeta_(i+1) - zeta_i| <= pi/2``, and ``dt ~ D^-1/2`` along the way. Time steps down to
      a quarter of that and exponents up to 1 (which keep Trotter resonances away) are tried, then
      more steps, until halving the step moves less than 5 % of the probability, the fidelity with
      the final ground state reaches 0.95 and the other checks pass, or `max_steps` is reached.

    Trial runs use the NumPy recipe on a grid of at most 2^12 points. The choice uses the classical
    ground state: it is a convenience of simulation, not evidence that an anneal finds minima by
    itself.

    Args:
        problem: Grid and objective.
        kind: ``"geometric"`` (default), ``"linear"``, ``"power"`` or ``"constant"``.
        d_start: D of the first stage; chosen where None, like all that follow.
        d_stop: D of the last stage.
        time_step: Time step of the last stage.
        step_exponent: ``dt ~ D^-step_exponent``.
        num_steps: Trotter steps of each stage.
        num_stages: Number of stages; chosen: 48, or `max_steps` if that is less.
        formula: Product formula.
        initial: Initial state.
        radius: Success radius in units of the box.
        max_steps: Most Trotter steps the caller can afford.

    Raises:
        ValueError: The given values contradict each other, or the objective is flat.

    >>> from qdml_quantum.grid import Grid
    >>> schedule = suggest_schedule(Problem(Grid([(-4, 4)], 5), "harmonic"))
    >>> schedule.stages[0].diffusion > 100 * schedule.final_diffusion
    True
    """
    if kind not in (*SCHEDULES, "constant"):
        raise ValueError(unknown("schedule", kind, [*SCHEDULES, "constant"]))
    stages = 1 if kind == "constant" else min(NUM_STAGES, max_steps)
    if num_stages is not None:
        stages = count("num_stages", num_stages)
    if problem.span[0] == problem.span[1]:
        raise ValueError(
            f"Objective `{problem.objective.name}` is flat on the grid: every value is "
            f"{problem.span[0]:g}, so there is no minimum to anneal into. Widen `bounds`, or give "
            "a `schedule` to watch a free packet."
        )
    coarse = problem.coarsened(COARSE_QUBITS, per_axis=_COARSE_AXIS)
    ends = _ends(coarse, d_start, d_stop, radius)
    trial = _Trial(coarse, ends[1], formula, initial)
    scale = max(1.0, abs(problem.span[0]), abs(problem.span[1]))
    zero_point = max(trial.energy - problem.span[0], 1e-12 * scale)
    longest = min(0.2 / zero_point, _smooth_limit(problem))
    starts = _STARTS if d_start is None and kind != "constant" else (1.0,)
    makers = [
        partial(schedule_by_name, kind, (factor * ends[0], ends[1]), num_stages=stages)
        for factor in starts
    ]
    time_steps = [f * longest for f in _TIME_STEPS] if time_step is None else [time_step]
    exponents = _EXPONENTS if step_exponent is None else (step_exponent,)
    rungs = list(_ladder(stages, max_steps)) if num_steps is None else [num_steps]
    return _search(trial, product(makers, rungs, exponents, time_steps))


def trial_passes(
    problem: Problem,
    schedule: Schedule,
    *,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
) -> bool:
    """Whether a schedule passes the checks in a trial run, as `suggest_schedule` makes them.

    >>> from qdml_quantum.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 5), "harmonic")
    >>> trial_passes(problem, suggest_schedule(problem))
    True
    """
    coarse = problem.coarsened(COARSE_QUBITS, per_axis=_COARSE_AXIS)
    return _Trial(coarse, schedule.final_diffusion, formula, initial)(schedule).passes


def _coarse_initial(initial: Initial) -> Initial:
    """Amplitudes belong to the full grid: tune as if the start were uniform."""
    return initial if isinstance(initial, str) or hasattr(initial, "factors") else "uniform"


def _smooth_limit(problem: Problem) -> float:
    jumps = [
        float(np.abs(np.diff(problem.values, axis=axis)).max(initial=0.0))
        for axis in range(problem.grid.dimensions)
    ]
    return 0.95 * math.pi / 2 / max(jumps) if max(jumps) > 0 else math.inf


def final_state_fits(problem: Problem, *, radius: float = 0.1) -> bool:
    """Whether the grid holds a ground state that is resolved, localised and off the edges.

    >>> from qdml_quantum.grid import Grid
    >>> final_state_fits(Problem(Grid([(-5.12, 5.12)], 4), "rastrigin"))
    False
    """
    coarse = problem.coarsened(COARSE_QUBITS, per_axis=_COARSE_AXIS)
    return _stop(coarse, _natural_start(coarse), radius)[1]


def _ends(
    problem: Problem, d_start: float | None, d_stop: float | None, radius: float
) -> tuple[float, float]:
    for name, value in (("d_start", d_start), ("d_stop", d_stop)):
        if value is not None:
            number(name, value, zero=True)
    natural = _natural_start(problem)
    if d_stop is None:
        d_stop, _ = _stop(problem, natural if d_start is None else d_start, radius)
    if d_start is None:
        d_start = max(natural, d_stop)
    if d_stop > d_start:
        raise ValueError(argument("d_stop", f"be at most `d_start` ({d_start:g})", d_stop))
    return d_start, d_stop


def _natural_start(problem: Problem) -> float:
    """D at which the longest wave of the box costs eight times the spread of zeta."""
    wave_number = 2 * math.pi / float(problem.grid.lengths.max())
    return 8 * float(problem.values.std()) / wave_number**2 or 1.0


def _stop(problem: Problem, start: float, radius: float) -> tuple[float, bool]:
    """The largest D of the ladder whose ground state is resolved and localised, if there is one.

    Otherwise the most localised one that passes the checks of the grid with a margin for
    excitations, or the one that comes nearest to passing them.
    """
    points, _ = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)

    def look(diffusion: float, near: NDArray[np.float64] | None) -> _Rung:
        state = rough_ground_state(problem, diffusion, near)
        return _Rung(
            diffusion,
            checks.aliasing_weight(state, problem.grid),
            checks.edge_weight(state, problem.grid),
            float((state**2)[mask].sum()),
            state,
        )

    rungs: list[_Rung] = []
    diffusion = start
    for _ in range(_LADDER):
        rungs.append(look(diffusion, rungs[-1].state if rungs else None))
        if rungs[-1].fits:
            between = look(diffusion * math.sqrt(2), rungs[-1].state)
            return (between if between.fits and len(rungs) > 1 else rungs[-1]).diffusion, True
        if rungs[-1].alias > 1e-3 and min(rung.alias for rung in rungs) <= checks.ALIASING:
            break
        diffusion /= 2
    passing = [rung for rung in rungs if rung.violation <= _MARGIN]
    if passing:
        return max(passing, key=lambda rung: rung.inside).diffusion, False
    return min(rungs, key=lambda rung: rung.violation).diffusion, False


@dataclass(frozen=True, eq=False)
class _Rung:
    """One D of the ladder with its ground state."""

    diffusion: float
    alias: float
    edge: float
    inside: float
    state: NDArray[np.float64]

    @property
    def fits(self) -> bool:
        return (
            self.inside >= LOCALISED
            and self.alias <= 0.1 * checks.ALIASING
            and self.edge <= 0.2 * checks.EDGE
        )

    @property
    def violation(self) -> float:
        """Above 1 the ground state itself fails a check of the grid."""
        return max(self.alias / checks.ALIASING, self.edge / checks.EDGE)


@dataclass(frozen=True)
class _Score:
    """How a schedule does: fidelity, probability moved by halving, resolved, off the edges."""

    fidelity: float
    moved: float
    resolved: bool
    off_edge: bool

    @property
    def good(self) -> bool:
        return (
            self.fidelity >= _FIDELITY and self.moved <= _MOVED and self.resolved and self.off_edge
        )

    @property
    def passing(self) -> tuple[bool, ...]:
        return self.moved <= 0.09, self.fidelity >= 0.9, self.resolved, self.off_edge

    @property
    def passes(self) -> bool:
        return all(self.passing)

    @property
    def rank(self) -> tuple[float, float]:
        return self.good + sum(self.passing), self.fidelity - self.moved


class _Trial:
    """Runs a schedule, and the same with halved steps, on the NumPy recipe."""

    def __init__(
        self, problem: Problem, diffusion: float, formula: str | Formula, initial: Initial
    ) -> None:
        energies, states = eigenstates(problem, diffusion, method="iterative")
        self.energy, self.ground = float(energies[0]), states[0]
        self.problem, self.formula = problem, formula
        self.start = amplitudes(_coarse_initial(initial), problem.grid)
        self.propagator = Propagator(problem, workers=1)

    def __call__(self, schedule: Schedule, worth: tuple[float, float] | None = None) -> _Score:
        """Score a schedule; the halved run is skipped where it could not beat `worth`."""
        psi = self._final(schedule)
        score = _Score(
            fidelity(psi, self.ground),
            0.0,
            checks.aliasing(psi, self.problem.grid).passed,
            checks.wrap_around(psi, self.problem.grid).passed,
        )
        if worth is not None and score.rank <= worth:
            return replace(score, moved=1.0)
        fine = self._final(schedule.halved())
        return replace(score, moved=total_variation(np.abs(psi) ** 2, np.abs(fine) ** 2))

    def _final(self, schedule: Schedule) -> NDArray[np.complex128]:
        return self.propagator.run(self.start.copy(), make_recipe(schedule, self.formula).phases)


def _search(
    trial: _Trial, choices: Iterable[tuple[Callable[..., Schedule], int, float, float]]
) -> Schedule:
    """The first schedule whose measures are all good, or else the best that was tried."""
    best: tuple[tuple[float, float], Schedule] | None = None
    for make, steps, exponent, dt in choices:
        schedule = make(time_step=dt, num_steps=steps, step_exponent=exponent)
        score = trial(schedule, best[0] if best else None)
        if best is None or score.rank > best[0]:
            best = (score.rank, schedule)
        if score.good:
            return schedule
    assert best is not None
    return best[1]


def _ladder(num_stages: int, max_steps: int) -> Iterator[int]:
    """Steps per stage to try, growing by half; the first rung is always there."""
    steps = max(1, min(round(_FIRST_STEPS / num_stages), max_steps // num_stages))
    yield steps
    while (steps := math.ceil(1.5 * steps)) * num_stages <= max_steps:
        yield steps
