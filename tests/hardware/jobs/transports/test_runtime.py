"""The runtime client as it is installed, against a double of the service."""

import json
import threading
import time
import traceback
from types import SimpleNamespace

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import INSTALLED, since_51
from fake_service import SHOTS, FakeClock, changed, quick_folder, small_plan
from plans import QUICK
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import Batch, SamplerV2, Session
from runtime_double import INSTANCE, SECOND, SETTINGS, TOKEN, Double

from qdml_quantum import Grid, Problem, Schedule, find_backend
from qdml_quantum import plan as make_plan
from qdml_quantum.cli import main
from qdml_quantum.hardware import errors
from qdml_quantum.hardware.devices.account import Account
from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError
from qdml_quantum.hardware.jobs.fetching import NotReadyError
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.submission import cancel, dry_run, jobs, submit, submit_together
from qdml_quantum.hardware.jobs.transports import runtime, transport_to_submit
from qdml_quantum.hardware.jobs.transports.base import RefusedError, is_transport
from qdml_quantum.hardware.jobs.transports.local import LocalTransport
from qdml_quantum.hardware.jobs.transports.runtime import GRACE_SECONDS, RuntimeTransport
from qdml_quantum.hardware.jobs.transports.sampling import has_client_side_sampler, sampler_on
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.runs.fetching import fetch


@pytest.fixture(scope="module")
def double(tmp_path_factory):
    with Double(tmp_path_factory.mktemp("double")) as started:
        yield started


@pytest.fixture(scope="module")
def service(double):
    return double.service()


@pytest.fixture(scope="module")
def device(service):
    """Made once: that takes longer than everything else."""
    return service.backend("ibm_fez")


@pytest.fixture
def quiet(double):
    yield double
    double.revive()
    double.clear()
    double.set(**SETTINGS)


@pytest.fixture
def ledger():
    with quick_folder() as folder:
        yield Ledger(folder / "ledger", clock=FakeClock(time.time()))


@pytest.fixture
def transport(device):
    return transport_to_submit(small_plan(backend="ibm_fez"), device, None, None)


def sent(transport, plan, tag):
    transport.ready([plan])
    return transport.post([plan], tag)


def test_there_and_back(quiet, ledger, service, plan):
    job = submit(plan, ledger=ledger, service=service)
    (billed,) = quiet.bill(job.tag)
    assert billed["tags"] == [job.tag, "qdml"] and job.job_id == billed["id"]
    assert ledger.row(job.tag).instance == INSTANCE
    result = fetch(job, ledger=ledger, service=service)
    assert [sum(counts.values()) for counts in result.device.counts] == [SHOTS, SHOTS]
    (row,) = ledger.rows()
    assert row.remotes[0].raw_sha256 == billed["sha256"] or quiet.bill(job.tag)[0]["sha256"] == (
        row.remotes[0].raw_sha256
    )
    assert (
        result.device.job["usage_seconds"] == 2.0 and "created" in result.device.job["timestamps"]
    )
    assert quiet.bill(job.tag)[0]["reads"] == 1


def test_it_is_a_transport(transport):
    assert is_transport(transport) and isinstance(transport, RuntimeTransport)
    assert is_transport(LocalTransport(AerSimulator()))
    assert not is_transport(AerSimulator())
    assert (transport.name, transport.instance, transport.local) == ("ibm_fez", None, False)


def test_fetch_on_another_day_by_another_client(quiet, ledger, service, plan):
    plan = changed(plan, seed=1)
    job = submit(plan, ledger=ledger, service=service)
    assert isinstance(
        fetch(job.job_id, ledger=ledger.path, service=quiet.service()).device.counts, tuple
    )


@pytest.mark.parametrize("kind", ["unavailable", "dropped", "truncated", "cut", "page"])
def test_a_lost_reply_is_found_by_its_tag(quiet, ledger, service, plan, kind, device):
    plan = changed(plan, seed=100 + len(kind))
    quiet.fault("submit", kind, when="after", times=1)
    job = submit(plan, ledger=ledger, backend=device)
    fetch(job, ledger=ledger, service=service)
    billed = quiet.bill(job.tag)
    assert len(billed) == (2 if kind == "unavailable" else 1)
    kept = {one.job_id: one.raw_sha256 for one in ledger.row(job.tag).remotes}
    assert kept == {one["id"]: one["sha256"] for one in billed}


def test_three_paid_jobs_of_one_request(quiet, ledger, service, plan, device):
    plan = changed(plan, seed=200)
    quiet.fault("submit", "unavailable", when="after", times=2)
    job = submit(plan, ledger=ledger, backend=device)
    assert len(job.duplicates) == 2 and "more jobs" in job.message
    fetch(job, ledger=ledger, service=service)
    billed = {one["id"]: one["sha256"] for one in quiet.bill(job.tag)}
    assert len(billed) == 3
    assert {one.job_id: one.raw_sha256 for one in ledger.row(job.tag).remotes} == billed
    assert jobs(ledger=ledger)[0].usage_seconds == 6.0


def test_duplicates_that_wait_are_cancelled(quiet, ledger, service, plan, device):
    plan = changed(plan, seed=201)
    quiet.set(queue_seconds=1000.0)
    quiet.fault("submit", "unavailable", when="after", times=2)
    job = submit(plan, ledger=ledger, backend=device)
    quiet.set(queue_seconds=0.0)
    fetch(job, ledger=ledger, service=service)
    states = {one["id"]: one["state"] for one in quiet.bill(job.tag)}
    assert states.pop(job.job_id) == "Completed" and set(states.values()) == {"Cancelled"}


WELL = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
STEP = Schedule.constant(0.5, num_steps=1, time_step=0.3)
KINDS = ("dropped", "page", "cut", "truncated", "unavailable", "refused")

DEFAULT = {("job", "page"), ("job", "refused"), ("list", "cut"), ("metrics", "page")}


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        pytest.param(e, k, marks=() if (e, k) in DEFAULT else pytest.mark.slow)
        for e in ("job", "results", "list", "metrics")
        for k in KINDS
    ],
)
def test_faults_while_fetching(quiet, ledger, service, plan, endpoint, kind, device):
    plan = changed(plan, seed=300)
    job = submit(plan, ledger=ledger, backend=device)
    when = "before" if kind == "refused" else "after"
    quiet.fault(endpoint, kind, when=when, times=1)
    result = fetch(job, ledger=ledger, service=service)
    assert [sum(counts.values()) for counts in result.device.counts] == [SHOTS, SHOTS]
    assert sum(fault["hits"] for fault in quiet.clear()) == 1


def test_an_expired_token_is_a_refusal(quiet, ledger, service, plan, device):
    plan = changed(plan, seed=400)
    quiet.fault("submit", "refused")
    with pytest.raises(HardwareError, match=r"did not take the job.*save the account again"):
        submit(plan, ledger=ledger, backend=device)
    assert jobs(ledger=ledger)[0].state == "void"
    assert submit(plan, ledger=ledger, backend=device).new


@pytest.mark.slow
def test_a_server_that_dies(quiet, ledger, service, plan, device):
    plan = changed(plan, seed=401)
    quiet.fault("submit", "killed", when="after")
    with pytest.raises(AmbiguousSubmissionError):
        submit(plan, ledger=ledger, backend=device)
    quiet.revive()
    job = submit(plan, ledger=ledger, backend=device)
    assert not job.new and len(quiet.bill(job.tag)) == 1
    fetch(job, ledger=ledger, service=service)


def test_offline(quiet, ledger, service, plan, transport, device):
    quiet.set(offline=["ibm_fez"])
    with pytest.raises(HardwareError, match=r"ibm_fez` is offline.*Nothing was sent"):
        submit(changed(plan, seed=402), ledger=ledger, service=service)
    with pytest.raises(HardwareError, match=r"ibm_fez` is offline \(maintenance\)"):
        transport.ready([plan])
    assert jobs(ledger=ledger) == ()


def test_a_job_of_a_device_that_is_offline_can_be_fetched(quiet, ledger, service, plan, device):
    job = submit(changed(plan, seed=403), ledger=ledger, backend=device)
    assert len(quiet.bill(job.tag)) == 1
    quiet.set(offline=["ibm_fez"])
    fetch(job, ledger=ledger, service=quiet.service())


@pytest.mark.parametrize("kind", ["fail", "cancel"])
def test_jobs_that_end_without_a_result(quiet, ledger, service, plan, kind, device):
    plan = changed(plan, seed=404)
    if kind == "fail":
        quiet.fault("submit", "fail", when="after")
    else:
        quiet.set(queue_seconds=1000.0)
    job = submit(plan, ledger=ledger, backend=device)
    if kind == "cancel":
        quiet.control("cancel", "POST", job_id=job.job_id)
    words = "told to let this job fail" if kind == "fail" else "was cancelled"
    with pytest.raises(HardwareError, match=words):
        fetch(job, ledger=ledger, service=service)


def test_cancel(quiet, ledger, service, plan, device):
    quiet.set(queue_seconds=1000.0)
    job = submit(changed(plan, seed=405), ledger=ledger, backend=device)
    assert cancel(job, ledger=ledger, service=service).state == "cancelled"
    assert quiet.bill(job.tag)[0]["state"] == "Cancelled"
    quiet.set(queue_seconds=0.0)
    job = submit(changed(plan, seed=406), ledger=ledger, backend=device)
    assert quiet.bill(job.tag)[0]["state"] == "Completed"
    assert cancel(job, ledger=ledger, service=service).state == "submitted"
    fetch(job, ledger=ledger, service=service)


@pytest.mark.few(1)
@pytest.mark.parametrize("mode", [Batch, Session])
def test_batch_and_session(quiet, ledger, service, plan, mode):
    opened = mode(service.backend("ibm_fez"))
    first = submit(changed(plan, seed=407), ledger=ledger, mode=opened)
    second = submit(changed(plan, seed=408), ledger=ledger, mode=opened)
    opened.close()
    for job in (first, second):
        assert service.job(job.job_id).session_id == opened.session_id
        fetch(job, ledger=ledger, service=service)
    with pytest.raises(HardwareError, match=r"is closed\. Nothing was sent"):
        submit(changed(plan, seed=409), ledger=ledger, mode=opened)
    with pytest.raises(TypeError, match="a Batch or a Session"):
        submit(plan, ledger=ledger, mode="batch")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}},
        {"twirling": {"enable_gates": True}},
    ],
    ids=str,
)
def test_options_reach_the_service(quiet, ledger, service, plan, options, device):
    circuits = {setting.kind: setting.circuit for setting in plan.settings}
    plan = changed(plan, options=options, settings=settings_of(circuits, readout=True))
    job = submit(plan, ledger=ledger, backend=device)
    result = fetch(job, ledger=ledger, service=service)
    assert len(result.device.counts) == len(plan.settings)
    sent = service.job(job.job_id).inputs
    if "quantum_program" in sent:
        told = sent["quantum_program"].passthrough_data["post_processor"]["options"]
    else:  # A client without its own sampler leaves out what is not set.
        unset = {"dynamical_decoupling": {"enable": False}, "twirling": {"enable_gates": False}}
        told = unset | sent["options"]
    assert told["dynamical_decoupling"]["enable"] == ("dynamical_decoupling" in options)
    assert bool(told["twirling"]["enable_gates"]) == ("twirling" in options)


def test_a_list_that_counts_too_many_is_no_answer(quiet, transport, plan, monkeypatch):
    """The client would ask for ever; whoever asks goes on, and looks again the next time."""
    job_id = sent(transport, plan, "qdml-count")
    quiet.fault("list", "count", when="after", times=1000)
    monkeypatch.setattr(errors.asked, "__defaults__", (0.5,))
    with pytest.raises(HardwareError, match=r"No answer within 0\.5 s"):
        transport.find("qdml-count")
    quiet.clear()
    monkeypatch.setattr(errors.asked, "__defaults__", (60.0,))
    assert transport.find("qdml-count") == (job_id,)


@pytest.mark.parametrize("older", [False, True], ids=["client-side", "SamplerV2"])
def test_options_of_a_sampler_are_on_the_wire(quiet, ledger, service, plan, device, older):
    if not older and not has_client_side_sampler():
        pytest.skip("the client is older than its own sampler")
    mine = SamplerV2(mode=device) if older else sampler_on(device)
    mine.options.max_execution_time = 7
    mine.options.environment.private = True
    mine.options.environment.job_tags = ["mine"]
    mine.options.execution.rep_delay = 1e-4
    mine.options.dynamical_decoupling.enable = True
    job = submit(plan, ledger=ledger, backend=mine)
    assert job.new and not submit(plan, ledger=ledger, backend=mine).new
    (billed,) = quiet.bill(job.tag)
    assert billed["tags"] == [job.tag, "qdml", "mine"]
    assert billed["program"] == ("sampler" if older else "executor")
    assert billed["sent"]["private"] is True and 7 in billed["sent"].values()
    assert '"rep_delay": 0.0001' in billed["params"] and '"enable": true' in billed["params"]
    assert mine.options.environment.job_tags == ["mine"]
    result = fetch(job, ledger=ledger, service=service)
    assert [sum(counts.values()) for counts in result.device.counts] == [SHOTS, SHOTS]
    assert quiet.bill(job.tag)[0]["reads"] == 1


def test_a_conflict_of_options_is_told_before_anything_is_sent(quiet, ledger, plan, device):
    mine = sampler_on(device, {"dynamical_decoupling": {"enable": True, "sequence_type": "XX"}})
    decoupled = {"dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}}
    wanted = changed(plan, options=decoupled, seed=410)
    with pytest.raises(ValueError, match=r"sequence_type = 'XY4'.*sequence_type = 'XX'"):
        submit(wanted, ledger=ledger, backend=mine)
    assert ledger.rows() == ()


@pytest.mark.parametrize(("said", "cap"), [(None, 9), (40, 40), (1e9, 10_800), (0.1, 1)])
def test_a_job_is_capped(quiet, ledger, plan, device, said, cap):
    """Three times the estimate of 3 s, or what is said."""
    wanted = changed(plan, seed=420 + cap % 100)
    job = submit(wanted, ledger=ledger, backend=device, max_seconds=said)
    sent = quiet.bill(job.tag)[0]["sent"]
    assert cap in sent.values(), sent


def test_two_caps_that_differ_are_told(quiet, ledger, plan, device):
    mine = sampler_on(device, {"max_execution_time": 7})
    with pytest.raises(ValueError, match=r"max_execution_time = 60.*max_execution_time = 7"):
        submit(changed(plan, seed=430), ledger=ledger, backend=mine, max_seconds=60)
    assert ledger.rows() == ()
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="`max_seconds`"):
            submit(plan, ledger=ledger, backend=device, max_seconds=wrong)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"usage_limit_seconds": 1.0}, "0 s left of 1 s"),
        ({"usage_limit_reached": True}, "LIMIT REACHED"),
    ],
)
def test_what_the_account_cannot_pay_is_not_sent_unless_told(
    quiet, ledger, plan, device, told, words
):
    wanted = changed(plan, seed=440 + len(words))
    submit(changed(plan, seed=439), ledger=ledger, backend=device)  # Something is spent.
    quiet.set(**told)
    before = len(ledger.rows())
    with pytest.raises(HardwareError, match=rf"expected to take 3\.0 s.*{words}.*--overdraw"):
        submit(wanted, ledger=ledger, backend=device)
    assert len(ledger.rows()) == before
    assert submit(wanted, ledger=ledger, backend=device, overdraw=True).new
    quiet.set(usage_limit_seconds=1e9, usage_limit_reached=False)


def test_another_device_than_that_of_the_plan_is_refused(quiet, ledger, service, plan, device):
    with pytest.raises(ValueError, match=r"`backend` must be `ibm_fez`.*`ibm_manila`"):
        submit(plan, ledger=ledger, backend=service.backend("ibm_manila"))
    with (
        Batch(service.backend("ibm_manila")) as opened,
        pytest.raises(ValueError, match=r"opened on the backend `ibm_fez`.*`ibm_manila`"),
    ):
        submit(plan, ledger=ledger, backend=device, mode=opened)
    assert ledger.rows() == ()


def test_only_jobs_with_the_tag_are_found(quiet, transport, plan, service, monkeypatch):
    sent(transport, plan, "qdml-mine")
    real = service.jobs
    monkeypatch.setattr(
        service, "jobs", lambda **given: real(**{k: v for k, v in given.items() if k != "job_tags"})
    )
    assert len(transport.find("qdml-mine")) == 1 and transport.find("qdml-other") == ()


def test_all_instances_are_searched_where_none_is_known(
    quiet, service, transport, plan, monkeypatch
):
    job_id = sent(transport, plan, "qdml-instances")
    seen, real = [], service.jobs

    def listed(**given):
        seen.append(given["instance"])
        return real(**given) if given["instance"] == INSTANCE else []

    monkeypatch.setattr(service, "jobs", listed)
    monkeypatch.setattr(service, "instances", lambda: [{"crn": "crn:other"}, {"crn": INSTANCE}])
    monkeypatch.setattr(service, "active_instance", lambda: "crn:third")
    assert RuntimeTransport(service, "ibm_fez").find("qdml-instances") == (job_id,)
    assert seen == ["crn:third", "crn:other", INSTANCE]
    assert transport.find("qdml-instances") == (job_id,) and seen[3:] == [INSTANCE]


def test_an_instance_that_does_not_answer_is_not_empty(service, monkeypatch):
    def listed(**given):
        if given["instance"] != INSTANCE:
            raise RuntimeError("no access")
        return []

    monkeypatch.setattr(service, "jobs", listed)
    monkeypatch.setattr(service, "instances", lambda: [{"crn": "crn:other"}])
    assert RuntimeTransport(service, "ibm_fez", instance=INSTANCE).find("qdml-x") == ()
    for instance in (None, "crn:other"):
        with pytest.raises(HardwareError, match="no access"):
            RuntimeTransport(service, "ibm_fez", instance=instance).find("qdml-x")


def test_a_call_that_hangs_is_given_up(service, monkeypatch):
    block = threading.Event()
    monkeypatch.setattr(service, "job", lambda _: block.wait())
    monkeypatch.setattr(errors.asked, "__defaults__", (0.05,))
    with pytest.raises(HardwareError, match=r"status of job x.*No answer within 0\.05 s"):
        RuntimeTransport(service, "ibm_fez").status("x")
    block.set()


def test_wrong_input_is_a_refusal_and_a_reply_that_can_not_be_read_is_none(transport, plan):
    transport.ready([plan])
    with pytest.raises(RefusedError):
        transport.post([SimpleNamespace(settings=None, shots=5)], "qdml-wrong")
    for error, answer in (
        (json.JSONDecodeError("x", "y", 0), False),
        (ConnectionError("x"), False),
        (KeyError("id"), False),
        (ValueError("options"), True),
    ):
        assert runtime._is_refusal(error) is answer


@pytest.mark.parametrize(("history", "answer"), [((), True), (("503",), False)])
def test_a_no_after_a_first_attempt_is_not_believed(history, answer):
    """The client had sent the request before: that one may have been carried out."""
    reply = SimpleNamespace(raw=SimpleNamespace(retries=SimpleNamespace(history=history)))
    error = RuntimeError("401")
    error.status_code = 401
    error.__cause__ = ConnectionError("unauthorized")
    error.__cause__.response = reply
    assert runtime._is_refusal(error) is answer


def test_the_client_tries_six_times(quiet, transport, plan, monkeypatch):
    """What `GRACE_SECONDS` is made of: attempts of 900 s each, and what lies between them."""
    pauses = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", pauses.append)
    quiet.fault("submit", "unavailable", times=20)
    before = quiet.control("requests")["submit"]
    with pytest.raises(HardwareError, match="503"):
        sent(transport, plan, "qdml-attempts")
    attempts = quiet.control("requests")["submit"] - before
    assert attempts == 6 and sum(pauses) <= 15
    assert attempts * 900 + sum(pauses) <= GRACE_SECONDS


def test_no_token_in_errors(quiet, ledger, device, plan, caplog):
    """What a traceback with locals, the log and the ledger hold after faults."""
    caplog.set_level("DEBUG")
    texts = []
    for seed, endpoint in enumerate(("submit", "status", "usage"), 500):
        quiet.fault(endpoint, "refused", times=3)
        try:
            submit(changed(plan, seed=seed), ledger=ledger, backend=device)
        except HardwareError as error:
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            texts += [*told.format(), str(error)]
            assert error.__cause__ is None
        else:
            assert endpoint == "usage"  # Clients before 0.48 do not ask for it.
        quiet.clear()
    texts += [caplog.text]
    texts += [p.read_bytes().decode("latin-1") for p in ledger.path.rglob("*") if p.is_file()]
    tokens = [TOKEN, *quiet.control("tokens")]
    assert not [token for token in tokens for text in texts if token in text]


# -- limits of the service ------------------------------------------------------------------------


def test_a_job_that_takes_longer_than_its_cap_is_ended_and_says_so(
    quiet, ledger, service, plan, device
):
    wanted = changed(plan, seed=500)
    quiet.set(qpu_seconds=20.0)
    job = submit(wanted, ledger=ledger, backend=device)
    with pytest.raises(
        HardwareError, match=r"failed at .* longer than maximum execution time.*--max-seconds"
    ):
        fetch(job, ledger=ledger, service=service)
    (known,) = jobs(ledger=ledger)
    assert (known.state, known.usage_seconds) == ("failed", 9.0)  # Charged, three times 3 s.
    again = submit(wanted, ledger=ledger, backend=device, max_seconds=30)
    assert again.new and again.tag != job.tag
    assert fetch(again, ledger=ledger, service=service).device.job["usage_seconds"] == 20.0


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"most_bytes": 100}, "413 Client Error.*plan fewer circuits"),
        ({"most_pending": 0}, r"limit of 0 pending jobs.*qdml jobs lists them"),
        ({"most_a_minute": 0}, "Too many requests.*Wait a minute"),
        (
            {"refuses_beyond_usage": True, "usage_limit_reached": True},
            r"Usage exceeds instance limit.*--instance",
        ),
    ],
)
def test_a_limit_is_said_with_what_to_do_and_nothing_is_lost(
    quiet, ledger, service, plan, device, limit, words
):
    wanted = changed(plan, seed=510 + len(words))
    quiet.set(**limit)
    with pytest.raises(
        HardwareError,
        match=rf"did not take the job\..*{words}.*run the same command again after that\.$",
    ):
        submit(wanted, ledger=ledger, backend=device, overdraw=True)
    (row,) = ledger.rows()
    assert row.state == "void" and quiet.bill(row.tag) == []
    quiet.set(**SETTINGS)
    job = submit(wanted, ledger=ledger, backend=device)
    assert job.new and fetch(job, ledger=ledger, service=service).shots == SHOTS


def test_a_job_beyond_the_limit_waits_and_says_so(quiet, ledger, service, plan, device):
    wanted = changed(plan, seed=540)
    quiet.set(usage_limit_reached=True)
    job = submit(wanted, ledger=ledger, backend=device, overdraw=True)
    assert "LIMIT REACHED" in job.message and "wait until there is more" in job.message
    with pytest.raises(NotReadyError):
        fetch(job, ledger=ledger, service=service, timeout=0.0)
    assert "wait until there is more" in submit(wanted, ledger=ledger, backend=device).message
    quiet.set(usage_limit_reached=False)
    assert fetch(job, ledger=ledger, service=service).shots == SHOTS


@pytest.mark.slow
def test_a_plan_without_sessions_is_told_at_once(quiet, ledger, service, plan):
    quiet.set(sessions=False)
    with pytest.raises(HardwareError, match=r"a session on `ibm_fez`.*not authorized to run a ses"):
        submit_together([plan], "session", ledger=ledger, service=service)
    assert ledger.rows() == () and submit_together([plan], "batch", ledger=ledger, service=service)


@pytest.mark.slow
def test_the_instance_that_is_chosen_pays(quiet, ledger, monkeypatch):
    """Without a word the client takes the free one; a plan is sent to the one it was made for."""
    quiet.set(instances=2)
    for variable, value in (quiet.environment | quiet.account).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("QISKIT_IBM_INSTANCE")
    service = quiet.service(instance=None)
    made = {}
    for name, crn in ((None, INSTANCE), ("second", SECOND), (SECOND, SECOND)):
        device = find_backend("ibm_manila", service=service, instance=name)
        made[crn] = make_plan(WELL, STEP, backend=device, shots=SHOTS, besides=(), **QUICK)
    assert [str(one.account)[:30] for one in made.values()] == [
        "instance double, plan open, 1e",
        "instance second, plan premium,",
    ]
    for seed, (crn, one) in enumerate(made.items(), 550):
        # The account has no instance of its own.
        job = submit(changed(one, seed=seed), ledger=ledger)
        assert quiet.bill(job.tag)[0]["instance"] == crn == ledger.row(job.tag).instance
        assert fetch(job, ledger=ledger, service=quiet.service(instance=None)).shots == SHOTS
    # A service that is handed over chooses again, unless there is a batch.
    chosen = changed(made[SECOND], seed=560)
    with pytest.raises(HardwareError, match=r"for the instance `second`, and .* `double` pay"):
        submit(chosen, ledger=ledger, service=service)
    assert len(ledger.rows()) == 2
    (job,) = submit_together([chosen], "batch", ledger=ledger, service=service)
    assert quiet.bill(job.tag)[0]["instance"] == SECOND


def test_an_instance_that_is_not_there(quiet, ledger, service, plan):
    with pytest.raises(ValueError, match=r"instance.*doubl.*Did you mean `double`"):
        find_backend("ibm_fez", service=service, instance="doubl")
    for other in ("fake_fez", "aer", service.backend("ibm_fez")):
        with pytest.raises(ValueError, match="`instance` must be left out"):
            find_backend(other, instance="double")
    account = Account("gone", "premium", 1e6, 1e6)
    with pytest.raises(ValueError, match="instance 'gone'"):
        submit(changed(plan, account=account), ledger=ledger, service=service)
    assert ledger.rows() == ()


# -- dry runs -------------------------------------------------------------------------------------


@since_51
@pytest.mark.slow
def test_a_dry_run_says_what_the_service_would_charge_and_costs_nothing(
    quiet, ledger, plan, capsys, monkeypatch
):
    quiet.set(mocks=True, qpu_seconds=4.5)
    service, spent = quiet.service(), quiet.service().usage()["usage_consumed_seconds"]
    assert dry_run(plan, service=service) == 4.5
    (job,) = [one for one in quiet.bill() if one["backend"] == "mock_fez"]
    assert job["tags"] == ["qdml", "dry-run"]
    assert quiet.service().usage()["usage_consumed_seconds"] == spent and ledger.rows() == ()
    for variable, value in (quiet.environment | quiet.account).items():
        monkeypatch.setenv(variable, value)
    folder = ledger.path / "plan"
    plan.save(folder)
    main(["plan", str(folder), "--dry-run"])
    assert "dry run 4.5 s by the service, 3.0 s by our estimate" in capsys.readouterr().out


def test_where_there_are_no_dry_runs_it_says_why(quiet, service, plan, device, monkeypatch):
    with pytest.raises(HardwareError, match="no service that could tell its cost"):
        dry_run(small_plan(backend="aer", local=True))
    if INSTALLED >= (0, 51):
        with pytest.raises(HardwareError, match=r"no dry runs of `ibm_fez`: .* Flex, Premium"):
            dry_run(plan, service=service)
    sampler = type(sampler_on(device))
    monkeypatch.setattr(sampler, "run", lambda self, pubs, *, shots=None: None)
    with pytest.raises(HardwareError, match=r"Install 0\.51"):
        dry_run(plan, service=service)


# -- what goes wrong on the way -------------------------------------------------------------------


def test_a_job_on_a_device_that_is_retired_since(quiet, ledger, plan):
    """It is brought home all the same; another one is not sent."""
    job = submit(changed(plan, seed=600), ledger=ledger, service=quiet.service())
    quiet.set(retired=["ibm_fez"])
    service = quiet.service()
    with pytest.raises(HardwareError, match=r"No device of your account matches 'ibm_fez'"):
        submit(changed(plan, seed=601), ledger=ledger, service=service)
    assert fetch(job, ledger=ledger, service=service).shots == SHOTS
    assert jobs(ledger=ledger, refresh=True, service=service)[0].usage_seconds == 2.0


def test_a_token_that_expires_while_a_job_runs(quiet, ledger, service, plan, device):
    job = submit(changed(plan, seed=602), ledger=ledger, backend=device)
    quiet.fault("*", "refused", times=1000)
    with pytest.raises(HardwareError, match=r"save the account again.* Nothing is lost"):
        fetch(job, ledger=ledger, service=service)
    assert len(quiet.clear()) == 1
    assert fetch(job, ledger=ledger, service=service).shots == SHOTS


@pytest.mark.slow
def test_without_a_network_nothing_is_lost_and_it_is_said(quiet, ledger, service, plan, device):
    """The client tries for a quarter of a minute."""
    wanted = changed(plan, seed=603)
    fresh = quiet.service()
    other = fresh.backend("ibm_manila")
    quiet.kill()
    for backend, service_of in ((device, None), (None, fresh), (other, None)):
        with pytest.raises(HardwareError, match="Check the network") as caught:
            submit(wanted, ledger=ledger, backend=backend, service=service_of)
        assert isinstance(caught.value.__context__, HardwareError | None)
    assert ledger.rows() == ()
    quiet.revive()
    job = submit(wanted, ledger=ledger, backend=device)
    quiet.kill()
    with pytest.raises(NotReadyError, match=r"Check the network.* Nothing is lost"):
        fetch(job, ledger=ledger, service=service, timeout=0.0)
    quiet.revive()
    assert job.new and fetch(job, ledger=ledger, service=service).shots == SHOTS
