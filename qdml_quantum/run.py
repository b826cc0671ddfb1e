"""The verbs: anneal, evolve, relax."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from qdml_quantum import checks
from qdml_quantum.backends import Backend, Outcome, Task, as_backend
from qdml_quantum.backends.memory import require_memory
from qdml_quantum.checks import Check
from qdml_quantum.folder import RunFolder
from qdml_quantum.formulas import Formula, as_formula
from qdml_quantum.hamiltonian import Hamiltonian
from qdml_quantum.messages import count
from qdml_quantum.metrics import fidelity, state_distance, success_mask, success_of
from qdml_quantum.minima import find_minimizers
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import make_recipe
from qdml_quantum.reference.imaginary_time import GroundState, ground_state
from qdml_quantum.reference.propagate import Propagator
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.result import Reference, Result, StageRecord
from qdml_quantum.schedule import Schedule
from qdml_quantum.states import Initial, amplitudes, initial_to_dict
from qdml_quantum.suggest import suggest_schedule
from qdml_quantum.versions import versions

RADIUS = 0.1
"""Default success radius in units of the box, as in published benchmarks (arXiv:2303.01471)."""

EXACT_POINTS = 1 << 14
"""Up to here the ground-state energy is also computed by diagonalisation."""

_DENSE_POINTS = 512
_HISTORY_VALUES = 1 << 22
_CIRCUIT_GATES = 300_000


def anneal(
    problem: Problem,
    schedule: Schedule | None = None,
    *,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    backend: Any = "emulator",
    shots: int | None = None,
    seed: int | None = None,
    compiler: Any = "walsh",
    radius: float = RADIUS,
    validate: bool = True,
    folder: str | Path | None = None,
    fresh: bool = False,
    progress: bool = False,
    callback: Callable[[StageRecord], None] | None = None,
) -> Result:
    r"""Anneal ``i dpsi/dt = [-D lap + zeta] psi``, D falling stage by stage.

    Args:
        problem: Grid and objective.
        schedule: Stages of D and time steps; default `suggest_schedule`.
        formula: Product formula, ``"lie"``, ``"strang"`` (default) or ``"suzuki4"``.
        initial: ``"uniform"`` (default: the ground state at large D), a `Gaussian`, or amplitudes.
        backend: ``"emulator"`` (default), ``"aer"``, or any `BackendV2` or `SamplerV2`.
        shots: Measurements; default none, where the backend has a state.
        seed: Seed of the sampling; default a fresh one, which the result records.
        compiler: How the potential phase becomes gates; see `build`.
        radius: Success radius in units of the box, default 0.1.
        validate: Compare with the imaginary-time ground state, and with every step halved. Costs
            about two more emulator runs; without it the result has no reference and fewer checks.
        folder: Where run folders are made; default nowhere. A run that was killed goes on from its
            last finished stage, a finished one is loaded.
        fresh: Ignore what the folder holds.
        progress: Show a progress bar over the stages.
        callback: Called with the `StageRecord` of every finished stage; `StopIteration` ends the
            anneal there, as in SciPy. The result then has the shorter schedule, and a run folder
            keeps its checkpoints but gets no result.

    Returns:
        The result with its checks; ``result.passed`` says whether all of them hold.

    Raises:
        ValueError: An argument is out of range, or the objective answers badly.
        TooLargeError: The run does not fit into memory.

    >>> from qdml_quantum.grid import Grid
    >>> result = anneal(Problem(Grid([(-4, 4)], 5), "harmonic"))
    >>> result.minimizer, result.passed
    ((0.0,), True)
    """
    backend = as_backend(backend)
    require_memory(backend.required_bytes(problem), f"A run on {problem.grid.num_qubits} qubits")
    formula = as_formula(formula)
    shots = None if shots is None else count("shots", shots)
    if not backend.staged and shots is None:
        shots = 1024
    if shots is not None and seed is None:
        seed = secrets.randbelow(2**31)
    points, known = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)
    if schedule is None:
        schedule = suggest_schedule(
            problem,
            formula=formula,
            initial=initial,
            radius=radius,
            max_steps=backend.step_budget(problem),
        )
    task = Task(problem, schedule, formula, initial, shots, seed, compiler)
    run = _Run(task, backend, points, known, mask, radius, validate)
    return run.execute(folder, fresh=fresh, progress=progress, callback=callback)


def evolve(
    problem: Problem,
    schedule: Schedule,
    *,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    radius: float = RADIUS,
) -> Result:
    """Real-time evolution with the NumPy recipe, without reference and step-halving.

    The same numbers as ``anneal(..., backend="emulator", validate=False)``; arguments as there.

    >>> from qdml_quantum.grid import Grid
    >>> from qdml_quantum.states import Gaussian
    >>> free = Problem(Grid([(-20, 20)], 8), lambda x: 0 * x)
    >>> one = Schedule.constant(0.5, num_steps=1, time_step=2.0)
    >>> packet = Gaussian(center=0.0, width=1.0)
    >>> result = evolve(free, one, initial=packet)
    >>> x = free.grid.axes[0].points
    >>> round(float((result.probabilities * x**2).sum()), 9)  # 1 + (D t / 1)^2
    2.0
    """
    return anneal(
        problem, schedule, formula=formula, initial=initial, radius=radius, validate=False
    )


def relax(
    problem: Problem, diffusion: float, *, radius: float = RADIUS, **options: Any
) -> Result:
    """Ground state by imaginary time, as a `Result`; options as for `ground_state`.

    >>> from qdml_quantum.grid import Grid
    >>> result = relax(Problem(Grid([(-8, 8)], 6), "harmonic"), diffusion=1.0)
    >>> round(result.energy, 8), result.passed
    (1.0, True)
    """
    points, known = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)
    formula = as_formula(options.pop("formula", "strang"))
    initial = options.pop("initial", "uniform")
    begun = time.perf_counter()
    found = ground_state(problem, diffusion, formula=formula, initial=initial, **options)
    reference, more = _reference(problem, found, diffusion, mask)
    probabilities = found.state**2
    place = _mode(probabilities, problem, None)
    return Result(
        problem=problem,
        schedule=None,
        formula=formula.name,
        initial=initial_to_dict(initial, problem.grid),
        backend="imaginary time",
        diffusion=float(diffusion),
        state=found.state,
        counts=None,
        shots=None,
        seed=options.get("seed", 0),
        minimizer=problem.grid.position(place),
        minimum=float(problem.values[place]),
        known_minimizers=points,
        minimizers_known=known,
        success=success_of(probabilities, mask, radius, None),
        energy=found.energy,
        energy_deviation=math.sqrt(found.variance),
        fidelity=1.0,
        reference=reference,
        checks=(*more, *_grid_checks(problem, found.state)),
        resources={
            "num_qubits": problem.grid.num_qubits,
            "num_steps": found.num_steps,
            "time_step": found.time_step,
            "seconds": time.perf_counter() - begun,
        },
        versions=versions(circuits=False),
    )


class _StoppedError(Exception):
    """A callback ended the anneal."""

    def __init__(self, num_stages: int, state: NDArray[Any]) -> None:
        super().__init__(num_stages)
        self.num_stages, self.state = num_stages, state


@dataclass(eq=False)
class _Run:
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
        compiler = task.compiler if isinstance(task.compiler, str) else task.compiler.__qualname__
        return {
            "problem": task.problem.to_dict(),
            "values_sha256": task.problem.values_hash,
            "schedule": task.schedule.to_dict(),
            "formula": task.formula.name,
            "initial": initial_to_dict(task.initial, task.problem.grid),
            "backend": self.backend.identity(),
            "compiler": compiler,
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
        finished = Schedule(self.task.schedule.stages[: stop.num_stages])
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
        energy, variance = Hamiltonian(self.task.problem, stage.diffusion).moments(psi)
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
        place = _mode(result.probabilities, problem, task.shots)
        last = self.records[-1] if self.records else None
        result = replace(
            result,
            minimizer=problem.grid.position(place),
            minimum=float(problem.values[place]),
            success=success_of(result.probabilities, self.mask, self.radius, task.shots),
            energy=last.energy if last else None,
            energy_deviation=last.deviation if last else None,
            resources=_resources(task, self.backend) | {"seconds": seconds},
        )
        found = list(self._checks(result))
        if self.validate:
            truth = ground_state(problem, diffusion, max_seconds=60) if diffusion > 0 else None
            if truth is not None:
                reference, more = _reference(problem, truth, diffusion, self.mask)
                result = replace(result, reference=reference)
                found += more
                if result.state is not None:
                    overlap = fidelity(result.state, reference.state)
                    result = replace(result, fidelity=overlap)
                    found.insert(0, checks.ground_state(overlap))
        return replace(result, checks=tuple(found))

    def _checks(self, result: Result) -> list[Check]:
        task, problem = self.task, self.task.problem
        found: list[Check] = []
        if result.state is not None:
            found += [checks.norm(result.state), *_grid_checks(problem, result.state)]
        else:
            missed = checks.missed_well(problem)
            found += [missed] if missed else []
        found.append(checks.rough_objective(problem, task.schedule))
        if self.validate:
            ideal = result.state
            if self.backend.gate_level:
                ideal = _emulate(task, task.schedule)
                if result.state is not None:
                    found.append(checks.circuit_agrees(state_distance(result.state, ideal)))
            assert ideal is not None
            fine = _emulate(task, task.schedule.halved())
            found.append(checks.time_step(np.abs(ideal) ** 2, np.abs(fine) ** 2))
            if result.counts is not None:
                found.append(checks.signal(result.probabilities, np.abs(ideal) ** 2))
        if self.backend.gate_level and not self.backend.staged:
            found.append(checks.two_qubits(problem.grid.num_qubits))
        return found


def _emulate(task: Task, schedule: Schedule) -> NDArray[Any]:
    psi = amplitudes(task.initial, task.problem.grid)
    return Propagator(task.problem).run(psi, make_recipe(schedule, task.formula).phases)


def _grid_checks(problem: Problem, psi: NDArray[Any]) -> list[Check]:
    missed = checks.missed_well(problem)
    return [
        checks.aliasing(psi, problem.grid),
        checks.wrap_around(psi, problem.grid),
        *([missed] if missed else []),
    ]


def _reference(
    problem: Problem, found: GroundState, diffusion: float, mask: NDArray[np.bool_]
) -> tuple[Reference, list[Check]]:
    exact = None
    more = list(found.checks)
    if problem.grid.size <= EXACT_POINTS:
        method = "dense" if problem.grid.size <= _DENSE_POINTS else "iterative"
        exact = float(eigenstates(problem, diffusion, method=method)[0][0])
        largest = float(Hamiltonian(problem, diffusion).kinetic.max()) + max(map(abs, problem.span))
        more.append(checks.reference_exact(found.energy - exact, largest))
    reference = Reference(
        energy=found.energy,
        deviation=math.sqrt(found.variance),
        gap=found.gap,
        exact_energy=exact,
        success=float((found.state**2)[mask].sum()),
        state=found.state,
    )
    return reference, more


def _mode(probabilities: ArrayLike, problem: Problem, shots: int | None) -> tuple[int, ...]:
    """Index of the largest probability.

    Of the points that shots cannot tell from it (one standard error), the one with the lowest zeta.
    """
    values = np.asarray(probabilities)
    top = float(values.max())
    margin = math.sqrt(top / shots) if shots else 1e-9 * top
    tied = values >= top - margin
    flat = int(np.where(tied, problem.values, np.inf).argmin())
    return tuple(int(i) for i in np.unravel_index(flat, values.shape))


def _resources(task: Task, backend: Backend) -> dict[str, Any]:
    found: dict[str, Any] = {
        "num_qubits": task.problem.grid.num_qubits,
        "qubits_per_axis": list(task.problem.grid.qubits_per_axis),
        "num_stages": len(task.schedule.stages),
        "num_steps": task.schedule.num_steps,
        "evolution_time": task.schedule.time,
    }
    if backend.gate_level:
        from qdml_quantum.synthesis.cost import circuit_cost

        found |= circuit_cost(
            task.problem, task.recipe, task.initial, task.compiler
        )
    return found


def _save_circuit(task: Task, path: Path, gates: int) -> None:
    """Write `circuit.qpy`, unless it is so large that rebuilding it is the better archive."""
    if gates <= _CIRCUIT_GATES:
        from qdml_quantum.synthesis.export import save_qpy

        save_qpy(task.circuit(), path / "circuit.qpy")
