"""What is left of a few-step anneal when its objective is another one: is it an anneal at all?

Angles that were chosen knowing the answer can make it without searching: they load it. Such steps
give themselves away where zeta is changed and they are not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.anneal import Anneal, as_anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.goal import RADIUS
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.support.messages import bad_value, number
from qdml_quantum.support.typed import typed

Array = NDArray[Any]

ROBUST = 0.2
"""Share by which zeta is scaled: as uncertain as a barrier that somebody measured or fitted."""
KEPT, LOADED = 0.8, 0.1
"""Limits of the word anneal: the least share of the fidelity that every changed objective keeps,
and what may be left of it, above chance, when there is none. Anneals over ensembles keep 0.9 and
more of it; angles for one zeta keep 0.02 to 0.3, and phases that load it 0.99 of it without zeta.
"""
MOST_POINTS = 1 << 14
"""Above this many points controls are left out: each takes a ground state of its own."""

_SCALES = 9  # Factors between the ends that zeta is scaled by, both among them.
_EIGHTH = 8  # Of the box: what zeta is moved by.
_SAME = 0.5  # Overlap of two ground states that are in the same well.


@dataclass(frozen=True)
class Controls:
    """Fidelities with the ground state of a changed objective, reached by the same angles.

    Attributes:
        fidelity: With the objective as it is.
        scaled: The least with zeta times ``1 - robust`` to ``1 + robust``.
        moved: With zeta rolled by an eighth of the box, on every axis.
        mirrored: With every axis reversed.
        reversed: With the lowest well and its best rival exchanged by a tilt; None where there is
            no rival.
        no_objective: With the old ground state, zeta being deleted.
        chance: Of the uniform state with it.
        robust: See `scaled`.
    """

    fidelity: float
    scaled: float
    moved: float
    mirrored: float
    reversed: float | None
    no_objective: float
    chance: float
    robust: float = ROBUST

    @property
    def hold(self) -> bool:
        """Whether each changed objective keeps `KEPT` of the fidelity, and none leaves chance."""
        changed = (self.scaled, self.moved, self.mirrored, self.reversed)
        followed = all(value >= KEPT * self.fidelity for value in changed if value is not None)
        return followed and self.no_objective - self.chance <= LOADED

    @property
    def word(self) -> str:
        """What the steps are to be called: ``"anneal"`` where all controls hold.

        >>> Controls(0.98, 0.95, 0.98, 0.98, 0.9, 0.05, 0.05).word
        'anneal'
        >>> Controls(0.98, 0.05, 0.98, 0.98, None, 0.05, 0.05).word
        'prepared'
        """
        return "anneal" if self.hold else "prepared"

    @property
    def called(self) -> str:
        """The word with its limits, for tables."""
        if self.hold:
            return f"an anneal: every other zeta keeps {100 * KEPT:g} % of the fidelity or more"
        kept = f"another zeta keeps less than {100 * KEPT:g} % of the fidelity"
        loaded = f"without zeta it is more than {LOADED:g} above chance"
        return (
            f"prepared, no anneal: {loaded if self.no_objective > self.chance + LOADED else kept}"
        )

    def facts(self) -> Iterator[tuple[str, str]]:
        """What the steps are to be called, and why, as rows of a table."""
        yield "these steps are", self.called
        yield "on another zeta", str(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self) | {"word": self.word}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Controls:
        """Read what `to_dict` wrote."""
        return cls(**{key: value for key, value in data.items() if key != "word"})

    def __str__(self) -> str:
        rival = "no rival" if self.reversed is None else f"reversed {self.reversed:.3f}"
        return (
            f"scaled {self.scaled:.3f} (zeta +-{100 * self.robust:g} %), moved {self.moved:.3f}, "
            f"mirrored {self.mirrored:.3f}, {rival}, no objective {self.no_objective:.3f} "
            f"(chance {self.chance:.3f})"
        )


@typed
def measure_controls(
    problem: Problem | Anneal, schedule: Schedule | None = None, *, robust: float = ROBUST
) -> Controls:
    """What a few-step anneal reaches on changed objectives, with the angles it has.

    Args:
        problem: Grid and objective, or an `Anneal`.
        schedule: Steps, where a problem is given.
        robust: Largest share by which zeta is scaled up and down, below 1; default 0.2.

    Raises:
        ValueError: `robust` is not between 0 and 1.

    >>> from qdml_quantum import Grid, Stage
    >>> well = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> controls = measure_controls(well, Schedule((Stage(0.6, 0.5, 1),), goal=0.3))
    >>> controls.moved == controls.fidelity, abs(controls.no_objective - controls.chance) < 1e-14
    (True, True)
    """
    anneal = as_anneal(problem, schedule)
    share = number("robust", robust, zero=True)
    if share >= 1:
        raise bad_value("robust", "be below 1", share, f"The default is {ROBUST}.")
    plain, diffusion = anneal.problem, anneal.diffusion
    ground = np.abs(rough_ground_state(plain, diffusion))
    axes = tuple(range(plain.grid.dimensions))
    moves = tuple(size // _EIGHTH for size in plain.grid.shape)

    def reached(values: Array, state: Array | None = None) -> float:
        other = Problem.from_table(values, plain.grid.bounds)
        if state is None:
            state = rough_ground_state(other, diffusion, ground)
        return fidelity(anneal.final_state(other), state)

    kept = fidelity(anneal.final_state(), ground)
    factors = np.linspace(1 - share, 1 + share, _SCALES)
    turned = _reversed(plain, ground, diffusion)
    return Controls(
        fidelity=kept,
        scaled=float(np.min([kept, *(reached(f * plain.values) for f in factors if f != 1)])),
        moved=reached(np.roll(plain.values, moves, axes), np.roll(ground, moves, axes)),
        mirrored=reached(np.flip(plain.values), np.flip(ground)),
        reversed=None if turned is None else reached(*turned),
        no_objective=reached(np.zeros_like(plain.values), ground),
        chance=fidelity(np.ones_like(ground), ground),
        robust=share,
    )


def controls_of(anneal: Anneal) -> Controls | None:
    """The controls of steps with free angles; None for others, and on too many points."""
    few = anneal.schedule.is_free and anneal.grid.size <= MOST_POINTS
    return measure_controls(anneal) if few else None


def _reversed(problem: Problem, ground: Array, diffusion: float) -> tuple[Array, Array] | None:
    """Zeta with its two best wells exchanged, and its ground state; None where there is one well.

    A tilt ``(z_1 - z_0) (1 - 2 t)``, t running from 0 in the lowest well to 1 in its rival, which
    turns the tilt of a double well around, and moves a bowl of wells from one to the next.
    """
    best, rival = _wells(problem)
    if rival is None:
        return None
    depth = float(problem.values[rival] - problem.values[best])
    away = (np.array(rival) - best) / np.square(np.subtract(rival, best)).sum()
    indices = np.ogrid[tuple(slice(0, size) for size in problem.grid.shape)]
    t = sum(a * (index - b) for a, index, b in zip(away, indices, best, strict=True))
    values = problem.values + depth * (1 - 2 * t)
    state = rough_ground_state(Problem.from_table(values, problem.grid.bounds), diffusion)
    return (values, state) if fidelity(state, ground) < _SAME else None


def _wells(problem: Problem) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """Grid points of the lowest value, and of the lowest other minimum out of its reach."""
    values = problem.values
    lowest = np.ones(values.shape, dtype=bool)
    axes = tuple(range(values.ndim))
    for step in itertools.product((-1, 0, 1), repeat=values.ndim):
        if any(step):
            lowest &= values <= np.roll(values, step, axes)
    best = np.unravel_index(int(np.argmin(values)), values.shape)
    shares = [
        np.abs(np.arange(size) - at) / size > RADIUS
        for size, at in zip(values.shape, best, strict=True)
    ]
    far = np.zeros(values.shape, dtype=bool)
    for axis, share in enumerate(shares):
        shape = [1] * values.ndim
        shape[axis] = -1
        far |= share.reshape(shape)
    heights = np.where(lowest & far, values, np.inf)
    index = int(np.argmin(heights))
    home = tuple(int(i) for i in best)
    if not np.isfinite(heights.ravel()[index]) or values.ravel()[index] == values[home]:
        return home, None
    return home, tuple(int(i) for i in np.unravel_index(index, values.shape))
