"""Energy, success and schedule against the stages of an anneal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.plot import style
from qdml_quantum.runs.comparison import Comparison
from qdml_quantum.runs.result import Result
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value
from qdml_quantum.support.typed import typed

_LOG_ABOVE = 10
"""Energies that fall by more than this are drawn on a logarithmic axis: on a plain one the last
stages, which matter, would lie on the axis."""


@typed
def plot_energy(result: Result, ax: Axes | None = None) -> Axes:
    r"""Draw ``<H>`` with its standard deviation, and D, against the stage.

    The horizontal line is the ground-state energy at the final D, from imaginary time. Where the
    first energies dwarf the last, the left axis is logarithmic and shows ``<H> - min zeta``, which
    is never negative.

    Args:
        result: Outcome of `anneal` or `evolve`.
        ax: Where to draw; default a new figure, ``ax.figure``.

    Returns:
        The Axes of the energy; that of D is its twin.

    Raises:
        ValueError: The result has no stages, because its backend returns counts only.

    >>> import qdml_quantum as qdml
    >>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"))
    >>> energies = plot_energy(result).get_lines()[0].get_ydata()
    >>> float(energies[-1]) == result.energy
    True
    """
    numbers = _stage_numbers(result)
    ax = style.new_axes() if ax is None else ax
    energy = np.array([stage.energy for stage in result.stages])
    deviation = np.array([stage.deviation for stage in result.stages])
    ground = [] if result.reference is None else [result.reference.energy]
    lowest = result.problem.span[0]
    above = np.array([*energy, *ground]) - lowest
    tiny = 1e-12 * max(abs(lowest), 1.0)
    logarithmic = above.min() > tiny and above.max() > _LOG_ABOVE * above.min()
    zero = lowest if logarithmic else 0.0
    handles = _draw_energy(ax, numbers, energy - zero, deviation)
    for level in ground:
        words = f"ground state at final $D$: $E_0$ = {level:.5g}"
        handles.append(ax.axhline(level - zero, color=style.VERMILION, ls="--", label=words))
    shift, words = "", "dimensionless"
    if logarithmic:
        shift, words = r" - \min\zeta", rf"$\min\zeta$ = {zero:.4g}"
        ax.set_yscale("log", nonpositive="clip")
        ax.set_ylim(above.min() / 3, max(ax.get_ylim()[1], 2 * above.max()))
    ax.set_ylabel(rf"energy $\langle H \rangle{shift}$ ({words})", color=style.BLUE)
    _stage_axis(ax, len(result.stages))
    twin = ax.twinx()
    diffusions = [stage.diffusion for stage in result.stages]
    line = ".-." if numbers.size == 1 else "-."
    words = "$D$ (right axis)"
    handles += twin.plot(numbers, diffusions, line, color=style.ORANGE, lw=1.3, label=words)
    _wide_scale(twin, diffusions)
    twin.set_ylabel("diffusion coefficient $D$", color=style.INK)
    twin.spines["top"].set_visible(False)
    style.legend_below(ax, handles, columns=2)
    style.lift(ax, twin)
    style.set_headline(ax, result, "How the energy falls with D, stage by stage")
    return ax


@typed
def plot_success(result: Result, ax: Axes | None = None) -> Axes:
    """Draw the probability near a minimizer against the stage.

    Beside it: that of a uniform histogram and that of the ground state at the final D; the measured
    value with its 95 % interval where there are counts.

    Args:
        result: Outcome of `anneal` or `evolve`.
        ax: Where to draw; default a new figure, ``ax.figure``.

    Raises:
        ValueError: The result has no stages, because its backend returns counts only.

    >>> import qdml_quantum as qdml
    >>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-4, 4)], 5), "harmonic"))
    >>> line = plot_success(result).get_lines()[0]
    >>> bool(abs(line.get_ydata()[-1] - result.success_probability) < 1e-12)
    True
    """
    numbers = _stage_numbers(result)
    own = ax is None
    ax = style.new_axes(height=3.8) if ax is None else ax
    marker = style.dot(len(numbers))
    words = f"success (within {result.goal.radius:g} of the box)"
    values = [stage.success for stage in result.stages]
    handles: list[Any] = []
    handles += ax.plot(numbers, values, marker=marker, ms=3, color=style.GREEN, label=words)
    chance = result.goal.baseline
    words = f"uniform: {chance:.3g}"
    handles.append(ax.axhline(chance, color=style.PURPLE, ls=":", lw=1.4, label=words))
    if result.reference is not None:
        ground = result.reference.success
        words = f"ground state at final $D$: {ground:.3g}"
        handles.append(ax.axhline(ground, color=style.VERMILION, ls="--", lw=1.4, label=words))
    if result.counts is not None:
        success, words = result.success, style.outcome_label(result)
        ends = np.array([[success.value - success.low], [success.high - success.value]])
        bar = ax.errorbar(
            numbers[-1:], success.value, ends.clip(0), fmt="s", ms=5, capsize=4, color=style.INK
        )
        bar.set_label(words)
        handles.append(bar)
    ax.set_ylim(0, 1.02)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.set_ylabel("success probability")
    _stage_axis(ax, len(result.stages))
    style.legend_below(ax, handles, columns=2)
    if own:
        style.set_headline(ax, result, "How often the minimum is found, stage by stage")
    return ax


@typed
def plot_comparison(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw energy and success of several runs of one problem against the stage.

    Energies are lines on the left axis, success probabilities dashed ones on the right; every run
    has one colour. The dotted lines are the ground state at the final D and a uniform histogram.

    Args:
        comparison: The runs; they need stages.
        ax: Where to draw; default a new figure, ``ax.figure``.

    Returns:
        The Axes of the energy; that of the success is its twin.

    Raises:
        ValueError: A run has no stages, because its backend returns counts only.

    >>> import qdml_quantum as qdml
    >>> well = qdml.Problem(qdml.Grid([(-4, 4)], 4), "harmonic")
    >>> once = qdml.Schedule.constant(1.0, num_steps=4, time_step=0.1)
    >>> ways = ("emulator", "imaginary-time")
    >>> both = qdml.Comparison(*(qdml.anneal(well, once, backend=way) for way in ways))
    >>> [line.get_label() for line in plot_comparison(both).get_lines()][:2]
    ['energy, emulator', 'energy, imaginary-time']
    """
    ax = style.new_axes() if ax is None else ax
    twin = ax.twinx()
    left, right, longest = [], [], 1
    colours = (style.BLUE, style.VERMILION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY)
    pairs = zip(comparison.labels, comparison.results, strict=True)
    for (label, result), colour in zip(pairs, cycle(colours), strict=False):
        numbers = _stage_numbers(result)
        longest = max(longest, len(numbers))
        given: dict[str, Any] = {"color": colour, "marker": style.dot(len(numbers)), "ms": 3}
        energies = [stage.energy for stage in result.stages]
        left += ax.plot(numbers, energies, label=f"energy, {style.text(label)}", **given)
        successes = [stage.success for stage in result.stages]
        words = f"success, {style.text(label)}"
        right += twin.plot(numbers, successes, ls="--", label=words, **given)
    first = comparison.results[0]
    if first.reference is not None:
        words = "ground state at final $D$"
        left.append(ax.axhline(first.reference.energy, color=style.INK, ls=":", label=words))
    chance = first.goal.baseline
    right.append(twin.axhline(chance, color=style.GREY, ls=":", label=f"uniform: {chance:.3g}"))
    _wide_scale(ax, [stage.energy for result in comparison.results for stage in result.stages])
    ax.set_ylabel(r"energy $\langle H \rangle$ (dimensionless)")
    twin.set_ylim(0, 1.02)
    twin.set_yticks(np.linspace(0, 1, 6))
    twin.set_ylabel("success probability (dashed)")
    _stage_axis(ax, longest)
    twin.spines["top"].set_visible(False)
    style.legend_below(ax, [*left, *right], columns=2)
    name = style.text(first.problem.objective.name)
    ax.set_title(f"Energy and success of {len(comparison.results)} runs on {name}", fontsize=10)
    style.lift(ax, twin)
    return ax


@typed
def plot_schedule(schedule: Schedule, ax: Axes | None = None) -> Axes:
    """Draw D and the time step against the Trotter step, a level for every stage.

    Where steps have folded momentum phases, their coefficients stand below, one line per square of
    each axis. Dotted lines stand where qubits join, with how many of an axis are idle before and
    after: one number for all axes, or one per axis.

    Args:
        schedule: The schedule.
        ax: Where to draw; default a new figure, ``ax.figure``.

    Returns:
        The Axes of D; that of the time step is its twin.

    >>> ax = plot_schedule(Schedule.geometric((4, 0.25), num_stages=3, num_steps=10))
    >>> ax.patches[0].get_data().values
    array([4.  , 1.  , 0.25])
    """
    ax = style.new_axes() if ax is None else ax
    edges = np.cumsum([0, *(stage.num_steps for stage in schedule.stages)])
    twin = ax.twinx()
    handles = []
    for axes, name, words, colour, line in (
        (ax, "diffusion", "diffusion coefficient $D$", style.BLUE, "-"),
        (twin, "time_step", r"time step $\Delta t$", style.ORANGE, "--"),
    ):
        values = [getattr(stage, name) for stage in schedule.stages]
        handles.append(
            axes.stairs(values, edges, baseline=None, color=colour, lw=1.8, ls=line, label=words)
        )
        _wide_scale(axes, values)
        axes.set_ylabel(f"{words} (dimensionless)", color=style.INK)
        axes.spines["top"].set_visible(False)
    ax.set_xlabel("Trotter step")
    ax.set_xlim(0, edges[-1])
    levels = [*(stage.coarse for stage in schedule.stages), 0]
    for edge, (before, after) in zip(edges[1:], pairwise(levels), strict=True):
        if after != before:
            ax.axvline(edge, color=style.INK, lw=0.9, ls=":")
            words = f"{before} → {after} idle "
            transform = ax.get_xaxis_transform()
            ax.text(edge, 0.03, words, transform=transform, ha="right", fontsize="small")
    style.legend_below(ax, handles, columns=2)
    style.lift(ax, twin)
    number = len(schedule.stages)
    words = f"How D falls in {number} stage{'s' if number > 1 else ''}, {schedule.num_steps} steps"
    ax.set_title(f"{words} and a time of {schedule.time:.4g}", fontsize=10, color=style.INK)
    if any(stage.fold for stage in schedule.stages):
        _draw_folds(ax, schedule, edges)
    return ax


def _draw_folds(ax: Axes, schedule: Schedule, edges: Array) -> None:
    """Coefficients of folded momentum phases, step by step, below the axis of the steps."""
    below = ax.inset_axes((0.0, -0.6, 1.0, 0.36), sharex=ax)
    folds: list[Any] = [stage.fold for stage in schedule.stages]
    axes = max(len(fold) if fold and isinstance(fold[0], tuple) else 1 for fold in folds)
    rows = [fold if fold and isinstance(fold[0], tuple) else (fold,) * axes for fold in folds]
    for axis in range(axes):
        for m in range(max(len(row[axis]) for row in rows)):
            values = [row[axis][m] if m < len(row[axis]) else 0.0 for row in rows]
            words = f"$c_{m + 1}$" + (f" of $x_{axis + 1}$" if axes > 1 else "")
            below.stairs(values, edges, baseline=None, lw=1.4, label=words)
    below.axhline(0, color=style.INK, lw=0.6)
    below.set_ylabel("folded phases")
    below.set_xlabel("Trotter step")
    ax.set_xlabel("")
    below.spines["top"].set_visible(False)
    below.legend(fontsize="small", ncols=4, frameon=False)


def _stage_numbers(result: Result) -> Array:
    if not result.stages:
        actual = f"of backend `{result.backend}`, which keeps none"
        remedy = "Use `plot_stages` or `plot_map`, or run on the emulator."
        raise bad_value("result", "have stages", actual, remedy)
    return np.arange(1.0, len(result.stages) + 1)


def _draw_energy(ax: Axes, numbers: Array, energy: Array, deviation: Array) -> list[Any]:
    marker = style.dot(numbers.size)
    words = r"$\langle H \rangle$"
    line = ax.plot(numbers, energy, marker=marker, ms=3, color=style.BLUE, label=words, zorder=3)
    words = "spread of $H$ in the state"
    if numbers.size == 1:
        band: Any = ax.errorbar(
            numbers, energy, deviation, fmt="none", ecolor=style.SKY, capsize=5, label=words
        )
    else:
        low, high = energy - deviation, energy + deviation
        band = ax.fill_between(numbers, low, high, color=style.SKY, alpha=0.25, lw=0, label=words)
    return [*line, band]


def _stage_axis(ax: Axes, total: int) -> None:
    ax.set_xlabel("stage")
    ax.set_xlim(0, total + 1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines["top"].set_visible(False)


def _wide_scale(ax: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis for positive values that differ much."""
    # Up to a factor of 5 all stages can be told apart on a plain axis, which is easier to read.
    if min(values) > 0 and max(values) > 5 * min(values):
        ax.set_yscale("log")
    elif max(values) > 0:
        ax.set_ylim(0, 1.1 * max(values))
