"""One noise level against many: what each makes from the same start with the same effort."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from qdml_quantum.learning.data import digits, toy
from qdml_quantum.learning.points import Points
from qdml_quantum.learning.quality import mmd, sliced_wasserstein
from qdml_quantum.learning.sampling import broad_start, noise_levels, sample
from qdml_quantum.learning.score import Mixture, Score
from qdml_quantum.learning.training import learn_score
from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.store import finite_json

SCAN = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6)
"""Single levels that are tried, in units of the spread of the data."""

_TRAIN, _HELD_OUT, _FRESH = 10_001, 10_002, 20_000
"""Seeds of the data; `seeds` are those of the samplers."""

# Settings of `learn_score` for the digits; no search for better ones is recorded.
_DIGITS: dict[str, Any] = {"hidden": (256,), "num_epochs": 150, "learning_rate": 2e-3}


@dataclass(frozen=True)
class GenerationRow:
    """How good the samples of one method are, seed by seed.

    Attributes:
        score: ``"exact"`` or ``"learned"``; ``"data"`` for fresh data instead of samples.
        method: ``"annealed"`` (levels outside, Langevin steps inside), ``"annealed with flow"``,
            ``"flow"`` (no noise), ``"one level"``, or ``"fresh data"``.
        sigma: The level of ``"one level"``, in units of the spread of the data.
        evaluations: Of the score, per sample.
        sliced_wasserstein: Distance (order 1) to data that no model has seen, one per seed.
        mmd: Squared maximum mean discrepancy to them, the kernel half as wide as the data:
            ``spread sqrt(dimensions) / 2``.
    """

    score: str
    method: str
    sigma: float | None
    evaluations: int
    sliced_wasserstein: tuple[float, ...]
    mmd: tuple[float, ...]

    @property
    def distance(self) -> float:
        """Mean of the sliced Wasserstein distance over the seeds."""
        return float(np.mean(self.sliced_wasserstein))

    @property
    def error(self) -> float:
        """Standard error of `distance`; 0 for one seed."""
        seeds = self.sliced_wasserstein
        return float(np.std(seeds, ddof=1)) / math.sqrt(len(seeds)) if len(seeds) > 1 else 0.0


@dataclass(frozen=True, eq=False)
class GenerationStudy:
    """What `generation_study` found.

    Attributes:
        name: Of the data.
        levels: Noise levels of the annealed methods, falling.
        rows: One per score and method.
        data: Held out: what the samples are compared with, shape ``(num, dimensions)``.
        training: What the network learned from.
        samples: Of the first seed, by ``"score, method"``, such as ``"exact, one level 0.3"``.
        path: Of the exact annealed sampler, first seed: the points at the end of every level,
            shape ``(num_levels, num_points, dimensions)``.
        losses: Of the network per epoch.
    """

    name: str
    levels: tuple[float, ...]
    rows: tuple[GenerationRow, ...]
    data: Points
    training: Points
    samples: Mapping[str, Points]
    path: Points
    losses: tuple[float, ...]

    def row(self, score: str, method: str, sigma: float | None = None) -> GenerationRow:
        """One row; for ``"one level"`` without `sigma` the best of the scan, chosen afterwards.

        Raises:
            ValueError: There is no such row.
        """
        rows = [r for r in self.rows if (r.score, r.method) == (score, method)]
        rows = [r for r in rows if sigma is None or r.sigma == sigma]
        if not rows:
            have = sorted({f"{r.score}, {r.method}" for r in self.rows})
            must = f"name a row: {'; '.join(have)}"
            raise bad_value("method", must, f"{score}, {method}, {sigma}")
        return min(rows, key=lambda row: row.distance)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, with all samples."""
        return dict(finite_json(asdict(self)))


def generation_study(
    name: str = "ring",
    *,
    num_points: int = 1000,
    budget: int = 200,
    num_levels: int = 20,
    step: float = 0.3,
    scan: Sequence[float] = SCAN,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    learned: bool = True,
    training: Mapping[str, Any] | None = None,
    progress: bool = False,
) -> GenerationStudy:
    """Compare one noise level with annealed ones at equal effort, exact and learned score.

    All samplers start from the same broad Gaussian points and end with one denoising; all but the
    flow, which needs less, take `budget` evaluations of the score per sample. The distance is to
    data that nothing was trained on; the row ``"fresh data"`` says what perfect samples would
    reach.

    For the toy data the exact score is that of the distribution itself. For ``"digits"`` only
    images are known: it is that of the training images, which it repeats.

    Args:
        name: One of `toy_names`, or ``"digits"`` (give fewer points, 200 for instance).
        num_points: Samples per seed.
        budget: Evaluations of the score, a multiple of `num_levels`.
        num_levels: From 4 down to 0.05 of the spread of the data.
        step: Of Langevin, in units of sigma^2.
        scan: Single levels, in units of the spread of the data.
        seeds: Of the samples.
        learned: Train a network as well; needs scikit-learn.
        training: Settings of `learn_score`.
        progress: Show a bar.

    Raises:
        ImportError: scikit-learn is not installed, and is needed.
        ValueError: No such data, or a budget that does not fit.

    >>> study = generation_study("ring", num_points=300, seeds=(0,), learned=False)
    >>> lowest, best = study.row("exact", "one level", 0.05), study.row("exact", "one level")
    >>> annealed = study.row("exact", "annealed")
    >>> bool(annealed.distance < best.distance < lowest.distance)
    True
    """
    steps, rest = divmod(count("budget", budget), count("num_levels", num_levels, least=2))
    if rest or steps < 3:
        must = f"be a multiple of `num_levels`, {num_levels}, and at least 3 times it"
        raise bad_value("budget", must, budget)
    if not seeds:
        raise bad_value("seeds", "hold at least one seed", "empty")
    source = _toy(name, num_points, seeds) if name != "digits" else _images(num_points, seeds)
    exact = source.exact
    levels = noise_levels(4 * exact.spread, 0.05 * exact.spread, num_levels)
    models: dict[str, Score] = {"exact": exact}
    losses: tuple[float, ...] = ()
    if learned:
        reach: dict[str, Any] = {"smallest": levels[-1], "largest": levels[0], "progress": progress}
        network = learn_score(source.train, **reach | source.training | dict(training or {}))
        models["learned"], losses = network, network.losses
    rows = [_judged("data", "fresh data", None, 0, source.fresh, source)]
    samples: dict[str, Points] = {}
    path = np.empty((0, 0, 0))
    inside: dict[str, Any] = {"levels": levels, "step": step}
    samplers: list[tuple[str, float | None, dict[str, Any]]] = [
        ("annealed", None, inside | {"num_steps": steps, "keep_path": True}),
        ("annealed with flow", None, inside | {"num_steps": steps - 2, "flow": True}),
        ("flow", None, inside | {"num_steps": 0, "flow": True}),
    ]
    for level in scan:
        one = {"levels": [level * exact.spread], "num_steps": budget}
        samplers.append(("one level", level, inside | one))
    work = [(score, *sampler) for score in models for sampler in samplers]
    bar = progress_bar(work, desc="generate", unit="sampler", disable=not progress)
    for score, method, sigma, settings in bar:
        runs = []
        for seed in seeds:
            start = broad_start(exact, levels[0], num_points, seed=seed)
            runs.append(sample(models[score], start=start, seed=seed, **settings))
        points = [run.points for run in runs]
        rows.append(_judged(score, method, sigma, runs[0].evaluations, points, source))
        samples[f"{score}, {method}" + ("" if sigma is None else f" {sigma:g}")] = points[0]
        if (score, method) == ("exact", "annealed"):
            path = runs[0].path
    return GenerationStudy(
        name, levels, tuple(rows), source.held_out, source.train, samples, path, losses
    )


@dataclass(frozen=True, eq=False)
class _Source:
    """Data that is learned from, data that is not, and the score that is known."""

    exact: Mixture
    train: Points
    held_out: Points
    fresh: Sequence[Points]
    training: dict[str, Any]


def _toy(name: str, num_points: int, seeds: Sequence[int]) -> _Source:
    exact = toy(name)
    fresh = [exact.draw(num_points, seed=_FRESH + seed) for seed in seeds]
    train = exact.draw(2000, seed=_TRAIN)
    return _Source(exact, train, exact.draw(2 * num_points, seed=_HELD_OUT), fresh, {})


def _images(num_points: int, seeds: Sequence[int]) -> _Source:
    images = digits().images
    images = images[np.random.default_rng(_TRAIN).permutation(len(images))]
    train, held_out = images[:1257], images[1257:]
    if num_points > len(train):
        raise bad_value("num_points", f"be at most {len(train)}", num_points)
    fresh = [
        train[np.random.default_rng(_FRESH + seed).permutation(len(train))[:num_points]]
        for seed in seeds
    ]
    return _Source(Mixture(train), train, held_out, fresh, _DIGITS)


def _judged(
    score: str,
    method: str,
    sigma: float | None,
    evaluations: int,
    points: Sequence[Points],
    source: _Source,
) -> GenerationRow:
    width = 0.5 * source.exact.spread * math.sqrt(source.exact.dimensions)
    return GenerationRow(
        score,
        method,
        sigma,
        evaluations,
        tuple(sliced_wasserstein(x, source.held_out) for x in points),
        tuple(mmd(x, source.held_out[: len(x)], width=width) for x in points),
    )
