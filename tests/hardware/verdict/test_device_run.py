"""The part of a result that only devices have: its words, its JSON, its files."""

import dataclasses
import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from judged import a_circuit, a_plan, counts_of, named

from qdml_quantum import Schedule, Stage, plot_device
from qdml_quantum.diagnostics.metrics import sample_counts
from qdml_quantum.hardware.devices.isa import ideal_histogram
from qdml_quantum.hardware.planning.setting import settings_of
from qdml_quantum.hardware.verdict.device_run import DeviceRun
from qdml_quantum.runs.fetching import judge_plan


def test_json_has_what_people_look_for():
    plan = a_plan(3, readout=True)
    data = json.loads(judge_plan(plan, counts_of(plan), job={"id": "x"}).to_json())
    assert data["passed"] is True
    device = data["device"]
    assert data["counts"] == device["counts"][0] and len(device["counts"]) == 4
    assert device["signal"]["low"] and device["energy"]["exact"]
    assert data["versions"]["mthree"] and device["calibration"] == {"backend": "fake_fez"}
    assert [v["method"] for v in device["variants"]] == ["as measured", "readout"]
    assert device["job"] == {"id": "x"}


def test_words():
    plan = a_plan(3, options={"twirling": {"enable_gates": True}})
    text = str(judge_plan(plan, counts_of(plan), job={"job_id": "cxyz"}))
    assert "measured by job cxyz on fake_fez" in text
    assert "supported: with 95 % confidence" in text
    assert 'the options {"twirling": {"enable_gates": true}} acted on every circuit' in text
    flat = [sample_counts(np.ones(8), plan.grid, 1000, seed) for seed in range(2)]
    result = judge_plan(plan, flat)
    assert result.verdict.startswith("not supported: it is ")
    assert "noise alone makes such a histogram" in result.verdict
    assert repr(result).endswith("passed=False)")


def test_without_momentum_there_is_no_energy():
    plan = a_plan(3, energy=False)
    result = judge_plan(plan, counts_of(plan))
    assert result.energy is None and result.to_dict()["energy"] is None
    assert result.device.energy is None and result.to_dict()["device"]["energy"] is None
    assert result.device.variants[0].energy is None
    assert "energy" not in [line.split()[0] for line in str(result).splitlines() if line.strip()]


def test_a_device_run_comes_back_from_its_json_and_arrays():
    plan = a_plan([2, 2], "sphere", readout=True)
    run = judge_plan(plan, counts_of(plan, flips=(0.02, 0.03)), job={"job_id": "abc"}).device
    again = DeviceRun.from_dict(json.loads(json.dumps(run.to_dict())), plan, run.arrays())
    assert again.to_dict() == run.to_dict()
    assert again.job_id == run.job_id == "abc"
    assert list(again.arrays()) == list(run.arrays())
    for name, values in run.arrays().items():
        assert np.array_equal(again.arrays()[name], values)


def test_the_table_compares_every_way_with_the_ideal():
    plan = a_plan(3, readout=True)
    run = judge_plan(plan, counts_of(plan, flips=(0.02, 0.03))).device
    rows = [row.strip() for row in run.comparison()]
    for variant in run.variants:
        (row,) = [row for row in rows if row.startswith(f"{variant.method}  ")]
        assert f"{variant.success.value:.4g} +- {variant.success.error:.2g}" in row
    (ideal,) = [row for row in rows if row.startswith("ideal")]
    assert f"{run.ideal_success:.4g}" in ideal and f"{run.energy.exact:.4g}" in ideal


def test_a_run_without_a_job_has_no_id():
    plan = a_plan(3, energy=False)
    for job, job_id in ((None, None), ({"job_id": None}, None), ({"id": 7}, "7")):
        assert judge_plan(plan, counts_of(plan), job=job).device.job_id == job_id


def cut_plan(**changes):
    """Two steps of three qubits, cut after each, without a transpiler."""
    # Angles that `optimize_schedule` finds for this problem.
    schedule = Schedule((Stage(0.125, 1.57, 1), Stage(0.214, 1.57, 1)), goal=0.0485)
    whole = a_plan(3, schedule=schedule, energy=False).anneal
    kinds = ("position", "cut-1")
    return a_plan(
        3,
        schedule=schedule,
        energy=False,
        shots=2000,
        settings=settings_of({kind: a_circuit(3) for kind in kinds}, readout=False),
        ideal={kind: ideal_histogram(whole, kind) for kind in kinds},
        **changes,
    )


def test_cuts_show_the_dynamics_and_a_state_that_stands_still_does_not():
    plan = cut_plan()
    run = judge_plan(plan, counts_of(plan))
    assert run.device.dynamics.shown and named(run, "dynamics").passed
    assert "The steps moved the state as they should" in run.verdict
    last = sample_counts(plan.ideal["position"], plan.grid, 2000, 5)
    still = judge_plan(plan, [last] * 2)
    assert still.passed and not named(still, "dynamics").passed
    assert "That the steps moved the state is not shown" in still.verdict
    data = json.loads(json.dumps(still.device.to_dict()))
    assert (
        DeviceRun.from_dict(data, plan, still.device.arrays()).to_dict() == still.device.to_dict()
    )


@pytest.mark.parametrize(
    ("loaded", "words"), [(0.99, "0.19 below a circuit that loads"), (0.6, "It is as good as")]
)
def test_a_run_is_laid_beside_a_state_that_is_loaded(loaded, words):
    plan = a_plan(3, shots=20_000)
    costs = dataclasses.replace(plan.costs, loaded_signal=loaded, loaded_gates=9)
    plan = dataclasses.replace(plan, costs=costs)
    run = judge_plan(plan, counts_of(plan, signal=0.8))
    assert words in run.verdict and "9 two-qubit gates" in run.verdict
    assert "S does not show that the steps ran" in run.verdict


def test_a_loaded_prefix_is_said_everywhere():
    plan = dataclasses.replace(cut_plan(), preload=1)
    words = "state preparation fitted classically (the first 1 of 2 steps), then 1 step of dynamics"
    run = judge_plan(plan, counts_of(plan))
    assert words in run.verdict and words in str(run) and words in run.to_json()
    assert words not in judge_plan(cut_plan(), counts_of(cut_plan())).to_json()
    figure = plot_device(run)
    assert "2 steps, the first 1 loaded: supported" in figure.get_title()


def test_a_prepared_state_is_never_called_an_anneal():
    whole = a_plan(3)
    steps = whole.anneal.schedule.num_steps
    plan = dataclasses.replace(whole, preload=steps)
    run = judge_plan(plan, counts_of(plan))
    words = f"(all {steps} steps), without dynamics"
    assert words in run.verdict and words in str(run) and "the steps ran" not in run.verdict
    plain = json.loads(run.to_json())["device"]
    assert plain["dynamics"] is False and words in plain["preparation"]
    data = json.loads(json.dumps(run.device.to_dict()))
    assert DeviceRun.from_dict(data, plan, run.device.arrays()).dynamics is None
    assert "all loaded, no dynamics" in plot_device(run).get_title()


def test_echoes_are_shown_and_decide_nothing():
    kinds = ("position", "coherence", "loschmidt")
    still = np.eye(8)[0]
    ideal = {"coherence": still, "loschmidt": 0.5 * still + 0.5 / 8}
    plan = a_plan(
        3,
        energy=False,
        settings=settings_of({kind: a_circuit(3) for kind in kinds}, readout=False),
        ideal=ideal,
    )
    run = judge_plan(plan, counts_of(plan))
    assert run.device.echoes["coherence"].value == 1
    assert run.device.echoes["loschmidt"].low < 0.5 + 0.5 / 8 < run.device.echoes["loschmidt"].high
    assert "no evidence of dynamics" in str(run) and "coherence" not in run.verdict
    assert set(json.loads(run.to_json())["device"]["echoes"]) == set(kinds[1:])
    nothing = judge_plan(plan, [counts_of(plan)[0], {"000": 100}, {"000": 100}])
    assert nothing.passed == run.passed and nothing.device.dynamics is None
