r"""Folded momentum phases: even functions of k beside k^2 that cost no two-qubit gate more.

The kinetic phase of a free step is, on every axis of n qubits,

    angle k^2 + sum_m c_m k_m^2,    k_m = (2 pi / L) (j mod 2^m, signed),    m = 1 ... n - 1,

for ``k = 2 pi j / L``, and the residue between ``-2^(m-1)`` and ``2^(m-1) - 1``. All of it is a
quadratic form of the bits of j, like k^2 = k_n^2 itself: the same Z and ZZ strings with other
angles. Together with a constant these are all even functions of k that such strings can make. Being
functions of k they commute with translations, being even with reflections, and without zeta they do
nothing to a uniform state: they cannot load an answer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from qdml_quantum.problem.grid import Axis, Grid
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, finite

Fold = tuple[float, ...] | tuple[tuple[float, ...], ...]
"""Coefficients c_1, c_2, ... for all axes, or one such tuple per axis; empty for none."""


def as_fold(fold: Any) -> Fold:
    """Check coefficients; equal axes become one and zeros none: one way to say a thing.

    Raises:
        TypeError: Something is no number.
        ValueError: A number is not finite.

    >>> as_fold([0.1, 0]), as_fold([[0.1], [0.1]]), as_fold([[0.1, 0.2], []]), as_fold([0, 0])
    ((0.1,), (0.1,), ((0.1, 0.2), ()), ())
    """
    if not any(isinstance(entry, Sequence | np.ndarray) for entry in fold):
        return _coefficients(fold)
    axes = tuple(_coefficients(axis) for axis in fold)
    return axes[0] if len(set(axes)) == 1 else axes


def _coefficients(fold: Any) -> tuple[float, ...]:
    values = [finite("fold", value) for value in fold]
    while values and values[-1] == 0:
        values.pop()
    return tuple(values)


def fold_of_axes(fold: Fold, grid: Grid) -> tuple[tuple[float, ...], ...]:
    """Coefficients of every axis of a grid.

    Raises:
        ValueError: They are for another number of axes, or an axis has too few qubits for them.

    >>> fold_of_axes((0.1,), Grid([(0, 1)] * 2, 3))
    ((0.1,), (0.1,))
    """
    axes: Any = fold if fold and isinstance(fold[0], tuple) else (fold,) * grid.dimensions
    if len(axes) != grid.dimensions:
        must = f"be for all axes, or for each of {grid.dimensions}"
        raise bad_value("fold", must, fold, "Give one list of coefficients per axis.")
    for axis, own in zip(grid.axes, axes, strict=True):
        if len(own) >= axis.num_qubits:
            must = f"have at most {axis.num_qubits - 1} coefficients on an axis whose register has "
            must += f"{axis.num_qubits} qubits in that stage"
            raise bad_value("fold", must, own, "Coarse stages fold the bits of their own register.")
    return tuple(axes)


def added(one: Fold, other: Fold) -> Fold:
    """Sums of the coefficients of two phases in a row.

    >>> added((0.1, 0.2), (0.3,)), added(((0.1,), ()), (0.3,))
    ((0.4, 0.2), ((0.4,), (0.3,)))
    """
    if not one or not other:
        return one or other
    nested = [fold for fold in (one, other) if isinstance(fold[0], tuple)]
    if not nested:
        size = max(len(one), len(other))
        padded = [[*fold, *[0.0] * (size - len(fold))] for fold in (one, other)]
        return as_fold([a + b for a, b in zip(*padded, strict=True)])
    both: Any = [f if isinstance(f[0], tuple) else (f,) * len(nested[0]) for f in (one, other)]
    return as_fold([added(a, b) for a, b in zip(*both, strict=True)])


def scaled(fold: Fold, factor: float) -> Fold:
    """All coefficients times a number.

    >>> scaled(((0.1,), ()), 2.0)
    ((0.2,), ())
    """
    entries: Any = fold
    return as_fold([scaled(e, factor) if isinstance(e, tuple) else factor * e for e in entries])


def folded_squares(axis: Axis) -> Array:
    """``k_1^2 ... k_n^2`` in FFT order, shape ``(n, 2^n)``; the last one is k^2.

    >>> folded_squares(Axis(0, 2 * np.pi, 3)).round(9)
    array([[ 0.,  1.,  0.,  1.,  0.,  1.,  0.,  1.],
           [ 0.,  1.,  4.,  1.,  0.,  1.,  4.,  1.],
           [ 0.,  1.,  4.,  9., 16.,  9.,  4.,  1.]])
    """
    j, halves = np.arange(axis.size), 2 ** np.arange(axis.num_qubits)[:, None]
    signed = (j + halves) % (2 * halves) - halves
    return np.asarray((2 * np.pi / axis.length) ** 2 * signed.astype(float) ** 2)


def kinetic_angles(axis: Axis, angle: float, fold: Sequence[float] = ()) -> Array:
    """``angle k^2 + sum_m c_m k_m^2`` in FFT order.

    >>> kinetic_angles(Axis(0, 2 * np.pi, 2), 1.0, (0.5,)).round(9)
    array([0. , 1.5, 4. , 1.5])
    """
    square = np.asarray(angle * axis.wave_numbers**2)
    if not fold:
        return square
    return square + np.asarray(fold) @ folded_squares(axis)[: len(fold)]


def bit_products(axis: Axis, angle: float, fold: Sequence[float] = ()) -> dict[Any, float]:
    """The same as coefficients of the products ``b_i b_j``, i <= j, of the bits of j.

    Bit i of a residue of m bits counts 2^i, the highest one ``-2^(m-1)``. So ``b_i b_j`` has
    ``2^(i + j + 1)`` from every m > j + 1, and the same with the other sign from m = j + 1.

    >>> products = bit_products(Axis(0, 2 * math.pi, 2), 1.0, (0.5,))
    >>> products == {(0, 0): 1.5, (1, 1): 4.0, (0, 1): -4.0}
    True
    """
    n, unit = axis.num_qubits, (2 * math.pi / axis.length) ** 2
    coefficients = [*fold, *[0.0] * (n - 1 - len(fold)), angle]
    products: dict[Any, float] = defaultdict(float)
    for m, coefficient in enumerate(coefficients, 1):
        if coefficient == 0 and m < n:
            continue
        weights = [*(2**i for i in range(m - 1)), -(2 ** (m - 1))]
        for j in range(m):
            products[j, j] += unit * coefficient * weights[j] ** 2
            for i in range(j):
                products[i, j] += 2 * unit * coefficient * weights[i] * weights[j]
    return dict(products)
