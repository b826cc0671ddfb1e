"""Exact eigenstates of ``H = -D lap + zeta`` on the grid."""

from __future__ import annotations

import numpy as np

from qdml_quantum.dynamics.hamiltonian import DENSE_POINTS, Hamiltonian
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.lanczos import diagonalised, first_vector, iterated, lanczos
from qdml_quantum.reference.nested import is_crowded, nested_levels
from qdml_quantum.support.arrays import Array
from qdml_quantum.support.messages import bad_value, count, unknown
from qdml_quantum.support.typed import typed

METHODS = ("auto", "dense", "iterative")
_WALL = 1e3  # Times the energy of a state: walls above it are cut off, they only slow Lanczos down.


@typed
def eigenstates(
    problem: Problem, diffusion: float, num_states: int = 1, *, method: str = "auto"
) -> tuple[Array, Array]:
    """Lowest eigenvalues and eigenstates of H.

    Args:
        problem: Grid and objective.
        diffusion: D.
        num_states: How many, default 1 (the ground state).
        method: ``"auto"`` (default): a matrix up to 256 points, above a block of states from a
            coarse grid to the fine one, which leaves ``|(H - E) psi|`` below 1e-9 of the energy
            above min zeta or rounding errors; and, to compare with, ``"dense"`` (below 2^12
            points) or ``"iterative"`` (Lanczos, matrix-free).

    Returns:
        Energies, shape ``(num_states,)``, ascending, and states of shape
        ``(num_states, *grid.shape)``, real, normalised to ``sum |psi|^2 = 1``, the sign chosen so
        that the sum is not negative.

    Raises:
        ValueError: More states than grid points, or an unknown method.
        TooLargeError: ``"dense"`` on 2^12 points or more.
        RuntimeError: It did not converge.

    References:
        A. V. Knyazev, SIAM J. Sci. Comput. 23, 517 (2001), doi 10.1137/S1064827500366124, for
        blocks; A. Stathopoulos, SIAM J. Sci. Comput. 29, 481 (2007), doi 10.1137/050631574, for
        what is kept of the round before.

    >>> from qdml_quantum.problem.grid import Grid
    >>> energies, states = eigenstates(Problem(Grid([(-8, 8)], 6), "harmonic"), 1.0, 3)
    >>> energies.round(6), states.shape
    (array([1., 3., 5.]), (3, 64))
    """
    hamiltonian = Hamiltonian(problem, diffusion)
    size = problem.grid.size
    if count("num_states", num_states) > size:
        raise bad_value("num_states", f"be at most the number of grid points ({size})", num_states)
    if method not in METHODS:
        raise ValueError(unknown("method", method, METHODS))
    if method == "dense" or size <= max(64, 4 * num_states):
        energies, columns = diagonalised(hamiltonian, num_states)
    elif hamiltonian.diffusion == 0:
        order = np.argsort(problem.values, axis=None, kind="stable")[:num_states]
        energies = problem.values.ravel()[order]
        columns = np.zeros((size, num_states))
        columns[order, np.arange(num_states)] = 1.0
    elif method == "iterative" or is_crowded(size, num_states):
        few = method == "auto" and size < DENSE_POINTS
        energies, columns = (diagonalised if few else lanczos)(hamiltonian, num_states)
    else:
        energies, columns = nested_levels(hamiltonian, num_states)
    columns = columns * np.where(columns.sum(axis=0) < 0, -1.0, 1.0)
    return energies, np.ascontiguousarray(columns.T).reshape(num_states, *problem.grid.shape)


def rough_ground_state(problem: Problem, diffusion: float, start: Array | None = None) -> Array:
    """Ground state to about 1e-6, for choosing parameters; `start` is a state near it.

    With a `start` the walls are cut off a thousand times above its energy, where the ground state
    has no weight: Lanczos steps go with the root of the largest eigenvalue, which walls decide.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem(Grid([(-8, 8)], 6), "harmonic")
    >>> exact = eigenstates(problem, 1.0)[1][0]
    >>> round(abs(float(np.vdot(exact, rough_ground_state(problem, 1.0)))), 6)
    1.0
    """
    if problem.grid.size <= 256:
        return np.asarray(eigenstates(problem, diffusion)[1][0])
    hamiltonian = Hamiltonian(problem, diffusion)
    low, high = problem.span
    first = first_vector(problem.grid.size)
    if start is not None:
        first = start.ravel()
        high = low + _WALL * (hamiltonian.energy(start) - low)
    values = np.minimum(problem.values, high)
    return iterated(hamiltonian, values, 1, first, 1e-6)[1][:, 0].reshape(problem.grid.shape)
