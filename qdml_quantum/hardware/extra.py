"""Optional libraries of the extra `hardware`."""

from __future__ import annotations

import importlib
from types import ModuleType

_DISTRIBUTIONS = {"qiskit_ibm_runtime": "qiskit-ibm-runtime"}


def require(module: str) -> ModuleType:
    """Import an optional module, or say how to install it.

    Args:
        module: Dotted name, such as ``"qiskit_ibm_runtime.fake_provider"``.

    Raises:
        ImportError: Its library is not installed.

    >>> require("json").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        library = module.split(".")[0]
        if error.name is None or error.name.split(".")[0] != library:
            raise
    name = _DISTRIBUTIONS.get(library, library)
    raise ImportError(
        f"Runs on devices need {name}, which is not installed. "
        "Install it with: pip install 'qdml-quantum[hardware]'"
    )
