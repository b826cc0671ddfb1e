"""Parities of circuits: against their matrices, and what is no diagonal is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from qdml_quantum.synthesis.circuits.verify import phases_of

ONE, TWO = ("rz", "p"), ("rzz", "cp")


@given(st.integers(2, 4), st.integers(0, 10_000))
def test_diagonals_are_those_of_the_matrix(n, seed):
    """Random gates, then the CX and swaps backwards; the global phase counts."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(n, global_phase=rng.normal())
    moves = []
    for _ in range(12):
        a, b = map(int, rng.choice(n, 2, replace=False))
        kind = rng.choice([*ONE, *TWO, "cx", "swap"])
        if kind in ("cx", "swap"):
            moves.append((kind, a, b))
            getattr(circuit, kind)(a, b)
        else:
            wires = (a,) if kind in ONE else (a, b)
            getattr(circuit, kind)(rng.normal(), *wires)
    for kind, a, b in reversed(moves):
        getattr(circuit, kind)(a, b)
    matrix = Operator(circuit).data
    np.testing.assert_allclose(
        np.exp(-1j * phases_of(circuit).values()), np.diag(matrix), atol=1e-12
    )
    assert np.count_nonzero(np.round(matrix, 9)) == 2**n


def test_equal_parities_are_added_and_none_is_dropped():
    circuit = QuantumCircuit(2)
    circuit.rz(0.5, 0)
    circuit.barrier()
    circuit.rz(-0.2, 0)
    circuit.rzz(1e-12, 0, 1)
    found = phases_of(circuit).to_dict()
    assert found == {1: pytest.approx(0.15), 3: pytest.approx(5e-13)}


def test_more_than_64_qubits_are_followed():
    circuit = QuantumCircuit(70)
    circuit.cx(0, 69)
    circuit.rz(1.0, 69)
    circuit.cx(0, 69)
    assert phases_of(circuit).to_dict() == {1 | 1 << 69: 0.5}


def test_what_is_no_diagonal_is_refused():
    moved, turned = QuantumCircuit(2), QuantumCircuit(1)
    moved.cx(0, 1)
    turned.h(0)
    with pytest.raises(ValueError, match="bring every qubit home"):
        phases_of(moved)
    with pytest.raises(ValueError, match="hold cx, rz, p, rzz and cp only, but is h"):
        phases_of(turned)
