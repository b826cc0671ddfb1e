"""The Hamiltonian: matrix, action, energy and variance agree with each other and with theory."""

import numpy as np
import pytest
from systems import SPECTRA, natural_diffusion

from qdml_quantum.dynamics.hamiltonian import Hamiltonian, squared_wave_numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import TooLargeError

PROBLEMS = [
    Problem(Grid((-2.5, 2.5), 5), "double_well"),
    Problem(Grid([(-5, 5), (-4, 4)], [4, 3]), "ackley"),
    Problem(Grid([(-2, 2), (-1, 1), (0, 2)], [3, 2, 1]), "x**2 + y*z"),
    Problem(Grid((-1, 1), 1), "x**2"),
]
problems = pytest.mark.parametrize("problem", PROBLEMS, ids=repr)


def random_state(problem, seed=0):
    rng = np.random.default_rng(seed)
    shape = problem.grid.shape
    psi = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return psi / np.linalg.norm(psi)


@problems
def test_matrix_does_what_apply_does(problem):
    """Measured: 1e-14 relative."""
    hamiltonian = Hamiltonian(problem, 0.3)
    psi = random_state(problem)
    expected = (hamiltonian.matrix() @ psi.ravel()).reshape(problem.grid.shape)
    assert np.allclose(hamiltonian.apply(psi), expected, atol=1e-12 * np.abs(expected).max())


@problems
def test_matrix_is_real_symmetric_and_bounded_below_by_the_minimum(problem):
    matrix = Hamiltonian(problem, 0.3).matrix()
    assert matrix.dtype == float
    assert np.array_equal(matrix, matrix.T)
    assert np.linalg.eigvalsh(matrix)[0] >= problem.span[0] - 1e-10


@problems
def test_energy_and_variance_are_the_moments_of_the_matrix(problem):
    hamiltonian, psi = Hamiltonian(problem, 0.3), random_state(problem)
    matrix, flat = hamiltonian.matrix(), psi.ravel()
    first = np.vdot(flat, matrix @ flat).real
    second = np.vdot(matrix @ flat, matrix @ flat).real
    assert hamiltonian.energy(psi) == pytest.approx(first, rel=1e-12)
    assert hamiltonian.variance(psi) == pytest.approx(second - first**2, rel=1e-9)
    assert hamiltonian.moments(3j * psi) == pytest.approx(hamiltonian.moments(psi), rel=1e-12)


@pytest.mark.parametrize("spectrum", [s for s in SPECTRA if s.problem.grid.size < 512], ids=str)
def test_variance_vanishes_in_an_eigenstate_and_not_in_a_mixture(spectrum):
    """Measured: below 1e-21 of the squared range in the eigenstate."""
    hamiltonian = Hamiltonian(spectrum.problem, spectrum.diffusion)
    energies, vectors = np.linalg.eigh(hamiltonian.matrix())
    ground, excited = (vectors[:, n].reshape(spectrum.problem.grid.shape) for n in (0, 3))
    low, high = spectrum.problem.span
    assert hamiltonian.variance(ground) < 1e-19 * max(high - low, 1.0) ** 2
    mixture = ground + 1j * excited
    assert hamiltonian.variance(mixture) == pytest.approx(((energies[3] - energies[0]) / 2) ** 2)


def test_kinetic_energy_is_diffusion_times_wave_number_squared():
    grid = Grid([(-2, 2), (0, 3)], [3, 2])
    hamiltonian = Hamiltonian(Problem(grid, lambda x, y: 0 * x * y), 0.7)
    k, q = grid.wave_numbers()
    assert np.allclose(hamiltonian.kinetic, 0.7 * (k**2 + q**2))
    assert np.allclose(squared_wave_numbers(grid), k**2 + q**2)
    wave = np.exp(1j * (k[1, 0] * grid.coordinates()[0] + q[0, 1] * grid.coordinates()[1]))
    assert hamiltonian.energy(wave) == pytest.approx(0.7 * (k[1, 0] ** 2 + q[0, 1] ** 2))


def test_apply_keeps_leading_axes():
    problem = PROBLEMS[1]
    hamiltonian = Hamiltonian(problem, 0.3)
    block = np.stack([random_state(problem, seed) for seed in range(3)])
    together = hamiltonian.apply(block)
    assert together.shape == block.shape
    for one, psi in zip(together, block, strict=True):
        assert np.allclose(one, hamiltonian.apply(psi), atol=1e-12)


def test_without_kinetic_energy_only_the_objective_is_left():
    problem = PROBLEMS[0]
    hamiltonian = Hamiltonian(problem, 0)
    assert np.allclose(hamiltonian.matrix(), np.diag(problem.values))
    assert hamiltonian.energy(np.eye(32)[7]) == pytest.approx(problem.values[7])


def test_energy_grows_with_the_diffusion():
    problem, psi = PROBLEMS[0], random_state(PROBLEMS[0])
    scale = natural_diffusion(problem)
    energies = [Hamiltonian(problem, scale * f).energy(psi) for f in (0, 1, 2)]
    assert energies[0] < energies[1] < energies[2]
    assert energies[2] - energies[1] == pytest.approx(energies[1] - energies[0])


def test_a_dense_matrix_has_a_limit_and_a_way_around_it():
    Hamiltonian(Problem(Grid((-1, 1), 12), "x**2"), 1.0)
    with pytest.raises(TooLargeError, match=r"fewer than 4096 .* Use `eigenstates`"):
        Hamiltonian(Problem(Grid((-1, 1), 12), "x**2"), 1.0).matrix()
