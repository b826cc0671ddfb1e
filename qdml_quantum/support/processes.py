"""Processes that hold one run together: one, unless an engine says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

_Item = TypeVar("_Item")
Gather = Callable[[Sequence[int]], list[tuple[int, ...]]]


@dataclass
class _Processes:
    number: int = 1
    mine: int = 0
    gather: Gather = lambda numbers: [tuple(numbers)]


_RUN = _Processes()


def become(number: int, mine: int, gather: Gather) -> None:
    """Say how many processes there are, which one this is, and how they share numbers.

    Args:
        number: Of processes.
        mine: Number of this one.
        gather: Of 64-bit integers of this process: those of all, in the order of processes.
    """
    _RUN.number, _RUN.mine, _RUN.gather = number, mine, gather


def number_of_processes() -> int:
    """How many there are.

    >>> number_of_processes()
    1
    """
    return _RUN.number


def part_of(items: Sequence[_Item]) -> Sequence[_Item]:
    """Those that are the part of this process: in order, about as many for each.

    >>> part_of([1, 2, 3])
    [1, 2, 3]
    """
    ends = np.linspace(0, len(items), _RUN.number + 1).astype(int).tolist()
    return items[ends[_RUN.mine] : ends[_RUN.mine + 1]]


def of_all(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """The integers that every process has, as many of each, in the order of processes.

    >>> of_all([3, 5])
    [(3, 5)]
    """
    return [tuple(numbers)] if _RUN.number == 1 else _RUN.gather(numbers)


def floats_of_all(numbers: Sequence[float]) -> list[tuple[float, ...]]:
    """The same of floating-point numbers, bit by bit.

    >>> floats_of_all([0.5])
    [(0.5,)]
    """
    rows = of_all(np.array(numbers, dtype=float).view(np.int64).tolist())
    return [tuple(np.array(row, dtype=np.int64).view(float).tolist()) for row in rows]
