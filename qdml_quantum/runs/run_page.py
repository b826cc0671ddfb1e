"""A run inside the page: what `Result.to_html` gives it to show."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.lab.links import link_of
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.check import Check

_MOST_STAGES = 120
"""Histograms that a player shows in ten seconds; with 128 bins they take 20 kB."""
_MOST_BINS = 128


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
    the first and the last among them; then comes the final one, as it was measured.

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
    chosen = np.unique(np.linspace(0, len(whole) - 1, min(len(whole), _MOST_STAGES)).astype(int))
    stages = [
        {
            "label": f"D = {diffusions[j]:.4g}",
            "diffusion": float(diffusions[j]),
            "axes": _marginals(whole[j]),
        }
        for j in (chosen if whole else ())
    ]
    last = {"label": "measured" if measured else "final", "axes": _marginals(final)}
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


def _marginals(histogram: Array) -> list[str]:
    """Histograms of every axis in 8 bits, base64."""
    axes = range(np.ndim(histogram))
    return [
        _packed(np.asarray(histogram).sum(axis=tuple(a for a in axes if a != axis)))
        for axis in axes
    ]


def _packed(values: Array) -> str:
    bins = values.reshape(_MOST_BINS, -1).sum(axis=1) if values.size > _MOST_BINS else values
    largest = float(bins.max()) or 1.0
    return base64.b64encode(np.rint(255 * bins / largest).astype(np.uint8).tobytes()).decode()


def _amplitudes(state: NDArray[Any]) -> dict[str, str]:
    parts = {"re": np.real(state), "im": np.imag(state)}
    return {k: base64.b64encode(v.astype("<f8").tobytes()).decode() for k, v in parts.items()}
