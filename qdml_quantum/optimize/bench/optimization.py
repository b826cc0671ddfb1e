"""The comparison: cases x methods x seeds, as rates with intervals, as a table, as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from qdml_quantum.diagnostics.metrics import wilson_interval
from qdml_quantum.optimize.bench.cases import HIGHER, SUITE, make_case
from qdml_quantum.optimize.bench.methods import FIXED, METHODS, BestPoint, EvaluationBudget
from qdml_quantum.runs.sweeps import sweep
from qdml_quantum.support.messages import bad_value, count, number, unknown
from qdml_quantum.support.store import finite_json, write_bytes, write_json
from qdml_quantum.support.typed import typed
from qdml_quantum.teach.lab.report import Sheet, report_page

RADIUS = 0.01  # Of the diagonal of the box: a minimizer this near is a success.
_METHODS = (
    ("method", "text"),
    ("boxes", "text"),
    ("success", "interval"),
    ("near the minimum", "number"),
    ("worst function", "number"),
    ("evaluations", "number"),
    ("to a solution (99 %)", "number"),
)
_FUNCTIONS = (
    ("function", "text"),
    ("method", "text"),
    ("boxes", "text"),
    ("success", "interval"),
    ("runs", "number"),
    ("evaluations", "number"),
)
_ONLY_PLANE = ("qhd",)
_CONFIDENCE = 0.99  # With which one of the tries in a `Rate` succeeds.


@dataclass(frozen=True)
class Rate:
    """How often a method finds the minimum of some cases.

    Attributes:
        method: Name in `METHODS`.
        shifted: Whether the boxes were moved at random.
        runs: How many.
        success: Share within the radius of a global minimizer.
        low: Lower end of its 95 % Wilson interval.
        high: Upper end.
        near_minimum: Share whose value is within the gap of the minimum; see `Case`.
        worst: Smallest success of a single function.
        nfev: Mean evaluations.
        to_solution: Evaluations for a success with 99 % probability: those of
            ``log(0.01)/log(1 - success)`` runs, one at least; infinite (None in JSON) without any.
    """

    method: str
    shifted: bool
    runs: int
    success: float
    low: float
    high: float
    near_minimum: float
    worst: float
    nfev: float
    to_solution: float


@dataclass(frozen=True)
class Benchmark:
    """Every run of a comparison, and what it was."""

    plan: EvaluationBudget
    dimensions: int
    radius: float
    runs: tuple[Mapping[str, Any], ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, in the order of `METHODS`."""
        used = {run["method"] for run in self.runs}
        return tuple(name for name in METHODS if name in used)

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of the functions, in the order they were run."""
        return tuple(dict.fromkeys(run["function"] for run in self.runs))

    @property
    def variants(self) -> tuple[bool, ...]:
        """Whether boxes are shifted: False, True, or both."""
        return tuple(sorted({run["shifted"] for run in self.runs}))

    def success(self, method: str, shifted: bool, function: str | None = None) -> float:
        """Share of successes of a method on one function, or on all."""
        return float(np.mean([run["hit"] for run in self._of(method, shifted, function)]))

    def rates(self) -> tuple[Rate, ...]:
        """One per method and variant."""
        return tuple(
            self._rate(name, shifted) for shifted in self.variants for name in self.methods
        )

    def _of(
        self, method: str, shifted: bool, function: str | None = None
    ) -> list[Mapping[str, Any]]:
        return [
            run
            for run in self.runs
            if (run["method"], run["shifted"]) == (method, shifted)
            and function in (None, run["function"])
        ]

    def _rate(self, method: str, shifted: bool) -> Rate:
        runs = self._of(method, shifted)
        hits = sum(run["hit"] for run in runs)
        low, high = wilson_interval(hits, len(runs))
        nfev = float(np.mean([run["nfev"] for run in runs]))
        share = hits / len(runs)
        tries = 1.0 if share >= _CONFIDENCE else math.inf
        if 0 < share < _CONFIDENCE:
            tries = math.log(1 - _CONFIDENCE) / math.log(1 - share)
        return Rate(
            method=method,
            shifted=shifted,
            runs=len(runs),
            success=share,
            low=low,
            high=high,
            near_minimum=float(np.mean([run["near_minimum"] for run in runs])),
            worst=min(self.success(method, shifted, name) for name in self.functions),
            nfev=nfev,
            to_solution=nfev * tries,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form: plan, rates, and every run."""
        plain = {
            "plan": asdict(self.plan),
            "evaluations": self.plan.evaluations(self.dimensions),
            "dimensions": self.dimensions,
            "radius": self.radius,
            "rates": [asdict(rate) for rate in self.rates()],
            "runs": [dict(run) for run in self.runs],
        }
        return dict(finite_json(plain))

    def save(self, path: str | Path) -> Path:
        """Write the JSON form, atomically."""
        write_json(Path(path), self.to_dict())
        return Path(path)

    def to_html(self, path: str | Path) -> Path:
        """Write the rates as a page, and return the path.

        One file below 300 kB without network: a table of the methods, with the intervals of their
        success, and one of every method on every function; columns are sorted by a press.

        Raises:
            OSError: The file cannot be written.
        """
        boxes = {False: "as published", True: "shifted"}
        whole = [
            [
                rate.method,
                boxes[rate.shifted],
                [rate.success, rate.low, rate.high],
                rate.near_minimum,
                rate.worst,
                rate.nfev,
                rate.to_solution,
            ]
            for rate in self.rates()
        ]
        single = []
        for shifted, method, function in product(self.variants, self.methods, self.functions):
            runs = self._of(method, shifted, function)
            hits = sum(run["hit"] for run in runs)
            low, high = wilson_interval(hits, len(runs))
            nfev = float(np.mean([run["nfev"] for run in runs]))
            success = [hits / len(runs), low, high]
            single.append([function, method, boxes[shifted], success, len(runs), nfev])
        sheets = [
            Sheet("Methods", _METHODS, whole),
            Sheet("Functions", _FUNCTIONS, single),
        ]
        d, most = self.dimensions, self.plan.evaluations(self.dimensions)
        words = (
            f"Success is a point within {self.radius:g} of the diagonal of the box of a global "
            f"minimizer, in {d} dimensions, with up to {most} evaluations. Intervals are Wilson's, "
            "95 %."
        )
        path = Path(path)
        write_bytes(path, report_page("Global optimisation, compared", [words], sheets).encode())
        return path

    def __str__(self) -> str:
        plan, d = self.plan, self.dimensions
        parts = [
            f"Within {self.radius:g} of the diagonal of a global minimizer, {d} dimensions. "
            f"Up to {plan.evaluations(d)} evaluations, as many as a method needs; `quantum`: first "
            f"windows of {plan.num_qubits} qubits along a side, {plan.shots} shots each."
        ]
        for shifted in self.variants:
            title = "Boxes shifted at random" if shifted else "Boxes as published"
            header = ["", *self.methods]
            rows = [
                [name, *(f"{self.success(m, shifted, name):.2f}" for m in self.methods)]
                for name in self.functions
            ]
            rates = [self._rate(method, shifted) for method in self.methods]
            rows += [
                ["mean", *(f"{rate.success:.3f}" for rate in rates)],
                ["95 % from", *(f"{rate.low:.3f}" for rate in rates)],
                ["95 % to", *(f"{rate.high:.3f}" for rate in rates)],
                ["worst", *(f"{rate.worst:.2f}" for rate in rates)],
                ["near minimum", *(f"{rate.near_minimum:.3f}" for rate in rates)],
                ["evaluations", *(f"{rate.nfev:.0f}" for rate in rates)],
                ["to solution", *(f"{rate.to_solution:.3g}" for rate in rates)],
            ]
            widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
            parts.append(f"\n{title}")
            for name, *cells in (header, *rows):
                right = map(str.rjust, cells, widths[1:])
                parts.append("  ".join([name.ljust(widths[0]), *right]))
        return "\n".join(parts)


@typed
def benchmark_optimization(
    functions: Sequence[str] | None = None,
    *,
    dimensions: int = 2,
    seeds: int = 10,
    methods: Sequence[str] | None = None,
    shifted: Sequence[bool] = (False, True),
    radius: float = RADIUS,
    plan: EvaluationBudget | None = None,
    folder: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: bool = False,
) -> Benchmark:
    """Compare `minimize` with chance and with SciPy on functions with known minima.

    Every seed gives windows and shots of its own and, where boxes are shifted, a shift. Methods
    that use no seed are run once on the boxes as published.

    Args:
        functions: Names; default all 22 of the QHD paper in two dimensions, five in others.
        dimensions: Default 2.
        seeds: How many, default 10.
        methods: Names in `METHODS`, default all that exist in this dimension.
        shifted: Which boxes: as published (False), shifted (True), by default both.
        radius: Of success, in units of the diagonal of the box; default 0.01.
        plan: What a method may spend; default 3200 evaluations per variable.
        folder: Where every run is kept; a benchmark that was killed goes on from there.
        workers: Processes; see `sweep`.
        scheduler: Address of a Dask scheduler; see `sweep`.
        progress: Show a bar.

    Raises:
        ValueError: Unknown names, or a number out of range.

    >>> made = benchmark_optimization(
    ...     ["ackley"], seeds=2, methods=["quantum", "uniform"], shifted=[True], workers=1
    ... )
    >>> made.success("quantum", True)
    1.0
    """
    dimensions, radius = count("dimensions", dimensions), number("radius", radius)
    known = SUITE if dimensions == 2 else HIGHER
    available = [name for name in METHODS if dimensions == 2 or name not in _ONLY_PLANE]
    names = _chosen("function", functions, known)
    used = _chosen("method", methods, available)
    if not shifted:
        raise bad_value("shifted", "name one variant or two", shifted, "Write [False].")
    plan = plan or EvaluationBudget()
    settings = {"dimensions": dimensions, "plan": asdict(plan)}
    tasks = [
        {"function": name, "method": method, "shifted": moved, "seed": seed} | settings
        for moved in sorted(set(shifted))
        for name in names
        for method in used
        for seed in range(1 if method in FIXED and not moved else count("seeds", seeds))
    ]
    results = sweep(
        run_one, tasks, folder=folder, workers=workers, scheduler=scheduler, progress=progress
    )
    runs = tuple(
        {key: task[key] for key in ("function", "method", "shifted", "seed")}
        | result
        | {"hit": result["distance"] <= radius}
        for task, result in zip(tasks, results, strict=True)
    )
    return Benchmark(plan, dimensions, radius, runs)


def run_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """One method on one case."""
    seed, moved = task["seed"], task["shifted"]
    case = make_case(task["function"], dimensions=task["dimensions"], shift=seed if moved else None)
    best: BestPoint = METHODS[task["method"]](case, seed, EvaluationBudget(**task["plan"]))
    return asdict(best) | {
        "x": list(best.x),
        "distance": case.distance(best.x),
        "near_minimum": best.fun <= case.minimum + case.gap,
    }


def _chosen(kind: str, asked: Sequence[str] | None, known: Iterable[str]) -> list[str]:
    names = list(known) if asked is None else list(asked)
    for name in names:
        if name not in known:
            raise ValueError(unknown(kind, name, known))
    return list(dict.fromkeys(names))
