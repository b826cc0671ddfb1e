"""Circuits that are fitted to a state."""

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.synthesis.circuits.initial import BASIS
from qdml_quantum.synthesis.circuits.load import GATE_LOSS, _Layers, fit_loader

WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")


def states(n, count, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        vector = rng.normal(size=2**n) + 1j * rng.normal(size=2**n)
        yield vector / np.linalg.norm(vector)


@pytest.mark.parametrize("edges", [None, [(0, 2), (1, 2)]])
def test_the_circuit_makes_the_state_that_is_said(edges):
    for wanted in states(3, 3):
        loader = fit_loader(wanted, edges)
        made = Statevector(loader.circuit).data
        assert set(loader.circuit.count_ops()) <= set(BASIS)
        assert np.linalg.norm(made - loader.state) < 1e-12
        assert abs(np.vdot(wanted, made)) ** 2 == pytest.approx(loader.fidelity, abs=1e-12)
        # Any state of three qubits takes 3 CX (doi 10.1103/PhysRevA.77.032320), with luck.
        assert loader.fidelity > 1 - GATE_LOSS and loader.circuit.count_ops()["cx"] <= 4
        pairs = {
            tuple(sorted(loader.circuit.find_bit(q).index for q in item.qubits))
            for item in loader.circuit.data
            if item.operation.name == "cx"
        }
        assert pairs <= set(edges or [(0, 1), (1, 2)])


def test_the_gradient_is_that_of_the_loss():
    (wanted,) = states(3, 1, seed=4)
    ansatz = _Layers(wanted, ((0, 1), (1, 2)))
    rng = np.random.default_rng(1)
    angles = rng.normal(size=3 + 4 * 2 + 3)
    loss, gradient = ansatz.loss(angles)
    assert loss == pytest.approx(1 - abs(np.vdot(wanted, ansatz.state(angles))) ** 2)
    for index in range(angles.size):
        step = np.zeros(angles.size)
        step[index] = 1e-6
        slope = (ansatz.loss(angles + step)[0] - ansatz.loss(angles - step)[0]) / 2e-6
        assert gradient[index] == pytest.approx(slope, abs=1e-8)


def test_gates_are_taken_as_long_as_they_pay():
    whole = Anneal(WELL, Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.3))
    wanted = WELL.grid.to_vector(whole.final_state())
    loader = fit_loader(wanted)
    gates = loader.circuit.count_ops()["cx"]
    assert loader.fidelity > 1 - GATE_LOSS and gates <= 8
    product = np.full(16, 0.25, dtype=complex)
    assert fit_loader(product).circuit.count_ops()["cx"] == 3  # The fewest that are tried.


def test_too_many_qubits_are_refused():
    with pytest.raises(
        ValueError, match="`preload` must be 0 on more than 7 qubits, but is with 8"
    ):
        fit_loader(np.full(256, 1 / 16, dtype=complex))
