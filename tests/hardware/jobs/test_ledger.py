"""The ledger: nothing that is written is lost, every fault is said in words."""

import errno
import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing, contextmanager
from multiprocessing import get_context

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import FakeClock, small_plan
from mortal import holds_lock

from qdml_quantum.hardware.errors import LedgerError
from qdml_quantum.hardware.jobs import ledger as module
from qdml_quantum.hardware.jobs.ledger import BusyError, Ledger, new_tag
from qdml_quantum.hardware.jobs.records import NEXT, SEALED, STATES, seal


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger", clock=FakeClock())


def intend(ledger, tag="qdml-1", spec_id="spec", **changes):
    known = {"backend": "ibm_double", "local": False, "instance": "crn"} | changes
    ledger.record_intent(tag, spec_id, [("plan-0", "00", 0)], **known)
    return tag


def test_a_submission_and_its_jobs_come_back_from_another_ledger_object(ledger):
    tag = intend(ledger)
    ledger.move(tag, "posting", posted=1.0, grace_until=2.0)
    assert ledger.adopt(tag, ["a"]) == ("a",)
    assert ledger.adopt(tag, ["a", "b"]) == ("b",)
    ledger.move(tag, "submitted", "words")
    ledger.record_status(tag, "a", "queued")
    ledger.record_usage(tag, "b", 2.5, {"timestamps": {"created": "now"}})
    row = Ledger(ledger.path).row(tag)
    assert (row.state, row.words, row.posted, row.grace_until) == ("submitted", "words", 1.0, 2.0)
    assert row.plans == (("plan-0", "00"),) and not row.local and row.instance == "crn"
    assert [(one.job_id, one.role, one.status) for one in row.remotes] == [
        ("a", "primary", "queued"),
        ("b", "duplicate", "unknown"),
    ]
    job = row
    assert (job.job_id, job.duplicates, job.usage_seconds) == ("a", ("b",), 2.5)
    assert job.folder == ledger.path / "jobs" / tag and job.created.startswith(
        "2020-09-13T12:26:40"
    )
    assert str(job).startswith("qdml-1  submitted, queued  ibm_double  a  2020-09-13T12:26:40")
    assert job.to_dict()["duplicates"] == ["b"]


def test_what_is_loaded_instead_of_run_is_said_with_the_job(ledger):
    known = {"backend": "ibm_double", "local": False}
    ledger.record_intent("qdml-1", "s", [("plan-0", "00", 0), ("plan-1", "01", 2)], **known)
    ledger.record_intent("qdml-2", "s", [("plan-0", "00")], **known)  # as older ledgers have it
    job, older = ledger.row("qdml-1"), ledger.row("qdml-2")
    assert job.to_dict()["preload"] == 2 and job.plans == (("plan-0", "00"), ("plan-1", "01"))
    assert "  first 2 step(s) loaded, not run" in str(job)
    assert older.preload == 0 and "loaded" not in str(older)


@pytest.mark.parametrize("state", STATES)
def test_only_known_steps_between_states(ledger, state):
    way = {
        "intent": [],
        "posting": ["posting"],
        "void": ["void"],
        "submitted": ["posting", "submitted"],
    }
    way |= {end: [*way["submitted"], end] for end in ("done", "failed", "cancelled")}
    tag = intend(ledger)
    for step in way[state]:
        ledger.move(tag, step)
    for other in STATES:
        if other != state and other not in NEXT[state]:
            with pytest.raises(LedgerError, match=f"is {state}: it can not become {other}"):
                ledger.move(tag, other)
    assert ledger.row(tag).state == state


def test_events_are_only_added(ledger):
    tag = intend(ledger)
    ledger.note(tag, "a word")
    assert [what for _, what in ledger.events(tag)][-1] == "a word"
    for statement in ("UPDATE events SET what=''", "DELETE FROM events"):
        with (
            sqlite3.connect(ledger.path / "ledger.sqlite") as connection,
            pytest.raises(sqlite3.DatabaseError, match="only added"),
        ):
            connection.execute(statement)
        connection.close()


def test_a_job_needs_a_submission(ledger):
    with pytest.raises(LedgerError, match="FOREIGN KEY"):
        ledger.adopt("qdml-none", ["a"])


def test_a_tag_is_written_once(ledger):
    intend(ledger)
    with pytest.raises(LedgerError, match="UNIQUE"):
        intend(ledger)
    assert len({new_tag() for _ in range(100)}) == 100


def test_jobs_are_found_by_tag_id_and_beginning(ledger):
    for tag in ("qdml-abc", "qdml-abd"):
        intend(ledger, tag)
    ledger.adopt("qdml-abc", ["job-1"])
    assert ledger.find("qdml-abc").tag == ledger.find("job-1").tag == ledger.find("abc").tag
    assert ledger.find(ledger.row("qdml-abd")).tag == "qdml-abd"
    for key, words in (("ab", "names qdml-abd, qdml-abc"), ("x", "names none"), ("", "none")):
        with pytest.raises(LedgerError, match=words):
            ledger.find(key)
    with pytest.raises(TypeError, match="a Job, a tag or a job id"):
        ledger.find(3)
    with pytest.raises(LedgerError, match="not in the ledger"):
        ledger.row("qdml-nothing")


def test_newest_first(ledger):
    for tag in ("qdml-1", "qdml-2"):
        intend(ledger, tag)
        ledger.clock.sleep(1)
    assert [row.tag for row in ledger.rows()] == ["qdml-2", "qdml-1"]
    assert ledger.rows(spec_id="other") == ()


def test_raw_results_are_kept_with_their_hash(ledger):
    tag = intend(ledger)
    ledger.folder(tag).mkdir()
    ledger.adopt(tag, ["a"])
    path = ledger.save_raw(tag, "a", b"bytes")
    row = ledger.row(tag)
    assert ledger.raw(row, row.remotes[0]) == b"bytes" and row.remotes[0].settled
    path.write_bytes(b"other")
    with pytest.raises(LedgerError, match="does not match its hash"):
        ledger.raw(row, row.remotes[0])
    aside = ledger.quarantine(tag, "a", "why")
    assert aside.read_bytes() == b"other" and not path.exists()
    assert not ledger.row(tag).remotes[0].settled
    assert ledger.leftover(tag, "a") is None


def test_names_from_elsewhere_stay_in_the_folder(ledger):
    tag = intend(ledger)
    ledger.folder(tag).mkdir()
    ledger.adopt(tag, ["../../../etc/passwd"])
    path = ledger.save_raw(tag, "../../../etc/passwd", b"x")
    assert path.parent == ledger.folder(tag)


def test_plans_are_kept_with_their_hash(ledger):
    plan = small_plan()
    stored = ledger.store("qdml-1", [plan, small_plan(seed=1)])
    ledger.record_intent("qdml-1", "s", stored, backend="b", local=True)
    first, second = ledger.plans(ledger.row("qdml-1"))
    assert first.spec_id == plan.spec_id and second.seed == 1
    file = ledger.folder("qdml-1") / "plan-0" / "circuits.qpy"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(LedgerError, match=r"can not be read.*does not match its hash"):
        ledger.plans(ledger.row("qdml-1"))


def test_the_folder_can_be_moved(ledger, tmp_path):
    stored = ledger.store("qdml-1", [small_plan()])
    ledger.record_intent("qdml-1", "s", stored, backend="b", local=True)
    ledger.adopt("qdml-1", ["a"])
    ledger.save_raw("qdml-1", "a", b"bytes")
    moved = tmp_path / "elsewhere"
    shutil.move(ledger.path, moved)
    other = Ledger(moved)
    row = other.row("qdml-1")
    assert other.raw(row, row.remotes[0]) == b"bytes" and len(other.plans(row)) == 1


def test_only_the_owner_can_read(ledger):
    ledger.store("qdml-1", [small_plan()])
    with ledger.lock("a"):
        for path in (ledger.path, *ledger.path.rglob("*")):
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_an_open_folder_is_closed(tmp_path):
    (tmp_path / "open").mkdir(mode=0o755)
    Ledger(tmp_path / "open")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o700


def test_no_token_is_written(ledger, monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "a-secret-token-123")
    tag = intend(ledger)
    words = "a-secret-token-123 and Bearer eyJhbGciOi"
    ledger.move(tag, "posting", words)
    ledger.note(tag, words)
    ledger.adopt(tag, ["a"])
    ledger.record_status(tag, "a", "failed", words)
    content = b"".join(p.read_bytes() for p in ledger.path.rglob("*") if p.is_file())
    assert b"a-secret" not in content and b"eyJhb" not in content and b"***" in content


def test_default_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "named"))
    assert Ledger().path == tmp_path / "named"
    monkeypatch.delenv("QDML_LEDGER")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert Ledger().path == tmp_path / "data" / "qdml_quantum"
    assert Ledger.of(None).path == Ledger.of(str(Ledger().path)).path


def test_every_commit_is_on_the_disk(ledger):
    with ledger._connection() as connection:
        found = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
        ]
    assert found == ["wal", 2, 1, 3]


# -- faults ----------------------------------------------------------------------------------------


def test_lock_between_processes(ledger):
    other = Ledger(ledger.path)
    busy = pytest.raises(BusyError, match="Another process is at work")
    with ledger.lock("qdml-1"), other.lock("qdml-2"), busy, other.lock("qdml-1"):
        pass
    with ledger.lock("qdml-1"):
        pass


def test_a_lock_is_free_when_its_process_was_killed(ledger):
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=holds_lock, args=(ledger.path, "qdml-1", there))
    child.start()
    assert here.recv() == "held"
    with pytest.raises(BusyError), ledger.lock("qdml-1"):
        pass
    child.kill()
    child.join()
    with ledger.lock("qdml-1"):
        pass


def test_locked(ledger, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.01)
    other = sqlite3.connect(ledger.path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match=r"locked by another process\. Wait until it has ended"):
        intend(ledger)
    other.execute("ROLLBACK")
    other.close()
    intend(ledger)


def changed_connection(monkeypatch, **how):
    """Let the ledger open its file otherwise; the errors are those of SQLite."""
    real = sqlite3.connect

    def connect(path, **options):
        uri = f"file:{path}?mode={how.get('mode', 'rw')}"
        connection = real(uri, uri=True, **options)
        if "pages" in how:
            connection.execute(f"PRAGMA max_page_count={how['pages']}")
        return connection

    monkeypatch.setattr(module.sqlite3, "connect", connect)


def test_read_only(ledger, monkeypatch):
    tag = intend(ledger)
    changed_connection(monkeypatch, mode="ro")
    with pytest.raises(LedgerError, match=r"can not be written\. Make the folder writable"):
        ledger.note(tag, "x")


def test_no_file(ledger, monkeypatch):
    (ledger.path / "ledger.sqlite").unlink()
    changed_connection(monkeypatch)
    with pytest.raises(LedgerError, match="can not be written"):
        ledger.rows()


def test_full_disk_in_the_tables(ledger, monkeypatch):
    tag = intend(ledger)
    changed_connection(monkeypatch, pages=1)
    with pytest.raises(LedgerError, match=r"is full\. Make room, then run the same command again"):
        ledger.note(tag, "x" * 100_000)
    monkeypatch.undo()
    assert ledger.row(tag).state == "intent" and len(ledger.events(tag)) == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, r"is full\. Make room"),
        (errno.EDQUOT, r"is full\. Make room"),
        (errno.EROFS, "can not be written"),
        (errno.EACCES, "can not be written"),
        (errno.EIO, "could not be read or written"),
    ],
)
def test_disk_that_does_not_take_files(ledger, monkeypatch, number, words):
    tag = intend(ledger)
    ledger.folder(tag).mkdir()
    ledger.adopt(tag, ["a"])

    def fsync(_):
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(LedgerError, match=words) as caught:
        ledger.save_raw(tag, "a", b"bytes")
    assert caught.value.__suppress_context__
    with pytest.raises(LedgerError, match=words):
        ledger.store("qdml-2", [small_plan()])
    monkeypatch.undo()
    assert ledger.row(tag).remotes[0].raw_file is None
    assert [p for p in ledger.folder(tag).iterdir() if p.name.startswith("raw-")] == []


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LedgerError, match="could not be read or written"):
        Ledger(tmp_path / "file")


@pytest.mark.parametrize("damage", ["garbage", "page", "cut"])
def test_damaged(ledger, damage):
    for number in range(50):
        intend(ledger, f"qdml-{number}")
    file = ledger.path / "ledger.sqlite"
    content = bytearray(file.read_bytes())
    if damage == "garbage":
        content = bytearray(os.urandom(5000))
    elif damage == "page":
        content[4096 : 4096 + 2000] = b"\xff" * 2000
    else:
        content = content[: len(content) // 2]
    file.write_bytes(bytes(content))
    with pytest.raises(LedgerError, match=r"is damaged .*Bring the folder back from a copy"):
        Ledger(ledger.path)


def test_newer_version(ledger):
    with sqlite3.connect(ledger.path / "ledger.sqlite") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(LedgerError, match=r"another version.*Install that version"):
        Ledger(ledger.path)


def test_a_ledger_of_the_version_before_is_taken_over(ledger):
    """The column that is called `asked` was `kind`: old rows are whole, and found by no verb."""
    tag = intend(ledger)
    with sqlite3.connect(ledger.path / "ledger.sqlite") as connection:
        connection.create_function("seal", -1, seal, deterministic=True)
        connection.execute("ALTER TABLE submissions RENAME COLUMN asked TO kind")
        connection.execute("PRAGMA user_version=2")
    connection.close()
    opened = Ledger(ledger.path)
    assert opened.row(tag).asked == "" and opened.rows(asked="0123") == ()
    opened.note(tag, "asked for", asked="0123")
    assert [row.tag for row in Ledger(ledger.path).rows(asked="0123")] == [tag]


# -- what is not as it was written -----------------------------------------------------------------


def full(ledger):
    """A ledger with a value in every column."""
    tag = intend(ledger, identity={"backend": "0a1b"}, instance="crn")
    ledger.move(tag, "posting", posted=1.5, grace_until=2.5)
    ledger.adopt(tag, ["job-a"])
    ledger.move(tag, "submitted", "words")
    ledger.record_status(tag, "job-a", "queued", "busy")
    ledger.record_usage(tag, "job-a", 2.5, {"timestamps": {}})
    return tag


@contextmanager
def without_seals(ledger):
    """A connection that changes rows as a fault of the disk does: nothing seals them again."""
    with closing(sqlite3.connect(ledger.path / "ledger.sqlite")) as connection, connection:
        connection.create_function("seal", -1, lambda *values: "0" * 16)
        yield connection


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, name)
        for table in ("submissions", "remote_jobs")
        for name in SEALED[table].split(", ")
    ],
)
def test_a_row_that_was_changed_is_never_read(ledger, table, column):
    tag = full(ledger)
    value = "done" if column == "state" else "qdml-2" if column == "tag" else "1e3"
    with without_seals(ledger) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(f"UPDATE {table} SET {column}=?", (value,))
    with pytest.raises(LedgerError, match="is not as it was written"):
        ledger.rows()
    with pytest.raises(LedgerError):
        ledger.row(tag)


def test_an_event_that_was_changed_is_never_read(ledger):
    tag = full(ledger)
    assert len(ledger.events(tag)) == 6
    with without_seals(ledger) as connection:
        connection.execute("DROP TRIGGER events_stay")
        connection.execute("UPDATE events SET what='nothing' WHERE number=2")
    with pytest.raises(LedgerError, match="a row of events"):
        ledger.events(tag)


def test_another_program_cannot_change_a_row(ledger):
    tag = full(ledger)
    other = closing(sqlite3.connect(ledger.path / "ledger.sqlite"))
    refused = pytest.raises(sqlite3.OperationalError, match="no such function: seal")
    with other as connection, refused:
        connection.execute("UPDATE submissions SET state='void'")
    assert ledger.row(tag).state == "submitted"


def test_a_ledger_without_its_database_is_no_new_one(ledger):
    full(ledger)
    (ledger.path / "jobs" / "qdml-1").mkdir()
    for file in ledger.path.glob("ledger.sqlite*"):
        file.unlink()
    with pytest.raises(LedgerError, match="it is missing, and there are jobs"):
        Ledger(ledger.path)
