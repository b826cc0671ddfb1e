"""What is to be known of zeta on a whole grid, found block by block: each process asks its part.

Several processes hold a state that none of them could hold, nor zeta. What judges a run needs of it
are a few numbers, which every process finds on its part of the blocks; all of them share them then.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.arrays import Array
from qdml_quantum.support.processes import (
    floats_of_all,
    number_of_processes,
    of_all,
    part_of,
)

BLOCK = 1 << 16
"""Points that the objective is asked for at once, half a megabyte: every process looks at grids up
to here as a whole."""
MOST_MINIMA = 64
"""Lowest points that are kept: starts of a search for minimizers, at most 8 an axis."""
_WORDS = 4


@dataclass(frozen=True)
class Survey:
    """Of zeta on a grid.

    Attributes:
        lowest: Smallest value.
        highest: Largest value.
        largest_jump: Largest change between neighbouring points.
        spread: Standard deviation.
        digest: Of all values; the same for every number of processes, more than one.
        minima: Value and flat index of the lowest points, in order, of equal ones the first.
    """

    lowest: float
    highest: float
    largest_jump: float
    spread: float
    digest: str
    minima: tuple[tuple[float, int], ...]


def is_parted(points: int) -> bool:
    """Whether a grid of so many points is looked at in parts: by several processes, a large one.

    >>> is_parted(1 << 20)
    False
    """
    return number_of_processes() > 1 and points > BLOCK


def blocks_of(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Blocks of at most `BLOCK` points of an array, in its order.

    >>> len(blocks_of((1 << 9, 1 << 10))), blocks_of((1 << 9, 1 << 10))[1]
    (8, (slice(64, 128, None), slice(0, 1024, None)))
    """
    cut = next(axis for axis in range(len(shape)) if math.prod(shape[axis + 1 :]) <= BLOCK)
    length = max(1, BLOCK // math.prod(shape[cut + 1 :]))
    parts = [[slice(j, j + 1) for j in range(size)] for size in shape[:cut]]
    size = shape[cut]
    parts.append([slice(j, min(j + length, size)) for j in range(0, size, length)])
    parts += [[slice(0, size)] for size in shape[cut + 1 :]]
    return list(itertools.product(*parts))


def indices_of(block: tuple[slice, ...]) -> tuple[NDArray[np.int64], ...]:
    """Those of each axis.

    >>> [index.tolist() for index in indices_of((slice(2, 4), slice(0, 3)))]
    [[2, 3], [0, 1, 2]]
    """
    return tuple(np.arange(part.start, part.stop) for part in block)


def surveyed(values_at: Callable[..., Array], shape: tuple[int, ...]) -> Survey:
    """Look at the part of this process, and share what all have found.

    Args:
        values_at: Zeta at some indices of each axis, every one with every other.
        shape: Of the grid.
    """
    blocks = blocks_of(shape)
    origin = float(values_at(*(np.zeros(1, dtype=int) for _ in shape)).item())
    lowest, highest, jump = math.inf, -math.inf, 0.0
    sums, digest = np.zeros(2), 0
    values, flat_indices = np.empty(0), np.empty(0, dtype=np.int64)
    for number in part_of(range(len(blocks))):
        block = indices_of(blocks[number])
        ends = [min(part.stop + 1, size) for part, size in zip(blocks[number], shape, strict=True)]
        wider = (slice(index[0], end) for index, end in zip(block, ends, strict=True))
        around = np.ascontiguousarray(values_at(*indices_of(tuple(wider))), dtype=float)
        inside = np.ascontiguousarray(around[tuple(slice(index.size) for index in block)])
        for axis in range(len(shape)):
            jump = float(np.maximum(jump, np.abs(np.diff(around, axis=axis)).max(initial=0.0)))
        lowest = float(np.minimum(lowest, inside.min()))
        highest = float(np.maximum(highest, inside.max()))
        sums += [float((inside - origin).sum()), float(((inside - origin) ** 2).sum())]
        told = hashlib.sha256(number.to_bytes(8, "little") + inside.astype("<f8").tobytes())
        digest = (digest + int.from_bytes(told.digest(), "little")) % (1 << 256)
        flat = np.ravel_multi_index(np.ix_(*block), shape).ravel()
        values, flat_indices = _least(
            np.append(values, inside.ravel()), np.append(flat_indices, flat), MOST_MINIMA
        )
    short = MOST_MINIMA - values.size
    values = np.append(values, np.full(short, math.inf))
    flat_indices = np.append(flat_indices, np.full(short, -1))
    numbers = floats_of_all([lowest, highest, jump, *sums.tolist(), *values.tolist()])
    words = _words_of(digest)
    shared = of_all([*words, *flat_indices.tolist()])
    table = np.array(numbers)
    digest = sum(_number_of(row[:_WORDS]) for row in shared) % (1 << 256)
    lowest_values = np.concatenate([row[5:] for row in table])
    where = np.concatenate([row[_WORDS:] for row in shared]).astype(np.int64)
    lowest_values, where = _least(lowest_values[where >= 0], where[where >= 0], MOST_MINIMA)
    mean, square = table[:, 3:5].sum(axis=0) / math.prod(shape)
    return Survey(
        lowest=float(table[:, 0].min()),
        highest=float(table[:, 1].max()),
        largest_jump=float(table[:, 2].max()),
        spread=float(np.sqrt(np.maximum(square - mean**2, 0.0))),
        digest=f"{digest:064x}",
        minima=tuple(zip(lowest_values.tolist(), where.tolist(), strict=True)),
    )


def _least(
    values: Array, flat_indices: NDArray[np.int64], number: int
) -> tuple[Array, NDArray[np.int64]]:
    order = np.lexsort((flat_indices, values))[:number]
    return values[order], flat_indices[order]


def _words_of(digest: int) -> list[int]:
    """As integers of 64 bits with a sign, such as processes share."""
    words = np.frombuffer(digest.to_bytes(8 * _WORDS, "little"), dtype="<i8")
    return [int(word) for word in words]


def _number_of(words: tuple[int, ...]) -> int:
    return int.from_bytes(np.array(words, dtype="<i8").tobytes(), "little")
