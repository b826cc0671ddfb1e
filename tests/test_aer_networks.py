"""Searched networks on Aer: permuted qubits, and still the same states, seams and counts."""

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Statevector
from qiskit.transpiler import CouplingMap, Target
from qiskit_aer import AerSimulator

from qdml_quantum import Anneal, Compiler, Gaussian, Grid, Problem, Schedule, anneal, build
from qdml_quantum.backends.aer import Aer
from qdml_quantum.backends.base import Task
from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.diagnostics.metrics import (
    counts_to_probabilities,
    state_distance,
    total_variation,
)

SCHEDULE = Schedule.geometric((2.0, 0.4), num_stages=3, num_steps=2, time_step=0.1)
# A permutation of order two or three is not undone by five steps.
FIVE = Schedule.geometric((2.0, 0.4), num_stages=5, num_steps=1, time_step=0.1)
WELL = Problem(Grid([(-2.5, 2.5)], 4), "double_well")
PLANE = Problem(Grid([(-5, 5), (-4, 4)], [2, 3]), "himmelblau")
# Well off the centre along x only.
PACKET = Gaussian((3.0, 0.5), (0.9, 0.8), (0.7, -0.5))
PROBLEMS = {"well": (WELL, Gaussian(-1.2, 0.4, 1.0)), "plane": (PLANE, PACKET)}
TARGETS = {
    "line": "line",
    "ring": CouplingMap.from_ring(6),
    "directed cz": Target.from_configuration(
        ["cz", "rz", "sx", "x", "measure"],
        coupling_map=CouplingMap([(0, 1), (2, 1), (2, 3), (4, 3), (4, 5), (5, 6)]),
    ),
    "rzz": Target.from_configuration(
        ["rzz", "rz", "sx", "x", "measure"], coupling_map=CouplingMap.from_line(5)
    ),
}
networks = pytest.mark.parametrize("compiler", ["joint", "separate"])
formulas = pytest.mark.parametrize("formula", ["lie", "strang", "suzuki4"])
SEARCH = {"effort": 0.05, "seed": 1}


def task(name, compiler="joint", *, formula="strang", shots=None, budget="exact", target=None):
    problem, initial = PROBLEMS[name]
    chosen = Compiler(compiler, budget=budget, target=target, **SEARCH)
    return Task(Anneal(problem, SCHEDULE, formula, initial), chosen, shots=shots, seed=1)


def run(backend, task, start=None):
    seen = {}
    outcome = backend.run(task, start=start, on_stage=lambda n, psi: seen.update({n: psi.copy()}))
    return outcome, seen


@pytest.mark.each_value
@networks
@formulas
@pytest.mark.parametrize("initial", ["uniform", "packet"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_anneal_ends_as_on_the_emulator(name, initial, formula, compiler):
    problem, packet = PROBLEMS[name]
    options = {
        "schedule": SCHEDULE,
        "formula": formula,
        "initial": packet if initial == "packet" else initial,
        "validate": False,
    }
    exact = anneal(problem, **options).state
    found = anneal(
        problem, **options, backend="aer", compiler=Compiler(compiler, budget="exact", effort=0.05)
    ).state
    # Global phase included; measured: 2e-14.
    np.testing.assert_allclose(found, exact, atol=1e-10)


@networks
@pytest.mark.parametrize("target", [None, "line"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_seams_are_those_of_the_emulator(name, target, compiler):
    """Between stages every qubit is at home, on all pairs and on edges."""
    _, exact = run(Emulator(), task(name, "walsh"))
    _, found = run(Aer(), task(name, compiler, target=target))
    assert list(found) == list(exact) == [0, 1, 2]
    for stage, psi in exact.items():
        np.testing.assert_allclose(found[stage], psi, atol=1e-10)


@networks
@pytest.mark.parametrize("stage", [1, 2])
@pytest.mark.parametrize("name", PROBLEMS)
def test_resumed_run_is_bit_identical(name, stage, compiler):
    whole, seen = run(Aer(), task(name, compiler, shots=300))
    rest, later = run(Aer(), task(name, compiler, shots=300), (stage, seen[stage - 1]))
    np.testing.assert_array_equal(rest.state, whole.state)
    assert rest.counts == whole.counts
    assert list(later) == list(range(stage, 3))


def test_killed_run_goes_on(tmp_path):
    """From the checkpoint of a folder: the same state as in one go."""
    options = {
        "schedule": SCHEDULE,
        "initial": PACKET,
        "backend": "aer",
        "compiler": Compiler("joint", budget="exact", **SEARCH),
        "validate": False,
    }

    def stop(record):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        anneal(PLANE, **options, folder=tmp_path, progress=stop)
    stages = []
    rest = anneal(PLANE, **options, folder=tmp_path, progress=stages.append)
    assert len(stages) == 2
    np.testing.assert_array_equal(rest.state, anneal(PLANE, **options).state)


@networks
def test_whole_circuits_agree(compiler):
    """`Aer()` goes gate by gate, `Aer(method=...)` runs assembled circuits."""
    direct, whole = (
        run(backend, task("plane", compiler))[0].state
        for backend in (Aer(), Aer(method="statevector"))
    )
    np.testing.assert_allclose(direct, whole, atol=1e-12)


@networks
@pytest.mark.parametrize("options", [{}, {"method": "density_matrix"}])
def test_counts_follow_the_state(options, compiler):
    """Sampled from the final state, or from the measured circuit with its permuted qubits."""
    exact = np.abs(run(Emulator(), task("plane", "walsh"))[0].state) ** 2
    outcome, _ = run(Aer(**options), task("plane", compiler, shots=50_000))
    found = counts_to_probabilities(outcome.counts, PLANE.grid)
    assert total_variation(found, exact) < 0.02  # sqrt(32 / (2 pi 50000)) = 0.010
    # The other bit orders are told apart.
    vector = PLANE.grid.to_vector(exact)
    for order in ([2, 3, 4, 0, 1], [4, 3, 2, 1, 0], [0, 1, 4, 3, 2]):
        x = np.arange(32)
        moved = vector[sum((x >> i & 1) << place for i, place in enumerate(order))]
        assert total_variation(moved, vector) > 0.1


def probabilities(circuit):
    """Of the bits of `meas`, from the state before the measurement."""
    n = circuit.num_clbits
    bare = QuantumCircuit(circuit.num_qubits, global_phase=circuit.global_phase)
    places = {}
    for item in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in item.qubits]
        if item.operation.name == "measure":
            places[circuit.find_bit(item.clbits[0]).index] = qubits[0]
        elif item.operation.name != "barrier":
            assert not set(qubits) & set(places.values())
            bare.append(item.operation, qubits)
    assert sorted(places) == list(range(n))
    return Statevector(bare).probabilities([places[bit] for bit in range(n)])


@pytest.mark.each_value
@pytest.mark.parametrize("initial", ["packet", "uniform"])
@pytest.mark.parametrize("target", [None, *TARGETS])
@networks
def test_measured_bits_are_in_order(compiler, target, initial):
    """Qubits of the target end permuted, and so do those of all-to-all networks."""
    given = {"initial": PACKET if initial == "packet" else initial, "measure": True}
    plain = build(PLANE, FIVE, **given)
    circuit = build(
        PLANE,
        FIVE,
        **given,
        compiler=Compiler(compiler, budget="exact", target=TARGETS.get(target), **SEARCH),
    )
    # Measured: 3e-13.
    np.testing.assert_allclose(probabilities(circuit), probabilities(plain), atol=1e-9)
    state = anneal(PLANE, FIVE, initial=given["initial"], validate=False).state
    exact = PLANE.grid.to_vector(np.abs(state) ** 2)
    np.testing.assert_allclose(probabilities(circuit), exact, atol=1e-9)


def test_qubits_are_in_fact_permuted():
    """Otherwise the tests above show nothing."""
    chosen = Compiler("joint", budget="exact", **SEARCH)
    circuit = build(PLANE, FIVE, compiler=chosen, measure=True)
    measured = [item for item in circuit.data if item.operation.name == "measure"]
    order = [circuit.find_bit(item.qubits[0]).index for item in measured]
    assert order != sorted(order)


@pytest.mark.parametrize("target", [None, "line", "directed cz"])
def test_measured_circuit_on_the_simulator(target):
    """Shots on `AerSimulator`, as a user would take them."""
    circuit = build(
        PLANE,
        SCHEDULE,
        initial=PACKET,
        compiler=Compiler("joint", budget="exact", target=TARGETS.get(target), **SEARCH),
        measure=True,
    )
    simulator = AerSimulator(seed_simulator=7)
    ready = transpile(circuit, simulator, optimization_level=0)
    counts = simulator.run(ready, shots=100_000).result().get_counts()
    exact = np.abs(run(Emulator(), task("plane", "walsh"))[0].state) ** 2
    found = counts_to_probabilities(counts, PLANE.grid)
    assert total_variation(found, exact) < 0.015  # sqrt(32 / (2 pi 100000)) = 0.007
    places = np.array([PLANE.grid.position(PLANE.grid.index_of(bits)) for bits in counts])
    weights = np.array(list(counts.values())) / 100_000
    means = [float((exact * x).sum()) for x in PLANE.grid.coordinates()]
    assert weights @ places == pytest.approx(means, abs=0.05)


@networks
def test_trotter_budget_follows_the_kept_objective(compiler):
    """Default of the networks: the state is that of fewer strings, and the result says so."""
    problem = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
    result = anneal(problem, SCHEDULE, backend="aer", compiler=Compiler(compiler, effort=0.05))
    told = result.resources["truncation"]
    assert told["strings"] < told["strings_exact"]
    exact = anneal(problem, SCHEDULE, validate=False).state
    distance = state_distance(result.state, exact)
    assert 1e-6 < distance <= told["budget"][1]
    assert distance == pytest.approx(told["state_error"], abs=1e-7)
    found = {check.name: check for check in result.checks}
    assert found["circuit"].passed


@networks
def test_same_seed_same_counts(compiler):
    first, second = (run(Aer(), task("plane", compiler, shots=500))[0].counts for _ in range(2))
    assert first == second
    assert sum(first.values()) == 500
