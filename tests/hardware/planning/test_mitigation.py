"""Mitigation: the choice is checked, and the circuits do what they say."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")
pytest.importorskip("mthree")

from hypothesis import given
from hypothesis import strategies as st
from judged import a_circuit
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit_ibm_runtime.options_models import SamplerOptions

from qdml_quantum.diagnostics.metrics import total_variation
from qdml_quantum.hardware.planning import mitigation
from qdml_quantum.hardware.planning.mitigation import Mitigation, calibration_circuits, folded

GATES = ("cx", "cz", "ecr", "cy", "swap")


def random_circuit(seed, gates=GATES, num_qubits=3, depth=8):
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(num_qubits)
    for _ in range(depth):
        circuit.rz(rng.uniform(0, 6), rng.integers(num_qubits))
        circuit.sx(rng.integers(num_qubits))
        a, b = rng.choice(num_qubits, 2, replace=False)
        getattr(circuit, rng.choice(gates))(int(a), int(b))
    return circuit


def two_qubit_gates(circuit):
    return sum(len(item.qubits) == 2 for item in circuit.data)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"dynamical_decoupling": "XY"}, ValueError, "Choose from: XX, XY4, XpXm"),
        ({"dynamical_decoupling": True}, TypeError, "must be text or None"),
        ({"twirling": 1}, TypeError, "`twirling` must be True or False"),
        ({"readout": "yes"}, TypeError, "`readout` must be True or False"),
        ({"zne": 3}, TypeError, "must be a sequence"),
        ({"zne": "135"}, TypeError, "must be a sequence"),
        ({"zne": (1,)}, ValueError, "a factor above 1"),
        ({"zne": (0.5, 3)}, ValueError, "noise factors from 1 to"),
        ({"zne": (1, float("nan"))}, ValueError, "noise factors from 1 to"),
        ({"zne": (1, 99)}, ValueError, "noise factors from 1 to"),
        ({"zne": (1, True)}, TypeError, "is True at index 1"),
    ],
)
def test_wrong_choices_are_refused(changes, error, words):
    with pytest.raises(error, match=words):
        Mitigation(**changes)


def test_nothing_is_on_by_default():
    off = Mitigation()
    assert off.sampler_options() == {} and off.factors == (1.0,) and str(off) == "none"
    circuit = a_circuit(2)
    (only,) = off.settings({"position": circuit})
    assert only.circuit is circuit and only.key == ("position", 1.0)


@given(
    st.sampled_from([None, *mitigation.SEQUENCES]),
    st.booleans(),
    st.booleans(),
    st.lists(st.floats(1.01, 15), max_size=4),
)
def test_json_round_trip(sequence, twirling, readout, factors):
    chosen = Mitigation(sequence, twirling, readout, tuple(factors))
    again = Mitigation.from_dict(json.loads(json.dumps(chosen.to_dict())))
    assert again == chosen and hash(again) == hash(chosen)
    assert list(chosen.zne) == sorted(set(chosen.zne))


def test_unknown_keys_are_refused():
    with pytest.raises(ValueError, match=r"Unknown mitigation 'twirl'\. Did you mean `twirling`"):
        Mitigation.from_dict({"twirl": True})


@pytest.mark.parametrize("sequence", mitigation.SEQUENCES)
def test_the_sampler_takes_the_options(sequence):
    options = SamplerOptions(**Mitigation(sequence, twirling=True).sampler_options())
    assert options.dynamical_decoupling.enable
    assert options.dynamical_decoupling.sequence_type == sequence
    assert options.twirling.enable_gates and options.twirling.group == "local_pauli"
    plain = SamplerOptions(**Mitigation(readout=True, zne=(3,)).sampler_options())
    assert plain == SamplerOptions()


def test_settings_come_in_order():
    chosen = Mitigation(readout=True, zne=(3, 1.5))
    circuits = {"position": a_circuit(3), "momentum": a_circuit(3)}
    assert [setting.key for setting in chosen.settings(circuits)] == [
        *(("position", factor) for factor in (1.0, 1.5, 3.0)),
        *(("momentum", factor) for factor in (1.0, 1.5, 3.0)),
        ("calibration-0", 1.0),
        ("calibration-1", 1.0),
    ]


@pytest.mark.parametrize("factor", [1, 3, 5, 7])
@pytest.mark.parametrize("seed", range(4))
def test_a_folded_circuit_is_the_same_unitary_with_more_gates(factor, seed):
    circuit = random_circuit(seed)
    more = folded(circuit, factor)
    assert Operator(more).equiv(Operator(circuit))
    assert two_qubit_gates(more) == factor * two_qubit_gates(circuit)
    assert more.count_ops().get("rz") == circuit.count_ops().get("rz")


@pytest.mark.parametrize("factor", [1.5, 2, 3.5])
def test_factors_between_fold_some_gates_more_often(factor):
    circuit = random_circuit(1, depth=20)
    more = folded(circuit, factor, seed=3)
    assert Operator(more).equiv(Operator(circuit))
    assert abs(two_qubit_gates(more) - factor * 20) <= 1
    again, other = folded(circuit, factor, seed=3), folded(circuit, factor, seed=4)
    assert more == again and more != other


def test_measurements_and_the_layout_stay():
    from qiskit.transpiler import CouplingMap, generate_preset_pass_manager

    line = CouplingMap.from_line(5)
    manager = generate_preset_pass_manager(
        2, coupling_map=line, basis_gates=["cz", "rz", "sx", "x"], seed_transpiler=1
    )
    circuit = manager.run(a_circuit(3, [(0, 2), (0, 1), (1, 2)]))
    (plain, more) = Mitigation(zne=(3,)).settings({"position": circuit})
    assert more.qubits == plain.qubits
    assert more.circuit.layout == circuit.layout
    assert more.circuit.cregs == circuit.cregs and more.circuit.num_qubits == 5


def test_gates_that_cannot_be_folded_are_refused():
    circuit = QuantumCircuit(2)
    circuit.rzz(0.3, 0, 1)
    circuit.cz(0, 1)
    with pytest.raises(ValueError, match=r"rzz gates.*fractional"):
        folded(circuit, 3)
    assert folded(circuit, 1) is circuit


def test_a_client_without_the_pass_says_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError("Install it with: pip install 'qdml-quantum[hardware]'")

    monkeypatch.setattr(mitigation, "require", missing)
    with pytest.raises(ImportError, match="pip install"):
        folded(random_circuit(0), 3)


def test_a_pass_that_folds_otherwise_is_found_out(monkeypatch):
    from qiskit_mitigation.zne.gate_folding import GateFoldingPass

    class Other(GateFoldingPass):
        def __init__(self, factor, seed=None):
            super().__init__(5, seed=seed)

    monkeypatch.setattr(mitigation, "require", lambda name: SimpleNamespace(GateFoldingPass=Other))
    with pytest.raises(RuntimeError, match="40 two-qubit gates where 24 were wanted"):
        folded(random_circuit(0), 3)


def test_calibrations_prepare_all_0_and_all_1_on_the_measured_qubits():
    for circuit, bit in zip(calibration_circuits(7, [5, 2, 6]), "01", strict=True):
        plain = circuit.remove_final_measurements(inplace=False)
        assert circuit.num_qubits == 7 and [r.name for r in circuit.cregs] == ["meas"]
        ones = {circuit.find_bit(i.qubits[0]).index for i in plain.data if i.operation.name == "x"}
        assert ones == (set() if bit == "0" else {5, 2, 6})
        order = [circuit.find_bit(i.qubits[0]).index for i in circuit.data[-3:]]
        assert order == [5, 2, 6]


@pytest.mark.slow
def test_decoupled_and_twirled_circuits_run_and_measure_the_same():
    """The runtime's sampler in local mode takes the options, and counts are those of the anneal."""
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_ibm_runtime.executor_sampler import Sampler
    from qiskit_ibm_runtime.fake_provider import FakeFez

    device = FakeFez()
    manager = generate_preset_pass_manager(2, backend=device, seed_transpiler=1)
    circuit = manager.run(a_circuit(2))
    chosen = Mitigation("XY4", twirling=True)
    sampler = Sampler(mode=device, options=chosen.sampler_options())
    counts = sampler.run([circuit], shots=2000).result()[0].data.meas.get_counts()
    plain = Sampler(mode=device).run([circuit], shots=2000).result()[0].data.meas.get_counts()
    shares = [
        np.array([found.get(f"{i:02b}", 0) for i in range(4)]) / sum(found.values())
        for found in (counts, plain)
    ]
    assert total_variation(*shares) < 0.08
