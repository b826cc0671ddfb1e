"""The figure of a gap shows what was measured."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from qdml_quantum import Gaussian, Grid, Problem, measure_gap, plot_gap

pytestmark = pytest.mark.extra("plots")


def test_points_and_curves_are_those_of_the_estimate():
    well = Problem(Grid([(-2.5, 2.5)], 4), "symmetric_double_well")
    found = measure_gap(well, 0.4, initial=Gaussian(-1.0, 0.4), seed=1)
    ax = plot_gap(found)
    assert len(ax.containers) == 2
    for bars, one in zip(ax.containers, found.series, strict=True):
        np.testing.assert_array_equal(bars.lines[0].get_ydata(), one.signal)
    curves = [line for line in ax.lines if len(line.get_xdata()) == 400]
    for curve, one in zip(curves, found.series, strict=True):
        np.testing.assert_allclose(curve.get_ydata(), one.curve(curve.get_xdata()))
    assert f"exact {found.exact:.4f}" in ax.get_title()
