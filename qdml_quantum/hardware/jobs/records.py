"""What is in the ledger: submissions, jobs at the service, and the tables that hold them.

The states of a submission::

    intent -> posting -> submitted -> done | failed | cancelled
       |         |          ^
       +-> void <+----------+          void: the service never took it, as far as is known;
                                       found there after all, it is adopted late
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

VERSION = 3
"""Of the tables."""
RENAMED = "ALTER TABLE submissions RENAME COLUMN kind TO asked"
"""Makes tables of version 2 those of version 3: nothing read that column of a paid job, and the
seals of rows are made of values alone."""

UNRESOLVED = ("intent", "posting")
"""States in which it is not known whether the service took the job."""
LIVE = ("submitted", "done")
"""States in which there is a job that need not be sent again."""
NEXT: Mapping[str, tuple[str, ...]] = {
    "intent": ("posting", "void"),
    "posting": ("submitted", "void"),
    "void": ("submitted",),
    "submitted": ("done", "failed", "cancelled"),
    "failed": ("submitted",),
    "cancelled": ("submitted",),
    "done": (),
}
STATES = tuple(NEXT)

MODES = ("batch", "session")
"""How jobs can belong together: prepared in parallel, or one after the other without a queue."""
PRIMARY, DUPLICATE = "primary", "duplicate"


def seal(*values: Any) -> str:
    """What tells that a row is as it was written; SQLite calls it at every change of one.

    >>> seal("tag", 1.5, None) == seal("tag", 1.5, None) != seal("tag", 1.6, None)
    True
    """
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


SEALED = {
    "submissions": "tag, spec_id, created, backend, identity, asked, local, plans, state, instance,"
    " posted, grace_until, searched, message",
    "remote_jobs": "job_id, tag, role, found, status, reason, raw_file, raw_sha256, usage_seconds,"
    " facts",
    "events": "tag, time, what",
}
"""Columns that the seal of a row is made of."""


def is_whole(table: str, row: sqlite3.Row) -> bool:
    """Whether a row is as it was written."""
    return bool(row["seal"] == seal(*(row[name] for name in SEALED[table].split(", "))))


def _sealing(table: str) -> Iterator[str]:
    for event in ("INSERT", f"UPDATE OF {SEALED[table]}"):
        yield f"""CREATE TRIGGER {table}_{event[:6].lower()} AFTER {event} ON {table}
        BEGIN UPDATE {table} SET seal = seal({SEALED[table]}) WHERE rowid = NEW.rowid; END"""


SCHEMA = (
    f"""CREATE TABLE submissions(
    tag TEXT PRIMARY KEY, spec_id TEXT NOT NULL, created REAL NOT NULL, backend TEXT NOT NULL,
    identity TEXT NOT NULL, asked TEXT NOT NULL, local INTEGER NOT NULL, plans TEXT NOT NULL,
    state TEXT NOT NULL CHECK(state IN {STATES}), instance TEXT, posted REAL, grace_until REAL,
    searched REAL, message TEXT NOT NULL DEFAULT '', seal TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX by_spec ON submissions(spec_id)",
    """CREATE TABLE remote_jobs(
    job_id TEXT PRIMARY KEY, tag TEXT NOT NULL REFERENCES submissions(tag), role TEXT NOT NULL,
    found REAL NOT NULL, status TEXT NOT NULL DEFAULT 'unknown', reason TEXT NOT NULL DEFAULT '',
    raw_file TEXT, raw_sha256 TEXT, usage_seconds REAL, facts TEXT NOT NULL DEFAULT '{}',
    seal TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE events(
    number INTEGER PRIMARY KEY AUTOINCREMENT, tag TEXT NOT NULL, time REAL NOT NULL,
    what TEXT NOT NULL, seal TEXT NOT NULL)""",
    *_sealing("submissions"),
    *_sealing("remote_jobs"),
    """CREATE TRIGGER events_stay BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END""",
    """CREATE TRIGGER events_last BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END""",
    f"PRAGMA user_version = {VERSION}",
)


class Clock:
    """Time of day and waiting; tests put another one in its place."""

    def now(self) -> float:
        """Seconds since 1970 (UTC): the only time that another process understands."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True)
class Job:
    """One line of the ledger.

    Attributes:
        tag: Unique name of the submission; the service knows the job by it, too.
        spec_id: What was to be run; the same for plans of the same run.
        job_id: Name that the service gave; None where none is known.
        backend: Name of the backend.
        state: Of `STATES`.
        created: When it was written down, ISO 8601, UTC.
        folder: Plans, raw results and results of this job.
        message: What has to be known, in words.
        duplicates: Further jobs that the service made of the same submission.
        usage_seconds: Seconds of the device that were charged, all jobs together; None where the
            service does not know yet.
        status: What the service last said about the job.
        local: Whether there is no service: it runs when it is fetched.
        new: Whether this call made it; False where it had been submitted before.
    """

    tag: str
    spec_id: str
    job_id: str | None
    backend: str
    state: str
    created: str
    folder: Path
    message: str = ""
    duplicates: tuple[str, ...] = ()
    usage_seconds: float | None = None
    status: str = "unknown"
    local: bool = False
    new: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self) | {"folder": str(self.folder), "duplicates": list(self.duplicates)}

    def __str__(self) -> str:
        state = self.state
        if state == "submitted" and self.status != "unknown" and not self.local:
            state = f"submitted, {self.status}"
        parts = [self.tag, state, self.backend, self.job_id or "no job id", self.created[:19]]
        return "  ".join([*parts, self.message] if self.message else parts)


@dataclass(frozen=True)
class Remote:
    """A job at the service; the fields are those of its row."""

    job_id: str
    role: str
    status: str
    reason: str
    raw_file: str | None
    raw_sha256: str | None
    usage_seconds: float | None
    facts: Mapping[str, Any]

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be had of it: its result is here, or it never will be."""
        return self.raw_file is not None or self.status in ("failed", "cancelled")


@dataclass(frozen=True)
class Row:
    """A submission; the fields are those of its row.

    `asked` is the id of what a verb asked for, by which it finds the job again without a plan;
    empty where plans were submitted.
    """

    tag: str
    spec_id: str
    created: float
    backend: str
    identity: Mapping[str, Any]
    asked: str
    local: bool
    plans: tuple[tuple[str, str], ...]
    state: str
    instance: str | None
    posted: float | None
    grace_until: float | None
    searched: float | None
    message: str
    remotes: tuple[Remote, ...]

    @property
    def unresolved(self) -> bool:
        """Whether it is not known if the service took it."""
        return self.state in UNRESOLVED


def iso(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601, UTC.

    >>> iso(0.0)
    '1970-01-01T00:00:00.000+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def remote_of(row: sqlite3.Row) -> Remote:
    """A job from its row."""
    plain = {name: row[name] for name in Remote.__dataclass_fields__}
    return Remote(**plain | {"facts": json.loads(row["facts"])})


def row_of(row: sqlite3.Row, remotes: tuple[Remote, ...]) -> Row:
    """A submission from its row."""
    names = [name for name in Row.__dataclass_fields__ if name != "remotes"]
    plain = {name: row[name] for name in names}
    plans = tuple((name, digest) for name, digest in json.loads(row["plans"]))
    read = {"plans": plans, "local": bool(row["local"]), "identity": json.loads(row["identity"])}
    return Row(**plain | read | {"remotes": remotes})
