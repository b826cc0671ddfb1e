"""The two loops: noise levels outside, evolution inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from qdml_quantum.learning.points import Points, points_of, same_width
from qdml_quantum.learning.score import Score, denoise, one_thread
from qdml_quantum.reference.theory.diffusion import random_walkers
from qdml_quantum.reference.theory.fokker_planck import langevin
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.progress import progress_bar


def noise_levels(largest: float, smallest: float, num_levels: int) -> tuple[float, ...]:
    """Levels that fall by the same factor each.

    >>> [round(sigma, 6) for sigma in noise_levels(4.0, 0.25, 5)]
    [4.0, 2.0, 1.0, 0.5, 0.25]
    """
    high, low = number("largest", largest), number("smallest", smallest)
    if high < low:
        raise bad_value("largest", f"be at least `smallest`, {low:g}", high)
    levels = np.geomspace(high, low, count("num_levels", num_levels))
    return tuple(float(sigma) for sigma in levels)


def add_noise(data: ArrayLike, sigma: float, *, seed: int | None = None) -> Points:
    r"""The forward process, free diffusion: ``x + sqrt(2 D tau) N = x + sigma N``.

    Its density is the heat kernel applied to the data (equation 9). D and tau enter as one number,
    ``sigma^2 = 2 D tau``.

    Args:
        data: Shape ``(num_points, dimensions)``.
        sigma: Noise level, positive.
        seed: Of the noise.

    >>> noisy = add_noise(np.zeros((10_000, 2)), 0.5, seed=0)
    >>> abs(float(noisy.std()) - 0.5) < 0.01
    True
    """
    return random_walkers(points_of("data", data), 1.0, number("sigma", sigma) ** 2 / 2, seed=seed)


@dataclass(frozen=True, eq=False)
class Samples:
    """What a sampler made.

    Attributes:
        points: Shape ``(num_points, dimensions)``.
        path: The points at the end of every level, shape ``(num_levels, num_points,
            dimensions)``, before the last denoising; empty unless asked for.
        evaluations: How often the score was evaluated at all points.
    """

    points: Points
    path: Points
    evaluations: int


def broad_start(model: Score, sigma: float, num_points: int, *, seed: int | None = None) -> Points:
    """Gaussian points with the mean and the variance of the data noised to the level sigma."""
    width = math.hypot(model.spread, number("sigma", sigma))
    shape = (count("num_points", num_points), model.mean.size)
    return np.asarray(model.mean + width * np.random.default_rng(seed).standard_normal(shape))


def sample(
    model: Score,
    levels: Sequence[float],
    num_points: int | None = None,
    *,
    num_steps: int = 10,
    step: float = 0.3,
    flow: bool = False,
    start: ArrayLike | None = None,
    last_denoise: bool = True,
    keep_path: bool = False,
    seed: int | None = None,
    progress: bool = False,
) -> Samples:
    r"""Draw from the data: noise levels fall outside, walkers move inside.

    Inside, at one level, equation (11) in its right form, gradient descent with Gaussian noise on
    the potential ``zeta = -log p_sigma`` with D = 1:

        x <- x + dtau grad log p_sigma(x) + sqrt(2 dtau) N,  dtau = step sigma^2

    which leaves ``exp(-zeta / D) = p_sigma`` as it is and brings everything else there. With one
    level it is plain Langevin sampling; with falling ones, annealed. `flow` also moves the walkers
    from one level to the next, along the equation that undoes the diffusion of equation (9),
    ``dx / dsigma = -sigma grad log p_sigma(x)``, by one step of Heun; with ``num_steps=0`` nothing
    else does, and there is no noise.

    Args:
        model: Anything with a score.
        levels: Falling noise levels; one level is allowed.
        num_points: Walkers; leave out with `start`.
        num_steps: Steps inside of every level.
        step: dtau in units of sigma^2, at most 1. At 0.3 (default) a Gaussian of width sigma
            comes out 8 % too wide, ``(1 - step / 2)^(-1/2)``, which the last denoising removes.
        flow: Move along the flow between levels: two more evaluations per change of level.
        start: Points to start from; default `broad_start` at the first level.
        last_denoise: End with the posterior mean, which takes the noise of the last level off.
        keep_path: Keep the points of every level.
        seed: Of start and noise.
        progress: Show a bar over the levels.

    Raises:
        ValueError: Levels that rise, or nothing to do.

    References:
        Y. Song and S. Ermon (2019), arXiv:1907.05600, algorithm 1.
        Y. Song et al. (2021), arXiv:2011.13456, for the flow and for both together.
        T. Karras et al. (2022), arXiv:2206.00364, algorithm 1, for the steps of Heun.

    >>> from qdml_quantum.learning.data import toy
    >>> made = sample(toy("ring"), noise_levels(4.0, 0.1, 10), 500, seed=0)
    >>> made.points.shape, made.evaluations
    ((500, 2), 101)
    >>> bool(abs(np.median(np.linalg.norm(made.points, axis=1)) - 1.5) < 0.05)  # The radius.
    True
    """
    falling = [number("levels", sigma) for sigma in levels]
    if not falling:
        raise bad_value("levels", "hold at least one noise level", "empty")
    if any(after > before for before, after in pairwise(falling)):
        raise bad_value("levels", "fall", list(levels), "Sort them, largest first.")
    steps = count("num_steps", num_steps, least=0)
    if steps == 0 and not flow:
        raise bad_value("num_steps", "be at least 1 without `flow`", steps)
    if not 0 < number("step", step) <= 1:
        raise bad_value("step", "be at most 1", step, "0.1 to 0.5 work well.")
    rng = np.random.default_rng(seed)
    if (start is None) == (num_points is None):
        raise bad_value("num_points", "be given, or `start`", "both or neither")
    if start is None:
        size = count("num_points", num_points)
        x = broad_start(model, falling[0], size, seed=int(rng.integers(2**63)))
    else:
        x = points_of("start", start).copy()
        same_width("start", x, model.mean.size)
    path = []

    def gradient(points: Points, sigma: float) -> Points:
        return -model.score(points, sigma)

    with one_thread():
        bar = progress_bar(falling, desc="sample", unit="level", disable=not progress)
        for level, sigma in enumerate(bar):
            if flow and level:
                x = flow_step(model, x, falling[level - 1], sigma)
            if steps:
                # Langevin walkers of `theory.fokker_planck` at one level, with D = 1.
                slope, tau = partial(gradient, sigma=sigma), steps * step * sigma**2
                drawn = int(rng.integers(2**63))
                x = langevin(slope, x, 1.0, tau, num_steps=steps, seed=drawn)
            if keep_path:
                path.append(x.copy())
        if last_denoise:
            x = denoise(model, x, falling[-1])
    between = 2 * (len(falling) - 1) if flow else 0
    evaluations = steps * len(falling) + between + bool(last_denoise)
    return Samples(x, np.array(path), evaluations)


def flow_step(model: Score, points: ArrayLike, before: float, after: float) -> Points:
    """One step of Heun along ``dx / dsigma = -sigma grad log p_sigma(x)``, of second order."""
    x = points_of("points", points)
    first = -before * model.score(x, before)
    second = -after * model.score(x + (after - before) * first, after)
    return np.asarray(x + (after - before) * (first + second) / 2)
