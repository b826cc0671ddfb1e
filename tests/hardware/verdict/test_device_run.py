"""The part of a result that only devices have: its words, its JSON, its files."""

import json

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from judged import a_plan, counts_of

from qdml_quantum.diagnostics.metrics import sample_counts
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
