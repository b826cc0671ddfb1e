"""Bring a job home: wait, save what came before it is read, judge it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError, LedgerError
from qdml_quantum.hardware.jobs.disk import guarded, make_private
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.records import Job, Remote
from qdml_quantum.hardware.jobs.recovery import (
    ask,
    conclude,
    ended,
    in_doubt,
    look_for_duplicates,
    looked_up,
    record_usage,
)
from qdml_quantum.hardware.jobs.transports import transport_to_fetch
from qdml_quantum.hardware.jobs.transports.base import (
    Counts,
    Transport,
    UnreadableError,
    decode,
    require_counts,
)
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.messages import DamagedFileError

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 60.0, 1.5
"""Seconds between two questions to the service, and how they grow."""
TRIES = 8
"""Questions in a row that may go without an answer: about a minute."""

Progress = bool | Callable[[str], None]


class NotReadyError(HardwareError):
    """The job has not ended within the time that was given; nothing is lost."""


Judge = Callable[[Plan, Sequence[Counts], Mapping[str, Any]], Any]
"""Makes a result, which can be saved in a folder."""


def fetch_results(
    job: Job | str,
    judge: Judge,
    load: Callable[[Path], Any],
    *,
    ledger: Ledger | str | Path | None = None,
    backend: Any = None,
    service: Any = None,
    timeout: float | None = None,
    progress: Progress = False,
) -> tuple[tuple[Any, Path], ...]:
    """Wait for a job, save what came, and have it judged: a result and its folder for every plan.

    `judge` makes a result of a plan, the counts of its circuits and what is known of the job;
    `load` reads one that is in the ledger already, or gives None where that is not wanted. `fetch`
    says what the other arguments are.
    """
    ledger = Ledger.of(ledger)
    row = ledger.find(job)
    if row.state in ("failed", "cancelled"):
        raise HardwareError(ended(row))
    if row.state == "done" and all(remote.settled for remote in row.remotes):
        stored = _stored(ledger, row, load)
        if stored is not None:
            return stored
        if not _damaged(ledger, row):
            with ledger.lock(row.tag):
                return _judged(ledger, row, judge)
    transport = transport_to_fetch(row, backend, service)
    row = looked_up(ledger, row, transport)
    with ledger.lock(row.tag):
        _wait(ledger, transport, row.tag, timeout, _speaker(progress))
        return _judged(ledger, conclude(ledger, row.tag), judge)


def fetch_counts(
    job: Job | str, *, ledger: Ledger | str | Path | None = None, service: Any = None
) -> list[Counts]:
    """Wait for a job and save what came: counts of all its circuits, in order, and no verdict.

    The other arguments are those of `fetch`, which can judge the same job afterwards.
    """
    ledger = Ledger.of(ledger)
    row = ledger.find(job)
    if _used(row) is None or _damaged(ledger, row):
        transport = transport_to_fetch(row, None, service)
        row = looked_up(ledger, row, transport)
        with ledger.lock(row.tag):
            _wait(ledger, transport, row.tag, None, _speaker(False))
            row = conclude(ledger, row.tag)
    return decode(ledger.raw(row, _require_used(ledger, row)))


def _stored(
    ledger: Ledger, row: Job, load: Callable[[Path], Any]
) -> tuple[tuple[Any, Path], ...] | None:
    """Results that are in the ledger; None where they are not, or not whole, or not wanted."""
    results = []
    for number in range(len(row.plans)):
        folder = ledger.folder(row.tag) / f"result-{number}"
        try:
            result = load(folder)
        except (OSError, DamagedFileError):
            return None
        if result is None:
            return None
        results.append((result, folder))
    return tuple(results)


def _wait(
    ledger: Ledger,
    transport: Transport,
    tag: str,
    timeout: float | None,
    say: Callable[[str], None],
) -> None:
    """Ask until nothing more is to be had of any job of a submission."""
    row = ledger.row(tag)
    if row.unresolved:
        raise AmbiguousSubmissionError(in_doubt(ledger, row))
    if row.state == "void":
        raise HardwareError(ended(row))
    for job_id, problem in _damaged(ledger, row).items():
        # The service is asked for it again.
        ledger.quarantine(tag, job_id, problem)
    start, pause, silent = ledger.clock.now(), FIRST_PAUSE, 0
    while True:
        answer = poll(ledger, transport, tag, say)
        if answer == "":
            return
        silent = silent + 1 if answer else 0
        if silent >= TRIES:
            raise HardwareError(
                f"{answer} Nothing is lost: job `{tag}` is in the ledger. Run the same command "
                "again."
            )
        left = None if timeout is None else timeout - (ledger.clock.now() - start)
        if left is not None and left <= 0:
            row = ledger.row(tag)
            status = row.remotes[0].status if row.remotes else "unknown"
            words = answer or f"Job `{tag}` on {row.backend} is {status}."
            raise NotReadyError(f"{words} Nothing is lost: run the same command again later.")
        ledger.clock.sleep(pause if left is None else min(pause, left))
        pause = min(LONGEST_PAUSE, pause * GROWTH)


def poll(ledger: Ledger, transport: Transport, tag: str, say: Callable[[str], None]) -> str | None:
    """Ask once about every job of a submission, and save the results of those that are done.

    Args:
        ledger: With the lock of the tag held.
        transport: To the service.
        tag: Of the submission.
        say: Is told what goes on.

    Returns:
        Nothing more to come: "". Not yet: None. Else what went wrong.
    """
    try:
        for remote in ledger.row(tag).remotes:
            if not remote.settled:
                _advance(ledger, transport, tag, remote, say)
        row = ledger.row(tag)
        if not all(remote.settled for remote in row.remotes):
            return None
        # A job that was made late, by a request that was sent twice, is listed by now.
        return None if not row.local and look_for_duplicates(ledger, transport, tag) else ""
    except LedgerError:
        raise
    except HardwareError as error:
        ledger.note(tag, f"no answer: {error}")
        say(str(error))
        return str(error)


def _advance(
    ledger: Ledger, transport: Transport, tag: str, remote: Remote, say: Callable[[str], None]
) -> None:
    """Ask about one job, and bring its result home if it is done."""
    row = ledger.row(tag)
    plans = ledger.plans(row)
    raw = ledger.leftover(tag, remote.job_id)
    if raw is None or _fault(raw, plans):
        word = ask(ledger, transport, tag, remote.job_id)
        say(f"Job {remote.job_id} on {row.backend}: {word}.")
        if word in ("failed", "cancelled"):
            # What a job has used until its end is charged.
            record_usage(ledger, transport, tag, remote.job_id)
        if word != "done":
            return
        raw = transport.raw(remote.job_id, plans)
    ledger.save_raw(tag, remote.job_id, raw)
    problem = _fault(raw, plans)
    if problem:
        path = ledger.quarantine(tag, remote.job_id, problem)
        raise UnreadableError(f"{problem} What came is kept in `{path}`.")
    record_usage(ledger, transport, tag, remote.job_id)


def _fault(raw: bytes, plans: Sequence[Plan]) -> str:
    """What is wrong with a raw result; empty where nothing is."""
    try:
        require_counts(decode(raw), plans)
    except UnreadableError as error:
        return str(error)
    return ""


def _damaged(ledger: Ledger, row: Job) -> dict[str, str]:
    """Jobs whose raw results can not be read, and what is wrong with them.

    They were damaged on the disk; or they came so, and whoever fetched them died before saying so.
    """
    problems = {}
    for remote in row.remotes:
        if remote.raw_file is not None:
            try:
                problems[remote.job_id] = _fault(ledger.raw(row, remote), ledger.plans(row))
            except LedgerError as error:
                problems[remote.job_id] = str(error)
    return {job_id: problem for job_id, problem in problems.items() if problem}


def _judged(
    ledger: Ledger,
    row: Job,
    judge: Judge,
) -> tuple[tuple[Any, Path], ...]:
    """Results from the raw ones, saved; the job is done last."""
    plans, used = ledger.plans(row), _require_used(ledger, row)
    counts = iter(decode(ledger.raw(row, used)))
    results = []
    for number, plan in enumerate(plans):
        mine = list(islice(counts, len(plan.settings)))
        result = judge(plan, mine, _facts(ledger, row, used))
        folder = ledger.folder(row.tag) / f"result-{number}"
        with guarded(ledger.path):
            result.save(folder)
            make_private(folder)
        results.append((result, folder))
    if row.state != "done":
        ledger.move(row.tag, "done", row.words)
    return tuple(results)


def _used(row: Job) -> Remote | None:
    """The job whose result counts: the first that has one."""
    return next((remote for remote in row.remotes if remote.raw_file is not None), None)


def _require_used(ledger: Ledger, row: Job) -> Remote:
    if row.state in ("failed", "cancelled"):
        raise HardwareError(ended(row))
    used = _used(row)
    if used is None:
        raise HardwareError(
            f"No result of job `{row.tag}` can be read any more; damaged files are kept in "
            f"`{ledger.folder(row.tag)}`. Send it again with qdml submit --again."
        )
    return used


def _facts(ledger: Ledger, row: Job, used: Remote) -> dict[str, Any]:
    """What a result says about its job, in plain JSON."""
    return {
        "tag": row.tag,
        "job_id": used.job_id,
        "backend": row.backend,
        "local": row.local,
        "submitted": row.created,
        "other_jobs": [one.job_id for one in row.remotes if one.job_id != used.job_id],
        "usage_seconds": row.usage_seconds,
        "raw_sha256": used.raw_sha256,
        **used.facts,
    }


def _speaker(progress: Progress) -> Callable[[str], None]:
    """Who is told what goes on; the same words only once in a row."""
    if progress is False:
        return lambda words: None
    tell = progress if callable(progress) else partial(print, file=sys.stderr)
    # The last words are remembered, and those alone.
    return lru_cache(maxsize=1)(tell)
