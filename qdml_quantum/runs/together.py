"""Anneals of a sweep that one program moves at once; each is judged as if it had been alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from typing import Any

from qdml_quantum.backends.base import Outcome
from qdml_quantum.backends.engines.jax_forms import shape_of
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs.execution import Execution
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.run import execution_of
from qdml_quantum.runs.spec import Spec
from qdml_quantum.support.memory import available_memory
from qdml_quantum.support.versions import versions

_ARRAYS = 10
"""Arrays of the size of a state in double precision that room is kept for, for each anneal. What a
process takes more for each one that is more is 4.0 with one zeta for all, and 6.5 where each has
its own [2^17 points, 96 anneals for 32 and 32 for 8, the peak of the resident memory, checks and
halved steps included]; the rest is for the program."""
NO_OTHER, NO_ROOM = "no other is of its shape", "two of them do not fit into memory"


@dataclass(frozen=True, eq=False)
class Moved:
    """A result, and how it was come by.

    Attributes:
        result: As of `run_spec`.
        together: Anneals that were moved at once, this one among them.
        alone: Why it was alone; empty where it was not.
    """

    result: Result
    together: int
    alone: str = ""


@dataclass(eq=False)
class Company:
    """Runs of the engine of JAX that wait for others of their shape.

    Equal problems become one, and so do equal goals, which are then compared with one reference.
    """

    waiting: dict[Hashable, dict[int, Execution]] = field(default_factory=dict)
    problems: dict[Hashable, Problem] = field(default_factory=dict)
    goals: dict[Hashable, Goal] = field(default_factory=dict)

    def join(self, number: int, spec: Spec) -> Moved | None:
        """Let a run wait for others; what has to be alone is run, and comes back."""
        spec.require_numbers()
        backend = spec.make_backend()
        anneal = spec.resolve(backend)
        known = (repr(anneal.problem.to_dict()), anneal.problem.values_hash)
        problem = self.problems.setdefault(known, anneal.problem)
        anneal = replace(anneal, problem=problem)
        run = execution_of(lambda *_: anneal, **spec.how(backend))
        run.goal = self.goals.setdefault((known, spec.radius), run.goal)
        if why := run.observer.why_alone(run.anneal):
            return alone(run, why)
        kind = (repr(backend.identity()), spec.devices, spec.validate)
        self.waiting.setdefault((kind, shape_of(anneal)), {})[number] = run
        return None

    def go(self) -> Iterator[tuple[int, Callable[[], Moved]]]:
        """Run those that wait, as many at once as fit into memory; numbers, and what gives each.

        Where something goes wrong for several at once, each of them is run alone: so the one that
        fails is found.
        """
        for runs in self.waiting.values():
            numbers = list(runs)
            most = min(len(runs), max(1, _fitting(runs[numbers[0]])))
            for begin in range(0, len(numbers), most):
                some = numbers[begin : begin + most]
                why, results = NO_OTHER if len(runs) == 1 else NO_ROOM, []
                if len(some) > 1:
                    try:
                        results = executed_together([runs[number] for number in some])
                    except (ArithmeticError, MemoryError, RuntimeError, ValueError) as error:
                        why = f"together: {error}"
                for number, result in zip_longest(some, results):
                    if result is None:
                        yield number, partial(alone, runs[number], why)
                    else:
                        yield number, partial(Moved, result, len(some))


def _fitting(run: Execution) -> int:
    """How many anneals of its size fit into the memory that the device and this machine have."""
    room = min(run.observer.room, available_memory())
    return int(room // (_ARRAYS * 16 * run.anneal.grid.size))


def alone(run: Execution, why: str) -> Moved:
    """What comes of a run by itself."""
    run.records.clear()
    return Moved(run.execute(None, fresh=False, progress=False), 1, why)


def executed_together(runs: Sequence[Execution]) -> list[Result]:
    """Move anneals of one shape at once, on the engine of the first, and judge each of them.

    The halved steps that the judge compares with are moved at once as well. The seconds of each are
    its part of those of all.
    """
    first, engine, results = runs[0], runs[0].observer, []
    begun = time.perf_counter()
    trails = engine.run_many([run.anneal for run in runs], [run.goal for run in runs])
    seconds = (time.perf_counter() - begun) / len(runs)
    halved: list[Any] = [None] * len(runs)
    if first.validate and not first.anneal.schedule.is_free:
        halved = [fine.state for fine in engine.run_many([run.anneal.halved() for run in runs])]
    used = versions(circuits=False)
    for run, trail, fine in zip(runs, trails, halved, strict=True):
        for number, sight in enumerate(trail.sights):
            run.record(number, sight)
        task, counts = run.task, None
        if task.shots is not None:
            state = engine.place(trail.state)
            counts = engine.sample(state, task.basis, task.shots, task.seed)
        outcome = Outcome(trail.state, counts)
        results.append(run.judged(outcome, used, seconds, _answering(fine)))
    return results


def _answering(state: Any) -> Callable[[Anneal], Any]:
    """What gives the final state of the one anneal that the judge asks for."""
    return lambda _: state
