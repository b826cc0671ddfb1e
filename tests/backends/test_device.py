"""Backends and samplers that the user hands over."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2 as AerSampler

from qdml_quantum import (
    Anneal,
    Compiler,
    Grid,
    Problem,
    Schedule,
    Windows,
    anneal,
    minimize,
    plan,
    trained_schedule,
)
from qdml_quantum.backends import as_backend, make_task
from qdml_quantum.backends.base import Task
from qdml_quantum.backends.device import Device
from qdml_quantum.diagnostics.metrics import counts_to_probabilities, total_variation
from qdml_quantum.hardware.devices import isa, machine
from qdml_quantum.hardware.devices.noise import perfect_probabilities
from qdml_quantum.hardware.errors import HardwareError

SCHEDULE = Schedule.geometric((2.0, 0.5), num_stages=2, num_steps=1, time_step=0.1)

PLANE = Problem(Grid([(-5, 5), (-4, 4)], [2, 3]), "himmelblau")

WELL = Problem(Grid([(-2.5, 2.5)], 3), "double_well")

SHOTS = 20_000

QUICK = Compiler("joint", effort=0.3, seeds=1)

TARGETS = {
    "StatevectorSampler": lambda: StatevectorSampler(seed=3),
    "BackendSamplerV2": lambda: BackendSamplerV2(
        backend=AerSimulator(), options={"seed_simulator": 3}
    ),
    "Aer's SamplerV2": lambda: AerSampler(seed=3),
    "AerSimulator": AerSimulator,
}


def task(problem=PLANE, *, shots=SHOTS, seed=3):
    return Task(Anneal(problem, SCHEDULE), shots=shots, seed=seed)


def run(backend, task):
    seen = []
    outcome = backend.run(task, start=None, on_stage=lambda number, psi: seen.append(number))
    assert seen == []
    assert outcome.state is None
    return outcome.counts


def ideal(problem=PLANE):
    outcome = as_backend("emulator").run(
        task(problem, shots=None), start=None, on_stage=lambda number, psi: None
    )
    return np.abs(outcome.state) ** 2


@pytest.mark.parametrize("name", TARGETS)
def test_ideal_targets_sample_the_state(name):
    """Axis order too: 2 qubits along x, 3 along y."""
    counts = run(as_backend(TARGETS[name]()), task())
    assert sum(counts.values()) == SHOTS
    found = counts_to_probabilities(counts, PLANE.grid)
    assert total_variation(found, ideal()) < 0.03  # sqrt(32 / (2 pi 20000)) = 0.016


@pytest.mark.parametrize("name", TARGETS)
def test_same_seed_same_counts(name):
    first, second = (run(as_backend(TARGETS[name]()), task()) for _ in range(2))
    assert first == second


def test_seed_of_the_task_reaches_a_backend():
    first, other = (run(Device(AerSimulator()), task(seed=s)) for s in (1, 2))
    assert first != other


def test_noisy_backend_with_few_links():
    """Transpiled for the line and its basis; the signal is there, and not all of it."""
    backend = generic()
    counts = run(Device(backend), task(WELL))
    assert sum(counts.values()) == SHOTS
    assert all(len(bits) == 3 for bits in counts)  # the four idle qubits are not in the strings
    found = counts_to_probabilities(counts, WELL.grid)
    uniform = total_variation(np.full(8, 1 / 8), ideal(WELL))
    # Measured: 0.11, and 0.19 for a uniform histogram.
    assert 0.02 < total_variation(found, ideal(WELL)) < uniform


def test_noisy_backend_same_seed_same_counts():
    first, second = (run(Device(generic()), task(WELL, seed=5)) for _ in range(2))
    assert first == second


def test_default_shots():
    assert sum(run(Device(AerSimulator()), task(shots=None, seed=None)).values()) == 1024


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (AerSimulator(), "aer_simulator"),
        (StatevectorSampler(), "StatevectorSampler"),
        (BackendSamplerV2(backend=AerSimulator()), "aer_simulator"),
    ],
)
def test_names(target, name):
    device = as_backend(target)
    assert device.name == name
    assert device.identity()["name"] == name
    assert not device.staged
    assert device.gate_level


@pytest.mark.extra("hardware")
def test_anneal_on_a_backend():
    options = {"shots": 500, "seed": 2, "compiler": QUICK}
    result = anneal(WELL, SCHEDULE, backend=generic(), **options)
    assert sum(result.counts.values()) == 500
    assert result.state is None
    assert result.device.plan.shots == 500 and result.device.counts[0] == result.counts
    again = anneal(WELL, SCHEDULE, backend=generic(), **options)
    assert again.counts == result.counts


@pytest.mark.extra("hardware")
def test_what_is_neither():
    with pytest.raises(TypeError, match="BackendV2 or a SamplerV2"):
        Device(3)
    with pytest.raises(ValueError, match="Did you mean `aer`"):
        Device("aerr")


@pytest.mark.extra("hardware")
@pytest.mark.parametrize("whole", [True, False])
def test_the_check_of_small_rotations_knows_the_circuit_that_was_run(whole, monkeypatch):
    """A transpiler that drops half a radian; such a circuit is refused, and here let through."""
    placed = isa.Candidates.placed

    def forgetful(self, small, piece, method):
        broken = {basis: circuit.copy() for basis, circuit in small.items()}
        for circuit in broken.values():
            angles = [i for i, item in enumerate(circuit.data) if item.operation.name == "rz"]
            place = angles[len(angles) // 2]
            item = circuit.data[place]
            operation = type(item.operation)(item.operation.params[0] + 0.5)
            circuit.data[place] = item.replace(operation=operation)
        return placed(self, broken, piece, method)

    if not whole:
        monkeypatch.setattr(isa, "MAX_DEVIATION", 1.0)
        monkeypatch.setattr(isa.Candidates, "placed", forgetful)
    exact = Compiler("joint", budget="exact", effort=0.3, seeds=1)
    result = anneal(WELL, SCHEDULE, backend=generic(), shots=50, seed=1, compiler=exact)
    check = next(check for check in result.checks if check.name == "small_rotations")
    circuit = result.device.plan.settings[0].circuit
    moved = total_variation(perfect_probabilities(circuit, WELL.grid), ideal(WELL))
    assert check.passed is whole and check.limit == 1e-4
    assert check.value >= moved - 1e-12 and (moved > 1e-4) is not whole


def test_a_task_takes_compiler_and_target_of_the_device_unless_told_otherwise():
    backend = GenericBackendV2(4, seed=1)
    device, problem = as_backend(backend), Problem(Grid([(-4, 4)], 3), "harmonic")
    one = Anneal(problem, Schedule.constant(0.5, num_steps=1, time_step=0.1))
    task = make_task(device, one)
    assert (task.compiler.name, task.compiler.target) == ("joint", backend.target)
    told = make_task(device, one, compiler=Compiler("walsh", target="line"))
    assert (told.compiler.name, told.compiler.target) == ("walsh", "line")
    assert make_task(as_backend("emulator"), one).compiler.name == "walsh"


def generic(num_qubits=7):
    """A noisy line of qubits."""
    return GenericBackendV2(
        num_qubits, coupling_map=CouplingMap.from_line(num_qubits), seed=1, noise_info=True
    )


class Stabilizers(AerSimulator):
    """Tells gates that it cannot run; with its own gates alone, transpiling takes minutes."""

    def run(self, circuits, **options):
        return super().run(circuits, **options | {"method": "stabilizer"})


def test_a_failed_run_says_so_in_the_words_of_the_simulator():
    """Qiskit's sampler goes on with no shots, which ended as an error of broadcasting."""
    device = Device(Stabilizers())
    circuit = QuantumCircuit(1, 1)
    circuit.t(0)
    circuit.measure(0, 0)
    with pytest.raises(HardwareError, match=r"The run failed: .*stabilizer"):
        device.sampled([circuit], 10, 1)
    with pytest.raises(HardwareError, match=r"The run failed: .*stabilizer"):
        anneal(WELL, SCHEDULE, backend=device.given, seed=1, compiler=QUICK)


@pytest.mark.parametrize(
    "backend",
    [AerSimulator(method="stabilizer"), GenericBackendV2(5, basis_gates=["h", "s", "cx"], seed=1)],
    ids=["Aer's stabilizers", "a chip of Clifford gates"],
)
def test_clifford_gates_alone_are_refused_before_anything_is_compiled(backend, monkeypatch):
    """Qiskit tried for minutes, and ended in a sentence about its basis translator."""

    def compiled(*_, **__):
        raise AssertionError("compiled")

    monkeypatch.setattr(machine, "generate_preset_pass_manager", compiled)
    for call in (
        lambda: anneal(WELL, SCHEDULE, backend=backend),
        lambda: anneal("double_well", backend=backend),
        lambda: plan(WELL, SCHEDULE, backend=backend),
        lambda: minimize("double_well", backend=backend, seed=1),
    ):
        with pytest.raises(ValueError, match=r"^Argument `backend` must have a gate that turns"):
            call()


def test_clifford_and_t_is_universal():
    assert Device(GenericBackendV2(3, basis_gates=["h", "t", "cx"], seed=1)).target is not None


@pytest.mark.extra("hardware")
def test_minimize_runs_on_a_device_with_its_own_schedule():
    """Its first stages are coarse, for which no network is searched on a chip: Qiskit routes."""
    found = minimize(
        lambda x: float(x[0] - 1) ** 2,
        [(-2, 2)],
        backend="fake_manila",
        windows=Windows(
            2,
            trained_schedule(10, dimensions=1, coarse=1),
            shots=8,
            compiler=Compiler("joint", effort=0.1, seeds=1),
            most=1,
        ),
        seed=1,
    )
    assert found.nit >= 1 and found.two_qubit_gates > 0


def test_a_device_that_measures_as_it_goes():
    """Without a plan: the circuit is compiled for the target, runs with waits, and is judged."""
    fakes = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    fez = fakes.FakeFez()
    well = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    step = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    device = Device(fez, dynamic=True)
    result = anneal(well, step, backend=device, shots=SHOTS, seed=1, compiler=QUICK)
    exact = np.abs(Anneal(well, step).final_state()) ** 2
    away = total_variation(np.asarray(result.probabilities), exact / exact.sum())
    assert 0.05 < away < 0.3  # Measured: 0.19; 0.61 is uniform.
    task = make_task(device, Anneal(well, step), compiler=QUICK, shots=SHOTS)
    assert task.circuit(measure=True, dynamic=True).count_ops()["if_else"] == 3
    assert device.identity() == Device(fez).identity() | {"dynamic": True}


def test_a_device_without_feed_forward_is_refused():
    plain = GenericBackendV2(4, basis_gates=["cx", "rz", "sx", "x"], seed=1)
    well = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
    step = Schedule.constant(0.5, num_steps=1, time_step=0.3)
    assert "if_else" not in plain.target.operation_names
    with pytest.raises(ValueError, match=r"`dynamic`.*if_else"):
        anneal(well, step, backend=Device(plain, dynamic=True), shots=10, seed=1, compiler=QUICK)

    with pytest.raises(ValueError, match=r"`dynamic`.*if_else"):
        as_backend(plain, dynamic=True)


def test_measured_as_it_goes_by_name():
    """As an option of every backend that runs circuits, and refused by those that run none."""
    pytest.importorskip("qiskit_ibm_runtime")
    assert as_backend("fake_fez", dynamic=True).dynamic and as_backend("aer", dynamic=True).dynamic
    assert not as_backend("fake_fez").dynamic
    with pytest.raises(ValueError, match="dynamic"):
        as_backend("emulator", dynamic=True)


def test_a_service_does_not_measure_as_it_goes(monkeypatch):
    monkeypatch.setattr(Device, "is_local", property(lambda self: False))
    with pytest.raises(ValueError, match="`dynamic` must be False on a device of a service"):
        Device(AerSimulator(), dynamic=True)
