"""Phases with the sign of an ancilla against matrices, and the circuit of a filter by Aer."""

import numpy as np
import pytest
import scipy
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator

from qdml_quantum import Anneal, Grid, Hamiltonian, Problem, Schedule, build
from qdml_quantum.dynamics.recipe import make_recipe
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.signed import SignedSteps, filter_circuit

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
PLANE = Problem(Grid([(-3, 3)] * 2, [3, 2]), "himmelblau")


def phases(formula="strang", steps=2):
    schedule = Schedule.constant(0.3, num_steps=steps, time_step=0.05)
    return make_recipe(schedule, formula).phases


@pytest.mark.parametrize("problem", [WELL, PLANE])
@pytest.mark.parametrize("formula", ["strang", "suzuki4"])
def test_an_ancilla_in_0_goes_forward_and_in_1_backward(problem, formula):
    """Against the same phases without it, whose circuits are tested by themselves."""
    energy, steps = 0.7, phases(formula)
    plain = QuantumCircuit(problem.grid.num_qubits)
    builder = BlockBuilder(problem)
    for phase in steps:
        plain.compose(builder.block(phase), inplace=True)
    forward = Operator(plain).data * np.exp(1j * energy * 0.1)
    signed = Operator(SignedSteps(problem, energy).circuit(steps)).data
    size = len(forward)
    np.testing.assert_allclose(signed[:size, :size], forward, atol=1e-13)
    np.testing.assert_allclose(signed[size:, size:], forward.conj().T, atol=1e-13)
    assert abs(signed[:size, size:]).max() < 1e-13


def test_steps_are_those_of_the_hamiltonian():
    """Strang's error falls as dt^2: matrices of H, which know nothing of recipes."""
    h = Hamiltonian(WELL, 0.3).matrix()
    exact = scipy.linalg.expm(-1j * 0.4 * (h - 0.5 * np.eye(16)))
    errors = []
    for steps in (16, 32):
        schedule = Schedule.constant(0.3, num_steps=steps, time_step=0.4 / steps)
        moves = make_recipe(schedule, "strang").phases
        signed = Operator(SignedSteps(WELL, 0.5).circuit(moves)).data
        errors.append(abs(signed[:16, :16] - exact).max())
    assert errors[0] < 0.02
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)


def test_a_sign_takes_few_gates_more():
    """Measured: 70 CX for 64 on 4 qubits, 566 for 560 on 8; a controlled step would take twice."""
    for qubits, ours, most in ((4, 70, 1.1), (8, 566, 1.02)):
        problem = Problem(Grid([(-2.5, 2.5)], qubits), "double_well")
        steps = phases(steps=1)
        builder = BlockBuilder(problem)
        plain = sum(two_qubit_gates(builder.block(phase)) for phase in steps)
        signed = two_qubit_gates(SignedSteps(problem, 0.5).circuit(steps))
        assert signed == ours
        assert signed < most * plain


def test_counts_of_a_filter_are_those_of_its_matrices():
    """Aer, with measurements in the middle: 4000 shots, 4 standard errors."""
    problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    schedule = Schedule.constant(0.3, num_steps=2, time_step=0.3)
    anneal = Anneal(problem, schedule, "strang")
    rounds, energy = [phases(steps=6), phases(steps=3)], 0.9
    circuit = filter_circuit(build(anneal), problem, rounds, energy)
    psi = anneal.final_state()
    for steps in rounds:
        forward = Operator(SignedSteps(problem, energy).circuit(steps)).data[:8, :8]
        psi = (forward + forward.conj().T) @ psi / 2
    expected = abs(psi) ** 2
    assert 0.2 < expected.sum() < 0.95
    shots = 4000
    counts = AerSimulator(seed_simulator=1).run(circuit, shots=shots).result().get_counts()
    kept = np.zeros(8)
    for bits, number in counts.items():
        meas, lost = bits.split()
        if lost == "00":
            kept[int(meas, 2)] += number
    error = np.sqrt(expected * shots)
    assert abs(kept.sum() - expected.sum() * shots) < 4 * np.sqrt(shots) / 2
    assert (abs(kept - expected * shots) < 4 * error + 4).all()
