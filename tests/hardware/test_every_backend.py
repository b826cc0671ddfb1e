"""Every verb on every kind of backend: it works, or says in one sentence why not.

A few cells run by default, all of them with the slow tests.
"""

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import INSTALLED
from plans import QUICK
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.basic_provider import BasicSimulator
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, Target
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2 as AerSampler
from qiskit_ibm_runtime import SamplerV2
from qiskit_ibm_runtime.fake_provider import FakeManilaV2
from runtime_double import Double

from qdml_quantum import (
    Grid,
    Problem,
    Schedule,
    Windows,
    anneal,
    fetch,
    find_backend,
    jobs,
    measure_energy,
    minimize,
    plan,
    submit,
    trained_schedule,
)
from qdml_quantum.cli import main
from qdml_quantum.hardware.devices import isa
from qdml_quantum.hardware.jobs.transports.sampling import (
    has_client_side_sampler,
    sampler_on,
)

WELL = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
STEP = Schedule.constant(0.5, num_steps=1, time_step=0.3)
SHOTS = 120


def square(rows=3):
    """A square lattice, as the newest devices have it."""
    edges = CouplingMap.from_grid(rows, rows).get_edges()
    return GenericBackendV2(rows**2, ["id", "rz", "sx", "x", "cz"], coupling_map=edges, seed=1)


def uncalibrated():
    """A device that tells its gates and edges, and nothing of their errors."""
    line = [(0, 1), (1, 2), (2, 3)]
    backend = GenericBackendV2(4, ["rz", "sx", "x", "cz"], coupling_map=line, seed=1)
    target = Target(num_qubits=4)
    for name in ("rz", "sx", "x", "cz", "measure"):
        places = dict.fromkeys(backend.target[name], None)
        target.add_instruction(backend.target.operation_from_name(name), places)
    backend._target = target
    return backend


def aqt():
    """The offline simulator of a trapped-ion device: its two-qubit gate is rxx."""
    return pytest.importorskip("qiskit_aqt_provider").AQTProvider().offline.ideal()


def braket():
    """The local simulator of Amazon Braket."""
    return pytest.importorskip("qiskit_braket_provider").BraketLocalBackend()


def fractional():
    if INSTALLED < (0, 48):
        pytest.skip("the older client does not tell Qiskit how to fold rzz")
    return find_backend("fake_torino", fractional=True)


def executor_sampler():
    if not has_client_side_sampler():
        pytest.skip("the client is older than its own sampler")
    return sampler_on(FakeManilaV2(), {"default_shots": 50})


LOCAL = {
    "a name": lambda: "fake_manila",
    "FakeManila": FakeManilaV2,
    "FakeFez": lambda: find_backend("fake_fez"),
    "FakeTorino": lambda: find_backend("fake_torino"),
    "fractional": fractional,
    "square lattice": square,
    "GenericBackendV2": lambda: GenericBackendV2(4, seed=1),
    "without calibration": uncalibrated,
    "AerSimulator": AerSimulator,
    "Aer SamplerV2": AerSampler,
    "BackendSamplerV2": lambda: BackendSamplerV2(backend=FakeManilaV2()),
    "runtime SamplerV2 on a fake": lambda: SamplerV2(mode=FakeManilaV2()),
    "client-side Sampler on a fake": executor_sampler,
    "StatevectorSampler": StatevectorSampler,
    "BasicSimulator": BasicSimulator,
    "AQT offline": aqt,
    "Braket local": braket,
}
REMOTE = ("a name", "IBMBackend", "runtime SamplerV2", "client-side Sampler", "fractional")
NO_TARGET = ("tell its gates and edges",)
REFUSED = {
    (backend, verb): NO_TARGET
    for backend in ("StatevectorSampler", "BasicSimulator")
    for verb in ("plan", "fetch")
}
"""What must be said where a cell does not work."""


def run_anneal(backend):
    result = anneal(WELL, STEP, backend=backend, shots=SHOTS, seed=1, **QUICK)
    assert sum(result.counts.values()) == SHOTS


def run_energy(backend):
    found = measure_energy(WELL, STEP, backend=backend, shots=SHOTS, seed=1)
    # Samplers keep their own seed, or none: two standard errors are missed by one run in twenty.
    assert found.energy.error < 2
    assert found.energy.value == pytest.approx(found.exact, abs=6 * found.energy.error)


def run_minimize(backend):
    found = minimize(
        lambda x: float(x[0] - 1) ** 2,
        [(-2, 2)],
        backend=backend,
        windows=Windows(2, trained_schedule(2, dimensions=1, coarse=1), shots=8, most=1, **QUICK),
        seed=1,
    )
    assert found.nit >= 1 and -2 <= found.x[0] <= 2


def run_plan(backend):
    made = plan(WELL, STEP, backend=backend, shots=SHOTS, seed=1, besides=(), **QUICK)
    assert len(made.settings) == 1
    return made


def run_fetch(backend, given=True):
    made = run_plan(backend)
    job = submit(made, backend=backend if given else None)
    result = fetch(job, backend=backend if given and made.local else None)
    assert sum(result.counts.values()) == SHOTS


VERBS = {
    "anneal": run_anneal,
    "measure_energy": run_energy,
    "minimize": run_minimize,
    "plan": run_plan,
    "fetch": run_fetch,
}
QUICK_CELLS = {
    ("a name", "minimize"),
    ("BasicSimulator", "plan"),
    ("without calibration", "plan"),
    ("Aer SamplerV2", "fetch"),
    ("StatevectorSampler", "anneal"),
    ("StatevectorSampler", "plan"),
    ("client-side Sampler on a fake", "measure_energy"),
    ("IBMBackend", "measure_energy"),
    ("runtime SamplerV2", "minimize"),
}


def cells(backends):
    """Verbs by backends; what is not quick is slow."""
    return [
        pytest.param(
            backend, verb, marks=() if (backend, verb) in QUICK_CELLS else pytest.mark.slow
        )
        for backend in backends
        for verb in VERBS
    ]


@pytest.fixture(autouse=True)
def _own_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("QDML_LEDGER", str(tmp_path / "ledger"))
    # Noise of one candidate instead of six: most of the time of a plan.
    monkeypatch.setattr(isa, "_SIMULATED", 1)


@pytest.fixture(scope="module")
def double(tmp_path_factory):
    with Double(tmp_path_factory.mktemp("double")) as started:
        yield started


@pytest.fixture
def account(double, monkeypatch):
    """The double as the account of the environment."""
    for name, value in (double.environment | double.account).items():
        monkeypatch.setenv(name, value)
    return double


@pytest.mark.parametrize(("name", "verb"), cells(LOCAL))
def test_local(name, verb):
    backend = LOCAL[name]()
    words = REFUSED.get((name, verb))
    if words is None:
        VERBS[verb](backend)
        return
    with pytest.raises((ValueError, TypeError)) as caught:
        VERBS[verb](backend)
    assert all(word in str(caught.value) for word in words)


def remote(name, double):
    """A device of the double as it is handed over."""
    if name == "a name":
        return "ibm_manila"
    if name == "fractional":
        return double.service().backend("ibm_torino", use_fractional_gates=True)
    device = double.service().backend("ibm_manila")
    if name == "IBMBackend":
        return device
    if name == "runtime SamplerV2":
        return SamplerV2(mode=device)
    if not has_client_side_sampler():
        pytest.skip("the client is older than its own sampler")
    return sampler_on(device)


@pytest.mark.parametrize(("name", "verb"), cells(REMOTE))
def test_of_a_service(name, verb, account):
    before = len(account.bill())
    backend = remote(name, account)
    VERBS[verb](backend)
    made = account.bill()[before:]
    program = "sampler" if name == "runtime SamplerV2" or not has_client_side_sampler() else None
    assert all(job["program"] == (program or "executor") for job in made)
    # Nothing that is paid passes the ledger by.
    assert {job["id"] for job in made} == {job.job_id for job in jobs()}
    assert bool(made) == (verb != "plan")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fake_manila", "aer", "ibm_manila", "least-busy"])
def test_the_command_line_takes_every_name(name, account, capsys):
    account.set(queue_length={"ibm_manila": 0, "ibm_fez": 9, "ibm_torino": 9})
    words = ["run", "double_well", "--qubits", "2", "--backend", name, "--shots", "120"]
    code = main([*words, "--seed", "1", "--effort", "0.1"])
    assert code in (0, 1), capsys.readouterr().err
    assert "minimi" in capsys.readouterr().out
