"""Networks by rule instead of search: for any number of qubits and strings, on any pair of wires.

Each function takes a diagonal path sum and gives CX gates that visit every string and return home,
or None where its rule does not apply.
"""

from __future__ import annotations

from qiskit.synthesis import synth_cnot_phase_aam

from qdml_quantum.synthesis.networks.network import Move
from qdml_quantum.synthesis.networks.path_sum import PathSum
from qdml_quantum.synthesis.phases.walsh import gray_rank


def chain(path_sum: PathSum) -> list[Move] | None:
    """All pairs of qubits with ``(n - 1)(n + 2)/2`` CX at depth ``2n - 1``, which is the bound.

    Wire t meets ``t + 0``, then adds ``0 + 1``, ``1 + 2``, ... to become ``t + 1``, ``t + 2``, ...;
    it ends as ``t + (t - 1)``, which is what the wires after it need.

    >>> len(chain(PathSum.diagonal(4, [0b0011, 0b0101, 0b1010])))
    9
    """
    if any(term.bit_count() > 2 for term in path_sum.terms):
        return None
    n = path_sum.num_slots
    moves = [(j, t) for t in range(1, n) for j in range(t)]
    return moves + [(t - 1, t) for t in range(1, n)]


def gray(path_sum: PathSum) -> list[Move]:
    """Strings grouped by their highest bit, in Gray order: ``2^n - 2`` CX for all of them.

    That meets the bound for a generic diagonal.

    References:
        J. Welch, D. Greenbaum, S. Mostame and A. Aspuru-Guzik, New J. Phys. 16, 033040 (2014),
        doi 10.1088/1367-2630/16/3/033040.

    >>> len(gray(PathSum.diagonal(4, range(16))))
    14
    """
    groups: dict[int, list[int]] = {}
    for term in path_sum.terms:
        target = term.bit_length() - 1
        groups.setdefault(target, []).append(term ^ 1 << target)
    moves: list[Move] = []
    for target, masks in sorted(groups.items()):
        current = 0
        for mask in [*sorted(masks, key=gray_rank), 0]:
            moves += [(bit, target) for bit in range(target) if (current ^ mask) >> bit & 1]
            current = mask
    return moves


def gray_synth(path_sum: PathSum) -> list[Move] | None:
    """Qiskit's GraySynth: divide the strings by the bit that most of them agree on.

    It refuses a single string, for which Gray order is optimal anyway.

    References:
        M. Amy, P. Azimzadeh and M. Mosca, Quantum Sci. Technol. 4, 015002 (2019),
        doi 10.1088/2058-9565/aad8ca.

    >>> len(gray_synth(PathSum.diagonal(4, range(16))))
    14
    """
    if len(path_sum.terms) < 2:
        return None
    rows = [[term >> bit & 1 for term in path_sum.terms] for bit in range(path_sum.num_slots)]
    circuit = synth_cnot_phase_aam(rows, ["t"] * len(path_sum.terms))
    pairs = (item.qubits for item in circuit.data if len(item.qubits) == 2)
    return [(circuit.find_bit(a).index, circuit.find_bit(b).index) for a, b in pairs]
