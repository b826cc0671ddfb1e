"""MQHOA, the multi-scale quantum harmonic oscillator algorithm: Gaussian sampling by scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from qdml_quantum.optimize.baselines.search import Array, CountedSearch
from qdml_quantum.problem.counted_function import Seed, rng_is_seed
from qdml_quantum.support.messages import argument, count, number, unknown
from qdml_quantum.support.typed import typed

FORMS = ("levels", "selection")
"""How the centres move at one scale: as published in 2016, and in 2013."""


@rng_is_seed
@typed
def mqhoa(
    fun: Any,
    bounds: Any = None,
    args: Any = (),
    *,
    form: str = "levels",
    num_centers: int = 20,
    num_samples: int = 20,
    smallest_scale: float = 1e-4,
    maxfev: int = 100_000,
    seed: Seed = None,
    callback: Callable[..., Any] | None = None,
) -> OptimizeResult:
    r"""Global minimum in a box by Gaussian sampling around k centres, on ever smaller scales.

    The density of the samples is that of the ground state of a harmonic oscillator around each of
    k centres, ``sum_i N(c_i, sigma^2)``, with sigma in units of the box. Two loops: at one scale
    sigma the centres move until they have settled, which is when their standard deviation is at
    most sigma along every axis; then sigma is halved, until it is below `smallest_scale`.

    ``form="levels"`` (2016): each centre is sampled once in turn, and moves wherever that is lower,
    until no centre moves any more (the energy level is stable); then the worst one goes to the
    mean of all (the level falls). ``form="selection"`` (2013): every centre is sampled
    `num_samples` times, and the k best of all samples and centres are the new centres.

    There is no wave function, no interference and no tunnelling in it: the name is an analogy.
    Coordinates of samples outside the box are drawn again, uniformly. Published descriptions leave
    some freedom, and the mean for the worst centre is taken from the later ones.

    Args:
        fun: ``fun(x, *args)``, x of shape (d,), as in SciPy; or an `Objective`, the name of a
            built-in, or a formula.
        bounds: ``(lower, upper)`` per variable; default those of an objective that has some.
        args: Further arguments of `fun`.
        form: ``"levels"`` (default) or ``"selection"``.
        num_centers: k, default 20.
        num_samples: Of each centre per move, for ``"selection"``; default 20.
        smallest_scale: Of sigma in units of the box, default 1e-4.
        maxfev: Evaluations after which the search ends, default 100,000.
        seed: An integer or a Generator, as in `minimize`; default a fresh one, which is recorded.
        callback: Called after every move, as in `minimize`; `StopIteration` ends the search.

    Returns:
        `OptimizeResult` with `x`, `fun`, `success`, `status`, `message`, `nit` (moves), `nfev`,
        `scale` (the last sigma), `spread` (of the centres, in units of the box) and `seed`. Success
        means that all scales were gone through, not that the minimum is the global one.

    Raises:
        ValueError: An argument is out of range, or the objective is finite nowhere.
        ObjectiveFailedError: The objective raised before anything was found.

    References:
        P. Wang, Y. Huang, C. Ren and Y. Guo, Acta Electronica Sinica 41, 2468 (2013),
        doi 10.3969/j.issn.0372-2112.2013.12.023.
        P. Wang and Y. Huang, Acta Electronica Sinica 44 (8) (2016),
        doi 10.3969/j.issn.0372-2112.2016.08.031 (convergence of the two loops).
        P. Wang and Y. Huang, Journal on Communications 37 (7), 79 (2016) (energy levels).
        P. Wang et al., Comput. Intell. Neurosci. 2018, 8430175, doi 10.1155/2018/8430175.

    >>> found = mqhoa("ackley", [(-5, 5)] * 3, seed=1)
    >>> found.success, bool(abs(found.x).max() < 0.01)
    (True, True)
    """
    if form not in FORMS:
        raise ValueError(unknown("form", form, FORMS))
    size = count("num_centers", num_centers, least=2)
    samples = count("num_samples", num_samples)
    least = number("smallest_scale", smallest_scale)
    if least >= 1:
        raise ValueError(argument("smallest_scale", "be below 1", least, "Give 1e-4."))
    search = CountedSearch(
        fun,
        bounds,
        args,
        maxfev=maxfev,
        callback=callback,
        seed=seed,
    )
    cloud = _Cloud(search, samples)

    def scales() -> str:
        points = search.uniform(size)
        cloud.values, cloud.centers = search(points), points
        move = cloud.fall if form == "levels" else cloud.select
        while cloud.scale >= least:
            move()
            search.iterated()
            if cloud.spread <= cloud.scale:
                cloud.scale /= 2
        return "The centres settled on every scale."

    result = search.run(scales)
    result.scale, result.spread = cloud.scale, cloud.spread
    return result


class _Cloud:
    """The sampling centres and their values."""

    def __init__(self, search: CountedSearch, samples: int) -> None:
        self.search, self.samples, self.scale = search, samples, 1.0
        self.centers, self.values = np.empty((0, search.dimensions)), np.empty(0)

    @property
    def spread(self) -> float:
        """Largest standard deviation of the centres along an axis, in units of the box."""
        if not len(self.centers):
            return 1.0
        return float((self.centers / self.search.width).std(axis=0).max())

    def around(self, centers: Array) -> Array:
        """One sample around each."""
        search = self.search
        noise = search.rng.standard_normal(centers.shape)
        points = centers + self.scale * search.width * noise
        outside = (points < search.low) | (points > search.high)
        return np.where(outside, search.uniform(len(points)), points)

    def select(self) -> None:
        """The best of all samples and centres are the new centres."""
        points = self.around(np.repeat(self.centers, self.samples, axis=0))
        values = np.concatenate([self.values, self.search(points)])
        best = np.argsort(values, kind="stable")[: len(self.centers)]
        self.centers = np.concatenate([self.centers, points])[best]
        self.values = values[best]

    def fall(self) -> None:
        """Sample until no centre finds anything lower; then the worst goes to the mean."""
        moved = True
        while moved:
            points = self.around(self.centers)
            values = self.search(points)
            lower = values < self.values
            self.centers = np.where(lower[:, None], points, self.centers)
            self.values = np.where(lower, values, self.values)
            moved = bool(lower.any())
        worst = int(np.argmax(self.values))
        self.centers[worst] = self.centers.mean(axis=0)
        self.values[worst] = self.search(self.centers[worst : worst + 1])[0]
