"""Files of the ledger: private, on the disk, and errors in words."""

import errno
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from qdml_quantum.hardware.errors import LedgerError
from qdml_quantum.hardware.jobs.disk import (
    damaged,
    file_name,
    guarded,
    is_private,
    make_private,
    sync,
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_and_all_in_it_are_for_their_owner_only(tmp_path):
    inner = tmp_path / "open" / "inner"
    inner.mkdir(parents=True, mode=0o755)
    (inner / "file").write_text("x")
    (inner / "file").chmod(0o644)
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o755)
    (inner / "link").symlink_to(outside)
    make_private(tmp_path / "open")
    assert [mode(path) for path in (tmp_path / "open", inner, inner / "file")] == [
        0o700,
        0o700,
        0o600,
    ]
    assert mode(outside) == 0o755  # what a link leads to is left alone
    assert is_private(inner / "file") and (inner / "file").read_text() == "x"


def test_names_are_brought_to_the_disk(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", seen.append)
    sync(tmp_path)
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a/b", ".hidden", "-x", "x" * 81])
def test_strange_names_become_hashes(name):
    found = file_name(name)
    assert len(found) == 32 and set(found) <= set("0123456789abcdef")
    assert found == file_name(name) != file_name(name + "x")


@pytest.mark.parametrize("name", ["d1abc", "local-qdml-12", "A_b-9", "x" * 80])
def test_plain_names_stay(name):
    assert file_name(name) == name


def of_sqlite(code):
    error = sqlite3.OperationalError("words of SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "no"), r"is full\. Make room"),
        (OSError(errno.EROFS, "no"), "can not be written"),
        (OSError(errno.EIO, "no"), r"could not be read or written \(.*no\)"),
        (of_sqlite(sqlite3.SQLITE_FULL), r"is full\. Make room"),
        (of_sqlite(sqlite3.SQLITE_BUSY), "locked by another process"),
        (of_sqlite(sqlite3.SQLITE_IOERR_READ), r"words of SQLite\)\. Run the command again"),
        (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), "can not be written"),
        (of_sqlite(sqlite3.SQLITE_CORRUPT), "is damaged"),
    ],
)
def test_errors_say_what_to_do_and_stand_alone(error, words):
    with pytest.raises(LedgerError, match=words) as caught, guarded(Path("/ledger")):
        raise error
    assert "/ledger" in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_other_errors_pass(tmp_path):
    with pytest.raises(KeyError), guarded(tmp_path):
        raise KeyError("x")
    with guarded(tmp_path):
        pass


def test_damage_is_told_in_one_line():
    words = damaged(Path("/ledger"), "page 2\n  is wrong")
    assert "(page 2 is wrong)" in words and "ledger.sqlite" in words
