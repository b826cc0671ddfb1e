"""What a network of CX, Rz and H gates has to do: phases on parities, between layers of H gates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

DIAGONAL, SHORT, OPEN, STEP = 1, 2, 2, 3
"""Layers of variables: a diagonal leaves them as they are, a step makes x, y and x' of them, the
last of which follow by rule on short axes, and are left to the measurement where a step is open."""
PAIR, TRIPLE = 2, 3
"""Qubits of an axis whose transform is two H gates, and of the longest axis that needs none."""


@dataclass(frozen=True)
class PathSum:
    """Parities that need a rotation each, over the variables of one or more layers.

    Slot i holds variable i of layer 0 first. An H gate on it ends that variable and starts variable
    i of the next layer. A term is a mask of variables, bit ``layer * num_slots + slot``; its
    rotation may stand anywhere while all of its variables are alive.

    Args:
        num_slots: Number of qubits.
        num_layers: `DIAGONAL`, `SHORT`, `OPEN` or `STEP`.
        terms: Masks of variables, but for those that a wire holds at first, in increasing order.
        home: Whether slot i has to end on wire i (else on any wire).
        groups: Masks of slots whose H gates come together, since no term joins their layers.
        lead: CX gates (control, target) that are thought of as made before the first gate: what the
            wires hold at first.
        chains: Three slots each, of which the first has to end next to both others.
        turned: Whether all H gates come together, so that all wires turn at once.

    >>> PathSum.diagonal(3, [0b110, 0b001, 0b011]).terms
    (3, 6)
    """

    num_slots: int
    num_layers: int
    terms: tuple[int, ...]
    home: bool
    groups: tuple[int, ...] = ()
    lead: tuple[tuple[int, int], ...] = ()
    chains: tuple[tuple[int, int, int], ...] = ()
    turned: bool = False

    @classmethod
    def diagonal(cls, num_slots: int, masks: Iterable[int], *, home: bool = True) -> PathSum:
        """Rotations on parities of qubits; masks of one qubit cost nothing and are left out."""
        terms = tuple(sorted({int(m) for m in masks if int(m).bit_count() > 1}))
        return cls(num_slots, DIAGONAL, terms, home)

    @classmethod
    def step(
        cls,
        num_slots: int,
        masks: Iterable[int],
        axes: Sequence[int],
        *,
        home: bool = False,
        back: bool = True,
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
            back: Whether it ends in positions, else in momentum bits y: a measurement can transform
                them back with classical bits alone (`measure_as_it_goes`).

        >>> [len(PathSum.step(4, [], [4], back=back).terms) for back in (True, False)]
        [18, 12]
        """
        terms = {int(m) for m in masks if int(m).bit_count() > 1}
        first, groups = 0, []
        for size in axes:
            if size == PAIR:
                groups.append(0b11 << first)
            for i in range(first, first + size):
                for j in range(first, i):
                    terms.add((1 << i | 1 << j) << num_slots)
                    if size == PAIR:
                        continue
                    terms.add(1 << num_slots + i | 1 << j)
                    if back:
                        terms.add(1 << num_slots + i | 1 << 2 * num_slots + j)
            first += size
        layers = STEP if back else OPEN
        return cls(num_slots, layers, tuple(sorted(terms)), home, tuple(groups))

    @classmethod
    def short(
        cls, num_slots: int, masks: Iterable[int], axes: Sequence[int], *, home: bool = False
    ) -> PathSum:
        """A step on axes of three qubits or fewer, up to what `short.close` appends.

        All H gates come together, so that no wire has to be cleaned for its own. On an axis of
        three qubits, whose position bits are x, the variables are ``x_0 + x_1, x_1, x_2`` and then
        ``y_0, y_0 + y_1, y_2``: what the rest of the step asks for on three wires.

        Args:
            num_slots: Number of qubits of all axes together.
            masks: Parities of the potential phase.
            axes: Qubits of each axis, three at most.
            home: Whether the qubits have to return to their wires.

        >>> PathSum.short(3, [0b011], [3]).terms
        (1, 24, 48, 56)
        """
        first, kinetic, lead, chains = 0, [], [], []
        for size in axes:
            y = num_slots + first
            if size == TRIPLE:
                kinetic += [mask << y for mask in (0b011, 0b110, 0b111)]
                lead.append((first + 1, first))
                chains.append((first, first + 1, first + 2))
            else:
                kinetic += [0b11 << y] * (size == PAIR)
            first += size
        held = {short_mask(1 << slot, axes) for slot in range(num_slots)}
        potential = {short_mask(int(mask), axes) for mask in masks} - held - {0}
        terms = tuple(sorted({*potential, *kinetic}))
        group = ((1 << num_slots) - 1,)
        return cls(num_slots, SHORT, terms, home, group, tuple(lead), tuple(chains), turned=True)

    @property
    def start(self) -> tuple[int, ...]:
        """Variables that every wire holds at first, as masks."""
        held = [1 << slot for slot in range(self.num_slots)]
        for control, target in self.lead:
            held[target] ^= held[control]
        return tuple(held)

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
        masks = [0] * self.num_variables
        for term in self.terms:
            if term.bit_count() == 2:
                low, high = (term & -term).bit_length() - 1, term.bit_length() - 1
                masks[low] |= 1 << high
                masks[high] |= 1 << low
        return np.array(masks, dtype=np.int64 if self.num_variables < 63 else object)

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


def short_mask(mask: int, axes: Sequence[int]) -> int:
    """A parity of position bits in the variables of `PathSum.short`.

    >>> [short_mask(mask, [3]) for mask in (0b001, 0b010, 0b011)]
    [3, 2, 1]
    """
    first = 0
    for size in axes:
        if size == TRIPLE:
            mask ^= (mask >> first & 1) << first + 1
        first += size
    return mask


def union(masks: Iterable[int]) -> int:
    """Bits that are set in any of the masks."""
    result = 0
    for mask in masks:
        result |= mask
    return result
