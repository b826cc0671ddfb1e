"""A run as a film: for slides and for pages."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import FuncAnimation, writers
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qdml_quantum.plot import style
from qdml_quantum.plot.data import curve, density, project, spread, wells
from qdml_quantum.runs.result import Result
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, number
from qdml_quantum.support.store import write_bytes
from qdml_quantum.support.typed import typed

_FRAMES = 90
"""Stages that a film shows at most: 15 a second of six seconds, and below 2 MB as a GIF."""
_DPI = 100  # Slides; a GIF of 150 has twice the size.
_POINTS = 512
_WRITERS = {".gif": "pillow", ".mp4": "ffmpeg"}


@typed
def animate(result: Result, path: str | Path, *, seconds: float = 6.0, axis: int = 0) -> Path:
    """Write the histograms of a run as a film: GIF or MP4, by the ending of `path`.

    In one dimension the density moves over zeta, in two it is a map; in more it is the marginal
    along `axis`, over zeta minimised over the others. The scale is that of the whole run. D stands
    above every picture. MP4 needs `ffmpeg`. As a page, `Result.to_html` shows the same.

    Args:
        result: Outcome of `anneal` or `evolve`.
        path: The file; ``.gif`` or ``.mp4``.
        seconds: Length of the film, default 6, about; of more than 90 stages some are left out.
        axis: Which axis in three and more dimensions.

    Returns:
        The path.

    Raises:
        ValueError: The result has no histograms of its stages, the ending is another one, or there
            is no `ffmpeg` for MP4.
        OSError: The file cannot be written.

    >>> import qdml_quantum as qdml
    >>> short = qdml.Schedule.geometric((4, 0.5), num_stages=3, num_steps=4)
    >>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"), short)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     animate(result, f"{folder}/run.gif").read_bytes()[:3]
    b'GIF'
    """
    path = Path(path)
    if result.stage_probabilities is None:
        remedy = "Use the emulator or Aer, which hand over their states."
        raise bad_value("result", "hold the histograms of its stages", "without them", remedy)
    if path.suffix not in _WRITERS:
        raise bad_value("path", "end in .gif or .mp4", path.name, "Rename the file.")
    if path.suffix == ".mp4" and not writers.is_available("ffmpeg"):
        remedy = "Install ffmpeg, or write a .gif."
        raise bad_value("path", "end in .gif where there is no ffmpeg", path.name, remedy)
    axis = style.require_axis("axis", axis, result.grid.dimensions)
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    chosen = spread(len(result.stage_probabilities), _FRAMES)
    ax = figure.add_subplot()
    frames = [result.stage_probabilities[j] for j in chosen]
    draw = (
        _map(result, ax, frames) if result.grid.dimensions == 2 else _line(result, ax, frames, axis)
    )

    def show(frame: int) -> Iterable[Any]:
        number_of = chosen[frame]
        ax.set_title(f"{style.subject(result)}, $D$ = {result.stages[number_of].diffusion:.4g}")
        return draw(frame)

    show(0)
    figure.canvas.draw()
    figure.set_layout_engine("none")  # laid out once: in every frame it takes most of the time
    rate = max(1, round(len(chosen) / number("seconds", seconds)))
    film = FuncAnimation(figure, show, frames=len(chosen), interval=1000 / rate, init_func=list)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"film{path.suffix}"
        film.save(file, writer=writers[_WRITERS[path.suffix]](fps=rate), dpi=_DPI)
        write_bytes(path, file.read_bytes())
    return path


def _line(
    result: Result, ax: Axes, frames: list[Array], axis: int
) -> Callable[[int], Iterable[Any]]:
    """Zeta, and the density of a frame on an axis of its own."""
    ruler = result.grid.axes[axis]
    x, zeta = curve(result.problem, axis, 2 * _POINTS)
    low, high = wells(zeta)
    margin = 0.06 * (high - low) or 1.0
    ax.plot(x, zeta, color=style.GREY, lw=1.4)
    ax.set_ylim(low - margin, high + margin)
    ax.set_xlim(ruler.lower - ruler.spacing / 2, ruler.upper)
    ax.set_xlabel(f"position $x$, {style.box_label(ruler.lower, ruler.upper)}")
    ax.set_ylabel(r"objective $\zeta$")
    twin = ax.twinx()
    twin.set_ylabel("probability density")
    curves = [density(project(frame, [axis]), [ruler], _POINTS) for frame in frames]
    twin.set_ylim(0, 1.08 * max(float(values.max()) for values, _ in curves))
    (positions,) = curves[0][1]
    (line,) = twin.plot(positions, curves[0][0], color=style.BLUE, lw=1.8)

    def draw(frame: int) -> Iterable[Any]:
        line.set_ydata(curves[frame][0])
        return [line]

    return draw


def _map(result: Result, ax: Axes, frames: list[Array]) -> Callable[[int], Iterable[Any]]:
    """The density as a picture; white stars at the minimizers."""
    (left, right), (bottom, top) = result.grid.bounds
    most = max(float(np.max(frame)) for frame in frames)
    picture = ax.imshow(
        frames[0].T,
        origin="lower",
        extent=(left, right, bottom, top),
        aspect="auto",
        vmin=0.0,
        vmax=most,
        cmap="viridis",
    )
    ax.plot(*zip(*result.goal.minimizers, strict=True), "*", **style.STAR, ms=12)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_xlabel("$x_1$")
    ax.set_ylabel("$x_2$")

    def draw(frame: int) -> Iterable[Any]:
        picture.set_data(frames[frame].T)
        return [picture]

    return draw
