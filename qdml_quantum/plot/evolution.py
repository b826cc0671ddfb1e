"""Observables against time, over the density as it moves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from qdml_quantum.plot import style
from qdml_quantum.plot.data import project
from qdml_quantum.runs.evolution import Evolution
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.typed import typed

_WORDS = {
    "energy": r"energy $\langle H \rangle$",
    "norm": r"norm $\langle\psi|\psi\rangle$",
}
_SYMBOL = re.compile(r"([xp])(\d*)(_width)?")
_CONSTANT = 1e-3  # Of its size: what changes by less is drawn as a line across its panel.
_MOST = 256  # Times and points of the map of the density: about three pixels each.


@typed
def plot_evolution(
    evolution: Evolution, ax: Axes | None = None, *, names: Sequence[str] | None = None
) -> Axes:
    """Draw observables against time; above them the density, where it was kept.

    Each observable has a panel, as they have units of their own. A mean position is drawn into the
    density, and the standard deviation around its mean as a band where both were asked for.

    Args:
        evolution: What `evolve` gave.
        ax: Where to draw all of them together; default a new figure, ``ax.figure``.
        names: Which observables; default all.

    Returns:
        The Axes, the first of several.

    Raises:
        ValueError: There is no such observable.

    >>> import qdml_quantum as qdml
    >>> well = qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic")
    >>> moving = qdml.evolve(well, 0.5, times=[0, 1, 2], initial=qdml.Gaussian(1, 0.7))
    >>> [panel.get_ylabel()[:6] for panel in plot_evolution(moving).figure.axes]
    ['mean $', 'mean $', 'energy']
    """
    known = evolution.columns()
    wanted = list(evolution.expect) if names is None else list(names)
    for name in wanted:
        if name not in evolution.expect:
            raise bad_value("names", f"be of {', '.join(evolution.expect)}", name)
    shown = [name for name in known if name.split("[")[0] in wanted and name != "t"]
    if ax is not None:
        for name in shown:
            ax.plot(evolution.times, known[name], label=style.text(name))
        ax.set(xlabel="time $t$", ylabel="observables")
        style.legend_beside(ax)
        return ax
    means = {f"{name}_width": name for name in shown if f"{name}_width" in shown}
    panels = [name for name in shown if name not in means]
    density = evolution.densities is not None
    rows = len(panels) + density
    heights = [2.2] * density + [1.0] * len(panels)
    figure = style.new_figure(7.2, 0.9 + 1.35 * sum(heights))
    axes = style.add_panels(figure, rows, 1, sharex=True, height_ratios=heights)[:, 0]
    if density:
        _draw_density(evolution, axes[0])
    for axis, name in zip(axes[density:], panels, strict=True):
        colour = style.BLUE
        values = known[name]
        axis.plot(evolution.times, values, style.dot(values.size, ".-") or "-", color=colour)
        if f"{name}_width" in means:
            width = known[f"{name}_width"]
            low, high = values - width, values + width
            axis.fill_between(evolution.times, low, high, color=colour, alpha=0.2, lw=0)
        axis.set_ylabel(label_of(name), fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(x=0)
        _steady(axis, values)
    axes[-1].set_xlabel("time $t$ (dimensionless)")
    figure.align_ylabels(axes)
    colour = style.INK if evolution.passed else style.VERMILION
    figure.suptitle(_title(evolution), fontsize=10, color=colour)
    return axes[0]  # type: ignore[no-any-return]


def _steady(ax: Axes, values: Array) -> None:
    """Let what is constant look constant: rounding errors fill no panel."""
    middle, scale = float(np.mean(values)), float(np.abs(values).max())
    if np.ptp(values) < _CONSTANT * scale:
        ax.set_ylim(middle - 0.05 * scale, middle + 0.05 * scale)
    ax.ticklabel_format(axis="y", useOffset=False)


def label_of(name: str) -> str:
    r"""An observable in words.

    >>> label_of("p2"), label_of("x_width"), label_of("level0"), label_of("x < 0.5")
    ('mean $\\langle p_{2} \\rangle$', 'width of $x$', 'population\nof level 0', 'probability\nx < 0.5')
    """  # noqa: E501 - the answer of a doctest
    if name in _WORDS:
        return _WORDS[name]
    if match := _SYMBOL.fullmatch(name):
        symbol = match[1] + (f"_{{{match[2]}}}" if match[2] else "")
        return f"width of ${symbol}$" if match[3] else rf"mean $\langle {symbol} \rangle$"
    if name.startswith("level"):
        return f"population\nof level {name[5:]}"
    if name.startswith("entropy"):
        return "entanglement\nentropy (nats)"
    return f"probability\n{style.text(name)}" if set("<>") & set(name) else style.text(name)


def _draw_density(evolution: Evolution, ax: Axes) -> None:
    """Density over time and the first axis, the others integrated."""
    assert evolution.densities is not None
    ruler = evolution.grid.axes[0]
    cell = float(np.prod([axis.spacing for axis in evolution.grid.axes[1:]]))
    rows = [project(density, [0]) * cell for density in evolution.densities]
    values = np.array(rows)
    step = max(1, values.shape[1] // _MOST)
    x = ruler.points[::step]
    picked = np.unique(np.linspace(0, len(rows) - 1, _MOST).astype(int))
    options: dict[str, Any] = {"cmap": "Blues", "vmin": 0, "shading": "gouraud"}
    image = ax.pcolormesh(evolution.times[picked], x, values[picked, ::step].T, **options)
    name = "x" if "x" in evolution.expect else "x1"
    if name in evolution.expect:
        ax.plot(evolution.times, evolution.expect[name], color=style.VERMILION, lw=1.2)
    symbol = "x" if evolution.grid.dimensions == 1 else "x_1"
    ax.set(ylabel=f"position ${symbol}$", ylim=(ruler.lower, ruler.upper))
    ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=14, label=r"density $|\psi|^2$")


def _title(evolution: Evolution) -> str:
    name = style.text(evolution.problem.objective.name)
    last = f"t = {evolution.times[-1]:.4g}"
    d = evolution.diffusions
    words = f"D = {d[0]:.4g}" if np.ptp(d) == 0 else f"D from {d[0]:.4g} to {d[-1]:.4g}"
    lines = [f"Evolution under {name} until {last}, {words}"]
    if not evolution.unitary:
        lines.append("with an absorber: not unitary")
    failed = [check.name for check in evolution.checks if check.decides and not check.passed]
    return "\n".join(lines + ([f"checks failed: {', '.join(failed)}"] if failed else []))
