"""A run as plain data: what the command line and spec files say, and how it becomes a run."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from qdml_quantum.annealing.suggest import KINDS, Wishes
from qdml_quantum.annealing.suggest_anneal import bounds_of, qubits_of_table
from qdml_quantum.backends import BACKENDS, DEVICE_NAMES, OF_DEVICES, Backend, as_backend
from qdml_quantum.backends.engines import DEFAULT_ENGINE, ENGINES
from qdml_quantum.backends.engines.base import PRECISIONS
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import FORMULAS
from qdml_quantum.dynamics.recipe import FORMULA, FREE_FORMULA
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.objectives.compress import compressed, natural_scale
from qdml_quantum.objectives.files import (
    TABLE_FILES,
    is_table,
    objective_from_file,
    refuse_other_files,
)
from qdml_quantum.problem.goal import RADIUS, require_radius
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs.chosen import choice_for, keep_choice
from qdml_quantum.runs.folder import require_writable
from qdml_quantum.runs.options import documented, once, option, options_of, read_bounds, read_budget
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.suggested import optimized, suggested
from qdml_quantum.support.estimate import SHOTS
from qdml_quantum.support.messages import (
    DamagedFileError,
    any_of,
    bad_type,
    bad_value,
    count,
    did_you_mean,
    number,
    unknown,
)
from qdml_quantum.support.progress import say
from qdml_quantum.support.versions import versions
from qdml_quantum.synthesis import compiler as making
from qdml_quantum.synthesis.compiler import NETWORKS, Compiler

_SCHEDULE_FILE = ".json"
SPEC_FILES = (".toml", ".json")
_DEVICES = [name + "..." * name.endswith("_") for name in DEVICE_NAMES]
_FORMULA, _DOUBLE = 'a formula such as "x**2 + y**2"', next(iter(PRECISIONS))
_EMULATORS = ("emulator", "imaginary-time")
"""Backends that hold states by an engine."""
_WALLS = "s asinh((zeta - z0)/s), with the same minimizers; a file can say s"
_USUAL = (
    f"{Wishes().chosen_kind}; {Wishes(num_steps=1).chosen_kind} with --steps, --time-step or "
    "--step-exponent; few optimised steps on devices"
)
OPTIMIZED, _OPTIMIZED_STEPS, _SEARCH_SECONDS = "optimized", 6, 60
"""Name of a schedule of few optimised steps, how many by default, and its default time limit: the
search ends by itself before on a line, after 15 to 50 s; in the plane it takes minutes."""
_IN_ALL = f"qhd and {OPTIMIZED}"
_ANYWHERE = f"{making.LATTICES[0]}; that of a device"


@documented
@dataclass(frozen=True)
class Spec:
    """Everything `qdml run` can be told; None is chosen from the objective.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: A value is out of range, or a name is unknown.
    """

    objective: str = option(
        MISSING,
        "what",
        f"a built-in (qdml list), {_FORMULA} or a table ({', '.join(TABLE_FILES)})",
    )
    dimensions: int | None = option(None, "what", "number of variables")
    bounds: Sequence[tuple[float, float]] | None = option(
        None,
        "what",
        "lower and upper end, once or per variable: -3, 2*pi, -1/2",
        reader=read_bounds,
    )
    qubits: int | Sequence[int] | None = option(
        None, "what", "qubits per axis, once or per axis", reader=once
    )
    initial: str | Mapping[str, float | Sequence[float]] = option(
        "uniform", "", "initial state, or {center, width, momentum} of a Gaussian packet"
    )
    compress: bool | float = option(False, "what", f"lower high walls: {_WALLS}", expert=True)
    radius: float = option(RADIUS, "what", "success radius, in units of the box")
    backend: str = option("aer", "where", f"{any_of(BACKENDS)}; or a device: {any_of(_DEVICES)}")
    precision: str = option(_DOUBLE, "where", f"of simulators: {any_of(PRECISIONS)}", expert=True)
    engine: str = option(
        DEFAULT_ENGINE,
        "where",
        f"of the emulator: {any_of(ENGINES)}; jax is for accelerators and several devices",
        expert=True,
    )
    devices: int | None = option(
        None,
        "where",
        "of the engine jax, a power of two",
        chosen="one below 2^18 points; above all that fit the grid",
        expert=True,
    )
    max_seconds: float | None = option(
        None,
        "where",
        "seconds of an account's device that end a job",
        chosen="3 times the estimate",
        expert=True,
    )
    overdraw: bool = option(
        False, "where", "send although the account has less left than it takes", expert=True
    )
    dynamic: bool = option(
        False,
        "where",
        "measure positions as they come, with feed-forward instead of the last two-qubit gates: on "
        "aer, and on devices that run here",
        expert=True,
    )
    shots: int | None = option(SHOTS, "where", "measurements")
    seed: int = option(0, "where", "seed of the sampling")
    schedule: str | None = option(
        None,
        "schedule",
        f"{any_of([*KINDS, OPTIMIZED])}; or a file (.json) of qdml optimize",
        chosen=_USUAL,
    )
    stages: int | None = option(None, "schedule", "number of stages; not for qhd")
    steps: int | None = option(
        None, "schedule", f"Trotter steps of each stage; of {_IN_ALL} in all"
    )
    time_step: float | None = option(None, "schedule", "time step of the last stage")
    step_exponent: float | None = option(None, "schedule", "X in dt ~ D^-X", expert=True)
    d_start: float | None = option(None, "schedule", "diffusion D of the first stage")
    d_stop: float | None = option(None, "schedule", "diffusion D of the last stage")
    time_limit: float | None = option(
        None,
        "schedule",
        f"of {OPTIMIZED}: seconds after which no further search of angles begins",
        chosen=f"{_SEARCH_SECONDS}",
    )
    formula: str | None = option(
        None, "schedule", any_of(FORMULAS), chosen=f"{FORMULA}; {FREE_FORMULA} for optimised steps"
    )
    compiler: str | None = option(
        None,
        "compiler",
        "; ".join(f"{name}: {what}" for name, what in making.COMPILERS.items()),
        chosen=f"{Compiler().name}; {NETWORKS[0]} on devices",
    )
    budget: str | tuple[str, float] | None = option(
        None,
        "compiler",
        f"what may be left out of the objective: {', '.join(making.BUDGETS)} or KIND=RADIANS, KIND "
        f"being {any_of(making.BUDGET_KINDS)}",
        chosen=f"{making.BUDGETS[0]}; {making.BUDGETS[1]} for {any_of(NETWORKS)} on up to "
        f"{making.MEASURED_QUBITS} qubits",
        reader=read_budget,
    )
    target: str | None = option(
        None, "compiler", f"where gates may stand: {any_of(making.LATTICES)}", chosen=_ANYWHERE
    )
    effort: float = option(making.EFFORT, "compiler", "seconds of a search, about", expert=True)
    seeds: int = option(making.SEEDS, "compiler", "transpilations to try on a device", expert=True)
    validate: bool = option(True, "output", "compare with reference and halved steps", expert=True)

    def __post_init__(self) -> None:
        for name, one in options_of(type(self)).items():
            object.__setattr__(self, name, one.read(getattr(self, name)))
        # Here, since a backend without gates never looks at them.
        self.make_compiler()  # what it refuses is refused here

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, where: str = "spec") -> Spec:
        """A spec from plain data; an unknown key is an error with a hint.

        >>> Spec.from_dict({"objective": "double_well", "qubit": 6})
        Traceback (most recent call last):
        ...
        ValueError: Unknown key 'qubit' in spec. Did you mean `qubits`?
        """
        if not isinstance(data, Mapping):
            raise bad_type("data", "be a mapping of keys and values", data)
        names = list(options_of(cls))
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
            text = path.read_text(encoding="utf-8-sig")
            data = tomllib.loads(text) if path.suffix == ".toml" else _json(text)
        except (ValueError, RecursionError) as error:
            raise DamagedFileError(
                f"Spec file `{path}` cannot be read: {error}. Correct or complete it."
            ) from None
        if not isinstance(data, dict):
            raise DamagedFileError(f"Spec file `{path}` must hold a table of keys and values.")
        spec = cls.from_dict(data, where=f"`{path}`")
        table = path.parent / spec.objective
        if is_table(spec.objective) and table.exists():
            return replace(spec, objective=str(table))
        return spec

    @classmethod
    def from_argument(cls, problem: str, **given: Any) -> Spec:
        """What the command line means: a spec file, overridden by flags that are not None."""
        flags = {key: value for key, value in given.items() if value is not None}
        if problem.endswith(SPEC_FILES):
            return replace(cls.from_file(problem), **flags)
        return cls(problem, **flags)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self)

    def require_numbers(self) -> None:
        """Refuse numbers out of range before the search of a schedule, which takes a second."""
        require_radius(self.radius)
        count("seed", self.seed, least=0)
        if self.shots is not None:
            count("shots", self.shots)

    def make_backend(self) -> Backend:
        """The backend, in the precision and on the engine that are asked for."""
        if self.precision not in PRECISIONS:
            raise ValueError(unknown("precision", self.precision, PRECISIONS))
        if self.engine not in ENGINES:
            raise ValueError(unknown("engine", self.engine, ENGINES))
        options: dict[str, Any] = {}
        for name in ("precision", "engine", "devices", "dynamic", *OF_DEVICES):
            value = getattr(self, name)
            if value == options_of(type(self))[name].default:
                continue
            if name in ("engine", "devices") and self.backend not in _EMULATORS:
                remedy = "Write --backend emulator."
                raise bad_value(name, f"be left out of the backend {self.backend}", value, remedy)
            if name == "dynamic" and self.backend in _EMULATORS:
                remedy = "Write --backend aer."
                raise bad_value(name, f"be left out of the backend {self.backend}", value, remedy)
            options[name] = value
        return as_backend(self.backend, **options)

    def make_compiler(self, default: str = "walsh") -> Compiler:
        """The compiler, by default one of this name."""
        name = self.compiler or default
        return Compiler(name, self.budget, self.target, effort=self.effort, seeds=self.seeds)

    def how(self, backend: Backend) -> dict[str, Any]:
        """How the anneal is run and judged, as arguments of `anneal`."""
        return {
            "backend": backend,
            "shots": self.shots,
            "seed": self.seed,
            "compiler": self.make_compiler(getattr(backend, "compiler", "walsh")),
            "radius": self.radius,
            "validate": self.validate,
        }

    def make_objective(self) -> Objective:
        """The objective, in the dimension that is asked for; made, and its file read, once."""
        return self._objective

    @cached_property
    def _objective(self) -> Objective:
        thing: Any = self.objective
        if is_table(thing):
            thing = objective_from_file(thing, self.bounds)
        else:
            refuse_other_files(thing)
        dimensions = self.dimensions
        if dimensions is None and self.bounds is not None:
            dimensions = len(self.bounds) if len(self.bounds) > 1 else None
        return as_objective(thing, dimensions=dimensions)

    def resolve(
        self,
        backend: Backend,
        choice: Mapping[str, Any] | None = None,
        *,
        progress: bool = False,
        runs: bool = True,
    ) -> Anneal:
        """The anneal, completed from the objective where it is not given; see `suggest_anneal`.

        Args:
            backend: Which affords so many steps and qubits.
            choice: Grid and schedule in plain JSON, as they were chosen before.
            progress: Show a bar of the search of an optimised schedule.
            runs: Whether it will be run, see `suggested`.
        """
        objective, qubits = self.make_objective(), self.qubits
        if qubits is None and not objective.continuous:
            qubits = qubits_of_table(objective)  # Of the table itself: compression hides it.
        if self.compress is not False:
            bounds = bounds_of(objective, self.bounds)
            scale, floor = natural_scale(objective, bounds, self.radius)
            if self.compress is not True:
                scale = number("compress", self.compress)
            objective = compressed(objective, scale, floor)
        if choice is not None:
            problem = Problem(Grid(**choice["grid"]), objective)
            schedule = Schedule.from_dict(choice["schedule"])
            return Anneal(problem, schedule, self.formula, self.initial)
        if self.schedule == OPTIMIZED:
            self._refuse("stages time_step step_exponent d_start", "an optimised schedule")
            return optimized(
                objective,
                self.bounds,
                backend,
                _OPTIMIZED_STEPS if self.steps is None else self.steps,
                qubits=qubits,
                diffusion=self.d_stop,
                initial=self.initial,
                radius=self.radius,
                time_limit=_SEARCH_SECONDS if self.time_limit is None else self.time_limit,
                seed=self.seed,
                progress=progress,
            )
        self._refuse("time_limit", "schedules that are not optimised")
        saved = self._saved_schedule()
        if saved is None:
            start, stop, dt, p = self.d_start, self.d_stop, self.time_step, self.step_exponent
            return suggested(
                objective,
                self.bounds,
                backend,
                qubits=qubits,
                formula=self.formula,
                initial=self.initial,
                radius=self.radius,
                wishes=Wishes(self.schedule, start, stop, dt, p, self.steps, self.stages),
                seed=self.seed,
                runs=runs,
            )
        if self.qubits is None:
            raise ValueError(
                f"Argument `qubits` is needed with the schedule in `{self.schedule}`, which was "
                "made for a grid. Write --qubits 6."
            )
        problem = Problem(Grid(bounds_of(objective, self.bounds), self.qubits), objective)
        return Anneal(problem, saved, self.formula, self.initial)

    def _refuse(self, names: str, why: str) -> None:
        for name in names.split():
            if getattr(self, name) is not None:
                raise bad_value(name, f"be left out of {why}", getattr(self, name))

    def asked(self, backend: Backend) -> dict[str, Any]:
        """Everything that decides what is chosen: itself, its table, the backend, the versions."""
        table = Path(self.objective).read_bytes() if is_table(self.objective) else b""
        return {
            "spec": self.to_dict(),
            "table_sha256": hashlib.sha256(table).hexdigest(),
            "backend": backend.identity(),
            "versions": versions(circuits=backend.gate_level),
        }

    @property
    def has_saved_schedule(self) -> bool:
        """Whether the schedule is read from a file, and not chosen."""
        return self.schedule is not None and self.schedule.endswith(_SCHEDULE_FILE)

    def _saved_schedule(self) -> Schedule | None:
        if self.schedule is None or not self.has_saved_schedule:
            return None
        for name, one in options_of(type(self)).items():
            wish = one.group == "schedule" and name not in ("schedule", "formula")
            if wish and getattr(self, name) is not None:
                must = f"be left out with the schedule in `{self.schedule}`"
                raise bad_value(name, must, getattr(self, name))
        return Schedule.load(self.schedule)


def run_spec(
    spec: Spec, *, folder: str | Path | None = None, fresh: bool = False, progress: bool = False
) -> Result:
    """Run what a spec says; the last three arguments are those of `anneal`.

    >>> run_spec(Spec("harmonic", backend="emulator", qubits=5)).minimizer
    (0.0,)
    """
    from qdml_quantum.runs.run import anneal  # Late: a mistake in the spec is said without it.

    if folder is not None:
        require_writable(folder)
    spec.require_numbers()
    backend = spec.make_backend()
    return anneal(
        _chosen(spec, backend, folder, fresh, progress),
        folder=folder,
        fresh=fresh,
        progress=progress,
        **spec.how(backend),
    )


def _chosen(
    spec: Spec, backend: Backend, folder: str | Path | None, fresh: bool, progress: bool
) -> Anneal:
    """The anneal of a spec; what was chosen before is kept beside the run folders."""
    if spec.has_saved_schedule:
        return spec.resolve(backend)
    asked = None if folder is None else spec.asked(backend)
    if folder is not None and asked is not None and not fresh:
        choice = choice_for(folder, asked)
        if choice is not None:
            known = spec.resolve(backend, choice)
            if known.problem.values_hash == choice["values_sha256"]:
                return known
    if progress and spec.schedule != OPTIMIZED:
        say("choosing grid and schedule by trial runs on the emulator ...")
    chosen = spec.resolve(backend, progress=progress)
    if folder is not None and asked is not None:
        keep_choice(folder, asked, chosen)
    return chosen


def _json(text: str) -> Any:
    """JSON without a key that stands twice, of which Python would keep the last."""

    def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number])]
        if twice:
            raise ValueError(f"key {twice[0]!r} stands there twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once_each)
