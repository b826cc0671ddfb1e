"""Built-in test functions of global optimisation that are defined in many dimensions.

Where the box is not the customary one, it was chosen so that the minimizers stay out of its outer
10 %: the grid is periodic, and what lies at one edge leaks in at the other. A new function is one
function and one line in `BENCHMARK`.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from qdml_quantum.objectives.builtins.builtin import ANY, Builtin, box, diagonal
from qdml_quantum.objectives.validate import Points

SCHWEFEL_SHIFT = 418.98288727243370627
"""The largest value of ``x*sin(sqrt(x))`` below 500, so that the minimum is 0."""

ALPINE2_MAXIMUM = 2.8081311800070048994  # Of ``sqrt(x)*sin(x)`` on one axis.

MICHALEWICZ = (
    (2.2029055201726093461, -0.80130341009855253271),
    (1.5707963267948966192, -1.0),
    (1.2849915705529243599, -0.9590912698960059482),
    (1.9230584698663628432, -0.93846241847208341012),
    (1.7204697725658412801, -0.9888010806215043611),
    (1.5707963267948966192, -1.0),
    (1.4544139713623790276, -0.99322713535588160453),
    (1.7560865209450263727, -0.9828720362722105987),
    (1.6557174168210291042, -0.99639436492510295811),
    (1.5707963267948966192, -1.0),
)
"""Minimizer and minimum of each axis, which are independent of one another."""


def rastrigin(*x: Any) -> Any:
    """Rastrigin: a bowl studded with a regular lattice of local minima.

    ``sum(10 + x**2 - 10*cos(2*pi*x))``.

    >>> float(rastrigin(0.0)), float(rastrigin(0.5, 0.0))
    (0.0, 20.25)
    """
    return sum(10 + xi**2 - 10 * np.cos(2 * np.pi * xi) for xi in x)


def ackley(*x: Any) -> Any:
    """Ackley: a funnel in an almost flat, bumpy plain.

    ``-20*exp(-0.2*sqrt(mean(x**2))) - exp(mean(cos(2*pi*x))) + 20 + e``.

    >>> round(float(ackley(0.0, 0.0)), 12), round(float(ackley(1.0, 0.0)), 6)
    (0.0, 2.637531)
    """
    radius = np.sqrt(sum(xi**2 for xi in x) / len(x))
    waves = sum(np.cos(2 * np.pi * xi) for xi in x) / len(x)
    return -20 * np.exp(-0.2 * radius) - np.exp(waves) + 20 + math.e


def levy(*x: Any) -> Any:
    """Levy: waves on a bowl, with long valleys across the axes.

    ``sin(pi*w_1)**2 + sum((w_i-1)**2*(1 + 10*sin(pi*w_i+1)**2)) + (w_d-1)**2*(1 +
    sin(2*pi*w_d)**2)``, ``w = 1 + (x-1)/4``, the sum over all axes but the last.

    >>> round(float(levy(1.0, 1.0)), 12), round(float(levy(5.0)), 6)
    (0.0, 1.0)
    """
    *inner, last = [1 + (xi - 1) / 4 for xi in x]
    first = inner[0] if inner else last
    value = np.sin(np.pi * first) ** 2 + (last - 1) ** 2 * (1 + np.sin(2 * np.pi * last) ** 2)
    return value + sum((w - 1) ** 2 * (1 + 10 * np.sin(np.pi * w + 1) ** 2) for w in inner)


def griewank(*x: Any) -> Any:
    """Griewank: a shallow bowl under a product of cosines.

    ``sum(x**2)/4000 - prod(cos(x_i/sqrt(i))) + 1``.

    >>> float(griewank(0.0, 0.0)), round(float(griewank(np.pi)), 6)
    (0.0, 2.002467)
    """
    waves = math.prod(np.cos(xi / math.sqrt(i + 1)) for i, xi in enumerate(x))
    return sum(xi**2 for xi in x) / 4000 - waves + 1


def drop_wave(*x: Any) -> Any:
    """Drop wave: rings around the place where a drop fell.

    ``-(1 + cos(12*r))/(0.5*r**2 + 2)``, ``r**2 = sum(x**2)``.

    >>> float(drop_wave(0.0, 0.0))
    -1.0
    """
    square = sum(xi**2 for xi in x)
    return -(1 + np.cos(12 * np.sqrt(square))) / (0.5 * square + 2)


def schwefel(*x: Any) -> Any:
    """Schwefel: deceptive, the second best minimum is far from the best one.

    ``sum(418.98288727243371 - x*sin(sqrt(abs(x))))``.

    >>> round(abs(float(schwefel(420.9687463599820))), 9), round(float(schwefel(0.0)), 6)
    (0.0, 418.982887)
    """
    return sum(SCHWEFEL_SHIFT - xi * np.sin(np.sqrt(np.abs(xi))) for xi in x)


def alpine1(*x: Any) -> Any:
    """Alpine 1: sharp notches that all touch zero; six global minimizers per axis in this box.

    ``sum(abs(x*sin(x) + 0.1*x))``.

    >>> float(alpine1(0.0)), round(float(alpine1(np.pi / 2)), 6)
    (0.0, 1.727876)
    """
    return sum(np.abs(xi * np.sin(xi) + 0.1 * xi) for xi in x)


def alpine2(*x: Any) -> Any:
    """Alpine 2: a product of growing waves, defined for x >= 0.

    ``-prod(sqrt(x)*sin(x))``.

    >>> round(float(alpine2(7.917052684666207)), 6)
    -2.808131
    """
    return -math.prod(np.sqrt(xi) * np.sin(xi) for xi in x)


def michalewicz(*x: Any) -> Any:
    """Michalewicz: a flat plain cut by narrow valleys.

    ``-sum(sin(x_i)*sin(i*x_i**2/pi)**20)``.

    >>> round(float(michalewicz(2.2029055201726, 1.5707963267949)), 6)
    -1.801303
    """
    return -sum(np.sin(xi) * np.sin((i + 1) * xi**2 / np.pi) ** 20 for i, xi in enumerate(x))


def salomon(*x: Any) -> Any:
    """Salomon: concentric rings on a cone.

    ``1 - cos(2*pi*r) + 0.1*r``, ``r**2 = sum(x**2)``.

    >>> round(float(salomon(3.0, 4.0)), 12)
    0.5
    """
    radius = np.sqrt(sum(xi**2 for xi in x))
    return 1 - np.cos(2 * np.pi * radius) + 0.1 * radius


def csendes(*x: Any) -> Any:
    """Csendes: infinitely many oscillations in a very flat bottom.

    ``sum(x**6*(2 + sin(1/x)))``, 0 at x = 0.

    >>> float(csendes(0.0)), round(float(csendes(1.0)), 6)
    (0.0, 2.841471)
    """
    return sum(xi**6 * (2 + np.sin(1 / np.where(xi == 0, 1.0, xi))) for xi in x)


def deflected_corrugated_spring(*x: Any) -> Any:
    """Deflected corrugated spring: rings around (5, ..., 5) in a shallow bowl.

    ``0.1*r**2 - cos(5*r)``, ``r**2 = sum((x - 5)**2)``.

    >>> float(deflected_corrugated_spring(5.0, 5.0))
    -1.0
    """
    square = sum((xi - 5) ** 2 for xi in x)
    return 0.1 * square - np.cos(5 * np.sqrt(square))


def xin_she_yang3(*x: Any) -> Any:
    """Xin-She Yang 3: a needle in the middle of a broad plateau.

    ``exp(-sum((x/15)**6)) - 2*exp(-sum(x**2))*prod(cos(x)**2)``.

    On the customary box [-20, 20] the plateau ends in a ditch that the periodic box makes the
    widest valley of all; this box holds the needle and the plateau.

    >>> float(xin_she_yang3(0.0, 0.0))
    -1.0
    """
    needle = math.prod(np.exp(-(xi**2)) * np.cos(xi) ** 2 for xi in x)
    return np.exp(-sum((xi / 15) ** 6 for xi in x)) - 2 * needle


def _alpine1(d: int) -> Points:
    tenth = math.asin(0.1)
    axis = [0.0, -tenth, math.pi + tenth, tenth - math.pi]
    axis += [2 * math.pi - tenth, -2 * math.pi - tenth]
    return tuple(itertools.product(sorted(axis), repeat=d))


_SURVEY = "Jamil, Yang: A literature survey of benchmark functions, arXiv:1308.4008"
_RASTRIGIN = (
    "Rudolph: Globale Optimierung mit parallelen Evolutionsstrategien (1990); arXiv:1308.4008"
)
_ACKLEY = "Ackley: A connectionist machine for genetic hillclimbing, doi:10.1007/978-1-4613-1997-9"
_LEVY = "Levy, Montalvo: The tunneling algorithm, doi:10.1137/0906002"
_GRIEWANK = "Griewank: Generalized descent for global optimization, doi:10.1007/BF00933356"
_SALOMON = "Salomon: Re-evaluating genetic algorithm performance, doi:10.1016/0303-2647(96)01621-8"
_MICHALEWICZ = "Michalewicz: Genetic algorithms + data structures, doi:10.1007/978-3-662-03315-9"
_SFU = "Surjanovic, Bingham: Virtual library of simulation experiments, Simon Fraser University"
_QHD = "Leng, Hickman, Li, Wu: Quantum Hamiltonian descent, arXiv:2303.01471"

BUILTINS: tuple[Builtin, ...] = (
    Builtin(rastrigin, 1, ANY, box(-5.12, 5.12), diagonal(0.0), 0.0, _RASTRIGIN),
    Builtin(ackley, 1, ANY, box(-5, 5), diagonal(0.0), 0.0, _ACKLEY),
    Builtin(levy, 1, ANY, box(-10, 10), diagonal(1.0), 0.0, _LEVY),
    Builtin(griewank, 1, ANY, box(-6, 6), diagonal(0.0), 0.0, _GRIEWANK),
    Builtin(drop_wave, 1, ANY, box(-5.12, 5.12), diagonal(0.0), -1.0, _SFU),
    Builtin(schwefel, 1, ANY, box(-450, 550), diagonal(420.96874635998203), 0.0, _SURVEY),
    Builtin(alpine1, 1, 4, box(-8, 8), _alpine1, 0.0, _SURVEY),
    Builtin(
        alpine2,
        1,
        ANY,
        box(0, 10),
        diagonal(7.917052684666207077),
        lambda d: -(ALPINE2_MAXIMUM**d),
        _SURVEY,
    ),
    Builtin(
        michalewicz,
        1,
        len(MICHALEWICZ),
        box(0, np.pi),
        lambda d: (tuple(coordinate for coordinate, _ in MICHALEWICZ[:d]),),
        lambda d: sum(value for _, value in MICHALEWICZ[:d]),
        _MICHALEWICZ,
    ),
    Builtin(salomon, 1, ANY, box(-5, 5), diagonal(0.0), 0.0, _SALOMON),
    Builtin(csendes, 1, ANY, box(-1, 1), diagonal(0.0), 0.0, _SURVEY),
    Builtin(
        deflected_corrugated_spring,
        1,
        ANY,
        box(0, 10),
        diagonal(5.0),
        -1.0,
        _QHD,
        ("defl_corr_spring",),
    ),
    Builtin(xin_she_yang3, 1, ANY, box(-6, 6), diagonal(0.0), -1.0, _SURVEY),
)
"""Every function; the order is that of `qdml list`."""
