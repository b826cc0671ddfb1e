"""Processes that share numbers: alone, and as one of several."""

import math

import pytest

from qdml_quantum.support import processes
from qdml_quantum.support.processes import (
    become,
    floats_of_all,
    number_of_processes,
    of_all,
    part_of,
)


@pytest.fixture
def alone():
    yield
    become(1, 0, lambda numbers: [tuple(numbers)])


@pytest.mark.parametrize("number", [1, 2, 3, 8])
@pytest.mark.parametrize("items", [0, 1, 5, 64])
def test_parts_are_all_of_it_once(alone, number, items):
    parts = []
    for mine in range(number):
        become(number, mine, lambda numbers: [tuple(numbers)])
        assert number_of_processes() == number
        parts.append(list(part_of(range(items))))
    assert [item for part in parts for item in part] == list(range(items))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_floats_travel_bit_by_bit(alone):
    become(2, 0, lambda numbers: [tuple(numbers), tuple(numbers)])
    given = (0.1, -math.inf, 5e-324, -0.0)
    assert floats_of_all(given) == [given, given]
    assert str(floats_of_all([-0.0])[0][0]) == "-0.0"
    assert of_all([1]) == [(1,), (1,)]


def test_alone_nobody_is_asked(alone):
    become(1, 0, lambda numbers: 1 / 0)
    assert of_all([3]) == [(3,)]
    assert processes.number_of_processes() == 1
