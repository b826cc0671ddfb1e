"""Builders: which qubits gates stand on, and how often phases are synthesised."""

from qdml_quantum import (
    Grid,
    Problem,
)
from qdml_quantum.dynamics.recipe import Refine
from qdml_quantum.synthesis.circuits.builder import BlockBuilder

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
