"""How coarse a grid is used: one number, or one per axis."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdml_quantum import (
    Grid,
    Problem,
    Schedule,
    Stage,
)
from qdml_quantum.problem.coarse import per_axis

PLANE = Problem(Grid([(-5, 5), (-6, 6)], [3, 4]), "himmelblau")


SPACE = Problem(Grid([(-2, 2), (-1, 1), (-3, 3)], [2, 3, 1]), "x + y**2 - z*x")


def schedule(levels, goal=0.1, seed=0):
    rng = np.random.default_rng(seed)
    stages = [
        Stage(rng.uniform(0.2, 1), rng.uniform(0.02, 0.1), num_steps=2, coarse=coarse)
        for coarse in levels
    ]
    return Schedule(tuple(stages), goal)


def test_equal_numbers_are_one():
    """As before in equality, hash and JSON, and the same run."""
    pair, one = Stage(1, 0.1, 2, coarse=(1, 1)), Stage(1, 0.1, 2, coarse=1)
    assert pair == one
    assert hash(pair) == hash(one)
    assert Schedule((pair,)).to_dict() == Schedule((one,)).to_dict()
    assert Stage(1, 0.1, 2, coarse=(0, 0)) == Stage(1, 0.1, 2)
    assert Stage(1, 0.1, 2, coarse=[2, 0]) == Stage(1, 0.1, 2, coarse=np.array([2, 0]))
    assert Stage(1, 0.1, 2, coarse=[2, 0]).coarse == (2, 0)
    assert Stage(1, 0.1, 2, coarse=(2, 0)) != Stage(1, 0.1, 2, coarse=(0, 2))
    assert PLANE.grid.thinned((1, 1)) == PLANE.grid.thinned(1)
    assert PLANE.grid.thinned((0, 0)) is PLANE.grid
    assert (schedule((2, (1, 0))).coarse, schedule((2, 1)).coarse) == ((2, 2), 2)


@pytest.mark.parametrize(
    ("levels", "part"),
    [
        (((1, 0), (0, 1)), "stages` must never go to a coarser grid, but is coarse=(1, 0), then"),
        (((2, 0), 1), "coarse=(2, 0), then 1 at stage 2"),
        ((0, (0, 1)), "coarse=0, then (0, 1) at stage 2"),
        (((2, 1, 0), (1, 0)), "coarse` must be one number or one per axis (3), but is (1, 0)"),
        (((2, -1),), "coarse` must be at least 0, but is -1"),
        (((),), "coarse` must be one number or one per axis"),
    ],
)
def test_bad_levels_of_some_axis(levels, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        schedule(levels)


@pytest.mark.parametrize("coarse", [1.0, (1.5, 0), "1", ("1", 0), (True, 0), None, ((1, 0), 0)])
def test_levels_are_integers(coarse):
    with pytest.raises(TypeError, match="`coarse` must be an integer"):
        Stage(1, 0.1, 1, coarse=coarse)


@given(st.data())
def test_thinning_axis_by_axis(data):
    """Of positions and of zeta: every 2^c-th of each axis."""
    idle = tuple(data.draw(st.integers(0, n - 1)) for n in SPACE.grid.qubits_per_axis)
    thin = SPACE.thinned(idle)
    assert per_axis(idle, 3) == idle
    for full, axis, few in zip(SPACE.grid.axes, thin.grid.axes, idle, strict=True):
        np.testing.assert_array_equal(axis.points, full.points[:: 2**few])
    a, b, c = (2**few for few in idle)
    np.testing.assert_array_equal(thin.values, SPACE.values[::a, ::b, ::c])
