"""Built-in test functions of global optimisation that are polynomials.

Boxes as in `benchmark`. A new function is one function and one line in `POLYNOMIALS`.
"""

from __future__ import annotations

import itertools
from typing import Any

from qdml_quantum.objectives.builtins.builtin import ANY, Builtin, box, diagonal, per_axis
from qdml_quantum.objectives.validate import Bounds, Points

STYBLINSKI_MINIMIZER = -2.9035340277711770951
"""The lowest root of ``4 x**3 - 32 x + 5 = 0``."""

STYBLINSKI_MINIMUM = -39.166165703771415464  # The value there, per axis.


def sphere(*x: Any) -> Any:
    """Sphere: a round bowl, the control experiment.

    ``sum(x**2)``.

    >>> sphere(1.0, 2.0)
    5.0
    """
    return sum(xi**2 for xi in x)


def sum_of_squares(*x: Any) -> Any:
    """Sum of squares: a bowl that is steeper along every further axis.

    ``sum(i*x_i**2)``, i = 1 ... d.

    >>> sum_of_squares(1.0, 2.0)
    9.0
    """
    return sum((i + 1) * xi**2 for i, xi in enumerate(x))


def styblinski_tang(*x: Any) -> Any:
    """Styblinski-Tang: a tilted double well on every axis, 2**d minima, one of them global.

    ``sum(x**4 - 16*x**2 + 5*x)/2``.

    >>> styblinski_tang(1.0), styblinski_tang(-3.0, 0.0)
    (-5.0, -39.0)
    """
    return sum(xi**4 - 16 * xi**2 + 5 * xi for xi in x) / 2


def rosenbrock(*x: Any) -> Any:
    """Rosenbrock: a curved valley that is easy to find and slow to follow.

    ``sum(100*(x_{i+1} - x_i**2)**2 + (1 - x_i)**2)``.

    >>> rosenbrock(1.0, 1.0), rosenbrock(0.0, 1.0)
    (0.0, 101.0)
    """
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))


def zakharov(*x: Any) -> Any:
    """Zakharov: a bowl that is flat in all directions but one.

    ``sum(x**2) + s**2 + s**4``, ``s = sum(0.5*i*x_i)``.

    >>> zakharov(2.0)
    6.0
    """
    slope = sum(0.5 * (i + 1) * xi for i, xi in enumerate(x))
    return sum(xi**2 for xi in x) + slope**2 + slope**4


def dixon_price(*x: Any) -> Any:
    """Dixon-Price: a curved valley with two equal minima, mirrored in the last axis.

    ``(x_1 - 1)**2 + sum(i*(2*x_i**2 - x_{i-1})**2)``, i = 2 ... d.

    >>> dixon_price(1.0, 0.0)
    2.0
    """
    pairs = enumerate(itertools.pairwise(x), start=2)
    return (x[0] - 1) ** 2 + sum(i * (2 * b**2 - a) ** 2 for i, (a, b) in pairs)


def trid(*x: Any) -> Any:
    """Trid: a bowl whose axes pull at their neighbours.

    ``sum((x - 1)**2) - sum(x_i*x_{i-1})``.

    >>> trid(2.0, 2.0)
    -2.0
    """
    return sum((xi - 1) ** 2 for xi in x) - sum(a * b for a, b in itertools.pairwise(x))


def himmelblau(x: Any, y: Any) -> Any:
    """Himmelblau: four equal minima.

    ``(x**2 + y - 11)**2 + (x + y**2 - 7)**2``.

    >>> himmelblau(3.0, 2.0), himmelblau(0.0, 0.0)
    (0.0, 170.0)
    """
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def beale(x: Any, y: Any) -> Any:
    """Beale: flat valleys between sharp peaks at the corners.

    ``(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2``.

    >>> beale(3.0, 0.5)
    0.0
    """
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def booth(x: Any, y: Any) -> Any:
    """Booth: a long inclined bowl.

    ``(x + 2*y - 7)**2 + (2*x + y - 5)**2``.

    >>> booth(1.0, 3.0)
    0.0
    """
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def matyas(x: Any, y: Any) -> Any:
    """Matyas: a bowl that is almost flat along one diagonal.

    ``0.26*(x**2 + y**2) - 0.48*x*y``.

    >>> round(matyas(1.0, 1.0), 12)
    0.04
    """
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


def three_hump_camel(x: Any, y: Any) -> Any:
    """Three-hump camel: three minima in a row, the middle one the lowest.

    ``2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2``.

    >>> three_hump_camel(0.0, 2.0)
    4.0
    """
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


def six_hump_camel(x: Any, y: Any) -> Any:
    """Six-hump camel: six minima, two of them global.

    ``(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2``.

    >>> round(six_hump_camel(0.0898420131, -0.7126564030), 9)
    -1.031628453
    """
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def goldstein_price(x: Any, y: Any) -> Any:
    """Goldstein-Price: four minima below walls of a million.

    ``(1 + (x+y+1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2)) * (30 +
    (2*x-3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))``.

    >>> goldstein_price(0.0, -1.0)
    3.0
    """
    left = 19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2
    right = 18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2
    return (1 + (x + y + 1) ** 2 * left) * (30 + (2 * x - 3 * y) ** 2 * right)


def _dixon_price(d: int) -> Points:
    *inner, last = [2.0 ** (2.0**-i * 2 - 1) for i in range(1, d + 1)]
    return ((*inner, -last), (*inner, last))


def _rosenbrock_box(d: int) -> Bounds:
    return ((-2, 2),) * (d - 1) + ((-1, 3),)


_SURVEY = "Jamil, Yang: A literature survey of benchmark functions, arXiv:1308.4008"
_STYBLINSKI = "Styblinski, Tang: Nonconvex optimization, doi:10.1016/0893-6080(90)90029-K"
_ROSENBROCK = "Rosenbrock: An automatic method, doi:10.1093/comjnl/3.3.175"
_SFU = "Surjanovic, Bingham: Virtual library of simulation experiments, Simon Fraser University"
_HIMMELBLAU = "Himmelblau: Applied nonlinear programming, McGraw-Hill (1972); arXiv:1308.4008"
_GOLDSTEIN = "Goldstein, Price: On descent from local minima, doi:10.1090/S0025-5718-1971-0312365-X"
_CAMEL = (0.089842013100318062422, -0.7126564030207396334)

BUILTINS: tuple[Builtin, ...] = (
    Builtin(sphere, 1, ANY, box(-5.12, 5.12), diagonal(0.0), 0.0, _SURVEY),
    Builtin(sum_of_squares, 1, ANY, box(-4, 4), diagonal(0.0), 0.0, _SURVEY),
    Builtin(
        styblinski_tang,
        1,
        ANY,
        box(-5, 5),
        diagonal(STYBLINSKI_MINIMIZER),
        per_axis(STYBLINSKI_MINIMUM),
        _STYBLINSKI,
    ),
    Builtin(rosenbrock, 2, ANY, _rosenbrock_box, diagonal(1.0), 0.0, _ROSENBROCK),
    Builtin(zakharov, 1, ANY, box(-5, 5), diagonal(0.0), 0.0, _SURVEY),
    Builtin(dixon_price, 2, ANY, box(-2, 2), _dixon_price, 0.0, _SURVEY),
    Builtin(
        trid,
        2,
        ANY,
        lambda d: ((-(d**2), d**2),) * d,
        lambda d: (tuple(float(i * (d + 1 - i)) for i in range(1, d + 1)),),
        lambda d: -d * (d + 4) * (d - 1) / 6,
        _SFU,
    ),
    Builtin(
        himmelblau,
        2,
        2,
        box(-5, 5),
        (
            (3.0, 2.0),
            (-2.8051180869527448531, 3.1313125182505729658),
            (-3.7793102533777468919, -3.2831859912861694123),
            (3.5844283403304917449, -1.8481265269644035535),
        ),
        0.0,
        _HIMMELBLAU,
    ),
    Builtin(beale, 2, 2, box(-4.5, 4.5), ((3.0, 0.5),), 0.0, _SURVEY),
    Builtin(booth, 2, 2, box(-10, 10), ((1.0, 3.0),), 0.0, _SURVEY),
    Builtin(matyas, 2, 2, box(-10, 10), diagonal(0.0), 0.0, _SURVEY),
    Builtin(three_hump_camel, 2, 2, box(-2, 2), diagonal(0.0), 0.0, _SURVEY, ("camel3",)),
    Builtin(
        six_hump_camel,
        2,
        2,
        ((-2, 2), (-1.5, 1.5)),
        (_CAMEL, (-_CAMEL[0], -_CAMEL[1])),
        -1.0316284534898773504,
        _SURVEY,
        ("camel6",),
    ),
    Builtin(goldstein_price, 2, 2, box(-2, 2), ((0.0, -1.0),), 3.0, _GOLDSTEIN),
)
"""Every function; the order is that of `qdml list`."""
