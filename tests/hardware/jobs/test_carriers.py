"""Carriers: the runtime client as it is installed, against a double; and runs on this machine."""

import dataclasses
import json
import threading
import time
import traceback
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import SHOTS, FakeClock, changed, quick_folder, small_plan
from qiskit.primitives import BitArray
from qiskit.providers import BackendV2
from qiskit.transpiler import Target, generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import Batch, Session
from qiskit_ibm_runtime.fake_provider import FakeFez
from runtime_double import INSTANCE, TOKEN, Double

from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.errors import AmbiguousSubmissionError, HardwareError
from qdml_quantum.hardware.jobs import carriers as module
from qdml_quantum.hardware.jobs.carriers import (
    Carrier,
    LocalCarrier,
    RefusedError,
    RuntimeCarrier,
    UnreadableError,
    carrier_to_submit,
    decode,
    grace_seconds,
    packed,
    require_counts,
    runtime,
)
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.submission import cancel, jobs, submit
from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.setting import Setting
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


@pytest.fixture(scope="module")
def fez():
    return FakeFez()


@pytest.fixture(scope="module")
def plan(fez):
    """For a device of the double; what decides is the same for all, so tests change the seed."""
    manager = generate_preset_pass_manager(1, backend=fez, seed_transpiler=0)
    plain = small_plan(backend="ibm_fez")
    settings = tuple(
        Setting(s.kind, s.noise_factor, manager.run(s.circuit)) for s in plain.settings
    )
    return changed(plain, settings=settings)


@pytest.fixture
def quiet(double):
    yield double
    double.clear()
    double.set(queue_seconds=0.0, run_seconds=0.0, offline=[])
    double.revive()


@pytest.fixture
def ledger():
    with quick_folder() as folder:
        yield Ledger(folder / "ledger", clock=FakeClock(time.time()))


@pytest.fixture
def carrier(device):
    return carrier_to_submit(small_plan(backend="ibm_fez"), device, None, None)


def sent(carrier, plan, tag):
    carrier.ready([plan])
    return carrier.post([plan], tag)


# -- the runtime client ----------------------------------------------------------------------------


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


def test_it_is_a_carrier(carrier):
    assert isinstance(carrier, Carrier) and isinstance(carrier, RuntimeCarrier)
    assert isinstance(LocalCarrier(AerSimulator()), Carrier)
    assert not isinstance(AerSimulator(), Carrier)
    assert (carrier.name, carrier.instance, carrier.local) == ("ibm_fez", INSTANCE, False)


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


KINDS = ("dropped", "page", "cut", "truncated", "unavailable", "refused")
DEFAULT = {("job", "page"), ("job", "refused"), ("list", "cut"), ("metrics", "page")}
DEFAULT |= {("results", kind) for kind in KINDS}


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
    with pytest.raises(HardwareError, match=r"did not take the job.*IBMNotAuthorizedError"):
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


def test_offline(quiet, ledger, service, plan, carrier, device):
    quiet.set(offline=["ibm_fez"])
    with pytest.raises(HardwareError, match=r"ibm_fez` is offline.*Nothing was sent"):
        submit(changed(plan, seed=402), ledger=ledger, service=service)
    with pytest.raises(HardwareError, match=r"ibm_fez` is offline \(maintenance\)"):
        carrier.ready([plan])
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
    "mitigation",
    [Mitigation(dynamical_decoupling="XY4"), Mitigation(twirling=True), Mitigation(readout=True)],
    ids=str,
)
def test_mitigation_reaches_the_service(quiet, ledger, service, plan, mitigation, device):
    circuits = {setting.kind: setting.circuit for setting in plan.settings}
    plan = changed(plan, mitigation=mitigation, settings=mitigation.settings(circuits))
    job = submit(plan, ledger=ledger, backend=device)
    result = fetch(job, ledger=ledger, service=service)
    assert len(result.device.counts) == len(plan.settings)
    program = service.job(job.job_id).inputs["quantum_program"]
    told = program.passthrough_data["post_processor"]["options"]
    assert told["dynamical_decoupling"]["enable"] == bool(mitigation.dynamical_decoupling)
    assert told["twirling"]["enable_gates"] == mitigation.twirling


def test_a_list_that_counts_too_many_ends(quiet, carrier, plan):
    job_id = sent(carrier, plan, "qdml-count")
    quiet.fault("list", "count", when="after", times=1000)
    start = time.monotonic()
    assert carrier.find("qdml-count") == (job_id,)
    assert carrier.find("qdml-nothing") == ()
    assert time.monotonic() - start < 10


def test_only_jobs_with_the_tag_are_found(quiet, carrier, plan, service, monkeypatch):
    sent(carrier, plan, "qdml-mine")
    real = service.jobs
    monkeypatch.setattr(
        service, "jobs", lambda **given: real(**{k: v for k, v in given.items() if k != "job_tags"})
    )
    assert len(carrier.find("qdml-mine")) == 1 and carrier.find("qdml-other") == ()


def test_all_instances_are_searched_where_none_is_known(quiet, service, carrier, plan, monkeypatch):
    job_id = sent(carrier, plan, "qdml-instances")
    seen, real = [], service.jobs

    def listed(**given):
        seen.append(given["instance"])
        return real(**given) if given["instance"] == INSTANCE else []

    monkeypatch.setattr(service, "jobs", listed)
    monkeypatch.setattr(service, "instances", lambda: [{"crn": "crn:other"}, {"crn": INSTANCE}])
    monkeypatch.setattr(service, "active_instance", lambda: "crn:third")
    assert RuntimeCarrier(service, "ibm_fez").find("qdml-instances") == (job_id,)
    assert seen == ["crn:third", "crn:other", INSTANCE]
    assert carrier.find("qdml-instances") == (job_id,) and seen[3:] == [INSTANCE]


def test_an_instance_that_does_not_answer_is_not_empty(service, monkeypatch):
    def listed(**given):
        if given["instance"] != INSTANCE:
            raise RuntimeError("no access")
        return []

    monkeypatch.setattr(service, "jobs", listed)
    monkeypatch.setattr(service, "instances", lambda: [{"crn": "crn:other"}])
    assert RuntimeCarrier(service, "ibm_fez", instance=INSTANCE).find("qdml-x") == ()
    for instance in (None, "crn:other"):
        with pytest.raises(HardwareError, match="no access"):
            RuntimeCarrier(service, "ibm_fez", instance=instance).find("qdml-x")


def test_a_call_that_hangs_is_given_up(service, monkeypatch):
    block = threading.Event()
    monkeypatch.setattr(service, "job", lambda _: block.wait())
    monkeypatch.setattr(runtime, "_ASK_SECONDS", 0.05)
    monkeypatch.setattr(runtime._asked, "__defaults__", (0.05,))
    with pytest.raises(HardwareError, match=r"status of job x.*No answer within 0\.05 s"):
        RuntimeCarrier(service, "ibm_fez").status("x")
    block.set()


def test_wrong_input_is_a_refusal_and_a_reply_that_can_not_be_read_is_none(carrier, plan):
    carrier.ready([plan])
    with pytest.raises(RefusedError):
        carrier.post([SimpleNamespace(settings=(), shots=5)], "qdml-wrong")
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


def test_grace_follows_the_client(monkeypatch):
    from qiskit_ibm_runtime.api.session import RetrySession

    assert grace_seconds() == 6 * 900 + 1 + 2 + 4 + 8 + 500
    monkeypatch.setattr(RetrySession.__init__, "__defaults__", (9, 3, 0.5, True, None, None, None))
    assert grace_seconds() > 10 * 900


def test_the_timeout_of_a_post_is_still_that_of_the_client():
    import inspect

    from qiskit_ibm_runtime.api.rest.runtime import Runtime

    assert f"timeout={runtime.POST_SECONDS:.0f}" in inspect.getsource(Runtime.program_run)


def test_no_token_in_errors(quiet, ledger, device, plan, caplog):
    """What a traceback with locals, the log and the ledger hold after faults."""
    caplog.set_level("DEBUG")
    texts = []
    for endpoint in ("submit", "usage", "status"):
        quiet.fault(endpoint, "refused", times=3)
        with pytest.raises(HardwareError) as caught:
            submit(changed(plan, seed=500), ledger=ledger, backend=device)
        quiet.clear()
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        texts += [*told.format(), str(caught.value)]
        assert caught.value.__cause__ is None
    texts += [caplog.text]
    texts += [p.read_bytes().decode("latin-1") for p in ledger.path.rglob("*") if p.is_file()]
    tokens = [TOKEN, *quiet.control("tokens")]
    assert not [token for token in tokens for text in texts if token in text]


# -- this machine ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "mitigation", [Mitigation(dynamical_decoupling="XX"), Mitigation(twirling=True)], ids=str
)
def test_a_fake_device_cut_down_gives_the_counts_of_the_whole_one(fez, plan, mitigation):
    """The same sampler and seed, a fraction of the time."""
    from qiskit_ibm_runtime.executor_sampler import Sampler

    settings = plan.settings[:1]
    plan = changed(
        plan,
        mitigation=mitigation,
        settings=settings,
        ideal={"position": plan.ideal["position"]},
        seed=7,
    )
    (counts,) = decode(LocalCarrier(fez).raw("x", [plan]))
    options = mitigation.sampler_options() | {"simulator": {"seed_simulator": 7}}
    whole = Sampler(mode=fez, options=options).run([settings[0].circuit], shots=SHOTS).result()
    assert counts == whole[0].join_data().get_counts()


def test_fractional_gates_run_with_mitigation(plan):
    backend = find_backend("fake_fez", fractional=True)
    twirled = changed(plan, mitigation=Mitigation(twirling=True))
    for one in (plan, twirled):
        counts = decode(LocalCarrier(backend).raw("x", [one]))
        require_counts(counts, [one])


class Foreign(BackendV2):
    """A device of another vendor: its own `run` is what counts."""

    target = Target(num_qubits=2)
    max_circuits = None

    @classmethod
    def _default_options(cls):
        return AerSimulator._default_options()

    def run(self, circuits, **options):
        self.asked = options
        return AerSimulator().run(circuits, **options)


def test_a_backend_of_someone_else_is_not_simulated():
    foreign, plan = Foreign(name="foreign"), small_plan(backend="foreign", local=True)
    carrier = LocalCarrier(foreign)
    with pytest.raises(ValueError, match="without dynamical decoupling and twirling"):
        carrier.ready([changed(plan, mitigation=Mitigation(twirling=True))])
    carrier.ready([plan])
    require_counts(decode(carrier.raw("x", [plan])), [plan])
    assert foreign.asked["shots"] == SHOTS


def test_noise_is_that_of_the_device(fez, plan):
    """Total variation of the counts on the piece from the exact noisy distribution: shots only."""
    from qdml_quantum.hardware.devices.noise import noisy_probabilities

    many = changed(plan, shots=20_000)
    counts = decode(LocalCarrier(fez).raw("x", [many]))[0]
    exact = noisy_probabilities(fez, plan.settings[0].circuit, plan.grid)
    found = np.array([counts.get(f"{k:02b}", 0) for k in range(4)]) / 20_000
    # The largest of 40 seeds was 0.009.
    assert np.abs(found - exact).sum() / 2 < 0.015


# -- raw results -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 13])
def test_packed_shots_come_back(bits):
    rng = np.random.default_rng(bits)
    array = BitArray.from_bool_array(rng.integers(0, 2, (500, bits)).astype(bool), order="little")
    assert decode(packed([array, array])) == [array.get_counts()] * 2


def test_raw_results_of_the_older_sampler_can_be_read():
    from qiskit.primitives import DataBin, PrimitiveResult, SamplerPubResult
    from qiskit_ibm_runtime import RuntimeEncoder

    array = BitArray.from_counts({"01": 3, "11": 2})
    result = PrimitiveResult([SamplerPubResult(DataBin(meas=array))])
    assert decode(json.dumps(result, cls=RuntimeEncoder).encode()) == [{"01": 3, "11": 2}]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]x", b"null", b"{}", b'"x"', b"\xff", b'{"schema_version": "v9"}', b"7"]
)
def test_what_is_no_result_is_said_to_be_none(raw):
    with pytest.raises(UnreadableError, match=f"result of {len(raw)} bytes can not be read"):
        decode(raw)


def test_kept_results_do_not_name_the_token(monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "another-secret-token")
    with pytest.raises(UnreadableError) as caught:
        decode(b'{"schema_version": "another-secret-token"}')
    assert "another-secret" not in str(caught.value)
    assert dataclasses.is_dataclass(module.Status)
