"""Counts of gates: CX-equivalents, how many one after the other, and what they join."""

import inspect
from pathlib import Path

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import DiagonalGate, UnitaryGate, get_standard_gate_name_mapping
from qiskit.quantum_info import random_unitary
from qiskit.transpiler import Target

import qdml_quantum
from qdml_quantum import Compiler, Grid, Problem, Schedule, build
from qdml_quantum.synthesis.circuits.gates import (
    EQUIVALENTS,
    NATIVE,
    largest_block,
    native_of,
    two_qubit_depth,
    two_qubit_gates,
)
from qdml_quantum.synthesis.circuits.targets import regions

NEUTRAL = ["cx", "rz", "sx", "x"]


def test_blocks():
    circuit = QuantumCircuit(6, 6)
    assert largest_block(circuit) == 0
    circuit.cz(0, 1)
    circuit.cz(2, 3)
    circuit.barrier()
    assert largest_block(circuit) == 2
    circuit.cz(1, 3)
    assert largest_block(circuit) == 4
    circuit.measure(range(6), range(6))
    assert largest_block(circuit) == 4


def test_barriers_and_measurements_are_no_gates():
    chain = QuantumCircuit(4, 4)
    chain.cz(0, 1)
    chain.cz(2, 3)
    chain.barrier(0, 1)
    chain.rzz(0.1, 1, 2)
    chain.measure(range(4), range(4))
    assert two_qubit_gates(chain, native=NATIVE) == 3 and two_qubit_depth(chain, native=NATIVE) == 2
    assert (two_qubit_gates(chain), two_qubit_depth(chain)) == (4, 3)
    assert (two_qubit_gates(QuantumCircuit(2)), two_qubit_depth(QuantumCircuit(2))) == (0, 0)


@pytest.mark.parametrize("name", sorted(EQUIVALENTS))
def test_a_gate_counts_what_qiskit_makes_of_it(name):
    """At level 1, which renames no qubits instead of swaps, with angles of no special value."""
    known = get_standard_gate_name_mapping()[name]
    angles = [0.3 + 0.4 * number for number in range(len(known.params))]
    circuit = QuantumCircuit(2)
    circuit.append(type(known)(*angles), [0, 1])
    made = transpile(circuit, basis_gates=NEUTRAL, optimization_level=1, seed_transpiler=0)
    assert two_qubit_gates(circuit, native=()) == made.num_nonlocal_gates() == EQUIVALENTS[name]


def test_all_of_qiskits_gates_on_two_qubits_are_counted():
    """Those without a line of their own by their matrix."""
    for name, known in get_standard_gate_name_mapping().items():
        if known.num_qubits == 2 and name not in EQUIVALENTS and hasattr(known, "to_matrix"):
            angles = [0.3 + 0.4 * number for number in range(len(known.params))]
            circuit = QuantumCircuit(2)
            circuit.append(type(known)(*angles), [0, 1])
            made = transpile(circuit, basis_gates=NEUTRAL, optimization_level=3)
            assert two_qubit_gates(circuit, native=()) == made.num_nonlocal_gates(), name


def test_gates_without_names_and_larger_ones():
    circuit = QuantumCircuit(3)
    circuit.append(UnitaryGate(random_unitary(4, seed=1)), [0, 2])
    assert two_qubit_gates(circuit) == 3
    circuit.append(DiagonalGate([1, -1, 1j, 1, 1, 1, 1, 1j]), [0, 1, 2])
    assert two_qubit_gates(circuit) == 3 + 6
    circuit.ccx(0, 1, 2)
    assert two_qubit_gates(circuit) == 3 + 6 + 6
    assert two_qubit_depth(circuit) == 3 + 6 + 6
    inner = QuantumCircuit(2, name="two of them")
    inner.cx(0, 1)
    inner.cp(0.1, 1, 0)
    circuit.append(inner.to_gate(), [1, 2])
    assert two_qubit_gates(circuit) == 3 + 6 + 6 + 3


def test_gates_under_a_measured_bit_count_once():
    circuit = QuantumCircuit(3, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.p(0.3, 1)
        circuit.p(0.3, 2)
    assert two_qubit_gates(circuit) == two_qubit_depth(circuit) == 0
    with otherwise:
        circuit.cx(1, 2)
    assert two_qubit_gates(circuit) == two_qubit_depth(circuit) == 1


def pair_of(angle):
    """A user's start with one RZZ."""
    given = QuantumCircuit(3)
    given.h(range(3))
    given.rzz(angle, 0, 1)
    return given


@pytest.mark.parametrize("name", ["walsh", "joint"])
def test_rzz_counts_one_only_where_the_target_has_it(name):
    """A circuit of the user's, in what is inspected, in costs of runs, and on a device."""
    problem = Problem(Grid([(-4, 4)], 3), "x**2")
    step = Schedule.constant(1.0, num_steps=1, time_step=0.1)
    few = Compiler(name, budget="exact", effort=0.1)
    plain, given = (
        build(problem, step, initial=i, compiler=few) for i in ("uniform", pair_of(0.3))
    )
    assert two_qubit_gates(given) - two_qubit_gates(plain) == 2
    fractional = Target.from_configuration(["cz", "rzz", "rz", "sx", "x"], num_qubits=3)
    assert native_of(fractional) == NATIVE and native_of(None) == ()
    assert native_of(Target.from_configuration(["cz", "rz", "sx", "x"], num_qubits=3)) == ()
    assert two_qubit_gates(pair_of(0.3), native=native_of(fractional)) == 1
    (region,) = regions(fractional, 3, count=1)
    assert region.native == NATIVE and regions(None, 3)[0].native == ()


def test_nothing_of_the_package_counts_otherwise():
    """Qiskit's own count takes a controlled phase for one gate, and so did half of the tables."""
    package = Path(inspect.getfile(qdml_quantum)).parent
    counting = [
        path.name
        for path in package.rglob("*.py")
        if "num_nonlocal_gates" in path.read_text(encoding="utf-8")
    ]
    assert counting == []
