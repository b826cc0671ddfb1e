"""Files of the ledger: for their owner only, on the disk before the next step, errors in words."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qdml_quantum.hardware.errors import LedgerError, scrubbed

ENVIRONMENT = "QDML_LEDGER"
"""Variable that names the folder."""
FILE, JOBS, LOCKS = "ledger.sqlite", "jobs", "locks"
"""What is in it."""

_OTHER = f"give another folder (--ledger, or ${ENVIRONMENT})"
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Errors of the disk and of SQLite as a `LedgerError` that says what to do.

    Args:
        path: Folder of the ledger.

    >>> with guarded(Path("/ledger")):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    qdml_quantum.hardware.errors.LedgerError: The disk with the ledger `/ledger` is full. Make \
room, then run the same command again: it goes on where it stopped.
    """
    try:
        yield
        return
    except sqlite3.Error as error:
        message = _of_sqlite(path, error)
    except OSError as error:
        message = _of_system(path, error)
    raise LedgerError(message) from None


def _of_sqlite(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", -1) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if code in _LOCKED:
        return (
            f"The ledger `{path}` is locked by another process. Wait until it has ended, then run "
            "the same command again."
        )
    if code in _READ_ONLY:
        return _read_only(path)
    if code in _DAMAGED:
        return damaged(path, str(error))
    return f"The ledger `{path}` could not be read or written ({error}). Run the command again."


def _of_system(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return _read_only(path)
    reason = scrubbed(str(error))
    return f"The ledger `{path}` could not be read or written ({reason}). Mend that, or {_OTHER}."


def _full(path: Path) -> str:
    return (
        f"The disk with the ledger `{path}` is full. Make room, then run the same command again: "
        "it goes on where it stopped."
    )


def _read_only(path: Path) -> str:
    return (
        f"The ledger `{path}` can not be written. Make the folder writable, copy it to a place "
        f"that is, or {_OTHER}."
    )


def damaged(path: Path, reason: str) -> str:
    """What to do about a ledger that is damaged."""
    words = " ".join(reason.split())
    return (
        f"The ledger `{path / FILE}` is damaged ({words}). Bring the folder back from a copy, or "
        f"move `{FILE}` (with its -wal and -shm) aside to begin a new one. Plans and results are "
        f"still in `{JOBS}`, and the service lists every job by its tag, which is the name of its "
        "folder there."
    )


def is_private(path: Path) -> bool:
    """Whether only the owner can read it."""
    return not path.stat().st_mode & 0o077


def make_private(folder: Path) -> None:
    """Let only the owner read a folder and all in it, and bring the names to the disk.

    What a link leads to is left alone.
    """
    folder.chmod(0o700)
    for entry in folder.iterdir():
        if entry.is_symlink():
            continue
        if entry.is_dir():
            make_private(entry)
        elif not is_private(entry):
            entry.chmod(0o600)
    sync(folder)


def sync(folder: Path) -> None:
    """Bring the names in a folder to the disk: a file may be there, and its name not yet."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def file_name(name: str) -> str:
    """A name that comes from elsewhere, as the name of a file.

    >>> file_name("d1abc"), len(file_name("../../etc/passwd"))
    ('d1abc', 32)
    """
    if re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]{0,79}", name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()[:32]
