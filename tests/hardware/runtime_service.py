"""What the double of the service knows and does, without HTTP; see `runtime_double`.

As a script, the machine behind it: it runs the programs that come in on standard input.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qs

TOKEN = "qdml-fake-api-key-0123456789abcdefABCDEF"
"""API key that the double accepts; recognisable wherever it leaks to."""
INSTANCE = "crn:v1:bluemix:public:quantum-computing:us-east:a/0000:1111-2222::"
SECOND = "crn:v1:bluemix:public:quantum-computing:us-east:a/0000:3333-4444::"
INSTANCES = {
    INSTANCE: ("double", "plan-of-the-double", "Open", "free"),
    SECOND: ("second", "plan-of-the-second", "Premium", "subscription"),
}
"""Parts of the account: their names, and ids, names and prices of their plans."""
DEVICES = {"ibm_fez": "fez", "ibm_torino": "torino", "ibm_manila": "manila"}
"""Backends and the fake ones that their data are from; the last one is small, hence quick."""
NURSERY = "QDML_DOUBLE_NURSERY"
"""Variable of the environment: where a process listens that makes machines; see `nurse`."""
CLIENT = ("fake_provider", "executor_sampler", "options_models")
"""What a machine loads of the client."""
PROGRAMS = ("sampler", "executor")
HELD_AGAINST = "0.51.0"
"""The newest client whose requests and replies the double was compared with, in its source."""
FORMATS = {"executor": ("v2.0",), "sampler": (None,)}
"""Versions of what it sends, by program; pubs have none."""
FIELDS = frozenset(
    "program_id backend params tags cost log_level session_id private calibration_id runtime"
    " start_session session_time".split()
)
"""All that a request for a job has."""
FINAL = ("Completed", "Failed", "Cancelled")
FRACTIONAL = {"rx": ("theta", "sx"), "rzz": ("theta", "cz")}
"""Fractional gates, which the saved configurations lack, with the gate whose places they share."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, created REAL, listed REAL,
    instance TEXT, program TEXT, options TEXT, backend TEXT, tags TEXT, body TEXT, sha256 TEXT,
    private INTEGER, session TEXT,
    state TEXT, reason TEXT, code INTEGER, running REAL, finished REAL, fate TEXT, seconds REAL,
    result TEXT, reads INTEGER DEFAULT 0, deleted INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS sessions(id TEXT PRIMARY KEY, details TEXT);
CREATE TABLE IF NOT EXISTS tokens(token TEXT, revoked INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS faults(
    number INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT, kind TEXT, moment TEXT,
    seconds REAL, remaining INTEGER, skip INTEGER, hits INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, value TEXT);
"""
SETTINGS: dict[str, Any] = {
    "queue_seconds": 0.0,
    "run_seconds": 0.0,
    "offline": [],
    "retired": [],
    "queue_length": {"ibm_fez": 3, "ibm_torino": 7, "ibm_manila": 9},
    "usage_limit_reached": False,
    "usage_limit_seconds": 1e9,
    "refuses_beyond_usage": False,
    "qpu_seconds": 2.0,
    "instances": 1,
    "sessions": True,
    "mocks": False,
    "most_pending": 1000,
    "most_bytes": 1e9,
    "most_a_minute": 1000,
    "seeded": False,
    "errors": 1.0,
}
"""What the double does. Its limits, with what the service is known to answer:

usage_limit_*, refuses_beyond_usage
    A job waits ("Set instance allocation limits": new workloads remain queued), or is refused with
    409 ("Usage exceeds instance limit", reference of the REST interface, jobs).
qpu_seconds
    What a job takes and is charged for, and the most that `cost` admits of it: a job that takes
    longer is cancelled with the code 1305 ("Ran too long"; `RuntimeJobV2` of the client).
instances
    1, or 2 with a second plan.
sessions
    Whether the plan has them: else 400, code 1352.
mocks
    Whether the plan has mock devices, on which dry runs cost nothing ("Dry-run jobs").
most_pending
    Jobs that have not ended: else 400, code 3458, in the words that the open plan had in 2025.
most_bytes
    Of a request: else 413 (reference of the REST interface of systems on the premises).
most_a_minute
    The reference says 5 jobs a minute and user: else 429, code 1202.
seeded
    Whether the same circuits give the same counts; else every job has draws of its own.
errors
    What the calibration multiplies the errors of gates by.
"""

Reply = tuple[int, Any]


class Refused(Exception):
    """The request can not be carried out: status, message and, where it has one, the code."""


class Service:
    """What the double knows and does, without HTTP."""

    def __init__(self, folder: Path, api_key: str, noise: bool) -> None:
        self.folder, self.api_key = folder, api_key
        self.lock = threading.RLock()
        self.sampling, self.machine = threading.Lock(), Machine(noise)
        folder.mkdir(parents=True, exist_ok=True)
        self.database = sqlite3.connect(
            folder / "double.sqlite", check_same_thread=False, isolation_level=None
        )
        self.database.row_factory = sqlite3.Row
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.executescript(SCHEMA)
        self.requests: Counter[str] = Counter()
        self.busy = 0
        if self.ask("SELECT 1 FROM jobs LIMIT 1"):
            self.machine.start()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count a request while it is under way."""
        with self.lock:
            self.busy += 1
        try:
            yield
        finally:
            with self.lock:
                self.busy -= 1

    def ask(self, text: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self.database.execute(text, values).fetchall()

    def setting(self, name: str) -> Any:
        rows = self.ask("SELECT value FROM settings WHERE name=?", name)
        return json.loads(rows[0]["value"]) if rows else SETTINGS[name]

    def take_fault(self, endpoint: str) -> dict[str, Any] | None:
        """The next fault ordered for an endpoint; each strikes as often as was asked."""
        with self.lock:
            found = self.ask(
                "SELECT * FROM faults WHERE remaining>0 AND endpoint IN (?, '*') ORDER BY number",
                endpoint,
            )
            for row in found:
                if row["skip"] > 0:
                    self.ask("UPDATE faults SET skip=skip-1 WHERE number=?", row["number"])
                    continue
                self.ask(
                    "UPDATE faults SET remaining=remaining-1, hits=hits+1 WHERE number=?",
                    row["number"],
                )
                return dict(row)
        return None

    # -- identity ------------------------------------------------------------------------------

    def token(self, body: str, **_: Any) -> Reply:
        if parse_qs(body).get("apikey") != [self.api_key]:
            return 400, {
                "errorCode": "BXNIM0415E",
                "errorMessage": "Provided API key could not be found.",
            }
        now = int(time.time())
        claims = {"iat": now, "exp": now + 3600, "iss": "double", "jti": uuid.uuid4().hex}
        parts = ({"alg": "RS256", "typ": "JWT"}, claims)
        text = ".".join([*(_base64(json.dumps(part).encode()) for part in parts), "c2lnbmF0dXJl"])
        self.ask("INSERT INTO tokens(token) VALUES (?)", text)
        return 200, {
            "access_token": text,
            "refresh_token": "not_supported",
            "token_type": "Bearer",
            "expires_in": 3600,
            "expiration": now + 3600,
        }

    def authorise(self, header: str | None) -> None:
        kind, _, token = (header or "").partition(" ")
        known = self.ask("SELECT 1 FROM tokens WHERE token=? AND NOT revoked", token)
        if kind != "Bearer" or not known:
            raise Refused(401, "The token is missing, wrong or expired.")

    def search(self, **_: Any) -> Reply:
        items = [
            {
                "crn": crn,
                "service_plan_unique_id": plan,
                "name": name,
                "tags": [],
                "doc": {"extensions": {"backends": list(DEVICES)}},
            }
            for crn, (name, plan, *_) in list(INSTANCES.items())[: self.setting("instances")]
        ]
        return 200, {"items": items, "limit": 100}

    def plan(self, name: str, **_: Any) -> Reply:
        ((shown, price),) = (about[2:] for about in INSTANCES.values() if about[1] == name)
        return 200, {
            "overview_ui": {"en": {"display_name": shown}},
            "metadata": {"pricing": {"type": price}},
        }

    def usage(self, instance: str, **_: Any) -> Reply:
        spent = self._spent(instance)
        return 200, {
            "instance_id": instance,
            "usage_consumed_seconds": spent,
            "usage_limit_seconds": self.setting("usage_limit_seconds"),
            "usage_limit_reached": self.setting("usage_limit_reached"),
        }

    def _spent(self, instance: str) -> float:
        text = "SELECT SUM(seconds) AS total FROM jobs WHERE instance=? AND backend NOT LIKE ?"
        return float(self.ask(text, instance, "mock%")[0]["total"] or 0.0)

    # -- devices -------------------------------------------------------------------------------

    def backends(self, **_: Any) -> Reply:
        lengths, offline = self.setting("queue_length"), self.setting("offline")
        mocks = [_mock(name) for name in DEVICES] if self.setting("mocks") else []
        left = [name for name in DEVICES if name not in self.setting("retired")]
        return 200, {
            "devices": [
                {
                    "name": name,
                    "class": "mock" if name in mocks else "real",
                    "status": {"name": "offline" if name in offline else "online"},
                    "queue_length": lengths.get(name, 0),
                    "qubits": _device(name, "conf")["n_qubits"],
                    "processor_type": _device(name, "conf")["processor_type"],
                }
                for name in [*left, *mocks]
            ]
        }

    def configuration(self, name: str, **_: Any) -> Reply:
        if name in self.setting("retired"):
            raise Refused(404, f"There is no backend {name}.")
        return 200, _with_fractional_gates(_device(_known(name), "conf"))

    def properties(self, name: str, **_: Any) -> Reply:
        return 200, _drifted(_device(_known(name), "props"), self.setting("errors"))

    def status(self, name: str, **_: Any) -> Reply:
        online = _known(name) not in self.setting("offline")
        return 200, {
            "state": online,
            "status": "active" if online else "maintenance",
            "message": "",
            "length_queue": self.setting("queue_length").get(name, 0),
            "backend_version": _device(name, "conf")["backend_version"],
        }

    # -- jobs ----------------------------------------------------------------------------------

    def _require_room(self, body: str, instance: str, now: float) -> None:
        """Refuse what is beyond a limit; see `SETTINGS`."""
        if len(body) > self.setting("most_bytes"):
            raise Refused(413, "Request Entity Too Large")
        mine = [self.advanced(row) for row in self.ask("SELECT * FROM jobs")]
        if sum(row["created"] > now - 60.0 for row in mine) >= self.setting("most_a_minute"):
            raise Refused(429, "Too many requests.", 1202)
        most = self.setting("most_pending")
        if sum(row["state"] not in FINAL for row in mine) >= most:
            words = f"You have reached the limit of {most} pending jobs. Please wait for a job to "
            raise Refused(
                400, words + "complete or cancel one before submitting anything new.", 3458
            )
        beyond = self._spent(instance) >= self.setting("usage_limit_seconds")
        beyond |= self.setting("usage_limit_reached")
        if beyond and self.setting("refuses_beyond_usage"):
            raise Refused(409, "Usage exceeds instance limit.")

    def submit(self, body: str, fault: Mapping[str, Any], instance: str, **_: Any) -> Reply:
        self._require_room(body, instance, time.time())
        asked = json.loads(body)
        if asked.get("program_id") not in PROGRAMS:
            raise Refused(404, f"The double runs {PROGRAMS}, not {asked.get('program_id')}.")
        name, session = asked["backend"], asked.get("session_id")
        if _known(name) and session is not None and not self._session(session)["accepting_jobs"]:
            raise Refused(409, f"The session {session} is closed.")
        params = json.dumps(asked["params"], sort_keys=True)
        job_id, now = "d" + uuid.uuid4().hex[:19], time.time()
        hides = fault.get("moment") == "after" and fault.get("kind") != "slow"
        hidden = fault["seconds"] if hides else 0.0
        self.ask(
            "INSERT INTO jobs(id, created, listed, instance, program, options, backend, tags, body,"
            " sha256, private, session, state, fate, seconds)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'Queued', ?, 0.0)",
            job_id,
            now,
            now + hidden,
            instance,
            asked["program_id"],
            json.dumps({key: value for key, value in asked.items() if key != "params"}),
            name,
            json.dumps(asked.get("tags", [])),
            params,
            hashlib.sha256(params.encode()).hexdigest(),
            bool(asked.get("private")),
            session,
            "fail" if fault.get("kind") == "fail" else "complete",
        )
        return 200, {"id": job_id, "backend": name, "session_id": session, "private": False}

    def advanced(self, row: sqlite3.Row) -> sqlite3.Row:
        """A job after what has happened to it in the meantime."""
        now, state, number = time.time(), row["state"], row["number"]
        waits = self.setting("usage_limit_reached") or row["backend"] in self.setting("offline")
        if state in FINAL or waits:
            return row
        running = row["running"] or row["created"] + self.setting("queue_seconds")
        if state == "Queued" and now >= running:
            state = "Running"
            self.ask(
                "UPDATE jobs SET state=?, running=? WHERE number=? AND state='Queued'",
                state,
                running,
                number,
            )
        if state == "Running" and now >= running + self.setting("run_seconds"):
            self._finish(row, running, now)
        return self.ask("SELECT * FROM jobs WHERE number=?", number)[0]

    def _finish(self, row: sqlite3.Row, running: float, now: float) -> None:
        state, reason, code, text = "Completed", None, None, ""
        seconds = self.setting("qpu_seconds")
        cap = json.loads(row["options"]).get("cost")
        if row["fate"] == "fail":
            state, reason = "Failed", "The double was told to let this job fail."
        elif cap is not None and cap < seconds:
            state, reason, code, seconds = "Cancelled", "Ran too long", 1305, float(cap)
        else:
            try:
                text = self._result(row, running, now)
            except Exception as problem:
                state, reason = "Failed", str(problem)
        self.ask(
            "UPDATE jobs SET state=?, reason=?, code=?, finished=?, result=?, seconds=?"
            " WHERE number=? AND state='Running'",
            state,
            reason,
            code,
            now,
            text,
            0.5 if state == "Failed" else seconds,
            row["number"],
        )

    def _result(self, row: sqlite3.Row, running: float, now: float) -> str:
        with self.sampling:
            seed = None if self.setting("seeded") else row["number"]
            result = self.machine.run(row["body"], seed)
        if row["program"] == "sampler":
            return json.dumps(result)
        parts = [
            {"idx_item": i, "size": 1, "permutation": [], "element_range": [0, 1, 1]}
            for i in range(len(result["data"]))
        ]
        span = {"start": _iso(running), "stop": _iso(now), "parts": parts}
        return json.dumps(result | {"metadata": {"chunk_timing": [span]}})

    def require_own(self, endpoint: str, name: str, instance: str | None) -> None:
        """Refuse a job of another instance than the one that asks."""
        about_jobs = ("job", "results", "cancel", "metrics", "logs", "tags", "delete")
        if endpoint in about_jobs and self.row(name)["instance"] != instance:
            raise Refused(404, f"Job {name} not found.")

    def row(self, job_id: str) -> sqlite3.Row:
        found = self.ask("SELECT * FROM jobs WHERE id=? AND NOT deleted", job_id)
        if not found:
            raise Refused(404, f"Job {job_id} not found.")
        return self.advanced(found[0])

    def list(
        self, query: Mapping[str, list[str]], fault: Mapping[str, Any], instance: str, **_: Any
    ) -> Reply:
        tags = set(query.get("tags", ()))
        rows = self.ask(
            "SELECT * FROM jobs WHERE NOT deleted AND listed<=? AND instance=? ORDER BY number",
            time.time(),
            instance,
        )
        rows = [self.advanced(row) for row in rows if tags <= set(json.loads(row["tags"]))]
        rows = [row for row in rows if _selected(row, query)]
        if query.get("sort") != ["ASC"]:
            rows.reverse()
        offset, limit = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["200"])[0])
        count = len(rows) + (2 if fault.get("kind") == "count" else 0)
        page = [_shown(row) for row in rows[offset : offset + limit]]
        return 200, {"jobs": page, "count": count, "limit": limit, "offset": offset}

    def job(self, name: str, query: Mapping[str, list[str]], **_: Any) -> Reply:
        row = self.row(name)
        shown = _shown(row)
        if query.get("exclude_params") != ["true"] and not row["private"]:
            shown["params"] = json.loads(row["body"])
        return 200, shown

    def results(self, name: str, **_: Any) -> Reply:
        row = self.row(name)
        if row["state"] == "Failed":
            return 200, f"Traceback (most recent call last):\n{row['reason']}"
        if row["state"] != "Completed" or (row["private"] and row["reads"]):
            return 204, ""
        self.ask("UPDATE jobs SET reads=reads+1 WHERE id=?", name)
        return 200, row["result"]

    def cancel(self, name: str, **_: Any) -> Reply:
        row = self.row(name)
        if row["state"] in FINAL:
            raise Refused(409, f"Job {name} is {row['state']} and can not be cancelled.")
        self.ask(
            "UPDATE jobs SET state='Cancelled', finished=?, seconds=? WHERE id=?",
            time.time(),
            1.0 if row["state"] == "Running" else 0.0,
            name,
        )
        return 204, ""

    def metrics(self, name: str, **_: Any) -> Reply:
        row = self.row(name)
        times = {key: _iso(row[key]) for key in ("created", "running", "finished")}
        final = row["state"] in FINAL
        return 200, {
            "timestamps": times,
            "usage": {
                "status": "final" if final else "pending",
                "qpu_charge_time_seconds": row["seconds"] if final else 0,
                "quantum_seconds": row["seconds"],
                "seconds": row["seconds"],
            },
        }

    def logs(self, name: str, **_: Any) -> Reply:
        return 200, f"log of {self.row(name)['id']}"

    def tags(self, name: str, body: str, **_: Any) -> Reply:
        self.ask("UPDATE jobs SET tags=? WHERE id=?", json.dumps(json.loads(body)["tags"]), name)
        return 204, ""

    def delete(self, name: str, **_: Any) -> Reply:
        self.ask("UPDATE jobs SET deleted=1 WHERE id=?", self.row(name)["id"])
        return 204, ""

    # -- sessions ------------------------------------------------------------------------------

    def _session(self, name: str) -> dict[str, Any]:
        found = self.ask("SELECT details FROM sessions WHERE id=?", name)
        if not found:
            raise Refused(404, f"Session {name} not found.")
        details: dict[str, Any] = json.loads(found[0]["details"])
        return details

    def session_new(self, body: str, **_: Any) -> Reply:
        asked = json.loads(body)
        if asked.get("mode") == "dedicated" and not self.setting("sessions"):
            words = "You are not authorized to run a session when using the open plan."
            raise Refused(400, words, 1352)
        details = {
            "id": "s" + uuid.uuid4().hex[:19],
            "backend_name": _known(asked["backend"]),
            "mode": asked.get("mode"),
            "max_ttl": asked.get("max_ttl", 28800),
            "state": "open",
            "accepting_jobs": True,
            "elapsed_time": 0,
        }
        self.ask("INSERT INTO sessions VALUES (?, ?)", details["id"], json.dumps(details))
        return 200, details

    def session(self, name: str, **_: Any) -> Reply:
        return 200, self._session(name)

    def session_close(self, name: str, body: str = "", **_: Any) -> Reply:
        details = self._session(name) | {"accepting_jobs": False, "state": "closed"}
        self.ask("UPDATE sessions SET details=? WHERE id=?", json.dumps(details), name)
        return 204, ""

    def session_cancel(self, name: str, **_: Any) -> Reply:
        for row in self.ask("SELECT id FROM jobs WHERE session=?", name):
            if self.row(row["id"])["state"] not in FINAL:
                self.cancel(row["id"])
        return self.session_close(name)

    # -- what only tests ask -------------------------------------------------------------------

    def control(self, method: str, what: str, body: str) -> Reply:
        asked = json.loads(body) if body else {}
        if what == "faults" and method == "POST":
            self.ask(
                "INSERT INTO faults(endpoint, kind, moment, seconds, remaining, skip)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *(asked[key] for key in ("endpoint", "kind", "when", "seconds", "times", "skip")),
            )
        elif what == "faults" and method == "DELETE":
            self.ask("DELETE FROM faults")
        elif what == "faults":
            return 200, [dict(row) for row in self.ask("SELECT * FROM faults")]
        elif what == "settings":
            for name, value in asked.items():
                self.ask("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))
        elif what == "revoke":
            self.ask("UPDATE tokens SET revoked=1")
        elif what == "tokens":
            return 200, [row["token"] for row in self.ask("SELECT token FROM tokens")]
        elif what == "busy":
            return 200, {"requests": self.busy}
        elif what == "requests":
            return 200, dict(self.requests)
        elif what == "cancel":
            self.cancel(asked["job_id"])
        elif what == "close":
            self.session_close(asked["session"])
        elif what == "sessions":
            rows = self.ask("SELECT * FROM sessions")
            return 200, {row["id"]: json.loads(row["details"]) for row in rows}
        elif what == "bill":
            rows = [self.advanced(row) for row in self.ask("SELECT * FROM jobs ORDER BY number")]
            return 200, [_billed(row) for row in rows]
        else:
            raise Refused(404, f"There is no control {what}.")
        return 200, {}


def sampled(body: str, seed: int | None, simulator: Any) -> dict[str, Any]:
    """Result of a submitted program as the service writes it, from really running it.

    Without a seed that of the circuits is taken.
    """
    params = json.loads(body)
    if "pubs" in params:
        return of_sampler(body, seed, simulator)
    return of_executor(body, params["schema_version"].removeprefix("v"), seed, simulator)


def seed_of(circuits: Any) -> int:
    """A seed that is the same for the same circuits, whatever they are called."""
    told = [
        [
            (one.operation.name, [float(p) for p in one.operation.params], one.qubits, one.clbits)
            if one.operation.name not in ("barrier", "delay")
            else one.operation.name
            for one in circuit.data
        ]
        for circuit in circuits
    ]
    return int.from_bytes(hashlib.sha256(repr(told).encode()).digest()[:4], "big") >> 1


def of_sampler(body: str, seed: int | None, simulator: Any) -> dict[str, Any]:
    """The result of the program `sampler`, in which the older samplers of the client send pubs."""
    from qiskit.primitives import BackendSamplerV2
    from qiskit_ibm_runtime import RuntimeDecoder, RuntimeEncoder

    pubs = [tuple(pub) for pub in json.loads(body, cls=RuntimeDecoder)["pubs"]]
    seed = seed_of(pub[0] for pub in pubs) if seed is None else seed
    sampler = BackendSamplerV2(backend=simulator, options={"seed_simulator": seed})
    result: dict[str, Any] = json.loads(json.dumps(sampler.run(pubs).result(), cls=RuntimeEncoder))
    return result


def of_executor(body: str, version: str, seed: int | None, simulator: Any) -> dict[str, Any]:
    """The result of the program `executor`, which the client's own sampler sends."""
    from ibm_quantum_schemas.common import CompressedTensorModel
    from qiskit_ibm_runtime import Executor, QuantumProgram
    from samplomatic.quantum_program import CircuitItem, SamplexItem

    schema = importlib.import_module(
        f"ibm_quantum_schemas.executor.version_{version.replace('.', '_')}"
    )
    sent = schema.ParamsModel.model_validate_json(body).quantum_program
    items: list[Any] = []
    circuits = sent.circuits.to_python(use_cached=True)
    seed = seed_of(circuits) if seed is None else seed
    for circuit, item in zip(circuits, sent.items, strict=True):
        if item.item_type == "circuit":
            items.append(CircuitItem(circuit, circuit_arguments=item.circuit_arguments.to_numpy()))
            continue
        samplex = item.samplex.to_samplex(use_cached=True)
        samplex.finalize()
        given = samplex.inputs().make_broadcastable()
        for name, value in item.samplex_arguments.items():
            given[name] = value.to_numpy() if hasattr(value, "to_numpy") else value
        shape = tuple(item.shape)
        items.append(SamplexItem(circuit, samplex, samplex_arguments=given, shape=shape))
    executor = Executor(mode=simulator, options={"simulator": {"seed_simulator": seed}})
    data = [
        schema.QuantumProgramResultItemModel(
            results={name: CompressedTensorModel.from_numpy(array) for name, array in item.items()},
            metadata=schema.ItemMetadataModel(),
        )
        for item in executor.run(QuantumProgram(sent.shots, items)).result()
    ]
    result: dict[str, Any] = schema.QuantumProgramResultModel(
        data=data,
        metadata=schema.MetadataModel(chunk_timing=[]),
        passthrough_data=sent.passthrough_data,
        semantic_role=sent.semantic_role,
    ).model_dump(mode="json")
    return result


class Machine:
    """Runs programs in a process of its own, so that the server starts at once and lives on.

    A segmentation fault of a simulator that is used from the threads of a server was seen. The
    process is of the nursery that the environment names, or else a new one, which takes seconds.
    """

    def __init__(self, noise: bool) -> None:
        self.noise = noise
        self.link: tuple[TextIO, TextIO] | None = None

    def start(self) -> None:
        if self.link is not None:
            return
        if NURSERY in os.environ:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(os.environ[NURSERY])
                self.link = connection.makefile("w"), connection.makefile("r")
            print(json.dumps(self.noise), file=self.link[0], flush=True)
            return
        process = subprocess.Popen(
            [sys.executable, __file__, *(["--noise"] if self.noise else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin and process.stdout
        self.link = process.stdin, process.stdout

    def run(self, body: str, seed: int | None) -> dict[str, Any]:
        self.start()
        assert self.link is not None
        programs, answers = self.link
        self.link = None  # Until it has answered: what does not will not do so later.
        print(json.dumps([body, seed]), file=programs, flush=True)
        answer: dict[str, Any] = json.loads(answers.readline())
        self.link = programs, answers
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


def work(noise: bool, programs: TextIO, answers: TextIO) -> None:
    """Run the programs that come in, line by line."""
    from qiskit_aer import AerSimulator
    from qiskit_ibm_runtime.fake_provider import FakeFez

    simulator = AerSimulator.from_backend(FakeFez()) if noise else AerSimulator()
    for line in programs:
        body, seed = json.loads(line)
        try:
            answer = sampled(body, seed, simulator)
        except Exception as problem:
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), file=answers, flush=True)


def nurse(address: str) -> None:
    """A machine for everyone who connects, in a process that has loaded what it needs."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for its children.
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        print("ready", flush=True)  # Who comes now waits for the rest.
        for name in ("qiskit_aer", *(f"qiskit_ibm_runtime.{part}" for part in CLIENT)):
            with suppress(ImportError):  # Of an older client.
                importlib.import_module(name)
        # Its standard input ends with the process that started it.
        while sys.stdin not in select.select([door, sys.stdin], [], [])[0]:
            connection, _ = door.accept()
            if os.fork() == 0:
                programs, answers = connection.makefile("r"), connection.makefile("w")
                work(json.loads(programs.readline()), programs, answers)
                os._exit(0)
            connection.close()


def _mock(name: str) -> str:
    return name.replace("ibm_", "mock_")


def _known(name: str) -> str:
    if name not in DEVICES and name not in map(_mock, DEVICES):
        raise Refused(404, f"There is no backend {name}.")
    return name


def _device(name: str, part: str) -> dict[str, Any]:
    """Data of a fake backend of the client, read as a file: importing it would take a second."""
    found = importlib.util.find_spec("qiskit_ibm_runtime")
    short = DEVICES[name.replace("mock_", "ibm_")]
    assert found is not None and found.origin is not None
    folder = Path(found.origin).parent / "fake_provider" / "backends" / short
    file = folder / f"{part}_{short}.json"
    data: dict[str, Any] = json.loads(file.read_text())
    return data | {"backend_name": name}


def _drifted(data: dict[str, Any], factor: float) -> dict[str, Any]:
    """The calibration of another hour."""
    for gate in data["gates"]:
        for figure in gate["parameters"]:
            if figure["name"] == "gate_error":
                figure["value"] *= factor
    return data


def _with_fractional_gates(data: dict[str, Any]) -> dict[str, Any]:
    """What the service says of devices that have them; the client leaves them out unless asked."""
    places = {gate["name"]: gate.get("coupling_map") for gate in data["gates"]}
    for name, (parameter, like) in FRACTIONAL.items():
        if like in places and name not in data["basis_gates"]:
            gate = {"name": name, "parameters": [parameter], "qasm_def": f"gate {name}"}
            data["gates"].append(gate | {"coupling_map": places[like]})
            data["basis_gates"].append(name)
            data["supported_instructions"].append(name)
    return data


def _selected(row: sqlite3.Row, query: Mapping[str, list[str]]) -> bool:
    if "backend" in query and row["backend"] not in query["backend"]:
        return False
    if "session_id" in query and row["session"] not in query["session_id"]:
        return False
    if "program" in query and row["program"] not in query["program"]:
        return False
    if "pending" in query and (row["state"] not in FINAL) != (query["pending"] == ["true"]):
        return False
    after, before = (query.get(f"created_{word}") for word in ("after", "before"))
    created = datetime.fromtimestamp(row["created"], UTC)
    return not (
        (after and created < datetime.fromisoformat(after[0]))
        or (before and created > datetime.fromisoformat(before[0]))
    )


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    """A job as the service shows it."""
    return {
        "id": row["id"],
        "backend": row["backend"],
        "status": row["state"],
        "state": {
            "status": row["state"],
            "reason": row["reason"] or "",
            "reason_code": row["code"],
        },
        "program": {"id": row["program"]},
        "created": _iso(row["created"]),
        "tags": json.loads(row["tags"]),
        "session_id": row["session"],
        "private": bool(row["private"]),
        "cost": 0,
        "estimated_running_time_seconds": 2.0,
    }


def _billed(row: sqlite3.Row) -> dict[str, Any]:
    """A job as the bill has it."""
    result = row["result"] or ""
    return {
        "id": row["id"],
        "tags": json.loads(row["tags"]),
        "backend": row["backend"],
        "program": row["program"],
        "instance": row["instance"],
        "sent": json.loads(row["options"]),
        "params": row["body"],
        "params_sha256": row["sha256"],
        "created": row["created"],
        "state": row["state"],
        "seconds": row["seconds"],
        "reads": row["reads"],
        "listed": row["listed"] <= time.time(),
        "sha256": hashlib.sha256(result.encode()).hexdigest() if result else None,
    }


def error_of(status: int, message: str, code: int | None = None) -> dict[str, Any]:
    return {"errors": [{"code": code or status, "message": message}], "trace": uuid.uuid4().hex}


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


ROUTES: tuple[tuple[str, str, str, Callable[..., Reply]], ...] = (
    ("POST", "/identity/token", "token", Service.token),
    ("POST", "/v3/resources/search", "search", Service.search),
    ("GET", "/catalog/([^/]+)", "plan", Service.plan),
    ("GET", "/instances/usage", "usage", Service.usage),
    ("GET", "/backends", "backends", Service.backends),
    ("GET", "/backends/([^/]+)/configuration", "configuration", Service.configuration),
    ("GET", "/backends/([^/]+)/properties", "properties", Service.properties),
    ("GET", "/backends/([^/]+)/status", "status", Service.status),
    ("POST", "/jobs", "submit", Service.submit),
    ("GET", "/jobs", "list", Service.list),
    ("GET", "/jobs/([^/]+)", "job", Service.job),
    ("DELETE", "/jobs/([^/]+)", "delete", Service.delete),
    ("GET", "/jobs/([^/]+)/results", "results", Service.results),
    ("POST", "/jobs/([^/]+)/cancel", "cancel", Service.cancel),
    ("GET", "/jobs/([^/]+)/metrics", "metrics", Service.metrics),
    ("GET", "/jobs/([^/]+)/logs", "logs", Service.logs),
    ("PUT", "/jobs/([^/]+)/tags", "tags", Service.tags),
    ("POST", "/sessions", "session-new", Service.session_new),
    ("GET", "/sessions/([^/]+)", "session", Service.session),
    ("PATCH", "/sessions/([^/]+)", "session-close", Service.session_close),
    ("DELETE", "/sessions/([^/]+)/close", "session-cancel", Service.session_cancel),
)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--nursery"]:
        nurse(sys.argv[2])
    else:
        work("--noise" in sys.argv, sys.stdin, sys.stdout)
