"""Circuits that prepare initial states."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qdml_quantum.problem.coarse import Coarse, per_axis
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.states import Gaussian, Initial, as_initial, thinned
from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.phases.potential import Walsh
from qdml_quantum.synthesis.phases.walsh import bits_of, walsh_coefficients

BASIS = ["h", "p", "cp", "rz", "ry", "cx"]
"""Gates that OpenQASM 3 knows and that every circuit of the package is made of."""


def initial_circuit(initial: Initial, grid: Grid, coarse: Coarse = 0) -> QuantumCircuit:
    """Circuit from ``|0...0>`` to an initial state, in gates of `BASIS`.

    The `coarse` lowest qubits of each axis stay in 0.

    Uniform: one H per qubit. Gaussian: a product over the axes, each prepared on its own register.
    Amplitudes: at most 2^n - 2 CX for the magnitudes, which is all of it for real ones, and as many
    for the phases (none where they are linear: a packet with momentum in the middle of the box).

    Qiskit's `StatePreparation` needs half the CX for complex amplitudes, but leaves pairs of
    amplitudes below 1e-10 alone: a packet on 8 qubits came out wrong by 6e-9 [measured].

    >>> initial_circuit("uniform", Grid([(0, 1)], 3)).count_ops()["h"]
    3
    >>> dict(initial_circuit([0.5, -0.5, 0.5, 0.5], Grid([(0, 1)], 2)).count_ops())
    {'ry': 2, 'cx': 2}
    """
    circuit = QuantumCircuit(grid.num_qubits)
    if coarse:
        return circuit.compose(
            initial_circuit(*thinned(initial, grid, coarse)), active(grid, coarse)
        )
    state = as_initial(initial, grid)
    if isinstance(state, str):
        circuit.h(range(grid.num_qubits))
    elif isinstance(state, Gaussian):
        first = 0
        for factor in state.factors(grid):
            block = vector_circuit(factor)
            circuit.compose(block, range(first, first + block.num_qubits), inplace=True)
            first += block.num_qubits
    else:
        circuit.compose(vector_circuit(grid.to_vector(state).astype(complex)), inplace=True)
    return circuit


def active(grid: Grid, coarse: Coarse) -> list[int]:
    """Qubits that take part in a coarse stage: all but the lowest of each axis.

    >>> active(Grid([(0, 1), (0, 1)], [3, 2]), 1), active(Grid([(0, 1), (0, 1)], [3, 2]), (2, 0))
    ([1, 2, 4], [2, 3, 4])
    """
    qubits: list[int] = []
    first = 0
    for size, idle in zip(grid.qubits_per_axis, per_axis(coarse, grid.dimensions), strict=True):
        qubits += range(first + idle, first + size)
        first += size
    return qubits


def vector_circuit(vector: NDArray[np.complex128]) -> QuantumCircuit:
    """Real amplitudes by a tree of rotations from the top qubit down, then the phases.

    References:
        M. Mottonen, J. J. Vartiainen, V. Bergholm and M. M. Salomaa, Quantum Inf. Comput. 5, 467
        (2005), doi 10.26421/QIC5.6-5.
    """
    num_qubits = vector.size.bit_length() - 1
    is_real = not vector.imag.any()
    values = vector.real if is_real else np.abs(vector)
    circuit = QuantumCircuit(num_qubits)
    for target in reversed(range(num_qubits)):
        pairs = values.reshape(1 << (num_qubits - 1 - target), 2, -1)
        if target:
            pairs = np.linalg.norm(pairs, axis=2, keepdims=True)
        _rotate(circuit, target, 2 * np.arctan2(pairs[:, 1, 0], pairs[:, 0, 0]))
    if not is_real:
        circuit.compose(Walsh(np.unwrap(np.angle(vector))).circuit(-1.0), inplace=True)
    return circuit


def _rotate(circuit: QuantumCircuit, target: int, angles: Array) -> None:
    """Ry on `target` by one angle for each value of the qubits above it.

    ``exp(-i Y sum_s c_s (-1)^(s & x) / 2)``, one Ry per Walsh coefficient c_s in Gray order, where
    CX gates turn Y of the target into Y times the parity s.
    """
    coefficients = walsh_coefficients(angles)
    noise = 4 * np.finfo(float).eps * max(1, angles.size.bit_length() - 1) * math.pi
    current = 0

    def flip(mask: int) -> None:
        for bit in bits_of(mask):
            circuit.cx(target + 1 + bit, target)

    for index in range(angles.size):
        mask = index ^ (index >> 1)
        if abs(coefficients[mask]) > noise:
            flip(current ^ mask)
            circuit.ry(float(coefficients[mask]), target)
            current = mask
    flip(current)
