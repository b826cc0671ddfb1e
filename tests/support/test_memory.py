"""A run that does not fit is refused before anything is allocated."""

import subprocess
import sys
import tracemalloc
from collections import namedtuple

import numpy as np
import psutil
import pytest

import qdml_quantum.support.memory as memory
from qdml_quantum import Anneal, Grid, Problem, Schedule, TooLargeError, anneal
from qdml_quantum.backends import as_backend
from qdml_quantum.backends.base import Task

GIB = 2**30


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Sets free memory and the files of a cgroup."""

    def make(free, limit=None, used=None, version=2, group=""):
        free_memory = namedtuple("free_memory", "available")(free)
        monkeypatch.setattr(psutil, "virtual_memory", lambda: free_memory)
        monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
        monkeypatch.setattr(memory, "_MINE", tmp_path / "mine")
        folder, *names = memory._FILES[2 - version]
        (tmp_path / folder / group).mkdir(parents=True, exist_ok=True)
        for name, text in zip(names, (limit, used), strict=True):
            if text is not None:
                (tmp_path / folder / group / name).write_text(f"{text}\n")

    return make


def test_without_cgroups(machine):
    machine(5 * GIB)
    assert memory.available_memory() == 5 * GIB


@pytest.mark.parametrize("version", [1, 2])
def test_cgroup_limit(machine, version):
    machine(5 * GIB, 3 * GIB, GIB, version)
    assert memory.available_memory() == 2 * GIB


def test_cgroup_without_a_limit(machine):
    machine(5 * GIB, "max", GIB)
    assert memory.available_memory() == 5 * GIB


def test_cgroup_v1_without_a_limit_is_a_huge_number(machine):
    machine(5 * GIB, 2**63 - 4096, GIB, version=1)
    assert memory.available_memory() == 5 * GIB


def test_more_free_in_the_cgroup_than_on_the_machine(machine):
    machine(GIB, 30 * GIB, GIB)
    assert memory.available_memory() == GIB


def test_cgroup_that_is_full(machine):
    machine(5 * GIB, GIB, GIB + 5)
    assert memory.available_memory() == 0


@pytest.mark.parametrize(("limit", "used"), [("", "1"), ("1.5", "1"), (GIB, None), (GIB, "x")])
def test_cgroup_files_that_cannot_be_read_are_passed_over(machine, limit, used):
    machine(5 * GIB, limit, used)
    assert memory.available_memory() == 5 * GIB


@pytest.mark.parametrize(
    ("version", "mine"), [(2, "0::/a/b/c\n"), (1, "5:cpu,memory:/a/b/c\n1:name=systemd:/x\n")]
)
@pytest.mark.parametrize("tight", ["", "a", "a/b", "a/b/c"])
def test_the_tightest_of_nested_cgroups_counts(machine, tmp_path, version, mine, tight):
    for group in ("", "a", "a/b", "a/b/c", "other"):
        limit = GIB if group == "other" else 2 * GIB if group == tight else "max"
        machine(5 * GIB, limit, GIB // 2, version, group)
    (tmp_path / "mine").write_text(mine)
    assert memory.available_memory() == 3 * GIB // 2


@pytest.mark.parametrize("mine", ["", "junk", "0::/../..\n", "0::/gone\n", "::::\n"])
def test_a_cgroup_that_is_not_known_leaves_that_of_the_root(machine, tmp_path, mine):
    machine(5 * GIB, 2 * GIB, GIB)
    (tmp_path / "mine").write_text(mine)
    assert memory.available_memory() == GIB


@pytest.mark.parametrize("option", ["-v", "-d"])
def test_limits_of_the_shell_are_seen(option):
    """One GiB in all, of which the interpreter with NumPy holds a part already."""
    pytest.importorskip("resource")
    script = "from qdml_quantum.support.memory import available_memory as a; print(a())"
    line = f"ulimit {option} {2**20} && exec {sys.executable} -c '{script}'"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert 2**20 < int(done.stdout) < GIB


def test_real_machine_has_some():
    assert memory.available_memory() > 2**20


def test_require_memory(machine):
    machine(GIB)
    memory.require_memory(GIB, "It")
    with pytest.raises(TooLargeError, match=r"It needs 1\.5 GiB of memory, but 1 GiB are avail"):
        memory.require_memory(3 * GIB // 2, "It")


@pytest.mark.parametrize("backend", ["emulator", "aer"])
def test_refused_before_anything_is_allocated(monkeypatch, backend):
    monkeypatch.setattr(memory, "available_memory", lambda: GIB)
    problem = Problem(Grid([(-4, 4)], 28), "harmonic")
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match=r"28 qubits needs \d+ GiB .*--qubits"):
            anneal(problem, backend=backend)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20  # modules, not the 2 GiB of zeta
    assert "values" not in problem.__dict__  # zeta was not even sampled


@pytest.mark.parametrize("precision", ["double", "single"])
def test_emulator_takes_no_more_than_it_says(precision):
    problem = Problem(Grid([(-4, 4)], 16), "double_well")
    backend = as_backend("emulator", precision=precision)
    schedule = Schedule.constant(1.0, num_steps=2, time_step=0.1, num_stages=2)
    task = Task(Anneal(problem, schedule, "suzuki4"), shots=1000, seed=1)
    tracemalloc.start()
    try:
        backend.run(task, start=None, on_stage=lambda number, psi: None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= backend.required_bytes(problem)
    assert backend.required_bytes(problem) <= 6 * peak  # nor is it a wild guess


def test_single_precision_needs_less():
    problem = Problem(Grid([(-4, 4)], 10), "harmonic")
    double, single = (
        as_backend("emulator", precision=p).required_bytes(problem) for p in ("double", "single")
    )
    assert single < double
    assert double >= np.dtype(complex).itemsize * 2**10


@pytest.mark.parametrize("options", [{}, {"precision": "single"}, {"method": "automatic"}])
def test_shots_on_aer_are_refused_before_memory_is_taken(options, monkeypatch):
    """130 bytes each: a billion shots took all there was."""
    backend = as_backend("aer", **options)
    monkeypatch.setattr(memory, "available_memory", lambda: GIB)
    monkeypatch.setattr(backend.simulator, "run", lambda *_, **__: 1 / 0)
    problem = Problem(Grid([(-4, 4)], 4), "double_well")
    schedule = Schedule.constant(1.0, num_steps=2, time_step=0.1)
    with pytest.raises(TooLargeError, match=r"Aer with 1000000000 shots needs 121 GiB.*--shots"):
        anneal(problem, schedule, backend=backend, shots=10**9, validate=False)


def test_little_is_not_asked_for(monkeypatch):
    """Reading what is left takes as long as a small run; more than 8 MiB is always asked for."""
    monkeypatch.setattr(memory, "available_memory", lambda: 0)
    memory.require_memory(1 << 20, "A small run")
    with pytest.raises(TooLargeError, match="A run needs"):
        memory.require_memory((1 << 23) + 4096, "A run")
