"""Probability along one axis, stage by stage, over the objective."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from qdml_quantum.messages import argument, count
from qdml_quantum.plot import style
from qdml_quantum.plot.data import Array, curve, density, project, spread
from qdml_quantum.result import Result

_POINTS = 1024
_MARKERS = 64


def plot_stages(
    result: Result, ax: Axes | None = None, *, max_curves: int = 8, axis: int | None = None
) -> Axes:
    r"""Draw zeta(x) and the probability density ``|psi|^2 / dx`` stage by stage.

    Left axis: zeta. Right axis: densities, each of which integrates to 1 over the periodic box;
    light curves are early stages, dark ones late. The measured histogram, the imaginary-time ground
    state (dashed) and the known minimizers (stars) are drawn where the result has them. Of more
    than 1024 points neighbours are joined.

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
        raise ValueError(
            argument(
                "axis",
                f"say which of the {dimensions} axes to draw",
                "missing",
                "Write axis=0, or use `plot_map` (2-D) or `plot_marginals`.",
            )
        )
    ax = style.new_axes() if ax is None else ax
    twin, scale, label = _draw(
        result,
        ax,
        style.require_axis("axis", axis or 0, dimensions),
        count("max_curves", max_curves),
    )
    if scale is not None:
        ax.figure.colorbar(scale, ax=[ax, twin], label=label, pad=0.02, aspect=30)
    style.set_headline(ax, result)
    return ax


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
    size = (1.2 + 4.3 * columns, 0.7 + 3.4 * rows)
    figure = Figure(figsize=size, layout="constrained")
    panels: list[Axes] = []
    for axis in range(total):
        ax = figure.add_subplot(rows, columns, axis + 1)
        twin, scale, label = _draw(result, ax, axis, count("max_curves", max_curves), columns=2)
        panels += [ax, twin]
    if scale is not None:
        figure.colorbar(scale, ax=panels, label=label, pad=0.02, aspect=30)
    colour = style.INK if result.passed else style.VERMILION
    figure.suptitle(style.headline(result), fontsize=11, color=colour)
    return figure


def _draw(
    result: Result, ax: Axes, axis: int, max_curves: int, *, columns: int = 3
) -> tuple[Axes, ScalarMappable | None, str]:
    """Fill one panel; returns the Axes of the densities and the colour scale of the stages."""
    twin = ax.twinx()
    handles = _draw_objective(result, ax, axis)
    found, scale, label = _draw_densities(result, twin, axis, max_curves)
    ruler = result.grid.axes[axis]
    symbol = "x" if result.grid.dimensions == 1 else f"x_{{{axis + 1}}}"
    ax.set_xlabel(
        f"position ${symbol}$ (dimensionless), {style.box_label(ruler.lower, ruler.upper)}"
    )
    one = result.grid.dimensions == 1
    others = "" if one else ", minimum over the other axes"
    ax.set_ylabel(rf"objective $\zeta({symbol})${others}", color=style.INK)
    twin.set_ylabel(
        rf"probability density $|\psi|^2 / \Delta {symbol}$"
        if one
        else rf"marginal density $P({symbol}) / \Delta {symbol}$"
    )
    ax.set_xlim(ruler.lower - ruler.spacing / 2, ruler.upper)
    twin.set_ylim(0, None)
    for axes in (ax, twin):
        axes.spines["top"].set_visible(False)
    style.legend_on_top(twin, [*handles, *found], columns=columns)
    return twin, scale, label


def _draw_objective(result: Result, ax: Axes, axis: int) -> list[Any]:
    x, zeta = curve(result.problem, axis, 2 * _POINTS)
    (line,) = ax.plot(x, zeta, color=style.GREY, lw=1.4, label=r"objective $\zeta$")
    ruler = result.grid.axes[axis]
    if ruler.size <= _MARKERS:
        values = project(result.problem.values, [axis], np.min)
        ax.plot(ruler.points, values, "o", ms=2.5, color=style.GREY)
    places = sorted({point[axis] for point in result.known_minimizers})
    heights = np.interp(places, x, zeta, period=ruler.length)
    stars = ax.plot(
        places,
        heights,
        "*",
        ms=13,
        color=style.VERMILION,
        mec="white",
        mew=0.8,
        label=style.minimizer_label(result),
        zorder=5,
        clip_on=False,
    )
    ax.margins(y=0.06)
    return [line, *stars]


def _draw_densities(
    result: Result, ax: Axes, axis: int, max_curves: int
) -> tuple[list[Any], ScalarMappable | None, str]:
    ruler = result.grid.axes[axis]

    def along(probabilities: Array) -> tuple[Array, Array]:
        values, (x,) = density(project(probabilities, [axis]), [ruler], _POINTS)
        return x, values

    handles: list[Any] = []
    marker = "." if ruler.size <= _MARKERS else ""
    scale, label = None, ""
    if result.stage_probabilities is not None:
        scale, values, label = style.stage_scale(result)
        for number in spread(len(values), max_curves):
            colour = scale.to_rgba(np.array(values[number]))
            ax.plot(
                *along(result.stage_probabilities[number]),
                marker=marker,
                ms=4,
                lw=1.6,
                color=colour,
            )
        handles += ax.get_lines()[-1:]
        handles[0].set_label("last stage" if len(values) > 1 else "after the stage")
    elif result.state is not None:
        final = np.abs(result.state) ** 2
        handles += ax.plot(
            *along(final), marker=marker, ms=4, lw=1.8, color=style.BLUE, label=r"final $|\psi|^2$"
        )
    if result.counts is not None:
        handles.append(_draw_histogram(result, ax, *along(result.probabilities)))
        if result.state is None:
            handles.append(
                ax.axhline(1 / ruler.length, color=style.PURPLE, ls=":", lw=1.4, label="uniform")
            )
    if result.reference is not None:
        handles += ax.plot(
            *along(result.reference.state**2),
            "--",
            color=style.VERMILION,
            lw=1.5,
            label="ground state (imaginary time)",
        )
    return handles, scale, label


def _draw_histogram(result: Result, ax: Axes, x: Array, values: Array) -> Any:
    step = x[1] - x[0]
    edges = np.append(x - step / 2, x[-1] + step / 2)
    return ax.stairs(
        values,
        edges,
        fill=True,
        color=style.SKY,
        alpha=0.4,
        zorder=0,
        label=style.outcome_label(result),
    )
