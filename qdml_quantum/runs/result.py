"""What every run returns, on a simulator or on a device, and how it prints, saves and loads."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.annealing.controls import Controls
from qdml_quantum.diagnostics.metrics import counts_to_probabilities
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.goal import Goal, most_probable, of_counts
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs import words
from qdml_quantum.support import html
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check, check_lines
from qdml_quantum.support.estimate import Estimate
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import DamagedFileError, bad_value
from qdml_quantum.support.store import (
    finite_json,
    read_arrays,
    read_sealed,
    unpacked,
    write_arrays,
    write_bytes,
    write_sealed,
)
from qdml_quantum.support.text import INDENT, check_rows, fact_rows

if TYPE_CHECKING:
    from qdml_quantum.hardware.verdict.device_run import DeviceRun

FORMAT = 3
"""Version of the result files; docs/result.schema.json describes them."""

RESULT_FILE, SPEC_FILE, ARRAYS_FILE = "result.json", "spec.json", "arrays.npz"
PLAN_FOLDER = "plan"

_PLAIN = (
    "backend diffusion counts seed minimum energy_deviation fidelity resources versions"
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
        edge: Largest probability in the outer 5 % of the box on each side: at its end and, on the
            emulator, at up to eight moments within it.
    """

    diffusion: float
    time_step: float
    num_steps: int
    energy: float
    deviation: float
    success: float
    aliasing: float
    edge: float


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
    state: Array

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, without the state."""
        return {
            "energy": self.energy,
            "deviation": self.deviation,
            "gap": self.gap,
            "exact_energy": self.exact_energy,
            "success_probability": self.success,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], state: Array) -> Reference:
        """Read what `to_dict` wrote."""
        known = dict(data)
        return cls(success=known.pop("success_probability"), state=state, **known)


@dataclass(frozen=True, eq=False)
class Result:
    """Outcome of `anneal`, `evolve`, `relax` or `fetch`: the same fields whatever machine ran it.

    Attributes:
        goal: The problem, its minimizers and the success radius.
        anneal: What was run; None for `relax`, which runs until it has converged.
        backend: Name of the backend.
        diffusion: D of the Hamiltonian that energies refer to.
        state: Final amplitudes, shape of the grid, ``sum |psi|^2 = 1``; None for counts only.
        counts: Measured bit strings (highest qubit first, as in Qiskit); None without shots.
        seed: Seed of the sampling, or None.
        minimizer: Most probable position; of those that shots cannot tell apart, the lowest.
        minimum: zeta there.
        success: Probability near a minimizer; with a Wilson interval where shots measured it.
        energy_estimate: ``<H>``; from a state exact, from shots (positions and wave numbers) with
            an interval; None where only positions were measured.
        energy_deviation: ``sqrt(<H^2> - <H>^2)`` of the state; None without one.
        fidelity: ``|<psi|ground>|^2``; None without a reference or a state.
        reference: The classical ground state; None when it was not asked for, or D ends at 0.
        stages: One record per stage; empty when only counts exist.
        stage_probabilities: Histogram after every stage, shape ``(stages, *grid.shape)``, or None.
        checks: Diagnostics, each passed or not; those with ``decides`` make `passed`.
        device: Plan, job, counts of all circuits and what they show; None on simulators.
        resources: Qubits, steps, gates, depth, times.
        versions: Versions of the packages that made the result.
        controls: What the same few steps reach on changed objectives, on the emulator; None for
            other schedules, without validation, in imaginary time and above 2^14 points.
        folder: Run folder it was written to, or None.
    """

    goal: Goal
    anneal: Anneal | None
    backend: str
    diffusion: float
    state: NDArray[Any] | None
    counts: Mapping[str, int] | None
    seed: int | None
    minimizer: tuple[float, ...]
    minimum: float
    success: Estimate
    energy_estimate: Estimate | None
    energy_deviation: float | None
    fidelity: float | None
    reference: Reference | None
    stages: tuple[StageRecord, ...]
    stage_probabilities: Array | None
    checks: tuple[Check, ...]
    device: DeviceRun | None
    resources: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    controls: Controls | None = None
    folder: Path | None = None

    @property
    def problem(self) -> Problem:
        """Grid and objective."""
        return self.goal.problem

    @property
    def grid(self) -> Grid:
        """Grid of the problem."""
        return self.goal.problem.grid

    @property
    def schedule(self) -> Schedule | None:
        """Stages that were run; None for `relax`."""
        return None if self.anneal is None else self.anneal.schedule

    @property
    def shots(self) -> int | None:
        """Measurements of the position, or None."""
        return None if self.counts is None else sum(self.counts.values())

    @property
    def success_probability(self) -> float:
        """Probability within the success radius of a minimizer."""
        return self.success.value

    @property
    def energy(self) -> float | None:
        """``<H>``, exact or estimated; None where only positions were measured."""
        return None if self.energy_estimate is None else self.energy_estimate.value

    @property
    def passed(self) -> bool:
        """Whether every check that decides passed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that decide and did not pass."""
        return tuple(check for check in self.checks if check.decides and not check.passed)

    @property
    def summary(self) -> str:
        """What was found and how sure, against chance and the truth; and whether to trust it."""
        return words.summary(self)

    @property
    def verdict(self) -> str:
        """What the run shows, in words."""
        if self.device is not None:
            return self.device.verdict(self.checks, self.success, self.goal.baseline)
        if self.passed:
            return "every check passed"
        return "not to be trusted as it is: " + ", ".join(check.name for check in self.failed)

    @cached_property
    def probabilities(self) -> Array:
        """Histogram over the grid: measured when there are counts, else ``|psi|^2``."""
        if self.counts is not None:
            return counts_to_probabilities(self.counts, self.grid)
        assert self.state is not None
        return np.asarray(np.abs(self.state) ** 2, dtype=float)

    def statevector(self) -> NDArray[Any]:
        """The final amplitudes as the state vector of the registers, shape ``(2^n,)``.

        In the order of Qiskit: the integer of all registers, axis 0 on the lowest qubits; what a
        circuit of `build` ends in, up to a global phase.

        Raises:
            ValueError: Only counts came back.
        """
        if self.state is None:
            must = "come from a simulator that hands over its state"
            raise bad_value("result", must, "counts only", "Use the emulator or Aer.")
        return self.grid.to_vector(self.state)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: everything but the arrays. Every key is there for every run."""
        estimate = self.energy_estimate
        anneal = None if self.anneal is None else self.anneal.to_dict()
        if anneal is not None:
            del anneal["problem"]  # It stands beside it.
        return {
            "format": FORMAT,
            "problem": self.problem.to_dict(),
            "anneal": anneal,
            "goal": self.goal.to_dict(),
            "backend": self.backend,
            "diffusion": self.diffusion,
            "minimizer": list(self.minimizer),
            "minimum": self.minimum,
            "success": self.success.to_dict(),
            "success_probability": self.success_probability,
            "energy": self.energy,
            "energy_estimate": None if estimate is None else estimate.to_dict(),
            "energy_deviation": self.energy_deviation,
            "fidelity": self.fidelity,
            "controls": None if self.controls is None else self.controls.to_dict(),
            "reference": None if self.reference is None else self.reference.to_dict(),
            "stages": [asdict(stage) for stage in self.stages],
            "shots": self.shots,
            "seed": self.seed,
            "counts": None if self.counts is None else dict(self.counts),
            "passed": self.passed,
            "verdict": self.verdict,
            "checks": [check.to_dict() for check in self.checks],
            "device": None if self.device is None else self.device.to_dict(),
            "resources": dict(self.resources),
            "versions": dict(self.versions),
            "folder": None if self.folder is None else str(self.folder),
        }

    def to_json(self) -> str:
        """`to_dict` as text; numbers that are not finite become null."""
        return json.dumps(finite_json(self.to_dict()), indent=2, allow_nan=False)

    def to_html(self, path: str | Path) -> Path:
        """Write the page of `qdml lab` with this run inside, and return the path.

        One file below 300 kB without network: histograms of the stages as a film, facts, checks in
        sentences; of a device the measured histogram beside the predicted, the ideal and the
        uniform one, and its success from cut to cut. Where the page can move the problem (one
        dimension and up to 9 qubits, or a formula of two and up to 6 qubits each), it goes on from
        the final state.

        Raises:
            OSError: The file cannot be written; nothing half-written stays behind.
        """
        path = Path(path)
        write_bytes(path, self._page().encode())
        return path

    def _page(self) -> str:
        from qdml_quantum.runs.run_page import device_data, run_page

        device, said = None, self.summary
        if self.device is not None:  # The summary has the first sentence of its verdict.
            said = f"{said} {self.verdict.partition('. ')[2]}".strip()
        if self.device is not None and self.shots:
            device = device_data(self.device, self.probabilities, self.shots, self.goal)
        return run_page(
            self.problem,
            facts=(*_outcome(self), *_resources(self), *self.versions.items()),
            checks=self.checks,
            diffusions=[stage.diffusion for stage in self.stages],
            histograms=self.stage_probabilities,
            final=self.probabilities,
            state=self.state,
            measured=self.counts is not None,
            verdict=said,
            device=device,
        )

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`: a row per stage, see `StageRecord`; the index is the stage.

        Raises:
            ImportError: pandas is not installed.
        """
        rows = [asdict(stage) for stage in self.stages]
        frame = require("pandas", "Data frames").DataFrame(rows)
        frame.index = [number + 1 for number in range(len(rows))]
        frame.index.name = "stage"
        return frame

    def to_xarray(self) -> Any:
        """An `xarray.Dataset`: the final probabilities over positions, and those of every stage.

        Raises:
            ImportError: xarray is not installed.
        """
        xarray = require("xarray", "Labelled arrays")
        names = [f"x{number}" for number in range(1, self.grid.dimensions + 1)]
        axes = zip(names, self.grid.axes, strict=True)
        coordinates: dict[str, Any] = {name: axis.points for name, axis in axes}
        variables: dict[str, Any] = {"probability": (names, self.probabilities)}
        if self.stage_probabilities is not None:
            variables["stage_probability"] = (("stage", *names), self.stage_probabilities)
            coordinates["stage"] = np.arange(1, len(self.stages) + 1)
            coordinates["D"] = ("stage", [stage.diffusion for stage in self.stages])
        return xarray.Dataset(variables, coords=coordinates)

    def plot(self) -> Any:
        """Its first figure: `plot_stages`, in two dimensions `plot_map`, else `plot_marginals`."""
        import qdml_quantum as qdml  # Figures stand above results: by their public name.

        draws: dict[int, Any] = {1: qdml.plot_stages, 2: qdml.plot_map}
        return draws.get(self.grid.dimensions, qdml.plot_marginals)(self)

    def save(self, folder: str | Path, *, run_id: str | None = None) -> Path:
        """Write the plan (of a device), `arrays.npz` and last `result.json` with their hashes.

        Each file is written atomically. The JSON file goes first and is written last: a folder
        that has one is complete.

        Args:
            folder: Where to; made if need be.
            run_id: Of the run whose folder it is, which `load` can ask for.

        Raises:
            OSError: The folder cannot be made or written.
        """
        folder = Path(folder)
        (folder / RESULT_FILE).unlink(missing_ok=True)
        arrays: dict[str, Any] = {
            **self._samples(),
            "state": self.state,
            "reference_state": None if self.reference is None else self.reference.state,
            "stage_probabilities": self.stage_probabilities,
        }
        hashes = {} if run_id is None else {"run_id": run_id}
        if self.device is not None:
            arrays |= self.device.arrays()
            hashes["plan_sha256"] = self.device.plan.save(folder / PLAN_FOLDER)
        kept = {name: values for name, values in arrays.items() if values is not None}
        hashes["arrays_sha256"] = write_arrays(folder / ARRAYS_FILE, kept)
        write_sealed(folder / RESULT_FILE, finite_json(self.to_dict()) | hashes)
        return folder

    def _samples(self) -> dict[str, Any]:
        if self.problem.survey is not None:  # Several processes ran it: none of them has all.
            return {}
        return {"values": self.problem.values} if self.anneal is None else self.anneal.arrays()

    @classmethod
    def load(
        cls, folder: str | Path, *, run_id: str | None = None, anneal: Anneal | None = None
    ) -> Result:
        """Read a result that `save` wrote. Nothing is unpickled and no user code is run.

        The objective of the loaded problem is a table of its samples, with the old name. Minimizer,
        success and verdict are worked out again, and have to be those in the file.

        Args:
            folder: Where it was saved.
            run_id: Of the run that it has to be of; default that of the `spec.json` beside it, and
                any where there is none.
            anneal: What was run, where it is known: several processes keep no samples of zeta.

        Raises:
            FileNotFoundError: There is no `result.json`.
            DamagedFileError: A file is missing, truncated, of another version or run, does not
                match its hash, or says something else than its counts and arrays.
        """
        folder = Path(folder)
        path = folder / RESULT_FILE
        data = read_sealed(path, remedy="Remove it and run again.")
        if run_id is None and (folder / SPEC_FILE).exists():
            run_id = read_sealed(folder / SPEC_FILE).get("id", "")
        with unpacked(path, data, FORMAT):
            if run_id not in (None, data.get("run_id")):
                raise DamagedFileError(f"File `{path}` is of another run. Remove it.")
            arrays = read_arrays(folder / ARRAYS_FILE, data["arrays_sha256"])
            result = replace(_from_files(data, arrays, folder, anneal), folder=folder)
            wrong = [name for name, holds in _agreement(result, data).items() if not holds]
        if wrong:
            raise DamagedFileError(
                f"File `{path}` does not agree with its counts and arrays about "
                f"{', '.join(wrong)}. Remove it and run again."
            )
        return result

    def __str__(self) -> str:
        return _table(self)

    def _page_in_a_cell(self) -> str:
        """The page behind a sandbox, where it is small enough for a cell; else how to get it."""
        from qdml_quantum.runs.run_page import LARGEST

        page = self._page()
        if len(page.encode()) >= LARGEST:
            return html.paragraph("The run as a page: `result.to_html('run.html')`.")
        return html.folded("the run as a page", html.framed(page, repr(self)))

    def _repr_html_(self) -> str:
        from qdml_quantum.runs.run_page import picture

        facts = html.table(_outcome(self)) + html.folded("cost", html.table(_resources(self)))
        beside = [] if self.device is None else ["\n".join(self.device.comparison())]
        return html.block(
            f"{self.problem.objective.name} on {self.grid}, backend {self.backend}",
            html.paragraph(self.summary),
            picture(self.probabilities, self.grid.bounds, self.problem.objective.name),
            facts,
            *map(html.preformatted, beside),
            check_lines(self.checks),
            self._page_in_a_cell(),
        )

    def __repr__(self) -> str:
        return (
            f"Result({self.problem.objective.name!r}, backend={self.backend!r}, "
            f"minimizer={self.minimizer}, success={self.success_probability:.3f}, "
            f"passed={self.passed})"
        )


def _from_files(
    data: dict[str, Any], arrays: dict[str, NDArray[Any]], folder: Path, known: Anneal | None
) -> Result:
    estimate, reference, device, anneal = (
        data[key] for key in ("energy_estimate", "reference", "device", "anneal")
    )
    if device is not None:
        from qdml_quantum.hardware.planning.plan import Plan
        from qdml_quantum.hardware.verdict.device_run import DeviceRun

        plan = Plan.load(folder / PLAN_FOLDER, data["plan_sha256"])
        device, anneal, goal = DeviceRun.from_dict(device, plan, arrays), plan.anneal, plan.goal
    elif known is not None and "values" not in arrays:
        anneal, goal = known, Goal.from_dict(data["goal"], known.problem)
    elif "values" not in arrays:
        raise DamagedFileError(
            f"Folder `{folder}` has no samples of zeta: several processes ran it, and none of them "
            f"had all. Read its `{RESULT_FILE}`, or start the same command again."
        )
    else:
        problem = Problem.from_dict(data["problem"], arrays["values"])
        if anneal is not None:
            anneal = Anneal.from_dict(anneal | {"problem": data["problem"]}, arrays)
            problem = anneal.problem
        goal = Goal.from_dict(data["goal"], problem)
    return Result(
        goal=goal,
        anneal=anneal,
        state=arrays.get("state"),
        minimizer=tuple(data["minimizer"]),
        success=Estimate.from_dict(data["success"]),
        energy_estimate=estimate and Estimate.from_dict(estimate),
        reference=reference and Reference.from_dict(reference, arrays["reference_state"]),
        stages=tuple(StageRecord(**stage) for stage in data["stages"]),
        stage_probabilities=arrays.get("stage_probabilities"),
        checks=tuple(Check.from_dict(check) for check in data["checks"]),
        device=device,
        # Results of versions that knew no controls have none.
        controls=Controls.from_dict(data["controls"]) if data.get("controls") else None,
        **{key: data[key] for key in _PLAIN},
    )


def _agreement(result: Result, data: Mapping[str, Any]) -> dict[str, bool]:
    """Whether what was judged follows from the counts, the arrays and the checks, by name."""
    problem, success = result.problem, result.success
    if problem.survey is not None and result.counts is not None:
        index, again = of_counts(result.goal, result.counts, success.confidence)
    else:
        index = most_probable(result.probabilities, problem, result.shots)
        again = result.goal.success(result.probabilities, result.shots, success.confidence)
    value = problem.objective.original_value(problem.value_at(index))
    kept = [check.passed == check.keeps_its_limit for check in result.checks]
    return {
        "the minimizer": result.minimizer == problem.grid.position(index),
        "the minimum": math.isclose(result.minimum, value, rel_tol=1e-9),
        "the success": np.allclose(
            (success.value, success.low, success.high), (again.value, again.low, again.high)
        ),
        "the checks": all(kept) and data["passed"] == result.passed,
        "the verdict": data["verdict"] == result.verdict,
    }


def _table(result: Result) -> str:
    """Outcome, reference, resources and checks of a run as aligned text."""
    device, grid, where = result.device, result.grid, f"backend {result.backend}"
    if device is not None and device.job_id:
        where = f"measured by job {device.job_id} on {result.backend}"
    parts = [
        f"{result.problem.objective.name} on {grid}, {where}",
        "",
        *textwrap.wrap(result.summary, 98, initial_indent=INDENT, subsequent_indent=INDENT),
        "",
        *fact_rows(_outcome(result)),
        "",
        *fact_rows(_resources(result)),
    ]
    if device is not None:
        parts += ["", *device.comparison()]
    if result.checks:
        parts += ["", *check_rows(result.checks)]
    if device is not None:
        parts += ["", f"{INDENT}verdict: {result.verdict}"]
    if result.folder is not None:
        parts += ["", f"{INDENT}saved in {result.folder}"]
    return "\n".join(parts)


def _outcome(result: Result) -> Iterable[tuple[str, str]]:
    made = result.problem.objective.source.get("compressed")
    if isinstance(made, Mapping):
        yield (
            "zeta compressed",
            f"s asinh((zeta - z0)/s), s = {made['scale']:.6g}, z0 = {made['floor']:.6g}; "
            "energies are of this",
        )
    known = result.goal.minimizers
    kind = "known" if result.goal.known else "found classically"
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    yield "minimizer", f"{_point(result.minimizer)}   ({kind}: {_point(known[0])}{more})"
    exact = result.goal.minimum
    yield "minimum", f"{result.minimum:.6g}" + ("" if exact is None else f"   (known: {exact:.6g})")
    s = result.success
    sure = f"{100 * s.confidence:.4g} %"
    interval = f"   [{s.low:.3f}, {s.high:.3f}] {sure}" if result.shots else ""
    ideal = "" if result.device is None else f"ideal: {result.device.ideal_success:.3f}, "
    yield (
        "success probability",
        f"{s.value:.3f}{interval}   "
        f"({ideal}uniform: {result.goal.baseline:.3f}; within {result.goal.radius:g} of the box)",
    )
    if result.device is not None:
        yield from result.device.facts()
    reference = result.reference
    if result.energy is not None:
        yield "energy", _energy(result)
    if reference is not None:
        if reference.exact_energy is not None:
            yield (
                "exact ground energy",
                f"{reference.exact_energy:.6g}   at D = {result.diffusion:.4g}",
            )
        yield (
            "imaginary time",
            f"{reference.energy:.6g}   gap {reference.gap:.3g}, success {reference.success:.3f}",
        )
    if result.fidelity is not None and result.anneal is not None:
        yield "fidelity with ground", f"{result.fidelity:.4f}"
    if result.controls is not None:
        yield from result.controls.facts()


def _resources(result: Result) -> Iterable[tuple[str, str]]:
    r = result.resources
    yield "qubits", f"{r['num_qubits']}"
    if result.anneal is not None:
        yield "schedule", str(result.anneal.schedule)
        yield "formula", result.anneal.formula.name
    else:
        yield "steps", f"{r['num_steps']}"
    if "gates" in r:
        yield "gates", f"{r['gates']}"
        yield "two-qubit gates", f"{r['two_qubit_gates']}"
        yield "depth", f"{r['depth']}"
    if "feed_forward" in r:
        yield "feed-forward", f"{r['feed_forward']} rounds"
    if "few_steps" in r:
        yield "few steps instead", _few_steps(r["few_steps"])
    if r.get("native_diagonals"):
        yield "phases", "diagonals of the simulator, which no device has: gates were not tested"
    if result.shots:
        each = "" if result.device is None else f" of each of {len(result.device.counts)} circuits"
        yield "shots", f"{result.shots}{each} (seed {result.seed})"
    if "seconds" in r:
        yield "time", f"{r['seconds']:.2f} s"


def _few_steps(outline: Mapping[str, int]) -> str:
    """What optimised steps would cost, and how to ask for them."""
    steps = outline["num_steps"]
    gates = outline.get("two_qubit_gates")
    cost = f"{steps} optimised steps" + ("" if gates is None else f", {gates} two-qubit gates")
    return f"{cost}: --schedule optimized --steps {steps}, or optimize_schedule"


def _energy(result: Result) -> str:
    """Energy with its interval, or with the spread of H in the state."""
    estimate = result.energy_estimate
    assert estimate is not None
    if result.energy_deviation is not None:
        spread = f"   (H spreads by {result.energy_deviation:.2g} in this state)"
        return f"{estimate.value:.6g}{spread}"
    measured = f"{estimate.value:.4g} +- {estimate.error:.2g}"
    device = result.device
    if device is not None and device.energy is not None:
        measured += f"   (ideal {device.energy.exact:.4g}; from positions and wave numbers)"
    return measured


def _point(point: Sequence[float]) -> str:
    return "(" + ", ".join(f"{x:.4g}" for x in point) + ")"
