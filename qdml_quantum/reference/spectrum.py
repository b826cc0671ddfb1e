"""Exact eigenstates of ``H = -D lap + zeta`` on the grid."""

from __future__ import annotations

import numpy as np
import scipy.fft
from scipy.linalg import eigh
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from qdml_quantum.dynamics.hamiltonian import DENSE_POINTS, Hamiltonian
from qdml_quantum.problem.problem import Problem
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
        method: ``"dense"`` (below 2^12 points), ``"iterative"`` (Lanczos, matrix-free), or
            ``"auto"``: dense where the matrix is allowed, iterative above.

    Returns:
        Energies, shape ``(num_states,)``, ascending, and states of shape
        ``(num_states, *grid.shape)``, real, normalised to ``sum |psi|^2 = 1``, the sign chosen so
        that the sum is not negative.

    Raises:
        ValueError: More states than grid points, or an unknown method.
        TooLargeError: ``"dense"`` on 2^12 points or more.
        RuntimeError: Lanczos did not converge.

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
    dense = method == "dense" or (method == "auto" and size < DENSE_POINTS)
    if dense or size <= max(64, 4 * num_states):
        energies, columns = eigh(hamiltonian.matrix(), subset_by_index=[0, num_states - 1])
    elif hamiltonian.diffusion == 0:
        order = np.argsort(problem.values, axis=None, kind="stable")[:num_states]
        energies = problem.values.ravel()[order]
        columns = np.zeros((size, num_states))
        columns[order, np.arange(num_states)] = 1.0
    else:
        energies, columns = _lanczos(hamiltonian, num_states)
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
    first = _first_vector(problem.grid.size)
    if start is not None:
        first = start.ravel()
        high = low + _WALL * (hamiltonian.energy(start) - low)
    values = np.minimum(problem.values, high)
    return _eigsh(hamiltonian, values, 1, first, 1e-6)[1][:, 0].reshape(problem.grid.shape)


def _lanczos(hamiltonian: Hamiltonian, num_states: int) -> tuple[Array, Array]:
    """Lanczos twice: roughly, to learn the scale of the levels, then to rounding error.

    ARPACK's tolerance is relative to the eigenvalue, rounding errors are relative to the norm of H;
    asking for less than those would never end.
    """
    low, high = hamiltonian.problem.span
    values = hamiltonian.problem.values
    largest = float(hamiltonian.kinetic.max()) + high - low
    start = _first_vector(hamiltonian.problem.grid.size)
    energies, columns = _eigsh(hamiltonian, values, num_states, start, 1e-5)
    scale = max(float(np.abs(energies).min()), 1e-12 * largest)
    tolerance = max(1e-13, 8 * float(np.finfo(float).eps) * largest / scale)
    # The noise brings back partners of degenerate levels, which the sum may have lost.
    near = columns.sum(axis=1) + 0.3 * start / np.linalg.norm(start)
    energies, columns = _eigsh(hamiltonian, values, num_states, near, tolerance)
    order = np.argsort(energies)
    return energies[order] + low, columns[:, order]


def _eigsh(
    hamiltonian: Hamiltonian, values: Array, num_states: int, start: Array, tolerance: float
) -> tuple[Array, Array]:
    """Lowest levels of ``-D lap + values - min zeta``."""
    shape, size = hamiltonian.problem.grid.shape, hamiltonian.problem.grid.size
    kinetic = hamiltonian.kinetic[..., : shape[-1] // 2 + 1]
    potential = values - hamiltonian.problem.span[0]

    def apply(v: Array) -> Array:
        psi = v.reshape(shape)
        moved = scipy.fft.irfftn(scipy.fft.rfftn(psi) * kinetic, s=shape, overwrite_x=True)
        return np.asarray(moved + potential * psi).ravel()

    operator = LinearOperator((size, size), matvec=apply, dtype=np.float64)
    try:
        energies, columns = eigsh(
            operator,
            k=num_states,
            which="SA",
            v0=start,
            tol=tolerance,
            ncv=min(size - 1, max(2 * num_states + 20, 40)),
            maxiter=20_000,
        )
    except ArpackNoConvergence as error:
        raise RuntimeError(
            f"Lanczos did not converge on {size} points at D = {hamiltonian.diffusion:g}: "
            f"{len(error.eigenvalues)} of {num_states} states. Raise D or use fewer points."
        ) from None
    return energies, columns


def _first_vector(size: int) -> Array:
    """A vector with a part in every symmetry sector, the even ones above all."""
    return np.random.default_rng(0).uniform(-0.5, 1.5, size)
