"""Imaginary-time steps of a block: against dense matrices, and where they stand still."""

import numpy as np
import pytest
from scipy.linalg import expm

from qdml_quantum.dynamics.formulas import as_formula
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.block import BlockSteps, orthonormal, refined
from qdml_quantum.reference.spectrum import eigenstates

WELL = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
PLANE = Problem(Grid([(-2, 2), (-3, 3)], [2, 3]), "x**2 + 2*y**2 + x*y")


def kinetic_matrix(problem, diffusion):
    """D k^2 on the grid, axis by axis, from Fourier matrices."""
    whole = np.zeros((problem.grid.size,) * 2)
    for number, axis in enumerate(problem.grid.axes):
        waves = np.fft.fft(np.eye(2**axis.num_qubits), norm="ortho")
        k_squared = (2 * np.pi * np.fft.fftfreq(len(waves), axis.spacing)) ** 2
        one = (waves.conj().T * k_squared @ waves).real
        parts = [np.eye(2**other.num_qubits) for other in problem.grid.axes]
        parts[number] = one
        product = parts[0]
        for part in parts[1:]:
            product = np.kron(product, part)
        whole += diffusion * product
    return whole


@pytest.mark.parametrize("problem", [WELL, PLANE], ids=repr)
def test_steps_are_products_of_dense_exponentials(problem):
    """Strang: half a potential step, a kinetic one, half a potential one; least zeta is 0."""
    steps = BlockSteps(problem, 0.3, as_formula("strang"))
    rng = np.random.default_rng(0)
    block = rng.normal(size=(2, *problem.grid.shape))
    half = np.diag(np.exp(-0.05 * (problem.values - problem.values.min()).ravel()))
    step = half @ expm(-0.1 * kinetic_matrix(problem, 0.3)) @ half
    expected = block.reshape(2, -1) @ np.linalg.matrix_power(step, 3).T
    found = steps.propagate(block, 0.1, 3)
    np.testing.assert_allclose(found.reshape(2, -1), expected, atol=1e-12)
    assert steps.taken == 3


def test_a_block_converges_to_the_two_lowest_states():
    steps = BlockSteps(WELL, 0.5, as_formula("strang"))
    block = np.random.default_rng(1).normal(size=(2, 32))
    basis, elapsed = steps.converge(block, 0.01)
    exact = eigenstates(WELL, 0.5, 2)[1].reshape(2, -1)
    overlaps = np.abs(basis.reshape(2, -1) @ exact.T)
    np.testing.assert_allclose(overlaps, np.eye(2), atol=2e-3)
    assert overlaps[0, 0] > 1 - 1e-5
    assert elapsed == pytest.approx(0.01 * steps.taken)


def test_the_ends_of_the_spectrum_are_those_of_the_problem():
    steps = BlockSteps(PLANE, 0.3, as_formula("lie"))
    assert steps.range == pytest.approx(np.ptp(PLANE.values))
    assert steps.lowest_kinetic == pytest.approx(0.3 * (2 * np.pi / 4) ** 2)  # the shorter axis
    highest = 0.3 * ((np.pi / 1.0) ** 2 + (np.pi / 0.75) ** 2)
    assert steps.largest == pytest.approx(steps.range + highest)


def test_steps_are_spent_when_they_are_taken_or_time_is_up():
    steps = BlockSteps(WELL, 0.5, as_formula("strang"))
    steps.max_steps = 4
    assert not steps.spent
    steps.propagate(np.ones((1, 32)), 0.01, 4)
    assert steps.spent
    late = BlockSteps(WELL, 0.5, as_formula("strang"))
    late.deadline = 0.0
    assert late.spent


def test_an_excited_state_falls_under_noise_and_the_ground_state_does_not():
    steps = BlockSteps(WELL, 0.5, as_formula("strang"))
    ground, excited = eigenstates(WELL, 0.5, 2)[1]
    rng = np.random.default_rng(2)
    assert abs(steps.noise_drop(ground, 0.01, 20.0, rng)) < 1e-6
    assert steps.noise_drop(excited, 0.01, 20.0, rng) > 0.01


def test_formulas_that_run_backwards_are_refused():
    with pytest.raises(ValueError, match="no negative fractions in imaginary time"):
        BlockSteps(WELL, 0.5, as_formula("suzuki4"))


def test_rows_become_orthonormal_with_the_same_span():
    rows = np.random.default_rng(3).normal(size=(2, 5))
    made = orthonormal(rows)
    np.testing.assert_allclose(made @ made.T, np.eye(2), atol=1e-14)
    np.testing.assert_allclose(rows @ made.T @ made, rows, atol=1e-13)


def test_a_finer_grid_holds_the_same_wave():
    x = np.arange(8) / 8
    wave = np.cos(2 * np.pi * x)[:, None] * np.ones(4)
    fine = refined(wave[None], (16, 4))
    expected = np.cos(2 * np.pi * np.arange(16) / 16)[:, None] * np.ones(4)
    np.testing.assert_allclose(fine[0], expected / np.linalg.norm(expected), atol=1e-14)
