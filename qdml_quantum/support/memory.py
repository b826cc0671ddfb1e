"""How much memory there is, asked before any is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qdml_quantum.support.messages import TooLargeError

_CGROUPS, _MINE = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_FILES = (
    ("", "memory.max", "memory.current"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
"""Of both versions of cgroups: folder, limit, what is used."""


def available_memory() -> int:
    """Bytes that can be taken: free memory of the machine, or less where something limits it.

    Limits are those of the cgroup of this process and of all above it, each of which counts, and
    those of ``ulimit -v`` and ``ulimit -d``.
    """
    import psutil

    left = [psutil.virtual_memory().available, *_left_in_cgroups(), *_left_of_limits()]
    return max(0, int(min(left)))


def _left_in_cgroups() -> Iterator[int]:
    for folder, limit, used in _FILES:
        root = _CGROUPS / folder
        for group in _groups(root, folder):
            try:
                yield int((group / limit).read_text()) - int((group / used).read_text())
            except (OSError, ValueError):  # not this version, or no limit: "max"
                continue


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The cgroup of this process and those above it; the root alone where it is not known."""
    yield root
    try:
        lines = _MINE.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        number, names, path = (*line.split(":", 2), "", "")[:3]
        if controller in names.split(",") and (controller or number == "0"):
            inside = [part for part in path.split("/") if part not in ("", "..")]
            yield from (root.joinpath(*inside[:depth]) for depth in range(1, len(inside) + 1))


def _left_of_limits() -> Iterator[int]:
    import psutil

    try:
        import resource

        held = psutil.Process().memory_info()
        for limit, used in ((resource.RLIMIT_AS, held.vms), (resource.RLIMIT_DATA, held.data)):
            soft = resource.getrlimit(limit)[0]
            if soft != resource.RLIM_INFINITY:
                yield soft - used
    except (ImportError, AttributeError, OSError):  # Windows, or macOS without such a figure
        return


_ALWAYS_THERE = 1 << 23
"""So many bytes are not asked for: to read what is left takes as long as a small run."""
_FEWER_QUBITS = "Use fewer qubits per axis (--qubits), or the emulator in single precision."


def require_memory(needed: int, what: str, remedy: str = _FEWER_QUBITS) -> None:
    """Refuse a run that does not fit.

    Raises:
        TooLargeError: `needed` bytes are more than there are.
    """
    free = available_memory() if needed > _ALWAYS_THERE else needed
    if needed > free:
        raise TooLargeError(
            f"{what} needs {_gib(needed)} of memory, but {_gib(free)} are available. {remedy}"
        )


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"
