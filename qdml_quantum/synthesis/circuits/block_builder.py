"""Every phase by rule, one by one."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit

from qdml_quantum.dynamics.dispersion import fold_of_axes
from qdml_quantum.dynamics.drive import Drive, driven
from qdml_quantum.dynamics.formulas import KINETIC
from qdml_quantum.dynamics.recipe import Phase
from qdml_quantum.problem.coarse import Coarse
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.circuits.builder import (
    Builder,
    Parts,
    Piece,
    Unit,
    Wires,
    slots_by_axis,
    widened,
)
from qdml_quantum.synthesis.circuits.kinetic import (
    kinetic_phase,
    native_kinetic_phase,
    to_momentum,
)
from qdml_quantum.synthesis.circuits.targets import regions
from qdml_quantum.synthesis.compiler import NATIVE
from qdml_quantum.synthesis.phases.potential import (
    PHASE_COMPILERS,
    PhaseCircuit,
    PhaseCompiler,
    Walsh,
    phase_compiler,
)
from qdml_quantum.synthesis.phases.sums import series_of


class BlockBuilder(Builder):
    """Every phase by itself: a phase compiler for the potential, transforms around k^2.

    What a target with edges needs is left to Qiskit's router. With a drive every phase of the
    potential is compiled for its own time.
    """

    def __init__(
        self,
        problem: Problem,
        compiler: str | PhaseCompiler = "walsh",
        target: Any = None,
        drive: Drive | None = None,
    ) -> None:
        super().__init__(problem, regions(target, problem.grid.num_qubits, count=1)[0])
        self._compiler, self._drive = phase_compiler(compiler), drive
        self._potentials: dict[Coarse, PhaseCircuit] = {}

    def block(self, phase: Phase) -> QuantumCircuit:
        """Gates of one phase on all qubits."""
        return self.unit(Piece((phase,)), self.home).circuit

    def _make(self, piece: Piece, wires: Wires) -> Unit:
        (phase,), grid = piece.phases, self.problem.grid
        if phase.term == KINETIC:
            native = self._compiler is PHASE_COMPILERS[NATIVE]
            thin = grid.thinned(phase.coarse)
            block = whole_kinetic(thin, phase, native, back=not piece.open)
            return Unit(
                widened(block, grid, phase.coarse),
                self.home,
                _kinetic_parts(thin, block, back=not piece.open),
                slots_by_axis(grid, phase.coarse) if piece.open else (),
            )
        if phase.time is not None and self._drive is not None:
            moved = driven(self.problem, self._drive, phase.time)
            block = self._compiled(moved).circuit(phase.angle)
        else:
            block = self._potential(phase.coarse).circuit(phase.angle)
        return Unit(widened(block, grid, phase.coarse), self.home)

    def _potential(self, coarse: Coarse) -> PhaseCircuit:
        if coarse not in self._potentials:
            if self._compiler is Walsh:  # without a table of all points, where there are many
                self._potentials[coarse] = Walsh(series_of(self.problem, coarse))
            else:
                self._potentials[coarse] = self._compiled(self.problem.thinned(coarse))
        return self._potentials[coarse]

    def _compiled(self, problem: Problem) -> PhaseCircuit:
        return self._compiler(problem.grid.to_vector(problem.values).astype(float))


def whole_kinetic(
    grid: Grid, phase: Phase, native: bool = False, *, back: bool = True
) -> QuantumCircuit:
    """Transforms around p and cp gates on every axis, or around a diagonal of the simulator.

    Without the transform `back` the qubits stay in momentum.
    """
    made = native_kinetic_phase if native else kinetic_phase
    block = QuantumCircuit(grid.num_qubits)
    first = 0
    for axis, fold in zip(grid.axes, fold_of_axes(phase.fold, grid), strict=True):
        qubits = range(first, first + axis.num_qubits)
        block.compose(made(axis, phase.angle, fold, back=back), qubits, inplace=True)
        first += axis.num_qubits
    return block


def _kinetic_parts(grid: Grid, block: QuantumCircuit, *, back: bool = True) -> Parts:
    """Names of the gates of `_kinetic`; all but the transforms are of the phases."""
    ends = [len(to_momentum(axis.num_qubits).data) for axis in grid.axes]
    left = len(block.data) - (1 + back) * sum(ends)
    sizes = [n * (n + 1) // 2 for n in grid.qubits_per_axis]
    if left != sum(sizes):
        sizes = [1] * grid.dimensions  # diagonals of the simulator
    parts: list[tuple[str, int]] = []
    for number, (end, size) in enumerate(zip(ends, sizes, strict=True), 1):
        parts += [(f"transform x{number}", end), (f"kinetic x{number}", size)]
        if back:
            parts.append((f"inverse x{number}", end))
    return tuple(parts)
