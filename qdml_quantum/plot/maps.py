"""Probability over two axes, as a map over the contours of the objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from qdml_quantum.plot import style
from qdml_quantum.plot.data import density, level_holding, levels, project, spread, surface
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
    "interpolation": "nearest",
    "aspect": "auto",
}
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
    image = draw_map(result, ax, pair, result.probabilities, zeta)
    cell = rf"\Delta {_symbol(result, pair[0])} \Delta {_symbol(result, pair[1])}"
    label = rf"{style.outcome_label(result)}: density $p / ({cell})$"
    ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=30, label=label)
    handles = _draw_marks(result, ax, pair)
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.13),
        ncols=2,
        fontsize=8,
        frameon=False,
    )
    style.set_headline(ax, result, width=60)
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
            panels.append((title, result.stage_probabilities[number]))
    if result.counts is not None or not panels:
        panels.append((style.outcome_label(result), result.probabilities))
    if result.reference is not None:
        panels.append(("ground state (imaginary time)", result.reference.state**2))
    zeta = surface(result.problem, pair, _CONTOURS)
    columns = min(len(panels), 4)
    rows = -(-len(panels) // columns)
    figure = style.new_figure(0.4 + 2.7 * columns, 1.4 + 2.75 * rows, "compressed")
    for number, (title, probabilities) in enumerate(panels):
        ax = figure.add_subplot(rows, columns, number + 1)
        draw_map(result, ax, pair, probabilities, zeta, lines=5)
        draw_stars(result, ax, pair, size=9)
        ax.set_title(title, fontsize=9)
        ax.label_outer()
    note = "every panel has its own colour scale, from 0 to its largest density"
    style.set_headline(figure, result, note=note)
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
    lines: int = 7,
) -> AxesImage:
    """Draw probability as an image of grid cells, zeta as contours, and labels."""
    rulers = [result.grid.axes[axis] for axis in pair]
    values, positions = density(project(probabilities, pair), rulers, CELLS)
    low = [x[0] - (x[1] - x[0]) / 2 for x in positions]
    extent = [(a, a + ruler.length) for a, ruler in zip(low, rulers, strict=True)]
    image = ax.imshow(values.T, extent=(*extent[0], *extent[1]), vmin=0, **_IMAGE)
    cuts = levels(zeta[2], lines)
    if cuts:
        ax.contour(*zeta[:2], zeta[2].T, levels=cuts, **_LINES)
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
        ground = project(result.reference.state**2, pair)
        values, (x, y) = density(ground, rulers, CELLS)
        level = level_holding(values, SHARE)
        if values.min() < level < values.max():
            ink = style.INK
            ax.contour(x, y, values.T, [level], colors=ink, linestyles="dashed", linewidths=1.3)
            words = f"{SHARE:.0%} of the ground state (imaginary time)"
            handles.append(Line2D([], [], color=style.INK, ls="--", lw=1.3, label=words))
    return handles
