"""SIGKILL at every point between plan and result: no job is lost, none is made twice unseen.

A child does the work and kills itself before its n-th step, n = 0, 1, 2, ... until it gets through.
Steps are all calls of the service (before and after their work), all changes of the ledger, and all
files. The parent then goes on as a user would: it runs the same commands again.
"""

import dataclasses
import os
import signal
from collections import Counter

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import FakeClock, FakeService, quick_folder, small_plan

from qdml_quantum.hardware import verdict
from qdml_quantum.hardware.carriers import grace_seconds
from qdml_quantum.hardware.errors import AmbiguousSubmissionError
from qdml_quantum.hardware.ledger import Ledger
from qdml_quantum.hardware.submission import cancel, fetch, jobs, submit

if not hasattr(os, "fork"):
    pytest.skip("needs processes that fork", allow_module_level=True)

PLAN = small_plan()
WRITES = ("intend", "move", "note", "adopt", "told", "charged", "keep", "set_aside", "store")


class Mortal:
    """Counts steps, and ends the process before one of them."""

    def __init__(self, last):
        self.left = last
        self.log = []

    def step(self, name):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        self.log.append(name)

    def wrapped(self, name, work, *, after=False):
        def call(*values, **named):
            self.step(f"before {name}")
            result = work(*values, **named)
            if after:
                self.step(f"after {name}")
            return result

        return call


def in_a_child(work, service, last):
    """Whether the work was finished; the child is killed before step `last`."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            mortal = Mortal(last)
            for name in WRITES:
                setattr(Ledger, name, mortal.wrapped(name, getattr(Ledger, name)))
            for name in ("post", "find", "status", "raw", "cancel", "usage"):
                setattr(service, name, mortal.wrapped(name, getattr(service, name), after=True))
            # Every file that is written whole ends in this.
            os.replace = mortal.wrapped("a file", os.replace, after=True)
            work()
            os.write(writer, b"+")
        except BaseException as error:
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    said = os.read(reader, 10_000)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    assert said in (b"", b"+"), said
    assert (said == b"") == (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
    return said == b"+"


def every_kill(work, least=10):
    """Kill before every step; yields fresh ledgers and services on which that happened."""
    last, done = 0, False
    while not done:
        with quick_folder() as folder:
            service = FakeService(folder / "service")
            ledger = Ledger(folder / "ledger", clock=FakeClock())
            prepared = work(ledger, service)
            done = in_a_child(prepared, service, last)
            yield last, ledger, service
        last += 1
    assert last > least


@pytest.fixture(autouse=True)
def quick_judge(monkeypatch):
    """Judge the same counts once: this takes longer than everything else here."""
    real, known = verdict.judge, {}

    def judge(plan, counts, *, job):
        key = str(counts)
        if key not in known:
            known[key] = real(plan, counts)
        return dataclasses.replace(known[key], job=job)

    monkeypatch.setattr(verdict, "judge", judge)


def home(ledger, service):
    """Every job that the service made is in the ledger, and the result of each that ran."""
    kept = {one.job_id: (row, one) for row in ledger.rows() for one in row.remotes}
    assert set(kept) == {job["id"] for job in service.bill}
    for job in service.bill:
        row, one = kept[job["id"]]
        if job["status"] == "done":
            assert ledger.raw(row, one)
    return True


def submitted_again(ledger, service):
    """What a user does: the same command, again after a while, until there is a job."""
    try:
        return submit(PLAN, ledger=ledger, backend=service)
    except AmbiguousSubmissionError:
        ledger.clock.sleep(grace_seconds() + 1)
        return submit(PLAN, ledger=ledger, backend=service)


def test_kill_while_submitting():
    outcomes = Counter()
    for _, ledger, service in every_kill(
        lambda ledger, service: lambda: submit(PLAN, ledger=ledger, backend=service)
    ):
        made = len(service.bill)
        job = submitted_again(ledger, service)
        fetch(job, ledger=ledger, backend=service)
        assert len(service.bill) == 1 and home(ledger, service)
        assert [row.state for row in ledger.rows()].count("done") == 1
        assert {row.state for row in ledger.rows()} <= {"done", "void"}
        assert job.new == (made == 0)
        outcomes["sent again" if job.new else "taken over"] += 1
    assert outcomes["sent again"] > 5 and outcomes["taken over"] > 5


def test_kill_while_submitting_where_the_service_makes_two():
    def work(ledger, service):
        service.copies = 2
        return lambda: submit(PLAN, ledger=ledger, backend=service)

    for _, ledger, service in every_kill(work):
        service.copies = 1
        fetch(submitted_again(ledger, service), ledger=ledger, backend=service)
        assert len(service.bill) in (1, 2) and home(ledger, service)
        (job, *_) = jobs(ledger=ledger)
        assert ("more jobs" in job.message) == (len(service.bill) == 2)


def test_kill_while_fetching():
    def work(ledger, service):
        service.copies = 2
        job = submit(PLAN, ledger=ledger, backend=service)
        return lambda: fetch(job, ledger=Ledger(ledger.path), backend=service)

    counts = set()
    for _, ledger, service in every_kill(work):
        (row,) = ledger.rows()
        result = fetch(row.tag, ledger=ledger, backend=service)
        assert len(service.bill) == 2 and home(ledger, service)
        assert ledger.row(row.tag).state == "done"
        counts.add(str([dict(one) for one in result.counts]))
        again = fetch(row.tag, ledger=ledger)
        assert str([dict(one) for one in again.counts]) in counts
    assert len(counts) == 1


def test_kill_while_cancelling():
    def work(ledger, service):
        service.copies, service.first = 2, "queued"
        job = submit(PLAN, ledger=ledger, backend=service)
        return lambda: cancel(job, ledger=ledger, backend=service)

    for _, ledger, service in every_kill(work, least=4):
        (row,) = ledger.rows()
        assert cancel(row.tag, ledger=ledger, backend=service).state == "cancelled"
        assert {job["status"] for job in service.bill} == {"cancelled"}


def test_kill_while_looking():
    def work(ledger, service):
        service.after["post"] = [KeyboardInterrupt()]
        with pytest.raises(KeyboardInterrupt):
            submit(PLAN, ledger=ledger, backend=service)
        return lambda: (
            jobs(ledger=ledger, refresh=True, service=service),
            jobs(ledger=ledger, refresh=True, service=service),
        )

    for _, ledger, service in every_kill(work):
        job = submit(PLAN, ledger=ledger, backend=service)
        fetch(job, ledger=ledger, backend=service)
        assert not job.new and len(service.bill) == 1 and home(ledger, service)
