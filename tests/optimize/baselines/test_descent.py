"""Gradient descent: downhill, with restarts, and with the noise of Langevin."""

import numpy as np
import pytest

from qdml_quantum import as_objective
from qdml_quantum.optimize.baselines import gradient_descent
from qdml_quantum.reference.theory.fokker_planck import langevin


def bowl(x):
    return float((x - 1) @ np.diag([1.0, 10.0]) @ (x - 1))


def slope(x):
    return 2 * np.array([1.0, 10.0]) * (x - 1)


def test_the_bottom_of_a_bowl():
    """Measured: 3e-8 off, numerical and given gradient alike."""
    for given in (None, slope):
        found = gradient_descent(bowl, [(-5, 5)] * 2, gradient=given, start=[-4.0, 3.0], seed=1)
        np.testing.assert_allclose(found.x, 1, atol=1e-6)
        assert (found.status, found.success, found.descents) == (0, True, 1)
    assert found.nfev < 2 * found.njev + 10


def test_values_never_rise_and_the_edge_holds():
    values = []
    found = gradient_descent(
        lambda x: float(np.sum(x**3 + x)),
        [(-1, 2)] * 2,
        start=[1.5, 0.5],
        callback=lambda intermediate_result: values.append(intermediate_result.fun),
    )
    assert values == sorted(values, reverse=True)
    np.testing.assert_array_equal(found.x, [-1, -1])
    assert found.success


def test_one_valley_only_and_more_with_restarts():
    """Himmelblau tilted: from the wrong basin the nearest minimum, with restarts the lowest."""

    def tilted(x):
        return float((x**2 - 1) @ (x**2 - 1) + 0.3 * x.sum())

    box = [(-2, 2)] * 2
    near = gradient_descent(tilted, box, start=[1.0, 1.0])
    assert (near.x > 0.8).all()
    again = gradient_descent(tilted, box, start=[1.0, 1.0], starts=None, maxfev=5000, seed=1)
    assert (again.x < -0.8).all()
    assert again.descents > 5
    assert again.success
    assert again.fun < near.fun
    assert gradient_descent(tilted, box, starts=3, seed=1).descents == 3


def test_rosenbrock_is_slow():
    """The budget ends first, in the valley: measured 3e-3 above the minimum after 20,000."""
    objective = as_objective("rosenbrock", 2)
    found = gradient_descent(objective, start=[-1.2, 1.0], maxfev=1000)
    assert (found.status, found.success) == (1, False)
    assert 1e-8 < found.fun < 4


def test_with_noise_it_is_langevin():
    """The same steps, number by number, as `theory.fokker_planck.langevin`."""
    places = []

    def watched(x):
        places.append(x.copy())
        return bowl(x)

    options = {"gradient": slope, "start": [0.5, 2.0], "step": 0.01, "diffusion": 0.3}
    found = gradient_descent(watched, [(-50, 50)] * 2, maxfev=101, seed=7, **options)
    ends = langevin(
        lambda x: np.array([slope(row) for row in x]), [[0.5, 2.0]], 0.3, 1.0, num_steps=100, seed=7
    )
    np.testing.assert_allclose(places[-1], ends[0], rtol=1e-12)
    assert (found.status, found.njev) == (1, 101)


def test_noise_ends_in_boltzmann():
    """Variance D / (2 a) of exp(-a x^2 / D); measured within 4 %."""
    places = []

    def watched(x):
        places.append(float(x[0]))
        return float(x[0] ** 2)

    gradient_descent(
        watched,
        [(-50, 50)],
        gradient=lambda x: 2 * x,
        start=[0.0],
        step=0.02,
        diffusion=0.5,
        maxfev=20_000,
        seed=1,
    )
    assert np.var(places[1000:]) == pytest.approx(0.25, rel=0.15)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="`step` must be given where there is noise"):
        gradient_descent(bowl, [(-5, 5)] * 2, diffusion=0.5)
    with pytest.raises(ValueError, match="`start` must be a point of 2"):
        gradient_descent(bowl, [(-5, 5)] * 2, start=[1.0])
    with pytest.raises(ValueError, match="`starts` must be at least 1"):
        gradient_descent(bowl, [(-5, 5)] * 2, starts=0)
