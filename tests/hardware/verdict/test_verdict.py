"""Verdicts: what noise makes can not pass, what the anneal makes does, and every word is true."""

import dataclasses
import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from judged import a_plan, counts_of, toward_uniform
from qiskit import QuantumCircuit

from qdml_quantum import Hamiltonian, relax
from qdml_quantum.diagnostics.bootstrap import signal_interval
from qdml_quantum.diagnostics.metrics import sample_counts, signal_over_uniform, uniform_fidelity
from qdml_quantum.dynamics.formulas import as_formula
from qdml_quantum.hardware.planning.mitigation import Mitigation
from qdml_quantum.hardware.planning.outlook import final_state
from qdml_quantum.hardware.verdict import verdict
from qdml_quantum.hardware.verdict.verdict import DECIDING, DeviceResult, judge
from qdml_quantum.problem.goal import success_mask
from qdml_quantum.support.check import Check
from qdml_quantum.support.messages import DamagedFileError

PLANS = {n: a_plan(n, energy=False) for n in (2, 3, 4, 5, 6)}
SHOTS = (1, 10, 100, 1000, 4000)


def named(result, name):
    return next(check for check in result.checks if check.name == name)


@pytest.fixture
def quick(monkeypatch):
    """Fewer synthetic histograms: less exact, so that more could slip through."""
    for name in ("deviations_from_flat", "distance_interval"):
        monkeypatch.setattr(verdict, name, partial(getattr(verdict, name), resamples=200))


def deciding(plan, hits, min_signal=0.5, confidence=0.95, seed=0):
    """The part of `judge` that decides, without the reference state and mitigation."""
    mask = success_mask(plan.grid, plan.known_minimizers, plan.radius)
    signal = signal_interval(
        hits, plan.ideal["position"], confidence=confidence, seed=seed, resamples=200
    )
    success = verdict._success(hits, mask, plan.radius, confidence)
    return verdict._deciding(plan, hits, signal, success, mask, min_signal, seed)


def flat_runs(seeds, shots, num_qubits, min_signal=0.5, confidence=0.95):
    """Deciding checks of uniform counts."""
    plan = PLANS[num_qubits]
    for seed in range(seeds):
        flat = np.full(plan.grid.size, 1 / plan.grid.size)
        hits = np.random.default_rng([seed, shots, num_qubits]).multinomial(shots, flat)
        yield deciding(plan, hits, min_signal, confidence, seed)


@pytest.mark.parametrize("num_qubits", PLANS)
@pytest.mark.parametrize("shots", SHOTS)
def test_no_flat_histogram_passes(num_qubits, shots, quick):
    """2000 of them in all here; 2000 of each in the slow test."""
    for found in flat_runs(80, shots, num_qubits):
        assert not all(check.passed for check in found)


@pytest.mark.slow
@pytest.mark.parametrize("num_qubits", PLANS)
@pytest.mark.parametrize("shots", SHOTS)
def test_no_flat_histogram_passes_among_many(num_qubits, shots, quick):
    for found in flat_runs(2000, shots, num_qubits):
        assert not all(check.passed for check in found)


def test_no_flat_histogram_passes_where_next_to_nothing_is_asked_for(quick):
    """The limit on S alone would let them through: that is what `not_flat` is for."""
    lucky = 0
    for found in flat_runs(600, 200, 3, min_signal=0.001, confidence=0.5):
        passed = {check.name: check.passed for check in found}
        lucky += passed["signal"] and passed["above_chance"]
        assert not passed["not_flat"]
    assert lucky > 5


@pytest.mark.parametrize("num_qubits", [2, 3, 4, 5, 6])
def test_the_ideal_histogram_passes(num_qubits, quick):
    plan = PLANS[num_qubits]
    for seed in range(30):
        hits = np.random.default_rng(seed).multinomial(1000, plan.ideal["position"])
        assert all(check.passed for check in deciding(plan, hits, seed=seed))


@pytest.mark.parametrize(
    ("signal", "shots", "least"), [(0.6, 1000, 0.5), (0.6, 4000, 0.97), (0.8, 1000, 1.0)]
)
def test_power(signal, shots, least, quick):
    """How often a device with a true S passes (3 to 6 qubits; the table is in the report)."""
    passed = []
    for num_qubits in (3, 4, 5, 6):
        plan = PLANS[num_qubits]
        true = toward_uniform(plan.ideal["position"], signal)
        for seed in range(15):
            hits = np.random.default_rng(seed).multinomial(shots, true)
            passed.append(all(check.passed for check in deciding(plan, hits, seed=seed)))
    assert np.mean(passed) >= least


@pytest.mark.parametrize("signal", [0.3, 0.45])
def test_too_little_signal_does_not_pass(signal, quick):
    plan = PLANS[4]
    true = toward_uniform(plan.ideal["position"], signal)
    for seed in range(30):
        hits = np.random.default_rng(seed).multinomial(4000, true)
        assert not all(check.passed for check in deciding(plan, hits, seed=seed))


def test_a_nearly_uniform_ideal_proves_nothing():
    plan = a_plan(3, energy=False)
    ideal = plan.ideal["position"]
    near = 0.9 / 8 + 0.1 * ideal
    assert uniform_fidelity(near) > 0.98
    plan = dataclasses.replace(plan, ideal={"position": near})
    result = judge(plan, counts_of(plan, shots=1_000_000))
    assert not named(result, "far_from_uniform").passed
    assert [c.name for c in result.checks if c.name in DECIDING and not c.passed] == [
        "far_from_uniform"
    ]
    assert not result.supported
    assert "no outcome would prove anything" in result.verdict


def test_success_at_chance_does_not_pass():
    """The right shape in the wrong place: S is high, the minimum is missed."""
    plan = a_plan(3, energy=False)
    ideal = plan.ideal["position"]
    mask = success_mask(plan.grid, plan.known_minimizers, plan.radius)
    hits = np.round(4000 * np.where(mask, 0.1 * ideal, ideal)).astype(int)
    found = {check.name: check.passed for check in deciding(plan, hits, min_signal=0.01)}
    assert found["not_flat"] and found["signal"] and not found["above_chance"]


def test_success_is_not_asked_for_where_the_anneal_is_no_better_than_chance():
    plan = a_plan(3, energy=False)
    mask = success_mask(plan.grid, plan.known_minimizers, plan.radius)
    away = np.where(mask, 0.01, plan.ideal["position"])
    plan = dataclasses.replace(plan, ideal={"position": away / away.sum()})
    result = judge(plan, counts_of(plan, shots=4000))
    assert result.supported
    assert "above_chance" not in [check.name for check in result.checks]
    assert "nothing about optimisation" in result.verdict


@pytest.mark.parametrize(
    ("qubits", "pairs", "blocks"),
    [(2, None, 2), (3, None, 3), ([2, 2], [(0, 1), (2, 3)], 2), ([2, 2], [(0, 1), (1, 2)], 3)],
)
def test_small_blocks_do_not_test_trotterisation(qubits, pairs, blocks):
    """A separable objective on two qubits per axis is two 2-qubit circuits."""
    plan = a_plan(qubits, "sphere", pairs=pairs, energy=False)
    result = judge(plan, counts_of(plan))
    assert named(result, "more_than_two_qubits").value == blocks
    assert result.supported
    assert ("Trotterisation was not tested" in result.verdict) == (blocks == 2)


def test_blocks():
    circuit = QuantumCircuit(6, 6)
    assert verdict._largest_block(circuit) == 0
    circuit.cz(0, 1)
    circuit.cz(2, 3)
    circuit.barrier()
    assert verdict._largest_block(circuit) == 2
    circuit.cz(1, 3)
    assert verdict._largest_block(circuit) == 4
    circuit.measure(range(6), range(6))
    assert verdict._largest_block(circuit) == 4


def test_values_are_those_of_the_formulas():
    plan = a_plan(4, shots=4000)
    counts = counts_of(plan, signal=0.8, seed=3)
    result = judge(plan, counts)
    hits = np.zeros(16)
    for bits, number in counts[0].items():
        hits[int(bits, 2)] = number
    ideal = plan.ideal["position"]
    mask = success_mask(plan.grid, plan.known_minimizers, plan.radius)
    assert result.signal.plain == pytest.approx(signal_over_uniform(hits / 4000, ideal), abs=1e-12)
    assert result.signal.low < 0.8 < result.signal.high
    assert result.success.probability == pytest.approx(hits[mask].sum() / 4000, abs=1e-12)
    assert result.success.baseline == mask.mean()
    assert result.ideal_success == pytest.approx(ideal[mask].sum(), abs=1e-12)
    assert result.energy.potential == pytest.approx(hits @ plan.problem.values / 4000, abs=1e-9)
    spread = np.sqrt(np.cov(plan.problem.values, fweights=hits.astype(int)) / 4000)
    assert result.energy.potential_error == pytest.approx(spread, rel=1e-9)
    waves = sum(n * plan.grid.axes[0].wave_numbers[int(b, 2)] ** 2 for b, n in counts[1].items())
    assert result.energy.kinetic == pytest.approx(plan.diffusion * waves / 4000, rel=1e-9)


def test_exact_energy_is_that_of_the_final_state():
    plan = a_plan(4)
    psi = final_state(plan.problem, plan.schedule, as_formula("strang"), "uniform")
    exact = Hamiltonian(plan.problem, plan.diffusion).moments(psi)[0]
    assert judge(plan, counts_of(plan)).energy.exact == pytest.approx(exact, abs=1e-9)


def test_energy_of_two_axes():
    """Both settings in the order of the grid, axis 0 on the lowest bits."""
    plan = a_plan([2, 3], "x**2 + 3*y", shots=200_000)
    energy = judge(plan, counts_of(plan)).energy
    assert abs(energy.energy - energy.exact) < 5 * energy.error


def test_distance_to_the_ground_state():
    plan = a_plan(4, shots=20_000)
    ground = relax(plan.problem, plan.diffusion).state ** 2
    ideal = plan.ideal["position"]
    result = judge(plan, counts_of(plan, signal=0.7))
    assert result.ground == pytest.approx(ground, abs=1e-6)
    assert result.distance.ideal == pytest.approx(np.abs(ideal - ground).sum() / 2, abs=1e-6)
    assert result.distance.uniform == pytest.approx(np.abs(ground - 1 / 16).sum() / 2, abs=1e-6)
    true = np.abs(toward_uniform(ideal, 0.7) - ground).sum() / 2
    assert result.distance.device.low < true < result.distance.device.high
    assert result.distance.noisy is None


def test_prediction_stands_beside():
    plan = a_plan(3)
    noisy = {basis: toward_uniform(values, 0.9) for basis, values in plan.ideal.items()}
    plan = dataclasses.replace(plan, noisy=noisy)
    good = judge(plan, counts_of(plan, signal=0.9))
    assert good.noisy_signal == pytest.approx(0.9, abs=1e-6)
    assert named(good, "as_predicted").passed
    assert "predicted 0.900" in str(good)
    poor = judge(plan, counts_of(plan, signal=0.7, shots=10_000))
    assert not named(poor, "as_predicted").passed
    assert poor.supported


def test_raw_counts_decide():
    """Readout errors of a fifth: the corrected S is high, the measured one is not."""
    plan = a_plan(4, shots=8000, mitigation=Mitigation(readout=True))
    result = judge(plan, counts_of(plan, flips=(0.17, 0.22)))
    raw, clean = result.variants
    assert raw.signal.value < 0.5 < clean.signal.value - 3 * clean.signal.error
    assert not result.supported
    assert named(result, "readout_errors").passed


def test_bad_readout_is_said_and_not_undone():
    plan = a_plan(3, shots=4000, mitigation=Mitigation(readout=True, zne=(3,)))
    result = judge(plan, counts_of(plan, flips=(0.3, 0.4)))
    assert not named(result, "readout_errors").passed
    assert [v.method for v in result.variants] == [
        "as measured",
        "readout",
        "extrapolated (linear)",
        "extrapolated (exponential)",
    ]
    assert result.variants[1].success is None
    assert "readout errors are undone up to 0.25" in str(result)


def test_missing_shots_are_said():
    plan = a_plan(3, shots=1000)
    counts = counts_of(plan)
    counts[1] = {"000": 10}
    assert not named(judge(plan, counts), "all_shots").passed


@pytest.mark.parametrize(
    "mitigation", [Mitigation(), Mitigation(readout=True, zne=(1.5, 3)), Mitigation(zne=(3,))]
)
@pytest.mark.parametrize("seed", range(6))
def test_strange_counts_are_judged_without_an_error(mitigation, seed):
    """A job was paid for: whatever came back gets a verdict."""
    plan = a_plan(3, mitigation=mitigation)
    rng = np.random.default_rng(seed)
    keys = [f"{i:03b}" for i in range(8)]
    counts = []
    for _ in plan.settings:
        some = rng.choice(keys, size=rng.integers(1, 9), replace=False)
        counts.append({key: int(rng.choice([0, 1, 5, 1000])) for key in some} | {keys[seed]: 1})
    for given in (counts, [{keys[seed]: 1}] * len(plan.settings)):
        result = judge(plan, given)
        json.loads(result.to_json())
        assert "verdict:" in str(result)


def test_one_shot_is_not_enough():
    plan = a_plan(3)
    best = f"{int(np.argmax(plan.ideal['position'])):03b}"
    result = judge(plan, [{best: 1}, {best: 1}])
    assert not result.supported
    assert "there are only 1 shots, 100 are needed" in result.verdict


@pytest.mark.parametrize(
    ("counts", "error", "words"),
    [
        ([{"000": 5}], ValueError, "one mapping for each of 2 settings"),
        ([{"000": 5}, {}], ValueError, "at least one shot"),
        ([{"000": 5}, {"000": 0}], ValueError, "at least one shot"),
        ([{"00": 5}, {"000": 5}], ValueError, "keys of 3 bits, but is '00'"),
        ([{"0a0": 5}, {"000": 5}], ValueError, "keys of 3 bits"),
        ([{0: 5}, {"000": 5}], ValueError, "keys of 3 bits"),
        ([{"000": -5}, {"000": 5}], ValueError, "at least 0"),
        ([{"000": 0.5}, {"000": 5}], TypeError, "integer"),
    ],
)
def test_wrong_counts_are_refused(counts, error, words):
    with pytest.raises(error, match=words):
        judge(a_plan(3), counts)


@pytest.mark.parametrize("name", ["confidence", "min_signal"])
@pytest.mark.parametrize("value", [0.0, 1.0, -1])
def test_wrong_numbers_are_refused(name, value):
    plan = a_plan(3)
    with pytest.raises(ValueError, match=f"`{name}` must lie between 0 and 1"):
        judge(plan, counts_of(plan), **{name: value})


def test_confidence_widens_every_interval():
    plan = a_plan(3)
    counts = counts_of(plan, signal=0.8)
    narrow, wide = (judge(plan, counts, confidence=c) for c in (0.68, 0.99))
    for name in ("signal", "success"):
        a, b = getattr(narrow, name), getattr(wide, name)
        assert b.low < a.low and a.high < b.high
    assert wide.distance.device.low < narrow.distance.device.low
    assert "99 %" in str(wide)


def test_the_same_seed_gives_the_same_result():
    plan = a_plan(3, mitigation=Mitigation(readout=True, zne=(3,)))
    counts = counts_of(plan, flips=(0.01, 0.02))
    first, again = (judge(plan, counts, seed=4).to_dict() for _ in range(2))
    assert first == again


def test_a_result_is_saved_and_loaded(tmp_path):
    plan = a_plan([2, 2], "sphere", mitigation=Mitigation(readout=True, zne=(1.5, 3)))
    result = judge(plan, counts_of(plan, flips=(0.02, 0.03)), job={"job_id": "abc", "when": None})
    folder = result.save(tmp_path / "result")
    loaded = DeviceResult.load(folder)
    assert loaded.to_dict() == result.to_dict()
    assert loaded.folder == folder and "saved in" in str(loaded)
    assert loaded.supported == result.supported and loaded.verdict == result.verdict
    assert (loaded.ground == result.ground).all()
    for a, b in zip(loaded.variants, result.variants, strict=True):
        assert (a.probabilities is None) == (b.probabilities is None)
        assert a.probabilities is None or (a.probabilities == b.probabilities).all()
    assert judge(loaded.plan, loaded.counts).signal == result.signal
    again = result.save(folder)
    assert DeviceResult.load(again).to_dict() == result.to_dict()


FILES = ["arrays.npz", "plan/plan.json", "plan/arrays.npz", "plan/circuits.qpy", "result.json"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    plan = a_plan(3)
    return judge(plan, counts_of(plan)).save(tmp_path_factory.mktemp("saved") / "result")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["changed", "truncated", "missing"])
def test_damage_is_found(saved, name, harm, tmp_path):
    folder = Path(shutil.copytree(saved, tmp_path / "copy"))
    path = folder / name
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "truncated":
        path.write_bytes(content[:-20])
    else:
        place = max(i for i, byte in enumerate(content) if chr(byte).isdigit())
        other = b"1" if content[place : place + 1] != b"1" else b"2"
        path.write_bytes(content[:place] + other + content[place + 1 :])
    error = FileNotFoundError if (name, harm) == ("result.json", "missing") else DamagedFileError
    with pytest.raises(error):
        DeviceResult.load(folder)


def test_a_count_that_was_changed_by_hand_is_found(saved, tmp_path):
    folder = Path(shutil.copytree(saved, tmp_path / "copy"))
    data = json.loads((folder / "result.json").read_text())
    key = next(iter(data["counts"][0]))
    data["counts"][0][key] += 1
    (folder / "result.json").write_text(json.dumps(data))
    with pytest.raises(DamagedFileError, match="does not match its hash"):
        DeviceResult.load(folder)


def test_json_has_what_people_look_for():
    plan = a_plan(3, mitigation=Mitigation(readout=True))
    data = json.loads(judge(plan, counts_of(plan), job={"id": "x"}).to_json())
    assert data["supported"] is True
    assert data["counts"] and data["signal"]["low"] and data["energy"]["exact"]
    assert data["versions"]["mthree"] and data["calibration"] == {"backend": "fake_fez"}
    assert [v["method"] for v in data["variants"]] == ["as measured", "readout"]
    assert data["job"] == {"id": "x"}


def test_words():
    plan = a_plan(3, mitigation=Mitigation(twirling=True, dynamical_decoupling="XX"))
    text = str(judge(plan, counts_of(plan), job={"job_id": "cxyz"}))
    assert "measured by job cxyz on fake_fez" in text
    assert "supported: with 95 % confidence" in text
    assert "dynamical decoupling and gate twirling acted on every circuit" in text
    flat = [sample_counts(np.ones(8), plan.grid, 1000, seed) for seed in range(2)]
    result = judge(plan, flat)
    assert result.verdict.startswith("not supported: it is ")
    assert "noise alone makes such a histogram" in result.verdict
    assert repr(result).endswith("supported=False)")


def test_without_momentum_there_is_no_energy():
    plan = a_plan(3, energy=False)
    result = judge(plan, counts_of(plan))
    assert result.energy is None and result.to_dict()["energy"] is None
    assert result.variants[0].energy is None
    assert "energy" not in [line.split()[0] for line in str(result).splitlines() if line.strip()]


def test_checks_that_decide_are_all_made():
    plan = a_plan(3)
    result = judge(plan, counts_of(plan))
    assert set(DECIDING) <= {check.name for check in result.checks}
    for name in DECIDING:
        broken = tuple(
            Check(c.name, c.value, c.limit, False, c.meaning, c.remedy) if c.name == name else c
            for c in result.checks
        )
        worse = dataclasses.replace(result, checks=broken)
        assert not worse.supported and worse.verdict.startswith("not supported")


def test_the_whole_way_on_a_fake_device():
    """Plan, noise of the device, verdict: what was predicted is what is found."""
    from qdml_quantum import Grid, Problem
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.devices.noise import noisy_probabilities
    from qdml_quantum.hardware.planning.planning import plan as make_plan

    problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    mitigation = Mitigation(readout=True, zne=(3,))
    made = make_plan(problem, backend="fake_fez", effort=0.5, seeds=1, mitigation=mitigation)
    device = find_backend("fake_fez")
    noisy = [noisy_probabilities(device, s.circuit, problem.grid) for s in made.settings]
    counts = [sample_counts(p, problem.grid, 4096, i) for i, p in enumerate(noisy)]
    result = judge(made, counts)
    assert result.supported and result.noisy_signal > 0.8
    assert result.signal.low - 0.02 < result.noisy_signal < result.signal.high + 0.02
    raw, best = result.variants[0], result.variants[-2]
    assert best.method == "readout, extrapolated (linear)"
    assert abs(best.success.value - result.ideal_success) < abs(
        raw.success.value - result.ideal_success
    )
    assert abs(best.energy.value - result.energy.exact) < abs(
        raw.energy.value - result.energy.exact
    )
