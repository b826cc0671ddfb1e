"""Explicit lists of what can be chosen by name: one file for each choice, one line in a list."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any


def collect(package: str, names: Iterable[str], attribute: str) -> list[Any]:
    """What the named modules of a package offer under one name, in their order.

    >>> [formula.name for formula in collect("qdml_quantum.dynamics.formulas", ["lie"], "FORMULA")]
    ['lie']
    """
    return [getattr(import_module(f"{package}.{name}"), attribute) for name in names]


def load(package: str, where: str) -> Any:
    """The object that ``module:name`` means inside a package, imported now and not before."""
    module, _, name = where.partition(":")
    return getattr(import_module(f"{package}.{module}"), name)
