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
        pytest.param("gradient", marks=pytest.mark.slow),
        "qhd",
        pytest.param("trained", marks=pytest.mark.slow),
        pytest.param("train_schedules", marks=pytest.mark.slow),
        "fuzz",
        pytest.param("hardware", marks=pytest.mark.slow),
        pytest.param("training", marks=pytest.mark.slow),
        pytest.param("damage", marks=pytest.mark.slow),
        pytest.param("baselines", marks=pytest.mark.slow),
        pytest.param("dynamics", marks=pytest.mark.slow),
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
    assert all(value > 0 for row in rows for value in row.values() if isinstance(value, float))
