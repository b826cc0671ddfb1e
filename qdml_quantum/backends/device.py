"""Any Qiskit backend or sampler the user hands over: counts only."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, BaseSamplerV2
from qiskit.providers import BackendV2
from qiskit.transpiler import generate_preset_pass_manager

from qdml_quantum.backends.base import OnStage, Outcome, Task
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import argument

DEFAULT_SHOTS = 1024


class Device:
    """Runs the measured circuit on a `BackendV2` or through a `SamplerV2`.

    The circuit is compiled for the target of the backend, if there is one, at level 1 of Qiskit's
    transpiler: levels 2 and 3 drop rotations below 6e-5 rad even where they add up.

    Args:
        target: The backend or sampler.

    Raises:
        TypeError: It is neither.
    """

    staged = False
    gate_level = True
    compiler = "joint"
    optimization_level = 1

    def __init__(self, target: Any) -> None:
        if isinstance(target, BackendV2):
            self.sampler: Any = None
            self.backend: Any = target
        elif isinstance(target, BaseSamplerV2):
            self.sampler, self.backend = target, _backend_of(target)
        else:
            raise TypeError(
                argument(
                    "backend",
                    "be a name, a BackendV2 or a SamplerV2",
                    target,
                    'Write backend="aer" or pass a Qiskit backend object.',
                )
            )
        name = getattr(self.backend or target, "name", None)
        self.name = name if isinstance(name, str) else type(target).__name__

    @property
    def target(self) -> Any:
        """Target that circuits are compiled for, or None where there is no known one."""
        return getattr(self.backend, "target", None)

    def run(
        self, task: Task, *, start: tuple[int, NDArray[Any]] | None, on_stage: OnStage
    ) -> Outcome:
        """Transpile and sample the whole circuit; see `Backend.run`."""
        circuit = task.circuit(measure=True)
        if task.target is None or task.target is not self.target:
            circuit = self.transpiled(circuit, task.seed)
        sampler = self.sampler or BackendSamplerV2(
            backend=self.backend, options={"seed_simulator": task.seed}
        )
        result = sampler.run([circuit], shots=task.shots or DEFAULT_SHOTS).result()
        return Outcome(None, dict(sorted(result[0].join_data().get_counts().items())))

    def transpiled(self, circuit: QuantumCircuit, seed: int | None = None) -> QuantumCircuit:
        """The circuit for the target of the backend, at level 1."""
        if self.backend is None:
            return circuit
        manager = generate_preset_pass_manager(
            optimization_level=self.optimization_level, backend=self.backend, seed_transpiler=seed
        )
        return manager.run(circuit)

    def required_bytes(self, problem: Problem, schedule: Schedule | None = None) -> int:
        """Nothing that can be known here."""
        return 0

    def step_budget(self, problem: Problem) -> int:
        """A device follows few steps; measured double wells lose their signal after eight."""
        return 8

    def identity(self) -> dict[str, Any]:
        """Name and kind of the target."""
        return {"name": self.name, "class": type(self.backend or self.sampler).__name__}


def _backend_of(sampler: Any) -> Any:
    """Backend behind a sampler; None where it samples circuits as they are."""
    for attribute in ("backend", "_backend", "mode"):
        found = getattr(sampler, attribute, None)
        found = found() if callable(found) and not isinstance(found, BackendV2) else found
        if isinstance(found, BackendV2):
            return found
    return None
