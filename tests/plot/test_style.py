"""What all figures share: colours, headlines, words that are no formulas."""

import io
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure
from matplotlib.image import imread

from qdml_quantum import (
    Problem,
    relax,
)
from qdml_quantum.plot import (
    plot_energy,
    plot_map,
    plot_marginals,
    plot_stages,
    plot_success,
    style,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_later_stages_are_darker(line):
    for result in (line, replace(line, stages=(line.stages[0],) * 6)):  # by D, by time
        scale, values, _ = style.stage_scale(result)
        light = [sum(scale.to_rgba(np.array(value))[:3]) for value in values]
        assert light == sorted(light, reverse=True)


def test_headline_says_what_was_run_and_what_failed(line):
    title = plot_stages(line).get_title()
    first, second, *rest = title.split("\n")
    assert first == "Where the packet is, stage by stage"
    near = f"{100 * line.success_probability:.2g} % near the minimum, chance 20 %"
    assert second == f"double_well on 6 qubits, emulator: {near}"
    assert not line.passed
    failed = [check.name.replace("_", " ") for check in line.failed]
    assert all(name in " ".join(rest) for name in failed)
    passing = replace(line, checks=tuple(check for check in line.checks if check.passed))
    assert "not to be trusted" not in plot_stages(passing).get_title()
    assert not {"_", "strang", "->"} & set(first.split())


@pytest.mark.parametrize("draw", [plot_stages, plot_energy, plot_success, plot_map])
def test_legends_cover_no_curve(draw, line, square):
    ax = draw(square if draw is plot_map else line)
    ax.figure.draw_without_rendering()
    legend = ax.get_legend().get_window_extent()
    for other in ax.figure.axes:
        assert not legend.overlaps(other.get_window_extent())
    words = ax.xaxis.label.get_window_extent()
    assert legend.y1 < words.y0


def test_name_with_dollars_is_no_formula():
    result = relax(Problem.from_table([3.0, 1.0, 0.0, 2.0], (0, 4), name=r"a $ \frac{ $"), 1.0)
    style.to_png(plot_stages(result).figure)


def test_a_notebook_shows_a_figure_once_and_no_echo(line):
    """What a cell ends in is shown by `_repr_png_`; pyplot, which also would, has nothing."""
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    for shown in (plot_stages(line), plot_marginals(line), plot_energy(line), plot_success(line)):
        png, about = shown._repr_png_()
        assert png[1:4] == b"PNG"
        assert about["width"] > 300
    assert plt.get_fignums() == before
    figure, own = plt.subplots()
    assert plot_stages(line, own) is own
    assert not hasattr(own, "_repr_png_")
    plt.close(figure)


def pixels(png):
    return imread(io.BytesIO(png), format="png")


def cut(image):
    """What is drawn, without the margin."""
    inked = (image != image[0, 0]).any(axis=2)
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def drawn_by_matplotlib(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=style.DPI, bbox_inches="tight")
    return pixels(buffer.getvalue())


@pytest.fixture
def draws(monkeypatch):
    """Figures that were drawn, one entry each time."""
    drawn, draw = [], Figure.draw

    def counted(self, renderer):
        drawn.append(self)
        return draw(self, renderer)

    monkeypatch.setattr(Figure, "draw", counted)
    return drawn


@pytest.mark.parametrize("name", ["stages", "marginals", "energy", "success", "map"])
def test_a_figure_is_drawn_once_and_nothing_is_cut_off(name, line, square, draws):
    makers = {
        "stages": lambda: plot_stages(line).figure,
        "marginals": lambda: plot_marginals(square),
        "energy": lambda: plot_energy(line).figure,
        "success": lambda: plot_success(line).figure,
        "map": lambda: plot_map(square).figure,
    }
    figure = makers[name]()
    canvas, dpi = figure.canvas, figure.dpi
    image = pixels(style.to_png(figure))
    assert draws == [figure]
    assert (figure.canvas, figure.dpi) == (canvas, dpi)
    whole = drawn_by_matplotlib(makers[name]())  # Where it is drawn again the layout moves on.
    # matplotlib cuts between pixels: what is drawn is up to one longer there, on either side.
    np.testing.assert_allclose(cut(image).shape, cut(whole).shape, atol=2)
    # Around the words it leaves their room, with or without descenders: 12 pixels of a line.
    assert np.all(np.abs(np.subtract(image.shape, whole.shape)) <= 12)
    margin = style.DPI // 10
    np.testing.assert_array_equal(np.subtract(image.shape, cut(image).shape)[:2], 2 * margin)
    assert np.all(image[:margin] == 1)
    assert np.all(image[:, -margin:] == 1)


def test_what_lies_beyond_a_figure_without_layout_is_in_the_file():
    figure = Figure(figsize=(6, 4))
    ax = figure.add_subplot()
    ax.plot([0, 1], label="a curve")
    ax.legend(loc="upper left", bbox_to_anchor=(1.3, 1))
    image = pixels(style.to_png(figure))
    assert image.shape[1] > 6 * style.DPI  # as wide as the figure, and the legend
    np.testing.assert_array_equal(image, drawn_by_matplotlib(figure))


def test_what_touches_the_edge_is_left_to_matplotlib():
    figure = Figure(figsize=(3, 2), layout="constrained", facecolor="white")
    figure.add_subplot()
    figure.text(0.99, 0.5, "longer than it should be", in_layout=False)
    np.testing.assert_array_equal(pixels(style.to_png(figure)), drawn_by_matplotlib(figure))


def test_an_empty_figure_is_no_mistake():
    for layout in (None, "constrained"):
        assert pixels(style.to_png(Figure(figsize=(1, 1), layout=layout))).size
