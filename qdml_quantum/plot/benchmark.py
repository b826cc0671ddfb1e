"""Success of methods on functions, as a map."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from qdml_quantum.optimize.bench import Benchmark
from qdml_quantum.plot import style
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.typed import typed

_DARK = 0.55  # Shares above it are so dark a blue that only white words are read on it.


@typed
def plot_benchmark(made: Benchmark, ax: Axes | None = None, *, shifted: bool | None = None) -> Axes:
    """Draw the share of successes: a row per function, a column per method, the mean below.

    Args:
        made: What `benchmark_optimization` returned.
        ax: Where to draw; default a new figure, ``ax.figure``, with a panel for each variant.
        shifted: Which boxes; default all there are, or the last one where an `ax` is given.

    Returns:
        The Axes, the last one of several.

    Raises:
        ValueError: There are no runs of that variant.

    >>> from qdml_quantum import benchmark_optimization
    >>> made = benchmark_optimization(["levy"], seeds=2, methods=["uniform", "grid"], workers=1)
    >>> [place.get_title() for place in plot_benchmark(made).figure.axes]
    ['boxes as published', 'boxes shifted at random']
    """
    variants = made.variants if shifted is None else (shifted,)
    if not set(variants) <= set(made.variants):
        raise bad_value("shifted", f"be one of {list(made.variants)}", shifted)
    if ax is not None:
        _panel(made, ax, variants[-1])
        return ax
    size = 2.4 + 0.62 * len(made.methods) * len(variants), 2.2 + 0.26 * len(made.functions)
    figure = style.new_figure(*size)
    panels = style.add_panels(figure, 1, len(variants), sharey=True)[0]
    for panel, variant in zip(panels, variants, strict=True):
        _panel(made, panel, variant)
    figure.suptitle(
        f"Share of runs within {made.radius:g} of the diagonal from a global minimizer, "
        f"{made.dimensions} variables",
        fontsize=10,
    )
    return panels[-1]  # type: ignore[no-any-return]


def _panel(benchmark: Benchmark, ax: Axes, shifted: bool) -> None:
    functions, methods = benchmark.functions, benchmark.methods
    values = [[benchmark.success(m, shifted, name) for m in methods] for name in functions]
    table = np.array([*values, [benchmark.success(m, shifted) for m in methods]])
    ax.imshow(table, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        # Rounded down: only what never failed is 1.
        words = f"{math.floor(100 * value) / 100:.2f}".removeprefix("0") if value < 1 else "1"
        colour = "white" if value > _DARK else "black"
        weight = "bold" if row == len(functions) else "normal"
        ax.text(column, row, words, ha="center", va="center", size=7, color=colour, weight=weight)
    ax.axhline(len(functions) - 0.5, color="black", linewidth=1)
    names = [method.replace("_", " ") for method in methods]
    ax.set_xticks(range(len(methods)), names, rotation=60, ha="right")
    ax.set_yticks(range(len(functions) + 1), [*functions, "mean"])
    ax.tick_params(labelsize=7, length=0)
    ax.set_title("boxes shifted at random" if shifted else "boxes as published", fontsize=9)
