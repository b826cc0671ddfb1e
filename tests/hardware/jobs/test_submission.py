"""Submit, fetch, list, cancel: whatever the service does, every paid job ends in the ledger."""

import json
import re

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import (
    SHOTS,
    FakeClock,
    FakeService,
    changed,
    dropped,
    quick_folder,
    refused,
    small_plan,
)
from qiskit.primitives import StatevectorSampler
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.fake_provider import FakeFez

from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError, LedgerError
from qdml_quantum.hardware.jobs import fetching
from qdml_quantum.hardware.jobs.carriers import LocalCarrier, decode, grace_seconds
from qdml_quantum.hardware.jobs.fetching import NotReadyError
from qdml_quantum.hardware.jobs.ledger import BusyError, Ledger
from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit
from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.setting import Setting
from qdml_quantum.runs.fetching import fetch

PLAN = small_plan()


@pytest.fixture
def folder():
    with quick_folder() as path:
        yield path


@pytest.fixture
def ledger(folder):
    return Ledger(folder / "ledger", clock=FakeClock())


@pytest.fixture
def service(folder):
    return FakeService(folder / "service")


def tags(service):
    return {job["tag"] for job in service.bill}


def require_home(ledger, service):
    """Every job that ran is in the ledger with its result."""
    kept = {one.job_id: one for row in ledger.rows() for one in row.remotes}
    for job in service.bill:
        assert job["id"] in kept
        if job["status"] == "done":
            assert kept[job["id"]].raw_sha256


# -- the straight way ------------------------------------------------------------------------------


def test_submit_fetch_and_fetch_again(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    assert job.new and job.state == "submitted" and job.job_id == service.bill[0]["id"]
    assert tags(service) == {job.tag}
    result = fetch(job, ledger=ledger, backend=service)
    assert [sum(counts.values()) for counts in result.device.counts] == [SHOTS, SHOTS]
    assert ledger.row(job.tag).state == "done"
    again = fetch(job.tag, ledger=ledger.path)
    assert [dict(c) for c in again.device.counts] == [dict(c) for c in result.device.counts]
    assert service.bill[0]["reads"] == 1
    (listed,) = jobs(ledger=ledger)
    assert (listed.state, listed.usage_seconds, listed.status) == ("done", 2.0, "done")
    assert "tag" in result.device.job and result.device.job["usage_seconds"] == 2.0


def test_order_of_the_steps(ledger, service):
    seen = []

    def look():
        (row,) = ledger.rows()
        folder = ledger.folder(row.tag) / "plan-0"
        assert len(ledger.plans(row)) == 1 and (folder / "plan.json").exists()
        seen.append((row.state, row.posted, row.grace_until - row.posted))

    service.before["post"] = [look]
    submit(PLAN, ledger=ledger, backend=service)
    assert seen == [("posting", 1.6e9, grace_seconds())]
    assert service.calls == ["ready", "post", "find"]


def test_one_job_for_one_specification(ledger, service):
    first = submit(PLAN, ledger=ledger, backend=service)
    second = submit(PLAN, ledger=ledger, backend=service)
    assert not second.new and second.tag == first.tag and "nothing was sent" in second.message
    fetch(first, ledger=ledger, backend=service)
    third = submit(small_plan(), ledger=ledger)
    assert not third.new and third.state == "done" and len(service.bill) == 1
    other = submit(small_plan(seed=1), ledger=ledger, backend=service)
    more = submit(PLAN, ledger=ledger, backend=service, again=True)
    assert other.new and more.new and len(service.bill) == 3


def test_several_plans_in_one_job(ledger, service):
    plans = (PLAN, small_plan(seed=1, mitigation=Mitigation()))
    job = submit(plans, ledger=ledger, backend=service)
    results = fetch(job, ledger=ledger, backend=service)
    assert len(results) == 2 and len(service.bill) == 1 and len(service.bill[0]["bits"]) == 4
    (row,) = ledger.rows()
    raw = decode(ledger.raw(row, row.remotes[0]))
    assert [dict(c) for result in results for c in result.device.counts] == raw
    assert [result.device.plan.seed for result in fetch(job, ledger=ledger)] == [0, 1]
    assert submit(plans[::-1], ledger=ledger, backend=service).new


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"shots": 128}, "one shots"),
        ({"backend": "ibm_other"}, "one backend"),
        ({"mitigation": Mitigation(twirling=True)}, "one mitigation"),
    ],
)
def test_plans_that_do_not_fit_into_one_job(ledger, service, other, words):
    with pytest.raises(ValueError, match=words):
        submit((PLAN, changed(PLAN, **other)), ledger=ledger, backend=service)
    for wrong in ((), "x", (PLAN, 1)):
        with pytest.raises(TypeError, match="a Plan or several"):
            submit(wrong, ledger=ledger, backend=service)
    assert service.calls == []


def test_two_processes_do_not_submit_the_same(ledger, service):
    busy = []

    def other():
        with pytest.raises(BusyError) as caught:
            submit(PLAN, ledger=Ledger(ledger.path), backend=service)
        busy.append(str(caught.value))
        (job,) = jobs(ledger=Ledger(ledger.path), refresh=True, service=service)
        busy.append(job.state)

    service.before["post"] = [other]
    submit(PLAN, ledger=ledger, backend=service)
    assert "Another process" in busy[0] and busy[1] == "posting" and len(service.bill) == 1


# -- lost replies ----------------------------------------------------------------------------------


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
    assert "The connection broke" in str(caught.value) and "99 more minutes" in str(caught.value)
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
    ledger.clock.sleep(grace_seconds() - 1)
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
    ledger.clock.sleep(grace_seconds() + 2000)
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
    ledger.clock.sleep(grace_seconds() + 2000)
    jobs(ledger=ledger, refresh=True, service=service)
    (row,) = ledger.rows()
    assert row.state == "void"
    service.job(service.bill[0]["id"], hidden=False)
    fetch(row.tag, ledger=ledger, backend=service)
    require_home(ledger, service)


def test_nothing_is_sent_to_a_backend_that_is_not_ready(ledger, service):
    service.before["ready"] = [HardwareError("Backend `ibm_double` is offline.")]
    with pytest.raises(HardwareError, match="offline"):
        submit(PLAN, ledger=ledger, backend=service)
    assert jobs(ledger=ledger) == () and service.bill == []


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


# -- duplicates ------------------------------------------------------------------------------------


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
    ledger.clock.sleep(2 * grace_seconds())
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


# -- fetching --------------------------------------------------------------------------------------


def test_waiting_grows_and_ends(ledger, service):
    service.first = "queued"
    job = submit(PLAN, ledger=ledger, backend=service)
    said = []
    with pytest.raises(NotReadyError, match=r"is queued\. Nothing is lost: run the same command"):
        fetch(job, ledger=ledger, backend=service, timeout=1000, progress=said.append)
    pauses = ledger.clock.pauses
    assert pauses[:3] == [1.0, 1.5, 2.25] and max(pauses) == 60 and sum(pauses) == 1000
    assert said == [f"Job {job.job_id} on ibm_double: queued."]
    calls = service.calls.count("status")
    with pytest.raises(NotReadyError):
        fetch(job, ledger=ledger, backend=service, timeout=0)
    assert service.calls.count("status") == calls + 1
    service.job(job.job_id, status="done")
    fetch(job, ledger=ledger, backend=service, timeout=0)


def test_progress_on_standard_error(ledger, service, capsys):
    job = submit(PLAN, ledger=ledger, backend=service)
    fetch(job, ledger=ledger, backend=service, progress=True)
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err == f"Job {job.job_id} on ibm_double: done.\n"


@pytest.mark.parametrize("method", ["status", "raw", "find", "usage"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_broken_connections_are_only_a_delay(ledger, service, method, moment):
    job = submit(PLAN, ledger=ledger, backend=service)
    getattr(service, moment)[method] = dropped(3)
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)


def test_a_service_that_is_gone(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    service.before["status"] = dropped(fetching.TRIES)
    with pytest.raises(HardwareError, match=r"connection broke.*Nothing is lost") as caught:
        fetch(job, ledger=ledger, backend=service)
    assert not isinstance(caught.value, NotReadyError)
    assert ledger.row(job.tag).state == "submitted"
    fetch(job, ledger=ledger, backend=service)


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"<html>"]
)
def test_a_result_that_is_cut_off_is_kept_and_asked_for_again(ledger, service, damage):
    job = submit(PLAN, ledger=ledger, backend=service)
    real, replies = service.raw, []

    def raw(job_id, plans):
        replies.append(real(job_id, plans))
        return damage(replies[-1]) if len(replies) == 1 else replies[-1]

    service.raw = raw
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)
    (aside,) = ledger.folder(job.tag).glob("raw-*.damaged-*.json")
    assert aside.read_bytes() == damage(replies[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d | {"circuits": d["circuits"][:1]}, "1 circuits, but 2 were sent"),
        (
            lambda d: d | {"circuits": [c | {"num_bits": 3} for c in d["circuits"]]},
            "2 bits, but has 3",
        ),
    ],
)
def test_counts_that_do_not_fit_are_not_believed(ledger, service, change, words):
    job = submit(PLAN, ledger=ledger, backend=service)
    real = service.raw
    service.raw = lambda *given: json.dumps(change(json.loads(real(*given)))).encode()
    with pytest.raises(HardwareError, match=words):
        fetch(job, ledger=ledger, backend=service)
    assert ledger.row(job.tag).state == "submitted"
    service.raw = real
    fetch(job, ledger=ledger, backend=service)


def test_too_few_shots_are_not_believed(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    service.job(job.job_id, shots=SHOTS - 1)
    with pytest.raises(HardwareError, match=f"63 shots, but {SHOTS} were sent"):
        fetch(job, ledger=ledger, backend=service)


def test_more_shots_only_with_twirling(ledger, service):
    for mitigation, fine in ((Mitigation(), False), (Mitigation(twirling=True), True)):
        job = submit(changed(PLAN, mitigation=mitigation), ledger=ledger, backend=service)
        service.job(job.job_id, shots=SHOTS + 32)
        if fine:
            fetch(job, ledger=ledger, backend=service)
        else:
            with pytest.raises(HardwareError, match="96 shots"):
                fetch(job, ledger=ledger, backend=service)


def test_the_raw_result_is_on_the_disk_before_it_is_read(ledger, service, monkeypatch):
    job = submit(PLAN, ledger=ledger, backend=service)
    seen = []

    def read(raw):
        row = ledger.row(job.tag)
        seen.append(ledger.raw(row, row.remotes[0]) == raw)
        return decode(raw)

    monkeypatch.setattr(fetching, "decode", read)
    fetch(job, ledger=ledger, backend=service)
    assert seen == [True, True]


def test_a_raw_result_that_was_damaged_on_the_disk_is_asked_for_again(ledger, service, monkeypatch):
    job = submit(PLAN, ledger=ledger, backend=service)
    monkeypatch.setattr(fetching, "_judged", lambda *_: ())
    fetch(job, ledger=ledger, backend=service)
    monkeypatch.undo()
    (path,) = ledger.folder(job.tag).glob("raw-*.json")
    path.write_bytes(path.read_bytes()[:-40])
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)
    assert service.bill[0]["reads"] == 2


def test_garbage_that_was_saved_before_a_crash_is_asked_for_again(ledger, service):
    """A page with status 200 is on the disk with its hash; who fetched it died before reading."""
    job = submit(PLAN, ledger=ledger, backend=service)
    ledger.keep(job.tag, job.job_id, b"<html>maintenance</html>")
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)
    assert service.bill[0]["reads"] == 1
    (aside,) = ledger.folder(job.tag).glob("raw-*.damaged-*.json")
    assert aside.read_bytes() == b"<html>maintenance</html>"


def test_another_claim_is_judged_from_the_raw_result(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    assert fetch(job, ledger=ledger, backend=service).success.confidence == 0.95
    strict = fetch(job, ledger=ledger, confidence=0.99, min_signal=0.7)
    assert (strict.success.confidence, strict.device.min_signal) == (0.99, 0.7)
    assert fetch(job, ledger=ledger).success.confidence == 0.99 and service.bill[0]["reads"] == 1


def test_results_that_were_damaged_are_made_again_from_the_raw_ones(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    first = fetch(job, ledger=ledger, backend=service)
    for file in (ledger.folder(job.tag) / "result-0").rglob("*.json"):
        file.write_text("{}")
    again = fetch(job, ledger=ledger)
    assert [dict(c) for c in again.device.counts] == [dict(c) for c in first.device.counts]
    assert service.bill[0]["reads"] == 1


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_job_that_ended_elsewhere(ledger, service, state):
    service.first = "queued"
    job = submit(PLAN, ledger=ledger, backend=service)
    service.job(job.job_id, status=state, reason="the reason" if state == "failed" else "")
    words = "the reason" if state == "failed" else "says that it was cancelled"
    for _ in range(2):
        with pytest.raises(HardwareError, match=rf"{state}.*{words}.*submitted anew"):
            fetch(job, ledger=ledger, backend=service)
    assert jobs(ledger=ledger)[0].state == state
    assert submit(PLAN, ledger=ledger, backend=service).new


def test_full_disk_while_fetching(ledger, service, monkeypatch):
    job = submit(PLAN, ledger=ledger, backend=service)

    def fsync(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(LedgerError, match="is full"):
        fetch(job, ledger=ledger, backend=service)
    monkeypatch.undo()
    fetch(job, ledger=ledger, backend=service)
    require_home(ledger, service)


def test_full_disk_before_the_job_is_sent(ledger, service, monkeypatch):
    def fsync(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(LedgerError, match="is full"):
        submit(PLAN, ledger=ledger, backend=service)
    assert service.bill == []


def test_full_disk_after_the_job_was_sent(ledger, service, monkeypatch):
    real = Ledger.adopt

    def adopt(*_):
        raise LedgerError("The disk is full.")

    monkeypatch.setattr(Ledger, "adopt", adopt)
    with pytest.raises(LedgerError):
        submit(PLAN, ledger=ledger, backend=service)
    monkeypatch.setattr(Ledger, "adopt", real)
    job = submit(PLAN, ledger=ledger, backend=service)
    assert not job.new and len(service.bill) == 1


# -- list and cancel -------------------------------------------------------------------------------


def test_refresh_asks_and_a_service_that_is_gone_is_no_error(ledger, service):
    service.first = "queued"
    job = submit(PLAN, ledger=ledger, backend=service)
    assert jobs(ledger=ledger)[0].status == "unknown"
    assert jobs(ledger=ledger, refresh=True, service=service)[0].status == "queued"
    service.before["find"] = dropped()
    assert jobs(ledger=ledger, refresh=True, service=service)[0].status == "queued"
    assert any("connection broke" in what for _, what in ledger.events(job.tag))
    service.job(job.job_id, status="failed", reason="why")
    (listed,) = jobs(ledger=ledger, refresh=True, service=service)
    assert listed.state == "failed" and "why" in listed.message


def test_cancel(ledger, service):
    service.first, service.copies = "queued", 2
    job = submit(PLAN, ledger=ledger, backend=service)
    assert cancel(job, ledger=ledger, backend=service).state == "cancelled"
    assert {one["status"] for one in service.bill} == {"cancelled"}
    assert cancel(job, ledger=ledger, backend=service).state == "cancelled"


def test_cancel_comes_too_late(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    late = cancel(job, ledger=ledger, backend=service)
    assert (late.state, late.status) == ("submitted", "done")
    fetch(job, ledger=ledger, backend=service)
    assert cancel(job, ledger=ledger, backend=service).state == "done"


def test_cancel_what_is_unknown(ledger, service):
    service.before["post"] = dropped()
    with pytest.raises(AmbiguousSubmissionError):
        submit(PLAN, ledger=ledger, backend=service)
    (row,) = ledger.rows()
    with pytest.raises(AmbiguousSubmissionError):
        cancel(row.tag, ledger=ledger, backend=service)
    ledger.clock.sleep(grace_seconds() + 2000)
    assert cancel(row.tag, ledger=ledger, backend=service).state == "void"


# -- without a service -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_fez():
    """The plan for the fake Fez."""
    manager = generate_preset_pass_manager(1, backend=FakeFez(), seed_transpiler=0)
    settings = tuple(Setting(s.kind, s.noise_factor, manager.run(s.circuit)) for s in PLAN.settings)
    return changed(PLAN, backend="fake_fez", local=True, settings=settings)


def test_fake_backend(ledger, on_fez):
    job = submit(on_fez, ledger=ledger)
    assert job.local and job.state == "submitted" and job.job_id == f"local-{job.tag}"
    assert not submit(on_fez, ledger=ledger).new
    result = fetch(job, ledger=ledger)
    assert [sum(counts.values()) for counts in result.device.counts] == [SHOTS, SHOTS]
    again = submit(on_fez, ledger=ledger, again=True)
    assert [dict(c) for c in fetch(again, ledger=ledger).device.counts] == [
        dict(c) for c in result.device.counts
    ]
    other = submit(changed(on_fez, seed=5), ledger=ledger)
    assert [dict(c) for c in fetch(other, ledger=ledger).device.counts] != [
        dict(c) for c in result.device.counts
    ]


def test_cancel_a_local_job(ledger, on_fez):
    job = submit(on_fez, ledger=ledger)
    assert cancel(job, ledger=ledger).state == "cancelled"
    with pytest.raises(HardwareError, match="was cancelled: cancelled before it ran"):
        fetch(job, ledger=ledger)


@pytest.mark.parametrize("given", [AerSimulator(), StatevectorSampler(seed=1)])
def test_an_object_has_to_be_given_again(ledger, given):
    name = getattr(given, "name", type(given).__name__)
    job = submit(changed(PLAN, backend=name, local=True), ledger=ledger, backend=given)
    with pytest.raises(HardwareError, match=re.escape("Pass the same object: fetch(job, backend=")):
        fetch(job, ledger=ledger)
    result = fetch(job, ledger=ledger, backend=given)
    assert [sum(counts.values()) for counts in result.device.counts] == [SHOTS, SHOTS]
    fetch(job, ledger=ledger)


def test_a_fake_object_is_found_by_its_name(ledger, on_fez):
    job = submit(on_fez, ledger=ledger, backend=FakeFez())
    fetch(job, ledger=ledger)


def test_a_run_that_fails_can_run_again(ledger, on_fez, monkeypatch):
    job = submit(on_fez, ledger=ledger)
    real = LocalCarrier._run

    def run(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(LocalCarrier, "_run", run)
    with pytest.raises(HardwareError, match="no room"):
        fetch(job, ledger=ledger)
    monkeypatch.setattr(LocalCarrier, "_run", real)
    fetch(job, ledger=ledger)
