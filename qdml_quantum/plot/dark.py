"""Figures for dark pages and slides: the same picture with its ground and its ink exchanged."""

from __future__ import annotations

from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from qdml_quantum.plot import style
from qdml_quantum.support.typed import typed

GROUND, LIGHT = "#141414", "#DDDDDD"
LIGHTER = {
    style.BLUE: "#7C83FF",
    style.VERMILION: "#F07F3C",
    style.GREEN: "#4FE3A0",
    style.PURPLE: "#E04FB0",
    style.GREY: "#A0A0A0",
}
"""Lines that would be dim on a dark ground, in about the same hue and as far apart; sky and orange
are light enough."""

_SWAPPED = {to_hex(dark): light for dark, light in LIGHTER.items()} | {
    "#000000": LIGHT,
    to_hex(style.INK): LIGHT,
    "#ffffff": GROUND,
}
_COLOURS = [to_hex(colour) for colour in style.stage_colours()(range(256))]
_STAGES = dict(zip(_COLOURS, reversed(_COLOURS), strict=True))
"""Of stages the last one is dark on light ground, and light on dark."""
_PARTS = ("color", "facecolor", "edgecolor", "markeredgecolor", "markerfacecolor")


@typed
def darken(figure: Figure) -> Figure:
    """Recolour a figure of this package for a dark ground, in place.

    Args:
        figure: Such as ``plot_stages(result).figure``.

    Returns:
        The same figure.

    >>> from qdml_quantum.plot.style import new_axes
    >>> to_hex(darken(new_axes().figure).get_facecolor())
    '#141414'
    """
    for part in figure.findobj():
        if isinstance(part, AxesImage) or type(part).__name__ == "QuadMesh":
            _darken_map(part)
            continue
        _swap(part)
        if isinstance(part, Axes):
            for which in ("x", "y"):
                part.tick_params(axis=which, which="both", color=LIGHT, labelcolor=LIGHT)
    return figure


def _swap(part: Any) -> None:
    """Exchange the colours of an artist that are ours; all are read before one is written."""
    new = {name: _exchanged(getattr(part, f"get_{name}", None)) for name in _PARTS}
    for name, colour in new.items():
        if colour is not None and hasattr(part, f"set_{name}"):
            getattr(part, f"set_{name}")(colour)


def _exchanged(reader: Any) -> Any:
    """What a colour becomes; None where there is none, or several, or it stays."""
    try:
        old = reader()
        if getattr(old, "ndim", 1) == 2:
            (old,) = old
        red, green, blue, alpha = to_rgba(old)
    except (TypeError, ValueError):
        return None
    colour = to_hex((red, green, blue))
    new = _SWAPPED.get(colour) or _STAGES.get(colour)
    return to_rgba(new, alpha) if new is not None and alpha > 0 else None


def _darken_map(image: Any) -> None:
    """Probabilities that begin in white begin in the ground instead."""
    if image.get_cmap().name.startswith("stages"):
        image.set_cmap(image.get_cmap().reversed())
    if image.get_cmap().name == "Blues":
        colours = [GROUND, *(to_hex(c) for c in colormaps["Blues_r"]([0.15, 0.4, 0.7, 1.0]))]
        image.set_cmap(LinearSegmentedColormap.from_list("dark blues", colours))
