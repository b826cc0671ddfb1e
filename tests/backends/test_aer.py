"""The gate-level circuit on Aer, whole or gate by gate."""

import json
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.random import random_circuit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error

from qdml_quantum import Anneal, Compiler, Gaussian, Grid, Problem, Schedule, anneal, build, plan
from qdml_quantum.backends import as_backend
from qdml_quantum.backends.aer import Aer, GateByGate, gates_per_step
from qdml_quantum.backends.base import Task
from qdml_quantum.diagnostics.metrics import counts_to_probabilities, total_variation
from qdml_quantum.runs.spec import Spec

SCHEDULE = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=2, time_step=0.1)
WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
PLANE = Problem(Grid([(-5, 5), (-4, 4)], [2, 3]), "himmelblau")


def task(problem=WELL, *, initial="uniform", shots=None, seed=1):
    return Task(Anneal(problem, SCHEDULE, "strang", initial), shots=shots, seed=seed)


def run(backend, task, start=None):
    seen = {}
    outcome = backend.run(task, start=start, on_stage=lambda n, psi: seen.update({n: psi.copy()}))
    return outcome, seen


def noise():
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(0.2, 2), ["cx", "cp"])
    return model


def ideal(problem=WELL, **options):
    return np.abs(run(Aer(), task(problem, **options))[0].state) ** 2


@pytest.mark.parametrize("stage", [1, 2])
@pytest.mark.parametrize("problem", [WELL, PLANE])
def test_resumed_run_is_bit_identical(stage, problem):
    whole, seen = run(Aer(), task(problem, shots=300))
    rest, later = run(Aer(), task(problem, shots=300), (stage, seen[stage - 1]))
    np.testing.assert_array_equal(rest.state, whole.state)
    assert rest.counts == whole.counts
    assert list(later) == list(range(stage, 3))


@pytest.mark.parametrize("problem", [WELL, PLANE])
@pytest.mark.parametrize("options", [{}, {"fusion_enable": False}], ids=["gate by gate", "whole"])
def test_diagonals_of_the_simulator_are_the_recipe(problem, options):
    """Measured: 1e-15; 2-D, coarse stages and refinements too."""
    first, *rest = SCHEDULE.stages
    coarse = Schedule((replace(first, coarse=1), *rest))
    for schedule in (SCHEDULE, coarse):
        anneal = Anneal(problem, schedule, "suzuki4")
        native = Task(anneal, Compiler("diagonal"), shots=100, seed=1)
        outcome, _ = run(Aer(**options), native)
        assert np.abs(outcome.state - anneal.final_state()).max() < 1e-13
        assert sum(outcome.counts.values()) == 100
    gates = {item.operation.name for item in native.circuit().decompose("x1").data}
    assert gates <= {"diagonal", "h", "cp", "p", "cx", "swap", "barrier"} and "diagonal" in gates


def test_a_result_says_that_its_phases_are_no_gates():
    result = anneal(WELL, SCHEDULE, backend="aer", compiler="diagonal", validate=False)
    assert result.resources["native_diagonals"] is True
    assert "diagonals of the simulator, which no device has" in str(result)
    plain = anneal(WELL, SCHEDULE, backend="aer", validate=False)
    assert "native_diagonals" not in plain.resources


@pytest.mark.parametrize(
    "backend", ["emulator", pytest.param("fake_fez", marks=pytest.mark.extra("hardware"))]
)
def test_diagonals_of_the_simulator_are_refused_elsewhere(backend):
    with pytest.raises(ValueError, match="`compiler` must be one of gates where Aer does not"):
        anneal(WELL, SCHEDULE, backend=backend, compiler="diagonal")
    with pytest.raises(ValueError, match="`compiler` must be one of gates where Aer does not"):
        plan(WELL, SCHEDULE, backend="fake_fez", compiler="diagonal")
    with pytest.raises(ValueError, match="`target` must be left out with compiler `diagonal`"):
        Compiler("diagonal", target="line")


def test_same_seed_same_counts():
    first, second, other = (run(Aer(), task(shots=500, seed=s))[0].counts for s in (7, 7, 8))
    assert first == second != other
    assert sum(first.values()) == 500
    assert list(first) == sorted(first)


def test_counts_follow_the_state():
    """Axis order: 2 qubits along x, 3 along y."""
    outcome, _ = run(Aer(), task(PLANE, initial=Gaussian((2.0, -2.0), 0.9), shots=50_000))
    found = counts_to_probabilities(outcome.counts, PLANE.grid)
    assert total_variation(found, np.abs(outcome.state) ** 2) < 0.02  # sqrt(32 / (2 pi 50000))


def test_fusion_does_not_change_the_state():
    plain, _ = run(Aer(), task())
    fused, _ = run(Aer(fusion_enable=True), task())
    np.testing.assert_allclose(fused.state, plain.state, atol=1e-13)


def test_single_precision():
    plain, _ = run(Aer(), task())
    single, _ = run(Aer(precision="single"), task())
    assert 1e-9 < np.abs(single.state - plain.state).max() < 1e-4


@pytest.mark.parametrize(
    "options", [{"method": "matrix_product_state"}, {"method": "density_matrix"}]
)
def test_other_methods_give_counts(options):
    backend = Aer(**options)
    assert not backend.staged
    assert backend.simulator.options.method == options["method"]
    outcome, seen = run(backend, task(PLANE, shots=20_000))
    assert outcome.state is None
    assert seen == {}
    found = counts_to_probabilities(outcome.counts, PLANE.grid)
    assert total_variation(found, ideal(PLANE)) < 0.03  # sqrt(32 / (2 pi 20000)) = 0.016
    assert run(Aer(**options), task(PLANE, shots=20_000))[0].counts == outcome.counts


def test_noise_gives_counts_and_is_seen():
    backend = Aer(noise_model=noise())
    assert not backend.staged
    assert backend.options["method"] == "automatic"
    outcome, seen = run(backend, task(shots=5000))
    assert outcome.state is None
    assert seen == {}
    assert sum(outcome.counts.values()) == 5000
    found = counts_to_probabilities(outcome.counts, WELL.grid)
    # Measured: 0.39 from the ideal histogram, 0.03 from a uniform one.
    assert total_variation(found, ideal()) > 0.1
    uniform = np.full(16, 1 / 16)
    assert total_variation(found, uniform) < total_variation(ideal(), uniform)


def test_readout_error_flips_the_bit_of_its_qubit():
    """Bit order with noise: only qubit 0, the last bit of the string, is unreliable."""
    model = NoiseModel()
    model.add_readout_error(ReadoutError([[0.0, 1.0], [1.0, 0.0]]), [0])
    still = Schedule.constant(0.0, num_steps=1, time_step=0.1)
    psi = np.zeros((4, 8))
    psi[2, 5] = 1
    point = Task(Anneal(PLANE, still, "lie", psi), shots=50, seed=1)
    counts = run(Aer(noise_model=model), point)[0].counts
    assert counts == {PLANE.grid.bitstring_of((3, 5)): 50}


def test_default_shots_of_a_measured_run():
    assert sum(run(Aer(method="density_matrix"), task())[0].counts.values()) == 1024


def test_options_reach_the_simulator():
    backend = as_backend("aer", method="statevector", max_parallel_threads=1, precision="single")
    assert backend.simulator.options.max_parallel_threads == 1
    assert backend.simulator.options.precision == "single"
    assert backend.staged


def test_unknown_option_is_refused():
    with pytest.raises(Exception, match="not_an_option"):
        Aer(not_an_option=1)


def test_failure_of_aer_is_raised():
    """Aer itself only says so in its result."""
    too_small = Aer(max_memory_mb=1)
    problem = Problem(Grid([(-4, 4)], 18), "harmonic")
    with pytest.raises(RuntimeError, match=r"Aer did not run the circuit: .*memory"):
        run(too_small, task(problem, shots=10))


def test_anneal_with_aer_and_noise():
    result = anneal(WELL, SCHEDULE, backend=Aer(noise_model=noise()), shots=200, seed=5)
    assert result.state is None
    assert sum(result.counts.values()) == 200
    assert result.backend == "aer"
    assert result.resources["two_qubit_gates"] > 0


def test_identity_tells_settings_apart():
    shown = [
        json.dumps(backend.identity(), sort_keys=True)
        for backend in (Aer(), Aer(precision="single"), Aer(noise_model=noise()))
    ]
    assert len(set(shown)) == 3


@pytest.mark.parametrize("problem", [WELL, PLANE])
def test_gates_per_step(problem):
    sizes = [
        build(problem, Schedule.constant(1.0, num_steps=n, time_step=0.1)).size() for n in (5, 6)
    ]
    assert gates_per_step(problem) == sizes[1] - sizes[0]


def test_memory_is_asked_for_states_only():
    assert Aer().required_bytes(WELL) >= 16 * 16
    assert Aer(method="matrix_product_state").required_bytes(WELL) == 0


def random_state(num_qubits, seed=0):
    rng = np.random.default_rng(seed)
    psi = rng.normal(size=2**num_qubits) + 1j * rng.normal(size=2**num_qubits)
    return psi / np.linalg.norm(psi)


@pytest.mark.parametrize("seed", range(6))
def test_any_circuit(seed):
    """Named kernels, rz with its phase, and matrices for the rest, global phase included."""
    circuit = random_circuit(4, 12, max_operands=3, seed=seed)
    circuit.global_phase = 0.3 * seed
    psi = random_state(4, seed)
    found = GateByGate().run(psi, [circuit])
    np.testing.assert_allclose(found, Operator(circuit).data @ psi, atol=1e-12)


def test_every_gate_of_the_package_and_barriers():
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.p(0.3, 1)
    circuit.cp(0.4, 0, 2)
    circuit.rz(0.5, 2)
    circuit.barrier()
    circuit.ry(0.6, 1)
    circuit.cx(2, 0)
    psi = random_state(3)
    found = GateByGate().run(psi, [circuit, circuit])
    unitary = Operator(circuit).data
    np.testing.assert_allclose(found, unitary @ unitary @ psi, atol=1e-13)


def test_input_is_not_changed():
    psi = random_state(2)
    before = psi.copy()
    flip = QuantumCircuit(2)
    flip.x(0)
    GateByGate().run(psi, [flip])
    np.testing.assert_array_equal(psi, before)


def test_what_is_no_gate_is_refused():
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with pytest.raises(QiskitError):
        GateByGate().run(random_state(1), [circuit])


@pytest.mark.parametrize("qubits", [1, 3])
def test_a_circuit_of_another_size_is_refused(qubits):
    with pytest.raises(ValueError, match="`circuits` must have 2 qubits, but is"):
        GateByGate().run(random_state(2), [QuantumCircuit(qubits)])


def test_a_refused_circuit_leaves_the_next_run_whole():
    runner, wrong, flip = GateByGate(), QuantumCircuit(1, 1), QuantumCircuit(1)
    wrong.measure(0, 0)
    flip.x(0)
    with pytest.raises(QiskitError):
        runner.run(np.array([1.0, 0.0]), [flip, wrong])
    np.testing.assert_array_equal(runner.run(np.array([1.0, 0.0]), [flip]), [0, 1])


def test_more_circuits_than_are_kept():
    runner = GateByGate()
    circuits = []
    for place in range(12):
        circuit = QuantumCircuit(1)
        circuit.p(0.1 * place, 0)
        circuits.append(circuit)
    found = runner.run(np.array([0.6, 0.8]), circuits)
    np.testing.assert_allclose(found, [0.6, 0.8 * np.exp(0.1j * 66)], atol=1e-14)


@pytest.mark.parametrize("compiler", ["walsh", "qiskit"])
def test_agrees_with_whole_circuits(compiler):
    """`Aer()` goes gate by gate, `Aer(method=...)` runs assembled circuits."""
    problem = Problem(Grid([(-5, 5), (-4, 4)], [3, 3]), "himmelblau")
    schedule = Schedule.geometric((2.0, 0.2), num_stages=3, num_steps=2, time_step=0.01)
    task = Task(Anneal(problem, schedule), Compiler(compiler), seed=1)
    direct, whole = (
        backend.run(task, start=None, on_stage=lambda *_: None).state
        for backend in (Aer(), Aer(method="statevector"))
    )
    np.testing.assert_allclose(direct, whole, atol=1e-13)


def test_the_command_line_goes_gate_by_gate(monkeypatch):
    """`Spec` hands over the precision; only another option takes the slower way."""
    whole = []
    monkeypatch.setattr(Aer, "_assembled", lambda *_: whole.append(1) or np.ones(8))
    problem = Problem(Grid([(-4, 4)], 3), "harmonic")
    schedule = Schedule.constant(1.0, num_steps=1, time_step=0.1)
    task = Task(Anneal(problem, schedule), seed=1)
    for backend in (Spec("harmonic").make_backend(), Aer(), Aer(precision="double")):
        backend.run(task, start=None, on_stage=lambda *_: None)
    assert not whole
    Aer(precision="single").run(task, start=None, on_stage=lambda *_: None)
    assert whole
