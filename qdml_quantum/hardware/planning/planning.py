"""The verb `plan`: compile, predict, count the cost; nothing is submitted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from qdml_quantum.annealing.few_steps import few_step_schedule
from qdml_quantum.diagnostics.metrics import ECHOES
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.propagate import required_bytes
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.account import account_of
from qdml_quantum.hardware.devices.devices import (
    AER,
    find_backend,
    is_local,
    snapshot,
    target_of,
)
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.planning.advice import advise
from qdml_quantum.hardware.planning.costs import as_wanted
from qdml_quantum.hardware.planning.draft import Draft
from qdml_quantum.hardware.planning.measured import (
    as_measured,
    bases_of,
    preparation,
    require_preload,
)
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.sampler_options import as_sampler_options
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.problem.goal import RADIUS, Goal
from qdml_quantum.problem.problem import Problem, require_problem
from qdml_quantum.problem.states import Initial
from qdml_quantum.support.estimate import SHOTS
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed
from qdml_quantum.support.versions import versions
from qdml_quantum.synthesis.compiler import Compiler, as_compiler, require_gates

_AER_NAME = "aer_simulator"


@typed
def plan(
    problem: Problem | Anneal,
    schedule: Schedule | None = None,
    *,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    backend: Any,
    shots: int = SHOTS,
    seed: int = 0,
    compiler: str | Compiler = "joint",
    radius: float = RADIUS,
    besides: Collection[str] = ("momentum",),
    options: Mapping[str, Any] | None = None,
    max_error: float | Mapping[str, float] | None = None,
    preload: int = 0,
    progress: bool = False,
) -> Plan:
    r"""Plan an anneal on a device: circuits, costs, what is to be expected. Submits nothing.

    Args:
        problem: Grid and objective; or an `Anneal`, which has the next three parts already.
        schedule: Stages of D and time steps; default two optimised steps (`few_step_schedule`).
        formula: Product formula; see `anneal`.
        initial: Initial state; see `anneal`.
        backend: ``"fake_fez"``, ``"ibm_..."``, ``"least-busy"``, ``"aer"``, or any `BackendV2` or
            `SamplerV2`. `find_backend` gives one with fractional gates, or of a given account.
        shots: Of each circuit: all circuits of one job have equal shots. Default 4096.
        seed: Of transpilation, of folding, and of the sampling where the backend is a simulator.
        compiler: How phases become gates: a `Compiler`, or a name for its defaults. Default
            ``"joint"``. Of the circuits of its seeds the one with the best expected fidelity is
            kept.
        radius: Success radius in units of the box, default 0.1.
        besides: What the job measures besides positions, in circuits of their own. ``"momentum"``
            (default): wave numbers, which the energy takes. ``"readout"``: the readout error of
            every qubit, in two circuits; the result then shows every value with and without it
            (M3, doi 10.1103/PRXQuantum.2.040326). ``"cuts"``: positions after 1, 2, ... steps,
            which tell dynamics from a state that was loaded; see `judge_dynamics`.
            ``"coherence"``: the anneal forward and back, and whether all qubits return; that is no
            evidence of dynamics, as a circuit that does nothing returns, too. ``"loschmidt"``: back
            with zeta times ``1 + d``, d such that about half should return.
        options: Of the sampler of the runtime, nested as it takes them: dynamical decoupling,
            twirling, ``rep_delay``, ``private`` and whatever else your client knows.
        max_error: Wanted error bars, half the width of 95 % intervals: one number for success,
            S and (in units of the range of zeta) the energy, or a mapping by name. Where it is
            given, the plan fails if the shots do not reach it. Default 0.02 of success, 0.05 of S,
            0.02 of the range.
        preload: First steps that are not run: a short circuit, fitted to their state here, on up to
            8 qubits, makes it, and the steps after it are run (default 0: all are). Far deeper
            anneals so reach a device, of which it shows the last steps only; everything that comes
            of such a plan says so. The number of all steps prepares the state at the end, by as
            many gates as show most of it: nothing is run as dynamics then.
        progress: Show a bar on stderr.

    Returns:
        The plan; ``print(plan)`` shows all of it, ``plan.worth`` says whether to run it.

    Raises:
        ValueError: An argument is out of range or unknown, the device has too few qubits, or does
            not take so many shots.
        TooLargeError: The emulator does not fit into memory.
        HardwareError: The account, the service or the device does not answer as it should.
        ImportError: The extra `hardware` is not installed.

    >>> from qdml_quantum.problem.grid import Grid
    >>> well = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> made = plan(well, backend="fake_fez", compiler=Compiler("joint", effort=0.5, seeds=1))
    >>> made.worth, made.expected_signal > 0.8, len(made.settings)
    (True, True, 2)
    """
    where = problem.problem if isinstance(problem, Anneal) else problem
    require_problem(where)
    size = where.grid.num_qubits
    require_memory(required_bytes(where.grid.size), f"A plan on {size} qubits")
    options, besides = as_sampler_options(options), as_measured(besides)
    compiler = as_compiler(compiler, "joint")
    require_gates(compiler)
    if compiler.target is not None:
        raise bad_value(
            "target", "be left out: a device has its own", compiler.target, "Or use build."
        )
    shots, seed = count("shots", shots), count("seed", seed, least=0)
    wanted = as_wanted(max_error, where.span[1] - where.span[0])
    device = find_backend(backend, num_qubits=size)
    machine, _ = Machine(device), target_of(device)
    machine.require_shots(shots)
    goal = Goal(where, radius)
    if schedule is None and where is problem:
        schedule = few_step_schedule(where, seed=seed, radius=radius)
    whole = as_anneal(problem, schedule, formula=formula, initial=initial)
    draft = Draft(
        anneal=whole,
        goal=goal,
        compiler=compiler,
        device=device,
        bases=bases_of(whole, besides, require_preload(whole, preload)),
        seed=seed,
        preload=preload,
        echoes=tuple(kind for kind in besides if kind in ECHOES),
    )
    stages = progress_bar(total=4, desc="plan", unit="part", disable=not progress)
    with stages:
        stages.set_postfix_str("circuits")
        _ = draft.isa
        stages.update()
        stages.set_postfix_str("noise")
        _ = draft.noisy
        stages.update()
        stages.set_postfix_str("checks")
        settings = settings_of(draft.circuits, readout="readout" in besides)
        if preload:
            for setting in settings:
                setting.circuit.metadata = {"comment": preparation(whole, preload)}
        bars = draft.error_bars(shots, wanted)
        checks = draft.checks([bar for bar in bars if max_error is not None])
        stages.update()
        stages.set_postfix_str("advice")
        advice = advise(draft)
        stages.update()
    return Plan(
        anneal=draft.anneal,
        goal=goal,
        compiler=draft.compiler.to_dict(),
        identity=machine.identity(),
        # A name by which `find_backend` finds it again, where it can.
        backend=AER if machine.name == _AER_NAME else machine.name,
        local=is_local(device),
        fractional=not is_local(device) and "rzz" in target_of(device).operation_names,
        settings=settings,
        shots=shots,
        seed=seed,
        options=options,
        ideal=draft.ideal,
        noisy=draft.noisy,
        costs=draft.costs(settings, shots, bars),
        calibration=snapshot(draft.chip, draft.circuits.values()),
        checks=tuple(checks),
        advice=advice,
        account=account_of(getattr(machine.backend, "service", None)),
        preload=preload,
        versions=versions(circuits=True, more=["qiskit-ibm-runtime"]),
    )
