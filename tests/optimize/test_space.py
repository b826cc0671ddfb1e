"""The box as a cube, with whole numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum.optimize.space import Space


@given(
    st.lists(
        st.tuples(st.floats(-50, 50), st.floats(1.5, 40), st.booleans()), min_size=1, max_size=5
    ),
    st.integers(0, 2**31),
)
def test_points_are_in_the_box_and_whole_where_they_have_to_be(axes, seed):
    box = tuple((low, low + length) for low, length, _ in axes)
    whole = [one for *_, one in axes]
    space = Space(box, whole)
    units = np.random.default_rng(seed).random((200, len(box)))
    units[:2] = [[0.0] * len(box), [1.0] * len(box)]
    points = space.points(units)
    low, high = np.array(box).T
    assert (points >= low).all() and (points <= high).all()
    np.testing.assert_array_equal(points[:, whole], np.rint(points[:, whole]))
    np.testing.assert_allclose(space.points(space.unit(points)), points, atol=1e-9)


def test_every_whole_number_has_an_equal_part():
    space = Space(((-1.2, 2.0),), 1)
    points = space.points((np.arange(400)[:, None] + 0.5) / 400)
    values, counts = np.unique(points, return_counts=True)
    assert values.tolist() == [-1, 0, 1, 2] and counts.tolist() == [100] * 4


def test_whole_numbers_stay_what_they_are_in_a_search():
    space = Space(((0, 5), (0, 1)), [True, False])
    assert space.bounds(np.array([0.3, 0.4])) == [(0.3, 0.3), (0.0, 1.0)]


@pytest.mark.parametrize(
    ("box", "integrality", "message"),
    [
        (((0.2, 0.9),), 1, r"`bounds` must hold a whole number along x\[0\]"),
        (((0, 1), (0, 1)), [1, 0, 1], "`integrality` must be one value or one per variable"),
        (((0, 1),), [np.nan], "`integrality` must be finite"),
    ],
)
def test_wrong_input_is_named(box, integrality, message):
    with pytest.raises(ValueError, match=message):
        Space(box, integrality)
