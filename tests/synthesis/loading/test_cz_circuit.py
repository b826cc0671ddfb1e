"""Circuits that can be fitted: taking a gate away changes nothing else, and Qiskit agrees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from qdml_quantum.synthesis.circuits.initial import BASIS
from qdml_quantum.synthesis.loading.cz_circuit import CzCircuit


@st.composite
def circuits(draw):
    size = draw(st.integers(1, 5))
    qubits = st.integers(0, size - 1)
    pairs = st.tuples(qubits, qubits).filter(lambda pair: pair[0] != pair[1])
    chosen = draw(st.lists(pairs, max_size=7)) if size > 1 else []
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return CzCircuit.of(size, chosen, complex=draw(st.booleans())).kicked(rng, 2.0)


def same(one, two):
    return abs(np.vdot(one, two)) == pytest.approx(1, abs=1e-10)


@given(circuits())
def test_the_circuit_in_qiskit_makes_the_same_state(ansatz):
    circuit = ansatz.circuit()
    assert set(circuit.count_ops()) <= set(BASIS)
    assert circuit.count_ops().get("cx", 0) == len(ansatz.pairs)
    assert same(ansatz.state(), Statevector(circuit).data)


@given(circuits(), st.integers(0, 6))
def test_a_cz_with_nothing_to_do_can_be_taken_away(ansatz, index):
    """Two CZ in a row are none, whatever comes before and after."""
    if not ansatz.pairs:
        return
    index %= len(ansatz.pairs)
    planes, n = ansatz.planes, ansatz.num_qubits
    pairs = (*ansatz.pairs[:index], ansatz.pairs[index], *ansatz.pairs[index:])
    at = n + 2 * planes * index
    angles = np.insert(ansatz.angles, [at] * (2 * planes), 0.0)
    twice = CzCircuit.of(n, pairs, angles, complex=ansatz.complex)
    once = twice.without(index + 1).without(index)
    bare = ansatz.without(index)
    assert once.pairs == bare.pairs
    assert same(once.state(), bare.state())


@given(circuits(), st.integers(0, 6))
def test_a_cz_can_be_put_anywhere_and_two_of_them_are_none(ansatz, index):
    if ansatz.num_qubits < 2:
        return
    index %= len(ansatz.pairs) + 1
    one = ansatz.with_pair(index, (1, 0))
    assert one.pairs[index] == (1, 0) and len(one.pairs) == len(ansatz.pairs) + 1
    assert one.angles.size == ansatz.angles.size + 2 * ansatz.planes
    assert same(one.with_pair(index, (1, 0)).state(), ansatz.state())
    assert same(one.without(index).state(), ansatz.state())


@given(circuits(), st.integers(0, 6))
def test_without_a_cz_all_rotations_stay(ansatz, index):
    if not ansatz.pairs:
        return
    index %= len(ansatz.pairs)
    circuit = ansatz.circuit()
    crosses = [at for at, item in enumerate(circuit.data) if item.operation.name == "cx"]
    # A CX is a CZ between two Ry of the target: they cancel where it is gone.
    del circuit.data[crosses[index]]
    assert same(ansatz.without(index).state(), Statevector(circuit).data)
