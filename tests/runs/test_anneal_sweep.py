"""Sweeps of anneals: every combination, once, as a table; and who fails is named."""

import json
import os
import re
import signal
from dataclasses import replace

import pytest

from qdml_quantum import Spec, sweep, sweep_anneals
from qdml_quantum.runs import anneal_sweep as module
from qdml_quantum.runs.anneal_sweep import read_sweep
from qdml_quantum.runs.spec import run_spec
from qdml_quantum.support.messages import DamagedFileError

QUICK = {"objective": "double_well", "backend": "emulator", "stages": 3, "steps": 2}
QUICK |= {"qubits": 4, "validate": False}


def test_every_combination_is_a_row_and_the_same_as_a_run_of_its_spec():
    table = sweep_anneals({"formula": ["lie", "strang"], "seed": [0, 1]}, workers=1, **QUICK)
    assert [(row["formula"], row["seed"]) for row in table.rows] == [
        ("lie", 0), ("lie", 1), ("strang", 0), ("strang", 1)
    ]  # fmt: skip
    alone = run_spec(Spec(**QUICK | {"formula": "strang", "seed": 1}))
    last = table.rows[-1]
    assert (last["success"], last["energy"]) == (alone.success.value, alone.energy)
    assert last["minimizer"] == list(alone.minimizer)
    assert last["passed"] == alone.passed == (last["failed"] == [])


def test_other_processes_give_the_same_table_and_what_is_finished_is_kept(tmp_path, monkeypatch):
    over = {"seed": [0, 1]}
    table = sweep_anneals(over, folder=tmp_path, workers=2, **QUICK)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(module, "run_spec", lambda spec: 1 / 0)
    assert sweep_anneals(over, folder=tmp_path, workers=1, **QUICK) == table


def test_a_table_is_text_csv_json_and_a_data_frame():
    table = sweep_anneals({"bounds": [[(-2, 2)], [(-3, 3)]]}, workers=1, **QUICK)
    assert json.loads(json.dumps(table.to_dict()))["fields"] == ["bounds"]
    names, first, _ = table.to_csv().splitlines()
    assert names.startswith("bounds,success,success_low,success_high,energy")
    assert first.startswith('"[[-2, 2]]",0.')
    assert len(str(table).splitlines()) == 3
    pandas = pytest.importorskip("pandas")
    assert isinstance(table.to_pandas(), pandas.DataFrame)


@pytest.mark.parametrize(
    ("over", "fields", "words"),
    [
        ({}, {}, "`over` must name a field"),
        ({"seed": 3}, {}, "must be a list of values"),
        ({"seed": []}, {}, "must be a list of values"),
        ({"formula": "lie"}, {}, "must be a list of values"),
        ({"sed": [1]}, {}, "Did you mean `seed`"),
        ({"qubits": [4, 5]}, {"qubits": 4}, "`qubits` must be given once"),
        ({"seed": [0, "many"]}, {}, "`seed` must be an integer"),
    ],
)
def test_mistakes_are_said_before_anything_runs(monkeypatch, over, fields, words):
    monkeypatch.setattr(module, "run_spec", lambda spec: 1 / 0)
    given = {name: value for name, value in QUICK.items() if name not in over} | fields
    with pytest.raises((ValueError, TypeError), match=words):
        sweep_anneals(over, workers=1, **given)


def test_an_anneal_that_fails_is_named():
    with pytest.raises(RuntimeError, match=r"in task \{'of': \{'objective': '1/x'\}"):
        sweep_anneals({"objective": ["x**2", "1/x"]}, workers=1, bounds=[(-1, 1)],
                      **{k: v for k, v in QUICK.items() if k != "objective"})  # fmt: skip


def killed(task):
    """Ends its process, as the system does where memory is short."""
    if task["number"] == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"number": task["number"]}


def test_a_task_that_kills_its_process_is_named():
    with pytest.raises(RuntimeError, match=r"before its task did: .*\{'number': 1\}"):
        sweep(killed, [{"number": number} for number in range(3)], workers=2)


def test_a_worker_of_a_cluster_that_ends_is_named(monkeypatch):
    class Ended:
        def result(self):
            raise OSError("KilledWorker")

    from qdml_quantum.runs.sweeps import _of_worker

    answer, words = _of_worker(Ended(), {"number": 1})
    assert answer is None
    assert words.startswith("OSError in task {'number': 1}: its worker ended")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.toml", "objective = 1", "no table `sweep`"),
        ("a.toml", "objective = ", "must be a spec file"),
        ("a.json", "[1]", "no table `sweep`"),
        ("a.json", '{"sweep": 3}', "no table `sweep`"),
    ],
)
def test_a_broken_file_is_said(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(DamagedFileError, match=words):
        read_sweep(tmp_path / name)


def test_a_table_is_a_page_whose_names_are_text(tmp_path):
    name = "<img src=x onerror=alert(1)>"
    table = sweep_anneals({"seed": [0, 1], "bounds": [[(-2, 2)]]}, workers=1, **QUICK)
    rows = tuple({**row, "failed": [name], "seed": name} for row in table.rows)
    page = replace(table, rows=rows).to_html(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<img" not in page
    assert len(page.encode()) < 300_000
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    (sheet,) = data["tables"]
    columns = {column["name"]: column["kind"] for column in sheet["columns"]}
    assert (columns["seed"], columns["success"], columns["energy"]) == (
        "text",
        "interval",
        "number",
    )
    first, row = sheet["rows"][0], table.rows[0]
    assert first[0] == name and first[1] == "[[-2, 2]]"
    assert first[2] == [row["success"], row["success_low"], row["success_high"]]
    kinds = table.to_html(tmp_path / "b.html").read_text(encoding="utf-8")
    assert '"name": "seed", "kind": "number"' in kinds
