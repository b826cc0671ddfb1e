"""A plan: everything that is known before a job is sent, and the circuits that it will run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.annealing.controls import Controls, controls_of
from qdml_quantum.diagnostics.dynamics import Dynamics, expected_dynamics
from qdml_quantum.diagnostics.metrics import signal_over_uniform
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.hardware.devices.account import Account
from qdml_quantum.hardware.devices.isa import share_of_effort
from qdml_quantum.hardware.planning.costs import JOB_SECONDS, Costs
from qdml_quantum.hardware.planning.measured import preparation, require_preload
from qdml_quantum.hardware.planning.plan_files import PLAN_FILE, REMEDY, read_plan, write_plan
from qdml_quantum.hardware.planning.setting import Setting
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support import html
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import DamagedFileError, bad_type, bad_value, count
from qdml_quantum.support.store import content_id, finite_json
from qdml_quantum.support.text import INDENT, check_rows, fact_rows
from qdml_quantum.synthesis.compiler import NETWORKS

FORMAT = 3
"""Version of the files of a plan; docs/plan.schema.json describes them."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Circuits for a device, what they cost, and what is to be expected of them.

    Attributes:
        anneal: What is run.
        goal: What counts as success.
        compiler: How phases became gates, in JSON form; see `Compiler.to_dict`.
        backend: Name of the backend, by which it is found again.
        identity: Digests of its gates, calibration, noise and options: what tells it from another
            backend of that name; empty where nothing is known.
        local: Whether there is no service behind it: a fake backend, a simulator, any object.
        fractional: Whether the device is used with gates of any angle.
        settings: The circuits; the first one measures positions without added noise.
        shots: Of each circuit: the sampler of the runtime wants equal numbers in one job.
        seed: Of transpilation, and of the sampling where the backend is a simulator.
        options: Of the sampler of the runtime, as it takes them, in JSON form.
        ideal: Probabilities of ``"position"`` and ``"momentum"`` from the emulator, shape of the
            grid: of the whole objective, nothing left out.
        noisy: The same with the noise of the device, readout included; None where that is too
            large to simulate.
        costs: Gates, times, expected figures.
        calibration: What the device says about the qubits in use, plain JSON.
        checks: Diagnostics, each with a remedy.
        advice: What to shrink, with numbers; empty where nothing has to be.
        versions: Of Python and the libraries.
        account: Who pays, and what was left; None without a service.
        preload: First steps that are not run: a circuit that was fitted to their state loads it;
            where that are all of them, there is no dynamics.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: No position circuit comes first, two settings are the same, circuits measure
            another number of bits than the grid has, or a histogram has the wrong shape.
    """

    anneal: Anneal
    goal: Goal
    compiler: Mapping[str, Any]
    backend: str
    local: bool
    fractional: bool
    settings: tuple[Setting, ...]
    shots: int
    seed: int
    options: Mapping[str, Any]
    ideal: Mapping[str, Array]
    noisy: Mapping[str, Array] | None
    costs: Costs
    calibration: Mapping[str, Any]
    checks: tuple[Check, ...] = ()
    advice: tuple[str, ...] = ()
    versions: Mapping[str, str] | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    account: Account | None = None
    preload: int = 0

    def __post_init__(self) -> None:
        for name, kind in (("anneal", Anneal), ("goal", Goal), ("costs", Costs)):
            if not isinstance(getattr(self, name), kind):
                raise bad_type(name, f"be of type {kind.__name__}", getattr(self, name))
        for name in ("settings", "checks", "advice"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "versions", dict(self.versions or {}))
        for name in ("compiler", "calibration", "identity", "options"):
            object.__setattr__(self, name, finite_json(getattr(self, name)))
        count("shots", self.shots)
        count("seed", self.seed, least=0)
        require_preload(self.anneal, self.preload)
        self._require_settings()
        object.__setattr__(self, "ideal", self._histograms("ideal"))
        if self.noisy is not None:
            object.__setattr__(self, "noisy", self._histograms("noisy"))

    def _require_settings(self) -> None:
        if not all(isinstance(setting, Setting) for setting in self.settings):
            raise bad_type("settings", "be Setting objects", self.settings)
        kinds = [setting.kind for setting in self.settings]
        if not kinds or kinds[0] != "position":
            raise bad_value("settings", "begin with positions", kinds[:1])
        if len(set(kinds)) < len(kinds):
            raise bad_value("settings", "be different", kinds)
        size = self.grid.num_qubits
        anneals = [setting for setting in self.settings if not setting.is_calibration]
        read = {qubit for setting in anneals for qubit in setting.qubits}
        for setting in self.settings:
            bits, known = setting.num_bits, set(setting.qubits)
            if not setting.is_calibration and bits != size:
                raise bad_value("settings", f"measure {size} bits", f"measuring {bits}: {setting}")
            if setting.is_calibration and known != read:
                must = f"calibrate the qubits that are read, {sorted(read)}"
                raise bad_value("settings", must, sorted(known))

    def _histograms(self, name: str) -> dict[str, Array]:
        """Read-only copies that are distributions on the grid, one per measured basis."""
        given: Mapping[str, Any] = getattr(self, name)
        measured = {s.kind for s in self.settings if not s.is_calibration}
        if set(given) != measured:
            raise bad_value(name, f"have the keys {sorted(measured)}", sorted(given))
        histograms = {}
        for basis in sorted(given, reverse=True):
            values = real_array(name, given[basis])
            if values.shape != self.grid.shape:
                must = f"have the shape of the grid {self.grid.shape}"
                raise bad_value(name, must, f"of shape {values.shape}")
            if not (values.min() > -1e-9 and abs(values.sum() - 1) < 1e-6):
                raise bad_value(name, "hold probabilities", f"{values.sum():g} in all")
            values = values.clip(min=0)
            values.flags.writeable = False
            histograms[basis] = values
        return histograms

    @property
    def problem(self) -> Problem:
        """Grid and objective."""
        return self.anneal.problem

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.anneal.grid

    @property
    def qubits(self) -> tuple[int, ...]:
        """Physical qubit of every bit of the position circuit; other settings have their own."""
        return self.settings[0].qubits

    @property
    def measures_energy(self) -> bool:
        """Whether wave numbers are measured as well as positions."""
        return "momentum" in self.ideal

    @property
    def cuts(self) -> tuple[str, ...]:
        """Kinds that measure positions after 1, 2, ... steps, in this order, the end with them."""
        cuts = tuple(setting.kind for setting in self.settings if setting.is_cut)
        return (*cuts, "position") if cuts else ()

    @property
    def dynamics(self) -> bool:
        """Whether a step is run: False where the state at the end is loaded."""
        return self.preload < self.anneal.schedule.num_steps

    @property
    def preparation(self) -> str:
        """In words, that steps are loaded and not run; empty where all are run."""
        return preparation(self.anneal, self.preload)

    @property
    def readout(self) -> bool:
        """Whether readout errors are measured in the same job."""
        return any(setting.is_calibration for setting in self.settings)

    def index(self, kind: str) -> int:
        """Index of a circuit in `settings`, and so of its counts in those of the job.

        Raises:
            KeyError: There is none.
        """
        for index, setting in enumerate(self.settings):
            if setting.kind == kind:
                return index
        raise KeyError(kind)

    @property
    def expected_signal(self) -> float | None:
        """S of the simulated positions against the ideal ones; None without a simulation."""
        if self.noisy is None:
            return None
        return signal_over_uniform(self.noisy["position"], self.ideal["position"])

    @cached_property
    def expected_dynamics(self) -> Dynamics | None:
        """What the simulated cuts would show; None without cuts, or without a simulation."""
        if self.noisy is None or not self.cuts:
            return None
        return expected_dynamics(self.ideal, self.noisy, self.shots, self.cuts)

    @property
    def resources(self) -> dict[str, Any]:
        """Size of the anneal; gates and depth of the position circuit on the device."""
        circuit = self.settings[0].circuit
        return self.anneal.resources | {
            "gates": circuit.size(),
            "two_qubit_gates": self.costs.two_qubit_gates,
            "depth": circuit.depth(),
        }

    @property
    def worth(self) -> bool:
        """Whether the run can show something: the checks that decide this passed."""
        return all(check.passed for check in self.checks if check.decides)

    @property
    def verdict(self) -> str:
        """Worth running, with what it does not show; or what to shrink."""
        failed = [check for check in self.checks if not check.passed]
        decisive = [check for check in failed if check.decides]
        if decisive:
            reasons = ", ".join(check.name for check in decisive)
            remedies = self.advice or tuple(check.remedy for check in decisive)
            return f"not worth running as it is ({reasons}): " + " ".join(remedies)
        if failed:
            names = ", ".join(check.name for check in failed)
            words = f"worth running for the circuit; what it stands for is limited by: {names}"
        else:
            words = "worth running"
        return ". ".join([words, *(one.removesuffix(".") for one in self.advice)])

    @property
    def spec(self) -> dict[str, Any]:
        """Everything that decides what is run, in plain JSON; not the circuits that were found."""
        spec = {
            "anneal": self.anneal.to_dict(),
            "goal": self.goal.to_dict(),
            "compiler": self.compiler,
            "backend": self.backend,
            "identity": self.identity,
            "fractional": self.fractional,
            "settings": [setting.kind for setting in self.settings],
            "shots": self.shots,
            "seed": self.seed,
            "options": self.options,
        }
        if self.preload:  # Plans that load nothing keep the ids that they have in ledgers.
            spec["preload"] = self.preload
        if not self.dynamics:
            spec["dynamics"] = False
        return dict(finite_json(spec))

    @property
    def spec_id(self) -> str:
        """Twelve hexadecimal digits: the same for plans of the same run."""
        return content_id(self.spec)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: everything but the circuits and the histograms."""
        plain = {
            "format": FORMAT,
            "spec_id": self.spec_id,
            **self.spec,
            "diffusion": self.anneal.diffusion,
            "local": self.local,
            "settings": [setting.to_dict() for setting in self.settings],
            "costs": self.costs.to_dict(),
            "preparation": self.preparation,
            "dynamics": self.dynamics,
            "expected_signal": self.expected_signal,
            "expected_dynamics": self.expected_dynamics and self.expected_dynamics.to_dict(),
            "controls": self.controls and self.controls.to_dict(),
            "worth": self.worth,
            "verdict": self.verdict,
            "checks": [check.to_dict() for check in self.checks],
            "advice": list(self.advice),
            "calibration": self.calibration,
            "account": None if self.account is None else self.account.to_dict(),
            "versions": self.versions,
        }
        return dict(finite_json(plain))

    def to_json(self) -> str:
        """`to_dict` as text; numbers that are not finite become null."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def save(self, folder: str | Path) -> str:
        """Write `arrays.npz`, `circuits.qpy` and last `plan.json`, which holds their hashes.

        A folder with a `plan.json` is complete: saving another plan there removes the old one
        first, and saving the same plan again changes nothing.

        Returns:
            SHA-256 of `plan.json`, which `preload` can check.

        Raises:
            OSError: The folder cannot be made or written.
        """
        arrays = {f"ideal_{basis}": values for basis, values in self.ideal.items()}
        arrays |= {f"noisy_{basis}": values for basis, values in (self.noisy or {}).items()}
        # Of this plan: the same arrays beside the JSON file of another one do not match its hash.
        arrays |= self.anneal.arrays() | {"spec_id": np.array(self.spec_id)}
        circuits = [setting.circuit for setting in self.settings]
        return write_plan(Path(folder), self.to_dict(), arrays, circuits)

    @classmethod
    def load(cls, folder: str | Path, sha256: str | None = None) -> Plan:
        """Read a plan that `save` wrote; nothing is parsed before its hash was checked.

        The objective of the loaded problem is a table of its samples, with the old name. A file of
        circuits with wrong bytes can load as other circuits, or bring the interpreter down.

        Args:
            folder: Where it was saved.
            sha256: What `save` returned; default whatever `plan.json` says about itself.

        Raises:
            FileNotFoundError: There is no `plan.json`.
            DamagedFileError: A file is missing, truncated, or does not match its hash.
        """
        try:
            data, arrays, circuits = read_plan(Path(folder), sha256)
            plan = cls(**_parts(data, arrays, circuits))
            if "controls" in data:  # As they were planned: another libm moves the last digits.
                known = data["controls"]
                vars(plan)["controls"] = known and Controls.from_dict(known)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, DamagedFileError):
                raise
            path = Path(folder) / PLAN_FILE
            raise DamagedFileError(f"File `{path}` lacks or garbles {error}. {REMEDY}") from None
        return plan

    @cached_property
    def controls(self) -> Controls | None:
        """What the ideal steps that are run reach on changed objectives.

        None for schedules without a goal, and where no step is run. A state that is loaded stays
        what it is, whatever zeta is then.
        """
        return controls_of(self.anneal.after(self.preload)) if self.dynamics else None

    def __str__(self) -> str:
        return _table(self)

    def _repr_html_(self) -> str:
        worth = "worth running" if self.worth else "not worth running as it is"
        title = f"Plan of {self.problem.objective.name} on {self.backend}: {worth}"
        return html.block(title, html.preformatted(str(self)))

    def __repr__(self) -> str:
        return (
            f"Plan({self.problem.objective.name!r}, {self.backend!r}, {self.costs.num_qubits} "
            f"qubits, {self.costs.num_steps} steps, {len(self.settings)} circuits of {self.shots} "
            f"shots, worth={self.worth})"
        )


_PLAIN = (
    *("compiler", "backend", "local", "fractional", "shots", "seed", "options"),
    *("calibration", "advice", "versions", "identity"),
)


def _parts(
    data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], circuits: list[Any]
) -> dict[str, Any]:
    """Arguments of a plan from its files."""
    ideal, noisy = (
        {name.removeprefix(kind): values for name, values in arrays.items() if kind in name}
        for kind in ("ideal_", "noisy_")
    )
    settings = (
        Setting(plain["kind"], circuit)
        for plain, circuit in zip(data["settings"], circuits, strict=True)
    )
    anneal = Anneal.from_dict(data["anneal"], arrays)
    return {
        "anneal": anneal,
        "goal": Goal.from_dict(data["goal"], anneal.problem),
        "settings": tuple(settings),
        "ideal": ideal,
        "noisy": noisy or None,
        "costs": Costs.from_dict(data["costs"]),
        "account": data["account"] and Account(**data["account"]),
        "checks": tuple(Check.from_dict(check) for check in data["checks"]),
        "preload": data.get("preload", 0),
        **{name: data[name] for name in _PLAIN},
    }


_NAMES = {"success": "success probability", "signal": "signal S", "energy": "energy"}


def _table(plan: Plan) -> str:
    """Resources, expectations, error bars, checks and verdict of a plan as aligned text."""
    where = "no service behind it" if plan.local else "nothing was submitted"
    parts = [
        f"{plan.problem.objective.name} on {plan.grid}, planned for {plan.backend} ({where})",
        "",
        *fact_rows(_resources(plan)),
        "",
        *fact_rows(_expectations(plan)),
        "",
        *fact_rows((_NAMES[bar.quantity], str(bar)) for bar in plan.costs.error_bars),
    ]
    if plan.checks:
        parts += ["", *check_rows(plan.checks)]
    return "\n".join([*parts, "", f"{INDENT}verdict: {plan.verdict}"])


def _resources(plan: Plan) -> Iterable[tuple[str, str]]:
    costs = plan.costs
    yield "qubits", f"{costs.num_qubits}"
    yield "steps", f"{costs.num_steps}   ({plan.anneal.schedule})"
    if costs.prefix_fidelity is not None:
        what = plan.preparation or "a fitted circuit"
        fitted = f"{costs.prefix_gates} two-qubit gates, fidelity {costs.prefix_fidelity:.4f}"
        name = "loaded prefix" if plan.preload else "initial state"
        yield name if plan.dynamics else "loaded", f"{what}   ({fitted})"
    yield "compiler", f"{_searched(plan)}, formula {plan.anneal.formula.name}"
    yield (
        "two-qubit gates",
        f"{costs.two_qubit_gates_before} -> {costs.two_qubit_gates} on the device, "
        f"depth {costs.two_qubit_depth_before} -> {costs.two_qubit_depth}",
    )
    yield "layout", f"qubits {', '.join(map(str, costs.layout))}"
    if plan.options:
        yield "sampler options", json.dumps(plan.options)
    yield "circuits", f"{costs.num_circuits} of {plan.shots} shots each (equal in one job)"
    yield "duration of a shot", f"{costs.duration * 1e6:.2f} us"
    yield (
        "QPU time",
        f"about {costs.qpu_seconds:.1f} s, an estimate: {JOB_SECONDS:g} s + shots x (delay + "
        "duration)",
    )
    if plan.account is not None:
        yield "account", str(plan.account)


def _searched(plan: Plan) -> str:
    """The compiler, and how much of its effort is used."""
    name, share = str(plan.compiler["name"]), share_of_effort(plan.grid)
    if name not in NETWORKS:
        return name
    of_it = "" if share == 1 else f", of which {share:.2g} is used on so few points"
    return f"{name}, effort {plan.compiler['effort']:g}{of_it}"


def _expectations(plan: Plan) -> Iterable[tuple[str, str]]:
    costs = plan.costs
    fidelity = signal = f"not known: {costs.signal_reason}"
    if costs.expected_fidelity is not None and costs.estimated_signal is not None:
        fidelity = f"{costs.expected_fidelity:.3f}, from the device's own error rates"
        signal = (
            f"about {costs.estimated_signal:.2f} from the fidelity alone; {costs.signal_reason}"
        )
    yield "expected fidelity", fidelity
    if plan.expected_signal is not None:
        signal = f"{plan.expected_signal:.3f}, simulated with the noise of the device"
        if costs.signal_at_work is not None:
            signal += f" ({costs.signal_at_work:.3f} if qubits did not relax while they wait)"
    yield "expected S", signal
    loaded = "not simulated" if costs.loaded_signal is None else f"S = {costs.loaded_signal:.3f}"
    gates = f"{costs.loaded_gates} two-qubit gates"
    yield "loaded instead", f"{loaded}, with {gates}, fitted classically: no dynamics"
    if plan.expected_dynamics is not None:
        yield "expected dynamics", str(plan.expected_dynamics)
    if plan.controls is not None:
        yield from plan.controls.facts()
    yield "F of uniform", f"{costs.uniform_fidelity:.3f} with the ideal histogram"
