"""`qdml sweep`: a file in, a table out."""

import json

from command import qdml

FILE = """
objective = "double_well"
backend = "emulator"
qubits = 4
stages = 3
steps = 2
validate = false

[sweep]
formula = ["lie", "strang"]
seed = [0, 1]
"""


def test_a_sweep_file_becomes_a_table_in_two_files(here, capsys):
    (here / "wells.toml").write_text(FILE)
    code, out, _ = qdml(capsys, "sweep", "wells.toml", "--workers", 1, "--json")
    data = json.loads(out)
    assert code == (0 if all(row["passed"] for row in data["rows"]) else 1)
    assert [row["formula"] for row in data["rows"]] == ["lie", "lie", "strang", "strang"]
    folder = here / "qdml-runs" / "sweeps" / "wells"
    assert len((folder / "table.csv").read_text().splitlines()) == 5
    assert json.loads((folder / "table.json").read_text())["rows"] == data["rows"]
    again = qdml(capsys, "sweep", "wells.toml", "--workers", 1, "--html", "a.html")[1]
    assert "success" in again and "table.csv" in again and "a.html" in again
    assert (folder / "success.png").is_file() == ("success.png" in again)
    (folder / "success.png").unlink(missing_ok=True)
    qdml(capsys, "sweep", "wells.toml", "--workers", 1, "--no-figures")
    assert not (folder / "success.png").exists()
    assert "A sweep of anneals" in (here / "a.html").read_text(encoding="utf-8")


def test_a_mistake_is_one_line(here, capsys):
    (here / "a.toml").write_text('objective = "double_well"\n')
    code, _, err = qdml(capsys, "sweep", "a.toml")
    assert code == 2
    assert "no table `sweep`" in err and "Traceback" not in err
    code, _, err = qdml(capsys, "sweep", "missing.toml")
    assert code == 2
    assert "missing.toml" in err
