"""How coarse a grid is used: idle qubits, one number for all axes or one per axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from qdml_quantum.support.messages import bad_value, count

Coarse = int | tuple[int, ...]
"""Lowest qubits that are idle: one number for all axes, or one per axis."""


def as_coarse(coarse: object) -> Coarse:
    """Check idle qubits; equal numbers become one, so that there is one way to say a thing.

    Raises:
        TypeError: Something is no integer.
        ValueError: A number is negative, or there is none.

    >>> as_coarse(2), as_coarse([2, 0]), as_coarse((1, 1))
    (2, (2, 0), 1)
    """
    idle = per_axis(coarse, _num_axes(coarse))
    return idle[0] if len(set(idle)) == 1 else idle


def per_axis(coarse: object, dimensions: int) -> tuple[int, ...]:
    """Idle qubits of each of so many axes.

    Raises:
        TypeError: Something is no integer.
        ValueError: A number is negative, or there are not as many as axes.

    >>> per_axis(1, 2), per_axis((2, 0), 2)
    ((1, 1), (2, 0))
    """
    counts = coarse if isinstance(coarse, Sequence | np.ndarray) else [coarse] * dimensions
    if len(counts) != dimensions:
        remedy = "Give as many numbers as the grid has axes."
        raise bad_value("coarse", f"be one number or one per axis ({dimensions})", coarse, remedy)
    return tuple(count("coarse", idle, least=0) for idle in counts)


def aligned(levels: Iterable[Coarse]) -> list[tuple[int, ...]]:
    """Several levels of one grid, with as many numbers each as the longest has.

    Raises:
        ValueError: Two of them are for different numbers of axes.

    >>> aligned([2, (1, 0), 0]), aligned([1, 0])
    ([(2, 2), (1, 0), (0, 0)], [(1,), (0,)])
    """
    levels = list(levels)
    dimensions = max(map(_num_axes, levels))
    return [per_axis(coarse, dimensions) for coarse in levels]


def _num_axes(coarse: object) -> int:
    """How many axes are told apart, 1 by a single number, which does for any."""
    return max(1, len(coarse)) if isinstance(coarse, Sequence | np.ndarray) else 1
