"""All figures of a result as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from qdml_quantum.plot.dark import darken
from qdml_quantum.plot.device import plot_device
from qdml_quantum.plot.energy import plot_energy, plot_success
from qdml_quantum.plot.maps import plot_map, plot_stage_maps
from qdml_quantum.plot.stages import plot_marginals, plot_stages
from qdml_quantum.plot.style import to_png, to_svg
from qdml_quantum.runs.result import Result
from qdml_quantum.support.messages import unknown
from qdml_quantum.support.store import write_bytes
from qdml_quantum.support.typed import typed

_WRITERS = {"png": to_png, "svg": to_svg}


@typed
def save_figures(
    result: Result, folder: str | Path, *, dark: bool = False, kind: str = "png"
) -> list[Path]:
    """Write the figures of a result into a folder, each atomically.

    * `device.png`: what a device measured beside prediction, ideal and chance; of a device only.
    * `stages.png`: probability stage by stage: curves in 1-D, maps in 2-D, marginals in more.
    * `energy.png`: energy, D and success against the stage; not for a result without stages.
    * `map.png`: the final probability; in 2-D only.

    Args:
        result: Outcome of `anneal`, `evolve`, `relax` or `fetch`.
        folder: Where to write; made if missing.
        dark: For dark pages and slides, see `darken`.
        kind: ``"png"``, or ``"svg"`` for print and for pages that are zoomed.

    Returns:
        The paths that were written.

    Raises:
        OSError: The folder cannot be written.
        ValueError: An unknown kind.

    >>> import tempfile
    >>> import qdml_quantum as qdml
    >>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in save_figures(result, folder)]
    ['stages.png', 'energy.png']
    """
    if kind not in _WRITERS:
        raise ValueError(unknown("kind", kind, _WRITERS))
    figures: dict[str, Any] = {}
    if result.device is not None:
        figures["device"] = plot_device(result).figure
    dimensions = result.grid.dimensions
    if dimensions == 1:
        figures["stages"] = plot_stages(result).figure
    elif dimensions == 2:
        figures["stages"] = plot_stage_maps(result)
    else:
        figures["stages"] = plot_marginals(result)
    if result.stages:
        figures["energy"] = Figure(figsize=(7.2, 7.0), layout="constrained")
        upper, lower = figures["energy"].subplots(2, 1, sharex=True, height_ratios=[3, 2])
        plot_energy(result, upper).set_xlabel("")
        plot_success(result, lower)
    if dimensions == 2:
        figures["map"] = plot_map(result).figure
    written = []
    for name, figure in figures.items():
        path = Path(folder) / f"{name}.{kind}"
        write_bytes(path, _WRITERS[kind](darken(figure) if dark else figure))
        written.append(path)
    return written
