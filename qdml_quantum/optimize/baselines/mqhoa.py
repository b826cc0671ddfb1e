"""MQHOA, the multi-scale quantum harmonic oscillator algorithm: Gaussian sampling by scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.optimize.baselines.search import CountedSearch
from qdml_quantum.problem.counted_function import Seed, rng_is_seed
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, count, number, unknown
from qdml_quantum.support.typed import typed

_CENTERS = {"levels": 20, "selection": 20, "halving": 30, "subpopulations": 30}
"""How many there are by default: of the last two those of the authors' programs."""
_SAMPLES = {"levels": 1, "selection": 20, "halving": 1, "subpopulations": 10}
"""Of a centre in one move by default; 300 of all subpopulations together in their program."""
FORMS = tuple(_CENTERS)
"""How the centres move at one scale: as published in 2016 and 2013, and in two programs of the
authors'."""
_NARROWER = 0.5
"""Of sigma, the standard deviation of the samples of ``"halving"``: as in the program."""
_SLOWER = 1.2
"""What sigma is divided by for ``"subpopulations"``: as in the program; 2 for all others."""
_STEEPNESS = 3
"""Samples of a subpopulation go as this power of its rank: as in the program."""


@rng_is_seed
@typed
def mqhoa(
    fun: Any,
    bounds: Any = None,
    args: Any = (),
    *,
    form: str = "levels",
    num_centers: int | None = None,
    num_samples: int | None = None,
    smallest_scale: float = 1e-4,
    maxfev: int = 100_000,
    seed: Seed = None,
    callback: Callable[..., Any] | None = None,
) -> scipy.optimize.OptimizeResult:
    r"""Global minimum in a box by Gaussian sampling around k centres, on ever smaller scales.

    The density of the samples is that of the ground state of a harmonic oscillator around each of
    k centres, ``sum_i N(c_i, sigma^2)``, with sigma in units of the box. Two loops: at one scale
    sigma the centres move until they have settled, which is when their standard deviation is at
    most sigma along every axis; then sigma falls, until it is below `smallest_scale`.

    ``form="levels"`` (2016): each centre is sampled once in turn, and moves wherever that is lower,
    until no centre moves any more (the energy level is stable); then the worst one goes to the
    mean of all (the level falls). ``form="selection"`` (2013): every centre is sampled
    `num_samples` times, and the k best of all samples and centres are the new centres.
    ``form="halving"``, a public program of the authors': as ``"levels"`` with samples half as wide,
    but sigma is halved, too, whenever no centre has moved: faster, and better on Rastrigin and
    Schwefel, worse on Levy and Styblinski-Tang. ``form="subpopulations"``, another one (2021):
    centres share ``k num_samples`` samples by the cube of their rank, the best most, and move to
    the best of theirs; then the worst goes to the mean; sigma is divided by 1.2 when they have
    settled or none has moved, which takes ten times as long.

    There is no wave function, no interference and no tunnelling in it: the name is an analogy.
    Coordinates of samples outside the box are drawn again, uniformly.

    Args:
        fun: ``fun(x, *args)``, x of shape (d,), as in SciPy; or an `Objective`, the name of a
            built-in, or a formula.
        bounds: ``(lower, upper)`` per variable; default those of an objective that has some.
        args: Further arguments of `fun`.
        form: ``"levels"`` (default), ``"selection"``, ``"halving"`` or ``"subpopulations"``.
        num_centers: k; default 20, and 30 for the two programs.
        num_samples: Of each centre per move; default 20 for ``"selection"``, 10 in the mean for
            ``"subpopulations"``; the others have one.
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
        https://github.com/YuweiJiao/Visualization-of-MQHOA, for doi 10.1049/ell2.12112 (halving).
        G. Xin, P. Wang and Y. Jiao: https://github.com/swunxin/MPSS_MQHOA (subpopulations).

    >>> found = mqhoa("ackley", [(-5, 5)] * 3, seed=1)
    >>> found.success, bool(abs(found.x).max() < 0.01)
    (True, True)
    """
    if form not in FORMS:
        raise ValueError(unknown("form", form, FORMS))
    size = count("num_centers", _CENTERS[form] if num_centers is None else num_centers, least=2)
    samples = count("num_samples", _SAMPLES[form] if num_samples is None else num_samples)
    if samples > 1 == _SAMPLES[form]:
        must, remedy = f"be 1 where form={form!r}", 'Leave it out, or choose form="selection".'
        raise bad_value("num_samples", must, num_samples, remedy)
    least = number("smallest_scale", smallest_scale)
    if least >= 1:
        raise bad_value("smallest_scale", "be below 1", least, "Give 1e-4.")
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
        while cloud.scale >= least:
            getattr(cloud, form)()
            search.iterated()
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

    def around(self, centers: Array, share: float = 1.0) -> Array:
        """One sample around each, of a standard deviation of this share of sigma."""
        search = self.search
        noise = search.rng.standard_normal(centers.shape)
        points = centers + share * self.scale * search.width * noise
        outside = (points < search.low) | (points > search.high)
        return np.where(outside, search.uniform(len(points)), points)

    def settle(self, factor: float = 2.0) -> None:
        """The scale falls where the centres have settled."""
        if self.spread <= self.scale:
            self.scale /= factor

    def levels(self) -> None:
        """Sample until no centre finds anything lower; then the worst goes to the mean."""
        while self._fall(self.around(self.centers)):
            pass
        self._worst_to_mean()
        self.settle()

    def selection(self) -> None:
        """The best of all samples and centres are the new centres."""
        points = self.around(np.repeat(self.centers, self.samples, axis=0))
        values = np.concatenate([self.values, self.search(points)])
        best = np.argsort(values, kind="stable")[: len(self.centers)]
        self.centers = np.concatenate([self.centers, points])[best]
        self.values = values[best]
        self.settle()

    def halving(self) -> None:
        """Sample once; if nothing is lower the worst goes to the mean, and the scale is halved."""
        if not self._fall(self.around(self.centers, _NARROWER)):
            self._worst_to_mean()
            self.scale /= 2
        self.settle()

    def subpopulations(self) -> None:
        """Centres move to the best of samples that they share by rank; the worst to the mean.

        If nothing is lower the scale falls instead.
        """
        size = len(self.centers)
        rank = 1.0 + np.argsort(np.argsort(-self.values, kind="stable"))
        parts = rank**_STEEPNESS / (rank**_STEEPNESS).sum()
        counts = np.maximum(1, np.rint(parts * size * self.samples)).astype(int)
        if self._fall(self.around(np.repeat(self.centers, counts, axis=0)), counts):
            self._worst_to_mean()
            self.settle(_SLOWER)
        else:
            self.scale /= _SLOWER

    def _fall(self, points: Array, counts: NDArray[np.int64] | None = None) -> bool:
        """Centres move to the best of so many points each where it is lower; whether any did."""
        values = self.search(points)
        if counts is not None:
            starts = np.cumsum(counts) - counts
            groups = np.split(values, starts[1:])
            best = starts + np.array([int(np.argmin(group)) for group in groups])
            points, values = points[best], values[best]
        lower = values < self.values
        self.centers = np.where(lower[:, None], points, self.centers)
        self.values = np.where(lower, values, self.values)
        return bool(lower.any())

    def _worst_to_mean(self) -> None:
        worst = int(np.argmax(self.values))
        self.centers[worst] = self.centers.mean(axis=0)
        self.values[worst] = self.search(self.centers[worst : worst + 1])[0]
