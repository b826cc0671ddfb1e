"""An anneal as a moving picture: probability over the objective, while D falls."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import FuncAnimation, writers
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from qdml_quantum.plot import style
from qdml_quantum.plot.data import curve, density, project, spread, surface, wells
from qdml_quantum.plot.maps import CELLS, draw_map, draw_stars
from qdml_quantum.runs.result import Result
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, number
from qdml_quantum.support.store import write_bytes
from qdml_quantum.support.typed import typed

FRAMES_PER_SECOND = 12
"""Stages are snapshots, not a film: more of them a second would only be quicker."""
_HELD = 1.5
"""Seconds for which the last picture stays: it is what the run is about."""
_POINTS, _CONTOURS = 512, 96
"""Of a curve, and along each side of the contours: about the pixels there are."""
_DPI = 100
"""A GIF of six seconds stays below a megabyte."""


@dataclass(frozen=True, eq=False, repr=False)
class Movie:
    """Pictures one after the other; as the last line of a cell of a notebook it is shown.

    Attributes:
        frames: Pixels of every picture, shape (height, width, 4), red, green, blue and opacity.
    """

    frames: Sequence[NDArray[np.uint8]]

    def save(self, path: str | PathLike[str]) -> Path:
        """Write a file: ``.gif``, or ``.mp4`` where ffmpeg is there; a page: `Result.to_html`.

        Raises:
            ValueError: Another suffix, or no ffmpeg for ``.mp4``.
            OSError: The file cannot be written; nothing half-written stays behind.
        """
        file = Path(path)
        if file.suffix not in (".gif", ".mp4"):
            remedy = "Rename the file; for a page with a player, use `Result.to_html`."
            raise bad_value("path", "end in .gif or .mp4", file.name, remedy)
        if file.suffix == ".mp4" and not writers.is_available("ffmpeg"):
            remedy = "Install ffmpeg, or write a .gif."
            raise bad_value("path", "end in .gif where ffmpeg is not", file.name, remedy)
        if file.suffix == ".gif":
            content = self.to_gif()
        else:
            with tempfile.TemporaryDirectory() as folder:
                film = Path(folder) / file.name
                self._film().save(film, writer="ffmpeg", fps=FRAMES_PER_SECOND, dpi=_DPI)
                content = film.read_bytes()
        write_bytes(file, content)
        return file

    def to_gif(self) -> bytes:
        """The pictures as a GIF that begins again after its end; the same ones, the same bytes."""
        first, *others = (Image.fromarray(frame).convert("RGB") for frame in self.frames)
        times = [1000 // FRAMES_PER_SECOND] * len(others) + [int(1000 * _HELD)]
        buffer = io.BytesIO()
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=times, loop=0)
        return buffer.getvalue()

    def _film(self) -> FuncAnimation:
        """The same as matplotlib has it."""
        height, width, _ = self.frames[0].shape
        figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        FigureCanvasAgg(figure)
        image = figure.figimage(self.frames[0])
        held = [self.frames[-1]] * round(_HELD * FRAMES_PER_SECOND)
        frames = [*self.frames, *held[1:]]
        return FuncAnimation(
            figure, image.set_data, frames=frames, init_func=lambda: None, cache_frame_data=False
        )

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.to_gif()).decode()
        return f'<img alt="{self!r}" src="data:image/gif;base64,{data}">'

    def __repr__(self) -> str:
        return f"Movie of {len(self.frames)} pictures"


@typed
def animate(
    result: Result,
    path: str | PathLike[str] | None = None,
    *,
    seconds: float = 6.0,
    axis: int | None = None,
) -> Movie:
    r"""Draw the probability of every stage over the objective, one picture after the other.

    One axis: the density ``|psi|^2 / dx`` over zeta, with the imaginary-time ground state of the
    last stage (dashed). Two axes: a map on the contours of zeta. Stars are the minimizers; the line
    above says stage, D and the success probability of the moment. Where a run has more stages than
    fit, equally many are left out between those that are shown; the first and the last are there.

    Args:
        result: Outcome of `anneal` that kept its stages.
        path: File to write, see `Movie.save`; default none.
        seconds: Most seconds that it takes, but for the end, which stays for a moment.
        axis: Draw the marginal probability along one axis of several; needed beyond two.

    Raises:
        ValueError: The result has no stages, another suffix, or more than two axes and no `axis`.

    >>> import qdml_quantum as qdml
    >>> steps = qdml.Schedule.geometric((4, 0.2), num_stages=5, num_steps=8, time_step=0.1)
    >>> animate(qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"), steps))
    Movie of 5 pictures
    """
    histograms = result.stage_probabilities
    if histograms is None:
        remedy = "Run it with `anneal` on the emulator or Aer."
        raise bad_value("result", "have the probabilities of its stages", "counts alone", remedy)
    most = max(1, round(number("seconds", seconds) * FRAMES_PER_SECOND))
    shown = spread(len(result.stages), most)
    figure = Figure(figsize=(6.4, 4.0), layout="constrained", dpi=_DPI)
    canvas, ax = FigureCanvasAgg(figure), figure.add_subplot()
    if result.grid.dimensions == 2 and axis is None:
        draw = _map(result, ax, histograms)
    else:
        draw = _curve(result, ax, [histograms[stage] for stage in shown], axis)
    frames = []
    for stage in shown:
        draw(histograms[stage])
        record = result.stages[stage]
        words = (
            f"{style.subject(result)}, stage {stage + 1} of {len(result.stages)}: "
            f"$D$ = {record.diffusion:.3g}, success {record.success:.2f}"
        )
        ax.set_title(words, fontsize=10, color=style.INK)
        canvas.draw()  # type: ignore[no-untyped-call]
        figure.set_layout_engine("none")  # The first one's is that of all; it takes half the time.
        frames.append(np.array(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]
    movie = Movie(frames)
    if path is not None:
        movie.save(path)
    return movie


def _curve(
    result: Result, ax: Axes, shown: Sequence[Array], axis: int | None
) -> Callable[[Array], None]:
    """Prepare an Axes for the density along one axis; returns what draws one."""
    dimensions = result.grid.dimensions
    if axis is None and dimensions > 1:
        must = f"say which of the {dimensions} axes to draw"
        raise bad_value("axis", must, "missing", "Write axis=0.")
    axis = style.require_axis("axis", 0 if axis is None else axis, dimensions)
    ruler = result.grid.axes[axis]

    def along(probabilities: Array) -> tuple[Array, Array]:
        values, (x,) = density(project(probabilities, [axis]), [ruler], _POINTS)
        return x, values

    x, zeta = curve(result.problem, axis, _POINTS)
    ax.plot(x, zeta, color=style.GREY, lw=1.4)
    low, high = wells(zeta)
    ax.set_ylim(low - 0.06 * ((high - low) or 1.0), high + 0.06 * ((high - low) or 1.0))
    ax.set_xlim(ruler.lower - ruler.spacing / 2, ruler.upper)
    name = "x" if dimensions == 1 else f"x_{{{axis + 1}}}"
    ax.set_xlabel(f"position ${name}$")
    ax.set_ylabel(r"objective $\zeta$", color=style.INK)
    lowest = sorted({point[axis] for point in result.goal.minimizers})
    ax.plot(lowest, np.interp(lowest, x, zeta, period=ruler.length), "*", ms=13, **style.STAR)
    twin = ax.twinx()
    twin.set_ylabel(rf"probability density $P({name}) / \Delta {name}$")
    tallest = max(float(along(probabilities)[1].max()) for probabilities in shown)
    if result.reference is not None:
        twin.plot(*along(result.reference.state**2), "--", color=style.VERMILION, lw=1.2)
        tallest = max(tallest, float(along(result.reference.state**2)[1].max()))
    twin.set_ylim(0, 1.08 * tallest)
    style.lift(ax, twin)
    (line,) = twin.plot([], [], color=style.BLUE, lw=2)
    filled: list[Any] = []

    def draw(probabilities: Array) -> None:
        x, values = along(probabilities)
        line.set_data(x, values)
        while filled:
            filled.pop().remove()
        filled.append(twin.fill_between(x, values, color=style.SKY, alpha=0.4, lw=0))

    return draw


def _map(result: Result, ax: Axes, histograms: Array) -> Callable[[Array], None]:
    """Prepare an Axes for the density over two axes; returns what draws one."""
    zeta = surface(result.problem, (0, 1), _CONTOURS)
    image = draw_map(result, ax, (0, 1), histograms[0], zeta, measured=False)
    draw_stars(result, ax, (0, 1), size=11)

    def draw(probabilities: Array) -> None:
        values, _ = density(probabilities, result.grid.axes, CELLS)
        image.set_data(values.T)
        image.set_clim(0, values.max())  # The density grows by orders: each stage has its scale.

    return draw
