"""What is asked of a service about a submission, and how what it says gets into the ledger.

Everything here can be done again at any time, by any process that has the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from qdml_quantum.hardware.errors import HardwareError
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.records import DUPLICATE, LIVE, Job
from qdml_quantum.hardware.jobs.transports.base import Transport


@contextmanager
def noting(ledger: Ledger, tag: str, words: str) -> Iterator[None]:
    """Write down what the service does not answer, and go on."""
    try:
        yield
    except HardwareError as error:
        ledger.note(tag, f"{words}: {error}")


def ask(ledger: Ledger, transport: Transport, tag: str, job_id: str) -> str:
    """What the service says about a job, written down."""
    status = transport.status(job_id)
    ledger.record_status(tag, job_id, status.word, status.reason)
    return status.word


def record_usage(ledger: Ledger, transport: Transport, tag: str, job_id: str) -> None:
    """Write down what a job cost; not knowing it is no reason to stop."""
    with noting(ledger, tag, f"usage of {job_id} is not known"):
        usage = transport.usage(job_id)
        if usage is not None:
            ledger.record_usage(tag, job_id, *usage)


def may_be_found(row: Job) -> bool:
    """Whether a look at the service may show a job that the ledger does not know."""
    return row.unresolved or (row.state == "void" and row.posted is not None)


def may_have_more(row: Job) -> bool:
    """Whether a request may have made a job after the service was last asked for its tag."""
    return not row.local and (row.searched or 0.0) < (row.grace_until or 0.0)


def looked_up(ledger: Ledger, row: Job, transport: Transport) -> Job:
    """`reconcile` with the lock of its plans, where that may bring news."""
    if not may_be_found(row):
        return row
    with ledger.lock(row.spec_id):
        return reconcile(ledger, ledger.row(row.tag), transport)


def reconcile(ledger: Ledger, row: Job, transport: Transport) -> Job:
    """Look for a job by its tag, and adopt what is found.

    The lock of its plans must be held: then whoever wrote the submission has ended. One that was
    only intended was never sent, yet is looked for, in case the ledger is a copy.
    """
    job_ids = None
    if may_be_found(row):
        with noting(ledger, row.tag, "not looked up"):
            job_ids = transport.find(row.tag)
    if job_ids is None:
        return row
    now = ledger.clock.now()
    if job_ids:
        return _adopted(ledger, row, transport, job_ids)
    gone = row.state == "intent" or now >= (row.grace_until or 0.0)
    if row.unresolved and gone:
        ledger.move(row.tag, "void", "the service does not know it", searched=now)
    else:
        ledger.note(row.tag, "looked up: not there", searched=now)
    return ledger.row(row.tag)


def _adopted(ledger: Ledger, row: Job, transport: Transport, job_ids: Sequence[str]) -> Job:
    now, late = ledger.clock.now(), row.state == "void"
    if row.state == "intent":
        ledger.move(row.tag, "posting", posted=now)
    ledger.adopt(row.tag, job_ids)
    others = [other.tag for other in ledger.rows(spec_id=row.spec_id) if other.state in LIVE]
    words = "found by its tag after an interruption"
    if late:
        words = "found late, after it was taken for void"
        words += f": a second job of the same run, besides {', '.join(others)}" if others else ""
    words = "" if row.local else words
    ledger.move(row.tag, "submitted", words, searched=now, instance=transport.instance)
    if late and others:
        cancel_jobs(ledger, transport, row.tag, job_ids)
    cancel_duplicates(ledger, transport, row.tag)
    return conclude(ledger, row.tag)


def look_for_duplicates(ledger: Ledger, transport: Transport, tag: str) -> bool:
    """Adopt further jobs of a submission, cancel those that wait; whether there were new ones.

    Raises:
        HardwareError: The service does not answer.
    """
    job_ids = transport.find(tag)
    new = ledger.adopt(tag, job_ids)
    row = ledger.row(tag)
    if row.state in ("failed", "cancelled") and not all(one.settled for one in row.remotes):
        ledger.move(tag, "submitted", "found late, after the other one had ended")
    ledger.note(tag, f"looked for duplicates: {len(job_ids)} job(s)", searched=ledger.clock.now())
    cancel_duplicates(ledger, transport, tag)
    return bool(new)


def cancel_duplicates(ledger: Ledger, transport: Transport, tag: str) -> None:
    """Cancel further jobs of a submission where that is still possible."""
    extra = [one for one in ledger.row(tag).remotes if one.role == DUPLICATE]
    cancel_jobs(ledger, transport, tag, [one.job_id for one in extra if one.status != "done"])


def cancel_jobs(ledger: Ledger, transport: Transport, tag: str, job_ids: Sequence[str]) -> None:
    """Cancel jobs as far as they have not ended; what can not be reached is noted."""
    for remote in ledger.row(tag).remotes:
        if remote.job_id in job_ids and not remote.settled:
            with noting(ledger, tag, f"job {remote.job_id} could not be cancelled"):
                transport.cancel(remote.job_id)
                ask(ledger, transport, tag, remote.job_id)


def conclude(ledger: Ledger, tag: str) -> Job:
    """Failed or cancelled, where every job of a submission is."""
    row = ledger.row(tag)
    lost = {remote.status for remote in row.remotes}
    whole = any(remote.raw_file is not None for remote in row.remotes)
    if row.state == "submitted" and lost and not whole and lost <= {"failed", "cancelled"}:
        state = "failed" if "failed" in lost else "cancelled"
        reasons = [remote.reason for remote in row.remotes if remote.reason]
        message = " ".join(reasons) or f"the service says that it was {state}"
        ledger.move(tag, state, "; ".join(part for part in (row.words, message) if part))
    return ledger.row(tag)


def in_doubt(ledger: Ledger, row: Job) -> str:
    """What is known about a submission of which nothing was heard, and what to do."""
    minutes = max(0.0, (row.grace_until or 0.0) - ledger.clock.now()) / 60
    return (
        f"It is not known whether the service took job `{row.tag}` for {row.backend}: no reply "
        "came, and no job with its tag was found. Nothing else was sent. Run the same command "
        "again, or `qdml jobs --refresh`: a job that is found is taken over. After "
        f"{minutes:.0f} more minutes it can not come any more, and submitting sends a new one. To "
        "send another one now, and perhaps pay for two: --again."
    )


def ended(row: Job) -> str:
    """Why there is no result."""
    words = {
        "failed": "failed at the service",
        "cancelled": "was cancelled",
        "void": "was never taken by the service",
    }
    return (
        f"Job `{row.tag}` on {row.backend} {words[row.state]}: {row.words.rstrip('.')}. The same "
        "plan can be submitted anew."
    )
