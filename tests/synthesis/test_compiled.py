"""Functions in machine code do what the same lines of Python do."""

import numpy as np
import pytest

from qdml_quantum.synthesis.compiled import compiled, inlined, vectorised


@inlined
def doubled(number):
    return 2 * number


@compiled
def four_times(number):
    return doubled(doubled(number))


@pytest.mark.parametrize("number", [3, 0.5])
def test_a_compiled_function_calls_an_inlined_one(number):
    assert four_times(number) == 4 * number


@vectorised
def squared(values):
    total = 0.0
    for i in range(values.size):
        total += values[i] * values[i]
    return total


@compiled
def length(values):
    return squared(values) ** 0.5


def test_a_sum_in_any_order_is_the_sum():
    values = np.random.default_rng(0).normal(size=1001)
    assert length(values) == pytest.approx(np.linalg.norm(values), rel=1e-12)
