"""Jobs on devices of the user's account, through the runtime client as it is installed.

Every call of the client is given up after a while (`asked`), except the one that posts a job: that
has a timeout, and must not go on behind the back of the ledger.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from qdml_quantum.hardware.devices.account import UNNAMED, account_of
from qdml_quantum.hardware.errors import HardwareError, asked, scrubbed
from qdml_quantum.hardware.jobs.transports.base import RefusedError, Status, circuits_of
from qdml_quantum.hardware.jobs.transports.sampling import is_of_runtime, sampler_on
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import bad_type, bad_value

TAG = "qdml"
"""All jobs of this package have it, besides a tag of their own."""
GRACE_SECONDS = 6000.0
"""Seconds after which no request of a client that has ended can still make a job.

The client tries six times, for 900 s each, and waits 15 s in all between; the rest is a margin.
"""
_RESULT_SECONDS = 300.0

_WORDS = {
    "INITIALIZING": "queued",
    "QUEUED": "queued",
    "RUNNING": "running",
    "DONE": "done",
    "COMPLETED": "done",
    "ERROR": "failed",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
_SETTLED = (400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429)
"""Statuses by which the server says no: no job was made, and none is being made."""

_TOO_LONG = ("error code 1305", "maximum execution time")
"""Words about a job that took longer than its cap."""

_CAP = 3
"""A job may take so many times what it is expected to: estimates of the service vary by a factor of
two, and a job that is ended has been paid for in vain."""
_LONGEST = 10_800
"""Seconds of the longest job that the service takes."""


class RuntimeTransport:
    """Carries jobs to the runtime service and back.

    Args:
        service: A `QiskitRuntimeService`.
        name: Name of the backend.
        mode: What the sampler runs in, to submit: the backend itself, or a `Batch` or `Session`.
        sampler: A sampler of the client whose options are kept, if there is one.
        instance: Part of the account that the jobs belong to, where it is known; `post` tells it.
    """

    local = False
    note = ""

    def __init__(
        self,
        service: Any,
        name: str,
        *,
        mode: Any = None,
        sampler: Any = None,
        instance: str | None = None,
    ) -> None:
        self.service, self.name, self.instance = service, name, instance
        self._mode, self._given = mode, sampler
        self._jobs: dict[str, Any] = {}
        self._sampler: Any = None

    @classmethod
    def of(cls, backend: Any, mode: Any) -> RuntimeTransport:
        """To a backend of the service, or through a sampler that runs on one.

        Args:
            backend: The backend or sampler, or None for that of the mode.
            mode: None, or the `Batch` or `Session` to submit into.

        Raises:
            TypeError: The mode is no `Batch` or `Session`.
            ValueError: The mode is opened on another backend.
        """
        kind = require("qiskit_ibm_runtime").Session  # A `Batch` is one, too.
        if not isinstance(mode, kind | None):
            raise bad_type("mode", "be a Batch or a Session of qiskit_ibm_runtime", mode)
        opened: Any = mode
        if backend is None:
            return cls(opened.service, str(opened.backend()), mode=opened)
        sampler = backend if is_of_runtime(backend) else None
        if sampler is not None:
            backend, opened = sampler.backend(), mode or sampler.mode
        if opened is not None and opened.backend() != backend.name:
            must = f"be opened on the backend `{backend.name}`"
            raise bad_value("mode", must, f"one on `{opened.backend()}`")
        return cls(backend.service, backend.name, mode=opened or backend, sampler=sampler)

    def ready(
        self, plans: Sequence[Plan], max_seconds: float | None = None, overdraw: bool = False
    ) -> None:
        """Make the sampler, with a cap; refuse what cannot run now, and what cannot be paid for.

        Raises:
            ValueError: The plans and the sampler that was given want different options.
            HardwareError: The backend is offline, the session is closed, the account has less left
                than the job is expected to take, or no answer.
        """
        expected = sum(plan.costs.qpu_seconds for plan in plans)
        options, cap = plans[0].options, self._cap(plans[0], expected, max_seconds)
        sampler = self._sampler = sampler_on(self._mode, options, cap, like=self._given)
        status = asked(f"the status of `{self.name}`", sampler.backend().status)
        if not status.operational:
            raise HardwareError(
                f"Backend `{self.name}` is offline ({scrubbed(str(status.status_msg))}). Nothing "
                "was sent. Try again later, or plan for another backend."
            )
        if sampler.mode is not None:
            details = asked("the state of the session", sampler.mode.details) or {}
            if not details.get("accepting_jobs", True):
                raise HardwareError("The session or batch is closed. Nothing was sent. Open one.")

        self._activate_payer(plans[0])
        # Where the service does not say who pays, the cap of the job holds all the same.
        account = account_of(self.service)
        if account is not None and not account.affords(expected):
            words = (
                f"The job is expected to take {expected:.1f} s of `{self.name}`, and the account "
                f"has less: {account}. "
            )
            if not overdraw:
                raise HardwareError(
                    f"{words}Nothing was sent. Plan fewer shots, or send it all the same with "
                    "overdraw=True (--overdraw): it then waits until there is more."
                )
            self.note = f"{words}It may wait until there is more."

    def _activate_payer(self, plan: Plan) -> None:
        """Let the client choose its instance, and refuse another one than the plan is for.

        Outside of a batch or session its own sampler asks for the device by name once more, in
        whatever instance it likes best (seen in 0.51).
        """
        instances = asked("the instances of the account", self.service.instances)
        if self._sampler.mode is not None or len(instances) < 2:
            return
        asked(f"the backend `{self.name}`", lambda: self.service.backend(self.name))
        active, wanted = self.service.active_instance(), plan.account and plan.account.instance
        name = next((str(i.get("name")) for i in instances if i["crn"] == active), active)
        if wanted not in (None, UNNAMED, name):
            raise HardwareError(
                f"The plan is for the instance `{wanted}`, and the client would let `{name}` pay. "
                "Nothing was sent. Open the service with QiskitRuntimeService(instance=...), leave "
                "it out, or submit in a batch."
            )

    def _cap(self, plan: Plan, expected: float, max_seconds: float | None) -> dict[str, int]:
        """The option that ends a job which takes much longer than it should."""
        said = plan.options.get("max_execution_time") or getattr(
            getattr(self._given, "options", None), "max_execution_time", None
        )
        if max_seconds is None and isinstance(said, int):
            return {}
        seconds = _CAP * expected if max_seconds is None else max_seconds
        return {"max_execution_time": int(min(max(math.ceil(seconds), 1), _LONGEST))}

    def post(self, plans: Sequence[Plan], tag: str) -> str:
        """Send a job; see `Transport.post`."""
        sampler = self._sampler
        tags = [one for one in sampler.options.environment.job_tags or [] if one != TAG]
        sampler.options.environment.job_tags = [tag, TAG, *tags]
        refused = False

        def call() -> Any:
            nonlocal refused
            try:
                return sampler.run(circuits_of(plans), shots=plans[0].shots)
            except Exception as error:
                refused = _is_refusal(error)
                raise

        try:
            job = asked("a job", call, None)
        except HardwareError as error:
            # Before it sends, the client makes the instance of the backend the active one.
            problem, self.instance = str(error), self.service.active_instance()
        else:
            self._jobs[job.job_id()], self.instance = job, job.instance
            return str(job.job_id())
        raise (RefusedError if refused else HardwareError)(problem)

    def dry_run(self, plans: Sequence[Plan]) -> float:
        """Seconds that the service would charge for a job, which runs on a mock of the device.

        Raises:
            HardwareError: The client or the plan of the account has no dry runs, or no answer.
        """
        sampler = sampler_on(self._mode, plans[0].options, like=self._given)
        if "dry_run" not in inspect.signature(sampler.run).parameters:
            raise HardwareError("This qiskit-ibm-runtime has no dry runs. Install 0.51 or newer.")
        sampler.options.environment.job_tags = [TAG, "dry-run"]

        def call() -> float:
            job = sampler.run(circuits_of(plans), shots=plans[0].shots, dry_run=True)
            job.result()
            return float(job.usage())

        try:
            return asked(f"a dry run on `{self.name}`", call, _RESULT_SECONDS)
        except HardwareError as error:
            if "Unable to use `dry_run` mode" not in str(error):
                raise
        raise HardwareError(
            f"Plan and instance of this account have no dry runs of `{self.name}`: IBM Quantum has "
            "them in its plans Flex, Premium and On-Prem."
        )

    def find(self, tag: str) -> tuple[str, ...]:
        """Jobs with a tag, oldest first: in the first instance of the account that has any.

        Raises:
            HardwareError: An instance that may have the job did not answer.
        """
        for instance in self._instances():
            listed = partial(self.service.jobs, limit=None, job_tags=[tag], instance=instance)
            jobs = asked(f"the jobs with the tag {tag}", listed)
            tagged = {job.job_id(): job for job in jobs[::-1] if tag in (job.tags or ())}
            if tagged:
                self.instance, self._jobs = instance, tagged | self._jobs
                return tuple(tagged)
        return ()

    def _instances(self) -> Iterator[str]:
        """The instance that the job was sent to, or where none is known all of them."""
        if self.instance is not None:
            yield self.instance
            return
        yield (active := self.service.active_instance())
        for one in asked("the instances of the account", self.service.instances):
            if one["crn"] != active:
                yield str(one["crn"])

    def status(self, job_id: str) -> Status:
        """What has become of a job; see `Transport.status`."""

        def call() -> Status:
            job = self._job(job_id)
            told = job.status()
            text = str(getattr(told, "name", told)).upper()
            word = _WORDS.get(text.split(" ")[0], "unknown")
            reason = str(job.error_message() or "") if word == "failed" else ""
            if any(words in reason.lower() for words in _TOO_LONG):
                reason = f"{reason.strip()} Plan fewer shots, or give it more (--max-seconds)"
            return Status(word, scrubbed(reason))

        return asked(f"the status of job {job_id}", call)

    def raw(self, job_id: str, plans: Sequence[Plan]) -> bytes:
        """The result as text; a private job gives it once, so it is not looked at here."""
        text = asked(
            f"the result of job {job_id}",
            lambda: self._job(job_id).result(decoder=_Kept),
            _RESULT_SECONDS,
        )
        return str(text or "").encode()

    def cancel(self, job_id: str) -> None:
        """Ask that a job be cancelled; see `Transport.cancel`."""
        ended = require("qiskit_ibm_runtime.exceptions").RuntimeInvalidStateError

        def call() -> None:
            with suppress(ended):
                self._job(job_id).cancel()
            # The client now believes it is cancelled, whatever the server says.
            del self._jobs[job_id]

        asked(f"the cancellation of job {job_id}", call)

    def usage(self, job_id: str) -> tuple[float, Mapping[str, Any]] | None:
        """Seconds of the device and times of a job; None while they are being counted."""
        metrics = asked(f"the usage of job {job_id}", lambda: self._job(job_id).metrics())
        usage = metrics.get("usage") or {}
        seconds = usage.get("qpu_charge_time_seconds", usage.get("quantum_seconds"))
        if usage.get("status", "pending") == "pending" or seconds is None:
            return None
        return float(seconds), {"timestamps": dict(metrics.get("timestamps") or {})}

    def _job(self, job_id: str) -> Any:
        """A job of the client; in its thread."""
        if job_id not in self._jobs:
            if self.instance and self.service.active_instance() != self.instance:
                # Asking for a list is what makes an instance the active one.
                self.service.jobs(limit=1, instance=self.instance)
            self._jobs[job_id] = self.service.job(job_id)
        return self._jobs[job_id]


def _is_refusal(error: BaseException | None) -> bool:
    """Whether an error of the client says that the server, or the client itself, said no.

    An error status of the only reply counts, and wrong input that was never sent. Replies that can
    not be read do not: the job was probably made. Nor does an error status after the client had
    sent the request before: the first one may have been carried out.
    """
    unread = (require("requests.exceptions").RequestException, json.JSONDecodeError)
    wrong_input, refused, sent_before = True, False, False
    seen = error
    while seen is not None:
        code = getattr(seen, "status_code", None)
        refused |= type(seen).__name__ == "IBMNotAuthorizedError" or code in _SETTLED
        wrong_input &= isinstance(seen, ValueError | TypeError) and not isinstance(seen, unread)
        reply = getattr(getattr(seen, "response", None), "raw", None)
        sent_before |= bool(getattr(getattr(reply, "retries", None), "history", ()))
        seen = seen.__cause__ or seen.__context__
    return (refused or wrong_input) and not sent_before


class _Kept:
    """A decoder that leaves the text of a result as it is."""

    @classmethod
    def is_applicable(cls, data: Any) -> bool:
        """Whether it can be applied: to everything."""
        return True

    @classmethod
    def decode(cls, data: Any) -> Any:
        """What came."""
        return data
