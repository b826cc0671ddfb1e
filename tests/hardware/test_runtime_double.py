"""The double of the service, asked by the client as it is installed: it must do what it says."""

import json
from importlib import metadata

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_48, since_51
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime import Batch, IBMBackend, QiskitRuntimeService, SamplerV2, Session
from qiskit_ibm_runtime.exceptions import (
    IBMError,
    IBMNotAuthorizedError,
    IBMRuntimeError,
    RuntimeInvalidStateError,
    RuntimeJobFailureError,
)
from runtime_double import INSTANCE, SETTINGS, Double
from runtime_service import FIELDS, FORMATS, HELD_AGAINST

from qdml_quantum.hardware.jobs.transports.sampling import sampler_on

ANGLES = (0.7, 1.9)
SHOTS = 4000
CLIENT = "qiskit-ibm-runtime"


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with Double(tmp_path_factory.mktemp("double")) as double:
        yield double


@pytest.fixture(scope="module")
def service(started):
    return started.service()


@pytest.fixture
def double(started):
    started.revive()
    started.clear()
    started.set(**SETTINGS)
    return started


@pytest.fixture(scope="module")
def backend(service):
    return service.backend("ibm_fez")


@pytest.fixture(scope="module")
def circuit(backend):
    """Two bits of known probabilities, in the gates of the device."""
    circuit = QuantumCircuit(2)
    for qubit, angle in enumerate(ANGLES):
        circuit.ry(angle, qubit)
    circuit.measure_all()
    manager = generate_preset_pass_manager(optimization_level=1, backend=backend, seed_transpiler=1)
    return manager.run(circuit)


def submit(mode, circuit, tags=("t",), **environment):
    sampler = sampler_on(mode)
    sampler.options.environment.job_tags = list(tags)
    for name, value in environment.items():
        setattr(sampler.options.environment, name, value)
    return sampler.run([circuit], shots=SHOTS)


def new_bill(double, known):
    return [job for job in double.bill() if job["id"] not in known]


def ids(double):
    return {job["id"] for job in double.bill()}


def assert_ideal(counts):
    """Within five standard errors of the closed form of the product state."""
    ones = [np.sin(angle / 2) ** 2 for angle in ANGLES]
    for first in (0, 1):
        for second in (0, 1):
            p = np.prod([q if bit else 1 - q for q, bit in zip(ones, (first, second), strict=True)])
            error = np.sqrt(p * (1 - p) / SHOTS)
            assert abs(counts.get(f"{second}{first}", 0) / SHOTS - p) < 5 * error


def test_job_comes_back_in_another_service_object_with_the_ideal_counts(double, backend, circuit):
    job = submit(backend, circuit, ["known", "other"])
    assert isinstance(backend, IBMBackend)
    found = double.service().jobs(job_tags=["other", "known"])
    assert [one.job_id() for one in found] == [job.job_id()]
    data = found[0].result()[0].data.meas
    assert data.num_bits == 2
    assert data.num_shots == SHOTS
    assert_ideal(data.get_counts())
    assert found[0].usage() == 2.0


def test_jobs_with_the_same_circuit_are_sampled_anew(double, backend, circuit):
    counts = [submit(backend, circuit).result()[0].data.meas.get_counts() for _ in range(3)]
    assert counts[0] != counts[1] != counts[2] != counts[0]
    for one in counts:
        assert_ideal(one)


def test_twirled_job_with_decoupling_is_decoded_by_the_client(double, backend, circuit):
    sampler = sampler_on(backend)
    sampler.options.twirling.enable_gates = sampler.options.twirling.enable_measure = True
    sampler.options.dynamical_decoupling.enable = True
    counts = sampler.run([circuit], shots=SHOTS).result()[0].data.meas.get_counts()
    assert sum(counts.values()) >= SHOTS
    ones = sum(n for bits, n in counts.items() if bits[1] == "1") / sum(counts.values())
    assert ones == pytest.approx(np.sin(ANGLES[0] / 2) ** 2, abs=5 * 0.5 / np.sqrt(SHOTS))


def test_tags_are_joined_by_and_and_pages_are_followed(double, service, backend, circuit):
    jobs = [submit(backend, circuit, ["page", f"n{i}"]).job_id() for i in range(3)]
    assert [job.job_id() for job in service.jobs(job_tags=["page", "n1"])] == [jobs[1]]
    assert service.jobs(job_tags=["n0", "n1"]) == []
    found = service.jobs(job_tags=["page"], limit=2)
    assert [job.job_id() for job in found] == [jobs[2], jobs[1]]
    found = service.jobs(job_tags=["page"], limit=None, descending=False)
    assert [job.job_id() for job in found] == jobs
    assert len(service.jobs(job_tags=["page"], pending=False)) == 3
    assert service.jobs(job_tags=["page"], pending=True) == []


def test_backend_is_the_device_of_the_fake_provider(double, service, backend):
    from qiskit_ibm_runtime.fake_provider import FakeFez

    fake = FakeFez()
    assert backend.num_qubits == fake.num_qubits == 156
    edges = set(backend.target["cz"])
    assert edges == set(fake.target["cz"])
    assert all(backend.target["cz"][e].error == fake.target["cz"][e].error for e in edges)
    assert "rzz" not in backend.target.operation_names
    fractional = service.backend("ibm_fez", use_fractional_gates=True)
    assert {"rzz", "rx"} <= set(fractional.target.operation_names)


@since_48
def test_least_busy_device_leaves_out_those_that_are_offline(double):
    assert double.service().least_busy().name == "ibm_fez"
    double.set(offline=["ibm_fez"])
    service = double.service()
    assert service.least_busy().name == "ibm_torino"
    assert not service.backend("ibm_fez").status().operational


def test_job_waits_while_its_device_is_offline(double, backend, circuit):
    double.set(offline=["ibm_fez"])
    job = submit(backend, circuit)
    assert job.status() == "QUEUED"
    double.set(offline=[])
    assert job.status() == "DONE"


@pytest.mark.parametrize(
    ("kind", "when", "jobs", "error"),
    [
        ("unavailable", "before", 1, None),
        ("unavailable", "after", 2, None),
        ("dropped", "before", 0, IBMRuntimeError),
        ("dropped", "after", 1, IBMRuntimeError),
        ("truncated", "after", 1, IBMRuntimeError),
        ("cut", "after", 1, ValueError),
        ("page", "after", 1, ValueError),
        ("refused", "before", 0, IBMNotAuthorizedError),
        ("killed", "before", 0, IBMRuntimeError),
        pytest.param("killed", "after", 1, IBMRuntimeError, marks=pytest.mark.slow),
    ],
)
def test_faults_of_the_post_and_the_jobs_they_make(
    double, backend, circuit, kind, when, jobs, error
):
    known = ids(double)
    double.fault("submit", kind, when=when)
    if error is None:
        job = submit(backend, circuit)
    else:
        with pytest.raises(error):
            submit(backend, circuit)
    double.revive(dying=kind == "killed")
    made = new_bill(double, known)
    assert len(made) == jobs
    assert [fault["hits"] for fault in double.clear()] == [1]
    if error is None:
        assert job.job_id() == made[-1]["id"]


def test_three_503_after_the_commit_make_four_jobs(double, backend, circuit, monkeypatch):
    """The client waits 0, 1 and 2 seconds between its attempts, which nobody wants to."""
    monkeypatch.setattr("urllib3.util.retry.time.sleep", lambda _: None)
    known = ids(double)
    double.fault("submit", "unavailable", when="after", times=3)
    job = submit(backend, circuit)
    assert [one["id"] for one in new_bill(double, known)][-1] == job.job_id()
    assert len(new_bill(double, known)) == 4


def test_request_that_timed_out_at_the_gateway_is_carried_out_later(double, backend, circuit):
    known = ids(double)
    double.fault("submit", "gateway", seconds=0.2)
    job = submit(backend, circuit)
    double.wait_until_idle()
    made = [one["id"] for one in new_bill(double, known)]
    assert len(made) == 2
    assert job.job_id() in made


@since_48
@pytest.mark.parametrize(
    ("kind", "error"),
    [("truncated", Exception), ("cut", Exception), ("page", Exception), ("dropped", None)],
)
def test_faults_of_the_result_are_gone_the_next_time(double, backend, circuit, kind, error):
    job = submit(backend, circuit)
    double.fault("results", kind, when="after")
    if error is None:
        assert_ideal(job.result()[0].data.meas.get_counts())
    else:
        with pytest.raises(error):
            job.result()
    assert [fault["hits"] for fault in double.clear()] == [1]
    assert_ideal(job.result()[0].data.meas.get_counts())


def test_private_result_can_be_read_once_even_if_the_reply_breaks(double, backend, circuit):
    job = submit(backend, circuit, private=True)
    assert_ideal(job.result()[0].data.meas.get_counts())
    assert job.result() is None
    job = submit(backend, circuit, private=True)
    double.fault("results", "truncated", when="after")
    with pytest.raises(Exception, match="IncompleteRead"):
        job.result()
    assert job.result() is None


def test_client_asks_on_while_the_count_is_too_large(double, service, backend, circuit):
    submit(backend, circuit, ["counted"])
    before = double.control("requests").get("list", 0)
    double.fault("list", "count", when="after", times=5)
    assert len(service.jobs(job_tags=["counted"])) == 1
    assert double.control("requests")["list"] - before == 6


def test_hidden_job_is_not_listed_but_is_there(double, service, backend, circuit):
    double.fault("submit", "hidden", when="after", seconds=1e9)
    job = submit(backend, circuit, ["hidden"])
    assert service.jobs(job_tags=["hidden"]) == []
    assert service.job(job.job_id()).status() == "DONE"


def test_lost_reply_and_late_listing_come_together(double, service, backend, circuit):
    known = ids(double)
    double.fault("submit", "dropped", when="after", seconds=1e9)
    with pytest.raises(IBMRuntimeError):
        submit(backend, circuit, ["unlisted"])
    assert service.jobs(job_tags=["unlisted"]) == []
    assert [job["listed"] for job in new_bill(double, known)] == [False]


def test_failed_job_says_why(double, backend, circuit):
    double.fault("submit", "fail", when="after")
    job = submit(backend, circuit)
    assert job.status() == "ERROR"
    assert "told to let this job fail" in job.error_message()
    with pytest.raises(RuntimeJobFailureError):
        job.result()


def test_job_goes_from_queued_to_running_to_done(double, backend, circuit):
    double.set(queue_seconds=1e9)
    job = submit(backend, circuit)
    assert (job.status(), job.usage()) == ("QUEUED", 0)
    double.set(queue_seconds=0.0, run_seconds=1e9)
    assert (job.status(), job.usage()) == ("RUNNING", 0)
    double.set(run_seconds=0.0)
    assert (job.status(), job.usage()) == ("DONE", 2.0)
    with pytest.raises(RuntimeInvalidStateError):
        job.cancel()


def test_job_is_cancelled_here_and_elsewhere(double, backend, circuit):
    double.set(queue_seconds=1e9)
    here, elsewhere = submit(backend, circuit), submit(backend, circuit)
    here.cancel()
    double.control("cancel", "POST", job_id=elsewhere.job_id())
    for job in (here, elsewhere):
        assert job.status() == "CANCELLED"
        with pytest.raises(RuntimeInvalidStateError):
            job.result()


def test_bill_and_results_survive_the_death_of_the_server(double, service, backend, circuit):
    job = submit(backend, circuit, ["survivor"])
    bill = double.bill()
    double.restart()
    assert double.bill() == bill
    assert_ideal(service.job(job.job_id()).result()[0].data.meas.get_counts())


def test_sessions_and_batches_take_jobs_until_they_are_closed(double, backend, circuit):
    for kind in (Batch, Session):
        mode = kind(backend=backend)
        job = submit(mode, circuit)
        assert job.session_id == mode.session_id
        assert_ideal(job.result()[0].data.meas.get_counts())
        double.set(queue_seconds=1e9)
        waiting = submit(mode, circuit)
        mode.cancel()
        assert waiting.status() == "CANCELLED"
        double.set(queue_seconds=0.0)
        assert not mode.details()["accepting_jobs"]


@since_51
def test_revoked_token_is_refused_until_a_new_one_is_made(tmp_path):
    with Double(tmp_path) as double:
        service = double.service()
        double.control("revoke", "POST")
        with pytest.raises(IBMNotAuthorizedError):
            service.usage()
        assert double.service().usage()["instance_id"] == INSTANCE


@since_48
def test_wrong_key_is_refused(double):
    with pytest.raises(IBMError) as caught:
        double.service(token="wrong")
    assert type(caught.value).__name__ == "InvalidAccountError"  # What `open_service` goes by.


def test_account_in_the_form_of_environment_variables_needs_no_resolver(double, monkeypatch):
    for name, value in double.environment.items():
        monkeypatch.setenv(name, value)
    account = {
        name.removeprefix("QISKIT_IBM_").lower(): value for name, value in double.account.items()
    }
    service = QiskitRuntimeService(**account)
    assert service.active_instance() == INSTANCE
    assert service.backend("ibm_torino").num_qubits == 133


def test_slow_reply_is_waited_for(double, service):
    """The request is carried out first: a tenth of a second is all the waiting there is."""
    double.fault("usage", "slow", when="after", seconds=0.1)
    assert service.usage()["instance_id"] == INSTANCE
    assert [fault["hits"] for fault in double.clear()] == [1]


@since_51
@pytest.mark.parametrize("program", FORMATS)
def test_the_client_sends_what_the_double_was_held_against(double, backend, circuit, program):
    """Where this fails, the client is newer: read what it sends and expects in its source first."""
    sampler = SamplerV2(mode=backend) if program == "sampler" else sampler_on(backend)
    job = sampler.run([circuit], shots=SHOTS)
    (made,) = [one for one in double.bill() if one["id"] == job.job_id()]
    version = json.loads(made["params"]).get("schema_version")
    words = f"double held against {HELD_AGAINST}, client is {metadata.version(CLIENT)}"
    assert made["program"] == program and version in FORMATS[program], (words, version)
    assert made["sent"].keys() <= FIELDS, (words, made["sent"].keys() - FIELDS)
