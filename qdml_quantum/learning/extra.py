"""The optional library of the extra `learning`."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType


def require(module: str, purpose: str) -> ModuleType:
    """Import a module of scikit-learn, or say how to install it.

    Args:
        module: Dotted name, such as ``"sklearn.neural_network"``.
        purpose: What needs it, in the plural, for the message.

    Raises:
        ImportError: It is not installed.

    >>> require("json", "Tests").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
    raise ImportError(
        f"{purpose} need scikit-learn, which is not installed. "
        "Install it with: pip install 'qdml-quantum[learning]'"
    )


def one_thread() -> AbstractContextManager[object]:
    """Keep matrix products on one thread, where `threadpoolctl` (of scikit-learn) is installed.

    The matrices here are small: threads that wait for each other make them up to ten times
    slower, and the last digit of a sum depends on their number.

    >>> with one_thread():
    ...     pass
    """
    try:
        limits = importlib.import_module("threadpoolctl").threadpool_limits
    except ModuleNotFoundError:
        return nullcontext()
    made: AbstractContextManager[object] = limits(1, "blas")
    return made
