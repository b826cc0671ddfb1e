"""A diffusion model as one thing: a learned score and its noise levels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from qdml_quantum.learning import sampling
from qdml_quantum.learning.network import ScoreNetwork
from qdml_quantum.learning.score import denoise
from qdml_quantum.learning.training import learn_score
from qdml_quantum.support.arrays import Array


@dataclass(frozen=True, eq=False)
class DiffusionModel:
    """Learns a distribution from samples, draws new ones, and removes noise.

    Args:
        network: The learned score.
        num_levels: Noise levels of the outer loop, from the largest to the smallest that the
            network was trained on.

    References:
        Wang and Maimaitiabudula, Acta Phys. Sin. 74, 060701 (2025), doi 10.7498/aps.74.20240999,
        section 4.3.

    >>> from qdml_quantum.learning.data import toy
    >>> model = DiffusionModel.train(toy("ring").draw(500, seed=0), num_epochs=10, seed=0)
    >>> model.sample(100, seed=1).shape
    (100, 2)
    """

    network: ScoreNetwork
    num_levels: int = 20

    @classmethod
    def train(cls, data: ArrayLike, *, num_levels: int = 20, **settings: Any) -> DiffusionModel:
        """Learn from data; `settings` are those of `learn_score`."""
        return cls(learn_score(data, **settings), num_levels)

    @property
    def levels(self) -> tuple[float, ...]:
        """Falling noise levels."""
        return sampling.noise_levels(self.network.largest, self.network.smallest, self.num_levels)

    def sample(self, num_points: int, *, seed: int | None = None, **settings: Any) -> Array:
        """New points; `settings` are those of the function `sample`, with the flow switched on."""
        settings = {"flow": True} | settings
        return sampling.sample(self.network, self.levels, num_points, seed=seed, **settings).points

    def denoise(self, noisy: ArrayLike, sigma: float) -> Array:
        """The mean of the clean data given noisy ones of a known level."""
        return denoise(self.network, noisy, sigma)

    def save(self, folder: str | Path) -> None:
        """Write the network into a folder: weights, settings, hash, no pickle."""
        self.network.save(folder)

    @classmethod
    def load(cls, folder: str | Path, *, num_levels: int = 20) -> DiffusionModel:
        """Read a saved network; scikit-learn is not needed.

        Raises:
            FileNotFoundError: There is no network in the folder.
            DamagedFileError: A file is missing, was changed, or is something else.
        """
        return cls(ScoreNetwork.load(folder), num_levels)
