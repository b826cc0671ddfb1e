"""The transform without swaps is the FFT, bit-reversed on one side."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit.synthesis import synth_qft_full

from qdml_quantum.synthesis.circuits.fourier import to_momentum, to_position

SIZES = range(1, 8)


def fft_matrix(num_qubits):
    size = 2**num_qubits
    j = np.arange(size)
    return np.exp(-2j * np.pi * np.outer(j, j) / size) / np.sqrt(size)


def bit_reversal(num_qubits):
    size = 2**num_qubits
    reverse = [int(f"{j:0{num_qubits}b}"[::-1], 2) for j in range(size)]
    return np.eye(size)[reverse]


@pytest.mark.parametrize("n", SIZES)
def test_is_the_fft_with_reversed_bits(n):
    # Measured: 7e-15 at n = 7.
    matrix = Operator(to_momentum(n)).data
    np.testing.assert_allclose(bit_reversal(n) @ matrix, fft_matrix(n), atol=1e-13)


@pytest.mark.parametrize("n", SIZES)
def test_way_back_is_the_inverse(n):
    both = Operator(to_momentum(n).compose(to_position(n))).data
    np.testing.assert_allclose(both, np.eye(2**n), atol=1e-13)


@pytest.mark.parametrize("n", SIZES)
def test_gates(n):
    counts = to_momentum(n).count_ops()
    assert counts["h"] == n
    assert counts.get("cp", 0) == n * (n - 1) // 2
    assert set(counts) <= {"h", "cp"}  # no swaps


@pytest.mark.parametrize("n", range(2, 7))
def test_dropping_the_swaps_of_the_plain_transform_is_another_operator(n):
    """The tempting shortcut is unitary and wrong: with the bits read straight, and reversed."""
    plain = synth_qft_full(n, do_swaps=False).inverse()
    wrong = Operator(plain).data
    np.testing.assert_allclose(wrong @ wrong.conj().T, np.eye(2**n), atol=1e-13)
    right = Operator(to_momentum(n)).data
    assert np.linalg.norm(wrong - right, 2) > 0.3
    np.testing.assert_allclose(wrong @ bit_reversal(n), fft_matrix(n), atol=1e-13)


def test_caller_cannot_spoil_what_is_kept():
    """The circuits are cached, so composing them must leave them alone."""
    before = to_momentum(3).copy()
    circuit = QuantumCircuit(3)
    circuit.compose(to_momentum(3), inplace=True)
    circuit.x(0)
    assert to_momentum(3) == before
