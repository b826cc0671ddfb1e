"""Lost replies and duplicates: nothing is taken for a failure, nothing is paid for unseen."""

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import (
    FakeClock,
    dropped,
    refused,
    require_home,
    small_plan,
)

from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.submission import jobs, submit
from qdml_quantum.hardware.jobs.transports.runtime import GRACE_SECONDS
from qdml_quantum.runs.fetching import fetch

PLAN = small_plan()


def test_a_reply_that_is_lost(ledger, service):
    service.after["post"] = dropped()
    job = submit(PLAN, ledger=ledger, backend=service)
    assert job.new and job.job_id == service.bill[0]["id"] and "found by its tag" in job.message
    fetch(job, ledger=ledger, backend=service)
    assert len(service.bill) == 1


def test_a_reply_that_is_lost_and_a_service_that_does_not_answer(ledger, service):
    service.after["post"], service.before["find"] = dropped(), dropped()
    with pytest.raises(AmbiguousSubmissionError, match=r"not known.*same command again") as caught:
        submit(PLAN, ledger=ledger, backend=service)
    assert "The connection broke" in str(caught.value) and "100 more minutes" in str(caught.value)
    with pytest.raises(AmbiguousSubmissionError):
        service.before["find"] = dropped()
        fetch(ledger.rows()[0].tag, ledger=ledger, backend=service)
    job = submit(PLAN, ledger=ledger, backend=service)
    assert not job.new and len(service.bill) == 1
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)


def test_a_request_that_never_came_is_void_only_after_the_grace_period(ledger, service):
    service.before["post"] = dropped()
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    ledger.clock.sleep(GRACE_SECONDS - 1)
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    ledger.clock.sleep(2)
    service.before["find"] = dropped()
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    job = submit(PLAN, ledger=ledger, backend=service)
    assert job.new and [one.state for one in jobs(ledger=ledger)] == ["submitted", "void"]
    assert len(service.bill) == 1


def test_again_does_not_wait_for_what_is_unknown(ledger, service):
    service.before["post"] = dropped()
    with pytest.raises(AmbiguousSubmissionError, match="--again"):
        submit(PLAN, ledger=ledger, backend=service)
    assert submit(PLAN, ledger=ledger, backend=service, again=True).new


def test_grace_can_be_set(folder, service):
    ledger = Ledger(folder / "short", clock=FakeClock(), grace=10)
    service.before["post"] = dropped()
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    ledger.clock.sleep(11)
    assert submit(PLAN, ledger=ledger, backend=service).new


def test_a_refusal_is_no_riddle(ledger, service):
    service.before["post"] = refused()
    with pytest.raises(HardwareError, match=r"did not take the job.*401") as caught:
        submit(PLAN, ledger=ledger, backend=service)
    assert not isinstance(caught.value, AmbiguousSubmissionError)
    assert jobs(ledger=ledger)[0].state == "void"
    assert submit(PLAN, ledger=ledger, backend=service).new


def test_a_refusal_of_the_second_attempt_after_the_first_was_taken(ledger, service):
    service.after["post"] = refused()
    job = submit(PLAN, ledger=ledger, backend=service)
    assert job.state == "submitted" and len(service.bill) == 1


def test_a_job_that_is_listed_late_is_adopted_and_the_second_one_reported(ledger, service):
    service.first, service.hidden, service.after["post"] = "queued", True, dropped()
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    late = service.bill[0]
    ledger.clock.sleep(GRACE_SECONDS + 2000)
    service.hidden, service.first = False, "done"
    job = submit(PLAN, ledger=ledger, backend=service)
    service.job(late["id"], hidden=False)
    listed = jobs(ledger=ledger, refresh=True, service=service)
    assert [one.state for one in listed] == ["submitted", "cancelled"]
    assert (
        f"found late, after it was taken for void: a second job of the same run, besides {job.tag}"
        in (listed[1].message)
    )
    assert service.job(late["id"])["status"] == "cancelled"


def test_a_late_job_that_ran_is_fetched(ledger, service):
    service.hidden, service.after["post"] = True, dropped()
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    ledger.clock.sleep(GRACE_SECONDS + 2000)
    jobs(ledger=ledger, refresh=True, service=service)
    (row,) = ledger.rows()
    assert row.state == "void"
    service.job(service.bill[0]["id"], hidden=False)
    fetch(row.tag, ledger=ledger, backend=service)
    require_home(ledger, service)


def test_an_interrupted_intent_is_void_at_once(ledger, service):
    def stop():
        raise KeyboardInterrupt

    real, Ledger.move = Ledger.move, lambda *_, **__: stop()
    try:
        with pytest.raises(KeyboardInterrupt):
            submit(PLAN, ledger=ledger, backend=service)
    finally:
        Ledger.move = real
    assert jobs(ledger=ledger)[0].state == "intent"
    assert submit(PLAN, ledger=ledger, backend=service).new
    assert [job.state for job in jobs(ledger=ledger)] == ["submitted", "void"]


def test_duplicates_that_ran_are_reported_and_fetched(ledger, service):
    service.copies = 3
    job = submit(PLAN, ledger=ledger, backend=service)
    assert len(job.duplicates) == 2 and all(name in job.message for name in job.duplicates)
    result = fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)
    assert [one["reads"] for one in service.bill] == [1, 1, 1]
    (row,) = ledger.rows()
    assert len({one.raw_sha256 for one in row.remotes}) == 3
    assert result.device.job["other_jobs"] == list(job.duplicates)
    assert jobs(ledger=ledger)[0].usage_seconds == 6.0


def test_duplicates_that_wait_are_cancelled(ledger, service):
    service.copies, service.first = 2, "queued"
    job = submit(PLAN, ledger=ledger, backend=service)
    first, second = service.bill
    assert (first["status"], second["status"]) == ("cancelled", "queued")
    assert job.job_id == second["id"] and job.duplicates == (first["id"],)
    service.job(second["id"], status="done")
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)


def test_a_duplicate_stands_in_for_a_job_that_failed(ledger, service):
    service.copies = 2
    job = submit(PLAN, ledger=ledger, backend=service)
    service.job(job.job_id, status="failed", reason="no luck")
    result = fetch(job, ledger=ledger, backend=service)
    assert result.device.job["job_id"] == job.duplicates[0] and ledger.row(job.tag).state == "done"


def test_a_duplicate_that_is_listed_only_when_the_job_is_fetched(ledger, service):
    service.copies, service.hidden = 2, True
    job = submit(PLAN, ledger=ledger, backend=service)
    assert job.duplicates == ()
    for one in service.bill:
        service.job(one["id"], hidden=False)
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)
    assert len(jobs(ledger=ledger)[0].duplicates) == 1


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
def test_a_duplicate_that_is_listed_after_the_end(ledger, service, end):
    service.copies, service.hidden = 2, True
    job = submit(PLAN, ledger=ledger, backend=service)
    service.job(job.job_id, hidden=False, status=end)
    if end == "done":
        fetch(job, ledger=ledger, backend=service)
    else:
        with pytest.raises(HardwareError, match=end):
            fetch(job, ledger=ledger, backend=service)
    late = next(one["id"] for one in service.bill if one["id"] != job.job_id)
    service.job(late, hidden=False)
    ledger.clock.sleep(2 * GRACE_SECONDS)
    (shown,) = jobs(ledger=ledger, refresh=True, service=service)
    assert shown.duplicates == (late,) and "more jobs" in shown.message
    assert shown.state == ("done" if end == "done" else "submitted")
    if end == "done":
        require_home(ledger, service)
    result = fetch(job, ledger=ledger, backend=service)
    assert result.device.job["job_id"] == (job.job_id if end == "done" else late)
    require_home(ledger, service)
    calls = len(service.calls)
    jobs(ledger=ledger, refresh=True, service=service)
    assert len(service.calls) == calls
