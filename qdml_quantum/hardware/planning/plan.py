"""A plan: everything that is known before a job is sent, and the circuits that it will run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import BASES, signal_over_uniform
from qdml_quantum.dynamics.schedule import Schedule, require_schedule
from qdml_quantum.hardware.planning.costs import Costs
from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.plan_files import PLAN_FILE, REMEDY, read_plan, write_plan
from qdml_quantum.hardware.planning.setting import KINDS, Setting
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem, require_problem
from qdml_quantum.runs.result import finite_json
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import DamagedFileError, argument, count, number
from qdml_quantum.support.store import content_id

__all__ = ["KINDS", "MIN_SIGNAL", "Plan", "Setting"]

FORMAT = 1
"""Version of the files of a plan."""
MIN_SIGNAL = 0.5
"""S below this is not worth a run: half of what is to be seen is lost."""

DECISIVE, ERROR_OF = ("expected_signal", "far_from_uniform"), "error_of_"
"""Checks that a run must pass to be worth it, and how names of those of error bars begin.

The others say what the ideal circuit stands for, not whether the device can run it.
"""


@dataclass(frozen=True, eq=False)
class Plan:
    """Circuits for a device, what they cost, and what is to be expected of them.

    Attributes:
        problem: Grid and objective.
        schedule: The anneal.
        formula: Name of the product formula.
        initial: Initial state in JSON form.
        compiler: How phases became gates.
        budget: What might be left out of the objective, in JSON form; None for the default.
        search: How circuits were looked for, in JSON form: seeds, effort, fractional gates.
        radius: Success radius in units of the box.
        known_minimizers: The minimizers that success refers to.
        minimizers_known: Whether they are known, or were found by a classical search.
        backend: Name of the backend, by which it is found again.
        local: Whether there is no service behind it: a fake backend, a simulator, any object.
        settings: The circuits; the first one measures positions without added noise.
        shots: Of each circuit: the sampler of the runtime wants equal numbers in one job.
        seed: Of transpilation, and of the sampling where the backend is a simulator.
        mitigation: What is done against noise.
        ideal: Probabilities of ``"position"`` and ``"momentum"`` from the emulator, shape of the
            grid: of the whole objective, nothing left out.
        noisy: The same with the noise of the device, readout included; None where that is too
            large to simulate.
        costs: Gates, times, expected figures.
        calibration: What the device says about the qubits in use, plain JSON.
        checks: Diagnostics, each with a remedy.
        advice: What to shrink, with numbers; empty where nothing has to be.
        versions: Of Python and the libraries.

    Raises:
        TypeError: A part has the wrong type.
        ValueError: No position circuit comes first, two settings are the same, circuits measure
            another number of bits than the grid has, or a histogram has the wrong shape.
    """

    problem: Problem
    schedule: Schedule
    formula: str
    initial: object
    compiler: str
    budget: Any
    search: Mapping[str, Any]
    radius: float
    known_minimizers: tuple[tuple[float, ...], ...]
    minimizers_known: bool
    backend: str
    local: bool
    settings: tuple[Setting, ...]
    shots: int
    seed: int
    mitigation: Mitigation
    ideal: Mapping[str, NDArray[np.float64]]
    noisy: Mapping[str, NDArray[np.float64]] | None
    costs: Costs
    calibration: Mapping[str, Any]
    checks: tuple[Check, ...] = ()
    advice: tuple[str, ...] = ()
    versions: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        require_problem(self.problem)
        require_schedule(self.schedule)
        for name in ("settings", "checks", "advice"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        points = tuple(tuple(float(x) for x in point) for point in self.known_minimizers)
        object.__setattr__(self, "known_minimizers", points)
        object.__setattr__(self, "versions", dict(self.versions or {}))
        for name in ("budget", "search", "initial", "calibration"):
            object.__setattr__(self, name, finite_json(getattr(self, name)))
        count("shots", self.shots)
        count("seed", self.seed, least=0)
        number("radius", self.radius)
        if not isinstance(self.costs, Costs):
            raise TypeError(argument("costs", "be a Costs", self.costs))
        self._require_settings()
        object.__setattr__(self, "ideal", self._histograms("ideal"))
        if self.noisy is not None:
            object.__setattr__(self, "noisy", self._histograms("noisy"))

    def _require_settings(self) -> None:
        if not all(isinstance(setting, Setting) for setting in self.settings):
            raise TypeError(argument("settings", "be Setting objects", self.settings))
        keys = [setting.key for setting in self.settings]
        if not keys or keys[0] != ("position", 1.0):
            raise ValueError(
                argument("settings", "begin with positions at noise factor 1", keys[:1])
            )
        if len(set(keys)) < len(keys):
            raise ValueError(argument("settings", "be different", keys))
        size = self.problem.grid.num_qubits
        anneals = [setting for setting in self.settings if not setting.is_calibration]
        read = {qubit for setting in anneals for qubit in setting.qubits}
        for setting in self.settings:
            bits, known = setting.num_bits, set(setting.qubits)
            if not setting.is_calibration and bits != size:
                given = f"measuring {bits}: {setting}"
                raise ValueError(argument("settings", f"measure {size} bits", given))
            if setting.is_calibration and known != read:
                must = f"calibrate the qubits that are read, {sorted(read)}"
                raise ValueError(argument("settings", must, sorted(known)))

    def _histograms(self, name: str) -> dict[str, NDArray[np.float64]]:
        """Read-only copies that are distributions on the grid, one per measured basis."""
        given: Mapping[str, Any] = getattr(self, name)
        measured = {s.kind for s in self.settings if not s.is_calibration}
        if set(given) != measured or not measured <= set(BASES):
            raise ValueError(argument(name, f"have the keys {sorted(measured)}", sorted(given)))
        found = {}
        for basis in sorted(given, reverse=True):
            values = np.array(given[basis], dtype=float)
            if values.shape != self.problem.grid.shape:
                must = f"have the shape of the grid {self.problem.grid.shape}"
                raise ValueError(argument(name, must, f"of shape {values.shape}"))
            if not (values.min() > -1e-9 and abs(values.sum() - 1) < 1e-6):
                raise ValueError(argument(name, "hold probabilities", f"{values.sum():g} in all"))
            values = values.clip(min=0)
            values.flags.writeable = False
            found[basis] = values
        return found

    @property
    def diffusion(self) -> float:
        """D of the Hamiltonian that energies refer to."""
        return self.schedule.final_diffusion

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.problem.grid

    @property
    def qubits(self) -> tuple[int, ...]:
        """Physical qubit of every bit of the position circuit; other settings have their own."""
        return self.settings[0].qubits

    @property
    def measures_energy(self) -> bool:
        """Whether wave numbers are measured as well as positions."""
        return "momentum" in self.ideal

    def setting(self, kind: str, noise_factor: float = 1.0) -> Setting:
        """The circuit of a kind.

        Raises:
            KeyError: There is none.
        """
        return next(self.settings[i] for i in [self.index(kind, noise_factor)])

    def index(self, kind: str, noise_factor: float = 1.0) -> int:
        """Place of a circuit in `settings`, and so of its counts in those of the job.

        Raises:
            KeyError: There is none.
        """
        for place, setting in enumerate(self.settings):
            if setting.key == (kind, float(noise_factor)):
                return place
        raise KeyError(f"{kind} at noise factor {noise_factor:g}")

    @property
    def expected_signal(self) -> float | None:
        """S of the simulated positions against the ideal ones; None without a simulation."""
        if self.noisy is None:
            return None
        return signal_over_uniform(self.noisy["position"], self.ideal["position"])

    @property
    def worth(self) -> bool:
        """Whether the run can show something: the checks that decide this passed."""
        return all(check.passed for check in self.checks if _decides(check))

    @property
    def verdict(self) -> str:
        """Worth running, with what it does not show; or what to shrink."""
        failed = [check for check in self.checks if not check.passed]
        decisive = [check for check in failed if _decides(check)]
        if decisive:
            reasons = ", ".join(check.name for check in decisive)
            remedies = self.advice or tuple(check.remedy for check in decisive)
            return f"not worth running as it is ({reasons}): " + " ".join(remedies)
        if failed:
            names = ", ".join(check.name for check in failed)
            return f"worth running for the circuit; what it stands for is limited by: {names}"
        return "worth running"

    @property
    def spec(self) -> dict[str, Any]:
        """Everything that decides what is run, in plain JSON; not the circuits that were found."""
        spec = {
            "problem": self.problem.to_dict(),
            "values_sha256": self.problem.values_hash,
            "schedule": self.schedule.to_dict(),
            "formula": self.formula,
            "initial": self.initial,
            "compiler": self.compiler,
            "budget": self.budget,
            "search": self.search,
            "radius": self.radius,
            "backend": self.backend,
            "settings": [list(setting.key) for setting in self.settings],
            "shots": self.shots,
            "seed": self.seed,
            "mitigation": self.mitigation.to_dict(),
        }
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
            "name": self.problem.objective.name,
            "minimum": self.problem.objective.minimum,
            "known_minimizers": [list(point) for point in self.known_minimizers],
            "minimizers_known": self.minimizers_known,
            "diffusion": self.diffusion,
            "local": self.local,
            "settings": [setting.to_dict() for setting in self.settings],
            "costs": self.costs.to_dict(),
            "expected_signal": self.expected_signal,
            "worth": self.worth,
            "verdict": self.verdict,
            "checks": [check.to_dict() for check in self.checks],
            "advice": list(self.advice),
            "calibration": self.calibration,
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
            SHA-256 of `plan.json`, which `load` can check.

        Raises:
            OSError: The folder cannot be made or written.
        """
        arrays = {f"ideal_{basis}": values for basis, values in self.ideal.items()}
        arrays |= {f"noisy_{basis}": values for basis, values in (self.noisy or {}).items()}
        arrays["values"] = self.problem.values
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
            return cls(**_parts(*read_plan(Path(folder), sha256)))
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, DamagedFileError):
                raise
            path = Path(folder) / PLAN_FILE
            raise DamagedFileError(f"File `{path}` lacks or garbles {error}. {REMEDY}") from None

    def __str__(self) -> str:
        from qdml_quantum.hardware.planning.plan_table import plan_table

        return plan_table(self)

    def __repr__(self) -> str:
        return (
            f"Plan({self.problem.objective.name!r}, {self.backend!r}, {self.costs.num_qubits} "
            f"qubits, {self.costs.num_steps} steps, {len(self.settings)} circuits of {self.shots} "
            f"shots, worth={self.worth})"
        )


def _decides(check: Check) -> bool:
    return check.name in DECISIVE or check.name.startswith(ERROR_OF)


_PLAIN = (
    "formula initial compiler budget search radius known_minimizers minimizers_known backend local "
    "shots seed calibration advice versions"
).split()


def _parts(
    data: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], circuits: list[Any]
) -> dict[str, Any]:
    """Arguments of a plan from its files."""
    ideal, noisy = (
        {name.removeprefix(kind): values for name, values in arrays.items() if kind in name}
        for kind in ("ideal_", "noisy_")
    )
    settings = (
        Setting(plain["kind"], plain["noise_factor"], circuit)
        for plain, circuit in zip(data["settings"], circuits, strict=True)
    )
    return {
        "problem": _problem(data, arrays["values"]),
        "schedule": Schedule.from_dict(data["schedule"]),
        "settings": tuple(settings),
        "mitigation": Mitigation.from_dict(data["mitigation"]),
        "ideal": ideal,
        "noisy": noisy or None,
        "costs": Costs.from_dict(data["costs"]),
        "checks": tuple(Check.from_dict(check) for check in data["checks"]),
        **{name: data[name] for name in _PLAIN},
    }


def _problem(data: Mapping[str, Any], values: NDArray[Any]) -> Problem:
    """The problem as a table of its samples, with the old name and source."""
    return Problem.restored(
        values,
        Grid(**data["problem"]["grid"]),
        name=data["name"],
        minimizers=data["known_minimizers"] if data["minimizers_known"] else (),
        minimum=data["minimum"],
        source=data["problem"]["objective"],
    )
