"""The ledger: what was sent where, written before it is sent, so that a crash loses nothing.

A ledger is a folder with `ledger.sqlite` (write-ahead log, every commit on the disk before the next
step), `jobs/<tag>/` with plans, raw results and results, and `locks/`. Every path inside is
relative: the whole folder can be moved to another machine, where `fetch` goes on.
States and tables: `records`.

References:
    SQLite, Write-Ahead Logging, https://sqlite.org/wal.html.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from qdml_quantum.hardware.errors import LedgerError, scrubbed
from qdml_quantum.hardware.jobs.disk import (
    ENVIRONMENT,
    FILE,
    JOBS,
    LOCKS,
    damaged,
    file_name,
    guarded,
    is_private,
    make_private,
    sync,
)
from qdml_quantum.hardware.jobs.records import (
    DUPLICATE,
    NEXT,
    PRIMARY,
    RENAMED,
    SCHEMA,
    VERSION,
    Clock,
    Job,
    Remote,
    is_whole,
    iso,
    job_of,
    remote_of,
    seal,
)
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.extras import require
from qdml_quantum.support.messages import DamagedFileError
from qdml_quantum.support.store import write_bytes
from qdml_quantum.support.typed import typed

_BUSY_SECONDS = 10.0


class BusyError(LedgerError):
    """Another process is at work on the same job."""


class Ledger:
    """The ledger in a folder, which is made if need be, for its owner only.

    Args:
        path: Folder; default ``$QDML_LEDGER``, or `qdml_quantum` in the user's folder for data.
        clock: Tells the time.
        grace: Seconds after which a job that the service does not know was never taken; default
            longer than the client can go on trying to send it (`GRACE_SECONDS`).

    Raises:
        LedgerError: It is locked, read-only, damaged, of a newer version, or the disk is full.
        ImportError: The extra `hardware` is not installed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Ledger(folder).rows()
    ()
    """

    @typed
    def __init__(
        self,
        path: str | Path | None = None,
        *,
        clock: Clock | None = None,
        grace: float | None = None,
    ) -> None:
        self.path = _folder(path)
        self.clock, self.grace = clock or Clock(), grace
        with guarded(self.path):
            for folder in (self.path, self.path / JOBS, self.path / LOCKS):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not is_private(self.path):
                self.path.chmod(0o700)
            with self._connection() as connection:
                self._prepare(connection)

    @classmethod
    def of(cls, ledger: Ledger | str | Path | None) -> Ledger:
        """A ledger as it is given: itself, its folder, or None for the default one."""
        return ledger if isinstance(ledger, Ledger) else cls(ledger)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                if any((self.path / JOBS).iterdir()):
                    raise LedgerError(damaged(self.path, "it is missing, and there are jobs"))
                for statement in SCHEMA:
                    connection.execute(statement)
                version = VERSION
            if version == VERSION - 1:
                connection.execute(RENAMED)
                connection.execute(f"PRAGMA user_version = {VERSION}")
                version = VERSION
        if version != VERSION:
            raise LedgerError(
                f"The ledger `{self.path}` was written by another version of qdml-quantum (its "
                f"tables have version {version}, this one knows {VERSION}). Install that version."
            )
        (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if state != "ok":
            raise LedgerError(damaged(self.path, str(state)))

    # -- writing: each of these is on the disk when it returns -----------------------------------

    def record_intent(
        self,
        tag: str,
        spec_id: str,
        plans: Sequence[tuple[str, str, int]],
        *,
        backend: str,
        asked: str = "",
        local: bool,
        instance: str | None = None,
        identity: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down that a job will be sent, after its plans are on the disk."""
        stored = json.dumps([list(plan) for plan in plans])
        told, now = json.dumps(dict(identity or {})), self.clock.now()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO submissions(tag, spec_id, created, backend, identity, asked, local,"
                " plans, state, instance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intent', ?)",
                (tag, spec_id, now, backend, told, asked, local, stored, instance),
            )
            self._log(connection, tag, f"intent: {len(plans)} plan(s) {spec_id} for {backend}")

    def move(self, tag: str, state: str, message: str = "", **columns: Any) -> None:
        """Change the state of a submission, with other columns and its message.

        Raises:
            LedgerError: No such step: what is done stays done.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT state FROM submissions WHERE tag=?", (tag,)).fetchone()
            if row is None or (state != row["state"] and state not in NEXT[row["state"]]):
                current = "not in the ledger" if row is None else row["state"]
                raise LedgerError(f"Submission `{tag}` is {current}: it can not become {state}.")
            values = {"state": state, "message": scrubbed(message), **columns}
            _update(connection, "submissions", {"tag": tag}, values)
            self._log(connection, tag, f"{state}: {message}" if message else state)

    def note(self, tag: str, what: str, job_id: str | None = None, **columns: Any) -> None:
        """Add an event, and change columns of the submission, or of one of its jobs."""
        with self._writing() as connection:
            if job_id is not None:
                _update(connection, "remote_jobs", {"job_id": job_id}, columns)
            elif columns:
                _update(connection, "submissions", {"tag": tag}, columns)
            self._log(connection, tag, what)

    def adopt(self, tag: str, job_ids: Sequence[str]) -> tuple[str, ...]:
        """Write down jobs of the service; the first of a submission is primary. The new ones."""
        with self._writing() as connection:
            mine = connection.execute("SELECT job_id FROM remote_jobs WHERE tag=?", (tag,))
            known = {row["job_id"] for row in mine}
            new = [job_id for job_id in dict.fromkeys(job_ids) if job_id not in known]
            for number, job_id in enumerate(new):
                role = DUPLICATE if known or number else PRIMARY
                connection.execute(
                    "INSERT INTO remote_jobs(job_id, tag, role, found) VALUES (?, ?, ?, ?)",
                    (job_id, tag, role, self.clock.now()),
                )
                self._log(connection, tag, f"{role} job {job_id}")
        return tuple(new)

    def record_status(self, tag: str, job_id: str, status: str, reason: str = "") -> None:
        """Write down what the service says about a job, where that is news."""
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE remote_jobs SET status=?, reason=? WHERE job_id=? AND status<>?",
                (status, scrubbed(reason), job_id, status),
            ).rowcount
            if changed:
                self._log(
                    connection, tag, f"job {job_id} is {status}" + f": {reason}" * bool(reason)
                )

    def record_usage(self, tag: str, job_id: str, seconds: float, facts: Mapping[str, Any]) -> None:
        """Write down what a job cost, and when it ran."""
        words = f"job {job_id} used {seconds:g} s of the device"
        self.note(tag, words, job_id, usage_seconds=seconds, facts=json.dumps(dict(facts)))

    def save_raw(self, tag: str, job_id: str, raw: bytes) -> Path:
        """Save the raw result of a job, then its hash; nothing has been read of it by then."""
        path = self._raw_file(tag, job_id)
        with guarded(self.path):
            digest = write_bytes(path, raw)
            make_private(path.parent)
        words = f"raw result of {job_id}: {len(raw)} bytes, {digest[:12]}"
        self.note(tag, words, job_id, raw_file=path.name, raw_sha256=digest, status="done")
        return path

    def quarantine(self, tag: str, job_id: str, why: str) -> Path:
        """Keep a raw result that can not be read under another name, and forget its hash."""
        path, content = self._raw_file(tag, job_id), self.leftover(tag, job_id)
        digest = hashlib.sha256(content or b"").hexdigest()
        aside = path.with_suffix(f".damaged-{digest[:8]}.json")
        if content is not None:
            with guarded(self.path):
                os.replace(path, aside)
        words = f"set {aside.name} aside: {why}"
        self.note(tag, words, job_id, raw_file=None, raw_sha256=None)
        return aside

    def leftover(self, tag: str, job_id: str) -> bytes | None:
        """A raw result that was saved whole by a process that died before it could say so."""
        path = self._raw_file(tag, job_id)
        with guarded(self.path):
            return path.read_bytes() if path.exists() else None

    def _raw_file(self, tag: str, job_id: str) -> Path:
        return self.folder(tag) / f"raw-{file_name(job_id)}.json"

    def store(self, tag: str, plans: Sequence[Plan]) -> tuple[tuple[str, str, int], ...]:
        """Save plans into the folder of a job; their relative folders, hashes, and preloads."""
        stored = []
        with guarded(self.path):
            for number, plan in enumerate(plans):
                folder = self.folder(tag) / f"plan-{number}"
                stored.append((folder.name, plan.save(folder), plan.preload))
            make_private(self.folder(tag))
            sync(self.path / JOBS)
        return tuple(stored)

    # -- reading ---------------------------------------------------------------------------------

    def folder(self, tag: str) -> Path:
        """Folder of a job."""
        return self.path / JOBS / tag

    def plans(self, row: Job) -> tuple[Plan, ...]:
        """Plans of a submission.

        Raises:
            LedgerError: A file is missing or does not match its hash.
        """
        try:
            return tuple(Plan.load(self.folder(row.tag) / name, sha) for name, sha in row.plans)
        except (OSError, DamagedFileError) as error:
            raise LedgerError(
                f"A plan of `{row.tag}` in the ledger can not be read. {error} Bring the folder "
                f"`{self.folder(row.tag)}` back from a copy; the job itself is safe."
            ) from None

    def raw(self, row: Job, remote: Remote) -> bytes:
        """Raw result of a job, after its hash was checked.

        Raises:
            LedgerError: The file is missing or does not match its hash.
        """
        content = self.leftover(row.tag, remote.job_id) or b""
        if hashlib.sha256(content).hexdigest() != remote.raw_sha256:
            path = self._raw_file(row.tag, remote.job_id)
            raise LedgerError(f"The raw result `{path}` is missing or does not match its hash.")
        return content

    def row(self, tag: str) -> Job:
        """A submission.

        Raises:
            LedgerError: There is no such tag.
        """
        for row in self.rows(tag=tag):
            return row
        raise LedgerError(f"Submission `{tag}` is not in the ledger `{self.path}`.")

    def rows(self, **wanted: str) -> tuple[Job, ...]:
        """Submissions, newest first; all rows are checked, since one that was changed may hide.

        Args:
            wanted: Columns of it by name and the values they must have: tag, spec_id, asked.
        """
        with guarded(self.path), self._connection() as connection:
            submissions = connection.execute(
                "SELECT * FROM submissions ORDER BY created DESC, rowid DESC"
            ).fetchall()
            remotes = connection.execute("SELECT * FROM remote_jobs ORDER BY rowid").fetchall()
        self._require_whole("submissions", submissions)
        self._require_whole("remote_jobs", remotes)
        mine: dict[str, list[Remote]] = {}
        for remote in remotes:
            mine.setdefault(remote["tag"], []).append(remote_of(remote))
        return tuple(
            job_of(row, tuple(mine.get(row["tag"], ())), self.folder(row["tag"]))
            for row in submissions
            if all(row[name] == value for name, value in wanted.items())
        )

    def find(self, key: Job | str) -> Job:
        """The submission that is meant by a `Job`, a tag or the beginning of one, or a job id.

        Raises:
            LedgerError: None or several are.
        """
        if not isinstance(key, Job | str):
            raise TypeError(f"Argument `job` must be a Job, a tag or a job id, but is {key!r}.")
        name = key.tag if isinstance(key, Job) else key
        rows = self.rows()
        exact = [r for r in rows if name == r.tag or name in {one.job_id for one in r.remotes}]
        starts = tuple({name, f"qdml-{name}"}) if name else ()
        matches = exact or [row for row in rows if starts and row.tag.startswith(starts)]
        if len(matches) == 1:
            return matches[0]
        which = "none" if not matches else ", ".join(row.tag for row in matches)
        raise LedgerError(
            f"Job `{name}` must name one job of the ledger `{self.path}`, but names {which}. "
            "`qdml jobs` lists them."
        )

    def events(self, tag: str) -> tuple[tuple[str, str], ...]:
        """What happened to a submission, oldest first: time (ISO 8601, UTC) and words."""
        with guarded(self.path), self._connection() as connection:
            rows = connection.execute(
                "SELECT * FROM events WHERE tag=? ORDER BY number", (tag,)
            ).fetchall()
        self._require_whole("events", rows)
        return tuple((iso(row["time"]), row["what"]) for row in rows)

    def _require_whole(self, table: str, rows: Sequence[sqlite3.Row]) -> None:
        for row in rows:
            if not is_whole(table, row):
                words = f"a row of {table} about `{row['tag']}` is not as it was written"
                raise LedgerError(damaged(self.path, words))

    # -- the rest --------------------------------------------------------------------------------

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock between processes; the system frees it when the process ends, however.

        Raises:
            LedgerError: Another process holds it.
        """
        lock = FileLock(self.path / LOCKS / f"{file_name(name)}.lock", mode=0o600)
        with guarded(self.path):
            try:
                lock.acquire(timeout=0.0)
            except Timeout:
                raise BusyError(
                    f"Another process is at work on `{name}` in the ledger `{self.path}`. Wait "
                    "until it has ended, then run the same command again."
                ) from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with guarded(self.path), self._connection() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for every step: safe across forks, and the log is put away."""
        path = self.path / FILE
        with closing(
            sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        ) as connection:
            connection.row_factory = sqlite3.Row
            connection.create_function("seal", -1, seal, deterministic=True)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            if not is_private(path):
                path.chmod(0o600)
            yield connection

    def _log(self, connection: sqlite3.Connection, tag: str, what: str) -> None:
        connection.execute(
            "INSERT INTO events(tag, time, what, seal) VALUES (?1, ?2, ?3, seal(?1, ?2, ?3))",
            (tag, self.clock.now(), scrubbed(what)),
        )


def new_tag() -> str:
    """A name that no other submission has.

    >>> len(new_tag())
    21
    """
    return f"qdml-{secrets.token_hex(8)}"


def _folder(path: str | Path | None) -> Path:
    if path is None:
        given = os.environ.get(ENVIRONMENT)
        path = given or require("platformdirs").user_data_path("qdml_quantum", appauthor=False)
    return Path(path).expanduser().absolute()


def _update(
    connection: sqlite3.Connection, table: str, key: dict[str, str], columns: Mapping[str, Any]
) -> None:
    names, where = (", ".join(f"{name}=:{name}" for name in part) for part in (columns, key))
    connection.execute(f"UPDATE {table} SET {names} WHERE {where}", {**columns, **key})
