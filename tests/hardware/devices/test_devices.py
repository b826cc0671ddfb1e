"""Where circuits run: names, accounts, and what is said when something is wrong."""

import json
import math
import os
import subprocess
import sys
import time
import traceback
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_44, since_48
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.fake_provider import FakeFez
from wells import BOTH, search

from qdml_quantum.hardware.devices.devices import (
    FractionalFake,
    find_backend,
    is_local,
    notes,
    open_service,
    snapshot,
    target_of,
)
from qdml_quantum.hardware.devices.noise import used_qubits
from qdml_quantum.hardware.errors import HardwareError

TOKEN = "not-a-real-token-0123456789"
# The client says by these names what is wrong with an account; it does not export all of them.
NotFound = type("AccountNotFoundError", (Exception,), {})
Invalid = type("InvalidAccountError", (Exception,), {})


class Service:
    """A service with a few devices, online or not."""

    def __init__(self, *names, operational=True):
        self.asked = {}
        self.devices = {name: device(name, operational) for name in names}

    def backend(self, name, use_fractional_gates=False):
        self.asked = {"use_fractional_gates": use_fractional_gates}
        if name not in self.devices:
            raise QiskitBackendNotFoundError("No backend matches the criteria.")
        return self.devices[name]

    def backends(self):
        return list(self.devices.values())

    def least_busy(self, **wishes):
        self.asked = wishes
        return next(iter(self.devices.values()))


def device(name, operational=True):
    found = FakeFez()
    found.name = name
    status = SimpleNamespace(operational=operational, status_msg="maintenance")
    found.status = lambda: status
    return found


@pytest.mark.parametrize(
    ("name", "num_qubits"),
    [
        ("fake_fez", 156),
        ("fake_torino", 133),
        pytest.param("fake_nighthawk", 120, marks=since_44),
        ("fake_fractional", 5),
        ("fake_manila", 5),
        pytest.param("fake_fez_fractional", 156, marks=since_48),
    ],
)
def test_fake_devices_by_name(name, num_qubits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        backend = find_backend(name)
    assert backend.name == name
    assert backend.num_qubits == num_qubits
    assert is_local(backend)


def test_the_ideal_simulator_says_that_it_is_ideal():
    backend = find_backend("aer")
    assert isinstance(backend, AerSimulator)
    assert is_local(backend)
    assert "ideal" in " ".join(notes(backend))


@since_44
def test_made_up_error_rates_are_said_so():
    assert "made up" in " ".join(notes(find_backend("fake_nighthawk")))
    assert "made up" not in " ".join(notes(find_backend("fake_fez")))


@pytest.mark.parametrize("make", [AerSimulator, lambda: BackendSamplerV2(backend=AerSimulator())])
def test_objects_are_handed_back(make):
    given = make()
    assert find_backend(given) is given
    assert is_local(given)
    assert target_of(given).num_qubits


def test_a_sampler_without_a_device_has_no_target():
    with pytest.raises(ValueError, match="but is StatevectorSampler, which does not"):
        target_of(StatevectorSampler())


@since_48
@since_48
def test_fractional_gates_with_the_errors_that_were_measured():
    plain = FakeFez()
    backend = find_backend("fake_fez", fractional=True)
    assert {"rx", "rzz"} <= set(backend.target.operation_names)
    assert backend.target.supported_angle_bound("rzz", [math.pi / 2])
    assert not backend.target.supported_angle_bound("rzz", [-0.1])
    reported = plain.properties().gate_property("rzz")[(0, 1)]
    assert backend.target["rzz"][(0, 1)].error == reported["gate_error"][0]
    assert backend.target["rzz"][(0, 1)].duration == plain.target["cz"][(0, 1)].duration
    assert backend.target["rx"][(3,)].error == plain.target["sx"][(3,)].error
    assert backend.target["cz"][(0, 1)].error == plain.target["cz"][(0, 1)].error
    assert "stored calibration reports" in notes(backend)[0]


@since_48
def test_fractional_gates_of_a_device_that_reports_none_have_the_errors_of_cz():
    backend = find_backend("fake_nighthawk", fractional=True)
    for pair in [(0, 1), (5, 6)]:
        assert backend.target["rzz"][pair].error == backend.target["cz"][pair].error
    assert "those of cz" in notes(backend)[0]


def test_fractional_gates_that_are_there_already_change_nothing():
    given = find_backend("fake_fractional")
    assert find_backend(given, fractional=True) is given


def test_fractional_gates_can_not_be_added_to_any_device():
    with pytest.raises(ValueError, match="fake_brisbane"):
        find_backend("fake_brisbane", fractional=True)


@since_48
def test_the_fractional_device_runs_with_noise_on_the_qubits_in_use():
    backend = find_backend("fake_fez_fractional")
    assert isinstance(backend, FractionalFake)
    circuit = QuantumCircuit(156, 2)
    circuit.rx(math.pi, 100)
    circuit.rzz(0.3, 100, 101)
    circuit.measure([100, 101], [0, 1])
    counts = backend.run(circuit, shots=2000, seed_simulator=1).result().get_counts()
    assert 1800 < counts["01"] < 2000


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fake_fes", "Did you mean `fake_fez`"),
        ("aerr", "Did you mean `aer`"),
        ("leastbusy", "Did you mean `least-busy`"),
        ("zzzzzz", "Fake devices are called fake_fez"),
    ],
)
def test_unknown_names(name, hint):
    with pytest.raises(ValueError, match=hint):
        find_backend(name)


def test_what_is_no_backend():
    with pytest.raises(TypeError, match="BackendV2"):
        find_backend(3)


def test_too_few_qubits():
    with pytest.raises(ValueError, match="at least 6 qubits, but is fake_fractional with 5"):
        find_backend("fake_fractional", num_qubits=6)


def test_devices_of_an_account():
    service = Service("ibm_one", "ibm_two")
    assert find_backend("ibm_two", service=service, fractional=True).name == "ibm_two"
    assert service.asked == {"use_fractional_gates": True}
    assert find_backend("least-busy", service=service, num_qubits=7).name == "ibm_one"
    assert service.asked == {"min_num_qubits": 7, "use_fractional_gates": False}


def test_a_device_that_the_account_does_not_have():
    with pytest.raises(HardwareError, match=r"No device .*'ibm_tow'. Did you mean `ibm_two`"):
        find_backend("ibm_tow", service=Service("ibm_one", "ibm_two"))


def test_a_device_that_is_offline():
    with pytest.raises(HardwareError, match=r"`ibm_one` is offline \(status: maintenance\)"):
        find_backend("ibm_one", service=Service("ibm_one", operational=False))


@pytest.mark.slow
def test_no_account(tmp_path):
    """The client itself is asked; it finds neither a file nor a variable."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("QISKIT_IBM")}
    lines = "from qdml_quantum import find_backend; find_backend('ibm_fez')"
    asked = subprocess.run(
        [sys.executable, "-c", lines], env=kept | {"HOME": str(tmp_path)}, capture_output=True
    )
    last = asked.stderr.decode().strip().splitlines()[-1]
    assert "No account of IBM Quantum was found" in last and "QISKIT_IBM_TOKEN" in last


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotFound("Unable to find account."), "save_account"),
        (Invalid(f"Unable to retrieve instances with {TOKEN}."), "network"),
        (ConnectionError(f"Authorization: Bearer {TOKEN}"), "Could not open the service"),
    ],
)
def test_a_wrong_account_and_no_network_show_no_token(monkeypatch, error, words):
    def refuse():
        apikey = TOKEN  # What frames of the client hold.
        raise error.with_traceback(None) if apikey else AssertionError

    monkeypatch.setenv("QISKIT_IBM_TOKEN", TOKEN)
    monkeypatch.setattr("qiskit_ibm_runtime.QiskitRuntimeService", refuse)
    with pytest.raises(HardwareError, match=words) as caught:
        open_service()
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in report.stack if Path(frame.filename).name == "devices.py"]
    assert frames
    assert caught.value.__context__ is None
    assert TOKEN not in str(caught.value)
    assert all(TOKEN not in str(frame.locals) for frame in frames)


def test_a_service_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr("qdml_quantum.hardware.devices.devices.ASK_SECONDS", 0.01)
    monkeypatch.setattr("qiskit_ibm_runtime.QiskitRuntimeService", lambda: time.sleep(1))
    with pytest.raises(HardwareError, match=r"Could not open .* No answer within 0\.01 s"):
        open_service()


@pytest.fixture(scope="module")
def fez():
    return find_backend("fake_fez")


@pytest.fixture(scope="module")
def found(fez):
    return search(fez, bases=BOTH, budget="exact")


def test_the_snapshot_is_json_with_the_figures_of_the_target(fez, found, monkeypatch):
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "not-a-real-token-0123456789")
    circuit = found.circuits["position"]
    plain = snapshot(fez, found.circuits.values())
    text = json.dumps(plain)
    assert "token" not in text
    assert plain["backend"] == "fake_fez" and plain["updated"].startswith("2025-02-26")
    assert set(plain["qubits"]) == {str(q) for q in used_qubits([circuit])}
    qubit = used_qubits([circuit])[0]
    values = fez.properties().qubit_property(qubit)
    assert plain["qubits"][str(qubit)]["read_0_for_1"] == values["prob_meas0_prep1"][0]
    assert plain["qubits"][str(qubit)]["t1"] == fez.target.qubit_properties[qubit].t1
    for place, figures in plain["edges"].items():
        pair = tuple(map(int, place.split("-")))
        assert figures["cz"]["error"] == fez.target["cz"][pair].error


def test_the_snapshot_is_of_the_qubits_in_use(fez):
    circuit = QuantumCircuit(156, 2)
    circuit.cz(7, 8)
    circuit.measure([7, 8], [0, 1])
    plain = snapshot(fez, [circuit])
    assert set(plain["qubits"]) == {"7", "8"}
    assert {frozenset(place.split("-")) for place in plain["edges"]} == {frozenset({"7", "8"})}


def test_an_ideal_simulator_has_no_edges():
    circuit = QuantumCircuit(2, 2)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    plain = snapshot(find_backend("aer"), [circuit])
    assert plain["edges"] == {} and json.loads(json.dumps(plain)) == plain
