"""Qiskit's compiled part is loaded on a thread that never ends.

It brings its own allocator (mimalloc), which takes the thread that loads it for the main thread of
the process. Where that one ends, its memory is given away, and the next circuit that another thread
makes brings the process down (seen with Qiskit 2.6.2: exit 139). A server with a thread per request
meets this as soon as the first request imports Qiskit.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

_SUFFIXES = (".so", ".pyd", ".dylib")


def load_qiskit() -> bool:
    """Load the compiled part of Qiskit, about 2 ms, without importing Qiskit itself.

    On the main thread at once, else on a thread that waits until the process ends.

    Returns:
        Whether it was there to be loaded.

    >>> load_qiskit()
    True
    """
    spec = find_spec("qiskit")
    folders = (spec and spec.submodule_search_locations) or ()
    parts = [file for folder in folders for file in Path(folder).glob("_accelerate*")]
    library = next((str(file) for file in parts if file.suffix in _SUFFIXES), None)
    if library is None:
        return False
    if threading.current_thread() is threading.main_thread():
        _load(library)
        return True
    loaded = threading.Event()

    def stay() -> None:
        _load(library)
        loaded.set()
        threading.Event().wait()

    threading.Thread(target=stay, name="qiskit", daemon=True).start()
    loaded.wait()
    return True


def _load(library: str) -> None:
    """Load a library; one that cannot be loaded is left to the import of Qiskit to complain of."""
    with suppress(OSError):
        ctypes.CDLL(library)
