"""Figures on dark ground, and colours that everybody tells apart on both."""

from itertools import combinations

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from figures import densities
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from qdml_quantum.plot import darken, plot_energy, plot_map, plot_stages, style
from qdml_quantum.plot.dark import GROUND, LIGHT, LIGHTER

pytestmark = pytest.mark.usefixtures("quick")

SEEN = {
    "all colours": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""Linear RGB as it is seen: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, IEEE Trans.
Visual. Comput. Graphics 15, 1291 (2009), doi 10.1109/TVCG.2009.113, at full severity."""

TOGETHER = {
    "stages": (style.GREY, style.VERMILION, style.SKY, style.PURPLE),
    "energy": (style.BLUE, style.VERMILION, style.ORANGE),
    "success": (style.GREEN, style.PURPLE, style.VERMILION, style.INK),
    "runs": (style.BLUE, style.VERMILION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY),
    "device": (style.SKY, style.BLUE, style.VERMILION, style.GREY),
    "panels": (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY),
}
"""Colours that stand in one picture."""

LEAST = 12.0
"""Of the distance in CIELAB; 2.3 is just seen. Measured: 14 and more; 8.0 with Tol's purple."""


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB of linear RGB under D65."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    x = np.array(to_xyz) @ np.clip(rgb, 0, 1) / (0.95047, 1.0, 1.08883)
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one, other, seen):
    return float(
        np.linalg.norm(lab(np.array(seen) @ linear(one)) - lab(np.array(seen) @ linear(other)))
    )


def contrast(one, other):
    """Of WCAG 2: 3 to 1 is asked of lines and marks."""
    low, high = sorted(float(linear(c) @ (0.2126, 0.7152, 0.0722)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def on_dark(colour):
    return LIGHTER.get(colour, LIGHT if colour == style.INK else colour)


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("picture", TOGETHER)
def test_colours_of_a_picture_are_told_apart(picture, who, ground):
    colours = [c if ground == "light" else on_dark(c) for c in TOGETHER[picture]]
    distances = {(a, b): apart(a, b, SEEN[who]) for a, b in combinations(colours, 2)}
    worst = min(distances, key=distances.get)
    assert distances[worst] > LEAST, (worst, distances[worst])


def test_the_measure_sees_what_is_confused():
    """Red and green of the same lightness, which a palette must not have."""
    assert apart("#C00000", "#6B6B00", SEEN["no green cones"]) < LEAST
    assert apart("#C00000", "#6B6B00", SEEN["all colours"]) > 4 * LEAST


def test_lines_are_seen_on_their_ground():
    for colour in {c for colours in TOGETHER.values() for c in colours}:
        assert contrast(on_dark(colour), GROUND) > 4.5
    for colour in (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.GREY):
        assert contrast(colour, "white") > 3


def ink(figure):
    """Colours of all words and frames."""
    texts = [t for ax in figure.axes for t in (ax.title, ax.xaxis.label, ax.yaxis.label)]
    frames = [s.get_edgecolor() for ax in figure.axes for s in ax.spines.values()]
    return {to_hex(c) for c in [t.get_color() for t in texts if t.get_text()] + frames}


@pytest.mark.parametrize("draw", [plot_stages, plot_energy], ids=lambda draw: draw.__name__)
def test_nothing_is_left_dark_on_dark(line, draw):
    figure = draw(line).figure
    assert darken(figure) is figure
    assert to_hex(figure.get_facecolor()) == GROUND
    for colour in ink(figure):
        assert contrast(colour, GROUND) > 3, colour
    assert not {"#000000", style.INK} & ink(figure)
    style.to_png(figure)


def test_the_last_stage_is_the_lightest_on_dark_ground(line):
    figure = darken(plot_stages(line).figure)
    lines = [one for one in densities(figure.axes[0]).get_lines() if one.get_marker() == "."]
    assert all(one.get_color() == one.get_markeredgecolor() for one in lines)
    lights = [contrast(to_hex(one.get_color()), GROUND) for one in lines]
    assert lights == sorted(lights) and lights[-1] > 8


def test_maps_begin_in_the_ground(square):
    figure = darken(plot_map(square).figure)
    image = figure.axes[0].images[0]
    assert to_hex(image.get_cmap()(0.0)) == GROUND
    assert contrast(to_hex(image.get_cmap()(1.0)), GROUND) > 10


def test_a_plain_figure_is_darkened_too():
    figure = Figure()
    figure.add_subplot().plot([0, 1])
    darken(figure)
    assert not {"#000000"} & ink(figure)
