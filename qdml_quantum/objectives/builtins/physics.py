"""Built-in potentials of quantum mechanics courses.

A new one is one function and one line in `PHYSICS`.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from qdml_quantum.objectives.builtins.builtin import ANY, Builtin, box, diagonal, per_axis
from qdml_quantum.objectives.validate import Points

TILTED_MINIMIZER = -1.0241203002150503556
"""The lower root of ``4 x**3 - 4 x + 0.2 = 0``."""

TILTED_MINIMUM = -0.20244043434482242274  # The value there.


def harmonic(*x: Any) -> Any:
    """Harmonic oscillator: the one potential that everything is compared with.

    ``sum(x**2)``; the levels of ``-D lap + zeta`` are ``sqrt(D) (2 n + 1)`` per axis.

    >>> harmonic(3.0, 4.0)
    25.0
    """
    return sum(xi**2 for xi in x)


def quartic(*x: Any) -> Any:
    """Quartic oscillator: flat at the bottom, steep at the sides.

    ``sum(x**4)``.

    >>> quartic(2.0)
    16.0
    """
    return sum(xi**4 for xi in x)


def double_well(*x: Any) -> Any:
    """Tilted double well: a local minimum near 1 and the global one near -1 behind a barrier.

    ``sum((x**2 - 1)**2 + 0.2*x)``.

    >>> double_well(1.0), double_well(-1.0)
    (0.2, -0.2)
    """
    return sum((xi**2 - 1) ** 2 + 0.2 * xi for xi in x)


def symmetric_double_well(*x: Any) -> Any:
    """Symmetric double well: two equal minima per axis, the textbook case of tunnelling.

    ``sum((x**2 - 1)**2)``.

    >>> symmetric_double_well(0.0), symmetric_double_well(1.0)
    (1.0, 0.0)
    """
    return sum((xi**2 - 1) ** 2 for xi in x)


def morse(*x: Any) -> Any:
    """Morse potential: the stretching of a chemical bond, steep on one side, soft on the other.

    ``sum(10*(1 - exp(-x))**2)``, well depth 10, equilibrium at 0.

    >>> float(morse(0.0)), round(float(morse(1.0)), 6)
    (0.0, 3.995764)
    """
    return sum(10 * (1 - np.exp(-xi)) ** 2 for xi in x)


def soft_coulomb(*x: Any) -> Any:
    """Soft Coulomb potential: an atom whose singularity is smoothed.

    ``-1/sqrt(r**2 + 1)``, ``r**2 = sum(x**2)``.

    >>> float(soft_coulomb(0.0)), round(float(soft_coulomb(1.0)), 6)
    (-1.0, -0.707107)
    """
    return -1 / np.sqrt(sum(xi**2 for xi in x) + 1)


def poschl_teller(*x: Any) -> Any:
    """Poeschl-Teller well: smooth, finite, and solvable.

    ``sum(-6/cosh(x)**2)``; at D = 1 the bound levels of an axis are -4 and -1.

    >>> float(poschl_teller(0.0, 0.0))
    -12.0
    """
    return sum(-6 / np.cosh(xi) ** 2 for xi in x)


def pendulum(*x: Any) -> Any:
    """Quantum pendulum: a cosine on a circle, where the periodic box is exact.

    ``sum(1 - cos(x))``; its states are Mathieu functions.

    >>> float(pendulum(np.pi))
    2.0
    """
    return sum(1 - np.cos(xi) for xi in x)


def trapped_lattice(*x: Any) -> Any:
    """Optical lattice in a trap: a row of equal wells, tilted towards the centre.

    ``sum(0.1*x**2 + 1 - cos(2*pi*x))``.

    >>> float(trapped_lattice(0.5)), round(float(trapped_lattice(1.0)), 9)
    (2.025, 0.1)
    """
    return sum(0.1 * xi**2 + 1 - np.cos(2 * np.pi * xi) for xi in x)


def mexican_hat(*x: Any) -> Any:
    """Tilted Mexican hat: a round trough with its lowest point at negative x.

    ``(r**2 - 1)**2 + 0.2*x``, ``r**2 = sum(x**2)``.

    >>> mexican_hat(0.0, 0.0), mexican_hat(-1.0, 0.0)
    (1.0, -0.2)
    """
    return (sum(xi**2 for xi in x) - 1) ** 2 + 0.2 * x[0]


def henon_heiles(x: Any, y: Any) -> Any:
    """Henon-Heiles potential: a well with three exits, the classic of chaos.

    ``(x**2 + y**2)/2 + x**2*y - y**3/3``; the saddles lie at 1/6.

    >>> round(henon_heiles(0.0, 1.0), 6)
    0.166667
    """
    return (x**2 + y**2) / 2 + x**2 * y - y**3 / 3


def muller_brown(x: Any, y: Any) -> Any:
    """Mueller-Brown surface: three valleys and two passes of a model reaction.

    ``sum_k A_k exp(a_k (x-X_k)**2 + b_k (x-X_k)(y-Y_k) + c_k (y-Y_k)**2)`` with four terms.

    >>> round(float(muller_brown(-0.558, 1.442)), 3)
    -146.699
    """
    terms = (
        (-200, -1, 0, -10, 1, 0),
        (-100, -1, 0, -10, 0, 0.5),
        (-170, -6.5, 11, -6.5, -0.5, 1.5),
        (15, 0.7, 0.6, 0.7, -1, 1),
    )
    return sum(
        h * np.exp(a * (x - u) ** 2 + b * (x - u) * (y - v) + c * (y - v) ** 2)
        for h, a, b, c, u, v in terms
    )


def _corners(d: int) -> Points:
    return tuple(itertools.product((-1.0, 1.0), repeat=d))


def _hat(d: int) -> Points:
    return ((TILTED_MINIMIZER,) + (0.0,) * (d - 1),)


_QM = "Griffiths, Schroeter: Introduction to Quantum Mechanics, doi:10.1017/9781316995433"
_WELL = "Coleman: Aspects of Symmetry, ch. 7, doi:10.1017/CBO9780511565045"
_ANHARMONIC = "Bender, Wu: Anharmonic oscillator, doi:10.1103/PhysRev.184.1231"
_MORSE = "Morse: Diatomic molecules, doi:10.1103/PhysRev.34.57"
_SOFT = "Javanainen, Eberly, Su: Multiphoton ionization, doi:10.1103/PhysRevA.38.3430"
_TELLER = "Poeschl, Teller: Quantenmechanik des anharmonischen Oszillators, doi:10.1007/BF01331132"
_PENDULUM = "Condon: The physical pendulum in quantum mechanics, doi:10.1103/PhysRev.31.891"
_LATTICE = "Bloch: Ultracold quantum gases in optical lattices, doi:10.1038/nphys138"
_HAT = "Goldstone: Field theories with superconductor solutions, doi:10.1007/BF02812722"
_HENON = "Henon, Heiles: The third integral of motion, doi:10.1086/109234"
_MULLER = "Mueller, Brown: Location of saddle points, doi:10.1007/BF00547608"

BUILTINS: tuple[Builtin, ...] = (
    Builtin(harmonic, 1, ANY, box(-4, 4), diagonal(0.0), 0.0, _QM, ("oscillator",)),
    Builtin(quartic, 1, ANY, box(-3, 3), diagonal(0.0), 0.0, _ANHARMONIC),
    Builtin(
        double_well,
        1,
        ANY,
        box(-2.5, 2.5),
        diagonal(TILTED_MINIMIZER),
        per_axis(TILTED_MINIMUM),
        _WELL,
        ("tilted_double_well",),
    ),
    Builtin(symmetric_double_well, 1, 8, box(-2.5, 2.5), _corners, 0.0, _WELL),
    Builtin(morse, 1, ANY, box(-1, 5), diagonal(0.0), 0.0, _MORSE),
    Builtin(soft_coulomb, 1, ANY, box(-6, 6), diagonal(0.0), -1.0, _SOFT),
    Builtin(poschl_teller, 1, ANY, box(-6, 6), diagonal(0.0), per_axis(-6.0), _TELLER),
    Builtin(pendulum, 1, ANY, box(-np.pi, np.pi), diagonal(0.0), 0.0, _PENDULUM, periodic=True),
    Builtin(trapped_lattice, 1, ANY, box(-4, 4), diagonal(0.0), 0.0, _LATTICE),
    Builtin(mexican_hat, 2, ANY, box(-2.5, 2.5), _hat, TILTED_MINIMUM, _HAT),
    Builtin(henon_heiles, 2, 2, box(-1, 1), diagonal(0.0), 0.0, _HENON),
    Builtin(
        muller_brown,
        2,
        2,
        ((-1.7, 1.3), (-0.5, 2.0)),
        ((-0.55822363463302427747, 1.4417258418046686551),),
        -146.6995172099540137,
        _MULLER,
    ),
)
"""Every potential; the order is that of `qdml list`."""
