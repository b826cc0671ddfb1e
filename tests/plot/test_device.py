"""The figure of a device run shows the numbers of the result."""

import sys

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")
pytest.importorskip("matplotlib")

from histograms import toward_uniform
from judged import a_plan, counts_of
from matplotlib.figure import Figure

from qdml_quantum.diagnostics.metrics import sample_counts, wilson_interval
from qdml_quantum.plot import style
from qdml_quantum.plot.device import _bars, plot_device
from qdml_quantum.runs.fetching import judge_plan


@pytest.fixture(scope="module")
def line():
    plan = a_plan(4, energy=False)
    noisy = {"position": toward_uniform(plan.ideal["position"], 0.8)}
    plan = a_plan(4, energy=False, noisy=noisy)
    return judge_plan(plan, counts_of(plan, signal=0.8))


@pytest.fixture(scope="module")
def plane():
    plan = a_plan([3, 2], "sphere", energy=False)
    return judge_plan(plan, counts_of(plan))


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_one_dimension(line):
    ax = plot_device(line)
    assert labels(ax) == ["ideal", "predicted with noise", "fake_fez (1000 shots)", "uniform"]
    bars = [patch.get_height() for patch in ax.patches if hasattr(patch, "get_height")]
    assert bars[:16] == pytest.approx(line.device.plan.ideal["position"])
    (container,) = [c for c in ax.containers if hasattr(c, "has_yerr")]
    points = container.lines[0]
    assert points.get_xdata() == pytest.approx(line.grid.axes[0].points)
    assert points.get_ydata() == pytest.approx(line.probabilities)
    (stairs,) = [p for p in ax.patches if type(p).__name__ == "StepPatch"]
    assert stairs.get_data().values == pytest.approx(line.device.predicted["position"])
    assert any(np.allclose(one.get_ydata(), 1 / 16) for one in ax.lines)
    assert "supported by the data" in ax.get_title() and "predicted 0.80" in ax.get_title()
    assert ax.title.get_color() == style.INK


def test_error_bars_are_wilson_intervals():
    measured = np.array([0.0, 0.013, 0.5, 1.0])
    below, above = _bars(measured, 1000)
    for value, low, high in zip(measured, below, above, strict=True):
        interval = wilson_interval(round(1000 * value), 1000)
        assert (value - low, value + high) == pytest.approx(interval, abs=1e-6)


def test_without_a_prediction_there_is_no_line(plane):
    ax = plot_device(plane)
    assert labels(ax) == ["ideal", "fake_fez (1000 shots)", "uniform"]


def test_two_dimensions_have_maps_above(plane):
    ax = plot_device(plane)
    maps = [one for one in ax.figure.axes if one.images]
    assert [one.get_title() for one in maps] == ["ideal", "fake_fez (1000 shots)"]
    assert np.asarray(maps[0].images[0].get_array()) == pytest.approx(
        plane.device.plan.ideal["position"].T
    )
    assert np.asarray(maps[1].images[0].get_array()) == pytest.approx(plane.probabilities.T)
    assert "supported" in ax.figure.get_suptitle() and ax.get_title() == ""
    order = np.argsort(-plane.device.plan.ideal["position"].ravel(), kind="stable")
    (container,) = [c for c in ax.containers if hasattr(c, "has_yerr")]
    assert container.lines[0].get_ydata() == pytest.approx(plane.probabilities.ravel()[order])


def test_an_axes_that_is_given_is_drawn_on(line, plane):
    for result in (line, plane):
        figure = Figure()
        _, ax = figure.subplots(1, 2)
        assert plot_device(result, ax) is ax
        assert len(figure.axes) == 2 and "supported" in ax.get_title()


def test_what_is_not_supported_is_red():
    plan = a_plan(3, energy=False)
    result = judge_plan(plan, [sample_counts(np.ones(8), plan.grid, 1000, 0)])
    ax = plot_device(result)
    assert ax.title.get_color() == style.VERMILION
    assert "not supported by the data" in ax.get_title()


def test_many_points_have_no_error_bars():
    plan = a_plan(8, energy=False, shots=4000)
    ax = plot_device(judge_plan(plan, counts_of(plan)))
    (container,) = [c for c in ax.containers if hasattr(c, "has_yerr")]
    assert not container.has_yerr


@pytest.mark.parametrize("name", ["line", "plane"])
def test_the_figure_is_the_same_every_time(name, request):
    result = request.getfixturevalue(name)
    first, again = (style.to_png(plot_device(result).figure) for _ in range(2))
    assert first == again and len(first) > 10_000


def test_pyplot_is_left_alone(line):
    before = "matplotlib.pyplot" in sys.modules
    plot_device(line)
    assert ("matplotlib.pyplot" in sys.modules) == before
