"""`minimize`: anneals on smaller and smaller windows around the best point that was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import scipy

from qdml_quantum.annealing.trained import trained_schedule
from qdml_quantum.backends import Backend, Task, as_backend, is_paid, make_task, seed_on
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import Objective
from qdml_quantum.optimize.baselines.search import STATUS as SEARCH_STATUS
from qdml_quantum.optimize.baselines.search import BudgetUsedError
from qdml_quantum.problem.coarse import per_axis
from qdml_quantum.problem.counted_function import (
    Box,
    CountedFunction,
    Seed,
    call_back,
    read_search,
    rng_is_seed,
    seed_of,
)
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import (
    MOST,
    ObjectiveFailedError,
    bad_type,
    bad_value,
    count,
    unknown,
)
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.store import finite_json
from qdml_quantum.support.typed import typed
from qdml_quantum.synthesis.compiler import Compiler

Values = Array

# Share of the windows that look at (almost) the whole box, side of the last window, the fastest
# that windows shrink, and how far from its middle the best point may lie. With any moved by half,
# mean success on the 22 functions of the benchmark changes by less than 0.03 [measured].
_EXPLORE, _LAST, _FASTEST, _INNER = 1 / 3, 0.05, 0.4, 0.25
_SMALL, _NEAR = 0.1, 0.1
_MOST_QUBITS, _PHASE_QUBITS = 5, 10
STEPS, COARSE = 10, 1  # of the default schedule, which the other defaults were measured with

POLISHERS = ("nelder-mead", "powell", "l-bfgs-b", "tnc", "cobyla", "cobyqa", "slsqp")
"""Methods of `scipy.optimize.minimize` that respect bounds."""

STATUS = {
    0: "The windows closed in on a point that independent looks at the whole box agree on.",
    1: "The budget ended before the windows were small.",
    2: "The objective is flat: all values are equal.",
    3: "The best point lies at the edge of the box; the minimum may be outside.",
    4: "The best point lies at the edge of the last window; a larger budget may lead further.",
    5: "The objective was not finite everywhere.",
    6: "The objective failed.",
    7: "The backend failed.",
    8: "The windows closed in on a point that no two looks at the whole box agree on: another "
    "basin may be lower. A larger budget looks more often.",
    9: "The objective is noisy: it gave another value at the same point. `fun` is a mean of new "
    "evaluations.",
    99: "The callback stopped the search.",
}
"""What the field `status` of a result means; success is status 0."""

_AGREEING = 2
"""Looks at the whole box that have to end near the point: one is where the windows went on from, so
that the second is the first that confirms it. Chance puts a look there once in 10^d."""
_REPEATS = 16
"""Evaluations of a noisy objective at each candidate: means scatter by a quarter of the noise."""
_SPARE = 41
"""Evaluations kept back: six points in four ways to call a function that are not taken, the best
point once more, and, where the objective is noisy, its mean."""
_SAME = {np.float64: 1e-12, np.float32: 1e-5}
"""Part of the best values of windows by which two evaluations of one point may differ, as parallel
sums do, and batches of another size: in double precision, and where both answers are single."""


def plain(result: scipy.optimize.OptimizeResult) -> dict[str, Any]:
    """A result of `minimize` as plain JSON; what is not finite becomes None."""

    def simple(value: Any) -> Any:
        if isinstance(value, Window):
            return asdict(value)
        if isinstance(value, Mapping):
            return {key: simple(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [simple(item) for item in value]
        if isinstance(value, np.ndarray | np.generic):
            return value.tolist()
        return value

    kept = {key: simple(value) for key, value in result.items() if key != "polish"}
    return dict(finite_json(kept))


@dataclass(frozen=True)
class Window:
    """One anneal of `minimize`.

    Attributes:
        bounds: The box it looked at.
        x: Best measured point.
        fun: Its value.
        lowest: Lowest value among the points that the phases were made from: what their evaluation
            alone gives, without a quantum computer.
        nfev: Evaluations for this window.
        two_qubit_gates: Of its circuit, before transpilation for a backend.
    """

    bounds: Box
    x: tuple[float, ...]
    fun: float
    lowest: float
    nfev: int
    two_qubit_gates: int


@rng_is_seed
@typed
def minimize(
    fun: Callable[..., Any] | Objective | str,
    bounds: Any = None,
    args: Any = (),
    *,
    schedule: Schedule | None = None,
    num_qubits: int | Sequence[int] | None = None,
    backend: Any = "emulator",
    shots: int = 128,
    seed: Seed = None,
    compiler: str | Compiler | None = None,
    budget: int = 150,
    maxfev: int | None = None,
    polish: str | None = None,
    callback: Callable[..., Any] | None = None,
    progress: bool = False,
) -> scipy.optimize.OptimizeResult:
    """Global minimum in a box by quantum dynamics; works from counts alone.

    Anneals on a sequence of windows. The first third look at almost the whole box, each shifted at
    random by up to a cell; then they shrink at equal ratios to a twentieth of it, around the best
    point measured so far. In each window zeta is evaluated on a coarse grid, its ranks become the
    potential (`Problem.ranked`), a schedule that was trained once (`trained_schedule`) is run, the
    state is interpolated to a finer grid by its spectrum, and `shots` points are measured. The
    objective is evaluated there as well, never outside the box.

    The phases of a circuit need zeta on the whole coarse grid of the window. A classical computer
    that has these values has their minimum too: the field `lowest_evaluated` of the result says
    what it would have returned.

    On a device of an account every window is a job in the ledger (``$QDML_LEDGER``), all of them in
    one batch; what they cost is said before the first is sent. The same call made again, after a
    crash say, pays for no window twice: it takes those that are there, waits for the one that is
    under way, and goes on. The objective must give the same values again for that.

    Args:
        fun: ``fun(x, *args)``, x of shape (d,), as in SciPy, or ``fun(x1, ..., xd, *args)``; or an
            `Objective`, the name of a built-in, a formula, or a SymPy expression. It returns one
            number, of any make. What SciPy calls `vectorized`, x of shape (d, count), is
            ``as_objective(fun, d, style="columns")``.
        bounds: ``(lower, upper)`` per variable, or `scipy.optimize.Bounds`; default those of an
            objective that has some.
        args: Further arguments of `fun`; what is no tuple is one argument.
        schedule: Of the anneals: for the ranked potential on the unit box, with a goal. Default
            `trained_schedule` with 10 steps, one qubit per axis idle until the state is
            interpolated (a quarter of the evaluations and gates of none in two dimensions). Zeta is
            evaluated on the grid of the finest stage.
        num_qubits: Per axis, of the grid that is measured. Default 5, and fewer beyond two
            dimensions: at most 2^10 evaluations for the phases of a window.
        backend: ``"emulator"`` (default), ``"aer"``, ``"fake_fez"``, ``"ibm_..."``,
            ``"least-busy"``, or any `BackendV2` or `SamplerV2`.
        shots: Measurements per window, default 128, for which the schedules were trained.
        seed: Of windows and sampling: an integer, or a `numpy.random.Generator`, of which one is
            drawn; default a fresh one, and 0 on a device of an account. The result records the
            integer. `rng` is taken as well.
        compiler: How phases become gates, see `anneal`.
        budget: Trotter steps in all, default 150: 15 windows of 10 steps.
        maxfev: Evaluations in all, never one more, those of `polish` and of a noisy objective among
            them; default none but what `budget` leads to. There are as many windows as surely fit:
            each takes at most the points of the phases (by default 16, 256 and 512 in one, two and
            three dimensions) and `shots` more, and 41 are kept back to read the function and to
            look at the best point again.
        polish: A method of `scipy.optimize.minimize` that goes on from the best point; default
            none. What was measured stays in the field `quantum`.
        callback: Called after each window with an `OptimizeResult` so far, as
            ``callback(intermediate_result=...)``, ``callback(x, convergence=...)`` (with the
            `agreement`) or ``callback(x)``, by the names of its parameters; `StopIteration`, or
            the answer True, ends the search.
        progress: Show a bar over the windows.

    Returns:
        `OptimizeResult` with `x`, `fun`, `success`, `status`, `message` (see `STATUS`), `nit`
        (windows), `nfev`, `num_steps`, `num_circuits`, `shots`, `two_qubit_gates`, `agreement`
        (share of the windows on the whole box whose best point lies within a tenth of the box of
        the final one), `lowest_evaluated`, `windows`, `seed`; with `polish` also `quantum` (x, fun
        and nfev before) and `polish`. Success means that the windows closed in and that two or more
        independent looks at the whole box agree. It does not mean that nothing lies lower: a well
        narrower than the points that were looked at is never seen. The best point is evaluated
        once more; where that gives another value, `fun` is a mean and `fun_error` its standard
        error.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range, or the objective is finite nowhere.
        ObjectiveFailedError: The objective raises, or gives no real number, before anything was
            measured; later on the best so far is returned, with status 6. So it is with whatever a
            backend raises, with status 7.
        TooLargeError: The window does not fit into memory.

    >>> result = minimize(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [(-5, 5), (-5, 5)], seed=1)
    >>> result.success, result.num_steps, bool(abs(result.x - [1, -2]).max() < 0.05)
    (True, 150, True)
    """
    black_box, box = read_search(fun, bounds, args)
    backend = as_backend(backend)
    seed = seed_on(backend, None if seed is None else seed_of(seed))
    if polish is not None and str(polish).lower() not in POLISHERS:
        raise ValueError(unknown("polish", polish, POLISHERS))
    if schedule is None:
        schedule = trained_schedule(STEPS, dimensions=len(box), coarse=COARSE)
    if not isinstance(schedule, Schedule) or not schedule.is_free:
        remedy = "Write trained_schedule(10), or leave it out."
        raise bad_type("schedule", "be a Schedule with a goal", str(schedule), remedy)
    idle = per_axis(schedule.stages[-1].coarse, len(box))
    if num_qubits is None:
        most = max(1, _PHASE_QUBITS // len(box))
        num_qubits = [min(_MOST_QUBITS, qubits + most) for qubits in idle]
    search = _Search(
        black_box=black_box,
        box=box,
        grid=Grid([(0, 1)] * len(box), num_qubits),
        schedule=schedule,
        idle=idle,
        backend=backend,
        shots=count("shots", shots),
        compiler=compiler,
        rng=np.random.default_rng(seed),
        maxfev=MOST if maxfev is None else count("maxfev", maxfev),
    )
    steps = schedule.num_steps
    if count("budget", budget, least=0) < steps:
        remedy = f"Give {15 * steps}, or fewer steps per anneal."
        raise bad_value("budget", f"allow for one anneal, of {steps} Trotter steps", budget, remedy)
    result = _run(search, min(budget // steps, search.most_windows()), callback, progress)
    result.seed = seed
    return result if polish is None else _polished(result, search, polish)


def minimize_method(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    *,
    bounds: Any = None,
    constraints: Any = (),
    callback: Callable[..., Any] | None = None,
    **options: Any,
) -> scipy.optimize.OptimizeResult:
    """`minimize` as a method of SciPy: ``scipy.optimize.minimize(..., method=minimize_method)``.

    The start x0 only gives the number of variables, and gradients are not used: the search is
    global. Options are those of `minimize`.

    Raises:
        ValueError: There are no bounds, or there are constraints.

    >>> from scipy.optimize import rosen
    >>> result = scipy.optimize.minimize(
    ...     rosen, [0, 0], method=minimize_method, bounds=[(-2, 2)] * 2, options={"seed": 2}
    ... )
    >>> result.success, bool(abs(result.x - 1).max() < 0.1)
    (True, True)
    """
    for unused in ("jac", "hess", "hessp", "tol", "disp"):
        options.pop(unused, None)
    if constraints:
        raise bad_value("constraints", "be empty", constraints, "Only bounds are kept.")
    boxes = as_bounds(bounds) if bounds is not None else []
    if len(boxes) != np.size(x0):
        raise bad_value("bounds", f"hold {np.size(x0)} pairs, one per variable", bounds)
    return minimize(fun, boxes, args, callback=callback, **options)


class _BackendFailedError(Exception):
    """A backend raised when there was something to lose."""


@dataclass(eq=False)
class _Search:
    """The anneals so far, and the best that was measured; `idle` are qubits without phases."""

    black_box: CountedFunction
    box: Box
    grid: Grid
    schedule: Schedule
    idle: tuple[int, ...]
    backend: Backend
    shots: int
    compiler: Any
    rng: np.random.Generator
    maxfev: int
    windows: list[Window] = field(default_factory=list)
    full: int = 0

    def __post_init__(self) -> None:
        self.phases = self.grid.thinned(self.idle)
        self.grid.thinned(self.schedule.coarse)  # every axis keeps a qubit
        for low, high in self.box:  # the last windows must be resolved too
            side = _LAST * (high - low)
            try:
                for start in (low, high - side):
                    Grid([(start, start + side)], max(self.grid.qubits_per_axis))
            except ValueError:
                points = max(self.grid.shape)
                must = f"have {points} points in floating point in {_LAST:g} of their distance"
                remedy = "Give fewer `num_qubits`, or shift the variable to lie near zero."
                raise bad_value("bounds", must, f"{(low, high)}", remedy) from None
        like = Problem(
            self.grid, Objective(lambda *x: sum(x), self.grid.dimensions, style="arrays")
        )
        name = f"A window of {self.grid.num_qubits} qubits"
        require_memory(self.backend.required_bytes(like), name)

    @property
    def best(self) -> Window | None:
        """The window of the best measured point; earlier ones first where values are equal."""
        measured = [window for window in self.windows if np.isfinite(window.fun)]
        return min(measured, key=lambda window: window.fun, default=None)

    @property
    def room(self) -> int:
        """Evaluations that are left."""
        return self.maxfev - self.black_box.nfev

    def most_windows(self) -> int:
        """Windows that surely fit into `maxfev`.

        Raises:
            ValueError: Not one does.
        """
        each = self.phases.size + self.shots
        if self.maxfev < each + _SPARE:
            parts = f"{self.phases.size} points for its phases, {self.shots} shots"
            must = f"be at least {each + _SPARE} for one window ({parts}, and {_SPARE} kept back)"
            remedy = "Give more, fewer `num_qubits` or fewer `shots`."
            raise bad_value("maxfev", must, self.maxfev, remedy)
        return (self.maxfev - _SPARE) // each

    def sides(self, total: int) -> list[float]:
        """Sides of the windows in units of the box, first the whole but for a cell."""
        self.full = max(1, round(total * _EXPLORE))
        zooms = total - self.full
        ratio = max(_FASTEST, _LAST ** (1 / max(1, zooms)))
        whole = 1 - 1 / max(axis.size for axis in self.phases.axes)
        return [whole] * self.full + [ratio ** (number + 1) for number in range(zooms)]

    def look(self, side: float) -> Window:
        """Anneal in a window, measure, and evaluate what was measured."""
        from qdml_quantum.synthesis.circuits.cost import circuit_cost

        before, bounds = self.black_box.nfev, self._place(side)
        here = Grid(bounds, self.grid.qubits_per_axis)
        coarse = here.thinned(self.idle)
        values = self.black_box(coarse.points()).reshape(self.phases.shape)
        task = self._task(values)
        # Before it runs: what can not be compiled must not be paid for.
        gates = circuit_cost(task.compiled[0], task.anneal)["two_qubit_gates"]
        measured = np.array([here.index_of(bits) for bits in self._counts(task)])
        stride = 1 << np.array(self.idle)  # measured points per point of the phases
        known = (measured % stride == 0).all(axis=1)
        measured_values = np.empty(len(measured))
        measured_values[known] = values[tuple((measured[known] // stride).T)]
        points = np.array([here.position(index) for index in measured])
        measured_values[~known] = self.black_box(points[~known])
        best = int(np.argmin(measured_values))
        window = Window(
            bounds=bounds,
            x=tuple(points[best].tolist()),
            fun=float(measured_values[best]),
            lowest=float(values.min()),
            nfev=self.black_box.nfev - before,
            two_qubit_gates=gates,
        )
        self.windows.append(window)
        return window

    def _counts(self, task: Task) -> dict[str, int]:
        try:
            counts = self.backend.run(task, start=None, on_stage=lambda number, psi: None).counts
        except Exception as error:
            if self.best is None:
                raise
            raise _BackendFailedError(f"{type(error).__name__}: {error}") from error
        assert counts is not None  # there are shots
        return counts

    def _place(self, side: float) -> Box:
        """A window of this side: anywhere in the box at first, then around the best point."""
        low, high = np.array(self.box).T
        length = side * (high - low)
        spread = self.rng.uniform(size=low.size)
        best = self.best
        if len(self.windows) < self.full or best is None:
            start = low + spread * (high - low - length)
        else:
            start = np.array(best.x) - length * (_INNER + (1 - 2 * _INNER) * spread)
            start = np.clip(start, low, high - length)
        return tuple(zip(start.tolist(), np.minimum(start + length, high).tolist(), strict=True))

    def _task(self, values: Values) -> Task:
        ranked = Problem.from_table(
            np.where(np.isfinite(values), values, np.finfo(float).max), self.phases.bounds
        ).ranked()
        filled = ranked.values  # no phase acts on the points between
        for axis, qubits in enumerate(self.idle):
            filled = np.repeat(filled, 1 << qubits, axis=axis)
        return make_task(
            self.backend,
            Anneal(Problem.from_table(filled, self.grid.bounds), self.schedule),
            compiler=self.compiler,
            shots=self.shots,
            seed=int(self.rng.integers(2**31)),
        )

    def result(self) -> scipy.optimize.OptimizeResult:
        """What there is so far, without a verdict."""
        best = self.best
        if best is None:
            actual = f"NaN or infinite at all {self.black_box.nfev} points"
            raise bad_value("fun", "be finite somewhere", actual)
        return scipy.optimize.OptimizeResult(
            x=np.array(best.x),
            fun=best.fun,
            success=False,
            nit=len(self.windows),
            nfev=self.black_box.nfev,
            num_steps=len(self.windows) * self.schedule.num_steps,
            num_circuits=len(self.windows),
            shots=len(self.windows) * self.shots,
            two_qubit_gates=sum(window.two_qubit_gates for window in self.windows),
            lowest_evaluated=min(window.lowest for window in self.windows),
            agreement=self.agreeing / min(self.full, len(self.windows)),
            windows=tuple(self.windows),
        )

    @property
    def agreeing(self) -> int:
        """Looks at the whole box whose best point lies near the best of all."""
        best, (low, high) = self.best, np.array(self.box).T
        assert best is not None
        full = [np.array(window.x) for window in self.windows[: self.full]]
        return sum(bool(np.linalg.norm((x - best.x) / (high - low)) <= _NEAR) for x in full)

    def candidates(self) -> Values:
        """Best points of all windows that measured one, the best of all first."""
        measured = sorted((w for w in self.windows if np.isfinite(w.fun)), key=lambda w: w.fun)
        return np.array(list(dict.fromkeys(window.x for window in measured)))

    def status(self) -> int:
        """Whether the windows closed in on a minimum; a key of `STATUS`."""
        best, last = self.best, self.windows[-1]
        assert best is not None
        low, high = np.array(self.box).T
        start, end = np.array(last.bounds).T
        cell = (end - start) / self.grid.shape
        x = np.array(best.x)
        if self.black_box.walls:
            return 5
        if self.black_box.is_flat:
            return 2
        if (end - start > _SMALL * (high - low)).any():
            return 1
        # Points lie at start + j cell; the right end is left out.
        if ((x < low + cell / 2) | (x > high - 1.5 * cell)).any():
            return 3
        if ((x < start + cell / 2) | (x > end - 1.5 * cell)).any():
            return 4
        return 0 if self.agreeing >= _AGREEING else 8


def _run(
    search: _Search, total: int, callback: Callable[..., Any] | None, progress: bool
) -> scipy.optimize.OptimizeResult:
    """All windows, and the verdict."""
    status, detail = None, ""
    sides = progress_bar(search.sides(total), "minimize", unit="window", disable=not progress)
    # A backend that somebody wrote need not know of series.
    series = getattr(search.backend, "series", nullcontext)
    try:
        with series(total):
            for side in sides:
                search.look(side)
                if callback is not None and search.best is not None:
                    call_back(callback, search.result())
    except StopIteration:
        status = 99
    except ObjectiveFailedError as error:
        if search.best is None:
            raise
        status, detail = 6, f" {error}"
    except _BackendFailedError as error:
        status, detail = 7, f" {error}"
        if is_paid(search.backend):
            detail += " The same call made again goes on at this window, and pays for none twice."
    result = search.result()
    if status is None:
        status = search.status()
        looks = f"{search.agreeing} of {search.full} looks at the whole box"
        detail = f" {looks} ended within a tenth of the box of it." if status in (0, 8) else ""
        detail += " A well narrower than the points looked at is never seen." * (status == 0)
        if not search.black_box.is_flat and _is_noisy(search, result):
            status, detail = 9, f" The lowest single value was {result.fun:.6g}."
            _average(search, result)
        result.nfev = search.black_box.nfev
    result.update(status=status, success=status == 0, message=STATUS[status] + detail)
    return result


def _is_noisy(search: _Search, result: scipy.optimize.OptimizeResult) -> bool:
    """Whether the best point has another value when it is asked for once more."""
    both = np.array([result.fun, search.black_box(result.x[None]).item()])
    with np.errstate(over="ignore"):
        kind = np.float32 if (both.astype(np.float32) == both).all() else np.float64
    scale = max(abs(window.fun) for window in search.windows if np.isfinite(window.fun))
    return bool(abs(both[1] - both[0]) > _SAME[kind] * scale)


def _average(search: _Search, result: scipy.optimize.OptimizeResult) -> None:
    """The candidate of the lowest mean of new evaluations, which no lucky draw decides."""
    points = search.candidates()[: search.room // _REPEATS]
    values = search.black_box(np.repeat(points, _REPEATS, axis=0)).reshape(len(points), _REPEATS)
    means = values.mean(axis=1)
    best = int(np.argmin(means))
    result.x, result.fun = points[best], float(means[best])
    result.fun_error = float(values[best].std(ddof=1) / np.sqrt(_REPEATS))


def _polished(
    result: scipy.optimize.OptimizeResult, search: _Search, method: str
) -> scipy.optimize.OptimizeResult:
    """Go on by a classical method; what was measured moves to the field `quantum`."""
    result.quantum = scipy.optimize.OptimizeResult(x=result.x, fun=result.fun, nfev=result.nfev)
    black_box, (low, high) = search.black_box, np.array(search.box).T
    polished = scipy.optimize.OptimizeResult(
        x=result.x, fun=result.fun, success=False, message=SEARCH_STATUS[1]
    )

    def value(x: Values) -> float:
        if not search.room:
            raise BudgetUsedError
        zeta = float(black_box(np.clip(x, low, high)[None])[0])
        if zeta < polished.fun:
            polished.update(x=np.array(x), fun=zeta)
        return zeta

    try:
        polished = scipy.optimize.minimize(value, result.x, method=method, bounds=search.box)
    except BudgetUsedError:
        pass
    except ObjectiveFailedError as error:
        result.update(status=6, success=False, message=f"{STATUS[6]} {error}", nfev=black_box.nfev)
        return result
    result.polish, result.nfev = polished, black_box.nfev
    if polished.fun < result.fun:
        result.x, result.fun = np.clip(polished.x, low, high), float(polished.fun)
    return result
