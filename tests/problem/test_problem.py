"""Problems: an objective on a grid."""

import numpy as np
import pytest

from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem


@pytest.mark.parametrize(
    "objective",
    ["x**2 + 2*y", lambda x, y: x**2 + 2 * y, as_objective("x**2 + 2*y")],
    ids=["formula", "callable", "Objective"],
)
def test_values_are_the_objective_at_the_points(objective):
    grid = Grid([(-1, 1), (0, 3)], [2, 3])
    problem = Problem(grid, objective)
    x, y = grid.coordinates()
    assert np.allclose(problem.values, x**2 + 2 * y, atol=1e-15)
    assert problem.span == (problem.values.min(), problem.values.max())


def test_values_are_sampled_once_and_read_only():
    calls = []

    def bowl(x):
        calls.append(x.size)
        return x**2

    problem = Problem(Grid((-1, 1), 6), bowl)
    assert problem.values is problem.values
    assert calls.count(64) == 1 and sum(calls) < 2 * 64
    with pytest.raises(ValueError, match="read-only"):
        problem.values[0] = 1.0


def test_an_objective_may_depend_on_one_axis_only():
    problem = Problem(Grid([(-1, 1), (0, 3)], 2), lambda x, y: x**2)
    assert problem.values.shape == (4, 4)
    assert np.array_equal(problem.values[:, 0], problem.values[:, 3])


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_a_builtin_takes_the_dimension_of_the_grid(dimensions):
    problem = Problem(Grid([(-5, 5)] * dimensions, 2), "ackley")
    assert problem.objective.dimensions == dimensions
    assert problem.values.shape == (4,) * dimensions


def test_table_gives_grid_and_values():
    table = np.arange(32.0).reshape(8, 4)
    problem = Problem.from_table(table, [(0, 1), (-1, 1)], name="mine")
    assert problem.grid == Grid([(0, 1), (-1, 1)], [3, 2])
    assert np.array_equal(problem.values, table)
    assert problem.objective.name == "mine"
    assert not problem.objective.continuous


@pytest.mark.parametrize("shape", [(3,), (4, 6), (1,), ()])
def test_a_table_needs_powers_of_two(shape):
    with pytest.raises(ValueError, match=r"`values` must have a power of two"):
        Problem.from_table(np.zeros(shape), [(0, 1)] * max(1, len(shape)))


def test_hash_of_the_values_tells_problems_apart():
    grid = Grid((-1, 1), 4)
    same = [Problem(grid, "x**2").values_hash, Problem(grid, lambda x: x**2).values_hash]
    assert same[0] == same[1]
    other = [Problem(grid, "x**2 + 1e-12*x"), Problem(Grid((-1, 1.5), 4), "0*x + 1")]
    assert len({same[0], *(p.values_hash for p in other)}) == 3


def test_coarsened_keeps_box_and_values_of_the_kept_points():
    fine = Problem(Grid([(-2, 2), (-1, 1)], [6, 3]), "x**2 + y")
    coarse = fine.coarsened(6, per_axis=9)
    assert coarse.grid == Grid([(-2, 2), (-1, 1)], [3, 3])
    assert np.array_equal(coarse.values, fine.values[::8])
    assert fine.coarsened(9, per_axis=9) is fine


def test_json_form_holds_objective_and_grid():
    problem = Problem(Grid((-1, 1), 4), "x**2")
    assert problem.to_dict()["grid"] == {"bounds": [[-1.0, 1.0]], "num_qubits": [4]}
    assert problem.to_dict()["objective"] == {"formula": "x**2", "variables": ["x"]}


def test_a_grid_is_asked_for_by_name():
    with pytest.raises(TypeError, match="`grid` must be a Grid"):
        Problem([(-1, 1)], "x**2")


def test_another_dimension_than_that_of_the_grid_is_refused():
    with pytest.raises(ValueError, match="`objective`"):
        Problem(Grid([(-1, 1), (-1, 1)], 2), as_objective("x**2"))


def test_a_block_of_values_is_that_of_all_values():
    """Asked for alone, or cut out where all of them are known."""
    for known in (False, True):
        problem = Problem(Grid([(-5, 5), (-4, 4)], [3, 4]), "himmelblau")
        whole = Problem(problem.grid, "himmelblau").values
        if known:
            assert problem.values.shape == (8, 16)
        rows, columns = np.array([1, 6]), np.arange(3, 9)
        np.testing.assert_array_equal(problem.values_at(rows, columns), whole[1:7:5, 3:9])
        assert ("values" in vars(problem)) is known


def test_a_block_of_a_constant_has_its_shape():
    problem = Problem(Grid([(0, 1)] * 2, 2), lambda x, y: 3.0)
    assert problem.values_at(np.arange(2), np.arange(4)).shape == (2, 4)


def test_a_large_grid_is_asked_at_the_points_that_are_left():
    asked = []

    def counted(*x):
        values = sum(x)
        asked.append(values.size)
        return values

    problem = Problem(Grid([(0, 1)] * 10, 4), counted)
    thin = problem.thinned((2,) * 8 + (3, 3))
    assert thin.values.shape == (4,) * 8 + (2, 2)
    assert thin.value_at([1] * 10) == pytest.approx(8 / 4 + 2 / 2)
    assert max(asked) == 1 << 18 and "values" not in vars(problem)


def test_a_large_grid_is_shown_without_its_values():
    problem = Problem(Grid([(0, 1)] * 10, 4), "x1 + x10")
    assert "2^40 points, not asked for here" in problem._repr_html_()
