"""Simulated annealing is SciPy's, counted."""

import numpy as np
import pytest
from scipy.optimize import dual_annealing

from qdml_quantum import as_objective
from qdml_quantum.optimize.baselines import simulated_annealing


def test_same_walk_as_scipy():
    box = [(-5.12, 5.12)] * 3
    objective = as_objective("rastrigin", 3)
    ours = simulated_annealing(objective, box, seed=4, maxfev=1201)
    theirs = dual_annealing(
        lambda x: float(objective.function(*x)),
        box,
        maxiter=200,
        no_local_search=True,
        rng=np.random.default_rng(4),
    )
    np.testing.assert_array_equal(ours.x, theirs.x)
    assert (ours.fun, ours.nfev) == (theirs.fun, theirs.nfev)
    assert ours.success


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["rastrigin", "ackley", "levy", "schwefel"])
def test_ten_variables(name):
    """Measured with 20,000 evaluations and 5 seeds: all of them, to 1e-3 of the value."""
    objective = as_objective(name, 10)
    found = simulated_annealing(objective, seed=0, maxfev=10_000)
    side = np.ptp(objective.bounds[0])
    assert np.abs(found.x - objective.minimizers[0]).max() < 0.01 * side


def test_it_starts_where_it_is_told():
    asked = []
    simulated_annealing(
        lambda x: asked.append(x) or float(x @ x), [(-1, 1)] * 2, start=[0.3, 0.4], maxfev=5
    )
    np.testing.assert_array_equal(asked[0], [0.3, 0.4])
