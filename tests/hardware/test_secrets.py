"""No token in anything that is left behind: logs at DEBUG, tracebacks with locals, ledger, results.

A process of its own runs plan, submit, fetch, jobs and cancel against the double of the service,
with every fault that it knows, an account in the environment or in the saved file, all loggers at
DEBUG into a file, and every error written down with the locals of all frames, also of the errors
behind it. Then every byte of what it left is searched for the key and for the bearer tokens that
the double handed out.
"""

import base64
import json
import logging
import os
import subprocess
import sys
import traceback
import warnings
from pathlib import Path
from urllib.parse import quote

import pytest

from qdml_quantum import Compiler
from qdml_quantum.hardware.jobs import records

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_49
from runtime_double import INSTANCE, SETTINGS, TOKEN, Double

pytestmark = since_49
WRONG = "qdml-wrong-api-key-9876543210fedcbaFEDCBA"
DEVICE = "ibm_manila"
COMMANDS = -1
"""Instead of every so manieth fault: the command line."""
FAULTS = [
    ("submit", "unavailable", "after", 1),
    ("submit", "unavailable", "before", 6),
    ("submit", "dropped", "before", 1),
    ("submit", "dropped", "after", 1),
    ("submit", "truncated", "after", 1),
    ("submit", "page", "after", 1),
    ("submit", "refused", "before", 1),
    ("submit", "fail", "after", 1),
    ("*", "refused", "before", 1),
    ("backends", "refused", "before", 20),
    ("status", "refused", "before", 20),
    ("list", "refused", "before", 20),
    ("job", "refused", "before", 100),
    ("job", "dropped", "after", 100),
    ("results", "truncated", "after", 100),
    ("results", "refused", "before", 100),
    ("metrics", "refused", "before", 100),
    ("token", "unavailable", "before", 20),
    ("token", "dropped", "before", 20),
    ("search", "refused", "before", 20),
]


class Clock(records.Clock):
    """Time that passes only where somebody waits."""

    def __init__(self):
        self.time = 1e9

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


# -- what the process of its own does ----------------------------------------------------------


def everything_about(error):
    """Words, representation and traceback with locals of an error and of all errors behind it."""
    seen, waiting = set(), [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{type(one).__qualname__}: {one}\n{one!r}\n{one.args!r}\n{vars(one)!r}\n"
        shown = traceback.TracebackException.from_exception(one, capture_locals=True, compact=False)
        yield "".join(shown.format())
        waiting += [one.__cause__, one.__context__]


def log_everything(file):
    """Handler on every logger, as some of the libraries do not hand on what they log."""
    logging.captureWarnings(True)
    warnings.simplefilter("always")
    handler = logging.FileHandler(file)
    names = [None, *logging.root.manager.loggerDict]
    for name in names:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        if name is None or not logger.propagate:
            logger.addHandler(handler)


def make_plan(service=None):
    from qdml_quantum import Grid, Problem, Schedule
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.planning.planning import plan

    return plan(
        Problem(Grid([(-2.5, 2.5)], 2), "double_well"),
        Schedule.constant(0.5, num_steps=1, time_step=0.3),
        backend=find_backend(DEVICE, service=service),
        shots=64,
        compiler=Compiler("joint", seeds=1, effort=0.1),
    )


def run_all(out, port, every):
    """All verbs with every so manieth fault; what goes wrong is written down and no reason to stop.

    With 0 there is a plan only, and the client's library hides nothing of what it logs.
    """
    import urllib3.util.retry
    from qiskit_ibm_runtime import QiskitRuntimeService  # noqa: F401  loggers exist from here on

    from qdml_quantum.hardware.devices.devices import find_backend, open_service
    from qdml_quantum.hardware.jobs import submission
    from qdml_quantum.hardware.jobs.ledger import Ledger
    from qdml_quantum.runs.fetching import fetch

    urllib3.util.retry.time.sleep = lambda seconds: None
    log_everything(out / "log.txt")
    double = Double(out)
    double.port = port
    report = (out / "errors.txt").open("w")
    errors = 0

    def attempt(what, call):
        nonlocal errors
        report.write(f"\n===== {what}\n")
        try:
            answer = call()
        except Exception as error:
            errors += 1
            for text in everything_about(error):
                report.write(text)
        else:
            report.write(f"{answer!r}\n{answer}\n")
            return answer
        return None

    def with_fault(number, planned, fault):
        double.clear()
        double.set(**SETTINGS)
        ledger = Ledger(out / "ledgers" / str(number), clock=Clock())
        endpoint, kind, when, times = fault
        double.fault(endpoint, kind, when=when, times=times)
        attempt(f"{fault}: submit", lambda: submission.submit(planned, ledger=ledger))
        if ledger.rows():
            tag = ledger.rows()[0].tag
            attempt("fetch", lambda: fetch(tag, ledger=ledger, timeout=5.0))
            attempt("jobs", lambda: submission.jobs(ledger=ledger, refresh=True))
            double.clear()
            attempt("fetch again", lambda: fetch(tag, ledger=ledger, timeout=5.0))
            attempt("cancel", lambda: submission.cancel(tag, ledger=ledger))

    if not every:
        from ibm_cloud_sdk_core.logger import LoggingFilter

        LoggingFilter.redact_secrets = lambda text: text
    planned = attempt("plan", make_plan)
    attempt("unknown backend", lambda: find_backend("ibm_nowhere"))
    chosen = FAULTS[::every] if every and planned is not None else ()
    for number, fault in enumerate(chosen):
        with_fault(number, planned, fault)
    double.clear()
    double.set(offline=[DEVICE])
    attempt("offline", lambda: submission.submit(planned, ledger=out / "ledgers" / "offline"))
    double.set(**SETTINGS)
    os.environ["QISKIT_IBM_INSTANCE"] = INSTANCE.replace("1111", "2222")
    attempt("wrong instance", open_service)
    print(errors)


def run_commands(out, port):
    """The commands as a person types them, with faults; errors are shown as `QDML_DEBUG` does."""
    import urllib3.util.retry
    from qiskit_ibm_runtime import QiskitRuntimeService  # noqa: F401  loggers exist from here on

    from qdml_quantum import cli
    from qdml_quantum.hardware.jobs.ledger import Ledger

    urllib3.util.retry.time.sleep = lambda seconds: None
    log_everything(out / "log.txt")
    os.environ |= {"QDML_LEDGER": str(out / "ledger"), "QDML_DEBUG": "1"}
    double = Double(out)
    double.port = port
    report = (out / "errors.txt").open("w")
    small = f"double_well --qubits 2 --steps 1 --backend {DEVICE} --effort 0.05 --seeds 1"
    small += " --shots 64"
    failed = 0
    for fault, line in (
        (None, f"plan {small} --besides --json --save kept"),
        (("backends", "refused", "before", 20), f"plan {small}"),
        (("submit", "refused", "before", 1), "submit kept"),
        (("submit", "unavailable", "after", 1), "submit kept --json"),
        (("status", "refused", "before", 20), "jobs --refresh"),
        (None, "jobs --json"),
        (("results", "refused", "before", 100), "fetch --timeout 5"),
        (("job", "dropped", "after", 100), "fetch --timeout 5"),
        (None, "fetch --no-figures"),
        (None, "submit kept --again"),
        (("*", "refused", "before", 1), "cancel TAG"),
        (None, "cancel TAG"),
        (None, "plan double_well --qubits 2 --backend ibm_nowhere"),
    ):
        double.clear()
        double.set(**SETTINGS)
        if fault is not None:
            endpoint, kind, when, times = fault
            double.fault(endpoint, kind, when=when, times=times)
        try:
            tag = Ledger(out / "ledger").rows()[0].tag if "TAG" in line else ""
            code = cli.main(line.replace("TAG", tag).split())
        except (Exception, SystemExit) as error:
            code = 2
            for text in everything_about(error):
                report.write(text)
        failed += code == 2
        print(f"{line}: exit code {code}")
    print(failed)


# -- the tests ---------------------------------------------------------------------------------


def secret_forms(secrets):
    """What a secret may look like: as it is, in part, coded."""
    for secret in secrets:
        yield secret
        yield secret[4:24]
        yield quote(secret, safe="")
        yield base64.b64encode(secret.encode()).decode().rstrip("=")
        yield secret[::-1]


def leaks(folder, secrets):
    """Files below a folder that hold a secret, with what is around it."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes()
        for form in {form.encode() for form in secret_forms(secrets)}:
            place = content.find(form)
            if place >= 0:
                around = content[max(0, place - 200) : place + 40]
                found.append((path.name, around.decode(errors="replace")))
    return found


def run_process(out, double, account, every=1, **environment):
    """Run all verbs in a process with an account; how many errors it met."""
    out.mkdir(parents=True, exist_ok=True)
    home = out.parent / f"{out.name}-home"
    home.mkdir()
    values = {n: v for n, v in os.environ.items() if not n.startswith(("QISKIT", "QDML"))}
    values |= double.environment | environment | {"HOME": str(home), "OPENBLAS_NUM_THREADS": "1"}
    if account == "environment":
        values |= double.account | environment
    else:
        saved = {
            "channel": "ibm_quantum_platform",
            "token": double.token,
            "instance": INSTANCE,
            "url": double.account["QISKIT_IBM_URL"],
            "is_default_account": True,
        }
        (home / ".qiskit").mkdir()
        (home / ".qiskit" / "qiskit-ibm.json").write_text(json.dumps({"default": saved}))
    with (out / "stdout.txt").open("w") as stdout, (out / "stderr.txt").open("w") as stderr:
        subprocess.run(
            [sys.executable, __file__, str(out), str(double.port), str(every)],
            env=values,
            cwd=out,
            stdout=stdout,
            stderr=stderr,
            timeout=300,
            check=False,
        )
    return int((out / "stdout.txt").read_text().split()[-1])


def assert_nothing_leaks(tmp_path, account, every):
    """Run in a process; nothing that it leaves holds a token. Number of errors and of jobs."""
    out = tmp_path / "out"
    with Double(tmp_path / "double") as double:
        errors = run_process(out, double, account, every)
        tokens = double.control("tokens")
        made = double.bill()
    assert len(tokens) >= 10
    assert (out / "log.txt").stat().st_size > 10_000
    assert leaks(out, [TOKEN, *tokens]) == []
    return errors, len(made)


@pytest.mark.parametrize("account", ["environment", pytest.param("file", marks=pytest.mark.slow)])
def test_nothing_that_is_left_behind_holds_a_token(tmp_path, account):
    errors, jobs = assert_nothing_leaks(tmp_path, account, every=4)
    assert errors >= 4
    assert jobs >= 2


@pytest.mark.slow
def test_the_commands_show_no_token(tmp_path):
    failed, jobs = assert_nothing_leaks(tmp_path, "file", every=COMMANDS)
    assert failed >= 4
    assert jobs >= 2


@pytest.mark.slow
@pytest.mark.parametrize("account", ["environment", "file"])
def test_nothing_that_is_left_behind_holds_a_token_with_all_faults(tmp_path, account):
    errors, jobs = assert_nothing_leaks(tmp_path, account, every=1)
    assert errors >= 15
    assert jobs >= 10


def test_token_that_is_not_accepted_is_not_shown(tmp_path):
    out = tmp_path / "out"
    with Double(tmp_path / "double") as double:
        errors = run_process(out, double, "environment", QISKIT_IBM_TOKEN=WRONG)
    assert errors >= 2
    assert (
        "QISKIT_IBM" in (out / "errors.txt").read_text()
        or "account" in (out / "errors.txt").read_text()
    )
    assert leaks(out, [WRONG]) == []


def test_scan_finds_what_the_client_by_itself_would_show(tmp_path):
    """The danger is there: locals of the client's frames hold the token, in an error of its own."""
    with Double(tmp_path / "double") as double:
        service = double.service()
        double.fault("usage", "refused")
        with pytest.raises(Exception) as raised:
            service.usage()
        tokens = double.control("tokens")
    out = tmp_path / "out"
    out.mkdir()
    (out / "errors.txt").write_text("".join(everything_about(raised.value)))
    assert leaks(out, [TOKEN, *tokens])


@pytest.mark.slow
def test_scan_finds_what_the_log_would_show_if_the_library_hid_nothing(tmp_path):
    """The library of the client hides keys and headers in its log; here it does not."""
    out = tmp_path / "out"
    with Double(tmp_path / "double") as double:
        run_process(out, double, "environment", every=0)
        tokens = double.control("tokens")
    assert {name for name, _ in leaks(out, [TOKEN])} >= {"log.txt"}
    assert {name for name, _ in leaks(out, tokens)} >= {"log.txt"}


@pytest.mark.parametrize("form", list(secret_forms([TOKEN])))
def test_scan_finds_every_form_of_a_token(tmp_path, form):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.bin").write_bytes(b"\0" * 100 + form.encode() + b"\xff")
    assert leaks(tmp_path, [TOKEN])


if __name__ == "__main__":
    folder, number, manner = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if manner == COMMANDS:
        run_commands(folder, number)
    else:
        run_all(folder, number, manner)
