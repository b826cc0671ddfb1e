"""L-BFGS of many rows at once."""

import numpy as np

from qdml_quantum.annealing.descent import descend


def test_descent_of_rows_that_know_nothing_of_each_other():
    """Rosenbrock from three points, a bowl at its minimum, and a slope without end."""
    steepness = np.array([100.0, 100.0, 100.0, 1.0, 0.0])

    def function(x):
        valley = x[:, 1] - x[:, 0] ** 2
        value = (1 - x[:, 0]) ** 2 + steepness * valley**2
        first = -2 * (1 - x[:, 0]) - 4 * steepness * valley * x[:, 0]
        gradient = np.stack([first, 2 * steepness * valley], axis=1)
        endless = steepness == 0
        value[endless], gradient[endless] = x[endless, 0], [1.0, 0.0]
        return value, gradient

    starts = np.array([[-1.2, 1.0], [2.0, 2.0], [0.0, -1.0], [1.0, 1.0], [0.0, 3.0]])
    values, points = descend(function, starts, 100)
    assert np.allclose(points[:4], 1, atol=1e-5)
    assert np.all(values[:4] < 1e-10)
    assert values[4] < -20
    assert points[4, 1] == 3.0
    assert np.array_equal(values, function(points)[0])
