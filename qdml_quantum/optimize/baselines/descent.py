"""Gradient descent, plain, from many starts, or with noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.optimize.baselines.search import CountedSearch
from qdml_quantum.problem.counted_function import Seed, rng_is_seed
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.typed import typed

# Distance of the differences in units of the box: the cube root of the rounding of a value.
_DIFFERENCE = 6e-6
# A first step moves by a tenth of the box; a step is kept when it gains this share of what the
# slope promises; then it doubles, else it is halved, at most so often.
_FIRST, _ENOUGH, _HALVINGS = 0.1, 1e-4, 60


@rng_is_seed
@typed
def gradient_descent(
    fun: Any,
    bounds: Any = None,
    args: Any = (),
    *,
    gradient: Callable[[Array], ArrayLike] | None = None,
    start: ArrayLike | None = None,
    starts: int | None = 1,
    step: float | None = None,
    diffusion: float = 0.0,
    tolerance: float = 1e-8,
    maxfev: int = 20_000,
    seed: Seed = None,
    callback: Callable[..., Any] | None = None,
) -> scipy.optimize.OptimizeResult:
    r"""Gradient descent ``x <- x - h grad f(x)``, kept inside the box.

    Without noise the step h is controlled: halved until the value falls by enough (Armijo), doubled
    after each success. The descent ends when a step moves by less than `tolerance` of the box. It
    finds the minimum of one valley; with `starts` more than 1 it begins again elsewhere.

    With `diffusion` D above 0 every step has noise and a fixed length,

        x <- x - h grad f(x) + sqrt(2 D h) N(0, 1),

    the Langevin equation, whose density obeys Fokker-Planck and ends in ``exp(-f / D)``
    (`theory.fokker_planck`). It never settles, and uses its evaluations up.

    Args:
        fun: ``fun(x, *args)``, x of shape (d,), as in SciPy; or an `Objective`, the name of a
            built-in, or a formula.
        bounds: ``(lower, upper)`` per variable; default those of an objective that has some.
        args: Further arguments of `fun`.
        gradient: grad f at x, shape (d,). Default central differences, 2 d evaluations each.
        start: First point; default random in the box.
        starts: How many descents, the others from random points; None for as many as fit.
        step: h of the first step, and of all where there is noise; needed there. Default: moves by
            a tenth of the box.
        diffusion: D, default 0.
        tolerance: In units of the box, default 1e-8.
        maxfev: Evaluations, default 20,000; never one more.
        seed: An integer or a Generator, as in `minimize`; default a fresh one, which is recorded.
        callback: Called after every step, as in `minimize`; `StopIteration` ends the search.

    Returns:
        `OptimizeResult` as of `minimize`, with `njev` (gradients) and `descents` (how many
        settled). Success means that one did, not that the minimum is the global one.

    Raises:
        ValueError: An argument is out of range, or the objective is finite nowhere.
        ObjectiveFailedError: The objective raised before anything was found.

    References:
        L. Armijo, Pacific J. Math. 16, 1 (1966), doi 10.2140/pjm.1966.16.1.

    >>> found = gradient_descent(lambda x: ((x - 1) ** 2).sum(), [(-5, 5)] * 3, seed=1)
    >>> found.success, bool(abs(found.x - 1).max() < 1e-6)
    (True, True)
    """
    search = CountedSearch(
        fun,
        bounds,
        args,
        maxfev=maxfev,
        callback=callback,
        seed=seed,
    )
    first = search.point(start)
    length = None if step is None else number("step", step)
    noise = number("diffusion", diffusion, zero=True)
    if noise and length is None:
        remedy = "Give a small one: h times the curvature of the objective well below 1."
        raise bad_value("step", "be given where there is noise", "None", remedy)
    most = math.inf if starts is None else count("starts", starts)
    descent = _Descent(search, gradient, length, number("tolerance", tolerance))

    def descend() -> str:
        begun = 0
        while begun < most:
            is_start = first is not None and begun == 0
            x = first if first is not None and is_start else search.uniform(1)[0]
            x = np.clip(x, search.low, search.high)
            value = float(search(x[None])[0])
            if not math.isfinite(value) and not is_start:
                continue  # Behind a wall there is nothing to descend from.
            begun += 1
            if noise and length is not None:
                descent.wander(x, length, noise)
            if math.isfinite(value):
                descent.settle(x, value)
        return "The descent settled."

    result = search.run(descend)
    if result.status == 1 and descent.settled:
        message = f"{descent.settled} descents settled before the evaluations were used up."
        result.update(status=0, success=True, message=message)
    result.njev, result.descents = descent.gradients, descent.settled
    return result


class _Descent:
    """Steps from one point, and what they cost."""

    def __init__(
        self,
        search: CountedSearch,
        gradient: Callable[[Array], ArrayLike] | None,
        step: float | None,
        tolerance: float,
    ) -> None:
        self.search, self.given, self.step, self.tolerance = search, gradient, step, tolerance
        self.gradients = self.settled = 0

    def slope(self, x: Array) -> Array:
        """The gradient, given or by central differences that stay inside the box."""
        self.gradients += 1
        if self.given is not None:
            slope = real_array("gradient", self.given(x.copy()))
            if slope.shape != x.shape:
                raise bad_value("gradient", f"answer in shape {x.shape}", f"{slope.shape}")
            return slope
        search = self.search
        shift = np.diag(_DIFFERENCE * search.width)
        above, below = np.minimum(x + shift, search.high), np.maximum(x - shift, search.low)
        values = search(np.concatenate([above, below])).reshape(2, -1)
        # Next to a wall there is no slope; the step control keeps out of it.
        rise = np.where(np.isfinite(values).all(axis=0), values[0], 0.0)
        rise -= np.where(np.isfinite(values).all(axis=0), values[1], 0.0)
        return np.asarray(rise / np.diagonal(above - below))

    def moved(self, x: Array, step: Array) -> Array:
        return np.clip(x + step, self.search.low, self.search.high)

    def settle(self, x: Array, value: float) -> None:
        """Downhill until nothing moves any more."""
        search, h = self.search, self.step
        while True:
            slope = self.slope(x)
            if h is None:
                steepest = float(np.abs(slope / search.width).max())
                h = _FIRST / steepest if steepest > 0 else 1.0
            for _ in range(_HALVINGS):
                candidate = self.moved(x, -h * slope)
                way = candidate - x
                if np.abs(way / search.width).max() <= self.tolerance:
                    self.settled += 1
                    return
                lower = float(search(candidate[None])[0])
                if lower <= value - _ENOUGH / h * float(way @ way):
                    break
                h /= 2
            else:
                self.settled += 1
                return
            x, value, h = candidate, lower, 2 * h
            search.iterated()

    def wander(self, x: Array, h: float, diffusion: float) -> None:
        """Descend with noise until the evaluations are used up; a step into a wall is not taken."""
        spread = math.sqrt(2 * diffusion * h)
        while True:
            noise = spread * self.search.rng.standard_normal(x.shape)
            candidate = self.moved(x, noise - h * self.slope(x))
            if math.isfinite(self.search(candidate[None])[0]):
                x = candidate
            self.search.iterated()
