"""What exercises ask of the library where no closed form is known; the page measures the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.teach.drawing import diffusion_of
from qdml_quantum.teach.lab.links import schedule_of

EVEN = (231, 210, 189, 168, 146, 125, 104, 83, 62)
"""Nine levels in equal ratios, from D = 8 to 0.1."""
STEPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Time steps that are offered."""


def _double_well(tilt: str = "") -> Problem:
    return Problem(Grid([(-2.5, 2.5)], 6), as_objective(f"(x**2 - 1)**2{tilt}"))


def two_levels(p: Mapping[str, float]) -> dict[str, float]:
    """The two lowest energies of the symmetric double well: E0 and E1.

    >>> sorted(two_levels({"level": 100}))
    ['E0', 'E1']
    """
    energies, _ = eigenstates(_double_well(), diffusion_of(int(p["level"])), 2)
    return {"E0": float(energies[0]), "E1": float(energies[1])}


def three_curves(p: Mapping[str, float]) -> dict[str, float]:
    """Success of three curves D(t) from 8 to 0.1, in the order of the student: sA, sB and sC.

    Slow at large D; in equal ratios; slow where the gap is small.
    """
    hold, turn = int(p["hold"]), int(p["turn"])
    curves = (
        (231, 228, 224, 220, 214, 206, 190, 140, 62),
        EVEN,
        (231, hold, hold, hold - 1, hold - 2, hold - 4, hold - 8, hold - 14, 62),
    )
    return {f"s{letter}": _success(curves[(j + turn) % 3]) for j, letter in enumerate("ABC")}


@cache
def _success(levels: tuple[int, ...]) -> float:
    """What an anneal along a curve reaches, of nine levels of D."""
    problem = _double_well(" + 0.2*x")
    drawn = schedule_of(f"#k={bytes(levels).hex()}&dt=0.05&T=6")
    state = Anneal(problem, drawn, "strang").final_state()
    return Goal(problem).share(np.abs(state) ** 2)


def lost_by_steps(p: Mapping[str, float]) -> dict[str, float]:
    """What of the ground state of the double well is lost in t = 12 with each step: lost0, ..."""
    diffusion, problem = diffusion_of(int(p["level"])), _double_well()
    ground = eigenstates(problem, diffusion, 1)[1][0]
    lost: dict[str, float] = {}
    for j, step in enumerate(STEPS):
        steps = Schedule.constant(diffusion, time_step=step, num_steps=round(12 / step))
        state = Anneal(problem, steps, "strang", initial=ground).final_state()
        lost[f"lost{j}"] = 1 - float(abs(np.vdot(ground, state)) ** 2)
    return lost


def past_the_edge(p: Mapping[str, float]) -> dict[str, float]:
    """A packet that has flown past the right edge: its share on the left, and its mean k."""
    diffusion, problem = (
        diffusion_of(int(p["level"])),
        Problem(Grid([(-5, 5)], 7), as_objective("0*x")),
    )
    time = round(6.5 / (2 * p["D"] * p["k"]), 2)
    steps = Schedule.constant(diffusion, time_step=0.02, num_steps=math.floor(time / 0.02 + 0.5))
    packet = Gaussian(1.0, 0.6, p["k"])
    state = Anneal(problem, steps, "strang", initial=packet).final_state()
    axis = problem.grid.axes[0]
    momenta = np.abs(np.fft.fft(state, norm="ortho")) ** 2
    return {
        "left": float((np.abs(state) ** 2)[axis.points < 0].sum()),
        "moving": float(momenta @ axis.wave_numbers),
    }


MEASURES: dict[str, Callable[[Mapping[str, float]], dict[str, float]]] = {
    function.__name__: function
    for function in (two_levels, three_curves, lost_by_steps, past_the_edge)
}
"""By the name that `measured` has in the file of an exercise."""
