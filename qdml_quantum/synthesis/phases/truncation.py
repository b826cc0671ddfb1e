"""What may be left out of an objective for a given anneal: as much as its Trotter error hides."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import state_distance
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import POTENTIAL
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.compiler import Budget
from qdml_quantum.synthesis.phases.budget import errors_of, truncate
from qdml_quantum.synthesis.phases.walsh import WalshSeries

SHARE = 0.5
"""Part of the Trotter error that leaving strings out may add by default."""
MOST = 0.1
"""Largest distance of states that it may add by default, however coarse the steps are."""
FREE = 0.02
"""The same for schedules with a goal, whose steps approximate nothing."""


@dataclass(frozen=True, eq=False)
class Truncation:
    """An objective with some of its Walsh strings left out, and what that does to an anneal.

    Attributes:
        problem: Grid and kept objective; the circuit follows it exactly.
        budget: Kind and limit, in radians over the whole anneal.
        strings: Strings of two bits or more that were kept; None where nothing was left out and so
            nobody counted.
        strings_exact: How many there are.
        max_error: Certified: the sum of all potential angles times half the range of what was left
            out. No state can end further from where it belongs.
        rms_error: The same with the root mean square over the grid.
        state_error: Distance of the final states with and without, measured on the emulator.
        trotter_error: Estimated distance of the final state from that of infinitely small steps,
            where the budget asks for it.
    """

    problem: Problem
    budget: tuple[str, float]
    strings: int | None = None
    strings_exact: int | None = None
    max_error: float = 0.0
    rms_error: float = 0.0
    state_error: float = 0.0
    trotter_error: float | None = None

    @property
    def is_exact(self) -> bool:
        """Whether nothing was left out."""
        return self.strings == self.strings_exact

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, without the problem."""
        facts = asdict(self, dict_factory=lambda pairs: {k: v for k, v in pairs if k != "problem"})
        return facts | {"budget": list(self.budget)}


def truncated(anneal: Anneal, budget: Any) -> Truncation:
    """Leave out of zeta what a budget for a whole anneal allows.

    The circuit of the rest is an exact product formula of ``H' = H + (zeta' - zeta)``: the error is
    coherent and does not depend on the number of steps.

    Args:
        anneal: The anneal.
        budget: ``"exact"``; ``"trotter"``: the measured distance of the final states stays below
            half of the Trotter error, and below 0.1 (0.02 where a schedule has a goal); or a pair
            of kind and radians, see `Budget`.
            ``max``, ``rms`` and ``state`` are the sum of the potential angles times the error of
            zeta, for ``state`` in the density of the anneal, averaged over time.
    """
    problem = anneal.problem
    if budget != "trotter" and Budget.of(budget).kind == "exact":
        return Truncation(problem, ("exact", 0.0))
    series = WalshSeries.of_values(problem.grid.to_vector(problem.values))
    run = _Emulation(anneal)
    trotter = None
    if budget == "trotter" and anneal.schedule.is_free:
        kept = _fewest_within(series, run, FREE)
        asked = ("trotter", FREE)
    elif budget == "trotter":
        fine = anneal.halved().final_state()
        trotter = state_distance(run.final, fine) / (1 - 2.0**-anneal.formula.order)
        limit = min(MOST, SHARE * trotter)
        kept = _fewest_within(series, run, limit)
        asked = ("trotter", limit)
    else:
        wanted = Budget.of(budget)
        asked = (wanted.kind, wanted.limit)
        density = run.density if wanted.kind == "state" else None
        kept = truncate(series, wanted.over(run.total_angle), density)
    errors = errors_of(series, kept)
    exact = errors.rms == 0
    kept_problem = problem if exact else _problem_of(problem, kept)
    return Truncation(
        problem=kept_problem,
        budget=asked,
        strings=int((kept.weights > 1).sum()),
        strings_exact=int((series.weights > 1).sum()),
        max_error=run.total_angle * errors.max,
        rms_error=run.total_angle * errors.rms,
        state_error=0.0 if exact else run.distance_to(kept_problem),
        trotter_error=trotter,
    )


class _Emulation:
    """An anneal on the emulator."""

    def __init__(self, anneal: Anneal) -> None:
        self.anneal, self.problem = anneal, anneal.problem
        potential = [p for p in anneal.recipe.phases if p.term == POTENTIAL]
        self.total_angle = float(sum(abs(phase.angle) for phase in potential))

    @cached_property
    def final(self) -> NDArray[Any]:
        """The state at the end."""
        return self.anneal.final_state()

    def distance_to(self, other: Problem) -> float:
        """How far from it the same anneal of another objective ends."""
        return state_distance(self.final, self.anneal.final_state(other))

    @property
    def density(self) -> Array:
        """Probabilities in state-vector order, averaged over the potential phases."""
        propagator = Propagator(self.problem)
        psi = self.anneal.start
        total = np.zeros(self.problem.grid.shape)
        for move in self.anneal.recipe.moves:
            if isinstance(move, Phase) and move.term == POTENTIAL:
                total += abs(move.angle) * np.abs(psi) ** 2
            psi = propagator.run(psi, [move])
        return np.asarray(self.problem.grid.to_vector(total / total.sum()), dtype=float)


def _fewest_within(series: WalshSeries, run: _Emulation, limit: float) -> WalshSeries:
    """The largest coefficients whose anneal ends within a distance, by bisection."""
    order = series.costly

    def near(number: int) -> bool:
        return run.distance_to(_problem_of(run.problem, series.without(order[number:]))) <= limit

    return series.without(order[bisect_left(range(order.size), True, key=near) :])


def _problem_of(problem: Problem, series: WalshSeries) -> Problem:
    grid = problem.grid
    values = grid.from_vector(series.values())
    return Problem.from_table(values, grid.bounds, name=problem.objective.name)
