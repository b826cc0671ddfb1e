"""What stages are to a compiler: loops over phases, whose angles and numbers are arguments."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import POTENTIAL, Term
from qdml_quantum.dynamics.propagate import look_after
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.support.repeats import folded

Slot = tuple[Term, int, bool]
"""Term of a phase, its number among the different ones of a stage, whether it is folded."""
LOOK: Slot = (POTENTIAL, -1, False)
"""Stands where the edges of the state are looked at; see `Propagator.run`."""


@dataclass(frozen=True)
class Form:
    """Stages that differ in angles and number of steps only: what is compiled once.

    Attributes:
        blocks: Phases one after the other, and whether they are repeated.
    """

    blocks: tuple[tuple[bool, tuple[Slot, ...]], ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All of them in order, once."""
        return tuple(slot for _, slots in self.blocks for slot in slots)

    @property
    def folds(self) -> list[int]:
        """Numbers of the phases that are folded."""
        return [number for _, number, fold in dict.fromkeys(self.slots) if fold]


@dataclass
class Work:
    """Stages of one form, ready to be called.

    Attributes:
        form: Theirs.
        phases: The different ones of each stage, by their numbers.
        times: How often each block that is repeated comes in each stage.
    """

    form: Form
    phases: list[tuple[Phase, ...]]
    times: list[tuple[int, ...]]


def segments(stages: Sequence[Sequence[Move]]) -> Iterator[tuple[Move, ...]]:
    """Stages cut at refinements, which stand alone."""
    for moves in stages:
        for is_refine, group in itertools.groupby(moves, lambda move: isinstance(move, Refine)):
            if is_refine:
                yield from ((move,) for move in group)
            else:
                yield tuple(group)


def work_of(stages: Sequence[Sequence[Move]], *, looking: bool = False) -> list[Work]:
    """Stages in a row that are of one form, as one piece of work, with looks or without."""
    result: list[Work] = []
    for moves in stages:
        phases = [move for move in moves if isinstance(move, Phase)]
        form, different, times = form_of(phases, look_after(phases) if looking else ())
        if result and result[-1].form == form and not form.folds:
            result[-1].phases.append(different)
            result[-1].times.append(times)
        else:
            result.append(Work(form, [different], [times]))
    return result


def form_of(
    phases: Sequence[Phase], looks: Collection[int] = ()
) -> tuple[Form, tuple[Phase, ...], tuple[int, ...]]:
    """The form of phases, the different ones, and how often each repeated block comes.

    After some of the phases, by their numbers, there is a look at the state.

    The first phase stands by itself, with a number of its own: it has what the stage before left,
    and so is often, and not always, what the loop has as well. So all the stages of one formula
    have one form.

    >>> v, k, first = Phase("potential", 0.2), Phase("kinetic", 0.1), Phase("potential", 0.1)
    >>> form, different, times = form_of([first, k, v, k, v, k, first])
    >>> [(repeated, len(slots)) for repeated, slots in form.blocks], len(different), times
    ([(False, 1), (True, 2), (False, 2)], 4, (2,))
    """
    codes: list[int] = []
    known: dict[Phase, int] = {}
    seen: dict[int, int] = {}
    for phase in phases:  # Most are one object many times: that is quicker to see than equality.
        if id(phase) not in seen:
            seen[id(phase)] = known.setdefault(phase, len(known))
        codes.append(seen[id(phase)])
    distinct, rest = tuple(known), list(dict.fromkeys(codes[1:]))
    different = (*phases[:1], *(distinct[code] for code in rest))
    slots = {
        code: (distinct[code].term, number, bool(distinct[code].fold))
        for number, code in enumerate(rest, 1)
    }
    blocks: list[tuple[bool, tuple[Slot, ...]]] = [
        (False, ((phase.term, 0, bool(phase.fold)),)) for phase in phases[:1]
    ]
    repeats: list[int] = []
    first = 1
    for end in dict.fromkeys([*sorted(looks), len(codes) - 1]):
        for times, block in folded(codes[first : end + 1]):
            blocks.append((times > 1, tuple(slots[code] for code in block)))
            repeats += [times] * (times > 1)
        if end in looks:
            blocks.append((False, (LOOK,)))
        first = max(first, end + 1)
    return Form(tuple(blocks)), different, tuple(repeats)


def shape_of(anneal: Anneal) -> Hashable:
    """What anneals have in common that can be moved at once: all but angles, zeta and the start.

    >>> from qdml_quantum import Grid, Problem, Schedule
    >>> well = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    >>> one, two = (Anneal(well, Schedule.constant(d, num_steps=9, time_step=0.1)) for d in (1, 2))
    >>> shape_of(one) == shape_of(two), shape_of(one) == shape_of(one.halved())
    (True, False)
    """
    stages = []
    for moves, pending in zip(anneal.recipe.stages, anneal.recipe.pending, strict=True):
        ends = [[] if pending is None else [pending], moves]
        forms = (form_of([move for move in part if isinstance(move, Phase)]) for part in ends)
        stages.append(tuple((form, times) for form, _, times in forms))
    coarse = tuple(stage.coarse for stage in anneal.schedule.stages)
    return anneal.grid, tuple(stages), coarse
