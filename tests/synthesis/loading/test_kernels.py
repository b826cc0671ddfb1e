"""The compiled loops: against Qiskit's gates, finite differences and SciPy's L-BFGS."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from scipy.optimize import minimize

from qdml_quantum.synthesis.loading.cz_circuit import CzCircuit, in_planes

PAIRS = [(3, 2), (2, 1), (0, 1), (1, 3)]


def ansatz(is_complex, seed=0):
    rng = np.random.default_rng(seed)
    return CzCircuit.of(4, PAIRS, complex=is_complex).kicked(rng, 1.0)


def wanted(is_complex, seed=1):
    rng = np.random.default_rng(seed)
    vector = rng.normal(size=16) + 1j * rng.normal(size=16) * is_complex
    vector /= np.linalg.norm(vector)
    return vector if is_complex else vector.real


def gate_by_gate(ansatz):
    """The gates in the order that the module says, one by one."""
    circuit, left = QuantumCircuit(4), iter(ansatz.angles)
    for qubit in range(4):
        circuit.ry(next(left), qubit)
    for pair in ansatz.pairs:
        circuit.cz(*pair)
        for name in ("rz", "ry") if ansatz.complex else ("ry",):
            for qubit in pair:
                getattr(circuit, name)(next(left), qubit)
    for qubit in range(4) if ansatz.complex else ():
        circuit.rz(next(left), qubit)
    return Statevector(circuit).data


@pytest.mark.parametrize("is_complex", [False, True])
def test_gates_do_as_those_of_qiskit(is_complex):
    made = ansatz(is_complex)
    assert np.linalg.norm(made.state() - gate_by_gate(made)) < 1e-14


@pytest.mark.parametrize("is_complex", [False, True])
def test_the_gradient_is_that_of_the_loss(is_complex):
    made, planes = ansatz(is_complex), in_planes(wanted(is_complex))
    loss, slope = made.loss(planes)
    assert loss == pytest.approx(1 - abs(np.vdot(wanted(is_complex), made.state())) ** 2)
    for index in range(made.angles.size):
        step = np.zeros(made.angles.size)
        step[index] = 1e-6
        ends = [CzCircuit.of(4, PAIRS, made.angles + s, complex=is_complex) for s in (step, -step)]
        up, down = (one.loss(planes)[0] for one in ends)
        assert slope[index] == pytest.approx((up - down) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("is_complex", [False, True])
def test_a_fit_ends_as_low_as_scipys(is_complex):
    made, planes = ansatz(is_complex), in_planes(wanted(is_complex))

    def loss(angles):
        return CzCircuit.of(4, PAIRS, angles, complex=is_complex).loss(planes)

    theirs = minimize(loss, made.angles, jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    ours, better = made.fitted(planes, 2000)
    assert ours == pytest.approx(better.loss(planes)[0], abs=1e-13)
    # The same minimum, or a lower one: the ways differ.
    assert ours < theirs.fun + 1e-6
    assert np.abs(better.loss(planes)[1]).max() < 1e-4
