"""Annealing that follows the ground state: slow where it turns fast or where the gap is small."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap

import numpy as np

from qdml_quantum.annealing.diffusion_range import coarsened
from qdml_quantum.dynamics.hamiltonian import Hamiltonian, squared_wave_numbers
from qdml_quantum.dynamics.schedule import Schedule, Stage
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.spectrum import rough_ground_state
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, count, number
from qdml_quantum.support.typed import typed

STAGES_PER_SLOWNESS, MOST_STAGES = 6, 384
"""Every change of D is a small quench: a slower anneal needs more, smaller ones."""

_FIRST_RUNGS, _MOST_RUNGS = 33, 97  # Values of D, a ground state each; never measured finer.
_OVERLAP, _FINEST = 0.97, 1e-3  # Neighbours that overlap less get a rung between; least log.
_TAIL, _STILL, _LEAST = 1e-12, 1e-20, 1e-3  # Of weight; of a squared turn; of a step.


@dataclass(frozen=True, eq=False)
class GroundStatePath:
    """How the ground state turns, and how well it is protected, while D falls.

    Attributes:
        diffusions: D of the computed ground states, falling, shape ``(m,)``.
        angles: Angle between neighbours, ``arccos |<psi_i|psi_(i+1)>|``, shape ``(m - 1,)``.
        gaps: ``<d|H|d>/<d|d> - E0`` of the direction d in which the state turns, shape
            ``(m - 1,)``: the mean energy of the levels that the change of D couples to.
        band: Largest ``|k|^2`` of the last ground state, up to a weight of 1e-12.
    """

    diffusions: Array
    angles: Array
    gaps: Array
    band: float

    @property
    def length(self) -> float:
        """Angle that the ground state turns in all."""
        return float(self.angles.sum())


@typed
def ground_state_path(problem: Problem, diffusion: Sequence[float]) -> GroundStatePath:
    """Ground states from D = start to D = stop, closer together where they turn faster.

    A grid of more than 2^12 points, or 2^9 along an axis, is thinned first (`coarsened`).

    Args:
        problem: Grid and objective.
        diffusion: ``(start, stop)``, both positive, start above stop.

    Raises:
        ValueError: D does not fall.

    >>> from qdml_quantum.problem.grid import Grid
    >>> path = ground_state_path(Problem(Grid([(-8, 8)], 6), "harmonic"), (4.0, 0.25))
    >>> round(path.length, 3)  # of a Gaussian whose width falls to a half: ln(2)/sqrt(2)
    0.49
    >>> middles = np.sqrt(path.diffusions[1:] * path.diffusions[:-1])
    >>> (path.gaps / np.sqrt(middles)).round(2)[:3]  # two quanta of 2 sqrt(D)
    array([4., 4., 4.])
    """
    ends = [number("diffusion", d) for d in diffusion]
    if len(ends) != 2 or ends[1] >= ends[0]:
        raise bad_value("diffusion", "fall", tuple(ends), "Write (start, stop).")
    start, stop = ends
    problem = coarsened(problem)
    logs = list(np.linspace(math.log(start), math.log(stop), _FIRST_RUNGS))
    states: list[Array] = []
    for log_d in logs:
        near = states[-1] if states else None
        states.append(rough_ground_state(problem, math.exp(log_d), near))
    rung = 0
    while rung < len(logs) - 1:
        overlap = abs(float(np.vdot(states[rung], states[rung + 1])))
        width = logs[rung] - logs[rung + 1]
        if overlap >= _OVERLAP or width <= _FINEST or len(logs) >= _MOST_RUNGS:
            rung += 1
            continue
        between = (logs[rung] + logs[rung + 1]) / 2
        logs.insert(rung + 1, between)
        states.insert(rung + 1, rough_ground_state(problem, math.exp(between), states[rung]))
    turns = [
        _turn(problem, math.exp((logs[i] + logs[i + 1]) / 2), states[i], states[i + 1])
        for i in range(len(logs) - 1)
    ]
    return GroundStatePath(
        np.array([start, *np.exp(logs[1:-1]), stop]),
        np.array([angle for angle, _ in turns]),
        np.array([gap for _, gap in turns]),
        _band(problem, states[-1]),
    )


def _turn(problem: Problem, diffusion: float, u: Array, v: Array) -> tuple[float, float]:
    """Angle between two ground states, and the energy above them of the direction of turning."""
    v = v if float(np.vdot(u, v)) >= 0 else -v
    middle = u + v
    middle /= np.linalg.norm(middle)
    direction = v - u
    direction = direction - float(np.vdot(middle, direction)) * middle
    square = float(np.vdot(direction, direction))
    angle = 2 * math.asin(np.minimum(math.sqrt(square) / 2, 1.0))
    hamiltonian = Hamiltonian(problem, diffusion)
    if square < _STILL:  # nothing but rounding errors: a free particle
        return 0.0, float(hamiltonian.kinetic[hamiltonian.kinetic > 0].min())
    gap = hamiltonian.energy(direction) - hamiltonian.energy(middle)
    return angle, max(gap, 1e-12 * hamiltonian.scale(problem.span[1]))


def _band(problem: Problem, state: Array) -> float:
    weights = np.abs(np.fft.fftn(state)).ravel() ** 2
    squares = squared_wave_numbers(problem.grid).ravel()
    order = np.argsort(squares)
    above = 1 - np.cumsum(weights[order]) / weights.sum()
    return float(squares[order][int(np.argmax(above <= _TAIL))])


@typed
def adiabatic_schedule(
    problem: Problem,
    path: GroundStatePath,
    *,
    slowness: float = 16.0,
    turns: float = 1.0,
    num_stages: int | None = None,
) -> Schedule:
    r"""A schedule whose ground state turns at a speed in proportion to the gap.

    ``|d psi/dt| = gap / (slowness (2 + cos 2 pi s))``, s = 0 ... 1: the local adiabatic condition,
    slower by 3 at both ends, because what an anneal excites comes from abrupt starts and stops.
    Stages are placed at equal angles of the ground state (to nine tenths; the last tenth goes to
    equal ratios of D).

    The time step keeps the largest phase of a step, ``dt (D band + max zeta - min zeta)``, at
    `turns` times 2 pi, and neighbouring points of the grid within pi/2. Where `turns` is so small
    that even the largest wave number of the grid, beyond the band of the ground state, turns less
    than once, no two levels are joined by a Trotter resonance; often four do no harm.

    Args:
        problem: Grid and objective; the grid may be finer than that of `path`.
        path: What `ground_state_path` found.
        slowness: Gap over speed; 8 to 64 are usual.
        turns: Largest phase of a Trotter step within the band, over 2 pi.
        num_stages: Number of stages; default 6 times the slowness, at most 384.

    Raises:
        ValueError: `slowness` or `turns` is not positive, or there would be too many steps.

    References:
        J. Roland and N. J. Cerf, Phys. Rev. A 65, 042308 (2002), doi 10.1103/PhysRevA.65.042308.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 5), "harmonic")
    >>> path = ground_state_path(problem, (500.0, 0.1))
    >>> schedule = adiabatic_schedule(problem, path)
    >>> len(schedule.stages), schedule.final_diffusion
    (96, 0.1)
    """
    return Schedule(
        tuple(starmap(Stage, adiabatic_stages(problem, path, slowness, turns, num_stages)))
    )


def adiabatic_stages(
    problem: Problem,
    path: GroundStatePath,
    slowness: float,
    turns: float,
    num_stages: int | None,
) -> list[tuple[float, float, int]]:
    """D, time step and number of steps of every stage of `adiabatic_schedule`."""
    slowness, turns = number("slowness", slowness), number("turns", turns)
    if num_stages is None:
        num_stages = min(math.ceil(STAGES_PER_SLOWNESS * slowness), MOST_STAGES)
    total = count("num_stages", num_stages)
    logs = np.log(path.diffusions)
    turned = np.concatenate([[0.0], np.cumsum(path.angles)])
    fallen = (logs[0] - logs) / (logs[0] - logs[-1])
    measure = 0.9 * turned / path.length + 0.1 * fallen if path.length > 0 else fallen
    s = np.linspace(0, 1, total) if total > 1 else np.array([1.0])
    seams = np.concatenate([[0.0], (s[1:] + s[:-1]) / 2, [1.0]])
    angles = np.diff(np.interp(seams, measure, turned))
    stage_logs = np.interp(s, measure, logs)
    middles = (logs[1:] + logs[:-1]) / 2
    times = np.exp(np.interp(-stage_logs, -middles, -np.log(path.gaps)))
    times *= slowness * angles * (2 + np.cos(2 * np.pi * s))
    smooth = smooth_time_step(problem)
    scale = problem.span[1] - problem.span[0]
    stages = []
    for diffusion, time in zip([*np.exp(stage_logs[:-1]), path.diffusions[-1]], times, strict=True):
        step = min(turns * 2 * math.pi / (float(diffusion) * path.band + scale), smooth)
        lasts = max(float(time), _LEAST * step)
        steps = math.ceil(lasts / step)
        stages.append((float(diffusion), lasts / steps, steps))
    return stages


def smooth_time_step(problem: Problem) -> float:
    """Longest time step whose potential phase does not wrap between neighbouring points."""
    jump = problem.largest_jump
    return 0.95 * math.pi / 2 / jump if jump > 0 else math.inf
