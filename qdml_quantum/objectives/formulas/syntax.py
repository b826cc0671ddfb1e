"""The tree of a parsed formula and its value on arrays: a closed set of nodes, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.objectives.formulas.grammar import FUNCTIONS, OPERATORS


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Coordinate:
    """The coordinate with this index."""

    index: int


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or function on its arguments."""

    operation: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank from left to right: ``first op1 second op2 third ...``."""

    first: Tree
    rest: tuple[tuple[str, Tree], ...]


Tree: TypeAlias = Number | Coordinate | Apply | Chain


def value_of(tree: Tree, coordinates: Sequence[NDArray[np.float64]]) -> Any:
    """Evaluate a tree on one array per coordinate.

    >>> value_of(Chain(Coordinate(0), (("+", Number(1.0)),)), [np.array([1.0, 2.0])])
    array([2., 3.])
    """
    match tree:
        case Number(value):
            return value
        case Coordinate(index):
            return coordinates[index]
        case Apply(operation, arguments):
            return apply_operation(operation, *(value_of(a, coordinates) for a in arguments))
        case Chain(first, rest):
            total = value_of(first, coordinates)
            for operation, operand in rest:
                total = OPERATORS[operation](total, value_of(operand, coordinates))
            return total


def apply_operation(operation: str, *values: Any) -> Any:
    """Apply an operator or a function of the language.

    >>> float(apply_operation("hypot", 3.0, 4.0))
    5.0
    """
    if operation in OPERATORS:
        return OPERATORS[operation](*values)
    return FUNCTIONS[operation][0](*values)
