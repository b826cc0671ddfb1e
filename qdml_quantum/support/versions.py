"""Versions of what a result depends on."""

from __future__ import annotations

import platform
from collections.abc import Sequence

_ALWAYS = ("qdml-quantum", "numpy", "scipy")
_CIRCUITS = ("qiskit", "qiskit-aer")


def versions(*, circuits: bool, more: Sequence[str] = ()) -> dict[str, str]:
    """Versions of Python and of the packages that make a run, circuits included on request."""
    from importlib.metadata import PackageNotFoundError, version  # Late: it brings `email` with it.

    by_package = {"python": platform.python_version()}
    for name in (*_ALWAYS, *(_CIRCUITS if circuits else ()), *more):
        try:
            by_package[name] = version(name)
        except PackageNotFoundError:
            by_package[name] = "not installed"
    return by_package
