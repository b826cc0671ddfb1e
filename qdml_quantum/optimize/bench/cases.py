"""Problems with known minimizers, on their own box or on one that was moved at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.objectives.builtins.qhd import QHD_SUITE
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import unknown

SUITE = tuple(QHD_SUITE)
"""The 22 functions, two-dimensional."""
HIGHER = ("rastrigin", "ackley", "levy", "rosenbrock", "styblinski_tang")
"""Those for three and more dimensions, in the form and box of the built-ins."""

# Largest shift in units of the box, least distance of a minimizer from its edges, trials, and
# points of the scan that looks for anything lower than the known minimum.
_SHIFT, _MARGIN, _TRIALS, _SCAN = 0.25, 0.02, 2000, 1 << 18
_GAP = 0.01  # Share of median less minimum that counts as near the minimum.
# Distance of minimizers from one another, and how much of the gap is no difference.
_APART, _EQUAL = 0.02, 1e-6


@dataclass(frozen=True)
class Case:
    """An objective in a box.

    Attributes:
        objective: The objective.
        bounds: The box.
        minimizers: All known global minimizers in it.
        minimum: The value there.
        gap: What counts as near the minimum: a hundredth of the way to the median of the box.
    """

    objective: Objective
    bounds: tuple[tuple[float, float], ...]
    minimizers: tuple[tuple[float, ...], ...]
    minimum: float
    gap: float

    def distance(self, x: Sequence[float]) -> float:
        """How far a point is from the nearest minimizer, in units of the diagonal of the box."""
        away = [np.linalg.norm(np.subtract(x, minimizer)) for minimizer in self.minimizers]
        return float(min(away) / np.linalg.norm(np.ptp(self.bounds, axis=1)))


def make_case(name: str, *, dimensions: int = 2, shift: int | None = None) -> Case:
    """A case by name.

    Many minima of the suite sit in the middle of the box, which flatters whatever starts there.
    With `shift` the box is moved by up to a quarter of its length along each axis, such that a
    known minimizer stays inside, at least 2 % from the edges, and nothing lower comes in.

    Args:
        name: One of `SUITE` in two dimensions, of `HIGHER` in others.
        dimensions: Default 2.
        shift: Seed of the random shift, or None for the box as it is.

    Raises:
        ValueError: No such case.

    >>> case = make_case("rastrigin", shift=1)
    >>> case.minimizers, [round(end, 2) for end in case.bounds[0]]
    (((0.0, 0.0),), [-6.74, 3.5])
    """
    names = SUITE if dimensions == 2 else HIGHER
    if name not in names:
        raise ValueError(unknown("function", name, names))
    if dimensions == 2:
        builtin, interval = QHD_SUITE[name]
        objective, bounds = as_objective(builtin, 2), [interval] * 2
    else:
        objective = as_objective(name, dimensions)
        bounds = list(objective.bounds or ())
    low, high = np.array(bounds, dtype=float).T
    assert objective.minimum is not None
    rng = np.random.default_rng([0 if shift is None else shift, names.index(name)])
    for trial in range(_TRIALS):
        # Where hardly any shift is allowed, shorter ones are tried.
        reach = 0.0 if shift is None else _SHIFT * (1 - trial / _TRIALS)
        start = low + reach * rng.uniform(-1, 1, low.size) * (high - low)
        case = _case_at(objective, start, start + high - low, moved=shift is not None)
        if case is not None:
            return case
    raise AssertionError(f"no box for {name}")


def _case_at(objective: Objective, low: Array, high: Array, *, moved: bool) -> Case | None:
    margin = _MARGIN * (high - low) if moved else 0.0
    inside = tuple(
        minimizer
        for minimizer in objective.minimizers
        if (low + margin <= minimizer).all() and (minimizer <= high - margin).all()
    )
    minimum = objective.minimum
    if not inside or minimum is None:
        return None
    count = round(_SCAN ** (1 / low.size))
    axes = [np.linspace(a, b, count) for a, b in zip(low, high, strict=True)]
    with np.errstate(all="ignore"):
        values = np.asarray(objective.function(*np.meshgrid(*axes, indexing="ij", sparse=True)))
    if moved:
        slack = 1e-9 * max(float(np.ptp(values)), 1.0)
        if not np.isfinite(values).all() or values.min() < minimum - slack:
            return None
    gap = _GAP * float(np.median(values) - minimum)
    bounds = tuple(zip(low.tolist(), high.tolist(), strict=True))
    case = Case(objective, bounds, inside, minimum, gap)
    return _with_newcomers(case, axes, values) if moved else case


def _with_newcomers(case: Case, axes: list[Array], values: Array) -> Case:
    """The case with global minimizers that the shift brought in: as low, away from all others."""
    lowest = (values == scipy.ndimage.minimum_filter(values, 3)) & (
        values < case.minimum + case.gap
    )
    function = case.objective.function

    def value(x: Array) -> float:
        return float(function(*x))  # type: ignore[arg-type]  # a number

    for index in np.argwhere(lowest):
        start = [axis[i] for axis, i in zip(axes, index, strict=True)]
        if case.distance(start) < _APART:
            continue
        options = {"xatol": 1e-10, "fatol": 1e-14}
        minimum = scipy.optimize.minimize(
            value, start, method="nelder-mead", bounds=case.bounds, options=options
        )
        if minimum.fun <= case.minimum + _EQUAL * case.gap and case.distance(minimum.x) > _APART:
            case = replace(case, minimizers=(*case.minimizers, tuple(minimum.x.tolist())))
    return case
