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
from dataclasses import dataclass, field
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
class Job:
    """One line of the ledger: a submission, and what the service made of it.

    Attributes:
        tag: Unique name of the submission; the service knows the job by it, too.
        spec_id: What was to be run; the same for plans of the same run.
        created: When it was written down, ISO 8601, UTC.
        backend: Name of the backend.
        identity: What tells that from another one of its name, where there is no service.
        asked: Id of what a verb asked for, by which it finds the job again without a plan; empty
            where plans were submitted.
        local: Whether there is no service: it runs when it is fetched.
        plans: Their folders in that of the job, and their hashes.
        preload: First steps that are loaded instead of run; the most of any plan.
        state: Of `STATES`.
        instance: Part of the account that pays.
        posted: When it was sent, seconds since 1970.
        grace_until: Until when a request may still make a job of it.
        searched: When the service was last asked for its tag.
        words: What has to be known; `message` is more.
        remotes: Jobs at the service.
        folder: Plans, raw results and results of this job.
        new: Whether this call made it; False where it had been submitted before.
    """

    tag: str
    spec_id: str
    created: str
    backend: str
    identity: Mapping[str, Any] = field(repr=False)
    asked: str = field(repr=False)
    local: bool
    plans: tuple[tuple[str, str], ...] = field(repr=False)
    preload: int
    state: str
    instance: str | None
    posted: float | None = field(repr=False)
    grace_until: float | None = field(repr=False)
    searched: float | None = field(repr=False)
    words: str
    remotes: tuple[Remote, ...]
    folder: Path
    new: bool = False

    @property
    def job_id(self) -> str | None:
        """Name that the service gave; None where none is known."""
        return self.remotes[0].job_id if self.remotes else None

    @property
    def status(self) -> str:
        """What the service last said about the job."""
        return self.remotes[0].status if self.remotes else "unknown"

    @property
    def duplicates(self) -> tuple[str, ...]:
        """Further jobs that the service made of the same submission."""
        return tuple(one.job_id for one in self.remotes[1:])

    @property
    def usage_seconds(self) -> float | None:
        """Seconds of the device that were charged, all jobs together; None where not yet known."""
        known = [one.usage_seconds for one in self.remotes if one.usage_seconds is not None]
        return sum(known) if known else None

    @property
    def message(self) -> str:
        """What has to be known, in words."""
        more = ", ".join(self.duplicates)
        words = f"the service made more jobs of it than one: also {more}" if more else ""
        return "; ".join(part for part in (self.words, words) if part)

    @property
    def unresolved(self) -> bool:
        """Whether it is not known if the service took it."""
        return self.state in UNRESOLVED

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form of what is of use outside."""
        names = "tag spec_id job_id backend state created message usage_seconds status local new"
        shown = {name: getattr(self, name) for name in [*names.split(), "preload"]}
        return shown | {"folder": str(self.folder), "duplicates": list(self.duplicates)}

    def __str__(self) -> str:
        state = self.state
        if state == "submitted" and self.status != "unknown" and not self.local:
            state = f"submitted, {self.status}"
        loaded = f"first {self.preload} step(s) loaded, not run" if self.preload else ""
        parts = [self.tag, state, self.backend, self.job_id or "no job id", self.created[:19]]
        return "  ".join(part for part in (*parts, loaded, self.message) if part)


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


def job_of(row: sqlite3.Row, remotes: tuple[Remote, ...], folder: Path) -> Job:
    """A submission from its row."""
    names = SEALED["submissions"].split(", ")
    plain = {name: row[name] for name in names if name != "message"}
    plans = json.loads(row["plans"])
    read = {
        "created": iso(row["created"]),
        "plans": tuple((name, digest) for name, digest, *_ in plans),
        # Rows of older ledgers do not say it.
        "preload": max((loaded for _, _, *more in plans for loaded in more), default=0),
        "local": bool(row["local"]),
        "identity": json.loads(row["identity"]),
        "words": row["message"],
    }
    return Job(**plain | read | {"remotes": remotes, "folder": folder})
