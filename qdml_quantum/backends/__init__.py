"""Backends by name. A new one is a file and a line in `BACKENDS`."""

from __future__ import annotations

import secrets
from importlib import import_module
from typing import Any

from qdml_quantum.backends.base import Backend, Outcome, Task, make_task
from qdml_quantum.support.messages import bad_value, count, did_you_mean

BACKENDS: dict[str, str] = {
    "emulator": "emulator:Emulator",
    "imaginary-time": "emulator:ImaginaryTime",
    "aer": "aer:Aer",
}
"""File of this folder and class, loaded when it is used: naming the emulator imports no Qiskit."""

OF_DEVICES = ("max_seconds", "overdraw")
"""Options of `Device` alone; it has `dynamic`, too, as has Aer."""

DEVICE_NAMES = ("fake_", "ibm_", "least-busy")
"""How names begin that `find_backend` looks up: stored calibrations, devices of an account."""


def as_backend(backend: Any, **options: Any) -> Backend:
    """A backend by name, one of ours, or any Qiskit `BackendV2` or `SamplerV2`.

    Args:
        backend: A name of `BACKENDS`, ``"fake_fez"``, ``"ibm_..."``, ``"least-busy"``, an object
            with the methods of `Backend`, or a Qiskit backend or sampler.
        options: Of the backend of that name, such as ``precision="single"``; of a device those of
            `Device`.

    Raises:
        ValueError: No backend has this name, or it has no such option.
        TypeError: It is no backend.

    >>> as_backend("emulator").name
    'emulator'
    """
    if isinstance(backend, str) and backend in BACKENDS:
        for option in OF_DEVICES:
            if option in options:
                must, remedy = f"be left out of the backend {backend}", "It is for devices."
                raise bad_value(option, must, options[option], remedy)
        file, _, name = BACKENDS[backend].partition(":")
        try:
            made: Backend = getattr(import_module(f"{__name__}.{file}"), name)(**options)
            return made
        except TypeError:
            given = ", ".join(options)
            raise bad_value(
                "backend", f"know the option(s) {given}", f"`{backend}`, which does not"
            ) from None
    # Its type is asked first: a device of the runtime client loads its calibration at the question.
    if hasattr(type(backend), "required_bytes") and hasattr(backend, "staged"):
        if options:
            first = next(iter(options))
            raise bad_value(first, "be given to the backend itself", options[first])
        return backend  # type: ignore[no-any-return]
    if isinstance(backend, str) and not backend.startswith(DEVICE_NAMES):
        known = [*BACKENDS, "fake_fez", "least-busy"]
        raise ValueError(f"Unknown backend {backend!r}. {did_you_mean(backend, known)}")
    from qdml_quantum.backends.device import Device

    foreign = [name for name in options if name not in (*OF_DEVICES, "dynamic")]
    if foreign:
        must = "be left out where the backend is no simulator of ours"
        raise bad_value(foreign[0], must, options[foreign[0]])
    return Device(backend, **options)


def is_paid(backend: Any) -> bool:
    """Whether runs on a backend are jobs of a service, planned and kept in the ledger.

    >>> is_paid(as_backend("emulator"))
    False
    """
    return getattr(backend, "plannable", False) and not backend.is_local


def seed_on(backend: Any, seed: int | None) -> int:
    """The seed of a run: as given; by default a fresh one, and on a service 0.

    There the same call made again, after a crash say, must find what it has paid for.

    Raises:
        TypeError: It is no integer.
        ValueError: It is negative.

    >>> seed_on(as_backend("emulator"), 3)
    3
    """
    if seed is None:
        return 0 if is_paid(backend) else secrets.randbelow(2**31)
    return count("seed", seed, least=0)


__all__ = [
    "BACKENDS",
    "Backend",
    "Outcome",
    "Task",
    "as_backend",
    "is_paid",
    "make_task",
    "seed_on",
]
