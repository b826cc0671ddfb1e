"""Circuits on a device: which qubits, which gates, and nothing lost on the way."""

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CZGate, ECRGate, RZGate, RZZGate, SXGate, XGate
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap, Target
from qiskit.transpiler.target import InstructionProperties

from qdml_quantum import Compiler, Gaussian, Grid, Problem, Schedule, build
from qdml_quantum.synthesis.circuits.targets import regions

PROBLEM = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
SCHEDULE = Schedule.constant(0.5, num_steps=2, time_step=0.1)
LINE = [(i, i + 1) for i in range(4)]


def device(two_qubit_gates, num_qubits=5):
    target = Target(num_qubits=num_qubits)
    for gate, edges, options in two_qubit_gates:
        target.add_instruction(gate, dict.fromkeys(edges), **options)
    for gate in (SXGate(), XGate(), RZGate(Parameter("a")), Measure()):
        target.add_instruction(gate, {(i,): None for i in range(num_qubits)})
    return target


FRACTIONAL = device(
    [
        (CZGate(), LINE, {}),
        (RZZGate(Parameter("t")), LINE, {"angle_bounds": [(0, math.pi / 2)]}),
    ]
)
DIRECTED = device([(ECRGate(), [(0, 1), (2, 1), (2, 3), (4, 3)], {})])


def widened(circuit, num_qubits):
    wide = QuantumCircuit(num_qubits)
    wide.compose(circuit, range(circuit.num_qubits), inplace=True)
    return Operator(wide)


@pytest.mark.each_value
@pytest.mark.parametrize("target", [FRACTIONAL, DIRECTED], ids=["fractional", "directed"])
@pytest.mark.parametrize("compiler", ["joint", "separate", "walsh"])
def test_circuit_is_in_the_gates_of_the_device(target, compiler):
    circuit = build(
        PROBLEM, SCHEDULE, compiler=Compiler(compiler, target=target, budget="exact", effort=0.1)
    )
    for item in circuit.data:
        qubits = tuple(circuit.find_bit(qubit).index for qubit in item.qubits)
        assert target.instruction_supported(item.operation.name, qubits)
        if item.operation.name == "rzz":
            assert 0 <= item.operation.params[0] <= math.pi / 2
    assert Operator.from_circuit(circuit).equiv(widened(build(PROBLEM, SCHEDULE), 5))


@pytest.mark.parametrize("effort", [0.5, pytest.param(2, marks=pytest.mark.slow)])
def test_native_rzz_is_used_and_saves_gates(effort):
    costs = {}
    for name, target in (("rzz", FRACTIONAL), ("cz", device([(CZGate(), LINE, {})]))):
        made = build(PROBLEM, SCHEDULE, compiler=Compiler("joint", target=target, effort=effort))
        costs[name] = made.num_nonlocal_gates()
    assert costs["rzz"] <= costs["cz"]


@pytest.mark.parametrize("angle", [1e-7, 3e-5])
def test_small_rotations_survive(angle):
    """Levels 2 and 3 of Qiskit's transpiler would drop CX-Rz-CX for angles below 5e-5."""
    problem = Problem.from_table(np.arange(8.0) ** 2 * angle / 10, (0, 8))
    step = Schedule.constant(0.0, num_steps=1, time_step=1.0)
    circuit = build(
        problem, step, compiler=Compiler("joint", target="line", budget="exact", effort=0.1)
    )
    rotations = [item for item in circuit.data if item.operation.name == "rz"]
    assert min(abs(item.operation.params[0]) for item in rotations) < angle
    exact = Statevector(build(problem, step)).data
    final = Operator.from_circuit(circuit).data[:, 0]
    overlap = np.vdot(exact, final)
    # Measured: 2e-15.
    np.testing.assert_allclose(final, exact * overlap / abs(overlap), atol=1e-12)


@pytest.mark.parametrize("compiler", ["joint", "walsh"])
def test_packet_starts_where_it_is_on_edges(compiler):
    """Routing the preparation must not move the packet to other qubits."""
    problem = Problem(Grid([(-4, 4), (-3, 3)], [3, 2]), "himmelblau")
    packet = Gaussian((1.0, -1.0), (0.8, 0.7), (1.0, 0.5))
    step = Schedule.constant(1.0, num_steps=1, time_step=0.02)
    exact = build(problem, step, initial=packet)
    on_line = Compiler(compiler, target="line", budget="exact", effort=0.1)
    made = build(problem, step, compiler=on_line, initial=packet, measure=True)
    measured = {
        made.find_bit(item.clbits[0]).index: made.find_bit(item.qubits[0]).index
        for item in made.data
        if item.operation.name == "measure"
    }
    made.remove_final_measurements()
    found = Statevector(made).probabilities([measured[bit] for bit in range(5)])
    np.testing.assert_allclose(found, Statevector(exact).probabilities(), atol=1e-10)


def test_compact_shapes_with_little_error_come_first():
    edges = [*LINE, (1, 4)]
    target = Target(num_qubits=6)
    errors = dict.fromkeys(edges, 0.01) | {(3, 5): 0.001, (2, 3): 0.001}
    target.add_instruction(
        CZGate(), {edge: InstructionProperties(error=e) for edge, e in errors.items()}
    )
    (best,) = regions(target, 3, count=1)
    assert best.qubits == (2, 3, 5)
    square, *_ = regions("square", 4)
    assert len(square.topology.edges) == 4


def test_an_edge_whose_gate_does_not_work_is_left_alone():
    """A calibration says so by an error of 1, here of one of two gates."""
    target = Target(num_qubits=4)
    line = [(0, 1), (1, 2), (2, 3)]
    target.add_instruction(CZGate(), dict.fromkeys(line, InstructionProperties(error=0.01)))
    broken = dict.fromkeys(line, InstructionProperties(error=0.02))
    broken[1, 2] = InstructionProperties(error=1.0)
    target.add_instruction(RZZGate(Parameter("a")), broken)
    assert {region.qubits for region in regions(target, 2, count=9)} <= {(0, 1), (2, 3)}
    with pytest.raises(ValueError, match="coupling map in pieces"):
        regions(target, 3)


@pytest.mark.parametrize("name", ["line", "heavy-hex", "square"])
@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_lattices_hold_any_number_of_qubits(name, n):
    for region in regions(name, n):
        assert len(set(region.qubits)) == n


@pytest.mark.parametrize("compiler", ["joint", "walsh"])
def test_more_wires_than_the_search_takes_are_routed(compiler):
    problem = Problem(Grid([(-4, 4)], 13), "harmonic")
    step = Schedule.constant(0.5, num_steps=1, time_step=1e-3)
    circuit = build(
        problem, step, compiler=Compiler(compiler, target="line", effort=0.1), measure=True
    )
    edges = set(CouplingMap.from_line(13).get_edges())
    pairs = [i for i in circuit.data if len(i.qubits) == 2]
    assert pairs
    assert all(tuple(circuit.find_bit(q).index for q in i.qubits) in edges for i in pairs)


@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        ("ring", ValueError, "Unknown target 'ring'"),
        (CouplingMap([(0, 1), (2, 3)]), ValueError, "reach each other"),
        (CouplingMap.from_line(3), ValueError, "at least 4 qubits"),
        (7, TypeError, "`target`"),
        (Target.from_configuration(["swap", "rz"], num_qubits=4), ValueError, "one of the gates"),
    ],
)
def test_bad_targets_say_what_is_wrong(target, error, words):
    with pytest.raises(error, match=words):
        build(PROBLEM, SCHEDULE, compiler=Compiler("joint", target=target))
