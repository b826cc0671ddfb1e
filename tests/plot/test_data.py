"""The numbers that figures show."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")


from qdml_quantum import (
    Axis,
    Grid,
    Problem,
)
from qdml_quantum.plot import (
    data,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_thinned_objective_keeps_its_extremes():
    spikes = np.zeros(1 << 14)
    spikes[[5000, 9001]] = [-1.0, 2.0]
    _, zeta = data.curve(Problem.from_table(spikes, (0, 1)), 0, 512)
    assert (zeta.min(), zeta.max(), zeta.size) == (-1.0, 2.0, 512)


def test_objective_that_fails_between_the_grid_points():
    def zeta(x):
        return np.where(np.isin(x, [0.0, 0.25, 0.5, 0.75]), x, np.nan)

    x, values = data.curve(Problem(Grid([(0, 1)], 2), zeta), 0, 64)
    assert np.array_equal(x, values)
    assert x.size == 4


def test_levels_split_the_area():
    values = np.random.default_rng(1).exponential(size=4000)
    cuts = data.levels(values, 3)
    assert [(values < cut).mean() for cut in cuts] == pytest.approx([0.25, 0.5, 0.75], abs=1e-3)


def test_density_of_joined_cells():
    p = np.random.default_rng(1).random((8, 4))
    values, (x, y) = data.density(p / p.sum(), [Axis(0, 4, 3), Axis(-1, 1, 2)], 4)
    assert values.shape == (4, 4)
    assert values.sum() * (x[1] - x[0]) * (y[1] - y[0]) == pytest.approx(1)
