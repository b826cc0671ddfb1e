"""The histogram of a device beside what it should be, and what noise alone makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.patches import Patch
from numpy.typing import NDArray

from qdml_quantum.diagnostics.metrics import wilson_interval
from qdml_quantum.plot import style
from qdml_quantum.runs.result import Result
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.typed import typed

if TYPE_CHECKING:
    from qdml_quantum.hardware.verdict.device_run import DeviceRun

_ERROR_BARS = 128
"""More points than this have no error bars: they would be a blot."""
_FAINT = 0.45  # Bars lie behind all else, and the lines over them must be seen.
# On a square-root scale these are about equally far apart.
_TICKS = (0, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 1)


@typed
def plot_device(result: Result, ax: Axes | None = None) -> Axes:
    r"""Draw the measured histogram with the ideal, the predicted and the uniform one.

    Bars are the ideal anneal, the stepped line is the prediction with the noise of the device,
    points are what was measured, with 95 % Wilson intervals, and the dotted line is uniform: what
    noise alone makes. Over x in one dimension; in more, over the grid points in the order of
    falling ideal probability, on a square-root scale, the one on which S compares histograms. In
    two dimensions a new figure has maps of the histograms above. The title is red where the data do
    not support the claim.

    Args:
        result: Of a device: what `fetch` or `anneal` returned.
        ax: Where to draw; default a new figure, ``ax.figure``.

    Raises:
        ValueError: The result is of a simulator, and has no prediction to lay beside it.
    """
    maps = ax is None and result.grid.dimensions == 2
    if ax is None:
        ax = _with_maps(result) if maps else style.new_axes()
    if result.grid.dimensions == 1:
        axis = result.grid.axes[0]
        order, positions, width = np.arange(axis.size), axis.points, axis.spacing
        label = f"$x$, {style.box_label(axis.lower, axis.upper)}"
    else:
        order = np.argsort(-_device(result).plan.ideal["position"], axis=None, kind="stable")
        positions, width = np.arange(1.0, result.grid.size + 1), 1.0
        label = f"rank among the {result.grid.size} grid points by ideal probability"
    handles = _draw(result, ax, order, positions, width)
    ax.set(
        xlabel=label,
        ylabel="probability of a grid point",
        xlim=(positions[0] - width / 2, positions[-1] + width / 2),
    )
    ax.set_ylim(bottom=0)
    style.legend_below(ax, handles, columns=4)
    if result.grid.dimensions > 1:
        ax.set_yscale("function", functions=(lambda p: np.sqrt(np.maximum(p, 0.0)), np.square))
        high = ax.get_ylim()[1]
        ax.set_ylim(0, high)
        ticks = [tick for tick in _TICKS if tick <= high]
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    write = ax.figure.suptitle if maps else ax.set_title
    colour = style.INK if result.passed else style.VERMILION
    write(_headline(result), fontsize=10, color=colour)
    return ax


def _device(result: Result) -> DeviceRun:
    if result.device is None:
        remedy = "Draw it with plot_marginals."
        raise bad_value("result", "be of a device", f"of `{result.backend}`", remedy)
    return result.device


def _with_maps(result: Result) -> Axes:
    """A figure with maps of the histograms in its upper row; the empty Axes of the lower one."""
    device = _device(result)
    panels = {"ideal": device.plan.ideal["position"]}
    if device.predicted is not None:
        panels["predicted with noise"] = device.predicted["position"]
    panels[f"{style.text(result.backend)} ({result.shots} shots)"] = result.probabilities
    figure = style.new_figure(7.2, 6.6)
    rows = figure.add_gridspec(2, len(panels), height_ratios=(1, 1.15))
    norm = PowerNorm(0.5, 0, max(float(values.max()) for values in panels.values()))
    across, along = result.grid.axes
    low = [axis.lower - axis.spacing / 2 for axis in (across, along)]
    extent = (low[0], low[0] + across.length, low[1], low[1] + along.length)
    points = np.array(result.goal.minimizers)
    image: Any = None
    maps = []
    for column, (title, values) in enumerate(panels.items()):
        panel = figure.add_subplot(rows[0, column])
        image = panel.imshow(
            values.T, origin="lower", extent=extent, norm=norm, cmap="Blues", aspect="auto"
        )
        panel.plot(points[:, 0], points[:, 1], "*", ms=9, **style.STAR)
        panel.set(xlim=extent[:2], ylim=extent[2:], xlabel="$x$")
        panel.set_title(title, fontsize=9)
        if column:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel("$y$")
        maps.append(panel)
    figure.colorbar(image, ax=maps, pad=0.02, aspect=20, label="probability")
    return figure.add_subplot(rows[1, :], axes_class=style.ShownAxes)


def _draw(
    result: Result, ax: Axes, order: NDArray[Any], positions: Array, width: float
) -> list[Any]:
    """All four histograms; what the legend shows."""
    ideal = _device(result).plan.ideal["position"].ravel()[order]
    ax.bar(positions, ideal, width=width, color=style.SKY, alpha=_FAINT, lw=0)
    handles: list[Any] = [Patch(color=style.SKY, alpha=_FAINT, lw=0, label="ideal")]
    noisy = _device(result).predicted
    if noisy is not None:
        edges = np.append(positions - width / 2, positions[-1] + width / 2)
        predicted = noisy["position"].ravel()[order]
        words = "predicted with noise"
        handles.append(ax.stairs(predicted, edges, color=style.BLUE, lw=1.3, label=words))
    measured = result.probabilities.ravel()[order]
    bars = _bars(measured, int(result.shots or 0)) if measured.size <= _ERROR_BARS else None
    words = f"{style.text(result.backend)} ({result.shots} shots)"
    size = max(2.0, 5.0 - measured.size / 32)
    dots = ax.errorbar(
        positions, measured, bars, fmt="o", ms=size, color=style.VERMILION, elinewidth=1.2, zorder=4
    )
    dots.set_label(words)
    handles.append(dots)
    flat = 1 / measured.size
    handles.append(ax.axhline(flat, color=style.GREY, ls=":", lw=1.5, label="uniform"))
    return handles


def _bars(measured: Array, shots: int) -> Array:
    """Lengths below and above of 95 % Wilson intervals."""
    hits = np.rint(measured * shots).astype(int)
    low, high = np.transpose([wilson_interval(int(hit), shots) for hit in hits])
    return np.maximum([measured - low, high - measured], 0.0)


def _headline(result: Result) -> str:
    device = _device(result)
    steps = device.plan.anneal.schedule.num_steps
    plural = "" if steps == 1 else "s"
    loaded = f", the first {device.plan.preload} loaded" if device.plan.preload else ""
    if not device.plan.dynamics:
        loaded = ", all loaded, no dynamics"
    s, expected = device.signal, device.plan.expected_signal
    predicted = "" if expected is None else f", predicted {expected:.2f}"
    verdict = "supported" if result.passed else "not supported"
    return (
        f"{style.subject(result)}, {steps} step{plural}{loaded}: {verdict} by the data\n"
        f"$S$ = {s.value:.2f} [{s.low:.2f}, {s.high:.2f}]{predicted}; "
        f"success {result.success.value:.2f}, ideal {device.ideal_success:.2f}, "
        f"uniform {result.goal.baseline:.2f}"
    )
