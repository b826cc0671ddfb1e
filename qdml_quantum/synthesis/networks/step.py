"""Angles of a whole step: potential phase, transform, kinetic phase, transform back."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.networks.path_sum import PAIR
from qdml_quantum.synthesis.phases.walsh import WalshSeries


def step_angles(
    series: WalshSeries, potential: float, axes: Sequence[Axis], kinetic: float
) -> dict[int, float]:
    """Theta of every term of ``exp(-i kinetic k^2) exp(-i potential zeta)``, see `PathSum.step`.

    Args:
        series: zeta.
        potential: Angle of the potential phase.
        axes: Axes; axis 0 on the lowest qubits.
        kinetic: Angle of the kinetic phase, ``D dt``.
    """
    num_slots = sum(axis.num_qubits for axis in axes)
    strings = {mask: potential * c for mask, c in series.to_dict().items()}
    angles: dict[int, float] = defaultdict(float, strings)
    first = 0
    for axis in axes:
        for mask, coefficient in kinetic_terms(axis).items():
            angles[mask << num_slots + first if mask else 0] += kinetic * coefficient
        if axis.num_qubits != PAIR:
            _add_transforms(angles, axis.num_qubits, num_slots, first)
        first += axis.num_qubits
    return dict(angles)


def kinetic_terms(axis: Axis) -> dict[int, float]:
    """``k^2`` as Walsh strings of the variables y, where y_i is bit ``n - 1 - i`` of k.

    In two's complement ``k = (2 pi / L) sum_j w_j b_j`` with ``w_j = 2^j``, but ``-2^(n-1)`` for
    the top bit: a quadratic form of the bits ``b = (1 - Z)/2``.

    >>> terms = kinetic_terms(Axis(0, 2 * math.pi, 2))
    >>> terms == {0: 1.5, 1: -1.0, 2: 0.5, 3: -1.0}
    True
    """
    n = axis.num_qubits
    unit = (2 * math.pi / axis.length) ** 2
    weights = [(-(2 ** (n - 1)) if i == 0 else 2 ** (n - 1 - i)) for i in range(n)]
    terms: dict[int, float] = defaultdict(float)
    for i, weight in enumerate(weights):
        terms[0] += unit * weight**2 / 2
        terms[1 << i] -= unit * weight**2 / 2
    for i, j in itertools.combinations(range(n), 2):
        _add_product(terms, 1 << i, 1 << j, 2 * unit * weights[i] * weights[j])
    return dict(terms)


def _add_transforms(angles: dict[int, float], size: int, num_slots: int, first: int) -> None:
    """Controlled phases ``-pi / 2^(i-j)`` of the transforms on y_i x_j, inverted on y_i x'_j."""
    for i in range(size):
        for j in range(i):
            phase = math.pi / 2 ** (i - j)
            y = 1 << num_slots + first + i
            _add_product(angles, y, 1 << first + j, phase)
            _add_product(angles, y, 1 << 2 * num_slots + first + j, -phase)


def _add_product(terms: dict[int, float], a: int, b: int, phase: float) -> None:
    """``exp(-i phase a b)`` on two bits: ``a b = (1 - Z_a - Z_b + Z_a Z_b) / 4``."""
    for mask, sign in ((0, 1), (a, -1), (b, -1), (a | b, 1)):
        terms[mask] += sign * phase / 4
