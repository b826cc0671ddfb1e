"""Figure 6: a learning problem becomes a potential in the space of its parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives.losses.loss import Loss
from qdml_quantum.plot.paper.numbers import Contents, Numbers
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.runs.run import anneal

TITLE = "From learning space to parameter space: every point of the right is a line on the left"
PANELS = 3

# Two overlapping clouds: the best line leaves a few points on its wrong side, and the minimum is
# not at infinity. Weights beyond the box would be steeper than the data tell.
_POINTS, _APART, _SEED, _BOX, _QUBITS = 60, 1.1, 4, (-4.0, 4.0), 5
# Down to a D at which the packet is as narrow as two cells; in 1200 steps, which follow well enough
# to be right with 0.82 (0.93 is the ground state's).
_SCHEDULE = Schedule.geometric((2.0, 1e-3), num_stages=30, num_steps=40, time_step=1.0)
_SHOWN = 25  # Lines drawn from the last probability: enough to show how they scatter.


def numbers() -> Contents:
    """Data and the best lines; loss and probability over the weights."""
    rng = np.random.default_rng(_SEED)
    labels = np.arange(_POINTS) % 2
    points = rng.standard_normal((_POINTS, 2)) + _APART * (2 * labels[:, None] - 1) * [1.0, 0.4]
    loss = Loss("logistic", points, labels, bounds=(_BOX, _BOX), intercept=False)
    problem = Problem(Grid([_BOX] * 2, _QUBITS), loss)
    run = anneal(problem, _SCHEDULE, backend="emulator", validate=False)
    probability = run.probabilities
    where = problem.grid.points()
    drawn = np.random.default_rng(_SEED).choice(len(where), _SHOWN, p=probability.ravel())
    sampled = where[drawn]
    tables: dict[str, Any] = {
        "data": {"x": points[:, 0], "y": points[:, 1], "class": labels},
        "weights": {
            "w1": where[:, 0],
            "w2": where[:, 1],
            "loss": problem.values.ravel(),
            "probability": probability.ravel(),
        },
        "samples": {"w1": sampled[:, 0], "w2": sampled[:, 1]},
    }
    return tables, {
        "w1": run.minimizer[0],
        "w2": run.minimizer[1],
        "success": run.success_probability,
        "accuracy": loss.accuracy(run.minimizer),
        "steps": float(_SCHEDULE.num_steps),
    }


def draw(data: Numbers, axes: Sequence[Any]) -> None:
    """The data and lines drawn by the anneal; the loss; the probability."""
    left, middle, right = axes
    table, facts = data.tables["data"], data.facts
    for label, colour in ((0, "#0072B2"), (1, "#D55E00")):
        one = table["class"] == label
        left.plot(table["x"][one], table["y"][one], "o", color=colour, markersize=4, alpha=0.8)
    reach = 1.2 * float(max(np.abs(table["x"]).max(), np.abs(table["y"]).max()))
    samples = data.tables["samples"]
    for w in zip(samples["w1"], samples["w2"], strict=True):
        left.plot(*_line(w, reach), color="#888888", linewidth=0.5, alpha=0.5)
    best = (facts["w1"], facts["w2"])
    words = f"best line, accuracy {facts['accuracy']:.2f}"
    left.plot(*_line(best, reach), color="#333333", label=words)
    left.set(xlabel="$x_1$", ylabel="$x_2$", title="learning space")
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    left.legend(frameon=False, fontsize=8, loc="lower right")
    weights = data.tables["weights"]
    size = round(len(weights["w1"]) ** 0.5)
    x, y = (np.unique(weights[name]) for name in ("w1", "w2"))
    for ax, name, title in (
        (middle, "loss", r"parameter space: loss $= \zeta(w)$"),
        (right, "probability", rf"after {facts['steps']:g} steps: $|\psi(w)|^2$"),
    ):
        ax.pcolormesh(x, y, weights[name].reshape(size, size).T, cmap="viridis", rasterized=True)
        ax.plot(*best, "*", color="#D55E00", markeredgecolor="white", markersize=12)
        ax.set(xlabel="$w_1$", ylabel="$w_2$", title=title, aspect="equal")


def _line(w: Sequence[float], reach: float) -> tuple[list[float], list[float]]:
    """Where ``w1 x1 + w2 x2 = 0``, in a window of this half width."""
    length = math.hypot(*w) or 1.0
    along = np.array([-w[1], w[0]]) / length * 2 * reach
    return [float(-along[0]), float(along[0])], [float(-along[1]), float(along[1])]
