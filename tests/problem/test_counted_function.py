"""Any function of a point, called with care."""

import numpy as np
import pytest

from qdml_quantum import Objective, ObjectiveFailedError, as_objective
from qdml_quantum.problem.counted_function import CountedFunction

POINTS = np.array([[0.0, 1.0], [2.0, -1.0], [3.0, 3.0]])
SUMS = [1.0, 1.0, 6.0]


@pytest.mark.parametrize(
    ("fun", "vectorized"),
    [
        (lambda x: x[0] + x[1], False),
        (lambda x: np.array([x.sum()]), False),
        (lambda x: int(x.sum()), False),
        (lambda x: x.sum(axis=0), True),
        (Objective(lambda x, y: x + y, 2), False),
    ],
)
def test_every_calling_convention(fun, vectorized):
    box = CountedFunction(fun, (), vectorized=vectorized)
    assert box(POINTS).tolist() == SUMS
    assert box(POINTS[:1]).tolist() == SUMS[:1]
    assert (box.nfev, box.walls) == (4, 0)


def test_constant_objectives_broadcast():
    assert (
        CountedFunction(as_objective("0*x + 2"), (), vectorized=False)(POINTS[:, :1]).tolist()
        == [2] * 3
    )


def test_what_is_no_finite_number_is_a_wall():
    answers = iter([np.nan, np.inf, 5.0])
    box = CountedFunction(lambda x: next(answers), (), vectorized=False)
    assert box(POINTS).tolist() == [np.inf, np.inf, 5.0]
    assert box.walls == 2 and box.is_flat


def test_flat_until_two_values_were_seen():
    box = CountedFunction(lambda x: float(x[0] > 2), (), vectorized=False)
    assert box(POINTS[:2]).tolist() == [0, 0] and box.is_flat
    assert box(POINTS[2:]).tolist() == [1] and not box.is_flat


def test_the_objective_may_change_what_it_is_given():
    def careless(x):
        x *= 0
        return 0.0

    CountedFunction(careless, (), vectorized=False)(POINTS)
    CountedFunction(lambda x: careless(x) + x[0], (), vectorized=True)(POINTS)
    assert POINTS.tolist() == [[0, 1], [2, -1], [3, 3]]


def test_calls_are_counted_up_to_the_one_that_fails():
    box = CountedFunction(lambda x: 1 / (x[0] - 2), (), vectorized=False)
    box(POINTS[:1])
    with (
        np.errstate(divide="raise"),
        pytest.raises(ObjectiveFailedError, match=r"x = \[2.0, -1.0\]"),
    ):
        box(POINTS)
    assert box.nfev == 3


@pytest.mark.parametrize(
    ("fun", "vectorized", "message"),
    [
        (lambda x: x, False, "return one number for a point, but is of shape"),
        (lambda x: None, False, "return one number for a point, but is None"),
        (lambda x: 1j, False, "return real numbers, but is 1j"),
        (lambda x: "1", False, "return real numbers, but is '1'"),
        (lambda x: x, True, r"return 3 values for 3 points, but is of shape \(2, 3\)"),
        (lambda x: [1, [2]], True, "return real numbers"),
        (lambda x: x[0] - np.inf, True, r"be bounded below, but is -inf at x = \[0.0, 1.0\]"),
        (lambda x: x[5], True, "raised IndexError at 3 points"),
    ],
)
def test_bad_answers_are_named(fun, vectorized, message):
    with pytest.raises(ObjectiveFailedError, match=message):
        CountedFunction(fun, (), vectorized=vectorized)(POINTS)
