"""Builders: which qubits gates stand on, and how often phases are synthesised."""

import itertools

from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.recipe import Phase, Refine
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.builder import Piece, Unit, registers

PLANE = Problem(Grid([(-5, 5), (-6, 6)], [3, 4]), "himmelblau")


def test_a_refinement_has_gates_on_its_axes_only():
    builder = BlockBuilder(PLANE)
    for refine, qubits in [
        (Refine((1, 0), 0), {0, 1, 2}),
        (Refine((0, 1), 0), {3, 4, 5, 6}),
        (Refine((2, 3), (1, 3)), {1, 2}),
    ]:
        circuit = builder.empty()
        builder.append(circuit, [refine])
        used = {circuit.find_bit(qubit).index for item in circuit.data for qubit in item.qubits}
        assert used == qubits


def test_a_unit_whose_slots_moved_is_brought_home_by_swaps():
    """Slot i has ended on ``wires[i]``; X on slot 0 tells where it is."""
    for wires in itertools.permutations(range(3)):
        circuit = QuantumCircuit(3)
        circuit.x(wires[0])
        homed = Unit(circuit, wires).homed
        assert Statevector(homed).probabilities_dict() == {"001": 1.0}
        assert homed.count_ops().get("swap", 0) == 3 - cycles(wires)


def cycles(wires):
    seen, count = set(), 0
    for start in range(len(wires)):
        count += start not in seen
        while start not in seen:
            seen.add(start)
            start = wires[start]
    return count


def test_registers_are_named_and_axis_0_is_lowest():
    names = [(register.name, register.size) for register in registers(PLANE.grid)]
    assert names == [("x1", 3), ("x2", 4)]
    assert BlockBuilder(PLANE).empty().num_qubits == 7


def test_a_refinement_joins_the_kinetic_phase_before_it_only():
    kick, glide, refine = Phase(POTENTIAL, 0.1), Phase(KINETIC, 0.2), Refine(1, 0)
    builder = BlockBuilder(PLANE)
    assert builder.pieces([kick, glide, refine]) == [Piece((kick,)), Piece((glide,), refine=refine)]
    assert builder.pieces([kick, refine]) == [Piece((kick,)), Piece((), refine=refine)]
    assert builder.pieces([refine]) == [Piece((), refine=refine)]


def test_pieces_of_one_kind_differ_in_their_angles_only():
    one, two = (Piece((Phase(KINETIC, angle),)) for angle in (0.1, 0.2))
    assert one.kind == two.kind != Piece((Phase(POTENTIAL, 0.1),)).kind
    assert one.kind != one._replace(home=True).kind
