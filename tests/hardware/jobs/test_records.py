"""What is in the ledger, as values."""

from dataclasses import replace
from pathlib import Path

import pytest

from qdml_quantum.hardware.jobs.records import LIVE, NEXT, STATES, UNRESOLVED, Job, Remote, iso

JOB = Job("qdml-1", "s", "d7", "ibm_double", "submitted", "2020-01-01T00:00:00+00:00", Path("jobs"))


def test_job_prints_its_message():
    job = Job(
        "qdml-1", "s", None, "fake_fez", "void", "2020-01-01T00:00:00+00:00", Path("."), "why"
    )
    assert str(job) == "qdml-1  void  fake_fez  no job id  2020-01-01T00:00:00  why"


def test_a_job_shows_what_the_service_said_last():
    assert "submitted  " in str(JOB)
    assert "submitted, queued  " in str(replace(JOB, status="queued"))
    assert "submitted  " in str(replace(JOB, status="done", local=True))
    assert "done  " in str(replace(JOB, state="done", status="done"))


def test_a_job_is_plain_json():
    plain = replace(JOB, duplicates=("d8",), usage_seconds=2.0).to_dict()
    assert plain["folder"] == "jobs" and plain["duplicates"] == ["d8"]
    assert Job(**plain | {"folder": Path("jobs"), "duplicates": ("d8",)}).to_dict() == plain


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
