"""Angles of a whole step: potential phase, transform, kinetic phase, transform back."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from qdml_quantum.dynamics.dispersion import bit_products
from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.networks.path_sum import PAIR
from qdml_quantum.synthesis.phases.walsh import WalshSeries


def step_angles(
    series: WalshSeries,
    potential: float,
    axes: Sequence[Axis],
    kinetic: float,
    folds: Sequence[Sequence[float]] = (),
    *,
    back: bool = True,
) -> dict[int, float]:
    """Theta of every term of ``exp(-i kinetic k^2) exp(-i potential zeta)``, see `PathSum.step`.

    Args:
        series: zeta.
        potential: Angle of the potential phase.
        axes: Axes; axis 0 on the lowest qubits.
        kinetic: Angle of the kinetic phase, ``D dt``.
        folds: Folded momentum phases of every axis, default none; see `dispersion`.
        back: Whether the step ends in positions.
    """
    num_slots = sum(axis.num_qubits for axis in axes)
    strings = {mask: potential * c for mask, c in series.to_dict().items()}
    angles: dict[int, float] = defaultdict(float, strings)
    first = 0
    for axis, fold in zip(axes, folds or [()] * len(axes), strict=True):
        for mask, theta in kinetic_terms(axis, kinetic, fold).items():
            angles[mask << num_slots + first if mask else 0] += theta
        if axis.num_qubits != PAIR:
            _add_transforms(angles, axis.num_qubits, num_slots, first, back)
        first += axis.num_qubits
    return dict(angles)


def kinetic_terms(axis: Axis, angle: float = 1.0, fold: Sequence[float] = ()) -> dict[int, float]:
    """``angle k^2`` as Walsh strings of the variables y, where y_i is bit ``n - 1 - i`` of k.

    In two's complement ``k = (2 pi / L) sum_j w_j b_j`` with ``w_j = 2^j``, but ``-2^(n-1)`` for
    the top bit: a quadratic form of the bits ``b = (1 - Z)/2``, and so are its folded squares.

    >>> terms = kinetic_terms(Axis(0, 2 * math.pi, 2))
    >>> terms == {0: 1.5, 1: -1.0, 2: 0.5, 3: -1.0}
    True
    """
    top = axis.num_qubits - 1
    terms: dict[int, float] = defaultdict(float)
    for (i, j), theta in bit_products(axis, angle, fold).items():
        if i == j:
            terms[0] += theta / 2
            terms[1 << top - i] -= theta / 2
        else:
            _add_product(terms, 1 << top - i, 1 << top - j, theta)
    return dict(terms)


def _add_transforms(
    angles: dict[int, float], size: int, num_slots: int, first: int, back: bool
) -> None:
    """Controlled phases ``-pi / 2^(i-j)`` of the transforms on y_i x_j, inverted on y_i x'_j."""
    for i in range(size):
        for j in range(i):
            phase = math.pi / 2 ** (i - j)
            y = 1 << num_slots + first + i
            _add_product(angles, y, 1 << first + j, phase)
            if back:
                _add_product(angles, y, 1 << 2 * num_slots + first + j, -phase)


def _add_product(terms: dict[int, float], a: int, b: int, phase: float) -> None:
    """``exp(-i phase a b)`` on two bits: ``a b = (1 - Z_a - Z_b + Z_a Z_b) / 4``."""
    for mask, sign in ((0, 1), (a, -1), (b, -1), (a | b, 1)):
        terms[mask] += sign * phase / 4
