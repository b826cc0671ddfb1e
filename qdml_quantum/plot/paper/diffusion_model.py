"""Figure 5: a diffusion model: forward and back; and why its noise levels fall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qdml_quantum.plot.paper import generation, noise_levels
from qdml_quantum.plot.paper.numbers import Contents, Numbers

TITLE = (
    "A diffusion model: diffusion forward, drift and noise back; the outer loop lowers the noise"
)
PANELS, ROWS = noise_levels.PANELS + generation.PANELS, 2


def numbers() -> Contents:
    """Clouds of both directions at equal noise; samples and distances, level by level."""
    (clouds, one), (study, two) = noise_levels.numbers(), generation.numbers()
    return {**clouds, **study}, {**one, **two}


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """The directions above, one level against falling levels below."""
    noise_levels.draw(data, axes[: noise_levels.PANELS])
    generation.draw(data, axes[noise_levels.PANELS :])
