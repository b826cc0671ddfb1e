"""Lower row of figure 5: one noise level against noise levels that fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qdml_quantum.learning.generation import generation_study
from qdml_quantum.plot.paper.numbers import Contents, Numbers, columns, draw_clouds

PANELS = 3

# Fewer points and seeds than in the study: the figure takes seconds.
_DATA, _POINTS, _SEEDS = "ring", 600, (0, 1, 2)


def numbers() -> Contents:
    """Distance of the samples to held-out data, per noise level, and annealed; samples."""
    study = generation_study(_DATA, num_points=_POINTS, seeds=_SEEDS, learned=False)
    scan = [row for row in study.rows if row.method == "one level"]
    annealed, fresh = study.row("exact", "annealed"), study.row("data", "fresh data")
    best = study.row("exact", "one level")
    low = scan[0]
    tables: dict[str, Any] = {
        "distance": {
            "sigma": np.array([row.sigma for row in scan]),
            "sliced wasserstein": np.array([row.distance for row in scan]),
            "standard error": np.array([row.error for row in scan]),
        },
        "held out": columns(study.data),
        "one level": columns(study.samples[f"exact, one level {low.sigma:g}"]),
        "annealed": columns(study.samples["exact, annealed"]),
    }
    facts = {
        "annealed": annealed.distance,
        "annealed, standard error": annealed.error,
        "best single level": best.distance,
        "its sigma": float(best.sigma or 0),
        "lowest level": low.distance,
        "fresh data": fresh.distance,
        "evaluations per sample": float(annealed.evaluations),
    }
    return tables, facts


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """Samples of the lowest level, of all levels, and the distances."""
    lowest, annealed, last = axes
    draw_clouds(lowest, data, {"held out": "data", "one level": "samples"}, "lowest level only")
    draw_clouds(annealed, data, {"held out": "data", "annealed": "samples"}, "annealed")
    lowest.legend(frameon=False, fontsize=8, markerscale=4)
    scan, facts = data.tables["distance"], data.facts
    heights, errors = scan["sliced wasserstein"], scan["standard error"]
    last.errorbar(scan["sigma"], heights, errors, fmt="o-", label="one level")
    last.axhline(facts["annealed"], color="#D55E00", label="annealed")
    last.axhline(facts["fresh data"], color="#888888", linestyle="--", label="fresh data")
    last.set(
        xlabel=r"noise level $\sigma$ / spread of the data",
        ylabel="sliced Wasserstein distance",
        ylim=(0, None),
    )
    last.legend(frameon=False, fontsize=8)
