"""The oscillation that a gap was measured from."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from qdml_quantum.plot import style
from qdml_quantum.runs.measured_gap import GapEstimate
from qdml_quantum.support.typed import typed


@typed
def plot_gap(estimate: GapEstimate, ax: Axes | None = None) -> Axes:
    """Draw what was measured of a packet that tunnels against time, and the fitted cosines.

    Points have 95 % intervals of the shots alone.

    Args:
        estimate: What `measure_gap` gave.
        ax: Where to draw; default a new figure, ``ax.figure``.
    """
    ax = style.new_axes() if ax is None else ax
    handles = []
    for one, colour, mark in zip(
        estimate.series, (style.VERMILION, style.BLUE), "os", strict=False
    ):
        fine = np.linspace(0, one.times[-1], 400)
        ax.plot(fine, one.curve(fine), "-", color=colour, lw=1.3)
        dots = ax.errorbar(one.times, one.signal, 1.96 * one.errors, fmt=mark, color=colour, ms=4)
        dots.set_label(f"steps of {one.time_step:.3g}, frequency {one.frequency:.3f}")
        handles.append(dots)
    ax.set(xlabel="time", ylabel=r"$\langle g \rangle$")
    style.legend_below(ax, handles, columns=1)
    title = f"gap {estimate.gap}, exact {estimate.exact:.4f}"
    ax.set_title(style.text(title), fontsize=10)
    return ax
