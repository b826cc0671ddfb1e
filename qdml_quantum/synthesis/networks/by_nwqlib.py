"""A step as NWQLib builds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.synthesis.networks.step import kinetic_terms
from qdml_quantum.synthesis.networks.textbook import StepOf
from qdml_quantum.synthesis.phases.walsh import WalshSeries, bits_of


def nwqlib_step(step: StepOf) -> QuantumCircuit:
    """The step as `nwqlib.QHD(encoding="binary", kinetic_model="spectral")` builds it, of order 1.

    Its QFT without swaps, and for every table (one of the potential per set of axes that its
    strings join, one of k^2 per axis) a Walsh ladder or a dense diagonal, whichever has fewer CX.
    Here they are its own functions on the strings of any objective, where `nwqlib` takes formulas.
    """
    from nwqlib.algorithms.qhd.binary import inverse_gates, qft_gates

    circuit = QuantumCircuit(step.series.num_qubits)
    axis_of = [i for i, axis in enumerate(step.axes) for _ in range(axis.num_qubits)]
    tables: dict[frozenset[int], dict[int, float]] = {}
    for mask, coefficient in step.scaled.to_dict().items():
        joined = frozenset(axis_of[bit] for bit in bits_of(mask))
        tables.setdefault(joined, {})[mask] = coefficient
    for joined, strings in tables.items():
        _nwqlib_table(circuit, [q for q, axis in enumerate(axis_of) if axis in joined], strings)
    first = 0
    for axis in step.axes:
        n = axis.num_qubits
        forward = qft_gates(n, swaps=False)
        _nwqlib_gates(circuit, forward, first)  # Qubit i then holds bit n - 1 - i of k.
        squares = {mask << first: c for mask, c in kinetic_terms(axis, step.kinetic).items()}
        _nwqlib_table(circuit, list(range(first, first + n)), squares)
        _nwqlib_gates(circuit, inverse_gates(forward), first)
        first += n
    return circuit


def _nwqlib_gates(circuit: QuantumCircuit, gates: Iterable[tuple[Any, ...]], first: int) -> None:
    for name, *rest in gates:
        if name == "h":
            circuit.h(first + rest[0])
        else:
            circuit.cp(rest[0], first + rest[1], first + rest[2])


def _nwqlib_table(circuit: QuantumCircuit, on: Sequence[int], strings: Mapping[int, float]) -> None:
    """``exp(-i sum c Z...)`` on some qubits, by the cheaper of its two constructions."""
    from nwqlib.subroutines._multiplexors import append_control_diagonal_phases
    from nwqlib.subroutines.hamiltonian_evolution.pauli_evolution import apply_pauli_rotation

    size = len(on)
    ladder = sum(2 * (mask.bit_count() - 1) for mask in strings if mask)
    if on and ladder > 2**size - 2:
        slot = {qubit: number for number, qubit in enumerate(on)}
        alone = {sum(1 << slot[b] for b in bits_of(mask)): c for mask, c in strings.items()}
        values = WalshSeries.of_dict(size, alone).values()
        append_control_diagonal_phases(circuit, [circuit.qubits[q] for q in on], -values)
        return
    for mask, coefficient in strings.items():
        if mask:
            label = "".join(f"z{bit}" for bit in bits_of(mask))
            apply_pauli_rotation(circuit, label, 2 * coefficient)
        else:
            circuit.global_phase -= coefficient
