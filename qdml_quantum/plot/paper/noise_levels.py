"""Upper row of figure 5: diffusion forward (zeroth order), drift and noise back (first)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qdml_quantum.learning.data import toy
from qdml_quantum.learning.sampling import add_noise, broad_start, noise_levels, sample
from qdml_quantum.plot.paper.numbers import Contents, Numbers, columns, draw_clouds

PANELS = 4

# Points that are no blot; levels and steps are the defaults of `DiffusionModel` and `sample`.
_DATA, _POINTS, _LEVELS, _STEPS = "moons", 800, 20, 10
# Any seed will do: that of the figure. Levels with no, some and most of the shape of the data.
_SEED, _SHOWN = 5, (3, 8, 12)


def numbers() -> Contents:
    """Points of a toy distribution, noised; and of the reverse process at falling levels."""
    model = toy(_DATA)
    levels = noise_levels(4 * model.spread, 0.05 * model.spread, _LEVELS)
    data = model.draw(_POINTS, seed=_SEED)
    start = broad_start(model, levels[0], _POINTS, seed=_SEED)
    run = sample(model, levels, num_steps=_STEPS, start=start, keep_path=True, seed=_SEED)
    tables: dict[str, Any] = {"data": columns(data)}
    for level in _SHOWN:
        noised = add_noise(data, levels[level], seed=_SEED)
        tables[f"forward {levels[level]:.2f}"] = columns(noised)
        tables[f"reverse {levels[level]:.2f}"] = columns(run.path[level])
    tables["samples"] = columns(run.points)
    facts = {"levels": float(_LEVELS), "evaluations per sample": float(run.evaluations)}
    return tables, facts


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """Pairs of clouds that should be the same: forward and reverse at equal noise."""
    pairs = [("data", "samples", "no noise")]
    for name in reversed([name for name in data.tables if name.startswith("forward")]):
        level = name.split()[1]
        pairs.append((name, f"reverse {level}", rf"$\sigma = {level}$"))
    for ax, (ahead, back, title) in zip(axes, pairs, strict=True):
        draw_clouds(ax, data, {ahead: "data, diffused", back: "reverse process"}, title)
    axes[0].legend(frameon=False, fontsize=8, markerscale=4)
