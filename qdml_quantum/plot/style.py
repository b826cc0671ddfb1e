"""What all figures share: colours, titles, room for the legend, the step to PNG."""

from __future__ import annotations

import io
import textwrap
from typing import Any, Literal

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from qdml_quantum.runs.result import Result
from qdml_quantum.support.messages import bad_value

_NOTEBOOK = 90  # Pixels of a page for an inch: at 150 dots it is still sharp on fine screens.
DPI = 150  # Printed at half its size a figure has the 300 dots per inch of a journal.
_BELOW = 38  # Points between an Axes and its legend: ticks, their numbers and one line of words.
INK = "#333333"
GREY = "#888888"
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#762A83"
"""Colours that differ in every form of colour blindness, which a test measures (Okabe and Ito;
purple: ColorBrewer, as Tol's #AA4499 and this blue are alike without red cones)."""

STAR: dict[str, Any] = {
    "color": VERMILION,
    "markeredgecolor": "white",
    "markeredgewidth": 0.8,
    "zorder": 5,
}
"""How a minimizer is drawn."""


class ShownFigure(Figure):
    """A figure that a notebook shows where it is the last line of a cell.

    `pyplot`, which else does that, does not know it.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return to_png(self), {"width": round(_NOTEBOOK * self.get_figwidth())}


class ShownAxes(Axes):
    """An Axes that a notebook shows as its figure, instead of ``<Axes: >``."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        figure = self.figure
        return figure._repr_png_() if isinstance(figure, ShownFigure) else None


def new_figure(
    width: float, height: float, layout: Literal["constrained", "compressed"] = "constrained"
) -> ShownFigure:
    """An empty figure, unknown to `pyplot`."""
    return ShownFigure(figsize=(width, height), layout=layout)


def add_panels(figure: Figure, rows: int, columns: int, **options: Any) -> NDArray[Any]:
    """Rows and columns of Axes, shape ``(rows, columns)``; options as for `Figure.subplots`."""
    kind = {"axes_class": ShownAxes}
    return np.asarray(figure.subplots(rows, columns, squeeze=False, subplot_kw=kind, **options))


def new_axes(width: float = 7.2, height: float = 4.4) -> Axes:
    """An empty Axes on a figure of its own, unknown to `pyplot`."""
    return new_figure(width, height).add_subplot(axes_class=ShownAxes)


def new_row(
    panels: int, rows: int = 1, width: float = 4.2, height: float = 3.6
) -> tuple[Figure, list[Axes]]:
    """A figure with a row of empty Axes, or several that are filled one by one.

    It is unknown to `pyplot`.
    """
    across = -(-panels // rows)
    figure = new_figure(width * across, height * rows)
    axes = add_panels(figure, rows, across).ravel()
    for ax in axes[panels:]:
        ax.remove()
    axes = axes[:panels]
    for ax in axes:
        ax.set_prop_cycle(color=[BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY])
    return figure, list(axes)


def to_svg(figure: Figure) -> bytes:
    """The figure as SVG; the same figure gives the same bytes.

    >>> b"<svg" in to_svg(Figure())
    True
    """
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "qdml"}):
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    return buffer.getvalue()


def to_png(figure: Figure) -> bytes:
    """The figure as PNG, cut to what is drawn; the same figure gives the same bytes.

    >>> to_png(Figure())[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    options: dict[str, Any] = {"format": "png", "dpi": DPI, "metadata": {"Software": None}}
    image = _drawn_once(figure)
    if image is None:
        figure.savefig(buffer, bbox_inches="tight", **options)
    else:
        imsave(buffer, image, **options)
    return buffer.getvalue()


def _drawn_once(figure: Figure) -> NDArray[Any] | None:
    """Pixels of what is drawn, with a margin; None where something may lie beyond the figure.

    A layout keeps all inside. To cut, `savefig` draws a second time and measures every word once
    more [the two figures of a run: 0.69 s of processor time, so 0.53].
    """
    if figure.get_layout_engine() is None:
        return None
    shown, dpi = figure.canvas, figure.dpi
    canvas: Any = FigureCanvasAgg(figure)  # whose methods have no types
    figure.dpi = DPI
    try:
        canvas.draw()
        image = np.asarray(canvas.buffer_rgba())
    finally:
        figure.dpi = dpi
        figure.set_canvas(shown)
    paper = image[0, 0]
    inked = (image != paper).any(axis=2)
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    if inked[[0, -1]].any() or inked[:, [0, -1]].any() or not rows.size:
        return None
    part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    margin = DPI // 10  # A tenth of an inch, as matplotlib leaves where it cuts.
    height, width, channels = part.shape
    whole = np.empty((height + 2 * margin, width + 2 * margin, channels), image.dtype)
    whole[:] = paper
    whole[margin:-margin, margin:-margin] = part
    return whole


def stage_colours() -> Colormap:
    """Colours of the stages from dark to light; every colour is visible on white."""
    values = colormaps["viridis"](np.linspace(0.0, 0.88, 256))
    return LinearSegmentedColormap.from_list("stages", values)


def stage_scale(result: Result) -> tuple[ScalarMappable, list[float], str]:
    """Colour scale of the stages, their values on it, and its label.

    Early stages are light, late ones dark. The scale is D, logarithmic; or the time, where D
    does not change or reaches 0.
    """
    values = [stage.diffusion for stage in result.stages]
    if min(values) > 0 and max(values) > min(values):
        scale = ScalarMappable(LogNorm(min(values), max(values)), stage_colours())
        return scale, values, "diffusion coefficient $D$"
    times = np.cumsum([stage.time_step * stage.num_steps for stage in result.stages])
    scale = ScalarMappable(Normalize(0.0, times[-1]), stage_colours().reversed())
    return scale, [float(t) for t in times], "evolution time $t$"


def text(words: str) -> str:
    r"""Words that matplotlib shall not read as a formula.

    >>> text("cost in $")
    'cost in \\$'
    """
    return words.replace("$", r"\$")


def dot(points: int, sign: str = "o") -> str:
    """The marker of a curve; none where many points would be a blot."""
    return sign if points <= 64 else ""  # Dots of 3 points touch where there are more.


def subject(result: Result) -> str:
    """Objective and qubits of a run."""
    name = text(textwrap.shorten(result.problem.objective.name, 48, placeholder=" ..."))
    qubits = " + ".join(str(n) for n in result.grid.qubits_per_axis)
    return f"{name} on {qubits} qubit{'' if qubits == '1' else 's'}"


def headline(result: Result, shown: str) -> str:
    """What a figure shows, and of what run, in words; with the checks that failed.

    >>> import qdml_quantum as qdml
    >>> result = qdml.relax(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"), 0.5)
    >>> print(headline(result, "Where the state is"))
    Where the state is
    harmonic on 5 qubits, imaginary time at D = 0.5: 86 % near the minimum, chance 22 %
    """
    line = f"{subject(result)}, {text(result.backend)}"
    if result.anneal is None:
        line += f" at D = {result.diffusion:.4g}"
    near, chance = 100 * result.success_probability, 100 * result.goal.baseline
    line += f": {near:.2g} % near the minimum, chance {chance:.2g} %"
    failed = [check.name.replace("_", " ") for check in result.failed]
    return "\n".join(
        [shown, line, *([f"not to be trusted: {', '.join(failed)}"] if failed else [])]
    )


def set_headline(target: Axes | Figure, result: Result, shown: str, width: int = 92) -> None:
    """Write the headline above an Axes or a figure, in red where a check failed.

    Args:
        target: What it is written above.
        result: The run.
        shown: What the figure shows, in words.
        width: Letters of a line.
    """
    lines = [textwrap.wrap(line, width) for line in headline(result, shown).split("\n")]
    words = "\n".join(line for wrapped in lines for line in wrapped)
    write = target.suptitle if isinstance(target, Figure) else target.set_title
    write(words, fontsize=10, color=INK if result.passed else VERMILION)


def outcome_label(result: Result) -> str:
    """What `Result.probabilities` is: a measured histogram or a computed one.

    >>> import qdml_quantum as qdml
    >>> outcome_label(qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 4), "harmonic"), shots=9))
    'measured (9 shots)'
    """
    if result.counts is None:
        return r"final $|\psi|^2$"
    shots = sum(result.counts.values())
    return f"measured ({shots} shot{'' if shots == 1 else 's'})"


def minimizer_label(result: Result) -> str:
    """What the stars are."""
    plural = "s" if len(result.goal.minimizers) > 1 else ""
    return f"known minimizer{plural}" if result.goal.known else f"minimizer{plural} on grid"


def box_label(lower: float, upper: float) -> str:
    """The periodic box of one axis, the right end excluded.

    >>> box_label(-2.5, 2.5)
    'periodic box [-2.5, 2.5)'
    """
    return f"periodic box [{lower:.4g}, {upper:.4g})"


def legend_below(ax: Axes, handles: list[Any], *, columns: int = 3) -> None:
    """Put the legend below an Axes and the words of its axis, where it covers nothing."""
    if ax.bbox.width < 4.8 * ax.figure.dpi:
        columns = min(columns, 2)
    down = ScaledTranslation(0, -_BELOW / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        bbox_transform=ax.transAxes + down,
        ncols=min(columns, len(handles)),
        fontsize=8,
        frameon=False,
        borderaxespad=0.0,
        columnspacing=1.6,
        handlelength=1.8,
    )


def legend_beside(ax: Axes, handles: list[Any] | None = None, *, away: float = 1.02) -> None:
    """Put the legend to the right of an Axes, where it covers nothing.

    Args:
        ax: The Axes.
        handles: What it shows; default what has a label.
        away: Where it begins, in widths of the Axes: farther for a second scale on the right.
    """
    given = {} if handles is None else {"handles": handles}
    ax.legend(
        **given,
        loc="upper left",
        bbox_to_anchor=(away, 1.0),
        borderaxespad=0.0,
        fontsize=8,
        frameon=False,
        handlelength=1.8,
    )


def lift(ax: Axes, twin: Axes) -> None:
    """Draw an Axes over its twin."""
    ax.set_zorder(twin.get_zorder() + 1)
    ax.patch.set_visible(False)


def require_axis(name: str, axis: int, dimensions: int) -> int:
    """Check the number of an axis.

    Raises:
        ValueError: There is no such axis.
    """
    if isinstance(axis, bool) or axis not in range(dimensions):
        raise bad_value(name, f"be an axis, 0 to {dimensions - 1}", axis)
    return axis
