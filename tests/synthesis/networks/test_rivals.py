"""Public methods are right, counted, and named where their libraries are missing."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, Target

from qdml_quantum import Grid, Phase, Problem, WalshSeries
from qdml_quantum.dynamics.formulas import KINETIC, POTENTIAL
from qdml_quantum.synthesis.circuits.block_builder import BlockBuilder
from qdml_quantum.synthesis.circuits.gates import two_qubit_gates
from qdml_quantum.synthesis.networks import rivals
from qdml_quantum.synthesis.networks.rivals import (
    IDEAL,
    PHASES,
    STEPS,
    Method,
    best_public,
    missing,
    public_phase,
    public_step,
    usable,
    versions,
)
from qdml_quantum.synthesis.networks.textbook import StepOf

PROBLEM = Problem(Grid([(-4, 4), (-3, 3)], [2, 3]), "himmelblau")
SERIES = WalshSeries.of_values(PROBLEM.grid.to_vector(PROBLEM.values))
STEP = StepOf(SERIES, 0.01, PROBLEM.grid.axes, 0.2)


def with_library(methods, name):
    """The method, or a skip that names what is missing."""
    if not methods[name].is_there:
        pytest.skip(f"{methods[name].needs} is not installed")
    return name


def distance(circuit, exact):
    """Largest element of the difference, up to a phase of the whole."""
    made = Operator.from_circuit(circuit).data
    phase = np.vdot(exact, made)
    return np.abs(made * abs(phase) / phase - exact).max()


@pytest.mark.parametrize("method", PHASES)
def test_public_phases_are_exact(method):
    method = with_library(PHASES, method)
    series = WalshSeries(SERIES.num_qubits, SERIES.masks, 0.01 * SERIES.coefficients)
    # Measured: 2e-14.
    assert distance(public_phase(method, series), np.diag(np.exp(-1j * series.values()))) < 1e-11


@pytest.mark.parametrize("method", STEPS)
def test_public_steps_are_exact(method):
    method = with_library(STEPS, method)
    builder = BlockBuilder(PROBLEM)
    textbook = builder.empty()
    builder.append(textbook, [Phase(POTENTIAL, 0.01), Phase(KINETIC, 0.2)])
    # Measured: 7e-15.
    assert distance(public_step(method, STEP), Operator(textbook).data) < 1e-11


@pytest.mark.parametrize("target", [None, CouplingMap.from_line(5)])
def test_the_best_of_all_seeds_is_on_the_target_and_right(target):
    native = Target.from_configuration(IDEAL, num_qubits=5, coupling_map=target)
    builder = BlockBuilder(PROBLEM)
    textbook = builder.empty()
    builder.append(textbook, [Phase(POTENTIAL, 0.01), Phase(KINETIC, 0.2)])
    for name in ("PauliEvolution, rustiq", "GreedyPauliSimp, whole step"):
        if not STEPS[name].is_there:
            continue
        best = best_public(STEPS[name], STEP, native, seeds=2)
        assert distance(best, Operator(textbook).data) < 1e-11
        assert set(best.count_ops()) <= set(IDEAL)


def test_the_best_of_all_seeds_has_the_fewest_gates():
    def make(series, seed):
        circuit = QuantumCircuit(2)
        for _ in range((3, 1, 2)[seed]):
            circuit.cx(0, 1)
            circuit.rx(0.3, 0)
            circuit.ry(0.4, 1)
        return circuit

    native = Target.from_configuration(IDEAL, num_qubits=2)
    assert two_qubit_gates(best_public(Method(make, seeds=3), SERIES, native)) == 1


def test_missing_libraries_are_left_out_and_named(monkeypatch):
    """As where nothing but Qiskit is installed, whatever is here."""
    monkeypatch.setattr(rivals, "_version", lambda name: "1.0" if name == "qiskit" else None)
    plugins = "rustiq", "mcts"
    monkeypatch.setattr(rivals, "high_level_synthesis_plugin_names", lambda gate: plugins)
    assert missing(STEPS) == ["nwqlib", "pytket"]
    assert missing(PHASES) == ["pytket"]
    assert all(not method.needs for method in usable(STEPS).values())
    assert versions(STEPS) == {"qiskit": "1.0"}
    monkeypatch.setattr(rivals, "_version", lambda name: "2.0")
    assert missing(STEPS) == [] and set(versions(STEPS)) == {"nwqlib", "pytket", "qiskit"}
    monkeypatch.setattr(rivals, "high_level_synthesis_plugin_names", lambda gate: plugins[:1])
    assert missing(STEPS) == ["a newer Qiskit"]  # One that has no plugin `mcts`.


def test_methods_for_edges_take_part_on_edges_only():
    assert set(usable(STEPS, edges=True)) - set(usable(STEPS)) == {
        f"{name}, line" for name, method in usable(PHASES).items() if not method.needs
    }


@pytest.mark.parametrize("make", [public_phase, public_step])
def test_an_unknown_method_is_named(make):
    with pytest.raises(ValueError, match="Did you mean `DiagonalGate`"):
        make("DiagonalGat", SERIES)
