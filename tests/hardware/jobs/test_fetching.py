"""Bringing a job home: waited for, on the disk before it is read, judged from the raw result."""

import json
from dataclasses import replace

import pytest
from qiskit_aer import AerSimulator

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import (
    SHOTS,
    dropped,
    require_home,
    small_plan,
)

from qdml_quantum.hardware.errors import HardwareError, LedgerError
from qdml_quantum.hardware.jobs import fetching
from qdml_quantum.hardware.jobs.fetching import NotReadyError
from qdml_quantum.hardware.jobs.submission import jobs, submit
from qdml_quantum.hardware.jobs.transports.base import decode
from qdml_quantum.runs.fetching import fetch

PLAN = small_plan()


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


@pytest.mark.parametrize("more", [32, -32])
def test_more_shots_are_taken_and_fewer_are_not(ledger, service, more):
    """Twirling rounds them up, whether the plan or a sampler of the user's asks for it."""
    job = submit(PLAN, ledger=ledger, backend=service)
    service.job(job.job_id, shots=SHOTS + more)
    if more > 0:
        fetch(job, ledger=ledger, backend=service)
    else:
        with pytest.raises(HardwareError, match="32 shots"):
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


@pytest.mark.parametrize("local", [True, False])
def test_result_and_raw_both_damaged_come_again(ledger, service, local):
    backend = AerSimulator() if local else service
    plan = small_plan(backend=backend.name, local=True) if local else PLAN
    job = submit(plan, ledger=ledger, backend=backend)
    first = fetch(job, ledger=ledger, backend=backend)
    for file in ledger.folder(job.tag).rglob("*.json"):
        if file.name.startswith("raw-") or file.parent.name == "result-0":
            file.write_text("{}")
    again = fetch(job, ledger=ledger, backend=backend)
    assert dict(again.counts) == dict(first.counts)


def test_a_job_that_is_done_without_a_result_says_so(ledger, service):
    """Whatever took the last raw result away."""
    job = submit(PLAN, ledger=ledger, backend=service)
    fetch(job, ledger=ledger, backend=service)
    row = ledger.row(job.tag)
    bare = replace(row, remotes=tuple(replace(one, raw_file=None) for one in row.remotes))
    with pytest.raises(HardwareError, match=r"No result of job .* can be read any more"):
        fetching._judged(ledger, bare, lambda *_: None)


def test_garbage_that_was_saved_before_a_crash_is_asked_for_again(ledger, service):
    """A page with status 200 is on the disk with its hash; who fetched it died before reading."""
    job = submit(PLAN, ledger=ledger, backend=service)
    ledger.save_raw(job.tag, job.job_id, b"<html>maintenance</html>")
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
