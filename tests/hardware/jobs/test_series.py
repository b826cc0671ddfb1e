"""Runs that belong together on an account: one batch, said and paid for once."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_49
from plans import QUICK
from qiskit_ibm_runtime import SamplerV2, Session
from runtime_double import SETTINGS, Double

from qdml_quantum import (
    Device,
    Grid,
    Problem,
    Schedule,
    Windows,
    anneal,
    jobs,
    measure_energy,
    minimize,
    plan,
    submit,
    trained_schedule,
)
from qdml_quantum.hardware.devices import isa
from qdml_quantum.hardware.errors import HardwareError
from qdml_quantum.hardware.jobs.series import Series
from qdml_quantum.hardware.jobs.submission import cancel
from qdml_quantum.hardware.jobs.transports.sampling import sampler_on

pytestmark = since_49
WELL = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
STEP = Schedule.constant(0.5, num_steps=1, time_step=0.3)
WINDOWS = 4
EACH = 2.0
"""Seconds of the device that a window is expected to take, a little more."""


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with Double(tmp_path_factory.mktemp("double")) as double:
        yield double


@pytest.fixture
def double(started, tmp_path, monkeypatch):
    """The double as the account of the environment, and a ledger of the test's own."""
    started.clear()
    started.set(**SETTINGS | {"seeded": True})
    for name, value in (started.environment | started.account).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "ledger"))
    monkeypatch.setattr(isa, "_SIMULATED", 1)
    return started


@pytest.fixture
def bill(double):
    """What was paid since the test began."""
    known = len(double.bill())
    return lambda: double.bill()[known:]


def search(backend="ibm_manila", *, callback=None, windows=WINDOWS, seed=1, value=lambda x: x):
    return minimize(
        lambda x: value(float(x[0] - 1) ** 2),
        [(-2, 2)],
        backend=backend,
        windows=Windows(
            2, trained_schedule(2, dimensions=1, coarse=1), shots=8, most=windows, **QUICK
        ),
        seed=seed,
        callback=callback,
    )


def same(one, other):
    return one.windows == other.windows and np.array_equal(one.x, other.x) and one == other


@pytest.mark.slow
def test_windows_are_jobs_of_one_batch_and_are_paid_once(double, bill, capsys):
    first = search()
    made = bill()
    assert len(made) == first.nit == WINDOWS
    (session,) = {job["sent"]["session_id"] for job in made}
    details = double.control("sessions")[session]
    assert details["mode"] == "batch" and details["state"] == "closed"
    said = capsys.readouterr().err
    assert f"At most {WINDOWS} job(s) on `ibm_manila`, each of 1 circuit(s) with 8 shots" in said
    assert "8 s in all; instance double, plan open, 1e+09 s left" in said
    assert all(7 in job["sent"].values() for job in made)  # three times the estimate ends a job
    assert same(search(), first)
    assert len(bill()) == WINDOWS and capsys.readouterr().err == ""


def test_another_calibration_and_another_process_pay_for_nothing_again(double, bill):
    first = search()
    assert same(search(double.service().backend("ibm_manila")), first)
    double.set(errors=1.5)
    assert same(search(), first) and len(bill()) == WINDOWS


@pytest.mark.slow
def test_anneal_and_energy_are_not_paid_again_after_a_calibration(double, bill):
    given = {"backend": "ibm_manila", "shots": 200, **QUICK}
    results = [anneal(WELL, STEP, **given)]
    energies = [measure_energy(WELL, STEP, **given)]
    double.set(errors=1.5)
    results.append(anneal(WELL, STEP, **given))
    energies.append(measure_energy(WELL, STEP, **given))
    assert len(bill()) == 2
    assert results[0].counts == results[1].counts
    assert energies[0].energy == energies[1].energy and energies[0].seed == 0


@pytest.mark.slow
def test_a_plan_that_was_submitted_is_what_the_verb_asks_for(double, bill):
    """From then on it is found without another plan, whatever the calibration."""
    given = {"backend": "ibm_manila", "shots": 200, **QUICK}
    job = submit(plan(WELL, STEP, **given))
    for errors in (1.0, 1.5):
        double.set(errors=errors)
        assert anneal(WELL, STEP, **given).device.job["tag"] == job.tag
    assert len(bill()) == 1


@pytest.mark.slow
def test_other_arguments_are_other_jobs(double, bill):
    given = {"backend": "ibm_manila", "shots": 200, **QUICK}
    anneal(WELL, STEP, **given)
    anneal(WELL, STEP, **given | {"seed": 1})
    anneal(WELL, STEP, **given | {"shots": 201})
    assert len(bill()) == 3
    search(windows=1)
    search(windows=1, seed=2)
    search(windows=1, value=lambda zeta: -zeta)
    assert len(bill()) == 6


@pytest.mark.slow
def test_other_options_of_a_sampler_are_another_job(double, bill):
    device = double.service().backend("ibm_manila")
    for _ in range(2):
        for options in ({}, {"dynamical_decoupling": {"enable": True}}):
            assert search(sampler_on(device, options), windows=1).nit == 1
    assert len(bill()) == 2


@pytest.mark.slow
def test_a_search_that_was_stopped_goes_on_at_its_window(double, bill, capsys):
    def stop(so_far):
        if len(so_far.windows) == 2:
            raise StopIteration

    stopped = search(callback=lambda intermediate_result: stop(intermediate_result))
    assert stopped.status == 99 and len(bill()) == 2
    capsys.readouterr()
    whole = search()
    assert len(bill()) == WINDOWS and whole.windows[:2] == stopped.windows
    assert f"At most {WINDOWS - 2} job(s)" in capsys.readouterr().err
    assert len({job["sent"]["session_id"] for job in bill()}) == 2


@pytest.mark.slow
def test_a_window_that_fails_is_sent_anew_and_the_others_are_not(double, bill):
    double.fault("submit", "fail", when="after", skip=1)
    broken = search()
    assert (broken.status, broken.nit) == (7, 1) and "goes on at this window" in broken.message
    assert "failed at the service" in broken.message
    assert search().nit == WINDOWS and len(bill()) == WINDOWS + 1


@pytest.mark.slow
def test_a_job_under_way_is_adopted(double, bill):
    """Cancelled by nobody: what a search that was interrupted has sent is waited for."""
    double.set(queue_seconds=1e9)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qdml_quantum.hardware.jobs.records.Clock.sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            search()
    (waiting,) = bill()
    double.set(queue_seconds=0.0)
    assert search().nit == WINDOWS
    assert len(bill()) == WINDOWS and bill()[0]["id"] == waiting["id"]


@pytest.mark.slow
def test_a_window_that_was_cancelled_is_sent_anew(double, bill):
    search(windows=1)
    (job,) = jobs()
    assert cancel(job).state == "submitted" and search(windows=1).nit == 1 and len(bill()) == 1


@pytest.mark.slow
def test_a_service_that_wants_a_pause_gets_one(double, bill, monkeypatch):
    """It takes five jobs a minute: a quick search would be stopped by that."""
    pauses = []

    def sleep(_, seconds):
        pauses.append(seconds)
        double.set(most_a_minute=1000 if len(pauses) == 2 else 0)

    monkeypatch.setattr("qdml_quantum.hardware.jobs.records.Clock.sleep", sleep)
    double.set(most_a_minute=0)
    assert search(windows=1).nit == 1 and len(bill()) == 1 and pauses == [60.0] * 2
    double.set(most_a_minute=0)
    pauses[:] = [0.0] * 2
    with pytest.raises(HardwareError, match="Too many requests"):
        search(windows=1, seed=2)
    assert pauses[2:] == [60.0] * 4


def test_what_can_not_be_compiled_is_not_paid_for(double, bill, monkeypatch):
    def refused(*_, **__):
        raise ValueError("no such circuit")

    monkeypatch.setattr("qdml_quantum.synthesis.circuits.cost.cost_of", refused)
    with pytest.raises(ValueError, match="no such circuit"):
        search(windows=1)
    assert bill() == []


@pytest.mark.few(1)
@pytest.mark.parametrize("fault", ["refused", "dropped"])
def test_without_a_batch_every_job_is_sent_by_itself(double, bill, capsys, fault):
    double.fault("session-new", fault, times=9)
    assert search(windows=2).nit == 2
    said = capsys.readouterr().err
    assert said.count("Every job is sent by itself") == 1 and "a batch on `ibm_manila`" in said
    assert {job["sent"].get("session_id") for job in bill()} == {None}


@pytest.mark.slow
def test_a_batch_that_was_closed_meanwhile_is_followed_by_another(double, bill):
    def close(*_, **__):
        for name in double.control("sessions"):
            double.control("close", "POST", session=name)

    assert search(callback=lambda intermediate_result: close(), windows=3).nit == 3
    assert len({job["sent"]["session_id"] for job in bill()}) == 3


@pytest.mark.slow
def test_a_batch_that_can_not_be_closed_is_no_error(double, bill, capsys):
    double.fault("session-close", "refused")
    assert search(windows=1).nit == 1
    assert "It ends by itself" in capsys.readouterr().err


def test_what_the_account_can_not_pay_for_is_not_begun(double, bill):
    spent = sum(job["seconds"] for job in double.bill())
    double.set(usage_limit_seconds=spent + 2.5 * EACH)
    with pytest.raises(HardwareError, match=r"4 job\(s\).* has less: .*Nothing was sent\. Ask"):
        search()
    assert bill() == []
    assert search(windows=2).nit == 2
    begun = search()  # The first two windows are the same.
    assert begun.status == 7 and begun.nit == 2 and "At most 2 job(s)" in begun.message
    assert len(bill()) == 2


def test_it_is_begun_where_that_is_allowed_and_every_job_has_the_cap_that_is_wanted(double, bill):
    """What `submit` takes is an option of the device for the verbs."""
    double.set(usage_limit_seconds=sum(job["seconds"] for job in double.bill()) + 0.5 * EACH)
    with pytest.raises(HardwareError, match="overdraw=True"):
        search(windows=1)
    device = Device("ibm_manila", max_seconds=5, overdraw=True)
    assert search(device, windows=1).nit == 1
    result = anneal(WELL, STEP, backend=device, shots=200, **QUICK)
    assert result.device.job["tag"] and [5 in job["sent"].values() for job in bill()] == [True] * 2


@pytest.mark.slow
def test_a_session_of_the_user_is_kept(double, bill):
    device = double.service().backend("ibm_manila")
    with Session(backend=device) as session:
        assert search(SamplerV2(mode=session), windows=2).nit == 2
    assert {job["sent"]["session_id"] for job in bill()} == {session.session_id}


def test_the_default_seed_is_the_same_again(double, bill):
    first = search(windows=1, seed=None)
    assert first.seed == 0 and same(search(windows=1, seed=None), first) and len(bill()) == 1


def test_an_account_that_says_nothing_is_said_so(double, capsys):
    device = double.service().backend("ibm_manila")
    double.fault("usage", "refused", times=9)
    costs = dataclasses.make_dataclass("Costs", ["qpu_seconds", "num_circuits"])(2.0, 1)
    made = dataclasses.make_dataclass("Plan", ["costs", "shots"])(costs, 8)
    series = Series(device, 3)
    assert series.mode_for(made) is not None
    assert "6 s in all; the service does not say who pays" in capsys.readouterr().err
    series.close()
