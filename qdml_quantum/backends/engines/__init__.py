"""What moves states on the grid. A new engine is a file of this folder and a line in `ENGINES`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from qdml_quantum.support.messages import unknown

ENGINES: dict[str, str] = {"numpy": "numpy_engine:NumPyEngine", "jax": "jax_engine:JaxEngine"}
"""File of this folder and class, loaded when it is used."""

DEFAULT_ENGINE = next(iter(ENGINES))


def engine_class(engine: str) -> Any:
    """The class of a name, and with it the libraries that it needs.

    Raises:
        ImportError: They are not installed.
        ValueError: No engine has this name.

    >>> engine_class("numpy").__name__
    'NumPyEngine'
    """
    if engine not in ENGINES:
        raise ValueError(unknown("engine", engine, ENGINES))
    file, _, name = ENGINES[engine].partition(":")
    return getattr(import_module(f"{__name__}.{file}"), name)
