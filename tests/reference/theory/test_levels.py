"""Level populations: from the actual propagated state, against Softmax and Sigmoid."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from qdml_quantum import Gaussian, Grid, Problem, Schedule, amplitudes, eigenstates, evolve
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.reference.theory.diffusion import diffusion_reaction
from qdml_quantum.reference.theory.levels import Levels

D = 0.5
PROBLEM = Problem(Grid([(-4, 4)], 5), "double_well")
ENERGIES, STATES = eigenstates(PROBLEM, D, 32)


def mixture(count):
    """Equal amplitudes of the lowest levels."""
    return STATES[:count].sum(axis=0) / np.sqrt(count)


def propagated(psi, tau):
    """Imaginary time on the grid, in steps; nothing of the levels enters."""
    return diffusion_reaction(PROBLEM, D, tau, psi, num_steps=20_000)


@pytest.mark.few(1)
@pytest.mark.parametrize("count", [2, 5])
def test_populations_are_those_of_the_propagated_state(count):
    """Measured difference: 1e-7, from the steps."""
    tau = 0.4
    end = Levels.of(propagated(mixture(count), tau), ENERGIES, STATES)
    expected = Levels.of(mixture(count), ENERGIES, STATES).populations(tau)
    np.testing.assert_allclose(end.weights, expected, atol=1e-5)
    np.testing.assert_allclose(end.weights[:count], softmax(-2 * ENERGIES[:count] * tau), atol=1e-5)


def test_two_levels_are_a_sigmoid_of_the_gap():
    tau = 0.7
    end = Levels.of(propagated(mixture(2), tau), ENERGIES, STATES)
    gap = ENERGIES[1] - ENERGIES[0]
    assert end.weights[0] == pytest.approx(expit(2 * gap * tau), abs=1e-5)


def test_what_the_paper_drops():
    """Unequal |c_n|^2 and the square of psi: exact, printed, and the distance between them."""
    levels = Levels([0.0, 1.0, 3.0], np.sqrt([0.2, 0.5, 0.3]))
    exact = np.array([0.2, 0.5, 0.3]) * np.exp(-2 * np.array([0.0, 1.0, 3.0]) * 0.4)
    exact /= exact.sum()
    printed = softmax(-np.array([0.0, 1.0, 3.0]) * 0.4)
    np.testing.assert_allclose(levels.populations(0.4), exact)
    np.testing.assert_allclose(levels.printed_populations(0.4), printed)
    assert levels.dropped(0.4) == pytest.approx(np.abs(exact - printed).sum() / 2)
    assert levels.dropped(0.4) > 0.1
    equal = Levels([0.0, 1.0, 3.0], [1, 1, 1])
    np.testing.assert_allclose(equal.printed_populations(0.8), equal.populations(0.4))


@pytest.mark.slow
def test_the_rate_of_convergence_is_the_gap():
    """The energy above E_0 falls as exp(-2 gap tau): the measured rate is within 1 %."""
    psi = amplitudes("uniform", PROBLEM.grid).real
    levels = Levels.of(psi, ENERGIES, STATES)
    hamiltonian = Hamiltonian(PROBLEM, D)
    times = np.array([4.0, 5.0])
    above = [hamiltonian.energy(propagated(psi, tau)) - ENERGIES[0] for tau in times]
    rate = -np.diff(np.log(above))[0] / 2
    occupied = ENERGIES[levels.weights > 1e-12]
    assert rate == pytest.approx(occupied[1] - occupied[0], rel=0.01)


def test_real_time_keeps_the_populations():
    start = Gaussian(0.5, 0.6, 1.0)
    before = Levels.of(amplitudes(start, PROBLEM.grid), ENERGIES, STATES)
    schedule = Schedule.constant(D, num_steps=400, time_step=0.0025)
    after = Levels.of(
        evolve(PROBLEM, schedule, initial=start, formula="suzuki4").state, ENERGIES, STATES
    )
    np.testing.assert_allclose(after.weights, before.weights, atol=1e-8)
    np.testing.assert_allclose(after.coefficients, before.amplitudes(1.0), atol=1e-7)


def test_energy_is_kinetic_plus_potential():
    """E_n = <n|D k^2|n> + <n|zeta|n> for every level."""
    k_squared = Hamiltonian(PROBLEM, D).kinetic
    for energy, state in zip(ENERGIES, STATES, strict=True):
        kinetic = float((np.abs(np.fft.fft(state, norm="ortho")) ** 2) @ k_squared)
        potential = float(state**2 @ PROBLEM.values)
        assert kinetic + potential == pytest.approx(energy, rel=1e-12)


def test_the_gap_is_that_of_occupied_levels():
    assert Levels([0.0, 1.0, 3.0], [1, 0, 1]).gap == 3.0
    assert Levels([2.0], [1]).gap == np.inf


def test_long_times_do_not_overflow():
    np.testing.assert_array_equal(Levels([-800.0, 0.0], [1e-6, 1]).populations(1e6), [1.0, 0.0])


@pytest.mark.parametrize(
    ("energies", "coefficients"),
    [([0.0, 1.0], [1.0]), ([], []), ([0.0, 1.0], [1, np.inf]), ([0.0, 1.0], [0, 0])],
)
def test_wrong_levels(energies, coefficients):
    with pytest.raises(ValueError, match="coefficients"):
        Levels(energies, coefficients)
