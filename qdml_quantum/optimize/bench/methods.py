"""Quantum and classical methods with one call shape.

A method takes a case, a seed and a plan, and returns the best point it found. All may use as many
evaluations.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import scipy

from qdml_quantum.annealing.qhd import TIME_STEP, qhd_state
from qdml_quantum.backends.base import Outcome, Task
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.diagnostics.metrics import sample_counts
from qdml_quantum.optimize.baselines import gradient_descent, mqhoa, simulated_annealing
from qdml_quantum.optimize.bench.cases import Case
from qdml_quantum.optimize.minimize import PER_DIMENSION, minimize
from qdml_quantum.optimize.windows import Windows
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array

_QHD_QUBITS, _QHD_TIME = 6, 10.0  # Per axis, see `qhd`; time as published.
_AROUND = 2  # Points on either side of the lowest: 25 in all, as many as `minimize` evaluates.


@dataclass(frozen=True)
class EvaluationBudget:
    """What a method may spend.

    Attributes:
        per_dimension: Evaluations, times the number of variables; default those of `minimize`.
        num_qubits: Of the windows of `minimize`; see `Windows`.
        shots: Of each window.
    """

    per_dimension: int = PER_DIMENSION
    num_qubits: int = 4
    shots: int = 128

    def evaluations(self, dimensions: int) -> int:
        """In so many dimensions."""
        return self.per_dimension * dimensions


@dataclass(frozen=True)
class BestPoint:
    """Best point of a method, its value, and what it took."""

    x: tuple[float, ...]
    fun: float
    nfev: int
    num_steps: int = 0
    two_qubit_gates: int = 0


class Uniform(Emulator):
    """Measures every point with the same probability: what the loop alone does."""

    def run(self, task: Task, **_: Any) -> Outcome:
        """Uniform counts."""
        grid = task.anneal.grid
        even = np.full(grid.shape, 1 / grid.size)
        return Outcome(None, sample_counts(even, grid, task.shots or 1, task.seed))


class Greedy(Emulator):
    """Measures the lowest of the points that the phases are made from, and those next to it.

    That is what needs no quantum computer, with as many points as `minimize` evaluates.
    """

    def run(self, task: Task, **_: Any) -> Outcome:
        """Five points along every axis."""
        grid, values = task.anneal.grid, task.anneal.problem.values
        lowest = np.array(np.unravel_index(np.argmin(values), grid.shape))
        around = itertools.product(range(-_AROUND, _AROUND + 1), repeat=grid.dimensions)
        indices = [((lowest + step) % grid.shape).tolist() for step in around]
        return Outcome(None, {grid.bitstring_of(index): 1 for index in indices})


def loop(
    case: Case, seed: int, plan: EvaluationBudget, backend: type[Emulator] = Emulator
) -> BestPoint:
    """`minimize`, with windows measured by a backend."""
    result = minimize(
        case.objective,
        case.bounds,
        windows=Windows(plan.num_qubits, shots=plan.shots),
        maxfev=plan.evaluations(len(case.bounds)),
        seed=seed,
        backend=backend(workers=1),
    )
    steps, gates = result.num_steps, result.two_qubit_gates
    return BestPoint(tuple(result.x.tolist()), result.fun, result.nfev, steps, gates)


def uniform(case: Case, seed: int, plan: EvaluationBudget) -> BestPoint:
    """The lowest of as many points, uniform in the whole box."""
    low, high = np.array(case.bounds).T
    most = plan.evaluations(low.size)
    return _best(case, np.random.default_rng(seed).uniform(low, high, (most, low.size)), most)


def best_grid_point(case: Case, seed: int, plan: EvaluationBudget) -> BestPoint:
    """Best point of the finest grid on the whole box with as many points."""
    d = len(case.bounds)
    grid = Grid(case.bounds, max(1, int(np.log2(plan.evaluations(d)) / d)))
    return _best(case, grid.points(), grid.size)


def qhd(case: Case, seed: int, plan: EvaluationBudget) -> BestPoint:
    """The published protocol of quantum Hamiltonian descent, measured with as many shots.

    10,000 Trotter steps on 64 points per axis: with 128 one of the 22 functions does differently
    (drop wave, 7 instead of 10 of 10). Two dimensions only.
    """
    if len(case.bounds) != 2:
        raise ValueError("The protocol of QHD is defined in two dimensions.")
    grid = Grid(case.bounds, _QHD_QUBITS)
    values = Problem(grid, case.objective).values
    length = case.bounds[0][1] - case.bounds[0][0]
    scaled = (values - case.minimum) / length
    counts = sample_counts(_qhd(scaled.tobytes()), grid, plan.evaluations(2), seed)
    points = np.array([grid.position(grid.index_of(bits)) for bits in counts])
    best = _best(case, points, grid.size)
    return BestPoint(best.x, best.fun, grid.size, round(_QHD_TIME / TIME_STEP))


@lru_cache(maxsize=64)
def _qhd(values: bytes) -> Array:
    """Probabilities; the same for all seeds on a box as published."""
    shape = (1 << _QHD_QUBITS,) * 2
    table = np.frombuffer(values).reshape(shape)
    return np.abs(qhd_state(Problem.from_table(table, [(0, 1)] * 2), _QHD_TIME)) ** 2


class _EnoughError(Exception):
    """All evaluations are used."""


Method = Callable[[Case, int, EvaluationBudget], BestPoint]
SciPyMethod = Callable[[Callable[[Array], float], Case, int, int], object]
"""A method of SciPy: function, case, seed and most evaluations."""


def _counted(search: SciPyMethod) -> Method:
    """Run a method until it ends, or has used its evaluations; the best point counts."""

    def method(case: Case, seed: int, plan: EvaluationBudget) -> BestPoint:
        most = plan.evaluations(len(case.bounds))
        seen: list[tuple[float, tuple[float, ...]]] = []

        def function(x: Array) -> float:
            if len(seen) >= most:
                raise _EnoughError
            value = float(case.objective.function(*x))  # type: ignore[arg-type]  # a number
            seen.append((value, tuple(np.asarray(x, dtype=float).tolist())))
            return value

        with suppress(_EnoughError):
            search(function, case, seed, most)
        value, x = min(seen)
        return BestPoint(x, value, len(seen))

    return method


@_counted
def direct(f: Any, case: Case, seed: int, most: int) -> object:
    """`scipy.optimize.direct`, deterministic."""
    try:
        return scipy.optimize.direct(f, case.bounds, maxfun=most, maxiter=most)
    except SystemError as error:  # SciPy before 1.17.1 wraps what the function raises.
        raise (error.__cause__ or error) from None


@_counted
def shgo(f: Any, case: Case, seed: int, most: int) -> object:
    """`scipy.optimize.shgo` with Sobol points, deterministic."""
    return scipy.optimize.shgo(f, case.bounds, n=1024, iters=most, sampling_method="sobol")


@_counted
def differential_evolution(f: Any, case: Case, seed: int, most: int) -> object:
    """`scipy.optimize.differential_evolution`."""
    return scipy.optimize.differential_evolution(f, case.bounds, maxiter=most, rng=seed)


@_counted
def dual_annealing(f: Any, case: Case, seed: int, most: int) -> object:
    """`scipy.optimize.dual_annealing`."""
    return scipy.optimize.dual_annealing(f, case.bounds, maxfun=most, rng=seed)


def _own(search: Callable[..., Any]) -> Method:
    """A method that counts its evaluations and keeps to the budget itself."""

    def method(case: Case, seed: int, plan: EvaluationBudget) -> BestPoint:
        most = plan.evaluations(len(case.bounds))
        result = search(case.objective, case.bounds, seed=seed, maxfev=most)
        return BestPoint(tuple(result.x.tolist()), float(result.fun), int(result.nfev))

    return method


METHODS: dict[str, Method] = {
    "quantum": loop,
    "uniform_windows": partial(loop, backend=Uniform),
    "greedy_windows": partial(loop, backend=Greedy),
    "uniform": uniform,
    "grid": best_grid_point,
    "qhd": qhd,
    "direct": direct,
    "shgo": shgo,
    "differential_evolution": differential_evolution,
    "dual_annealing": dual_annealing,
    "simulated_annealing": _own(simulated_annealing),
    "mqhoa": _own(mqhoa),
    "gradient_descent": _own(gradient_descent),
}
"""By name; a new one is a function and a line."""

FIXED = ("grid", "direct", "shgo")
"""Those that do not depend on a seed."""


def _best(case: Case, points: Array, nfev: int) -> BestPoint:
    values = np.broadcast_to(np.asarray(case.objective.function(*points.T)), len(points))
    index = int(np.argmin(values))
    return BestPoint(tuple(points[index].tolist()), float(values[index]), nfev)
