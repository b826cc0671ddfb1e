"""What stages are to a compiler: loops over phases, whose angles and numbers are arguments."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.formulas import POTENTIAL, Term
from qdml_quantum.dynamics.propagate import look_after
from qdml_quantum.dynamics.recipe import Move, Phase, Refine
from qdml_quantum.support.repeats import folded

Slot = tuple[Term, int, bool]
"""Term of a phase, its number among the different ones of a stage, whether it is folded."""
LOOK: Slot = (POTENTIAL, -1, False)
"""Stands where the edges of the state are looked at; see `Propagator.run`."""

_KEPT = 1 << 10
"""Forms that are kept: those of all stages of a sweep are a few, asked for thousands of times."""


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
        end: Form of what is pending at the end of each stage, which is applied to what is looked
            at; None where nothing is.
        pending: That, of each stage.
    """

    form: Form
    phases: list[tuple[Phase, ...]]
    times: list[tuple[int, ...]]
    end: Form | None = None
    pending: list[tuple[Phase, ...]] = field(default_factory=list)


def segments(stages: Sequence[Sequence[Move]]) -> Iterator[tuple[Move, ...]]:
    """Stages cut at refinements, which stand alone."""
    for moves in stages:
        for is_refine, group in itertools.groupby(moves, lambda move: isinstance(move, Refine)):
            if is_refine:
                yield from ((move,) for move in group)
            else:
                yield tuple(group)


def work_of(
    stages: Sequence[Sequence[Move]],
    pending: Sequence[Phase | None] = (),
    *,
    looking: bool = False,
) -> list[Work]:
    """Stages in a row that are of one form, as one piece of work.

    Args:
        stages: What to apply.
        pending: Of each stage, where its end is looked at.
        looking: Whether there are looks within stages.
    """
    result: list[Work] = []
    for moves, last in zip_longest(stages, pending):
        phases = [move for move in moves if isinstance(move, Phase)]
        form, different, times = form_of(phases, looking=looking)
        end, ends, _ = (None, (), ()) if last is None else form_of([last])
        alike = result and (result[-1].form, result[-1].end) == (form, end)
        if not alike or form.folds or (end is not None and end.folds):
            result.append(Work(form, [], [], end))
        result[-1].phases.append(different)
        result[-1].times.append(times)
        result[-1].pending.append(ends)
    return result


def form_of(
    phases: Sequence[Phase], *, looking: bool = False
) -> tuple[Form, tuple[Phase, ...], tuple[int, ...]]:
    """The form of phases, the different ones, and how often each repeated block comes.

    The first phase stands by itself, with a number of its own: it has what the stage before left,
    and so is often, and not always, what the loop has as well. So all the stages of one formula
    have one form.

    Args:
        phases: Of a stage.
        looking: Whether the state is looked at after some of them.

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
    distinct = tuple(known)
    kinds = tuple((phase.term, bool(phase.fold)) for phase in distinct)
    form, rest, repeats = _form(tuple(codes), kinds, looking)
    return form, (*phases[:1], *(distinct[code] for code in rest)), repeats


@lru_cache(maxsize=_KEPT)
def _form(
    codes: tuple[int, ...], kinds: tuple[tuple[Term, bool], ...], looking: bool
) -> tuple[Form, tuple[int, ...], tuple[int, ...]]:
    """The form of phases by their codes, those that are numbered from 1 on, and the repetitions."""
    rest = tuple(dict.fromkeys(codes[1:]))
    slots = {code: (kinds[code][0], number, kinds[code][1]) for number, code in enumerate(rest, 1)}
    first = [(kinds[code][0], 0, kinds[code][1]) for code in codes[:1]]
    blocks: list[tuple[bool, tuple[Slot, ...]]] = [(False, (slot,)) for slot in first]
    repeats: list[int] = []
    looks = look_after([Phase(kinds[code][0], 0.0) for code in codes]) if looking else set()
    begin = 1
    for end in dict.fromkeys([*sorted(looks), len(codes) - 1]):
        for times, block in folded(codes[begin : end + 1]):
            blocks.append((times > 1, tuple(slots[code] for code in block)))
            repeats += [times] * (times > 1)
        if end in looks:
            blocks.append((False, (LOOK,)))
        begin = max(begin, end + 1)
    return Form(tuple(blocks)), rest, tuple(repeats)


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
