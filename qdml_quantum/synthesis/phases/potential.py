"""Diagonal phases ``exp(-i angle values)``: phases in, gates out.

A compiler looks at the values once and then makes a circuit for any angle; the rest of the package
sees only `PhaseCompiler` and `PhaseCircuit`. A new compiler is one class, a line in
`PHASE_COMPILERS`, and its name in `qdml_quantum.synthesis.compiler.COMPILERS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate

from qdml_quantum.support.arrays import Array, real_array
from qdml_quantum.support.messages import unknown
from qdml_quantum.synthesis.circuits.kinetic import native_phase, wrapped
from qdml_quantum.synthesis.compiler import NATIVE
from qdml_quantum.synthesis.phases.walsh import WalshSeries, bits_of, gray_rank


class PhaseCircuit(Protocol):
    """A compiled diagonal: a circuit for every angle, with the same structure."""

    def circuit(self, angle: float) -> QuantumCircuit:
        """Circuit of ``exp(-i angle values)``, global phase included."""
        ...


PhaseCompiler = Callable[[Array], PhaseCircuit]
"""Takes the values in state-vector order, shape ``(2^n,)``."""


class Walsh:
    """Exact Walsh series: one rotation per nonzero coefficient, on a parity made by CX gates.

    Strings are grouped by their highest bit, whose wire collects the parity, and visited in Gray
    order within a group: 2^n - 2 CX for a generic diagonal, fewer where coefficients vanish (a
    polynomial of degree p has strings of weight at most p, a separable objective no cross strings).
    A group with strings of weight 1 and 2 only is written with p and cp, at the same CX cost and
    half the gates.

    References:
        J. Welch, D. Greenbaum, S. Mostame and A. Aspuru-Guzik, New J. Phys. 16, 033040 (2014),
        doi 10.1088/1367-2630/16/3/033040.

    >>> dict(Walsh(np.arange(8.0) ** 2).circuit(0.1).count_ops())
    {'p': 3, 'cp': 3}
    >>> Walsh(np.arange(8.0) ** 3).circuit(0.1).count_ops()["cx"]
    4
    """

    def __init__(self, values: Array | WalshSeries) -> None:
        series = values if isinstance(values, WalshSeries) else WalshSeries.of_values(values)
        self.num_qubits, self.constant = series.num_qubits, series.constant
        self._phases = np.zeros(self.num_qubits)
        self._pairs: list[tuple[int, int, float]] = []
        self._rotations: list[tuple[int, tuple[int, ...], float]] = []
        for target in range(self.num_qubits):
            group = (series.masks >> target) == 1
            lower = (series.masks[group] ^ 1 << target).tolist()
            strings = list(zip(lower, series.coefficients[group].tolist(), strict=True))
            strings.sort(key=lambda string: gray_rank(string[0]))
            if all(mask.bit_count() <= 1 for mask, _ in strings):
                self._add_quadratic(target, strings)
            else:
                self._add_parities(target, strings)

    def _add_quadratic(self, target: int, strings: list[tuple[int, float]]) -> None:
        """Strings ``Z_t`` and ``Z_t Z_i`` in bits: ``Z = 1 - 2 b``."""
        for mask, coefficient in strings:
            self.constant += coefficient
            self._phases[target] += 2 * coefficient
            if mask:
                (other,) = bits_of(mask)
                self._phases[other] += 2 * coefficient
                self._pairs.append((other, target, -4 * coefficient))

    def _add_parities(self, target: int, strings: list[tuple[int, float]]) -> None:
        current = 0
        for mask, coefficient in strings:
            self._rotations.append((target, bits_of(current ^ mask), coefficient))
            current = mask
        if current:
            self._rotations.append((target, bits_of(current), 0.0))

    def circuit(self, angle: float) -> QuantumCircuit:
        """Circuit of ``exp(-i angle values)``."""
        circuit = QuantumCircuit(self.num_qubits, global_phase=wrapped(-angle * self.constant))
        for qubit, weight in enumerate(self._phases.tolist()):
            if weight:
                circuit.p(wrapped(angle * weight), qubit)
        for control, target, weight in self._pairs:
            circuit.cp(wrapped(angle * weight), control, target)
        for target, controls, coefficient in self._rotations:
            for control in controls:
                circuit.cx(control, target)
            if coefficient:
                circuit.rz(math.remainder(2 * angle * coefficient, 4 * math.pi), target)
        return circuit


class Diagonal:
    """Qiskit's `DiagonalGate`: 2^n - 2 CX whatever the values; the public baseline."""

    def __init__(self, values: Array) -> None:
        self.values = real_array("values", values)

    def circuit(self, angle: float) -> QuantumCircuit:
        """Circuit of ``exp(-i angle values)``, decomposed to Rz and CX."""
        num_qubits = int(self.values.size).bit_length() - 1
        circuit = QuantumCircuit(num_qubits)
        circuit.append(DiagonalGate(list(np.exp(-1j * angle * self.values))), range(num_qubits))
        return circuit.decompose(reps=4)


class Native:
    """One `diagonal` instruction, which Aer has a kernel for: no gates, so that none are tested.

    >>> dict(Native(np.arange(8.0)).circuit(0.1).count_ops())
    {'diagonal': 1}
    """

    def __init__(self, values: Array) -> None:
        self.values = real_array("values", values)

    def circuit(self, angle: float) -> QuantumCircuit:
        """Circuit of ``exp(-i angle values)``."""
        return native_phase(angle * self.values)


PHASE_COMPILERS: dict[str, PhaseCompiler] = {"walsh": Walsh, "qiskit": Diagonal, NATIVE: Native}


def phase_compiler(compiler: str | PhaseCompiler) -> PhaseCompiler:
    """Look a phase compiler up by name; a callable passes through.

    Raises:
        ValueError: No compiler has this name.
    """
    if not isinstance(compiler, str):
        return compiler
    if compiler not in PHASE_COMPILERS:
        raise ValueError(unknown("compiler", compiler, PHASE_COMPILERS))
    return PHASE_COMPILERS[compiler]
