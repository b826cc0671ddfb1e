"""One anneal from start to verdict: run the backend, watch the stages, keep checkpoints."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qdml_quantum.backends import Backend, Outcome, Task
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import fidelity, state_distance, success_of
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import initial_to_dict
from qdml_quantum.reference.imaginary_time import ground_state
from qdml_quantum.runs.folder import RunFolder
from qdml_quantum.runs.judge import grid_checks, judged_reference, most_probable
from qdml_quantum.runs.result import Result, StageRecord
from qdml_quantum.support.check import Check
from qdml_quantum.support.versions import versions

_HISTORY_VALUES = 1 << 20
_CIRCUIT_GATES = 300_000
_REFERENCE_SECONDS = 60


class _StoppedError(Exception):
    """A callback ended the anneal."""

    def __init__(self, num_stages: int, state: NDArray[Any]) -> None:
        super().__init__(num_stages)
        self.num_stages, self.state = num_stages, state


@dataclass(eq=False)
class Execution:
    """One anneal: run the backend, watch the stages, judge the outcome."""

    task: Task
    backend: Backend
    points: tuple[tuple[float, ...], ...]
    known: bool
    mask: NDArray[np.bool_]
    radius: float
    validate: bool
    records: list[StageRecord] = field(default_factory=list)
    histograms: list[NDArray[np.float64]] = field(default_factory=list)

    def execute(
        self,
        parent: str | Path | None,
        *,
        fresh: bool,
        progress: bool,
        callback: Callable[[StageRecord], None] | None,
    ) -> Result:
        """Run, judge and, where there is a folder, save; a finished run is loaded."""
        begun = time.perf_counter()
        used = versions(circuits=self.backend.gate_level)
        folder = None
        if parent is not None:
            folder = RunFolder(parent, self.task.problem.objective.name, self.spec())
            if fresh:
                folder.clear()
            elif (result := folder.finished(used)) is not None:
                return replace(result, problem=self.task.problem, folder=folder.path)
        try:
            outcome = self._evolve(folder, progress=progress, callback=callback)
        except _StoppedError as stop:
            outcome, folder = self._cut(stop), None
        evolved = time.perf_counter() - begun
        if progress and self.validate:
            tqdm.write("comparing with imaginary time and halved steps ...", file=sys.stderr)
        result = self._judge(outcome, used, evolved)
        if folder is not None:
            if self.backend.gate_level:
                _save_circuit(self.task, folder.path, result.resources["gates"])
            result = replace(result, folder=result.save(folder.path))
            folder.clear()
        return result

    def spec(self) -> dict[str, Any]:
        """Everything that decides the outcome, in plain JSON."""
        task = self.task
        compiler = task.compiler
        if not isinstance(compiler, str):
            compiler = getattr(compiler, "__qualname__", type(compiler).__qualname__)
        return {
            "problem": task.problem.to_dict(),
            "values_sha256": task.problem.values_hash,
            "schedule": task.schedule.to_dict(),
            "formula": {"name": task.formula.name, "factors": list(task.formula.factors)},
            "initial": initial_to_dict(task.initial, task.problem.grid),
            "backend": self.backend.identity(),
            "compiler": compiler,
            "budget": list(task.budget) if isinstance(task.budget, tuple) else task.budget,
            "target": _target_identity(task.target),
            "search": dict(task.search),
            "shots": task.shots,
            "seed": task.seed,
            "radius": self.radius,
            "validate": self.validate,
        }

    def _evolve(
        self,
        folder: RunFolder | None,
        *,
        progress: bool,
        callback: Callable[[StageRecord], None] | None,
    ) -> Outcome:
        task = self.task
        stages = task.schedule.stages
        observer = Propagator(task.problem)
        keep = task.problem.grid.size * len(stages) <= _HISTORY_VALUES
        start = self._resume(folder)
        bar = tqdm(total=len(stages), desc="anneal", unit="stage", disable=not progress)
        bar.update(0 if start is None else start[0])

        def on_stage(number: int, psi: NDArray[Any]) -> None:
            pending = task.recipe.pending[number]
            seen = psi if pending is None else observer.run(psi.copy(), [pending])
            seen = observer.shown(seen, _coarse_after(task, number))
            record = self._observe(number, seen)
            self.records.append(record)
            if keep:
                self.histograms.append(np.asarray(np.abs(seen) ** 2, dtype=float))
            if folder is not None:
                histograms = np.stack(self.histograms) if keep else None
                folder.save_checkpoint(number, psi, self.records, histograms)
            bar.update()
            bar.set_postfix_str(f"D={record.diffusion:.3g} P={record.success:.2f}", refresh=False)
            if callback is not None:
                try:
                    callback(record)
                except StopIteration:
                    raise _StoppedError(number + 1, seen.copy()) from None

        with bar:
            if self.backend.staged:
                return self.backend.run(task, start=start, on_stage=on_stage)
            outcome = self.backend.run(task, start=None, on_stage=on_stage)
            bar.update(len(stages))
            return outcome

    def _cut(self, stop: _StoppedError) -> Outcome:
        """Make the finished stages the whole task, and sample what they led to."""
        schedule = self.task.schedule
        finished = Schedule(schedule.stages[: stop.num_stages], schedule.goal)
        self.task = replace(self.task, schedule=finished)
        start = (stop.num_stages, stop.state)
        return self.backend.run(self.task, start=start, on_stage=lambda number, psi: None)

    def _resume(self, folder: RunFolder | None) -> tuple[int, NDArray[Any]] | None:
        if folder is None or not self.backend.staged:
            return None
        found = folder.load_checkpoint(self.task.problem.grid.shape)
        if found is None:
            return None
        number, state, self.records, histograms = found
        self.histograms = [] if histograms is None else list(histograms)
        return number + 1, state

    def _observe(self, number: int, psi: NDArray[Any]) -> StageRecord:
        stage = self.task.schedule.stages[number]
        schedule = self.task.schedule
        diffusion = schedule.final_diffusion if schedule.is_free else stage.diffusion
        energy, variance = Hamiltonian(self.task.problem, diffusion).moments(psi)
        return StageRecord(
            diffusion=stage.diffusion,
            time_step=stage.time_step,
            num_steps=stage.num_steps,
            energy=energy,
            deviation=math.sqrt(variance),
            success=float((np.abs(psi) ** 2)[self.mask].sum()),
            aliasing=checks.aliasing_weight(psi, self.task.problem.grid),
        )

    def _judge(self, outcome: Outcome, used: dict[str, str], seconds: float) -> Result:
        task, problem = self.task, self.task.problem
        diffusion = task.schedule.final_diffusion
        result = Result(
            problem=problem,
            schedule=task.schedule,
            formula=task.formula.name,
            initial=initial_to_dict(task.initial, problem.grid),
            backend=self.backend.name,
            diffusion=diffusion,
            state=outcome.state,
            counts=outcome.counts,
            shots=task.shots,
            seed=task.seed,
            minimizer=(),
            minimum=math.nan,
            known_minimizers=self.points,
            minimizers_known=self.known,
            success=success_of(np.ones(1), np.ones(1, bool), self.radius, None),
            stages=tuple(self.records),
            stage_probabilities=np.stack(self.histograms) if self.histograms else None,
            versions=used,
        )
        place = most_probable(result.probabilities, problem, task.shots)
        last = self.records[-1] if self.records else None
        result = replace(
            result,
            minimizer=problem.grid.position(place),
            minimum=problem.objective.original_value(float(problem.values[place])),
            success=success_of(result.probabilities, self.mask, self.radius, task.shots),
            energy=last.energy if last else None,
            energy_deviation=last.deviation if last else None,
            resources=_resources(task, self.backend) | {"seconds": seconds},
        )
        result = replace(result, checks=tuple(self._checks(result)))
        return self._compared(result) if self.validate and diffusion > 0 else result

    def _compared(self, result: Result) -> Result:
        """Put the imaginary-time ground state beside the outcome."""
        problem, diffusion = result.problem, result.diffusion
        truth = ground_state(problem, diffusion, max_seconds=_REFERENCE_SECONDS)
        reference, more = judged_reference(problem, truth, diffusion, self.mask)
        localised = checks.localised(reference.success, result.success.baseline)
        found = [localised, *result.checks, *more]
        overlap = None
        if result.state is not None:
            overlap = fidelity(result.state, reference.state)
            found.insert(0, checks.ground_state(overlap))
        return replace(result, reference=reference, fidelity=overlap, checks=tuple(found))

    def _checks(self, result: Result) -> list[Check]:
        task, problem = self.task, self.task.problem
        found: list[Check] = []
        if result.state is not None:
            found += [checks.norm(result.state), *grid_checks(problem, result.state)]
            if result.energy is not None:
                found.append(
                    checks.energy_tail(result.state, problem, result.diffusion, result.energy)
                )
        else:
            missed = checks.missed_well(problem)
            found += [missed] if missed else []
        if not task.schedule.is_free:
            found.append(checks.rough_objective(problem, task.schedule))
        if self.validate:
            ideal = result.state
            if self.backend.gate_level:
                ideal = _emulate(task, task.schedule)
                truncated = task.compiled[1]
                if result.state is not None:
                    whole = truncated.problem is problem
                    followed = ideal if whole else _emulate(task, task.schedule, truncated.problem)
                    found.append(checks.circuit_agrees(state_distance(result.state, followed)))
                if not truncated.is_exact:
                    found.append(checks.truncation(truncated.state_error))
            assert ideal is not None
            if not task.schedule.is_free:
                fine = _emulate(task, task.schedule.halved())
                found.append(checks.time_step(np.abs(ideal) ** 2, np.abs(fine) ** 2))
            if result.counts is not None:
                ideal_probabilities = np.abs(ideal) ** 2
                shots = sum(result.counts.values())
                found.append(checks.signal(result.probabilities, ideal_probabilities, shots))
        if self.backend.gate_level and not self.backend.staged:
            from qdml_quantum.synthesis.circuits.cost import rotation_angles

            angles = rotation_angles(task.compiled[0], task.recipe)
            level = getattr(self.backend, "optimization_level", 0)
            found.append(checks.two_qubits(problem.grid.num_qubits))
            found.append(checks.small_rotations(angles, level))
        return found


def _emulate(task: Task, schedule: Schedule, problem: Problem | None = None) -> NDArray[Any]:
    problem = problem or task.problem
    return Propagator(problem).run(task.start, make_recipe(schedule, task.formula).moves)


def _coarse_after(task: Task, number: int) -> Coarse:
    """Idle qubits per axis after a stage; the last one ends on the full grid."""
    stages = task.schedule.stages
    return stages[number].coarse if number + 1 < len(stages) else 0


def _target_identity(target: Any) -> Any:
    """Plain JSON that tells targets apart: a name, or edges and gates."""
    if target is None or isinstance(target, str):
        return target
    target = getattr(target, "target", target)
    edges = getattr(target, "build_coupling_map", lambda: target)()
    pairs = sorted(map(list, edges.get_edges())) if edges is not None else None
    return {"edges": pairs, "gates": sorted(getattr(target, "operation_names", []))}


def _resources(task: Task, backend: Backend) -> dict[str, Any]:
    found: dict[str, Any] = {
        "num_qubits": task.problem.grid.num_qubits,
        "qubits_per_axis": list(task.problem.grid.qubits_per_axis),
        "num_stages": len(task.schedule.stages),
        "num_steps": task.schedule.num_steps,
        "evolution_time": task.schedule.time,
    }
    if backend.gate_level:
        from qdml_quantum.synthesis.circuits.cost import circuit_cost

        builder, truncation = task.compiled
        found |= circuit_cost(builder, task.recipe, task.initial)
        if not truncation.is_exact:
            found["truncation"] = truncation.to_dict()
    return found


def _save_circuit(task: Task, path: Path, gates: int) -> None:
    """Write `circuit.qpy`, unless it is so large that rebuilding it is the better archive."""
    if gates <= _CIRCUIT_GATES:
        from qdml_quantum.synthesis.circuits.export import save_qpy

        save_qpy(task.circuit(), path / "circuit.qpy")
