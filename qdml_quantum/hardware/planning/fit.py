"""The plan that shows most within a budget of QPU seconds, and everything else that was tried."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.transpiler import Target
from tqdm.auto import tqdm

from qdml_quantum.annealing.suggest_anneal import bounds_of
from qdml_quantum.diagnostics.metrics import signal_over_uniform, uniform_fidelity
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.devices import find_backend, is_local, target_of
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import noisy_probabilities
from qdml_quantum.hardware.devices.placement import duration, expected_fidelity
from qdml_quantum.hardware.planning.costs import GOALS, JOB_SECONDS, QPU_SECONDS, depolarised
from qdml_quantum.hardware.planning.draft import Histogram
from qdml_quantum.hardware.planning.few_steps import (
    KINDS,
    few_step_schedule,
    localising_diffusion,
    schedule_choices,
)
from qdml_quantum.hardware.planning.measured import as_measured
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
from qdml_quantum.hardware.planning.planning import plan
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.goal import RADIUS, Goal
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import argument, count, number, unknown
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.circuits.circuit import assemble, make_builder
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.compiler import Compiler, as_compiler
from qdml_quantum.synthesis.phases.truncation import truncated

T = TypeVar("T")

STEPS = tuple(range(1, 9))
"""Steps that are tried where the fidelity of the device allows them."""
BUDGETS: tuple[Any, ...] = (None, ("rms", 0.2))
"""What may be left out of the objective: the default, and more."""

_FEWEST_QUBITS, _MOST_QUBITS, _MOST_OF_MANY = 3, 6, 8
# Options of which the noise is simulated, those at least of each kind and size, and those that are
# compiled with all effort.
_SIMULATED, _OF_EACH, _FINISHED = 12, 1, 3
_QUICK = 0.5


def quick_circuit(
    anneal: Anneal, target: Target, budget: Any = None, seed: int = 0
) -> QuantumCircuit:
    """The position circuit on a target; on grids this small little effort finds nearly the best."""
    compiler = Compiler("joint", budget=budget, target=target, effort=_QUICK, seed=seed)
    return assemble(make_builder(anneal, compiler)[0], anneal, measure="position")


def kept_values(anneal: Anneal, budget: Any) -> bytes:
    """What a budget leaves of the objective: equal values, equal circuits."""
    left = truncated(anneal, Compiler("joint", budget=budget).default_budget)
    return left.problem.values.tobytes()


@dataclass(frozen=True)
class Figures:
    """What a circuit costs: two-qubit gates, expected fidelity, seconds of a shot."""

    gates: float
    fidelity: float
    length: float

    @classmethod
    def of(cls, circuit: QuantumCircuit, target: Target, idle: bool) -> Figures:
        """Those of a circuit on a target, on which waiting qubits may relax."""
        fidelity = expected_fidelity(circuit, target, idle=idle)
        return cls(two_qubit_gates(circuit), fidelity, duration(circuit, target))


@dataclass(frozen=True, eq=False)
class Trend:
    """Figures of circuits, linear in the steps; of the fidelity its logarithm.

    Args:
        first: Gates, ``-log`` of the fidelity, and seconds of one step, shape ``(3,)``.
        slope: What every further step adds.
    """

    first: NDArray[np.float64]
    slope: NDArray[np.float64]

    @classmethod
    def of(
        cls, problem: Problem, target: Target, goal: float, *, seed: int = 0, idle: bool = True
    ) -> Trend:
        """From quick circuits of one and of three steps.

        Args:
            problem: Grid and objective.
            target: Of the device.
            goal: D of their schedules.
            seed: Of their schedules and of the search.
            idle: Whether waiting qubits relax.
        """
        rows = []
        for steps in (1, 3):
            schedule = few_step_schedule(problem, steps, diffusion=goal, num_starts=1, seed=seed)
            circuit = quick_circuit(Anneal(problem, schedule), target, seed=seed)
            known = Figures.of(circuit, target, idle)
            rows.append((known.gates, -math.log(max(known.fidelity, 1e-300)), known.length))
        few, more = np.array(rows)
        return cls(few, (more - few) / 2)

    def at(self, steps: int) -> Figures:
        """Figures of so many steps."""
        gates, loss, length = (self.first + self.slope * (steps - 1)).tolist()
        return Figures(gates, math.exp(-loss), length)


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
    besides: Collection[str] = ("momentum",),
    options: Mapping[str, Any] | None = None,
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
        besides: See `plan`; its circuits take shots as well.
        options: See `plan`.
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
    if "cuts" in besides:
        must = "leave out cuts, which are for the plan of the best"
        raise ValueError(argument("besides", must, list(besides)))
    if goal not in GOALS:
        raise ValueError(unknown("goal", goal, GOALS))
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(unknown("schedule", kind, KINDS))
    begun = time.monotonic()
    problems = _problems(objective, bounds, qubits)
    search = _PlanSearch(
        device=find_backend(backend, num_qubits=problems[0].grid.num_qubits),
        goal=goal,
        allowed=number("qpu_seconds", qpu_seconds),
        most_shots=math.inf if shots is None else count("shots", shots),
        steps=_counts("steps", steps),
        kinds=tuple(kinds),
        budgets=tuple(budgets),
        radius=radius,
        besides=as_measured(besides),
        options=options,
        seed=count("seed", seed, least=0),
        compiler=as_compiler(compiler, "joint"),
        deadline=math.inf if time_limit is None else begun + number("time_limit", time_limit),
        progress=progress,
    )
    search.require_shots()
    screened = search.screened([Goal(problem, radius) for problem in problems])
    simulated = search.simulated(screened)
    planned = search.planned(simulated)
    tried = [option for option, _ in planned]
    tried += [o for o in simulated if o.schedule not in {p.schedule for p in tried}]
    tried += [o for o in screened if o.schedule not in {p.schedule for p in tried}]
    return Fit(
        goal=goal,
        qpu_seconds=float(qpu_seconds),
        options=tuple(sorted(tried, key=rank)),
        plan=planned[0][1] if planned and not planned[0][0].excluded else None,
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
    most_shots: float
    steps: Sequence[int]
    kinds: tuple[str, ...]
    budgets: tuple[Any, ...]
    radius: float
    besides: tuple[str, ...]
    options: Mapping[str, Any] | None
    seed: int
    compiler: Compiler
    deadline: float
    progress: bool
    cut: bool = False
    hopeless: dict[tuple[int, ...], dict[int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        machine = Machine(self.device)
        self.chip, self.delay = machine.backend, machine.repetition_delay
        self.target, self.idle = target_of(self.device), not is_local(self.device)
        self.most_shots = min(self.most_shots, machine.most_shots or math.inf)
        self.num_circuits = 1 + ("momentum" in self.besides) + 2 * ("readout" in self.besides)

    def late(self) -> bool:
        """Whether the time is over; what is then left out makes the fit incomplete."""
        over = time.monotonic() > self.deadline
        self.cut |= over
        return over

    def in_time(self, items: Sequence[T], words: str, unit: str) -> Iterator[T]:
        """Items with a bar, until the time is over; the first one always."""
        for done, item in enumerate(tqdm(items, words, unit=unit, disable=not self.progress)):
            if done and self.late():
                return
            yield item

    def shots(self, length: float) -> int:
        """Shots of each circuit that the budget pays for."""
        paid = (self.allowed - JOB_SECONDS) / (self.num_circuits * (self.delay + length))
        return int(min(max(paid, 0), self.most_shots))

    def require_shots(self) -> None:
        """Refuse a budget that pays for nothing."""
        if self.shots(0.0) < FEWEST_SHOTS:
            least = JOB_SECONDS + FEWEST_SHOTS * self.num_circuits * self.delay
            raise ValueError(
                argument(
                    "qpu_seconds",
                    f"pay for {FEWEST_SHOTS} shots of {self.num_circuits} circuits, {least:.3g} s",
                    self.allowed,
                    "Allow more, or measure less (besides=[]).",
                )
            )

    def screened(self, goals: Sequence[Goal]) -> list[Option]:
        """Every schedule, judged by the fidelity of circuits of so many steps."""
        options: list[Option] = []
        diffusion = localising_diffusion(goals[-1].problem, self.radius)
        for goal, steps in self.in_time(list(product(goals, self.steps)), "screen", "size"):
            if steps == self.steps[0]:
                trend = Trend.of(
                    goal.problem, self.target, diffusion, seed=self.seed, idle=self.idle
                )
            known = trend.at(steps)
            best = max((o.score for o in options if not o.excluded), default=-math.inf)
            if at_best(self.goal, known.fidelity, goal.baseline) < best:
                size = goal.problem.grid.qubits_per_axis
                self.hopeless.setdefault(size, {})[steps] = known.fidelity
                continue
            for kind, schedule in schedule_choices(
                goal.problem, steps, diffusion, kinds=self.kinds, seed=self.seed
            ):
                options.append(
                    self.option("screened", goal, kind, schedule, self.budgets[0], known)
                )
        return sorted(options, key=rank)

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

    def simulated(self, screened: Sequence[Option]) -> list[Option]:
        """The promising ones, compiled quickly, with simulated noise, at every budget."""
        options: list[Option] = []
        for option in self.in_time(_promising(screened), "simulate", "option"):
            goal, schedule = option.goal, option.schedule
            anneal = Anneal(goal.problem, schedule)
            kept = {kept_values(anneal, budget): budget for budget in reversed(self.budgets)}
            for budget in kept.values():
                circuit = quick_circuit(anneal, self.target, budget, self.seed)
                known = Figures.of(circuit, self.target, self.idle)
                noisy = noisy_probabilities(self.chip, circuit, anneal.grid, idle=self.idle)
                options.append(
                    self.option("simulated", goal, option.kind, schedule, budget, known, noisy)
                )
        return sorted(options, key=rank)

    def planned(self, simulated: Sequence[Option]) -> list[tuple[Option, Plan]]:
        """The best ones, planned with all effort, best first."""
        best = {o.schedule: o for o in reversed(simulated) if not o.excluded}
        plans: list[tuple[Option, Plan]] = []
        winners = sorted(best.values(), key=rank)[:_FINISHED]
        for option in self.in_time(winners, "plan", "plan"):
            goal, schedule, budget = option.goal, option.schedule, option.budget
            made = plan(
                goal.problem,
                schedule,
                backend=self.device,
                shots=option.shots,
                seed=self.seed,
                compiler=replace(self.compiler, budget=budget),
                radius=self.radius,
                besides=self.besides,
                options=self.options,
            )
            costs, noisy = made.costs, None if made.noisy is None else made.noisy["position"]
            # A device that does not tell its errors promises nothing.
            fidelity = costs.expected_fidelity or 0.0
            known = Figures(costs.two_qubit_gates, fidelity, costs.duration)
            done = self.option(
                "planned", goal, option.kind, schedule, budget, known, noisy, made.shots
            )
            plans.append((done, made))
        return sorted(plans, key=lambda pair: rank(pair[0]))

    def option(
        self,
        how: str,
        goal: Goal,
        kind: str,
        schedule: Schedule,
        budget: Any,
        known: Figures,
        noisy: Histogram | None = None,
        shots: int | None = None,
    ) -> Option:
        """Score, and whether it can win; what the fidelity loses is uniform without simulation."""
        ideal = np.asarray(np.abs(Anneal(goal.problem, schedule).final_state()) ** 2)
        expected = depolarised(ideal, known.fidelity) if noisy is None else noisy
        shots = self.shots(known.length) if shots is None else shots
        option = Option(
            goal=goal,
            kind=kind,
            qubits_per_axis=goal.problem.grid.qubits_per_axis,
            num_steps=schedule.num_steps,
            schedule=schedule,
            budget=budget,
            two_qubit_gates=round(known.gates),
            fidelity=known.fidelity,
            uniform_fidelity=uniform_fidelity(ideal),
            ideal_success=goal.share(ideal),
            success=goal.share(expected),
            baseline=goal.baseline,
            signal=signal_over_uniform(expected, ideal),
            shots=shots,
            seconds=JOB_SECONDS + shots * self.num_circuits * (self.delay + known.length),
            score=score(self.goal, expected, ideal, goal.mask, max(shots, 1)),
            how=how,
        )
        return replace(option, excluded=why_not(option, self.goal))


def _promising(screened: Sequence[Option]) -> list[Option]:
    """The best in all, and the best few of every number of qubits and of every schedule."""
    good = [option for option in screened if not option.excluded]
    chosen = good[:_SIMULATED]
    for group in ("qubits_per_axis", "kind"):
        for value in dict.fromkeys(getattr(option, group) for option in good):
            chosen += [option for option in good if getattr(option, group) == value][:_OF_EACH]
    return sorted({id(option): option for option in chosen}.values(), key=rank)


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
