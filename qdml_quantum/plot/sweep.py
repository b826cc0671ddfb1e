"""What anneals over fields of a spec gave, as curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from qdml_quantum.plot import style
from qdml_quantum.runs.anneal_sweep import AnnealTable
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.typed import typed

_COLOURS = (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
_SIGNS = "osD^v<>p"
_REPEATED = "seed"
"""Runs that differ by it alone are points of one curve, which goes through their mean."""


@typed
def plot_sweep(table: AnnealTable, ax: Axes | None = None, *, value: str = "success") -> Axes:
    """Draw a column of the table over the first field, a curve for each combination of the others.

    Seeds are points of one curve. Success has its 95 % interval; what did not pass its checks is
    hollow.

    Args:
        table: What `sweep_anneals` returned.
        ax: Where to draw; default a new figure, ``ax.figure``.
        value: A column of numbers: ``"success"`` (default), ``"energy"``, ``"fidelity"``,
            ``"seconds"``, ...

    Returns:
        The Axes.

    Raises:
        ValueError: There is no such column of numbers.

    >>> from qdml_quantum import sweep_anneals
    >>> table = sweep_anneals({"steps": [1, 2], "seed": [0, 1]}, objective="harmonic", qubits=3,
    ...                       backend="emulator", stages=2, validate=False, workers=1)
    >>> plot_sweep(table).get_xlabel(), plot_sweep(table, value="energy").get_ylabel()
    ('steps', 'energy')
    """
    known = [name for name, cell in table.rows[0].items() if type(cell) in (int, float)]
    if value not in known:
        raise bad_value("value", f"be one of {known}", value)
    if ax is None:
        ax = style.new_axes(7.2, 4.6)
    across = next((name for name in table.fields if name != _REPEATED), table.fields[0])
    ticks = list(dict.fromkeys(_word(row[across]) for row in table.rows))
    numeric = all(type(row[across]) in (int, float) for row in table.rows)
    curves: dict[str, list[Mapping[str, Any]]] = {}
    for row in table.rows:
        curves.setdefault(_label(table, row, across), []).append(row)
    handles = []
    for number, (label, rows) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        sign = _SIGNS[number % len(_SIGNS)]
        size = max(5, 11 - 2 * number)  # Points that coincide are seen behind each other.
        at = np.array([row[across] if numeric else ticks.index(_word(row[across])) for row in rows])
        heights = np.array([np.nan if row[value] is None else row[value] for row in rows])
        if value == "success":
            ends = np.array([[row["success_low"], row["success_high"]] for row in rows]).T
            ax.vlines(at, *ends, color=colour, linewidth=1, alpha=0.6)
        values = np.unique(at)
        means = [np.mean(heights[at == x]) for x in values]
        ax.plot(values, means, color=colour, linewidth=1.2)
        for passed, face in ((True, colour), (False, "white")):
            chosen = np.array([bool(row["passed"]) is passed for row in rows])
            look: dict[str, Any] = {"color": colour, "markerfacecolor": face, "markersize": size}
            ax.plot(at[chosen], heights[chosen], sign, **look)
        handles.append(Line2D([], [], color=colour, marker=sign, label=style.text(label)))
    if not table.passed:
        hollow = Line2D([], [], color=style.INK, marker="o", markerfacecolor="white", linestyle="")
        hollow.set_label("a check failed")
        handles.append(hollow)
    if not numeric:
        ax.set_xticks(range(len(ticks)), [style.text(tick) for tick in ticks])
    elif all(type(row[across]) is int for row in table.rows):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(across)
    ax.set_ylabel("success probability" if value == "success" else value)
    number_passed = sum(bool(row["passed"]) for row in table.rows)
    words = f"{number_passed} of {len(table.rows)} anneals passed all their checks"
    ax.set_title(words, fontsize=10, color=style.INK if table.passed else style.VERMILION)
    if handles and (len(curves) > 1 or not table.passed):
        style.legend_below(ax, handles)
    return ax


def _label(table: AnnealTable, row: Mapping[str, Any], across: str) -> str:
    others = [name for name in table.fields if name not in (across, _REPEATED)]
    return ", ".join(f"{name} {_word(row[name])}" for name in others) or "all"


def _word(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
