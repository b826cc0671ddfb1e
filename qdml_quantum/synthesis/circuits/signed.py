"""Evolution forward or backward in time, as an ancilla says, and the filter made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from qdml_quantum.dynamics.dispersion import kinetic_angles
from qdml_quantum.dynamics.formulas import KINETIC
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.arrays import Array
from qdml_quantum.synthesis.circuits.kinetic import to_momentum, to_position
from qdml_quantum.synthesis.phases.potential import PhaseCircuit, Walsh


class SignedSteps:
    r"""Phases whose sign an ancilla gives: ``exp(-i Z a (zeta - E))`` and ``exp(-i Z b |k|^2)``.

    Only phases are controlled: the transforms around the kinetic one are the same forward and
    backward in time, and need no control. A phase with a sign is the diagonal of one more qubit,
    ``[d, -d]``: all its Walsh strings hold the ancilla, on whose wire the parities are collected,
    so that a generic one of 2^n values takes 2^n CX where the phase alone takes 2^n - 2.

    Args:
        problem: Grid and objective.
        energy: E.

    >>> from qdml_quantum.problem.grid import Grid
    >>> problem = Problem.from_table([0.0, 3.0, 1.0, 5.0], [(0, 1)])
    >>> steps = SignedSteps(problem, 0.0)
    >>> dict(steps.circuit([Phase("potential", 0.1)]).count_ops())
    {'rz': 4, 'cx': 4}
    """

    def __init__(self, problem: Problem, energy: float) -> None:
        self.problem = problem
        values = problem.grid.to_vector(problem.values).astype(float)
        self._potential = _signed(values - energy)
        self._squares = []
        for axis in problem.grid.axes:
            # The transform without swaps leaves the bits of the wave number reversed.
            bits = kinetic_angles(axis, 1.0).reshape((2,) * axis.num_qubits)
            self._squares.append(_signed(bits.transpose().ravel()))

    def circuit(self, phases: Iterable[Phase]) -> QuantumCircuit:
        """Circuit of phases on the qubits of the grid and the ancilla, which is the last one."""
        grid = self.problem.grid
        ancilla = grid.num_qubits
        circuit = QuantumCircuit(ancilla + 1)
        for phase in phases:
            if phase.term != KINETIC:
                circuit.compose(self._potential.circuit(phase.angle), inplace=True)
                continue
            first = 0
            for axis, squares in zip(grid.axes, self._squares, strict=True):
                qubits = list(range(first, first := first + axis.num_qubits))
                circuit.compose(to_momentum(axis.num_qubits), qubits, inplace=True)
                circuit.compose(squares.circuit(phase.angle), [*qubits, ancilla], inplace=True)
                circuit.compose(to_position(axis.num_qubits), qubits, inplace=True)
        return circuit


def filter_circuit(
    first: QuantumCircuit, problem: Problem, rounds: Sequence[Sequence[Phase]], energy: float
) -> QuantumCircuit:
    r"""A circuit, then rounds of ``cos((H - E) t)`` by one ancilla, then a measurement.

    In a round the ancilla is brought into ``(|0> + |1>)/sqrt 2``, the phases run with its sign,
    and it is measured after another H. At 0 the state has become ``(S + S^-1)/2 psi`` with the
    steps S of the round, ``cos((H - E) t) psi`` up to their Trotter error, and goes on; at 1 the
    run is lost.

    Args:
        first: What makes the state, with slot i on wire i.
        problem: Grid and objective.
        rounds: Phases of each round.
        energy: E.

    Returns:
        Circuit with one more qubit, `ancilla`, a bit of `lost` for each round, and `meas`.
    """
    ancilla = QuantumRegister(1, "ancilla")
    lost, bits = (
        ClassicalRegister(size, name)
        for size, name in ((len(rounds), "lost"), (problem.grid.num_qubits, "meas"))
    )
    circuit = QuantumCircuit(*first.qregs, ancilla, lost, bits, name="filter")
    circuit.compose(first, first.qubits, inplace=True)
    steps = SignedSteps(problem, energy)
    for number, phases in enumerate(rounds):
        circuit.h(ancilla)
        circuit.compose(steps.circuit(phases), inplace=True, copy=False)
        circuit.h(ancilla)
        circuit.measure(ancilla, lost[number])  # A run that goes on has left it in 0.
    circuit.measure(first.qubits, bits)
    return circuit


def _signed(values: Array) -> PhaseCircuit:
    """``exp(-i a Z values)``, Z on the qubit above."""
    return Walsh(np.concatenate([values, -values]))
