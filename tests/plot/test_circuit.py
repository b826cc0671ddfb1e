"""A circuit as a picture: every gate is there once, none over another."""

import math
from collections import defaultdict

import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from qiskit import QuantumCircuit

from qdml_quantum import Gaussian, Grid, Problem, Schedule, build
from qdml_quantum.plot import plot_circuit
from qdml_quantum.plot.circuit import MOST_GATES, _columns, angle_label


def boxes(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def test_gates_are_counted_and_drawn():
    circuit = QuantumCircuit(3)
    circuit.h([0, 1, 2])
    circuit.barrier()
    circuit.cx(0, 2)
    circuit.rzz(0.3, 0, 1)
    circuit.cz(1, 2)
    ax = plot_circuit(circuit)
    assert ax.get_title() == "3 qubits, 6 gates, 3 on two qubits"
    assert len(boxes(ax)) == 5
    words = [text.get_text() for text in ax.texts]
    assert words.count("H") == 3 and words.count("ZZ\n0.3") == 2  # on both of its wires
    assert [line.get_marker() for line in ax.lines].count("+") == 1  # the target of the CX


def test_wires_without_gates_are_left_out():
    wide = QuantumCircuit(156)
    wide.cz(7, 100)
    ax = plot_circuit(wide)
    assert ax.get_title().startswith("2 qubits")
    assert {text.get_text() for text in ax.texts} == {"7", "100"}
    assert plot_circuit(QuantumCircuit(2)).get_title() == "1 qubits, 0 gates, 0 on two qubits"


def test_a_gate_blocks_the_wires_between_its_ends():
    placed, columns = _columns([[0, 2], [1], [3], [1, 0]])
    assert placed == [([0, 2], 0), ([1], 1), ([3], 0), ([1, 0], 2)] and columns == 3


def test_long_circuits_go_on_below():
    long, short = QuantumCircuit(1), QuantumCircuit(1)
    for _ in range(100):
        long.h(0)
    short.h(0)
    heights = [ax.get_ylim()[1] - ax.get_ylim()[0] for ax in map(plot_circuit, (long, short))]
    assert heights[0] > 2 * heights[1]


def test_too_many_gates_are_refused():
    circuit = QuantumCircuit(1)
    for _ in range(MOST_GATES + 1):
        circuit.h(0)
    with pytest.raises(ValueError, match="at most 1500 gates"):
        plot_circuit(circuit)


def test_an_axes_that_is_given_is_drawn_on():
    ax = Figure().add_subplot()
    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    assert plot_circuit(bell, ax) is ax and len(boxes(ax)) == 1


SHOWN = {"h": "H", "p": "P", "cp": "P", "rz": "RZ", "ry": "RY", "rx": "RX", "rzz": "ZZ", "sx": "√X"}
SHOWN |= {"x": "X", "measure": "M"}


def drawn(ax):
    """Of every gate by its number: the words, and the heights at which something of it stands."""
    words, heights = defaultdict(set), defaultdict(set)
    for one in [*ax.texts, *ax.lines]:
        if str(one.get_gid()).startswith("gate-"):
            number = int(one.get_gid().removeprefix("gate-"))
            if hasattr(one, "get_text"):
                words[number].add(one.get_text())
                heights[number].add(one.get_position()[1])
            else:
                words[number].add(one.get_marker())
                heights[number] |= set(one.get_ydata())
    return words, heights


def everything():
    circuit = QuantumCircuit(3, 1)
    circuit.h(0)
    circuit.x(1)
    circuit.sx(2)
    circuit.rx(0.1, 0)
    circuit.ry(-0.2, 1)
    circuit.rz(math.pi / 4, 2)
    circuit.p(1.234567, 0)
    circuit.cx(0, 1)
    circuit.cz(1, 2)
    circuit.cp(-math.pi / 2, 0, 2)
    circuit.rzz(0.7, 1, 2)
    circuit.swap(0, 1)
    circuit.measure(2, 0)
    return circuit


WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
ONE = Schedule.constant(0.5, num_steps=1, time_step=0.1)


@pytest.mark.parametrize(
    "circuit",
    [everything(), build(WELL, ONE, measure=True), build(WELL, ONE, initial=Gaussian(0, 0.7))],
    ids=["all gates", "a step", "a packet"],
)
def test_what_is_drawn_is_what_is_in_the_circuit(circuit):
    """Every gate, by name, angle and wires."""
    words, heights = drawn(plot_circuit(circuit))
    assert set(words) == set(range(len(circuit.data)))
    marks = {"cx": {"o", "+"}, "cz": {"o"}, "swap": {"x"}}
    for number, item in enumerate(circuit.data):
        operation, wires = item.operation, [circuit.find_bit(q).index for q in item.qubits]
        if operation.name in marks:
            assert words[number] == marks[operation.name]
        else:
            angles = [angle_label(float(p)) for p in operation.params]
            label = "\n".join([SHOWN[operation.name], *angles])
            assert words[number] - {"o"} == {label}
            assert ("o" in words[number]) == (operation.name == "cp")
        rows = {-height % len(circuit.qubits) if height else 0 for height in heights[number]}
        one_row = max(max(h) for h in heights.values()) - min(min(h) for h in heights.values()) < 3
        if one_row:
            assert rows == {float(wire) for wire in wires}


@pytest.mark.parametrize(
    ("angle", "label"),
    [
        (math.pi, "π"),
        (-math.pi, "-π"),
        (math.pi / 32, "π/32"),
        (-5 * math.pi / 8, "-5π/8"),
        (math.pi / 3, "1.05"),
        (0.0, "0"),
        (1e-5, "1e-05"),
        (math.pi / 2 + 1e-6, "1.57"),
    ],
)
def test_angles_are_fractions_of_pi_or_numbers(angle, label):
    assert angle_label(angle) == label


def frames(ax):
    return [p.get_gid().removeprefix("frame-") for p in ax.patches if p.get_gid()]


def test_parts_have_frames_and_steps_stand_once():
    circuit = build(WELL, Schedule.constant(0.5, num_steps=5, time_step=0.1), measure=True)
    ax = plot_circuit(circuit)
    kinetic = ["transform x1", "kinetic x1", "inverse x1"]
    # The first potential phase is a half step, those of the fold are whole, and no probability
    # depends on the last one.
    assert frames(ax) == ["start", "potential", *kinetic, "potential", *kinetic, "measurement"]
    assert [t.get_text() for t in ax.texts if "times" in t.get_text()] == ["4 times"]
    numbers = set(drawn(ax)[0])
    assert len(numbers) == 64 < len(circuit.data) == 151
    assert "64 are drawn" in ax.get_title()
    assert numbers == {*range(3 + 2 * 11 + 3 * 6), *range(151 - 3 - 18, 151)}


def test_steps_of_other_angles_are_not_folded():
    falling = Schedule.geometric((2, 0.5), num_stages=3, num_steps=1, time_step=0.2)
    circuit = build(WELL, falling, formula="lie")
    assert circuit.metadata["parts"][1][0] == 3  # the same names and numbers of gates
    ax = plot_circuit(circuit)
    assert not [text for text in ax.texts if "times" in text.get_text()]
    assert set(drawn(ax)[0]) == set(range(len(circuit.data)))


def test_a_circuit_that_was_changed_has_no_frames():
    circuit = build(WELL, ONE)
    circuit.x(0)
    assert frames(plot_circuit(circuit)) == []


def test_a_long_anneal_is_drawn_once_it_is_folded():
    circuit = build(WELL, Schedule.constant(0.5, num_steps=400, time_step=0.01))
    assert len(circuit.data) > MOST_GATES
    assert "of" not in plot_circuit(circuit).get_title().split("; ")[0].split()


def test_gates_that_hang_on_a_bit_stand_on_their_wires():
    """A dotted line joins those of one bit, none of which is a gate on two qubits."""
    problem = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    circuit = build(problem, schedule, measure=True, dynamic=True)
    ax = plot_circuit(circuit)
    words = [text.get_text() for text in ax.texts]
    assert [words.count(f"if\nP\nπ/{share}") for share in (2, 4, 8)] == [3, 2, 1]
    assert sum(line.get_linestyle() == ":" for line in ax.lines) == 3
    pairs = sum(len(i.qubits) == 2 and i.operation.name != "if_else" for i in circuit.data)
    assert f"{pairs} on two qubits" in ax.get_title()


def test_a_block_of_several_gates_is_one_box():
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
        circuit.h(1)
    assert any(text.get_text() == "IF_ELSE" for text in plot_circuit(circuit).texts)
