"""Random kills on the way of a job: is every paid job in the ledger, with its result?

Each trial submits and fetches one plan (`job`), or calls another verb that pays, through the
runtime client as it is installed, at a double of the service on this machine
(`tests/hardware/runtime_double.py`). The process is killed (SIGKILL) at a chosen point of the path
or at a random time, a fault of the service strikes at random, and sometimes the process that goes
on after the crash is killed, too. Then the same call is made again in fresh processes until there
is a result, as a user would, and the bill of the service is compared with the ledger. Time passes
by the clock of the ledger only; it never passes while the service still works on a request, except
in the fault `late`.

It must not happen: a job of the service that the ledger does not know (`lost`), a job that ran
without its result in the ledger, as the service gave it (`no_result`), a result with other counts
than that, or another one than without kills (`wrong_counts`), a second job of the same run that
nobody is told about (`untold`), or any that follows from kills alone (`doubled`), a submission that
stays unresolved (`unresolved`), a process that does not end (`hung`), a trial that does not come to
a result.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "hardware"))

from common import RESULTS, finish
from runtime_double import SETTINGS, Double

from qdml_quantum.hardware.jobs import records

DEVICE = "ibm_manila"
"""A small one: what a client does on starting takes a tenth of the time."""
FRESH_KILLS = 0.25
"""Part of the trials in which the process that goes on is killed as well."""
DEADLINE = 90.0
"""Seconds after which a process hangs."""
AFTER_GRACE = 8000.0
"""Seconds that pass by the clock of the ledger when a user comes back later."""
BETWEEN = 30.0
ROUNDS = 10


# -- where a process is killed -----------------------------------------------------------------


spared = 0
"""Times that this process still comes past its point alive."""


def die(*_: Any) -> None:
    """Nothing of this process runs any more, no `finally` and no flush."""
    global spared
    spared -= 1
    if spared < 0:
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: Any, name: str, *, before: Any = None, after: Any = None) -> None:
    """Call `before` or `after` with the arguments of a method around it; True kills."""
    original = getattr(owner, name)

    def wrapped(*args: Any, **options: Any) -> Any:
        if before is not None and before(*args, **options):
            die()
        value = original(*args, **options)
        if after is not None and after(*args, **options):
            die()
        return value

    setattr(owner, name, wrapped)


def always(*_: Any, **__: Any) -> bool:
    return True


def ledger_point(name: str, *, before: Any = None, after: Any = None) -> Callable[[], None]:
    def arm() -> None:
        from qdml_quantum.hardware.jobs.ledger import Ledger

        wrap(Ledger, name, before=before, after=after)

    return arm


def becomes(state: str) -> Callable[..., bool]:
    """Whether a submission moves to a state."""
    return lambda ledger, tag, new, *_, **__: new == state


def request_point(method: str, ending: str, where: str) -> Callable[[], None]:
    """Around a request: its body half sent, all of it sent, or the head of the reply read."""

    def arm() -> None:
        from urllib3.connection import HTTPConnection

        def mine(connection: Any) -> bool:
            asked, url = getattr(connection, "asked", ("", ""))
            return asked == method and url.split("?")[0].endswith(ending)

        put, send = HTTPConnection.putrequest, HTTPConnection.send

        def putrequest(self: Any, verb: str, url: str, *args: Any, **options: Any) -> Any:
            self.asked, self.sent = (verb, url), 0
            return put(self, verb, url, *args, **options)

        def send_half(self: Any, data: Any) -> None:
            self.sent += 1
            if where == "half sent" and mine(self) and self.sent == 2:
                send(self, data[: len(data) // 2])
                die()
            send(self, data)

        HTTPConnection.putrequest, HTTPConnection.send = putrequest, send_half
        if where == "sent":
            wrap(HTTPConnection, "getresponse", before=mine)
        if where == "replied":
            wrap(HTTPConnection, "getresponse", after=mine)

    return arm


def file_point(part: str, *, after: bool) -> Callable[[], None]:
    """Around the renaming of a file that is written whole."""

    def mine(_: Any, target: Any) -> bool:
        return part in str(target)

    return lambda: wrap(os, "replace", **{"after" if after else "before": mine})


POINTS: dict[str, Callable[[], None] | None] = {
    "never": lambda: None,
    "before the plan is stored": ledger_point("store", before=always),
    "before intent": ledger_point("record_intent", before=always),
    "after intent": ledger_point("record_intent", after=always),
    "before POST": ledger_point("move", after=becomes("posting")),
    "during POST, half sent": request_point("POST", "/jobs", "half sent"),
    "during POST, sent": request_point("POST", "/jobs", "sent"),
    "during POST, replied": request_point("POST", "/jobs", "replied"),
    "after POST, before id": ledger_point("adopt", before=always),
    "after id": ledger_point("adopt", after=always),
    "after submission": ledger_point("move", after=becomes("submitted")),
    "looking for duplicates": request_point("GET", "/jobs", "sent"),
    "during fetch, asked": request_point("GET", "/results", "sent"),
    "during fetch, replied": request_point("GET", "/results", "replied"),
    "after fetch, before file": ledger_point("save_raw", before=always),
    "file half written": file_point("/raw-", after=False),
    "after file, before hash": file_point("/raw-", after=True),
    "after hash": ledger_point("save_raw", after=always),
    "before result": file_point("/result-", after=False),
    "before done": ledger_point("move", before=becomes("done")),
    "random time": None,
}
"""Where a process is killed; None: by its parent, at a random time."""


# -- what goes wrong at the service ------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """What is ordered of the double before a trial."""

    endpoint: str
    kind: str
    when: str = "before"
    seconds: float = 0.0
    times: int = 1


LATE = "late"
LATER = Fault("submit", "unavailable", "after", 0.5)
FAULTS: dict[str, tuple[Fault, ...] | str] = {
    "none": (),
    "503 before commit": (Fault("submit", "unavailable"),),
    "503 after commit": (Fault("submit", "unavailable", "after"),),
    "two 503 after commit": (Fault("submit", "unavailable", "after", times=2),),
    "dropped before commit": (Fault("submit", "dropped"),),
    "dropped after commit": (Fault("submit", "dropped", "after"),),
    "reply truncated": (Fault("submit", "truncated", "after"),),
    "reply cut": (Fault("submit", "cut", "after"),),
    "reply is a page": (Fault("submit", "page", "after"),),
    "slow commit": (Fault("submit", "slow", "before", 0.3),),
    "slow reply": (Fault("submit", "slow", "after", 0.3),),
    "504, then committed": (Fault("submit", "gateway", "before", 0.2),),
    "504, committed much later": (Fault("submit", "gateway", "before", 3.0),),
    "expired token": (Fault("submit", "refused"),),
    "503 after commit, then expired token": (LATER, Fault("submit", "refused")),
    "503 after commit, then listed later": (LATER, Fault("submit", "hidden", "after", 0.5)),
    "expired token anywhere": (Fault("*", "refused"),),
    "503 anywhere": (Fault("*", "unavailable"),),
    "dropped anywhere": (Fault("*", "dropped", "after"),),
    "listed later": (Fault("submit", "hidden", "after", 0.5),),
    LATE: (Fault("submit", "slow", "before", 4.0),),
    "wrong count": (Fault("list", "count", "after", times=2),),
    "list cut": (Fault("list", "cut", "after"),),
    "result truncated": (Fault("results", "truncated", "after"),),
    "result cut": (Fault("results", "cut", "after"),),
    "result is a page": (Fault("results", "page", "after"),),
    "job failed": (Fault("submit", "fail", "after"),),
    "server killed before commit": (Fault("submit", "killed"),),
    "server killed after commit": (Fault("submit", "killed", "after"),),
    "server killed anywhere": (Fault("*", "killed"),),
    "server restarted": "restart",
    "backend offline": "offline",
    "cancelled elsewhere": "cancel",
}
"""Faults by name; those that are words are done by the driver."""


# -- processes ---------------------------------------------------------------------------------


class Clock(records.Clock):
    """The time of day, shifted; waiting takes no time to speak of."""

    def __init__(self, shift: float) -> None:
        self.shift = shift

    def now(self) -> float:
        """Seconds since 1970, later than it is."""
        return time.time() + self.shift

    def sleep(self, seconds: float) -> None:
        """Let the time pass without waiting for it."""
        time.sleep(min(seconds, 0.01))
        self.shift += seconds


# What users' scripts do, and do again after a crash: each gives what must be the same as ever.


def path_of_a_job(double: Double, plan: Any, folder: Path, clock: Any) -> Any:
    from qdml_quantum.hardware.jobs.ledger import Ledger
    from qdml_quantum.hardware.jobs.submission import submit
    from qdml_quantum.runs.fetching import fetch

    ledger, service = Ledger(folder, clock=clock), double.service()
    job = submit(plan, ledger=ledger, service=service)
    result = fetch(job, ledger=ledger, service=service, timeout=600.0)
    return [dict(counts) for counts in result.device.counts]


def together(mode: str) -> Callable[..., Any]:
    """Two plans in one batch or session."""

    def path(double: Double, plan: Any, folder: Path, clock: Any) -> Any:
        from qdml_quantum.hardware.jobs.ledger import Ledger
        from qdml_quantum.hardware.jobs.submission import submit_together
        from qdml_quantum.runs.fetching import fetch

        ledger, service = Ledger(folder, clock=clock), double.service()
        plans = [plan, replace(plan, seed=1)]
        made = submit_together(plans, mode, ledger=ledger, service=service)
        results = [fetch(job, ledger=ledger, service=service, timeout=600.0) for job in made]
        return [dict(counts) for result in results for counts in result.device.counts]

    return path


def cancelled(double: Double, plan: Any, folder: Path, clock: Any) -> Any:
    """Submit, and cancel while it waits; afterwards cancel what is in the ledger."""
    from qdml_quantum.hardware.jobs.ledger import Ledger
    from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit

    ledger, service = Ledger(folder, clock=clock), double.service()
    known = jobs(ledger=ledger) or (submit(plan, ledger=ledger, service=service),)
    for job in known:
        cancel(job, ledger=ledger, service=service)
    left = jobs(ledger=ledger, refresh=True, service=service)
    return [job.state for job in left if job.state not in ("cancelled", "void")]


def on_the_account(double: Double, folder: Path, clock: Any) -> str:
    """The double as the user's own account, with a ledger and its clock; the name of a device."""
    from qdml_quantum.hardware.devices import isa

    os.environ.update(double.environment | double.account | {"QDML_LEDGER": str(folder)})
    records.Clock.now = lambda _: clock.now()
    records.Clock.sleep = lambda _, seconds: clock.sleep(seconds)
    isa._SIMULATED = 1  # the noise of one candidate: most of the time of a plan
    return DEVICE


def whole_anneal(double: Double, plan: Any, folder: Path, clock: Any) -> Any:
    from qdml_quantum import anneal

    result = anneal(backend=on_the_account(double, folder, clock), **small_anneal())
    return result.counts


def energy(double: Double, plan: Any, folder: Path, clock: Any) -> Any:
    from qdml_quantum import measure_energy

    result = measure_energy(backend=on_the_account(double, folder, clock), **small_anneal())
    return [result.counts_position, result.counts_momentum]


def search(double: Double, plan: Any, folder: Path, clock: Any) -> Any:
    """Four windows, each of which follows from those before it."""
    from qdml_quantum import Windows, minimize, trained_schedule
    from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError

    result = minimize(
        lambda x: float(x[0] - 1) ** 2,
        [(-2, 2)],
        backend=on_the_account(double, folder, clock),
        windows=Windows(
            2,
            trained_schedule(2, dimensions=1, coarse=1),
            shots=8,
            compiler=small_anneal()["compiler"],
            most=WINDOWS,
        ),
    )
    if result.status == 7:  # what it has is given back, and the message says to call again
        kinds = (AmbiguousSubmissionError, HardwareError)
        raise next(kind for kind in kinds if kind.__name__ in result.message)(result.message)
    return [vars(window) for window in result.windows]


def small_anneal() -> dict[str, Any]:
    from qdml_quantum import Compiler, Grid, Problem, Schedule

    return {
        "problem": Problem(Grid([(-2.5, 2.5)], 2), "double_well"),
        "schedule": Schedule.constant(0.5, num_steps=1, time_step=0.3),
        "shots": 256,
        "compiler": Compiler("joint", effort=0.1, seeds=1),
    }


@dataclass(frozen=True)
class Verb:
    """A call that pays, and how many jobs it takes."""

    work: Callable[..., Any]
    jobs: int


WINDOWS = 4
VERBS = {
    "job": Verb(path_of_a_job, 1),
    "anneal": Verb(whole_anneal, 1),
    "measure_energy": Verb(energy, 1),
    "minimize": Verb(search, WINDOWS),
    "batch": Verb(together("batch"), 2),
    "session": Verb(together("session"), 2),
    "cancel": Verb(cancelled, 1),
}


def last_look(double: Double, plan: Any, folder: Path, clock: Any) -> dict[str, Any]:
    """Ask about everything once more, and bring home what is not here."""
    from qdml_quantum.hardware.errors import HardwareError
    from qdml_quantum.hardware.jobs.ledger import Ledger
    from qdml_quantum.hardware.jobs.submission import jobs
    from qdml_quantum.hardware.jobs.transports.base import decode
    from qdml_quantum.runs.fetching import fetch

    ledger, service = Ledger(folder, clock=clock), double.service()
    for job in jobs(ledger=ledger, refresh=True, service=service):
        if job.state == "submitted":
            with suppress(HardwareError):
                fetch(job, ledger=ledger, service=service, timeout=600.0)
    rows = []
    for row in ledger.rows():
        for remote in row.remotes:
            found = None
            with suppress(HardwareError):
                found = decode(ledger.raw(row, remote)) if remote.raw_sha256 else None
            run = row.asked or row.spec_id
            known = {"job_id": remote.job_id, "sha256": remote.raw_sha256, "counts": found}
            rows.append(known | {"run": run})
    shown = jobs(ledger=ledger, refresh=True, service=service)
    return {"jobs": [json.loads(json.dumps(job.to_dict())) for job in shown], "remotes": rows}


def forked(
    work: Callable[..., Any],
    arguments: Sequence[Any],
    folder: Path,
    double: Double,
    *,
    point: str = "never",
    spare: int = 0,
    kill_after: float | None = None,
) -> dict[str, Any]:
    """Run in a child, which may be killed; the server is started again where it dies."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        _child(work, arguments, report, point, spare)
    begun, answer = time.monotonic(), {"ended": "killed"}
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        passed = time.monotonic() - begun
        if kill_after is not None and passed > kill_after:
            os.kill(child, signal.SIGKILL)
            kill_after = None
        if passed > DEADLINE:
            os.kill(child, signal.SIGKILL)
            answer = {"ended": "hung"}
            os.waitpid(child, 0)
            break
        double.revive()
        time.sleep(0.004)
    if report.exists() and answer["ended"] != "hung":
        answer = json.loads(report.read_text())
    return answer


def _child(
    work: Callable[..., Any], arguments: Sequence[Any], report: Path, point: str, spare: int
) -> None:
    global spared
    try:
        spared, arm = spare, POINTS[point]
        if arm is not None:
            arm()
        answer = {"ended": "done", "answer": work(*arguments)}
    except BaseException as error:
        answer = {"ended": type(error).__name__, "words": str(error)[:2000]}
        answer["hardware"] = "HardwareError" in {base.__name__ for base in type(error).__mro__}
    partial = report.with_suffix(".part")
    partial.write_text(json.dumps(answer))
    partial.rename(report)
    os._exit(0)


# -- one trial ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """What is done in a trial, decided beforehand; kills in parts of the time a verb takes."""

    number: int
    verb: str
    point: str
    spare: int
    fault: str
    first_kill: float | None
    more_kills: tuple[float, ...]
    skip: int
    restart: bool


def make_trials(count: int, seed: int, verbs: Sequence[str] = ("job",)) -> list[Trial]:
    """Every verb, point and fault as often as any other, in random combinations.

    Verbs that send several jobs, or take long, are killed at later jobs, too, and more often; every
    other time nothing but kills goes wrong, so that none may lead to a second job.
    """
    rng = random.Random(seed)
    points = _shuffled([name for name in POINTS if name != "never"], count, rng)
    faults = _shuffled(list(FAULTS), count, rng)
    return [_trial(n, verbs[n % len(verbs)], points[n], faults[n], rng) for n in range(count)]


def _trial(number: int, verb: str, point: str, fault: str, rng: random.Random) -> Trial:
    of_a_job = verb == "job"
    if not of_a_job and (rng.random() < 0.5 or isinstance(FAULTS[fault], str) or fault == LATE):
        fault = "none"
    if not of_a_job and rng.random() < 0.5:
        point = "random time"
    # A request outlives the time that the ledger gives it only if nobody waits for it.
    point = "during POST, sent" if fault == LATE else point
    more = (rng.random() < FRESH_KILLS) if of_a_job else rng.randrange(4)
    return Trial(
        number,
        verb,
        point,
        rng.randrange(VERBS[verb].jobs),
        fault,
        rng.random() if POINTS[point] is None else None,
        tuple(rng.random() for _ in range(more)),
        rng.randrange(12),
        fault == "server restarted" or rng.random() < 0.05,
    )


def _shuffled(names: list[str], count: int, rng: random.Random) -> list[str]:
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += rng.sample(names, len(names))
    return drawn[:count]


@dataclass(frozen=True)
class Unbroken:
    """What a verb gives when nothing goes wrong, and the seconds that it takes."""

    answer: Any
    seconds: float


def unbroken(verb: str, double: Double, plan: Any, folder: Path) -> Unbroken:
    """Call a verb and let it end; what it sends stands on the bill of no trial."""
    folder.mkdir(parents=True)
    double.set(**settings_for(verb))
    begun = time.monotonic()
    answer = forked(VERBS[verb].work, (double, plan, folder / "ledger", Clock(0.0)), folder, double)
    if answer["ended"] != "done":
        raise RuntimeError(f"{verb}: {answer}")
    return Unbroken(answer["answer"], time.monotonic() - begun)


def settings_for(verb: str) -> dict[str, Any]:
    """Settings of the double: jobs that are to be cancelled wait for ever.

    Those of a verb have the same counts whenever they are sent; a job may have its own.
    """
    waiting = {"queue_seconds": 1e9} if verb == "cancel" else {}
    return SETTINGS | {"seeded": verb != "job"} | waiting


def run_trial(
    trial: Trial, double: Double, plan: Any, expected: Unbroken, folder: Path
) -> dict[str, Any]:
    """Kill, go on until there is a result, and compare the bill with the ledger."""
    folder.mkdir(parents=True)
    known = {job["id"] for job in double.bill()}
    fault, work, of_a_job = FAULTS[trial.fault], VERBS[trial.verb].work, trial.verb == "job"
    double.set(**settings_for(trial.verb))
    for one in fault if isinstance(fault, tuple) else ():
        double.fault(**vars(one), skip=trial.skip if one.endpoint == "*" else 0)
    if fault == "cancel":
        double.set(queue_seconds=1e9)
    if fault == "offline":
        double.set(run_seconds=1e9)
    shift, said, ends = 0.0, [], []

    def go(work: Any, kill: float | None = None, **options: Any) -> dict[str, Any]:
        nonlocal shift
        shift += BETWEEN
        arguments = (double, plan, folder / "ledger", Clock(shift))
        after = None if kill is None else kill * expected.seconds
        return forked(work, arguments, folder, double, kill_after=after, **options)

    answer = go(work, trial.first_kill, point=trial.point, spare=trial.spare)
    ends.append(answer["ended"])
    if fault == "offline":
        double.set(offline=[DEVICE], run_seconds=0.0)
        ends.append(go(work)["ended"])
    if fault == "cancel":
        double.wait_until_idle()
        _cancel_all(double, known)
    double.set(**settings_for(trial.verb))
    if trial.restart:
        double.restart()
    more = list(trial.more_kills)
    while answer["ended"] != "done" and len(ends) < ROUNDS:
        answer = go(work, more.pop() if more else None)
        ends.append(answer["ended"])
        if answer["ended"] == "AmbiguousSubmissionError":
            said.append(answer["words"])
            if trial.fault != LATE:
                double.wait_until_idle()
                _wait_until_listed(double, known)
            shift += AFTER_GRACE
    double.wait_until_idle()
    _wait_until_listed(double, known)
    faults = double.clear()
    last = go(last_look)
    made = [job for job in double.bill() if job["id"] not in known]
    hit = fault in ("restart", "offline", "cancel") or any(one["hits"] for one in faults)
    row = {
        "number": trial.number,
        "verb": trial.verb,
        "point": trial.point,
        "fault": trial.fault,
        "kills": ends.count("killed"),
        "struck": bool(hit),
        "ends": ends,
        "ambiguous": len(said),
        "error": None if answer["ended"] == "done" else answer.get("words", answer["ended"]),
    }
    return (
        row
        | compared(
            made,
            last.get("answer", {}),
            answer,
            expected=None if of_a_job else expected.answer,
            runs=None if hit else VERBS[trial.verb].jobs,
        )
        | {"hung": "hung" in [*ends, last["ended"]]}
    )


def _cancel_all(double: Double, known: set[str]) -> None:
    for job in double.bill():
        if job["id"] not in known and job["state"] in ("Queued", "Running"):
            double.control("cancel", "POST", job_id=job["id"])


def _wait_until_listed(double: Double, known: set[str]) -> None:
    while not all(job["listed"] for job in double.bill() if job["id"] not in known):
        time.sleep(0.02)


def compared(
    made: list[dict[str, Any]],
    last: dict[str, Any],
    answer: dict[str, Any],
    *,
    expected: Any = None,
    runs: int | None = None,
) -> dict[str, Any]:
    """The bill of the service against the ledger.

    Args:
        made: Jobs on the bill.
        last: What `last_look` gave.
        answer: Of the last process that did the work.
        expected: The result without kills; None where it must be the counts of some job.
        runs: Jobs that the verb takes: kills alone must lead to no more, told or not; None where
            the service did something wrong.
    """
    remotes = {one["job_id"]: one for one in last.get("remotes", ())}
    shown = {job["tag"]: job for job in last.get("jobs", ())}
    lost = [job["id"] for job in made if job["id"] not in remotes]
    ran = [job for job in made if job["state"] == "Completed"]
    no_result = [
        job["id"] for job in ran if remotes.get(job["id"], {}).get("sha256") != job["sha256"]
    ]
    told = {one for job in shown.values() for one in job["duplicates"]}
    told |= {job["job_id"] for job in shown.values() if "second job" in job["message"]}
    live = [job["id"] for job in made if job["state"] not in ("Failed", "Cancelled")]
    measured = [one["counts"] for one in remotes.values()]
    silent = [one for one in live if one in remotes and one not in told]
    keys = [remotes[one].get("run") for one in silent]
    untold = [one for n, one in enumerate(silent) if keys[n] in keys[:n]]
    unresolved = [job["tag"] for job in shown.values() if job["state"] in ("intent", "posting")]
    given = answer.get("answer")
    right = given == expected if expected is not None else given in measured
    return {
        "jobs": len(made),
        "ran": len(ran),
        "cancelled": sum(job["state"] == "Cancelled" for job in made),
        "duplicates": len(told & {job["id"] for job in made}),
        "lost": lost,
        "no_result": no_result,
        "untold": untold,
        "unresolved": unresolved,
        "doubled": [] if runs is None else live[runs:],
        "wrong_counts": [] if right else ["the result is of no job, or not the one without kills"],
        "finished": answer["ended"] == "done",
    }


# -- all of them -------------------------------------------------------------------------------


def make_plan(double: Double, folder: Path) -> None:
    """A small plan for the device of the double; in a process of its own, see `run_part`."""
    from qdml_quantum import Compiler, Grid, Problem, Schedule, find_backend, plan

    problem = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    schedule = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    backend = find_backend(DEVICE, service=double.service())
    compiler = Compiler("joint", effort=0.5, seeds=1)
    plan(problem, schedule, backend=backend, shots=256, compiler=compiler).save(folder)


@contextmanager
def prepared(folder: Path) -> Iterator[tuple[Double, Any]]:
    """A double and a plan, and all that children need imported once.

    The plan is made in a child and loaded: threads of a compiler do not survive a fork.
    """
    from qdml_quantum.hardware.jobs import submission  # noqa: F401
    from qdml_quantum.hardware.planning.plan import Plan
    from qdml_quantum.hardware.verdict import verdict  # noqa: F401
    from qdml_quantum.runs import fetching  # noqa: F401

    import qiskit_ibm_runtime.executor_sampler  # noqa: F401  isort: skip

    logging.getLogger("qiskit_ibm_runtime").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    with Double(folder / "double") as double:
        child = os.fork()
        if child == 0:
            make_plan(double, folder / "plan")
            os._exit(0)
        os.waitpid(child, 0)
        yield double, Plan.load(folder / "plan")


def run_part(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Trials one after another, at a double of their own."""
    folder = Path(tempfile.mkdtemp(prefix="qdml-ledger-"))
    try:
        with prepared(folder) as (double, plan):
            verbs = dict.fromkeys(one.verb for one in trials)
            known = {verb: unbroken(verb, double, plan, folder / verb) for verb in verbs}
            rows = []
            for one in trials:
                rows.append(run_trial(one, double, plan, known[one.verb], folder / str(one.number)))
                words = json.dumps(rows[-1]) if is_bad(rows[-1]) else ", ".join(rows[-1]["ends"])
                what = f"{one.number}: {one.verb}; {one.point}; {one.fault}"
                print(f"{what}: {words}", file=sys.stderr)
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


BAD = ("lost", "no_result", "wrong_counts", "untold", "doubled", "unresolved")


def table(rows: Sequence[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """Sums over all trials with the same verb, point or fault."""
    lines = []
    names = {"verb": VERBS, "point": POINTS, "fault": FAULTS}[by]
    for name in dict.fromkeys([*names, "all"]):
        mine = [row for row in rows if name in (row[by], "all")]
        if not mine:
            continue
        lines.append(
            {
                "name": name,
                "trials": len(mine),
                "kills": sum(row["kills"] for row in mine),
                "struck": sum(row["struck"] for row in mine),
                "jobs": sum(row["jobs"] for row in mine),
                "ran": sum(row["ran"] for row in mine),
                "cancelled": sum(row["cancelled"] for row in mine),
                "duplicates": sum(row["duplicates"] for row in mine),
                "ambiguous": sum(row["ambiguous"] > 0 for row in mine),
                "results": sum(row["finished"] for row in mine),
                **{bad: sum(len(row[bad]) for row in mine) for bad in BAD},
                "hung": sum(row["hung"] for row in mine),
            }
        )
    return lines


def is_bad(row: dict[str, Any]) -> bool:
    """Whether something happened that must not."""
    return bool(any(row[bad] for bad in BAD) or row["hung"] or not row["finished"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 trials")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the JSON file")
    parser.add_argument("--trials", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbs", nargs="+", choices=VERBS, default=["job"])
    parser.add_argument("--workers", type=int, default=2, help="doubles at work at the same time")
    given = parser.parse_args()
    trials = make_trials(20 if given.quick else given.trials, given.seed, given.verbs)
    parts = [trials[i :: given.workers] for i in range(given.workers)]
    begun = time.monotonic()
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
        rows = sorted(
            (row for part in pool.map(run_part, parts) for row in part), key=lambda r: r["number"]
        )
    for by in ("verb", "point", "fault"):
        finish(f"ledger_{by}s", table(rows, by), given.output)
    bad = [row for row in rows if is_bad(row)]
    print(f"{len(rows)} trials in {time.monotonic() - begun:.0f} s, {len(bad)} of them bad")
    for row in bad:
        print(json.dumps(row, indent=1))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
