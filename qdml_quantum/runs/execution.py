"""One anneal from start to verdict: run the backend, watch the stages, keep checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.annealing.few_steps import INSTEAD, outline
from qdml_quantum.backends import Backend, Outcome, Task
from qdml_quantum.backends.base import observer_of
from qdml_quantum.backends.engines.base import Engine, Sight, State, at_end
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.survey import is_parted
from qdml_quantum.runs.folder import MOST_KEPT, RunFolder
from qdml_quantum.runs.judge import Evidence, judge
from qdml_quantum.runs.result import Result, StageRecord
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.digest import untold
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.progress import progress_bar, say
from qdml_quantum.support.versions import versions
from qdml_quantum.synthesis.compiler import NATIVE

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.plan import Plan


_HISTORY_VALUES = 1 << 20
_SLOW = 4  # Times the steps of an optimised schedule: from here on it is worth a line.
_CIRCUIT_GATES = 50_000
"""Larger circuits are not kept, for which `build` is the better archive: a file of 300,000 gates
has 17 MB, and takes a fifth of the time of a run."""


class _StoppedError(Exception):
    """A callback ended the anneal."""

    def __init__(self, num_stages: int, state: State) -> None:
        super().__init__(num_stages)
        self.num_stages, self.state = num_stages, state


@dataclass(eq=False)
class Execution:
    """One anneal: run the backend, watch the stages, have the outcome judged."""

    task: Task
    backend: Backend
    goal: Goal
    validate: bool
    records: list[StageRecord] = field(default_factory=list)
    histograms: list[Array] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)
    untold: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.task = replace(self.task, look=self._look)

    @cached_property
    def observer(self) -> Engine:
        """What understands the states of the backend."""
        return observer_of(self.backend, self.anneal.problem)

    def _together(self, number: int) -> list[int]:
        """A number of this process and of all others of the run, in the order of processes."""
        gather = getattr(self.backend, "together", None)
        return [number] if gather is None else [row[0] for row in gather([number])]

    def _look(self, state: State) -> None:
        self.edges.append(self.observer.edge(state))

    @property
    def imaginary(self) -> bool:
        """Whether time is imaginary."""
        return getattr(self.backend, "imaginary", False)

    @property
    def anneal(self) -> Anneal:
        """What is run."""
        return self.task.anneal

    def execute(
        self,
        parent: str | Path | None,
        *,
        fresh: bool,
        progress: bool | Callable[[StageRecord], None],
    ) -> Result:
        """Run, judge and, where there is a folder, save; a finished run is loaded."""
        if parent is None:
            return self._run(None, progress)
        spec = self.spec()
        self.untold = untold(spec)
        folder = RunFolder(parent, self.anneal.problem.objective.name, spec)
        with folder.entered(say if progress is True else None):
            if len(set(self._together(int(folder.run_id, 16)))) > 1:
                must = "be started with the same command and versions everywhere"
                raise bad_value("hosts", must, "processes of different runs")
            used = versions(circuits=self.backend.gate_level)
            if fresh:
                folder.clear()
            result = None if fresh else folder.finished(used, self.anneal)
            if all(self._together(result is not None)) and result is not None:
                return replace(result, goal=self.goal, anneal=self.anneal, folder=folder.path)
            return self._run(folder, progress)

    def _run(
        self, folder: RunFolder | None, progress: bool | Callable[[StageRecord], None]
    ) -> Result:
        anneal = self.anneal
        needed = self.backend.required_bytes(anneal.problem, anneal.schedule)
        require_memory(needed, f"A stage of {anneal.grid.num_qubits} qubits")
        begun = time.perf_counter()
        used = versions(circuits=self.backend.gate_level)
        try:
            outcome = self._evolve(folder, progress)
        except _StoppedError as stop:
            outcome, folder = self._cut(stop), None
        evolved = time.perf_counter() - begun
        if progress is True and self.validate:
            say("comparing with imaginary time and halved steps ...")
        final_state = getattr(self.backend, "final_state", None)
        result = self.judged(outcome, used, evolved, final_state)
        if folder is not None:
            gate_level = self.backend.gate_level and outcome.plan is None
            if gate_level and result.resources["gates"] <= _CIRCUIT_GATES:
                from qdml_quantum.synthesis.circuits.export import save_qpy

                save_qpy(self.task.circuit_on(self.backend), folder.path / "circuit.qpy")
            result = replace(result, folder=result.save(folder.path, run_id=folder.run_id))
            folder.clear()
        return result

    def spec(self) -> dict[str, Any]:
        """Everything that decides the outcome, in plain JSON."""
        return {
            "anneal": self.anneal.to_dict(),
            "goal": self.goal.to_dict(),
            "backend": self.backend.identity(),
            "compiler": self.task.compiler.to_dict(),
            "shots": self.task.shots,
            "seed": self.task.seed,
            "validate": self.validate,
        }

    def _evolve(
        self, folder: RunFolder | None, progress: bool | Callable[[StageRecord], None]
    ) -> Outcome:
        task, anneal = self.task, self.anneal
        stages = anneal.schedule.stages
        observer = self.observer
        keep = anneal.grid.size * len(stages) <= _HISTORY_VALUES
        start = self._resume(folder)
        bar = progress_bar(
            total=len(stages), desc="anneal", unit="stage", disable=progress is not True
        )
        bar.update(0 if start is None else start[0])

        def on_stage(number: int, psi: State) -> None:
            seen = at_end(observer, anneal, number, psi)
            sight = observer.observe(seen, anneal.diffusion_after(number), self.goal)
            edge = float(np.max([sight.edge, *self.edges]))
            record = self.record(number, replace(sight, edge=edge))
            self.edges.clear()
            whole = observer.whole(seen) if keep else None
            if whole is not None:
                self.histograms.append(np.asarray(np.abs(whole) ** 2, dtype=np.float64))
            # The first process decides for all: a stage is of use where everyone has kept it.
            due = folder is not None and bool(self._together(folder.is_due)[0])
            if due:
                self._save(folder, number, psi)
            bar.update()
            bar.set_postfix_str(f"D={record.diffusion:.3g} P={record.success:.2f}", refresh=False)
            if callable(progress):
                try:
                    progress(record)
                except BaseException as error:
                    if not due:
                        self._save(folder, number, psi)
                    if isinstance(error, StopIteration):
                        raise _StoppedError(number + 1, observer.place(seen)) from None
                    raise

        with bar:
            if getattr(self.backend, "plannable", False):
                device: Any = self.backend
                outcome: Outcome = device.run_planned(task, self.goal)
            else:
                start = start if self.backend.staged else None
                outcome = self.backend.run(task, start=start, on_stage=on_stage)
            bar.update(len(stages) - bar.n)
            return outcome

    def _save(self, folder: RunFolder | None, number: int, psi: State) -> None:
        if folder is not None:
            histograms = np.stack(self.histograms) if self.histograms else None
            folder.save_checkpoint(number, self.observer.blocks(psi), self.records, histograms)

    def _cut(self, stop: _StoppedError) -> Outcome:
        """Make the finished stages the whole anneal, and sample what they led to."""
        schedule = self.anneal.schedule
        finished = Schedule(schedule.stages[: stop.num_stages], schedule.goal)
        self.task = replace(self.task, anneal=replace(self.anneal, schedule=finished))
        start = (stop.num_stages, stop.state)
        return self.backend.run(self.task, start=start, on_stage=lambda number, psi: None)

    def _resume(self, folder: RunFolder | None) -> tuple[int, State] | None:
        if folder is None or not self.backend.staged:
            return None
        for number in self._kept_by_all(folder):
            saved = folder.load_checkpoint(self.observer.from_blocks, number)
            if all(self._together(saved is not None)) and saved is not None:
                break
        else:
            return None
        number, state, self.records, histograms = saved
        self.histograms = [] if histograms is None else list(histograms)
        return number + 1, state

    def _kept_by_all(self, folder: RunFolder) -> list[int]:
        """Stages that every process has a checkpoint of, the last one first."""
        mine = folder.kept_stages()
        gather = getattr(self.backend, "together", None)
        if gather is None:
            return mine[::-1]
        rows = gather([*mine[-MOST_KEPT:], *[-1] * (MOST_KEPT - len(mine))])
        common = set.intersection(*map(set, rows)) - {-1}
        return sorted(common, reverse=True)

    def record(self, number: int, sight: Sight) -> StageRecord:
        """Keep what was seen of a stage."""
        stage = self.anneal.schedule.stages[number]
        record = StageRecord(
            diffusion=stage.diffusion,
            time_step=stage.time_step,
            num_steps=stage.num_steps,
            energy=sight.energy,
            deviation=math.sqrt(sight.variance),
            success=sight.success,
            aliasing=sight.aliasing,
            edge=sight.edge,
        )
        self.records.append(record)
        return record

    def judged(
        self,
        outcome: Outcome,
        used: dict[str, str],
        seconds: float,
        final_state: Callable[[Anneal], NDArray[Any]] | None,
    ) -> Result:
        """The result of what came out.

        Args:
            outcome: Of the backend.
            used: Versions.
            seconds: That it took.
            final_state: See `Evidence`.
        """
        evidence = replace(self._evidence(outcome, used, seconds), final_state=final_state)
        return judge(self.anneal, self.goal, evidence, validate=self.validate)

    def _evidence(self, outcome: Outcome, used: dict[str, str], seconds: float) -> Evidence:
        task, gate_level = self.task, self.backend.gate_level and outcome.plan is None
        figures = resources(task, outcome.plan, self.backend) | {"seconds": seconds}
        if outcome.plan is None and not self.imaginary:
            figures |= few_steps_instead(task, gate_level)
        block = None
        if gate_level and outcome.state is None:
            from qdml_quantum.synthesis.circuits.gates import largest_block

            block = largest_block(task.circuit_on(self.backend))
        moved = None
        if self.validate and is_parted(self.anneal.grid.size) and not self.anneal.schedule.is_free:
            moved = getattr(self.backend, "moved_by_halving", lambda _: None)(self.anneal)
        return Evidence(
            moved_by_halving=moved,
            backend=self.backend.name,
            state=outcome.state,
            counts=outcome.counts,
            seed=task.seed,
            stages=self.records,
            stage_probabilities=np.stack(self.histograms) if self.histograms else None,
            gate_level=gate_level,
            imaginary=self.imaginary,
            truncation=task.compiled[1] if gate_level else None,
            two_qubit_block=block,
            plan=outcome.plan,
            all_counts=outcome.all_counts,
            job=outcome.job,
            untold=self.untold,
            resources=figures,
            versions=used,
        )


def resources(task: Task, plan: Plan | None, backend: Backend) -> dict[str, Any]:
    """Qubits, stages, steps and time of an anneal; what its circuit costs where there is one."""
    if plan is not None:
        return plan.resources
    figures = task.anneal.resources
    if backend.gate_level:
        _, truncation = task.compiled
        figures |= task.cost(backend)
        if task.compiler.name == NATIVE:
            figures["native_diagonals"] = True
        if not truncation.is_exact:
            figures["truncation"] = truncation.to_dict()
    return figures


def few_steps_instead(task: Task, gate_level: bool) -> dict[str, Any]:
    """What optimised steps would cost, under its key, where an anneal takes many more."""
    schedule = task.anneal.schedule
    falls = schedule.stages[0].diffusion > schedule.final_diffusion
    if schedule.is_free or not falls or schedule.num_steps <= _SLOW * INSTEAD:
        return {}
    cost = {"num_steps": INSTEAD}
    if gate_level and not task.compiler.searched:
        from qdml_quantum.synthesis.circuits.cost import circuit_cost

        few = Anneal(task.anneal.problem, outline(task.anneal.problem))
        cost["two_qubit_gates"] = circuit_cost(task.compiled[0], few)["two_qubit_gates"]
    return {"few_steps": cost}
