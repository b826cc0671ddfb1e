"""A device that moves the packet passes; what stands still, decays or goes over does not."""

import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_49
from packets import by_hand, judged
from runtime_double import Double

from qdml_quantum import jobs, self_test
from qdml_quantum.diagnostics.dynamics import NATS
from qdml_quantum.hardware.devices import isa
from qdml_quantum.runs.self_test import plan_self_test
from qdml_quantum.synthesis.compiler import Compiler

QUICK = {"compiler": Compiler("joint", effort=0.1, seeds=1)}


@pytest.fixture(autouse=True)
def one_simulation(monkeypatch):
    monkeypatch.setattr(isa, "_SIMULATED", 1)


def toward(p, other, share):
    return (1 - share) * np.asarray(p) + share * np.asarray(other)


def ideal(test):
    return [one.ideal["position"] for one in test.plans]


@pytest.mark.parametrize("qubits", [3, 4])
def test_a_packet_that_moves_is_seen_through_noise(qubits):
    test = by_hand(qubits)
    flat = np.full(2**qubits, 2.0**-qubits)
    moved = judged(test, [toward(p, flat, 0.3) for p in ideal(test)])
    assert moved.passed and moved.dynamics.value > 100
    assert "the motion is seen" in moved.verdict
    assert moved.dynamics.strengths == pytest.approx([0.7] * 5, abs=0.05)
    for estimate, exact in zip(moved.measured, test.ideal, strict=True):
        drawn_to = 0.7 * exact + 0.3 * test.middle
        assert abs(estimate.value - drawn_to) < 4 * estimate.error


def still(test, name, rng):
    """Histograms of a device on which nothing moves."""
    first, last = ideal(test)[0], ideal(test)[-1]
    flat, zero = np.full(first.size, 1 / first.size), np.eye(first.size)[0]
    times = np.linspace(0.1, 0.9, 5)
    return {
        "stands": [first] * 5,
        "decays": [toward(first, flat, t) for t in times],
        "relaxes": [toward(first, zero, t) for t in times],
        "relaxes and decays": [toward(toward(first, zero, t), flat, t / 2) for t in times],
        "goes over": [toward(first, last, t) for t in times],
        "uniform": [flat] * 5,
        "random": [rng.dirichlet(np.ones(first.size))] * 5,
    }[name]


NAMES = ("stands", "decays", "relaxes", "relaxes and decays", "goes over", "uniform", "random")


@pytest.mark.few(4)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [0])
def test_a_device_on_which_nothing_moves_fails(name, seed):
    test = by_hand()
    seen = judged(test, still(test, name, np.random.default_rng(seed)), seed)
    assert not seen.passed and seen.dynamics.value < NATS / 2
    assert "the motion is not seen" in seen.verdict


def test_going_over_is_what_the_second_state_is_for():
    """One state that stands still does not explain it: <x> crosses the middle of the box."""
    test = by_hand()
    seen = judged(test, still(test, "goes over", np.random.default_rng(0)))
    ratios = dict(seen.dynamics.ratios)
    assert ratios.pop("mixed") < 0 and min(ratios.values()) > NATS
    assert seen.measured[0].low > seen.middle > seen.measured[-1].high


def test_nothing_was_run_yet():
    test = by_hand()
    assert not test.passed and test.measured == () and test.dynamics is None
    assert test.verdict.startswith("not run")
    assert json.loads(test.to_json())["measured"] == []


@pytest.mark.slow
def test_on_a_fake_device_through_the_ledger(tmp_path):
    test = self_test("fake_fez", shots=2000, ledger=tmp_path, **QUICK)
    assert test.passed and test.dynamics.value > 50
    gates = {one.costs.two_qubit_gates for one in test.plans}
    assert max(gates) <= 16 and max(gates) - min(gates) <= 2  # The depth does not grow with time.
    for estimate, expected in zip(test.measured, test.expected, strict=True):
        assert abs(estimate.value - expected) < 2 * estimate.error
    (job,) = jobs(ledger=tmp_path)
    assert job.tag == test.job and job.state == "done"
    again = self_test("fake_fez", shots=2000, ledger=tmp_path, **QUICK)
    assert len(jobs(ledger=tmp_path)) == 1 and again.to_dict() == test.to_dict()
    data = json.loads(test.to_json())
    assert data["passed"] and len(data["measured"]) == len(data["exact"]) == 5
    for words in ("free fall", "<x> exact", "middle of the box", "verdict: the motion is seen"):
        assert words in str(test)


@pytest.mark.slow
def test_what_is_planned_is_to_be_seen():
    planned = plan_self_test("fake_fez", shots=2000, **QUICK)
    assert planned.dynamics.shown and "to be seen" in str(planned)


@pytest.mark.slow
@since_49
def test_on_an_account(tmp_path):
    with Double(tmp_path / "double") as double:
        service = double.service()
        backend = service.backend(service.backends()[0].name)
        words = {"shots": 1000, "service": service, "ledger": tmp_path / "ledger", **QUICK}
        double.fault("job", "unavailable", when="before")
        test = self_test(backend, timeout=60, **words)
        assert self_test(backend, timeout=60, **words).to_dict() == test.to_dict()
        assert test.passed and len(double.bill()) == 1
