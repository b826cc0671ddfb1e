"""Walks: an evolution in pieces that end where somebody looks, and what is seen there."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.drive import Drive, DrivenAnneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.schedule import (
    MAX_STEPS,
    Schedule,
    Stage,
    diffusion_at,
)
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.runs.evolution import Evolution
from qdml_quantum.runs.observables import Moment, Read
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value

Diffusion: TypeAlias = float | Callable[[float], float]
"""D, or D(t)."""
Plan: TypeAlias = Anneal | DrivenAnneal

_ROUND = 1e-9  # Of a step: a time that is nearer to its end stands there.
_CHECKED = 32
"""Times at which aliasing and edges are looked at: a transform each, which one in a hundred times
would not miss by much."""


@dataclass(frozen=True, eq=False)
class Walk:
    """A plan whose stages end at the times that are looked at, those at 0 aside.

    Attributes:
        plan: What is run.
        problem: Grid and the part of zeta that stays.
        times: When to look.
        stops: Number of stages that are over at each of them.
        diffusion: D at a time.
    """

    plan: Plan
    problem: Problem
    times: Array
    stops: tuple[int, ...]
    diffusion: Callable[[float], float]


@dataclass(frozen=True, eq=False)
class Steps:
    """D or D(t) in steps that end at the times."""

    problem: Problem
    diffusion: Diffusion
    times: Array
    formula: Formula
    initial: Initial
    drive: Drive | None

    @property
    def spans(self) -> Array:
        """Time between two looks, the first from 0."""
        return np.diff(self.times, prepend=0.0)

    def numbers(self, time_step: float) -> NDArray[np.int64]:
        """Steps in every span, of at most that length."""
        total = float((self.spans / time_step).sum())
        if total > MAX_STEPS // 2:
            must = f"be larger: {total:.3g} steps are more than {MAX_STEPS // 2}"
            raise bad_value("time_step", must, time_step)
        return np.asarray(np.ceil(self.spans / time_step - _ROUND), dtype=np.int64)

    def walk(self, numbers: NDArray[np.int64]) -> Walk:
        """The plan with so many steps in every span."""
        at = self.diffusion

        def reads(time: float) -> float:
            return diffusion_at(at, time) if callable(at) else at

        columns = (self.spans.tolist(), numbers.tolist(), self.times.tolist())
        stages: list[Stage] = []
        stops = []
        for span, steps, end in zip(*columns, strict=True):
            if steps:
                stages.append(Stage(reads(end), span / steps, steps))
            stops.append(len(stages))
        plan: Plan
        if self.drive is None and not callable(at):
            plan = Anneal(self.problem, Schedule(tuple(stages)), self.formula, self.initial)
        else:
            curve = at if callable(at) else None
            given = (self.formula, self.initial, self.drive, curve)
            plan = DrivenAnneal(self.problem, tuple(stages), *given)
        return Walk(plan, self.problem, self.times, tuple(stops), reads)


def cut_at(
    problem: Problem,
    schedule: Schedule,
    times: Array,
    formula: Formula,
    initial: Initial,
    drive: Drive | None = None,
) -> Walk:
    """A schedule whose stages also end at some times; a time within a step cuts it in two.

    Raises:
        ValueError: A time is after the end, or within a free step, which has no halves.
    """
    end = schedule.time
    if times[-1] > end * (1 + _ROUND):
        raise bad_value("times", f"end with the schedule, at t = {end:.6g}", float(times[-1]))
    stages: list[Stage] = []
    ends: list[float] = [0.0]
    begin, near = 0.0, _ROUND * schedule.max_time_step
    for stage in schedule.stages:
        first, last = np.searchsorted(times, (begin + near, begin + stage.time - near))
        cuts = (times[first:last] - begin).tolist()
        for piece in _pieces(stage, cuts, schedule.is_free) if cuts else (stage,):
            stages.append(piece)
            ends.append(ends[-1] + piece.time)
        begin += stage.time
    stops = np.searchsorted(ends, times - near)
    plan: Plan
    if drive is None:
        plan = Anneal(problem, Schedule(tuple(stages), schedule.goal), formula, initial)
    else:
        plan = DrivenAnneal(problem, tuple(stages), formula, initial, drive)

    def diffusion(time: float) -> float:
        if schedule.is_free:
            return schedule.final_diffusion
        number = bisect_left(ends, time - near) - 1 if time > near else 0
        return stages[number].diffusion

    return Walk(plan, problem, times, tuple(int(stop) for stop in stops), diffusion)


def _pieces(stage: Stage, cuts: Sequence[float], free: bool) -> Iterator[Stage]:
    """A stage cut at times since its beginning."""
    done = 0.0
    for cut in [*(cut / stage.time_step for cut in cuts), float(stage.num_steps)]:
        while cut - done > _ROUND:
            whole = round(done) if abs(done - round(done)) < _ROUND else math.ceil(done)
            first = whole - done
            if first > _ROUND or cut < whole + 1 - _ROUND:
                part = float(np.minimum(first if first > _ROUND else 1.0, cut - done))
                if free:
                    must = "be between the steps of a schedule with a goal, whose steps are free"
                    raise bad_value("times", must, f"{cut:g} steps after the start of a stage")
                yield replace(stage, time_step=part * stage.time_step, num_steps=1)
                done += part
            else:
                steps = math.floor(cut + _ROUND) - whole
                yield replace(stage, num_steps=steps)
                done = float(whole + steps)


@dataclass(frozen=True, eq=False)
class Watch:
    """What is looked at on a walk.

    Attributes:
        drive: The part of the potential that changes, or None.
        absorber: W on the grid, or None.
        wanted: Observables by name.
        keep: ``"states"``, ``"densities"`` or None.
    """

    drive: Drive | None
    absorber: Array | None
    wanted: Mapping[str, Read]
    keep: str | None

    def moments(
        self, walk: Walk, look: Callable[[NDArray[Any]], None] | None = None
    ) -> Iterator[Moment]:
        """The state at every time; each is to be read before the next one is asked for.

        Args:
            walk: What is run.
            look: See `Propagator.run`: what is also called in between.
        """
        plan = walk.plan
        drive = None if self.drive is None else self.drive.values
        options: dict[str, Any] = {"drive": drive, "absorber": self.absorber}
        runner, observer = (Propagator(walk.problem, **options) for _ in range(2))
        psi, recipe, done = plan.start, plan.recipe, 0
        for time, stop in zip(walk.times.tolist(), walk.stops, strict=True):
            moves = [move for stage in recipe.stages[done:stop] for move in stage]
            if moves:
                psi = runner.run(psi, moves, look)
            done = stop
            pending = recipe.pending[stop - 1] if stop else None
            seen = psi if pending is None else observer.run(psi.copy(), [pending])
            seen = observer.shown(seen, _coarse_at(plan, stop))
            problem = walk.problem if isinstance(plan, Anneal) else plan.at(time)
            yield Moment(time, seen, problem, walk.diffusion(time))

    def states(self, walk: Walk, numbers: Collection[int]) -> list[NDArray[Any]]:
        """Copies of the states at some of the times."""
        moments = enumerate(self.moments(walk))
        return [moment.psi.copy() for number, moment in moments if number in numbers]

    def along(self, walk: Walk) -> Evolution:
        """Everything that is asked for, with the checks that apply."""
        grid, total = walk.problem.grid, len(walk.times)
        cell = math.prod(axis.spacing for axis in grid.axes)
        states: NDArray[Any] | None = None
        densities: Array | None = None
        if self.keep:
            require_memory(24 * total * grid.size, f"Densities of {total} times")
            densities = np.empty((total, *grid.shape))
        if self.keep == "states":
            states = np.empty((total, *grid.shape), dtype=complex)
        checked = set(np.linspace(0, total - 1, _CHECKED).astype(int).tolist())
        rows: dict[str, list[Any]] = {name: [] for name in self.wanted}
        diffusions, aliasing, edges, between = [], [], [], [0.0]
        moments = self.moments(walk, lambda psi: between.append(checks.edge_sum(psi)))
        for number, moment in enumerate(moments):
            diffusions.append(moment.diffusion)
            for name, read in self.wanted.items():
                rows[name].append(read(moment))
            if densities is not None:
                densities[number] = np.abs(moment.psi) ** 2 / cell
            if states is not None:
                states[number] = moment.psi
            if number in checked:
                aliasing.append(checks.aliasing_weight(moment.psi, grid, moment.moduli))
                edges.append(float(np.max([checks.edge_weight(moment.psi), *between])))
                between.clear()
        return Evolution(
            problem=walk.problem,
            anneal=None if self.absorber is not None else walk.plan,
            times=walk.times,
            diffusions=np.array(diffusions),
            expect={name: _rows(name, values) for name, values in rows.items()},
            state=moment.psi,
            states=states,
            densities=densities,
            unitary=self.absorber is None,
            error=None,
            checks=tuple(self._checks(walk, moment, aliasing, edges)),
        )

    def _checks(
        self, walk: Walk, last: Moment, aliasing: list[float], edges: list[float]
    ) -> Iterator[Check]:
        state = last.psi
        yield checks.aliasing(state, walk.problem.grid, aliasing, last.moduli)
        if self.absorber is None:
            yield checks.norm(state)
            if not walk.problem.objective.periodic:
                yield checks.wrap_around(state, edges)


def _rows(name: str, values: list[Any]) -> Array:
    """One row per time; of a function, whatever kind of numbers it answers with."""
    try:
        rows = np.array(values)
    except ValueError:
        rows = np.array([None])
    if rows.dtype.kind not in "biufc":
        must = "answer with a number, or with an array of one shape"
        raise bad_value(f"observables[{name!r}]", must, values[0])
    return rows


def _coarse_at(plan: Plan, stop: int) -> Coarse:
    """Idle qubits per axis after so many stages; the last one ends on the full grid."""
    if isinstance(plan, DrivenAnneal):
        return 0
    stages = plan.schedule.stages
    return stages[int(np.maximum(stop - 1, 0))].coarse if stop < len(stages) else 0
