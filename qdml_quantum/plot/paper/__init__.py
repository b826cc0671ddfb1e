"""Figures 1 to 7 of the paper, own drawings from the library's own numbers.

P. Wang and M. Maimaitiabudula, 'Quantum Dynamics of Machine Learning', Acta Phys. Sin. 74, 060701
(2025), doi 10.7498/aps.74.20240999. A figure is one module with its title and panels, a
function that computes its numbers and one that draws them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from qdml_quantum.plot.paper.numbers import Numbers
from qdml_quantum.plot.style import new_row, to_png, to_svg
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.store import write_bytes
from qdml_quantum.support.typed import typed

FIGURES = {
    1: "framework",
    2: "dispersion",
    3: "random_walk",
    4: "softmax",
    5: "diffusion_model",
    6: "mapping",
    7: "denoising",
}
"""Module of every figure."""

__all__ = ["FIGURES", "Numbers", "draw_paper_figure", "paper_numbers", "save_paper_figures"]


@typed
def paper_numbers(figure: int) -> Numbers:
    """The numbers of a figure of the paper; each takes seconds.

    Args:
        figure: 1 to 7.

    Raises:
        ValueError: There is no such figure.
        ImportError: The extra `plots` is missing, or `learning`, which figures 5 and 7 need.

    >>> made = paper_numbers(3)
    >>> made.title, sorted(made.tables)
    ('Wick rotation, zeroth order: dispersion becomes diffusion', ['density', 'paths', 'turned'])
    """
    module = _module(figure)
    return Numbers(figure, module.TITLE, *module.numbers())


def draw_paper_figure(made: Numbers) -> Any:
    """Draw numbers of `paper_numbers`.

    Returns:
        A matplotlib `Figure` of its own, unknown to `pyplot`.
    """
    module = _module(made.figure)
    figure, axes = new_row(module.PANELS, getattr(module, "ROWS", 1))
    module.draw(made, axes)
    figure.suptitle(f"Figure {made.figure}. {made.title}", fontsize=10)
    return figure


@typed
def save_paper_figures(
    folder: str | Path, figures: Iterable[int] | None = None, *, progress: bool = False
) -> list[Path]:
    """Write figures as PNG and SVG, and their numbers as CSV, each file atomically.

    Args:
        folder: Is made where it is not there.
        figures: Which; default all.
        progress: Show a progress bar.

    Returns:
        The files: `figure-2.png`, `figure-2.svg`, `figure-2-density.csv`, ...

    Raises:
        ValueError: There is no such figure.
        OSError: The folder cannot be made or written.
    """
    selection: Sequence[int] = list(FIGURES) if figures is None else list(figures)
    for figure in selection:
        _module(figure)
    written = []
    for figure in progress_bar(selection, desc="figures", unit="figure", disable=not progress):
        data = paper_numbers(figure)
        drawn = draw_paper_figure(data)
        stem = f"figure-{figure}"
        contents = {f"{stem}.png": to_png(drawn), f"{stem}.svg": to_svg(drawn)}
        for name in data.tables:
            contents[f"{stem}-{name.replace(' ', '-')}.csv"] = data.to_csv(name).encode()
        for name, content in contents.items():
            write_bytes(Path(folder) / name, content)
            written.append(Path(folder) / name)
    return written


def _module(figure: int) -> ModuleType:
    if figure not in FIGURES:
        raise bad_value("figure", f"be one of {', '.join(map(str, FIGURES))}", figure)
    return importlib.import_module(f"{__name__}.{FIGURES[figure]}")
