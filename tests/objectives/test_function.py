"""One reader of functions: whatever people write, the values are those of single points."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import rosen

from qdml_quantum import (
    Grid,
    ObjectiveFailedError,
    Problem,
    TooLargeError,
    anneal,
    minimize,
    suggest_anneal,
)
from qdml_quantum.objectives import as_objective
from qdml_quantum.objectives import function as reader
from qdml_quantum.objectives.function import STYLES, Function, takes

CENTRE = np.array([0.5, -0.25, 1.0, 0.125, 2.0, -1.0, 0.75])


def squares(x):
    """The truth: sum of k (x_k - c_k)^2 at one point, with terms that are not symmetric."""
    return sum((k + 1) * (v - CENTRE[k]) ** 2 for k, v in enumerate(x)) + x[0] * x[-1]


def branching(x):
    return squares(x) if x[0] > 0 else 1.0 - x[-1]


def spread(d, body):
    """A function of d named coordinates."""
    names = [f"x{k}" for k in range(d)]
    table = {
        1: lambda a: body([a]),
        2: lambda a, b: body([a, b]),
        3: lambda a, b, c: body([a, b, c]),
        7: lambda a, b, c, d, e, f, g: body([a, b, c, d, e, f, g]),
    }
    assert len(names) == d
    return table[d]


def by_numbers(d):
    return spread(d, lambda x: squares([float(v) for v in x]))


FORMS = {
    "arrays": lambda d: spread(d, squares),
    "numbers": by_numbers,
    "if": lambda d: spread(d, lambda x: math.fsum([branching(x)])),
    "where": lambda d: spread(d, lambda x: np.where(x[0] > 0, squares(x), 1.0 - x[-1])),
    "indexing": lambda d: squares,
    "vector": lambda d: lambda x: float(np.arange(1, d + 1) @ (x - CENTRE[:d]) ** 2) + x[0] * x[-1],
    "vector sum": lambda d: (
        lambda x: np.sum(np.arange(1, d + 1) * (x - CENTRE[:d]) ** 2) + x[0] * x[-1]
    ),
    "rows": lambda d: (
        lambda x: ((x - CENTRE[:d]) ** 2 * np.arange(1, d + 1)).sum(axis=1) + x[:, 0] * x[:, -1]
    ),
    "rows or vector": lambda d: (
        lambda x: (
            ((x - CENTRE[:d]) ** 2 * np.arange(1, d + 1)).sum(axis=-1) + x[..., 0] * x[..., -1]
        )
    ),
    "columns": lambda d: lambda x: squares(x[:, :]),
    "boxed": lambda d: lambda x: [squares(x)],
    "boxed array": lambda d: lambda x: np.array([squares(x)]),
    "any": lambda d: lambda x: 1e3 if np.any(x > 1.9) else squares(x),
    "own scale": lambda d: lambda x: squares(x) / np.max(np.abs(x) + 1),
    "changes x": lambda d: lambda x: squares(x.__imul__(2.0)),
}
TRUTH = {
    "if": branching,
    "where": branching,
    "any": lambda x: 1e3 if np.any(np.array(x) > 1.9) else squares(x),
    "own scale": lambda x: squares(x) / np.max(np.abs(x) + 1),
    "changes x": lambda x: squares([2 * v for v in x]),
}


@pytest.mark.parametrize("d", [1, 2, 3, 7])
@pytest.mark.parametrize("form", FORMS)
def test_values_are_those_of_single_points_whatever_the_form(form, d):
    truth = TRUTH.get(form, squares)
    rng = np.random.default_rng(d)
    points = rng.uniform(-2, 2, (96, d))
    function = Function(FORMS[form](d), d)
    wanted = [truth(point) for point in points]
    np.testing.assert_allclose(function(*points[:5].T), wanted[:5], rtol=1e-12)
    np.testing.assert_allclose(function(*points.T), wanted, rtol=1e-12)
    again = rng.permutation(np.r_[0:96, 0:96])
    np.testing.assert_allclose(function(*points[again].T), np.array(wanted)[again], rtol=1e-12)
    assert function.style in STYLES


@pytest.mark.parametrize(
    ("form", "d", "style"),
    [
        ("arrays", 3, "arrays"),
        ("arrays", 1, "arrays"),
        ("numbers", 3, "scalars"),
        ("if", 2, "scalars"),
        ("indexing", 1, "columns"),
        ("indexing", 3, "columns"),
        ("vector", 3, "vector"),
        ("rows", 7, "rows"),
        ("rows or vector", 2, "rows"),
        ("any", 2, "vector"),
    ],
)
def test_what_it_is_taken_for_is_said(form, d, style):
    objective = as_objective(FORMS[form](d), d)
    assert objective.read_as == "unread" and "style" not in repr(objective)
    objective(*np.random.default_rng(0).uniform(-2, 2, (d, 64)))
    assert objective.read_as == style
    assert (f"style={style!r}" in repr(objective)) == (style != "arrays")
    assert as_objective(objective, name="other").read_as == style


@settings(max_examples=40)
@given(
    st.sampled_from(["any", "own scale", "indexing", "vector sum", "if"]),
    st.integers(32, 300),
    st.integers(0, 2**20),
)
def test_no_batch_is_ever_wrong_where_the_answer_depends_on_the_batch(form, size, seed):
    points = np.random.default_rng(seed).uniform(-2, 2, (size, 2))
    values = Function(FORMS[form](2), 2)(*points.T)
    wanted = [TRUTH.get(form, squares)(point) for point in points]
    np.testing.assert_allclose(values, wanted, rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2])
def test_rosen_and_everything_else_on_grids_and_in_searches(d):
    grid = Grid([(-2, 2)] * d, 5)
    rows = grid.points()
    for fun in (squares, spread(d, squares), by_numbers(d), FORMS["vector"](d)):
        values = Problem(grid, fun).values
        np.testing.assert_allclose(values.ravel(), [squares(row) for row in rows], rtol=1e-12)
        found = minimize(fun, [(-2, 2)] * d, seed=1, maxfev=1000)
        assert found.fun == pytest.approx(squares(found.x), rel=1e-12)
    np.testing.assert_allclose(Problem(grid, rosen).values.ravel(), rosen(rows.T), rtol=1e-12)


def test_a_function_that_indexes_is_no_constant():
    grid = Grid([(-2, 2)], 6)
    x = grid.axes[0].points
    np.testing.assert_allclose(Problem(grid, lambda x: (x[0] - 1) ** 2).values, (x - 1) ** 2)


def test_a_way_of_the_right_shape_and_wrong_values_is_passed_over():
    """As arrays of numbers it would be x_0 x; as columns it is x^2, in one call."""
    square = Function(lambda x: (x[0] * x).ravel(), 1)
    x = np.linspace(1, 2, 64)
    np.testing.assert_allclose(square(x), x**2)
    assert square.style == "columns"
    assert square.calls < 2 * x.size


def test_what_only_one_point_of_the_batch_gives_away_is_seen():
    """The trials look at six points: which of 64 is the odd one is found out by all."""
    for odd in np.arange(64.0):
        branching = Function(lambda x, odd=odd: x * 0 - 1 if np.any(x == odd) else x + 1, 1)
        wanted = np.where(np.arange(64) == odd, -1, np.arange(64) + 1.0)
        np.testing.assert_array_equal(branching(np.arange(64.0)), wanted)


def test_a_forgotten_return_is_named():
    with pytest.raises(TypeError, match=r"is None\. Add a `return` to the function"):
        Function(lambda x: None, 1)(np.linspace(1, 2, 64))


def test_open_grids_reach_functions_of_arrays_as_they_are():
    shapes = []

    def f(x, y):
        shapes.append(np.shape(x))
        return x + 10 * y

    values = Problem(Grid([(0, 8), (0, 16)], [3, 4]), f).values
    assert values.shape == (8, 16) and values[3, 5] == 53.0
    assert (8, 1) in shapes and (8, 16) not in shapes

    def dense(x, y):
        return np.stack([x, 10 * y]).sum(axis=0)

    np.testing.assert_array_equal(Problem(Grid([(0, 8), (0, 16)], [3, 4]), dense).values, values)
    wrong = Problem(Grid([(0, 8), (0, 16)], [3, 4]), lambda x, y: x / x[0] if np.ndim(x) else 1.0)
    np.testing.assert_array_equal(wrong.values, 1.0)


def test_further_arguments_are_those_of_scipy():
    points = np.random.default_rng(1).uniform(-1, 1, (2, 40))
    wanted = 3 * points[0] + points[1]
    for args in (3.0, (3.0,)):
        for fun in (lambda x, a: a * x[0] + x[1], lambda x, y, a: a * x + y):
            np.testing.assert_allclose(as_objective(fun, 2, args=args)(*points), wanted)
    assert as_objective(lambda x, y, a: a * x + y, args=3.0).dimensions == 2
    weights = np.array([3.0, 1.0])
    np.testing.assert_allclose(
        as_objective(lambda x, w: w @ x, 2, args=weights)(*points), wanted, rtol=1e-12
    )
    with pytest.raises(ValueError, match="`args` must be left out"):
        as_objective("x", args=3.0)


def test_two_readings_that_disagree_are_asked_about():
    def f(x, a=2.0):
        return a * np.sum(np.square(x))

    points = np.random.default_rng(1).uniform(1, 2, (2, 40))
    with pytest.raises(ValueError, match=r"in two ways that disagree.*Say which one") as caught:
        as_objective(f, 2)(*points)
    assert "'scalars'" in str(caught.value) and "'vector'" in str(caught.value)
    as_vector = as_objective(f, 2, style="vector")(*points)
    np.testing.assert_allclose(as_vector, 2 * (points**2).sum(axis=0))
    as_numbers = as_objective(f, 2, style="scalars")(*points)
    np.testing.assert_allclose(as_numbers, points[1] * points[0] ** 2)


def test_noise_is_no_disagreement():
    rng = np.random.default_rng(1)
    noisy = Function(lambda x: float(np.sum(x)) + rng.normal(), 1)
    assert np.isfinite(noisy(np.linspace(0, 1, 64))).all() and noisy.style == "scalars"


def test_a_way_that_fails_later_is_left():
    found = minimize(lambda x: math.sin(x) if x > 0 else 0.0, [(-3, 6)], seed=1, maxfev=500)
    assert found.fun == pytest.approx(min(0.0, math.sin(found.x[0])))
    function = Function(lambda x: 1.0 if x < 1 else x[0], 1)
    assert [function.each(np.array([[v]])).item() for v in (0.0, 5.0)] == [1.0, 5.0]


@pytest.mark.parametrize("style", STYLES)
def test_a_style_that_is_asked_for_is_kept(style):
    fun = {
        "arrays": lambda x, y: x + 2 * y,
        "scalars": lambda x, y: float(x + 2 * y),
        "vector": lambda x: float(x[0] + 2 * x[1]),
        "columns": lambda x: x[0] + 2 * x[1],
        "rows": lambda x: x[:, 0] + 2 * x[:, 1],
    }[style]
    objective = as_objective(fun, 2, style=style)
    assert objective.read_as == style
    np.testing.assert_allclose(objective(np.arange(3.0), 1.0), [2.0, 3.0, 4.0])
    assert objective(1.0, 1.0) == 3.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"style": "vectors"}, "Unknown style 'vectors'. Did you mean `vector`?"),
        ({"function": lambda x, y: x, "dimensions": 3}, "Write f(x1, x2, x3) or f(x)"),
    ],
)
def test_what_cannot_be_read_is_said_at_once(arguments, words):
    with pytest.raises(ValueError) as caught:
        Function(**{"function": squares, "dimensions": 2, "name": "f", **arguments})
    assert words in str(caught.value)


def test_the_failures_of_all_ways_are_told():
    with pytest.raises(ObjectiveFailedError, match=r"As 'scalars'.*as_objective"):
        as_objective(lambda x: x[0] + x[1])(np.linspace(0, 1, 40))
    with pytest.raises(ValueError, match="must be one number for a point, but is of shape"):
        Function(lambda x: x, 2)(np.zeros(3), np.ones(3))


def test_many_calls_of_one_point_are_warned_of_and_limited(monkeypatch):
    monkeypatch.setattr(reader, "WARN_CALLS", 40)
    monkeypatch.setattr(reader, "MOST_CALLS", 100)
    slow = Function(lambda x: math.sin(x), 1)
    with pytest.warns(UserWarning, match="is called 50 times. Write it with NumPy"):
        slow(np.linspace(0, 1, 50))
    with pytest.raises(TooLargeError, match="more than 100"):
        slow(np.linspace(0, 1, 101))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Function(np.sin, 1)(np.linspace(0, 1, 1000))


def test_walls_may_be_nan_or_infinite():
    for fun in (np.log, lambda x: math.log(x) if x > 0 else np.nan, lambda x: np.log(x[0])):
        values = Function(fun, 1)(np.linspace(-1, 1, 50))
        assert np.isnan(values[:25]).all() and np.isfinite(values[25:]).all()


def test_takes_counts_positional_arguments():
    assert takes(np.hypot, 5) or not takes(np.hypot, 5)  # says nothing, and raises nothing
    assert takes(lambda *x: x, 4) and not takes(lambda x, *, y: x, 1)


@pytest.mark.parametrize(
    ("function", "style"),
    [
        (lambda x: x[0] ** 2, "columns"),
        (lambda x: x[:, 0] ** 2, "rows"),
        (lambda x: x @ x, "vector"),
        (lambda x, a=1.0: a * x[0] ** 2, "columns"),
        (lambda *x: x[0] ** 2, "arrays"),
        (np.square, "arrays"),
    ],
)
@pytest.mark.parametrize("bounds", [(-1, 1), [(-1, 1)]])
def test_one_pair_of_bounds_is_one_dimension_where_nothing_else_says_how_many(
    function, style, bounds
):
    """`dimensions` was asked for, which `anneal` does not take, or rows were not tried."""
    for problem in (
        anneal(function, bounds=bounds, validate=False).problem,
        suggest_anneal(function, bounds).problem,
    ):
        np.testing.assert_allclose(problem.values, problem.grid.coordinates()[0] ** 2)
        assert problem.objective.read_as == style


def test_one_pair_of_bounds_is_for_all_axes_where_something_says_how_many():
    for objective in ("x**2 + y**2", lambda x, y: x**2 + y**2, as_objective("sphere", 2)):
        assert suggest_anneal(objective, (-1, 1)).problem.grid.bounds == ((-1, 1), (-1, 1))
    with pytest.raises(ObjectiveFailedError, match=r"more dimensions than one.*as_objective"):
        anneal(lambda x: x[0] ** 2 + x[1] ** 2, bounds=(-1, 1))
