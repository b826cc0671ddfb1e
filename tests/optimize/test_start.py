"""One start: where it goes, what it evaluates, when it shrinks."""

import numpy as np
import pytest

from qdml_quantum import Windows
from qdml_quantum.optimize.start import FINE, Start

WINDOWS = Windows()


class Counted:
    """A bowl around a point, in units of the box, which counts."""

    def __init__(self, center):
        self.center, self.calls = np.array(center), []

    def __call__(self, points):
        self.calls.append(points)
        return ((points - self.center) ** 2).sum(axis=1)


def every_point(values):
    """What is measured where all points of the finer grid are."""
    return np.indices([4 * size for size in values.shape]).reshape(values.ndim, -1).T


def start(measure, value, d=2, **given):
    rng = np.random.default_rng(1)
    return Start(measure, value, WINDOWS, FINE, rng, np.full(d, 0.3), **given)


def test_the_known_neighbours_of_shots_cost_nothing():
    value = Counted([0.61, 0.22])
    search = start(lambda values: np.array([[3, 9], [4, 8]]), value)
    look = search.look("first")
    assert [len(points) for points in value.calls] == [256, 1]
    grid, fine = value.calls
    # (4, 8) is the point (1, 2) of the phases; (3, 9) lies between and is next to the same one.
    here = look.patch.at([1, 2])
    lower = min((here, fine[0]), key=lambda point: ((point - value.center) ** 2).sum())
    np.testing.assert_array_equal(look.x, lower)
    assert look.lowest == value(grid).min()


def test_at_most_so_many_points_are_evaluated_those_next_to_the_lowest_first():
    value = Counted([0.5, 0.5])
    look = start(every_point, value).look("first")
    grid, fine = value.calls
    assert (len(grid), len(fine)) == (256, FINE)
    cells = np.abs(fine - grid[np.argmin(value(grid))]) * 16
    assert cells.max() <= 2.5
    assert look.fun <= value(grid).min()


def test_a_shot_just_below_the_end_belongs_to_the_first_point():
    """Windows are periodic: 63 of 64 is next to 0."""
    value = Counted([0.5, 0.5])
    seen = []

    def measure(values):
        seen.append(values)
        return np.array([[63, 0]])

    search = start(measure, value)
    search.most_fine = 0
    look = search.look("first")
    np.testing.assert_allclose(look.x, look.patch.at([0, 0]))
    assert look.fun == seen[0][0, 0]


def test_it_looks_along_every_axis_first_and_then_far_and_near():
    search = start(every_point, Counted(np.full(5, 0.4)), d=5)
    kinds = []
    for _ in range(40):
        kinds.append(search.next_kind())
        search.look(kinds[-1])
    assert kinds[:3] == ["first"] * 3 and set(kinds[3:]) == {"global", "local"}
    assert np.abs(search.x - 0.4).max() < 0.05


@pytest.mark.parametrize(
    ("d", "factor"), [(1, 0.5**0.5), (2, 0.5**0.5), (5, 0.5**0.2), (10, 0.5**0.1)]
)
def test_only_small_windows_without_anything_better_shrink(d, factor):
    search = start(
        lambda values: np.zeros((1, values.ndim), dtype=int), Counted(np.full(d, 0.3)), d=d
    )
    search.fun, search.side = 0.0, 0.5
    search.look("global")
    assert search.side == 0.5
    search.look("local")
    assert search.side == pytest.approx(0.5 * factor)
    while not search.is_narrow:
        search.look("local")
    assert search.side <= 0.01


def test_a_better_point_near_the_rim_widens():
    target = np.array([0.9, 0.3])
    search = start(every_point, Counted(target), fun=1.0, side=0.2)
    wider = 0
    for _ in range(12):
        before = search.side
        look = search.look("local")
        if search.side > before:
            wider += 1
            assert (np.abs(look.inside - 0.5) > 0.35).any()
    assert wider >= 1 and np.abs(search.x - target).max() < 0.05
