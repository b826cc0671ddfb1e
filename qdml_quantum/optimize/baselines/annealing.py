"""Simulated annealing from SciPy, without its local search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qdml_quantum.optimize.baselines.search import CountedSearch
from qdml_quantum.problem.counted_function import Seed, rng_is_seed
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.typed import typed


@rng_is_seed
@typed
def simulated_annealing(
    fun: Any,
    bounds: Any = None,
    args: Any = (),
    *,
    start: ArrayLike | None = None,
    initial_temp: float = 5230.0,
    visit: float = 2.62,
    accept: float = -5.0,
    maxfev: int = 20_000,
    seed: Seed = None,
    callback: Callable[..., Any] | None = None,
) -> scipy.optimize.OptimizeResult:
    r"""Simulated annealing: random moves, accepted downhill always and uphill by temperature.

    `scipy.optimize.dual_annealing` with ``no_local_search=True``: generalised simulated annealing,
    whose moves are drawn from a distribution with long tails and whose acceptance generalises the
    rule ``exp(-(f_new - f_old) / T)`` of Metropolis; T falls with every iteration. It goes on until
    there is no room for another iteration of 2 d evaluations.

    Args:
        fun: ``fun(x, *args)``, x of shape (d,), as in SciPy; or an `Objective`, the name of a
            built-in, or a formula.
        bounds: ``(lower, upper)`` per variable; default those of an objective that has some.
        args: Further arguments of `fun`.
        start: First point; default random in the box.
        initial_temp: T at the beginning; SciPy's default.
        visit: Shape of the distribution of moves, in (1, 3]; SciPy's default.
        accept: Shape of the acceptance, below 0; SciPy's default.
        maxfev: Evaluations, default 20,000; never one more.
        seed: An integer or a Generator, as in `minimize`; default a fresh one, which is recorded.
        callback: Called at every new best point, as in `minimize`; `StopIteration` ends the search.

    Returns:
        `OptimizeResult` as of `minimize`. Success means that the temperature fell to the end of
        the budget, not that the minimum is the global one.

    Raises:
        ValueError: An argument is out of range, or the objective is finite nowhere.
        ObjectiveFailedError: The objective raised before anything was found.

    References:
        N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953), doi 10.1063/1.1699114.
        S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi, Science 220, 671 (1983),
        doi 10.1126/science.220.4598.671.
        Y. Xiang, D. Y. Sun, W. Fan and X. G. Gong, Phys. Lett. A 233, 216 (1997),
        doi 10.1016/S0375-9601(97)00474-X.

    >>> found = simulated_annealing("rastrigin", [(-5.12, 5.12)] * 2, maxfev=4000, seed=1)
    >>> found.nfev <= 4000, bool(found.fun < 0.1)
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

    def value(x: Array) -> float:
        return float(search(np.atleast_2d(x))[0])

    def anneal() -> str:
        scipy.optimize.dual_annealing(
            value,
            list(zip(search.low.tolist(), search.high.tolist(), strict=True)),
            # The first point takes one evaluation, and every iteration 2 d.
            maxiter=max(1, (search.maxfev - 1) // (2 * search.dimensions)),
            initial_temp=initial_temp,
            visit=visit,
            accept=accept,
            maxfun=2 * search.maxfev,
            rng=search.rng,
            no_local_search=True,
            callback=lambda x, f, context: search.iterated(),
            x0=first,
        )
        return "The temperature fell to the end of the budget."

    return search.run(anneal)
