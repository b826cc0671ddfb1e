"""Submit, list and cancel jobs: every step is in the ledger before the next one is taken.

What a service may do without anyone noticing, and what is done about it:

* It takes a job, and the reply is lost. No error is taken for a failure: the job is looked for by
  its tag and adopted. Only when it is not there after longer than the client can go on trying to
  send it, the submission is void; and found later, it is adopted all the same.
* It takes a job, replies 503, and the client sends it again. That can make several jobs, although
  the source of the client (`PostForcelistRetry`) says that the service guarantees it to be safe.
  The tag shows all of them: they are reported, cancelled where they can still be, and the results
  of those that ran are fetched, too.
* It gives a result once. It is on the disk, with its hash in the ledger, before it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qdml_quantum.hardware.devices.devices import open_service
from qdml_quantum.hardware.devices.machine import Machine
from qdml_quantum.hardware.errors import TOO_FAST, AmbiguousSubmissionError, HardwareError
from qdml_quantum.hardware.jobs.fetching import poll
from qdml_quantum.hardware.jobs.ledger import BusyError, Ledger, new_tag
from qdml_quantum.hardware.jobs.records import LIVE, MODES, Job
from qdml_quantum.hardware.jobs.recovery import (
    ask,
    cancel_jobs,
    conclude,
    in_doubt,
    look_for_duplicates,
    looked_up,
    may_be_found,
    may_have_more,
    noting,
    reconcile,
    record_usage,
)
from qdml_quantum.hardware.jobs.series import close_mode, open_mode
from qdml_quantum.hardware.jobs.transports import (
    device_of,
    transport_to_fetch,
    transport_to_submit,
)
from qdml_quantum.hardware.jobs.transports.base import RefusedError, Transport, is_transport
from qdml_quantum.hardware.jobs.transports.runtime import GRACE_SECONDS, RuntimeTransport
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.digest import differing, told, untold
from qdml_quantum.support.messages import bad_type, bad_value, number, unknown
from qdml_quantum.support.store import content_id
from qdml_quantum.support.typed import typed

_TRIES, _PAUSE = 5, 60.0
"""How often a verb sends where the service says that it sends too fast, and seconds between."""
REQUEST_SECONDS = 1000.0
"""How long a request whose reply was lost may still be at work at the service."""


@typed
def submit(
    plans: Plan | Sequence[Plan],
    *,
    ledger: Ledger | str | Path | None = None,
    backend: Any = None,
    service: Any = None,
    mode: Any = None,
    again: bool = False,
    max_seconds: float | None = None,
    overdraw: bool = False,
) -> Job:
    """Send a job, at most once.

    The same plans give the same job: where there is one that waits, runs or is done, that one is
    returned (``job.new`` is False) and nothing is sent.

    Args:
        plans: A `Plan`, or several for one job: of one backend, with equal shots and options.
        ledger: A `Ledger`, its folder, or None for the user's own.
        backend: None for the one of the plan; else the same as an object, such as an Aer simulator
            with its noise model, any `BackendV2` or `SamplerV2`, or a `Transport`.
        service: A `QiskitRuntimeService`; default the user's account.
        mode: None, or a `Batch` or `Session` of the runtime client to run in.
        again: Send another job although there is one, or although it is not known whether there is.
        max_seconds: Seconds of the device after which the service ends the job, which is paid for
            until then; default three times the estimate of the plans, or what their options say.
        overdraw: Send the job although the account has fewer seconds left than it is expected to
            take; it may then wait for long.

    Raises:
        AmbiguousSubmissionError: It is not known whether the service took the job.
        HardwareError: The service refused it, or the account has too little left; or no account, an
            unknown or offline backend.
        LedgerError: See `Ledger`; or another process submits the same plans.
        TypeError: Something else than plans.
        ValueError: The plans do not fit into one job, or the backend is not theirs.
    """
    plans = _require_plans(plans)
    if max_seconds is not None:
        number("max_seconds", max_seconds)
    limits: dict[str, Any] = {"max_seconds": max_seconds, "overdraw": overdraw}
    return _submit(Ledger.of(ledger), plans, backend, service, mode, again=again, **limits)


def submit_once(
    asked_for: Mapping[str, Any],
    prepare: Callable[[], tuple[Plan, Any]],
    *,
    backend: Any,
    service: Any = None,
    ledger: Ledger | str | Path | None = None,
    max_seconds: float | None = None,
    overdraw: bool = False,
) -> Job:
    """The job of what a verb asks for; it is planned and sent only where it is not in the ledger.

    A plan follows the calibration of the hour: made again after a crash it may be another one. What
    was asked for is the same, so that what was paid for is found by it.

    Args:
        asked_for: What decides the outcome, in plain JSON, but for the state of the device.
        prepare: Makes the plan, and gives the mode to send it in, or None.
        backend: See `submit`.
        service: See `submit`.
        ledger: See `submit`.
        max_seconds: See `submit`.
        overdraw: See `submit`.

    Raises:
        AmbiguousSubmissionError: It is not known whether the service took the job.
        HardwareError: See `submit`.
        LedgerError: See `Ledger`; or another process asks for the same.
    """
    ledger, asked_id = Ledger.of(ledger), content_id(asked_for)
    limits: dict[str, Any] = {"max_seconds": max_seconds, "overdraw": overdraw}
    with ledger.lock(asked_id):
        for row in ledger.rows(asked=asked_id):
            if may_be_found(row):
                given = backend if is_transport(backend) else None
                row = looked_up(ledger, row, transport_to_fetch(row, given, service))
            if row.unresolved:
                raise AmbiguousSubmissionError(in_doubt(ledger, row))
            if row.state in LIVE:
                return row
        plan, mode = prepare()
        for tries_left in reversed(range(_TRIES)):
            try:
                job = _submit(ledger, (plan,), backend, service, mode, asked_id, **limits)
                break
            except HardwareError as error:
                if TOO_FAST not in str(error).lower() or not tries_left:
                    raise
            ledger.clock.sleep(_PAUSE)
        if not ledger.row(job.tag).asked:
            ledger.note(job.tag, "asked for by a verb", asked=asked_id)
        return job


def _submit(
    ledger: Ledger,
    plans: Sequence[Plan],
    backend: Any,
    service: Any,
    mode: Any,
    asked_id: str = "",
    *,
    again: bool = False,
    **limits: Any,
) -> Job:
    """Send what is not in the ledger, or was asked for again."""
    spec_id = _spec_id(plans, backend)
    with ledger.lock(spec_id):
        known = None if again else _known(ledger, spec_id)
        if known is not None:
            return known
        transport = transport_to_submit(plans[0], backend, service, mode)
        for row in ledger.rows(spec_id=spec_id):
            row = reconcile(ledger, row, transport)
            if row.unresolved and not again:
                raise AmbiguousSubmissionError(in_doubt(ledger, row))
        known = None if again else _known(ledger, spec_id)
        if known is not None:
            return known
        transport.ready(plans, **limits)
        return _send(ledger, transport, plans, spec_id, asked_id)


@typed
def submit_together(
    plans: Sequence[Plan],
    mode: str,
    *,
    ledger: Ledger | str | Path | None = None,
    service: Any = None,
    again: bool = False,
    max_seconds: float | None = None,
    overdraw: bool = False,
) -> tuple[Job, ...]:
    """Send every plan as a job of its own, all in one new batch or session, which is then closed.

    Jobs that are in the ledger already are not sent again; without any new one nothing is opened
    but the session itself. A backend without a service behind it has neither, and runs the jobs one
    by one. A session has the device to itself from its first job to its last and is charged by the
    wall clock, pauses between the jobs included; in a batch only the jobs are charged.

    Args:
        plans: Of one backend.
        mode: ``"batch"`` or ``"session"``.
        ledger: See `submit`.
        service: See `submit`.
        again: See `submit`.
        max_seconds: See `submit`; of each job.
        overdraw: See `submit`.

    Raises:
        ValueError: An unknown mode, no plan, or plans for several backends.
        HardwareError: See `submit`.
    """
    if mode not in MODES:
        raise ValueError(unknown("mode", mode, MODES))
    names = sorted({plan.backend for plan in plans})
    if len(names) != 1:
        given = ", ".join(names) or "none"
        raise bad_value("plans", "be for one backend", given, "Submit each by itself.")
    first = plans[0]
    if first.local:
        return tuple(submit(plan, ledger=ledger, again=again) for plan in plans)
    opened = open_mode(mode, device_of(first, service))
    try:
        common: dict[str, Any] = {"max_seconds": max_seconds, "overdraw": overdraw}
        return tuple(submit(p, ledger=ledger, mode=opened, again=again, **common) for p in plans)
    finally:
        close_mode(opened)


@typed
def dry_run(plan: Plan, *, backend: Any = None, service: Any = None) -> float:
    """Seconds that IBM Quantum itself expects a plan to take, from a dry run, which is free.

    The job runs at the service on a mock of the device: it is checked as a paid one would be, its
    counts are random and thrown away. Nothing goes into the ledger.

    Args:
        plan: For a device of an account.
        backend: See `submit`.
        service: See `submit`.

    Raises:
        HardwareError: There is no service behind the plan; the client (older than 0.51), the plan
            or the instance of the account has no dry runs; or no answer.

    References:
        IBM Quantum documentation, Dry-run jobs,
        https://quantum.cloud.ibm.com/docs/guides/dry-run-jobs.
    """
    transport = transport_to_submit(plan, backend, service, None)
    if not isinstance(transport, RuntimeTransport):
        raise HardwareError(f"A run on `{plan.backend}` has no service that could tell its cost.")
    return transport.dry_run([plan])


@typed
def jobs(
    *, ledger: Ledger | str | Path | None = None, refresh: bool = False, service: Any = None
) -> tuple[Job, ...]:
    """All jobs of a ledger, newest first.

    Args:
        ledger: A `Ledger`, its folder, or None for the user's own.
        refresh: Ask the service about those that are not done, and look for jobs that the ledger
            does not know: of submissions that were interrupted, and duplicates.
        service: A `QiskitRuntimeService` or a `Transport`; default the user's account.

    Raises:
        HardwareError: There is no account to ask with.
        LedgerError: See `Ledger`.
    """
    ledger = Ledger.of(ledger)
    rows = [row for row in ledger.rows() if refresh and not row.local and _may_change(row)]
    if rows and service is None:
        service = open_service()
    for row in rows:
        given = service if is_transport(service) else None
        _refresh(ledger, row, transport_to_fetch(row, given, service))
    return ledger.rows()


@typed
def cancel(
    job: Job | str,
    *,
    ledger: Ledger | str | Path | None = None,
    backend: Any = None,
    service: Any = None,
) -> Job:
    """Cancel a job and its duplicates, as far as they have not run.

    Args:
        job: A `Job`, a tag or the beginning of one, or an id of the service.
        ledger: A `Ledger`, its folder, or None for the user's own.
        backend: A `Transport`, where one was given to `submit`.
        service: A `QiskitRuntimeService`; default the user's account.

    Returns:
        The job as it is then. One that has run by now is still ``submitted``: its result can be
        fetched.

    Raises:
        AmbiguousSubmissionError: It is not known whether the service took the job.
        HardwareError: The service does not answer.
        LedgerError: See `Ledger`.
    """
    ledger = Ledger.of(ledger)
    row = ledger.find(job)
    if row.local and not is_transport(backend):
        return _cancel_local(ledger, row)
    if row.state in ("done", "failed", "cancelled"):
        return row
    transport = transport_to_fetch(row, backend, service)
    row = looked_up(ledger, row, transport)
    if row.unresolved:
        raise AmbiguousSubmissionError(in_doubt(ledger, row))
    if row.state == "void":
        return row
    with ledger.lock(row.tag):
        _look(ledger, transport, row.tag)
        row = ledger.row(row.tag)
        cancel_jobs(ledger, transport, row.tag, [remote.job_id for remote in row.remotes])
        return conclude(ledger, row.tag)


def _cancel_local(ledger: Ledger, row: Job) -> Job:
    with ledger.lock(row.spec_id), ledger.lock(row.tag):
        row = ledger.row(row.tag)
        if row.state == "submitted":
            ledger.move(row.tag, "cancelled", "cancelled before it ran")
        elif row.unresolved:
            ledger.move(row.tag, "void", "cancelled before it was sent")
        return ledger.row(row.tag)


def _require_plans(plans: Plan | Sequence[Plan]) -> tuple[Plan, ...]:
    many = (plans,) if isinstance(plans, Plan) else tuple(plans)
    if not many or not all(isinstance(plan, Plan) for plan in many):
        raise bad_type("plans", "be a Plan or several", plans, "Make one with `plan`.")
    for name in ("backend", "shots", "options"):
        values = {str(getattr(plan, name)) for plan in many}
        if len(values) > 1:
            shown = " and ".join(sorted(values))
            raise bad_value(
                "plans", f"have one {name} in one job", shown, "Submit them one by one."
            )
    return many


def _spec_id(plans: Sequence[Plan], backend: Any) -> str:
    """Id of what is to be run: of one plan its own, of several one that tells their order.

    Another backend that is handed over, or a sampler with options of its own, makes another run.
    """
    specs = [plan.spec_id for plan in plans]
    spec_id = specs[0] if len(specs) == 1 else content_id({"plans": specs})
    if backend is None or isinstance(backend, str) or is_transport(backend):
        return spec_id
    identity = Machine(backend).identity()
    if not untold(identity) and not differing(told(plans[0].identity), identity):
        return spec_id
    return content_id({"plans": spec_id, "backend": identity})


def _known(ledger: Ledger, spec_id: str) -> Job | None:
    """The job that need not be sent again, if there is one."""
    for row in ledger.rows(spec_id=spec_id):
        if row.state in LIVE:
            words = "is done" if row.state == "done" else "was submitted before"
            words = f"The same run {words}; nothing was sent. {row.words}"
            return replace(row, words=words.strip())
    return None


def _send(
    ledger: Ledger, transport: Transport, plans: Sequence[Plan], spec_id: str, asked_id: str
) -> Job:
    """Write ahead, post, write down the id, look for duplicates."""
    tag = new_tag()
    ledger.record_intent(
        tag,
        spec_id,
        ledger.store(tag, plans),
        backend=plans[0].backend,
        asked=asked_id,
        local=transport.local,
        instance=transport.instance,
        identity=getattr(transport, "identity", None),
    )
    grace = ledger.grace
    if grace is None:
        grace = 0.0 if transport.local else GRACE_SECONDS
    now = ledger.clock.now()
    ledger.move(tag, "posting", posted=now, grace_until=now + grace)
    try:
        job_id = transport.post(plans, tag)
    except HardwareError as error:
        problem, refused = str(error), isinstance(error, RefusedError)
    else:
        ledger.adopt(tag, [job_id])
        ledger.move(tag, "submitted", transport.note, instance=transport.instance)
        _look(ledger, transport, tag)
        return replace(ledger.row(tag), new=True)
    return _lost(ledger, transport, tag, problem, refused, grace)


def _look(ledger: Ledger, transport: Transport, tag: str) -> None:
    """Look for duplicates at once; `fetch` looks again before a job is done."""
    with noting(ledger, tag, "duplicates were not looked for"):
        look_for_duplicates(ledger, transport, tag)


def _lost(
    ledger: Ledger, transport: Transport, tag: str, problem: str, refused: bool, grace: float
) -> Job:
    """After an error: what was posted may still be a job, unless the last reply was a no."""
    until = now = ledger.clock.now()
    if not refused:
        until = max(ledger.row(tag).grace_until or now, now + min(REQUEST_SECONDS, grace))
    words = "the service said no" if refused else "no id came back"
    ledger.note(tag, f"{words}: {problem}", grace_until=until)
    row = reconcile(ledger, ledger.row(tag), transport)
    if row.state == "void":
        ledger.move(tag, "void", problem)
        raise HardwareError(
            f"The service did not take the job. {problem} Nothing is lost: run the same command "
            "again after that."
        )
    if row.unresolved:
        raise AmbiguousSubmissionError(f"{problem} {in_doubt(ledger, row)}")
    ledger.note(tag, "taken over at once")
    return replace(row, new=True)


def _may_change(row: Job) -> bool:
    """Whether asking about a submission can bring news."""
    if row.state == "submitted" or may_be_found(row) or may_have_more(row):
        return True
    return any(one.usage_seconds is None and one.status == "done" for one in row.remotes)


def _refresh(ledger: Ledger, row: Job, transport: Transport) -> None:
    """Ask about one submission; one that another process is at work on is left alone."""
    try:
        row = looked_up(ledger, row, transport)
        if not (row.unresolved or row.state == "void"):
            with ledger.lock(row.tag), noting(ledger, row.tag, "no answer"):
                _ask_all(ledger, ledger.row(row.tag), transport)
    except BusyError:
        pass


def _ask_all(ledger: Ledger, row: Job, transport: Transport) -> None:
    look_for_duplicates(ledger, transport, row.tag)
    if row.state == "done":
        # Nobody has to fetch it again: what a late duplicate measured is saved here.
        poll(ledger, transport, row.tag, lambda words: None)
    for remote in ledger.row(row.tag).remotes:
        if not remote.settled:
            ask(ledger, transport, row.tag, remote.job_id)
        if remote.usage_seconds is None:
            record_usage(ledger, transport, row.tag, remote.job_id)
    conclude(ledger, row.tag)
