"""The benchmarks run and write their tables; their timings decide nothing here."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
WITH_LIGHTNING = pytest.mark.skipif(
    importlib.util.find_spec("pennylane_lightning") is None, reason="no pennylane-lightning"
)


@pytest.mark.parametrize(
    "name",
    [
        "emulator",
        pytest.param("aer", marks=pytest.mark.slow),
        pytest.param("defaults", marks=pytest.mark.slow),
        pytest.param("schedules", marks=pytest.mark.slow),
        pytest.param("synthesis", marks=pytest.mark.slow),
        pytest.param("few_steps", marks=pytest.mark.slow),
        pytest.param("loading", marks=pytest.mark.slow),
        pytest.param("gradient", marks=pytest.mark.slow),
        "qhd",
        "gap",
        pytest.param("qhd_variants", marks=pytest.mark.slow),
        pytest.param("growth", marks=pytest.mark.slow),
        pytest.param("speed", marks=pytest.mark.slow),
        pytest.param("lightning", marks=[pytest.mark.slow, WITH_LIGHTNING]),
        pytest.param("trained", marks=pytest.mark.slow),
        pytest.param("train_schedules", marks=pytest.mark.slow),
        pytest.param("fuzz", marks=pytest.mark.slow),
        pytest.param("hardware", marks=pytest.mark.slow),
        pytest.param("training", marks=pytest.mark.slow),
        pytest.param("damage", marks=pytest.mark.slow),
        pytest.param("baselines", marks=pytest.mark.slow),
        pytest.param("walkers", marks=pytest.mark.slow),
        pytest.param("dynamics", marks=pytest.mark.slow),
        pytest.param("minimize", marks=pytest.mark.slow),
        pytest.param("lab_page", marks=pytest.mark.slow),
        pytest.param("jax_engine", marks=[pytest.mark.slow, pytest.mark.extra("jax")]),
    ],
)
def test_quick_run_writes_json(name, tmp_path):
    subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), "--quick", "--output", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    rows = json.loads((tmp_path / f"{name}.json").read_text())["rows"]
    assert rows
    numbers = [(key, value) for row in rows for key, value in row.items() if type(value) is float]
    # T of states that stand still has to be negative; all else is a cost, a share or a distance.
    assert all(value < 10 if key == "still" else value > 0 for key, value in numbers)


PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables():
    spec = importlib.util.spec_from_file_location("tables", FOLDER / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_the_page_are_those_of_their_files(tables):
    assert {file.stem for file in tables.PUBLISHED.iterdir()} == set(tables.TABLES)
    assert tables.written(PAGE) == PAGE, "python benchmarks/tables.py"


def test_the_guide_of_minimize_has_its_right_runs(tables, tmp_path):
    guide = tables.GUIDE.read_text(encoding="utf-8")
    assert tables.guided(guide) == guide, "python benchmarks/tables.py"
    made = json.loads((tables.PUBLISHED / "minimize.json").read_text())
    made["rows"][7]["minimize"] = "12 of 34 (.21 to .52)"
    (tmp_path / "minimize.json").write_text(json.dumps(made))
    assert tables.guided(guide, tmp_path).count("| 12 of 34 |") == 1


def test_the_tables_of_minimize_are_made_of_its_runs(tables, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    import minimize

    def published(name):
        return json.loads((tables.PUBLISHED / f"{name}.json").read_text())["rows"]

    runs = minimize.Runs(tmp_path, minimize.KNOWN)
    assert runs.cells() == json.loads(minimize.KNOWN.read_text())["rows"]
    assert runs.shares() == published("minimize")
    assert runs.verdicts() == published("minimize_verdicts")
    # A run that is known is not made again, one that is new counts.
    runs.make(2, "rastrigin", minimize.FIRST, "minimize")
    assert not runs.path.read_text()
    one = {"d": 2, "function": "needle", "seed": 99, "method": "cma", "right": True}
    runs.path.write_text(json.dumps(one | {"success": True, "nfev": 7}) + "\n")
    assert runs.shares() != published("minimize")
    assert runs.verdicts() == published("minimize_verdicts")  # The needle is no part of it.
    cell = next(row for row in runs.cells() if row["nfev"].endswith(" 7"))
    assert cell["right"].endswith("-1") and len(cell["right"]) == 60


def test_the_means_of_the_compiler_are_those_of_its_circuits(tables, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    import synthesis

    def published(name):
        return json.loads((tables.PUBLISHED / f"{name}.json").read_text())["rows"]

    rows = json.loads((FOLDER / "runs/synthesis.json").read_text())["rows"]
    assert list(synthesis.ratio_rows(rows)) == published("synthesis_ratios")
    assert list(synthesis.aim_rows(rows)) == published("synthesis_aims")
    for part, qubits in {(row["part"], row["qubits"]) for row in rows}:
        cases = {row["case"] for row in rows if (row["part"], row["qubits"]) == (part, qubits)}
        assert len(cases) == (1 if part == "step, exact" else len(synthesis.CASES))
    assert all(min(row["ours"], row["public"]) >= row["bound"] for row in rows)
    # Rows that a folder has are not made again.
    (tmp_path / "synthesis.json").write_text(json.dumps({"rows": rows}))
    known = synthesis.Rows(tmp_path)
    assert known.has("step", 4, synthesis.CASES[0]) and not known.has("step", 3, synthesis.CASES[0])

    def reached(**changed):
        made = [row | changed for row in rows if row["part"] == "step"]
        told = synthesis.aim_rows(made)
        return {row["reached"] for row in told if row["measure"].endswith("the best public")}

    assert reached(bound=9, public=10, to_public=0.95) == {"below the least"}
    assert reached(bound=5, public=10, to_public=0.95) == {"no"}
    assert reached(bound=5, public=10, to_public=0.65) == {"yes"}


def test_the_self_test_is_written_in_the_shape_of_its_table(tables, monkeypatch, tmp_path):
    pytest.importorskip("qiskit_ibm_runtime")
    script = [sys.executable, str(FOLDER / "selftest.py"), "--quick", "--output", str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    rows = json.loads((tmp_path / "selftest.json").read_text())["rows"]
    assert len(tables.table("selftest", rows).splitlines()) == 2 + 5
    published = json.loads((tables.PUBLISHED / "selftest.json").read_text())["rows"]
    assert [row.keys() for row in rows] == [row.keys() for row in published[:5]]


def test_another_file_is_another_page(tables, tmp_path):
    for name in tables.TABLES:
        folder = tmp_path / name
        shutil.copytree(tables.PUBLISHED, folder)
        made = json.loads((folder / f"{name}.json").read_text())
        for row in made["rows"]:
            row.update({key: 12345 for key, value in row.items() if type(value) in (int, float)})
        (folder / f"{name}.json").write_text(json.dumps(made))
        page = tables.written(PAGE, folder)
        ours, theirs = page.splitlines(), PAGE.splitlines()
        assert len(ours) == len(theirs)
        assert sum(a != b for a, b in zip(ours, theirs, strict=True)) == len(made["rows"])
    with pytest.raises(SystemExit, match=r"one comment `aer\.json`|`emulator\.json`"):
        tables.written("")


def test_no_table_is_typed():
    lines = PAGE.splitlines()
    for above, one, line in zip(lines, lines[1:], lines[2:], strict=False):
        if line.startswith("|") and not one.startswith("|"):
            assert above.endswith(".json -->"), line


def test_cells_have_the_digits_that_were_measured(tables):
    for value, text in ((0.0614, "0.0614"), (45.94, "45.9"), (20584, "20,600"), (999.7, "1,000")):
        assert tables.digits(value) == text
    rows = [{"function": "a|b", "ours": 0.5, "published": None, "difference": "+1"}]
    assert tables.table("qhd", rows).splitlines()[2] == "| a\\|b | 0.5000 |  | +1 |"
