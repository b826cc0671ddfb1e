"""Files of a plan: whole or not there, and never parsed before their hash was checked."""

import dataclasses
import json

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import assert_same, some_plan

from qdml_quantum.hardware.planning import plan_files
from qdml_quantum.hardware.planning.plan import Plan
from qdml_quantum.support.messages import DamagedFileError

SMALL = settings(max_examples=25, suppress_health_check=list(HealthCheck))


@SMALL
@given(
    st.integers(1, 4),
    st.integers(0, 10**6),
    st.sampled_from([("position",), ("position", "momentum")]),
    st.booleans(),
    st.booleans(),
)
def test_a_saved_plan_comes_back(tmp_path_factory, n, seed, bases, readout, simulated):
    plan = some_plan(n, seed, bases=bases, readout=readout)
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
    for change in (
        {"shots": "many"},
        {"settings": []},
        {"anneal": {}},
        {"goal": {}},
        {"costs": None},
    ):
        path.write_bytes(
            plan_files.sealed({k: v for k, v in (data | change).items() if k != "sha256"})
        )
        with pytest.raises(DamagedFileError, match="lacks or garbles"):
            Plan.load(tmp_path)
