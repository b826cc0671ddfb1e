"""The benchmarks run and write their tables; their timings decide nothing here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


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
        pytest.param("qhd_variants", marks=pytest.mark.slow),
        pytest.param("growth", marks=pytest.mark.slow),
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
