"""SIGKILL at every point between plan and result: no job is lost, none is made twice unseen.

A child does the work and kills itself before its n-th step, n = 0, 1, 2, ... until it gets through
(`mortal`). The parent then goes on as a user would: it runs the same commands again.
"""

from collections import Counter
from multiprocessing import get_all_start_methods

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import FakeClock, FakeService, quick_folder
from mortal import PLAN, cancels, fetches, in_a_child, judged_once, looks, submits

from qdml_quantum.hardware.errors import AmbiguousSubmissionError
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit
from qdml_quantum.hardware.jobs.transports.runtime import GRACE_SECONDS
from qdml_quantum.runs import fetching
from qdml_quantum.runs.fetching import fetch

if "forkserver" not in get_all_start_methods():
    pytest.skip("needs processes that fork", allow_module_level=True)


def every_kill(prepare, work, known, stride, least=10):
    """Kill before every step of a stride; yields fresh ledgers and services where that happened."""
    last, done = 0, False
    while not done:
        with quick_folder() as folder:
            service = FakeService(folder / "service")
            ledger = Ledger(folder / "ledger", clock=FakeClock())
            prepare(ledger, service)
            done = in_a_child(work, ledger, service, last, known)
            yield last, ledger, service
        last += stride
    assert last > least


STRIDES = pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)])
"""Every third step, and every one: three neighbouring steps seldom differ in what is known."""


@pytest.fixture
def known(monkeypatch):
    """What was judged already."""
    found = {}
    monkeypatch.setattr(fetching, "judge_plan", judged_once(found))
    return found


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
        ledger.clock.sleep(GRACE_SECONDS + 1)
        return submit(PLAN, ledger=ledger, backend=service)


@STRIDES
def test_kill_while_submitting(known, stride):
    outcomes = Counter()
    for _, ledger, service in every_kill(lambda *_: None, submits, known, stride):
        made = len(service.bill)
        job = submitted_again(ledger, service)
        fetch(job, ledger=ledger, backend=service)
        assert len(service.bill) == 1 and home(ledger, service)
        assert [row.state for row in ledger.rows()].count("done") == 1
        assert {row.state for row in ledger.rows()} <= {"done", "void"}
        assert job.new == (made == 0)
        outcomes["sent again" if job.new else "taken over"] += 1
    assert min(outcomes["sent again"], outcomes["taken over"]) > 5 // stride


@STRIDES
def test_kill_while_submitting_where_the_service_makes_two(known, stride):
    def prepare(ledger, service):
        service.copies = 2

    for _, ledger, service in every_kill(prepare, submits, known, stride):
        service.copies = 1
        fetch(submitted_again(ledger, service), ledger=ledger, backend=service)
        assert len(service.bill) in (1, 2) and home(ledger, service)
        (job, *_) = jobs(ledger=ledger)
        assert ("more jobs" in job.message) == (len(service.bill) == 2)


@STRIDES
def test_kill_while_fetching(known, stride):
    def prepare(ledger, service):
        service.copies = 2
        submit(PLAN, ledger=ledger, backend=service)

    counts = set()
    for _, ledger, service in every_kill(prepare, fetches, known, stride):
        (row,) = ledger.rows()
        result = fetch(row.tag, ledger=ledger, backend=service)
        assert len(service.bill) == 2 and home(ledger, service)
        assert ledger.row(row.tag).state == "done"
        counts.add(str([dict(one) for one in result.device.counts]))
        again = fetch(row.tag, ledger=ledger)
        assert str([dict(one) for one in again.device.counts]) in counts
    assert len(counts) == 1


@STRIDES
def test_kill_while_cancelling(known, stride):
    def prepare(ledger, service):
        service.copies, service.first = 2, "queued"
        submit(PLAN, ledger=ledger, backend=service)

    for _, ledger, service in every_kill(prepare, cancels, known, stride, least=4):
        (row,) = ledger.rows()
        assert cancel(row.tag, ledger=ledger, backend=service).state == "cancelled"
        assert {job["status"] for job in service.bill} == {"cancelled"}


@STRIDES
def test_kill_while_looking(known, stride):
    def prepare(ledger, service):
        service.after["post"] = [KeyboardInterrupt()]
        with pytest.raises(KeyboardInterrupt):
            submit(PLAN, ledger=ledger, backend=service)

    for _, ledger, service in every_kill(prepare, looks, known, stride):
        job = submit(PLAN, ledger=ledger, backend=service)
        fetch(job, ledger=ledger, backend=service)
        assert not job.new and len(service.bill) == 1 and home(ledger, service)
