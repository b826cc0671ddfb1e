"""Several jobs in one batch or session, and what is refused before anything is sent."""

import time

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from fake_service import FakeClock, changed, small_plan
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime.fake_provider import FakeManilaV2
from runtime_double import Double

from qdml_quantum.hardware.errors import HardwareError
from qdml_quantum.hardware.jobs.ledger import Ledger
from qdml_quantum.hardware.jobs.records import MODES
from qdml_quantum.hardware.jobs.submission import jobs, submit_together
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
def plans():
    """Two of them, for a small device of the double."""
    manager = generate_preset_pass_manager(1, backend=FakeManilaV2(), seed_transpiler=0)
    plain = small_plan(backend="ibm_manila")
    settings = tuple(Setting(s.kind, manager.run(s.circuit)) for s in plain.settings)
    return tuple(changed(plain, settings=settings, seed=seed) for seed in (0, 1))


@pytest.fixture
def ledger(folder):
    return Ledger(folder / "ledger", clock=FakeClock(time.time()))


@pytest.mark.few(1)
@pytest.mark.parametrize("mode", MODES)
def test_jobs_of_one_mode_belong_together_and_are_sent_once(double, service, plans, ledger, mode):
    known = len(double.bill())
    made = submit_together(plans, mode, ledger=ledger, service=service)
    assert len({job.job_id for job in made}) == 2 and all(job.new for job in made)
    (opened,) = {service.job(job.job_id).session_id for job in made}
    assert opened is not None
    again = submit_together(plans, mode, ledger=ledger, service=service)
    assert [job.tag for job in again] == [job.tag for job in made]
    assert not any(job.new for job in again) and len(double.bill()) == known + 2
    for job, plan in zip(made, plans, strict=True):
        assert fetch(job, ledger=ledger, service=service).device.plan.seed == plan.seed


def test_the_mode_is_closed_where_a_job_is_refused(double, service, plans, ledger):
    double.fault("submit", "refused")
    before = double.control("requests").get("session-close", 0)
    with pytest.raises(HardwareError, match="did not take the job"):
        submit_together(plans, "batch", ledger=ledger, service=service)
    double.clear()
    assert double.control("requests")["session-close"] == before + 1


def test_without_a_service_the_jobs_run_one_by_one(ledger):
    plans = [small_plan(backend="aer", local=True, seed=seed) for seed in (0, 1)]
    made = submit_together(plans, "session", ledger=ledger)
    assert all(job.local and job.new for job in made) and len(jobs(ledger=ledger)) == 2


@pytest.mark.parametrize(
    ("plans", "mode", "words"),
    [
        ((), "batch", "one backend, but is none"),
        ((small_plan(), small_plan(backend="ibm_other")), "batch", "ibm_double, ibm_other"),
        ((small_plan(),), "bath", "Did you mean `batch`"),
    ],
)
def test_what_can_not_belong_together_is_refused(ledger, plans, mode, words):
    with pytest.raises(ValueError, match=words):
        submit_together(plans, mode, ledger=ledger)
    assert jobs(ledger=ledger) == ()
