"""Sweeps: the same numbers everywhere, nothing computed twice."""

import inspect
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from qdml_quantum import DamagedFileError, sweep
from qdml_quantum.support.store import write_sealed

TASKS = [{"seed": seed, "scale": 0.1} for seed in range(7)]


def draw(task):
    """Top level, so that other processes find it; leaves a trace of every call."""
    if "trace" in task:
        with open(task["trace"], "a") as file:
            file.write(f"{task['seed']}\n")
    if task.get("fail") == task["seed"]:
        raise ZeroDivisionError("no such seed")
    return {"value": task["scale"] * float(np.random.default_rng(task["seed"]).normal())}


def process(task):
    return draw(task) | {"pid": os.getpid(), "threads": os.environ.get("OMP_NUM_THREADS")}


EXPECTED = [{"value": 0.1 * float(np.random.default_rng(seed).normal())} for seed in range(7)]


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_results_come_in_the_order_of_the_tasks(workers):
    assert sweep(draw, TASKS, workers=workers) == EXPECTED


def test_processes_are_others_and_use_one_thread_each_and_keep_the_order(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    found = sweep(process, TASKS, workers=2)
    assert os.getpid() not in {one["pid"] for one in found}
    assert {one["threads"] for one in found} == {"1"}
    assert [{"value": one["value"]} for one in found] == EXPECTED
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_dask_cluster_gives_the_same_numbers():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        assert sweep(draw, TASKS, scheduler=cluster.scheduler_address) == EXPECTED


def test_what_is_finished_is_not_computed_again(tmp_path):
    trace, folder = tmp_path / "trace", tmp_path / "runs"
    tasks = [task | {"trace": str(trace)} for task in TASKS]
    broken = [task | {"fail": 4} for task in tasks]
    with pytest.raises(RuntimeError, match=r"ZeroDivisionError in task .*'seed': 4.*no such seed"):
        sweep(draw, broken, folder=folder, workers=1)
    assert len(list(folder.iterdir())) == 4
    fixed = [task | {"fail": 4} if task["seed"] < 4 else task for task in tasks]
    assert sweep(draw, fixed, folder=folder, workers=1) == EXPECTED
    assert sweep(draw, fixed, folder=folder, workers=2) == EXPECTED
    seen = [int(line) for line in trace.read_text().split()]
    assert sorted(seen) == [0, 1, 2, 3, 4, 4, 5, 6]


def test_a_failure_in_another_process_is_named_and_ends_the_sweep():
    with pytest.raises(RuntimeError, match=r"ZeroDivisionError in task .*'seed': 2"):
        sweep(draw, [task | {"fail": 2} for task in TASKS], workers=2)


def test_files_of_another_sweep_are_refused(tmp_path):
    sweep(draw, TASKS[:1], folder=tmp_path, workers=1)
    (file,) = tmp_path.iterdir()
    with pytest.raises(DamagedFileError, match="belongs to another sweep"):
        sweep(process, TASKS[:1], folder=tmp_path, workers=1)
    write_sealed(file, {"function": "x"})
    with pytest.raises(DamagedFileError, match="belongs to another sweep"):
        sweep(draw, TASKS[:1], folder=tmp_path, workers=1)


def test_a_changed_digit_is_refused(tmp_path):
    sweep(draw, TASKS[:1], folder=tmp_path, workers=1)
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    file.write_text(text.replace("0.012", "0.013", 1))
    assert file.read_text() != text
    with pytest.raises(DamagedFileError, match="does not match its hash"):
        sweep(draw, TASKS[:1], folder=tmp_path, workers=1)


def test_results_of_a_function_that_was_changed_are_refused(tmp_path, monkeypatch):
    sweep(draw, TASKS[:1], folder=tmp_path, workers=1)
    source = inspect.getsource(draw)
    monkeypatch.setattr(inspect, "getsource", lambda thing: source + "# changed")
    with pytest.raises(DamagedFileError, match="its source_sha256 differs"):
        sweep(draw, TASKS[:1], folder=tmp_path, workers=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tasks": TASKS + TASKS[:1]}, "`tasks` must all be different"),
        ({"workers": 0}, "`workers` must be at least 1"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "`workers` must be left out"),
        ({"scheduler": "nowhere"}, "`scheduler` must be the address of a running Dask scheduler"),
    ],
)
def test_wrong_input_is_named(options, message):
    pytest.importorskip("distributed")
    with pytest.raises(ValueError, match=message):
        sweep(draw, **{"tasks": TASKS} | options)


def test_no_tasks():
    assert sweep(draw, []) == []


def slow(task):
    Path(task["started"], str(os.getpid())).touch()
    time.sleep(60)
    return {}


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from qdml_quantum import sweep
from test_sweeps import slow
if __name__ == "__main__":
    sweep(slow, [{{"started": {folder!r}, "n": n}} for n in range(2)], workers=2)
"""


def test_a_killed_sweep_leaves_no_process_behind(tmp_path):
    folder = tmp_path / "started"
    folder.mkdir()
    script = tmp_path / "run.py"
    script.write_text(KILLED.format(tests=str(Path(__file__).parent), folder=str(folder)))
    parent = subprocess.Popen([sys.executable, str(script)])
    wait_until(lambda: len(list(folder.iterdir())) == 2)
    children = [int(path.name) for path in folder.iterdir()]
    parent.kill()
    parent.wait()
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in children))


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("function", [lambda task: task, None, 3])
def test_a_function_that_no_process_can_import_is_refused(function):
    with pytest.raises(TypeError, match="`function` must be a function of the top level"):
        sweep(function, TASKS[:2], workers=2)


def test_one_worker_takes_any_function():
    assert sweep(lambda task: {"seed": task["seed"]}, TASKS[:2], workers=1)[1] == {"seed": 1}


def test_a_script_without_a_guard_is_told_of_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from qdml_quantum import sweep\n"
        "def same(task): return task\n"
        "print(sweep(same, [{'x': 1}, {'x': 2}], workers=2))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError: A process of the sweep ended" in done.stderr
    assert 'under `if __name__ == "__main__":`' in done.stderr
