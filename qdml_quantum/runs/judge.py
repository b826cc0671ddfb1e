"""Verdicts on a state: diagnostics of the grid, the classical reference, the minimizer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qdml_quantum.diagnostics import checks
from qdml_quantum.dynamics.hamiltonian import Hamiltonian
from qdml_quantum.problem.problem import Problem
from qdml_quantum.reference.imaginary_time import GroundState
from qdml_quantum.reference.spectrum import eigenstates
from qdml_quantum.runs.result import Reference
from qdml_quantum.support.check import Check

EXACT_QUBITS, EXACT_AXIS = 12, 10
"""Up to here, in all and on any axis, the ground state is also found by diagonalisation."""

_DENSE_POINTS = 512


def grid_checks(problem: Problem, psi: NDArray[Any]) -> list[Check]:
    """Does the grid resolve the state, keep it off its edges, and see every well?"""
    missed = checks.missed_well(problem)
    return [
        checks.aliasing(psi, problem.grid),
        checks.wrap_around(psi, problem.grid),
        *([missed] if missed else []),
    ]


def judged_reference(
    problem: Problem, found: GroundState, diffusion: float, mask: NDArray[np.bool_]
) -> tuple[Reference, list[Check]]:
    """The imaginary-time ground state beside exact diagonalisation, with their checks."""
    exact = None
    more = list(found.checks)
    counts = problem.grid.qubits_per_axis
    if sum(counts) <= EXACT_QUBITS and max(counts) <= EXACT_AXIS:
        method = "dense" if problem.grid.size <= _DENSE_POINTS else "iterative"
        exact = float(eigenstates(problem, diffusion, method=method)[0][0])
        largest = float(Hamiltonian(problem, diffusion).kinetic.max()) + max(map(abs, problem.span))
        more.append(checks.reference_exact(found.energy - exact, largest))
    reference = Reference(
        energy=found.energy,
        deviation=math.sqrt(found.variance),
        gap=found.gap,
        exact_energy=exact,
        success=float((found.state**2)[mask].sum()),
        state=found.state,
    )
    return reference, more


def most_probable(probabilities: ArrayLike, problem: Problem, shots: int | None) -> tuple[int, ...]:
    """Index of the largest probability.

    Of the points that shots cannot tell from it (one standard error), the one with the lowest zeta.
    """
    values = np.asarray(probabilities)
    top = float(values.max())
    margin = math.sqrt(top / shots) if shots else 1e-9 * top
    tied = values >= top - margin
    flat = int(np.where(tied, problem.values, np.inf).argmin())
    return tuple(int(i) for i in np.unravel_index(flat, values.shape))
