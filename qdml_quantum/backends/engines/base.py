"""What an engine is: it holds a problem and states of its grid, wherever these are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.recipe import Move
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.block import BlockSteps

PRECISIONS = {"double": np.complex128, "single": np.complex64}
"""Types of amplitudes; the first one is the default."""

State = Any
"""Amplitudes on the grid in the form of an engine, which alone knows how they lie in memory."""


@dataclass(frozen=True)
class Sight:
    """What is seen of a state without its amplitudes.

    Attributes:
        energy: ``<H>`` at the diffusion that was asked for.
        variance: ``<H^2> - <H>^2``, never negative.
        success: Probability of the points that count as success.
        aliasing: Probability of wave numbers above 90 % of the Nyquist number.
        edge: Probability in the outer 5 % of the box on each side of any axis.
    """

    energy: float
    variance: float
    success: float
    aliasing: float
    edge: float


@dataclass(frozen=True, eq=False)
class Trail:
    """What an anneal leaves that was moved together with others.

    Attributes:
        state: Amplitudes at the end, of the shape of the grid.
        sights: What was seen at the end of every stage, `edge` being the largest within it; empty
            where nothing was looked at.
    """

    state: NDArray[Any]
    sights: tuple[Sight, ...]


class Engine(Protocol):
    """Interprets the recipe on states that it places itself.

    Nothing outside looks into a state: it is run, seen, sampled and handed out in blocks, so that
    none of it has to be in one place.

    Attributes:
        problem: Grid and objective.
        block_steps: What moves the blocks of `ground_state`.
    """

    problem: Problem
    block_steps: ClassVar[type[BlockSteps]]

    def begin(self, anneal: Anneal) -> State:
        """The initial state of an anneal of this problem."""
        ...

    def place(self, psi: Any) -> State:
        """A state from amplitudes of the shape of the grid, or a copy of one of its own."""
        ...

    def run(
        self,
        state: State,
        stages: Sequence[Sequence[Move]],
        look: Callable[[State], None] | None = None,
    ) -> State:
        """Apply the phases and refinements of stages in order.

        Args:
            state: Overwritten; use what comes back.
            stages: What to apply.
            look: Shown some states of each stage, see `Propagator.run`; it leaves them as they are.
        """
        ...

    @property
    def room(self) -> int:
        """Bytes that are left where states are placed."""
        ...

    def why_alone(self, anneal: Anneal) -> str:
        """Why an anneal gains nothing beside others of its shape; empty where it does."""
        ...

    def run_many(
        self, anneals: Sequence[Anneal], goals: Sequence[Goal] | None = None
    ) -> list[Trail]:
        """Run anneals on the grid of the problem, from begin to end, and hand over each of them.

        Args:
            anneals: Of this objective or others.
            goals: What counts as success for each, where the ends of stages are looked at.
        """
        ...

    def shown(self, state: State, coarse: Coarse) -> State:
        """The state of a coarse stage on the full grid, as the refinements to come will make it."""
        ...

    def observe(self, state: State, diffusion: float, goal: Goal) -> Sight:
        """Energy, success and what checks look at; the state stays as it is."""
        ...

    def distance(self, one: State, other: State) -> float:
        """Probability that lies elsewhere in another state: their total variation distance."""
        ...

    def edge(self, state: State) -> float:
        """``sum |psi|^2`` in the outer 5 % of the box, also of the points of a coarse stage."""
        ...

    def sample(self, state: State, basis: str, shots: int, seed: int | None) -> dict[str, int]:
        """Counts of measured positions or wave numbers; the same from every engine."""
        ...

    def whole(self, state: State) -> NDArray[Any] | None:
        """The amplitudes as one array of the shape of the grid; None where processes share them."""
        ...

    def blocks(self, state: State) -> Mapping[str, NDArray[Any]]:
        """The amplitudes as named arrays, such as files keep."""
        ...

    def from_blocks(self, blocks: Mapping[str, NDArray[Any]]) -> State | None:
        """A state from what `blocks` gave, bit by bit; None where they are of something else."""
        ...


def at_end(engine: Engine, anneal: Anneal, number: int, state: State) -> State:
    """The state at the end of a stage, on the full grid, made of the running one."""
    pending = anneal.recipe.pending[number]
    seen = state if pending is None else engine.run(engine.place(state), [[pending]])
    return engine.shown(seen, coarse_after(anneal.schedule, number))


def coarse_after(schedule: Schedule, number: int) -> Coarse:
    """Idle qubits per axis after a stage; the last one ends on the full grid."""
    stages = schedule.stages
    return stages[number].coarse if number + 1 < len(stages) else 0
