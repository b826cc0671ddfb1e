"""Answers of a function: finite, of one shape, never shared; or refused with a remedy."""

import pickle

import numpy as np
import pytest

from qdml_quantum.objectives import (
    Objective,
    as_objective,
)

X = np.linspace(-1.0, 1.0, 5)


def arrays(function, dimensions, **options):
    """An objective that is called on arrays, without being asked how it wants to be called."""
    return Objective(function, dimensions, style="arrays", **options)


def bowl(x, y):
    return x**2 + y**2


class TestAnswer:
    def test_open_grid(self):
        values = arrays(bowl, 2)(X[:, None], X[None, :3])
        assert values.shape == (5, 3) and values.dtype == np.float64 and values.flags.c_contiguous

    @pytest.mark.parametrize("function", [lambda x: 3, lambda x: np.float32(3), lambda x: [3] * 5])
    def test_constants_and_lists_broadcast(self, function):
        np.testing.assert_array_equal(arrays(function, 1)(X), np.full(5, 3.0))

    def test_coordinate_that_is_not_used_broadcasts(self):
        assert arrays(lambda x, y: x, 2)(X[:, None], X[None]).shape == (5, 5)
        assert arrays(lambda x, y: y, 2)(X[:, None], X).shape == (5, 5)

    def test_integers_booleans_and_single_precision_become_float64(self):
        for answer in (X > 0, X.astype(int), X.astype(np.float32)):
            assert arrays(lambda x, a=answer: a, 1)(X).dtype == np.float64

    def test_is_never_shared_with_the_function_or_the_caller(self):
        kept = np.zeros(5)
        for function in (lambda x: x, lambda x: kept):
            values = arrays(function, 1)(X)
            assert not np.shares_memory(values, X) and not np.shares_memory(values, kept)
            values[:] = 7
        assert kept.max() == 0

    def test_function_may_change_its_arguments(self):
        def rude(x):
            x *= 2
            return x

        coordinates = X.copy()
        np.testing.assert_array_equal(arrays(rude, 1)(coordinates), 2 * X)
        np.testing.assert_array_equal(coordinates, X)

    def test_integers_as_coordinates_and_empty_arrays(self):
        assert arrays(lambda x: x**-1, 1)([1, 2]).tolist() == [1.0, 0.5]
        assert arrays(lambda x: x, 1)(np.zeros(0)).shape == (0,)

    def test_pickles(self):
        for objective in (Objective(bowl, 2), as_objective("x*y"), as_objective("ackley", 2)):
            assert pickle.loads(pickle.dumps(objective))(1.0, 2.0) == objective(1.0, 2.0)

    @pytest.mark.parametrize(
        ("function", "error", "part"),
        [
            (lambda x: x[:3], ValueError, "shape (5,), but answered with shape (3,)"),
            (lambda x: x[:, None], ValueError, "answered with shape (5, 1)"),
            (lambda x: np.zeros((5, 5)), ValueError, "answered with shape (5, 5)"),
            (lambda x: x * 1j, TypeError, "complex"),
            (lambda x: x + 0j, TypeError, "real part"),
            (lambda x: None, TypeError, "Add a `return`"),
            (lambda x: "abc", TypeError, "must hold real numbers"),
            (lambda x: ["a"] * 5, TypeError, "must hold real numbers"),
            (lambda x: [[1], [1, 2]], ValueError, "be rectangular"),
            (lambda x: np.array([None] * 5), TypeError, "must hold real numbers"),
            (
                lambda x: np.where(x > 0, np.nan, x),
                ValueError,
                "2 of 5 point(s), first nan at x = ",
            ),
            (lambda x: 1 / x, ValueError, "1 of 5 point(s), first inf at x = 0.0"),
            (lambda x: np.log(x), ValueError, "3 of 5 point(s), first nan at x = -1.0"),
            (lambda x: np.ma.masked_less(x, 0), ValueError, "masked at index 0"),
            (lambda x: x if x > 0 else -x, ValueError, "leave `style` out"),
            (lambda x: 1 // 0, ValueError, "raised ZeroDivisionError"),
            (lambda x: undefined, ValueError, "raised NameError"),  # noqa: F821
            (lambda x, y: x, ValueError, "raised TypeError"),
        ],
    )
    def test_refuses(self, function, error, part):
        with pytest.raises(error) as caught:
            arrays(function, 1, name="mine")(X)
        assert part in str(caught.value) and "`mine`" in str(caught.value)

    def test_raising_keeps_the_cause_and_names_shape_and_point(self):
        with pytest.raises(
            ValueError, match=r"broadcast to shape \(5,\), first point x = -1.0"
        ) as e:
            arrays(lambda x: {}["no"], 1)(X)
        assert isinstance(e.value.__cause__, KeyError)

    def test_interrupts_pass_through(self):
        def stop(x):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            arrays(stop, 1)(X)

    def test_first_bad_point_in_two_dimensions(self):
        with pytest.raises(ValueError, match=r"5 of 25 .*\(x1, x2\) = \(-1.0, 0.5\)"):
            arrays(lambda x, y: np.where(y == 0.5, np.nan, x), 2)(*np.ix_(X, X))

    def test_answer_along_the_wrong_axis_is_not_spread_silently(self):
        with pytest.raises(ValueError, match="must answer with one value per point"):
            arrays(lambda x, y: x.ravel() ** 2, 2)(X[:, None], X[None])

    @pytest.mark.parametrize(
        ("coordinates", "error", "part"),
        [
            ((), TypeError, "takes 2 coordinate array(s), but got 0"),
            ((X,), TypeError, "got 1"),
            ((X, X, X), TypeError, "got 3"),
            ((X, X[:3]), ValueError, "(5,), (3,)"),
            ((X, "a"), TypeError, "Coordinate x2"),
            ((X * 1j, X), TypeError, "Coordinate x1"),
        ],
    )
    def test_coordinates_are_checked(self, coordinates, error, part):
        with pytest.raises(error) as caught:
            arrays(bowl, 2)(*coordinates)
        assert part in str(caught.value)
