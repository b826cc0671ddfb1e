"""Where windows lie: in the box, around the best point, along all directions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum import Windows, trained_schedule
from qdml_quantum.optimize.windows import KINDS, Directions, Patch, place

SIDES = st.floats(0.01, 1)


@given(
    kind=st.sampled_from(list(KINDS)),
    seed=st.integers(0, 2**31),
    sides=st.tuples(SIDES, SIDES),
    d=st.integers(2, 6),
)
def test_windows_along_axes_lie_in_the_box_around_the_point(kind, seed, sides, d):
    rng = np.random.default_rng(seed)
    x, axes = rng.random(d), np.eye(d)[rng.permutation(d)[:2]]
    shape = Windows().shape(kind, 2)
    patch = place(KINDS[kind], x, axes, sides, shape, rng)
    points = patch.points
    assert points.shape == (np.prod(shape), d)
    # Nothing had to be moved to the edge, but for rounding.
    plain = patch.origin + np.indices(shape).reshape(2, -1).T / shape @ patch.edges
    np.testing.assert_allclose(points, plain, atol=1e-12)
    others = axes.sum(axis=0) == 0
    np.testing.assert_allclose(
        points[:, others], np.broadcast_to(x[others], points[:, others].shape)
    )
    for axis, side, size in zip(axes, sides, shape, strict=True):
        along = points @ axis
        assert np.ptp(along) == pytest.approx(side * (1 - 1 / size))
        # The point lies between the first grid point less a cell and the end of the window.
        assert along.min() - side / size - 1e-9 <= x @ axis <= along.min() + side + 1e-9


@given(seed=st.integers(0, 2**31), side=SIDES)
def test_a_local_window_has_the_point_in_its_middle_half(seed, side):
    rng = np.random.default_rng(seed)
    x = 0.5 + (rng.random(2) - 0.5) * (1 - side) * 0.5
    side *= 0.5
    patch = place(KINDS["local"], x, np.eye(2), [side, side], (8, 8), rng)
    within = (x - patch.points.min(axis=0)) / side
    assert (within >= 0.25 - 1 / 8 - 1e-9).all() and (within <= 0.75 + 1e-9).all()


def test_half_of_the_windows_pass_through_the_point_along_the_sides_that_may():
    x = np.array([0.437, 0.612])
    for kind, may in (
        ("global", (False, True)),
        ("local", (True, True)),
        ("first", (False, False)),
    ):
        shape = Windows().shape(kind, 2)
        met = []
        for seed in range(400):
            rng = np.random.default_rng(seed)
            points = place(KINDS[kind], x, np.eye(2), [0.3, 0.2], shape, rng).points
            met.append((np.abs(points - x) < 1e-12).any(axis=0))
        share = np.mean(met, axis=0)
        assert ((share > 0.4) & (share < 0.6))[list(may)].all() if any(may) else True
        assert (share[[not one for one in may]] < 0.01).all()


def test_what_sticks_out_of_the_box_askew_is_moved_to_its_edge():
    patch = Patch(np.array([0.9, 0.9]), np.array([[0.3, 0.3], [-0.1, 0.1]]), (4, 4))
    assert patch.points.max() == 1 and (patch.points >= 0).all()
    np.testing.assert_array_equal(patch.at([0, 0]), [0.9, 0.9])
    np.testing.assert_allclose(patch.at([1, 2], 4), [0.90625, 0.93125])


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_every_axis_takes_its_turn(d):
    directions = Directions(np.eye(d), np.random.default_rng(3))
    axes = [directions.axes() for _ in range(5 * d)]
    assert all(turn.shape == (min(2, d), d) for turn in axes)
    assert all(np.allclose(turn @ turn.T, np.eye(len(turn))) for turn in axes)
    times = np.sum([turn.sum(axis=0) for turn in axes], axis=0)
    assert np.ptp(times) <= 2


def test_planes_askew_are_orthogonal_and_half_follow_the_last_move():
    directions = Directions(np.eye(4), np.random.default_rng(1))
    move = np.array([0.3, -0.1, 0.0, 0.2])
    planes = [directions.askew(move) for _ in range(400)]
    for plane in planes:
        np.testing.assert_allclose(plane @ plane.T, np.eye(2), atol=1e-9)
    along = [np.isclose(abs(plane[0] @ move), np.linalg.norm(move)) for plane in planes]
    assert 0.4 < np.mean(along) < 0.6
    assert directions.askew(None).shape == (2, 4)
    # Nothing is left of an axis along itself: then two axes are taken.
    for _ in range(50):
        plane = directions.askew(np.array([0.0, 1.0, 0.0, 0.0]))
        np.testing.assert_allclose(plane @ plane.T, np.eye(2), atol=1e-9)


def test_shapes_and_schedules_by_default():
    windows = Windows()
    assert [windows.shape(kind, 2) for kind in KINDS] == [(16, 16), (16, 4), (8, 8)]
    assert [windows.shape(kind, 1) for kind in KINDS] == [(16,), (16,), (8,)]
    assert [Windows(2).shape(kind, 2) for kind in KINDS] == [(4, 4), (4, 2), (2, 2)]
    assert windows.schedule_on(2) == trained_schedule(10, dimensions=2, coarse=2)
    assert windows.schedule_on(1) == trained_schedule(10, dimensions=1, coarse=2)
    assert windows.idle(2) == (2, 2)
