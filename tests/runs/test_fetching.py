"""What `fetch` makes of counts: a verdict whose every word is true, saved whole."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("qiskit_ibm_runtime")

from judged import a_plan, counts_of, named

from qdml_quantum import Compiler, Result
from qdml_quantum.diagnostics.metrics import sample_counts, uniform_fidelity
from qdml_quantum.runs.fetching import judge_plan
from qdml_quantum.support.messages import DamagedFileError

DECIDING = {"enough_shots", "far_from_uniform", "not_flat", "signal", "above_chance"}


def test_a_nearly_uniform_ideal_proves_nothing():
    plan = a_plan(3, energy=False)
    ideal = plan.ideal["position"]
    near = 0.9 / 8 + 0.1 * ideal
    assert uniform_fidelity(near) > 0.98
    plan = dataclasses.replace(plan, ideal={"position": near})
    result = judge_plan(plan, counts_of(plan, shots=1_000_000))
    assert not named(result, "far_from_uniform").passed
    assert [c.name for c in result.checks if c.decides and not c.passed] == ["far_from_uniform"]
    assert not result.passed
    assert "no outcome would prove anything" in result.verdict


def test_success_is_not_asked_for_where_the_anneal_is_no_better_than_chance():
    plan = a_plan(3, energy=False)
    mask = plan.goal.mask
    away = np.where(mask, 0.01, plan.ideal["position"])
    plan = dataclasses.replace(plan, ideal={"position": away / away.sum()})
    result = judge_plan(plan, counts_of(plan, shots=4000))
    assert result.passed
    assert "above_chance" not in [check.name for check in result.checks]
    assert "nothing about optimisation" in result.verdict


def test_raw_counts_decide():
    """Readout errors of a fifth: the corrected S is high, the measured one is not."""
    plan = a_plan(4, shots=8000, readout=True)
    result = judge_plan(plan, counts_of(plan, flips=(0.17, 0.22)))
    raw, clean = result.device.variants
    assert raw.signal.value < 0.5 < clean.signal.value - 3 * clean.signal.error
    assert not result.passed
    assert named(result, "readout_errors").passed


@pytest.mark.each_value
@pytest.mark.parametrize("readout", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_strange_counts_are_judged_without_an_error(readout, seed):
    """A job was paid for: whatever came back gets a verdict."""
    plan = a_plan(3, readout=readout)
    rng = np.random.default_rng(seed)
    keys = [f"{i:03b}" for i in range(8)]
    counts = []
    for _ in plan.settings:
        some = rng.choice(keys, size=rng.integers(1, 9), replace=False)
        counts.append({key: int(rng.choice([0, 1, 5, 1000])) for key in some} | {keys[seed]: 1})
    for given in (counts, [{keys[seed]: 1}] * len(plan.settings)):
        result = judge_plan(plan, given)
        json.loads(result.to_json())
        assert "verdict:" in str(result)


def test_one_shot_is_not_enough():
    plan = a_plan(3)
    best = f"{int(np.argmax(plan.ideal['position'])):03b}"
    result = judge_plan(plan, [{best: 1}, {best: 1}])
    assert not result.passed
    assert "there are only 1 shots, 100 are needed" in result.verdict


@pytest.mark.parametrize("name", ["confidence", "min_signal"])
@pytest.mark.parametrize("value", [0.0, 1.0, -1])
def test_wrong_numbers_are_refused(name, value):
    plan = a_plan(3)
    with pytest.raises(ValueError, match=f"`{name}` must lie between 0 and 1"):
        judge_plan(plan, counts_of(plan), **{name: value})


def test_confidence_widens_every_interval():
    plan = a_plan(3)
    counts = counts_of(plan, signal=0.8)
    narrow, wide = (judge_plan(plan, counts, confidence=c) for c in (0.68, 0.99))
    for name in ("signal", "success"):
        a, b = (getattr(r.device if name == "signal" else r, name) for r in (narrow, wide))
        assert b.low < a.low and a.high < b.high
    assert wide.device.distance.device.low < narrow.device.distance.device.low
    assert "99 %" in str(wide)


def test_the_same_seed_gives_the_same_result():
    plan = a_plan(3, readout=True)
    counts = counts_of(plan, flips=(0.01, 0.02))
    first, again = (judge_plan(plan, counts, seed=4).to_dict() for _ in range(2))
    assert first == again


def test_checks_that_decide_are_all_made():
    plan = a_plan(3)
    result = judge_plan(plan, counts_of(plan))
    assert {check.name for check in result.checks if check.decides} == DECIDING
    for name in DECIDING:
        broken = tuple(
            dataclasses.replace(c, passed=False) if c.name == name else c for c in result.checks
        )
        worse = dataclasses.replace(result, checks=broken)
        assert not worse.passed and worse.verdict.startswith("not supported")


@pytest.mark.slow
def test_the_whole_way_on_a_fake_device():
    """Plan, noise of the device, verdict: what was predicted is what is found."""
    from qdml_quantum import Grid, Problem
    from qdml_quantum.hardware.devices.devices import find_backend
    from qdml_quantum.hardware.devices.noise import noisy_probabilities
    from qdml_quantum.hardware.planning.planning import plan as make_plan

    problem = Problem(Grid([(-2.5, 2.5)], 3), "double_well")
    quick = Compiler("joint", effort=0.5, seeds=1)
    made = make_plan(problem, backend="fake_fez", compiler=quick, besides=["momentum", "readout"])
    device = find_backend("fake_fez")
    noisy = [noisy_probabilities(device, s.circuit, problem.grid) for s in made.settings]
    counts = [sample_counts(p, problem.grid, 4096, i) for i, p in enumerate(noisy)]
    result = judge_plan(made, counts)
    signal, expected = result.device.signal, result.device.plan.expected_signal
    assert result.passed and expected > 0.8
    assert signal.low - 0.02 < expected < signal.high + 0.02
    raw, best = result.device.variants
    assert best.method == "readout"
    assert abs(best.success.value - result.device.ideal_success) < abs(
        raw.success.value - result.device.ideal_success
    )
    assert abs(best.energy.value - result.device.energy.exact) < abs(
        raw.energy.value - result.device.energy.exact
    )


def test_a_result_is_saved_and_loaded(tmp_path):
    plan = a_plan([2, 2], "sphere", readout=True)
    job = {"job_id": "abc", "when": None}
    result = judge_plan(plan, counts_of(plan, flips=(0.02, 0.03)), job=job)
    folder = result.save(tmp_path / "result")
    loaded = Result.load(folder)
    assert dataclasses.replace(loaded, folder=None).to_dict() == result.to_dict()
    assert loaded.folder == folder and "saved in" in str(loaded)
    assert loaded.passed == result.passed and loaded.verdict == result.verdict
    assert (loaded.reference.state == result.reference.state).all()
    for a, b in zip(loaded.device.variants, result.device.variants, strict=True):
        assert (a.probabilities is None) == (b.probabilities is None)
        assert a.probabilities is None or (a.probabilities == b.probabilities).all()
    again = judge_plan(loaded.device.plan, loaded.device.counts)
    assert again.device.signal == result.device.signal
    again = result.save(folder)
    assert dataclasses.replace(Result.load(again), folder=None).to_dict() == result.to_dict()


FILES = ["arrays.npz", "plan/plan.json", "plan/arrays.npz", "plan/circuits.qpy", "result.json"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    plan = a_plan(3)
    return judge_plan(plan, counts_of(plan)).save(tmp_path_factory.mktemp("saved") / "result")


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
        Result.load(folder)


def test_a_count_that_was_changed_by_hand_is_found(saved, tmp_path):
    folder = Path(shutil.copytree(saved, tmp_path / "copy"))
    data = json.loads((folder / "result.json").read_text())
    key = next(iter(data["counts"]))
    data["counts"][key] += 1
    (folder / "result.json").write_text(json.dumps(data))
    with pytest.raises(DamagedFileError, match="does not match its hash"):
        Result.load(folder)
