"""A diffusion model in front of another model: what a classifier gains on noisy images."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.learning.data import digits
from qdml_quantum.learning.points import Points, points_of, same_width
from qdml_quantum.learning.sampling import add_noise, noise_levels, sample
from qdml_quantum.learning.score import GaussianScore, Mixture, Score, denoise, one_thread
from qdml_quantum.learning.training import learn_score
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_value, number, unknown
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.store import finite_json

Labels = NDArray[np.int64]

CLASSIFIERS = ("logistic regression", "network")
LEVELS = (0.0, 0.2, 0.35, 0.5, 0.7, 1.0)
"""Noise of every pixel; pixels are between 0 and 1."""

# Settings of `learn_score` for the digits; no search for better ones is recorded.
_TRAINING: dict[str, Any] = {"hidden": (512,), "num_epochs": 100, "learning_rate": 4e-3}
_FLOW_LEVELS, _NOISES = 5, 3
"""Levels of the few reverse steps; noises that every test image gets."""

_COPIES, _CLASSIFIER_EPOCHS = 5, 60
"""Noisy copies of every image for the classifiers that are trained on noise; epochs of all."""


def estimate_noise(noisy: ArrayLike, clean: ArrayLike) -> float:
    """Noise level of points, from the directions in which clean data hardly vary.

    Along the half of the principal directions with the least variance, the variance of the noisy
    points is that of the clean ones plus sigma^2.

    Args:
        noisy: Points of one unknown level, shape ``(num_points, dimensions)``.
        clean: Other points without noise, shape ``(num_clean, dimensions)``.

    Raises:
        ValueError: NaN, or shapes that do not fit.

    >>> data = np.random.default_rng(0).standard_normal((400, 4)) * [2, 1, 0.1, 0]
    >>> round(estimate_noise(add_noise(data, 0.5, seed=1), data), 1)
    0.5
    """
    y, x = points_of("noisy", noisy), points_of("clean", clean, least=2)
    same_width("noisy", y, x.shape[1])
    linear = GaussianScore.of(x)
    variances, modes = linear.modes
    quiet = max(1, len(variances) // 2)
    variance = (((y - linear.mean) @ modes[:, :quiet]) ** 2).mean() - variances[:quiet].mean()
    return math.sqrt(max(float(variance), 0.0))


@dataclass(frozen=True)
class DenoisingRow:
    """Accuracy of one classifier behind one denoiser at one noise level.

    Attributes:
        classifier: ``"logistic regression"`` or ``"network"``, trained on clean images; or
            ``"large network"``, see `denoising_study`.
        denoiser: What stands in front: ``"none"``; ``"linear"`` (Wiener filter); ``"learned"``
            (posterior mean of the network); ``"learned, level estimated"``; ``"learned, flow"``
            (four reverse steps without noise instead of one); ``"exact"`` (posterior mean over the
            training images). ``"none, trained on noise"`` is the same kind of classifier, trained
            on noisy images of all levels instead.
        sigma: Noise of every pixel.
        accuracy: Share of test images that are recognised, one per seed.
    """

    classifier: str
    denoiser: str
    sigma: float
    accuracy: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(self.accuracy))

    @property
    def error(self) -> float:
        """Standard error of the mean over the seeds; 0 for one seed."""
        n = len(self.accuracy)
        return float(np.std(self.accuracy, ddof=1)) / math.sqrt(n) if n > 1 else 0.0


@dataclass(frozen=True, eq=False)
class DenoisingStudy:
    """What `denoising_study` found.

    Attributes:
        rows: One per classifier, denoiser and level.
        images: Five test images of the first seed by ``"clean"``, ``"noisy"`` and denoiser, each
            of the shape ``(5, 64)``.
        shown: Their noise level.
        estimated: Estimated levels by true level, first seed.
        losses: Of the network of the first seed per epoch.
    """

    rows: tuple[DenoisingRow, ...]
    images: Mapping[str, Points]
    shown: float
    estimated: Mapping[float, float]
    losses: tuple[float, ...]

    def accuracy(self, classifier: str, denoiser: str, sigma: float) -> DenoisingRow:
        """One row.

        Raises:
            ValueError: There is no such row.
        """
        for row in self.rows:
            if (row.classifier, row.denoiser, row.sigma) == (classifier, denoiser, sigma):
                return row
        have = "; ".join(sorted({row.denoiser for row in self.rows}))
        raise bad_value("denoiser", f"be one of: {have}", f"{denoiser} at {sigma}")

    def gain(self, classifier: str, denoiser: str, sigma: float) -> float:
        """Points of accuracy (in per cent) that a denoiser adds, mean over the seeds."""
        without = self.accuracy(classifier, "none", sigma).mean
        return 100 * (self.accuracy(classifier, denoiser, sigma).mean - without)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        pairs = {"estimated": list(self.estimated.items())}
        return dict(finite_json(asdict(self) | pairs))


def denoising_study(
    levels: Sequence[float] = LEVELS,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    classifiers: Sequence[str] = CLASSIFIERS,
    shown: float = 0.5,
    large: bool = False,
    training: Mapping[str, Any] | None = None,
    progress: bool = False,
) -> DenoisingStudy:
    """Recognise noisy digits with and without a denoiser in front of the classifier.

    Every seed is a new division of the 1797 digits into 70 % for training and 30 % for tests (each
    seen with three noises), and new models. Denoisers see the training images without labels; the
    classifiers are trained on clean images and never see noise, except for the baseline that is
    trained on noise. The noise level is known to the denoisers, unless the row says that it is
    estimated from the noisy test images.

    Args:
        levels: Noise of every pixel, at least 0; with 0 the denoisers do nothing.
        seeds: One run each.
        classifiers: Of `CLASSIFIERS`.
        shown: Level of `DenoisingStudy.images`.
        large: Train one more baseline, the strongest: a classifier as large as the denoiser, on as
            many noisy images as the denoiser saw. It needs labels, and to be trained anew.
        training: Settings of `learn_score`.
        progress: Show a bar.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: An unknown classifier, a level below 0, or no seed.
    """
    sigmas = [number("levels", sigma, zero=True) for sigma in levels]
    for name in classifiers:
        if name not in CLASSIFIERS:
            raise ValueError(unknown("classifier", name, CLASSIFIERS))
    if not seeds or not any(sigmas):
        raise bad_value("seeds", "hold at least one seed, `levels` a noise", "none")
    settings = _TRAINING | dict(training or {})
    runs = []
    for seed in progress_bar(seeds, desc="denoise", unit="seed", disable=not progress):
        with one_thread():
            runs.append(_one_seed(seed, sigmas, classifiers, shown, large, settings))
    same_rows = zip(*(run.rows for run in runs), strict=True)
    rows = tuple(
        replace(same[0], accuracy=tuple(row.accuracy[0] for row in same)) for same in same_rows
    )
    return replace(runs[0], rows=rows)


def _one_seed(
    seed: int,
    sigmas: Sequence[float],
    classifiers: Sequence[str],
    shown: float,
    large: bool,
    training: dict[str, Any],
) -> DenoisingStudy:
    train, test, labels, answers = _divided(seed)
    many, truth = np.tile(test, (_NOISES, 1)), np.tile(answers, _NOISES)
    noise = [sigma for sigma in sigmas if sigma]
    fitted = _fitted(classifiers, train, labels, noise, seed)
    if large:
        fitted["large network"] = (None, _large(train, labels, noise, seed, training))
    reach = [*noise, shown]
    # Estimated levels scatter around the true ones.
    settings = {"smallest": 0.7 * min(reach), "largest": 1.4 * max(reach), "seed": seed}
    network = learn_score(train, **(settings | training))
    known: dict[str, Score] = {
        "linear": GaussianScore.of(train),
        "learned": network,
        "exact": Mixture(train),
    }

    def cleaned(noisy: Points, sigma: float, guess: float) -> dict[str, Points]:
        denoised = {name: denoise(model, noisy, sigma) for name, model in known.items()}
        guess = min(max(guess, network.smallest), network.largest)
        denoised["learned, level estimated"] = denoise(network, noisy, guess)
        down = noise_levels(sigma, network.smallest, _FLOW_LEVELS)
        flowed = sample(network, down, start=noisy, num_steps=0, flow=True)
        return denoised | {"learned, flow": flowed.points}

    rows, estimated = [], {}
    for index, sigma in enumerate(sigmas):
        noisy = add_noise(many, sigma, seed=1000 * seed + index) if sigma else many
        guess = estimate_noise(noisy, train)
        views = {"none": noisy} | (cleaned(noisy, sigma, guess) if sigma else {})
        estimated[sigma] = guess
        for name, (clean_model, noise_model) in fitted.items():
            shares = {}
            for denoiser, view in views.items() if clean_model else ():
                shares[denoiser] = clean_model.score(view, truth)
            shares["none, trained on noise"] = noise_model.score(noisy, truth)
            rows += [DenoisingRow(name, d, sigma, (float(s),)) for d, s in shares.items()]
    few = test[:5]
    noisy = add_noise(few, shown, seed=seed)
    images = {"clean": few, "noisy": noisy} | cleaned(noisy, shown, shown)
    return DenoisingStudy(tuple(rows), images, shown, estimated, network.losses)


def _divided(seed: int) -> tuple[Points, Points, Labels, Labels]:
    """70 % and 30 % of the digits, every digit in proportion."""
    split = require("sklearn.model_selection", "Classifiers").train_test_split
    data = digits()
    train, test, labels, truth = split(
        data.images, data.labels, test_size=0.3, random_state=seed, stratify=data.labels
    )
    return train, test, labels, truth


def _fitted(
    names: Sequence[str], train: Points, labels: Labels, noise: Sequence[float], seed: int
) -> dict[str, tuple[Any, Any]]:
    """Classifiers trained on clean images, and on noisy copies of them at random levels."""
    rng = np.random.default_rng(seed)
    many = np.tile(train, (_COPIES, 1))
    levels = rng.choice([0.0, *noise], size=(len(many), 1))
    noisy, noisy_labels = many + levels * rng.standard_normal(many.shape), np.tile(labels, _COPIES)
    with warnings.catch_warnings():
        # The network stops after a set number of epochs, which is meant.
        exceptions = require("sklearn.exceptions", "Classifiers")
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        return {
            name: (
                _classifier(name, seed).fit(train, labels),
                _classifier(name, seed).fit(noisy, noisy_labels),
            )
            for name in names
        }


def _large(
    train: Points, labels: Labels, noise: Sequence[float], seed: int, training: Mapping[str, Any]
) -> Any:
    """A classifier with the layers, the epochs and the fresh noise of the denoiser."""
    model = require("sklearn.neural_network", "Classifiers").MLPClassifier(
        training["hidden"], batch_size=256, learning_rate_init=2e-3, random_state=seed
    )
    rng = np.random.default_rng(seed)
    for _ in range(training["num_epochs"]):
        rows = rng.integers(len(train), size=4096)
        levels = rng.choice([0.0, *noise], size=(4096, 1))
        noisy = train[rows] + levels * rng.standard_normal((4096, train.shape[1]))
        model.partial_fit(noisy, labels[rows], classes=range(10))
    return model


def _classifier(name: str, seed: int) -> Any:
    """A classifier of scikit-learn, untrained."""
    if name == "network":
        networks = require("sklearn.neural_network", "Classifiers")
        return networks.MLPClassifier((64,), max_iter=_CLASSIFIER_EPOCHS, random_state=seed)
    return require("sklearn.linear_model", "Classifiers").LogisticRegression(max_iter=1000)
