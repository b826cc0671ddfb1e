"""The gate-level circuit on the Aer simulator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.backends.base import OnStage, Outcome, Task
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.dynamics.propagate import available_cores
from qdml_quantum.dynamics.recipe import Move, Phase
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.grid import Grid
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.digest import identity_of
from qdml_quantum.support.memory import require_memory
from qdml_quantum.support.messages import bad_value
from qdml_quantum.synthesis.compiler import NATIVE

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qdml_quantum.synthesis.circuits.builder import Builder

# Qiskit and Aer are imported when a circuit is run: a finished run is shown without them.

_PARALLEL_QUBITS = 12
_DIRECT_QUBITS, _DIRECT_NATIVE = 12, 16
"""Qubits up to which circuits are run gate by gate: of gates, and of the simulator's diagonals,
which `AerSimulator.run` reads anew in every step [14 qubits: 18 ms a step, 41 as a circuit]."""
_GATE_BYTES = 1400
_STATEVECTOR = ("automatic", "statevector")
_SHOT_BYTES = 130  # measured: 120 with 4 qubits
_KEPT = 8

Program = list[tuple[str, tuple[Any, ...]]]
"""Names of methods of Aer's state with their arguments."""


class Aer:
    """Runs circuits on `AerSimulator`.

    The ideal state vector is run stage by stage, so that states come back and a run can be
    resumed; shots are then sampled by Aer from the final state. With a noise model or any other
    method the whole measured circuit is run at once, and only counts come back.

    Args:
        dynamic: Measure positions as they come (see `build`), instead of at the end: whole circuits
            are run and only counts come back, those of wave numbers as without it. Default False.
        options: Passed to `AerSimulator`: `method`, `noise_model`, `precision`, ... The defaults
            are the fastest measured (`benchmarks/aer.py`): up to 12 qubits the gates go straight to
            Aer's state vector (`GateByGate`); above that no gate fusion, and all cores. With one
            core fusion stays on. Where other options are given, `AerSimulator` runs whole circuits
            of any size, with all cores from 12 qubits on: below that a second thread gains nothing
            and, on a machine that is busy with other work, waits up to a hundred times longer.
    """

    name = "aer"
    gate_level = True
    imaginary = False
    compiler = "walsh"

    def __init__(self, *, dynamic: bool = False, **options: Any) -> None:
        self.dynamic = dynamic
        tuned = {"fusion_enable": False, "statevector_parallel_threshold": _PARALLEL_QUBITS - 1}
        if available_cores() == 1:
            tuned = {}
        self.options = {"method": "statevector"} | tuned | options
        self._direct = options in ({}, {"precision": "double"})
        self._gates = GateByGate()
        if self.options.get("noise_model") is not None and "method" not in options:
            self.options["method"] = "automatic"
        if options:
            _ = self.simulator  # which refuses what it does not know
        self.staged = (
            self.options["method"] in _STATEVECTOR
            and self.options.get("noise_model") is None
            and not dynamic
        )

    @cached_property
    def simulator(self) -> Any:
        """The `AerSimulator`, with all options."""
        from qiskit_aer import AerSimulator

        return AerSimulator(**self.options)

    def run(
        self, task: Task, *, start: tuple[int, NDArray[Any]] | None, on_stage: OnStage
    ) -> Outcome:
        """Run every stage in turn, or the measured circuit at once; see `Backend.run`.

        Raises:
            TooLargeError: So many shots do not fit into memory.
        """
        shots = task.shots or 0
        require_memory(_SHOT_BYTES * shots, f"Aer with {shots} shots", "Take fewer --shots.")
        if not self.staged:
            circuit = task.circuit(measure=True, dynamic=self.dynamic)
            result = self._run(circuit, shots=task.shots or 1024, seed=task.seed)
            return Outcome(None, dict(sorted(result.get_counts().items())))
        grid = task.anneal.grid
        builder, _ = task.compiled
        native = task.compiler.name == NATIVE
        direct = self._is_direct(grid) or (
            native and self._direct and grid.num_qubits <= _DIRECT_NATIVE
        )
        evolve = self._gate_by_gate if direct else self._assembled
        first, psi = start or (0, None)
        for number, moves in enumerate(task.anneal.recipe.stages[first:], first):
            psi = evolve(builder, task, psi, moves)
            on_stage(number, psi)
        assert psi is not None
        counts = None
        if task.shots is not None:
            from qdml_quantum.synthesis.circuits.circuit import measure_in

            circuit = builder.empty()
            _set_state(circuit, grid, psi)
            measure_in(circuit, grid, builder.home, task.basis)
            result = self._run(circuit, shots=task.shots, seed=task.seed)
            counts = dict(sorted(result.get_counts().items()))
        return Outcome(psi, counts)

    def _is_direct(self, grid: Grid) -> bool:
        return self._direct and grid.num_qubits <= _DIRECT_QUBITS

    def _gate_by_gate(
        self, builder: Builder, task: Task, psi: NDArray[Any] | None, moves: Iterable[Move]
    ) -> NDArray[Any]:
        grid = task.anneal.grid
        blocks = list(_homed(builder, moves))
        if psi is None:
            blocks.insert(0, _prepared(task))
            vector = np.zeros(grid.size, dtype=complex)
            vector[0] = 1
        else:
            vector = np.asarray(grid.to_vector(psi), dtype=complex)
        return np.ascontiguousarray(grid.from_vector(self._gates.run(vector, blocks)))

    def _assembled(
        self, builder: Builder, task: Task, psi: NDArray[Any] | None, moves: Iterable[Move]
    ) -> NDArray[Any]:
        grid = task.anneal.grid
        circuit = builder.empty()
        if psi is None:
            circuit.compose(_prepared(task), inplace=True)
        else:
            _set_state(circuit, grid, psi)
        for block in _homed(builder, moves):
            circuit.compose(block, inplace=True, copy=False)
        # Aer applies the global phase first, so that setting the state would undo it.
        phase, circuit.global_phase = float(circuit.global_phase), 0.0
        circuit.save_statevector()
        vector = np.asarray(self._run(circuit, shots=1, seed=task.seed).get_statevector())
        return np.ascontiguousarray(grid.from_vector(vector * np.exp(1j * phase)))

    def _run(self, circuit: QuantumCircuit, *, shots: int, seed: int | None) -> Any:
        options = {} if seed is None else {"seed_simulator": seed}
        result = self.simulator.run(circuit, shots=shots, **options).result()
        if not result.success:
            raise RuntimeError(f"Aer did not run the circuit: {result.status}")
        return result

    def required_bytes(self, problem: Problem, schedule: Schedule | None = None) -> int:
        """Aer's state with the copies that go in and out, zeta, and the gates of a stage."""
        arrays = problem.grid.size * (16 * 6 + 8 * 8) if self.staged else 0
        if schedule is None:
            return arrays
        if self._is_direct(problem.grid):
            return arrays + _GATE_BYTES * gates_per_step(problem)
        steps = [stage.num_steps for stage in schedule.stages]
        longest = max(steps) if self.staged else sum(steps)
        return arrays + _GATE_BYTES * longest * gates_per_step(problem)

    def step_budget(self, problem: Problem) -> int:
        """Steps in about half a minute, at most 20,000.

        Measured on two cores: gate by gate 1.1 us per gate (reckoned with 1.3, since what is chosen
        hangs on it) and 1.8 ns per amplitude and gate; where Aer runs whole circuits 35 us and
        1.5 ns.
        """
        fixed, each = (1.3e-6, 1.8e-9) if self._is_direct(problem.grid) else (35e-6, 1.5e-9)
        seconds = gates_per_step(problem) * (fixed + each * problem.grid.size)
        return int(max(48, min(20_000, 30 / seconds)))

    def identity(self) -> dict[str, Any]:
        """Name, and a digest of all options, the noise model among them."""
        told = {"dynamic": True} if self.dynamic else {}
        return {"name": self.name} | told | identity_of(options=self.options)


def gates_per_step(problem: Problem) -> int:
    """Gates of one Strang step with the Walsh compiler."""
    from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder

    builder = BlockBuilder(problem)
    return sum(builder.block(Phase(term, 0.1)).size() for term in (POTENTIAL, KINETIC))


def _prepared(task: Task) -> QuantumCircuit:
    from qdml_quantum.synthesis.circuits.initial import initial_circuit

    anneal = task.anneal
    return initial_circuit(anneal.initial, anneal.grid, anneal.schedule.coarse)


def _homed(builder: Builder, moves: Iterable[Move]) -> Iterator[QuantumCircuit]:
    """Units with every qubit brought home, as states between stages need them."""
    for piece in builder.pieces(moves, last=False):
        yield builder.unit(piece, builder.home).homed


def _set_state(circuit: QuantumCircuit, grid: Grid, psi: NDArray[Any]) -> None:
    from qiskit.quantum_info import Statevector

    circuit.set_statevector(Statevector(np.asarray(grid.to_vector(psi), dtype=complex)))


class GateByGate:
    """Applies circuits to a state vector held by Aer.

    `AerSimulator.run` spends 14 us per gate on the Python assembly of a circuit before the first
    amplitude moves; below about 12 qubits that is most of the time. Here the gates of a block are
    looked up once and then handed to Aer's state vector for every step, in one thread. It is the
    compiled state itself: `AerState`, which holds one, looks at the qubits of every gate in Python
    [6 qubits: 1.71 us a gate, so 1.09].

    >>> from qiskit import QuantumCircuit
    >>> bell = QuantumCircuit(2)
    >>> _ = bell.h(0), bell.cx(0, 1)
    >>> GateByGate().run(np.array([1, 0, 0, 0]), [bell]).real.round(3)
    array([0.707, 0.   , 0.   , 0.707])
    """

    def __init__(self) -> None:
        self._programs: dict[int, tuple[QuantumCircuit, Program]] = {}

    def run(
        self, vector: NDArray[Any], circuits: Iterable[QuantumCircuit]
    ) -> NDArray[np.complex128]:
        """Apply circuits on all qubits in order.

        Args:
            vector: Amplitudes in Qiskit's order, shape ``(2^n,)``; not changed.
            circuits: Unitary circuits on n qubits; a circuit that comes again is not read again.

        Raises:
            QiskitError: A circuit holds something that is no gate.
            ValueError: A circuit of another number of qubits.
        """
        from qiskit_aer.backends.controller_wrappers import AerStateWrapper

        num_qubits = len(vector).bit_length() - 1
        state = AerStateWrapper()
        state.configure("method", "statevector")
        state.configure("fusion_enable", "False")
        state.initialize_statevector(num_qubits, np.array(vector, dtype=np.complex128), True)
        for circuit in circuits:
            if circuit.num_qubits != num_qubits:  # Aer would write beyond its memory.
                raise bad_value("circuits", f"have {num_qubits} qubits", circuit.num_qubits)
            for method, given in self._program(circuit):
                getattr(state, method)(*given)
        state.flush()
        result = np.array(state.move_to_ndarray())
        state.clear()
        return result

    def _program(self, circuit: QuantumCircuit) -> Program:
        known = self._programs.get(id(circuit))
        if known is None or known[0] is not circuit:
            while len(self._programs) >= _KEPT:
                del self._programs[next(iter(self._programs))]
            known = self._programs[id(circuit)] = (circuit, _translate(circuit))
        return known[1]


def _translate(circuit: QuantumCircuit) -> Program:
    """What Aer has a kernel for is named, ``rz`` becomes ``p``; any other gate is a matrix."""
    from qiskit.quantum_info import Operator

    program: Program = []
    phase = float(circuit.global_phase)
    index_of = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for item in circuit.data:
        name = item.name  # `item.operation` makes a Python gate, which takes twice as long.
        qubits = [index_of[qubit] for qubit in item.qubits]
        if name in ("h", "x", "y", "z"):
            program.append((f"apply_{name}", tuple(qubits)))
        elif name in ("cx", "cy", "cz"):
            program.append((f"apply_{name}", (qubits,)))
        elif name == "diagonal":
            program.append(("apply_diagonal", (qubits, np.array(item.params, dtype=complex))))
        elif name == "swap":
            program.append(("apply_mcswap", (qubits,)))
        elif name in ("p", "cp", "rz"):
            angle = float(item.params[0])
            program.append(("apply_mcphase", (qubits, angle)))
            if name == "rz":
                phase -= angle / 2
        elif name != "barrier":
            program.append(("apply_unitary", (qubits, Operator(item.operation).data)))
    if phase:
        program.append(("apply_global_phase", (phase,)))
    return program
