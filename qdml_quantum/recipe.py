"""The recipe: schedule x formula as a flat list of phase applications, read by every interpreter.

A phase with term ``potential`` and angle a is ``exp(-i a zeta(x))``; with term ``kinetic`` and
angle b it is ``exp(-i b |k|^2)``, where ``b = D dt``. Neighbouring phases of the same term are
merged, within a step, between steps and across the seams of stages.
"""

from __future__ import annotations

from dataclasses import dataclass

from qdml_quantum.formulas import KINETIC, Formula, Term, as_formula
from qdml_quantum.schedule import Schedule, Stage


@dataclass(frozen=True)
class Phase:
    """One phase application: ``exp(-i angle zeta)`` or ``exp(-i angle |k|^2)``."""

    term: Term
    angle: float


@dataclass(frozen=True)
class Recipe:
    """Phases of an anneal, cut into stages.

    The concatenation of `stages` is the whole merged circuit. A stage whose last phase was merged
    into the next stage has that phase, not yet applied, in `pending`: the state of the anneal at
    the seam is the running state with `pending` applied. The last entry of `pending` is None.

    >>> recipe = make_recipe(Schedule((Stage(2.0, 0.1, 2), Stage(1.0, 0.2, 1))), "strang")
    >>> [(p.term[0], round(p.angle, 3)) for p in recipe.phases]
    [('p', 0.05), ('k', 0.2), ('p', 0.1), ('k', 0.2), ('p', 0.15), ('k', 0.2), ('p', 0.1)]
    >>> recipe.pending[0]
    Phase(term='potential', angle=0.05)
    """

    stages: tuple[tuple[Phase, ...], ...]
    pending: tuple[Phase | None, ...]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases in order."""
        return tuple(phase for stage in self.stages for phase in stage)

    def count(self, term: Term) -> int:
        """How many phases of a term there are."""
        return sum(phase.term == term for phase in self.phases)


def make_recipe(schedule: Schedule, formula: str | Formula = "strang") -> Recipe:
    """Turn a schedule and a product formula into the merged list of phases."""
    factors = as_formula(formula).factors
    stages: list[list[Phase]] = []
    pending: list[Phase | None] = []
    for stage in schedule.stages:
        phases = _stage_phases(stage, factors)
        if stages and stages[-1] and stages[-1][-1].term == phases[0].term:
            last = stages[-1].pop()
            pending[-1] = last
            phases[0] = Phase(last.term, last.angle + phases[0].angle)
        stages.append(phases)
        pending.append(None)
    return Recipe(tuple(tuple(s) for s in stages), tuple(pending))


def _stage_phases(stage: Stage, factors: tuple[tuple[Term, float], ...]) -> list[Phase]:
    phases: list[Phase] = []
    for _ in range(stage.num_steps):
        for term, fraction in factors:
            angle = fraction * stage.time_step * (stage.diffusion if term == KINETIC else 1.0)
            if phases and phases[-1].term == term:
                phases[-1] = Phase(term, phases[-1].angle + angle)
            else:
                phases.append(Phase(term, angle))
    return phases
