"""Schedules trained once, on random landscapes, for the ranked potential of any objective."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.support.messages import bad_value, count, unknown
from qdml_quantum.support.store import read_json
from qdml_quantum.support.typed import typed

_FILE = Path(__file__).parent / "trained.json"
_MOST_DIMENSIONS = 4  # Schedules were trained up to here; more axes take these.


@typed
def trained_schedule(
    num_steps: int = 10, *, dimensions: int = 2, target: str = "lowest", coarse: Coarse = 0
) -> Schedule:
    """A schedule for `Problem.ranked` on the unit box, whatever the objective is.

    Its angles were optimised by `benchmarks/train_schedules.py` on random landscapes (bowls,
    ripples, noise, wells, needles), none of which is a built-in objective.

    Args:
        num_steps: Trotter steps: 2, 4, 6, 8, 10 (default), 15 or 20; for `near` 10 or 20.
        dimensions: Of the box, default 2; those for 4 are used for more.
        target: ``"lowest"`` (default): that one of 128 shots hits the lowest grid point.
            ``"near"``: the probability within a tenth of the box of it.
        coarse: Qubits that are idle during all steps, per axis; see `Stage`.

    Raises:
        ValueError: No schedule of that kind was trained.

    >>> from qdml_quantum import Grid, Problem, anneal
    >>> problem = Problem(Grid([(-10, 10)] * 2, 5), "levy")
    >>> boxed = Problem.from_table(problem.values, [(0, 1)] * 2)
    >>> schedule = trained_schedule(20, target="near")
    >>> anneal(boxed.ranked(), schedule, validate=False).success.value > 0.6
    True
    """
    steps, axes = count("num_steps", num_steps), count("dimensions", dimensions)
    trained = _trained()
    targets = sorted({kind for kind, _, _ in trained})
    if target not in targets:
        raise ValueError(unknown("target", target, targets))
    known = sorted(s for kind, d, s in trained if kind == target and d == 1)
    if steps not in known:
        must = f"be one of {', '.join(map(str, known))} for the target `{target}`"
        remedy = "Choose one of these, or make a schedule of your own."
        raise bad_value("num_steps", must, steps, remedy)
    entry = trained[target, min(axes, _MOST_DIMENSIONS), steps]
    pairs = zip(entry["gamma"], entry["beta"], strict=True)
    stages = tuple(Stage(beta / gamma, gamma, 1, coarse) for gamma, beta in pairs)
    return Schedule(stages, goal=stages[-1].diffusion)


@cache
def _trained() -> dict[tuple[str, int, int], dict[str, Any]]:
    entries = read_json(_FILE)["schedules"]
    return {(e["target"], e["dimensions"], e["num_steps"]): e for e in entries}
