"""Observables against time."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum import Gaussian, Grid, Problem, evolve, plot_evolution
from qdml_quantum.plot import style

WELL = Problem(Grid([(-6, 6)], 6), "x**2")
MOVING = evolve(
    WELL,
    0.5,
    times=np.linspace(0, 2, 21),
    time_step=0.1,
    observables=("x", "x_width", "energy", "x < 0"),
    initial=Gaussian(1, 0.6),
    keep="densities",
)


def test_every_observable_has_its_curve():
    density, x, energy, side, colours = plot_evolution(MOVING).figure.axes
    assert np.array_equal(x.lines[0].get_ydata(), MOVING.expect["x"])
    assert len(x.collections) == 1  # the width, as a band
    assert np.array_equal(side.lines[0].get_ydata(), MOVING.expect["x < 0"])
    low, high = energy.get_ylim()
    assert high - low > 0.05 * abs(low)  # what is constant looks constant
    assert np.array_equal(density.lines[0].get_ydata(), MOVING.expect["x"])
    assert density.collections[0].get_array().shape == (64, 21)
    assert "density" in colours.get_ylabel()


def test_into_one_axes_with_the_legend_beside():
    ax = style.new_axes()
    assert plot_evolution(MOVING, ax, names=["x", "x < 0"]) is ax
    assert [line.get_label() for line in ax.lines] == ["x", "x < 0"]
    assert ax.get_legend().get_bbox_to_anchor().x0 > ax.bbox.x1


def test_unknown_names_and_absorbers():
    with pytest.raises(ValueError, match="`names` must be of x, x_width"):
        plot_evolution(MOVING, names=["p"])
    lost = evolve(WELL, 0.5, times=[0, 1], absorber=np.ones(64), initial=Gaussian(1, 0.6))
    assert "not unitary" in plot_evolution(lost).figure.get_suptitle()


def test_several_axes_show_the_density_of_the_first():
    square = Problem(Grid([(-4, 4)] * 2, 4), "x**2 + y**2")
    moving = evolve(
        square, 0.5, times=[0, 0.5], observables=("x1", "entropy"), keep="densities", time_step=0.1
    )
    first = plot_evolution(moving).figure.axes[0]
    spacing = square.grid.axes[0].spacing
    values = first.collections[0].get_array().reshape(16, -1)
    assert np.allclose(values.sum(axis=0) * spacing, 1)
