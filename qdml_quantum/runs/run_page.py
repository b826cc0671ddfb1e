"""A run inside the page: what `Result.to_html` gives it to show."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.diagnostics.bootstrap import hits_on
from qdml_quantum.lab.links import link_of
from qdml_quantum.lab.page import lab_page
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support import html
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check
from qdml_quantum.support.estimate import Estimate

if TYPE_CHECKING:
    from qdml_quantum.hardware.verdict.device_run import DeviceRun

_MOST_STAGES, _MOST_MAPS = 120, 60
"""Histograms that a film shows in ten seconds; with 128 bins they take 20 kB. Maps take more."""
_MOST_BINS, _MOST_POINTS = 128, 256
_MAP_SIDE = 32
"""Cells of a map along each side: sixty maps take 82 kB."""


LARGEST = 300_000
"""Bytes of a page: a mail takes it, and so does a cell of a notebook."""


def run_page(problem: Problem, **parts: Any) -> str:
    """The page of a run, below 300 kB: with fewer stages in its film where it has to be.

    Args:
        problem: What was minimised.
        parts: See `run_data`.
    """
    for most in (_MOST_STAGES, 60, 30, 24, 12, 0):
        page = lab_page(run_data(problem, most_stages=most, **parts))
        if len(page.encode()) < LARGEST:
            break
    return page


def run_data(
    problem: Problem,
    *,
    facts: Iterable[tuple[str, str]],
    checks: Iterable[Check],
    diffusions: Sequence[float],
    histograms: Array | None,
    final: Array,
    state: NDArray[Any] | None,
    measured: bool,
    verdict: str,
    device: Mapping[str, Any] | None = None,
    most_stages: int = _MOST_STAGES,
) -> dict[str, Any]:
    """Plain JSON of a run for `lab_page`.

    Histograms are marginals of every axis, in at most 128 bins of 8 bits, of at most 120 stages,
    the first and the last among them; then comes the final one, as it was measured. In two
    dimensions there is a map of 32 x 32 cells besides, of at most 60 stages.

    Args:
        problem: What was minimised.
        facts: Rows of the result, name and value.
        checks: All of them.
        diffusions: D of every stage.
        histograms: After every stage, shape ``(stages, *grid.shape)``, or None.
        final: The outcome, shape of the grid.
        state: Final amplitudes, or None; the page goes on from there.
        measured: Whether the outcome was measured.
        verdict: What the run shows, in words.
        device: What `device_data` says of a device.
        most_stages: Histograms of the film, beside the last one.
    """
    try:
        link = link_of(problem)
    except ValueError:  # more dimensions or qubits than the page moves
        link = ""
    whole = [] if histograms is None else list(histograms)
    maps = problem.grid.dimensions == 2
    most = min(most_stages, _MOST_MAPS) if maps else most_stages
    chosen = np.unique(np.linspace(0, len(whole) - 1, min(len(whole), most)).astype(int))
    stages = [
        {"label": f"D = {diffusions[j]:.4g}", "diffusion": float(diffusions[j])} | _seen(whole[j])
        for j in (chosen if whole else ())
    ]
    last = {"label": "measured" if measured else "final"} | _seen(final)
    return {
        "title": problem.objective.name,
        "state": link,
        "bounds": [list(box) for box in problem.grid.bounds],
        "facts": [list(fact) for fact in facts],
        "verdict": verdict,
        "checks": [
            {
                "word": check.word,
                "text": f"{check}: {check.meaning}",
                "remedy": "" if check.passed else check.remedy,
            }
            for check in checks
        ],
        "stages": [*stages, last],
        "final": _amplitudes(state) if link and state is not None else None,
        "device": device,
    }


def picture(
    probabilities: Array, bounds: Sequence[tuple[float, float]], name: str, most: int = _MAP_SIDE
) -> str:
    """The outcome as a picture without script: bars, or dots in two dimensions; else nothing.

    Args:
        probabilities: Shape of the grid.
        bounds: Of the box.
        name: Of the objective.
        most: Dots along each side; bars are twice as many.
    """
    title = f"probabilities at the end of the run of {name}"
    if probabilities.ndim == 1:
        lower, upper = (f"{end:g}" for end in bounds[0])
        return html.bars(_binned(probabilities, 2 * most).tolist(), title, lower, upper)
    if probabilities.ndim == 2:
        return html.dots(_binned(_binned(probabilities, most).T, most).tolist(), title)
    return ""


def device_data(run: DeviceRun, probabilities: Array, shots: int, goal: Goal) -> dict[str, Any]:
    """Histograms of a device beside what they should be, and its success from cut to cut.

    Over the points of the grid in one dimension, in the order of falling ideal probability in more;
    of more than 256 points the first ones.

    Args:
        run: What the device gave back.
        probabilities: What was measured, shape of the grid.
        shots: So many.
        goal: What counts as success.
    """
    plan = run.plan
    ideal = plan.ideal["position"]
    ranked = ideal.ndim > 1
    order = np.argsort(-ideal, axis=None, kind="stable") if ranked else np.arange(ideal.size)
    order = order[:_MOST_POINTS]

    def listed(values: Array) -> list[float]:
        return [float(f"{value:.4g}") for value in values.ravel()[order]]

    hits = np.rint(probabilities.ravel()[order] * shots).astype(int)
    ends = [Estimate.of_proportion(int(hit), shots) for hit in hits]
    cuts = []
    for name in plan.cuts:
        seen = hits_on(plan.grid, run.counts[plan.index(name)])
        total = int(seen.sum())
        success = goal.success(seen / max(total, 1), total)
        last = plan.anneal.schedule.num_steps  # the last cut is the anneal itself
        step = last if name == "position" else int(name.removeprefix("cut-"))
        ends_of = {"value": success.value, "low": success.low, "high": success.high}
        cuts.append({"step": step, "ideal": goal.share(plan.ideal[name])} | ends_of)
    return {
        "ideal": listed(ideal),
        "predicted": None if run.predicted is None else listed(run.predicted["position"]),
        "measured": listed(probabilities),
        "low": [float(f"{end.low:.4g}") for end in ends],
        "high": [float(f"{end.high:.4g}") for end in ends],
        "ranked": ranked,
        "chance": goal.baseline,
        "cuts": cuts,
    }


def _seen(histogram: Array) -> dict[str, Any]:
    """Histograms of every axis in 8 bits, base64; and a map, row by row, in two dimensions."""
    axes = range(np.ndim(histogram))
    others = [tuple(a for a in axes if a != axis) for axis in axes]
    seen: dict[str, Any] = {"axes": [_packed(_binned(histogram.sum(axis=o))) for o in others]}
    if histogram.ndim == 2:
        cells = _binned(_binned(histogram, _MAP_SIDE).T, _MAP_SIDE)
        seen["map"] = {"rows": cells.shape[0], "cells": _packed(cells)}
    return seen


def _binned(values: Array, most: int = _MOST_BINS) -> Array:
    """Neighbours along the first axis added up, so that there are at most so many."""
    if len(values) <= most:
        return values
    return np.asarray(values.reshape(most, -1, *values.shape[1:]).sum(axis=1))


def _packed(values: Array) -> str:
    largest = float(values.max()) or 1.0
    return base64.b64encode(np.rint(255 * values / largest).astype(np.uint8).tobytes()).decode()


def _amplitudes(state: NDArray[Any]) -> dict[str, str]:
    """Base64, in double precision; in single where there are many: 1 - F is 1e-14 then."""
    parts, kind = (
        {"re": np.real(state), "im": np.imag(state)},
        "<f8" if state.size <= 512 else "<f4",
    )
    return {k: base64.b64encode(v.astype(kind).tobytes()).decode() for k, v in parts.items()}
