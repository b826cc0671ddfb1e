"""Masks of bits, and numbers that look random: what all compiled loops of the search stand on."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.synthesis.compiled import inlined

Array = NDArray[Any]
Int: TypeAlias = Any
"""A whole number of Python or of NumPy, as are elements of arrays before they are compiled."""
Real: TypeAlias = Any
Bool: TypeAlias = Any


@inlined
def ones(mask: Any) -> Int:
    """Bits that are set."""
    x = np.uint64(mask)
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@inlined
def lowest(mask: Int) -> Int:
    """Number of the lowest bit that is set."""
    return ones((mask & -mask) - 1)


@inlined
def mixed(x: Int) -> Int:
    """A random number for every number."""
    y = np.uint64(x) * np.uint64(0x9E3779B97F4A7C15)
    y = (y ^ (y >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    y = (y ^ (y >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return y ^ (y >> np.uint64(31))


@inlined
def random_number(seed: Int, number: Int) -> Real:
    """Between 0 and 1."""
    return np.float64(mixed(np.uint64(seed) + np.uint64(number)) >> np.uint64(40)) / 16777216.0
