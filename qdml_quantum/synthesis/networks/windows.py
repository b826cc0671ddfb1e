"""A part of a network of one diagonal as a path sum of its own.

What the wires hold after the part is taken for new variables. The part then begins in parities of
them, has to visit the terms that nothing else visits, and brings every variable home.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qdml_quantum.synthesis.networks.network import Move
from qdml_quantum.synthesis.networks.path_sum import PathSum


def part_of(path_sum: PathSum, moves: Sequence[Move], first: int, last: int) -> PathSum:
    """What the CX gates from number `first` up to `last` have to do.

    Args:
        path_sum: A diagonal.
        moves: Of a network of it without RZZ gates.
        first: Number of the first gate of the part.
        last: Number of the first gate after it.

    >>> whole = PathSum.diagonal(3, [0b011, 0b101, 0b110])
    >>> part_of(whole, [(0, 1), (1, 2), (0, 2), (0, 1), (1, 2)], 1, 3).terms
    (6,)
    """
    done: set[int] = set()
    words, at_last = list(path_sum.terms), list(path_sum.terms)
    for number, words in enumerate(_words(path_sum.terms, moves)):
        if not first < number < last:
            done |= {i for i, word in enumerate(words) if word & (word - 1) == 0}
        if number == last:
            at_last = words
    left = sorted(word for i, word in enumerate(at_last) if i not in done)
    home = path_sum.home or last < len(moves)
    lead = tuple(reversed(moves[first:last]))
    return PathSum(path_sum.num_slots, path_sum.num_layers, tuple(left), home, lead=lead)


def _words(terms: Sequence[int], moves: Sequence[Move]) -> Iterator[list[int]]:
    """The wires that XOR to every term, before every gate and after the last."""
    words = list(terms)
    yield words
    for control, target in moves:
        words = [word ^ (word >> target & 1) << control for word in words]
        yield words
