"""The verbs that are judged: anneal, relax."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qdml_quantum.annealing.few_steps import few_step_schedule
from qdml_quantum.annealing.suggest import suggest_schedule
from qdml_quantum.annealing.suggest_anneal import dimensions_of
from qdml_quantum.backends import Backend, Task, as_backend, is_paid, make_task, seed_on
from qdml_quantum.backends.engines import DEFAULT_ENGINE, engine_class
from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.formulas import Formula, as_formula
from qdml_quantum.dynamics.schedule import MAX_STEPS, Schedule
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.goal import RADIUS, Goal, most_probable, require_radius
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, initial_to_dict
from qdml_quantum.reference.imaginary_time import block_size, ground_state
from qdml_quantum.runs.execution import Execution
from qdml_quantum.runs.folder import require_writable
from qdml_quantum.runs.judge import judged_reference
from qdml_quantum.runs.result import Result, StageRecord
from qdml_quantum.runs.suggested import suggested
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_type, bad_value, count
from qdml_quantum.support.typed import typed
from qdml_quantum.support.versions import versions
from qdml_quantum.synthesis.compiler import Compiler

_RELAX_COPIES = 8


@typed
def anneal(
    problem: Problem | Anneal | Any,
    schedule: Schedule | None = None,
    *,
    bounds: Any = None,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    backend: Any = "emulator",
    shots: int | None = None,
    seed: int | None = None,
    compiler: str | Compiler | None = None,
    radius: float = RADIUS,
    validate: bool = True,
    folder: str | Path | None = None,
    fresh: bool = False,
    progress: bool | Callable[[StageRecord], None] = False,
) -> Result:
    r"""Anneal ``i dpsi/dt = [-D lap + zeta] psi``, D falling stage by stage.

    Args:
        problem: Grid and objective; or an `Anneal`, which has schedule, formula and initial state
            already; or an objective alone (a name, a formula, a function, an `Objective`), whose
            grid and schedule are then chosen as on the command line, see `suggest_anneal`.
        schedule: Stages of D and time steps; default `suggest_schedule`, and on devices the two
            optimised steps of `plan`.
        bounds: Of an objective alone: one (lower, upper) pair per axis, or one for all; default
            those of the objective.
        formula: Product formula, ``"lie"``, ``"strang"`` or ``"suzuki4"``; default ``"strang"``,
            and ``"lie"`` for a schedule with a goal.
        initial: ``"uniform"`` (default: the ground state at large D), a `Gaussian`, or amplitudes.
        backend: ``"emulator"`` (default); ``"imaginary-time"``, the classical approximation with
            the same two loops; ``"aer"``; a device by name (``"fake_fez"``, ``"ibm_..."``,
            ``"least-busy"``); or any `BackendV2` or `SamplerV2`. On a device this is `plan`, run,
            judge: the same as `fetch` of what `submit` sends; a job for a service goes through the
            user's ledger.
        shots: Measurements; default none, where the backend has a state, else 1024; so too where
            several processes share one.
        seed: Seed of the sampling; default a fresh one, which the result records, and on a device
            of an account 0: there the same call made again must find what it has paid for. A
            `SamplerV2` that is handed over keeps its own.
        compiler: How phases become gates: a `Compiler`, or a name for its defaults; default
            ``"joint"`` on devices and ``"walsh"`` on simulators.
        radius: Success radius in units of the box, default 0.1.
        validate: Compare with the imaginary-time ground state, and with every step halved. Costs
            about two more emulator runs; without it the result has no reference and fewer checks.
        folder: Where run folders are made; default nowhere. A run that was killed goes on from its
            last checkpoint, a finished one is loaded. With shots give a seed as well: a fresh
            seed is another run.
        fresh: Ignore what the folder holds.
        progress: Show a progress bar over the stages; or a function that is called with the
            `StageRecord` of every finished stage. `StopIteration` from it ends the anneal there, as
            in SciPy: the result then has the shorter schedule, and a run folder keeps its
            checkpoints but gets no result.

    Returns:
        The result with its checks; ``result.passed`` says whether all of them hold.

    Raises:
        ValueError: An argument is out of range, or the objective answers badly.
        TooLargeError: The run does not fit into memory.

    >>> from qdml_quantum.problem.grid import Grid
    >>> result = anneal(Problem(Grid([(-4, 4)], 5), "harmonic"))
    >>> result.minimizer, result.passed
    ((0.0,), True)
    >>> anneal("x**4 - 3*x**2 + x", bounds=(-3, 3)).minimizer
    (-1.21875,)
    """
    if folder is not None:
        require_writable(folder)
    run = execution_of(
        lambda on, seed: _what(problem, schedule, bounds, on, formula, initial, radius, seed),
        backend=backend,
        shots=shots,
        seed=seed,
        compiler=compiler,
        radius=radius,
        validate=validate,
    )
    if is_paid(run.backend):
        where, stages = run.anneal.problem, run.anneal.schedule
        needed = run.backend.required_bytes(where, stages)
        require_memory(needed, f"A stage of {where.grid.num_qubits} qubits")
        return _on_a_service(run.backend, run.task, run.goal, progress is True)
    return run.execute(folder, fresh=fresh, progress=progress)


def execution_of(
    make: Callable[[Backend, int], Anneal],
    *,
    backend: Any,
    shots: int | None,
    seed: int | None,
    compiler: str | Compiler | None,
    radius: float,
    validate: bool,
) -> Execution:
    """What `anneal` runs, before anything runs.

    Args:
        make: The anneal for a backend, with a seed for what has to be searched.
        backend: See `anneal`, like all that follow; the defaults are its own.
        shots: Measurements.
        seed: Of the sampling.
        compiler: How phases become gates.
        radius: Success radius.
        validate: Whether it is compared.
    """
    backend = as_backend(backend)
    shots = None if shots is None else count("shots", shots)
    shared = getattr(backend, "is_shared", False)
    if shots is None and (shared or not backend.staged):
        shots = 1024
    if shared and seed is None:
        seed = 0  # One that all processes have.
    if seed is not None or shots is not None:
        seed = seed_on(backend, seed)
    what = make(backend, seed or 0)
    goal = Goal(what.problem, radius)
    task = make_task(backend, what, compiler=compiler, shots=shots, seed=seed)
    if what.schedule.num_steps > MAX_STEPS // 2:
        raise bad_value("schedule", f"have at most {MAX_STEPS // 2} steps", str(what.schedule))
    return Execution(task, backend, goal, validate)


def _what(
    problem: Any,
    schedule: Schedule | None,
    bounds: Any,
    backend: Backend,
    formula: str | Formula | None,
    initial: Initial,
    radius: float,
    seed: int,
) -> Anneal:
    """What is asked for, completed where it is not given."""
    if not isinstance(problem, Problem | Anneal):
        if schedule is not None:
            must = "be a Problem where a schedule is given, which was made for a grid"
            raise bad_type("problem", must, problem, "Write Problem(Grid(...), ...).")
        objective = as_objective(problem, dimensions=dimensions_of(problem, bounds))
        return suggested(
            objective,
            bounds,
            backend,
            formula=formula,
            initial=initial,
            radius=radius,
            seed=seed,
        )
    if bounds is not None:
        raise bad_value("bounds", "be left out: the problem has its own", bounds)
    where = problem if isinstance(problem, Problem) else problem.problem
    size = f"{where.grid.num_qubits} qubits"
    require_memory(backend.required_bytes(where), f"A run on {size}")
    if isinstance(problem, Problem) and schedule is None:
        require_radius(radius)
        formula = None if formula is None else as_formula(formula)
        if getattr(backend, "plannable", False):
            schedule = few_step_schedule(problem, seed=seed, radius=radius)
        else:
            schedule = suggest_schedule(
                problem,
                formula=formula or "strang",
                initial=initial,
                radius=radius,
                max_steps=backend.step_budget(problem),
            )
    return as_anneal(problem, schedule, formula=formula, initial=initial)


def _on_a_service(backend: Any, task: Task, goal: Goal, progress: bool) -> Result:
    """Plan, send through the ledger, wait: nothing that was paid for is lost by a crash."""
    from qdml_quantum.runs.fetching import fetch

    # The backend may be of another account than the user's own.
    result = fetch(backend.sent(task, goal), service=backend.service, progress=progress)
    assert isinstance(result, Result)  # one plan
    return result


@typed
def relax(
    problem: Problem,
    diffusion: float,
    *,
    radius: float = RADIUS,
    engine: str = DEFAULT_ENGINE,
    **options: Any,
) -> Result:
    """Ground state by imaginary time, as a `Result`.

    Args:
        problem: Grid and objective.
        diffusion: D, positive.
        radius: Success radius in units of the box.
        engine: What moves the block, ``"numpy"`` (default) or ``"jax"``, on its first device.
        options: Others of `ground_state`.

    Raises:
        ImportError: The library of the engine is not installed.
        TooLargeError: It does not fit into memory.
        ValueError: An unknown engine, or see `ground_state`.

    >>> from qdml_quantum.problem.grid import Grid
    >>> result = relax(Problem(Grid([(-8, 8)], 6), "harmonic"), diffusion=1.0)
    >>> round(result.energy, 8), result.passed
    (1.0, True)
    """
    block = 8 * problem.grid.size * block_size(problem.grid.dimensions)
    require_memory(_RELAX_COPIES * block, f"`relax` on {problem.grid.num_qubits} qubits")
    goal = Goal(problem, radius)
    formula = as_formula(options.pop("formula", "strang"))
    initial = options.pop("initial", "uniform")
    begun = time.perf_counter()
    ground = ground_state(
        problem,
        diffusion,
        formula=formula,
        initial=initial,
        steps_of=engine_class(engine).block_steps,
        **options,
    )
    reference, more = judged_reference(goal, ground, diffusion)
    probabilities = ground.state**2
    index = most_probable(probabilities, problem, None)
    missed, periodic = checks.missed_well(problem), problem.objective.periodic
    return Result(
        goal=goal,
        anneal=None,
        backend="imaginary time",
        diffusion=float(diffusion),
        state=ground.state,
        counts=None,
        seed=options.get("seed", 0),
        minimizer=problem.grid.position(index),
        minimum=problem.objective.original_value(float(problem.values[index])),
        success=goal.success(probabilities),
        energy_estimate=Estimate.exact(ground.energy),
        energy_deviation=math.sqrt(ground.variance),
        fidelity=1.0,
        reference=reference,
        stages=(),
        stage_probabilities=None,
        checks=(
            *more,
            checks.aliasing(ground.state, problem.grid),
            *([] if periodic else [checks.wrap_around(ground.state)]),
            *([missed] if missed else []),
        ),
        device=None,
        resources={
            "num_qubits": problem.grid.num_qubits,
            "num_steps": ground.num_steps,
            "time_step": ground.time_step,
            "formula": formula.name,
            "initial": initial_to_dict(initial, problem.grid),
            "seconds": time.perf_counter() - begun,
        },
        versions=versions(circuits=False),
    )
