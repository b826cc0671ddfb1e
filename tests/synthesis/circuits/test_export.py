"""OpenQASM 3 and QPY load back as the same circuit."""

import hashlib
import math
import re

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import Parameter
from qiskit.quantum_info import Statevector

from qdml_quantum import Gaussian, Grid, Problem, Schedule, build, save_qasm3, save_qpy, to_qasm3
from qdml_quantum.synthesis.circuits.export import angle_of, first_difference

SHORT = Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=2, time_step=0.1)
CIRCUITS = {
    "1-D": lambda: build(Problem(Grid([(-2.5, 2.5)], 4), "double_well"), SHORT),
    "2-D, measured": lambda: build(
        Problem(Grid([(-5, 5)] * 2, [3, 2]), "himmelblau"), SHORT, measure=True
    ),
    "3-D, suzuki4": lambda: build(
        Problem(Grid([(-5, 5)] * 3, [2, 1, 2]), "ackley"), SHORT, formula="suzuki4"
    ),
    "packet": lambda: build(
        Problem(Grid([(-8, 8)], 5), "harmonic"), SHORT, initial=Gaussian(-2.0, 1.0, 1.0)
    ),
    "qiskit": lambda: build(
        Problem(Grid([(-2.5, 2.5)], 4), "double_well"), SHORT, compiler="qiskit"
    ),
}
every = pytest.mark.parametrize("name", CIRCUITS)


def instructions(circuit):
    return [
        (
            item.operation.name,
            [circuit.find_bit(q).index for q in item.qubits],
            [circuit.find_bit(c).index for c in item.clbits],
        )
        for item in circuit.data
    ]


def angles(circuit):
    return np.array([float(a) for item in circuit.data for a in item.operation.params])


@every
def test_openqasm_loads_back(name, tmp_path):
    circuit = CIRCUITS[name]()
    digest = save_qasm3(circuit, tmp_path / "a.qasm")
    assert digest == hashlib.sha256((tmp_path / "a.qasm").read_bytes()).hexdigest()
    back = qasm3.load(tmp_path / "a.qasm")
    assert instructions(back) == instructions(circuit)
    np.testing.assert_array_equal(angles(back), angles(circuit))  # to the last digit
    assert [(r.name, r.size) for r in back.qregs] == [(r.name, r.size) for r in circuit.qregs]
    assert [(r.name, r.size) for r in back.cregs] == [(r.name, r.size) for r in circuit.cregs]


@every
def test_qpy_loads_back_whole(name, tmp_path):
    circuit = CIRCUITS[name]()
    digest = save_qpy(circuit, tmp_path / "a.qpy")
    assert digest == hashlib.sha256((tmp_path / "a.qpy").read_bytes()).hexdigest()
    with (tmp_path / "a.qpy").open("rb") as file:
        (back,) = qpy.load(file)
    assert back == circuit
    assert back.global_phase == circuit.global_phase
    assert instructions(back) == instructions(circuit)
    np.testing.assert_array_equal(angles(back), angles(circuit))
    assert [r.name for r in back.qregs] == [r.name for r in circuit.qregs]


def u_of_openqasm_3(theta, phi, lam):
    """As the standard of OpenQASM 3 has it, with a phase."""
    return np.exp(0.5j * theta) * u_of_openqasm_2(theta, phi, lam)


def u_of_openqasm_2(theta, phi, lam):
    c, s = math.cos(theta / 2), math.sin(theta / 2)
    return np.array(
        [[c, -np.exp(1j * lam) * s], [np.exp(1j * phi) * s, np.exp(1j * (phi + lam)) * c]]
    )


def run_definitions(text, u):
    """The state that OpenQASM 3 without an include makes, with nothing known but U and ctrl @."""
    lines = [line.strip() for line in text.splitlines()]
    gates = {}
    for line in lines:
        head = re.fullmatch(r"gate (\w+)(?:\((.*)\))? ([^{]+) \{(.*)\}", line)
        if head:
            names = (head[2] or "").split(", "), head[3].split(", ")
            gates[head[1]] = (*names, head[4])
    sizes = [re.fullmatch(r"qubit\[(\d+)\] (\w+);", line) for line in lines]
    wires = [f"{found[2]}[{k}]" for found in sizes if found for k in range(int(found[1]))]
    state = np.zeros((2,) * len(wires), dtype=complex)
    state[(0,) * len(wires)] = 1

    def apply(name, values, operands, controlled=False):
        nonlocal state
        if name != "U":
            letters, arguments, body = gates[name]
            assert not controlled
            known = dict(zip(letters, values, strict=False))
            for part in filter(None, map(str.strip, body.split(";"))):
                call = re.fullmatch(r"(ctrl @ )?(\w+)(?:\((.*)\))? (.+)", part)
                inner = [
                    known[text] if text in known else angle_of(text) for text in call[3].split(", ")
                ]
                at = [operands[arguments.index(letter)] for letter in call[4].split(", ")]
                apply(call[2], inner, at, bool(call[1]))
            return
        matrix = u(*values)
        if controlled:
            matrix = np.block([[np.eye(2), np.zeros((2, 2))], [np.zeros((2, 2)), matrix]])
        axes, count = [wires.index(wire) for wire in operands], len(operands)
        matrix = matrix.reshape((2,) * (2 * count))
        moved = np.tensordot(matrix, state, (range(count, 2 * count), axes))
        state = np.moveaxis(moved, range(count), axes)

    for line in lines:
        call = re.fullmatch(r"(\w+)(?:\((.*)\))? ([^{]+\[\d+\]);", line)
        if call and call[1] in gates:
            values = [angle_of(text) for text in call[2].split(", ")] if call[2] else []
            apply(call[1], values, call[3].split(", "))
    return state.transpose(range(len(wires))[::-1]).ravel()


@pytest.mark.parametrize("u", [u_of_openqasm_2, u_of_openqasm_3])
@pytest.mark.parametrize("name", ["1-D", "3-D, suzuki4", "packet"])
def test_without_the_include_both_readings_of_u_give_the_circuit(name, u):
    circuit = CIRCUITS[name]()
    text = to_qasm3(circuit, include=False)
    assert "include" not in text
    state = run_definitions(text, u)
    assert abs(np.vdot(state, Statevector(circuit).data)) == pytest.approx(1, abs=1e-9)


def test_why_qiskit_does_not_define_the_gates():
    """Its CX is one in a single reading of U; once this fails, ``includes=()`` may do."""
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    text = qasm3.dumps(circuit, includes=())
    assert "ctrl @ U(pi, 0, pi)" in text
    wrong = np.exp(0.5j * math.pi)  # of the control in 1: an S
    assert u_of_openqasm_3(math.pi, 0, math.pi) == pytest.approx(
        wrong * np.array([[0, 1], [1, 0]]), abs=1e-12
    )


def test_definitions_load_back_and_other_gates_are_refused(tmp_path):
    circuit = CIRCUITS["2-D, measured"]()
    save_qasm3(circuit, tmp_path / "a.qasm", include=False)
    back = qasm3.load(tmp_path / "a.qasm")
    assert [name for name, *_ in instructions(back)] == [n for n, *_ in instructions(circuit)]
    assert "gate ry" not in to_qasm3(circuit, include=False)
    circuit.swap(0, 1)
    with pytest.raises(ValueError, match="`include` must be True for gates other than h, p, cp"):
        to_qasm3(circuit, include=False)


def test_registers_are_named_x1_and_on():
    text = to_qasm3(CIRCUITS["3-D, suzuki4"]())
    assert [line for line in text.splitlines() if line.startswith("qubit")] == [
        "qubit[2] x1;",
        "qubit[1] x2;",
        "qubit[2] x3;",
    ]


@pytest.mark.parametrize(
    "angle",
    [
        math.pi / 2,
        math.pi / 2 + 3e-10,
        -3 * math.pi / 8 * (1 + 1e-13),
        1e-11,
        -1e-10,
        5e-324,
        0.1 + 0.2,
        math.pi / 3,
        1.0,
        0.0,
        -2.5 * math.pi,
    ],
)
def test_angles_are_kept_to_the_last_digit(angle):
    """Qiskit's own exporter rounds what lies within 1e-9 of a fraction of pi, or of 0."""
    circuit = QuantumCircuit(2)
    circuit.rz(angle, 0)
    circuit.cp(angle, 0, 1)
    back = qasm3.loads(to_qasm3(circuit))
    assert [item.operation.params for item in back.data] == [[angle], [angle]]


def test_why_the_angles_are_rewritten():
    """Once this fails, Qiskit keeps the digits and `to_qasm3` can be `qasm3.dumps`."""
    circuit = QuantumCircuit(1)
    circuit.rz(5e-10, 0)
    assert "rz(0)" in qasm3.dumps(circuit)


def test_circuits_with_parameters_are_left_to_qiskit():
    circuit = QuantumCircuit(1)
    circuit.rz(Parameter("a"), 0)
    circuit.rz(5e-10, 0)
    assert to_qasm3(circuit) == qasm3.dumps(circuit)


def test_circuits_that_are_not_one_line_per_gate_are_left_to_qiskit():
    circuit = QuantumCircuit(2, 1)
    circuit.rz(5e-10, 0)
    circuit.delay(100, 1)
    assert to_qasm3(circuit) == qasm3.dumps(circuit)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.rz(5e-10, 1)
    assert to_qasm3(circuit) == qasm3.dumps(circuit)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pi", math.pi),
        ("-pi/2", -math.pi / 2),
        ("3*pi/4", 2.356194490192345),
        ("-7*pi", -7 * math.pi),
        ("0.25", 0.25),
        ("-1e-07", -1e-7),
        ("1.e-07", 1e-7),
        ("x", None),
        ("", None),
        ("pi*pi", None),
    ],
)
def test_angle_of(text, value):
    assert angle_of(text) == value


HEAD = "OPENQASM 3.0;\nqubit[2] x1;\n"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("rz(0.1) x1[0];", "rz(0.10000000005) x1[0];"),
        ("p(pi) x1[0];", "p(-pi) x1[0];"),
        ("rz(6.283185307179586) x1[0];", "rz(0) x1[0];"),
        ("cp(1.5707963267948966) x1[0], x1[1];", "cp(pi/2) x1[0], x1[1];"),
    ],
)
def test_same_circuit(a, b):
    assert first_difference(HEAD + a, HEAD + b) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("rz(0.1) x1[0];", "rz(0.1000001) x1[0];"),
        ("rz(0.1) x1[0];", "ry(0.1) x1[0];"),
        ("rz(0.1) x1[0];", "rz(0.1) x1[1];"),
        ("cx x1[0], x1[1];", "cx x1[1], x1[0];"),
        ("rz(0.1) x1[0];", "rz(a) x1[0];"),
        ("rz(nan) x1[0];", "rz(nan) x1[0]; "),
        ("rz(0.1) x1[0];", "rz(0.1) x1[0];\nh x1[0];"),
        ("rz(0.1) x1[0];", ""),
    ],
)
def test_another_circuit(a, b):
    difference = first_difference(HEAD + a, HEAD + b)
    assert difference is not None
    assert difference.startswith("line ")
    assert first_difference(HEAD + b, HEAD + a) is not None


def test_a_comment_of_the_circuit_is_in_the_text():
    circuit = QuantumCircuit(1)
    circuit.rz(1e-10, 0)
    plain = to_qasm3(circuit)
    circuit.metadata = {"comment": "loaded,\nthen run"}
    lines = to_qasm3(circuit).splitlines()
    assert lines[:2] == ["OPENQASM 3.0;", "// loaded, then run"]
    assert lines[:1] + lines[2:] == plain.splitlines()
    assert instructions(qasm3.loads(to_qasm3(circuit))) == instructions(circuit)
