"""Imaginary time reaches the exact ground state, and says so when it does not."""

import math

import numpy as np
import pytest
from systems import SPECTRA, builtin_problems, natural_diffusion

from qdml_quantum.diagnostics.metrics import fidelity
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL, Formula
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.reference.imaginary_time import ground_state
from qdml_quantum.reference.spectrum import eigenstates

ROUNDING = 64 * float(np.finfo(float).eps)
"""Of the largest eigenvalue of H, what dense diagonalisation leaves open (as in `checks`)."""

WELL = Problem(Grid((-2.5, 2.5), 6), "double_well")


def allowed(problem, diffusion):
    """1e-8 of the energy above min zeta, or 64 rounding errors of the largest eigenvalue."""
    hamiltonian = Hamiltonian(problem, diffusion)
    largest = hamiltonian.kinetic.max() + max(map(abs, problem.span))
    exact = eigenstates(problem, diffusion)[0][0]
    return max(1e-8 * hamiltonian.scale(exact), ROUNDING * largest)


def name(problem):
    return problem.objective.name


@pytest.mark.few(9)
@pytest.mark.parametrize("problem", builtin_problems(1, 6), ids=name)
def test_every_builtin_in_one_dimension_reaches_the_exact_energy(problem):
    """Measured: at most 4e-11."""
    diffusion = natural_diffusion(problem)
    found = ground_state(problem, diffusion)
    exact = eigenstates(problem, diffusion, method="dense")[0][0]
    assert abs(found.energy - exact) <= allowed(problem, diffusion)


@pytest.mark.few(12)
@pytest.mark.parametrize("problem", builtin_problems(2, 4), ids=name)
def test_every_builtin_in_two_dimensions_reaches_the_exact_energy(problem):
    """Measured: at most 2e-10."""
    diffusion = natural_diffusion(problem)
    found = ground_state(problem, diffusion)
    exact = eigenstates(problem, diffusion, method="dense")[0][0]
    assert abs(found.energy - exact) <= allowed(problem, diffusion)


@pytest.mark.each_value
@pytest.mark.parametrize("fraction", [1.0, 1e-1, 1e-3])
@pytest.mark.parametrize("which", ["csendes", "xin_she_yang3", "rastrigin", "double_well", "morse"])
def test_from_flat_to_localised_ground_states(which, fraction):
    """The first two once ended 1.1 and 1.6 too high at large D."""
    problem = next(p for p in builtin_problems(1, 6) if name(p) == which)
    diffusion = natural_diffusion(problem, fraction)
    found = ground_state(problem, diffusion)
    exact = eigenstates(problem, diffusion, method="dense")[0][0]
    assert abs(found.energy - exact) <= allowed(problem, diffusion)


@pytest.mark.parametrize("spectrum", SPECTRA, ids=str)
def test_closed_forms_of_energy_and_gap(spectrum):
    """Measured: energy 8e-10 and gap 6e-7 (4 qubits per axis: the grid error), else 5e-11."""
    found = ground_state(spectrum.problem, spectrum.diffusion)
    assert found.energy == pytest.approx(spectrum.levels[0], abs=1e-8)
    assert found.gap == pytest.approx(spectrum.levels[1] - spectrum.levels[0], rel=1e-3)


@pytest.mark.parametrize("formula", ["lie", "strang"])
def test_formulas_with_positive_fractions_all_work(formula):
    found = ground_state(WELL, 0.3, formula=formula, max_steps=20_000)
    energies, states = eigenstates(WELL, 0.3)
    assert found.energy == pytest.approx(energies[0], abs=1e-8)
    assert fidelity(found.state, states[0]) == pytest.approx(1, abs=1e-6)


def test_lie_works_with_a_single_vector():
    """Measured: 1e-12."""
    found = ground_state(WELL, 1.0, formula="lie", num_vectors=1)
    assert found.energy == pytest.approx(eigenstates(WELL, 1.0)[0][0], abs=1e-8)


def test_the_block_holds_a_well_and_all_its_neighbours_in_three_dimensions():
    """Steps measured: 456 with seven vectors, 1660 with six, which leave out the last neighbour."""
    problem = Problem(Grid([(-1.5, 1.5)] * 3, 4), "rastrigin")
    found = ground_state(problem, 0.05)
    assert len(found.block) == 7
    levels = Hamiltonian(problem, 0.05)
    neighbours = [levels.energy(state) for state in found.block[1:]]
    assert max(neighbours) - min(neighbours) < 0.01 * found.gap
    assert found.energy == pytest.approx(sum_of_axes(problem, 0.05), rel=1e-9)
    assert 2 * found.num_steps < ground_state(problem, 0.05, num_vectors=6).num_steps


def sum_of_axes(problem, diffusion):
    """Lowest energy of a separable objective, from one matrix per axis."""
    axis = Problem(Grid((-1.5, 1.5), 4), "rastrigin")
    return problem.grid.dimensions * eigenstates(axis, diffusion, method="dense")[0][0]


def test_negative_fractions_are_refused():
    with pytest.raises(ValueError, match=r"`formula` must have no negative fractions.*`suzuki4`"):
        ground_state(WELL, 0.3, formula="suzuki4")
    backwards = Formula("mine", 1, ((POTENTIAL, 1.5), (KINETIC, 1.0), (POTENTIAL, -0.5)))
    with pytest.raises(ValueError, match="`mine`"):
        ground_state(WELL, 0.3, formula=backwards)


def test_a_time_step_that_would_underflow_is_refused_with_the_largest_allowed():
    low, high = WELL.span
    limit = 600 / (high - low)
    with pytest.raises(ValueError, match=rf"`time_step` .* Use at most {limit:.3g}"):
        ground_state(WELL, 0.3, time_step=1.01 * limit)


def test_the_largest_allowed_time_step_neither_underflows_nor_misses():
    low, high = WELL.span
    found = ground_state(WELL, 0.3, time_step=0.99 * 600 / (high - low))
    assert found.energy == pytest.approx(eigenstates(WELL, 0.3)[0][0], abs=1e-8)


@pytest.mark.parametrize("offset", [1e3, -1e3])
def test_an_offset_of_the_objective_only_moves_the_energy(offset):
    moved = Problem(WELL.grid, lambda x: WELL.objective(x) + offset)
    plain, shifted = ground_state(WELL, 0.3), ground_state(moved, 0.3)
    assert shifted.energy - offset == pytest.approx(plain.energy, abs=1e-8)
    assert fidelity(plain.state, shifted.state) == pytest.approx(1, abs=1e-6)


def test_state_is_normalised_real_positive_and_an_eigenstate():
    found = ground_state(WELL, 0.3)
    hamiltonian = Hamiltonian(WELL, 0.3)
    assert np.linalg.norm(found.state) == pytest.approx(1, abs=1e-12)
    assert found.state.dtype == float
    assert found.state.min() > -1e-9  # a ground state has no nodes
    assert (found.energy, found.variance) == pytest.approx(hamiltonian.moments(found.state))
    assert math.sqrt(found.variance) < 0.01


def test_energy_is_an_upper_bound_within_variance_over_gap():
    """Temple: ``E - E0 <= variance / gap``, also in a run that was cut short."""
    energies = eigenstates(WELL, 0.3, 2)[0]
    for max_steps in (30, 60, 200_000):
        found = ground_state(WELL, 0.3, max_steps=max_steps)
        rounding = 1e-11
        assert found.energy >= energies[0] - rounding
        gap = energies[1] - found.energy
        assert found.energy - energies[0] <= found.variance / gap + rounding


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_answer_does_not_depend_on_the_noise(seed):
    found = ground_state(WELL, 0.3, seed=seed)
    assert found.energy == pytest.approx(eigenstates(WELL, 0.3)[0][0], abs=1e-8)
    again = ground_state(WELL, 0.3, seed=seed)
    assert np.array_equal(found.state, again.state)


@pytest.mark.parametrize("initial", [Gaussian(1.0, 0.1), Gaussian(-1.0, 0.3, 4.0)], ids=repr)
def test_start_in_the_wrong_well_still_finds_the_ground_state(initial):
    found = ground_state(WELL, 0.1, initial=initial)
    assert found.energy == pytest.approx(eigenstates(WELL, 0.1)[0][0], abs=1e-8)


def test_an_odd_start_does_not_hold_the_run_in_the_odd_sector():
    problem = Problem(Grid((-8, 8), 6), "harmonic")
    x = problem.grid.axes[0].points
    found = ground_state(problem, 1.0, initial=x * np.exp(-(x**2) / 2), num_vectors=1)
    assert found.energy == pytest.approx(1, abs=1e-8)


def check(found, which):
    return next(one for one in found.checks if one.name == which)


def test_checks_of_a_good_run_pass():
    found = ground_state(WELL, 0.3)
    assert [one.name for one in found.checks if not one.passed] == []
    assert {"reference_converged", "degenerate", "symmetry_sector"} <= {
        one.name for one in found.checks
    }


def test_a_run_that_was_cut_short_says_so():
    found = ground_state(WELL, 0.3, max_steps=1)
    assert not check(found, "reference_converged").passed
    assert np.isfinite(found.state).all()


def test_two_wells_that_cannot_be_told_apart_say_so():
    problem = Problem(Grid((-2.5, 2.5), 6), lambda x: 400 * (x**2 - 1) ** 2)
    found = ground_state(problem, 0.05)
    assert not check(found, "degenerate").passed
    assert found.energy == pytest.approx(eigenstates(problem, 0.05)[0][0], abs=1e-8)


def test_one_vector_knows_no_gap():
    found = ground_state(WELL, 0.3, num_vectors=1)
    assert found.gap == math.inf
    assert found.energy == pytest.approx(eigenstates(WELL, 0.3)[0][0], abs=1e-8)


def test_one_qubit_is_enough():
    problem = Problem(Grid((-1, 1), 1), "x**2")
    found = ground_state(problem, 0.3)
    assert found.energy == pytest.approx(
        np.linalg.eigvalsh(Hamiltonian(problem, 0.3).matrix())[0], abs=1e-8
    )


def test_a_large_grid_starts_from_a_coarse_one():
    """2^13 points; measured: 5e-13."""
    problem = Problem(Grid((-8, 8), 13), "harmonic")
    found = ground_state(problem, 1.0)
    assert found.energy == pytest.approx(1, abs=1e-8)
    assert found.state.shape == (8192,)


def test_a_time_limit_ends_the_run():
    problem = Problem(Grid((-2.5, 2.5), 10), "double_well")
    found = ground_state(problem, 1e-3, max_seconds=1e-9)
    assert found.num_steps < 2000
    assert np.isfinite(found.energy)
