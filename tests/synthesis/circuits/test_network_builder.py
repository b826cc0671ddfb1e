"""Steps by networks: which pieces there are, and ends that stay in momentum."""

import math

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.builder import Piece
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.circuits.kinetic import to_position
from qdml_quantum.synthesis.circuits.network_builder import NetworkBuilder

STEP = (Phase(POTENTIAL, 0.3), Phase(KINETIC, 0.1))


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
    np.testing.assert_allclose(
        after.data, in_order(start.evolve(closed.circuit), closed.wires).data, atol=1e-10
    )


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
