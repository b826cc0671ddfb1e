"""Several processes that hold one state; the runs themselves are in `tests/cli/test_hosts.py`."""

import pytest

pytest.importorskip("jax")

from qdml_quantum.backends.emulator import Emulator
from qdml_quantum.backends.engines import jax_hosts
from qdml_quantum.backends.engines.jax_hosts import HEARTBEAT, is_of_others, join, together


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
