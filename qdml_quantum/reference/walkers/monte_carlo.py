"""Diffusion Monte Carlo: the ground-state energy from walkers that diffuse, die and multiply."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.objectives import Objective, as_objective
from qdml_quantum.problem.grid import Grid, as_bounds
from qdml_quantum.reference.walkers.correlated import CorrelatedMean, correlated_mean
from qdml_quantum.reference.walkers.guide import Guide
from qdml_quantum.reference.walkers.population import Population, PopulationError
from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.check import Check, at_least, at_most
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed

__all__ = ["MonteCarloEnergy", "MonteCarloRun", "PopulationError", "diffusion_monte_carlo"]

# Correlation times back that the weights go which undo the control of the population. In 9
# dimensions, 300 walkers, 200 runs: none leaves 0.93(8) of an error bar of bias, a half 0.33, 1, 2
# and 3 0.15, 0.09 and 0.12; 6 leave 0.19, as weights that scatter add noise and bias [measured].
_WINDOW = 2
# Of the jackknife: longer than the weights go back, in a run that passes its checks. Shorter ones
# leave half of the bias.
_BLOCKS = 10
_LIMIT, _FEWEST_SAMPLES, _SHIFT = 4.0, 50, 0.05  # Of checks: errors, samples, of the energy.


@dataclass(frozen=True, eq=False)
class MonteCarloRun:
    """One run at one time step.

    Attributes:
        time_step: dtau.
        mixed: Mean local energy (zeta without a guide), with its error by autocorrelation.
        growth: Energy at which the population would neither grow nor shrink.
        history: Local energy of every step.
        population: Number of walkers after every step.
    """

    time_step: float
    mixed: CorrelatedMean
    growth: CorrelatedMean
    history: Array
    population: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MonteCarloEnergy:
    """Ground-state energy with its error bar.

    Attributes:
        energy: That at which the population would neither grow nor shrink, extrapolated to time
            step 0 unless that was turned off.
        error: Its standard error, statistics only.
        mixed: Mean local energy (of zeta, without a guide), extrapolated in the same way: another
            estimate from the same walk, right only without walls.
        walkers: Positions at the end, shape ``(num_walkers, d)``. Without a guide they are
            distributed as psi_0 (not its square), with a guide as ``psi_0 psi_T``.
        history: Local energy of every step of the last run.
        runs: All runs, coarsest time step first.
        nfev: Evaluations of zeta.
        seed: Of the noise.
        checks: Statistics, time step and population diagnostics.
    """

    energy: float
    error: float
    mixed: float
    walkers: Array
    history: Array
    runs: tuple[MonteCarloRun, ...]
    nfev: int
    seed: int
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether all checks passed."""
        return all(check.passed for check in self.checks)

    def __str__(self) -> str:
        steps = ", ".join(f"{run.time_step:.3g}" for run in self.runs)
        failed = "".join(f"\n{check}. {check.remedy}" for check in self.checks if not check.passed)
        return f"E0 = {self.energy:.6g} +- {self.error:.2g} (time steps {steps}){failed}"


@typed
def diffusion_monte_carlo(
    objective: Objective | Callable[..., object] | str,
    diffusion: float,
    *,
    dimensions: int | None = None,
    bounds: Sequence[Sequence[float]] | None = None,
    start: ArrayLike | None = None,
    num_walkers: int = 1000,
    time_step: float | None = None,
    num_steps: int = 4000,
    equilibration: int | None = None,
    extrapolate: bool = True,
    guide: Guide | None = None,
    seed: int | None = None,
    progress: bool = False,
) -> MonteCarloEnergy:
    r"""Ground-state energy of ``H = -D lap + zeta`` from a population of random walkers.

    Imaginary time ``dpsi/dtau = D lap psi - (zeta - E) psi`` is diffusion with birth and death. In
    a step dtau a walker moves by a Gaussian of variance ``2 D dtau`` per axis and is replaced by w
    copies of itself on average,

        w = exp(-dtau [(zeta(x) + zeta(x')) / 2 - E_ref]),

    with E_ref led such that the population stays near `num_walkers`. The walkers are then
    distributed as psi_0; the E_ref that keeps their number is E0, and so is the mean of zeta. With
    a guide psi_T they drift as well, branch by the local energy (see `Guide`), and are distributed
    as ``psi_0 psi_T``. The step is symmetric, with half a drift (midpoint rule) before and after
    the diffusion: errors are of second order in dtau with and without a guide, and a second run at
    dtau / 2 removes them.

    Walkers live in all of R^d. There is no grid and no periodic box: `bounds` only says where
    walkers start, and zeta must keep them together. Where zeta is no finite number is a wall.

    Args:
        objective: zeta: an `Objective`, a name, a formula, or ``f(x1, ..., xd)`` on arrays.
        diffusion: D, positive.
        dimensions: d, where `objective` does not say it.
        bounds: Box in which walkers start, uniformly; default that of the objective.
        start: Where they start instead: one point, or positions of shape ``(num_walkers, d)``.
        num_walkers: Population, default 1000. What keeping their number does to the energy is
            undone by weights, as far back as energies are correlated.
        time_step: dtau of the first run. Default: so small that weights of one step differ by a
            quarter over the walkers.
        num_steps: Steps of the first run, default 4000; of the second, twice as many.
        equilibration: Steps before, which are not counted; default a quarter of `num_steps`.
        extrapolate: Whether to take the second run, default True.
        guide: Guide function; default none.
        seed: Of the noise; default a fresh one, which the result records.
        progress: Show a bar.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument is out of range, or there is nowhere to start from.
        PopulationError: The walkers died out or multiplied without end.
        ObjectiveFailedError: The objective raised.

    References:
        J. B. Anderson, J. Chem. Phys. 63, 1499 (1975), doi 10.1063/1.431514.
        I. Kosztin, B. Faber and K. Schulten, Am. J. Phys. 64, 633 (1996), doi 10.1119/1.18168.
        S. A. Chin, Phys. Rev. A 42, 6991 (1990), doi 10.1103/PhysRevA.42.6991 (second order).
        C. J. Umrigar, M. P. Nightingale and K. J. Runge, J. Chem. Phys. 99, 2865 (1993),
        doi 10.1063/1.465195 (the weights that undo the control).

    >>> found = diffusion_monte_carlo("harmonic", 1.0, num_walkers=300, num_steps=1000, seed=1)
    >>> abs(found.energy - 1) < 3 * found.error < 0.1  # zeta = x^2: E0 = sqrt(D)
    True
    """
    seed = secrets.randbelow(2**31) if seed is None else count("seed", seed, least=0)
    zeta, boxes = _read(objective, dimensions, bounds)
    size = count("num_walkers", num_walkers, least=10)
    steps = count("num_steps", num_steps, least=100)
    before = steps // 4 if equilibration is None else count("equilibration", equilibration, least=0)
    rng = np.random.default_rng(seed)
    positions = _start(start, boxes, zeta.dimensions, size, rng)
    walk = Population(zeta, number("diffusion", diffusion), guide, size, rng, positions)
    total = before + steps + extrapolate * (before + 2 * steps)
    with progress_bar(total=total, desc="walkers", unit="step", disable=not progress) as bar:
        step = None if time_step is None else number("time_step", time_step)
        step = walk.equilibrate(step, before, bar)
        runs = [_counted(walk, step, steps, bar)]
        if extrapolate:
            walk.equilibrate(step / 2, before, bar)
            runs.append(_counted(walk, step / 2, 2 * steps, bar))
    energy, error = _extrapolated([run.growth for run in runs])
    mixed, _ = _extrapolated([run.mixed for run in runs])
    return MonteCarloEnergy(
        energy=energy,
        error=error,
        mixed=mixed,
        walkers=walk.positions,
        history=runs[-1].history,
        runs=tuple(runs),
        nfev=walk.zeta.nfev,
        seed=seed,
        checks=_checks(runs, energy, error, mixed, walk),
    )


def _counted(walk: Population, dtau: float, steps: int, bar: Any) -> MonteCarloRun:
    """Steps that are counted."""
    rows = np.empty((steps, 3))
    population = np.empty(steps, dtype=np.int64)
    for step in range(steps):
        rows[step] = walk.step(dtau)
        population[step] = len(walk.positions)
        bar.update()
    history, growth, reference = rows.T.copy()
    samples = correlated_mean(growth).samples
    window = min(math.ceil(_WINDOW * steps / samples), steps // 10)
    weights = population * _uncontrolled(reference * dtau, window)
    before = np.concatenate([weights[:1], weights[:-1]])
    return MonteCarloRun(
        dtau, _averaged(history, weights), _averaged(growth, before, dtau), history, population
    )


def _uncontrolled(exponents: Array, window: int) -> Array:
    """``exp(-sum of the last exponents)``: what E_ref did to the population, undone."""
    total = np.cumsum(exponents - exponents.mean())
    total[window:] -= total[:-window].copy()
    return np.asarray(np.exp(-total))


def _averaged(series: Array, weights: Array, dtau: float = 0.0) -> CorrelatedMean:
    """Weighted mean, free of the bias of a ratio, and its error from its linear form.

    A ratio of means of N numbers is biased by 1/N, where weights and series fluctuate together: a
    jackknife over blocks takes that off. With a step it is the factors of growth that are averaged,
    ``E = -ln <exp(-dtau E_n)> / dtau``, as they multiply one population; the mean of E_n lies
    ``dtau var(E_n) / 2`` too high.
    """
    center = float(weights @ series / weights.sum())
    away = series - center
    error = correlated_mean(center + weights / weights.mean() * away)

    def mean(part: Array, whole: Array) -> Array:
        ratio = part / whole
        return center + (-np.log1p(-dtau * ratio) / dtau if dtau else ratio)

    values = -np.expm1(-dtau * away) / dtau if dtau else away
    blocks = np.array_split(np.array([weights * values, weights]), _BLOCKS, axis=1)
    parts = np.array([block.sum(axis=1) for block in blocks]).T
    sums = parts.sum(axis=1)
    without = mean(*(sums[:, None] - parts))
    known = _BLOCKS * mean(*sums) - (_BLOCKS - 1) * without.mean()
    return replace(error, mean=float(known))


def _read(
    thing: object, dimensions: int | None, bounds: Sequence[Sequence[float]] | None
) -> tuple[Objective, Array | None]:
    """The objective, and the box to start in, shape (d, 2)."""
    if dimensions is None and bounds is not None:
        dimensions = len(as_bounds(bounds))
    objective = as_objective(thing, dimensions)
    if not objective.continuous:
        actual = f"the table `{objective.name}`"
        raise bad_value("objective", "be known everywhere", actual, "Use `relax`.")
    boxes = objective.bounds if bounds is None else Grid(bounds, 1).bounds
    if boxes is not None and len(boxes) != objective.dimensions:
        raise bad_value("bounds", f"hold {objective.dimensions} pairs, one per coordinate", bounds)
    return objective, None if boxes is None else np.array(boxes, dtype=float)


def _start(
    start: ArrayLike | None, boxes: Array | None, d: int, size: int, rng: np.random.Generator
) -> Array:
    if start is not None:
        points = real_array("start", start)
        if points.shape in ((d,), (size, d)):
            return np.array(np.broadcast_to(points, (size, d)))
        must = f"be a finite point of {d} coordinates or have the shape ({size}, {d})"
        raise bad_value("start", must, f"of shape {points.shape}")
    if boxes is None:
        remedy = "Write [(-5, 5)], one pair per coordinate, or give `start`."
        raise bad_value("bounds", "say where walkers start", "missing", remedy)
    low, high = boxes.T
    return np.asarray(rng.uniform(low, high, (size, d)))


def _extrapolated(runs: Sequence[CorrelatedMean]) -> tuple[float, float]:
    """``(4 E(dtau / 2) - E(dtau)) / 3``: what a second-order error leaves at 0."""
    if len(runs) == 1:
        return runs[0].mean, runs[0].error
    coarse, fine = runs
    error = math.hypot(4 * fine.error, coarse.error) / 3
    return (4 * fine.mean - coarse.mean) / 3, error


def _checks(
    runs: Sequence[MonteCarloRun], energy: float, error: float, mixed: float, walk: Population
) -> tuple[Check, ...]:
    last = runs[-1]
    early, late = (correlated_mean(half) for half in np.array_split(last.history, 2))
    scale = _SHIFT * max(mixed - walk.lowest, np.finfo(float).tiny)
    return (
        at_most(
            "stationary",
            _in_errors(early.mean - late.mean, math.hypot(early.error, late.error)),
            _LIMIT,
            "difference of the two halves of the run in standard errors",
            "Give a longer `equilibration`.",
        ),
        at_least(
            "independent_samples",
            min(run.growth.samples for run in runs),
            _FEWEST_SAMPLES,
            "length of the run in units of the correlation of its energies",
            "Take more `num_steps`; the error bar is too small.",
        ),
        at_most(
            "extrapolation",
            abs(energy - last.growth.mean),
            max(scale, _LIMIT * error),
            "how far the extrapolation to time step 0 moved the energy",
            "Give a smaller `time_step`.",
        ),
        at_most(
            "two_estimates",
            abs(energy - mixed),
            max(scale, _LIMIT * error),
            "difference between growth of the population and mean local energy",
            "Give a smaller `time_step`.",
        ),
        at_most(
            "population_control",
            max(_in_errors(run.history.mean() - run.mixed.mean, run.mixed.error) for run in runs),
            _LIMIT,
            "what undoing the control of the population changed, in standard errors",
            "Take more `num_walkers`.",
        ),
        at_most(
            "walls",
            walk.zeta.walls / walk.zeta.nfev,
            0.0,
            "share of positions where the objective is no finite number",
            "Walls make the error of a time step fall with its root only: shrink it and compare.",
        ),
    )


def _in_errors(difference: float, error: float) -> float:
    """0 where there is no error at all, as with an exact guide."""
    return abs(difference) / error if error > 1e-10 * abs(difference) else 0.0
