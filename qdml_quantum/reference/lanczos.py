"""Lowest levels of ``H = -D lap + zeta`` without help: diagonalisation, and Lanczos."""

from __future__ import annotations

import numpy as np
import scipy

from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.support.arrays import Array


def diagonalised(hamiltonian: Hamiltonian, num_states: int) -> tuple[Array, Array]:
    """Lowest levels from the dense matrix: energies, and states as columns.

    Raises:
        TooLargeError: 2^12 points or more.
    """
    energies, columns = scipy.linalg.eigh(hamiltonian.matrix(), subset_by_index=[0, num_states - 1])
    return energies, columns


def lanczos(hamiltonian: Hamiltonian, num_states: int) -> tuple[Array, Array]:
    """Lanczos twice: roughly, to learn the scale of the levels, then to rounding error.

    ARPACK's tolerance is relative to the eigenvalue, rounding errors are relative to the norm of H;
    asking for less than those would never end.

    Raises:
        RuntimeError: It did not converge.
    """
    low, high = hamiltonian.problem.span
    values = hamiltonian.problem.values
    largest = float(hamiltonian.kinetic.max()) + high - low
    start = first_vector(hamiltonian.problem.grid.size)
    energies, columns = iterated(hamiltonian, values, num_states, start, 1e-5)
    scale = max(float(np.abs(energies).min()), 1e-12 * largest)
    tolerance = max(1e-13, 8 * float(np.finfo(float).eps) * largest / scale)
    # The noise brings back partners of degenerate levels, which the sum may have lost.
    near = columns.sum(axis=1) + 0.3 * start / np.linalg.norm(start)
    energies, columns = iterated(hamiltonian, values, num_states, near, tolerance)
    order = np.argsort(energies)
    return energies[order] + low, columns[:, order]


def iterated(
    hamiltonian: Hamiltonian, values: Array, num_states: int, start: Array, tolerance: float
) -> tuple[Array, Array]:
    """Lowest levels of ``-D lap + values - min zeta``, min zeta being that of the problem.

    Raises:
        RuntimeError: It did not converge.
    """
    shape, size = hamiltonian.problem.grid.shape, hamiltonian.problem.grid.size
    kinetic = hamiltonian.kinetic[..., : shape[-1] // 2 + 1]
    potential = values - hamiltonian.problem.span[0]

    def apply(v: Array) -> Array:
        psi = v.reshape(shape)
        moved = scipy.fft.irfftn(scipy.fft.rfftn(psi) * kinetic, s=shape, overwrite_x=True)
        return np.asarray(moved + potential * psi).ravel()

    operator = scipy.sparse.linalg.LinearOperator((size, size), matvec=apply, dtype=np.float64)
    try:
        energies, columns = scipy.sparse.linalg.eigsh(
            operator,
            k=num_states,
            which="SA",
            v0=start,
            tol=tolerance,
            ncv=min(size - 1, max(2 * num_states + 20, 40)),
            maxiter=20_000,
        )
    except scipy.sparse.linalg.ArpackNoConvergence as error:
        raise RuntimeError(
            f"Lanczos did not converge on {size} points at D = {hamiltonian.diffusion:g}: "
            f"{len(error.eigenvalues)} of {num_states} states. Raise D or use fewer points."
        ) from None
    return energies, columns


def first_vector(size: int) -> Array:
    """A vector with a part in every symmetry sector, the even ones above all."""
    return np.random.default_rng(0).uniform(-0.5, 1.5, size)
