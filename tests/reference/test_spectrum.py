"""Exact eigenstates: closed forms, and one method against the other."""

import numpy as np
import pytest
from systems import SPECTRA

from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import METHODS, eigenstates
from qdml_quantum.support.messages import TooLargeError

METHOD = pytest.mark.parametrize("method", METHODS)
RASTRIGIN = Problem(Grid([(-4, 4), (-4, 4)], [4, 4]), "rastrigin")
COSINE = Problem(Grid((-3, 3), 7), "double_well")


@pytest.mark.parametrize("spectrum", [s for s in SPECTRA if s.problem.grid.size < 4096], ids=str)
def test_levels_are_the_closed_form(spectrum):
    """Measured: 1e-13, coupled oscillators on 4 qubits per axis 2e-8."""
    energies, _ = eigenstates(spectrum.problem, spectrum.diffusion, len(spectrum.levels))
    assert np.allclose(energies, spectrum.levels, atol=spectrum.tolerance, rtol=0)


def test_levels_are_the_closed_form_without_a_matrix():
    """4096 points, Lanczos; measured: 1e-8, the grid error of 4 qubits per axis."""
    spectrum = next(s for s in SPECTRA if s.problem.grid.size == 4096)
    energies, _ = eigenstates(spectrum.problem, spectrum.diffusion, len(spectrum.levels))
    assert np.allclose(energies, spectrum.levels, atol=spectrum.tolerance, rtol=0)


@pytest.mark.parametrize("problem", [COSINE, RASTRIGIN], ids=repr)
@pytest.mark.parametrize("diffusion", [1.0, 0.05])
def test_dense_and_iterative_agree(problem, diffusion):
    """Measured: energies 2e-13, states 1e-13."""
    dense, a = eigenstates(problem, diffusion, 1, method="dense")
    lanczos, b = eigenstates(problem, diffusion, 1, method="iterative")
    assert np.allclose(dense, lanczos, atol=1e-10)
    assert np.allclose(a, b, atol=1e-9)


def test_iterative_finds_degenerate_levels():
    """Rastrigin is symmetric under x <-> y: the second level is double."""
    dense = eigenstates(RASTRIGIN, 0.5, 4, method="dense")[0]
    lanczos = eigenstates(RASTRIGIN, 0.5, 4, method="iterative")[0]
    assert dense[1] == pytest.approx(dense[2], abs=1e-10)
    assert np.allclose(dense, lanczos, atol=1e-9)


@METHOD
@pytest.mark.parametrize("problem", [COSINE, RASTRIGIN], ids=repr)
def test_states_are_orthonormal_eigenstates_of_the_shape_of_the_grid(problem, method):
    energies, states = eigenstates(problem, 0.3, 3, method=method)
    assert states.shape == (3, *problem.grid.shape)
    assert states.dtype == float
    assert np.all(np.diff(energies) >= 0)
    flat = states.reshape(3, -1)
    assert np.allclose(flat @ flat.T, np.eye(3), atol=1e-9)
    residual = (
        Hamiltonian(problem, 0.3).apply(states)
        - energies.reshape(-1, *(1,) * problem.grid.dimensions) * states
    )
    assert np.abs(residual).max() < 1e-8


def test_sign_is_chosen_so_that_the_sum_is_positive():
    for method in METHODS:
        assert eigenstates(COSINE, 0.3, method=method)[1][0].sum() > 0


@METHOD
def test_without_kinetic_energy_the_levels_are_the_sorted_values(method):
    energies, states = eigenstates(COSINE, 0.0, 4, method=method)
    assert np.allclose(energies, np.sort(COSINE.values)[:4], atol=1e-12)
    for energy, state in zip(energies, states, strict=True):
        assert (state**2 * COSINE.values).sum() == pytest.approx(energy, abs=1e-9)


def test_all_states_of_a_small_grid():
    problem = Problem(Grid((-1, 1), 3), "x**2")
    energies, states = eigenstates(problem, 0.3, 8)
    rebuilt = np.einsum("n,ni,nj->ij", energies, states, states)
    assert np.allclose(rebuilt, Hamiltonian(problem, 0.3).matrix(), atol=1e-12)


@METHOD
def test_one_qubit(method):
    problem = Problem(Grid((-1, 1), 1), "x**2")
    energies, states = eigenstates(problem, 0.3, 2, method=method)
    assert energies == pytest.approx(np.linalg.eigvalsh(Hamiltonian(problem, 0.3).matrix()))
    assert states.shape == (2, 2)


@pytest.mark.parametrize(
    ("options", "error", "part"),
    [
        ({"num_states": 0}, ValueError, "`num_states` must be at least 1"),
        ({"num_states": 129}, ValueError, r"`num_states` must be at most .* \(128\)"),
        ({"num_states": 1.5}, TypeError, "`num_states` must be an integer"),
        ({"method": "densse"}, ValueError, r"Unknown method 'densse'. Did you mean `dense`\?"),
        ({"diffusion": -1.0}, ValueError, "`diffusion` must be finite and at least 0"),
        ({"diffusion": np.nan}, ValueError, "`diffusion`"),
    ],
)
def test_wrong_arguments_are_named(options, error, part):
    with pytest.raises(error, match=part):
        eigenstates(COSINE, **({"diffusion": 0.3} | options))


def test_dense_has_a_limit():
    with pytest.raises(TooLargeError, match="4096"):
        eigenstates(Problem(Grid((-1, 1), 12), "x**2"), 1.0, method="dense")
