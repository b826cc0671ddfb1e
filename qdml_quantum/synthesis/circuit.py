"""The circuit interpreter of the recipe."""

from __future__ import annotations

from collections.abc import Iterable

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from qdml_quantum.formulas import POTENTIAL, Formula, as_formula
from qdml_quantum.grid import Grid
from qdml_quantum.problem import Problem
from qdml_quantum.recipe import Phase, make_recipe
from qdml_quantum.schedule import Schedule
from qdml_quantum.states import Initial
from qdml_quantum.synthesis.kinetic import kinetic_phase
from qdml_quantum.synthesis.potential import PhaseCompiler, as_compiler
from qdml_quantum.synthesis.prepare import prepare

_KEPT = 8


class CircuitBuilder:
    """Appends phases of the recipe to circuits on the registers of a grid.

    The objective is compiled once; the gates of the last few phases are kept, so that the equal
    steps of a stage cost one synthesis.
    """

    def __init__(self, problem: Problem, compiler: str | PhaseCompiler = "walsh") -> None:
        self.problem = problem
        values = problem.grid.to_vector(problem.values)
        self._potential = as_compiler(compiler)(values.astype(float))
        self._blocks: dict[Phase, QuantumCircuit] = {}

    def empty(self) -> QuantumCircuit:
        """A circuit with one named register per axis: `x0`, `x1`, ..."""
        return QuantumCircuit(*registers(self.problem.grid))

    def append(self, circuit: QuantumCircuit, phases: Iterable[Phase]) -> QuantumCircuit:
        """Append phases in order; the circuit is changed and returned."""
        for phase in phases:
            circuit.compose(self.block(phase), inplace=True, copy=False)
        return circuit

    def block(self, phase: Phase) -> QuantumCircuit:
        """Gates of one phase on all qubits."""
        block = self._blocks.get(phase)
        if block is None:
            while len(self._blocks) >= _KEPT:
                del self._blocks[next(iter(self._blocks))]
            block = self._blocks[phase] = self._make(phase)
        return block

    def _make(self, phase: Phase) -> QuantumCircuit:
        if phase.term == POTENTIAL:
            return self._potential.circuit(phase.angle)
        block = QuantumCircuit(self.problem.grid.num_qubits)
        first = 0
        for axis in self.problem.grid.axes:
            qubits = range(first, first + axis.num_qubits)
            block.compose(kinetic_phase(axis, phase.angle), qubits, inplace=True)
            first += axis.num_qubits
        return block


def build(
    problem: Problem,
    schedule: Schedule,
    *,
    formula: str | Formula = "strang",
    initial: Initial = "uniform",
    measure: bool = False,
    compiler: str | PhaseCompiler = "walsh",
) -> QuantumCircuit:
    r"""Circuit of an anneal: initial state, then every phase of the merged recipe.

    Args:
        problem: Grid and objective.
        schedule: Stages of D and time steps.
        formula: Product formula, ``"lie"``, ``"strang"`` (default) or ``"suzuki4"``.
        initial: ``"uniform"`` (default), a `Gaussian`, or amplitudes of the shape of the grid.
        measure: Measure all qubits into one classical register `meas`.
        compiler: How the potential phase becomes gates: ``"walsh"`` (default, exact), ``"qiskit"``
            (`DiagonalGate`), or a callable.

    Returns:
        A plain `QuantumCircuit` of h, p, cp, rz, ry and cx gates with one register per axis, `x0`,
        `x1`, ...; axis 0 on the lowest qubits.

    Raises:
        ValueError: An unknown formula or compiler, or a bad initial state.

    >>> from qdml_quantum.grid import Grid
    >>> problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    >>> circuit = build(problem, Schedule.constant(1.0, num_steps=1, time_step=0.1))
    >>> [register.name for register in circuit.qregs], circuit.num_qubits
    (['x0'], 3)
    """
    formula = as_formula(formula)
    builder = CircuitBuilder(problem, compiler)
    circuit = builder.empty()
    circuit.name = "anneal"
    circuit.compose(prepare(initial, problem.grid), inplace=True)
    builder.append(circuit, make_recipe(schedule, formula).phases)
    if measure:
        add_measurement(circuit)
    return circuit


def add_measurement(circuit: QuantumCircuit) -> QuantumCircuit:
    """Measure qubit i into bit i of one classical register `meas`."""
    bits = ClassicalRegister(circuit.num_qubits, "meas")
    circuit.add_register(bits)
    circuit.measure(circuit.qubits, bits)
    return circuit


def registers(grid: Grid) -> list[QuantumRegister]:
    """One register per axis, axis 0 first and therefore on the lowest qubits."""
    return [QuantumRegister(a.num_qubits, f"x{i}") for i, a in enumerate(grid.axes)]


def two_qubit_gates(circuit: QuantumCircuit) -> int:
    """Number of gates on two qubits, barriers excluded."""
    return sum(
        1 for item in circuit.data if len(item.qubits) == 2 and item.operation.name != "barrier"
    )
