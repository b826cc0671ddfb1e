"""Jobs that are sent one after the other in a batch, which is opened when the first has to be."""

from __future__ import annotations

from typing import Any

from qdml_quantum.hardware.devices.account import account_of
from qdml_quantum.hardware.errors import HardwareError, asked
from qdml_quantum.hardware.jobs.transports.sampling import is_of_runtime
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.extras import require
from qdml_quantum.support.progress import say


def open_mode(mode: str, backend: Any) -> Any:
    """A new batch or session of the runtime client.

    Args:
        mode: Of `MODES`.
        backend: Of an account.

    Raises:
        HardwareError: The service does not open one: not every plan of IBM Quantum has sessions.
    """
    runtime = require("qiskit_ibm_runtime")
    kind = runtime.Batch if mode == "batch" else runtime.Session
    return asked(f"a {mode} on `{backend.name}`", lambda: kind(backend=backend))


def close_mode(mode: Any) -> None:
    """Close a batch or session: it takes no more jobs, and those that it has run to their end."""
    asked("the batch or session closed", mode.close)


class Series:
    """A batch for runs of which each follows from those before it.

    What they cost is said before anything is sent. Where no batch can be opened, every job is sent
    by itself, which is said, too. A batch that a crash leaves open costs nothing: only its jobs do.

    Args:
        given: A device of an account, or a sampler of the client on one.
        runs: At most so many.
        overdraw: Send them although the account has less left than they are expected to take.
    """

    def __init__(self, given: Any, runs: int, *, overdraw: bool = False) -> None:
        sampler = given if is_of_runtime(given) else None
        self.backend = given if sampler is None else sampler.backend()
        self.left, self.overdraw = runs, overdraw
        self._own = None if sampler is None else sampler.mode
        self._mode: Any = None
        self._announced = self._alone = False

    def mode_for(self, plan: Plan) -> Any:
        """What to send the next job in: a batch that takes jobs, or None for no mode of ours.

        Args:
            plan: Of the job.

        Raises:
            HardwareError: The account has less left than all runs are expected to take.
        """
        if not self._announced:
            self._announce(plan)
        if self._own is not None or self._alone:
            return None
        if self._mode is None or not self._takes_jobs():
            try:
                self._mode = open_mode("batch", self.backend)
            except HardwareError as error:
                self._alone = True
                say(f"Every job is sent by itself, and waits in the queue by itself. {error}")
                return None
        return self._mode

    def close(self) -> None:
        """Close the batch; one that does not answer ends by itself."""
        if self._mode is not None:
            try:
                close_mode(self._mode)
            except HardwareError as error:
                say(f"{error} It ends by itself, and costs nothing until then.")

    def _takes_jobs(self) -> bool:
        details = asked("the state of the batch", self._mode.details) or {}
        return bool(details.get("accepting_jobs", True))

    def _announce(self, plan: Plan) -> None:
        """Say what all of it costs, and refuse what can not be paid for."""
        each, name = plan.costs.qpu_seconds, self.backend.name
        account = account_of(self.backend.service)
        cost = (
            f"At most {self.left} job(s) on `{name}`, each of {plan.costs.num_circuits} circuit(s) "
            f"with {plan.shots} shots and about {each:.1f} s of the device: "
            f"{self.left * each:.0f} s in all"
        )
        short = account is not None and not account.affords(self.left * each)
        if short and not self.overdraw:
            raise HardwareError(
                f"{cost}. The account has less: {account}. Nothing was sent. Ask for fewer "
                "circuits or shots, or allow it: overdraw=True of `Device`, --overdraw."
            )
        say(f"{cost}; {account or 'the service does not say who pays'}.")
        self._announced = True
