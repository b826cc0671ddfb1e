"""Figure 7: a diffusion model in front of a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qdml_quantum.learning.denoising import denoising_study
from qdml_quantum.plot.paper.numbers import Contents, Numbers

TITLE = "A diffusion model as the first step of another model: noisy digits, recognised"
PANELS = 2

# One classifier, seed and fewer levels than in the study: the figure takes seconds.
_CLASSIFIER, _SEEDS, _LEVELS, _SHOWN = "network", (0,), (0.0, 0.2, 0.5, 0.7, 1.0), 0.5
_DENOISERS = ("none", "linear", "learned")
_TRAINING = {"num_epochs": 60}
"""Fewer than in the study: the figure takes seconds."""
_SIDE = 8  # Of the images, in pixels.


def numbers() -> Contents:
    """Accuracy per noise level without and with denoisers, and a few images."""
    study = denoising_study(
        _LEVELS, seeds=_SEEDS, classifiers=(_CLASSIFIER,), shown=_SHOWN, training=_TRAINING
    )
    # Without noise a denoiser has nothing to do, and is not asked.
    accuracy = {
        name: np.array(
            [study.accuracy(_CLASSIFIER, name if s else "none", s).mean for s in _LEVELS]
        )
        for name in _DENOISERS
    }
    images: dict[str, Any] = {}
    for kind in ("clean", "noisy", "learned"):
        for number, pixels in enumerate(study.images[kind]):
            images[f"{kind} {number + 1}"] = pixels
    gains = {
        f"points gained at sigma = {sigma:g}": study.gain(_CLASSIFIER, "learned", sigma)
        for sigma in _LEVELS
        if sigma
    }
    tables = {"accuracy": {"sigma": np.array(_LEVELS), **accuracy}, "images": images}
    return tables, gains


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """Images on the left, accuracies on the right."""
    left, right = axes
    images = data.tables["images"]
    rows = []
    for kind in ("clean", "noisy", "learned"):
        pictures = [pixels for name, pixels in images.items() if name.startswith(kind)]
        rows.append(np.hstack([np.reshape(pixels, (_SIDE, _SIDE)) for pixels in pictures]))
    left.imshow(np.vstack(rows), cmap="gray", vmin=0, vmax=1)
    ticks = [_SIDE * (row + 0.5) - 0.5 for row in range(len(rows))]
    left.set_yticks(ticks, ["clean", rf"noise {_SHOWN:g}", "denoised"])
    left.set(xticks=[])
    table = data.tables["accuracy"]
    labels = {"none": "no denoiser", "linear": "linear filter", "learned": "diffusion model"}
    for name, label in labels.items():
        right.plot(table["sigma"], table[name], "o-", label=label)
    right.set(xlabel=r"noise $\sigma$ of every pixel", ylabel="accuracy", ylim=(0, 1))
    right.legend(frameon=False, fontsize=8)
