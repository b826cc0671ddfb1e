"""Where a wave packet was on a device, beside where it should be."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from qdml_quantum.plot import style
from qdml_quantum.runs.self_test import SelfTest
from qdml_quantum.support.typed import typed


@typed
def plot_self_test(test: SelfTest, ax: Axes | None = None) -> Axes:
    """Draw <x> of a self-test against time: exact, expected with noise, measured, and the middle.

    Points have 95 % intervals. The title is red where the motion is not seen.

    Args:
        test: What `self_test` or `plan_self_test` gave.
        ax: Where to draw; default a new figure, ``ax.figure``.
    """
    ax = style.new_axes() if ax is None else ax
    times = np.array(test.motion.times)
    handles: list[Any] = list(
        ax.plot(times, test.motion.exact, "-", color=style.SKY, lw=2, label="exact")
    )
    if test.expected is not None:
        words = "expected with noise"
        handles += ax.plot(times, test.expected, "--", color=style.BLUE, lw=1.3, label=words)
    if test.measured:
        values = np.array([one.value for one in test.measured])
        ends = np.array([(one.low, one.high) for one in test.measured]).T
        bars = np.abs(ends - values)
        dots = ax.errorbar(times, values, bars, fmt="o", color=style.VERMILION, zorder=4)
        dots.set_label(f"{style.text(test.backend)} ({test.plans[0].shots} shots)")
        handles.append(dots)
    middle = ax.axhline(test.middle, color=style.GREY, ls=":", lw=1.5)
    middle.set_label("middle of the box")
    handles.append(middle)
    angle = test.motion.name == "turn"
    ax.set(xlabel="angle (rad)" if angle else "time", ylabel=r"$\langle x \rangle$")
    style.legend_below(ax, handles, columns=2)
    dynamics = test.dynamics
    value = "" if dynamics is None else f", $T$ = {dynamics.value:.0f} nats"
    seen = "not run" if test.hits is None else "seen" if test.passed else "not seen"
    size = test.plans[0].grid.num_qubits
    colour = style.INK if test.passed or test.hits is None else style.VERMILION
    ax.set_title(
        f"{test.motion.name} of a packet, {size} qubits: motion {seen}{value}",
        fontsize=10,
        color=colour,
    )
    return ax
