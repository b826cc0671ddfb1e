"""Motions that are known in closed form, in circuits whose depth does not grow with time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import as_objective
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import Gaussian
from qdml_quantum.support.messages import bad_value, count

MOMENTS = 5
"""Times at which the packet is looked at: two states that are mixed explain up to three."""
FEWEST, MOST = 3, 6
"""Qubits: a packet does not fit onto fewer, and on more a device of today shows none."""

_FALL = {"x": 1.2, "width": 0.628, "diffusion": 0.7535, "force": 2.918}
"""Of the fall, in units in which positions and wave numbers reach equally far: it falls furthest of
those from rest on 8 points with <x> nowhere more than 0.03 off the parabola (differential evolution
over all four). Histograms are within 0.04 of the Gaussian that spreads, in total variation."""
_FROM, _BY = 0.5, 1.7
"""Angle at which the turn begins, and that by which it turns, so that the packet passes the middle.
"""
_MARGIN = 2.3
"""Distance of the packet from the edges of the box, 3.3 widths of it: of its positions, and of the
wave numbers that it has within a step, which are larger."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A wave packet at several times.

    Attributes:
        name: ``"fall"`` or ``"turn"``.
        times: When it is looked at: times of the fall, angles of the turn.
        anneals: One step each, which is the exact evolution by that time.
        exact: <x> in closed form, without a grid.
    """

    name: str
    times: tuple[float, ...]
    anneals: tuple[Anneal, ...]
    exact: tuple[float, ...]


def motion_of(qubits: int) -> Motion:
    """The fall on 3 qubits, the turn on 4 to 6.

    Raises:
        TypeError: `qubits` is no integer.
        ValueError: There are fewer than 3 or more than 6.

    >>> fall = motion_of(3)
    >>> [round(x, 2) for x in fall.exact]
    [1.11, 0.85, 0.41, -0.21, -1.0]
    >>> {anneal.schedule.num_steps for anneal in fall.anneals}
    {1}
    """
    size = count("qubits", qubits)
    if not FEWEST <= size <= MOST:
        raise bad_value("qubits", f"be {FEWEST} to {MOST} for a self-test", size)
    half = math.sqrt(math.pi * 2 ** (size - 1))
    grid = Grid([(-half, half)], size)
    moments = [index / MOMENTS for index in range(1, MOMENTS + 1)]
    return _fall(grid, moments) if size == FEWEST else _turn(grid, moments)


def _fall(grid: Grid, times: Sequence[float]) -> Motion:
    """``exp(-i t (D k^2 + F x)) = e^(-i F t x/2) e^(-i D t k^2) e^(-i F t x/2)``, up to a phase.

    Commutators of third order are numbers, so that one symmetric step is exact, however long. The
    phases of x take no two-qubit gate. ``<x> = x_0 - D F t^2``.
    """
    diffusion, force, start = _FALL["diffusion"], _FALL["force"], _FALL["x"]
    slope = Problem(grid, as_objective(f"{force}*x"))
    packet = Gaussian(start, _FALL["width"])
    return Motion(
        "fall",
        tuple(times),
        tuple(
            Anneal(slope, Schedule.constant(diffusion, num_steps=1, time_step=t), "strang", packet)
            for t in times
        ),
        tuple(start - diffusion * force * t**2 for t in times),
    )


def _turn(grid: Grid, times: Sequence[float]) -> Motion:
    """``exp(-i a (k^2 + x^2)/2)``: a phase of x^2, one of k^2, and that of x^2 again.

    The phases are ``tan(a/2) x^2/2`` and ``sin(a) k^2/2``: the step of ``zeta = x^2`` has the
    length ``tan(a/2)``, and D is ``sin(a) / (2 tan(a/2))``. A packet of the width of the ground
    state keeps it, and ``<x> = r cos(a_0 + a)``. Within the step its wave number is ``-r sin(a_0 +
    a/2) / cos(a/2)``, which has to stay below the largest of the grid.
    """
    bowl = Problem(grid, as_objective("x**2"))
    inside = math.sin(_FROM + _BY / 2) / math.cos(_BY / 2)
    radius = (grid.axes[0].upper - _MARGIN) / inside
    packet = Gaussian(radius * math.cos(_FROM), math.sqrt(0.5), -radius * math.sin(_FROM))
    angles = [_BY * t for t in times]
    steps = [math.tan(angle / 2) for angle in angles]
    return Motion(
        "turn",
        tuple(angles),
        tuple(
            Anneal(
                bowl,
                Schedule.constant(math.sin(angle) / (2 * step), num_steps=1, time_step=step),
                "strang",
                packet,
            )
            for angle, step in zip(angles, steps, strict=True)
        ),
        tuple(radius * math.cos(_FROM + angle) for angle in angles),
    )
