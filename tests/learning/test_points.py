"""Tables of points: what is taken, and what is refused in which words."""

import numpy as np
import pytest

from qdml_quantum.learning.points import points_of, same_width


def test_points_are_a_copy_in_floats():
    given = np.array([[0, 1], [2, 3]])
    made = points_of("data", given)
    assert made.dtype == float
    made[0, 0] = 7
    assert given[0, 0] == 0


@pytest.mark.parametrize(
    ("values", "least", "words"),
    [
        ([1.0, 2.0], 1, r"`data` must have the shape .*, but is of shape \(2,\)"),
        (np.empty((3, 0)), 1, r"of shape \(3, 0\)"),
        ([[1.0], [2.0]], 3, "have at least 3 rows, but is of 2"),
        (
            [[np.nan, 1], [1, 1], [np.inf, np.nan]],
            1,
            r"is nan at index \(0, 0\), and not finite at 3 place",
        ),
    ],
)
def test_what_is_no_table_is_refused(values, least, words):
    with pytest.raises(ValueError, match=words):
        points_of("data", values, least=least)


def test_just_enough_rows_are_enough():
    assert len(points_of("data", [[1.0], [2.0]], least=2)) == 2


def test_width_means_columns():
    table = np.zeros((3, 2))
    same_width("noisy", table, 2)
    with pytest.raises(ValueError, match=r"`noisy` must have 3 columns, but is of shape \(3, 2\)"):
        same_width("noisy", table, 3)
