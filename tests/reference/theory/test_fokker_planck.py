"""Fokker-Planck: mass, stationary state, walkers; and the printed form beside it."""

import math

import numpy as np
import pytest
from scipy.stats import kstest

from qdml_quantum import Grid, Problem
from qdml_quantum.reference.theory.fokker_planck import FokkerPlanck, langevin, printed_form

D = 0.5
WELL = Problem(Grid([(-4, 4)], 7), "double_well")


def bump(grid, center=0.5, width=0.4):
    density = np.ones(grid.shape)
    for x in grid.coordinates():
        density = density * np.exp(-((x - center) ** 2) / (2 * width**2))
    return density / density.sum()


@pytest.mark.parametrize(
    "problem",
    [
        WELL,
        Problem(Grid([(-3, 3), (-4, 4)], [4, 5]), "himmelblau"),
        Problem(Grid([(-4, 4)], 6), "x"),
    ],
    ids=["double well", "2-D", "a jump at the seam"],
)
def test_probability_is_conserved_and_the_end_is_boltzmann(problem):
    """Measured: 1e-14 of the mass, 1e-12 of the stationary state."""
    equation = FokkerPlanck(problem, 20.0 if problem.grid.dimensions == 2 else D)
    assert (
        np.abs(equation.generator @ equation.stationary.ravel()).max()
        < 1e-12 * np.abs(equation.generator).max()
    )
    after = equation.evolve(bump(problem.grid), 0.02)
    assert abs(after.sum() - 1) < 1e-12
    assert after.min() > -1e-14
    assert not np.allclose(after, equation.stationary, atol=1e-3)


def test_it_gets_to_the_stationary_state():
    equation = FokkerPlanck(Problem(Grid([(-3, 3)], 5), "harmonic"), D)
    end = equation.evolve(bump(equation.problem.grid, 1.0), 30.0)
    np.testing.assert_allclose(end, equation.stationary, atol=1e-12)


def test_explicit_steps_conserve_and_have_a_limit():
    equation = FokkerPlanck(WELL, D)
    p = bump(WELL.grid)
    for _ in range(300):
        p = equation.step(p, equation.largest_step)
    assert abs(p.sum() - 1) < 1e-12
    assert p.min() >= 0
    point = np.zeros(WELL.grid.size)
    point[np.abs(equation.generator.diagonal()).argmax()] = 1
    assert equation.step(point, equation.largest_step).min() == pytest.approx(0, abs=1e-12)
    assert equation.step(point, 1.01 * equation.largest_step).min() < -0.009


def test_the_oscillator_relaxes_as_ornstein_and_uhlenbeck():
    """zeta = a x^2 / 2: mean exp(-a tau), variance D/a + (s^2 - D/a) exp(-2 a tau).

    Second order in dx: measured error 3e-4 of the variance on 2^7 points, a quarter of it on 2^8.
    """
    a, tau, errors = 1.5, 0.7, []
    for qubits in (7, 8):
        grid = Grid([(-6, 6)], qubits)
        after = FokkerPlanck(Problem(grid, f"{a}/2*x**2"), D).evolve(bump(grid, 1.0, 0.5), tau)
        x = grid.axes[0].points
        mean = float(after @ x)
        variance = float(after @ (x - mean) ** 2)
        assert mean == pytest.approx(math.exp(-a * tau), abs=2e-3)
        exact = D / a + (0.25 - D / a) * math.exp(-2 * a * tau)
        errors.append(abs(variance - exact))
    assert errors[1] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.2)


def test_the_printed_form_does_not_conserve_probability():
    """Its sum changes by -<zeta'>, which the true equation does not do: the number is shown."""
    p = bump(WELL.grid)
    slope = np.gradient(WELL.values, WELL.grid.axes[0].spacing)
    short = 1e-4
    rate = (printed_form(WELL, D, p, short).sum() - 1) / short
    assert rate == pytest.approx(-float(p @ slope), rel=1e-2)
    lost = printed_form(WELL, D, p, 0.3).sum() - 1
    assert abs(lost) > 0.1
    assert abs(FokkerPlanck(WELL, D).evolve(p, 0.3).sum() - 1) < 1e-12


def test_walkers_of_gradient_descent_with_noise_obey_it():
    """20,000 Langevin walkers against the cumulative density of the grid."""
    grid, tau = WELL.grid, 0.6
    equation = FokkerPlanck(WELL, D)
    after = equation.evolve(bump(grid, 0.5, 0.2), tau)
    rng = np.random.default_rng(1)
    start = 0.5 + 0.2 * rng.standard_normal((20_000, 1))

    def gradient(x):
        h = 1e-5
        return (WELL.objective(x + h) - WELL.objective(x - h)) / (2 * h)

    ends = langevin(gradient, start, D, tau, num_steps=600, seed=2)
    edges = grid.axes[0].points + grid.axes[0].spacing / 2

    def cumulative(x):
        return np.interp(x, edges, np.cumsum(after))

    assert kstest(ends[:, 0], cumulative).pvalue > 0.01
    wrong = np.cumsum(equation.stationary)
    assert kstest(ends[:, 0], lambda x: np.interp(x, edges, wrong)).pvalue < 1e-6


def test_without_noise_it_is_gradient_descent():
    end = langevin(lambda x: 2 * x, [[3.0, -1.0]], 0.0, 1.0, num_steps=4)
    np.testing.assert_allclose(end, [[3.0 * 0.5**4, -1.0 * 0.5**4]])


def test_wrong_arguments():
    with pytest.raises(ValueError, match="one axis"):
        printed_form(Problem(Grid([(-1, 1)] * 2, 2), "x*y"), D, np.ones((4, 4)), 1.0)
    with pytest.raises(ValueError, match="shape"):
        FokkerPlanck(WELL, D).evolve(np.ones(3), 1.0)
    with pytest.raises(ValueError, match="diffusion"):
        FokkerPlanck(WELL, 0.0)
    with pytest.raises(ValueError, match="num_walkers"):
        langevin(lambda x: x, np.zeros(3), D, 1.0, num_steps=1)
