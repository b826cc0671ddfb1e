"""Backends by name. A new one is a file and a line in `BACKENDS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qdml_quantum.backends.base import Backend, Outcome, Task, make_task
from qdml_quantum.support.messages import unknown


def _emulator(**options: Any) -> Backend:
    from qdml_quantum.backends.emulator import Emulator

    return Emulator(**options)


def _aer(**options: Any) -> Backend:
    from qdml_quantum.backends.aer import Aer

    return Aer(**options)


BACKENDS: dict[str, Callable[..., Backend]] = {"emulator": _emulator, "aer": _aer}
"""Makers, so that naming the emulator imports no Qiskit."""


def as_backend(backend: Any, **options: Any) -> Backend:
    """A backend by name, one of ours, or any Qiskit `BackendV2` or `SamplerV2`.

    Raises:
        ValueError: No backend has this name.
        TypeError: It is no backend.

    >>> as_backend("emulator").name
    'emulator'
    """
    if isinstance(backend, str):
        if backend not in BACKENDS:
            raise ValueError(unknown("backend", backend, BACKENDS))
        return BACKENDS[backend](**options)
    if hasattr(backend, "required_bytes") and hasattr(backend, "staged"):
        return backend  # type: ignore[no-any-return]
    from qdml_quantum.backends.device import Device

    return Device(backend)


__all__ = ["BACKENDS", "Backend", "Outcome", "Task", "as_backend", "make_task"]
