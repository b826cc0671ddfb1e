"""How few two-qubit gates there can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import scipy

from qdml_quantum.synthesis.networks.path_sum import DIAGONAL, PathSum, union
from qdml_quantum.synthesis.networks.topology import Topology
from qdml_quantum.synthesis.phases.walsh import bits_of

_MOST_TERMS = 5000  # Pairs of them are compared; fewer only weaken the bound.


@lru_cache(maxsize=256)
def lower_bound(path_sum: PathSum, topology: Topology) -> int:
    """Two-qubit gates that any network of CX, Rz and H without further qubits needs.

    A CX changes one wire, and so makes at most one parity that was not there, and an RZZ rotates
    one: every term needs a gate. (An H makes one parity too, as many in all as there are variables
    to be rotated alone; and where H on all wires makes a term of one, that wire needs a last CX,
    which leaves it with one variable.) With CX only and all qubits back home further ones are
    needed that make no term. They add up over the `parts`, each of which needs the larger of two:

    - tau, the size of the smallest set of its qubits that meets all of its strings: a wire that was
      a target at all needs a last CX that brings its own variable back, and no string can be made
      without one of its qubits as a target.
    - The rank over GF(2) of its strings of even weight, less the number of those of odd weight.
      Call a wire even if its parity has an even weight, and U the span of what even wires hold. A
      CX with an even control leaves U as it is. With an odd control an odd target becomes even, and
      U gains a dimension, and an even target becomes odd, and U loses one. At both ends all wires
      are odd: gains and losses are as many. A string of even weight is in U as it is made, so that
      what was gained spans them all, and there are as many losses as their rank or more. What a
      loss leaves on its target is odd: no more of them make a string than there are odd ones.

    Both together: let Q be the qubits of the parts where the second is taken, and count weights in
    Q alone. All other wires are even at both ends, which adds as many dimensions to U as to the
    span of the strings, and the last CX of such a wire is no loss, since it leaves it even.

    >>> lower_bound(PathSum.diagonal(4, range(16)), Topology(4))
    14
    >>> lower_bound(PathSum.diagonal(4, [0b0011, 0b0110, 0b1100]), Topology(4))
    6
    """
    terms = path_sum.terms
    if path_sum.num_layers > DIAGONAL or not path_sum.home or topology.rzz:
        return len(terms)
    parts = [[term for term in terms if term & part] for part in path_sum.parts()]
    return len(terms) + sum(max(_hitting_set(part), _losses(part)) for part in parts if part)


def _losses(terms: list[int]) -> int:
    """CX gates that turn an even wire into an odd one and make no term."""
    odd = sum(term.bit_count() % 2 for term in terms)
    return rank([term for term in terms if term.bit_count() % 2 == 0]) - odd


def rank(masks: Iterable[int]) -> int:
    """Rank over GF(2) of the rows that masks are.

    >>> rank([0b011, 0b110, 0b101])
    2
    """
    leading: dict[int, int] = {}  # Independent rows, by the place of their highest bit.
    for mask in masks:
        rest = mask
        while (highest := rest.bit_length()) in leading:
            rest ^= leading[highest]
        if rest:
            leading[highest] = rest
    return len(leading)


def _hitting_set(terms: list[int]) -> int:
    """Size of the smallest set of slots that meets every term, or a proven lower bound of it."""
    minimal = _minimal(terms)
    slots = bits_of(union(terms))
    rows = np.repeat(np.arange(len(minimal)), [term.bit_count() for term in minimal])
    columns = np.searchsorted(slots, np.concatenate([bits_of(term) for term in minimal]))
    shape = (len(minimal), len(slots))
    matrix = scipy.sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=shape)
    solved = scipy.optimize.milp(
        np.ones(len(slots)),
        constraints=scipy.optimize.LinearConstraint(matrix, lb=1),
        integrality=np.ones(len(slots)),
        bounds=scipy.optimize.Bounds(0, 1),
        options={"time_limit": 5.0},
    )
    bound = solved.mip_dual_bound
    return 0 if bound is None else int(np.ceil(bound - 1e-6))


def _minimal(terms: Sequence[int]) -> list[int]:
    """Terms that contain no other; only those constrain a hitting set."""
    minimal: list[int] = []
    for term in sorted(terms, key=int.bit_count)[:_MOST_TERMS]:
        if not any(other & term == other for other in minimal):
            minimal.append(term)
    return minimal
