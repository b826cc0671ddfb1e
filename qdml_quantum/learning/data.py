"""Data to learn from: mixtures in the plane whose score is known, and scikit-learn's digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.learning.score import Mixture
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import unknown


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of 8 x 8 pixels between 0 and 1, one per row, and what they show.

    Attributes:
        images: Shape ``(num_images, 64)``.
        labels: Shape ``(num_images,)``, 0 to 9.
    """

    images: Array
    labels: NDArray[np.int64]


def toy_names() -> list[str]:
    """Names of the toy distributions.

    >>> toy_names()
    ['checkerboard', 'moons', 'ring']
    """
    return sorted(_TOYS)


def toy(name: str) -> Mixture:
    """A distribution in the plane, of a size of about 1, as a mixture of Gaussians.

    Because it is one, its score is known exactly at every noise level, and samples can be drawn
    without end. ``ring``: eight Gaussians on a circle, their weights growing from 1 to 8 around
    it. ``moons``: two half circles that reach into each other, equally heavy. ``checkerboard``:
    the eight black fields of a board of four by four.

    Raises:
        ValueError: There is no such distribution.

    >>> ring = toy("ring")
    >>> ring.draw(1000, seed=0).shape, round(ring.spread, 3)
    ((1000, 2), 1.018)
    """
    if name not in _TOYS:
        raise ValueError(unknown("toy distribution", name, _TOYS))
    return _TOYS[name]()


def digits() -> Digits:
    """The 1797 handwritten digits that come with scikit-learn, scaled to 0 to 1.

    Raises:
        ImportError: scikit-learn is not installed.

    References:
        E. Alpaydin and C. Kaynak, UCI Machine Learning Repository (1998), doi 10.24432/C50P49.

    >>> digits().images.shape
    (1797, 64)
    """
    bunch = require("sklearn.datasets", "The digits").load_digits()
    return Digits(bunch.data / 16.0, bunch.target.astype(np.int64))


def _ring() -> Mixture:
    angles = 2 * np.pi * np.arange(8) / 8
    centers = 1.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return Mixture(centers, np.arange(1.0, 9.0), 0.08)


def _moons() -> Mixture:
    angles = np.pi * (np.arange(32) + 0.5) / 32
    upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lower = np.stack([1 - np.cos(angles), 0.5 - np.sin(angles)], axis=1)
    return Mixture(1.5 * (np.vstack([upper, lower]) - [0.5, 0.25]), width=0.1)


def _checkerboard() -> Mixture:
    fields = [(i, j) for i in range(4) for j in range(4) if (i + j) % 2 == 0]
    return Mixture(np.array(fields) - 1.5, width=0.2)


_TOYS: dict[str, Callable[[], Mixture]] = {
    "checkerboard": _checkerboard,
    "moons": _moons,
    "ring": _ring,
}
