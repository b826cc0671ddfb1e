"""What a job measures besides positions."""

from __future__ import annotations

from collections.abc import Collection

from qdml_quantum.diagnostics.metrics import BASES, ECHOES
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.support.messages import bad_type, bad_value, count, unknown

MEASURED = ("momentum", "readout", "cuts", *ECHOES)
"""Each takes circuits of its own: one, two, one per Trotter step but the last; one per echo."""


def as_measured(besides: Collection[str]) -> tuple[str, ...]:
    """Some of `MEASURED`, each once, in this order.

    Raises:
        TypeError: It is no collection of names.
        ValueError: An unknown name.

    >>> as_measured({"cuts", "momentum"})
    ('momentum', 'cuts')
    """
    if isinstance(besides, str) or not isinstance(besides, Collection):
        raise bad_type("besides", "be a collection of names", besides, 'Write ["cuts"].')
    for name in besides:
        if name not in MEASURED:
            raise ValueError(unknown("name in `besides`", str(name), MEASURED))
    return tuple(name for name in MEASURED if name in besides)


def bases_of(anneal: Anneal, besides: Collection[str], preload: int = 0) -> tuple[str, ...]:
    """Kinds of the circuits that an anneal is measured by.

    Where a prefix is loaded the first cut is the loaded state itself: only steps that run can tell
    themselves from it.

    Args:
        anneal: The anneal.
        besides: Some of `MEASURED`.
        preload: First steps whose state is loaded.

    Raises:
        ValueError: Cuts of an anneal of one step, or on grids that are coarser at first; cuts or
            echoes of one of which all steps are loaded.
    """
    bases = BASES if "momentum" in besides else BASES[:1]
    steps = anneal.schedule.num_steps
    if preload == steps and not {"cuts", *ECHOES}.isdisjoint(besides):
        must = "leave a step to be run where cuts or echoes are measured"
        raise bad_value("preload", must, preload, "Load fewer steps, or measure none of these.")
    if "cuts" not in besides:
        return bases
    from qdml_quantum.hardware.devices.isa import CUT

    if steps < 2 or anneal.schedule.coarse:
        must = "have two steps or more, all on the whole grid, where it is cut"
        raise bad_value("schedule", must, str(anneal.schedule), "Take more --steps.")
    return (*bases, *(f"{CUT}{step}" for step in range(preload or 1, steps)))


def require_preload(anneal: Anneal, preload: int) -> int:
    """Refuse to load more steps than an anneal has, or some of those on a coarser grid.

    Raises:
        TypeError: It is no integer.
        ValueError: There are fewer steps, or the first of several is on a coarser grid.
    """
    steps = count("preload", preload, least=0)
    schedule = anneal.schedule
    if steps > schedule.num_steps:
        must = f"be at most the {schedule.num_steps} steps of the schedule"
        raise bad_value("preload", must, steps, "Load fewer, or take more --steps.")
    if 0 < steps < schedule.num_steps and schedule.coarse:
        must = "be 0, or all steps, where some are on coarser grids"
        raise bad_value("preload", must, steps)
    return steps


def preparation(anneal: Anneal, preload: int) -> str:
    """In words, that steps are loaded and not run; empty where all are run."""
    if not preload:
        return ""
    whole = anneal.schedule.num_steps
    rest = whole - preload
    if not rest:
        return f"state preparation fitted classically (all {whole} steps), without dynamics"
    return (
        f"state preparation fitted classically (the first {preload} of {whole} steps), then "
        f"{rest} step{'' if rest == 1 else 's'} of dynamics"
    )
