"""What a function says of an object, kept as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

_Of = TypeVar("_Of")
_Said = TypeVar("_Said")


def once_each(function: Callable[[_Of], _Said]) -> Callable[[_Of], _Said]:
    """Call a function of one object that never changes once for each, told apart as hashes do.

    >>> class Thing:
    ...     pass
    >>> @once_each
    ... def look(thing):
    ...     print("looking")
    ...     return 3
    >>> thing = Thing()
    >>> look(thing), look(thing)
    looking
    (3, 3)
    """
    known: WeakKeyDictionary[_Of, _Said] = WeakKeyDictionary()

    @wraps(function)
    def remembering(thing: _Of) -> _Said:
        if thing not in known:
            known[thing] = function(thing)
        return known[thing]

    return remembering
