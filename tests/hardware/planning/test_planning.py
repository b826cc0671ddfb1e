"""The verb `plan`: what it says is what the circuits cost and the device gives."""

import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from clients import since_48
from judged import fidelity_of_gates
from plans import QUICK, assert_same
from qiskit.providers.fake_provider import GenericBackendV2

from qdml_quantum import Anneal, Compiler, Grid, Problem, Schedule, anneal, find_backend, to_qasm3
from qdml_quantum.diagnostics.metrics import (
    counts_to_probabilities,
    signal_over_uniform,
    total_variation,
)
from qdml_quantum.hardware.devices.noise import reduced
from qdml_quantum.hardware.planning.costs import success_error
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.hardware.planning.planning import plan
from qdml_quantum.support.messages import TooLargeError

pytestmark = pytest.mark.usefixtures("fewer_simulations", "schedules_once")


def test_a_plan_says_all_that_is_to_be_known(made):
    text = str(made)
    for words in (
        "planned for fake_fez",
        "qubits                3",
        "effort 0.1, of which 0.062 is used on so few points",
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
        "these steps are",
        "on another zeta",
        "simulated with the noise",
        "shots per circuit",
        "verdict: worth running",
    ):
        assert words in text
    assert made.worth and made.expected_signal > 0.9
    assert [s.kind for s in made.settings] == ["position", "momentum"]
    assert json.loads(made.to_json())["worth"]


def test_costs_are_those_of_the_circuits(made):
    circuit, costs = made.settings[0].circuit, made.costs
    assert costs.two_qubit_gates == sum(len(item.qubits) == 2 for item in circuit.data)
    assert costs.two_qubit_gates >= costs.two_qubit_gates_before > 0
    target = find_backend("fake_fez").target
    # Independent: the estimate of Qiskit itself, and the product over the gates.
    assert costs.duration == pytest.approx(circuit.estimate_duration(target, unit="s"), rel=0.02)
    assert costs.expected_fidelity == pytest.approx(fidelity_of_gates(circuit, target), rel=0.02)
    reset = target["reset"][(made.qubits[0],)].duration
    lengths = [s.circuit.estimate_duration(target, unit="s") for s in made.settings]
    assert costs.qpu_seconds == pytest.approx(
        2 + made.shots * (2 * (250e-6 + reset) + sum(lengths)), rel=1e-3
    )
    assert costs.layout == made.qubits and len(set(made.qubits)) == 3
    assert set(made.calibration["qubits"]) >= {str(q) for q in made.qubits}


def test_the_ideal_is_the_anneal_and_the_noisy_what_the_device_gives(made):
    ran = anneal(made.anneal, validate=False)
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


def test_equal_arguments_give_equal_plans(well, made, schedules_anew):
    again = plan(well, backend="fake_fez", **QUICK)
    mine, other = made.to_dict(), again.to_dict()
    for data in (mine, other):
        data["calibration"].pop("taken")
    assert mine == other
    assert all(a.circuit == b.circuit for a, b in zip(made.settings, again.settings, strict=True))


def test_a_plan_of_the_verb_is_saved_and_loaded(made, tmp_path):
    digest = made.save(tmp_path)
    assert_same(made, Plan.load(tmp_path, digest))


def test_wanted_error_bars_decide_when_they_are_asked_for(well, made):
    planned = plan(well, backend="fake_fez", max_error={"success": 0.001}, **QUICK)
    bar = planned.costs.error_bar("success")
    assert not bar.reached and not planned.worth
    assert f"--shots {bar.shots_needed}" in planned.verdict
    assert success_error(bar.expected, bar.shots_needed) <= 0.001
    assert success_error(bar.expected, bar.shots_needed - 1) > 0.001
    assert made.worth


def test_calibrations_add_circuits_and_seconds(well, made):
    options = {"dynamical_decoupling": {"enable": True}}
    planned = plan(
        well, backend="fake_fez", besides=["readout", "momentum"], options=options, **QUICK
    )
    kinds = [setting.kind for setting in planned.settings]
    assert kinds == ["position", "momentum", "calibration-0", "calibration-1"]
    assert planned.readout and not made.readout and planned.options == options
    assert planned.costs.num_circuits == 4
    assert planned.costs.qpu_seconds > made.costs.qpu_seconds + 2 * 4096 * 250e-6
    assert set(planned.settings[2].qubits) == set(planned.qubits)
    assert '"dynamical_decoupling"' in str(planned)


@since_48
def test_fractional_gates_are_used_where_they_help(well):
    device = find_backend("fake_fez", fractional=True)
    planned = plan(well, backend=device, besides=(), **QUICK)
    assert planned.backend == "fake_fez_fractional" and "rzz" in device.target.operation_names
    assert planned.worth


def test_the_ideal_simulator_loses_nothing(well):
    planned = plan(well, backend="aer", **QUICK)
    assert planned.backend == "aer" and planned.local
    assert planned.expected_signal > 0.98
    # What is missing is what the budget left out.
    exact = Compiler("joint", budget="exact", effort=0.1, seeds=1)
    whole = plan(well, backend="aer", compiler=exact)
    assert whole.expected_signal == pytest.approx(1, abs=1e-9)


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
        ({"compiler": Compiler("joint", target="line")}, ValueError, "target"),
        ({"seed": -1}, ValueError, "seed"),
        ({"radius": 2}, ValueError, "radius"),
        ({"max_error": 0}, ValueError, "max_error"),
        ({"options": {"dd": True}}, ValueError, "`options` must be known to the sampler"),
        ({"schedule": "adiabatic"}, TypeError, "schedule"),
        ({"initial": "gaussian"}, ValueError, "initial state"),
    ):
        given = {"backend": device, **QUICK} | arguments
        with pytest.raises(error, match=text):
            plan(well, **given)
    with pytest.raises(TypeError, match="problem"):
        plan("double_well", backend=device)
    with pytest.raises(ValueError, match="seeds"):
        plan(well, backend=device, compiler=Compiler("joint", seeds=0))
    large = Problem(Grid([(-2.5, 2.5)] * 2, 3), "x**2 + y**2")
    with pytest.raises(ValueError, match="at least 6 qubits"):
        plan(large, backend=GenericBackendV2(5, seed=1), **QUICK)


def test_memory_is_looked_at_first(well, monkeypatch):
    monkeypatch.setattr("qdml_quantum.support.memory.available_memory", lambda: 100)
    monkeypatch.setattr("qdml_quantum.support.memory._ALWAYS_THERE", 0)
    with pytest.raises(TooLargeError, match="A plan on 3 qubits"):
        plan(well, backend="nowhere")


def test_progress_goes_to_stderr(well, capsys):
    plan(well, backend="fake_fez", besides=(), progress=True, **QUICK)
    out, err = capsys.readouterr()
    assert out == "" and "plan" in err


@pytest.mark.slow
def test_a_loaded_prefix_is_shorter_and_is_said(well, tmp_path):
    schedule = Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.3)
    one = Anneal(well, schedule, "lie")
    words = "state preparation fitted classically (the first 2 of 3 steps), then 1 step of dynamics"
    whole = plan(one, backend="fake_fez", **QUICK)
    made = plan(one, backend="fake_fez", preload=2, besides=["cuts"], **QUICK)
    assert made.costs.two_qubit_gates < whole.costs.two_qubit_gates / 2
    assert made.expected_signal > whole.expected_signal
    assert [setting.kind for setting in made.settings] == ["position", "cut-2"]
    assert made.costs.prefix_gates <= 4 and made.costs.prefix_fidelity > 1 - 1e-6
    assert words in str(made) and json.loads(made.to_json())["preparation"] == words
    assert f"// {words}" in to_qasm3(made.settings[0].circuit)
    assert "preload" not in whole.spec and made.spec["preload"] == 2
    assert words not in str(whole) and whole.spec_id != made.spec_id
    again = Plan.load(made.save(tmp_path / "plan") and tmp_path / "plan")
    assert_same(again, made)
    assert again.preload == 2 and f"// {words}" in to_qasm3(again.settings[0].circuit)
    for load, text in ((4, "at most the 3 steps"), (-1, "preload"), (True, "preload")):
        with pytest.raises((ValueError, TypeError), match=text):
            plan(one, backend="fake_fez", preload=load, **QUICK)


def test_a_state_that_is_only_prepared_says_so_everywhere(well, tmp_path):
    schedule = Schedule.geometric((2, 0.3), num_stages=3, num_steps=1, time_step=0.3)
    one = Anneal(well, schedule, "lie")
    words = "state preparation fitted classically (all 3 steps), without dynamics"
    made = plan(one, backend="fake_fez", preload=3, besides=(), **QUICK)
    assert not made.dynamics and made.spec["dynamics"] is False
    assert json.loads(made.to_json())["dynamics"] is False
    assert words in str(made) and f"// {words}" in to_qasm3(made.settings[0].circuit)
    # Three qubits take 3 CX; the anneal, 5 for each step.
    assert made.costs.two_qubit_gates <= 4 and made.expected_signal > 0.9
    assert abs(made.costs.loaded_gates - made.costs.two_qubit_gates) <= 2
    again = Plan.load(made.save(tmp_path / "plan") and tmp_path / "plan")
    assert_same(again, made)
    assert not again.dynamics
