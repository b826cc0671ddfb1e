"""Backends by name. A new one is a file and a line in `BACKENDS`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from qdml_quantum.backends.base import Backend, Outcome, Task, make_task
from qdml_quantum.support.messages import bad_value, did_you_mean

BACKENDS: dict[str, str] = {
    "emulator": "emulator:Emulator",
    "imaginary-time": "emulator:ImaginaryTime",
    "aer": "aer:Aer",
}
"""File of this folder and class, loaded when it is used: naming the emulator imports no Qiskit."""

DEVICE_NAMES = ("fake_", "ibm_", "least-busy")
"""How names begin that `find_backend` looks up: stored calibrations, devices of an account."""


def as_backend(backend: Any, **options: Any) -> Backend:
    """A backend by name, one of ours, or any Qiskit `BackendV2` or `SamplerV2`.

    Args:
        backend: A name of `BACKENDS`, ``"fake_fez"``, ``"ibm_..."``, ``"least-busy"``, an object
            with the methods of `Backend`, or a Qiskit backend or sampler.
        options: Of the backend of that name, such as ``precision="single"``.

    Raises:
        ValueError: No backend has this name, or it has no such option.
        TypeError: It is no backend.

    >>> as_backend("emulator").name
    'emulator'
    """
    if isinstance(backend, str) and backend in BACKENDS:
        file, _, name = BACKENDS[backend].partition(":")
        try:
            made: Backend = getattr(import_module(f"{__name__}.{file}"), name)(**options)
            return made
        except TypeError:
            given = ", ".join(options)
            raise bad_value(
                "backend", f"know the option(s) {given}", f"`{backend}`, which does not"
            ) from None
    if options:
        given = ", ".join(options)
        raise bad_value(
            given, "be left out where the backend is no simulator of ours", str(options[given])
        )
    if hasattr(backend, "required_bytes") and hasattr(backend, "staged"):
        return backend  # type: ignore[no-any-return]
    if isinstance(backend, str) and not backend.startswith(DEVICE_NAMES):
        known = [*BACKENDS, "fake_fez", "least-busy"]
        raise ValueError(f"Unknown backend {backend!r}. {did_you_mean(backend, known)}")
    from qdml_quantum.backends.device import Device

    return Device(backend)


__all__ = ["BACKENDS", "Backend", "Outcome", "Task", "as_backend", "make_task"]
