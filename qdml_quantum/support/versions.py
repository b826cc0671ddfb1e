"""Versions of what a result depends on."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from functools import cache

_ALWAYS = ("qdml-quantum", "numpy", "scipy")
_CIRCUITS = ("qiskit", "qiskit-aer")


@cache
def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # Late: it brings `email` with it.

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def versions(*, circuits: bool, more: Sequence[str] = ()) -> dict[str, str]:
    """Versions of Python and of the packages that make a run, circuits included on request."""
    by_package = {"python": platform.python_version()}
    for name in (*_ALWAYS, *(_CIRCUITS if circuits else ()), *more):
        by_package[name] = _version(name)
    return by_package
