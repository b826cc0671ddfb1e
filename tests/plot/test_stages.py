"""Probability stage by stage: densities that integrate to one, in their units."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from figures import densities, integral, labelled

from qdml_quantum import (
    Grid,
    Problem,
    Schedule,
    anneal,
)
from qdml_quantum.plot import (
    plot_marginals,
    plot_stages,
)

pytestmark = pytest.mark.usefixtures("quick")

GENTLE = Schedule.geometric((4, 0.2), num_stages=6, num_steps=8, time_step=0.1)


def test_every_density_integrates_to_one(line):
    twin = densities(plot_stages(line, max_curves=4))
    curves = twin.get_lines()
    assert len(curves) == 4 + 1  # stages, ground state
    assert [integral(curve) for curve in curves] == pytest.approx([1.0] * 5, abs=1e-9)
    (bars,) = twin.patches
    values, edges, _ = bars.get_data()
    assert (values * np.diff(edges)).sum() == pytest.approx(1)


def test_curves_are_the_stages(line):
    curves = densities(plot_stages(line, max_curves=3)).get_lines()
    dx = line.grid.axes[0].spacing
    for curve, number in zip(curves, [0, 2, 5], strict=False):
        assert np.allclose(curve.get_ydata() * dx, line.stage_probabilities[number], atol=1e-15)
    assert np.array_equal(curves[0].get_xdata(), line.grid.axes[0].points)
    ground = labelled(densities(plot_stages(line)), "ground state")
    assert np.allclose(ground.get_ydata() * dx, line.reference.state**2, atol=1e-15)
    assert ground.get_linestyle() == "--"


def test_histogram_is_the_counts(line):
    values, edges, _ = densities(plot_stages(line)).patches[0].get_data()
    assert np.allclose(values * np.diff(edges) * 4096, np.round(line.probabilities * 4096))
    assert np.allclose((edges[:-1] + edges[1:]) / 2, line.grid.axes[0].points)


def test_objective_and_minimizer_are_drawn_in_their_units(line):
    ax = plot_stages(line)
    curve, dots, stars = ax.get_lines()
    assert np.array_equal(dots.get_ydata(), line.problem.values)
    assert np.allclose(np.interp(dots.get_xdata(), *curve.get_data()), dots.get_ydata())
    assert stars.get_xdata() == pytest.approx(line.goal.minimizers[0])
    assert stars.get_ydata() == pytest.approx([line.problem.objective.minimum], abs=1e-4)
    low, high = ax.get_ylim()
    assert low < line.problem.values.min()
    assert high < line.problem.values.max()  # the walls do not hide the wells


@pytest.mark.parametrize("words", ["periodic box [-2.5, 2.5)", "dimensionless"])
def test_position_label(line, words):
    assert words in plot_stages(line).get_xlabel()


def test_large_grids_are_thinned():
    result = anneal(Problem(Grid([(-5.12, 5.12)], 16), "rastrigin"), GENTLE, validate=False)
    ax = plot_stages(result, max_curves=1)
    assert max(one.get_xdata().size for one in ax.get_lines()) <= 2048
    (curve,) = densities(ax).get_lines()
    assert curve.get_xdata().size == 1024
    assert integral(curve) == pytest.approx(1)


def test_marginals(cube):
    figure = plot_marginals(cube)
    panels = [ax for ax in figure.axes if "marginal" in ax.get_ylabel()]
    assert len(panels) == 3
    for axis, ax in enumerate(panels):
        last = labelled(ax, "last stage")
        assert integral(last) == pytest.approx(1)
        others = tuple(i for i in range(3) if i != axis)
        marginal = (np.abs(cube.state) ** 2).sum(axis=others)
        assert np.allclose(last.get_ydata() * cube.grid.axes[axis].spacing, marginal)
    dots = figure.axes[0].get_lines()[1]
    assert np.array_equal(dots.get_ydata(), cube.problem.values.min(axis=(1, 2)))
