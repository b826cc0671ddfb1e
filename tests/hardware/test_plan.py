"""Plans: the nouns, their files, and what `plan` says and refuses."""

import dataclasses
import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.providers.fake_provider import GenericBackendV2

from qdml_quantum import Grid, Problem, Schedule, anneal
from qdml_quantum.checks import at_least
from qdml_quantum.hardware import candidates, plan_files, planning
from qdml_quantum.hardware.costs import Costs, ErrorBar, success_error
from qdml_quantum.hardware.devices import find_backend
from qdml_quantum.hardware.mitigation import Mitigation
from qdml_quantum.hardware.noise import reduced
from qdml_quantum.hardware.plan import Plan, Setting
from qdml_quantum.hardware.planning import plan
from qdml_quantum.messages import DamagedFileError, TooLargeError
from qdml_quantum.metrics import (
    counts_to_probabilities,
    signal_over_uniform,
    success_mask,
    total_variation,
)
from qdml_quantum.minima import find_minimizers
from qdml_quantum.synthesis.circuit import build

SMALL = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def _fewer_simulations():
    """Noise of one candidate instead of six: most of the time of a plan."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "_SIMULATED", 1)
        yield


def some_costs(**changes):
    known = Costs(2, 1, 3, 3, 3, 3, (0, 1), 1e-6, 0.5, 0.5, "", 0.9, 2, 3.0)
    return dataclasses.replace(known, **changes)


def some_plan(num_qubits=2, seed=0, *, bases=("position", "momentum"), **changes):
    rng = np.random.default_rng(seed)
    problem = Problem(Grid([(-2.5, 2.5)], num_qubits), "double_well")
    schedule = Schedule.geometric((2, 0.3), num_stages=2, num_steps=1, time_step=0.3)
    circuits = {basis: build(problem, schedule, measure=basis) for basis in bases}
    mitigation = changes.pop("mitigation", Mitigation())
    histograms = {basis: rng.dirichlet(np.ones(problem.grid.size)) for basis in bases}
    parts = {
        "problem": problem,
        "schedule": schedule,
        "formula": "strang",
        "initial": "uniform",
        "compiler": "walsh",
        "budget": ["max", 0.1],
        "search": {"seeds": 2},
        "radius": 0.1,
        "known_minimizers": ((1.05,),),
        "minimizers_known": True,
        "backend": "fake_fez",
        "local": True,
        "settings": mitigation.settings(circuits),
        "shots": 100,
        "seed": seed,
        "mitigation": mitigation,
        "ideal": histograms,
        "noisy": {basis: rng.dirichlet(np.ones(problem.grid.size)) for basis in bases},
        "costs": some_costs(error_bars=(ErrorBar("signal", 0.5, 0.1, 0.05, 400),)),
        "calibration": {"qubits": {"0": {"T1": 1e-4}}},
        "checks": (at_least("signal", float("nan"), 0.5, "meaning", "remedy"),),
        "advice": ("Use fewer steps.",),
        "versions": {"qiskit": "2.6.2"},
    }
    return Plan(**(parts | changes))


def assert_same(plan, other):
    assert plan.to_json() == other.to_json()
    assert plan.spec_id == other.spec_id
    assert np.array_equal(plan.problem.values, other.problem.values)
    for name in ("ideal", "noisy"):
        mine, theirs = getattr(plan, name), getattr(other, name)
        if mine is None:
            assert theirs is None
            continue
        assert list(mine) == list(theirs)
        assert all(np.array_equal(mine[key], theirs[key]) for key in mine)
    for mine, theirs in zip(plan.settings, other.settings, strict=True):
        assert mine.key == theirs.key
        assert mine.circuit == theirs.circuit
        assert mine.qubits == theirs.qubits


@SMALL
@given(
    st.integers(1, 4),
    st.integers(0, 10**6),
    st.sampled_from([("position",), ("position", "momentum")]),
    st.booleans(),
    st.booleans(),
)
def test_a_saved_plan_comes_back(tmp_path_factory, n, seed, bases, readout, simulated):
    plan = some_plan(n, seed, bases=bases, mitigation=Mitigation(readout=readout))
    if not simulated:
        plan = dataclasses.replace(plan, noisy=None)
    folder = tmp_path_factory.mktemp("plan")
    digest = plan.save(folder)
    loaded = Plan.load(folder, digest)
    assert_same(plan, loaded)
    assert loaded.save(folder) == digest
    assert sorted(path.name for path in folder.iterdir()) == [
        "arrays.npz",
        "circuits.qpy",
        "plan.json",
    ]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    return folder, some_plan().save(folder)


@settings(SMALL, max_examples=150)
@given(st.sampled_from(["plan.json", "arrays.npz", "circuits.qpy"]), st.data())
def test_one_flipped_byte_anywhere_is_found(saved, name, data):
    folder, digest = saved
    path = folder / name
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    wrong = bytearray(content)
    wrong[place] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(bytes(wrong))
        with pytest.raises(DamagedFileError):
            Plan.load(folder)
        with pytest.raises(DamagedFileError):
            Plan.load(folder, digest)
    finally:
        path.write_bytes(content)
    Plan.load(folder, digest)


@pytest.mark.parametrize("name", ["plan.json", "arrays.npz", "circuits.qpy"])
def test_truncated_empty_and_missing_files_are_found(tmp_path, name):
    digest = some_plan().save(tmp_path)
    path = tmp_path / name
    content = path.read_bytes()
    for part in (content[: len(content) // 2], b"", content + b"\n"):
        path.write_bytes(part)
        with pytest.raises(DamagedFileError, match="does not match its hash"):
            Plan.load(tmp_path, digest)
    path.unlink()
    with pytest.raises((DamagedFileError, FileNotFoundError)):
        Plan.load(tmp_path, digest)


def test_circuits_are_not_parsed_before_their_hash_was_checked(tmp_path, monkeypatch):
    some_plan().save(tmp_path)
    parsed = []
    monkeypatch.setattr("qiskit.qpy.load", lambda file: parsed.append(file))
    path = tmp_path / "circuits.qpy"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedFileError):
        Plan.load(tmp_path)
    assert not parsed


def test_the_files_of_another_plan_do_not_fit(tmp_path):
    first, second = some_plan(seed=1), some_plan(seed=2)
    digest = first.save(tmp_path / "a")
    second.save(tmp_path / "b")
    for name in ("arrays.npz", "plan.json"):
        (tmp_path / "c").mkdir(exist_ok=True)
        for path in (tmp_path / "a").iterdir():
            (tmp_path / "c" / path.name).write_bytes(path.read_bytes())
        (tmp_path / "c" / name).write_bytes((tmp_path / "b" / name).read_bytes())
        with pytest.raises(DamagedFileError):
            Plan.load(tmp_path / "c", digest)


def test_another_whole_plan_is_not_the_one_that_was_saved(tmp_path):
    digest = some_plan(seed=1).save(tmp_path)
    other = some_plan(seed=2).save(tmp_path)
    assert other != digest
    Plan.load(tmp_path, other)
    with pytest.raises(DamagedFileError, match="does not match its hash"):
        Plan.load(tmp_path, digest)


@pytest.mark.parametrize("writes", [0, 1, 2])
@pytest.mark.parametrize("before", [None, "same", "other"])
def test_a_save_that_dies_leaves_a_whole_plan_or_none(tmp_path, monkeypatch, writes, before):
    plan = some_plan(seed=1)
    if before is not None:
        (plan if before == "same" else some_plan(3, seed=2)).save(tmp_path)
    real, done = plan_files.write_bytes, []

    def dying(path, content):
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        return real(path, content)

    monkeypatch.setattr(plan_files, "write_bytes", dying)
    if before == "same" and writes:
        plan.save(tmp_path)
    else:
        with pytest.raises(KeyboardInterrupt):
            plan.save(tmp_path)
    monkeypatch.undo()
    if before == "same":
        assert_same(Plan.load(tmp_path), plan)
    else:
        with pytest.raises(FileNotFoundError):
            Plan.load(tmp_path)
    plan.save(tmp_path)
    assert_same(Plan.load(tmp_path), plan)


def test_a_garbled_but_sealed_file_is_refused(tmp_path):
    some_plan().save(tmp_path)
    path = tmp_path / "plan.json"
    data = json.loads(path.read_text())
    for change in ({"shots": "many"}, {"settings": []}, {"schedule": {}}, {"costs": None}):
        path.write_bytes(
            plan_files.sealed({k: v for k, v in (data | change).items() if k != "sha256"})
        )
        with pytest.raises(DamagedFileError, match="lacks or garbles"):
            Plan.load(tmp_path)


def test_the_specification_is_what_is_run_not_how_it_was_found():
    plan = some_plan()
    circuits = {
        b: build(plan.problem, plan.schedule, measure=b, compiler="separate")
        for b in ("position", "momentum")
    }
    otherwise = dataclasses.replace(
        plan, settings=Mitigation().settings(circuits), noisy=None, calibration={}, checks=()
    )
    assert otherwise.spec_id == plan.spec_id
    for change in (
        {"shots": 101},
        {"seed": 1},
        {"backend": "fake_torino"},
        {"formula": "lie"},
        {"budget": None},
        {"mitigation": Mitigation(twirling=True)},
        {"search": {"seeds": 3}},
        {"schedule": plan.schedule.halved()},
    ):
        assert dataclasses.replace(plan, **change).spec_id != plan.spec_id, change
    fewer = some_plan(bases=("position",))
    assert fewer.spec_id != plan.spec_id


def test_settings_know_their_qubits_and_place():
    circuit = QuantumCircuit(5)
    circuit.x(3)
    setting = Setting("position", 1, measured(circuit, [3, 1]))
    assert setting.qubits == (3, 1) and setting.key == ("position", 1.0)
    circuits = {basis: measured(QuantumCircuit(2), [0, 1]) for basis in ("position", "momentum")}
    for circuit in circuits.values():
        circuit.cx(0, 1)
    mitigation = Mitigation(readout=True, zne=(3,))
    plan = dataclasses.replace(
        some_plan(), settings=mitigation.settings(circuits), mitigation=mitigation
    )
    keys = [s.key for s in plan.settings]
    assert keys == [
        ("position", 1.0),
        ("position", 3.0),
        ("momentum", 1.0),
        ("momentum", 3.0),
        ("calibration-0", 1.0),
        ("calibration-1", 1.0),
    ]
    assert [plan.index(*key) for key in keys] == list(range(6))
    assert plan.setting("momentum", 3).key == ("momentum", 3.0)
    with pytest.raises(KeyError):
        plan.setting("momentum", 5)


def measured(circuit, qubits, name="meas"):
    from qiskit import ClassicalRegister

    circuit = circuit.copy()
    register = ClassicalRegister(len(qubits), name)
    circuit.add_register(register)
    for bit, qubit in enumerate(qubits):
        circuit.measure(qubit, register[bit])
    return circuit


def test_wrong_settings_are_refused():
    plain = QuantumCircuit(2)
    good = measured(plain, [0, 1])
    twice = good.copy()
    twice.measure(0, 1)
    for kind, factor, circuit, error, text in (
        ("places", 1, good, ValueError, "Unknown kind of setting"),
        ("position", 0.5, good, ValueError, "at least 1"),
        ("position", "1", good, TypeError, "noise_factor"),
        ("position", 1, "qasm", TypeError, "QuantumCircuit"),
        ("position", 1, plain, ValueError, "register `meas`"),
        ("position", 1, measured(plain, [0, 1], "c"), ValueError, "register `meas`"),
        ("position", 1, measured(plain, [0, 0]), ValueError, "qubit of its own"),
        ("position", 1, twice, ValueError, "once"),
    ):
        with pytest.raises(error, match=text):
            Setting(kind, factor, circuit)


def test_wrong_plans_are_refused():
    plan = some_plan()
    one = plan.settings[0]
    flat = np.full(4, 0.25)
    three = Setting("position", 1, measured(QuantumCircuit(3), [0, 1, 2]))
    zeros = Setting("calibration-0", 1, measured(QuantumCircuit(3), [0, 2]))
    for change, error, text in (
        ({"settings": ()}, ValueError, "begin with positions"),
        ({"settings": plan.settings[::-1]}, ValueError, "begin with positions"),
        ({"settings": (one, one)}, ValueError, "be different"),
        ({"settings": (one, "x")}, TypeError, "Setting objects"),
        ({"settings": (three,)}, ValueError, "measure 2 bits"),
        ({"settings": (*plan.settings, zeros)}, ValueError, "calibrate the qubits that are read"),
        ({"ideal": {"position": flat}}, ValueError, "keys"),
        ({"ideal": {"position": flat, "momentum": np.ones(4)}}, ValueError, "probabilities"),
        ({"noisy": {"position": flat, "momentum": np.ones(2) / 2}}, ValueError, "shape"),
        ({"shots": 0}, ValueError, "shots"),
        ({"seed": -1}, ValueError, "seed"),
        ({"problem": "double_well"}, TypeError, "problem"),
        ({"schedule": None}, TypeError, "schedule"),
        ({"costs": {}}, TypeError, "costs"),
    ):
        with pytest.raises(error, match=text):
            dataclasses.replace(plan, **change)


def test_histograms_cannot_be_changed():
    plan = some_plan()
    with pytest.raises(ValueError):
        plan.ideal["position"][0] = 1


# ------------------------------------------------------------------ the verb


QUICK = {"effort": 0.1, "seeds": 1}


@pytest.fixture(scope="module")
def well():
    return Problem(Grid([(-2.5, 2.5)], 3), "double_well")


@pytest.fixture(scope="module")
def made(well):
    return plan(well, backend="fake_fez", **QUICK)


def test_a_plan_says_all_that_is_to_be_known(made):
    text = str(made)
    for words in (
        "planned for fake_fez",
        "qubits                3",
        "steps                 2",
        "two-qubit gates",
        "on the device, depth",
        "layout",
        "duration of a shot",
        "QPU time",
        "an estimate",
        "equal in one job",
        "expected fidelity",
        "expected S",
        "simulated with the noise",
        "shots per circuit",
        "verdict: worth running",
    ):
        assert words in text
    assert made.worth and made.expected_signal > 0.9
    assert [s.key for s in made.settings] == [("position", 1.0), ("momentum", 1.0)]
    assert json.loads(made.to_json())["worth"]


def test_costs_are_those_of_the_circuits(made):
    circuit, costs = made.settings[0].circuit, made.costs
    assert costs.two_qubit_gates == sum(len(item.qubits) == 2 for item in circuit.data)
    assert costs.two_qubit_gates >= costs.two_qubit_gates_before > 0
    target = find_backend("fake_fez").target
    # Independent: the estimates of Qiskit itself.
    assert costs.duration == pytest.approx(circuit.estimate_duration(target, unit="s"), rel=0.02)
    assert costs.expected_fidelity == pytest.approx(circuit.estimate_fidelity(target), rel=0.02)
    lengths = [s.circuit.estimate_duration(target, unit="s") for s in made.settings]
    assert costs.qpu_seconds == pytest.approx(
        2 + made.shots * (2 * 250e-6 + sum(lengths)), rel=1e-3
    )
    assert costs.layout == made.qubits and len(set(made.qubits)) == 3
    assert set(made.calibration["qubits"]) >= {str(q) for q in made.qubits}


def test_the_ideal_is_the_anneal_and_the_noisy_what_the_device_gives(made):
    ran = anneal(made.problem, made.schedule, validate=False)
    assert np.allclose(made.ideal["position"], np.abs(ran.state) ** 2)
    assert np.allclose(made.ideal["momentum"], np.abs(np.fft.fft(ran.state, norm="ortho")) ** 2)
    shots = 20_000
    simulator, small = reduced(find_backend("fake_fez"), [s.circuit for s in made.settings])
    result = simulator.run(small, shots=shots, seed_simulator=5).result()
    for place, setting in enumerate(made.settings):
        counts = result.get_counts(place)
        observed = counts_to_probabilities(counts, made.grid)
        # 8 points: the total variation of so many shots is 0.008 on the average.
        assert total_variation(observed, made.noisy[setting.kind]) < 0.015
        assert total_variation(observed, made.ideal[setting.kind]) > 0.03
    positions = counts_to_probabilities(result.get_counts(0), made.grid)
    signal = signal_over_uniform(positions, made.ideal["position"])
    assert abs(signal - made.expected_signal) < 2 * made.costs.error_bar("signal").error


def test_error_bars_are_those_of_the_expected_histograms(made):
    points, _ = find_minimizers(made.problem)
    mask = success_mask(made.grid, points, made.radius)
    p = made.noisy["position"]
    success = made.costs.error_bar("success")
    assert success.expected == pytest.approx(p[mask].sum())
    assert made.costs.error_bar("signal").expected == pytest.approx(made.expected_signal)
    k = np.fft.fftfreq(8, 5 / 8) * 2 * np.pi
    values, squares = made.problem.values, made.diffusion * k**2
    energy = made.costs.error_bar("energy")
    q = made.noisy["momentum"]
    assert energy.expected == pytest.approx((p * values).sum() + (q * squares).sum())
    variance = sum((w * v**2).sum() - (w * v).sum() ** 2 for w, v in ((p, values), (q, squares)))
    assert energy.error == pytest.approx(1.96 * np.sqrt(variance / made.shots), rel=1e-3)


def test_equal_arguments_give_equal_plans(well, made):
    again = plan(well, backend="fake_fez", **QUICK)
    mine, other = made.to_dict(), again.to_dict()
    for data in (mine, other):
        data["calibration"].pop("taken")
    assert mine == other
    assert all(a.circuit == b.circuit for a, b in zip(made.settings, again.settings, strict=True))


def test_a_plan_of_the_verb_is_saved_and_loaded(made, tmp_path):
    digest = made.save(tmp_path)
    assert_same(made, Plan.load(tmp_path, digest))


@pytest.mark.parametrize(
    ("backend", "size", "steps"),
    [
        ("fake_manila", 3, 10),
        pytest.param("fake_fez", 3, 30, marks=pytest.mark.slow),
        pytest.param("fake_fez", 4, 15, marks=pytest.mark.slow),
    ],
)
def test_a_deep_anneal_is_not_worth_it_and_the_plan_says_what_to_shrink(backend, size, steps):
    problem = Problem(Grid([(-2.5, 2.5)], size), "double_well")
    deep = Schedule.geometric((2, 0.1), num_stages=steps, num_steps=1, time_step=0.5)
    planned = plan(problem, deep, backend=backend, energy=False, **QUICK)
    assert not planned.worth and planned.expected_signal < 0.5
    assert "not worth running as it is (expected_signal)" in planned.verdict
    words = next(w for w in planned.advice if f"steps instead of {steps}" in w)
    assert size == 3 or any("Use 3 qubits" in words for words in planned.advice)
    # What is advised is true: with so few steps S is about 0.5 or more.
    fewer = Schedule(deep.stages[: int(words.split()[1])])
    shrunk = plan(problem, fewer, backend=backend, energy=False, **QUICK)
    assert shrunk.expected_signal > 0.4


def test_a_nearly_uniform_ideal_proves_nothing(well):
    idle = Schedule.constant(1.0, num_steps=1, time_step=1e-3)
    planned = plan(well, idle, backend="fake_fez", energy=False, **QUICK)
    failed = {check.name for check in planned.checks if not check.passed}
    assert "far_from_uniform" in failed and not planned.worth
    assert "nearly uniform" in planned.verdict


def test_two_qubits_are_said_to_prove_nothing_about_steps():
    problem = Problem(Grid([(-2.5, 2.5)], 2), "double_well")
    planned = plan(problem, backend="fake_fez", energy=False, **QUICK)
    check = next(c for c in planned.checks if c.name == "more_than_two_qubits")
    assert not check.passed
    if planned.worth:
        assert "more_than_two_qubits" in planned.verdict


def test_steps_that_are_too_long_are_said(well):
    rough = Schedule.geometric((2, 0.1), num_stages=1, num_steps=2, time_step=1.0)
    planned = plan(well, rough, backend="fake_fez", energy=False, **QUICK)
    failed = {check.name for check in planned.checks if not check.passed}
    assert {"time_step", "rough_objective"} <= failed


def test_wanted_error_bars_decide_when_they_are_asked_for(well, made):
    planned = plan(well, backend="fake_fez", max_error={"success": 0.001}, **QUICK)
    bar = planned.costs.error_bar("success")
    assert not bar.reached and not planned.worth
    assert f"--shots {bar.shots_needed}" in planned.verdict
    assert success_error(bar.expected, bar.shots_needed) <= 0.001
    assert success_error(bar.expected, bar.shots_needed - 1) > 0.001
    assert made.worth


def test_mitigation_adds_circuits_and_seconds(well, made):
    mitigation = Mitigation(readout=True, zne=(3,), dynamical_decoupling="XX")
    planned = plan(well, backend="fake_fez", mitigation=mitigation, **QUICK)
    assert [s.key for s in planned.settings] == [
        ("position", 1.0),
        ("position", 3.0),
        ("momentum", 1.0),
        ("momentum", 3.0),
        ("calibration-0", 1.0),
        ("calibration-1", 1.0),
    ]
    assert planned.costs.num_circuits == 6
    assert planned.costs.qpu_seconds > made.costs.qpu_seconds + 4 * 4096 * 250e-6
    assert set(planned.settings[4].qubits) == set(planned.qubits)


def test_fractional_gates_are_used_where_they_help(well):
    planned = plan(well, backend="fake_fez", fractional=True, energy=False, **QUICK)
    assert planned.backend == "fake_fez_fractional" and planned.search["fractional"]
    assert planned.worth


def test_the_ideal_simulator_loses_nothing(well):
    planned = plan(well, backend="aer", **QUICK)
    assert planned.backend == "aer" and planned.local
    assert planned.expected_signal > 0.98
    # What is missing is what the budget left out.
    whole = plan(well, backend="aer", budget="exact", **QUICK)
    assert whole.expected_signal == pytest.approx(1, abs=1e-9)


def test_too_large_for_a_simulation_is_said(well, monkeypatch):
    monkeypatch.setattr(planning, "noisy_probabilities", lambda *a, **k: None)
    planned = plan(well, backend="fake_fez", **QUICK)
    assert planned.noisy is None and planned.expected_signal is None
    assert "noise is simulated on up to" in str(planned)
    assert planned.costs.error_bar("signal").expected == planned.costs.estimated_signal


def test_wrong_arguments_of_plan(well):
    device = find_backend("fake_fez")
    for arguments, error, text in (
        ({"backend": "fake_fezz"}, ValueError, "Did you mean `fake_fez`"),
        ({"backend": 3}, TypeError, "backend"),
        ({"shots": 0}, ValueError, "`shots` must be at least 1"),
        ({"shots": 10**6}, ValueError, "`shots` must be at most 100000 on fake_fez"),
        ({"shots": "many"}, TypeError, "shots"),
        ({"formula": "strung"}, ValueError, "Did you mean `strang`"),
        ({"compiler": "joined"}, ValueError, "Unknown compiler"),
        ({"budget": ("maximum", 1)}, ValueError, "budget"),
        ({"seeds": 0}, ValueError, "seeds"),
        ({"seed": -1}, ValueError, "seed"),
        ({"radius": 2}, ValueError, "radius"),
        ({"max_error": 0}, ValueError, "max_error"),
        ({"mitigation": "XX"}, TypeError, "mitigation"),
        ({"schedule": "adiabatic"}, TypeError, "schedule"),
        ({"initial": "gaussian"}, ValueError, "initial state"),
    ):
        given = {"backend": device, **QUICK} | arguments
        with pytest.raises(error, match=text):
            plan(well, **given)
    with pytest.raises(TypeError, match="problem"):
        plan("double_well", backend=device)
    large = Problem(Grid([(-2.5, 2.5)] * 2, 3), "x**2 + y**2")
    with pytest.raises(ValueError, match="at least 6 qubits"):
        plan(large, backend=GenericBackendV2(5, seed=1), **QUICK)


def test_memory_is_looked_at_first(well, monkeypatch):
    monkeypatch.setattr("qdml_quantum.backends.memory.available_memory", lambda: 100)
    with pytest.raises(TooLargeError, match="A plan on 3 qubits"):
        plan(well, backend="nowhere")


def test_progress_goes_to_stderr(well, capsys):
    plan(well, backend="aer", energy=False, progress=True, **QUICK)
    out, err = capsys.readouterr()
    assert out == "" and "plan" in err
