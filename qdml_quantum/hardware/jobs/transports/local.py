"""Jobs without a service: fake backends, simulators, and whatever backend the user hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from qiskit import QuantumCircuit
from qiskit.primitives import BitArray
from qiskit_aer import AerSimulator

from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.devices.noise import (
    Snapshot,
    confined,
    is_simulated,
    part_of,
    used_qubits,
)
from qdml_quantum.hardware.errors import asked
from qdml_quantum.hardware.jobs.transports.base import Status, circuits_of, packed
from qdml_quantum.hardware.jobs.transports.sampling import (
    has_client_side_sampler,
    is_of_runtime,
    sampler_on,
)
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.digest import told
from qdml_quantum.support.messages import bad_value

PREFIX = "local-"


class LocalTransport:
    """Runs a job when its result is asked for, in this process, with the seed of the plan.

    A run that was interrupted costs nothing: it simply runs again. Options of a plan go through the
    sampler of the runtime, as on a device, there on a fake device cut down to the qubits in use:
    the counts are the same for the same seed, in 1 to 2 s instead of 27 to 43 s for two circuits on
    `FakeFez`.

    Args:
        backend: A `BackendV2` or `SamplerV2`.
    """

    local = True
    instance: str | None = None
    note = ""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.name = str(getattr(backend, "name", type(backend).__name__))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What tells the backend from another one of its name; see `Machine.identity`."""
        return told(Machine(self.backend).identity())

    def ready(
        self, plans: Sequence[Plan], max_seconds: float | None = None, overdraw: bool = False
    ) -> None:
        """Refuse options that would change a backend into its simulation."""
        options = plans[0].options
        able = is_simulated(self.backend) or is_of_runtime(self.backend)
        if options and not (able and has_client_side_sampler()):
            raise bad_value(
                "options",
                f"be left out on `{self.name}`",
                dict(options),
                "The sampler of the runtime applies them: on its devices, and since version "
                "0.47 on fake ones and on Aer. Set them in your own SamplerV2 instead.",
            )

    def post(self, plans: Sequence[Plan], tag: str) -> str:
        """Nothing is sent; the id follows from the tag."""
        return PREFIX + tag

    def find(self, tag: str) -> tuple[str, ...]:
        """The one job of a tag."""
        return (PREFIX + tag,)

    def status(self, job_id: str) -> Status:
        """Always ready to run."""
        return Status("done")

    def raw(self, job_id: str, plans: Sequence[Plan]) -> bytes:
        """Run the circuits; shots as packed bits."""
        arrays = asked(
            f"the run on `{self.name}`",
            lambda: [array for plan in plans for array in self._run(plan)],
            seconds=None,
        )
        return packed(arrays, job_id=job_id, backend=self.name, seed=plans[0].seed)

    def cancel(self, job_id: str) -> None:
        """Nothing is under way."""

    def usage(self, job_id: str) -> tuple[float, Mapping[str, Any]] | None:
        """Costs nothing."""
        return 0.0, {}

    def _run(self, plan: Plan) -> list[BitArray]:
        circuits, machine = circuits_of([plan]), Machine(self.backend)
        if is_of_runtime(self.backend):
            own = self.backend
            machine.sampler = sampler_on(own.mode or own.backend(), plan.options, like=own)
        elif plan.options:
            machine.sampler, circuits = _sampler_of_runtime(
                self.backend, circuits, plan.options, plan.seed
            )
        return machine.sampled(circuits, plan.shots, plan.seed)


def _sampler_of_runtime(
    backend: Any, circuits: list[QuantumCircuit], options: Mapping[str, Any], seed: int
) -> tuple[Any, list[QuantumCircuit]]:
    """The sampler of the runtime on the qubits in use, and the circuits on them."""
    if not isinstance(backend, AerSimulator):
        qubits = used_qubits(circuits)
        backend = Snapshot(part_of(backend.target, qubits))
        circuits = [confined(circuit, qubits) for circuit in circuits]
    return sampler_on(backend, options, {"simulator": {"seed_simulator": seed}}), circuits
