"""Kills at every point of the path of a job, with faults of the service: the short benchmark."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_49

pytestmark = since_49
BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

benchmark = importlib.import_module("ledger")
BAD = [*benchmark.BAD, "hung"]
EVERY = len(benchmark.POINTS) - 1


def run(folder, *options):
    """The benchmark in a process of its own: it forks, which a test process must not."""
    command = [sys.executable, str(BENCHMARKS / "ledger.py"), "--output", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    tables = {
        by: json.loads((folder / f"ledger_{by}.json").read_text())["rows"]
        for by in ("points", "faults", "verbs")
    }
    return done, {by: {row["name"]: row for row in rows} for by, rows in tables.items()}


def total(tables):
    everything = tables["points"].pop("all")
    assert everything == tables["faults"].pop("all") == tables["verbs"].pop("all")
    return everything


def assert_all_is_well(done, everything, count):
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert everything["trials"] == everything["results"] == count
    assert everything["kills"] >= count // 2
    assert everything["jobs"] >= count
    assert [everything[name] for name in BAD] == [0] * len(BAD)


@pytest.mark.slow
@pytest.mark.parametrize("count", [8, EVERY])
def test_every_paid_job_ends_in_the_ledger_after_kills_at_every_point(tmp_path, count):
    """At eight of the points, and at all of them; a kill before every step is in `test_kill`."""
    done, tables = run(tmp_path, "--trials", str(count), "--workers", "2", "--seed", "1")
    assert_all_is_well(done, total(tables), count)
    assert len(tables["points"]) >= count - 2


@pytest.mark.slow
def test_every_paid_job_ends_in_the_ledger_after_many_kills(tmp_path):
    done, tables = run(tmp_path, "--trials", "240", "--seed", "2")
    everything = total(tables)
    assert_all_is_well(done, everything, 240)
    assert everything["kills"] >= 200
    assert set(tables["faults"]) == set(benchmark.FAULTS)


@pytest.mark.slow
def test_a_verb_that_was_killed_pays_once_and_gives_what_it_gives_without(tmp_path):
    verbs = [verb for verb in benchmark.VERBS if verb != "job"]
    done, tables = run(tmp_path, "--verbs", *verbs, "--trials", "12", "--seed", "3")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    everything = total(tables)
    assert everything["trials"] == everything["results"] == 12 and everything["kills"] >= 10
    assert [everything[name] for name in BAD] == [0] * len(BAD)
    assert set(tables["verbs"]) == set(verbs)


# The comparison of bill and ledger, seen red.

JOB = {"id": "a", "state": "Completed", "sha256": "s"}
REMOTE = {"job_id": "a", "sha256": "s", "counts": [{"0": 3}]}
SHOWN = {"tag": "t", "job_id": "a", "state": "done", "duplicates": [], "message": ""}
ANSWER = {"ended": "done", "answer": [{"0": 3}]}


def compared(made=(JOB,), remotes=(REMOTE,), shown=(SHOWN,), answer=ANSWER, **known):
    found = benchmark.compared(list(made), {"remotes": remotes, "jobs": shown}, answer, **known)
    return [name for name in benchmark.BAD if found[name]]


def test_comparison_passes_where_all_is_well():
    assert compared() == []
    assert (
        compared(
            made=(JOB, JOB | {"id": "b", "state": "Failed"}),
            remotes=(REMOTE, {"job_id": "b", "sha256": None, "counts": None}),
        )
        == []
    )


@pytest.mark.parametrize(
    ("changes", "bad"),
    [
        ({"remotes": ()}, ["lost", "no_result", "wrong_counts"]),
        ({"remotes": (REMOTE | {"sha256": None},)}, ["no_result"]),
        ({"remotes": (REMOTE | {"sha256": "other"},)}, ["no_result"]),
        ({"remotes": (REMOTE | {"counts": [{"1": 3}]},)}, ["wrong_counts"]),
        (
            {
                "made": (JOB, JOB | {"id": "b"}),
                "remotes": (REMOTE, REMOTE | {"job_id": "b"}),
                "shown": (SHOWN, SHOWN | {"tag": "u", "job_id": "b"}),
            },
            ["untold"],
        ),
        ({"shown": (SHOWN, SHOWN | {"tag": "u", "state": "posting"})}, ["unresolved"]),
        ({"expected": [{"0": 3}], "runs": 0}, ["doubled"]),
        ({"expected": [{"0": 2, "1": 1}], "runs": 1}, ["wrong_counts"]),
    ],
)
def test_comparison_finds_what_must_not_happen(changes, bad):
    assert compared(**changes) == bad


def test_reported_duplicates_are_no_harm():
    pair = {"made": (JOB, JOB | {"id": "b"}), "remotes": (REMOTE, REMOTE | {"job_id": "b"})}
    assert compared(**pair, shown=(SHOWN | {"duplicates": ["b"]},)) == []
    late = SHOWN | {"tag": "u", "job_id": "b", "message": "found late: a second job"}
    assert compared(**pair, shown=(SHOWN, late)) == []
