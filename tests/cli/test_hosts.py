"""One run of several processes: each is started like this, and ends where another one did."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from qdml_quantum.cli import main
from qdml_quantum.cli.hosts import LOST, output_of, watched

RUN = ["run", "himmelblau", "--qubits", "5", "--backend", "emulator", "--engine", "jax"]
RUN += ["--schedule", "geometric", "--stages", "12", "--steps", "9", "--no-figures", "--json"]
RUN += ["--no-validate", "--shots", "2000"]
SENTENCE = "another process of this run ended"


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def told(number):
    """Options of every process, and the environment that they share."""
    where = ["--coordinator", f"127.0.0.1:{free_port()}", "--num-hosts", str(number)]
    return [([*where, "--host-id", str(host)], {}) for host in range(number)]


def as_slurm(number):
    """What SLURM says to the tasks of a step; the port follows from the number of the job."""
    job = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_STEP_NODELIST": "localhost"}
    job |= {"SLURM_NTASKS": str(number), "SLURM_STEP_NUM_NODES": "1", "SLURM_JOB_NUM_NODES": "1"}
    tasks = ({"SLURM_PROCID": str(host), "SLURM_LOCALID": str(host)} for host in range(number))
    return [(["--hosts", "auto"], job | task) for task in tasks]


def started(output, *more, ways=told):
    """The two processes of a run."""
    command = [sys.executable, "-m", "qdml_quantum", *RUN, "--output", str(output), *more]
    return [
        subprocess.Popen(
            [*command, *options],
            env=os.environ | {"JAX_PLATFORMS": "cpu"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for options, environment in ways(2)
    ]


def results(output):
    return [
        json.loads((file / "result.json").read_text())
        for folder in (output, output / "host-1")
        for file in folder.glob("himmelblau-*")
    ]


@pytest.mark.slow
@pytest.mark.extra("jax")
@pytest.mark.parametrize("ways", [told, as_slurm])
def test_two_processes_say_what_one_says(tmp_path, ways):
    ends = [one.communicate(timeout=300) for one in started(tmp_path / "two", ways=ways)]
    alone = subprocess.run(
        [sys.executable, "-m", "qdml_quantum", *RUN, "--output", str(tmp_path / "one")],
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    expected, (said, other) = json.loads(alone.stdout), results(tmp_path / "two")
    assert json.loads(ends[0][0])["energy"] == said["energy"]
    assert ends[1][0] == ""
    for one in (said, other):
        assert one["energy"] == pytest.approx(expected["energy"], rel=1e-12)
        assert one["counts"] == expected["counts"]
        assert one["success"] == expected["success"]


@pytest.mark.slow
@pytest.mark.extra("jax")
@pytest.mark.parametrize("victim", [0, 1])
def test_where_one_is_killed_the_other_ends_with_a_sentence_and_all_go_on(tmp_path, victim):
    """Within 30 s; and what comes out has the bits of a run that nobody killed."""
    steps = ("--stages", "60", "--steps", "5")
    whole = started(tmp_path / "whole", *steps)
    assert all(one.wait(300) in (0, 1) for one in whole)
    output = tmp_path / "killed"
    processes = started(output, *steps)
    kept = [output, output / "host-1"]
    end = time.monotonic() + 120
    while not all(list(folder.glob("himmelblau-*/checkpoint-*.json")) for folder in kept):
        assert time.monotonic() < end
        time.sleep(0.1)
    for child in psutil.Process(processes[victim].pid).children():
        child.send_signal(signal.SIGKILL)
    begun = time.monotonic()
    _, said = processes[1 - victim].communicate(timeout=60)
    assert time.monotonic() - begun < 30
    assert processes[1 - victim].returncode == 3
    assert said.count("\n") == 1, said
    assert SENTENCE in said
    assert list(output.glob("himmelblau-*/checkpoint-*.json"))
    ends = [one.communicate(timeout=300) for one in started(output, *steps)]
    assert all("Traceback" not in error for _, error in ends)
    for one, other in zip(results(output), results(tmp_path / "whole"), strict=True):
        assert one["stages"] == other["stages"]
        assert one["counts"] == other["counts"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--hosts", "auto"], "--engine jax"),
        (["--engine", "jax", "--num-hosts", "2"], "all three"),
        (["--engine", "jax", "--coordinator", "a:1", "--host-id", "0"], "all three"),
    ],
)
def test_what_is_missing_is_said(given, words, capsys):
    assert main(["run", "double_well", "--backend", "emulator", *given]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.extra("jax")
def test_no_cluster_is_said_in_a_sentence(capsys):
    """No SLURM, nothing: JAX finds no coordinator."""
    given = ["run", "double_well", "--backend", "emulator", "--engine", "jax", "--hosts", "auto"]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert "do not find each other" in error
    assert error.count("\n") == 1


def test_each_has_a_folder_of_its_own():
    assert output_of("runs", 0) == "runs"
    assert Path(output_of("runs", 2)) == Path("runs", "host-2")


NOISE = "E1130 13:00:00 1 client.cc:1] lost\\nRPC: Poll\\n    @ 0x7f std::f()\\n"


def watched_code(monkeypatch, capsys, code):
    """Exit code and stderr of a child that runs some code."""
    real = subprocess.Popen

    def fake(command, **options):
        return real([sys.executable, "-c", f"import os, sys; {code}"], **options)

    monkeypatch.setattr(subprocess, "Popen", fake)
    return watched(["run"]), capsys.readouterr().err


def test_a_warning_of_several_lines_is_held_back_too(monkeypatch, capsys):
    """As it came once, where process 0 was killed while others asked it for a key."""
    more = (
        "W1130 13:00:00 1 a.cc:1] x\\nAdditional GRPC error information from remote\\n:UNKNOWN:\\n"
    )
    code = f"sys.stderr.write('told\\n{more}'); sys.stderr.flush(); os._exit({LOST})"
    returned, error = watched_code(monkeypatch, capsys, code)
    assert returned == 3
    assert error.startswith("told\nqdml: ")
    assert error.count("\n") == 2


@pytest.mark.parametrize("end", ["os.abort()", "os.kill(os.getpid(), 9)", f"os._exit({LOST})"])
def test_an_abort_becomes_a_sentence(monkeypatch, capsys, end):
    """Without the page of addresses that C++ prints before."""
    code = f"sys.stderr.write('told\\n{NOISE}'); sys.stderr.flush(); {end}"
    returned, error = watched_code(monkeypatch, capsys, code)
    assert returned == 3
    assert error.startswith("told\nqdml: ")
    assert SENTENCE in error
    assert error.count("\n") == 2


def test_nothing_is_held_back_of_a_child_that_ends_as_it_should(monkeypatch, capsys):
    code = f"sys.stderr.write('[Gloo] Rank 0\\n{NOISE}told\\n'); sys.exit(1)"
    returned, error = watched_code(monkeypatch, capsys, code)
    assert returned == 1
    assert error.startswith("E1130")
    assert error.endswith("told\n")
