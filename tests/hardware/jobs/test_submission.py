"""Submit, list, cancel: whatever the service does, every paid job ends in the ledger."""

import re

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import (
    SHOTS,
    changed,
    dropped,
    small_plan,
    tags,
)
from qiskit.primitives import StatevectorSampler
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.fake_provider import FakeFez

from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError, LedgerError
from qdml_quantum.hardware.jobs.ledger import BusyError, Ledger
from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit, submit_once
from qdml_quantum.hardware.jobs.transports.base import decode
from qdml_quantum.hardware.jobs.transports.local import LocalTransport
from qdml_quantum.hardware.jobs.transports.runtime import GRACE_SECONDS
from qdml_quantum.hardware.planning.setting import Setting
from qdml_quantum.runs.fetching import fetch

PLAN = small_plan()


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
    assert seen == [("posting", 1.6e9, GRACE_SECONDS)]
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


def once(ledger, service, asked="energy of a well", plan=PLAN, made=None):
    def prepare():
        if made is not None:
            made.append(plan)
        return plan, None

    return submit_once({"what": asked}, prepare, backend=service, ledger=ledger)


def test_what_a_verb_asks_for_is_planned_and_sent_once(ledger, service):
    """Another plan of the same, after a calibration, is not even made."""
    made = []
    first = once(ledger, service, made=made)
    for plan in (PLAN, small_plan(seed=5)):
        again = once(ledger, service, plan=plan, made=made)
        assert again.tag == first.tag and not again.new
    assert len(made) == len(service.bill) == 1
    assert once(ledger, service, "another thing", small_plan(seed=5)).new


def test_a_plan_that_was_submitted_belongs_to_the_first_verb_that_asks(ledger, service):
    job = submit(PLAN, ledger=ledger, backend=service)
    for _ in range(2):
        assert once(ledger, service).tag == job.tag
    (row,) = ledger.rows()
    assert row.asked and len(service.bill) == 1


def test_a_verb_sends_nothing_while_it_is_not_known_what_became_of_its_job(ledger, service):
    service.after["post"], service.before["find"] = dropped(), dropped(4)
    for _ in range(2):
        with pytest.raises(AmbiguousSubmissionError, match="Nothing else was sent"):
            once(ledger, service)
    service.before["find"] = []
    assert once(ledger, service).job_id == service.bill[0]["id"] and len(service.bill) == 1


def test_a_job_that_failed_is_asked_for_anew(ledger, service):
    service.first = "failed"
    job = once(ledger, service)
    jobs(ledger=ledger, refresh=True, service=service)
    service.first = "done"
    assert once(ledger, service).tag != job.tag and len(service.bill) == 2


def test_several_plans_in_one_job(ledger, service):
    plans = (PLAN, small_plan(seed=1, options={}))
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
        ({"options": {"twirling": {"enable_gates": True}}}, "one options"),
    ],
)
def test_plans_that_do_not_fit_into_one_job(ledger, service, other, words):
    with pytest.raises(ValueError, match=words):
        submit((PLAN, changed(PLAN, **other)), ledger=ledger, backend=service)
    for wrong in ((), "x", (PLAN, 1)):
        with pytest.raises(TypeError, match="`plans` must be a Plan"):
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


def test_nothing_is_sent_to_a_backend_that_is_not_ready(ledger, service):
    service.before["ready"] = [HardwareError("Backend `ibm_double` is offline.")]
    with pytest.raises(HardwareError, match="offline"):
        submit(PLAN, ledger=ledger, backend=service)
    assert jobs(ledger=ledger) == () and service.bill == []


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
    ledger.clock.sleep(GRACE_SECONDS + 2000)
    assert cancel(row.tag, ledger=ledger, backend=service).state == "void"


@pytest.fixture(scope="module")
def on_fez():
    """The plan for the fake Fez."""
    manager = generate_preset_pass_manager(1, backend=FakeFez(), seed_transpiler=0)
    settings = tuple(Setting(s.kind, manager.run(s.circuit)) for s in PLAN.settings)
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
    real = LocalTransport._run

    def run(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(LocalTransport, "_run", run)
    with pytest.raises(HardwareError, match="no room"):
        fetch(job, ledger=ledger)
    monkeypatch.setattr(LocalTransport, "_run", real)
    fetch(job, ledger=ledger)
