"""How few two-qubit gates there can be."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy

from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.walsh import bits_of

_MOST_TERMS = 5000  # Pairs of them are compared; fewer only weaken the bound.


@lru_cache(maxsize=256)
def lower_bound(path_sum: PathSum, topology: Topology) -> int:
    """Two-qubit gates that any network of CX, Rz and H without further qubits needs.

    A CX changes one wire, and so makes at most one parity that was not there, and an RZZ rotates
    one: every term needs a gate. (An H makes one parity too, as many in all as there are variables
    to be rotated alone; and where H on all wires makes a term of one, that wire needs a last CX,
    which leaves it with one variable.) With CX only and all qubits back home, ``|S| + tau(S)``: a
    wire that was a target at all needs a last CX that brings its own variable back, and no string
    can be made without one of its qubits as a target; tau is the size of the smallest set of qubits
    that meets every string.

    >>> lower_bound(PathSum.diagonal(4, range(16)), Topology(4))
    14
    """
    terms = len(path_sum.terms)
    if path_sum.num_layers > DIAGONAL or not path_sum.home or topology.rzz:
        return terms
    return terms + _hitting_set(path_sum)


def _hitting_set(path_sum: PathSum) -> int:
    """Size of the smallest set of slots that meets every term, or a proven lower bound of it."""
    minimal = _minimal(path_sum.terms)
    if not minimal:
        return 0
    rows = np.repeat(np.arange(len(minimal)), [term.bit_count() for term in minimal])
    columns = np.concatenate([bits_of(term) for term in minimal])
    shape = (len(minimal), path_sum.num_slots)
    matrix = scipy.sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=shape)
    solved = scipy.optimize.milp(
        np.ones(path_sum.num_slots),
        constraints=scipy.optimize.LinearConstraint(matrix, lb=1),
        integrality=np.ones(path_sum.num_slots),
        bounds=scipy.optimize.Bounds(0, 1),
        options={"time_limit": 5.0},
    )
    bound = solved.mip_dual_bound
    return 0 if bound is None else int(np.ceil(bound - 1e-6))


def _minimal(terms: tuple[int, ...]) -> list[int]:
    """Terms that contain no other; only those constrain a hitting set."""
    minimal: list[int] = []
    for term in sorted(terms, key=int.bit_count)[:_MOST_TERMS]:
        if not any(other & term == other for other in minimal):
            minimal.append(term)
    return minimal
