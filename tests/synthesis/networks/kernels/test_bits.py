"""Masks of bits, and numbers that look random, as compiled functions see them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.synthesis.compiled import compiled
from qdml_quantum.synthesis.networks.kernels.bits import lowest, mixed, ones, random_number


@compiled
def counted(mask):
    return ones(mask), lowest(mask)


@compiled
def drawn(seed, size):
    words = np.zeros(size, dtype=np.uint64)
    numbers = np.zeros(size)
    for i in range(size):
        words[i], numbers[i] = mixed(i + 1), random_number(seed, i)
    return words, numbers


@given(st.integers(1, 2**62 - 1))
def test_ones_and_lowest_are_those_of_python(mask):
    assert counted(mask) == (mask.bit_count(), (mask & -mask).bit_length() - 1)


def test_mixed_numbers_differ_and_fill_all_bits():
    words, numbers = drawn(5, 1000)
    assert len(set(words.tolist())) == 1000
    shares = [np.mean(words >> np.uint64(bit) & np.uint64(1)) for bit in range(64)]
    assert min(shares) > 0.4 and max(shares) < 0.6
    assert 0 <= numbers.min() < 0.05 and 0.95 < numbers.max() < 1
    assert not np.array_equal(numbers, drawn(6, 1000)[1])
