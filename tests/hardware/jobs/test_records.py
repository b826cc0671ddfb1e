"""What is in the ledger, as values."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qdml_quantum.hardware.jobs.records import LIVE, NEXT, STATES, UNRESOLVED, Job, Remote, iso

REMOTE = Remote("d7", "primary", "unknown", "", None, None, None, {})
JOB = Job(
    tag="qdml-1",
    spec_id="s",
    created="2020-01-01T00:00:00+00:00",
    backend="ibm_double",
    identity={},
    asked="",
    local=False,
    plans=(),
    preload=0,
    state="submitted",
    instance=None,
    posted=None,
    grace_until=None,
    searched=None,
    words="",
    remotes=(REMOTE,),
    folder=Path("jobs"),
)


def heard(status):
    """The job, and what the service said of it last."""
    return replace(JOB, remotes=(replace(REMOTE, status=status),))


def test_job_prints_its_message():
    job = replace(JOB, backend="fake_fez", state="void", words="why", remotes=())
    assert str(job) == "qdml-1  void  fake_fez  no job id  2020-01-01T00:00:00  why"


def test_a_job_shows_what_the_service_said_last():
    assert "submitted  " in str(JOB)
    assert "submitted, queued  " in str(heard("queued"))
    assert "submitted  " in str(replace(heard("done"), local=True))
    assert "done  " in str(replace(heard("done"), state="done"))


def test_a_job_is_plain_json():
    more = (replace(REMOTE, usage_seconds=2.0), replace(REMOTE, job_id="d8", usage_seconds=1.0))
    plain = replace(JOB, words="why", remotes=more).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["folder"] == "jobs" and plain["duplicates"] == ["d8"]
    assert (plain["job_id"], plain["usage_seconds"], plain["created"]) == ("d7", 3.0, JOB.created)
    assert plain["message"] == "why; the service made more jobs of it than one: also d8"
    assert JOB.usage_seconds is None and "plans" not in plain and "plans" not in repr(JOB)


@pytest.mark.parametrize(
    ("status", "raw_file", "settled"),
    [
        ("unknown", None, False),
        ("queued", None, False),
        ("done", None, False),
        ("done", "raw.json", True),
        ("failed", None, True),
        ("cancelled", None, True),
    ],
)
def test_a_job_is_settled_where_nothing_more_can_come(status, raw_file, settled):
    remote = Remote("d7", "primary", status, "", raw_file, None, None, {})
    assert remote.settled is settled


def test_the_states_end_in_a_job_or_in_nothing():
    """Whatever is unknown can become a job; only what is done stays as it is."""
    assert set(NEXT) == set(STATES) and {s for after in NEXT.values() for s in after} <= set(STATES)
    for state in STATES:
        reached, seen = {state}, set()
        while reached - seen:
            one = (reached - seen).pop()
            seen.add(one)
            reached |= set(NEXT[one])
        assert "done" in reached
    assert NEXT["done"] == () and set(UNRESOLVED).isdisjoint(LIVE)


def test_times_are_utc():
    assert iso(1.6e9) == "2020-09-13T12:26:40.000+00:00"
