"""Imaginary time as diffusion: kernel, walkers and grid against each other."""

import math

import numpy as np
import pytest
from scipy.stats import kstest, norm

from qdml_quantum import Grid, Problem, eigenstates, relax
from qdml_quantum.reference.theory.diffusion import (
    diffuse,
    diffusion_reaction,
    heat_kernel,
    random_walkers,
)

D, TAU = 0.5, 1.5


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_kernel_is_normalised_in_its_own_dimension(dimensions):
    """The printed exponent -3/2 is that of three dimensions only."""
    x = np.linspace(-9, 9, 73)
    squares = sum(np.meshgrid(*[x**2] * dimensions, indexing="ij"))
    total = heat_kernel(np.sqrt(squares), D, TAU, dimensions=dimensions).sum() * 0.25**dimensions
    assert total == pytest.approx(1, abs=1e-9)
    printed = total * (4 * math.pi * D * TAU) ** (-(3 - dimensions) / 2)
    assert (abs(printed - 1) < 1e-9) == (dimensions == 3)


def test_diffusion_on_the_grid_is_the_kernel():
    """A narrow kernel grows into a wide one: measured difference 1e-14."""
    grid = Grid([(-16, 16)], 8)
    x = grid.axes[0].points
    after = diffuse(heat_kernel(x, D, TAU), grid, D, 2.0)
    np.testing.assert_allclose(after, heat_kernel(x, D, TAU + 2.0), atol=1e-12)


def test_walkers_follow_the_kernel():
    """Kolmogorov-Smirnov on 20,000 walkers per axis; the wrong D is told apart."""
    ends = random_walkers(np.zeros((20_000, 2)), D, TAU, num_steps=7, seed=3)
    for axis in range(2):
        assert kstest(ends[:, axis], norm(scale=math.sqrt(2 * D * TAU)).cdf).pvalue > 0.01
        assert kstest(ends[:, axis], norm(scale=math.sqrt(2.5 * D * TAU)).cdf).pvalue < 1e-4
    assert abs(np.corrcoef(ends.T)[0, 1]) < 0.03


def test_walkers_are_reproducible_and_leave_their_start_alone():
    start = np.zeros((5, 1))
    first = random_walkers(start, D, TAU, seed=1)
    np.testing.assert_array_equal(first, random_walkers(start, D, TAU, seed=1))
    assert not start.any()


def test_wick_rotation_damps_every_level_by_its_energy():
    """Against dense diagonalisation. Second order: measured 4e-6 at 400 steps."""
    problem = Problem(Grid([(-6, 6)], 6), "double_well")
    energies, states = eigenstates(problem, D, 64)
    start = np.exp(-((problem.grid.axes[0].points - 0.5) ** 2))
    exact = (np.exp(-energies * 0.4) * (states @ start)) @ states
    errors = [
        np.abs(diffusion_reaction(problem, D, 0.4, start, num_steps=n) - exact).max()
        for n in (200, 400)
    ]
    assert errors[1] < 2e-4 * np.abs(exact).max()
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.15)


def test_wick_rotation_ends_in_the_ground_state():
    problem = Problem(Grid([(-6, 6)], 6), "harmonic")
    end = diffusion_reaction(problem, D, 20.0, np.ones(64), num_steps=4000)
    ground = np.abs(relax(problem, D).state)
    overlap = float(ground @ end) / np.linalg.norm(end)
    assert overlap == pytest.approx(1, abs=1e-8)


def test_wrong_shapes_and_steps():
    problem = Problem(Grid([(-6, 6)], 6), "harmonic")
    with pytest.raises(ValueError, match="shape"):
        diffuse(np.ones(3), problem.grid, D, TAU)
    with pytest.raises(TypeError, match="real"):
        diffuse(np.ones(64) * 1j, problem.grid, D, TAU)
    with pytest.raises(ValueError, match="Take more steps"):
        diffusion_reaction(problem, D, 1e4, np.ones(64), num_steps=1)
    with pytest.raises(ValueError, match="num_walkers"):
        random_walkers(np.zeros(4), D, TAU)
