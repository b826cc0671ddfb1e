"""Circuits that can be fitted to a state: rotations of all qubits, and CZ after CZ between them."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qiskit import QuantumCircuit

from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.loading import kernels

Pair = tuple[int, int]

_NOTHING = 1e-12
"""Radians that are not worth a gate: less than what rounding leaves of an angle of pi."""


@dataclass(frozen=True, eq=False)
class CzCircuit:
    """Ry of all qubits, then CZ after CZ with rotations of both its qubits, and their angles.

    Rotations are Ry, so that amplitudes are real; for complex ones an Rz goes before each, and one
    of every qubit ends the circuit. That is every circuit with these CZ: an Rz before a CZ can be
    moved past it.

    Attributes:
        num_qubits: Qubits, 1 or more.
        complex: Whether there are Rz.
        pairs: Qubits of every CZ.
        angles: Radians, in the order of `kernels`.

    >>> bell = CzCircuit.of(2, [(1, 0)], [np.pi / 2, np.pi / 2, 0, -np.pi / 2])
    >>> bell.state().round(3).tolist()
    [0.707, 0.0, 0.0, -0.707]
    >>> dict(bell.circuit().count_ops())
    {'ry': 3, 'cx': 1}
    """

    num_qubits: int
    complex: bool
    pairs: tuple[Pair, ...]
    angles: Array

    @classmethod
    def of(
        cls,
        num_qubits: int,
        pairs: list[Pair] | tuple[Pair, ...],
        angles: ArrayLike | None = None,
        *,
        complex: bool = False,
    ) -> CzCircuit:
        """With these angles, or with all at 0."""
        planes = 2 if complex else 1
        size = planes * (num_qubits + 2 * len(pairs))
        values = np.zeros(size) if angles is None else np.asarray(angles, dtype=float)
        return cls(num_qubits, complex, tuple(pairs), values)

    @property
    def planes(self) -> int:
        """Planes of amplitudes: real parts, and imaginary ones where there are Rz."""
        return 2 if self.complex else 1

    @property
    def _pairs(self) -> NDArray[np.int64]:
        return np.array(self.pairs, dtype=np.int64).reshape(-1, 2)

    def state(self) -> NDArray[np.complex128] | Array:
        """What the circuit makes, shape ``(2^n,)``."""
        state = np.empty(self.planes << self.num_qubits)
        kernels.forward(state, self.num_qubits, self.planes, self._pairs, self.angles)
        return _joined(state) if self.complex else state

    def loss(self, wanted: Array) -> tuple[float, Array]:
        """``1 - |<wanted|state>|^2`` and its gradient.

        Args:
            wanted: In planes; see `in_planes`.
        """
        slope, state = np.empty(self.angles.size), np.empty(wanted.size)
        sizes = (self.num_qubits, self.planes)
        arrays = (slope, state, np.empty(wanted.size))
        return kernels.loss(wanted, *sizes, self._pairs, self.angles, *arrays), slope

    def fitted(self, wanted: Array, iterations: int) -> tuple[float, CzCircuit]:
        """The loss and the circuit after so many iterations of L-BFGS."""
        vectors = np.zeros((kernels.ROWS, self.angles.size))
        vectors[kernels.ANGLES] = self.angles
        room = (vectors, np.empty(kernels.MEMORY), np.empty(wanted.size), np.empty(wanted.size))
        loss = kernels.fit(wanted, self.num_qubits, self.planes, self._pairs, iterations, *room)
        return loss, replace(self, angles=vectors[kernels.ANGLES].copy())

    def kicked(self, rng: np.random.Generator, spread: float) -> CzCircuit:
        """All angles moved by random ones."""
        return replace(self, angles=self.angles + rng.normal(0, spread, self.angles.size))

    def with_pair(self, index: int, pair: Pair) -> CzCircuit:
        """The circuit with one CZ more, as number `index`, and no rotation after it."""
        planes = self.planes
        first = self.num_qubits + 2 * planes * index
        angles = np.insert(self.angles, [first] * (2 * planes), 0.0)
        pairs = (*self.pairs[:index], pair, *self.pairs[index:])
        return replace(self, pairs=pairs, angles=angles)

    def without(self, index: int) -> CzCircuit:
        """The circuit without a CZ; rotations that meet become one, and nothing else changes."""
        angles = self.angles.copy()
        gone = [self._rotation(index, side) for side in (0, 1)]
        for side, qubit in enumerate(self.pairs[index]):
            before = [i for i in range(index) if qubit in self.pairs[i]]
            after = [i for i in range(index + 1, len(self.pairs)) if qubit in self.pairs[i]]
            last = self._rotation_on(before[-1], qubit) if before else (qubit,)
            if not self.complex:
                angles[last[-1]] += angles[gone[side][-1]]
                continue
            turn, tilt = angles[list(gone[side])]
            first, angles[last[-1]], rest = _merged(angles[last[-1]], turn, tilt)
            if before:  # Rz of |0> is a phase.
                angles[last[0]] += first
            end = self.angles.size - self.num_qubits + qubit
            angles[self._rotation_on(after[0], qubit)[0] if after else end] += rest
        pairs = self.pairs[:index] + self.pairs[index + 1 :]
        return replace(self, pairs=pairs, angles=np.delete(angles, [i for r in gone for i in r]))

    def _rotation(self, index: int, side: int) -> tuple[int, ...]:
        """Where the angles after a CZ on one of its qubits stand: Rz where there is one, and Ry."""
        first = self.num_qubits + 2 * self.planes * index + side
        return (first, first + 2) if self.complex else (first,)

    def _rotation_on(self, index: int, qubit: int) -> tuple[int, ...]:
        return self._rotation(index, self.pairs[index].index(qubit))

    def circuit(self) -> QuantumCircuit:
        """In gates of ry, rz and cx: a CZ is a CX between two Ry of the target by pi/2."""
        circuit = QuantumCircuit(self.num_qubits)
        waiting = self.angles[: self.num_qubits].copy()

        def flush(qubit: int) -> None:
            turn(circuit, "ry", waiting[qubit], qubit)
            waiting[qubit] = 0.0

        for index, (control, target) in enumerate(self.pairs):
            waiting[target] += math.pi / 2
            flush(control)
            flush(target)
            circuit.cx(control, target)
            waiting[target] = -math.pi / 2
            for qubit in (control, target):
                *twist, tilt = self._rotation_on(index, qubit)
                if twist:
                    if abs(math.remainder(self.angles[twist[0]], 2 * math.pi)) > _NOTHING:
                        flush(qubit)
                    turn(circuit, "rz", self.angles[twist[0]], qubit)
                waiting[qubit] += self.angles[tilt]
        for qubit in range(self.num_qubits):
            flush(qubit)
            if self.complex:
                turn(circuit, "rz", self.angles[-self.num_qubits :][qubit], qubit)
        return circuit


def turn(circuit: QuantumCircuit, name: str, angle: float, qubit: int) -> None:
    """Append a rotation that does something, by -pi to pi: a full turn is a phase."""
    angle = math.remainder(angle, 2 * math.pi)
    if abs(angle) > _NOTHING:
        getattr(circuit, name)(angle, qubit)


def _merged(before: float, turn: float, tilt: float) -> tuple[float, float, float]:
    """Angles a, b, c with Ry(tilt) Rz(turn) Ry(before) = Rz(c) Ry(b) Rz(a), as matrices."""
    low, high = (
        (math.cos(tilt / 2), math.sin(tilt / 2)),
        (math.cos(before / 2), math.sin(before / 2)),
    )
    phase = cmath.exp(0.5j * turn)
    stays = low[0] * high[0] / phase - low[1] * high[1] * phase
    flips = low[1] * high[0] / phase + low[0] * high[1] * phase
    total, difference = -2 * cmath.phase(stays), 2 * cmath.phase(flips)
    return (
        (total - difference) / 2,
        2 * math.atan2(abs(flips), abs(stays)),
        (total + difference) / 2,
    )


def in_planes(vector: NDArray[np.complex128] | Array) -> Array:
    """Real parts, and imaginary ones after them where amplitudes are complex."""
    if np.iscomplexobj(vector):
        return np.concatenate([vector.real, vector.imag])
    return np.ascontiguousarray(vector, dtype=float)


def _joined(planes: Array) -> NDArray[np.complex128]:
    real, imaginary = planes.reshape(2, -1)
    return np.asarray(real + 1j * imaginary)
