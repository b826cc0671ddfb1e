"""Compression: the same minimizers, lower walls, values reported as they were."""

import numpy as np
import pytest

from qdml_quantum import Grid, Problem, Schedule, anneal
from qdml_quantum.objectives import as_objective
from qdml_quantum.objectives.compress import compressed, natural_scale
from qdml_quantum.runs.result import Result
from qdml_quantum.runs.spec import Spec

VALLEY = as_objective("rosenbrock", 2)
X, Y = np.meshgrid(np.linspace(-2, 2, 41), np.linspace(-1, 3, 41), indexing="ij")


def test_order_and_minimizers_stay():
    low = compressed(VALLEY, 0.5)
    before, after = VALLEY(X, Y).ravel(), low(X, Y).ravel()
    assert np.all(np.diff(after[np.argsort(before)]) > -1e-12)
    assert low.minimizers == VALLEY.minimizers
    assert low(1.0, 1.0) == 0 == low.minimum


def test_small_values_stay_and_large_ones_are_logarithms():
    low = compressed(as_objective(lambda x: x), 1.0, floor=0.0)
    np.testing.assert_allclose(low([1e-4, 1e-3]), [1e-4, 1e-3], rtol=1e-6)
    np.testing.assert_allclose(low([1e6]), np.log(2e6), rtol=1e-12)


@pytest.mark.parametrize("value", [-3.0, 0.0, 0.2, 2500.0])
def test_original_value(value):
    low = compressed(as_objective(lambda x: x), 2.0, floor=-1.0)
    assert low.original_value(low(value).item()) == pytest.approx(value, abs=1e-12)


def test_natural_scale_is_the_rise_over_a_success_region():
    """x^2 on [-1, 1]: the lowest fifth is |x| < 0.2."""
    scale, floor = natural_scale(as_objective(lambda x: x**2), [(-1.0, 1.0)], 0.1)
    assert scale == pytest.approx(0.04, rel=1e-2)
    assert floor == pytest.approx(0, abs=1e-6)


def test_natural_scale_of_a_flat_objective_is_one():
    assert natural_scale(as_objective(lambda x: 0 * x), [(0.0, 1.0)], 0.1) == (1.0, 0.0)


@pytest.mark.parametrize("scale", [0, -1.0, np.nan, np.inf])
def test_scale_must_be_positive(scale):
    with pytest.raises(ValueError, match="`scale`"):
        compressed(VALLEY, scale)


def test_floor_is_needed_where_the_minimum_is_unknown():
    with pytest.raises(ValueError, match="`floor` must be given where the minimum is unknown"):
        compressed(as_objective(lambda x: x**2), 1.0)


def test_not_twice():
    with pytest.raises(ValueError, match="compressed already"):
        compressed(compressed(VALLEY, 1.0), 1.0)


def test_result_speaks_of_the_original_zeta(tmp_path):
    objective = compressed(as_objective("double_well"), 0.3, floor=-1.0)
    problem = Problem(Grid([(-2.5, 2.5)], 5), objective)
    schedule = Schedule.geometric((20.0, 0.1), num_stages=4, num_steps=8, time_step=0.05)
    result = anneal(problem, schedule, folder=tmp_path)
    plain = as_objective("double_well")
    assert result.minimum == pytest.approx(plain(result.minimizer[0]).item())
    assert result.goal.minimum == pytest.approx(plain.minimum)
    assert "asinh" in str(result)
    again = Result.load(result.folder)
    assert (again.minimum, again.goal.minimum) == (result.minimum, result.goal.minimum)
    assert str(again).splitlines()[:6] == str(result).splitlines()[:6]


def test_spec_compresses():
    spec = Spec("goldstein_price", compress=50.0, qubits=4, stages=4)
    problem = spec.resolve(Spec("goldstein_price").make_backend()).problem
    np.testing.assert_allclose(
        problem.values,
        compressed(as_objective("goldstein_price"), 50.0)(*problem.grid.coordinates()),
    )


@pytest.mark.parametrize("compress", [0, -2.0])
def test_spec_refuses_a_bad_scale(compress):
    with pytest.raises(ValueError, match="`compress`"):
        Spec("rosenbrock", compress=compress, qubits=3).resolve(Spec("rosenbrock").make_backend())


def test_a_table_is_compressed_at_its_own_points(tmp_path):
    x = np.linspace(-2, 2, 16, endpoint=False)
    np.save(tmp_path / "wall.npy", 50 * (x**2 - 1) ** 2 + x)
    spec = Spec(str(tmp_path / "wall.npy"), bounds=[[-2, 2]], compress=True, stages=4)
    problem = spec.resolve(spec.make_backend()).problem
    assert problem.grid.qubits_per_axis == (4,)
    plain = 50 * (x**2 - 1) ** 2 + x
    found = [problem.objective.original_value(value) for value in problem.values]
    np.testing.assert_allclose(found, plain, atol=1e-9)
    assert np.ptp(problem.values) < 0.5 * np.ptp(plain)
