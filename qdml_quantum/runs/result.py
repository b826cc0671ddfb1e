"""What every run returns, and how it prints, saves and loads."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import Success, counts_to_probabilities
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import read_arrays, read_json, write_arrays, write_json

FORMAT = 1
"""Version of the result files."""

_PLAIN = (
    "formula initial backend diffusion counts shots seed minimum minimizers_known "
    "energy energy_deviation fidelity resources versions"
).split()


@dataclass(frozen=True)
class StageRecord:
    """What an anneal looked like at the end of a stage.

    Attributes:
        diffusion: D of the stage.
        time_step: Its time step.
        num_steps: Its Trotter steps.
        energy: ``<H>`` at that D.
        deviation: ``sqrt(<H^2> - <H>^2)``.
        success: Probability within the success radius.
        aliasing: Probability of wave numbers near the Nyquist number.
    """

    diffusion: float
    time_step: float
    num_steps: int
    energy: float
    deviation: float
    success: float
    aliasing: float


@dataclass(frozen=True, eq=False)
class Reference:
    """The classical truth beside a run, at the final D.

    Attributes:
        energy: Ground-state energy from imaginary time.
        deviation: ``sqrt(<H^2> - <H>^2)`` of that state; 0 for an eigenstate.
        gap: Distance of the first excited level.
        exact_energy: The same energy from diagonalisation; None where the grid is too large.
        success: Probability of the ground state within the success radius.
        state: The ground state, shape of the grid.
    """

    energy: float
    deviation: float
    gap: float
    exact_energy: float | None
    success: float
    state: NDArray[np.float64]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the state."""
        return {
            "energy": self.energy,
            "deviation": self.deviation,
            "gap": self.gap,
            "exact_energy": self.exact_energy,
            "success_probability": self.success,
        }


@dataclass(frozen=True, eq=False)
class Result:
    """Outcome of `anneal`, `evolve` or `relax`.

    Attributes:
        problem: Grid and objective.
        schedule: The anneal that was run; None for `relax`.
        formula: Name of the product formula.
        initial: Initial state in JSON form.
        backend: Name of the backend.
        diffusion: D of the Hamiltonian that energies refer to.
        state: Final amplitudes, shape of the grid, ``sum |psi|^2 = 1``; None for counts only.
        counts: Measured bit strings (highest qubit first, as in Qiskit); None without shots.
        shots: Number of shots, or None.
        seed: Seed of the sampling, or None.
        minimizer: Most probable position; of those that shots cannot tell apart, the lowest.
        minimum: zeta there.
        known_minimizers: The minimizers that success refers to.
        minimizers_known: Whether they are known, or were found by a classical search.
        success: Probability near a minimizer, with interval and baseline.
        energy: ``<H>``; None when only counts exist.
        energy_deviation: ``sqrt(<H^2> - <H>^2)``; None when only counts exist.
        fidelity: ``|<psi|ground>|^2``; None without a reference or a state.
        reference: The classical ground state; None when it was not asked for.
        stages: One record per stage; empty when only counts exist.
        stage_probabilities: Histogram after every stage, shape ``(stages, *grid.shape)``, or None.
        checks: Diagnostics, each passed or not.
        resources: Qubits, steps, gates, depth, times.
        versions: Versions of the packages that made the result.
        folder: Run folder it was written to, or None.
    """

    problem: Problem
    schedule: Schedule | None
    formula: str
    initial: object
    backend: str
    diffusion: float
    state: NDArray[Any] | None
    counts: dict[str, int] | None
    shots: int | None
    seed: int | None
    minimizer: tuple[float, ...]
    minimum: float
    known_minimizers: tuple[tuple[float, ...], ...]
    minimizers_known: bool
    success: Success
    energy: float | None = None
    energy_deviation: float | None = None
    fidelity: float | None = None
    reference: Reference | None = None
    stages: tuple[StageRecord, ...] = ()
    stage_probabilities: NDArray[np.float64] | None = None
    checks: tuple[Check, ...] = ()
    resources: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.problem.grid

    @property
    def known_minimum(self) -> float | None:
        """Value of zeta at the known minimizers, before it was compressed."""
        known = self.problem.objective.minimum
        return None if known is None else self.problem.objective.original_value(known)

    @property
    def success_probability(self) -> float:
        """Probability within the success radius of a minimizer."""
        return self.success.probability

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Histogram over the grid: measured when there are counts, else ``|psi|^2``."""
        if self.counts is not None:
            return counts_to_probabilities(self.counts, self.grid)
        assert self.state is not None
        return np.asarray(np.abs(self.state) ** 2, dtype=float)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: everything but the arrays.

        The keys `minimizer`, `minimum`, `energy`, `fidelity`, `success_probability`, `reference`,
        `checks` and `resources` are there for every run.
        """
        return {
            "format": FORMAT,
            "problem": self.problem.to_dict()
            | {"name": self.problem.objective.name, "minimum": self.problem.objective.minimum},
            "schedule": self.schedule.to_dict() if self.schedule else None,
            "formula": self.formula,
            "initial": self.initial,
            "backend": self.backend,
            "diffusion": self.diffusion,
            "minimizer": list(self.minimizer),
            "minimum": self.minimum,
            "known_minimizers": [list(point) for point in self.known_minimizers],
            "minimizers_known": self.minimizers_known,
            "known_minimum": self.known_minimum,
            "energy": self.energy,
            "energy_deviation": self.energy_deviation,
            "fidelity": self.fidelity,
            "success_probability": self.success_probability,
            "success": self.success.to_dict(),
            "reference": self.reference.to_dict() if self.reference else None,
            "stages": [vars(stage) for stage in self.stages],
            "shots": self.shots,
            "seed": self.seed,
            "counts": self.counts,
            "passed": self.passed,
            "checks": [check.to_dict() for check in self.checks],
            "resources": dict(self.resources),
            "versions": dict(self.versions),
            "folder": None if self.folder is None else str(self.folder),
        }

    def to_json(self) -> str:
        """`to_dict` as text; numbers that are not finite become null."""
        return json.dumps(finite_json(self.to_dict()), indent=2, allow_nan=False)

    def save(self, folder: str | Path) -> Path:
        """Write `result.json` and `arrays.npz` into a folder, each atomically.

        The JSON file is written last and holds the hash of the arrays, so that a folder with a
        `result.json` is complete.
        """
        folder = Path(folder)
        arrays: dict[str, NDArray[Any]] = {"values": self.problem.values}
        if self.state is not None:
            arrays["state"] = self.state
        if self.reference is not None:
            arrays["reference_state"] = self.reference.state
        if self.stage_probabilities is not None:
            arrays["stage_probabilities"] = self.stage_probabilities
        digest = write_arrays(folder / "arrays.npz", arrays)
        data = finite_json(self.to_dict()) | {"arrays_sha256": digest}
        write_json(folder / "result.json", data)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Result:
        """Read a result that `save` wrote. Nothing is unpickled and no user code is run.

        The objective of the loaded problem is a table of its samples, with the old name.

        Raises:
            FileNotFoundError: There is no `result.json`.
            DamagedFileError: A file is truncated, not readable, or does not match its hash.
        """
        folder = Path(folder)
        data = read_json(folder / "result.json")
        try:
            arrays = read_arrays(folder / "arrays.npz", data["arrays_sha256"])
            return replace(_from_files(data, arrays), folder=folder)
        except (KeyError, TypeError) as error:
            raise DamagedFileError(
                f"File `{folder / 'result.json'}` lacks or garbles {error}. Remove it."
            ) from None

    def __str__(self) -> str:
        from qdml_quantum.runs.table import result_table

        return result_table(self)

    def __repr__(self) -> str:
        return (
            f"Result({self.problem.objective.name!r}, backend={self.backend!r}, "
            f"minimizer={self.minimizer}, success={self.success_probability:.3f}, "
            f"passed={self.passed})"
        )


def finite_json(value: Any) -> Any:
    """Copy plain data, turning NaN and infinities into None, NumPy numbers into Python ones."""
    if isinstance(value, Mapping):
        return {str(key): finite_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_json(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _from_files(data: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Result:
    grid = Grid(**data["problem"]["grid"])
    reference = None
    if data["reference"]:
        known = dict(data["reference"])
        reference = Reference(
            **{key: known[key] for key in ("energy", "deviation", "gap", "exact_energy")},
            success=known["success_probability"],
            state=arrays["reference_state"],
        )
    return Result(
        problem=Problem.restored(
            arrays["values"],
            grid,
            name=data["problem"]["name"],
            minimizers=data["known_minimizers"] if data["minimizers_known"] else (),
            minimum=data["problem"]["minimum"],
            source=data["problem"]["objective"],
        ),
        schedule=Schedule.from_dict(data["schedule"]) if data["schedule"] else None,
        state=arrays.get("state"),
        stage_probabilities=arrays.get("stage_probabilities"),
        minimizer=tuple(data["minimizer"]),
        known_minimizers=tuple(tuple(point) for point in data["known_minimizers"]),
        success=Success(**data["success"]),
        reference=reference,
        stages=tuple(StageRecord(**stage) for stage in data["stages"]),
        checks=tuple(Check.from_dict(check) for check in data["checks"]),
        **{key: data[key] for key in _PLAIN},
    )
