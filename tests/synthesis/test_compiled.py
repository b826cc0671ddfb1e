"""Functions in machine code do what the same lines of Python do."""

import pytest

from qdml_quantum.synthesis.compiled import compiled, inlined


@inlined
def doubled(number):
    return 2 * number


@compiled
def four_times(number):
    return doubled(doubled(number))


@pytest.mark.parametrize("number", [3, 0.5])
def test_a_compiled_function_calls_an_inlined_one(number):
    assert four_times(number) == 4 * number
