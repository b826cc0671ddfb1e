"""Optimisation by quantum dynamics: ``i dpsi/dt = [-D lap + zeta(x)] psi`` on qubits.

Public names are loaded on first use, so that importing the package costs nothing and needs no
Qiskit until a circuit is built.

>>> import qdml_quantum as qdml
>>> result = qdml.anneal(qdml.Problem(qdml.Grid([(-2.5, 2.5)], 6), "double_well"))
>>> result.passed
True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lazy_loader

from qdml_quantum.support.native import load_qiskit

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # names: __init__.pyi

load_qiskit()


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ImportError as error:
        if error.name not in _OPTIONAL:
            raise
        return _missing(str(error), error.name)


_OPTIONAL = ("matplotlib", "sklearn")
"""Libraries of extras that public names need."""


def _missing(message: str, library: str) -> Callable[..., Any]:
    """What stands for a name, so that ``from qdml_quantum import *`` works without the extra."""

    def function(*_: Any, **__: Any) -> Any:
        raise ModuleNotFoundError(message, name=library)

    return function
