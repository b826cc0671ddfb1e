"""A double of the IBM Quantum service on this machine, for the client as it is installed.

It speaks the REST interface that `qiskit_ibm_runtime` uses (tokens, instances, backends, jobs,
sessions), keeps everything in SQLite so that it survives its own SIGKILL, and really runs what is
submitted. Faults can be ordered one by one, and every job that was ever made stays on the bill.

As a script, a server that prints its port::

    python runtime_double.py --state DIR [--port 0] [--token TOKEN] [--noise]

From tests, the same as an object::

    with Double(tmp_path) as double:
        service = double.service()
        double.fault("submit", "unavailable", when="after")

Endpoints as `fault` names them: token, search, plan, usage, backends, configuration, properties,
status, submit, list, job, results, cancel, metrics, logs, tags, delete, session-new, session,
session-close, session-cancel; ``*`` is any of them.

Kinds of fault (`when` says whether the request has been carried out by then):

========== ===================================================================================
unavailable 503, before or after
dropped     the connection closes without a reply, before or after
killed      the server kills itself, before or after
slow        `seconds` pass, before or after
gateway     504 at once, and the request is carried out `seconds` later all the same, before
refused     401 as for an expired token, before
truncated   half of the reply, then the connection closes, after
cut         half of the reply, and nothing that tells, after
page        a page of HTML with status 200, as a proxy would send, after
count       a list whose count is too large by two, after
hidden      the job that is made is listed only `seconds` later, after; `seconds` of the faults
            unavailable, dropped and truncated does the same besides
fail        the job that is made will fail, after
========== ===================================================================================
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import runtime_service
from runtime_service import (
    INSTANCE,
    NURSERY,
    ROUTES,
    SECOND,
    SETTINGS,
    TOKEN,
    Refused,
    Reply,
    Service,
    error_of,
)

__all__ = ["INSTANCE", "SECOND", "SETTINGS", "TOKEN", "Double"]


class Handler(BaseHTTPRequestHandler):
    """HTTP around the service, with the faults that were ordered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        if len(body.encode()) < length:
            self.close_connection = True
            return
        split = urlsplit(self.path)
        path = re.sub("^(/experimental)?(/api/v1)?", "", split.path)
        if path.startswith("/control/"):
            self.reply(*self.carried_out(self.service.control, self.command, path[9:], body))
            return
        for method, pattern, name, call in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                with self.service.working():
                    self.serve(name, call, match, {"body": body, "query": parse_qs(split.query)})
                return
        self.reply(404, error_of(404, f"There is no {self.command} {path}."))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def serve(
        self, endpoint: str, call: Callable[..., Reply], match: re.Match[str], asked: dict[str, Any]
    ) -> None:
        self.service.requests[endpoint] += 1
        fault = self.service.take_fault(endpoint) or {}
        kind, seconds = fault.get("kind"), fault.get("seconds", 0.0)
        if fault.get("moment") == "before" and self.struck(kind, seconds):
            return
        named = {"name": match[1]} if match.groups() else {}

        def authorised() -> Reply:
            if endpoint != "token":
                self.service.authorise(self.headers.get("Authorization"))
                instance = self.headers.get("Service-CRN")
                self.service.require_own(endpoint, named.get("name", ""), instance)
                asked["instance"] = instance
            return call(self.service, **named, **asked, fault=fault)

        if kind == "gateway":
            self.close_connection = True
            self.reply(504, error_of(504, "No answer in time."))
            self.connection.shutdown(socket.SHUT_RDWR)
            time.sleep(seconds)
        status, content = self.carried_out(authorised)
        if kind == "gateway":
            return
        if fault.get("moment") == "after" and self.struck(kind, seconds):
            return
        self.reply(status, content, kind)

    def struck(self, kind: str | None, seconds: float) -> bool:
        """Do what a fault says; whether that was the end of the request."""
        if kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "unavailable":
            self.reply(503, error_of(503, "The service is unavailable."))
        elif kind == "refused":
            self.reply(401, error_of(401, "The token is expired."))
        elif kind == "dropped":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif kind == "slow":
            time.sleep(seconds)
        return kind in ("unavailable", "refused", "dropped")

    def carried_out(self, call: Callable[..., Reply], *values: Any) -> Reply:
        try:
            return call(*values)
        except Refused as problem:
            return problem.args[0], error_of(*problem.args)

    def reply(self, status: int, content: Any, fault: str | None = None) -> None:
        data = (content if isinstance(content, str) else json.dumps(content)).encode()
        if fault == "page":
            data = b"<html><body>Please log in to the network of this hotel.</body></html>"
        if fault == "cut":
            data = data[: len(data) // 2]
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "text/html" if fault == "page" else "application/json")
            self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if status != 204:
            self.wfile.write(data[: len(data) // 2] if fault == "truncated" else data)
        if fault == "truncated":
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test that fails says so itself."""


class Server(ThreadingHTTPServer):
    """Serves on this machine only; clients that were killed are no error."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@cache
def _nursery() -> str:
    """Where machines come from: one process for all doubles of this one, and as long as it."""
    address = f"{tempfile.mkdtemp(prefix='qdml-')}/nursery"
    command = [sys.executable, runtime_service.__file__, "--nursery", address]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    atexit.register(process.communicate)
    atexit.register(shutil.rmtree, Path(address).parent, ignore_errors=True)
    return address


class Double:
    """The double as a subprocess, with what tests ask of it.

    Args:
        folder: Where it keeps its state; two doubles on one folder are the same service.
        token: API key that it accepts.
        noise: Run jobs on the noise model of the fake Fez (seconds each) instead of ideally.
    """

    def __init__(self, folder: Path | str, *, token: str = TOKEN, noise: bool = False) -> None:
        self.folder, self.token, self.noise = Path(folder), token, noise
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Double:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start the server, on the port it had before if it had one."""
        from clients import require_place_of_tokens

        require_place_of_tokens()
        command = [sys.executable, __file__, "--state", str(self.folder), "--token", self.token]
        command += ["--port", str(self.port), "--parent", str(os.getpid())]
        command += ["--noise"] if self.noise else []
        nursery = {NURSERY: _nursery()} if hasattr(os, "fork") else {}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | nursery
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        """SIGKILL: nothing of the server runs any more when this returns."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def restart(self) -> None:
        """Kill the server and start it again."""
        self.kill()
        self.start()

    def revive(self, *, dying: bool = False) -> None:
        """Start the server again if it has died; `dying` says that it will have in a moment."""
        if dying and self.process is not None:
            self.process.wait(timeout=10)
        if self.process is None or self.process.poll() is not None:
            self.restart()

    @property
    def address(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the client's libraries that say where tokens and instances come from."""
        return {
            "IAM_URL": self.address,
            "GLOBAL_SEARCH_URL": self.address,
            "GLOBAL_CATALOG_URL": f"{self.address}/catalog",
        }

    @property
    def account(self) -> dict[str, str]:
        """Variables of a user's account; the word in the URL makes the client take it as it is."""
        return {
            "QISKIT_IBM_CHANNEL": "ibm_quantum_platform",
            "QISKIT_IBM_TOKEN": self.token,
            "QISKIT_IBM_INSTANCE": INSTANCE,
            "QISKIT_IBM_URL": f"{self.address}/experimental/api/v1",
        }

    def service(self, **options: Any) -> Any:
        """The client as it is installed, at this address."""
        from qiskit_ibm_runtime import QiskitRuntimeService

        with _changed_environment(self.environment):
            return QiskitRuntimeService(
                **{
                    "channel": "ibm_quantum_platform",
                    "token": self.token,
                    "instance": INSTANCE,
                    "url_resolver": lambda *_: f"{self.address}/api/v1",
                }
                | options
            )

    def control(self, what: str, method: str = "GET", **content: Any) -> Any:
        """Ask what only tests ask."""
        data = json.dumps(content).encode() if method != "GET" else None
        request = urllib.request.Request(f"{self.address}/control/{what}", data, method=method)
        for attempt in range(3):
            try:
                with urllib.request.urlopen(request, timeout=60) as reply:
                    return json.load(reply)
            except OSError:
                # It may be dying of a fault that was ordered before.
                if self.process is None or attempt == 2:
                    raise
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=5)
                self.revive()
        return None

    def fault(
        self,
        endpoint: str,
        kind: str,
        *,
        when: str = "before",
        seconds: float = 0.0,
        times: int = 1,
        skip: int = 0,
    ) -> None:
        """Order a fault; see the table above."""
        content = {"endpoint": endpoint, "kind": kind, "when": when, "seconds": seconds}
        self.control("faults", "POST", **content, times=times, skip=skip)

    def clear(self) -> list[dict[str, Any]]:
        """Call off all faults; what there were, with the number of times each has struck."""
        faults: list[dict[str, Any]] = self.control("faults")
        self.control("faults", "DELETE")
        return faults

    def set(self, **settings: Any) -> None:
        """Change settings; see `SETTINGS`."""
        self.control("settings", "POST", **settings)

    def wait_until_idle(self) -> None:
        """Return when no request is under way: a client that is dead has done all it could."""
        while self.control("busy")["requests"]:
            time.sleep(0.02)

    def bill(self, tag: str | None = None) -> list[dict[str, Any]]:
        """Every job that was ever made, oldest first."""
        return [job for job in self.control("bill") if tag is None or tag in job["tags"]]


@contextmanager
def _changed_environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", type=Path, required=True, help="folder of the state")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--token", default=TOKEN, help="API key to accept")
    parser.add_argument("--noise", action="store_true", help="run on the fake Fez's noise model")
    parser.add_argument("--parent", type=int, help="stop when this process has ended")
    given = parser.parse_args()
    Handler.service = Service(given.state, given.token, given.noise)
    server = Server(("127.0.0.1", given.port), Handler)
    print(server.server_address[1], flush=True)
    if given.parent is not None:
        threading.Thread(target=_end_with, args=(given.parent,), daemon=True).start()
    server.serve_forever()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


if __name__ == "__main__":
    main()
