"""The kinetic phase of an axis of three qubits with six two-qubit gates, or seven on a line."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

from qdml_quantum.grid import Axis

TRIPLE = 3
"""Qubits of the axis."""
_EIGHTH, _QUARTER = math.pi / 8, math.pi / 2


def triple_phase(axis: Axis, angle: float) -> QuantumCircuit:
    """``exp(-i angle k^2)`` of an axis of three qubits, exactly, with six CX between three pairs.

    A Fourier transform tells k from -k, though their squares are equal; this does not, and saves
    three gates or more. With an H on qubit 2 before and after, ``Z_2`` is the parity of k, and in
    units of ``(2 pi / L)^2``

        k^2 = 6 + 2 X_1 - 4 X_0 - 4 X_1 X_0      for even k (0, +-2, 4),
        k^2 = 5 - 4 (X_0 + Y_1 Y_0) / sqrt 2     for odd k (+-1, +-3).

    Either way qubit 0 is rotated by one angle, about an axis that depends on the other two qubits;
    for even k qubit 1 is rotated, too. Pairs of CX from qubit 2 switch between the two cases: half
    turns about the line between the two axes take one to the other, and half turns about Z undo a
    rotation about X or double it. CX from qubit 0 to qubit 1 make the axes depend on qubit 1.

    >>> triple_phase(Axis(-4, 4, 3), 0.1).num_nonlocal_gates()
    6
    """
    theta = angle * (2 * math.pi / axis.length) ** 2
    circuit = QuantumCircuit(TRIPLE, global_phase=-5.5 * theta)
    circuit.h([1, 2])
    circuit.rz(_QUARTER + 2 * theta, 1)
    circuit.cx(2, 1)
    circuit.rz(2 * theta, 1)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rz(-4 * theta, 1)
    circuit.cx(2, 1)
    circuit.rz(-4 * theta, 1)
    circuit.h(0)
    circuit.rz(-_EIGHTH, 0)
    circuit.cx(2, 0)
    circuit.rz(_EIGHTH, 0)
    circuit.h(0)
    circuit.rz(-8 * theta, 0)
    circuit.h(0)
    circuit.rz(-_EIGHTH, 0)
    circuit.cx(2, 0)
    circuit.rz(_EIGHTH, 0)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.rz(-_QUARTER, 1)
    circuit.rz(theta, 2)
    circuit.h([1, 2])
    return circuit


def triple_phase_on_line(axis: Axis, angle: float) -> QuantumCircuit:
    """The same with seven CX between qubits 2 and 1, and 1 and 0; qubits 0 and 1 end exchanged.

    The rotations of qubit 0, about two lines at 45 degrees, are made of rotations about lines at
    right angles, by ``delta = asin(sin(4 theta) / sqrt 2)`` and ``tan epsilon = tan(4 theta) /
    sqrt 2``, so that the two qubits can change places in between.

    >>> triple_phase_on_line(Axis(-4, 4, 3), 0.1).num_nonlocal_gates()
    7
    """
    theta = angle * (2 * math.pi / axis.length) ** 2
    delta = math.asin(math.sin(4 * theta) / math.sqrt(2))
    epsilon = math.atan2(math.sin(4 * theta) / math.sqrt(2), math.cos(4 * theta))
    circuit = QuantumCircuit(TRIPLE, global_phase=math.pi - 5.5 * theta)
    circuit.rz(math.pi, [0, 2])
    circuit.h([0, 1, 2])
    circuit.rz(2 * theta, 1)
    circuit.cx(2, 1)
    circuit.rz(-2 * theta, 1)
    circuit.cx(0, 1)
    circuit.rz(-4 * theta, 1)
    circuit.cx(2, 1)
    circuit.rz(_QUARTER + 4 * theta, 1)
    circuit.rz(math.pi + epsilon, 0)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rz(_QUARTER + delta, 1)
    circuit.cx(2, 1)
    circuit.rz(delta, 1)
    circuit.rz(math.pi, 0)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.h(1)
    circuit.rz(_QUARTER, 1)
    circuit.h(1)
    circuit.rz(4 * theta - epsilon, 1)
    circuit.cx(2, 1)
    circuit.rz(-4 * theta, 1)
    circuit.rz(math.pi, 0)
    circuit.h(0)
    circuit.rz(3 * _QUARTER, 0)
    circuit.rz(-theta, 2)
    circuit.h([1, 2])
    circuit.rz(math.pi, 2)
    return circuit
