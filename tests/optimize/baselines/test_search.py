"""What all baselines promise: counting, budgets, callbacks, bounds, failures."""

import math

import numpy as np
import pytest
from scipy.optimize import Bounds

from qdml_quantum import Objective, as_objective
from qdml_quantum.optimize.baselines import gradient_descent, mqhoa, simulated_annealing
from qdml_quantum.support.messages import ObjectiveFailedError

BOX = [(-5.0, 4.0), (-3.0, 6.0)]


def selection(*given, **options):
    return mqhoa(*given, form="selection", **options)


def restarts(*given, **options):
    return gradient_descent(*given, starts=None, **options)


def noisy(*given, **options):
    return gradient_descent(*given, step=0.01, diffusion=0.5, **options)


METHODS = [mqhoa, selection, simulated_annealing, gradient_descent, restarts, noisy]
all_methods = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)


class Bowl:
    """Counts, and remembers what it was asked."""

    def __init__(self):
        self.points = []

    def __call__(self, x):
        self.points.append(x)
        return float(np.sum((x - [1, 2]) ** 2))


@all_methods
@pytest.mark.parametrize("maxfev", [1, 7, 100, 501])
def test_evaluations_are_counted_and_never_too_many(method, maxfev):
    bowl = Bowl()
    found = method(bowl, BOX, seed=1, maxfev=maxfev)
    assert found.nfev == len(bowl.points) <= maxfev
    assert found.fun == min(float(np.sum((x - [1, 2]) ** 2)) for x in bowl.points)
    assert found.fun == Bowl()(found.x)
    low, high = np.array(BOX).T
    assert all(((low <= x) & (x <= high)).all() for x in bowl.points)


@all_methods
def test_seeds(method):
    first, again = (method(Bowl(), BOX, seed=5, maxfev=300) for _ in range(2))
    np.testing.assert_array_equal(first.x, again.x)
    assert first.seed == 5
    assert not np.array_equal(method(Bowl(), BOX, seed=6, maxfev=60).x, first.x)
    assert isinstance(method(Bowl(), BOX, maxfev=60).seed, int)


@all_methods
def test_all_ways_to_give_an_objective(method):
    options = {"seed": 2, "maxfev": 400}
    wanted = method(lambda x: x[0] ** 2 + x[1] ** 2, BOX, **options).x
    for fun, given, more in (
        ("x**2 + y**2", BOX, {}),
        (as_objective("sphere", 2), Bounds(*np.array(BOX).T), {}),
        (lambda x, a: a * x[0] ** 2 + x[1] ** 2, BOX, {"args": (1,)}),
        (as_objective(lambda x: x[0] ** 2 + x[1] ** 2, 2, style="columns"), BOX, {}),
    ):
        np.testing.assert_allclose(method(fun, given, **more, **options).x, wanted, atol=1e-12)
    assert method("ackley", [(-5, 5)], **options).x.shape == (1,)


@all_methods
def test_callbacks_see_the_best_so_far_and_can_stop(method):
    values = []

    def watch(intermediate_result):
        values.append(intermediate_result.fun)
        if len(values) == 3:
            raise StopIteration

    found = method(Bowl(), BOX, seed=1, maxfev=2000, callback=watch)
    assert (found.status, found.success, found.nit) == (99, False, 3)
    assert values == sorted(values, reverse=True)
    places = []
    method(Bowl(), BOX, seed=1, maxfev=1000, callback=lambda x: places.append(x))
    assert places[0].shape == (2,)


@all_methods
def test_failures(method):
    found = method(lambda x: 1.0, BOX, seed=1, maxfev=300)
    assert (found.status, found.success) == (2, False)
    with pytest.raises(ObjectiveFailedError, match="KeyError"):
        method(lambda x: {}["a"], BOX, seed=1)
    asked = []

    def breaks(x):
        asked.append(x)
        return float(np.sum(x**2)) if len(asked) < 60 else {}["a"]

    found = method(breaks, BOX, seed=1)
    assert (found.status, found.success) == (6, False)
    assert math.isfinite(found.fun)
    assert "KeyError" in found.message


@all_methods
def test_walls_are_no_minima(method):
    """NaN on one side of a slope: the best point is at the wall, on the finite side."""
    found = method(lambda x: math.nan if x[0] < 0 else x[0] + x[1] ** 2, BOX, seed=3, maxfev=3000)
    assert found.x[0] >= 0
    assert math.isfinite(found.fun)


@pytest.mark.parametrize("method", [mqhoa, gradient_descent], ids=lambda method: method.__name__)
def test_finite_nowhere(method):
    with pytest.raises(ValueError, match="finite somewhere"):
        method(lambda x: math.nan, BOX, seed=1, maxfev=200)


@all_methods
def test_wrong_arguments(method):
    with pytest.raises(ValueError, match="`bounds` must be one"):
        method(Bowl())
    with pytest.raises(TypeError, match="`fun` must be a function"):
        method(3, BOX)
    with pytest.raises(ValueError, match="`maxfev` must be at least 1"):
        method(Bowl(), BOX, maxfev=0)
    with pytest.raises(ValueError, match="between its points"):
        method(Objective.from_table([0.0, 1.0], [(0, 1)]), [(0, 1)])


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ([0.0], "`start` must be a point of 2 coordinates"),
        ([0.0, 6.0], "`start` must lie within the bounds"),
        ([0.0, float("nan")], "`start` must be finite, but is nan at index 1"),
        (np.ma.masked_equal([0.0, 1.0], 1.0), "`start` must have no missing cells"),
    ],
)
@pytest.mark.parametrize("method", [simulated_annealing, gradient_descent])
def test_a_first_point_that_is_none(method, start, words):
    with pytest.raises(ValueError, match=words):
        method("rastrigin", [(-5, 5)] * 2, start=start, maxfev=50)
