"""Circuits for a device: right, well placed, and nothing dropped in silence."""

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_48
from qiskit import QuantumCircuit
from qiskit.circuit.library import RZGate
from qiskit_aer import AerSimulator
from wells import ANNEAL, BOTH, STEPS, WELL, compiler, emulated, search

from qdml_quantum import Anneal, Compiler, Gaussian, Grid, Problem, Schedule, Stage, anneal
from qdml_quantum.diagnostics.metrics import (
    hellinger_fidelity,
    probabilities_in,
    signal_over_uniform,
    total_variation,
)
from qdml_quantum.hardware.devices import isa as module
from qdml_quantum.hardware.devices.devices import find_backend, snapshot
from qdml_quantum.hardware.devices.isa import (
    Candidate,
    Candidates,
    begins,
    ideal_histogram,
    isa_circuits,
    loading_circuit,
)
from qdml_quantum.hardware.devices.noise import (
    noisy_probabilities,
    perfect_probabilities,
    used_qubits,
)
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates


def is_isa_circuit(circuit, target):
    """Whether every instruction is one of the target, on its qubits and with its angles."""
    return all(
        target.instruction_supported(
            item.operation.name,
            tuple(circuit.find_bit(qubit).index for qubit in item.qubits),
            parameters=item.operation.params or None,
        )
        for item in circuit.data
        if item.operation.name != "barrier"
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("fake_torino", marks=pytest.mark.slow),
        pytest.param("fake_nighthawk", marks=since_48),
        pytest.param("fake_fez_fractional", marks=since_48),
    ],
)
def test_circuits_are_right_and_in_the_gates_of_the_device(name):
    backend = find_backend(name)
    result = search(backend, bases=BOTH, budget="exact", seeds=1)
    for basis, circuit in result.circuits.items():
        assert is_isa_circuit(circuit, backend.target)
        assert perfect_probabilities(circuit, WELL.grid) == pytest.approx(emulated(basis), abs=1e-9)
    assert result.best.deviation < 1e-9


def test_both_bases_share_the_qubits(fez, found):
    position, momentum = (found.circuits[basis] for basis in BOTH)
    assert used_qubits([position]) == used_qubits([momentum])
    assert len(used_qubits([position])) == 3
    for basis in BOTH:
        assert is_isa_circuit(found.circuits[basis], fez.target)
        assert perfect_probabilities(found.circuits[basis], WELL.grid) == pytest.approx(
            emulated(basis), abs=1e-9
        )
        assert found.circuits[basis].cregs[0].name == "meas"


def test_what_is_left_out_is_told_and_not_taken_for_an_error(fez):
    problem = Problem(Grid([(-2.5, 2.5)], 3), "x + 0.01*x**2")
    less = compiler(seeds=1, budget=("max", 0.2))
    result = isa_circuits(Anneal(problem, STEPS, "lie"), backend=fez, compiler=less)
    ideal = probabilities_in(
        "position", anneal(problem, STEPS, formula="lie", validate=False).state
    )
    assert result.truncation["strings"] < result.truncation["strings_exact"]
    assert result.best.deviation < 1e-9
    difference = perfect_probabilities(result.circuits["position"], problem.grid) - ideal
    assert np.abs(difference).max() > 1e-6


def test_rotations_that_level_3_drops_show_as_a_deviation(fez):
    """Walsh terms of 1e-5 rad stand between pairs of CX gates."""
    flat = Problem(Grid([(-2.5, 2.5)], 3), "0.00001*(x**2 - 1)**2")
    plain = compiler("walsh", seeds=1)
    result = isa_circuits(Anneal(flat, STEPS, "lie"), backend=fez, compiler=plain)
    assert result.best.deviation > 1e-9
    assert not result.best.refused


def test_it_says_so_where_all_were_refused(fez, monkeypatch):
    monkeypatch.setattr(module, "MAX_DEVIATION", -1.0)
    with pytest.raises(ValueError, match="of the emulator in total variation"):
        search(fez, seeds=1)


@pytest.mark.parametrize(
    ("num_steps", "aim"), [(2, 0.88), pytest.param(4, 0.80, marks=pytest.mark.slow)]
)
def test_the_signal_on_fake_fez(fez, num_steps, aim):
    schedule = Schedule.geometric((2.0, 0.1), num_stages=num_steps, num_steps=1, time_step=0.3)
    result = isa_circuits(Anneal(WELL, schedule, "lie"), backend=fez, compiler=compiler())
    state = anneal(WELL, schedule, formula="lie", validate=False).state
    ideal = probabilities_in("position", state)
    assert hellinger_fidelity(np.full(8, 1 / 8), ideal) < 0.9
    noisy = noisy_probabilities(fez, result.circuits["position"], WELL.grid)
    assert signal_over_uniform(noisy, ideal) > aim


def test_an_ideal_simulator_takes_any_circuit():
    result = search(find_backend("aer"), seeds=1)
    assert result.best.fidelity["position"] == 1.0
    assert result.best.deviation < 1e-9
    assert snapshot(find_backend("aer"), result.circuits["position"])["edges"] == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [({"bases": ("energy",)}, "basis"), ({"seeds": 0}, "seeds"), ({"name": "x"}, "compiler")],
)
def test_wrong_arguments(fez, options, words):
    with pytest.raises(ValueError, match=words):
        search(fez, **options)


@pytest.fixture(scope="module")
def fez():
    return find_backend("fake_fez")


@pytest.fixture(scope="module")
def found(fez):
    return search(fez, bases=BOTH, budget="exact", seeds=4)


def test_the_best_has_the_highest_overlap_and_is_the_first(found):
    overlaps = [c.overlap for c in found.candidates if c.overlap is not None]
    assert overlaps == sorted(overlaps, reverse=True) and len(overlaps) > 1
    assert found.best is found.candidates[0]
    assert any("level 3 of walsh" in candidate.method for candidate in found.candidates)
    assert any("joint on 3 qubits" in candidate.method for candidate in found.candidates)


def test_a_candidate_that_lost_a_gate_is_refused(fez, monkeypatch):
    """The same search, with a transpiler that forgets the last two-qubit gate."""
    whole = Candidates.placed

    def forgetful(self, small, piece, method):
        if "level 3" not in method:
            return whole(self, small, piece, method)
        broken = {}
        for basis, circuit in small.items():
            broken[basis] = circuit.copy()
            last = max(i for i, item in enumerate(circuit.data) if len(item.qubits) == 2)
            del broken[basis].data[last]
        return whole(self, broken, piece, method)

    monkeypatch.setattr(Candidates, "placed", forgetful)
    result = search(fez, seeds=1)
    refused = [c for c in result.candidates if c.refused]
    assert refused and all("level 3" in c.method and c.deviation > 1e-4 for c in refused)
    assert not result.best.refused and "level 3" not in result.best.method


@since_48
def test_gates_of_error_one_are_avoided():
    """In the stored calibration of fake_fez rzz does not work on many edges where cz does."""
    backend = find_backend("fake_fez_fractional")
    target = backend.target
    bad = [pair for pair, figures in target["rzz"].items() if figures.error >= 1]
    assert len(bad) > 10
    result = search(backend, seeds=1)
    used = {
        tuple(result.circuits["position"].find_bit(q).index for q in item.qubits)
        for item in result.circuits["position"].data
        if item.operation.name == "rzz"
    }
    assert not used & set(bad)
    assert result.best.fidelity["position"] > 0.8


def test_coarse_stages_are_left_to_the_transpiler(fez):
    coarse = Schedule([Stage(1.0, 0.3, 1, coarse=1), Stage(0.3, 0.3, 1)])
    one = Anneal(WELL, coarse, "lie")
    result = isa_circuits(one, backend=fez, compiler=compiler(seeds=1))
    assert "level 3" in result.best.method and result.best.deviation < 1e-4


@pytest.mark.parametrize(("deviation", "refused"), [(None, False), (1e-4, False), (2e-4, True)])
def test_a_candidate_is_refused_by_its_deviation(deviation, refused):
    one = Candidate({}, "by hand", {"position": 0.9, "momentum": 0.5}, deviation)
    assert one.refused is refused
    assert one.score == 0.45


def test_as_many_are_looked_at_as_can_be_chosen(fez, monkeypatch):
    """Each on other qubits; the rest keeps no deviation, and comes last."""
    monkeypatch.setattr(module, "_SIMULATED", 2)
    makes = Candidates(ANNEAL, fez, compiler(), ("position",), 0)
    deviations = iter([0.0, 0.5, 1e-5])
    monkeypatch.setattr(Candidates, "deviation", lambda self, candidate: next(deviations))
    found = []
    for name, qubit in zip("abcdef", (0, 0, 1, 2, 3, 1), strict=True):
        circuit = QuantumCircuit(4, 1)
        circuit.measure(qubit, 0)
        found.append(Candidate({"position": circuit}, name, {"position": 0.9}))
    kept, refused = makes.checked(found)
    assert [one.method for one in kept] == ["a", "d", "b", "e", "f"]
    assert [one.deviation for one in kept] == [0.0, 1e-5, None, None, None]
    assert [one.method for one in refused] == ["c"]


CUTS = ("position", "cut-1", "cut-2")


def test_each_cut_is_a_beginning_of_the_next(fez):
    whole = Anneal(WELL, Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.3))
    result = isa_circuits(whole, backend=fez, compiler=compiler(seeds=1), bases=CUTS)
    one, two, end = (result.circuits[kind] for kind in ("cut-1", "cut-2", "position"))
    assert begins(one, two) and begins(two, end) and begins(one, end)
    assert not begins(two, one) and not begins(end, two)
    gates = [two_qubit_gates(circuit) for circuit in (one, two, end)]
    assert gates[1] == 2 * gates[0] and gates[2] == 3 * gates[0]
    for kind in CUTS:
        ideal = ideal_histogram(whole, kind)
        seen = perfect_probabilities(result.circuits[kind], WELL.grid)
        assert total_variation(seen, ideal) < 1e-3
    # The same two-qubit gates with another angle between them are another circuit.
    other = two.copy()
    index = next(i for i, item in enumerate(other.data) if item.operation.name == "rz")
    angle = other.data[index].operation.params[0]
    other.data[index] = other.data[index].replace(operation=RZGate(angle + 0.1))
    assert not begins(other, end)


def test_a_compiler_without_networks_cannot_be_cut(fez):
    whole = Anneal(WELL, Schedule.constant(0.5, num_steps=2, time_step=0.3))
    with pytest.raises(ValueError, match="must be joint or separate where the anneal is cut"):
        isa_circuits(whole, backend=fez, compiler=Compiler("walsh", seeds=1), bases=CUTS[:2])


def test_a_loading_circuit_gives_the_histogram_without_the_anneal(fez):
    circuit = loading_circuit(ANNEAL, backend=fez)
    seen = perfect_probabilities(circuit, WELL.grid)
    assert total_variation(seen, ideal_histogram(ANNEAL, "position")) < 0.05
    assert two_qubit_gates(circuit) <= 4  # The tree took 6 before it was routed.
    assert is_isa_circuit(circuit, fez.target)


THREE = Anneal(WELL, Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.3))


def test_a_loaded_prefix_gives_the_histograms_of_the_whole(fez):
    kinds = ("position", "momentum", "cut-2")
    whole = isa_circuits(THREE, backend=fez, compiler=compiler(seeds=1), bases=kinds[:2])
    result = isa_circuits(THREE, backend=fez, compiler=compiler(seeds=1), bases=kinds, preload=2)
    assert result.best.loader.fidelity > 1 - 1e-6 and result.best.deviation < 1e-9
    for kind in kinds:
        seen = perfect_probabilities(result.circuits[kind], WELL.grid)
        assert total_variation(seen, ideal_histogram(THREE, kind)) < 2e-3
    cut, end, run = (
        two_qubit_gates(circuit)
        for circuit in (
            result.circuits["cut-2"],
            result.circuits["position"],
            whole.circuits["position"],
        )
    )
    # Three gates load any state of three qubits; then comes one step of three.
    assert cut <= 4 and end < run / 2
    assert begins(result.circuits["cut-2"], result.circuits["position"])


def test_another_loaded_state_is_no_deviation_of_the_rest(fez, monkeypatch):
    """What the fit misses is told as its fidelity; a wrong step behind it is refused."""
    from qdml_quantum.synthesis.loading import loader

    monkeypatch.setattr(loader, "GATE_LOSS", 0.1)  # So few gates that the fit misses something.
    kinds = ("position", "cut-2")
    search = Candidates(THREE, fez, compiler(seeds=1), kinds, 0, 2)
    sketch = search.build(None)
    made = Candidate(sketch.circuits, "by hand", {}, loader=sketch.loader)
    assert sketch.loader.fidelity < 0.999 and search.deviation(made) < 1e-9
    swapped = {"position": sketch.circuits["cut-2"], "cut-2": sketch.circuits["position"]}
    assert search.deviation(Candidate(swapped, "by hand", {}, loader=sketch.loader)) > 0.1


def test_initial_states_are_fitted_on_devices_and_exact_on_simulators(fez):
    packet = Anneal(WELL, STEPS, "lie", Gaussian(0.5, 0.6, 1.0))
    fitted = isa_circuits(packet, backend=fez, compiler=compiler(seeds=1)).best
    assert fitted.loader.fidelity > 0.99 and fitted.deviation < 1e-9
    seen = perfect_probabilities(fitted.circuits["position"], WELL.grid)
    missed = (1 - fitted.loader.fidelity) ** 0.5
    assert total_variation(seen, ideal_histogram(packet, "position")) < missed + 1e-6
    exact = isa_circuits(packet, backend=AerSimulator(), compiler=compiler(seeds=1)).best
    assert exact.loader is None
