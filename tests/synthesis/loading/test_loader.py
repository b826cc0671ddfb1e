"""Circuits that are fitted to a state on the edges of a device."""

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qdml_quantum import Anneal, Grid, Problem, Schedule
from qdml_quantum.synthesis.circuits.initial import BASIS
from qdml_quantum.synthesis.loading.loader import GATE_LOSS, fit_loader, loader_fits, price

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
        assert abs(np.vdot(made, loader.state)) ** 2 == pytest.approx(1, abs=1e-12)
        assert abs(np.vdot(wanted, made)) ** 2 == pytest.approx(loader.fidelity, abs=1e-12)
        # Any state of three qubits takes 3 CX (doi 10.1103/PhysRevA.77.032320), with luck.
        assert loader.fidelity > 1 - GATE_LOSS and loader.circuit.count_ops()["cx"] <= 4
        pairs = {
            tuple(sorted(loader.circuit.find_bit(q).index for q in item.qubits))
            for item in loader.circuit.data
            if item.operation.name == "cx"
        }
        assert pairs <= set(edges or [(0, 1), (1, 2)])


def test_gates_are_taken_as_long_as_they_pay():
    whole = Anneal(WELL, Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.3))
    wanted = WELL.grid.to_vector(whole.final_state())
    fits = loader_fits(wanted)
    loader = fit_loader(wanted)
    gates = loader.circuit.count_ops()["cx"]
    assert 1 - loader.fidelity + GATE_LOSS * gates == pytest.approx(min(map(price, fits)))
    assert loader.fidelity > 1 - 2 * GATE_LOSS and gates <= 7
    product = np.full(16, 0.25, dtype=complex)
    assert "cx" not in fit_loader(product).circuit.count_ops()


def test_too_many_qubits_are_refused():
    with pytest.raises(
        ValueError, match="`preload` must be 0 on more than 8 qubits, but is with 9"
    ):
        fit_loader(np.full(512, 512**-0.5, dtype=complex))
