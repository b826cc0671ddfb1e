"""A run inside the page: what `Result.to_html` gives it to show."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check
from qdml_quantum.teach.lab.links import link_of

_MOST_STAGES, _MOST_MAPS = 120, 60
"""Histograms that a film shows in ten seconds; with 128 bins they take 20 kB. Maps take more."""
_MOST_BINS = 128
_MAP_SIDE = 32
"""Cells of a map along each side: sixty maps take 82 kB."""


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
    """
    try:
        link = link_of(problem)
    except ValueError:  # more dimensions or qubits than the page moves
        link = ""
    whole = [] if histograms is None else list(histograms)
    most = _MOST_MAPS if problem.grid.dimensions == 2 else _MOST_STAGES
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
    parts = {"re": np.real(state), "im": np.imag(state)}
    return {k: base64.b64encode(v.astype("<f8").tobytes()).decode() for k, v in parts.items()}
