"""Functions in machine code, by Numba: compiled when they are called first, and kept on disk.

Numba keeps what it made of a function until the file of that function changes, and looks at no
other. Here what is kept also hangs on the files of the compiled functions that it calls, and on the
constants it was given: a function may call those of other modules.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

# Numba is imported where something is compiled: circuits made by rule are built without it.

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """The function in machine code, kept on disk where there is a folder that can be written."""
    from numba import njit

    decorate: Any = njit
    try:
        compiled: _F = decorate(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder for the cache
        return decorate(nogil=True)(function)  # type: ignore[no-any-return]
    kept = _kept(compiled)
    if kept is not None:
        # What Numba compares with the stamp of what it finds, which is of the one file.
        kept._source_stamp = (kept._source_stamp, stamp_of(function.__globals__))
    return compiled


def is_kept(function: Callable[..., Any]) -> bool:
    """Whether a compiled function is on disk, as it is now: its first call then takes no time."""
    kept = _kept(function)
    return kept is not None and bool(kept._load_index())


def _kept(function: Any) -> Any:
    """The index of what is on disk of a function; None where nothing is kept.

    Numba names it with an underscore. Where another version has none, its own stamp stays, which is
    enough where a package is installed as a whole.
    """
    index = getattr(getattr(function, "_cache", None), "_cache_file", None)
    known = hasattr(index, "_source_stamp") and hasattr(index, "_load_index")
    return index if known else None


def stamp_of(scope: Mapping[str, Any]) -> str:
    """Digest of the files of all compiled functions that a module has imported, and of constants.

    Args:
        scope: Names of the module, as far as they are known when one of its functions is decorated:
            what comes later in the same file is in the stamp of that file.
    """
    digest = hashlib.sha256()
    for name, value in sorted(scope.items(), key=lambda item: item[0]):
        if isinstance(value, bool | int | float | str) and not name.startswith("__"):
            digest.update(f"{name}={value!r};".encode())
    for module in sorted(_called(scope, set())):
        file = getattr(sys.modules[module], "__file__", None)
        digest.update(Path(file).read_bytes() if file else module.encode())
    return digest.hexdigest()


def _called(scope: Mapping[str, Any], known: set[str]) -> set[str]:
    """Modules of the compiled functions that are known in a module, and in those, and so on."""
    from numba.core.dispatcher import Dispatcher

    for value in list(scope.values()):
        if not isinstance(value, Dispatcher) or value.py_func.__module__ in known:
            continue
        module: ModuleType | None = sys.modules.get(value.py_func.__module__)
        if module is not None and vars(module) is not scope:
            known.add(module.__name__)
            _called(vars(module), known)
    return known


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
    from numba import njit
    from numba.core.options import DefaultOptions

    decorate: Any = njit
    uncounted = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    bare = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    loose = {"fastmath": {"reassoc", "contract", "nsz"}} if reordered else {}
    inlined: _F = decorate(nogil=True, forceinline=True, **bare, **uncounted, **loose)(function)
    return inlined


def vectorised(function: _F) -> _F:
    """`inlined`, with sums in any order."""
    return inlined(function, reordered=True)
