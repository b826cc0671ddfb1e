"""What came back from a device, beside what it can be compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import Success, counts_to_probabilities
from qdml_quantum.hardware.verdict.bootstrap import Interval
from qdml_quantum.hardware.verdict.mitigated import Variant
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs.measured_energy import EnergyEstimate
from qdml_quantum.runs.result import finite_json
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import content_id, read_arrays, read_json, write_arrays, write_json

if TYPE_CHECKING:
    from qdml_quantum.hardware.planning.plan import Plan

FORMAT = 1
"""Version of the files of a device result."""

RESULT_FILE, ARRAYS_FILE, PLAN_FOLDER = "result.json", "arrays.npz", "plan"

DECIDING = ("enough_shots", "far_from_uniform", "not_flat", "signal", "above_chance")
"""Checks that decide whether the data support the claim; the others are for information."""

_REMEDY = "Judge the counts again."
_PLAIN = "confidence min_signal seed ideal_success counts job versions".split()
_ENERGY = (
    "diffusion potential potential_error kinetic kinetic_error counts_position counts_momentum "
    "exact exact_deviation backend seed"
).split()

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distances:
    """Total variation distances to the imaginary-time ground state at the final D.

    Attributes:
        device: Of the measured positions.
        ideal: Of the ideal anneal: what more steps would bring down.
        uniform: Of the uniform histogram: what noise alone makes.
        noisy: Of the noise simulation; None where there is none.
    """

    device: Interval
    ideal: float
    uniform: float
    noisy: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return vars(self) | {"device": self.device.to_dict()}


@dataclass(frozen=True, eq=False)
class DeviceResult:
    """Counts of a device and what they show.

    Attributes:
        plan: What was run.
        counts: Bit strings and hits of every setting of the plan, as they came.
        signal: S of the positions as measured, with its interval.
        success: Probability near a minimizer, with its interval and the uniform baseline.
        ideal_success: The same of the ideal anneal.
        distance: Distances to the imaginary-time ground state; None where D ends at 0.
        energy: Energy from positions and wave numbers; None where only positions were measured.
        ground: Probabilities of that ground state, shape of the grid, or None.
        variants: The values as measured, then by every mitigation that the plan has circuits for.
        checks: Diagnostics; those in `DECIDING` decide.
        confidence: Of all intervals.
        min_signal: S that the lower end of its interval has to reach.
        seed: Of the synthetic histograms.
        job: What is known of the job: its id, times, the backend. Plain JSON.
        versions: Of Python and the libraries that judged.
        folder: Where it was saved, or None.
    """

    plan: Plan
    counts: tuple[Mapping[str, int], ...]
    signal: Interval
    success: Success
    ideal_success: float
    distance: Distances | None
    energy: EnergyEstimate | None
    ground: Array | None
    variants: tuple[Variant, ...]
    checks: tuple[Check, ...]
    confidence: float
    min_signal: float
    seed: int
    job: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def problem(self) -> Problem:
        """Grid and objective."""
        return self.plan.problem

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.plan.grid

    @property
    def backend(self) -> str:
        """Name of the backend."""
        return self.plan.backend

    @property
    def shots(self) -> int:
        """Shots of the positions."""
        return sum(self.counts[0].values())

    @cached_property
    def probabilities(self) -> Array:
        """Measured histogram of positions, shape of the grid."""
        return counts_to_probabilities(self.counts[0], self.grid)

    @property
    def ideal(self) -> Array:
        """Ideal histogram of positions."""
        return self.plan.ideal["position"]

    @property
    def noisy(self) -> Array | None:
        """Predicted histogram of positions, with the noise of the device; None where unknown."""
        return None if self.plan.noisy is None else self.plan.noisy["position"]

    @property
    def noisy_signal(self) -> float | None:
        """S that the plan predicted from simulated noise."""
        return self.plan.expected_signal

    @property
    def calibration(self) -> Mapping[str, Any]:
        """What the device said about the qubits in use when the plan was made."""
        return self.plan.calibration

    @property
    def supported(self) -> bool:
        """Whether the data support the claim that the device performed this anneal."""
        return all(check.passed for check in self.checks if check.name in DECIDING)

    @property
    def verdict(self) -> str:
        """What the data show, in words."""
        from qdml_quantum.hardware.verdict.device_table import verdict_words

        return verdict_words(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: everything but the histograms and the circuits."""
        plain = {
            "format": FORMAT,
            "name": self.problem.objective.name,
            "backend": self.backend,
            "spec_id": self.plan.spec_id,
            "supported": self.supported,
            "verdict": self.verdict,
            "shots": self.shots,
            "settings": [setting.to_dict() for setting in self.plan.settings],
            "counts": [dict(one) for one in self.counts],
            "signal": self.signal.to_dict(),
            "noisy_signal": self.noisy_signal,
            "success": self.success.to_dict(),
            "ideal_success": self.ideal_success,
            "energy": None if self.energy is None else self.energy.to_dict(),
            "distance": None if self.distance is None else self.distance.to_dict(),
            "mitigation": self.plan.mitigation.to_dict(),
            "variants": [variant.to_dict() for variant in self.variants],
            "checks": [check.to_dict() for check in self.checks],
            "confidence": self.confidence,
            "min_signal": self.min_signal,
            "seed": self.seed,
            "job": dict(self.job),
            "calibration": self.calibration,
            "versions": dict(self.versions),
        }
        return dict(finite_json(plain))

    def to_json(self) -> str:
        """`to_dict` as text; numbers that are not finite become null."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def save(self, folder: str | Path) -> Path:
        """Write the plan, `arrays.npz` and last `result.json`, which holds the hashes of both.

        A folder with a `result.json` is complete; that file holds a hash of itself too.

        Raises:
            OSError: The folder cannot be made or written.
        """
        folder = Path(folder)
        (folder / RESULT_FILE).unlink(missing_ok=True)
        arrays = {
            f"variant_{place}": variant.probabilities
            for place, variant in enumerate(self.variants)
            if variant.probabilities is not None
        }
        if self.ground is not None:
            arrays["ground"] = self.ground
        hashes = {
            "plan_sha256": self.plan.save(folder / PLAN_FOLDER),
            "arrays_sha256": write_arrays(folder / ARRAYS_FILE, arrays),
        }
        data = self.to_dict() | hashes
        write_json(folder / RESULT_FILE, data | {"content_id": content_id(data)})
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> DeviceResult:
        """Read what `save` wrote; every hash is checked before a file is parsed.

        Raises:
            FileNotFoundError: There is no `result.json`.
            DamagedFileError: A file is missing, truncated, or does not match its hash.
        """
        from qdml_quantum.hardware.planning.plan import Plan

        folder = Path(folder)
        path = folder / RESULT_FILE
        data = read_json(path, _REMEDY)
        if data.pop("content_id", None) != content_id(data):
            raise DamagedFileError(f"File `{path}` does not match its hash. {_REMEDY}")
        try:
            arrays = read_arrays(folder / ARRAYS_FILE, data["arrays_sha256"])
            plan = Plan.load(folder / PLAN_FOLDER, data["plan_sha256"])
            return replace(cls(plan=plan, **_parts(data, arrays)), folder=folder)
        except FileNotFoundError as error:
            raise DamagedFileError(f"File `{error.filename}` is missing. {_REMEDY}") from None
        except (KeyError, TypeError) as error:
            raise DamagedFileError(f"File `{path}` lacks or garbles {error}. {_REMEDY}") from None

    def __str__(self) -> str:
        from qdml_quantum.hardware.verdict.device_table import device_table

        return device_table(self)

    def __repr__(self) -> str:
        return (
            f"DeviceResult({self.problem.objective.name!r}, {self.backend!r}, {self.shots} shots, "
            f"S={self.signal}, supported={self.supported})"
        )


def _parts(data: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Arguments of a result from its files."""
    distance, energy = data["distance"], data["energy"]
    if distance is not None:
        distance = Distances(**distance | {"device": Interval(**distance["device"])})
    if energy is not None:
        energy = EnergyEstimate(**{name: energy[name] for name in _ENERGY})
    variants = (
        Variant.from_dict(plain, arrays.get(f"variant_{place}"))
        for place, plain in enumerate(data["variants"])
    )
    return {
        "signal": Interval(**data["signal"]),
        "success": Success(**data["success"]),
        "distance": distance,
        "energy": energy,
        "ground": arrays.get("ground"),
        "variants": tuple(variants),
        "checks": tuple(Check.from_dict(plain) for plain in data["checks"]),
        **{name: data[name] for name in _PLAIN},
        "counts": tuple(data["counts"]),
    }
