"""A schedule chosen from the objective, for whoever does not want to choose one."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product, starmap

from qdml_quantum.annealing.adiabatic import (
    GroundStatePath,
    adiabatic_schedule,
    adiabatic_stages,
    ground_state_path,
    smooth_time_step,
)
from qdml_quantum.annealing.diffusion_range import COARSE_AXIS, last_diffusion, start_diffusion
from qdml_quantum.annealing.pieces import Pieces, pieces_of
from qdml_quantum.annealing.trial_anneal import TrialAnneal, TrialScore, joined
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.schedule import SCHEDULES, Schedule, Stage, schedule_by_name
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, as_initial
from qdml_quantum.support.messages import bad_value, count, number, unknown
from qdml_quantum.support.typed import typed

TRIAL_QUBITS = 14
"""Trials run on at most 2^14 points; the anneal of a finer grid is the same physics, but for the
Trotter resonances at its larger wave numbers."""

MAX_STAGES = 10_000
"""More stages than this are taken for a typing error; every one is recorded and saved."""

KINDS = ("adiabatic", *SCHEDULES, "constant", "qhd")
"""Schedules that can be chosen by name."""

_REFUSED = {
    "adiabatic": (
        ("time_step", "step_exponent", "num_steps"),
        "an adiabatic schedule, which chooses the steps of every stage",
    ),
    "equal_phase": (("step_exponent",), "an equal-phase schedule, whose exponent is 1/2"),
    "qhd": (
        ("d_start", "d_stop", "time_step", "step_exponent", "num_stages"),
        "a QHD schedule, which takes `num_steps` only",
    ),
}
"""Wishes that a kind of schedule cannot follow, and why."""

# Slowness and turns per step that are tried: finer factors would cost more trials. Then what trials
# may take: times the steps of the run, or points times steps, a few seconds.
_SLOWNESS = tuple(2.0 ** (k / 2) for k in range(6, 15))
_TURNS = tuple(2.0**-k for k in range(-2, 5))
_TRIAL_STEPS, _TRIAL_WORK = 3, 2e8
_NUM_STAGES, _FIRST_STEPS = 48, 192  # Of schedules with equal steps; never measured finer.
_QHD_STEPS = 512
"""Every step of a QHD schedule is a stage, which is compiled, recorded and saved by itself; whoever
wants more of them asks for them."""

_TIME_STEPS, _EXPONENTS = (1.0, 0.5, 0.25), (0.5, 0.75, 1.0)  # See `suggest_schedule`.


@dataclass(frozen=True)
class Wishes:
    """What the caller fixed of a schedule; None is chosen. See `suggest_schedule`."""

    kind: str | None = None
    d_start: float | None = None
    d_stop: float | None = None
    time_step: float | None = None
    step_exponent: float | None = None
    num_steps: int | None = None
    num_stages: int | None = None

    def __post_init__(self) -> None:
        kind = self.chosen_kind
        if kind not in KINDS:
            raise ValueError(unknown("schedule", kind, KINDS))
        names, why = _REFUSED.get(kind, ((), ""))
        for name in names:
            if getattr(self, name) is not None:
                remedy = 'Leave it out, or use the schedule "geometric".'
                raise bad_value(name, f"be left out of {why}", getattr(self, name), remedy)
        for name in ("d_start", "d_stop"):
            if getattr(self, name) is not None:
                number(name, getattr(self, name), zero=True)
        stages = ("num_stages", "num_steps") if kind == "qhd" else ("num_stages",)
        for name in stages:  # every step of a QHD schedule is a stage
            given = getattr(self, name)
            if given is not None and count(name, given) > MAX_STAGES:
                raise bad_value(name, f"be at most {MAX_STAGES}", int(given))

    @property
    def chosen_kind(self) -> str:
        """The kind that is asked for: adiabatic by default, geometric where steps are fixed."""
        if self.kind is not None:
            return self.kind
        fixed = (self.time_step, self.step_exponent, self.num_steps)
        return "adiabatic" if fixed == (None, None, None) else "geometric"

    @property
    def steps_only(self) -> bool:
        """Whether nothing but the number of steps is fixed."""
        return replace(self, num_steps=None) == Wishes()


@dataclass(frozen=True)
class Suggestion:
    """A schedule, and how a trial run of it did."""

    schedule: Schedule
    score: TrialScore


@typed
def suggest_schedule(
    problem: Problem,
    kind: str | None = None,
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

    * D starts where the uniform state is the ground state to about 3e-4:
      ``64 std(zeta) / (2 pi / L)^2``.
    * D stops at the largest value of a factor-sqrt(2) ladder whose ground state lies within the
      success radius of a minimum with probability 0.93, or else at the most localised that the
      grid resolves and keeps off its edges.
    * In between, an ``"adiabatic"`` schedule follows the ground state (`adiabatic_schedule`); it is
      made slower, or its steps smaller, until a trial run has a fidelity of 0.95 with the final
      ground state, halving the step moves less than 5 % of the probability, and the checks of the
      grid pass, or `max_steps` is reached.
    * ``"qhd"`` is `Schedule.qhd` with time 10 and the published normalisation, which takes the
      geometric mean of the sides for the box length; up to 512 steps are tried.
    * Any other kind has equal steps in every stage. Time steps from a fifth of the inverse
      zero-point energy down to a quarter of that, ``dt ~ D^-1/2`` to ``D^-1``, and more and more
      steps are tried in the same way.

    Trial runs use the NumPy recipe on a grid of at most 2^14 points. Above 20 qubits, where zeta is
    a typed sum of terms of few axes, each of its pieces (`pieces_of`) proposes a schedule between
    the two D of all of them, and the one is taken that does best on all pieces, whose states are
    reckoned as a product: no array of the grid is made. The choice uses the classical
    ground state: it is a convenience of simulation, not evidence that an anneal finds minima by
    itself.

    Args:
        problem: Grid and objective.
        kind: One of `KINDS`; default ``"adiabatic"``, or ``"geometric"`` where `time_step`,
            `step_exponent` or `num_steps` is given.
        d_start: D of the first stage; chosen where None, like all that follow. Of these a QHD
            schedule takes `num_steps` only.
        d_stop: D of the last stage.
        time_step: Time step of the last stage; not for an adiabatic schedule, like the next two.
        step_exponent: ``dt ~ D^-step_exponent``; 1/2 in an equal-phase schedule.
        num_steps: Trotter steps of each stage, or of the whole QHD schedule.
        num_stages: Number of stages.
        formula: Product formula.
        initial: Initial state.
        radius: Success radius in units of the box.
        max_steps: Most Trotter steps the caller can afford.

    Raises:
        ValueError: The given values contradict each other, or the objective is flat.

    >>> from qdml_quantum.problem.grid import Grid
    >>> schedule = suggest_schedule(Problem(Grid([(-4, 4)], 5), "harmonic"))
    >>> schedule.stages[0].diffusion > 100 * schedule.final_diffusion
    True
    """
    wishes = Wishes(kind, d_start, d_stop, time_step, step_exponent, num_steps, num_stages)
    return suggest(
        problem, wishes, formula=formula, initial=initial, radius=radius, max_steps=max_steps
    ).schedule


def suggest(
    problem: Problem,
    wishes: Wishes,
    *,
    formula: str | Formula,
    initial: Initial,
    radius: float,
    max_steps: int,
) -> Suggestion:
    """`suggest_schedule`, with the score of the trial run."""
    as_initial(initial, problem.grid)
    count("max_steps", max_steps)
    pieces = pieces_of(problem)
    if problem.span[0] == problem.span[1] if pieces is None else not pieces.problems:
        raise ValueError(
            f"Objective `{problem.objective.name}` is flat on the grid: every value is "
            f"{problem.value_at([0] * problem.grid.dimensions):g}, so there is no minimum to "
            "anneal into. Widen `bounds`, or give a `schedule` to watch a free packet."
        )
    if pieces is not None:
        return _by_pieces(problem, pieces, wishes, formula, radius, max_steps)
    tried = problem.coarsened(TRIAL_QUBITS, per_axis=COARSE_AXIS)
    if wishes.chosen_kind == "qhd":
        trial = TrialAnneal(tried, _qhd(problem, MAX_STAGES).final_diffusion, formula, initial)
        few = wishes.num_steps
        for steps in _ladder(1, min(max_steps, _QHD_STEPS)) if few is None else [few]:
            if trial(_qhd(problem, steps)).good or _enough(trial, max_steps):
                break
    else:
        start, stop = _ends(problem, wishes, radius)
        trial = TrialAnneal(tried, stop, formula, initial)
        if wishes.chosen_kind == "adiabatic" and start > stop > 0:
            path = ground_state_path(problem, (start, stop))
            _try_adiabatic(trial, problem, path, wishes.num_stages, max_steps)
        else:
            _try_stepped(trial, problem, (start, stop), wishes, max_steps)
    assert trial.best is not None
    return Suggestion(trial.best[1], trial.best[0])


def _by_pieces(
    problem: Problem,
    pieces: Pieces,
    wishes: Wishes,
    formula: str | Formula,
    radius: float,
    max_steps: int,
) -> Suggestion:
    """The best of what the pieces propose, judged by the product of their states.

    As for amplitudes, the start is taken as uniform.
    """
    qhd = wishes.chosen_kind == "qhd"
    known = wishes
    if not qhd:
        start, stop = _ends(problem, wishes, radius)
        known = replace(wishes, d_start=start, d_stop=stop)
    tried: list[Suggestion] = []
    for piece in {one.values_hash: one for one in pieces.problems}.values():
        proposed = suggest(
            piece,
            known,
            formula=formula,
            initial="uniform",
            radius=radius,
            max_steps=max_steps,
        ).schedule
        schedule = _qhd(problem, proposed.num_steps) if qhd else proposed
        tried.append(Suggestion(schedule, score_on(pieces, schedule, formula)))
    return max(tried, key=lambda one: one.score.rank)


def score_on(pieces: Pieces, schedule: Schedule, formula: str | Formula) -> TrialScore:
    """How a schedule does on all pieces together, from the uniform state."""
    scores: dict[str, TrialScore] = {}
    for piece in pieces.problems:
        if piece.values_hash not in scores:
            trial = TrialAnneal(piece, schedule.final_diffusion, formula, "uniform")
            scores[piece.values_hash] = trial(schedule)
    return joined([scores[piece.values_hash] for piece in pieces.problems])


def _ends(problem: Problem, wishes: Wishes, radius: float) -> tuple[float, float]:
    start, stop = wishes.d_start, wishes.d_stop
    natural = start_diffusion(problem)
    if stop is None:
        stop, _ = last_diffusion(problem, radius=radius, start=start)
    if start is None:
        start = max(natural, stop)
    if stop > start:
        raise bad_value("d_stop", f"be at most `d_start` ({start:g})", stop)
    return start, stop


def _try_adiabatic(
    trial: TrialAnneal,
    problem: Problem,
    path: GroundStatePath,
    num_stages: int | None,
    max_steps: int,
) -> None:
    """Try slowness and phase per step, cheapest first, until all measures are good."""
    seen: list[tuple[float, float, TrialScore]] = []
    # Of few of them `Stage` are made.
    choices: list[tuple[int, list[tuple[float, float, int]], float, float]] = []
    for slowness, turns in product(_SLOWNESS, _TURNS):
        with contextlib.suppress(ValueError):  # a step that is no number
            stages = adiabatic_stages(problem, path, slowness, turns, num_stages)
            choices.append((sum(steps for *_, steps in stages), stages, slowness, turns))
    for total, stages, slowness, turns in sorted(choices, key=lambda choice: choice[0]):
        if total > max_steps or _enough(trial, max_steps):
            break
        if _pointless(slowness, turns, seen):
            continue
        try:
            schedule = Schedule(tuple(starmap(Stage, stages)))
        except ValueError:  # more steps than any schedule may have
            continue
        seen.append((slowness, turns, trial(schedule)))
        if seen[-1][2].good:
            break
    if not seen:
        trial(_hurried(problem, path, num_stages, max_steps))


def _pointless(slowness: float, turns: float, seen: list[tuple[float, float, TrialScore]]) -> bool:
    """Whether what was seen says that this choice cannot be good.

    What heats is not mended by more time: the time step moves the outcome, or the weight near the
    largest wave numbers does not fall when the anneal gets slower. What is resolved but left behind
    is not mended by smaller steps.
    """
    for s, t, score in seen:
        faster = [other.alias for r, u, other in seen if u == t and r < s]
        stuck = score.alias > max(0.8 * min(faster, default=math.inf), 1.0)
        heats = score.shaken or stuck
        if t == turns and s < slowness and heats:
            return True
        if s == slowness and turns < t and score.late and not heats:
            return True
    return False


def _hurried(
    problem: Problem, path: GroundStatePath, num_stages: int | None, max_steps: int
) -> Schedule:
    """The slowest schedule of halved slowness that keeps within the steps."""
    slowness, stages = _SLOWNESS[0], num_stages or min(_NUM_STAGES, max_steps)
    while True:
        with contextlib.suppress(ValueError):
            schedule = adiabatic_schedule(
                problem, path, slowness=slowness, turns=_TURNS[0], num_stages=stages
            )
            if schedule.num_steps <= max(max_steps, stages):
                return schedule
        slowness /= 2


def _qhd(problem: Problem, num_steps: int) -> Schedule:
    """The published schedule, in the units of the problem."""
    length = math.prod(problem.grid.lengths.tolist()) ** (1 / problem.grid.dimensions)
    return Schedule.qhd(num_steps=num_steps, length=length)


def _try_stepped(
    trial: TrialAnneal, problem: Problem, ends: tuple[float, float], wishes: Wishes, max_steps: int
) -> None:
    """Try steps per stage, exponents and time steps, until all measures are good."""
    kind = wishes.chosen_kind
    if kind == "adiabatic":  # nothing to follow: D stays, or falls to 0
        kind = "constant" if ends[0] == ends[1] else "linear"
    stages = wishes.num_stages or (1 if kind == "constant" else min(_NUM_STAGES, max_steps))
    hamiltonian, (low, high) = Hamiltonian(trial.problem, ends[1]), problem.span
    scale = max(hamiltonian.scale(hamiltonian.energy(trial.ground)), 1e-12 * (high - low))
    exponents = _EXPONENTS if wishes.step_exponent is None else (wishes.step_exponent,)
    if kind == "equal_phase":
        exponents = (0.5,)
    longest = min(0.2 / scale, smooth_time_step(problem))
    for steps, exponent, step in product(
        _ladder(stages, max_steps) if wishes.num_steps is None else [wishes.num_steps],
        exponents,
        [f * longest for f in _TIME_STEPS] if wishes.time_step is None else [wishes.time_step],
    ):
        schedule = schedule_by_name(
            kind,
            ends,
            num_stages=stages,
            num_steps=steps,
            time_step=step,
            step_exponent=exponent,
        )
        if trial(schedule).good or _enough(trial, max_steps):
            break


def _enough(trial: TrialAnneal, max_steps: int) -> bool:
    """Whether the trials took longer than the run may, and more than a few seconds."""
    return trial.steps > max(_TRIAL_STEPS * max_steps, _TRIAL_WORK / trial.problem.grid.size)


def _ladder(num_stages: int, max_steps: int) -> Iterator[int]:
    """Steps per stage to try, growing by half; the first rung is always there."""
    steps = max(1, min(round(_FIRST_STEPS / num_stages), max_steps // num_stages))
    yield steps
    while (steps := math.ceil(1.5 * steps)) * num_stages <= max_steps:
        yield steps
