"""Optional libraries: imported where they are needed, with a word on how to install them."""

from __future__ import annotations

import importlib
from types import ModuleType

_DISTRIBUTIONS = {"qiskit_ibm_runtime": "qiskit-ibm-runtime", "sklearn": "scikit-learn"}
_EXTRAS = {
    "sklearn": "learning",
    "pandas": "tables",
    "xarray": "tables",
    "anywidget": "lab",
    "traitlets": "lab",
    "jupytext": "lessons",
    "nbformat": "lessons",
    "nbconvert": "lessons",
    "nbclient": "lessons",
    "jax": "jax",
}
"""Extra that a library is of; the others are of `hardware`."""


def require(module: str, purpose: str = "Runs on devices") -> ModuleType:
    """Import an optional module, or say how to install it.

    Args:
        module: Dotted name, such as ``"qiskit_ibm_runtime.fake_provider"``.
        purpose: What needs it, in the plural, for the message.

    Raises:
        ImportError: Its library is not installed.

    >>> require("json").__name__
    'json'
    """
    library = module.split(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != library:
            raise
    extra = _EXTRAS.get(library, "hardware")
    raise ImportError(
        f"{purpose} need {_DISTRIBUTIONS.get(library, library)}, which is not installed. "
        f"Install it with: pip install 'qdml-quantum[{extra}]'",
        name=library,
    )
