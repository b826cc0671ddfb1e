"""Probability over two axes, as a map over the contours of the objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from qdml_quantum.dynamics.propagate import interpolated
from qdml_quantum.plot import style
from qdml_quantum.plot.data import (
    density,
    level_holding,
    levels,
    project,
    spread,
    surface,
    to_the_edges,
)
from qdml_quantum.runs.result import Result
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.typed import typed

SHARE = 0.9
"""The dashed contour encloses this part of the ground state: most of it, without its long tails."""

CELLS, _CONTOURS = 256, 128
"""Along each side: cells of about 3 pixels; contours are smooth with half as many points."""
_IMAGE: dict[str, Any] = {
    "origin": "lower",
    "cmap": "Blues",
    "aspect": "auto",
}
_COARSE = 64
"""Fewer cells along an axis are drawn smoothly, where the probability was computed: what stands
between the points is known then. Measured histograms keep their cells."""
_FINE = 4  # Times as many points for the contour of the ground state, which else has corners.
_LINES: dict[str, Any] = {
    "colors": style.GREY,
    "linestyles": "solid",
    "linewidths": 0.6,
    "alpha": 0.7,
}


@typed
def plot_map(result: Result, ax: Axes | None = None, *, axes: Sequence[int] | None = None) -> Axes:
    r"""Draw the final probability density over two axes, on the contours of zeta.

    The density ``p / (dx dy)`` integrates to 1 over the periodic box: the measured one where there
    are counts, else ``|psi|^2``. The contours of zeta have equal areas between them. The dashed
    contour encloses 90 % of the imaginary-time ground state, stars are the known minimizers, the
    circle is the most probable point.

    Args:
        result: Outcome of `anneal`, `evolve` or `relax` in two or more dimensions.
        ax: Where to draw; default a new figure, ``ax.figure``.
        axes: Horizontal and vertical axis; needed in three and more dimensions, where the
            probability is summed and zeta minimised over the others.

    Raises:
        ValueError: The grid has one axis, or `axes` does not say which two.

    >>> import qdml_quantum as qdml
    >>> problem = qdml.Problem(qdml.Grid([(-4, 4), (-4, 4)], 4), "sphere")
    >>> image = plot_map(qdml.relax(problem, 1.0)).images[0]
    >>> round(float(image.get_array().sum()) * 0.5 * 0.5, 9)
    1.0
    """
    pair = _pair(result, axes)
    ax = style.new_axes(6.4, 5.4) if ax is None else ax
    zeta = surface(result.problem, pair, _CONTOURS)
    image = draw_map(
        result, ax, pair, result.probabilities, zeta, measured=result.counts is not None
    )
    cell = rf"\Delta {_symbol(result, pair[0])} \Delta {_symbol(result, pair[1])}"
    label = rf"{style.outcome_label(result)}: density $p / ({cell})$"
    ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=30, label=label)
    handles = _draw_marks(result, ax, pair)
    style.legend_below(ax, handles, columns=2)
    style.set_headline(ax, result, "Where the probability ends", width=76)
    return ax


@typed
def plot_stage_maps(
    result: Result, *, max_panels: int = 6, axes: Sequence[int] | None = None
) -> Figure:
    """Draw small maps stage by stage, then the measured histogram and the ground state.

    Args:
        result: Outcome of `anneal`, `evolve` or `relax` in two or more dimensions.
        max_panels: Most stages to show, the first and the last among them.
        axes: As for `plot_map`.

    Raises:
        ValueError: The grid has one axis, or `axes` does not say which two.

    >>> import qdml_quantum as qdml
    >>> problem = qdml.Problem(qdml.Grid([(-4, 4), (-4, 4)], 4), "sphere")
    >>> result = qdml.anneal(problem)
    >>> [ax.get_title() for ax in plot_stage_maps(result, max_panels=2).axes][-1]
    'ground state (imaginary time)'
    """
    pair = _pair(result, axes)
    panels, most = [], count("max_panels", max_panels)
    if result.stage_probabilities is not None:
        for number in spread(len(result.stages), most):
            title = f"stage {number + 1}: $D$ = {result.stages[number].diffusion:.3g}"
            panels.append((title, result.stage_probabilities[number], False))
    if result.counts is not None or not panels:
        outcome = (style.outcome_label(result), result.probabilities, result.counts is not None)
        panels.append(outcome)
    if result.reference is not None:
        panels.append(("ground state (imaginary time)", result.reference.state**2, False))
    zeta = surface(result.problem, pair, _CONTOURS)
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    figure = style.new_figure(0.4 + 2.7 * columns, 1.4 + 2.75 * rows, "compressed")
    for number, (title, probabilities, measured) in enumerate(panels):
        ax = figure.add_subplot(rows, columns, number + 1)
        draw_map(result, ax, pair, probabilities, zeta, measured=measured, lines=5)
        draw_stars(result, ax, pair, size=9)
        ax.set_title(title, fontsize=9)
        ax.label_outer()
    shown = "Where the probability is, stage by stage; each panel from 0 to its own largest density"
    style.set_headline(figure, result, shown)
    return figure


def _pair(result: Result, axes: Sequence[int] | None) -> tuple[int, int]:
    dimensions = result.grid.dimensions
    if dimensions == 1:
        must = "have two or more axes"
        raise bad_value("result", must, "one-dimensional", "Use `plot_stages`.")
    if axes is None and dimensions == 2:
        axes = (0, 1)
    if axes is None or len(axes) != 2 or axes[0] == axes[1]:
        must, actual = f"name two of the {dimensions} axes", "missing" if axes is None else axes
        raise bad_value("axes", must, actual, "Write axes=(0, 1), or use `plot_marginals`.")
    first, second = (style.require_axis("axes", axis, dimensions) for axis in axes)
    return first, second


def _symbol(result: Result, axis: int) -> str:
    return "xy"[axis] if result.grid.dimensions == 2 else f"x_{{{axis + 1}}}"


def draw_map(
    result: Result,
    ax: Axes,
    pair: tuple[int, int],
    probabilities: Array,
    zeta: tuple[Array, Array, Array],
    *,
    measured: bool,
    lines: int = 7,
) -> AxesImage:
    """Draw probability as an image of grid cells, zeta as contours, and labels."""
    rulers = [result.grid.axes[axis] for axis in pair]
    values, positions = density(project(probabilities, pair), rulers, CELLS)
    low = [x[0] - (x[1] - x[0]) / 2 for x in positions]
    extent = [(a, a + ruler.length) for a, ruler in zip(low, rulers, strict=True)]
    smooth = not measured and max(values.shape) < _COARSE
    kind = "bicubic" if smooth else "nearest"
    corners = (*extent[0], *extent[1])
    image = ax.imshow(values.T, extent=corners, vmin=0, interpolation=kind, **_IMAGE)
    cuts = levels(zeta[2], lines)
    if cuts:
        x, y, heights = to_the_edges(zeta, extent)
        ax.contour(x, y, heights.T, levels=cuts, **_LINES)
    ratio = rulers[0].length / rulers[1].length
    ax.set(xlim=extent[0], ylim=extent[1])
    ax.set_aspect("equal" if 1 / 3 < ratio < 3 else "auto")
    for ruler, axis, name in zip(rulers, pair, ("x", "y"), strict=True):
        words = f"${_symbol(result, axis)}$, {style.box_label(ruler.lower, ruler.upper)}"
        ax.set(**{f"{name}label": words})
    return image


def draw_stars(result: Result, ax: Axes, pair: tuple[int, int], size: float) -> Line2D:
    """Draw the minimizers."""
    lowest = np.array(sorted({(p[pair[0]], p[pair[1]]) for p in result.goal.minimizers}))
    (stars,) = ax.plot(
        lowest[:, 0], lowest[:, 1], "*", ms=size, label=style.minimizer_label(result), **style.STAR
    )
    return stars


def _draw_marks(result: Result, ax: Axes, pair: tuple[int, int]) -> list[Any]:
    handles: list[Any] = [
        Line2D([], [], color=style.GREY, lw=0.8, label=r"contours of $\zeta$"),
        draw_stars(result, ax, pair, size=14),
    ]
    best = tuple(result.minimizer[axis] for axis in pair)
    words = "most probable point"
    handles += ax.plot(
        *best, "o", ms=15, mfc="none", mec=style.ORANGE, mew=2, zorder=4, label=words
    )
    if result.reference is not None:
        rulers = [result.grid.axes[axis] for axis in pair]
        state, fine = result.reference.state, rulers
        if result.grid.dimensions == 2 and max(state.shape) < _COARSE:
            state = interpolated(state, tuple(_FINE * size for size in state.shape)).real
            more = _FINE.bit_length() - 1
            fine = [replace(ruler, num_qubits=ruler.num_qubits + more) for ruler in rulers]
        values, (x, y) = density(project(state**2, pair), fine, CELLS)
        level = level_holding(values, SHARE)
        if values.min() < level < values.max():
            ink = style.INK
            ax.contour(x, y, values.T, [level], colors=ink, linestyles="dashed", linewidths=1.3)
            words = f"{SHARE:.0%} of the ground state (imaginary time)"
            handles.append(Line2D([], [], color=style.INK, ls="--", lw=1.3, label=words))
    return handles
