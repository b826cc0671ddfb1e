"""Several processes that hold one state; the runs themselves are in `tests/cli/test_hosts.py`."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")

from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.backends.engines import jax_hosts
from qdml_quantum.backends.engines.jax_hosts import HEARTBEAT, is_of_others, join, together
from qdml_quantum.problem.survey import BLOCK


def test_alone_everyone_is_oneself():
    assert together([1, 2]) == [(1, 2)]
    assert not Emulator(engine="jax").is_shared
    assert not Emulator().is_shared


def test_an_end_is_noticed_within_half_a_minute():
    assert HEARTBEAT < 30


def test_errors_of_others_are_told_apart():
    lost = "INTERNAL: Gloo all-to-all failed: [pair.cc:547] Connection closed by peer [127.0.0.1]"
    assert is_of_others(RuntimeError(lost))
    assert is_of_others(RuntimeError("UNAVAILABLE: Task 1 heartbeat timeout."))
    assert not is_of_others(ValueError("Argument `qubits` must be positive, but is 0."))


@pytest.mark.parametrize("error", [RuntimeError, ValueError])
def test_processes_that_do_not_find_each_other(monkeypatch, error):
    def initialize(*_, **__):
        raise error("coordinator_address should be defined.\nMore.")

    monkeypatch.setattr(jax_hosts.jax.distributed, "initialize", initialize)
    with pytest.raises(ValueError, match=r"should be defined\). Give --coordinator"):
        join()


def test_a_cluster_is_found_by_jax(monkeypatch):
    """What is not given is left to it."""
    calls = []
    monkeypatch.setattr(
        jax_hosts.jax.distributed, "initialize", lambda *given, **more: calls.append((given, more))
    )
    assert join() == 0
    assert calls[0][0] == (None, None, None)
    assert calls[0][1]["heartbeat_timeout_seconds"] == HEARTBEAT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("idle", "coarse_points"),
    [((), 0), ((7, 1, 1), (1 << 15) + 2 * (1 << 3))],
    ids=["fine", "coarse"],
)
def test_no_process_holds_the_whole_of_zeta(tmp_path, idle, coarse_points):
    """With checks and a folder: each asks for its half, in blocks; and all say what one says.

    Of a coarse grid for its half as well, or for all of the few points of one that is not cut. A
    run that stops goes on with the same bits.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    script = Path(__file__).with_name("on_two_processes.py")

    def started(number, mine):
        folder = tmp_path / f"{number}-{mine}"
        return subprocess.Popen(
            [sys.executable, script, *map(str, (number, mine, port)), str(folder), *map(str, idle)],
            env=os.environ | {"JAX_PLATFORMS": "cpu"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    both = [started(2, mine) for mine in range(2)]
    ends = [one.communicate(timeout=500) for one in both]
    assert all(one.returncode == 0 for one in both), ends
    told = [json.loads(out.splitlines()[-1]) for out, _ in ends]
    alone, _ = started(1, 0).communicate(timeout=500)
    expected = json.loads(alone.splitlines()[-1])
    points, fine = 1 << 17, 1 << 21
    for one in told:
        assert not one["whole"]
        assert one["largest"] <= BLOCK + 512  # And the row behind the block.
        # Half of the state's zeta, half of what is known of it, half of the finer grid.
        assert one["points"] <= points + fine // 2 + coarse_points // 2 + 2000
        assert one["resumed"]
        assert one["energy"] == pytest.approx(expected["energy"], rel=1e-12)
        for name in ("counts", "success", "minimizer", "minimum"):
            assert one[name] == expected[name], name
        for name in ("time_step", "rough_objective", "missed_well"):
            assert one["checks"][name] == pytest.approx(expected["checks"][name], abs=1e-12)
        assert one["again"]
        # A finished run is found: zeta is asked for at points where shots fell, to see whether
        # they agree, and not in blocks.
        assert one["asked_again"] < 2 * len(one["counts"])
    assert expected["largest"] > BLOCK
