"""The list of all built-in objectives, by name."""

from __future__ import annotations

from importlib import import_module

from qdml_quantum.objectives.base import Objective
from qdml_quantum.objectives.builtins.builtin import Builtin
from qdml_quantum.support.messages import unknown

FILES = (
    "physics",
    "benchmark",
    "polynomials",
    "plane",
    "qhd",
)
"""Files of this folder; each lists its objectives in `BUILTINS`, and is named in a line here."""

BUILTINS: dict[str, Builtin] = {
    entry.name: entry
    for file in FILES
    for entry in import_module(f"qdml_quantum.objectives.builtins.{file}").BUILTINS
}
"""Every built-in objective by name; the order is that of `qdml list`."""


def _key(name: str) -> str:
    return "".join(name.lower().replace("-", " ").replace("_", " ").split())


_NAMES = {_key(word): e.name for e in BUILTINS.values() for word in (e.name, *e.aliases)}


def builtin_names() -> tuple[str, ...]:
    """Names of all built-in objectives: physics first, then test functions.

    >>> builtin_names()[:3]
    ('harmonic', 'quartic', 'double_well')
    """
    return tuple(BUILTINS)


def find_builtin(name: str) -> str | None:
    """The name of the built-in that is meant, or None.

    Case, spaces, hyphens and underscores do not matter.

    >>> find_builtin("Drop Wave"), find_builtin("x**2")
    ('drop_wave', None)
    """
    return _NAMES.get(_key(name))


def builtin(name: str, dimensions: int | None = None) -> Objective:
    """A built-in objective.

    Args:
        name: One of `builtin_names`, in any spelling that `find_builtin` understands.
        dimensions: 1 where the objective is defined in 1-D, else the smallest allowed.

    Raises:
        TypeError: `name` is not text or `dimensions` not an integer.
        ValueError: No such objective, or not in that dimension.

    >>> objective = builtin("double_well")
    >>> objective.bounds, round(objective.minimum, 6)
    (((-2.5, 2.5),), -0.20244)
    """
    if not isinstance(name, str):
        raise TypeError(f"The name of an objective must be text, but is {type(name).__name__}.")
    key = find_builtin(name)
    if key is None:
        raise ValueError(unknown("objective", name, builtin_names()))
    return BUILTINS[key].objective(dimensions)


def describe(name: str, dimensions: int | None = None) -> dict[str, object]:
    """What `qdml list` shows of a built-in, as plain JSON.

    Args:
        name: Name of the built-in.
        dimensions: Dimension in which box and minimum are given; by default the smallest.

    Returns:
        The keys ``name, dimensions, fewest_dimensions, most_dimensions, bounds, minimum,
        minimizers, description, equation, reference, aliases``.

    >>> entry = describe("rastrigin")
    >>> entry["equation"], entry["bounds"]
    ('sum(10 + x**2 - 10*cos(2*pi*x))', [[-5.12, 5.12]])
    """
    objective = builtin(name, dimensions)
    entry = BUILTINS[objective.name]
    return {
        "name": entry.name,
        "dimensions": objective.dimensions,
        "fewest_dimensions": entry.fewest,
        "most_dimensions": entry.most,
        "bounds": [list(pair) for pair in objective.bounds or ()],
        "minimum": objective.minimum,
        "minimizers": [list(point) for point in objective.minimizers],
        "description": entry.description,
        "equation": entry.equation,
        "reference": entry.reference,
        "aliases": list(entry.aliases),
    }
