"""The kinetic phase ``exp(-i angle k^2)`` of one axis, exactly, and the transforms around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate
from qiskit.synthesis import synth_qft_full

from qdml_quantum.dynamics.dispersion import bit_products, kinetic_angles
from qdml_quantum.problem.grid import Axis
from qdml_quantum.support.arrays import Array


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


def kinetic_phase(
    axis: Axis, angle: float, fold: Sequence[float] = (), *, back: bool = True
) -> QuantumCircuit:
    """``exp(-i angle k^2)`` between two transforms: n phase and n(n-1)/2 controlled-phase gates.

    In two's complement ``k = (2 pi / L) sum_j w_j b_j`` with ``w_j = 2^j``, but ``-2^(n-1)`` for
    the top bit, so that ``k^2`` is a quadratic form of the bits and no 2^n diagonal is needed. So
    are the folded squares of `dispersion`: they only change the angles. Without the transform
    `back` the qubits stay in momentum.

    >>> circuit = kinetic_phase(Axis(-4, 4, 3), 0.1)
    >>> [circuit.count_ops()[gate] for gate in ("h", "p", "cp")]
    [6, 3, 9]
    """
    n = axis.num_qubits
    circuit = QuantumCircuit(n)
    circuit.compose(to_momentum(n), inplace=True)
    circuit.compose(squared_phase(axis, angle, fold), inplace=True)
    if back:
        circuit.compose(to_position(n), inplace=True)
    return circuit


def native_kinetic_phase(
    axis: Axis, angle: float, fold: Sequence[float] = (), *, back: bool = True
) -> QuantumCircuit:
    """`kinetic_phase` with one `diagonal` instruction of Aer between the transforms.

    >>> dict(native_kinetic_phase(Axis(-4, 4, 3), 0.1).count_ops())
    {'h': 6, 'cp': 6, 'diagonal': 1}
    """
    n = axis.num_qubits
    circuit = QuantumCircuit(n)
    circuit.compose(to_momentum(n), inplace=True)
    angles = kinetic_angles(axis, angle, fold)
    reversed_bits = angles.reshape((2,) * n).transpose().ravel()
    circuit.compose(native_phase(reversed_bits), inplace=True)
    if back:
        circuit.compose(to_position(n), inplace=True)
    return circuit


def native_phase(angles: Array) -> QuantumCircuit:
    """``exp(-i angles)``, ordered as the state vector, as one `diagonal` instruction of Aer."""
    circuit = QuantumCircuit(angles.size.bit_length() - 1)
    circuit.append(DiagonalGate(np.exp(-1j * angles).tolist()), circuit.qubits)
    return circuit


def squared_phase(axis: Axis, angle: float, fold: Sequence[float] = ()) -> QuantumCircuit:
    """``exp(-i angle k^2)`` in momentum, where qubit 0 holds the sign of k; see `kinetic_phase`."""
    n = axis.num_qubits
    circuit = QuantumCircuit(n)
    products = bit_products(axis, angle, fold)
    for j in range(n):
        circuit.p(wrapped(-products[j, j]), n - 1 - j)
        for i in range(j):
            circuit.cp(wrapped(-products[i, j]), n - 1 - i, n - 1 - j)
    return circuit


def wrapped(angle: float) -> float:
    """The same angle in [-pi, pi].

    >>> round(wrapped(7.0), 6)
    0.716815
    """
    return math.remainder(angle, 2 * math.pi)
