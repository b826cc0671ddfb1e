"""The transform from position to momentum, without swaps."""

from __future__ import annotations

from functools import cache

from qiskit import QuantumCircuit
from qiskit.synthesis import synth_qft_full


@cache
def to_momentum(num_qubits: int) -> QuantumCircuit:
    """Position to momentum, ``fft(norm="ortho")``, with the bits of the result reversed.

    Qiskit's QFT is ``e^(+2 pi i j k / N)``, so this is its inverse. With ``F = R Q`` (Q the QFT
    without swaps, R the bit reversal) and F symmetric, ``F^-1 = R conj(Q)``: no swap is needed when
    momentum bit k is read on qubit ``n - 1 - k``. The inverse circuit leads back. Dropping the
    swaps of the plain QFT on both sides instead would be wrong, and still unitary.

    >>> to_momentum(3).count_ops()["h"]
    3
    """
    return synth_qft_full(num_qubits, do_swaps=False).inverse().reverse_ops()


@cache
def to_position(num_qubits: int) -> QuantumCircuit:
    """Inverse of `to_momentum`."""
    return to_momentum(num_qubits).inverse()
