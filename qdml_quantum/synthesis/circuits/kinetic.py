"""The kinetic phase ``exp(-i angle k^2)`` of one axis, exactly."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.circuits.fourier import to_momentum, to_position


def kinetic_phase(axis: Axis, angle: float) -> QuantumCircuit:
    """``exp(-i angle k^2)`` between two transforms: n phase and n(n-1)/2 controlled-phase gates.

    In two's complement ``k = (2 pi / L) sum_j w_j b_j`` with ``w_j = 2^j``, but ``-2^(n-1)`` for
    the top bit, so that ``k^2`` is a quadratic form of the bits and no 2^n diagonal is needed.

    >>> circuit = kinetic_phase(Axis(-4, 4, 3), 0.1)
    >>> [circuit.count_ops()[gate] for gate in ("h", "p", "cp")]
    [6, 3, 9]
    """
    n = axis.num_qubits
    circuit = QuantumCircuit(n)
    circuit.compose(to_momentum(n), inplace=True)
    circuit.compose(squared_phase(axis, angle), inplace=True)
    circuit.compose(to_position(n), inplace=True)
    return circuit


def squared_phase(axis: Axis, angle: float) -> QuantumCircuit:
    """``exp(-i angle k^2)`` in momentum, where qubit 0 holds the sign of k; see `kinetic_phase`."""
    n = axis.num_qubits
    circuit = QuantumCircuit(n)
    unit = angle * (2 * math.pi / axis.length) ** 2
    weights = [2**j for j in range(n - 1)] + [-(2 ** (n - 1))]
    for j in range(n):
        circuit.p(wrapped(-unit * weights[j] ** 2), n - 1 - j)
        for i in range(j):
            circuit.cp(wrapped(-2 * unit * weights[i] * weights[j]), n - 1 - i, n - 1 - j)
    return circuit


def wrapped(angle: float) -> float:
    """The same angle in [-pi, pi].

    >>> round(wrapped(7.0), 6)
    0.716815
    """
    return math.remainder(angle, 2 * math.pi)
