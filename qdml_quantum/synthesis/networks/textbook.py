"""Phases and steps as Qiskit's own tools build them: what public methods are given, or make."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import xor

import numpy as np
import scipy
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate, PauliEvolutionGate
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter, synth_cnot_phase_aam, synth_qft_line

from qdml_quantum.problem.grid import Axis
from qdml_quantum.synthesis.circuits.kinetic import to_momentum, to_position
from qdml_quantum.synthesis.networks.step import kinetic_terms
from qdml_quantum.synthesis.phases.walsh import WalshSeries, bits_of


@dataclass(frozen=True)
class StepOf:
    """A step ``exp(-i kinetic k^2) exp(-i potential zeta)``, as public methods are given it.

    Args:
        series: zeta.
        potential: Angle of the potential phase.
        axes: Axes; axis 0 on the lowest qubits.
        kinetic: Angle of the kinetic phase, ``D dt``.
        line: Take Qiskit's `synth_qft_line`, made for neighbours on a line, instead of transforms
            without swaps between all pairs.
    """

    series: WalshSeries
    potential: float
    axes: tuple[Axis, ...]
    kinetic: float
    line: bool = False

    @property
    def scaled(self) -> WalshSeries:
        """The potential phase."""
        series = self.series
        return WalshSeries(series.num_qubits, series.masks, self.potential * series.coefficients)

    def after(self, potential: QuantumCircuit) -> QuantumCircuit:
        """The step after a circuit of its potential phase: k^2 as a Pauli evolution."""
        circuit = QuantumCircuit(self.series.num_qubits)
        circuit.compose(potential, inplace=True)
        first = 0
        for axis in self.axes:
            n = axis.num_qubits
            terms = kinetic_terms(axis, self.kinetic)
            if self.line:
                terms = {_reversed(mask, n): c for mask, c in terms.items()}
            squares = WalshSeries.of_dict(n, terms)
            qubits = range(first, first + n)
            forward = synth_qft_line(n).inverse() if self.line else to_momentum(n)
            circuit.compose(forward, qubits, inplace=True)
            circuit.compose(pauli_evolution(squares), qubits, inplace=True)
            back = synth_qft_line(n) if self.line else to_position(n)
            circuit.compose(back, qubits, inplace=True)
            first += n
        return circuit


def diagonal(series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` as Qiskit's `DiagonalGate`."""
    circuit = QuantumCircuit(series.num_qubits)
    circuit.append(DiagonalGate(list(np.exp(-1j * series.values()))), circuit.qubits)
    return circuit


def pauli_evolution(series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` as a `PauliEvolutionGate`, exact since all strings commute."""
    circuit = QuantumCircuit(series.num_qubits)
    terms = [
        ("Z" * mask.bit_count(), [b for b in range(series.num_qubits) if mask >> b & 1], c)
        for mask, c in series.to_dict().items()
        if mask
    ]
    if terms:
        operator = SparsePauliOp.from_sparse_list(terms, num_qubits=series.num_qubits)
        gate = PauliEvolutionGate(operator, time=1.0, synthesis=LieTrotter())
        circuit.append(gate, circuit.qubits)
    circuit.global_phase -= series.constant
    return circuit


def gray_synth(series: WalshSeries) -> QuantumCircuit:
    """``exp(-i series)`` by Qiskit's `synth_cnot_phase_aam`.

    Before Qiskit 2.6 that loses phases of pi: here they are a Z on each qubit of their parity.
    """
    coefficients = {mask: c for mask, c in series.to_dict().items() if mask}
    rows = [[mask >> bit & 1 for mask in coefficients] for bit in range(series.num_qubits)]
    # exp(-i c Z) is a phase of 2 c on the parity, and one of the whole.
    turns = {mask: divmod(2 * c, math.pi) for mask, c in coefficients.items()}
    circuit = QuantumCircuit(series.num_qubits)
    if coefficients:
        section = min(2, series.num_qubits)  # 2 is the default, and an error on one qubit
        circuit = synth_cnot_phase_aam(rows, [angle for _, angle in turns.values()], section)
    flipped = reduce(xor, (mask for mask, (half_turns, _) in turns.items() if half_turns % 2), 0)
    for bit in bits_of(flipped):
        circuit.z(bit)
    circuit.global_phase -= series.constant + sum(coefficients.values())
    return circuit


@contextmanager
def quietly() -> Iterator[None]:
    """Without a warning of SciPy: Qiskit makes small Pauli evolutions matrices of a slow format."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.sparse.SparseEfficiencyWarning)
        yield


def _reversed(mask: int, size: int) -> int:
    return int(f"{mask:0{size}b}"[::-1], 2)
