"""Whether a box holds the lowest point: scan, polish, margins, and the wider box."""

import numpy as np
import pytest

from qdml_quantum.objectives import Objective
from qdml_quantum.objectives.builtins.box import lowest_in_box, wider


def slope(x, y):
    return x - 2 * y


BOX = [(-1.0, 3.0), (0.0, 10.0)]


def test_the_lowest_point_of_a_slope_is_a_corner_and_both_ends_are_named():
    objective = Objective(slope, 2, bounds=BOX)
    lowest = lowest_in_box(objective, None, 100)
    assert (lowest.point.tolist(), lowest.value) == ([-1.0, 10.0], -21.0)
    assert lowest.margins.tolist() == [0.0, 0.0]
    assert lowest.above.tolist() == [False, True]
    assert wider(objective, lowest, ["a", "b"], 0.05) == (
        "Widen the box, e.g. to (-5, 3) for a and (0, 20) for b."
    )


def test_a_gradient_polishes_what_the_scan_found():
    def bowl(x, y):
        return (x - 0.123) ** 2 + (y - 4.567) ** 2

    objective = Objective(bowl, 2, bounds=BOX)
    rough = lowest_in_box(objective, None, 100)
    fine = lowest_in_box(objective, lambda w: 2 * (w - [0.123, 4.567]), 100)
    assert fine.value < 1e-8 < rough.value
    np.testing.assert_allclose(fine.point, [0.123, 4.567], atol=1e-4)
    np.testing.assert_allclose(fine.margins, [1.123 / 4, 0.4567], atol=1e-4)
    assert fine.above.tolist() == [False, False]


def test_of_equal_places_the_one_farthest_from_the_edge_counts():
    flat = Objective(lambda x: 0 * x, 1, bounds=[(0, 8)])
    lowest = lowest_in_box(flat, None, 9)
    assert (lowest.point.item(), lowest.margins.item()) == (4.0, 0.5)


@pytest.mark.parametrize(("least", "words"), [(0.25, ""), (0.2500001, "(-4, 4) for w")])
def test_the_margin_itself_is_enough(least, words):
    objective = Objective(lambda x: abs(x - 1), 1, bounds=[(0, 4)])
    lowest = lowest_in_box(objective, None, 9)
    assert lowest.margins.item() == 0.25
    text = wider(objective, lowest, ["w"], least)
    assert text == (f"Widen the box, e.g. to {words}." if words else "")
