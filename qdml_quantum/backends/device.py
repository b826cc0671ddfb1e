"""Any Qiskit backend or sampler that the user hands over, and devices by name: counts only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from qdml_quantum.backends.base import OnStage, Outcome, Task
from qdml_quantum.diagnostics.metrics import BASES
from qdml_quantum.dynamics.schedule import Schedule
from qdml_quantum.hardware.devices.devices import find_backend, is_local
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.jobs.records import Job
from qdml_quantum.hardware.jobs.transports.base import decode
from qdml_quantum.hardware.jobs.transports.local import LocalTransport
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.planning import plan
from qdml_quantum.problem.goal import Goal
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.digest import identity_of
from qdml_quantum.support.messages import bad_value, number
from qdml_quantum.synthesis.circuits.ends import require_feed_forward
from qdml_quantum.synthesis.compiler import Compiler

DEFAULT_SHOTS = 1024


class Device(Machine):
    """Runs measured circuits on a `BackendV2`, through a `SamplerV2`, or on a device by name.

    Args:
        given: The backend or sampler, or a name that `find_backend` knows.
        max_seconds: Of each job at a service; see `submit`. Runs that cost nothing take none.
        overdraw: Send although the account has less left than is expected; see `submit`.
        dynamic: Measure positions as they come (see `build`). Such a run is neither planned nor
            predicted: its circuit is compiled for the target and run here; `qdml plan --dynamic`
            tells what it costs. Default False.

    Raises:
        TypeError: It is none of these.
        ValueError: An unknown name, a time that is not above 0, or `dynamic` where a service stands
            behind it, or where the target has no feed-forward.

    >>> Device("fake_fez", max_seconds=30).name
    'fake_fez'
    """

    staged = False
    gate_level = True
    imaginary = False
    compiler = "joint"

    def __init__(
        self,
        given: Any,
        *,
        max_seconds: float | None = None,
        overdraw: bool = False,
        dynamic: bool = False,
    ) -> None:
        if max_seconds is not None:
            number("max_seconds", max_seconds)
        self._limits: dict[str, Any] = {"max_seconds": max_seconds, "overdraw": overdraw}
        self.given = find_backend(given) if isinstance(given, str) else given
        super().__init__(self.given)
        self.dynamic = dynamic
        if dynamic and not self.is_local:
            must = "be False on a device of a service, whose runs are planned"
            remedy = "Use `build(..., dynamic=True)` and a sampler of your own, or a fake device."
            raise bad_value("dynamic", must, f"True, with {self.name}", remedy)
        if dynamic:
            require_feed_forward(self.target)
        # The least busy device of now may be another one when the same call is made again.
        self._called = given if isinstance(given, str) else self.name
        self._series: Any = None

    def run(
        self, task: Task, *, start: tuple[int, NDArray[Any]] | None, on_stage: OnStage
    ) -> Outcome:
        """Sample the whole circuit, here or through the ledger; see `Backend.run`.

        Raises:
            ValueError: Wave numbers alone are not measured on a service: `settings` has both.
        """
        if not self.is_local:
            if task.basis != BASES[0]:
                raise bad_value("backend", "run here to measure wave numbers alone", self.name)
            return Outcome(None, self.settings(task, Goal(task.anneal.problem), besides=())[0])
        circuit = task.circuit(measure=True, dynamic=self.dynamic)
        if task.compiler.target is None or task.compiler.target is not self.target:
            circuit = self.transpiled(circuit, task.seed)
        (shots,) = self.sampled([circuit], task.shots or DEFAULT_SHOTS, task.seed)
        return Outcome(None, dict(sorted(shots.get_counts().items())))

    def identity(self) -> dict[str, Any]:
        """As of the backend, and whether positions are measured as they come."""
        return super().identity() | ({"dynamic": True} if self.dynamic else {})

    @property
    def plannable(self) -> bool:
        """Whether its gates and edges are known, so that a run can be planned and predicted."""
        return self.target is not None and not self.dynamic

    @property
    def is_local(self) -> bool:
        """Whether no service stands behind it, so that it runs here and costs nothing."""
        return is_local(self.given)

    @property
    def service(self) -> Any:
        """The account that a device is of; None where there is none, or it is the user's own."""
        return getattr(self.backend, "service", None)

    def plan(self, task: Task, goal: Goal, *, besides: Collection[str] = ("momentum",)) -> Plan:
        """What `qdml_quantum.plan` makes of the task on this device."""
        return plan(
            task.anneal,
            backend=self.given,
            shots=task.shots or DEFAULT_SHOTS,
            seed=task.seed or 0,
            compiler=self._compiler(task),
            radius=goal.radius,
            besides=besides,
        )

    def settings(
        self, task: Task, goal: Goal, *, besides: Collection[str] = ("momentum",)
    ) -> list[dict[str, int]]:
        """Counts from a service, of positions and, for the energy, of wave numbers.

        They are planned, sent through the ledger and brought home, see `sent`.
        """
        from qdml_quantum.hardware.jobs.fetching import fetch_counts

        return fetch_counts(self.sent(task, goal, besides=besides), service=self.service)

    def sent(self, task: Task, goal: Goal, *, besides: Collection[str] = ("momentum",)) -> Job:
        """The job of a task at the service, sent unless it is in the ledger already.

        The same task asked again, by whatever process and after whatever calibration, is not sent
        and not paid for again.
        """
        from qdml_quantum.hardware.jobs.submission import submit_once

        def prepare() -> tuple[Plan, Any]:
            made = self.plan(task, goal, besides=besides)
            return made, None if self._series is None else self._series.mode_for(made)

        known = {
            "anneal": task.anneal.to_dict(),
            "radius": goal.radius,
            "compiler": self._compiler(task).to_dict(),
            "shots": task.shots or DEFAULT_SHOTS,
            "seed": task.seed or 0,
            "besides": sorted(besides),
            "backend": self._called,
            "fractional": "rzz" in self.backend.target.operation_names,
            "options": identity_of(options=getattr(self.sampler, "options", None)),
        }
        job = submit_once(known, prepare, backend=self.given, service=self.service, **self._limits)
        if self._series is not None:
            self._series.left -= 1
        return job

    @contextmanager
    def series(self, runs: int) -> Iterator[None]:
        """Runs that belong together: on a service their jobs share a batch.

        It is opened when the first of them has to be sent; before that the cost of all is said, and
        they are refused where the account cannot pay for them; see `Series`.

        Args:
            runs: At most so many.
        """
        if self.is_local:
            yield
            return
        from qdml_quantum.hardware.jobs.series import Series

        self._series = series = Series(self.given, runs, overdraw=self._limits["overdraw"])
        try:
            yield
        finally:
            self._series = None
            series.close()

    def _compiler(self, task: Task) -> Compiler:
        """The compiler of a task for `plan`, which takes the target of the device by itself."""
        own = task.compiler.target is self.target
        return replace(task.compiler, target=None) if own else task.compiler

    def run_planned(self, task: Task, goal: Goal) -> Outcome:
        """Plan the anneal and run all its circuits now.

        The counts are those that `fetch` gives for the same plan.

        Args:
            task: What to run.
            goal: What counts as success.
        """
        made = self.plan(task, goal)
        transport = LocalTransport(self.given)
        transport.ready([made])
        counts = decode(transport.raw("", [made]))
        job = {"local": True, "backend": self.name}
        return Outcome(None, dict(counts[0]), made, counts, job)

    def required_bytes(self, problem: Problem, schedule: Schedule | None = None) -> int:
        """Nothing that can be known here."""
        return 0

    def step_budget(self, problem: Problem) -> int:
        """A device follows few steps; measured double wells lose their signal after eight."""
        return 8
