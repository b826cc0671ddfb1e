"""Circuits for a device: right, well placed, and nothing dropped in silence."""

import itertools
import json
import math

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from judged import fidelity_of_gates
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.utils.utils import is_isa_circuit
from scipy.stats import spearmanr

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule, Stage, anneal
from qdml_quantum.diagnostics.metrics import (
    hellinger_fidelity,
    probabilities_in,
    signal_over_uniform,
)
from qdml_quantum.hardware.devices import candidates
from qdml_quantum.hardware.devices.calibration import snapshot
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.devices.isa import isa_circuits
from qdml_quantum.hardware.devices.noise import (
    confined,
    noisy_probabilities,
    part_of,
    perfect_probabilities,
    used_qubits,
)
from qdml_quantum.hardware.devices.placement import (
    Tally,
    duration,
    expected_fidelity,
    moved,
    places,
)
from qdml_quantum.synthesis.circuits.gates import two_qubit_depth

WELL = Problem(Grid([(-2.5, 2.5)], 3), "(x**2 - 1)**2 + 0.2*x")
STEPS = Schedule.geometric((2.0, 0.1), num_stages=2, num_steps=1, time_step=0.3)
BOTH = ("position", "momentum")


@pytest.fixture(scope="module")
def fez():
    return find_backend("fake_fez")


ANNEAL = Anneal(WELL, STEPS, "lie")


def compiler(name="joint", **options):
    return Compiler(name, **{"seeds": 2, "effort": 0.5} | options)


def search(backend, *, bases=("position",), **options):
    return isa_circuits(ANNEAL, backend=backend, compiler=compiler(**options), bases=bases)


def emulated(basis):
    return probabilities_in(basis, anneal(WELL, STEPS, formula="lie", validate=False).state)


@pytest.fixture(scope="module")
def found(fez):
    return search(fez, bases=BOTH, budget="exact")


@pytest.mark.parametrize("name", ["fake_torino", "fake_nighthawk", "fake_fez_fractional"])
def test_circuits_are_right_and_in_the_gates_of_the_device(name):
    backend = find_backend(name)
    result = search(backend, bases=BOTH, budget="exact", seeds=1)
    for basis, circuit in result.circuits.items():
        assert is_isa_circuit(circuit, backend.target) == ""
        assert perfect_probabilities(circuit, WELL.grid) == pytest.approx(emulated(basis), abs=1e-9)
    assert result.best.deviation < 1e-9


def test_both_bases_share_the_qubits(fez, found):
    position, momentum = (found.circuits[basis] for basis in BOTH)
    assert used_qubits([position]) == used_qubits([momentum])
    assert len(used_qubits([position])) == 3
    for basis in BOTH:
        assert is_isa_circuit(found.circuits[basis], fez.target) == ""
        assert perfect_probabilities(found.circuits[basis], WELL.grid) == pytest.approx(
            emulated(basis), abs=1e-9
        )
        assert found.circuits[basis].cregs[0].name == "meas"


def test_the_best_has_the_highest_overlap_and_the_table_is_json(found):
    overlaps = [c.overlap for c in found.candidates if c.overlap is not None]
    assert overlaps == sorted(overlaps, reverse=True) and len(overlaps) > 2
    assert found.best is found.candidates[0]
    rows = json.loads(json.dumps([candidate.to_dict() for candidate in found.candidates]))
    assert any("level 3 of walsh" in row["method"] for row in rows)
    assert any("joint on 3 qubits" in row["method"] for row in rows)


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


def test_a_candidate_that_lost_a_gate_is_refused(fez, monkeypatch):
    """The same search, with a transpiler that forgets the last two-qubit gate."""
    whole = candidates.Candidates.placed

    def forgetful(self, small, piece, method):
        if "level 3" not in method:
            return whole(self, small, piece, method)
        broken = {}
        for basis, circuit in small.items():
            broken[basis] = circuit.copy()
            last = max(i for i, item in enumerate(circuit.data) if len(item.qubits) == 2)
            del broken[basis].data[last]
        return whole(self, broken, piece, method)

    monkeypatch.setattr(candidates.Candidates, "placed", forgetful)
    result = search(fez, seeds=1)
    refused = [c for c in result.candidates if c.refused]
    assert refused and all("level 3" in c.method and c.deviation > 1e-4 for c in refused)
    assert not result.best.refused and "level 3" not in result.method


def test_it_says_so_where_all_were_refused(fez, monkeypatch):
    monkeypatch.setattr(candidates, "MAX_DEVIATION", -1.0)
    with pytest.raises(ValueError, match="of the emulator in total variation"):
        search(fez, seeds=1)


def test_gates_of_error_one_are_avoided():
    """In the stored calibration of fake_fez rzz does not work on many edges where cz does."""
    backend = find_backend("fake_fez_fractional")
    target = backend.target
    bad = [pair for pair, figures in target["rzz"].items() if figures.error >= 1]
    assert len(bad) > 10
    result = search(backend)
    used = {
        tuple(result.circuits["position"].find_bit(q).index for q in item.qubits)
        for item in result.circuits["position"].data
        if item.operation.name == "rzz"
    }
    assert not used & set(bad)
    assert result.fidelity["position"] > 0.8


@pytest.mark.parametrize(("num_steps", "aim"), [(2, 0.88), (4, 0.80)])
def test_the_signal_on_fake_fez(fez, num_steps, aim):
    schedule = Schedule.geometric((2.0, 0.1), num_stages=num_steps, num_steps=1, time_step=0.3)
    result = isa_circuits(Anneal(WELL, schedule, "lie"), backend=fez, compiler=compiler())
    state = anneal(WELL, schedule, formula="lie", validate=False).state
    ideal = probabilities_in("position", state)
    assert hellinger_fidelity(np.full(8, 1 / 8), ideal) < 0.9
    noisy = noisy_probabilities(fez, result.circuits["position"], WELL.grid)
    assert signal_over_uniform(noisy, ideal) > aim


def test_expected_fidelity_is_that_of_the_gates_and_waiting(fez, found):
    circuit = found.circuits["position"]
    plain = expected_fidelity(circuit, fez.target, idle=False)
    assert plain == pytest.approx(fidelity_of_gates(circuit, fez.target), rel=1e-9)
    assert expected_fidelity(circuit, fez.target) < plain


def test_waiting_in_closed_form(fez):
    circuit = QuantumCircuit(156)
    circuit.x(7)
    circuit.barrier(7, 8)
    for _ in range(100):
        circuit.x(8)
    circuit.barrier(7, 8)
    seconds = 100 * fez.target["x"][(8,)].duration
    known = fez.target.qubit_properties[7]
    factor = (1 + math.exp(-seconds / known.t1) + 2 * math.exp(-seconds / known.t2)) / 4
    ratio = expected_fidelity(circuit, fez.target) / expected_fidelity(
        circuit, fez.target, idle=False
    )
    assert ratio == pytest.approx(factor, rel=1e-9)


def test_gates_that_are_not_there_have_no_fidelity(fez):
    circuit = QuantumCircuit(156)
    circuit.cz(0, 100)
    assert expected_fidelity(circuit, fez.target) == 0


def test_duration_and_depth(fez, found):
    circuit = found.circuits["position"]
    assert duration(circuit, fez.target) == pytest.approx(circuit.estimate_duration(fez.target))
    assert duration(circuit, AerSimulator().target) == 0
    chain = QuantumCircuit(4)
    chain.cz(0, 1)
    chain.cz(2, 3)
    chain.barrier()
    chain.rzz(0.1, 1, 2)
    assert two_qubit_depth(chain) == 2


def path():
    small = QuantumCircuit(3, 3)
    small.sx([0, 1, 2])
    for _ in range(4):
        small.cz(0, 1)
        small.cz(1, 2)
        small.sx(1)
    small.measure(range(3), range(3))
    return small


def test_all_places_are_seen_and_the_best_is_the_best(fez):
    """Against every path of three qubits, each moved and weighed by itself."""
    small, target = path(), fez.target
    tally = Tally.of(small, target)
    seen = places([tally], target, 3)
    edges = set(target["cz"])
    brute = {(a, b, c) for (a, b), (b2, c) in itertools.product(edges, edges) if b == b2 and a != c}
    assert {tuple(map(int, row)) for row in seen} == brute
    fidelity = np.exp(-tally.losses(target, seen))
    for row in np.random.default_rng(1).choice(len(seen), 20, replace=False):
        circuit = moved(small, target, [int(q) for q in seen[row]])
        assert expected_fidelity(circuit, target) == pytest.approx(fidelity[row], rel=1e-9)
    assert fidelity.max() > np.median(fidelity) * 1.03


def test_expected_fidelity_ranks_places_as_the_noise_does(fez, found):
    """Measured on 24 places of one anneal; 0.9 and more on most devices and sizes."""
    qubits = used_qubits([found.circuits["position"]])
    small = confined(found.circuits["position"], qubits)
    tally = Tally.of(small, part_of(fez.target, qubits))
    seen = places([tally], fez.target, 3)
    rows = seen[np.random.default_rng(2).choice(len(seen), 24, replace=False)]
    expected = -tally.losses(fez.target, rows, idle=False)
    ideal = emulated("position")
    simulated = [
        hellinger_fidelity(
            noisy_probabilities(fez, moved(small, fez.target, [int(q) for q in row]), WELL.grid),
            ideal,
        )
        for row in rows
    ]
    assert spearmanr(expected, simulated).statistic > 0.7


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


def test_an_ideal_simulator_takes_any_circuit():
    result = search(find_backend("aer"), seeds=1)
    assert result.fidelity["position"] == 1.0
    assert result.best.deviation < 1e-9
    assert snapshot(find_backend("aer"), result.circuits["position"])["edges"] == {}


def test_coarse_stages_are_left_to_the_transpiler(fez):
    coarse = Schedule([Stage(1.0, 0.3, 1, coarse=1), Stage(0.3, 0.3, 1)])
    one = Anneal(WELL, coarse, "lie")
    result = isa_circuits(one, backend=fez, compiler=compiler(seeds=1))
    assert "level 3" in result.method and result.best.deviation < 1e-4


@pytest.mark.parametrize(
    ("options", "words"),
    [({"bases": ("energy",)}, "basis"), ({"seeds": 0}, "seeds"), ({"name": "x"}, "compiler")],
)
def test_wrong_arguments(fez, options, words):
    with pytest.raises(ValueError, match=words):
        search(fez, **options)


def test_too_few_qubits():
    big = Problem(Grid([(-2.5, 2.5)], 6), "x**2")
    quick, device = compiler("walsh", seeds=1), find_backend("fake_fractional")
    with pytest.raises(ValueError, match="at least 6 qubits"):
        isa_circuits(Anneal(big, STEPS, "lie"), backend=device, compiler=quick)
