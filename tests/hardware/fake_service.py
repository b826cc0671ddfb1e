"""A service in a folder, a small plan, and a clock that does not wait: for tests of the ledger."""

import dataclasses
import json
import os
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from qiskit.primitives import BitArray

from qdml_quantum import Anneal, Compiler, Goal, Grid, Problem, Schedule
from qdml_quantum.hardware.errors import HardwareError
from qdml_quantum.hardware.jobs.records import Clock
from qdml_quantum.hardware.jobs.transports.base import RefusedError, Status, circuits_of, packed
from qdml_quantum.hardware.planning.costs import Costs
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.synthesis.circuits.circuit import build

SHOTS = 64
MEMORY = Path("/dev/shm")
"""A folder in memory, where the system has one: a ledger waits for the disk at every step."""


@contextmanager
def quick_folder():
    """A folder for a test with many steps."""
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as name:
        yield Path(name)


def small_plan(*, seed=0, backend="ibm_double", local=False, shots=SHOTS, options=None):
    """Two qubits, positions and wave numbers, without a device."""
    problem = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    schedule = Schedule.geometric((2, 0.3), num_stages=2, num_steps=1, time_step=0.3)
    anneal = Anneal(problem, schedule)
    circuits = {basis: build(anneal, measure=basis) for basis in ("position", "momentum")}
    histogram = np.random.default_rng(1).dirichlet(np.ones(4))
    return Plan(
        anneal=anneal,
        goal=Goal(problem, 0.1, ((1.05,),)),
        compiler=Compiler().to_dict(),
        backend=backend,
        local=local,
        fractional=False,
        settings=settings_of(circuits, readout=False),
        shots=shots,
        seed=seed,
        options=options or {},
        ideal={"position": histogram, "momentum": histogram},
        noisy=None,
        costs=Costs(2, 1, 3, 3, 3, 3, (0, 1), 1e-6, 0.5, 0.5, "", 0.9, 2, 3.0),
        calibration={},
    )


class FakeClock(Clock):
    """Begins in 2020; waiting takes no time, and is written down."""

    def __init__(self, start=1.6e9):
        self.time, self.pauses = start, []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.time += seconds


class FakeService:
    """A `Transport` whose jobs are files: it outlives the processes that use it, as a service does.

    `before` and `after` hold, per method, what happens before and after it does its work, call by
    call: an exception is raised, a function is called, None is nothing.
    """

    local, instance, note = False, "crn:of:the:double", ""

    def __init__(self, folder, name="ibm_double"):
        self.folder, self.name = Path(folder), name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.before, self.after, self.calls = {}, {}, []
        self.copies, self.hidden, self.first = 1, False, "done"

    def _strike(self, faults, method):
        fault = faults[method].pop(0) if faults.get(method) else None
        if isinstance(fault, BaseException):
            raise fault
        if fault is not None:
            fault()

    def _called(self, method, work):
        self.calls.append(method)
        self._strike(self.before, method)
        value = work()
        self._strike(self.after, method)
        return value

    def job(self, job_id, **changes):
        """A job as the service knows it, after some changes."""
        path = self.folder / f"{job_id}.json"
        data = json.loads(path.read_text()) | changes
        if changes:
            path.write_text(json.dumps(data))
        return data

    @property
    def bill(self):
        """All jobs that were ever made, oldest first."""
        files = sorted(self.folder.glob("*.json"))
        return sorted((json.loads(file.read_text()) for file in files), key=lambda d: d["number"])

    def ready(self, plans, max_seconds=None, overdraw=False):
        self._called("ready", lambda: None)

    def post(self, plans, tag):
        def work():
            made = []
            for _ in range(self.copies):
                data = {
                    "id": f"d{uuid.uuid4().hex[:12]}",
                    "number": len(self.bill),
                    "tag": tag,
                    "status": self.first,
                    "reads": 0,
                    "hidden": self.hidden,
                    "bits": [circuit.num_clbits for circuit in circuits_of(plans)],
                    "shots": plans[0].shots,
                }
                (self.folder / f"{data['id']}.json").write_text(json.dumps(data))
                made.append(data["id"])
            return made[-1]

        return self._called("post", work)

    def find(self, tag):
        return self._called(
            "find",
            lambda: tuple(d["id"] for d in self.bill if d["tag"] == tag and not d["hidden"]),
        )

    def status(self, job_id):
        return self._called(
            "status", lambda: Status(self.job(job_id)["status"], self.job(job_id).get("reason", ""))
        )

    def raw(self, job_id, plans):
        def work():
            data = self.job(job_id)
            self.job(job_id, reads=data["reads"] + 1)
            rng = np.random.default_rng(data["number"])
            arrays = [
                BitArray(rng.integers(0, 2**bits, (data["shots"], 1), dtype=np.uint8), bits)
                for bits in data["bits"]
            ]
            return packed(arrays, job_id=job_id)

        return self._called("raw", work)

    def cancel(self, job_id):
        def work():
            if self.job(job_id)["status"] in ("queued", "running"):
                self.job(job_id, status="cancelled")

        self._called("cancel", work)

    def usage(self, job_id):
        done = self.job(job_id)["status"] == "done"
        return self._called("usage", lambda: (2.0, {"timestamps": {}}) if done else None)


def dropped(times=1):
    """Connections that break."""
    return [HardwareError("The connection broke.") for _ in range(times)]


def refused():
    """One answer that says no."""
    return [RefusedError("401: the token is expired.")]


def changed(plan, **changes):
    """The same plan, otherwise."""
    return dataclasses.replace(plan, **changes)


def tags(service):
    return {job["tag"] for job in service.bill}


def require_home(ledger, service):
    """Every job that ran is in the ledger with its result."""
    kept = {one.job_id: one for row in ledger.rows() for one in row.remotes}
    for job in service.bill:
        assert job["id"] in kept
        if job["status"] == "done":
            assert kept[job["id"]].raw_sha256
