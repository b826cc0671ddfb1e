"""Readout errors: read off the calibrations, undone exactly where that can be."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")
pytest.importorskip("mthree")

from hypothesis import given
from hypothesis import strategies as st
from judged import flip_matrix, flipped, read_through

from qdml_quantum import Grid
from qdml_quantum.hardware.verdict.readout import (
    corrected,
    flip_matrices,
    mean_flip,
    nearest_distribution,
    undone,
)


def test_flips_are_read_off_the_calibrations():
    matrices = [flip_matrix(0.02, 0.1), flip_matrix(0.07, 0.04), flip_matrix(0.0, 0.2)]
    counts = []
    for place in (0, 7):
        known = np.zeros(8)
        known[place] = 1
        numbers = np.round(read_through(known, matrices) * 1e9).astype(int)
        counts.append({f"{i:03b}": int(n) for i, n in enumerate(numbers)})
    for found, true in zip(flip_matrices(*counts), matrices, strict=True):
        assert found == pytest.approx(true, abs=1e-6)
    assert mean_flip(matrices[1]) == pytest.approx(0.055)


@pytest.mark.parametrize("num_bits", [1, 2, 4, 6])
def test_correction_is_the_inverse_where_every_string_was_seen(num_bits):
    """M3 against the whole matrix, inverted; single precision inside M3 leaves 1e-6."""
    rng = np.random.default_rng(num_bits)
    matrices = [flip_matrix(*rng.uniform(0, 0.15, 2)) for _ in range(num_bits)]
    p = rng.dirichlet(np.ones(2**num_bits))
    numbers = np.round(read_through(p, matrices) * 1e8).astype(int) + 1
    counts = {f"{i:0{num_bits}b}": int(n) for i, n in enumerate(numbers)}
    values, overhead = corrected(counts, matrices)
    assert values == pytest.approx(p, abs=3e-6)
    assert undone(numbers / numbers.sum(), matrices) == pytest.approx(p, abs=1e-6)
    columns = np.abs(undone(np.eye(2**num_bits), matrices)).sum(axis=1)
    assert overhead == pytest.approx(columns.max() ** 2, rel=1e-4)


def test_correction_of_a_sparse_histogram_sums_to_one():
    values, _ = corrected({"0000": 90, "0011": 10}, [flip_matrix(0.02, 0.05)] * 4)
    assert values.sum() == pytest.approx(1, abs=1e-6)
    assert set(np.flatnonzero(values)) == {0, 3}


def test_undoing_works_on_many_at_once():
    matrices = [flip_matrix(0.02, 0.1), flip_matrix(0.07, 0.04)]
    many = np.random.default_rng(0).dirichlet(np.ones(4), size=(3, 2))
    for place in np.ndindex(3, 2):
        assert undone(many, matrices)[place] == pytest.approx(undone(many[place], matrices))


@given(st.lists(st.floats(-0.5, 1), min_size=2, max_size=8), st.floats(0.1, 1))
def test_nearest_distribution_is_a_distribution_and_nearest(values, share):
    quasi = np.array(values)
    quasi += (1 - quasi.sum()) / quasi.size
    found = nearest_distribution(quasi)
    assert found.min() >= 0 and found.sum() == pytest.approx(1)
    other = np.random.default_rng(0).dirichlet(np.ones(quasi.size))
    other = share * other + (1 - share) * found
    assert np.linalg.norm(found - quasi) <= np.linalg.norm(other - quasi) + 1e-12


def test_nearest_distribution_is_that_of_mthree():
    from mthree.classes import QuasiDistribution

    rng = np.random.default_rng(3)
    quasi = rng.normal(0.0625, 0.1, size=(5, 16))
    quasi += (1 - quasi.sum(axis=1, keepdims=True)) / 16
    for one, mine in zip(quasi, nearest_distribution(quasi), strict=True):
        theirs = QuasiDistribution(
            {f"{i:04b}": float(v) for i, v in enumerate(one)}
        ).nearest_probability_distribution()
        theirs = [theirs.get(f"{i:04b}", 0.0) for i in range(16)]
        assert mine == pytest.approx(theirs, abs=1e-12)


def test_readout_errors_in_the_helper_are_those_of_the_package():
    grid = Grid([(0, 1)], 2)
    p = np.array([0.4, 0.3, 0.2, 0.1])
    assert undone(flipped(p, grid, 0.1, 0.2), [flip_matrix(0.1, 0.2)] * 2) == pytest.approx(p)
