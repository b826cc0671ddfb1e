"""The verbs: anneal, evolve, relax."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qdml_quantum.annealing.suggest import suggest_schedule
from qdml_quantum.backends import as_backend, make_task
from qdml_quantum.backends.memory import require_memory
from qdml_quantum.diagnostics.metrics import success_mask, success_of
from qdml_quantum.diagnostics.minima import find_minimizers
from qdml_quantum.dynamics.formulas import Formula, as_formula
from qdml_quantum.dynamics.schedule import MAX_STEPS, Schedule, require_schedule
from qdml_quantum.problem.problem import Problem, require_problem
from qdml_quantum.problem.states import Initial, initial_to_dict
from qdml_quantum.reference.imaginary_time import ground_state
from qdml_quantum.runs.execution import Execution
from qdml_quantum.runs.folder import require_writable
from qdml_quantum.runs.judge import grid_checks, judged_reference, most_probable
from qdml_quantum.runs.result import Result, StageRecord
from qdml_quantum.support.messages import argument, count
from qdml_quantum.support.versions import versions

RADIUS = 0.1
"""Default success radius in units of the box, as in published benchmarks (arXiv:2303.01471)."""

_RELAX_BYTES = 8 * 6 * 8


def anneal(
    problem: Problem,
    schedule: Schedule | None = None,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    backend: Any = "emulator",
    shots: int | None = None,
    seed: int | None = None,
    compiler: Any = None,
    budget: Any = None,
    target: Any = None,
    effort: float | None = None,
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
        formula: Product formula, ``"lie"``, ``"strang"`` or ``"suzuki4"``; default ``"strang"``,
            and ``"lie"`` for a schedule with a goal.
        initial: ``"uniform"`` (default: the ground state at large D), a `Gaussian`, or amplitudes.
        backend: ``"emulator"`` (default), ``"aer"``, or any `BackendV2` or `SamplerV2`.
        shots: Measurements; default none, where the backend has a state.
        seed: Seed of the sampling; default a fresh one, which the result records. A `SamplerV2`
            that is handed over keeps its own.
        compiler: How phases become gates, see `build`; default ``"joint"`` on devices and
            ``"walsh"`` on simulators.
        budget: What may be left out of the objective; see `build`.
        target: Where two-qubit gates may stand; see `build`. Default the device's own.
        effort: Work of the search for networks; default as in `build`.
        radius: Success radius in units of the box, default 0.1.
        validate: Compare with the imaginary-time ground state, and with every step halved. Costs
            about two more emulator runs; without it the result has no reference and fewer checks.
        folder: Where run folders are made; default nowhere. A run that was killed goes on from its
            last finished stage, a finished one is loaded. With shots give a seed as well: a fresh
            seed is another run.
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

    >>> from qdml_quantum.problem.grid import Grid
    >>> result = anneal(Problem(Grid([(-4, 4)], 5), "harmonic"))
    >>> result.minimizer, result.passed
    ((0.0,), True)
    """
    require_problem(problem)
    if schedule is not None:
        require_schedule(schedule)
    if folder is not None:
        require_writable(folder)
    backend = as_backend(backend)
    require_memory(backend.required_bytes(problem), f"A run on {problem.grid.num_qubits} qubits")
    formula = None if formula is None else as_formula(formula)
    shots = None if shots is None else count("shots", shots)
    if not backend.staged and shots is None:
        shots = 1024
    if shots is not None and seed is None:
        seed = secrets.randbelow(2**31)
    seed = None if seed is None else count("seed", seed, least=0)
    points, known = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)
    if schedule is None:
        schedule = suggest_schedule(
            problem,
            formula=formula or "strang",
            initial=initial,
            radius=radius,
            max_steps=backend.step_budget(problem),
        )
    task = make_task(
        backend,
        problem,
        schedule,
        formula=formula,
        initial=initial,
        shots=shots,
        seed=seed,
        compiler=compiler,
        budget=budget,
        target=target,
        effort=effort,
    )
    if schedule.num_steps > MAX_STEPS // 2:
        raise ValueError(
            argument("schedule", f"have at most {MAX_STEPS // 2} steps", str(schedule))
        )
    need = backend.required_bytes(problem, schedule)
    require_memory(need, f"A stage of {problem.grid.num_qubits} qubits")
    run = Execution(task, backend, points, known, mask, radius, validate)
    return run.execute(folder, fresh=fresh, progress=progress, callback=callback)


def evolve(
    problem: Problem,
    schedule: Schedule,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    radius: float = RADIUS,
) -> Result:
    """Real-time evolution with the NumPy recipe, without reference and step-halving.

    The same numbers as ``anneal(..., backend="emulator", validate=False)``; arguments as there.

    >>> from qdml_quantum.problem.grid import Grid
    >>> from qdml_quantum.problem.states import Gaussian
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


def relax(problem: Problem, diffusion: float, *, radius: float = RADIUS, **options: Any) -> Result:
    """Ground state by imaginary time, as a `Result`; options as for `ground_state`.

    >>> from qdml_quantum.problem.grid import Grid
    >>> result = relax(Problem(Grid([(-8, 8)], 6), "harmonic"), diffusion=1.0)
    >>> round(result.energy, 8), result.passed
    (1.0, True)
    """
    require_problem(problem)
    require_memory(problem.grid.size * _RELAX_BYTES, f"`relax` on {problem.grid.num_qubits} qubits")
    points, known = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)
    formula = as_formula(options.pop("formula", "strang"))
    initial = options.pop("initial", "uniform")
    begun = time.perf_counter()
    found = ground_state(problem, diffusion, formula=formula, initial=initial, **options)
    reference, more = judged_reference(problem, found, diffusion, mask)
    probabilities = found.state**2
    place = most_probable(probabilities, problem, None)
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
        checks=(*more, *grid_checks(problem, found.state)),
        resources={
            "num_qubits": problem.grid.num_qubits,
            "num_steps": found.num_steps,
            "time_step": found.time_step,
            "seconds": time.perf_counter() - begun,
        },
        versions=versions(circuits=False),
    )
