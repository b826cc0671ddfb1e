"""The plan that shows most within a budget of QPU seconds, and everything else that was tried."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from qdml_quantum.annealing.few_steps import few_step_schedule, localising_diffusion
from qdml_quantum.annealing.suggest_anneal import bounds_of, problems_on, qubits_of_table
from qdml_quantum.diagnostics.checks import MIN_SIGNAL, MOST_UNIFORM
from qdml_quantum.diagnostics.metrics import BASES, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.placement import duration
from qdml_quantum.hardware.planning.costs import (
    GOALS,
    JOB_SECONDS,
    QPU_SECONDS,
    as_wanted,
    depolarised_signal,
)
from qdml_quantum.hardware.planning.draft import Draft, quick_compiler
from qdml_quantum.hardware.planning.measured import as_measured
from qdml_quantum.hardware.planning.options import FEWEST_SHOTS, Fit, Option, by_rank
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.planning import plan
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.goal import RADIUS, Goal
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value, count, number, unknown
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.compiler import Compiler, as_compiler
from qdml_quantum.synthesis.phases.half_cell import fewest_strings

STEPS = tuple(range(1, 9))
"""Steps that are tried where the fidelity of the device allows them: on today's devices, 5 at most
won."""
_FEWEST_QUBITS, _MOST_QUBITS, _MOST_OF_MANY = 3, 6, 8
"""In all; the most on a line, and where there are more axes. Two are a toy, and with six the
fidelity of one step was never enough to win."""
_DIFFUSIONS = (0.5, 1.0, 2.0, 4.0)
"""Goals of the schedules in units of the D that localises: each was best on some device."""
_BEST = 2
"""Grids and numbers of steps of which all goals of D are tried, and options that are planned with
all effort: 3 qubits with 4 steps won by 0.005, after 3 steps had been ahead by 0.004."""
_SEEDS = 3
"""Seeds of their schedules: what has the least energy is not what shows most on a device."""
_USUAL = 0.8
"""Fidelity of a first step, before any was compiled: it only says which goal of D shows more."""


@typed
def fit_plan(
    objective: Any,
    bounds: Any = None,
    *,
    backend: Any,
    qpu_seconds: float = QPU_SECONDS,
    goal: str = "success",
    shots: int | None = None,
    qubits: Sequence[int] | None = None,
    steps: Sequence[int] = STEPS,
    radius: float = RADIUS,
    besides: Collection[str] = ("momentum",),
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    compiler: Compiler | None = None,
    time_limit: float | None = None,
    progress: bool = False,
) -> Fit:
    """Search qubits, steps and schedule for what a device shows best.

    For every grid and number of steps the schedule that is best on the emulator is compiled with
    little effort, and its noise is simulated, until the fidelity of more steps cannot win. For the
    best two of them the schedules with other goals are tried, and the best two of all are planned
    with all effort.

    The score is the lower end of the 95 % interval that the shots within `qpu_seconds` leave: of
    the success probability above that of a uniform histogram, or of S. What cannot be believed
    does not win: ideal histograms that are nearly uniform (fidelity above 0.98), S below 0.5.

    Args:
        objective: Anything that `Problem` takes; or a `Problem`, for its box (a table is thinned).
        bounds: One (lower, upper) pair per axis; default those of the problem or the objective.
        backend: See `plan`.
        qpu_seconds: Budget, as estimated by `qpu_seconds`. Default 10.
        goal: ``"success"`` (default) or ``"signal"``.
        shots: Most shots of each circuit; default what the budget pays for.
        qubits: Qubits per axis to try; default such that 3 to 6 are used in all, 8 where there are
            more axes. Grids that miss a well give way to finer ones, as in `suggest_anneal`; a box
            is moved by half a cell where that saves strings (`Grid.centred`).
        steps: Trotter steps to try.
        radius: Success radius in units of the box.
        besides: See `plan`; its circuits take shots as well.
        options: See `plan`.
        seed: Equal seeds give equal results, but for the time limit.
        compiler: How the best option is compiled; see `plan`.
        time_limit: Seconds after which nothing new is begun but the plan of the best.
        progress: Show a bar on stderr.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: An unknown goal, no qubits or steps to try, or a budget that does not pay for
            256 shots.
        HardwareError: See `plan`.
    """
    if "cuts" in besides:
        must = "leave out cuts, which are for the plan of the best"
        raise bad_value("besides", must, list(besides))
    if goal not in GOALS:
        raise ValueError(unknown("goal", goal, GOALS))
    begun = time.monotonic()
    problems = _problems(objective, bounds, qubits)
    device = find_backend(backend, num_qubits=problems[0].grid.num_qubits)
    machine = Machine(device)
    asked = math.inf if shots is None else count("shots", shots)
    search = _PlanSearch(
        wanted=goal,
        device=device,
        allowed=number("qpu_seconds", qpu_seconds),
        most_shots=min(asked, machine.most_shots or math.inf),
        delay=machine.repetition_delay,
        besides=as_measured(besides),
        sampler=options,
        compiler=as_compiler(compiler, "joint"),
        seed=count("seed", seed, least=0),
        diffusion=localising_diffusion(problems[-1], radius),
        deadline=math.inf if time_limit is None else begun + number("time_limit", time_limit),
    )
    search.require_shots()
    room = getattr(machine.backend, "num_qubits", None) or math.inf
    goals = [Goal(problem, radius) for problem in problems if problem.grid.num_qubits <= room]
    pairs = list(product(goals, _counts("steps", steps)))
    with progress_bar(pairs, "search", unit="option", disable=not progress) as shown:
        tried, skipped, complete = search.tried(shown)
    ranked = sorted(tried, key=by_rank)
    planned = [search.planned(one) for one in ranked[:_BEST] if not one.excluded]
    planned.sort(key=lambda pair: by_rank(pair[0]))
    every = sorted([*(one for one, _ in planned), *ranked[len(planned) :]], key=by_rank)
    return Fit(
        goal=goal,
        qpu_seconds=float(qpu_seconds),
        options=tuple(every),
        plan=None if every[0].excluded else planned[0][1],
        skipped=tuple(skipped),
        complete=complete,
        seconds=time.monotonic() - begun,
    )


@dataclass(frozen=True, eq=False)
class _PlanSearch:
    """What all options have in common; arguments as for `fit_plan`."""

    wanted: str
    device: Any
    allowed: float
    most_shots: float
    delay: float
    besides: tuple[str, ...]
    sampler: Mapping[str, Any] | None
    compiler: Compiler
    seed: int
    diffusion: float
    deadline: float

    @property
    def bases(self) -> tuple[str, ...]:
        """What is measured at the end of every anneal."""
        return BASES if "momentum" in self.besides else BASES[:1]

    def shots(self, times: Iterable[float]) -> int:
        """Shots of each circuit that the budget pays for, of circuits of so many seconds."""
        each = math.fsum(self.delay + seconds for seconds in times)
        return int(min(max((self.allowed - JOB_SECONDS) / each, 0), self.most_shots))

    def require_shots(self) -> None:
        """Refuse a budget that pays for nothing."""
        circuits = len(self.bases) + 2 * ("readout" in self.besides)
        if self.shots([0.0] * circuits) < FEWEST_SHOTS:
            least = JOB_SECONDS + FEWEST_SHOTS * circuits * self.delay
            raise bad_value(
                "qpu_seconds",
                f"pay for {FEWEST_SHOTS} shots of {circuits} circuits, {least:.3g} s",
                self.allowed,
                "Allow more, or measure less (besides=[]).",
            )

    def tried(self, pairs: Iterable[tuple[Goal, int]]) -> tuple[list[Option], list[str], bool]:
        """An option of every grid and number of steps that can win, then what was left out.

        Returns:
            The options, in words what cannot win, and whether the time sufficed.
        """
        options: list[Option] = []
        skipped: dict[str, str] = {}
        others: dict[tuple[Goal, int], list[Schedule]] = {}
        for goal, num_steps in pairs:
            if options and time.monotonic() > self.deadline:
                return options, list(skipped.values()), False
            fidelity = _predicted(options, goal, num_steps)
            least = max((one.score for one in options if not one.excluded), default=-math.inf)
            if at_best(self.wanted, fidelity, goal.baseline) < least:
                size = "x".join(map(str, goal.problem.grid.qubits_per_axis))
                skipped.setdefault(
                    size,
                    f"{size} qubits with {num_steps} steps or more: they cannot win at an "
                    f"expected fidelity of {fidelity:.2f}",
                )
                continue
            schedules = self.schedules(goal, num_steps, min(fidelity, _USUAL))
            others[goal, num_steps] = schedules[1:]
            options.append(self.option(goal, schedules[0]))
        # Noise is not uniform: where all else is best, the other goals of D are simulated as well,
        # what `plan` takes by default, whose D is that of this grid alone, and other seeds of both.
        for one in sorted(options, key=by_rank)[:_BEST]:
            goal, num_steps = one.goal, one.costs.num_steps
            again = [
                few_step_schedule(
                    goal.problem, num_steps, diffusion=d, seed=self.seed + more, radius=goal.radius
                )
                for d in (None, one.anneal.schedule.goal)
                for more in range(_SEEDS)
            ]
            known = {option.anneal.schedule for option in options if option.goal is goal}
            for schedule in dict.fromkeys((*others[goal, num_steps], *again)):
                if schedule not in known:
                    options.append(self.option(goal, schedule))
        return options, list(skipped.values()), True

    def schedules(self, goal: Goal, num_steps: int, fidelity: float) -> list[Schedule]:
        """For all goals of D; first what shows most if all that the fidelity loses is uniform."""

        def merit(schedule: Schedule) -> tuple[bool, float]:
            ideal = np.abs(Anneal(goal.problem, schedule).final_state()) ** 2
            signal = depolarised_signal(ideal, fidelity)
            believed = uniform_fidelity(ideal) <= MOST_UNIFORM and signal >= MIN_SIGNAL
            return believed, signal if self.wanted == "signal" else goal.share(ideal)

        schedules = [
            few_step_schedule(
                goal.problem,
                num_steps,
                diffusion=factor * self.diffusion,
                seed=self.seed,
            )
            for factor in _DIFFUSIONS
        ]
        return sorted(dict.fromkeys(schedules), key=merit, reverse=True)

    def option(self, goal: Goal, schedule: Schedule) -> Option:
        """Compiled with little effort, with simulated noise."""
        anneal = Anneal(goal.problem, schedule)
        compiler, target = quick_compiler(self.compiler), Machine(self.device).target
        draft = Draft(anneal, goal, compiler, self.device, BASES[:1], self.seed)
        # The circuit of wave numbers takes about as long as that of positions.
        circuits = dict.fromkeys(self.bases, draft.isa.circuits["position"])
        settings = settings_of(circuits, readout="readout" in self.besides)
        shots = self.shots(duration(setting.circuit, target) for setting in settings)
        bars = draft.error_bars(max(shots, 1), as_wanted(None, 1.0))
        costs = draft.costs(settings, shots, bars)
        return Option(self.wanted, goal, anneal, shots, costs, "simulated")

    def planned(self, option: Option) -> tuple[Option, Plan]:
        """The same with all effort, and its plan."""
        made = plan(
            option.anneal,
            backend=self.device,
            shots=option.shots,
            seed=self.seed,
            compiler=self.compiler,
            radius=option.goal.radius,
            besides=self.besides,
            options=self.sampler,
        )
        return replace(option, costs=made.costs, how="planned"), made


def _predicted(options: Sequence[Option], goal: Goal, num_steps: int) -> float:
    """Fidelity of so many steps, from the last that were compiled on this grid: equal per step."""
    for option in reversed(options):
        if option.goal is goal:
            fidelity = option.costs.expected_fidelity or 0.0
            return float(fidelity ** (num_steps / option.costs.num_steps))
    return 1.0


def at_best(wanted: str, fidelity: float, baseline: float) -> float:
    """More than any schedule can score at a fidelity, if what is lost becomes uniform.

    ``f (1 - baseline)`` of the success probability, where the ideal one is 1; ``1 - (1 - f)^2`` of
    S, for ideal histograms that are nearly uniform.

    >>> at_best("success", 0.5, 0.2), at_best("signal", 0.5, 0.2)
    (0.4, 0.75)
    """
    return 1 - (1 - fidelity) ** 2 if wanted == "signal" else fidelity * (1 - baseline)


def _problems(objective: Any, bounds: Any, qubits: Sequence[int] | None) -> list[Problem]:
    """The same objective on grids of several sizes, the coarsest first."""
    if isinstance(objective, Problem):
        bounds = objective.grid.bounds if bounds is None else bounds
        objective = objective.objective
    pairs = [] if bounds is None else as_bounds(bounds)
    # One pair may stand for all axes.
    function = as_objective(objective, len(pairs) if len(pairs) > 1 else None)
    box, axes = bounds_of(function, bounds), function.dimensions
    most = _MOST_QUBITS if axes == 1 else _MOST_OF_MANY
    usual = [n for n in range(1, most + 1) if _FEWEST_QUBITS <= n * axes <= max(most, 2 * axes)]
    sizes = usual if qubits is None else _counts("qubits", qubits)
    require_memory(8 << (max(sizes) * axes), f"A fit on {max(sizes) * axes} qubits")
    if function.continuous:
        return [fewest_strings(problem) for problem in problems_on(function, box, sizes)]
    known = qubits_of_table(function)
    table = Problem(Grid(box, known), function)
    fitting = [size for size in sizes if size <= min(known)]
    if not fitting:
        raise bad_value(
            "qubits",
            "be at most those of the table on every axis",
            sizes,
            "Give a finer table, or a formula.",
        )
    return [table.thinned(tuple(n - size for n in known)) for size in fitting]


def _counts(name: str, given: Sequence[int]) -> list[int]:
    """Different positive integers, rising."""
    numbers = sorted({count(name, value) for value in given})
    if not numbers:
        raise bad_value(name, "hold a number", list(given), "Write range(1, 5).")
    return numbers
