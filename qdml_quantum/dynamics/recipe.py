"""The recipe: schedule x formula as a flat list of phase applications, read by every interpreter.

A phase with term ``potential`` and angle a is ``exp(-i a zeta(x))``; with term ``kinetic`` and
angle b it is ``exp(-i b |k|^2)``, where ``b = D dt``, beside the folded squares that a free stage
may have (see `dispersion`). Neighbouring phases of the same term are merged, within a step, between
steps and across the seams of stages.

A coarse stage uses every 2^c-th point of an axis: the c lowest qubits of the axis are still |0>,
with one c for all axes or one per axis. `Refine` brings some of them in, by interpolation with the
spectrum: the wave numbers of the coarse grid, in two's complement, are extended by their sign,
which takes one CX per new qubit. An axis that gets none is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from qdml_quantum.dynamics.dispersion import Fold, added, scaled
from qdml_quantum.dynamics.formulas import KINETIC, Formula, Term, as_formula
from qdml_quantum.dynamics.schedule import Schedule, Stage, mean_diffusion
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.support.typed import typed

FORMULA, FREE_FORMULA = "strang", "lie"
"""Default formulas: of stages, and of a schedule with a goal, whose angles are free."""


@dataclass(frozen=True)
class Phase:
    """One phase application: ``exp(-i angle zeta)`` or ``exp(-i angle |k|^2)``.

    `coarse` qubits of each axis (see `Stage`) take no part. `fold` are the coefficients of folded
    squares that a kinetic phase has beside k^2. `time` is when it begins, where what it is made of
    changes: one of a time comes once.
    """

    term: Term
    angle: float
    coarse: Coarse = 0
    fold: Fold = ()
    time: float | None = None

    def then(self, other: Phase) -> Phase:
        """This phase and another one of the same term after it, as one."""
        fold = added(self.fold, other.fold)
        return replace(self, angle=self.angle + other.angle, fold=fold)


@dataclass(frozen=True)
class Refine:
    """Spectral interpolation to a finer grid: of `coarse` idle qubits per axis, `after` remain."""

    coarse: Coarse
    after: Coarse


Move = Phase | Refine
"""What a recipe is made of."""


@dataclass(frozen=True)
class Recipe:
    """Phases of an anneal, cut into stages.

    The concatenation of `stages` is the whole merged circuit; it ends on the full grid. A stage
    whose last phase was merged into the next stage has that phase, not yet applied, in `pending`:
    the state of the anneal at the seam is the running state with `pending` applied. The last entry
    of `pending` is None.

    >>> recipe = make_recipe(Schedule((Stage(2.0, 0.1, 2), Stage(1.0, 0.2, 1))), "strang")
    >>> [(p.term[0], round(p.angle, 3)) for p in recipe.phases]
    [('p', 0.05), ('k', 0.2), ('p', 0.1), ('k', 0.2), ('p', 0.15), ('k', 0.2), ('p', 0.1)]
    >>> recipe.pending[0]
    Phase(term='potential', angle=0.05, coarse=0, fold=(), time=None)
    """

    stages: tuple[tuple[Move, ...], ...]
    pending: tuple[Phase | None, ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        """All phases and refinements in order."""
        return tuple(move for stage in self.stages for move in stage)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases among them."""
        return tuple(move for move in self.moves if isinstance(move, Phase))

    def count(self, term: Term) -> int:
        """How many phases of a term there are."""
        return sum(phase.term == term for phase in self.phases)


def formula_of(schedule: Schedule, formula: str | Formula | None = None) -> Formula:
    """The formula asked for, or the default: Lie where the angles of the steps are free.

    The angles of a schedule with a goal were chosen for ``exp(-i beta k^2) exp(-i gamma zeta)``.
    """
    if formula is None:
        formula = FREE_FORMULA if schedule.is_free else FORMULA
    return as_formula(formula)


@typed
def make_recipe(schedule: Schedule, formula: str | Formula | None = None) -> Recipe:
    """Turn a schedule and a product formula (default: `formula_of`) into the merged phases."""
    return recipe_of(schedule.stages, formula_of(schedule, formula))


def recipe_of(
    schedule: Sequence[Stage],
    formula: Formula,
    *,
    timed: bool = False,
    curve: Callable[[float], float] | None = None,
) -> Recipe:
    """The recipe of stages in any order of D.

    Args:
        schedule: The stages.
        formula: Product formula.
        timed: Whether the potential changes, and its phases say their times: those that the kinetic
            factors before them have reached.
        curve: D(t), where it changes within stages: every kinetic angle is then its integral over
            the time that the factor takes.
    """
    begin = 0.0
    stages: list[list[Move]] = []
    pending: list[Phase | None] = []
    coarse = schedule[0].coarse
    for stage in schedule:
        moves: list[Move] = [*_stage_phases(stage, formula.factors, begin, timed, curve)]
        begin += stage.time
        first, last = moves[0], stages[-1][-1] if stages and stages[-1] else None
        if stage.coarse != coarse:
            moves.insert(0, Refine(coarse, stage.coarse))
        elif isinstance(last, Phase) and isinstance(first, Phase) and last.term == first.term:
            stages[-1].pop()
            pending[-1] = last
            moves[0] = last.then(first)
        coarse = stage.coarse
        stages.append(moves)
        pending.append(None)
    if coarse:
        stages[-1].append(Refine(coarse, 0))
    return Recipe(tuple(tuple(s) for s in stages), tuple(pending))


def _stage_phases(
    stage: Stage,
    factors: tuple[tuple[Term, float], ...],
    begin: float,
    timed: bool,
    curve: Callable[[float], float] | None,
) -> list[Phase]:
    """Merged phases of one stage that begins at a time."""
    if timed or curve is not None:
        return _phases_of(stage, factors, range(stage.num_steps), begin, timed, curve)
    one = _phases_of(stage, factors, range(1), begin, timed, curve)
    if one[0].term != one[-1].term:
        return one * stage.num_steps
    first, *body, last = one
    return [first, *[*body, last.then(first)] * (stage.num_steps - 1), *body, last]


def _phases_of(
    stage: Stage,
    factors: tuple[tuple[Term, float], ...],
    steps: Iterable[int],
    begin: float,
    timed: bool,
    curve: Callable[[float], float] | None,
) -> list[Phase]:
    """Merged phases of some steps."""
    phases: list[Phase] = []
    for step in steps:
        reached = 0.0
        for term, fraction in factors:
            now = begin + (step + reached) * stage.time_step
            length = fraction * stage.time_step
            angle, time = length, None
            fold: Fold = ()
            if term == KINETIC:
                mean = stage.diffusion
                if curve is not None:
                    mean, time = mean_diffusion(curve, now, length), now
                angle = length * mean
                fold = scaled(stage.fold, fraction) if stage.fold else ()
                reached += fraction
            elif timed:
                time = now
            phase = Phase(term, angle, stage.coarse, fold, time)
            if phases and phases[-1].term == term:
                phases[-1] = phases[-1].then(phase)
            else:
                phases.append(phase)
    return phases
