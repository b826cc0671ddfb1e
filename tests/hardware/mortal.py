"""Work in a process of its own, which ends it before its n-th step; see `test_kill`.

Steps are all calls of the service (before and after their work), all changes of the ledger, and all
files. The process is a fork of a server without threads: a fork of the test process would inherit
locks that its other threads hold.
"""

import dataclasses
import os
import signal
from multiprocessing import get_context

from fake_service import small_plan

from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit
from qdml_quantum.runs import fetching
from qdml_quantum.runs.fetching import fetch

PLAN = small_plan()
SLOW_IMPORTS = [
    "qdml_quantum.hardware.jobs.submission",
    "qdml_quantum.runs.fetching",
    "qdml_quantum.hardware.devices.isa",
    "qiskit_ibm_runtime",
]
"""Not this module: those of tests are not on the path of the server of Python 3.11."""
WRITES = (
    "record_intent",
    "move",
    "note",
    "adopt",
    "record_status",
    "record_usage",
    "save_raw",
    "quarantine",
    "store",
)


def submits(ledger, service):
    submit(PLAN, ledger=ledger, backend=service)


def fetches(ledger, service):
    (row,) = ledger.rows()
    fetch(row.tag, ledger=Ledger(ledger.path), backend=service)


def cancels(ledger, service):
    (row,) = ledger.rows()
    cancel(row.tag, ledger=ledger, backend=service)


def looks(ledger, service):
    for _ in range(2):
        jobs(ledger=ledger, refresh=True, service=service)


class Mortal:
    """Counts steps, and ends the process before one of them."""

    def __init__(self, last):
        self.left = last

    def step(self):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def wrapped(self, work, *, after=False):
        def call(*values, **named):
            self.step()
            result = work(*values, **named)
            if after:
                self.step()
            return result

        return call


def judged_once(known):
    """`judge_plan` that judges the same counts once: that takes longer than everything else."""
    real = fetching.judge_plan

    def judge_plan(plan, counts, *, job):
        key = str(counts)
        if key not in known:
            known[key] = real(plan, counts)
        found = known[key]
        return dataclasses.replace(found, device=dataclasses.replace(found.device, job=job))

    return judge_plan


def _work(connection, work, ledger, service, last, known):
    try:
        fetching.judge_plan = judged_once(known)
        mortal = Mortal(last)
        for name in WRITES:
            setattr(Ledger, name, mortal.wrapped(getattr(Ledger, name)))
        for name in ("post", "find", "status", "raw", "cancel", "usage"):
            setattr(service, name, mortal.wrapped(getattr(service, name), after=True))
        # Every file that is written whole ends in this.
        os.replace = mortal.wrapped(os.replace, after=True)
        work(ledger, service)
        connection.send("done")
    except BaseException as error:
        connection.send(repr(error))


def in_a_child(work, ledger, service, last, known):
    """Whether the work was finished; the child is killed before step `last`."""
    context = get_context("forkserver")
    context.set_forkserver_preload(SLOW_IMPORTS)
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(there, work, ledger, service, last, known))
    child.start()
    there.close()
    try:
        said = here.recv()
    except EOFError:
        said = ""
    child.join()
    assert said in ("", "done"), said
    assert (said == "") == (child.exitcode == -signal.SIGKILL)
    return said == "done"


def holds_lock(path, tag, connection):
    """Hold a lock of a ledger until the end, which is not its own decision."""
    with Ledger(path).lock(tag):
        connection.send("held")
        signal.pause()
