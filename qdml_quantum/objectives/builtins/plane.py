"""Built-in test functions of global optimisation that are defined in one fixed dimension.

Boxes as in `benchmark`: the customary one, moved or widened where a minimizer would lie in its
outer 10 %. A new function is one function and one line in `PLANE`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qdml_quantum.objectives.builtins.builtin import Builtin, box, diagonal

_SHUBERT_LOW = (-1.4251284283197609708, -12.870885497725684896)  # Minimizer, minimum of a factor.
_SHUBERT_HIGH = (-0.80032110047197312466, 14.508007927195033117)  # Maximizer and maximum.


def forrester(x: Any) -> Any:
    """Forrester: a one-dimensional curve with a local and a global minimum.

    ``(6*x - 2)**2*sin(12*x - 4)``.

    >>> round(float(forrester(0.0)), 6)
    3.02721
    """
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


def branin(x: Any, y: Any) -> Any:
    """Branin: three equal minima along a curved valley.

    ``(y - 5.1*x**2/(4*pi**2) + 5*x/pi - 6)**2 + 10*(1 - 1/(8*pi))*cos(x) + 10``.

    >>> round(float(branin(np.pi, 2.275)), 6)
    0.397887
    """
    valley = y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def easom(x: Any, y: Any) -> Any:
    """Easom: one narrow hole at (pi, pi) in a flat plain.

    ``-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)``.

    >>> float(easom(np.pi, np.pi))
    -1.0
    """
    return -np.cos(x) * np.cos(y) * np.exp(-((x - np.pi) ** 2) - (y - np.pi) ** 2)


def bohachevsky1(x: Any, y: Any) -> Any:
    """Bohachevsky 1: a bowl with small waves along the axes.

    ``x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7``.

    >>> round(float(bohachevsky1(0.0, 0.0)), 12)
    0.0
    """
    waves = 0.3 * np.cos(3 * np.pi * x) + 0.4 * np.cos(4 * np.pi * y)
    return x**2 + 2 * y**2 - waves + 0.7


def bohachevsky2(x: Any, y: Any) -> Any:
    """Bohachevsky 2: a bowl with a product of small waves.

    ``x**2 + 2*y**2 - 0.3*cos(3*pi*x)*cos(4*pi*y) + 0.3``.

    >>> round(float(bohachevsky2(1.0, 0.0)), 12)
    1.6
    """
    return x**2 + 2 * y**2 - 0.3 * np.cos(3 * np.pi * x) * np.cos(4 * np.pi * y) + 0.3


def cross_in_tray(x: Any, y: Any) -> Any:
    """Cross in tray: four equal minima on a tray with a sharp cross.

    ``-0.0001*(abs(sin(x)*sin(y)*exp(abs(100 - r/pi))) + 1)**0.1``, ``r**2 = x**2 + y**2``.

    >>> round(float(cross_in_tray(1.3494066, 1.3494066)), 6)
    -2.062612
    """
    growth = np.exp(np.abs(100 - np.hypot(x, y) / np.pi))
    return -0.0001 * (np.abs(np.sin(x) * np.sin(y) * growth) + 1) ** 0.1


def eggholder(x: Any, y: Any) -> Any:
    """Eggholder: large irregular waves that keep growing outwards.

    ``-(y + 47)*sin(sqrt(abs(x/2 + y + 47))) - x*sin(sqrt(abs(x - y - 47)))``.

    On the customary box [-512, 512] the lowest point, -959.6407 at (512, 404.2319), lies on the
    edge, which means nothing in a periodic box. This box holds the whole of that valley, whose
    bottom is -976.9110.

    >>> round(float(eggholder(512.0, 404.2319)), 4)
    -959.6407
    """
    first = (y + 47) * np.sin(np.sqrt(np.abs(x / 2 + y + 47)))
    return -first - x * np.sin(np.sqrt(np.abs(x - y - 47)))


def holder_table(x: Any, y: Any) -> Any:
    """Holder table: waves that rise towards the four corners, seen in one quadrant.

    ``-abs(sin(x)*cos(y)*exp(abs(1 - r/pi)))``, ``r**2 = x**2 + y**2``.

    >>> round(float(holder_table(8.0550235, 9.66459002)), 6)
    -19.208503
    """
    return -np.abs(np.sin(x) * np.cos(y) * np.exp(np.abs(1 - np.hypot(x, y) / np.pi)))


def mccormick(x: Any, y: Any) -> Any:
    """McCormick: a gentle valley with a wave along it.

    ``sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1``.

    >>> float(mccormick(0.0, 0.0))
    1.0
    """
    return np.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


def hosaki(x: Any, y: Any) -> Any:
    """Hosaki: two valleys, the deeper one at (4, 2).

    ``(1 - 8*x + 7*x**2 - 7*x**3/3 + x**4/4)*y**2*exp(-y)``.

    >>> round(float(hosaki(4.0, 2.0)), 6)
    -2.345812
    """
    return (1 - 8 * x + 7 * x**2 - 7 * x**3 / 3 + x**4 / 4) * y**2 * np.exp(-y)


def levy13(x: Any, y: Any) -> Any:
    """Levy 13: waves of two lengths on a bowl around (1, 1).

    ``sin(3*pi*x)**2 + (x-1)**2*(1 + sin(3*pi*y)**2) + (y-1)**2*(1 + sin(2*pi*y)**2)``.

    >>> round(float(levy13(0.0, 1.0)), 12)
    1.0
    """
    value = np.sin(3 * np.pi * x) ** 2 + (x - 1) ** 2 * (1 + np.sin(3 * np.pi * y) ** 2)
    return value + (y - 1) ** 2 * (1 + np.sin(2 * np.pi * y) ** 2)


def shubert(x: Any, y: Any) -> Any:
    """Shubert: a product of two Fourier sums, one period of which fills the periodic box.

    ``prod(sum(j*cos((j + 1)*x + j)))``, j = 1 ... 5.

    >>> round(float(shubert(-1.42512843, -0.80032110)), 6)
    -186.730909
    """
    along, across = (sum(j * np.cos((j + 1) * c + j) for j in range(1, 6)) for c in (x, y))
    return along * across


def ackley2(x: Any, y: Any) -> Any:
    """Ackley 2: a sharp funnel without bumps.

    ``-200*exp(-0.02*r)``, ``r**2 = x**2 + y**2``.

    >>> float(ackley2(0.0, 0.0))
    -200.0
    """
    return -200 * np.exp(-0.02 * np.hypot(x, y))


def schaffer2(x: Any, y: Any) -> Any:
    """Schaffer 2: a shallow bowl under waves that get shorter outwards.

    ``0.5 + (sin(x**2 - y**2)**2 - 0.5)/(1 + 0.001*(x**2 + y**2))**2``.

    >>> float(schaffer2(0.0, 0.0))
    0.0
    """
    return 0.5 + (np.sin(x**2 - y**2) ** 2 - 0.5) / (1 + 0.001 * (x**2 + y**2)) ** 2


_SURVEY = "Jamil, Yang: A literature survey of benchmark functions, arXiv:1308.4008"
_FORRESTER = "Forrester, Sobester, Keane: Engineering design, doi:10.1002/9780470770801"
_BRANIN = "Branin: Widely convergent method, doi:10.1147/rd.165.0504"
_CROSS = 1.3494066171539107918  # The positive coordinate of its four minimizers.

BUILTINS: tuple[Builtin, ...] = (
    Builtin(
        forrester,
        1,
        1,
        box(0, 1),
        diagonal(0.75724875784185587005),
        -6.0207400557670827866,
        _FORRESTER,
    ),
    Builtin(
        branin,
        2,
        2,
        ((-5, 12), (0, 15)),
        ((-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475)),
        10 / (8 * math.pi),
        _BRANIN,
    ),
    Builtin(easom, 2, 2, box(-3, 9), diagonal(math.pi), -1.0, _SURVEY),
    Builtin(bohachevsky1, 2, 2, box(-5, 5), diagonal(0.0), 0.0, _SURVEY, ("bohachevsky",)),
    Builtin(bohachevsky2, 2, 2, box(-5, 5), diagonal(0.0), 0.0, _SURVEY),
    Builtin(
        cross_in_tray,
        2,
        2,
        box(-5, 5),
        ((-_CROSS, -_CROSS), (-_CROSS, _CROSS), (_CROSS, -_CROSS), (_CROSS, _CROSS)),
        -2.0626118708227368778,
        _SURVEY,
    ),
    Builtin(
        eggholder,
        2,
        2,
        ((0, 584), (0, 512)),
        ((522.16052902723421904, 413.31579816740556491),),
        -976.91100099718954422,
        _SURVEY,
    ),
    Builtin(
        holder_table,
        2,
        2,
        ((0, 10), (0, 11)),
        ((8.0550234757365634198, 9.66459001924127289),),
        -19.208502567886731832,
        _SURVEY,
        ("holder",),
    ),
    Builtin(
        mccormick,
        2,
        2,
        ((-1.5, 4), (-3, 4)),
        ((0.5 - math.pi / 3, -0.5 - math.pi / 3),),
        -math.sqrt(3) / 2 - math.pi / 3,
        _SURVEY,
    ),
    Builtin(hosaki, 2, 2, box(0, 5), ((4.0, 2.0),), -2.3458115761012866595, _SURVEY),
    Builtin(levy13, 2, 2, box(-10, 10), diagonal(1.0), 0.0, _SURVEY),
    Builtin(
        shubert,
        2,
        2,
        box(-math.pi, math.pi),
        ((_SHUBERT_LOW[0], _SHUBERT_HIGH[0]), (_SHUBERT_HIGH[0], _SHUBERT_LOW[0])),
        _SHUBERT_LOW[1] * _SHUBERT_HIGH[1],
        _SURVEY,
        periodic=True,
    ),
    Builtin(ackley2, 2, 2, box(-32, 32), diagonal(0.0), -200.0, _SURVEY),
    Builtin(schaffer2, 2, 2, box(-5, 5), diagonal(0.0), 0.0, _SURVEY, ("schaffer",)),
)
"""Every function; the order is that of `qdml list`."""
