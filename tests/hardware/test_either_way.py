"""An anneal on a device and the fetch of its plan: two ways, one verdict."""

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from runtime_double import Double

from qdml_quantum import (
    Compiler,
    Grid,
    Problem,
    Schedule,
    anneal,
    fetch,
    find_backend,
    jobs,
    plan,
    submit,
)
from qdml_quantum.hardware.devices import isa

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
STEPS = Schedule.geometric((0.5, 0.1), num_stages=2, num_steps=1, time_step=1.0)
QUICK = Compiler("joint", effort=0.3, seeds=1)
EQUAL = (
    "backend counts minimizer minimum success energy energy_estimate passed verdict diffusion seed"
).split()


@pytest.fixture(autouse=True)
def _fewer_simulations(monkeypatch):
    """Noise of one candidate instead of six: most of the time of a plan."""
    monkeypatch.setattr(isa, "_SIMULATED", 1)


def summary(result):
    """What checks say, without their words."""
    return [(c.name, c.value, c.limit, c.passed, c.decides) for c in result.checks]


def plain(result):
    """All of the JSON but times, the job, and where it is kept."""
    data = result.to_dict()
    for key in ("folder", "versions"):
        data.pop(key)
    data["resources"].pop("seconds", None)
    data["device"].pop("job")
    data["device"]["calibration"] = {
        key: value for key, value in data["device"]["calibration"].items() if key != "taken"
    }
    return data


def assert_same(here, there):
    for name in EQUAL:
        assert getattr(here, name) == getattr(there, name), name
    assert here.device.counts == there.device.counts
    assert summary(here) == summary(there)
    assert here.reference.to_dict() == there.reference.to_dict()
    assert (here.reference.state == there.reference.state).all()
    assert list(here.to_dict()) == list(there.to_dict())
    assert list(here.to_dict()["device"]) == list(there.to_dict()["device"])
    assert plain(here) == plain(there)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "shots"),
    [
        ("fake_fez", 60),
        pytest.param("fake_fez", 400, marks=SLOW),
        pytest.param("fake_fez", 4096, marks=SLOW),
        pytest.param("fake_torino", 60, marks=SLOW),
        pytest.param("fake_torino", 400, marks=SLOW),
        pytest.param("fake_torino", 4096, marks=SLOW),
    ],
)
def test_the_same_counts_on_the_same_backend_give_the_same_verdict(name, shots, tmp_path):
    device = find_backend(name)
    options = {"backend": device, "shots": shots, "seed": 7, "compiler": QUICK}
    here = anneal(WELL, STEPS, **options)
    there = fetch(submit(plan(WELL, STEPS, **options), ledger=tmp_path), ledger=tmp_path)
    assert_same(here, there)
    assert here.shots == shots and here.device.plan.shots == shots
    enough = next(check for check in here.checks if check.name == "enough_shots")
    assert enough.passed == (shots >= 100)
    if shots == 60:
        assert not here.passed and enough in here.failed
        assert "there are only 60 shots, 100 are needed" in here.verdict


def test_a_device_of_a_service_goes_through_the_ledger(tmp_path, monkeypatch):
    """No account but that of the backend is asked for; what was paid for is kept, and not again."""
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "ledger"))
    with Double(tmp_path / "double") as double:
        device = double.service().backend("ibm_manila")
        monkeypatch.delattr("qiskit_ibm_runtime.QiskitRuntimeService")
        options = {"backend": device, "shots": 400, "seed": 7, "compiler": QUICK}
        here = anneal(WELL, STEPS, **options)
        (job,) = jobs()
        assert job.state == "done" and not job.local
        (billed,) = double.bill()
        assert (billed["id"], billed["reads"]) == (job.job_id, 1)
        assert here.device.job_id == job.job_id and here.device.job["tag"] == job.tag
        there = fetch(job)
        assert there.to_dict() == here.to_dict()
        again = anneal(WELL, STEPS, **options)
        assert again.to_dict() == here.to_dict()
        assert len(jobs()) == 1
        (billed,) = double.bill()
        assert billed["reads"] == 1
