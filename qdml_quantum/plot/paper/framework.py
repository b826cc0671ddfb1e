"""Figure 1: the framework: two loops in real time, and after the Wick rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import as_objective
from qdml_quantum.plot.paper.numbers import Contents, Numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs.run import anneal

TITLE = "Learning as the motion of a wave packet: two loops, in real and in imaginary time"
PANELS = 3

_PROBLEM = Problem(Grid([(-2.5, 2.5)], 7), as_objective("double_well"))
# The outer loop lowers D by a tenth each time: by a half the packet would slosh, and be found at
# the minimum with 0.5 instead of 0.88. Four of its rounds are drawn.
_SCHEDULE = Schedule.geometric((1.0, 0.02), num_stages=40, num_steps=50, time_step=0.08)
_SHOWN = (0, 13, 26, 39)
_BOXES = (
    ("objective of the learning problem\n= potential $\\zeta(x)$", 0.86),
    ("real time, on qubits\n$i\\,\\partial_t\\psi = [-D\\nabla^2 + \\zeta(x)]\\,\\psi$", 0.52),
    ("imaginary time, classical\n$\\partial_\\tau\\psi = [D\\nabla^2 - \\zeta(x)]\\,\\psi$", 0.14),
)
_ARROWS = (("potential energy", 0.69), ("Wick rotation  $t = -i\\tau$", 0.33))


def numbers() -> Contents:
    """Densities after every round of the outer loop, in real and in imaginary time."""
    runs = {
        "real": anneal(_PROBLEM, _SCHEDULE, backend="emulator", validate=False),
        "imaginary": anneal(_PROBLEM, _SCHEDULE, backend="imaginary-time", validate=False),
    }
    (axis,) = _PROBLEM.grid.axes
    strengths = [_SCHEDULE.stages[number].diffusion for number in _SHOWN]
    tables: dict[str, Any] = {"objective": {"x": axis.points, "zeta": _PROBLEM.values}}
    for name, run in runs.items():
        assert run.stage_probabilities is not None
        densities = run.stage_probabilities[list(_SHOWN)] / axis.spacing
        columns = {f"D = {d:.3g}": row for d, row in zip(strengths, densities, strict=True)}
        tables[name] = {"x": axis.points, **columns}
    facts = {f"success, {name} time": run.success_probability for name, run in runs.items()}
    return tables, facts | {
        "rounds": float(len(_SCHEDULE.stages)),
        "steps": float(_SCHEDULE.stages[0].num_steps),
    }


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """The equations and how they hang together; then what both do to the same start."""
    diagram, *both = axes
    diagram.set_axis_off()
    frame = {"boxstyle": "round,pad=0.5", "facecolor": "#F2F6FA", "edgecolor": "#0072B2"}
    for words, height in _BOXES:
        diagram.text(0.5, height, words, ha="center", va="center", bbox=frame, fontsize=9)
    for words, height in _ARROWS:
        arrow = {"arrowstyle": "->", "color": "#333333"}
        diagram.annotate("", (0.3, height - 0.05), (0.3, height + 0.05), arrowprops=arrow)
        diagram.text(0.36, height, words, va="center", fontsize=8)
    rounds, steps = data.facts["rounds"], data.facts["steps"]
    loops = f"outer loop: D falls in {rounds:g} rounds\ninner loop: {steps:g} steps at every D"
    diagram.text(0.5, -0.06, loops, ha="center", va="center", fontsize=8, style="italic")
    zeta = data.tables["objective"]
    for ax, name in zip(both, ("real", "imaginary"), strict=True):
        table = data.tables[name]
        for label, density in table.items():
            if label != "x":
                ax.plot(table["x"], density, label=f"${label}$")
        success = data.facts[f"success, {name} time"]
        ax.set(xlabel="$x$", ylabel=r"$|\psi|^2$", title=f"{name} time, success {success:.2f}")
        # The objective below, in units of its own: only its shape is told.
        low, high = zeta["zeta"].min(), np.quantile(zeta["zeta"], 0.8)
        top = max(float(density.max()) for label, density in table.items() if label != "x")
        shape = (zeta["zeta"] - low) / (high - low) * 0.5 * top
        inside = shape < 1.1 * top
        ax.plot(zeta["x"][inside], shape[inside], color="#888888", linestyle=":", label=r"$\zeta$")
        ax.legend(frameon=False, fontsize=8)
