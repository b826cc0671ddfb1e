"""The published protocol of quantum Hamiltonian descent, on its 22 functions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.dynamics.propagate import Propagator
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.objectives import builtin
from qdml_quantum.objectives.builtins.qhd import QHD_SUITE
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.problem.states import amplitudes
from qdml_quantum.support.messages import bad_type, bad_value, count, number, unknown
from qdml_quantum.support.progress import progress_bar
from qdml_quantum.support.typed import typed

RADIUS = 0.1
"""Distance from the minimizer, on the unit square, that counts as success."""

TIME_STEP = 1e-3
"""Of the publication. Steps of 0.002 lose up to 0.04 of success to resonances with large wave
numbers (Holder table); halving this one moves 0.0043 at most (the same) and 0.0003 on average."""

_COUNTED = {"alpine1": (0.0, 0.0)}
"""Where the publication counts one of several minimizers."""


@typed
def qhd_success(
    name: str,
    time: float = 10.0,
    num_qubits: int = 7,
    *,
    time_step: float = TIME_STEP,
    progress: bool = False,
) -> float:
    """Success probability of quantum Hamiltonian descent on one of its 22 test functions.

    ``i dpsi/dt = [2/(1e-3 + t^3) (-lap/2) + 2 t^3 F(u)] psi`` on the periodic unit square, from the
    uniform state, for ``F = (f - minimum) / L`` with ``u = (x - lower) / L`` and L the side of the
    box in `QHD_SUITE`. Success is ``P(|u - u*| < 0.1)``, not around the seam; chance is 0.0314. Of
    the minimizers of ``alpine1`` only the origin counts. This is `Schedule.qhd` read by the NumPy
    interpreter of the recipe with Strang splitting.

    The publication has 256 x 256 points ``i/257``, i = 1 ... 256, first-order splitting with the
    coefficients at the start of a step, and the same time step. Here the points are those of
    `Grid`, ``i/2^n``. With 128 x 128 of them the 22 published values are met to 0.0023 on average
    and to 0.0242 at worst (benchmarks/qhd.py).

    Args:
        name: A name in `QHD_SUITE`, such as ``"rastrigin"``.
        time: Duration, positive.
        num_qubits: Of each axis. Default 7: 128 x 128 points, about 5 s on one core.
        time_step: Longest step; the steps divide `time` evenly. Default 0.001, see `TIME_STEP`.
        progress: Show a bar.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: The name is unknown, a value is not positive, or there are too many steps.

    References:
        J. Leng, E. Hickman, J. Li and X. Wu, Quantum Hamiltonian Descent, arXiv:2303.01471.

    >>> round(qhd_success("sumofsquares", time=1.0, num_qubits=5, time_step=0.01), 3)
    0.038
    """
    problem = qhd_problem(name, num_qubits)
    psi = qhd_state(problem, time, time_step=time_step, progress=progress)
    known, (lower, upper) = QHD_SUITE[name]
    inside = [p for p in builtin(known, 2).minimizers if all(lower <= c <= upper for c in p)]
    ends = [(c - lower) / (upper - lower) for c in _COUNTED.get(name, inside[0])]
    squared = sum((u - e) ** 2 for u, e in zip(problem.grid.coordinates(), ends, strict=True))
    # Strictly within the radius, without the periodic images.
    return float((np.abs(psi[squared < RADIUS**2]) ** 2).sum())


def qhd_state(
    problem: Problem, time: float, *, time_step: float = TIME_STEP, progress: bool = False
) -> NDArray[np.complex128]:
    """State of the protocol at a time, shape of the grid, for any problem on the unit box.

    Raises:
        TypeError: A value is no number.
        ValueError: A value is not positive, or there are too many steps.
    """
    duration, step = number("time", time), number("time_step", time_step)
    if step > duration:
        raise bad_value("time_step", f"be at most `time` ({duration:g})", step)
    # What is over a whole number of steps by rounding only makes no further step.
    steps = math.ceil(duration / step * (1 - 1e-12))
    schedule = Schedule.qhd(time=duration, num_steps=steps)
    propagator = Propagator(problem)
    psi = np.array(amplitudes("uniform", problem.grid), dtype=complex)
    stages = make_recipe(schedule).stages
    bar = progress_bar(stages, problem.objective.name, unit="step", disable=not progress)
    for moves in bar:
        psi = propagator.run(psi, moves)
    return psi


def qhd_problem(name: str, num_qubits: int = 7) -> Problem:
    """``F = (f - minimum) / L`` on the unit square, for a function of `QHD_SUITE`.

    >>> problem = qhd_problem("sumofsquares", 3)  # x^2 + 2 y^2 on [-1, 1]^2
    >>> problem.grid, problem.span
    (Grid([(0, 1), (0, 1)], [3, 3]), (0.0, 1.5))
    """
    if not isinstance(name, str):
        raise bad_type("name", "be text", name, 'Write "rastrigin".')
    if name not in QHD_SUITE:
        raise ValueError(unknown("function of the QHD suite", name, QHD_SUITE))
    known, (lower, upper) = QHD_SUITE[name]
    grid = Grid([(0, 1), (0, 1)], count("num_qubits", num_qubits))
    grid.require_room("Zeta")
    length, objective = upper - lower, builtin(known, 2)
    assert objective.minimum is not None
    values = objective(*(lower + length * u for u in grid.coordinates())) - objective.minimum
    return Problem.from_table(values / length, grid.bounds, name=name)
