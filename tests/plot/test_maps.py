"""Maps are the outcome, in its box, with the minimizers on it."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from figures import labelled

from qdml_quantum import Grid, Problem, relax
from qdml_quantum.plot import (
    plot_map,
    plot_stage_maps,
    plot_stages,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_map_is_the_outcome(square):
    ax = plot_map(square)
    (image,) = ax.images
    cell = np.prod([axis.spacing for axis in square.grid.axes])
    assert np.allclose(image.get_array() * cell, square.probabilities.T)
    left, right, bottom, top = image.get_extent()
    x, y = square.grid.axes
    assert (left, bottom) == (x.lower - x.spacing / 2, y.lower - y.spacing / 2)
    assert (right - left, top - bottom) == (x.length, y.length)


def test_map_marks_minimizers_and_mode(square):
    ax = plot_map(square)
    stars = labelled(ax, "known minimizers").get_xydata()
    assert np.allclose(stars, sorted(square.goal.minimizers))
    assert np.allclose(labelled(ax, "most probable").get_xydata(), [square.minimizer])
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "90% of the ground state (imaginary time)" in words


def test_axes_of_the_map_can_be_chosen(square, cube):
    turned = plot_map(square, axes=(1, 0)).images[0].get_array()
    assert np.allclose(turned, plot_map(square).images[0].get_array().T)
    (image,) = plot_map(cube, axes=(2, 0)).images
    cell = cube.grid.axes[2].spacing * cube.grid.axes[0].spacing
    assert np.allclose(image.get_array() * cell, cube.probabilities.sum(axis=1))


def test_small_maps(square):
    figure = plot_stage_maps(square, max_panels=3)
    titles = [ax.get_title() for ax in figure.axes]
    assert [title.split(":")[0] for title in titles[:3]] == ["stage 1", "stage 3", "stage 6"]
    assert titles[3:] == ["measured (500 shots)", "ground state (imaginary time)"]
    cell = np.prod([axis.spacing for axis in square.grid.axes])
    assert [ax.images[0].get_array().sum() * cell for ax in figure.axes] == pytest.approx([1] * 5)


def test_wrong_dimension_is_said(line, square, cube):
    with pytest.raises(ValueError, match=r"`axis`.*2 axes.*`plot_map`"):
        plot_stages(square)
    with pytest.raises(ValueError, match="`axis` must be an axis, 0 to 1, but is 2"):
        plot_stages(square, axis=2)
    for draw in (plot_map, plot_stage_maps):
        with pytest.raises(ValueError, match=r"two or more axes.*`plot_stages`"):
            draw(line)
        with pytest.raises(ValueError, match=r"`axes`.*missing.*`plot_marginals`"):
            draw(cube)
    with pytest.raises(ValueError, match="name two of the 3 axes"):
        plot_map(cube, axes=(1, 1))
    with pytest.raises(ValueError, match="`axes` must be an axis, 0 to 2, but is 3"):
        plot_map(cube, axes=(0, 3))
    with pytest.raises(ValueError, match="`max_curves` must be at least 1"):
        plot_stages(line, max_curves=0)


def test_contours_reach_the_edges_of_the_picture(square):
    """They stopped half a cell short of them: an eighth of a picture of 4 qubits."""
    ax = plot_map(square)
    paths = [path.vertices for path in ax.collections[0].get_paths() if len(path.vertices)]
    x, y = np.concatenate(paths).T
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert {left, right} & {x.min(), x.max()}
    assert {low, high} & {y.min(), y.max()}


def test_what_was_computed_is_drawn_smoothly_and_counts_as_they_are(square):
    figure = plot_stage_maps(square, max_panels=2)
    kinds = {ax.get_title().split(" ")[0]: ax.images[0].get_interpolation() for ax in figure.axes}
    assert kinds == {"stage": "bicubic", "measured": "nearest", "ground": "bicubic"}
    fine = Problem(Grid([(-4, 4)] * 2, [6, 3]), "x**2 + y**2")
    assert plot_map(relax(fine, 1.0)).images[0].get_interpolation() == "nearest"
