"""Imaginary time as diffusion: kernel, walkers and grid against each other."""

import math

import numpy as np
import pytest
from scipy.stats import kstest, norm

from qdml_quantum import Grid, Problem, eigenstates, relax
from qdml_quantum.reference.theory.diffusion import (
    diffuse,
    diffusion_reaction,
    explicit_steps,
    heat_kernel,
    random_walkers,
    stable_step,
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


@pytest.mark.parametrize(
    "grid", [Grid([(0, 8)], 5), Grid([(0, 8), (0, 2)], [4, 3])], ids=["1-D", "2-D"]
)
def test_the_limit_is_where_noise_begins_to_grow(grid):
    """Bisection of the step at which 400 steps amplify noise: within 1 % of the formula."""
    flat, diffusion = Problem(grid, "0*x" + (" + 0*y" if grid.dimensions == 2 else "")), 0.7
    noise = np.random.default_rng(0).standard_normal(grid.shape)
    low, high = 0.2 * stable_step(grid, diffusion), 5 * stable_step(grid, diffusion)
    while high / low > 1.001:
        middle = np.sqrt(low * high)
        with np.errstate(over="ignore", invalid="ignore"):
            end = explicit_steps(flat, diffusion, noise, middle, 400)
        stable = np.isfinite(end).all() and np.abs(end).max() < 10 * np.abs(noise).max()
        low, high = (middle, high) if stable else (low, middle)
    assert low == pytest.approx(stable_step(grid, diffusion), rel=0.01)
    spacings = sum(1 / axis.spacing**2 for axis in grid.axes)
    assert 2 * diffusion * stable_step(grid, diffusion) * spacings == pytest.approx(1)


def test_small_steps_follow_the_diffusion_with_a_sink():
    """First order in dtau and second in dx: both errors fall as they should."""
    tau, errors = 0.2, []
    for qubits, steps in ((6, 400), (7, 1600)):
        box = Problem(Grid([(-6, 6)], qubits), "harmonic")
        start = np.exp(-(box.grid.axes[0].points ** 2))
        exact = diffusion_reaction(box, 0.5, tau, start, num_steps=2000)
        found = explicit_steps(box, 0.5, start, tau / steps, steps)
        errors.append(np.abs(found - exact).max())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] < 1e-3


def test_wrong_shape_of_explicit_steps():
    with pytest.raises(ValueError, match="shape"):
        explicit_steps(Problem(Grid([(0, 8)], 3), "x"), 0.5, np.ones(3), 0.1, 1)
