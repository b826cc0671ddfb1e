"""How much memory there is, asked before any is taken."""

from __future__ import annotations

from pathlib import Path

import psutil

from qdml_quantum.support.messages import TooLargeError

_CGROUP_LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available_memory() -> int:
    """Bytes that can be taken: free memory of the machine, or less where a cgroup limits it."""
    free = int(psutil.virtual_memory().available)
    for limit, used in _CGROUP_LIMITS:
        try:
            left = int(Path(limit).read_text()) - int(Path(used).read_text())
        except (OSError, ValueError):
            continue
        free = min(free, max(left, 0))
    return free


def require_memory(needed: int, what: str) -> None:
    """Refuse a run that does not fit.

    Raises:
        TooLargeError: `needed` bytes are more than there are.
    """
    free = available_memory()
    if needed > free:
        raise TooLargeError(
            f"{what} needs {_gib(needed)} of memory, but {_gib(free)} are available. Use fewer "
            "qubits per axis (--qubits), or the emulator in single precision."
        )


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"
