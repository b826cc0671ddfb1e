"""The 22 test functions of the Quantum Hamiltonian Descent paper, in the form it used them.

Most are built-ins of the other lists; the six that the paper scaled, shifted or shortened are here
with the ending ``_qhd``. `QHD_SUITE` says which is which.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qdml_quantum.objectives.builtins.builtin import Builtin, box, diagonal
from qdml_quantum.objectives.builtins.plane import levy13
from qdml_quantum.objectives.builtins.polynomials import (
    STYBLINSKI_MINIMIZER,
    STYBLINSKI_MINIMUM,
    rosenbrock,
    styblinski_tang,
)


def ackley2_qhd(x: Any, y: Any) -> Any:
    """Ackley 2 as in the QHD paper: ten times as sharp.

    ``-200*exp(-0.2*r)``, ``r**2 = x**2 + y**2``.

    >>> float(ackley2_qhd(0.0, 0.0))
    -200.0
    """
    return -200 * np.exp(-0.2 * np.hypot(x, y))


def easom_qhd(x: Any, y: Any) -> Any:
    """Easom as in the QHD paper: moved to the origin.

    ``-cos(x)*cos(y)*exp(-x**2 - y**2)``.

    >>> float(easom_qhd(0.0, 0.0))
    -1.0
    """
    return -np.cos(x) * np.cos(y) * np.exp(-(x**2) - y**2)


def levy13_qhd(x: Any, y: Any) -> Any:
    """Levy 13 as in the QHD paper: divided by 20.

    ``0.05*levy13(x, y)``.

    >>> round(float(levy13_qhd(0.0, 1.0)), 12)
    0.05
    """
    return 0.05 * levy13(x, y)


def rosenbrock_qhd(x: Any, y: Any) -> Any:
    """Rosenbrock as in the QHD paper: divided by 100.

    ``(y - x**2)**2 + 0.01*(1 - x)**2``.

    >>> rosenbrock_qhd(0.0, 1.0)
    1.01
    """
    return rosenbrock(x, y) / 100


def shubert_qhd(x: Any, y: Any) -> Any:
    """Shubert as in the QHD paper: shortened so that one minimum is left.

    ``(cos(2*x+1) + 2*cos(3*x+2) + 3*cos(4*x+3))*(cos(2*y+1) + cos(y+2))``.

    >>> round(float(shubert_qhd(-0.714620456, 1.084951048)), 6)
    -11.705518
    """
    along = np.cos(2 * x + 1) + 2 * np.cos(3 * x + 2) + 3 * np.cos(4 * x + 3)
    return along * (np.cos(2 * y + 1) + np.cos(y + 2))


def styblinski_tang_qhd(x: Any, y: Any) -> Any:
    """Styblinski-Tang as in the QHD paper: divided by 78.

    ``(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/156``.

    >>> styblinski_tang_qhd(-3.0, 0.0)
    -0.5
    """
    return styblinski_tang(x, y) / 78


_QHD = "Leng, Hickman, Li, Wu: Quantum Hamiltonian descent, arXiv:2303.01471"

BUILTINS: tuple[Builtin, ...] = (
    Builtin(ackley2_qhd, 2, 2, box(-32, 32), diagonal(0.0), -200.0, _QHD),
    Builtin(easom_qhd, 2, 2, box(-10, 10), diagonal(0.0), -1.0, _QHD),
    Builtin(levy13_qhd, 2, 2, box(-10, 10), diagonal(1.0), 0.0, _QHD),
    Builtin(rosenbrock_qhd, 2, 2, box(-1.5, 1.5), diagonal(1.0), 0.0, _QHD),
    Builtin(
        shubert_qhd,
        2,
        2,
        box(-2, 2),
        ((-0.71462045586903963862, 1.0849510482021818404),),
        -11.705518041403470083,
        _QHD,
    ),
    Builtin(
        styblinski_tang_qhd,
        2,
        2,
        box(-5, 5),
        diagonal(STYBLINSKI_MINIMIZER),
        STYBLINSKI_MINIMUM / 39,
        _QHD,
    ),
)
"""Every variant; the order is that of `qdml list`."""

_PAPER: dict[str, tuple[str, float, float, float]] = {
    "ackley": ("ackley", -32.768, 32.768, 0.9916),
    "ackley2": ("ackley2_qhd", -32.0, 32.0, 0.9993),
    "alpine1": ("alpine1", -10.0, 10.0, 0.9678),
    "alpine2": ("alpine2", 0.0, 10.0, 0.5959),
    "bohachevsky2": ("bohachevsky2", -5.0, 5.0, 1.0),
    "camel3": ("three_hump_camel", -2.0, 2.0, 0.98),
    "csendes": ("csendes", -1.0, 1.0, 0.7998),
    "defl_corr_spring": ("deflected_corrugated_spring", 0.0, 10.0, 0.0003),
    "dropwave": ("drop_wave", -5.12, 5.12, 0.7065),
    "easom": ("easom_qhd", -10.0, 10.0, 0.1877),
    "griewank": ("griewank", -10.0, 10.0, 0.081),
    "holder": ("holder_table", 0.0, 10.0, 0.825),
    "hosaki": ("hosaki", 0.0, 5.0, 0.9606),
    "levy": ("levy", -10.0, 10.0, 0.9999),
    "levy13": ("levy13_qhd", -10.0, 10.0, 0.9994),
    "michalewicz": ("michalewicz", 0.0, math.pi, 0.7967),
    "rastrigin": ("rastrigin", -5.12, 5.12, 0.9994),
    "rosenbrock": ("rosenbrock_qhd", -1.5, 1.5, 0.0017),
    "shubert": ("shubert_qhd", -2.0, 2.0, 0.6194),
    "styblinski_tang": ("styblinski_tang_qhd", -5.0, 5.0, 0.4689),
    "sumofsquares": ("sum_of_squares", -1.0, 1.0, 1.0),
    "xinsheyang3": ("xin_she_yang3", -20.0, 20.0, 0.0073),
}

QHD_SUITE = {name: (known, (low, high)) for name, (known, low, high, _) in _PAPER.items()}
"""Name in the paper: built-in that has its formula, and the interval it used on both axes."""

QHD_PUBLISHED = {name: success for name, (_, _, _, success) in _PAPER.items()}
"""Published success probabilities of quantum Hamiltonian descent, time 10, 256 x 256 points.

From arXiv:2303.01471 and its repository (jiaqileng/quantum-hamiltonian-descent, commit 250bc18).
"""
