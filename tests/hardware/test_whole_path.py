"""Plan, submit, kill, fetch, verdict: on every kind of target, without a service."""

import signal
import subprocess
import sys

import pytest

pytest.importorskip("qiskit_ibm_runtime")

from qdml_quantum import Compiler, Grid, Problem, fetch, find_backend, jobs, plan
from qdml_quantum.hardware.devices import isa

KILLED = """
import os, signal
from qdml_quantum import Plan, submit
job = submit(Plan.load("kept"), ledger="ledger")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("name", "fractional"),
    [
        pytest.param("fake_fez", False),
        pytest.param("fake_torino", False, marks=pytest.mark.slow),
        pytest.param("fake_nighthawk", False, marks=pytest.mark.slow),
        pytest.param("fake_fez", True, marks=pytest.mark.slow),
    ],
)
def test_from_the_plan_to_the_verdict(name, fractional, tmp_path, monkeypatch):
    """Who submitted is dead; another process fetches, and the data bear out the plan."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(isa, "_SIMULATED", 1)  # Noise of one candidate: half of the time.
    problem = Problem(Grid([(-2.5, 2.5)], num_qubits=3), "double_well")
    made = plan(
        problem,
        backend=find_backend(name, fractional=fractional),
        compiler=Compiler("joint", effort=0.05, seeds=1),
        shots=2000,
    )
    made.save("kept")
    assert made.worth
    assert ("rzz" in made.settings[0].circuit.count_ops()) <= fractional
    done = subprocess.run([sys.executable, "-c", KILLED], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (job,) = jobs(ledger="ledger")
    result = fetch(job, ledger="ledger")
    assert result.passed, str(result)
    found = result.device.signal
    assert found.low - 0.05 < made.expected_signal < found.high + 0.05
