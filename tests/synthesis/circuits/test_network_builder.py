"""Steps by networks: which pieces there are, and ends that stay in momentum."""

import functools
import math

import numpy as np
import pytest
import qiskit
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qdml_quantum import Aer
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.builder import Piece, slots_by_axis
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.kinetic import to_position
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder
from qdml_quantum.synthesis.networks import synthesize as searches

STEP = (Phase(POTENTIAL, 0.3), Phase(KINETIC, 0.1))
KEEPS_PHASES = tuple(map(int, qiskit.__version__.split(".")[:2])) >= (2, 6)
"""`Operator` and `Statevector` of Qiskit 2.3.0 give one circuit two global phases."""


def assert_same(state, expected):
    """Equal states, their global phase included where Qiskit can be trusted with it."""
    if not KEEPS_PHASES:
        overlap = np.vdot(state, expected)
        state = state * overlap / abs(overlap)
    np.testing.assert_allclose(state, expected, atol=1e-10)


def test_potential_and_kinetic_phase_are_one_piece_where_steps_are_joint():
    problem = Problem(Grid([(-1, 1)], 4), "x**4")
    for joint, pieces in ((True, [Piece(STEP)]), (False, [Piece(STEP[:1]), Piece(STEP[1:])])):
        builder = NetworkBuilder(problem, joint=joint, effort=0.05)
        assert builder.pieces(STEP) == pieces


@pytest.mark.parametrize("sizes", [[4], [4, 2], [4, 1, 3]])
def test_an_open_step_is_the_step_up_to_the_transforms_of_its_long_axes(sizes):
    """State vectors of both, slots put in order; axes of two qubits are transformed by H alone."""
    problem = Problem(
        Grid([(-1, 1)] * len(sizes), sizes), "x**4" if len(sizes) == 1 else "x1*x2**2"
    )
    builder = NetworkBuilder(problem, joint=True, effort=0.1)
    closed, opened = (
        builder.unit(Piece(STEP), builder.home),
        builder.unit(Piece(STEP, open=True), builder.home),
    )
    n, ends = sum(sizes), np.cumsum(sizes).tolist()
    long = [range(end - size, end) for end, size in zip(ends, sizes, strict=True) if size > 2]
    assert [tuple(slots) for slots in long] == list(opened.momentum)
    saved = two_qubit_gates(closed.circuit) - two_qubit_gates(opened.circuit)
    assert saved >= math.comb(4, 2) - 1
    start = Statevector(np.exp(1j * np.arange(2**n) ** 2) / math.sqrt(2**n))
    after = in_order(start.evolve(opened.circuit), opened.wires)
    for slots in long:
        after = after.evolve(to_position(len(slots)), list(slots))
    assert_same(after.data, in_order(start.evolve(closed.circuit), closed.wires).data)


@pytest.mark.parametrize("sizes", [[4, 4], [4, 3], [3, 2, 1]])
@pytest.mark.parametrize("open_", [False, True])
def test_steps_that_are_too_wide_for_one_network(sizes, open_, monkeypatch):
    """Axis by axis after the potential phase: as they are where more than 20 wires are needed."""
    last = f"x{len(sizes)}"
    problem = Problem(Grid([(-1, 1)] * len(sizes), sizes), f"x1*{last}**2 + x1*x2 + x1**4")
    exact = BlockBuilder(problem)
    expected = exact.empty()
    exact.append(expected, STEP)
    monkeypatch.setattr(searches, "_VARIABLES", 2 * sum(sizes) - 1)
    searches.synthesize.cache_clear()
    builder = NetworkBuilder(problem, joint=True, effort=0.2)
    assert builder.joint and builder._searched(Piece(STEP), builder.home) is None
    unit = builder.unit(Piece(STEP, open=open_), builder.home)
    searches.synthesize.cache_clear()
    long = [slots for slots in slots_by_axis(problem.grid, 0) if open_ and len(slots) > 3]
    assert list(unit.momentum) == long
    n = sum(sizes)
    start = Statevector(np.exp(1j * np.arange(2**n) ** 2) / math.sqrt(2**n))
    after = in_order(start.evolve(unit.circuit), unit.wires)
    for slots in long:
        after = after.evolve(to_position(len(slots)), list(slots))
    assert_same(after.data, start.evolve(expected).data)


def test_a_step_on_more_than_twenty_wires_is_that_of_the_emulator():
    """Five axes, 21 wires, coupled in a chain: Aer runs the network."""
    grid = Grid([(-2, 2)] * 5, [4, 4, 4, 4, 5])
    formula = "x1*x2 + x2*x3 + x3*x4 + x4*x5 + x1**2 - x5**2"
    problem = Problem(grid, formula)
    builder = NetworkBuilder(problem, joint=True, effort=0.5)
    circuit = QuantumCircuit(21)
    circuit.h(range(21))
    made = QuantumCircuit(21)
    wires = builder.append(made, STEP)
    circuit.compose(made, inplace=True)
    # 190 CX was the count of one gate for every term; measured 216.
    assert two_qubit_gates(made) < 230
    got = np.asarray(Aer().simulator.run(_saved(circuit)).result().get_statevector())
    state = np.full(grid.shape, 2.0**-10.5) * np.exp(-0.3j * problem.values)
    waves = sum(np.meshgrid(*(axis.wave_numbers**2 for axis in grid.axes), indexing="ij"))
    state = np.fft.ifftn(np.fft.fftn(state) * np.exp(-0.1j * waves))
    expected = grid.to_vector(state)
    got = in_order(Statevector(got), wires).data
    assert abs(abs(np.vdot(expected, got)) - 1) < 1e-9


@pytest.mark.parametrize("network", [True, False])
def test_ten_axes_of_four_qubits_take_no_table(network):
    """What the product joins is the step of those two axes, as the emulator makes it."""
    formula = "x1*x10 + " + " + ".join(f"x{axis}**2" for axis in range(1, 11))
    problem = Problem(Grid([(-2, 2)] * 10, 4), formula)
    make = functools.partial(NetworkBuilder, joint=True, effort=0.1) if network else BlockBuilder
    builder, made = make(problem), QuantumCircuit(40)
    wires = builder.append(made, STEP)
    assert "values" not in vars(problem)
    joined = [*range(4), *range(36, 40)]
    small = QuantumCircuit(8)
    small.h(range(8))
    for item in made.data:
        on = [made.find_bit(qubit).index for qubit in item.qubits]
        assert set(on) <= set(joined) or not set(on) & set(joined)
        if on[0] in joined:
            small.append(item.operation, [joined.index(wire) for wire in on])
    two = Problem(Grid([(-2, 2)] * 2, 4), "x1*x2 + x1**2 + x2**2")
    state = np.exp(-0.3j * two.values) / 16
    waves = sum(np.meshgrid(*(axis.wave_numbers**2 for axis in two.grid.axes), indexing="ij"))
    state = np.fft.ifftn(np.fft.fftn(state) * np.exp(-0.1j * waves))
    got = in_order(Statevector(small), [joined.index(wires[slot]) for slot in joined]).data
    assert abs(abs(np.vdot(two.grid.to_vector(state), got)) - 1) < 1e-9


def _saved(circuit):
    circuit.save_statevector()
    return circuit


def in_order(state, wires):
    """Slot i on qubit i."""
    tensor = state.data.reshape([2] * len(wires))
    axes = [len(wires) - 1 - wire for wire in reversed(wires)]
    return Statevector(tensor.transpose(axes).ravel())


def test_axes_of_three_qubits_gain_nothing_and_stay_closed():
    builder = NetworkBuilder(Problem(Grid([(-1, 1)] * 2, 3), "x1*x2"), joint=True, effort=0.05)
    unit = builder.unit(Piece(STEP, open=True), builder.home)
    assert unit.momentum == () and unit.cost == builder.unit(Piece(STEP), builder.home).cost


def test_a_piece_without_a_kinetic_phase_stays_closed():
    builder = NetworkBuilder(Problem(Grid([(-1, 1)], 4), "x**4"), joint=True, effort=0.05)
    assert builder.unit(Piece(STEP[:1], open=True), builder.home).momentum == ()


def test_an_axis_that_is_too_long_for_a_network_is_made_by_rule(monkeypatch):
    """As one of more than 20 qubits is: its kinetic phase takes controlled phases."""
    problem = Problem(Grid([(-1, 1)] * 2, [4, 5]), "x1*x2")
    monkeypatch.setattr(searches, "_VARIABLES", 12)
    searches.synthesize.cache_clear()
    searches._part.cache_clear()
    builder = NetworkBuilder(problem, joint=True, effort=0.2)
    unit = builder.unit(Piece(STEP), builder.home)
    searches.synthesize.cache_clear()
    searches._part.cache_clear()
    assert unit.circuit.count_ops()["cp"] == 3 * 10
    exact = BlockBuilder(problem)
    expected = exact.empty()
    exact.append(expected, STEP)
    start = Statevector(np.exp(1j * np.arange(512) ** 2) / math.sqrt(512))
    after = in_order(start.evolve(unit.circuit), unit.wires)
    assert_same(after.data, start.evolve(expected).data)
