"""What a network of CX, Rz and H gates has to do: phases on parities, between layers of H gates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

DIAGONAL, STEP = 1, 3
"""Layers of variables: a diagonal leaves them as they are, a step makes x, y and x' of them."""
PAIR = 2
"""Qubits of an axis whose transform is two H gates."""


@dataclass(frozen=True)
class PathSum:
    """Parities that need a rotation each, over the variables of one or more layers.

    Slot i holds variable i of layer 0 first. An H gate on it ends that variable and starts variable
    i of the next layer. A term is a mask of variables, bit ``layer * num_slots + slot``; its
    rotation may stand anywhere while all of its variables are alive.

    Args:
        num_slots: Number of qubits.
        num_layers: `DIAGONAL` or `STEP`.
        terms: Masks of two variables or more, in increasing order.
        home: Whether slot i has to end on wire i (else on any wire).
        pairs: Masks of two slots whose H gates come together, since no term joins their layers.

    >>> PathSum.diagonal(3, [0b110, 0b001, 0b011]).terms
    (3, 6)
    """

    num_slots: int
    num_layers: int
    terms: tuple[int, ...]
    home: bool
    pairs: tuple[int, ...] = ()

    @classmethod
    def diagonal(cls, num_slots: int, masks: Iterable[int], *, home: bool = True) -> PathSum:
        """Rotations on parities of qubits; masks of one qubit cost nothing and are left out."""
        terms = tuple(sorted({int(m) for m in masks if int(m).bit_count() > 1}))
        return cls(num_slots, DIAGONAL, terms, home)

    @classmethod
    def step(
        cls, num_slots: int, masks: Iterable[int], axes: Sequence[int], *, home: bool = False
    ) -> PathSum:
        """A potential phase, then the kinetic phases of all axes between their transforms.

        Layer 0 holds position bits x, layer 1 momentum bits y (bit ``n - 1 - i`` of the wave
        number of an axis is y_i, so that no swap is needed), layer 2 position bits x' again. The
        transforms join y_i and x_j, and y_i and x'_j, for j < i; the kinetic phase all pairs of y.

        On an axis of two qubits two H gates are transform enough: the controlled phase that a
        Fourier transform has besides acts on the wave numbers +1 and -1 alone, where k^2 is equal.

        Args:
            num_slots: Number of qubits of all axes together.
            masks: Parities of the potential phase.
            axes: Qubits of each axis.
            home: Whether the qubits have to return to their wires.
        """
        terms = {int(m) for m in masks if int(m).bit_count() > 1}
        first, pairs = 0, []
        for size in axes:
            if size == PAIR:
                pairs.append(0b11 << first)
            for i in range(first, first + size):
                for j in range(first, i):
                    terms.add((1 << i | 1 << j) << num_slots)
                    if size == PAIR:
                        continue
                    terms.add(1 << num_slots + i | 1 << j)
                    terms.add(1 << num_slots + i | 1 << 2 * num_slots + j)
            first += size
        return cls(num_slots, STEP, tuple(sorted(terms)), home, tuple(pairs))

    @property
    def num_variables(self) -> int:
        """Variables of all layers."""
        return self.num_slots * self.num_layers

    @property
    def is_whole_step(self) -> bool:
        """Whether there are both terms of x alone, and others."""
        return bool(self.terms) and self.terms[0] < 1 << self.num_slots <= self.terms[-1]

    def slots(self, variables: int) -> int:
        """Mask of the slots of a mask of variables."""
        slots = 0
        while variables:
            slots |= variables & (1 << self.num_slots) - 1
            variables >>= self.num_slots
        return slots

    @cached_property
    def partners(self) -> NDArray[np.int64]:
        """For every variable, the mask of those it shares a term of two with."""
        found = [0] * self.num_variables
        for term in self.terms:
            if term.bit_count() == 2:
                low, high = (term & -term).bit_length() - 1, term.bit_length() - 1
                found[low] |= 1 << high
                found[high] |= 1 << low
        return np.array(found, dtype=np.int64 if self.num_variables < 63 else object)

    def parts(self) -> list[int]:
        """Masks of slots that no term joins with the others.

        >>> PathSum.diagonal(5, [0b00011, 0b00110, 0b11000]).parts()
        [7, 24]
        """
        parts = [1 << slot for slot in range(self.num_slots)]
        for term in self.terms:
            slots = self.slots(term)
            joined = [part for part in parts if part & slots]
            if len(joined) > 1:
                parts = [part for part in parts if not part & slots] + [union(joined)]
        return sorted(parts, key=lambda part: part & -part)


def union(masks: Iterable[int]) -> int:
    """Bits that are set in any of the masks."""
    result = 0
    for mask in masks:
        result |= mask
    return result
