"""The gate for diagonal phases, and Qiskit's transpiler with the phase compiler in it."""

import copy
import io

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3, qpy, transpile
from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
from qiskit.circuit.library import DiagonalGate
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, PassManager, Target
from qiskit.transpiler.passes import HighLevelSynthesis, HLSConfig
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPluginManager
from qiskit_aer import AerSimulator

from qdml_quantum.synthesis.phases import plugin
from qdml_quantum.synthesis.phases.plugin import DiagonalPhaseGate

BASIS = ["cx", "rz", "sx", "x"]
QUICK = HLSConfig(
    diagonal=[("qdml", {"effort": 0.05})], diagonal_phase=[("default", {"effort": 0.05})]
)
NOISE = np.random.default_rng(0).normal(size=16)


def grid(n):
    return np.linspace(-1, 1, 2**n, endpoint=False)


def with_gate(gate, places=None, width=None):
    circuit = QuantumCircuit(width or gate.num_qubits)
    circuit.append(gate, places or range(gate.num_qubits))
    return circuit


def theirs(phases):
    """Qiskit's own gate, which knows the phases modulo 2 pi."""
    return DiagonalGate(list(np.exp(-1j * np.asarray(phases))))


def transpiled(circuit, **options):
    settings = {"basis_gates": BASIS, "optimization_level": 1, "seed_transpiler": 1}
    return transpile(circuit, **settings | options)


def dense(circuit):
    return Operator.from_circuit(circuit).data


def polynomial_strings(n, degree):
    return sum(m.bit_count() in range(2, degree + 1) for m in range(2**n))


# The gate.


@pytest.mark.parametrize("n", [1, 3, 5])
def test_matrix_inverse_and_definition(n):
    values = np.random.default_rng(n).normal(size=2**n) * 10
    gate = DiagonalPhaseGate(values)
    exact = np.diag(np.exp(-1j * values))
    assert (gate.name, gate.num_qubits) == ("diagonal_phase", n)
    np.testing.assert_array_equal(gate.values, values)
    np.testing.assert_allclose(gate.to_matrix(), exact, atol=1e-15)
    np.testing.assert_allclose(np.asarray(gate, dtype=np.complex64), exact, atol=1e-6)
    inverse = gate.inverse()
    assert isinstance(inverse, DiagonalPhaseGate)
    np.testing.assert_allclose(inverse.to_matrix() @ exact, np.eye(2**n), atol=1e-14)
    # Measured: 5e-15; the global phase is part of it.
    np.testing.assert_allclose(Operator(gate.definition).data, exact, atol=1e-12)
    assert set(gate.definition.count_ops()) <= {"cx", "rz"}


def test_equality_and_copies():
    gate = DiagonalPhaseGate(NOISE)
    assert gate == DiagonalPhaseGate(list(NOISE))
    assert gate == copy.deepcopy(gate) == gate.copy()
    assert gate != DiagonalPhaseGate(NOISE + 0.1)
    assert gate != DiagonalPhaseGate(NOISE[:8])
    assert gate != theirs(NOISE)
    assert gate.inverse().inverse() == gate
    assert with_gate(gate) == with_gate(DiagonalPhaseGate(NOISE))


def test_hash_is_as_for_other_gates():
    """Qiskit's gates cannot be hashed; if one day they can, equal ones must agree."""
    try:
        hash(theirs(NOISE))
    except TypeError:
        with pytest.raises(TypeError):
            hash(DiagonalPhaseGate(NOISE))
    else:
        assert hash(DiagonalPhaseGate(NOISE)) == hash(DiagonalPhaseGate(NOISE))


def test_controlled_and_repeated():
    """A control turns the global phase into a phase that can be seen."""
    values = NOISE[:8] + 1.3
    gate = DiagonalPhaseGate(values)
    x = np.arange(16)
    exact = np.where(x & 1, np.exp(-1j * values[x >> 1]), 1)
    np.testing.assert_allclose(Operator(gate.control(1)).data, np.diag(exact), atol=1e-12)
    twice = Operator(gate.power(2)).data
    np.testing.assert_allclose(twice, np.diag(np.exp(-2j * values)), atol=1e-12)


def test_order_of_qubits():
    gate = DiagonalPhaseGate(np.arange(8) * 0.3)
    x = np.arange(8)
    moved = 4 * (x & 1) + (x >> 1 & 1) + 2 * (x >> 2 & 1)  # bits 0, 1, 2 are qubits 2, 0, 1
    exact = np.zeros(8)
    exact[moved] = np.arange(8) * 0.3
    for circuit in (with_gate(gate, [2, 0, 1]), transpiled(with_gate(gate, [2, 0, 1]))):
        np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-1j * exact)), atol=1e-12)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([0.0, np.nan], ValueError, "`values` must be finite"),
        (np.ones(3), ValueError, "`values` must have the shape"),
        (np.exp(1j * NOISE), TypeError, "`values` must hold real numbers, but is complex"),
        ([0.5], ValueError, "`values`"),
    ],
)
def test_bad_values(values, error, message):
    with pytest.raises(error, match=message):
        DiagonalPhaseGate(values)


# In the transpiler.


def test_entry_points():
    manager = HighLevelSynthesisPluginManager()
    assert "default" in manager.method_names("diagonal_phase")
    assert "qdml" in manager.method_names("diagonal")


@pytest.fixture
def compiled(monkeypatch):
    """Arguments of `compile_phase` in the plugins."""
    seen = []
    original = plugin.compile_phase

    def spy(values, **options):
        seen.append((np.asarray(values), options))
        return original(values, **options)

    monkeypatch.setattr(plugin, "compile_phase", spy)
    return seen


@pytest.mark.parametrize("gate", [DiagonalPhaseGate(NOISE), theirs(NOISE)])
def test_transpile_picks_up_the_plugins(gate, compiled):
    circuit = transpiled(with_gate(gate), hls_config=QUICK)
    assert len(compiled) == 1
    assert compiled[0][1]["effort"] == 0.05
    np.testing.assert_allclose(compiled[0][0], NOISE, atol=1e-12)
    np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-1j * NOISE)), atol=1e-12)


def test_our_gate_needs_no_configuration(compiled):
    """Straight after synthesis, and no definition was asked for."""
    circuit = transpiled(with_gate(DiagonalPhaseGate(grid(4) ** 2)))
    assert len(compiled) == 1
    assert circuit.num_nonlocal_gates() <= 9
    np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-1j * grid(4) ** 2)), atol=1e-12)


def test_their_gate_is_left_alone_without_configuration(compiled):
    transpiled(with_gate(theirs(NOISE)))
    assert not compiled


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("gate", [DiagonalPhaseGate(NOISE), theirs(NOISE)])
@pytest.mark.parametrize("width", [4, 6])
def test_on_a_line_up_to_layout(gate, level, width):
    """Qubits in odd order, wider than the gate, at every level: the operator is the same."""
    circuit = with_gate(gate, [2, 0, 3, 1], width=4)
    circuit.h(1)
    circuit.cx(1, 3)
    line = CouplingMap.from_line(width)
    found = transpiled(circuit, coupling_map=line, optimization_level=level, hls_config=QUICK)
    # Ancillas are the highest bits; measured: 4e-15.
    np.testing.assert_allclose(dense(found)[:16, :16], Operator(circuit).data, atol=1e-10)
    pairs = {
        frozenset(found.find_bit(q).index for q in item.qubits)
        for item in found.data
        if len(item.qubits) == 2
    }
    assert pairs <= {frozenset(edge) for edge in line.get_edges()}


def test_on_a_target():
    target = Target.from_configuration(
        ["cz", "rz", "sx", "x"], coupling_map=CouplingMap.from_line(5)
    )
    circuit = with_gate(DiagonalPhaseGate(NOISE))
    found = transpile(circuit, target=target, seed_transpiler=1, hls_config=QUICK)
    np.testing.assert_allclose(dense(found)[:16, :16], np.diag(np.exp(-1j * NOISE)), atol=1e-10)
    assert set(found.count_ops()) <= {"cz", "rz", "sx", "x"}


def on_places(circuit, coupling, makes_target):
    """High-level synthesis alone, on qubits that are known: `transpile` does it before layout."""
    line = CouplingMap(coupling)
    where = {"coupling_map": line, "basis_gates": BASIS}
    if makes_target:
        where = {"target": Target.from_configuration(BASIS, coupling_map=line)}
    synthesis = HighLevelSynthesis(
        QUICK, use_qubit_indices=True, equivalence_library=SessionEquivalenceLibrary, **where
    )
    return PassManager([synthesis]).run(circuit)


@pytest.mark.parametrize("makes_target", [False, True])
@pytest.mark.parametrize("make", [DiagonalPhaseGate, theirs])
def test_edges_are_made_use_of(make, makes_target, compiled):
    """Qubits 4, 1, 3, 2 of a line are slots 0, 1, 2, 3."""
    phases = grid(4) ** 2
    circuit = with_gate(make(phases), [4, 1, 3, 2], width=6)
    coupling = [(0, 1), (1, 2), (3, 2), (3, 4), (4, 5)]
    found = on_places(circuit, coupling, makes_target)
    assert compiled[0][1]["target"].edges == ((0, 2), (1, 3), (2, 3))
    pairs = {
        frozenset(found.find_bit(q).index for q in item.qubits)
        for item in found.data
        if len(item.qubits) == 2
    }
    assert pairs <= {frozenset(edge) for edge in coupling}
    np.testing.assert_allclose(Operator(found).data, Operator(circuit).data, atol=1e-12)


def test_qubits_in_pieces_are_left_to_the_router(compiled):
    """Qubits 0, 1 and 4, 5 of a line: no network on their edges."""
    circuit = with_gate(DiagonalPhaseGate(NOISE), [0, 1, 4, 5], width=6)
    found = on_places(circuit, CouplingMap.from_line(6).get_edges(), False)
    assert compiled[0][1]["target"] is None
    np.testing.assert_allclose(Operator(found).data, Operator(circuit).data, atol=1e-12)


@pytest.mark.parametrize("n", [4, 5, 6])
def test_fewer_cx_than_theirs(n):
    """x^2 has pairs only, of which Qiskit's synthesis knows nothing."""
    circuit = with_gate(theirs(grid(n) ** 2))
    plain = transpiled(circuit)
    ours = transpiled(circuit, hls_config=QUICK)
    assert ours.num_nonlocal_gates() <= (n - 1) * (n + 2) // 2
    assert ours.num_nonlocal_gates() < plain.num_nonlocal_gates()
    np.testing.assert_allclose(dense(ours), np.diag(np.exp(-1j * grid(n) ** 2)), atol=1e-12)


@pytest.mark.parametrize(("n", "degree", "scale"), [(5, 2, 25.0), (6, 2, 40.0), (6, 4, 20.0)])
def test_wrapped_polynomials_stay_polynomials(n, degree, scale, compiled):
    """Phases beyond pi arrive modulo 2 pi; made continuous they have few strings again."""
    phases = scale * grid(n) ** degree
    circuit = transpiled(with_gate(theirs(phases)), hls_config=QUICK)
    values = compiled[0][0]
    assert np.ptp(values) > 2 * np.pi
    assert circuit.count_ops()["rz"] <= n + polynomial_strings(n, degree)
    if degree == 2:
        assert circuit.num_nonlocal_gates() <= (n - 1) * (n + 2) // 2
    np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-1j * phases)), atol=1e-12)


def test_phases_that_jump_are_compiled_as_they_are(compiled):
    """A parity times 2: unwrapped along the index it would have many more strings."""
    phases = 2.0 * (1 - 2.0 * (np.bitwise_count(np.arange(16) & 0b1010) & 1))
    phases += 1.0 - 2.0 * (np.bitwise_count(np.arange(16) & 0b0110) & 1)
    transpiled(with_gate(theirs(phases)), hls_config=QUICK)
    np.testing.assert_allclose(compiled[0][0], phases, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "name", "method"),
    [(DiagonalPhaseGate, "diagonal_phase", "default"), (theirs, "diagonal", "qdml")],
)
def test_options_go_through(make, name, method, compiled):
    phases = grid(5) ** 4 + 0.3 * grid(5)
    options = {"budget": ("max", 0.05), "effort": 0.07, "seed": 3, "time_limit": 5.0}
    config = HLSConfig(**{name: [(method, dict(options))]})  # Qiskit adds to it
    circuit = transpiled(with_gate(make(phases)), hls_config=config)
    assert compiled[0][1] == options | {"target": None}
    exact = transpiled(with_gate(make(phases)), hls_config=QUICK)
    assert circuit.num_nonlocal_gates() < exact.num_nonlocal_gates()
    error = np.angle(np.diag(dense(circuit)) * np.exp(1j * phases))
    assert 1e-4 < np.ptp(error) / 2 <= 0.05


def test_bad_options_are_named():
    config = HLSConfig(diagonal=[("qdml", {"effort": 0})])
    with pytest.raises(Exception, match="`effort` must be more than 0"):
        transpiled(with_gate(theirs(NOISE)), hls_config=config)


@pytest.mark.parametrize("make", [DiagonalPhaseGate, theirs])
def test_two_qubits(make):
    phases = np.array([0.1, 0.7, -0.3, 0.2])
    circuit = transpiled(with_gate(make(phases)), hls_config=QUICK)
    np.testing.assert_allclose(dense(circuit), np.diag(np.exp(-1j * phases)), atol=1e-12)


# Saved and run.


def two_gates():
    circuit = with_gate(DiagonalPhaseGate(NOISE), [3, 1, 0, 2])
    circuit.h(range(4))
    circuit.append(DiagonalPhaseGate(NOISE[::-1]), range(4))
    return circuit


def reloaded(circuit):
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    return qpy.load(file)[0]


def test_qpy_keeps_the_definitions():
    """Two gates of one name with different phases."""
    circuit = two_gates()
    loaded = reloaded(circuit)
    names = [item.operation.name for item in loaded.data]
    assert names.count("diagonal_phase") == 2
    np.testing.assert_allclose(Operator(loaded).data, Operator(circuit).data, atol=1e-12)
    np.testing.assert_allclose(loaded.data[0].operation.params, NOISE)
    expanded = loaded.decompose(["diagonal_phase"])
    assert set(expanded.count_ops()) <= {"cx", "rz", "h"}


def test_qpy_then_transpile():
    circuit = two_gates()
    found = transpiled(reloaded(circuit), hls_config=QUICK)
    np.testing.assert_allclose(dense(found), Operator(circuit).data, atol=1e-10)


def test_openqasm_keeps_both_gates():
    """Up to a global phase, which OpenQASM gates of Qiskit do not have."""
    circuit = two_gates()
    assert Operator(qasm3.loads(qasm3.dumps(circuit))).equiv(Operator(circuit))


def test_aer_runs_it():
    """``exp(-i pi/2 Z..Z)`` is ``-i Z..Z``: between layers of H, bits 1 and 2 flip."""
    phases = np.zeros(8)
    for mask in (0b101, 0b011):
        phases += np.pi / 2 * (1 - 2.0 * (np.bitwise_count(np.arange(8) & mask) & 1))
    circuit = QuantumCircuit(3)
    circuit.h(range(3))
    circuit.append(DiagonalPhaseGate(phases), range(3))
    circuit.h(range(3))
    circuit.measure_all()
    simulator = AerSimulator(seed_simulator=1)
    counts = simulator.run(transpile(circuit, simulator), shots=100).result().get_counts()
    assert counts == {"110": 100}
