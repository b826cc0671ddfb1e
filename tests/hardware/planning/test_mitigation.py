"""Mitigation: the circuits do what they say, the corrections are exact where they should be."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")
pytest.importorskip("mthree")

from hypothesis import given
from hypothesis import strategies as st
from judged import a_circuit, a_plan, counts_of, flipped
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.quantum_info import Operator
from qiskit_ibm_runtime.options_models import SamplerOptions

from qdml_quantum import Grid
from qdml_quantum.diagnostics.metrics import sample_counts, total_variation
from qdml_quantum.dynamics.hamiltonian import squared_wave_numbers
from qdml_quantum.hardware.planning import mitigation
from qdml_quantum.hardware.planning.mitigation import Mitigation, calibration_circuits, folded
from qdml_quantum.hardware.verdict import mitigated
from qdml_quantum.hardware.verdict.extrapolation import extrapolate, weights_at_zero
from qdml_quantum.hardware.verdict.mitigated import Readings, variants
from qdml_quantum.hardware.verdict.readout import (
    corrected,
    flip_matrices,
    mean_flip,
    nearest_distribution,
    undone,
)

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


# ---------------------------------------------------------------------------- the choice


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"dynamical_decoupling": "XY"}, ValueError, "Choose from: XX, XY4, XpXm"),
        ({"dynamical_decoupling": True}, ValueError, "Unknown sequence"),
        ({"twirling": 1}, TypeError, "`twirling` must be True or False"),
        ({"readout": "yes"}, TypeError, "`readout` must be True or False"),
        ({"zne": 3}, TypeError, "list of noise factors"),
        ({"zne": "135"}, TypeError, "list of noise factors"),
        ({"zne": (1,)}, ValueError, "a factor above 1"),
        ({"zne": (0.5, 3)}, ValueError, "noise factors from 1 to"),
        ({"zne": (1, float("nan"))}, ValueError, "noise factors from 1 to"),
        ({"zne": (1, 99)}, ValueError, "noise factors from 1 to"),
        ({"zne": (1, True)}, TypeError, "hold numbers"),
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


# ---------------------------------------------------------------------------- folding


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


# ---------------------------------------------------------------------------- readout


def test_calibrations_prepare_all_0_and_all_1_on_the_measured_qubits():
    for circuit, bit in zip(calibration_circuits(7, [5, 2, 6]), "01", strict=True):
        plain = circuit.remove_final_measurements(inplace=False)
        assert circuit.num_qubits == 7 and [r.name for r in circuit.cregs] == ["meas"]
        ones = {circuit.find_bit(i.qubits[0]).index for i in plain.data if i.operation.name == "x"}
        assert ones == (set() if bit == "0" else {5, 2, 6})
        order = [circuit.find_bit(i.qubits[0]).index for i in circuit.data[-3:]]
        assert order == [5, 2, 6]


def test_calibrations_cover_the_qubits_of_both_bases():
    """Momentum circuits may end on other qubits, in another order."""
    one, two = QuantumCircuit(5), QuantumCircuit(5)
    for circuit, qubits in ((one, [3, 1]), (two, [1, 4])):
        circuit.add_register(ClassicalRegister(2, "meas"))
        circuit.measure(qubits, [0, 1])
    settings = Mitigation(readout=True).settings({"position": one, "momentum": two})
    assert settings[-1].qubits == (3, 1, 4)
    errors = {3: (0.02, 0.1), 1: (0.05, 0.03), 4: (0.1, 0.2)}
    rng = np.random.default_rng(0)
    truth = {kind: rng.dirichlet(np.ones(4)) for kind in ("position", "momentum")}
    counts = []
    for setting in settings:
        known = np.zeros(2**setting.num_bits)
        known[-1 if setting.kind.endswith("1") else 0] = 1
        known = truth.get(setting.kind, known)
        read = _through(known, [_matrix(*errors[q]) for q in setting.qubits])
        numbers = np.round(read * 1e6).astype(int)
        counts.append({f"{i:0{setting.num_bits}b}": int(n) for i, n in enumerate(numbers)})
    plan = SimpleNamespace(settings=settings)
    found = Readings.of(plan, counts, resamples=2, seed=0)
    for kind, p in truth.items():
        assert found.clean[kind, 1.0][0] == pytest.approx(p, abs=1e-5)
        assert found.raw[kind, 1.0][0] != pytest.approx(p, abs=1e-2)


def _matrix(wrong_one, wrong_zero):
    return np.array([[1 - wrong_one, wrong_zero], [wrong_one, 1 - wrong_zero]])


def _through(vector, matrices):
    whole = np.ones((1, 1))
    for matrix in matrices:  # The lowest bit is the last factor.
        whole = np.kron(matrix, whole)
    return whole @ vector


def test_flips_are_read_off_the_calibrations():
    matrices = [_matrix(0.02, 0.1), _matrix(0.07, 0.04), _matrix(0.0, 0.2)]
    counts = []
    for place in (0, 7):
        known = np.zeros(8)
        known[place] = 1
        numbers = np.round(_through(known, matrices) * 1e9).astype(int)
        counts.append({f"{i:03b}": int(n) for i, n in enumerate(numbers)})
    for found, true in zip(flip_matrices(*counts), matrices, strict=True):
        assert found == pytest.approx(true, abs=1e-6)
    assert mean_flip(matrices[1]) == pytest.approx(0.055)


@pytest.mark.parametrize("num_bits", [1, 2, 4, 6])
def test_correction_is_the_inverse_where_every_string_was_seen(num_bits):
    """M3 against the whole matrix, inverted; single precision inside M3 leaves 1e-6."""
    rng = np.random.default_rng(num_bits)
    matrices = [_matrix(*rng.uniform(0, 0.15, 2)) for _ in range(num_bits)]
    p = rng.dirichlet(np.ones(2**num_bits))
    numbers = np.round(_through(p, matrices) * 1e8).astype(int) + 1
    counts = {f"{i:0{num_bits}b}": int(n) for i, n in enumerate(numbers)}
    values, overhead = corrected(counts, matrices)
    assert values == pytest.approx(p, abs=3e-6)
    assert undone(numbers / numbers.sum(), matrices) == pytest.approx(p, abs=1e-6)
    columns = np.abs(undone(np.eye(2**num_bits), matrices)).sum(axis=1)
    assert overhead == pytest.approx(columns.max() ** 2, rel=1e-4)


def test_correction_of_a_sparse_histogram_sums_to_one():
    values, _ = corrected({"0000": 90, "0011": 10}, [_matrix(0.02, 0.05)] * 4)
    assert values.sum() == pytest.approx(1, abs=1e-6)
    assert set(np.flatnonzero(values)) == {0, 3}


def test_undoing_works_on_many_at_once():
    matrices = [_matrix(0.02, 0.1), _matrix(0.07, 0.04)]
    many = np.random.default_rng(0).dirichlet(np.ones(4), size=(3, 2))
    for place in np.ndindex(3, 2):
        assert undone(many, matrices)[place] == pytest.approx(undone(many[place], matrices))


@given(st.lists(st.floats(-0.5, 1), min_size=2, max_size=8), st.floats(0.1, 1))
def test_nearest_distribution_is_a_distribution_and_nearest(values, share):
    quasi = np.array(values)
    quasi += (1 - quasi.sum()) / quasi.size
    found = nearest_distribution(quasi)
    assert found.min() >= 0 and found.sum() == pytest.approx(1)
    other = np.random.default_rng(0).dirichlet(np.ones(quasi.size))
    other = share * other + (1 - share) * found
    assert np.linalg.norm(found - quasi) <= np.linalg.norm(other - quasi) + 1e-12


def test_nearest_distribution_is_that_of_mthree():
    from mthree.classes import QuasiDistribution

    rng = np.random.default_rng(3)
    quasi = rng.normal(0.0625, 0.1, size=(5, 16))
    quasi += (1 - quasi.sum(axis=1, keepdims=True)) / 16
    for one, mine in zip(quasi, nearest_distribution(quasi), strict=True):
        theirs = QuasiDistribution(
            {f"{i:04b}": float(v) for i, v in enumerate(one)}
        ).nearest_probability_distribution()
        theirs = [theirs.get(f"{i:04b}", 0.0) for i in range(16)]
        assert mine == pytest.approx(theirs, abs=1e-12)


# ---------------------------------------------------------------------------- extrapolation


@given(st.floats(-5, 5), st.floats(-2, 2))
def test_a_line_is_extrapolated_exactly(value, slope):
    factors = np.array([1.0, 1.5, 3.0, 5.0])
    found = extrapolate(factors, value + slope * factors, [0.1, 0.2, 0.1, 0.3])
    assert found.value == pytest.approx(value, abs=1e-9)
    assert found.chi_squared == pytest.approx(0, abs=1e-9) and found.freedom == 2


@pytest.mark.parametrize("limit", [0.2, 1.5])
@pytest.mark.parametrize("rate", [0.05, 0.4])
def test_an_exponential_is_extrapolated_exactly(limit, rate):
    factors = np.array([1.0, 3.0, 5.0])
    values = limit + (0.9 - limit) * np.exp(-rate * factors)
    found = extrapolate(factors, values, [0.01] * 3, model="exponential", limit=limit)
    assert found.value == pytest.approx(0.9, abs=1e-6)


@pytest.mark.parametrize("model", ["linear", "exponential"])
def test_errors_are_those_of_many_experiments(model):
    factors, errors = np.array([1.0, 3.0, 5.0]), np.array([0.01, 0.015, 0.02])
    true = 0.2 + 0.7 * np.exp(-0.15 * factors) if model != "linear" else 0.8 - 0.05 * factors
    rng = np.random.default_rng(0)
    found = [
        extrapolate(factors, true + errors * rng.normal(size=3), errors, model=model, limit=0.2)
        for _ in range(400)
    ]
    values = [one.value for one in found if one is not None]
    assert len(values) == 400
    stated = np.mean([one.error for one in found])
    assert np.std(values) == pytest.approx(stated, rel=0.1)
    assert np.mean(values) == pytest.approx(0.9 if model != "linear" else 0.8, abs=3e-3)
    assert np.mean([one.chi_squared for one in found]) == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(
    "values",
    [
        [0.2, 0.2, 0.2],  # nothing is left
        [0.21, 0.2, 0.2],  # less than three errors
        [0.5, 0.6, 0.7],  # away from the limit
        [0.5, 0.1, 0.19],  # only one point is above it
    ],
)
def test_an_exponential_that_does_not_fit_is_left_out(values):
    assert extrapolate([1, 3, 5], values, [0.01] * 3, model="exponential", limit=0.2) is None


def test_values_without_errors_are_weighted_equally():
    assert weights_at_zero([1, 3, 5], [0, 0, 0]) == pytest.approx(
        weights_at_zero([1, 3, 5], [1] * 3)
    )
    assert extrapolate([1, 3], [0.5, 0.3], [0, 0]).value == pytest.approx(0.6)
    assert extrapolate([1, 3], [0.5, 0.3], [0, 0], model="exponential", limit=0.1) is None


@pytest.mark.parametrize(
    ("factors", "model", "limit"),
    [([1], "linear", None), ([1, 3], "cubic", None), ([1, 3], "exponential", None)],
)
def test_wrong_fits_are_refused(factors, model, limit):
    with pytest.raises(ValueError, match="`model`"):
        extrapolate(factors, [0.5] * len(factors), [0.1] * len(factors), model=model, limit=limit)


# ---------------------------------------------------------------------------- all of it


def test_with_and_without():
    """Exact readout errors: without them success, energy and S are those of the ideal anneal."""
    plan = a_plan([2, 3], "x**2 + 3*y", shots=400_000, mitigation=Mitigation(readout=True))
    raw, clean = variants(plan, counts_of(plan, flips=(0.03, 0.06)), resamples=50)
    assert (raw.method, clean.method) == ("as measured", "readout")
    mask = plan.goal.mask
    success = plan.ideal["position"][mask].sum()
    assert abs(raw.success.value - success) > 10 * raw.success.error
    assert abs(clean.success.value - success) < 4 * clean.success.error
    assert clean.signal.value > 0.995 > raw.signal.value
    assert total_variation(clean.probabilities, plan.ideal["position"]) < 0.01
    assert raw.overhead == 1 < clean.overhead
    assert clean.energy.error > raw.energy.error


def test_resampling_includes_the_calibrations():
    """Few calibration shots make a wider error bar."""
    plan = a_plan(3, shots=100_000, mitigation=Mitigation(readout=True))
    counts = counts_of(plan, flips=(0.05, 0.1))
    poor = [*counts[:2], *counts_of(plan, flips=(0.05, 0.1), shots=150)[2:]]
    good_error, poor_error = (variants(plan, given)[1].success.error for given in (counts, poor))
    assert poor_error > 3 * good_error


def test_error_bars_are_the_scatter_of_many_jobs():
    plan = a_plan(3, shots=2000, mitigation=Mitigation(readout=True, zne=(3,)))
    found = [
        variants(plan, counts_of(plan, flips=(0.03, 0.08), seed=seed), resamples=60)
        for seed in range(60)
    ]
    for place, method in enumerate(v.method for v in found[0]):
        for name in ("success", "energy"):
            pairs = [getattr(run[place], name) for run in found]
            if None in pairs:
                assert "exponential" in method  # Both factors have the same noise here.
                continue
            stated = np.mean([pair.error for pair in pairs])
            assert np.std([pair.value for pair in pairs]) == pytest.approx(stated, rel=0.3), method


def test_mitigation_brings_success_and_energy_nearer_on_a_fake_device():
    """Noise of FakeFez, three qubits: bias and error bar of every way, over seeds."""
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_ibm_runtime.fake_provider import FakeFez

    from qdml_quantum import Schedule
    from qdml_quantum.hardware.devices.noise import noisy_probabilities
    from qdml_quantum.synthesis.circuits.circuit import build

    device = FakeFez()
    schedule = Schedule.geometric((0.5, 0.1), num_stages=3, num_steps=1, time_step=1.5)
    chosen = Mitigation(readout=True, zne=(3, 5))
    plan = a_plan(3, schedule=schedule, shots=4096)
    manager = generate_preset_pass_manager(3, backend=device, seed_transpiler=1)
    circuits = {
        basis: manager.run(build(plan.anneal, measure=basis)) for basis in ("position", "momentum")
    }
    plan = a_plan(
        3, schedule=schedule, shots=4096, mitigation=chosen, settings=chosen.settings(circuits)
    )
    # Position and momentum end on different qubits here: the calibrations measure all of them.
    grids = [Grid([(0, 1)], s.num_bits) if s.is_calibration else plan.grid for s in plan.settings]
    runs = list(zip(plan.settings, grids, strict=True))
    noisy = [noisy_probabilities(device, setting.circuit, grid) for setting, grid in runs]
    found = []
    for seed in range(6):
        counts = [
            sample_counts(p, grid, 4096, 100 * seed + i)
            for i, (p, grid) in enumerate(zip(noisy, grids, strict=True))
        ]
        found.append(variants(plan, counts, seed=seed))
    by_method = {run[0].method: run for run in zip(*found, strict=True)}
    mask = plan.goal.mask
    exact = sum(
        float((plan.ideal[basis] * values).sum())
        for basis, values in (
            ("position", plan.problem.values),
            ("momentum", plan.anneal.diffusion * squared_wave_numbers(plan.grid)),
        )
    )
    for name, ideal in (("success", plan.ideal["position"][mask].sum()), ("energy", exact)):
        away, errors = {}, {}
        for method, run in by_method.items():
            known = [getattr(v, name) for v in run]
            assert None not in known
            away[method] = abs(np.mean([e.value for e in known]) - ideal)
            errors[method] = np.mean([e.error for e in known])
        raw = "as measured"
        assert away["readout"] < 0.97 * away[raw]
        assert away["extrapolated (linear)"] < 0.75 * away[raw]
        assert away["readout, extrapolated (linear)"] < 0.7 * away[raw]
        assert away["readout, extrapolated (exponential)"] < 0.5 * away[raw]
        assert errors[raw] < errors["extrapolated (linear)"] < 2 * errors[raw]
        assert errors["extrapolated (linear)"] < errors["extrapolated (exponential)"]
    signals = [np.mean([v.signal.value for v in run]) for run in list(by_method.values())[:3]]
    assert signals == sorted(signals)


def test_what_cannot_be_had_says_why():
    plan = a_plan(3, mitigation=Mitigation(zne=(3,)))
    found = variants(plan, counts_of(plan))
    assert found[-1].signal is None and "no means over shots" in found[-1].note
    data = json.loads(json.dumps([v.to_dict() for v in found]))
    for v, plain in zip(found, data, strict=True):
        again = mitigated.Variant.from_dict(plain, v.probabilities)
        assert again.to_dict() == v.to_dict()


def test_readout_errors_in_the_helper_are_those_of_the_package():
    grid = Grid([(0, 1)], 2)
    p = np.array([0.4, 0.3, 0.2, 0.1])
    assert undone(flipped(p, grid, 0.1, 0.2), [_matrix(0.1, 0.2)] * 2) == pytest.approx(p)


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
