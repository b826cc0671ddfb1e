"""A circuit as a picture: every gate is there once, none over another."""

import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from qiskit import QuantumCircuit

from qdml_quantum.plot import plot_circuit
from qdml_quantum.plot.circuit import MOST_GATES, _columns


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
    assert len(boxes(ax)) == 3
    words = [text.get_text() for text in ax.texts]
    assert words.count("H") == 3 and words.count("rzz") == 1
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
