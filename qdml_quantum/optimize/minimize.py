"""`minimize`: independent searches, each through many small anneals, and what they agree on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.backends import Backend, as_backend, is_paid, seed_on
from qdml_quantum.objectives import Objective
from qdml_quantum.optimize.allowance import Allowance
from qdml_quantum.optimize.baselines.search import BudgetUsedError
from qdml_quantum.optimize.bowl import narrow_bowl, whole_bowl
from qdml_quantum.optimize.constraints import FEASIBLE, Closest, Constraints, as_constraints
from qdml_quantum.optimize.measured import Measured
from qdml_quantum.optimize.noise import SEARCHED, Noise, is_noisy
from qdml_quantum.optimize.space import Space
from qdml_quantum.optimize.start import Start
from qdml_quantum.optimize.turned import turned_axes, turned_evaluations
from qdml_quantum.optimize.verdict import STATUS, Agreement, Ended, near
from qdml_quantum.optimize.windows import Window, Windows
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
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import ObjectiveFailedError, any_of, bad_value, count, unknown
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed

PER_DIMENSION = 3200
"""Evaluations per variable by default: with these the five test functions are solved up to 10
dimensions, and no later window found a better basin."""
MOST_DIMENSIONS = 12
"""Beyond, nothing was measured, and pairs of axes are too few of all directions."""
_SEARCH, _POLISH = 0.9, 40
"""Share of the evaluations of a start for its windows, and those for a polish, times d + 1; the
second one, from the bowl, has what the first one leaves."""
_TURN = 0.02
"""Share of the evaluations that the search for other axes may take: 0.4 to 1.2 % by default."""
_SAME = 0.001
"""Of the box: a bowl whose minimum lies so near to where a polish ended is not followed."""
_TOLERANCE = 1e-14
"""Of the polish, for values in units of their spread in the last window, which may be a large one:
with 1e-9 it stopped 16 % above the minimum of Rosenbrock's function in a disc."""
POLISHERS = ("nelder-mead", "powell", "l-bfgs-b", "tnc", "cobyla", "cobyqa", "slsqp")
"""Methods of `scipy.optimize.minimize` that respect bounds."""
CONSTRAINED = ("slsqp", "cobyla", "cobyqa")
"""Those that keep constraints as well."""


@rng_is_seed
@typed
def minimize(
    fun: Callable[..., Any] | Objective | str,
    bounds: Any = None,
    args: Any = (),
    *,
    x0: ArrayLike | None = None,
    constraints: Any = (),
    integrality: ArrayLike | None = None,
    windows: Windows | None = None,
    backend: Any = "emulator",
    seed: Seed = None,
    maxfev: int | None = None,
    polish: bool | str = True,
    workers: int | Callable[..., Any] = 1,
    callback: Callable[..., Any] | None = None,
    progress: bool = False,
) -> scipy.optimize.OptimizeResult:
    """Global minimum in a box of 1 to 12 dimensions by quantum dynamics; works from counts alone.

    The quantum part adds nothing that was measured over a classical use of the same values: with
    the lowest values of every window in place of its shots the loop finds the same minima
    (`qdml bench optimization --methods quantum greedy_windows`). It does add to uniform shots,
    where evaluations are short.

    Four independent starts share the evaluations. Each moves from window to window: a piece of a
    plane, along two axes at first, on which zeta is evaluated on a coarse grid. The ranks of these
    values become the potential (`Problem.ranked`), a schedule that was trained once
    (`trained_schedule`) is run, the state is interpolated to a finer grid by its spectrum, and
    `shots` points are measured. The next window lies around the best of them. In the end a
    classical method goes on from the best point of each start. The objective is never evaluated
    outside the box.

    From three dimensions on a hundredth of the evaluations tells whether zeta is nearly a sum of
    functions of one variable each along other directions than the axes: windows lie along these
    then.

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
        x0: Where the first start begins, shape (d,); default at random, as all others.
        constraints: A `scipy.optimize.LinearConstraint` or `NonlinearConstraint`, a dictionary of
            the older form, text such as ``"x1 + x2 <= 1"``, or several. Windows see an augmented
            Lagrangian, and the point that is returned is feasible (to 1e-6) where one was found.
            Default none.
        integrality: Which variables are whole numbers, as in
            `scipy.optimize.differential_evolution`; default none. The polish leaves them.
        windows: Their size, schedule, shots and compiler, and the number of starts; see `Windows`.
        backend: ``"emulator"`` (default), ``"aer"``, ``"fake_fez"``, ``"ibm_..."``,
            ``"least-busy"``, or any `BackendV2` or `SamplerV2`.
        seed: Of windows and sampling: an integer, or a `numpy.random.Generator`, of which one is
            drawn; default a fresh one, and 0 on a device of an account. The result records the
            integer. `rng` is taken as well.
        maxfev: Evaluations in all, never one more, those of the polish and of noise among them;
            default 3200 per variable. A window takes at most 280 of them, and 88 once every axis
            was seen.
        polish: Whether, or by which method, `scipy.optimize.minimize` goes on from the best point
            of each start; True (default) is ``"l-bfgs-b"``, with constraints ``"slsqp"``. What was
            measured stays in `starts`.
        workers: Processes that evaluate the objective, -1 for all processors, or a map such as
            ``pool.map``, as in `scipy.optimize.differential_evolution`; default 1. It must be
            possible to pickle the function then.
        callback: Called after each window with an `OptimizeResult` so far, as
            ``callback(intermediate_result=...)``, ``callback(x, convergence=...)`` (with the
            `agreement`) or ``callback(x)``, by the names of its parameters; `StopIteration`, or
            the answer True, ends the search.
        progress: Show a bar over the evaluations, with the best value.

    Returns:
        `OptimizeResult` with `x`, `fun`, `success`, `status`, `message` (see `STATUS`), `nit`
        (windows), `nfev`, `num_steps`, `num_circuits`, `shots`, `two_qubit_gates`, `agreement`
        (share of the starts that ended at `x`), `lowest_evaluated`, `starts`, `windows`, `seed`,
        and with constraints `maxcv`, the largest violation at `x`.
        Success means that two or more independent starts agree. It does not mean that nothing lies
        lower: a well narrower than the points that were looked at is never seen. A noisy objective,
        which is told by asking once more for the best point of the first window, is not polished:
        a quarter of the evaluations goes to the candidates and to the one of the lowest mean, `fun`
        is a mean of fresh values and `fun_error` its standard error.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range, or the objective is finite nowhere.
        ObjectiveFailedError: The objective raises, or gives no real number, before anything was
            measured; later on the best so far is returned, with status 6. So it is with whatever a
            backend raises, with status 7.
        TooLargeError: The window does not fit into memory.

    >>> result = minimize(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [(-5, 5), (-5, 5)], seed=1)
    >>> result.success, bool(abs(result.x - [1, -2]).max() < 1e-5)
    (True, True)
    """
    black_box, box = read_search(fun, bounds, args, workers)
    if len(box) > MOST_DIMENSIONS:
        remedy = "Fix some of the variables, or use scipy.optimize.differential_evolution."
        raise bad_value("bounds", f"be of at most {MOST_DIMENSIONS} variables", len(box), remedy)
    backend = as_backend(backend)
    seed = seed_on(backend, None if seed is None else seed_of(seed))
    limits, space = as_constraints(constraints, len(box)), Space(box, integrality)
    most = PER_DIMENSION * len(box) if maxfev is None else count("maxfev", maxfev)
    allowance = Allowance(most, Windows() if windows is None else windows, len(box))
    search = _Search(
        black_box=black_box,
        space=space,
        limits=Constraints(limits) if limits else None,
        backend=backend,
        polish=_polisher(polish, bool(limits)),
        rng=np.random.default_rng(seed),
        allowance=allowance,
        callback=callback,
        first=_first(x0, box, space),
    )
    bar = progress_bar(total=most, desc="minimize", unit="evaluation", disable=not progress)
    with black_box, bar:
        result = search.run(bar)
    result.seed = seed
    return result


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

    The first start begins at x0, the others at random; gradients are not used. Options are those
    of `minimize`.

    Raises:
        ValueError: There are no bounds, or x0 lies outside them.

    >>> from scipy.optimize import rosen
    >>> result = scipy.optimize.minimize(
    ...     rosen, [0, 0], method=minimize_method, bounds=[(-2, 2)] * 2, options={"seed": 2}
    ... )
    >>> result.success, bool(abs(result.x - 1).max() < 1e-3)
    (True, True)
    """
    for unused in ("jac", "hess", "hessp", "tol", "disp"):
        options.pop(unused, None)
    boxes = as_bounds(bounds) if bounds is not None else []
    if len(boxes) != np.size(x0):
        raise bad_value("bounds", f"hold {np.size(x0)} pairs, one per variable", bounds)
    options |= {"constraints": constraints, "callback": callback}
    return minimize(fun, boxes, args, x0=x0, **options)


def _polisher(polish: bool | str, limited: bool) -> str | None:
    """The method of the polish; with constraints one that keeps them."""
    if isinstance(polish, bool):
        return ("slsqp" if limited else "l-bfgs-b") if polish else None
    if str(polish).lower() not in POLISHERS:
        raise ValueError(unknown("polish", polish, CONSTRAINED if limited else POLISHERS))
    if limited and str(polish).lower() not in CONSTRAINED:
        must = f"keep the constraints, as {any_of(CONSTRAINED)} do"
        raise bad_value("polish", must, polish, "Leave it out: then it is slsqp.")
    return polish


def _first(x0: ArrayLike | None, box: Box, space: Space) -> Array | None:
    """The point where the first start begins, in units of the box."""
    if x0 is None:
        return None
    remedy = "Leave x0 out, and the first start begins at random."
    point, (low, high) = np.atleast_1d(real_array("x0", x0, remedy)), np.array(box).T
    if point.shape != low.shape:
        must = f"be a point of {low.size} coordinates"
        raise bad_value("x0", must, f"of shape {point.shape}", "Give one per variable.")
    if ((point < low) | (point > high)).any():
        raise bad_value("x0", "lie within the bounds", point.tolist(), "Widen `bounds`.")
    return space.unit(point)


class _BackendFailedError(Exception):
    """A backend raised when there was something to lose."""


@dataclass(eq=False)
class _Search:
    """All starts, and the best that they found; arguments as for `minimize`."""

    black_box: CountedFunction
    space: Space
    limits: Constraints | None
    allowance: Allowance
    backend: Backend
    polish: str | None
    rng: np.random.Generator
    callback: Callable[..., Any] | None
    first: Array | None
    axes: Array | None = None
    looks: list[Window] = field(default_factory=list)
    seen: list[tuple[Array, Array]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    noise: Noise | None = None
    closest: Closest = field(default_factory=Closest)
    overall: Closest = field(default_factory=Closest)

    def __post_init__(self) -> None:
        self.windows, sides = self.allowance.windows, self.allowance.sides
        self.measured = Measured(self.windows, self.backend, self.rng)
        idle = self.windows.idle(sides)
        shape = self.windows.shape("first", sides)
        qubits = [size.bit_length() - 1 + more for size, more in zip(shape, idle, strict=True)]
        name = f"A window of {sum(qubits)} qubits"
        any_values = Objective(lambda *x: sum(x), sides, style="arrays")
        like = Problem(Grid([(0, 1)] * sides, qubits), any_values)
        require_memory(self.backend.required_bytes(like), name)

    def value(self, units: Array) -> Array:
        """What is minimised at points in units of the box, shape (count, d)."""
        points, values = self.space.points(units), self.objective(units)
        if self.limits is None:
            return values
        lagrangian, violations = self.limits.lagrangian(points, values)
        self.closest.update(points, values, violations)
        return lagrangian

    def objective(self, units: Array) -> Array:
        """Zeta at points in units of the box; whole numbers are asked for once."""
        points = self.space.points(units)
        if self.space.whole.any() and self.noise is None:
            points, back = np.unique(points, axis=0, return_inverse=True)
            return np.asarray(self.black_box(points)[back.reshape(-1)])
        values: Array = self.black_box(points)
        if self.noise is not None:
            self.noise.seen(units, values)
        self.seen.append((units, values))
        return values

    def run(self, bar: Any) -> scipy.optimize.OptimizeResult:
        """All starts, and the verdict."""
        status, detail = None, ""
        # A backend that somebody wrote need not know of series.
        series = getattr(self.backend, "series", nullcontext)
        try:
            if self._may_turn:
                self.axes = turned_axes(self.objective, self.allowance.dimensions, self.rng)
            with series(self.allowance.most_windows):
                for number in range(self.allowance.num_starts):
                    self._search(number, bar)
                    if self.black_box.is_flat:
                        break
        except StopIteration:
            status = 99
        except ObjectiveFailedError as error:
            if self.best is None:
                raise
            status, detail = 6, f" {error}"
        except _BackendFailedError as error:
            status, detail = 7, f" {error}"
            if is_paid(self.backend):
                detail += (
                    " The same call made again goes on at this window, and pays for none twice."
                )
        result = self.result()
        if status is None:
            status, detail = self._verdict(result)
        bar.update(self.black_box.nfev - bar.n)
        result.nfev = self.black_box.nfev
        result.update(status=status, success=status == 0, message=STATUS[status] + detail)
        return result

    @property
    def _may_turn(self) -> bool:
        """Whether other axes are looked for: in the plane a window sees all directions."""
        size = self.allowance.dimensions
        cheap = turned_evaluations(size) <= _TURN * self.allowance.maxfev
        return size > self.allowance.sides and self._may_be_bowl and cheap

    def _search(self, number: int, bar: Any) -> None:
        """One start, from its point to the end of its polish."""
        begun, before = self.black_box.nfev, len(self.looks)
        self.seen.clear()
        most = before + self.allowance.windows_of(number, before)
        given = self.first if number == 0 else None
        x = self.rng.random(self.allowance.dimensions) if given is None else given
        shared = self.measure, self.value, self.windows, self.allowance.fine, self.rng
        start = Start(*shared, x, axes=self.axes)
        if given is not None:
            start.fun = float(self.value(x[None])[0])
        while not start.is_narrow:
            kind = start.next_kind()
            end = begun + self._share(begun, number) * self._for_windows
            if self.black_box.nfev + start.most_evaluations(kind) > end:
                break
            if len(self.looks) == most:
                break
            self._look(number, start, kind)
            lowest = f"lowest {self.best[1]:.6g}" if self.best else "walls only"
            bar.set_postfix_str(lowest, refresh=False)  # Drawn with the next update, if it is time.
            bar.update(self.black_box.nfev - bar.n)
            if self.callback is not None and self.best is not None:
                call_back(self.callback, self.result())
        if not np.isfinite(start.fun):
            return
        left = int(begun + self._share(begun, number)) - self.black_box.nfev
        x, value, fitted = self._polished(start, left)
        violation = 0.0
        if self.limits is not None:
            self.limits.follow(self.space.points(start.x[None])[0])
            x, value, violation = self.closest.point, self.closest.value, self.closest.violation
            self.overall, self.closest = self.nearest, Closest()
        self.ended.append(
            Ended(
                x=tuple(x.tolist()),
                fun=value,
                measured=self._coordinates(start.x),
                measured_fun=start.fun,
                maxcv=violation,
                fitted=fitted,
                num_windows=len(self.looks) - before,
                nfev=self.black_box.nfev - begun,
            )
        )

    def _share(self, begun: int, number: int) -> float:
        """Evaluations of a start that began after so many."""
        return self.allowance.share(begun, number, 1.0 if self.noise is None else SEARCHED)

    @property
    def _for_windows(self) -> float:
        return 1.0 if self.polish is None or self.noise is not None else _SEARCH

    def _look(self, number: int, start: Start, kind: str) -> None:
        """One window; after the first, its best point is asked for once more."""
        before = self.black_box.nfev
        look = start.look(kind)
        self.looks.append(
            Window(
                start=number,
                kind=kind,
                origin=tuple((self.space.low + look.patch.origin * self.space.span).tolist()),
                edges=tuple(map(tuple, (look.patch.edges * self.space.span).tolist())),
                x=self._coordinates(look.x),
                fun=look.fun,
                lowest=look.lowest,
                nfev=self.black_box.nfev - before,
                two_qubit_gates=self.measured.gates[look.patch.shape],
            )
        )
        if len(self.looks) == 1 and np.isfinite(look.fun) and not self.black_box.is_flat:
            again = float(self.value(look.x[None])[0])
            if is_noisy(look.fun, again, look.lowest):
                self.noise = Noise()

    def _coordinates(self, x: Array) -> tuple[float, ...]:
        return tuple(self.space.points(x[None])[0].tolist())

    def measure(self, values: Array) -> Array:
        """What an anneal on values measures; see `Measured`."""
        try:
            return self.measured(values)
        except Exception as error:
            if self.best is None:
                raise
            raise _BackendFailedError(f"{type(error).__name__}: {error}") from error

    def _polished(self, start: Start, left: int) -> tuple[Array, float, bool]:
        """The best point of a start after its polish, its value, and whether it was fitted.

        The polish goes on from the best point, and from the minimum of a bowl through all values of
        the start. Ripples narrower than the last windows average out in that.
        """
        useless = not start.spread or bool(self.space.whole.all())
        if self.noise is not None and self._may_be_bowl:
            # Its best point is a lucky draw: of 4000 with a noise of 1 where |x - c|^2 is 3.
            bottom = narrow_bowl(*self._all_seen, start.x, self.agreed.radius / 2)
            if bottom is not None:
                return self.space.points(bottom.x[None])[0], bottom.value, True
        if self.polish is None or self.noise is not None or useless:
            return self.space.points(start.x[None])[0], start.fun, False
        end = self.black_box.nfev + left
        x, lowest = self._descended(start.x, start, left)
        bottom, fitted = None, False
        if self._may_be_bowl:
            bottom = whole_bowl(*self._all_seen)
        if bottom is not None and not near(bottom.x, x, _SAME):
            other, value = self._descended(bottom.x, start, end - self.black_box.nfev)
            fitted = value < lowest and not near(other, x, _SAME)
            x, lowest = (other, value) if fitted else (x, lowest)
        return self.space.points(x[None])[0], lowest, fitted

    @property
    def _all_seen(self) -> tuple[Array, Array]:
        """Points and values of the start."""
        points, values = zip(*self.seen, strict=True)
        return np.concatenate(points), np.concatenate(values)

    @property
    def _may_be_bowl(self) -> bool:
        """Whether a bowl is fitted at all: without constraints and whole numbers."""
        return self.limits is None and not self.space.whole.any()

    def _descended(self, first: Array, start: Start, left: int) -> tuple[Array, float]:
        """The best point that a classical method finds from here, and its value.

        The method sees the objective in units of its spread over the last window: what it takes for
        small does not depend on the scale of zeta.
        """
        best, lowest = first, start.fun if first is start.x else np.inf
        stop = self.black_box.nfev + min(left, _POLISH * (self.allowance.dimensions + 1))

        def value(u: Array) -> float:
            nonlocal best, lowest
            if self.black_box.nfev >= stop:
                raise BudgetUsedError
            point = np.clip(u, 0, 1)
            zeta = float(self.value(point[None])[0])
            if zeta < lowest:
                best, lowest = point, zeta
            if self.limits is not None:  # The method keeps the limits by itself.
                zeta = self.closest.last
            return (zeta - start.fun) / start.spread

        limits = () if self.limits is None else self.limits.on(self.space.points)
        with suppress(BudgetUsedError), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Values that are clipped to the bounds, and the like.
            scipy.optimize.minimize(
                value,
                best,
                method=self.polish,
                bounds=self.space.bounds(best),
                constraints=limits,
                tol=_TOLERANCE,
            )
        return best, lowest

    @property
    def nearest(self) -> Closest:
        """Of all starts, also the one under way: the lowest feasible point, or the nearest."""
        return min(self.overall, self.closest, key=lambda one: one.rank)

    @property
    def best(self) -> tuple[tuple[float, ...], float] | None:
        """The lowest point of all starts and windows, and its value; the earlier one of equals."""
        if self.limits is not None:
            known = np.isfinite(self.nearest.violation)
            return (tuple(self.nearest.point.tolist()), self.nearest.value) if known else None
        every = [(one.x, one.fun) for one in self.ended]
        every += [(one.x, one.fun) for one in self.looks if np.isfinite(one.fun)]
        return min(every, key=lambda pair: pair[1], default=None)

    def result(self) -> scipy.optimize.OptimizeResult:
        """What there is so far, without a verdict."""
        if self.best is None:
            actual = f"NaN or infinite at all {self.black_box.nfev} points"
            raise bad_value("fun", "be finite somewhere", actual)
        x, fun = self.best
        steps = self.windows.schedule_on(self.allowance.sides).num_steps
        result = scipy.optimize.OptimizeResult(
            x=np.array(x),
            fun=fun,
            success=False,
            nit=len(self.looks),
            nfev=self.black_box.nfev,
            num_steps=len(self.looks) * steps,
            num_circuits=len(self.looks),
            shots=len(self.looks) * self.windows.shots,
            two_qubit_gates=sum(window.two_qubit_gates for window in self.looks),
            lowest_evaluated=min(window.lowest for window in self.looks),
            agreement=self.agreed.count(self.ended, np.array(x)) / self.allowance.num_starts,
            starts=tuple(self.ended),
            windows=tuple(self.looks),
        )
        if self.limits is not None:
            result.maxcv = self.nearest.violation
        return result

    @property
    def agreed(self) -> Agreement:
        """Whether starts agree, as near as they can come to one another."""
        exact = self.polish is not None and self.noise is None
        return Agreement(self.space, self.allowance.num_starts, exact)

    def _verdict(self, result: scipy.optimize.OptimizeResult) -> tuple[int, str]:
        """A key of `STATUS`, and what more there is to say."""
        detail = "" if self.noise is None else self._settle(self.noise, result)
        if self.black_box.walls:
            return 5, detail
        if self.black_box.is_flat:
            return 2, ""
        if self.limits is not None and result.maxcv > FEASIBLE:
            return 4, f" `x` violates one by {result.maxcv:.3g}, the least of all points." + detail
        status, words = self.agreed.verdict(result)
        return status, words + detail

    def _settle(self, noise: Noise, result: scipy.optimize.OptimizeResult) -> str:
        """Put the point of the lowest mean into a result; what is to be said of it."""
        x, result.fun, result.fun_error = self._settled(noise)
        result.x = self.space.points(x[None])[0]
        result.agreement = self.agreed.count(self.ended, result.x) / self.allowance.num_starts
        error = f"{result.fun_error:.2g}"
        return f" The objective is noisy: `fun` is a mean of new values, +- {error}."

    def _settled(self, noise: Noise) -> tuple[Array, float, float]:
        every = sorted((one for one in self.looks if np.isfinite(one.fun)), key=lambda one: one.fun)
        points = np.array([self.space.unit(one.x) for one in every])
        if self.limits is not None:
            met = self.limits.violation(self.space.points(points)) <= FEASIBLE
            points = points[met] if met.any() else points
        left = self.allowance.maxfev - self.black_box.nfev
        return noise.settle(points, self.objective, left, fit=self.limits is None)
