"""Gate by gate on Aer's state vector: the same unitary as Qiskit's own operator."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.random import random_circuit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule
from qdml_quantum.backends.aer import Aer
from qdml_quantum.backends.aer_state import GateByGate
from qdml_quantum.backends.base import Task
from qdml_quantum.runs.spec import Spec


def random_state(num_qubits, seed=0):
    rng = np.random.default_rng(seed)
    psi = rng.normal(size=2**num_qubits) + 1j * rng.normal(size=2**num_qubits)
    return psi / np.linalg.norm(psi)


@pytest.mark.parametrize("seed", range(6))
def test_any_circuit(seed):
    """Named kernels, rz with its phase, and matrices for the rest, global phase included."""
    circuit = random_circuit(4, 12, max_operands=3, seed=seed)
    circuit.global_phase = 0.3 * seed
    psi = random_state(4, seed)
    found = GateByGate().run(psi, [circuit])
    np.testing.assert_allclose(found, Operator(circuit).data @ psi, atol=1e-12)


def test_every_gate_of_the_package_and_barriers():
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.p(0.3, 1)
    circuit.cp(0.4, 0, 2)
    circuit.rz(0.5, 2)
    circuit.barrier()
    circuit.ry(0.6, 1)
    circuit.cx(2, 0)
    psi = random_state(3)
    found = GateByGate().run(psi, [circuit, circuit])
    unitary = Operator(circuit).data
    np.testing.assert_allclose(found, unitary @ unitary @ psi, atol=1e-13)


def test_input_is_not_changed():
    psi = random_state(2)
    before = psi.copy()
    flip = QuantumCircuit(2)
    flip.x(0)
    GateByGate().run(psi, [flip])
    np.testing.assert_array_equal(psi, before)


def test_what_is_no_gate_is_refused():
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with pytest.raises(QiskitError):
        GateByGate().run(random_state(1), [circuit])


def test_more_circuits_than_are_kept():
    runner = GateByGate()
    circuits = []
    for place in range(12):
        circuit = QuantumCircuit(1)
        circuit.p(0.1 * place, 0)
        circuits.append(circuit)
    found = runner.run(np.array([0.6, 0.8]), circuits)
    np.testing.assert_allclose(found, [0.6, 0.8 * np.exp(0.1j * 66)], atol=1e-14)


@pytest.mark.parametrize("compiler", ["walsh", "qiskit"])
def test_agrees_with_whole_circuits(compiler):
    """`Aer()` goes gate by gate, `Aer(method=...)` runs assembled circuits."""
    problem = Problem(Grid([(-5, 5), (-4, 4)], [3, 3]), "himmelblau")
    schedule = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=2, time_step=0.01)
    task = Task(Anneal(problem, schedule), Compiler(compiler), seed=1)
    direct, whole = (
        backend.run(task, start=None, on_stage=lambda *_: None).state
        for backend in (Aer(), Aer(method="statevector"))
    )
    np.testing.assert_allclose(direct, whole, atol=1e-13)


def test_the_command_line_goes_gate_by_gate(monkeypatch):
    """`Spec` hands over the precision; only another option takes the slower way."""
    whole = []
    monkeypatch.setattr(Aer, "_assembled", lambda *_: whole.append(1) or np.ones(8))
    problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    schedule = Schedule.constant(1.0, num_steps=1, time_step=0.1)
    task = Task(Anneal(problem, schedule), seed=1)
    for backend in (Spec("harmonic").make_backend(), Aer(), Aer(precision="double")):
        backend.run(task, start=None, on_stage=lambda *_: None)
    assert not whole
    Aer(precision="single").run(task, start=None, on_stage=lambda *_: None)
    assert whole
