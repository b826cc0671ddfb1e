"""A run as plain data: what the command line and spec files say, and how it becomes a run."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from qdml_quantum.annealing.suggest import Wishes
from qdml_quantum.annealing.suggest_anneal import bounds_of
from qdml_quantum.backends import Backend, as_backend
from qdml_quantum.backends.emulator import PRECISIONS
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.objectives.compress import compressed, natural_scale
from qdml_quantum.problem.goal import RADIUS
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.runs.folder import require_writable
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.run import anneal
from qdml_quantum.runs.suggested import suggested
from qdml_quantum.support.messages import (
    DamagedFileError,
    argument,
    count,
    did_you_mean,
    number,
    unknown,
)
from qdml_quantum.synthesis.compiler import Compiler

SHOTS = 4096
"""Default of the command line: a 95 % interval of at most +-0.016."""

_SCHEDULE_FILE = ".json"
_SPEC_FILES, _TABLE_FILES = (".toml", ".json"), (".npy", ".csv", ".txt")


@dataclass(frozen=True)
class Spec:
    """Everything `qdml run` can be told; None is chosen from the objective.

    Attributes:
        objective: Name of a built-in, a formula, or a file with a table of values
            (`.npy`, `.csv`, `.txt`).
        dimensions: Number of axes; default that of the objective.
        bounds: ``(lower, upper)`` per axis, or one pair for all; default those of a built-in.
        compress: Lower the walls by ``s asinh((zeta - z0)/s)``: True for a scale s chosen from the
            objective (`natural_scale`), or s itself.
        qubits: Qubits per axis, one number or one per axis.
        backend: ``"aer"`` or ``"emulator"``.
        precision: ``"double"`` or ``"single"``.
        shots: Measurements.
        seed: Seed of the sampling.
        formula: Product formula; default strang, and lie for a schedule with a goal.
        compiler: ``"walsh"`` (default on simulators), ``"joint"``, ``"separate"`` or ``"qiskit"``.
        budget: What may be left out of the objective: ``"exact"``, ``"trotter"``, or a pair such as
            ``["max", 0.01]``.
        target: ``"line"``, ``"heavy-hex"`` or ``"square"``; default all pairs of qubits.
        effort: Work of the search for networks, about seconds; default 6.
        schedule: ``"adiabatic"``, ``"geometric"``, ``"equal_phase"``, ``"linear"``, ``"power"``,
            ``"constant"`` or ``"qhd"``; default adiabatic, or geometric where `steps`, `time_step`
            or `step_exponent` is given. Or a file of `Schedule.save`, which needs `qubits`, and
            none of the wishes that follow.
        stages: Number of stages; not for qhd.
        steps: Trotter steps of each stage, or of the whole qhd schedule.
        time_step: Time step of the last stage.
        step_exponent: ``dt ~ D^-step_exponent``.
        d_start: D of the first stage.
        d_stop: D of the last stage.
        initial: ``"uniform"``, or ``{center, width, momentum}`` of a Gaussian packet.
        radius: Success radius in units of the box.
        validate: Compare with imaginary time and halved steps.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: A value is out of range, or a name is unknown.
    """

    objective: str
    dimensions: int | None = None
    bounds: Any = None
    compress: bool | float = False
    qubits: Any = None
    backend: str = "aer"
    precision: str = "double"
    shots: int | None = SHOTS
    seed: int = 0
    formula: str | None = None
    compiler: str | None = None
    budget: Any = None
    target: Any = None
    effort: float | None = None
    schedule: str | None = None
    stages: int | None = None
    steps: int | None = None
    time_step: float | None = None
    step_exponent: float | None = None
    d_start: float | None = None
    d_stop: float | None = None
    initial: Any = "uniform"
    radius: float = RADIUS
    validate: bool = True

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, where: str = "spec") -> Spec:
        """A spec from plain data; an unknown key is an error with a hint.

        >>> Spec.from_dict({"objective": "double_well", "qubit": 6})
        Traceback (most recent call last):
        ...
        ValueError: Unknown key 'qubit' in spec. Did you mean `qubits`?
        """
        names = [item.name for item in fields(cls)]
        for key in data:
            if key not in names:
                raise ValueError(f"Unknown key {key!r} in {where}. {did_you_mean(key, names)}")
        if "objective" not in data:
            raise ValueError(
                f'Missing key `objective` in {where}. Write objective = "double_well".'
            )
        return cls(**data)

    @classmethod
    def from_file(cls, path: str | Path) -> Spec:
        """Read a TOML or JSON spec file.

        Raises:
            FileNotFoundError: There is no such file.
            DamagedFileError: It is truncated or no valid TOML or JSON.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            data = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            raise DamagedFileError(
                f"Spec file `{path}` cannot be read: {error}. Correct or complete it."
            ) from None
        if not isinstance(data, dict):
            raise DamagedFileError(f"Spec file `{path}` must hold a table of keys and values.")
        spec = cls.from_dict(data, where=f"`{path}`")
        table = path.parent / str(spec.objective)
        if Path(str(spec.objective)).suffix in _TABLE_FILES and table.exists():
            return replace(spec, objective=str(table))
        return spec

    @classmethod
    def from_argument(cls, problem: str, **given: Any) -> Spec:
        """What the command line means: a spec file, overridden by flags that are not None."""
        flags = {key: value for key, value in given.items() if value is not None}
        if problem.strip().endswith(_SPEC_FILES):
            return replace(cls.from_file(problem.strip()), **flags)
        return cls(problem.strip(), **flags)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self)

    def make_backend(self) -> Backend:
        """The backend, in the precision that is asked for."""
        if self.precision not in PRECISIONS:
            raise ValueError(unknown("precision", self.precision, PRECISIONS))
        options = {} if self.precision == "double" else {"precision": self.precision}
        return as_backend(self.backend, **options)

    def make_compiler(self) -> Compiler | None:
        """The compiler, or None for that of the backend."""
        given = {"budget": self.budget, "target": self.target, "effort": self.effort}
        chosen = {name: value for name, value in given.items() if value is not None}
        if self.compiler is None and not chosen:
            return None
        return Compiler(self.compiler or "walsh", **chosen)

    def make_objective(self) -> Objective:
        """The objective, in the dimension that is asked for."""
        text = self.objective
        if not isinstance(text, str):
            raise TypeError(argument("objective", "be text", text))
        if self.dimensions is not None:
            count("dimensions", self.dimensions)
        if text.endswith(_TABLE_FILES):
            return _read_table(Path(text), self.bounds)
        dimensions = self.dimensions
        if dimensions is None and self.bounds is not None:
            pairs = len(as_bounds(self.bounds))
            dimensions = pairs if pairs > 1 else None
        return as_objective(text, dimensions=dimensions)

    def _compressed(self, objective: Objective, bounds: list[tuple[float, float]]) -> Objective:
        scale, floor = natural_scale(objective, bounds, self.radius)
        if self.compress is not True:
            scale = number("compress", self.compress)
        return compressed(objective, scale, floor)

    def resolve(self, backend: Backend) -> Anneal:
        """The anneal, completed from the objective where it is not given; see `suggest_anneal`."""
        objective = self.make_objective()
        if self.compress is not False:
            objective = self._compressed(objective, bounds_of(objective, self.bounds))
        saved = self._saved_schedule()
        if saved is None:
            return suggested(
                objective,
                self.bounds,
                backend,
                qubits=self.qubits,
                formula=self.formula,
                initial=self.make_initial(),
                radius=self.radius,
                wishes=self._wishes(),
                seed=self.seed,
            )
        if self.qubits is None:
            raise ValueError(
                f"Argument `qubits` is needed with the schedule in `{self.schedule}`, which was "
                "made for a grid. Write --qubits 6."
            )
        problem = Problem(Grid(bounds_of(objective, self.bounds), self.qubits), objective)
        return Anneal(problem, saved, self.formula, self.make_initial())

    @property
    def has_saved_schedule(self) -> bool:
        """Whether the schedule is read from a file, and not chosen."""
        return self.schedule is not None and self.schedule.endswith(_SCHEDULE_FILE)

    def _saved_schedule(self) -> Schedule | None:
        if self.schedule is None or not self.has_saved_schedule:
            return None
        for name in ("stages", "steps", "time_step", "step_exponent", "d_start", "d_stop"):
            if getattr(self, name) is not None:
                must = f"be left out with the schedule in `{self.schedule}`"
                raise ValueError(argument(name, must, getattr(self, name)))
        return Schedule.load(self.schedule)

    def _wishes(self) -> Wishes:
        return Wishes(
            kind=self.schedule,
            d_start=self.d_start,
            d_stop=self.d_stop,
            time_step=self.time_step,
            step_exponent=self.step_exponent,
            num_steps=self.steps,
            num_stages=self.stages,
        )

    def make_initial(self) -> Any:
        """The initial state: a name or a Gaussian packet."""
        if isinstance(self.initial, Mapping):
            try:
                return Gaussian(**self.initial)
            except TypeError:
                raise ValueError(
                    argument("initial", "have the keys center, width, momentum", self.initial)
                ) from None
        return self.initial


def run_spec(
    spec: Spec, *, folder: str | Path | None = None, fresh: bool = False, progress: bool = False
) -> Result:
    """Run what a spec says; the last three arguments are those of `anneal`.

    >>> run_spec(Spec("harmonic", backend="emulator", qubits=5)).minimizer
    (0.0,)
    """
    if folder is not None:
        require_writable(folder)
    backend = spec.make_backend()
    if progress and not spec.has_saved_schedule:
        tqdm.write("choosing grid and schedule by trial runs on the emulator ...", file=sys.stderr)
    return anneal(
        spec.resolve(backend),
        backend=backend,
        shots=spec.shots,
        seed=spec.seed,
        compiler=spec.make_compiler(),
        radius=spec.radius,
        validate=spec.validate,
        folder=folder,
        fresh=fresh,
        progress=progress,
    )


def _read_table(path: Path, bounds: Any) -> Objective:
    if bounds is None:
        raise ValueError(
            f"Argument `bounds` is needed for the table `{path}`. Write --bounds -3 3."
        )
    try:
        if path.suffix == ".npy":
            values = np.load(path, allow_pickle=False)
        else:
            values = np.loadtxt(path, delimiter="," if path.suffix == ".csv" else None)
    except (ValueError, EOFError) as error:
        raise DamagedFileError(f"Table `{path}` cannot be read: {error}") from None
    return Problem.from_table(values, bounds, name=path.stem).objective
