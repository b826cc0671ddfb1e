"""The verb `plan`: compile, predict, count the cost; nothing is submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qdml_quantum.backends.device import Device
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.backends.memory import require_memory
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import BASES, signal_over_uniform, success_mask
from qdml_quantum.diagnostics.minima import find_minimizers
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.recipe import formula_of
from qdml_quantum.dynamics.schedule import Schedule, require_schedule
from qdml_quantum.hardware.devices.calibration import snapshot
from qdml_quantum.hardware.devices.devices import AER, find_backend, is_local, target_of
from qdml_quantum.hardware.devices.isa import (
    Isa,
    duration,
    isa_circuits,
)
from qdml_quantum.hardware.devices.noise import QUBIT_LIMIT, noisy_probabilities
from qdml_quantum.hardware.planning.advice import advise
from qdml_quantum.hardware.planning.costs import (
    REPETITION_DELAY,
    Costs,
    ErrorBar,
    as_wanted,
    depolarised,
    depolarised_signal,
    qpu_seconds,
    uniform_fidelity,
)
from qdml_quantum.hardware.planning.few_steps import few_step_schedule
from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.outlook import (
    Histogram,
    anneal_checks,
    beats_chance,
    enough_shots,
    error_bars,
    expected_signal,
    far_from_uniform,
    final_state,
    histograms,
    rotations_kept,
)
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import Setting
from qdml_quantum.problem.problem import Problem, require_problem
from qdml_quantum.problem.states import Initial, initial_to_dict
from qdml_quantum.runs.run import RADIUS
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import argument, count
from qdml_quantum.support.versions import versions
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth, two_qubit_gates

_AER_NAME = "aer_simulator"
SHOTS, SEEDS = 4096, 8
"""Defaults: shots of each circuit, and seeds of the transpiler."""


def plan(
    problem: Problem,
    schedule: Schedule | None = None,
    *,
    backend: Any,
    shots: int = SHOTS,
    formula: str | Formula | None = None,
    initial: Initial = "uniform",
    compiler: Any = "joint",
    budget: Any = None,
    seed: int = 0,
    radius: float = RADIUS,
    energy: bool = True,
    mitigation: Mitigation | None = None,
    fractional: bool = False,
    seeds: int = SEEDS,
    effort: float | None = None,
    max_error: float | Mapping[str, float] | None = None,
    service: Any = None,
    progress: bool = False,
) -> Plan:
    r"""Plan an anneal on a device: circuits, costs, what is to be expected. Submits nothing.

    Args:
        problem: Grid and objective.
        schedule: Stages of D and time steps; default two optimised steps (`few_step_schedule`).
        backend: ``"fake_fez"``, ``"ibm_..."``, ``"least-busy"``, ``"aer"``, or any `BackendV2` or
            `SamplerV2`; see `find_backend`.
        shots: Of each circuit: all circuits of one job have equal shots. Default 4096.
        formula: Product formula; see `anneal`.
        initial: Initial state; see `anneal`.
        compiler: How phases become gates; see `build`. Default ``"joint"``.
        budget: What may be left out of the objective; see `build`.
        seed: Of transpilation, of folding, and of the sampling where the backend is a simulator.
        radius: Success radius in units of the box, default 0.1.
        energy: Measure wave numbers too, in a second circuit (default).
        mitigation: What is done against noise; default nothing.
        fractional: Use RZZ and RX gates of any angle, on devices that have them.
        seeds: Seeds of the transpiler to try; the circuit with the best expected fidelity is kept.
        effort: Work of the search for networks; default as in `build`.
        max_error: Wanted error bars, half the width of 95 % intervals: one number for success,
            S and (in units of the range of zeta) the energy, or a mapping by name. Where it is
            given, the plan fails if the shots do not reach it. Default 0.02 of success, 0.05 of S,
            0.02 of the range.
        service: Of the runtime client; default the user's account where one is needed.
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
    >>> made = plan(well, backend="fake_fez", effort=0.5, seeds=1)
    >>> made.worth, made.expected_signal > 0.8, len(made.settings)
    (True, True, 2)
    """
    require_problem(problem)
    size = problem.grid.num_qubits
    require_memory(Emulator().required_bytes(problem), f"A plan on {size} qubits")
    if schedule is not None:
        require_schedule(schedule)
    mitigation = _as_mitigation(mitigation)
    shots, seeds = count("shots", shots), count("seeds", seeds)
    seed = count("seed", seed, least=0)
    wanted = as_wanted(max_error, problem.span[1] - problem.span[0])
    device = find_backend(backend, service=service, fractional=fractional, num_qubits=size)
    require_shots(device, shots)
    points, known = find_minimizers(problem)
    mask = success_mask(problem.grid, points, radius)
    search = {"seeds": seeds, "effort": effort, "fractional": bool(fractional)}
    if schedule is None:
        schedule = few_step_schedule(problem, seed=seed, radius=radius)
    job = Draft(
        problem=problem,
        schedule=schedule,
        formula=formula_of(schedule, formula),
        initial=initial,
        compiler=compiler,
        budget=budget,
        device=device,
        bases=BASES if energy else BASES[:1],
        mask=mask,
        seed=seed,
        seeds=seeds,
        effort=effort,
    )
    stages = tqdm(total=4, desc="plan", unit="part", disable=not progress)
    with stages:
        stages.set_postfix_str("circuits")
        _ = job.isa
        stages.update()
        stages.set_postfix_str("noise")
        _ = job.noisy
        stages.update()
        stages.set_postfix_str("checks")
        settings = mitigation.settings(job.isa.circuits, job.seed)
        bars = job.error_bars(shots, wanted)
        found = job.checks([bar for bar in bars if max_error is not None])
        stages.update()
        stages.set_postfix_str("advice")
        advice = advise(job, radius)
        stages.update()
    return Plan(
        problem=problem,
        schedule=schedule,
        formula=job.formula.name,
        initial=initial_to_dict(initial, problem.grid),
        compiler=compiler if isinstance(compiler, str) else _name_of(compiler),
        budget=budget,
        search=search,
        radius=float(radius),
        known_minimizers=points,
        minimizers_known=known,
        backend=_backend_name(device),
        local=is_local(device),
        settings=settings,
        shots=shots,
        seed=seed,
        mitigation=mitigation,
        ideal=job.ideal,
        noisy=job.noisy,
        costs=job.costs(settings, shots, bars),
        calibration=snapshot(job.chip, job.isa.circuits.values()),
        checks=tuple(found),
        advice=advice,
        versions=versions(circuits=True) | _client(),
    )


@dataclass(frozen=True, eq=False)
class Draft:
    """An anneal on a device before it is a plan: what it compiles to, and what that gives.

    Everything is made when it is asked for, once.
    """

    problem: Problem
    schedule: Schedule
    formula: Formula
    initial: Initial
    compiler: Any
    budget: Any
    device: Any
    bases: Sequence[str]
    mask: NDArray[np.bool_]
    seed: int = 0
    seeds: int = SEEDS
    effort: float | None = None

    def __post_init__(self) -> None:
        self.problem.grid.thinned(self.schedule.coarse)

    @property
    def chip(self) -> Any:
        """The backend; the one behind a sampler."""
        return Device(self.device).backend

    @cached_property
    def isa(self) -> Isa:
        """Circuits in the gates and on the qubits of the device."""
        return isa_circuits(
            self.problem,
            self.schedule,
            formula=self.formula,
            initial=self.initial,
            backend=self.chip,
            compiler=self.compiler,
            budget=self.budget,
            bases=self.bases,
            seeds=self.seeds,
            effort=self.effort,
            seed=self.seed,
            idle=self.idle,
        )

    @property
    def idle(self) -> bool:
        """Whether qubits relax while they wait: on a device they do, on a simulator they do not."""
        return not is_local(self.device)

    @cached_property
    def ideal(self) -> dict[str, Histogram]:
        """Histograms of the emulator."""
        psi = final_state(self.problem, self.schedule, self.formula, self.initial)
        return histograms(psi, self.bases)

    @cached_property
    def noisy(self) -> dict[str, Histogram] | None:
        """Histograms with noise; None where that is too large."""
        found = {}
        for basis in self.bases:
            values = noisy_probabilities(
                self.chip, self.isa.circuits[basis], self.problem.grid, idle=self.idle
            )
            if values is None:
                return None
            found[basis] = values
        return found

    @property
    def fidelity(self) -> float:
        """Expected fidelity of the position circuit, from the errors that the device tells."""
        return self.isa.fidelity["position"]

    @property
    def signal(self) -> float:
        """S that is to be expected: simulated, or else from the fidelity alone."""
        if self.noisy is not None:
            return signal_over_uniform(self.noisy["position"], self.ideal["position"])
        return self.estimated_signal

    @property
    def estimated_signal(self) -> float:
        """S if all that the fidelity loses became uniform."""
        return depolarised_signal(self.ideal["position"], self.fidelity)

    @property
    def expected(self) -> dict[str, Histogram]:
        """Histograms with noise, simulated or estimated."""
        if self.noisy is not None:
            return self.noisy
        return {basis: depolarised(values, self.fidelity) for basis, values in self.ideal.items()}

    @property
    def success(self) -> float:
        """Expected success probability."""
        return min(1.0, float(self.expected["position"][self.mask].sum()))

    def error_bars(self, shots: int, wanted: Mapping[str, float]) -> tuple[ErrorBar, ...]:
        """What so many shots can tell."""
        return error_bars(
            self.problem,
            self.schedule.final_diffusion,
            self.mask,
            self.ideal,
            self.expected,
            shots,
            wanted,
        )

    def checks(self, bars: Sequence[ErrorBar] = ()) -> list[Check]:
        """Can it show anything, is the anneal a good one, do the shots reach the error bars?"""
        positions, left_out = self.ideal["position"], self.isa.truncation
        how = "from simulated noise" if self.noisy is not None else "from gate errors alone"
        found = [
            expected_signal(self.signal, how),
            far_from_uniform(positions),
            *(enough_shots(bar) for bar in bars),
            beats_chance(positions, self.mask),
            checks.two_qubits(self.problem.grid.num_qubits),
        ]
        if self.isa.best.deviation is not None:
            found.append(rotations_kept(self.isa.best.deviation))
        if left_out["strings"] != left_out["strings_exact"]:
            found.append(checks.truncation(left_out["state_error"]))
        return found + anneal_checks(
            self.problem, self.schedule, self.formula, self.initial, positions
        )

    def seconds(self, circuits: Sequence[Any], shots: int) -> float:
        """Estimated QPU seconds of circuits."""
        target = target_of(self.device)
        times = [duration(circuit, target) for circuit in circuits]
        return qpu_seconds(times, shots, delay=repetition_delay(self.chip))

    def costs(self, settings: Sequence[Setting], shots: int, bars: tuple[ErrorBar, ...]) -> Costs:
        """All that is printed."""
        circuit, before = self.isa.circuits["position"], self.isa.abstract["position"]
        reason = f"noise is simulated on up to {QUBIT_LIMIT} qubits, and where there is memory"
        return Costs(
            num_qubits=self.problem.grid.num_qubits,
            num_steps=self.schedule.num_steps,
            two_qubit_gates_before=two_qubit_gates(before),
            two_qubit_depth_before=two_qubit_depth(before),
            two_qubit_gates=two_qubit_gates(circuit),
            two_qubit_depth=two_qubit_depth(circuit),
            layout=settings[0].qubits,
            duration=duration(circuit, target_of(self.device)),
            expected_fidelity=self.fidelity,
            estimated_signal=self.estimated_signal,
            signal_reason="" if self.noisy is not None else reason,
            uniform_fidelity=uniform_fidelity(self.ideal["position"]),
            num_circuits=len(settings),
            qpu_seconds=self.seconds([setting.circuit for setting in settings], shots),
            error_bars=bars,
        )


def most_shots(device: Any) -> int | None:
    """Most shots that a backend takes of one circuit; None where it does not say.

    >>> most_shots(find_backend("fake_fez"))
    100000
    """
    found = _asked_of(Device(device).backend, "max_shots")
    return None if found is None else int(found)


def repetition_delay(chip: Any) -> float:
    """Seconds between two shots: what the backend says, or 250 us."""
    found = _asked_of(chip, "default_rep_delay")
    return REPETITION_DELAY if found is None else float(found)


def _asked_of(chip: Any, name: str) -> Any:
    """An attribute of a backend, or of its configuration."""
    chip = getattr(chip, "fake", chip)
    direct = getattr(chip, name, None)
    if direct is not None:
        return direct
    configuration = getattr(chip, "configuration", None)
    return getattr(configuration() if callable(configuration) else configuration, name, None)


def require_shots(device: Any, shots: int) -> None:
    """Refuse more shots than the device takes."""
    most = most_shots(device)
    if most is not None and shots > most:
        raise ValueError(
            argument(
                "shots",
                f"be at most {most} on {Device(device).name}",
                shots,
                "Take fewer, and run several jobs where that is not enough.",
            )
        )


def _backend_name(device: Any) -> str:
    """Name by which `find_backend` finds it again, where it can."""
    name = Device(device).name
    return AER if name == _AER_NAME else name


def _as_mitigation(mitigation: object) -> Mitigation:
    if mitigation is None:
        return Mitigation()
    if not isinstance(mitigation, Mitigation):
        raise TypeError(
            argument("mitigation", "be a Mitigation", mitigation, "Write Mitigation(readout=True).")
        )
    return mitigation


def _name_of(compiler: Any) -> str:
    return str(getattr(compiler, "__qualname__", type(compiler).__qualname__))


def _client() -> dict[str, str]:
    """Version of the runtime client, where it is installed."""
    try:
        return {"qiskit-ibm-runtime": version("qiskit-ibm-runtime")}
    except PackageNotFoundError:
        return {}
