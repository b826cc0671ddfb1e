"""The explicit iteration: right below its limit, and the limit found by test."""

import numpy as np
import pytest

from qdml_quantum import Grid, Problem
from qdml_quantum.reference.theory.diffusion import diffusion_reaction
from qdml_quantum.reference.theory.iteration import explicit_steps, stable_step


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


def test_wrong_shape():
    with pytest.raises(ValueError, match="shape"):
        explicit_steps(Problem(Grid([(0, 8)], 3), "x"), 0.5, np.ones(3), 0.1, 1)
