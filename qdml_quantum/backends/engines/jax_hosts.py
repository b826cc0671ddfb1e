"""Several processes, on one machine or many, that hold one state together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qdml_quantum.backends.engines.jax_layout import jax
from qdml_quantum.support.extras import require
from qdml_quantum.support.processes import become

HEARTBEAT = 20
"""Seconds after which the others end where a process has ended: JAX's own 100 are long to wait for
nothing, and a machine under load may well be silent for five."""

_OF_OTHERS = ("Gloo", "NCCL", "oordination", "heartbeat", "Connection closed", "Connection reset")
"""What errors of JAX speak of where another process has ended: it has no class for them."""


def join(
    coordinator: str | None = None, num_hosts: int | None = None, host_id: int | None = None
) -> int:
    """Become one of several processes, before JAX is used; returns which one.

    All of them then have to run the same. What is not given is found by JAX where a cluster says it
    (SLURM, Open MPI, Cloud TPU, Kubernetes).

    Args:
        coordinator: Address of process 0 and a free port there, such as ``"node1:12345"``.
        num_hosts: How many there are.
        host_id: Number of this one, from 0 on.

    Raises:
        ValueError: They do not find each other.
    """
    if not jax.distributed.is_initialized():
        try:
            jax.distributed.initialize(
                coordinator,
                num_hosts,
                host_id,
                heartbeat_timeout_seconds=HEARTBEAT,
                shutdown_timeout_seconds=HEARTBEAT,
            )
        except (RuntimeError, ValueError) as error:
            first = str(error).partition("\n")[0].rstrip(".")
            raise ValueError(
                f"The processes of this run do not find each other ({first}). Give --coordinator "
                "HOST:PORT, --num-hosts N and --host-id K to each of them; --hosts auto needs a "
                "cluster, such as SLURM, that starts them."
            ) from None
    tell()
    return int(jax.process_index())


def tell() -> None:
    """Let all that looks at zeta know how many processes share this run."""
    become(jax.process_count(), jax.process_index(), together)


def is_of_others(error: Exception) -> bool:
    """Whether an error means that another process of the run has ended.

    >>> is_of_others(ValueError("UNKNOWN: Gloo AllGather failed: Connection closed by peer"))
    True
    """
    return any(word in str(error) for word in _OF_OTHERS)


def together(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """The numbers that every process has, as many of each, in the order of the processes.

    >>> together([3, 5])
    [(3, 5)]
    """
    if not jax.distributed.is_initialized():
        return [tuple(int(number) for number in numbers)]
    gather: Any = require("jax.experimental.multihost_utils").process_allgather
    with jax.enable_x64(True):
        rows = np.asarray(gather(np.array(numbers, dtype=np.int64)))
    return [tuple(map(int, row)) for row in rows]
