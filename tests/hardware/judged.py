"""Plans without a transpiler, and counts for them: what the tests of verdicts start from."""

import math

import numpy as np
from histograms import toward_uniform
from qiskit import ClassicalRegister, QuantumCircuit

from qdml_quantum import Anneal, Compiler, Goal, Grid, Problem, Schedule
from qdml_quantum.diagnostics.metrics import probabilities_in, sample_counts
from qdml_quantum.hardware.planning.costs import Costs
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import settings_of

BOX = (-2.5, 2.5)
SCHEDULE = Schedule.geometric((4, 0.1), num_stages=6, num_steps=4, time_step=0.2)


def a_circuit(num_qubits, pairs=None):
    """Gates between neighbours, or the given pairs, and all qubits measured."""
    circuit = QuantumCircuit(num_qubits)
    circuit.add_register(ClassicalRegister(num_qubits, "meas"))
    for qubit in range(num_qubits):
        circuit.sx(qubit)
    for a, b in [(q, q + 1) for q in range(num_qubits - 1)] if pairs is None else pairs:
        circuit.cz(a, b)
        circuit.sx(b)
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


def fidelity_of_gates(circuit, target):
    """Product of (1 - error) over gates and measurements: `estimate_fidelity` of newer Qiskit."""
    rates = (
        target[item.operation.name][tuple(circuit.find_bit(q).index for q in item.qubits)].error
        for item in circuit.data
        if item.operation.name != "barrier"
    )
    return math.prod(1 - rate for rate in rates)


def a_plan(qubits=3, objective="double_well", *, shots=1000, pairs=None, energy=True, **changes):
    """A plan of an anneal in one dimension (an integer) or more (a list of qubits)."""
    counts = [qubits] if isinstance(qubits, int) else list(qubits)
    problem = Problem(Grid([BOX] * len(counts), counts), objective)
    schedule = changes.pop("schedule", SCHEDULE)
    bases = ("position", "momentum") if energy else ("position",)
    anneal = Anneal(problem, schedule)
    readout = changes.pop("readout", False)
    size = problem.grid.num_qubits
    ideal = {basis: probabilities_in(basis, anneal.final_state()) for basis in bases}
    ideal |= changes.pop("ideal", {})
    parts = {
        "anneal": anneal,
        "goal": Goal(problem),
        "compiler": Compiler().to_dict(),
        "backend": "fake_fez",
        "local": True,
        "fractional": False,
        "settings": settings_of(
            {basis: a_circuit(size, pairs) for basis in bases}, readout=readout
        ),
        "shots": shots,
        "seed": 0,
        "options": {},
        "ideal": ideal,
        "noisy": None,
        "costs": Costs(size, 8, 1, 1, 1, 1, tuple(range(size)), 1e-6, 0.5, 0.5, "", 0.5, 2, 2.0),
        "calibration": {"backend": "fake_fez"},
    }
    return Plan(**parts | changes)


def flipped(probabilities, grid, wrong_one, wrong_zero):
    """A distribution after readout errors, the same for every bit."""
    tensor = np.asarray(grid.to_vector(probabilities), dtype=float).reshape((2,) * grid.num_qubits)
    matrix = flip_matrix(wrong_one, wrong_zero)
    for axis in range(grid.num_qubits):
        tensor = np.moveaxis(np.tensordot(matrix, tensor, (1, axis)), 0, axis)
    return grid.from_vector(tensor.reshape(-1))


def counts_of(plan, *, signal=1.0, flips=(0.0, 0.0), shots=None, seed=0):
    """Counts of every setting: ideal ones, those of a given S, with readout errors."""
    found = []
    for place, setting in enumerate(plan.settings):
        if setting.is_calibration:
            known = np.zeros(plan.grid.shape)
            known[(-1 if setting.kind.endswith("1") else 0,) * plan.grid.dimensions] = 1
        else:
            known = plan.ideal[setting.kind]
            if setting.kind == "position" and signal < 1:
                known = toward_uniform(known, signal)
        known = flipped(known, plan.grid, *flips)
        found.append(sample_counts(known, plan.grid, shots or plan.shots, 1000 * seed + place))
    return found


def named(result, name):
    return next(check for check in result.checks if check.name == name)


def flip_matrix(wrong_one, wrong_zero):
    """``A[read, prepared]`` of a bit."""
    return np.array([[1 - wrong_one, wrong_zero], [wrong_one, 1 - wrong_zero]])


def read_through(vector, matrices):
    """A distribution over bit strings, read with the errors of every bit."""
    whole = np.ones((1, 1))
    for matrix in matrices:  # The lowest bit is the last factor.
        whole = np.kron(matrix, whole)
    return whole @ vector
