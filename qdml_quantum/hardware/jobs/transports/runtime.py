"""Jobs on devices of the user's account, through the runtime client as it is installed.

Every call of the client may hang for ever: it reads without a timeout. So each runs in a thread of
its own and is given up after a while, except the one that posts a job, which has a timeout.
"""

from __future__ import annotations

import inspect
import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from qdml_quantum.hardware.errors import HardwareError, asked, scrubbed
from qdml_quantum.hardware.jobs.transports.base import RefusedError, Status, circuits_of
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import argument

T = TypeVar("T")

TAG = "qdml"
"""All jobs of this package have it, besides a tag of their own."""
POST_SECONDS = 900.0
"""Timeout of the request that makes a job, as the client has it in `rest.runtime.program_run`."""
_MARGIN = 500.0
_ASK_SECONDS, _RESULT_SECONDS = 120.0, 300.0
_PAGE = 20
_PAGES = 3

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


def grace_seconds() -> float:
    """Seconds after which no request of a client that has ended can still make a job.

        (retries + 1) * timeout + sum_i backoff * 2^i + margin

    With the constants of the installed client: 5 retries, 900 s, backoff 0.5.

    >>> grace_seconds()
    5915.0
    """
    session = require("qiskit_ibm_runtime.api.session").RetrySession
    known = inspect.signature(session.__init__).parameters
    retries = int(known["retries_total"].default)
    backoff = float(known["backoff_factor"].default)
    pauses = sum(min(120.0, backoff * 2**i) for i in range(1, retries))
    return float((retries + 1) * POST_SECONDS + pauses + _MARGIN)


class RuntimeTransport:
    """Carries jobs to the runtime service and back.

    Args:
        service: A `QiskitRuntimeService`.
        name: Name of the backend.
        backend: The backend itself, to submit.
        mode: A `Batch` or `Session` to submit into.
        instance: Part of the account that the jobs belong to, where it is known.
    """

    local = False
    kind = ""

    def __init__(
        self,
        service: Any,
        name: str,
        *,
        backend: Any = None,
        mode: Any = None,
        instance: str | None = None,
    ) -> None:
        self.service, self.name, self.instance = service, name, instance
        self._backend, self._mode = backend, mode
        self._jobs: dict[str, Any] = {}
        self._sampler: Any = None

    @classmethod
    def of_backend(cls, backend: Any) -> RuntimeTransport:
        """To a backend of the service, or through a sampler that runs on one."""
        mode = None
        if not hasattr(backend, "service"):
            mode, backend = backend.mode, backend.backend()
        instance = getattr(backend, "_instance", None)
        return cls(backend.service, backend.name, backend=backend, mode=mode, instance=instance)

    @classmethod
    def of_mode(cls, mode: Any) -> RuntimeTransport:
        """Into a `Batch` or `Session`.

        Raises:
            TypeError: It is none.
        """
        if not isinstance(mode, require("qiskit_ibm_runtime").Session):
            raise TypeError(argument("mode", "be a Batch or a Session of qiskit_ibm_runtime", mode))
        instance = getattr(getattr(mode, "_backend", None), "_instance", None)
        return cls(mode.service, str(mode.backend()), mode=mode, instance=instance)

    def ready(self, plans: Sequence[Plan]) -> None:
        """Make the sampler; refuse a backend that is offline, and a session that is closed."""
        options = {
            "environment": {"job_tags": [TAG]},
            **plans[0].options,
        }
        sampler = require("qiskit_ibm_runtime.executor_sampler").Sampler
        self._sampler = asked(
            "a sampler", lambda: sampler(mode=self._mode or self._backend, options=options)
        )
        status = _asked(f"the status of `{self.name}`", self._sampler.backend().status)
        if not status.operational:
            raise HardwareError(
                f"Backend `{self.name}` is offline ({scrubbed(str(status.status_msg))}). Nothing "
                "was sent. Try again later, or plan for another backend."
            )
        if self._mode is not None:
            details = _asked("the state of the session", self._mode.details) or {}
            if not details.get("accepting_jobs", True):
                raise HardwareError("The session or batch is closed. Nothing was sent. Open one.")

    def post(self, plans: Sequence[Plan], tag: str) -> str:
        """Send a job; see `Transport.post`."""
        sampler = self._sampler
        sampler.options.environment.job_tags = [tag, TAG]
        refusals: list[bool] = []

        def call() -> Any:
            try:
                return sampler.run(circuits_of(plans), shots=plans[0].shots)
            except Exception as error:
                refusals.append(_is_refusal(error))
                raise

        try:
            job = asked("a job", call)
        except HardwareError as error:
            problem = str(error)
        else:
            self._jobs[job.job_id()] = job
            return str(job.job_id())
        raise (RefusedError if refusals == [True] else HardwareError)(problem)

    def find(self, tag: str) -> tuple[str, ...]:
        """Jobs with a tag, in all instances of the account; see `Transport.find`.

        Raises:
            HardwareError: The instance that the job was sent to did not answer, or, where that is
                not known, any of them.
        """
        jobs = self._find_in(tag, self.instance) if self.instance else []
        if not jobs:
            known = [self.instance or self.service.active_instance()]
            with suppress(HardwareError):
                instances = _asked("the instances of the account", self.service.instances)
                known += [str(one["crn"]) for one in instances]
            # What other instances do not answer matters where any of them may have the job.
            ignored = [HardwareError] if self.instance else []
            for instance in dict.fromkeys(known):
                if instance != self.instance:
                    with suppress(*ignored):
                        jobs += self._find_in(tag, instance)
        for job in jobs:
            self._jobs.setdefault(job.job_id(), job)
        return tuple(dict.fromkeys(job.job_id() for job in jobs))

    def _find_in(self, tag: str, instance: str) -> list[Any]:
        """Jobs with a tag in one instance, oldest first."""

        def page(size: int, skip: int) -> list[Any] | None:
            chosen = {"limit": _Limit(size), "skip": skip, "instance": instance}
            try:
                return list(self.service.jobs(job_tags=[tag], **chosen))
            except _EndlessError:
                return None

        def call() -> list[Any]:
            jobs = page(_PAGE, 0)
            if jobs is None:
                # The server counts more jobs than it has; the client kept those it got to itself.
                jobs = []
                while one := page(1, len(jobs)):
                    jobs += one
            return [job for job in jobs if tag in (job.tags or ())]

        return _asked(f"the jobs with the tag {tag}", call)[::-1]

    def status(self, job_id: str) -> Status:
        """What has become of a job; see `Transport.status`."""

        def call() -> Status:
            job = self._job(job_id)
            told = job.status()
            text = str(getattr(told, "name", told)).upper()
            word = _WORDS.get(text.split(" ")[0], "unknown")
            reason = job.error_message() or "" if word == "failed" else ""
            return Status(word, scrubbed(str(reason)))

        return _asked(f"the status of job {job_id}", call)

    def raw(self, job_id: str, plans: Sequence[Plan]) -> bytes:
        """The result as text; a private job gives it once, so it is not looked at here."""
        text = _asked(
            f"the result of job {job_id}",
            lambda: self._job(job_id).result(decoder=_keep_raw()),
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

        _asked(f"the cancellation of job {job_id}", call)

    def usage(self, job_id: str) -> tuple[float, Mapping[str, Any]] | None:
        """Seconds of the device and times of a job; None while they are being counted."""
        metrics = _asked(f"the usage of job {job_id}", lambda: self._job(job_id).metrics())
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
                self.service.jobs(limit=_Limit(1), instance=self.instance)
            self._jobs[job_id] = self.service.job(job_id)
        return self._jobs[job_id]


class _EndlessError(Exception):
    """The client goes on asking for jobs that the server does not list."""


class _Limit(int):
    """A limit of a list that the client can look at only so often.

    `QiskitRuntimeService.jobs` asks for page after page until it has as many as the server counts,
    and looks at its limit on each. Where the count is too large, it would never end.
    """

    looks = 0

    def __bool__(self) -> bool:
        self.looks += 1
        if self.looks > 2 * _PAGES:
            raise _EndlessError
        return True


def _asked(what: str, call: Callable[[], T], seconds: float = _ASK_SECONDS) -> T:
    """An answer of the client, given up after a while."""
    return asked(what, lambda: _within(seconds, call))


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What a call gives, in a thread that is left alone when it takes too long."""
    box: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def work() -> None:
        try:
            box.put((True, call()))
        except BaseException as error:
            box.put((False, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        good, value = box.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"No answer within {seconds:g} s.") from None
    if good:
        return value  # type: ignore[no-any-return]
    raise value


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


def _keep_raw() -> type:
    """A decoder that leaves the text of a result as it is."""
    base: type = require("qiskit_ibm_runtime.decoders.result_decoder").ResultDecoder

    def decode(cls: type, data: Any) -> Any:
        return data

    return type("KeepRaw", (base,), {"decode": classmethod(decode)})
