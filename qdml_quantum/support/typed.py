"""Arguments of public functions, checked against their annotations before anything runs."""

from __future__ import annotations

import inspect
import numbers
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from qdml_quantum.support.messages import any_of, bad_type

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Class = TypeVar("_Class", bound=type)

_KINDS: dict[Any, tuple[str, type | tuple[type, ...]]] = {
    bool: ("True or False", (bool, np.bool_)),
    int: ("an integer", numbers.Integral),
    float: ("a number", numbers.Real),
    str: ("text", str),
    Path: ("a path", os.PathLike),
    Sequence: ("a sequence", (Sequence, np.ndarray)),
    tuple: ("a sequence", (Sequence, np.ndarray)),
    Mapping: ("a mapping", Mapping),
    NoneType: ("None", NoneType),
}
"""In words, and what is taken for it: more than the type itself, as everywhere in the package."""

_ATOMS = (bool, int, float, str, NoneType)
"""Kinds of which every value is as good as the other."""

_OPEN = (Any, object, np.ndarray)
"""Say nothing of a value, or too much: what becomes an array may be a list."""

_LOOKED_INTO = 1000
"""Entries of a sequence that are looked at: longer ones are data, which have checks of their own,
and this stays far below a millisecond."""


def typed(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Refuse arguments that the annotations of a function rule out, by name.

    What an annotation does not decide (`Any`, ``ArrayLike``, names that only type checkers load)
    passes; so do values of the right type that are out of range: they are the function's own care.

    Args:
        function: The function; its annotations are read when it is first called.

    >>> @typed
    ... def power(base: float, exponent: int | None = None) -> float:
    ...     return base ** (2 if exponent is None else exponent)
    >>> power(3, exponent=1.5)
    Traceback (most recent call last):
    TypeError: Argument `exponent` must be an integer or None, but is 1.5.
    """
    names = list(inspect.signature(function).parameters)
    hints: dict[str, Any] = {}
    sure: dict[str, frozenset[type]] = {}

    @wraps(function)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if not hints:
            readable = _hints(function)
            sure.update({name: _sure(hint) for name, hint in readable.items()})
            hints.update(readable)
        for given in (zip(names, args, strict=False), kwargs.items()):
            for name, value in given:
                if name not in hints or type(value) in sure[name]:
                    continue
                if not _fits(hints[name], value):
                    hint, wrong, index = _innermost(hints[name], value)
                    shown = wrong if isinstance(wrong, str) and wrong.strip() else repr(wrong)
                    where = ", ".join(map(str, index))
                    at = f" at index {f'({where})' if index[1:] else where}" if index else ""
                    raise bad_type(name, f"be {any_of(dict.fromkeys(_words(hint)))}", shown + at)
        return function(*args, **kwargs)

    return checked


def typed_fields(cls: _Class) -> _Class:
    """Refuse fields of a dataclass that their annotations rule out, as `typed` does arguments."""
    cls.__init__ = typed(cls.__init__)  # type: ignore[misc]
    return cls


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations that can be read here and that decide something; never empty."""
    hints: dict[str, Any] = {"return": None}
    for name, hint in function.__annotations__.items():
        alone = SimpleNamespace(__annotations__={name: hint})
        try:
            known = get_type_hints(alone, inspect.unwrap(function).__globals__)[name]
        except NameError:  # only type checkers load it
            continue
        if name != "return" and _decides(known):
            hints[name] = known
    return hints


def members_of(hint: Any) -> list[tuple[Any, tuple[Any, ...]]]:
    """Kinds of which a value may be one, each with what stands in its brackets.

    >>> members_of(list[int] | None)
    [(<class 'list'>, (<class 'int'>,)), (<class 'NoneType'>, ())]
    """
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [(get_origin(member) or member, get_args(member)) for member in members]


_members = cache(members_of)
"""In some order: ``int | str`` and ``str | int`` are equal. Taking hints apart was a tenth of the
time of `minimize`."""


def _entry_of(kind: Any, inner: Sequence[Any]) -> Any:
    """What all entries of a sequence have to be; None where that is not said, or not for all."""
    alike = kind is Sequence or (kind is tuple and inner[1:] == (...,))
    return inner[0] if inner and alike else None


@cache
def _decides(hint: Any) -> bool:
    """Whether a value can be told to fit or not: every member is a kind or a plain class."""
    kinds = [kind for kind, _ in members_of(hint)]
    return all(kind in _KINDS or kind is Callable or _is_plain(kind) for kind in kinds)


def _is_plain(kind: Any) -> bool:
    """Whether it is a class that says something: ``NDArray`` means arrays, and lists as well."""
    is_open = kind in _OPEN or getattr(kind, "_is_protocol", False)
    return isinstance(kind, type) and not is_open


@cache
def _sure(hint: Any) -> frozenset[type]:
    """Classes all of whose own instances fit: most values are of one, and need no closer look.

    Not those whose entries count, nor integers for floats, of which some are too large.
    """
    kinds = [kind for kind, _ in members_of(hint)]
    sure = [kind for kind in kinds if _is_plain(kind) and (kind not in _KINDS or kind in _ATOMS)]
    return frozenset([*sure, np.float64] if float in sure else sure)


def _fits(hint: Any, value: object) -> bool:
    return not _decides(hint) or any(_fits_member(*member, value) for member in _members(hint))


def _fits_member(kind: Any, inner: Sequence[Any], value: Any) -> bool:
    if kind is Callable:
        return callable(value)
    if not isinstance(value, _KINDS[kind][1] if kind in _KINDS else kind):
        return False
    if kind in (int, float):
        return not isinstance(value, bool) and (kind is int or _is_held(value))
    return kind not in (Sequence, tuple) or _fits_entries(_entry_of(kind, inner), value)


def _is_held(value: Any) -> bool:
    """Whether a float holds a number, if not to the last digit: not 10**400."""
    try:
        float(value)
    except OverflowError:
        return False
    return True


def _fits_entries(entry: Any, value: Any) -> bool:
    if isinstance(value, str | bytes) or getattr(value, "ndim", 1) == 0:
        return False
    if entry is None or len(value) > _LOOKED_INTO:
        return True
    sure = _sure(entry)
    return all(type(item) in sure or _fits(entry, item) for item in value)


def _innermost(hint: Any, value: Any) -> tuple[Any, Any, tuple[int, ...]]:
    """The entry of a sequence that does not fit, what it should be, and where it is."""
    for kind, inner in members_of(hint):
        entry = _entry_of(kind, inner)
        if entry is None or isinstance(value, str) or not _fits_member(kind, (), value):
            continue
        for index, item in enumerate(value):
            if not _fits(entry, item):
                deeper, wrong, rest = _innermost(entry, item)
                return deeper, wrong, (index, *rest)
    return hint, value, ()


def _words(hint: Any) -> Iterator[str]:
    for kind, _ in members_of(hint):
        name = getattr(kind, "__name__", "")
        article = "an" if name[:1] in "AEIOU" else "a"
        yield "a function" if kind is Callable else _KINDS.get(kind, (f"{article} {name}",))[0]
