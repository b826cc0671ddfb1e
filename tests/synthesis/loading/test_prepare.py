"""The verb: fidelity, gates, words; on random smooth states, packets, eigenstates, products."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from qdml_quantum import Anneal, Gaussian, Grid, Problem, Schedule, eigenstates
from qdml_quantum.synthesis.circuits.initial import BASIS, initial_circuit
from qdml_quantum.synthesis.loading import prepare as module
from qdml_quantum.synthesis.loading.prepare import prepare


def made_by(preparation, array):
    """Fidelity of a circuit with an array of a grid, without the package."""
    vector = np.asarray(array).reshape(-1, order="F")
    state = Statevector(preparation.circuit).data
    return abs(np.vdot(vector, state)) ** 2 / np.vdot(vector, vector).real


def smooth(rng, shape):
    """A sum of packets with momenta."""
    mesh = np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij")
    psi = np.zeros(shape, dtype=complex)
    for _ in range(2):
        at, wave = rng.uniform(-0.5, 0.5, len(shape)), rng.uniform(-3, 3, len(shape))
        rate = sum((x - a) ** 2 for x, a in zip(mesh, at, strict=True))
        psi += np.exp(-3 * rate + 1j * sum(k * x for k, x in zip(wave, mesh, strict=True)))
    return psi


SHAPES = [(2,), (4,), (8,), (32,), (128,), (4, 8), (16, 8), (4, 4, 4)]


@settings(max_examples=12)
@given(st.integers(0, 99), st.sampled_from(SHAPES), st.sampled_from([0.9, 0.99]), st.booleans())
def test_the_fidelity_is_reached_and_is_what_is_said(seed, shape, fidelity, real):
    array = smooth(np.random.default_rng(seed), shape)
    array = array.real if real else array
    preparation = prepare(array, fidelity)
    assert preparation.success and preparation.fidelity >= fidelity
    assert made_by(preparation, array) == pytest.approx(preparation.fidelity, abs=1e-10)
    assert set(preparation.circuit.count_ops()) <= set(BASIS)
    exact = prepare(array, 1.0)
    assert made_by(exact, array) == pytest.approx(1, abs=1e-10) and exact.method == "exact"
    assert preparation.two_qubit_gates <= exact.two_qubit_gates


@settings(max_examples=10)
@given(st.integers(0, 99), st.integers(1, 12))
def test_products_take_no_gate(seed, size):
    rng = np.random.default_rng(seed)
    vector = np.ones(1)
    for _ in range(size):
        vector = np.kron(vector, rng.normal(size=2) + 1j * rng.normal(size=2))
    preparation = prepare(vector, 0.999)
    assert preparation.method == "product" and preparation.two_qubit_gates == 0
    assert preparation.fidelity > 1 - 1e-9


@pytest.mark.parametrize(("level", "most"), [(0, 8), (1, 12), (2, 16)])
def test_eigenstates_of_an_oscillator_take_few_gates(level, most):
    problem = Problem(Grid([(-5, 5)], 7), "x**2")
    _, states = eigenstates(problem, 0.5, 3)
    preparation = prepare(states[level], 0.99)
    assert preparation.success and preparation.two_qubit_gates <= most
    assert initial_circuit(states[level], problem.grid).count_ops()["cx"] == 126


def test_the_number_of_gates_does_not_grow_with_that_of_qubits():
    """And momentum costs none."""

    def gates(size, momentum):
        packet = Gaussian(0.5, 0.7, momentum)
        return prepare(packet, 0.99, grid=Grid([(-8, 8)], size)).two_qubit_gates

    counts = {size: gates(size, 0.0) for size in (8, 12, 30)}
    assert max(counts.values()) <= 10 and max(counts.values()) - min(counts.values()) <= 2
    assert gates(12, 3.0) == counts[12]


def test_the_curve_rises_to_the_circuit_and_is_printed():
    x = np.linspace(-4, 4, 64, endpoint=False)
    preparation = prepare(np.exp(-(x**2)), 0.99)
    gates, fidelities = zip(*preparation.curve, strict=True)
    assert gates[0] == 0 and list(gates) == sorted(gates)
    assert list(fidelities) == sorted(fidelities)
    assert preparation.two_qubit_gates in gates and preparation.depth <= gates[-1]
    text = str(preparation)
    assert "fitted classically" in text and "0.99 wanted: reached" in text and "scaled by" in text
    plain = json.loads(preparation.to_json())
    assert plain["dynamics"] is False and plain["success"] is True
    assert plain["two_qubit_gates"] == preparation.two_qubit_gates


def test_a_number_of_gates_is_kept():
    x = np.linspace(-4, 4, 64, endpoint=False)
    few = prepare(np.exp(-(x**2)), two_qubit_gates=3)
    assert few.two_qubit_gates <= 3 and few.success and 0.5 < few.fidelity < 0.999
    none = prepare(np.exp(-(x**2)), two_qubit_gates=0)
    assert none.two_qubit_gates == 0 and none.fidelity < few.fidelity


def test_a_random_state_falls_back_to_the_exact_circuit_and_says_so():
    vector = np.random.default_rng(0).normal(size=256)
    preparation = prepare(vector, 0.999)
    assert preparation.method == "exact" and preparation.fidelity > 1 - 1e-10
    assert any("no fit reached 0.999" in word for word in preparation.words)


def test_the_best_is_given_where_neither_reaches_the_fidelity(monkeypatch):
    monkeypatch.setattr(module, "EXACT", 4)
    vector = np.random.default_rng(0).normal(size=256)
    preparation = prepare(vector, 0.999)
    assert not preparation.success and 0 < preparation.fidelity < 0.9
    assert "0.999 wanted: NOT reached" in str(preparation)


def test_the_state_of_an_anneal_is_fitted_with_its_phases():
    problem = Problem(Grid([(-2.5, 2.5)], 5), "double_well")
    one = Anneal(problem, Schedule.geometric((2, 0.3), num_stages=2, num_steps=1, time_step=0.4))
    preparation = prepare(one, 0.99)
    assert preparation.success and preparation.two_qubit_gates < 16
    assert made_by(preparation, one.final_state()) == pytest.approx(preparation.fidelity)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"fidelity": 0.0}, "lie in (0, 1], but is 0.0"),
        ({"fidelity": 1.5}, "lie in (0, 1], but is 1.5"),
        ({"fidelity": float("nan")}, "lie in (0, 1], but is nan"),
        ({"fidelity": "high"}, "Argument `fidelity` must be a number"),
        ({"two_qubit_gates": -1}, "Argument `two_qubit_gates` must be at least 0, but is -1"),
        ({"grid": 8}, "Argument `grid` must be a Grid"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises((TypeError, ValueError)) as caught:
        prepare(np.ones(4), **arguments)
    assert words in str(caught.value)


def test_many_axes_that_hang_together_are_refused_by_name():
    def function(*x):
        return np.exp(-sum(v**2 for v in x) - sum(x) ** 2)

    with pytest.raises(ValueError, match="`state` must split into parts of 12 qubits or fewer"):
        prepare(function, 1 - 1e-8, grid=Grid([(-4, 4)] * 3, 6))
