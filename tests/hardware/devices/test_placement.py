"""Places on a device: closed forms, all of them seen, ranked as the noise does."""

import itertools
import math

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from judged import fidelity_of_gates
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from scipy.stats import spearmanr
from wells import BOTH, WELL, emulated, search

from qdml_quantum.diagnostics.metrics import hellinger_fidelity
from qdml_quantum.hardware.devices.devices import find_backend
from qdml_quantum.hardware.devices.noise import confined, noisy_probabilities, part_of, used_qubits
from qdml_quantum.hardware.devices.placement import (
    Tally,
    duration,
    expected_fidelity,
    layouts,
    moved,
)
from qdml_quantum.synthesis.circuits.gates import NATIVE, two_qubit_depth


@pytest.fixture(scope="module")
def fez():
    return find_backend("fake_fez")


@pytest.fixture(scope="module")
def found(fez):
    return search(fez, bases=BOTH, budget="exact", seeds=1)


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
    assert two_qubit_depth(chain, native=NATIVE) == 2
    assert two_qubit_depth(chain) == 3


def path():
    small = QuantumCircuit(3, 3)
    small.sx([0, 1, 2])
    for _ in range(4):
        small.cz(0, 1)
        small.cz(1, 2)
        small.sx(1)
    small.measure(range(3), range(3))
    return small


def test_all_layouts_are_seen_and_the_best_is_the_best(fez):
    """Against every path of three qubits, each moved and weighed by itself."""
    small, target = path(), fez.target
    tally = Tally.of(small, target)
    seen = layouts([tally], target, 3)
    edges = set(target["cz"])
    brute = {(a, b, c) for (a, b), (b2, c) in itertools.product(edges, edges) if b == b2 and a != c}
    assert {tuple(map(int, row)) for row in seen} == brute
    fidelity = np.exp(-tally.losses(target, seen))
    for row in np.random.default_rng(1).choice(len(seen), 20, replace=False):
        circuit = moved(small, target, [int(q) for q in seen[row]])
        assert expected_fidelity(circuit, target) == pytest.approx(fidelity[row], rel=1e-9)
    assert fidelity.max() > np.median(fidelity) * 1.03


@pytest.mark.slow
def test_expected_fidelity_ranks_layouts_as_the_noise_does(fez, found):
    """Measured on 12 layouts of one anneal; 0.9 and more on most devices and sizes."""
    qubits = used_qubits([found.circuits["position"]])
    small = confined(found.circuits["position"], qubits)
    tally = Tally.of(small, part_of(fez.target, qubits))
    seen = layouts([tally], fez.target, 3)
    rows = seen[np.random.default_rng(2).choice(len(seen), 12, replace=False)]
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
