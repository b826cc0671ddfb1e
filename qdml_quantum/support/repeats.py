"""Sequences that repeat themselves, written shorter."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item", bound=Hashable)
_LONGEST = 16
"""Most items of a block: a step on three axes has ten parts."""


def folded(items: Sequence[_Item]) -> list[tuple[int, list[_Item]]]:
    """Blocks and how often each is repeated; one after the other they are the sequence.

    From the left, the block that covers most, the shortest of equal ones; what is not repeated
    stands in blocks of its own.

    >>> folded("abababc"), folded("aab"), folded("")
    ([(3, ['a', 'b']), (1, ['c'])], [(2, ['a']), (1, ['b'])], [])
    """
    blocks: list[tuple[int, list[_Item]]] = []
    begin = 0
    while begin < len(items):
        times, length = _longest_run(items, begin)
        block = list(items[begin : begin + length])
        if times == 1 and blocks and blocks[-1][0] == 1:
            blocks[-1][1].extend(block)
        else:
            blocks.append((times, block))
        begin += times * length
    return blocks


def _longest_run(items: Sequence[_Item], begin: int) -> tuple[int, int]:
    """Repetitions and length of the block that covers most from an item on."""
    best = (1, 1)
    for length in range(1, _LONGEST + 1):
        end = begin + length
        while end < len(items) and items[end] == items[end - length]:
            end += 1
        times = (end - begin) // length
        if times > 1 and times * length > best[0] * best[1]:
            best = (times, length)
    return best
