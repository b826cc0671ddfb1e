"""What a backend is: it takes a task and gives a state, counts, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from qdml_quantum.backends.engines.base import Engine, State
from qdml_quantum.backends.engines.numpy_engine import NumPyEngine
from qdml_quantum.diagnostics.metrics import require_basis
from qdml_quantum.dynamics.anneal import Anneal
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.synthesis.compiler import Compiler, as_compiler, require_gates

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qdml_quantum.hardware.planning.plan import Plan
    from qdml_quantum.synthesis.circuits.builder import Builder
    from qdml_quantum.synthesis.phases.truncation import Truncation

OnStage = Callable[[int, State], None]
"""Called after every stage with its number and the running state: an array of the shape of the
grid, or of the form of the engine that `observer_of` gives.

The running state lacks the phase in ``recipe.pending[number]``; see `Recipe`. After a coarse stage
it is the state of the register, with the idle qubits still in 0.
"""


@dataclass(frozen=True, eq=False)
class Task:
    """Everything a backend needs to know: the anneal, and how it is compiled and measured.

    `basis` says what the shots measure: positions, or wave numbers (``"momentum"``). Either way
    ``grid.index_of`` turns a bit string into an index; that of wave numbers is in FFT order. A
    backend that has states within a stage shows some of them to `look`, which does not change them.
    """

    anneal: Anneal
    compiler: Compiler = field(default_factory=Compiler)
    shots: int | None = None
    seed: int | None = None
    basis: str = "position"
    look: Callable[[State], None] | None = None

    def __post_init__(self) -> None:
        require_basis(self.basis)

    @cached_property
    def compiled(self) -> tuple[Builder, Truncation]:
        """What makes the circuits, and what was left out of the objective; made once."""
        from qdml_quantum.synthesis.circuits.circuit import make_builder

        return make_builder(self.anneal, self.compiler)

    def circuit(self, *, measure: bool = False, dynamic: bool = False) -> QuantumCircuit:
        """The whole anneal as a circuit; see `build`. Wave numbers are measured at the end."""
        from qdml_quantum.synthesis.circuits.circuit import assemble

        basis = self.basis if measure else False
        dynamic = dynamic and basis == "position"
        return assemble(self.compiled[0], self.anneal, measure=basis, dynamic=dynamic)

    def circuit_on(self, backend: Backend) -> QuantumCircuit:
        """The circuit that a backend runs: measured, with its own end, or that of the states."""
        whole = _runs_whole(backend)
        return self.circuit(measure=whole, dynamic=whole and getattr(backend, "dynamic", False))

    def cost(self, backend: Backend) -> dict[str, int]:
        """Gates, two-qubit gates and depth of the circuit that a backend runs.

        A measured one is made and counted, with its rounds of feed-forward where there are any; of
        the one that gives states one unit of every kind is made (`circuit_cost`), as there may be
        many.
        """
        from qdml_quantum.synthesis.circuits.cost import circuit_cost, cost_of

        builder, _ = self.compiled
        if not _runs_whole(backend):
            return circuit_cost(builder, self.anneal)
        return cost_of(self.circuit_on(backend), native=builder.region.native)

    def measured(self, basis: str, shots: int, seed: int | None) -> Task:
        """The same anneal, measured otherwise; what was compiled is shared."""
        other = replace(self, basis=basis, shots=shots, seed=seed)
        if "compiled" in vars(self):
            vars(other)["compiled"] = self.compiled
        return other


def make_task(
    backend: Backend,
    anneal: Anneal,
    *,
    compiler: Any = None,
    shots: int | None = None,
    seed: int | None = None,
) -> Task:
    """A task for a backend, with the compiler and the target of its own where none is given."""
    chosen = as_compiler(compiler, getattr(backend, "compiler", "walsh"))
    if backend.name != "aer":
        require_gates(chosen)
    target = getattr(backend, "target", None)
    if target is not None:
        from qdml_quantum.synthesis.circuits.targets import has_our_gates

        # Circuits for a device with other gates, and networks for coarse stages on one with edges,
        # are made for all pairs, and transpiled.
        routed = chosen.searched and anneal.schedule.coarse
        routed = routed and target.build_coupling_map() is not None
        chosen = chosen.on(target) if has_our_gates(target) and not routed else chosen
    return Task(anneal, chosen, shots, seed)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came back: amplitudes of the shape of the grid, counts of positions, or both.

    A device that was planned for adds its plan, the counts of all its circuits, and the job.
    """

    state: NDArray[Any] | None
    counts: dict[str, int] | None
    plan: Plan | None = None
    all_counts: Sequence[Mapping[str, int]] = ()
    job: Mapping[str, Any] = field(default_factory=dict)


class Backend(Protocol):
    """Runs a task. Backends that can hand over states call `on_stage` and can start in the middle.

    Attributes:
        name: Shown in tables and files.
        staged: Whether `on_stage` is called and `start` is honoured.
        gate_level: Whether a circuit is run (else the recipe is applied directly).
        imaginary: Whether time is imaginary: the classical approximation. Real where it says
            nothing.
        compiler: Compiler to use where none is asked for; walsh where it says nothing.
    """

    name: str
    staged: bool
    gate_level: bool
    imaginary: bool
    compiler: str

    def run(self, task: Task, *, start: tuple[int, State] | None, on_stage: OnStage) -> Outcome:
        """Run a task.

        Args:
            task: What to run.
            start: Number of finished stages and the running state after them, or None.
            on_stage: Called after every further stage.
        """
        ...

    def required_bytes(self, problem: Problem, schedule: Schedule | None = None) -> int:
        """Memory the run will need, for the check before anything is allocated.

        Without a schedule that of the arrays alone, from the size of the grid only.
        """
        ...

    def step_budget(self, problem: Problem) -> int:
        """Trotter steps that take about half a minute, for automatic schedules."""
        ...

    def identity(self) -> dict[str, Any]:
        """Plain JSON that tells this backend's settings from another's."""
        ...


def _runs_whole(backend: Backend) -> bool:
    """Whether it runs measured circuits of all stages at once."""
    return backend.gate_level and not backend.staged


def observer_of(backend: Backend, problem: Problem) -> Engine:
    """The engine that understands the states which a backend hands over.

    Most hand over arrays, which are looked at in double precision whatever they are of; those that
    do not have a method `observer`.
    """
    make = getattr(backend, "observer", None)
    if make is not None:
        engine: Engine = make(problem)
        return engine
    return NumPyEngine(problem, imaginary=getattr(backend, "imaginary", False))
