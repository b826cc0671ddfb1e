"""The plan that shows most within a budget of QPU seconds, and everything else that was tried."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from qdml_quantum.annealing.suggest_anneal import bounds_of
from qdml_quantum.diagnostics.metrics import signal_over_uniform, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.devices import find_backend, is_local, target_of
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import noisy_probabilities
from qdml_quantum.hardware.devices.placement import duration, expected_fidelity
from qdml_quantum.hardware.planning.costs import JOB_SECONDS, QPU_SECONDS, depolarised
from qdml_quantum.hardware.planning.draft import repetition_delay
from qdml_quantum.hardware.planning.few_steps import KINDS, localising_diffusion, schedule_choices
from qdml_quantum.hardware.planning.forecast import GOALS, Histogram
from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.options import (
    FEWEST_SHOTS,
    Fit,
    Option,
    at_best,
    rank,
    score,
    why_not,
)
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.planning import most_shots, plan
from qdml_quantum.hardware.planning.quick_costs import Trend, kept_values, quick_circuit
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.goal import RADIUS, Goal
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import argument, count, number, unknown
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler, as_compiler

STEPS = tuple(range(1, 9))
"""Steps that are tried where the fidelity of the device allows them."""
BUDGETS: tuple[Any, ...] = (None, ("rms", 0.2))
"""What may be left out of the objective: the default, and more."""

_FEWEST_QUBITS, _MOST_QUBITS, _MOST_OF_MANY = 3, 6, 8
# Options of which the noise is simulated, those at least of each kind and size, and those that are
# compiled with all effort.
_SIMULATED, _OF_EACH, _FINISHED = 12, 1, 3


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
    kinds: Sequence[str] = KINDS,
    budgets: Sequence[Any] = BUDGETS,
    radius: float = RADIUS,
    energy: bool = True,
    mitigation: Mitigation | None = None,
    seed: int = 0,
    compiler: Compiler | None = None,
    time_limit: float | None = None,
    progress: bool = False,
) -> Fit:
    """Search qubits, steps, schedule and compiler budget for what a device shows best.

    Every schedule is run on the emulator, and judged by the fidelity that circuits of so many
    steps are expected to have on the device; the promising ones are compiled and their noise is
    simulated; the best of those are planned with all effort, and the best plan is handed back.

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
            more axes.
        steps: Trotter steps to try.
        kinds: Schedules to try, of `KINDS`.
        budgets: What may be left out of the objective; see `build`.
        radius: Success radius in units of the box.
        energy: Whether the plan measures wave numbers too.
        mitigation: See `plan`; its circuits take shots as well.
        seed: Equal seeds give equal results, but for the time limit.
        compiler: How the best options are compiled; see `plan`.
        time_limit: Seconds after which nothing new is begun but the plan of the best.
        progress: Show a bar on stderr.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: An unknown goal or kind, no qubits or steps to try, or a budget that does not
            pay for 256 shots.
        HardwareError: See `plan`.
    """
    if goal not in GOALS:
        raise ValueError(unknown("goal", goal, GOALS))
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(unknown("schedule", kind, KINDS))
    begun = time.monotonic()
    problems = _problems(objective, bounds, qubits)
    device = find_backend(backend, num_qubits=problems[0].grid.num_qubits)
    search = _PlanSearch(
        device=device,
        goal=goal,
        allowed=number("qpu_seconds", qpu_seconds),
        shots_asked=math.inf if shots is None else count("shots", shots),
        steps=_counts("steps", steps),
        kinds=tuple(kinds),
        budgets=tuple(budgets),
        radius=radius,
        num_circuits=_num_circuits(energy, mitigation),
        seed=count("seed", seed, least=0),
        compiler=as_compiler(compiler, "joint"),
        deadline=math.inf if time_limit is None else begun + number("time_limit", time_limit),
        progress=progress,
    )
    search.require_shots()
    screened = search.screened(problems)
    simulated = search.simulated(screened)
    choices = {
        "backend": device,
        "energy": energy,
        "mitigation": mitigation,
    }
    planned = search.planned(simulated, choices)
    options = [option for option, _ in planned]
    options += [o for o in simulated if o.schedule not in {p.schedule for p in options}]
    options += [o for o in screened if o.schedule not in {p.schedule for p in options}]
    winner = planned[0][1] if planned and not planned[0][0].excluded else None
    return Fit(
        goal=goal,
        qpu_seconds=float(qpu_seconds),
        options=tuple(sorted(options, key=rank)),
        plan=winner,
        skipped=tuple(search.skipped()),
        complete=not search.cut,
        seconds=time.monotonic() - begun,
    )


@dataclass(eq=False)
class _PlanSearch:
    """Screens, simulates and plans; arguments as for `fit`."""

    device: Any
    goal: str
    allowed: float
    shots_asked: float
    steps: Sequence[int]
    kinds: tuple[str, ...]
    budgets: tuple[Any, ...]
    radius: float
    num_circuits: int
    seed: int
    compiler: Compiler
    deadline: float
    progress: bool
    cut: bool = False
    hopeless: dict[tuple[int, ...], dict[int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.target = target_of(self.device)
        self.chip = Machine(self.device).backend
        self.delay = repetition_delay(self.chip)
        self.most = min(self.shots_asked, most_shots(self.device) or math.inf)
        self.idle = not is_local(self.device)
        self.problems: dict[tuple[int, ...], Problem] = {}
        self.goals: dict[tuple[int, ...], Goal] = {}

    def late(self) -> bool:
        """Whether the time is over; what is then left out makes the fit incomplete."""
        over = time.monotonic() > self.deadline
        self.cut |= over
        return over

    def shots(self, length: float) -> int:
        """Shots of each circuit that the budget pays for."""
        paid = (self.allowed - JOB_SECONDS) / (self.num_circuits * (self.delay + length))
        return int(min(max(paid, 0), self.most))

    def require_shots(self) -> None:
        """Refuse a budget that pays for nothing."""
        if self.shots(0.0) < FEWEST_SHOTS:
            least = JOB_SECONDS + FEWEST_SHOTS * self.num_circuits * self.delay
            raise ValueError(
                argument(
                    "qpu_seconds",
                    f"pay for {FEWEST_SHOTS} shots of {self.num_circuits} circuits, {least:.3g} s",
                    self.allowed,
                    "Allow more, or measure less (energy=False).",
                )
            )

    def screened(self, problems: Sequence[Problem]) -> list[Option]:
        """Every schedule, judged by the fidelity of circuits of so many steps."""
        options: list[Option] = []
        goal = localising_diffusion(problems[-1], self.radius)
        bar = tqdm(
            total=len(problems) * len(self.steps),
            desc="screen",
            unit="size",
            disable=not self.progress,
        )
        with bar:
            for problem in problems:
                key = problem.grid.qubits_per_axis
                self.problems[key] = problem
                self.goals[key] = Goal(problem, self.radius)
                trend = Trend.of(problem, self.target, goal, seed=self.seed, idle=self.idle)
                for steps in self.steps:
                    bar.update()
                    if options and self.late():
                        continue
                    options += self.sized(problem, steps, goal, trend, self.best_of(options))
        return sorted(options, key=rank)

    def sized(
        self, problem: Problem, steps: int, goal: float, trend: Trend, best: float
    ) -> Iterator[Option]:
        """Every schedule of so many steps, unless even the best one could not win."""
        fidelity, baseline = (
            trend.fidelity(steps),
            self.goals[problem.grid.qubits_per_axis].baseline,
        )
        if at_best(self.goal, fidelity, baseline) < best:
            self.hopeless.setdefault(problem.grid.qubits_per_axis, {})[steps] = fidelity
            return
        for kind, schedule in schedule_choices(
            problem, steps, goal, kinds=self.kinds, seed=self.seed
        ):
            yield self.screen(problem, kind, schedule, trend)

    def skipped(self) -> Iterator[str]:
        """Sizes that were not tried, in words."""
        for size, fidelities in self.hopeless.items():
            steps = sorted({min(fidelities), max(fidelities)})
            ends = sorted({f"{fidelity:.2f}" for fidelity in fidelities.values()})
            yield (
                f"{'x'.join(map(str, size))} qubits with {' to '.join(map(str, steps))} steps: no "
                f"schedule could be the best at an expected fidelity of {ends[0]}"
                + (f" to {ends[-1]}" if len(ends) > 1 else "")
            )

    def best_of(self, options: Sequence[Option]) -> float:
        """Highest score of those that can win."""
        return max((o.score for o in options if not o.excluded), default=-math.inf)

    def screen(self, problem: Problem, kind: str, schedule: Schedule, trend: Trend) -> Option:
        """What is to be expected if everything that the fidelity loses becomes uniform."""
        ideal = self.ideal(problem, schedule)
        fidelity = trend.fidelity(schedule.num_steps)
        return self.option(
            problem,
            kind,
            schedule,
            ideal=ideal,
            expected=depolarised(ideal, fidelity),
            budget=self.budgets[0],
            gates=round(trend.gates(schedule.num_steps)),
            fidelity=fidelity,
            length=trend.length(schedule.num_steps),
            how="screened",
        )

    def simulated(self, screened: Sequence[Option]) -> list[Option]:
        """The promising ones, compiled quickly, with simulated noise, at every budget."""
        options: list[Option] = []
        chosen = _promising(screened)
        for option in tqdm(chosen, desc="simulate", unit="option", disable=not self.progress):
            if options and self.late():
                break
            problem = self.problems[option.qubits_per_axis]
            anneal = Anneal(problem, option.schedule)
            kept = {kept_values(anneal, budget): budget for budget in reversed(self.budgets)}
            options += [self.simulate(problem, option, budget) for budget in kept.values()]
        return sorted(options, key=rank)

    def simulate(self, problem: Problem, option: Option, budget: Any) -> Option:
        """The same option with what a simulation of the noise gives."""
        ideal = self.ideal(problem, option.schedule)
        circuit = quick_circuit(Anneal(problem, option.schedule), self.target, budget, self.seed)
        fidelity = expected_fidelity(circuit, self.target, idle=self.idle)
        noisy = noisy_probabilities(self.chip, circuit, problem.grid, idle=self.idle)
        return self.option(
            problem,
            option.kind,
            option.schedule,
            ideal=ideal,
            expected=depolarised(ideal, fidelity) if noisy is None else noisy,
            budget=budget,
            gates=two_qubit_gates(circuit),
            fidelity=fidelity,
            length=duration(circuit, self.target),
            how="simulated",
        )

    def planned(
        self, simulated: Sequence[Option], choices: Mapping[str, Any]
    ) -> list[tuple[Option, Plan]]:
        """The best ones, planned with all effort, best first."""
        best = {o.schedule: o for o in reversed(simulated) if not o.excluded}
        winners = sorted(best.values(), key=rank)[:_FINISHED]
        plans: list[tuple[Option, Plan]] = []
        for option in tqdm(winners, desc="plan", unit="plan", disable=not self.progress):
            if plans and self.late():
                break
            problem = self.problems[option.qubits_per_axis]
            made = plan(
                problem,
                option.schedule,
                shots=option.shots,
                compiler=replace(self.compiler, budget=option.budget),
                seed=self.seed,
                radius=self.radius,
                **choices,
            )
            plans.append((self.finish(problem, option, made), made))
        return sorted(plans, key=lambda pair: rank(pair[0]))

    def finish(self, problem: Problem, option: Option, made: Plan) -> Option:
        """The option as it was planned."""
        ideal, costs = made.ideal["position"], made.costs
        share = 1.0 if costs.expected_fidelity is None else costs.expected_fidelity
        noisy = depolarised(ideal, share) if made.noisy is None else made.noisy["position"]
        return self.option(
            problem,
            option.kind,
            option.schedule,
            ideal=ideal,
            expected=noisy,
            budget=option.budget,
            gates=costs.two_qubit_gates,
            fidelity=share,
            length=costs.duration or 0.0,
            how="planned",
            shots=made.shots,
        )

    def ideal(self, problem: Problem, schedule: Schedule) -> Histogram:
        """Positions of the emulator."""
        return np.asarray(np.abs(Anneal(problem, schedule).final_state()) ** 2)

    def option(
        self,
        problem: Problem,
        kind: str,
        schedule: Schedule,
        *,
        ideal: Histogram,
        expected: Histogram,
        budget: Any,
        gates: int,
        fidelity: float,
        length: float,
        how: str,
        shots: int | None = None,
    ) -> Option:
        """Figures, score, and whether it can win."""
        near = self.goals[problem.grid.qubits_per_axis]
        shots = self.shots(length) if shots is None else shots
        signal = signal_over_uniform(expected, ideal)
        option = Option(
            kind=kind,
            qubits_per_axis=problem.grid.qubits_per_axis,
            num_steps=schedule.num_steps,
            schedule=schedule,
            budget=budget,
            two_qubit_gates=gates,
            fidelity=fidelity,
            uniform_fidelity=uniform_fidelity(ideal),
            ideal_success=near.share(ideal),
            success=near.share(expected),
            baseline=near.baseline,
            signal=signal,
            shots=shots,
            seconds=JOB_SECONDS + shots * self.num_circuits * (self.delay + length),
            score=score(self.goal, expected, ideal, near.mask, max(shots, 1)),
            how=how,
        )
        return replace(option, excluded=why_not(option, self.goal))


def _promising(screened: Sequence[Option]) -> list[Option]:
    """The best in all, and the best few of every number of qubits and of every schedule."""
    good = [option for option in screened if not option.excluded]
    chosen = {id(option): option for option in good[:_SIMULATED]}
    for group in ("qubits_per_axis", "kind"):
        for value in dict.fromkeys(getattr(option, group) for option in good):
            alike = [option for option in good if getattr(option, group) == value]
            chosen |= {id(option): option for option in alike[:_OF_EACH]}
    return sorted(chosen.values(), key=rank)


def _problems(objective: Any, bounds: Any, qubits: Sequence[int] | None) -> list[Problem]:
    """The same objective on grids of several sizes, the coarsest first."""
    given = objective if isinstance(objective, Problem) else None
    pairs = [] if bounds is None else as_bounds(bounds)
    said = len(pairs) if len(pairs) > 1 else None  # One pair may stand for all axes.
    function = as_objective(objective, said) if given is None else given.objective
    if given is not None and bounds is None:
        bounds = given.grid.bounds
    boxes = bounds_of(function, bounds)
    axes = len(boxes)
    most = _MOST_QUBITS if axes == 1 else _MOST_OF_MANY
    usual = [n for n in range(1, most + 1) if _FEWEST_QUBITS <= n * axes <= max(most, 2 * axes)]
    sizes = usual if qubits is None else _counts("qubits", qubits)
    problems = []
    for size in sizes:
        require_memory(8 << (size * axes), f"A fit on {size * axes} qubits")
        if function.continuous:
            problems.append(Problem(Grid(boxes, size), function))
        elif given is not None and all(size <= n for n in given.grid.qubits_per_axis):
            idle = tuple(n - size for n in given.grid.qubits_per_axis)
            problems.append(given.thinned(idle))
    if not problems:
        raise ValueError(
            argument(
                "qubits",
                "be at most those of the table on every axis",
                list(sizes),
                "Give a finer table, or a formula.",
            )
        )
    return problems


def _counts(name: str, given: Sequence[int]) -> list[int]:
    """Different positive integers, rising."""
    numbers = sorted({count(name, value) for value in given})
    if not numbers:
        raise ValueError(argument(name, "hold a number", list(given), "Write range(1, 5)."))
    return numbers


def _num_circuits(energy: bool, mitigation: Mitigation | None) -> int:
    """Circuits of the job."""
    chosen = mitigation or Mitigation()
    return (2 if energy else 1) * len(chosen.factors) + (2 if chosen.readout else 0)
