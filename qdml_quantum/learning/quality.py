"""How far two sets of samples are apart, and whether that could be chance."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.learning.points import Points, points_of, same_width
from qdml_quantum.support.messages import bad_value, count, number, unknown

MEASURES = ("mmd", "sliced_wasserstein")


def wasserstein(a: ArrayLike, b: ArrayLike, *, order: int = 1) -> float:
    r"""Distance to carry one set of numbers into another, ``W_p``.

        W_p^p = int_0^1 |F_a^(-1)(u) - F_b^(-1)(u)|^p du

    Exact for the two sets, which may differ in size.

    Args:
        a: Numbers, shape ``(n,)``.
        b: Numbers, shape ``(m,)``.
        order: p, 1 (default) or 2.

    >>> wasserstein([0, 1, 2], [5, 6, 7]), wasserstein([0.0], [0.0, 1.0])
    (5.0, 0.5)
    """
    first = points_of("a", np.reshape(a, (-1, 1)))
    second = points_of("b", np.reshape(b, (-1, 1)))
    return float(_wasserstein(first, second, order)[0])


def sliced_wasserstein(
    a: ArrayLike, b: ArrayLike, *, order: int = 1, num_directions: int = 64, seed: int = 0
) -> float:
    r"""Wasserstein distance of shadows: ``(mean over directions of W_p^p)^(1/p)``.

    Args:
        a: Shape ``(n, dimensions)``.
        b: Shape ``(m, dimensions)``.
        order: p, 1 (default) or 2.
        num_directions: Random directions on the sphere; in one dimension one is enough.
        seed: Of the directions: the same ones for all comparisons by default.

    References:
        N. Bonneel, J. Rabin, G. Peyre and H. Pfister, J. Math. Imaging Vis. 51, 22 (2015),
        doi 10.1007/s10851-014-0506-3.

    >>> points = np.random.default_rng(0).standard_normal((100, 2))
    >>> sliced_wasserstein(points, points)
    0.0
    >>> far = sliced_wasserstein(points, points + [3, 4], num_directions=4000)
    >>> bool(abs(far - 5 * 2 / np.pi) < 0.05)  # |shift| times the mean of |cos|
    True
    """
    x, y = _pair(a, b)
    directions = _directions(x.shape[1], count("num_directions", num_directions), seed)
    parts = _wasserstein(x @ directions, y @ directions, order)
    return float((parts**order).mean() ** (1 / order))


def mmd(a: ArrayLike, b: ArrayLike, *, width: float | None = None) -> float:
    r"""Squared maximum mean discrepancy, without bias: 0 on average for equal distributions.

        MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y),  k(x, y) = exp(-|x - y|^2 / (2 width^2))

    The estimate may be negative.

    Args:
        a: Shape ``(n, dimensions)``, at least two rows.
        b: Shape ``(m, dimensions)``, at least two rows.
        width: Of the kernel; default the median distance of the points.

    References:
        A. Gretton et al., J. Mach. Learn. Res. 13, 723 (2012), lemma 6.

    >>> draw = np.random.default_rng(0).standard_normal
    >>> bool(abs(mmd(draw((500, 2)), draw((400, 2)))) < 0.005)
    True
    """
    x, y = _pair(a, b, least=2)
    kernel = _kernel(np.vstack([x, y]), width)
    return _mmd(kernel, np.arange(len(x) + len(y)) < len(x))


@dataclass(frozen=True)
class SampleDistance:
    """A distance, and what it would be if both sets came from one distribution.

    Attributes:
        measure: Which distance.
        value: The distance.
        chance: Mean of the distance over random divisions of all points into two sets.
        error: Its standard deviation over these: the size of chance.
        p_value: Share of the divisions that are at least as far apart, the observed one counted.
    """

    measure: str
    value: float
    chance: float
    error: float
    p_value: float

    def to_dict(self) -> dict[str, str | float]:
        """Plain JSON form."""
        return asdict(self)


def compare(
    a: ArrayLike,
    b: ArrayLike,
    measure: str = "sliced_wasserstein",
    *,
    num_permutations: int = 99,
    num_directions: int = 64,
    width: float | None = None,
    seed: int = 0,
) -> SampleDistance:
    """A distance with its permutation test.

    Args:
        a: Shape ``(n, dimensions)``.
        b: Shape ``(m, dimensions)``.
        measure: ``"sliced_wasserstein"`` (default, order 1) or ``"mmd"``.
        num_permutations: Random divisions; the p-value is not below 1 / (this + 1).
        num_directions: Of the sliced distance.
        width: Of the kernel of ``"mmd"``; default the median distance.
        seed: Of divisions and directions.

    >>> draw = np.random.default_rng(0).standard_normal
    >>> compare(draw((200, 2)), draw((200, 2)) + 1).p_value
    0.01
    """
    x, y = _pair(a, b, least=2)
    pool = np.vstack([x, y])
    if measure == "mmd":
        distance = partial(_mmd, _kernel(pool, width))
    elif measure == "sliced_wasserstein":
        directions = _directions(pool.shape[1], count("num_directions", num_directions), seed)
        distance = partial(_sliced, pool @ directions)
    else:
        raise ValueError(unknown("measure", measure, MEASURES))
    observed = np.arange(len(pool)) < len(x)
    value = distance(observed)
    rng = np.random.default_rng(seed)
    draws = count("num_permutations", num_permutations, least=2)
    others = np.array([distance(rng.permutation(observed)) for _ in range(draws)])
    beyond = int((others >= value).sum())
    return SampleDistance(
        measure,
        value,
        float(others.mean()),
        float(others.std(ddof=1)),
        (beyond + 1) / (draws + 1),
    )


def _pair(a: ArrayLike, b: ArrayLike, *, least: int = 1) -> tuple[Points, Points]:
    x, y = points_of("a", a, least=least), points_of("b", b, least=least)
    same_width("b", y, x.shape[1])
    return x, y


def _directions(dimensions: int, number_of_them: int, seed: int) -> Points:
    """Unit vectors as columns."""
    if dimensions == 1:
        return np.ones((1, 1))
    vectors = np.random.default_rng(seed).standard_normal((dimensions, number_of_them))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=0))


def _wasserstein(a: Points, b: Points, order: int) -> Points:
    """W_p column by column: the inverse distribution functions are steps, so the integral is a sum.

    Steps end at multiples of 1/n and of 1/m; in units of 1/(n m) these are integers.
    """
    if order not in (1, 2):
        raise bad_value("order", "be 1 or 2", order)
    n, m = len(a), len(b)
    ends = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    begins, lengths = ends[:-1], np.diff(ends) / (n * m)
    apart = np.abs(np.sort(a, axis=0)[begins // m] - np.sort(b, axis=0)[begins // n])
    return np.asarray((lengths @ apart**order) ** (1 / order))


def _sliced(shadows: Points, chosen: NDArray[np.bool_]) -> float:
    return float(_wasserstein(shadows[chosen], shadows[~chosen], 1).mean())


def _kernel(pool: Points, width: float | None) -> Points:
    centered = pool - pool.mean(axis=0)
    squares = (centered**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares - 2 * centered @ centered.T, 0.0)
    if width is None:
        pairs = apart[np.triu_indices(len(pool), 1)]
        # At least one pair differs, or any width gives the same kernel.
        width = math.sqrt(float(np.median(pairs))) or math.sqrt(float(pairs.max())) or 1.0
    return np.asarray(np.exp(-apart / (2 * number("width", width) ** 2)))


def _mmd(kernel: Points, chosen: NDArray[np.bool_]) -> float:
    n, m = int(chosen.sum()), int((~chosen).sum())
    a, b = chosen.astype(float), (~chosen).astype(float)
    first, second = kernel @ a, kernel @ b
    # The diagonal is 1 and no pair: k(x, x) is left out.
    same = (a @ first - n) / (n * (n - 1)) + (b @ second - m) / (m * (m - 1))
    return float(same - 2 * (a @ second) / (n * m))
