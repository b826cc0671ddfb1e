"""Grid and schedule are searched once: what was chosen is kept, and never taken for another."""

import json

import pytest

from qdml_quantum.runs import spec as module
from qdml_quantum.runs.chosen import choice_for, keep_choice
from qdml_quantum.runs.spec import Spec, run_spec
from qdml_quantum.support.store import write_sealed

QUICK = {"backend": "emulator", "stages": 3, "steps": 2, "validate": False}


@pytest.fixture
def searches(monkeypatch):
    """Arguments of every search of a grid and schedule."""
    calls, plain = [], module.suggested
    monkeypatch.setattr(module, "suggested", lambda *a, **k: (calls.append(a), plain(*a, **k))[1])
    return calls


def test_the_same_spec_is_searched_once_and_ends_in_the_same_folder(tmp_path, searches):
    first = run_spec(Spec("double_well", **QUICK), folder=tmp_path)
    again = run_spec(Spec("double_well", **QUICK), folder=tmp_path)
    assert len(searches) == 1
    assert again.folder == first.folder
    assert again.anneal.id == first.anneal.id
    assert again.to_dict() == first.to_dict()


def test_a_killed_run_goes_on_without_another_search(tmp_path, searches):
    spec = Spec("double_well", **QUICK)
    keep_choice(tmp_path, spec.asked(spec.make_backend()), spec.resolve(spec.make_backend()))
    searches.clear()
    run_spec(spec, folder=tmp_path)
    assert searches == []


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"radius": 0.2}, {"d_stop": 0.3}, {"precision": "single"}, {"qubits": 5}]
)
def test_another_spec_is_another_search(tmp_path, searches, other):
    run_spec(Spec("double_well", **QUICK), folder=tmp_path)
    run_spec(Spec("double_well", **QUICK | other), folder=tmp_path)
    assert len(searches) == 2


def test_another_version_is_another_search(tmp_path, searches, monkeypatch):
    run_spec(Spec("double_well", **QUICK), folder=tmp_path)
    monkeypatch.setattr(module, "versions", lambda **_: {"numpy": "0"})
    run_spec(Spec("double_well", **QUICK), folder=tmp_path)
    assert len(searches) == 2


def test_fresh_searches_again(tmp_path, searches):
    for _ in range(2):
        run_spec(Spec("double_well", **QUICK), folder=tmp_path, fresh=True)
    assert len(searches) == 2


def test_a_table_that_was_changed_is_searched_again(tmp_path, searches):
    table = tmp_path / "t.csv"
    results = []
    for power in (2, 4):
        table.write_text("\n".join(str(float(i - 5) ** power) for i in range(16)))
        spec = Spec(str(table), bounds=[(0, 16)], **QUICK)
        results.append(run_spec(spec, folder=tmp_path / "runs"))
    assert len(searches) == 2
    assert results[0].folder != results[1].folder


@pytest.mark.parametrize("damage", ["flip", "truncate", "values", "asked"])
def test_a_damaged_choice_is_not_taken(tmp_path, searches, damage):
    spec = Spec("double_well", **QUICK)
    first = run_spec(spec, folder=tmp_path)
    (file,) = (tmp_path / ".chosen").iterdir()
    text = file.read_text()
    if damage == "flip":
        file.write_text(text.replace('"num_steps": 2', '"num_steps": 3'))
    elif damage == "truncate":
        file.write_text(text[: len(text) // 2])
    else:
        data = json.loads(text)
        data["values_sha256" if damage == "values" else "asked"] = "0"
        write_sealed(file, {key: value for key, value in data.items() if key != "sha256"})
    assert run_spec(spec, folder=tmp_path).folder == first.folder
    assert len(searches) == 2


def test_nothing_is_kept_where_there_is_no_folder(tmp_path, searches):
    run_spec(Spec("double_well", **QUICK))
    assert choice_for(tmp_path, {"spec": {}}) is None
    assert list(tmp_path.iterdir()) == []
