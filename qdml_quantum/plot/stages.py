"""Probability along one axis, stage by stage, over the objective."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from qdml_quantum.plot import style
from qdml_quantum.plot.data import curve, density, project, spread, wells
from qdml_quantum.runs.result import Result
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.typed import typed

# About the pixels across a figure; bars that hold enough shots not to look like noise.
_POINTS, _BARS = 1024, 128
_SHOWN = "Where the packet is, stage by stage"


@typed
def plot_stages(
    result: Result, ax: Axes | None = None, *, max_curves: int = 8, axis: int | None = None
) -> Axes:
    r"""Draw zeta(x) and the probability density ``|psi|^2 / dx`` stage by stage.

    Left axis: zeta. Right axis: densities, each of which integrates to 1 over the periodic box;
    light curves are early stages, dark ones late. The measured histogram, the imaginary-time ground
    state (dashed) and the known minimizers (stars) are drawn where the result has them. Of more
    than 1024 points (128 of a histogram) neighbours are joined.

    Args:
        result: Outcome of `anneal`, `evolve` or `relax`.
        ax: Where to draw; default a new figure, ``ax.figure``.
        max_curves: Most stages to show, the first and the last among them.
        axis: Which axis of the grid; needed in two and more dimensions, where the marginal
            probability is drawn, and zeta minimised over the other axes.

    Returns:
        The Axes of zeta; that of the densities is its twin.

    Raises:
        ValueError: The grid has several axes and `axis` does not say which.

    >>> import qdml_quantum as qdml
    >>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"))
    >>> ax = plot_stages(result, max_curves=4)
    >>> x, last = ax.figure.axes[1].get_lines()[3].get_data()
    >>> round(float(last.sum() * (x[1] - x[0])), 9)
    1.0
    """
    dimensions = result.grid.dimensions
    if axis is None and dimensions > 1:
        remedy = "Write axis=0, or use `plot_map` (2-D) or `plot_marginals`."
        raise bad_value("axis", f"say which of the {dimensions} axes to draw", "missing", remedy)
    ax = style.new_axes() if ax is None else ax
    axis = style.require_axis("axis", 0 if axis is None else axis, dimensions)
    twin, handles, scale = _draw(result, ax, axis, count("max_curves", max_curves))
    style.legend_below(ax, handles)
    if scale is not None:
        ax.figure.colorbar(scale[0], ax=[ax, twin], label=scale[1], pad=0.02, aspect=30)
    style.set_headline(ax, result, _SHOWN)
    return ax


@typed
def plot_marginals(result: Result, *, max_curves: int = 6) -> Figure:
    """Draw `plot_stages` for every axis: the marginal probabilities of a grid of any dimension.

    Args:
        result: Outcome of `anneal`, `evolve` or `relax`.
        max_curves: Most stages to show.

    >>> import qdml_quantum as qdml
    >>> box = [(-4, 4), (-4, 4), (-4, 4)]
    >>> result = qdml.relax(qdml.Problem(qdml.Grid(box, 3), "sphere"), 1.0)
    >>> len(plot_marginals(result).axes)  # zeta and density of each
    6
    """
    total = result.grid.dimensions
    columns = min(total, 3)
    rows = -(-total // columns)
    size = (1.2 + 4.0 * columns, 1.2 + 3.2 * rows)
    figure = style.new_figure(*size)
    panels: list[Axes] = []
    for axis in range(total):
        ax = figure.add_subplot(rows, columns, axis + 1)
        twin, handles, scale = _draw(result, ax, axis, count("max_curves", max_curves))
        panels += [ax, twin]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=9, frameon=False)
    if scale is not None:
        figure.colorbar(scale[0], ax=panels, label=scale[1], pad=0.02, aspect=30)
    style.set_headline(figure, result, _SHOWN)
    return figure


def _draw(
    result: Result, ax: Axes, axis: int, max_curves: int
) -> tuple[Axes, list[Any], tuple[ScalarMappable, str] | None]:
    """Fill one panel: the Axes of the densities, what the legend shows, the colours of stages."""
    twin = ax.twinx()
    handles = _draw_objective(result, ax, axis)
    lines, scale = _draw_stages(result, twin, axis, max_curves)
    handles += lines + _draw_outcome(result, twin, axis)
    ruler = result.grid.axes[axis]
    box = style.box_label(ruler.lower, ruler.upper)
    if result.grid.dimensions == 1:
        ax.set_xlabel(f"position $x$ (dimensionless), {box}")
        ax.set_ylabel(r"objective $\zeta(x)$", color=style.INK)
        twin.set_ylabel(r"probability density $|\psi|^2 / \Delta x$")
    else:
        symbol = f"x_{{{axis + 1}}}"
        ax.set_xlabel(f"${symbol}$, {box}")
        ax.set_ylabel(r"$\zeta$, smallest over the other axes", color=style.INK)
        twin.set_ylabel(rf"marginal density $P({symbol}) / \Delta {symbol}$")
    ax.set_xlim(ruler.lower - ruler.spacing / 2, ruler.upper)
    twin.set_ylim(0, None)
    for axes in (ax, twin):
        axes.spines["top"].set_visible(False)
    style.lift(ax, twin)
    return twin, handles, scale


def _draw_objective(result: Result, ax: Axes, axis: int) -> list[Any]:
    x, zeta = curve(result.problem, axis, 2 * _POINTS)
    lines = ax.plot(x, zeta, color=style.GREY, lw=1.4, label=r"objective $\zeta$")
    ruler = result.grid.axes[axis]
    if style.dot(ruler.size):
        values = project(result.problem.values, [axis], np.min)
        lines += ax.plot(ruler.points, values, "o", ms=2.5, color=style.GREY)
    low, high = wells(zeta)
    margin = 0.06 * (high - low) or 1.0
    ax.set_ylim(low - margin, high + margin)
    lowest = sorted({point[axis] for point in result.goal.minimizers})
    heights = np.interp(lowest, x, zeta, period=ruler.length)
    stars = ax.plot(lowest, heights, "*", label=style.minimizer_label(result), **style.STAR, ms=13)
    return [lines[0], *stars]


def _draw_stages(
    result: Result, ax: Axes, axis: int, max_curves: int
) -> tuple[list[Any], tuple[ScalarMappable, str] | None]:
    """The computed probability: some of the stages, or the final one where no others were kept."""
    marker = style.dot(result.grid.axes[axis].size, ".")
    if result.stage_probabilities is None:
        if result.state is None:
            return [], None
        final = _along(np.abs(result.state) ** 2, result, axis)
        return ax.plot(*final, marker=marker, color=style.BLUE, label=r"final $|\psi|^2$"), None
    scale, values, label = style.stage_scale(result)
    for number in spread(len(values), max_curves):
        colour = scale.to_rgba(np.array(values[number]))
        curve = _along(result.stage_probabilities[number], result, axis)
        lines = ax.plot(*curve, marker=marker, ms=4, lw=1.6, color=colour)
    lines[0].set(label="last stage", linewidth=2.2)
    return lines, (scale, label)


def _draw_outcome(result: Result, ax: Axes, axis: int) -> list[Any]:
    """The measured histogram and the ground state."""
    handles: list[Any] = []
    if result.counts is not None:
        x, values = _along(result.probabilities, result, axis, _BARS)
        step = x[1] - x[0]
        edges = np.append(x - step / 2, x[-1] + step / 2)
        words = style.outcome_label(result)
        bars = ax.stairs(
            values, edges, fill=True, color=style.SKY, alpha=0.45, zorder=0, label=words
        )
        handles.append(bars)
        if result.state is None:
            flat = 1 / result.grid.axes[axis].length
            handles.append(ax.axhline(flat, color=style.PURPLE, ls=":", label="uniform"))
    if result.reference is not None:
        curve = _along(result.reference.state**2, result, axis)
        words = "ground state (imaginary time)"
        handles += ax.plot(*curve, "--", color=style.VERMILION, label=words)
    return handles


def _along(
    probabilities: Array, result: Result, axis: int, most: int = _POINTS
) -> tuple[Array, Array]:
    """Positions and marginal density along one axis."""
    ruler = result.grid.axes[axis]
    values, (x,) = density(project(probabilities, [axis]), [ruler], most)
    return x, values
