"""Path sums: which parities a diagonal and a whole step need."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, STEP, PathSum
from qdml_quantum.synthesis.phases.walsh import bits_of

diagonals = st.integers(1, 7).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.integers(0, 2**n - 1), max_size=12))
)
axes_of = {1: [[1]], 3: [[3], [1, 2], [1, 1, 1]], 5: [[5], [2, 3], [1, 3, 1], [4, 1]]}
STEPS = [(n, axes) for n, choices in axes_of.items() for axes in choices]


def variables(term, n):
    """Pairs (layer, slot)."""
    return frozenset(divmod(i, n) for i in range(3 * n) if term >> i & 1)


@given(diagonals)
def test_diagonal_terms(case):
    n, masks = case
    path_sum = PathSum.diagonal(n, masks)
    assert path_sum.num_layers == DIAGONAL
    assert path_sum.num_variables == n
    assert path_sum.home
    assert list(path_sum.terms) == sorted(path_sum.terms)
    assert set(path_sum.terms) == {mask for mask in masks if bin(mask).count("1") > 1}
    assert len(set(path_sum.terms)) == len(path_sum.terms)


def test_equal_diagonals_are_equal_keys():
    """NumPy integers, order and repeats do not matter: networks are kept by path sums."""
    a = PathSum.diagonal(3, np.array([6, 3, 3, 1, 0]))
    b = PathSum.diagonal(3, [3, 6])
    assert a == b
    assert hash(a) == hash(b)
    assert all(type(term) is int for term in a.terms)
    assert a != PathSum.diagonal(3, [3, 6], home=False)


@pytest.mark.parametrize(("n", "axes"), STEPS)
def test_step_terms(n, axes):
    """Potential strings of x, and pairs (y, x), (y, y), (y, x') of every axis by itself.

    Axes of two qubits have no (y, x) and (y, x').
    """
    potential = [mask for mask in range(2**n) if mask % 3 == 1]
    path_sum = PathSum.step(n, potential, axes)
    assert (path_sum.num_layers, path_sum.num_variables) == (STEP, 3 * n)
    assert not path_sum.home
    exact = {
        frozenset((0, i) for i in range(n) if mask >> i & 1)
        for mask in potential
        if mask.bit_count() > 1
    }
    first = 0
    for size in axes:
        for low, high in itertools.combinations(range(first, first + size), 2):
            exact.add(frozenset([(1, low), (1, high)]))
            if size > 2:
                exact.add(frozenset([(1, high), (0, low)]))
                exact.add(frozenset([(1, high), (2, low)]))
        first += size
    assert {variables(term, n) for term in path_sum.terms} == exact
    starts = itertools.accumulate(axes, initial=0)
    pairs = [{i, i + 1} for i, size in zip(starts, axes, strict=False) if size == 2]
    assert [set(bits_of(pair)) for pair in path_sum.groups] == pairs
    assert list(path_sum.terms) == sorted(path_sum.terms)
    assert len(path_sum.terms) == len(exact)


@given(diagonals, st.booleans())
def test_slots_forget_the_layer(case, step):
    n, masks = case
    path_sum = PathSum.step(n, masks, [n]) if step else PathSum.diagonal(n, masks)
    for term in path_sum.terms:
        assert path_sum.slots(term) == sum(1 << s for s in {s for _, s in variables(term, n)})


@pytest.mark.parametrize(("n", "axes"), [*STEPS, (21, [21]), (24, [10, 14])])
def test_partners_are_those_of_terms_of_two(n, axes):
    """Up to 62 variables as int64, beyond as Python integers."""
    path_sum = PathSum.step(n, [0b11, 0b111] if n > 2 else [], axes)
    found = path_sum.partners
    assert found.dtype == (np.int64 if 3 * n < 63 else object)
    exact = [0] * 3 * n
    for term in path_sum.terms:
        bits = [i for i in range(3 * n) if term >> i & 1]
        if len(bits) == 2:
            exact[bits[0]] |= 1 << bits[1]
            exact[bits[1]] |= 1 << bits[0]
    assert found.tolist() == exact


@given(diagonals, st.booleans())
def test_parts_are_connected_components(case, step):
    n, masks = case
    axes = [1] * n if n < 3 else [2, n - 2]
    path_sum = PathSum.step(n, masks, axes) if step else PathSum.diagonal(n, masks)
    joined = np.zeros((n, n))
    for term in path_sum.terms:
        slots = sorted({slot for _, slot in variables(term, n)})
        joined[slots[0], slots] = 1
    count, labels = connected_components(coo_array(joined), directed=False)
    exact = {sum(1 << s for s in range(n) if labels[s] == label) for label in range(count)}
    parts = path_sum.parts()
    assert set(parts) == exact
    assert len(parts) == count
    assert parts == sorted(parts, key=lambda part: part & -part)
