"""Threads of the matrix products behind what is trained."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager, nullcontext


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
    context: AbstractContextManager[object] = limits(1, "blas")
    return context
