"""What moves states on the grid. A new engine is a file of this folder and a line in `ENGINES`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from qdml_quantum.engines.base import Engine
from qdml_quantum.problem.problem import Problem
from qdml_quantum.support.messages import unknown

ENGINES: dict[str, str] = {"numpy": "numpy_engine:NumPyEngine", "jax": "jax_engine:JaxEngine"}
"""File of this folder and class, loaded when it is used: the first one is the default."""


def require_engine(engine: str) -> None:
    """Refuse a name that is not in `ENGINES`.

    Raises:
        ValueError: It is none of them.
    """
    if engine not in ENGINES:
        raise ValueError(unknown("engine", engine, ENGINES))


def make_engine(engine: str, problem: Problem, **options: Any) -> Engine:
    """The engine of a name for a problem.

    Args:
        engine: One of `ENGINES`.
        problem: Grid and objective.
        options: Of that engine.

    Raises:
        ValueError: An unknown name.

    >>> from qdml_quantum.problem.grid import Grid
    >>> make_engine("numpy", Problem(Grid([(-4, 4)], 6), "harmonic")).problem.grid.size
    64
    """
    require_engine(engine)
    file, _, name = ENGINES[engine].partition(":")
    made: Engine = getattr(import_module(f"{__name__}.{file}"), name)(problem, **options)
    return made
