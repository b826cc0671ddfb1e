"""Functions in machine code, by Numba: compiled when they are called first, and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit
from numba.core.options import DefaultOptions

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """The function in machine code, kept on disk where there is a folder that can be written."""
    decorate: Any = njit
    try:
        compiled: _F = decorate(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder for the cache
        compiled = decorate(nogil=True)(function)
    return compiled


def inlined(function: _F, *, reordered: bool = False) -> _F:
    """The same for what only other compiled functions call: a call would copy all arrays' heads.

    They make no arrays, and so count no references (`nrt`, which Numba names with an underscore):
    with them every `s.words` costs one, and a search takes 1.6 times as long. Without wrappers for
    Python all compiles in 0.7 of the time.

    Args:
        function: Plain Python.
        reordered: Whether sums may be taken in another order and products added without rounding
            between, which vectorises them: the last digits are then those of the processor.
    """
    decorate: Any = njit
    uncounted = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    bare = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    loose = {"fastmath": {"reassoc", "contract", "nsz"}} if reordered else {}
    inlined: _F = decorate(nogil=True, forceinline=True, **bare, **uncounted, **loose)(function)
    return inlined


def vectorised(function: _F) -> _F:
    """`inlined`, with sums in any order."""
    return inlined(function, reordered=True)
