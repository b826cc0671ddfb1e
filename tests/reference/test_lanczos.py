"""Matrices and Lanczos, one against the other."""

import numpy as np
import pytest
import scipy

from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.lanczos import diagonalised, first_vector, iterated, lanczos
from qdml_quantum.support.messages import TooLargeError

WELL = Hamiltonian(Problem(Grid((-2.5, 2.5), 7), "double_well"), 0.05)


def test_both_find_the_same_levels_and_states():
    """Measured: 2e-13."""
    (a, one), (b, other) = diagonalised(WELL, 4), lanczos(WELL, 4)
    assert np.allclose(a, b, atol=1e-11)
    assert np.allclose(np.abs(one.T @ other), np.eye(4), atol=1e-9)


def test_a_matrix_has_a_limit():
    with pytest.raises(TooLargeError, match="4096"):
        diagonalised(Hamiltonian(Problem(Grid((-1, 1), 12), "x**2"), 1.0), 1)


def test_a_potential_that_is_cut_off_may_be_given():
    values = np.minimum(WELL.problem.values, 10.0)
    energies, _ = iterated(WELL, values, 1, first_vector(128), 1e-10)
    assert energies[0] + WELL.problem.span[0] == pytest.approx(
        diagonalised(WELL, 1)[0][0], abs=1e-6
    )


def test_what_does_not_converge_is_said(monkeypatch):
    plain = scipy.sparse.linalg.eigsh
    monkeypatch.setattr(
        scipy.sparse.linalg, "eigsh", lambda *a, **k: plain(*a, **(k | {"maxiter": 1}))
    )
    with pytest.raises(RuntimeError, match=r"128 points at D = 0.05: .* of 4 states. Raise D"):
        lanczos(WELL, 4)


def test_the_first_vector_has_a_part_in_every_symmetry_sector():
    vector = first_vector(64)
    assert vector.sum() > 10
    assert np.abs(vector - vector[::-1]).max() > 0.5
