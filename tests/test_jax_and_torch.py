"""Functions of JAX and torch are objectives as they are: scalars, batches, with gradients."""

import numpy as np
import pytest

from qdml_quantum import (
    Grid,
    ObjectiveFailedError,
    Problem,
    Schedule,
    anneal,
    as_objective,
    minimize,
)

SQUARE = [(-2.0, 2.0)] * 2
GRID = Grid(SQUARE, 4)
SHORT = Schedule.geometric((4, 0.3), num_stages=2, num_steps=2, time_step=0.05)
X, Y = GRID.coordinates()
TRUTH = (X - 0.25) ** 2 + (Y - 0.5) ** 2
MATRIX = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)


def of_jax():
    jax = pytest.importorskip("jax")
    jnp, place = jax.numpy, np.array([0.25, 0.5])

    def bowl(x):
        return jnp.sum((x - place) ** 2)

    return {
        "a vector": bowl,
        "jitted": jax.jit(bowl),
        "two numbers": lambda x, y: (jnp.asarray(x) - 0.25) ** 2 + (y - 0.5) ** 2,
        "jitted, two": jax.jit(lambda x, y: (x - 0.25) ** 2 + (y - 0.5) ** 2),
        "many rows": jax.jit(jax.vmap(bowl)),
        "an array of one": lambda x: bowl(x)[None],
        "half precision": lambda x: bowl(x).astype(jnp.bfloat16),
    }


def of_torch():
    torch = pytest.importorskip("torch")
    place = torch.tensor([0.25, 0.5], dtype=torch.float64)

    def bowl(x):
        return ((torch.as_tensor(x) - place) ** 2).sum()

    def with_gradient(x):
        return ((torch.tensor(x, requires_grad=True) - place) ** 2).sum()

    return {
        "a vector": bowl,
        "with a gradient": with_gradient,
        "a list of one": lambda x: [with_gradient(x)],
        "two numbers": lambda x, y: (
            (torch.as_tensor(x) - 0.25) ** 2 + (torch.as_tensor(y) - 0.5) ** 2
        ),
        "many rows": lambda x: ((torch.tensor(x, requires_grad=True) - place) ** 2).sum(dim=1),
        "a module": torch.nn.Sequential(torch.nn.Identity(), _module(torch, bowl)),
        "half precision": lambda x: with_gradient(x).to(torch.bfloat16),
    }


def _module(torch, function):
    module = torch.nn.Module()
    module.forward = function
    return module


@pytest.mark.parametrize("library", [of_jax, of_torch])
def test_they_are_the_same_objective_everywhere(library):
    for name, function in library().items():
        exact = 0.02 if name == "half precision" else 1e-5
        problem = Problem(GRID, as_objective(function, 2))
        np.testing.assert_allclose(problem.values, TRUTH, rtol=exact, atol=exact, err_msg=name)
        assert anneal(problem, SHORT, validate=False).minimum in problem.values
        found = minimize(function, SQUARE, seed=1, maxfev=1000)
        np.testing.assert_allclose(found.x, [0.25, 0.5], atol=0.1, err_msg=name)


def rows_of_jax():
    jax = pytest.importorskip("jax")
    return jax.jit(lambda x: jax.numpy.sum(((x - 0.3) @ MATRIX.T) ** 2, axis=1))


def rows_of_torch():
    torch = pytest.importorskip("torch")
    matrix = torch.as_tensor(MATRIX)

    def rows(x):
        place = torch.tensor(x - 0.3, dtype=torch.float32, requires_grad=True)
        return ((place @ matrix.T) ** 2).sum(dim=1)

    return rows


@pytest.mark.parametrize("library", [rows_of_jax, rows_of_torch])
def test_single_precision_is_not_taken_for_noise(library):
    """A batch rounds another way than one point does."""
    rows = as_objective(library(), 3, style="rows")
    found = minimize(rows, [(-2, 2)] * 3, seed=1, maxfev=2000)
    assert found.success and found.fun == pytest.approx(0, abs=1e-6)  # at x = 0.3


@pytest.mark.parametrize("library", ["jax.numpy", "torch"])
def test_complex_ones_are_refused(library):
    module = pytest.importorskip(library)
    with pytest.raises(ObjectiveFailedError, match="complex"):
        minimize(lambda x: module.asarray(x).sum() * (1 + 1j), SQUARE, seed=1)
