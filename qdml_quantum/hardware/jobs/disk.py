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
_FULL_TABLES, _FULL_DISK = (sqlite3.SQLITE_FULL,), (errno.ENOSPC, errno.EDQUOT)
_READ_ONLY_TABLES = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_READ_ONLY_DISK = (errno.EROFS, errno.EACCES, errno.EPERM)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
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
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(_in_words(path, error)) from None


def _in_words(path: Path, error: sqlite3.Error | OSError) -> str:
    of_sqlite = isinstance(error, sqlite3.Error)
    code = (
        getattr(error, "sqlite_errorcode", -1) & 0xFF if of_sqlite else getattr(error, "errno", 0)
    )
    if code in (_FULL_TABLES if of_sqlite else _FULL_DISK):
        return (
            f"The disk with the ledger `{path}` is full. Make room, then run the same command "
            "again: it goes on where it stopped."
        )
    if code in (_READ_ONLY_TABLES if of_sqlite else _READ_ONLY_DISK):
        return (
            f"The ledger `{path}` can not be written. Make the folder writable, copy it to a place "
            f"that is, or {_OTHER}."
        )
    if of_sqlite and code in _LOCKED:
        return (
            f"The ledger `{path}` is locked by another process. Wait until it has ended, then run "
            "the same command again."
        )
    if of_sqlite and code in _DAMAGED:
        return damaged(path, str(error))
    remedy = "Run the command again." if of_sqlite else f"Mend that, or {_OTHER}."
    return f"The ledger `{path}` could not be read or written ({scrubbed(str(error))}). {remedy}"


def damaged(path: Path, reason: str) -> str:
    """What to do about a ledger that is damaged."""
    words = " ".join(reason.split())
    return (
        f"The ledger `{path / FILE}` is damaged ({words}). Bring the folder back from a copy, or "
        f"move it aside to begin a new one. Plans and results are still in its `{JOBS}`, and the "
        "service lists every job by its tag, which is the name of its folder there."
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
