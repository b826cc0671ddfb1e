"""Trial anneals on the NumPy recipe, for choosing a schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import fidelity, total_variation
from qdml_quantum.dynamics.formulas import Formula
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Initial, amplitudes
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.support.arrays import Array

_FIDELITY, _MOVED = 0.95, 0.05  # Of a good trial, which has a margin above what passes.
_PASSING_FIDELITY, _PASSING_MOVED = 0.9, 0.09  # Just within the limits of the checks.
_KEPT = 16
"""Ground states that are kept, of 2^14 points at most: a sweep over D asks for a few of them."""


@dataclass(frozen=True)
class TrialScore:
    """How a schedule does.

    Attributes:
        fidelity: With the ground state at the final D.
        moved: Probability that moves when every step is halved; NaN where that was not asked.
        alias: Weight near the largest wave number, over what the check allows.
        edge: Weight near the edges of the box, over what the check allows.
    """

    fidelity: float
    moved: float
    alias: float
    edge: float

    @property
    def good(self) -> bool:
        """All checks pass, with a margin for shots and finer grids where they are statistical."""
        return self.fidelity >= _FIDELITY and self.moved <= _MOVED and all(self.passing)

    @property
    def shaken(self) -> bool:
        """Whether the outcome depends on the time step; not known where that was not asked."""
        return self.moved > _MOVED

    @property
    def late(self) -> bool:
        """Resolved, but left behind by the ground state, in overlap or at the edges."""
        return self.alias <= 0.5 and (self.fidelity < _FIDELITY or self.edge > 1)

    @property
    def passing(self) -> tuple[bool, ...]:
        """Which checks pass."""
        return (
            self.moved <= _PASSING_MOVED,
            self.fidelity >= _PASSING_FIDELITY,
            self.alias <= 1,
            self.edge <= 1,
        )

    @property
    def passes(self) -> bool:
        """Whether all checks pass."""
        return all(self.passing)

    @property
    def rank(self) -> tuple[float, float]:
        """Order of merit: checks passed, then fidelity less what moves."""
        return self.good + sum(self.passing), self.fidelity - np.nan_to_num(self.moved, nan=1.0)


def joined(scores: Sequence[TrialScore]) -> TrialScore:
    """The score of the product of some states, each on axes of its own.

    Fidelities multiply, and so do the probabilities that do not lie near a largest wave number or
    an edge; of what moves it is the most that it can be.

    >>> half = TrialScore(0.5, 0.1, 0.0, 0.0)
    >>> round(joined([half, half]).fidelity, 3), round(joined([half, half]).moved, 3)
    (0.25, 0.19)
    """
    aliases = [score.alias * checks.ALIASING for score in scores]
    edges = [score.edge * checks.EDGE for score in scores]
    return TrialScore(
        math.prod(score.fidelity for score in scores),
        _any_of([score.moved for score in scores]),
        _any_of(aliases) / checks.ALIASING,
        _any_of(edges) / checks.EDGE,
    )


def _any_of(shares: Sequence[float]) -> float:
    """Probability that one of some independent things happens at least."""
    return 1 - math.prod(1 - share for share in shares)


@dataclass(frozen=True)
class _Asked:
    """One ground state, the same for equal problems: those of a sweep are made for each anneal."""

    values_hash: str
    diffusion: float
    problem: Problem = field(compare=False)


@lru_cache(maxsize=_KEPT)
def _ground(asked: _Asked) -> Array:
    state = rough_ground_state(asked.problem, asked.diffusion)
    state.flags.writeable = False
    return state


class TrialAnneal:
    """Runs schedules, and the same with halved steps, and scores the outcome."""

    def __init__(
        self, problem: Problem, diffusion: float, formula: str | Formula, initial: Initial
    ) -> None:
        self.ground = _ground(_Asked(problem.values_hash, diffusion, problem))
        self.problem, self.formula = problem, formula
        # Amplitudes belong to the full grid: tune as if the start were uniform.
        on_any_grid = isinstance(initial, str) or hasattr(initial, "factors")
        self.start = amplitudes(initial if on_any_grid else "uniform", problem.grid)
        self.propagator = Propagator(problem)
        self.best: tuple[TrialScore, Schedule] | None = None
        self.steps = 0

    def __call__(self, schedule: Schedule) -> TrialScore:
        """Score a schedule and remember the best; only what can pass and be best is halved."""
        psi = self._final(schedule)
        hopeful = TrialScore(
            fidelity(psi, self.ground),
            0.0,
            checks.aliasing_weight(psi, self.problem.grid) / checks.ALIASING,
            checks.edge_weight(psi) / checks.EDGE,
        )
        moved = math.nan
        if hopeful.passes and (self.best is None or hopeful.rank > self.best[0].rank):
            fine = self._final(schedule.halved())
            moved = total_variation(np.abs(psi) ** 2, np.abs(fine) ** 2)
        score = replace(hopeful, moved=moved)
        if self.best is None or score.rank > self.best[0].rank:
            self.best = score, schedule
        return score

    def _final(self, schedule: Schedule) -> NDArray[np.complex128]:
        self.steps += schedule.num_steps
        return self.propagator.run(self.start.copy(), make_recipe(schedule, self.formula).phases)
