"""States as NumPy arrays of the shape of the grid, moved by `Propagator`: the default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import scipy
from numpy.typing import NDArray

from qdml_quantum.backends.engines.base import PRECISIONS, Sight, Trail, at_end
from qdml_quantum.diagnostics import checks
from qdml_quantum.diagnostics.metrics import probabilities_in, sample_counts, total_variation
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import Move
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.block import BlockSteps
from qdml_quantum.support.memory import available_memory

ONE_BY_ONE = "its engine moves one after the other"
_STATE = "state"
"""Name of the one block."""


class NumPyEngine:
    """Applies the recipe to whole arrays, with `scipy.fft`.

    Args:
        problem: Grid and objective.
        imaginary: Whether time is imaginary.
        precision: ``"double"`` (default) or ``"single"``.
        workers: Threads of the transforms; default `useful_threads` of the grid.

    >>> from qdml_quantum.dynamics.schedule import Schedule
    >>> from qdml_quantum.problem.grid import Grid
    >>> bowl = Problem(Grid([(-4, 4)], 6), "harmonic")
    >>> anneal = Anneal(bowl, Schedule.constant(1.0, num_steps=3, time_step=0.1))
    >>> engine = NumPyEngine(bowl)
    >>> psi = engine.run(engine.begin(anneal), anneal.recipe.stages)
    >>> bool(np.array_equal(psi, anneal.final_state()))
    True
    """

    block_steps: ClassVar[type[BlockSteps]] = BlockSteps

    def __init__(
        self,
        problem: Problem,
        *,
        imaginary: bool = False,
        precision: str = "double",
        workers: int | None = None,
    ) -> None:
        self.problem = problem
        self._dtype = PRECISIONS[precision]
        self._options: dict[str, Any] = {"imaginary": imaginary, "precision": precision}
        self._options["workers"] = workers
        self._propagator = Propagator(
            problem, imaginary=imaginary, dtype=self._dtype, workers=workers
        )

    def begin(self, anneal: Anneal) -> NDArray[Any]:
        """See `Engine.begin`."""
        return self.place(anneal.start)

    def place(self, psi: Any) -> NDArray[Any]:
        """See `Engine.place`."""
        return np.array(psi, dtype=self._dtype)

    def run(
        self,
        state: NDArray[Any],
        stages: Sequence[Sequence[Move]],
        look: Callable[[NDArray[Any]], None] | None = None,
    ) -> NDArray[Any]:
        """See `Engine.run`."""
        for moves in stages:
            state = self._propagator.run(state, moves, look)
        return state

    @property
    def room(self) -> int:
        """See `Engine.room`."""
        return available_memory()

    def why_alone(self, anneal: Anneal) -> str:
        """See `Engine.why_alone`."""
        return ONE_BY_ONE

    def run_many(
        self, anneals: Sequence[Anneal], goals: Sequence[Goal] | None = None
    ) -> list[Trail]:
        """See `Engine.run_many`: one after the other, since one call for all gains nothing here."""
        trails = []
        for number, anneal in enumerate(anneals):
            goal = None if goals is None else goals[number]
            same = anneal.problem is self.problem
            engine = self if same else NumPyEngine(anneal.problem, **self._options)
            trails.append(engine._trail(anneal, goal))
        return trails

    def shown(self, state: NDArray[Any], coarse: Coarse) -> NDArray[Any]:
        """See `Engine.shown`."""
        return self._propagator.shown(state, coarse)

    def observe(self, state: NDArray[Any], diffusion: float, goal: Goal) -> Sight:
        """See `Engine.observe`."""
        spectrum = scipy.fft.fftn(state)
        energy, variance = Hamiltonian(self.problem, diffusion).moments(state, spectrum)
        return Sight(
            energy=energy,
            variance=variance,
            success=goal.share(np.abs(state) ** 2),
            aliasing=checks.aliasing_weight(state, self.problem.grid, spectrum),
            edge=checks.edge_weight(state),
        )

    def distance(self, one: NDArray[Any], other: NDArray[Any]) -> float:
        """See `Engine.distance`."""
        return total_variation(np.abs(one) ** 2, np.abs(other) ** 2)

    def edge(self, state: NDArray[Any]) -> float:
        """See `Engine.edge`."""
        return checks.edge_sum(state)

    def sample(
        self, state: NDArray[Any], basis: str, shots: int, seed: int | None
    ) -> dict[str, int]:
        """See `Engine.sample`."""
        return sample_counts(probabilities_in(basis, state), self.problem.grid, shots, seed)

    def whole(self, state: NDArray[Any]) -> NDArray[Any]:
        """The state itself."""
        return state

    def blocks(self, state: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """The state, as one block."""
        return {_STATE: state}

    def from_blocks(self, blocks: Mapping[str, NDArray[Any]]) -> NDArray[Any] | None:
        """See `Engine.from_blocks`."""
        state = blocks.get(_STATE)
        return state if state is not None and state.shape == self.problem.grid.shape else None

    def _trail(self, anneal: Anneal, goal: Goal | None) -> Trail:
        state, sights = self.begin(anneal), []
        for number, moves in enumerate(anneal.recipe.stages):
            edges: list[float] = []
            look = None if goal is None else lambda psi, seen=edges: seen.append(self.edge(psi))
            state = self.run(state, [moves], look)
            if goal is not None:
                seen = at_end(self, anneal, number, state)
                sight = self.observe(seen, anneal.diffusion_after(number), goal)
                sights.append(replace(sight, edge=float(np.max([sight.edge, *edges]))))
        return Trail(state, tuple(sights))
