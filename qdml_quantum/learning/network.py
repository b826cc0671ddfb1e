"""The learned score: a small network on top of the linear one, evaluated in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.learning.points import Points, points_of, same_width
from qdml_quantum.learning.score import GaussianScore
from qdml_quantum.support.messages import DamagedFileError, bad_value, number
from qdml_quantum.support.store import read_arrays, read_sealed, write_arrays, write_sealed

_ARRAYS, _SETTINGS, _KIND = "network.npz", "network.json", "score network"
_REMEDY = "Train again."


@dataclass(frozen=True, eq=False)
class Frame:
    r"""What the network sees and what it is asked for, both of size 1 at every noise level.

    With the Wiener filter ``W(x) = mean + C (C + sigma^2)^(-1) (x - mean)`` of the data, whose
    output varies with g(sigma) and errs by o(sigma),

        g^2 = tr[C^2 (C + sigma^2)^(-1)] / d,  o^2 = tr[sigma^2 C (C + sigma^2)^(-1)] / d,

    the posterior mean is ``W(x) + o F((W(x) - mean) / g, log(sigma / spread) / 2)``, and F is the
    network. For a covariance that is a number times the identity this is the preconditioning of
    Karras et al.; the full covariance spares the network the linear part of the work.

    References:
        T. Karras, M. Aittala, T. Aila and S. Laine (2022), arXiv:2206.00364, equation (7).
    """

    linear: GaussianScore

    def parts(self, x: Points, sigma: float | Points) -> tuple[Points, Points, float | Points]:
        """W(x), the input of F, and o; sigma is a number or a column, one per row."""
        variances, modes = self.linear.modes
        variances = variances.clip(0)
        noise = np.square(sigma)
        keep = variances / (variances + noise)
        filtered = (((x - self.linear.mean) @ modes) * keep) @ modes.T
        size = np.sqrt((variances * keep).mean(axis=-1, keepdims=True))
        error = np.sqrt((noise * keep).mean(axis=-1, keepdims=True))
        level = np.broadcast_to(np.log(sigma / self.linear.spread) / 2, (len(x), 1))
        return self.linear.mean + filtered, np.hstack([filtered / size, level]), error


@dataclass(frozen=True, eq=False)
class ScoreNetwork:
    """A score that was learned; made by `learn_score`, needs NumPy only.

    Args:
        linear: The Gaussian of the training data.
        weights: One matrix per layer, shape ``(inputs, outputs)``; relu between layers.
        biases: One vector per layer.
        smallest: Lowest noise level that it was trained on.
        largest: Highest.
        losses: Mean squared error of F per epoch; 1 is what the Wiener filter reaches.
    """

    linear: GaussianScore
    weights: tuple[Points, ...]
    biases: tuple[Points, ...]
    smallest: float
    largest: float
    losses: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        inputs = self.linear.mean.size + 1
        for weight, bias in zip(self.weights, self.biases, strict=True):
            if weight.shape != (inputs, bias.size):
                actual = f"of shape {weight.shape} and {bias.shape} after {inputs} inputs"
                raise bad_value("weights", "fit each other and `biases`", actual)
            inputs = bias.size
        if inputs != self.linear.mean.size:
            raise bad_value("weights", "end in one output per axis", f"{inputs}")
        if number("smallest", self.smallest) > number("largest", self.largest):
            raise bad_value("smallest", f"be at most {self.largest}", self.smallest)

    @property
    def mean(self) -> Points:
        """Mean of the training data."""
        return self.linear.mean

    @property
    def spread(self) -> float:
        """Standard deviation of the training data, root mean square over the axes."""
        return self.linear.spread

    @property
    def num_parameters(self) -> int:
        """Weights and biases."""
        return sum(weight.size for weight in (*self.weights, *self.biases))

    def score(self, points: ArrayLike, sigma: float) -> Points:
        """``(posterior mean - x) / sigma^2``: Tweedie's formula, solved for the score.

        Raises:
            ValueError: A level outside of those it was trained on.
        """
        x = points_of("points", points)
        same_width("points", x, self.mean.size)
        if not self.smallest * (1 - 1e-9) <= number("sigma", sigma) <= self.largest * (1 + 1e-9):
            must = f"be in the trained range, {self.smallest:g} to {self.largest:g}"
            raise bad_value("sigma", must, sigma, "Train with `smallest`, `largest`.")
        filtered, layer, error = Frame(self.linear).parts(x, sigma)
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            layer = np.maximum(layer @ weight + bias, 0.0)
        mean = filtered + error * (layer @ self.weights[-1] + self.biases[-1])
        return np.asarray((mean - x) / sigma**2)

    def save(self, folder: str | Path) -> None:
        """Write `network.npz` and `network.json` (with its hash) into a folder; no pickle."""
        arrays = {"mean": self.linear.mean, "covariance": self.linear.covariance}
        arrays["losses"] = np.array(self.losses)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays |= {f"weight_{layer}": weight, f"bias_{layer}": bias}
        sha256 = write_arrays(Path(folder) / _ARRAYS, arrays)
        settings = {
            "kind": _KIND,
            "layers": len(self.weights),
            "smallest": self.smallest,
            "largest": self.largest,
            "arrays_sha256": sha256,
        }
        write_sealed(Path(folder) / _SETTINGS, settings)

    @classmethod
    def load(cls, folder: str | Path) -> ScoreNetwork:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: There is no network in the folder.
            DamagedFileError: A file is missing, was changed, or is something else.
        """
        path = Path(folder) / _SETTINGS
        settings = read_sealed(path, remedy=_REMEDY)
        if settings.get("kind") != _KIND:
            raise DamagedFileError(f"File `{path}` describes no {_KIND}. {_REMEDY}")
        try:
            arrays = read_arrays(Path(folder) / _ARRAYS, settings["arrays_sha256"])
            layers = range(settings["layers"])
            return cls(
                GaussianScore(arrays["mean"], arrays["covariance"]),
                tuple(arrays[f"weight_{n}"] for n in layers),
                tuple(arrays[f"bias_{n}"] for n in layers),
                settings["smallest"],
                settings["largest"],
                tuple(arrays["losses"].tolist()),
            )
        except (KeyError, TypeError) as error:
            raise DamagedFileError(f"File `{path}` lacks {error}. {_REMEDY}") from None
